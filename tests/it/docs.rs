//! Documents that the program writes stay current.

use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("a document")
}

#[test]
fn rules_are_documented() {
    assert!(
        read("docs/rules.md") == distkey::report::rules::markdown(),
        "docs/rules.md is out of date: run `cargo run -- rule --all > docs/rules.md`"
    );
}

/// What `distkey rule` prints for each rule: code, name, summary.
fn summaries() -> Vec<(String, String)> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_distkey"))
        .arg("rule")
        .env("NO_COLOR", "1")
        .output()
        .expect("distkey runs");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines()
        .map(|line| {
            let (code, rest) = line.split_once("  ").expect("a code");
            let (_, summary) = rest.split_once(' ').expect("a name");
            (code.to_owned(), summary.trim_start().to_owned())
        })
        .collect()
}

#[test]
fn a_summary_is_a_whole_sentence() {
    let summaries = summaries();
    assert!(summaries.len() > 80, "{}", summaries.len());
    let mut wrong = Vec::new();
    for (code, summary) in &summaries {
        let mut say = |what: &str| wrong.push(format!("{code} {what}: {summary}"));
        if !summary.ends_with('.') {
            say("doesn't end with a full stop");
        }
        if summary.matches('`').count() % 2 != 0 {
            say("has an open backtick");
        }
        if summary.matches('(').count() != summary.matches(')').count() {
            say("has an open parenthesis");
        }
        if summary.chars().count() > 160 {
            say("is longer than 160 characters");
        }
        if !summary.starts_with(|c: char| c.is_ascii_uppercase() || c == '`') {
            say("doesn't begin with a capital");
        }
        // One sentence: a full stop inside is part of code or of a number.
        let plain: String = summary.split('`').step_by(2).collect();
        if plain.trim_end_matches('.').contains(". ") {
            say("is more than a sentence");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn summaries_are_the_same_wherever_they_stand() {
    let summaries = summaries();
    let of = |code: &str| {
        let found = summaries.iter().find(|(of, _)| of == code);
        found.map_or("", |(_, summary)| summary.as_str())
    };
    // Written down here: one of one line, one of two, one of three, one before a second sentence.
    assert_eq!(of("DK431"), "Reports jobs with a fixed number of workers.");
    assert_eq!(
        of("DK108"),
        "Finds two or more small lookup tables that are joined, one after another, to the rows of \
         one large scan, and adds up what these joins cost."
    );
    assert_eq!(
        of("DK219"),
        "Reports sort key columns that follow a column with a different value in nearly every row."
    );
    assert_eq!(
        of("DK228"),
        "Reports COPY and UNLOAD statements with a secret written out."
    );
    let rules = read("docs/rules.md");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("t.sql");
    std::fs::write(&file, "create table t (a int);").expect("a file");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["lint", "--format", "sarif"])
        .arg(&file)
        .output()
        .expect("distkey runs");
    let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).expect("SARIF");
    let described = sarif["runs"][0]["tool"]["driver"]["rules"].as_array();
    let described = described.expect("rules");
    for (code, summary) in &summaries {
        let row = rules
            .lines()
            .find(|line| line.starts_with(&format!("| {code} |")));
        let row = row.unwrap_or_else(|| panic!("{code} is not in docs/rules.md"));
        assert!(
            row.ends_with(&format!("| {} |", summary.replace('|', "\\|"))),
            "{row}"
        );
        let rule = described.iter().find(|rule| rule["id"] == code.as_str());
        let rule = rule.unwrap_or_else(|| panic!("{code} is not in SARIF"));
        assert_eq!(rule["shortDescription"]["text"], summary.as_str(), "{code}");
    }
}

/// The excerpts of the README and of the documents are what the program prints, line by line in
/// their order; `…` stands for what is left out.
#[test]
fn documents_show_real_output() {
    let mut excerpts = 0;
    for name in ["README.md", "docs/tutorial.md", "docs/pipeline.md"] {
        let document = read(name);
        for block in document.split("```text\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let Some((command, lines)) = block.split_once('\n') else {
                continue;
            };
            let Some(args) = command.strip_prefix("$ distkey ") else {
                continue;
            };
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_distkey"))
                .args(args.split_whitespace())
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("NO_COLOR", "1")
                .env_remove("GITHUB_ACTIONS")
                .output()
                .expect("distkey runs");
            let output = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut printed = output.lines();
            let shown = lines
                .lines()
                .filter(|line| !line.trim().is_empty() && line.trim() != "…");
            for line in shown {
                assert!(
                    printed.any(|one| one == line),
                    "{name}: `{command}` no longer prints, or not there:\n{line}\n{output}"
                );
            }
            excerpts += 1;
        }
    }
    assert!(excerpts > 8, "{excerpts}");
}

/// A link of a document leads to a file that is there.
#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = std::fs::read_dir(root.join("docs")).expect("a folder");
    let documents = documents.map(|one| one.expect("an entry").path());
    let documents = documents.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let mut links = 0;
    for path in documents.chain(["README.md", "CONTRIBUTING.md"].map(|name| root.join(name))) {
        let text = std::fs::read_to_string(&path).expect("text");
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.contains(' ') {
                continue;
            }
            let there = path.parent().expect("a folder").join(file);
            assert!(there.exists(), "{}: {target}", path.display());
            links += 1;
        }
    }
    assert!(links > 10, "{links}");
}
