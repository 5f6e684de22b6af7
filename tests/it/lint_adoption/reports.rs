//! Where reports go, and what GitHub and SARIF get.

use super::{A, distkey, read};
use crate::support::folder;

#[test]
fn reports_go_where_they_are_wanted() {
    let there = folder(&[("a.sql", A)]);
    let run = |args: &[&str]| {
        let args = [&["lint", "a.sql", "--select", "DK212"], args].concat();
        distkey(there.path(), &args)
    };
    let ran = run(&["-o", "out.txt", "--color", "always"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let plain = run(&[]).out;
    assert_eq!(read(there.path(), "out.txt"), plain);
    let ran = run(&["-o", "a.sql"]);
    assert_eq!(ran.code, 2);
    assert_eq!(read(there.path(), "a.sql"), A);
    assert_eq!(run(&["--exit-zero"]).code, 0);
    let missing = distkey(there.path(), &["lint", "none.sql", "--exit-zero"]);
    assert_eq!(missing.code, 2);
    insta::assert_snapshot!(run(&["--statistics"]).out, @"  hint     DK212 money-in-float                   1");
    insta::assert_snapshot!(run(&["--format", "concise"]).out);
    insta::assert_snapshot!(run(&["--format", "markdown"]).out);
    insta::assert_snapshot!(run(&["--format", "markdown", "--statistics"]).out);
    let quiet = run(&["-q"]).out;
    assert!(
        plain.starts_with(&quiet) && !quiet.contains("1 statement"),
        "{quiet}"
    );
}

/// GitHub shows ten annotations of a kind; the others are in the summary of the job.
#[test]
fn github_gets_ten_of_a_kind_and_a_summary() {
    for (tables, shown) in [(10, 10), (11, 10), (25, 10)] {
        let text: String = (0..tables)
            .map(|n| format!("create table t{n} (price float);\n"))
            .collect();
        let there = folder(&[("a.sql", &text)]);
        let summary = there.path().join("summary.md");
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(["lint", "a.sql", "--select", "DK212", "--format", "github"])
            .env("GITHUB_STEP_SUMMARY", &summary)
            .current_dir(there.path())
            .output()
            .expect("it runs");
        let out = String::from_utf8(output.stdout).expect("text");
        assert_eq!(out.matches("::notice ").count(), shown, "{out}");
        let more = format!("{} notices more: GitHub shows 10 of a kind", tables - shown);
        assert_eq!(
            out.contains(&more.replace("1 notices", "1 notice")),
            tables > shown,
            "{out}"
        );
        let summary = std::fs::read_to_string(summary).expect("a summary");
        assert_eq!(summary.matches("`a.sql:").count(), tables, "{summary}");
        assert!(
            summary.contains(&format!("| hint | DK212 | money-in-float | {tables} |")),
            "{summary}"
        );
    }
}

/// They know files by their paths from the root of the repository: `./a.sql` is none of them.
#[test]
fn github_and_gitlab_get_paths_as_the_repository_has_them() {
    let there = folder(&[("ddl/a.sql", A)]);
    for path in [".", "./", "./ddl", "././/ddl/a.sql", "ddl"] {
        let run = |format: &str| distkey(there.path(), &["lint", path, "--format", format]).out;
        let github = run("github");
        assert!(
            github.contains(" file=ddl/a.sql,line=1,"),
            "{path}: {github}"
        );
        let gitlab = run("gitlab");
        assert!(
            gitlab.contains("\"path\": \"ddl/a.sql\""),
            "{path}: {gitlab}"
        );
    }
}

/// What code scanning follows a finding by does not hang on its line or on how the path is written.
#[test]
fn sarif_has_fingerprints_fixes_and_relative_paths() {
    let text = "create table a (id bigint encode lzo, b varchar(10) encode raw);\n";
    let there = folder(&[("ddl/a b.sql", text), ("ddl/c.sql", text)]);
    let sarif = |path: &str| -> serde_json::Value {
        let ran = distkey(
            there.path(),
            &["lint", path, "--select", "DK215", "--format", "sarif"],
        );
        let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        document["runs"][0]["results"].clone()
    };
    let results = sarif("ddl");
    let absolute = there.path().join("ddl").display().to_string();
    let uris = |results: &serde_json::Value| -> Vec<String> {
        let results = results.as_array().expect("results").iter();
        let of = results.map(|one| &one["locations"][0]["physicalLocation"]["artifactLocation"]);
        of.map(|it| format!("{} {}", it["uriBaseId"], it["uri"]))
            .collect()
    };
    let relative = [
        "\"%SRCROOT%\" \"ddl/a%20b.sql\"",
        "\"%SRCROOT%\" \"ddl/c.sql\"",
    ];
    assert_eq!(uris(&results), relative);
    assert_eq!(uris(&sarif(&absolute)), relative);
    assert_eq!(uris(&sarif("./ddl/../ddl")), relative);
    let print = |results: &serde_json::Value, at: usize| {
        results[at]["partialFingerprints"]["distkey/v1"]
            .as_str()
            .expect("one")
            .to_owned()
    };
    assert_ne!(print(&results, 0), print(&results, 1));
    let fix = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "encode az64");
    assert_eq!(fix["deletedRegion"]["startColumn"], 27, "{fix}");
    assert_eq!(fix["deletedRegion"]["endColumn"], 37, "{fix}");
    std::fs::write(
        there.path().join("ddl/a b.sql"),
        format!("-- moved\n\n{text}"),
    )
    .expect("a file");
    let moved = sarif("ddl");
    assert_eq!(print(&moved, 0), print(&results, 0));
    assert_eq!(
        moved[0]["locations"][0]["physicalLocation"]["region"]["startLine"],
        3
    );
}
