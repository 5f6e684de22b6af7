//! What if: the table that is meant is the one that changes, or it is said why none does.

use std::process::Command;

const DDL: &str = "CREATE TABLE a.t (id INT, kind INT) DISTKEY(id) SORTKEY(id);
     CREATE TABLE b.t (id INT, kind INT) DISTKEY(id) SORTKEY(id);
     CREATE TABLE \"x=y, z\" (id INT, \"k,=l\" INT) DISTSTYLE EVEN;
     CREATE TABLE unknown_rows (id INT);";

const QUERY: &str = "select count(*) from a.t x join b.t y on x.id = y.id
     join \"x=y, z\" u on u.\"k,=l\" = x.id where x.id > 5";

const STATS: &str = r#"{"rows": {"a.t": 1e8, "b.t": 1e7, "\"x=y, z\"": 1e7}}"#;

/// Exit code, standard error and the document of `explain`.
fn asked(arguments: &[&str]) -> (Option<i32>, String, serde_json::Value) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("t.sql", DDL), ("q.sql", QUERY), ("s.json", STATS)] {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "explain", "--query", "q.sql", "--ddl", "t.sql", "--stats", "s.json",
        ])
        .args(["--format", "json", "--fail-on", "never"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("distkey runs");
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), errors, document)
}

#[test]
fn a_change_that_no_table_takes_fails() {
    for (arguments, why) in [
        (
            ["--distkey", "t=kind"],
            "table `t` may be `a.t` or `b.t`: name its schema",
        ),
        (
            ["--scale", "T=3"],
            "table `t` may be `a.t` or `b.t`: name its schema",
        ),
        (
            ["--grow", "t=1/day"],
            "table `t` may be `a.t` or `b.t`: name its schema",
        ),
        (
            ["--scale", "nosuch=3"],
            "table `nosuch` is not defined in the DDL",
        ),
        (
            ["--grow", "c.t=1/day"],
            "table `c.t` is not defined in the DDL",
        ),
        (
            ["--distkey", "a.t=nosuch"],
            "table `a.t` has no column `nosuch`",
        ),
        (
            ["--grow", "unknown_rows=1/day"],
            "the rows of `unknown_rows` are not known",
        ),
        (
            ["--scale", "unknown_rows=2"],
            "the rows of `unknown_rows` are not known",
        ),
        (
            ["--distkey", "x=y, z=id"],
            "table `x` is not defined in the DDL",
        ),
    ] {
        let (code, errors, document) = asked(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(errors.contains(why), "{arguments:?}: {errors}");
        let input = &document["inputs"][0];
        assert!(input["notes"].to_string().contains(why), "{input:#}");
        assert!(input["plans"][0]["nodes"].is_array(), "{arguments:?}");
        assert!(
            input["what_if"].is_null() && input["growing"].is_null(),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_table_that_is_named_changes_under_any_spelling() {
    for arguments in [
        ["--distkey", "\"x=y, z\"=\"k,=l\""],
        ["--diststyle", "dev.public.\"X=Y, Z\"=all"],
        ["--sortkey", "\"x=y, z\"=\"k,=l\",id"],
        ["--scale", "public.\"x=y, z\"=3"],
        ["--scale", "a.t=3"],
        ["--distkey", "dev.B.\"T\"=KIND"],
    ] {
        for anonymize in [&[][..], &["--anonymize"]] {
            let (code, errors, document) = asked(&[&arguments[..], anonymize].concat());
            assert_eq!((code, errors.as_str()), (Some(0), ""), "{arguments:?}");
            let what_if = &document["inputs"][0]["what_if"][0];
            let cost = |side: &str| {
                let side = &what_if[side];
                [&side["bytes_moved"], &side["blocks_scanned"]].map(|number| number.as_f64())
            };
            let sorted = arguments[0] == "--sortkey";
            assert!(what_if.is_object(), "{arguments:?} {document:#}");
            assert_eq!(cost("before") == cost("after"), sorted, "{arguments:?}");
        }
    }
}

#[test]
fn one_of_two_tables_of_a_name_grows() {
    let (code, _, document) = asked(&["--grow", "b.t=1000/hour"]);
    assert_eq!(code, Some(0));
    let point = &document["inputs"][0]["growing"]["point"];
    assert_eq!(point["table"], "b.t");
    assert_eq!(point["rows_now"], 1e7);
}

/// A large export is read in constant memory, which knows nothing of before and after.
#[test]
fn what_is_asked_of_a_large_export_is_answered_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut export = String::from("userid,query,nodeid,parentid,plannode,info\n");
    for query in 1..500 {
        let scan = "XN Seq Scan on t  (cost=0.00..10.00 rows=1000 width=8)";
        let padding = " ".repeat(10_000);
        export += &format!("100,{query},0,-1,\"{scan}\",\"Filter: (id > 5){padding}\"\n");
    }
    assert!(export.len() > 4 << 20);
    std::fs::write(folder.path().join("e.csv"), export).expect("a file");
    std::fs::write(folder.path().join("t.sql"), "CREATE TABLE t (id INT)").expect("a file");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(["explain", "e.csv", "--fail-on", "never"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("distkey runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(run(&[]).0, Some(0));
    let (code, errors) = run(&["--ddl", "t.sql", "--ddl", "missing.sql"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("missing.sql"), "{errors}");
    let (code, errors) = run(&["--ddl", "t.sql", "--distkey", "t=nosuch"]);
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("has no column `nosuch`"),
        "{}",
        &errors[..errors.len().min(500)]
    );
}
