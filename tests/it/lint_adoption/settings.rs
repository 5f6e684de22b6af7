//! `[lint]` settings: what is linted, by which rules, and what the command line replaces.

use std::path::Path;

use super::{A, B, distkey, findings};
use crate::support::folder;

#[test]
fn settings_say_what_is_linted() {
    let there = folder(&[
        ("project/ddl/a.sql", A),
        ("project/ddl/old/b.sql", B),
        (
            "project/ddl/gen/x_gen.sql",
            "create table x (price float);\n",
        ),
        ("project/notes/c.sql", "create table notes (price float);\n"),
        (
            "project/distkey.toml",
            "[rules]\nselect = [\"DK212\"]\n[lint]\npaths = [\"ddl\"]\nexclude = [\"ddl/old\", \"*_gen.sql\"]\n",
        ),
    ]);
    let project = there.path().join("project");
    let paths = |from: &Path, args: &[&str]| -> Vec<String> {
        let found = findings(from, &[&["lint"], args].concat());
        found
            .iter()
            .map(|one| one.split(':').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(paths(&project, &[]), ["ddl/a.sql"]);
    // The arguments replace the paths, not what is excluded.
    assert_eq!(paths(&project, &["."]), ["./ddl/a.sql", "./notes/c.sql"]);
    assert_eq!(paths(&project, &["notes"]), ["notes/c.sql"]);
    assert_eq!(paths(&project.join("ddl"), &["."]), ["./a.sql"]);
    // A hook names every file.
    let ran = distkey(&project, &["lint", "ddl/old/b.sql", "./ddl/gen/x_gen.sql"]);
    assert_eq!(
        (ran.code, ran.out.lines().count()),
        (0, 2),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(
        ran.err.contains("note: the settings exclude all of"),
        "{}",
        ran.err
    );
    // Excluded files are no context either.
    let ran = distkey(
        &project,
        &["lint", "notes/c.sql", "--ddl", ".", "--format", "json"],
    );
    assert!(ran.out.contains("\"statements\": 1"), "{}", ran.out);
}

#[test]
fn settings_leave_rules_out_by_file_and_name_the_baseline() {
    let toml = "[lint]\nbaseline = \"known.json\"\n[lint.per-file-ignores]\n\"old/*\" = [\"DK2\"]\n\"a.sql\" = [\"money-in-float\"]\n";
    let there = folder(&[
        ("a.sql", A),
        ("old/b.sql", B),
        (
            "new/b.sql",
            "create table n (price float); -- distkey: ignore DK212\n",
        ),
        ("known.json", "{\"findings\": {}}"),
        ("distkey.toml", toml),
    ]);
    let run = |args: &[&str]| distkey(there.path(), args);
    let ran = run(&["lint", "--select", "DK212"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    // A comment for a rule that does not run has nothing to silence.
    std::fs::write(
        there.path().join("a.sql"),
        "create table a (price float); -- distkey: ignore DK212\n",
    )
    .expect("a file");
    let ran = run(&["lint", "a.sql", "--select", "DK212"]);
    assert!(!ran.out.contains("unused"), "{}", ran.out);
    // The flag replaces the setting.
    std::fs::write(
        there.path().join("c.sql"),
        "create table c (price float);\n",
    )
    .expect("a file");
    assert_eq!(run(&["lint", "c.sql"]).code, 1);
    assert_eq!(run(&["lint", "c.sql", "--write-baseline"]).code, 0);
    assert_eq!(run(&["lint", "c.sql"]).code, 0);
    std::fs::write(there.path().join("none.json"), "{\"findings\": {}}").expect("a file");
    assert_eq!(run(&["lint", "c.sql", "--baseline", "none.json"]).code, 1);
    let elsewhere = folder(&[("a.sql", A)]);
    let ran = distkey(elsewhere.path(), &["lint", "a.sql", "--write-baseline"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`--baseline FILE` or `lint.baseline`"),
        "{}",
        ran.err
    );
}

/// What the command line says stands; it is not added to the settings.
#[test]
fn flags_replace_settings() {
    let there = folder(&[
        ("a.sql", A),
        (
            "distkey.toml",
            "[rules]\nselect = [\"DK220\"]\nignore = [\"DK212\"]\n",
        ),
    ]);
    let codes = |args: &[&str]| {
        let found = findings(there.path(), &[&["lint", "a.sql"], args].concat());
        found.iter().filter(|one| one.contains("DK212")).count()
    };
    assert_eq!(codes(&[]), 0);
    assert_eq!(codes(&["--select", "DK212"]), 0);
    assert_eq!(codes(&["--ignore", "DK201"]), 0);
    assert_eq!(codes(&["--select", "DK212", "--ignore", "DK201"]), 1);
}

#[test]
fn settings_stand_in_pyproject_and_extend_others() {
    let there = folder(&[
        (
            "base/house.toml",
            "[rules]\nselect = [\"DK212\", \"DK220\"]\n[rules.severity]\nDK212 = \"error\"\n[lint]\nexclude = [\"gone.sql\"]\n",
        ),
        ("base/gone.sql", B),
        ("base/py/a.sql", A),
        ("base/py/gone.sql", B),
        (
            "base/py/pyproject.toml",
            "[project]\nname = \"shop\"\n[tool.other]\nx = 1\n[tool.distkey.rules]\nselect = [\"DK212\"]\n[tool.distkey.lint]\nextend = \"../house.toml\"\n",
        ),
        (
            "plain/pyproject.toml",
            "[project]\nname = \"shop\"\ndescription = \"distkey\"\n",
        ),
        ("plain/a.sql", A),
        (
            "wrong/pyproject.toml",
            "[tool.distkey]\n[tool.distkey.lint]\nexlude = []\n",
        ),
        ("wrong/a.sql", A),
        (
            "word/pyproject.toml",
            "[tool.distkey.lint.per-file-ignores]\n\"a.sql\" = [\"DK2\", \"DK999\"]\n",
        ),
        ("word/a.sql", A),
        ("circle/distkey.toml", "[lint]\nextend = \"b.toml\"\n"),
        ("circle/b.toml", "[lint]\nextend = \"distkey.toml\"\n"),
        ("circle/a.sql", A),
        (
            "glob/distkey.toml",
            "[lint]\nexclude = [\"a/**\", \"{x\"]\n",
        ),
        ("glob/a.sql", A),
    ]);
    let run = |at: &str| distkey(&there.path().join(at), &["lint", "--format", "concise"]);
    let ran = run("base/py");
    // The severity and what is excluded are those of the file that is extended.
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("a.sql:1:17: error DK212"), "{}", ran.out);
    assert!(
        !ran.out.contains("gone.sql") && !ran.out.contains("DK220"),
        "{}",
        ran.out
    );
    assert_eq!(run("plain").code, 1);
    for (at, told) in [
        ("wrong", "unknown field `exlude`"),
        (
            "word",
            "line 2, column 19: `tool.distkey.lint.per-file-ignores.a.sql`: no rule is called `DK999`; the nearest is",
        ),
        ("circle", "extends itself"),
        (
            "glob",
            "line 2, column 20: `lint.exclude`: `{x` is no pattern of .gitignore: ",
        ),
    ] {
        let ran = run(at);
        assert_eq!(ran.code, 2, "{at}: {}", ran.out);
        assert!(ran.err.contains(told), "{at}: {}", ran.err);
    }
}
