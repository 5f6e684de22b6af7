//! What no script should look like: a message at its place, never a panic, and
//! the rest is still linted.

use std::path::Path;

use assert_cmd::Command;

fn lint(paths: &[&Path]) -> (i32, serde_json::Value, String) {
    let output = Command::cargo_bin("distkey")
        .expect("the binary")
        .args(["lint", "--format", "json"])
        .args(paths)
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("it runs");
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), document, told)
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Syntax errors of a text as `line: message`, and its statements.
fn errors(name: &str, bytes: &[u8]) -> (Vec<String>, u64) {
    let path = folder(&format!("bad_{name}")).join(name);
    std::fs::write(&path, bytes).expect("a file");
    let (code, document, told) = lint(&[&path]);
    assert!((0..=1).contains(&code), "{name}: {code} {told}");
    let file = &document["files"][0];
    let errors = file["syntax_errors"].as_array().expect("a list");
    let errors = errors.iter().map(|e| {
        format!(
            "{}: {}",
            e["line"],
            e["message"].as_str().unwrap_or_default()
        )
    });
    (
        errors.collect(),
        file["statements"].as_u64().expect("a count")
            - file["syntax_errors"].as_array().map_or(0, Vec::len) as u64,
    )
}

#[test]
fn each_mishap_has_its_place_and_the_rest_is_read() {
    let cases: [(&str, &[u8]); 9] = [
        ("quote.sql", b"create table a (b int);\ncomment on table a is 'x;\ncreate table c (d int);\n"),
        ("name.sql", b"create table \"a (b int);\ncreate table c (d int);\n"),
        ("comment.sql", b"create table a (b int);\n/* never closed\ncreate table c (d int);\n"),
        ("dollar.sql", b"create procedure p() as $$ begin; \ncreate table c (d int);\n"),
        ("crlf.sql", b"\xEF\xBB\xBFcreate table a (\r\n  b int,,\r\n  c int);\r\ncreate table c (d int);\r\n"),
        ("latin1.sql", b"create table a (b int); -- caf\xE9\ncreate table c (d in t);\n"),
        ("utf16.sql", b"\xFF\xFEc\0r\0e\0a\0t\0e\0 \0t\0a\0b\0l\0e\0 \0t\0 \0(\0a\0 \0i\0n\0t\0)\0;\0"),
        ("parentheses.sql", b"create table a (b int));\ncreate table c (d int;\nselect 1;\n"),
        ("words.sql", b"create\n;create table;\nalter table\n;copy;unload;drop table;;;\n"),
    ];
    let mut all = String::new();
    for (name, bytes) in cases {
        let (errors, statements) = errors(name, bytes);
        all.push_str(&format!("{name}: {statements} read\n"));
        for error in errors {
            all.push_str(&format!("    {error}\n"));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn nesting_is_bounded() {
    for (name, depth) in [("deep.sql", 2_000), ("deeper.sql", 100_000)] {
        let text = format!(
            "select {}1{};\ncreate table c (d int));\n",
            "(".repeat(depth),
            ")".repeat(depth)
        );
        let (errors, _) = errors(name, text.as_bytes());
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].contains("nest deeper"), "{errors:?}");
        assert!(errors[1].starts_with("2: "), "{errors:?}");
    }
    let joined = vec!["select 1"; 5_000].join(" union all ");
    let (errors, _) = errors("unions.sql", joined.as_bytes());
    assert_eq!(errors, [""; 0]);
    let ors = format!("select {};", vec!["a = 1"; 20_000].join(" or "));
    assert_eq!(self::errors("ors.sql", ors.as_bytes()).0, [""; 0]);
}

#[test]
fn unreadable_files_and_loops_cost_nothing_else() {
    let folder = folder("unreadable");
    std::fs::write(folder.join("good.sql"), "create table a (b int);").expect("a file");
    std::fs::write(folder.join("binary.sql"), b"PK\0\0\x01").expect("a file");
    std::fs::create_dir(folder.join("folder.sql")).expect("a folder");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&folder, folder.join("loop")).expect("a link");
        std::os::unix::fs::symlink("nowhere.sql", folder.join("broken.sql")).expect("a link");
    }
    let (code, document, told) = lint(&[&folder, Path::new("missing.sql")]);
    assert_eq!(code, 2, "{told}");
    let files = document["files"].as_array().expect("a list");
    let read = files.iter().filter(|file| file["error"].is_null()).count();
    assert_eq!(read, 1, "{document:#}");
    let unread: Vec<&str> = files
        .iter()
        .filter(|file| file["error"].is_string())
        .map(|file| file["path"].as_str().unwrap_or_default())
        .collect();
    // Each is named once; the link back to the folder hides nothing.
    let broken = cfg!(unix).then_some("broken.sql");
    for name in ["binary.sql", "missing.sql"].into_iter().chain(broken) {
        let named = unread.iter().filter(|path| path.ends_with(name)).count();
        assert_eq!(named, 1, "{name}: {unread:?}");
    }
    assert_eq!(unread.len(), if cfg!(unix) { 3 } else { 2 }, "{unread:?}");
    assert!(
        told.contains("binary.sql: cannot read it: it is binary"),
        "{told}"
    );
    assert!(told.contains("missing.sql: cannot read it"), "{told}");
    let (code, _, told) = lint(&[Path::new("missing.sql")]);
    assert_eq!(code, 2);
    assert!(told.contains("no SQL to read in `missing.sql`"), "{told}");
}

/// A chain of operators is as deep as it is long, for whatever walks it: read up to a bound, and
/// said to be left out beyond it.
#[test]
fn long_chains_of_operators_end_no_command() {
    for (operators, noted) in [(1_000, 0), (20_000, 0), (20_001, 2), (100_000, 2)] {
        for chain in [
            vec!["1"; operators + 1].join("+"),
            vec!["a = 1"; operators + 1].join(" or "),
        ] {
            let ddl = format!(
                "create table t (a int);
                 create view v as select {chain} as b from t;
                 create materialized view m as select {chain} as b from t;
                 alter table t rename to t2;"
            );
            let folder = crate::support::folder(&[("t.sql", &ddl)]);
            let ran =
                crate::support::distkey(folder.path(), &["lint", "t.sql", "--format", "json"]);
            assert!(ran.code < 2, "{operators}: {} {}", ran.code, ran.err);
            let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
            let notes = document["files"][0]["notes"].to_string();
            assert_eq!(
                notes.matches("operators in a row").count(),
                noted,
                "{notes}"
            );
            for arguments in [
                &["pipeline", "lineage", "t.sql"][..],
                &["lint", "t.sql", "--anonymize"],
            ] {
                let ran = crate::support::distkey(folder.path(), arguments);
                assert!(
                    (0..=2).contains(&ran.code),
                    "{arguments:?} {}: {}",
                    ran.code,
                    ran.err
                );
            }
        }
    }
}
