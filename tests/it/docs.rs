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

/// The README's excerpts are what the program prints.
#[test]
fn the_readme_shows_real_output() {
    let readme = read("README.md");
    let mut excerpts = 0;
    for block in readme.split("```text\n").skip(1) {
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
        for line in lines
            .lines()
            .filter(|line| !line.trim().is_empty() && line.trim() != "…")
        {
            assert!(
                output.contains(line),
                "`{command}` no longer prints:\n{line}"
            );
        }
        excerpts += 1;
    }
    assert!(excerpts > 0);
}
