//! What lint did not read is counted, in every format, and never called clean.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn lint(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .current_dir(folder)
        .env_remove("GITHUB_ACTIONS")
        .arg("lint")
        .args(args)
        .output()
        .expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (text(&output.stdout), text(&output.stderr), code)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

/// The counts of one text: checked, accepted, not understood.
fn counts(name: &str, text: &str) -> (u64, u64, usize) {
    let folder = folder(&[(name, text)]);
    let (json, error, _) = lint(folder.path(), &[name, "--format", "json"]);
    let json: Value = serde_json::from_str(&json).expect(&error);
    let file = &json["files"][0];
    let accepted = file["accepted_unread"].as_object().expect("kinds");
    let counts = (
        file["checked"].as_u64().expect("checked"),
        accepted.values().filter_map(Value::as_u64).sum(),
        file["not_understood"].as_array().expect("lines").len(),
    );
    let all = counts.0 + counts.1 + counts.2 as u64;
    assert_eq!(file["statements"].as_u64(), Some(all), "{text}");
    let accounting = serde_json::json!({
        "statements": all,
        "checked": counts.0,
        "accepted_unread": counts.1,
        "not_understood": counts.2,
    });
    assert_eq!(json["accounting"], accounting, "{text}");
    counts
}

#[test]
fn each_statement_is_checked_accepted_or_not_understood() {
    for (name, text, expected) in [
        ("a.sql", "create table t (a int);", (1, 0, 0)),
        (
            "a.sql",
            "grant select on t to bob; vacuum t; call p();",
            (0, 3, 0),
        ),
        // Misspelt, prose, JSON, another database's.
        ("a.sql", "creat table t (a int);", (0, 0, 1)),
        ("a.sql", "Dear all, the tables are below.\n", (0, 0, 1)),
        ("a.sql", "{\"tables\": [1, 2]}\n", (0, 0, 1)),
        ("a.sql", "create sequence s;", (0, 0, 1)),
        // What a rule speaks of is checked.
        ("a.sql", "create index i on t (a);", (1, 0, 0)),
        // A syntax error is not understood either.
        (
            "a.sql",
            "create table t (a int; create table u (b int);",
            (1, 0, 1),
        ),
        ("a.ddl", "create table t (a int);", (1, 0, 0)),
        (
            "a.sql.j2",
            "create table {{ schema }}.t (a int);",
            (1, 0, 0),
        ),
        (
            "a.sql",
            "create procedure p() as $$ begin delete from t; end $$ language plpgsql;",
            (1, 1, 0),
        ),
        ("a.sql", "", (0, 0, 0)),
    ] {
        assert_eq!(counts(name, text), expected, "{text}");
    }
}

#[test]
fn lines_of_other_tools_end_a_statement_and_a_division_does_not() {
    let batch = "create table t (a int)\nGO\ncreate table u (b int)\ngo\n";
    assert_eq!(counts("a.sql", batch), (2, 0, 0));
    let slashes = "create table t (a int)\n/\n\nselect 1\n/\n";
    assert_eq!(counts("a.sql", slashes), (2, 0, 0));
    assert_eq!(counts("a.sql", "select 4\n/\n2;"), (1, 0, 0));
    assert_eq!(counts("a.sql", "select a as\ngo\nfrom t;"), (1, 0, 0));
}

#[test]
fn calls_before_a_query_stand_for_no_name() {
    for text in [
        "{{ config(materialized='table') }}\nselect a from {{ ref('x') }}\n",
        "{{\n  config(\n    materialized='table'\n  )\n}}\n\nwith x as (select 1 as a) select a from x\n",
        "-- the orders\n{{ config(a=1) }}\n{# why #}\n{{ config(b=2) }}\nselect 1\n",
        "{{ schema }}.t\n",
        "select\n  {{ star('t') }}\nfrom t\n",
    ] {
        let (checked, accepted, open) = counts("m.sql", text);
        let understood = !text.starts_with("{{ schema");
        assert_eq!((checked, accepted), (u64::from(understood), 0), "{text}");
        assert_eq!(open, usize::from(!understood), "{text}");
    }
}

#[test]
fn a_type_that_a_template_names_is_not_refused() {
    let folder = folder(&[("t.sql", "create table t (id {{ type }}, a int);")]);
    let (text, _, code) = lint(folder.path(), &["t.sql"]);
    assert!(!text.contains("DK222") && code == 0, "{text}");
}

#[test]
fn every_format_says_what_was_not_read_and_strict_fails() {
    let folder = folder(&[
        ("a.sql", "create table t (a int);\nvacuum t;\n"),
        ("b.sql", "creat table u (a int);\n"),
    ]);
    let (text, error, code) = lint(folder.path(), &["a.sql", "b.sql"]);
    assert!(
        text.contains("1 checked, 1 accepted unread (VACUUM), 1 not understood (b.sql:1)"),
        "{text}"
    );
    assert!(text.contains("3 statements in 2 files"), "{text}");
    // Nothing of b.sql was understood: that is told at once.
    assert!(
        error.contains("b.sql: 1 of 1 statement not understood"),
        "{error}"
    );
    assert_eq!(code, 0);
    assert_eq!(lint(folder.path(), &["a.sql", "b.sql", "--strict"]).2, 2);
    assert_eq!(lint(folder.path(), &["a.sql", "--strict"]).2, 0);
    for format in ["github", "sarif", "gitlab", "junit", "html"] {
        let (text, _, code) = lint(folder.path(), &["a.sql", "b.sql", "--format", format]);
        assert!(
            text.contains("not understood") && code == 0,
            "{format}: {text}"
        );
    }
    let (text, _, _) = lint(folder.path(), &["b.sql", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&text).expect("SARIF");
    let run = &sarif["runs"][0]["invocations"][0];
    assert_eq!(run["executionSuccessful"], true);
    assert_eq!(run["toolExecutionNotifications"][0]["level"], "warning");
}

#[test]
fn a_word_is_told_with_the_one_that_was_meant() {
    let folder = folder(&[("b.sql", "vaccum t;\ncreate trigger x;\n")]);
    let (text, _, _) = lint(folder.path(), &["b.sql", "--format", "json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let left_out = &json["files"][0]["not_understood"];
    let lines = serde_json::json!([
        {"line": 1, "text": "vaccum t;"},
        {"line": 2, "text": "create trigger x;"},
    ]);
    assert_eq!(*left_out, lines);
    let notes = json["files"][0]["notes"].as_array().expect("notes");
    let notes: Vec<&str> = notes
        .iter()
        .filter_map(|note| note["message"].as_str())
        .collect();
    assert_eq!(
        notes,
        [
            "not understood: no statement begins with `VACCUM`; is it VACUUM?",
            "not understood: Redshift has no CREATE TRIGGER"
        ]
    );
}
