//! Findings that are known: a baseline holds however paths are spelled, whatever comes above,
//! whatever else is linted.

use std::collections::BTreeSet;

use super::{A, B, distkey, read};
use crate::support::folder;

/// However the folder is spelled, and from wherever the command runs, the known findings are the
/// same ones.
#[test]
fn a_baseline_holds_in_five_spellings() {
    let base = folder(&[
        ("shop/ddl/a.sql", A),
        ("shop/ddl/deep/b.sql", B),
        ("shop/other/x.txt", ""),
    ]);
    let shop = base.path().join("shop");
    let absolute = shop.join("ddl").display().to_string();
    let known = shop.join("known.json").display().to_string();
    let spellings: [(&str, Vec<&str>, &str); 7] = [
        ("shop", vec![], "known.json"),
        ("shop", vec!["."], "./known.json"),
        ("shop", vec!["ddl"], "known.json"),
        ("shop", vec!["./ddl/"], known.as_str()),
        ("shop", vec![&absolute], "known.json"),
        (
            "shop/ddl/deep",
            vec!["b.sql", "../a.sql"],
            "../../known.json",
        ),
        ("shop/other", vec!["../ddl/deep/.."], "../known.json"),
    ];
    let mut written = BTreeSet::new();
    for (from, paths, baseline) in &spellings {
        let lint = |more: &[&str]| {
            let args = [&["lint", "--select", "DK212"], paths.as_slice(), more].concat();
            distkey(&base.path().join(from), &args)
        };
        let ran = lint(&["--baseline", baseline, "--write-baseline"]);
        assert_eq!(ran.code, 0, "{from} {paths:?}: {}", ran.err);
        written.insert(read(&shop, "known.json"));
    }
    assert_eq!(written.len(), 1, "{written:#?}");
    for (from, paths, baseline) in &spellings {
        let args = [&["lint", "--select", "DK212"], paths.as_slice()].concat();
        let ran = distkey(&base.path().join(from), &args);
        assert_eq!(ran.code, 1, "{from} {paths:?}: {}", ran.err);
        let args = [args.as_slice(), &["--baseline", baseline]].concat();
        let ran = distkey(&base.path().join(from), &args);
        assert_eq!(ran.code, 0, "{from} {paths:?}: {}", ran.out);
        assert_eq!(ran.err, "", "{from} {paths:?}");
    }
    insta::assert_snapshot!(read(&shop, "known.json"), @r#"
    {
      "findings": {
        "ddl/a.sql": {
          "DK212": [
            "a"
          ]
        },
        "ddl/deep/b.sql": {
          "DK212": [
            "b",
            "c"
          ]
        }
      }
    }
    "#);
}

#[test]
fn a_new_table_above_an_old_one_is_reported_as_itself() {
    let there = folder(&[("a.sql", A)]);
    let lint = |more: &[&str]| {
        let args = [
            &["lint", "a.sql", "--select", "DK212", "--baseline", "k.json"],
            more,
        ]
        .concat();
        distkey(there.path(), &args)
    };
    assert_eq!(lint(&["--write-baseline"]).code, 0);
    let new = "create table added (cost float);\n";
    std::fs::write(there.path().join("a.sql"), format!("{new}\n{A}")).expect("a file");
    let ran = lint(&["--format", "concise", "-q"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("a.sql:1:"), "{}", ran.out);
    // Of what is not a table, the statement is what it is about: not its layout, nor its place.
    let copy = "copy a from 's3://shop/a' access_key_id 'AKIAIOSFODNN7EXAMPLE' secret_access_key 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';\n";
    let other = copy.replace("/a'", "/b'");
    let write = |text: &str| std::fs::write(there.path().join("a.sql"), text).expect("a file");
    let lint = |more: &[&str]| {
        let args = [
            &[
                "lint",
                "a.sql",
                "--select",
                "DK228",
                "--baseline",
                "c.json",
                "-q",
            ],
            more,
        ];
        distkey(there.path(), &args.concat())
    };
    write(copy);
    assert_eq!(lint(&["--write-baseline"]).code, 0);
    write(&format!(
        "-- moved\n\n{}",
        copy.replace(" from", "\n  FROM")
    ));
    assert_eq!(lint(&[]).code, 0, "{}", lint(&[]).out);
    write(&format!("{other}{copy}"));
    let ran = lint(&["--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.out);
    assert!(ran.out.starts_with("a.sql:1:"), "{}", ran.out);
    // Twice the same is once more than is known.
    write(&format!("{copy}{copy}"));
    let ran = lint(&["--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.out);
}

#[test]
fn syntax_errors_are_known_as_findings_are() {
    let broken = "create table t (a int b int);\n";
    let there = folder(&[("a.sql", broken)]);
    let lint = |more: &[&str]| {
        let args = [
            "lint",
            "a.sql",
            "--baseline",
            "k.json",
            "-q",
            "--format",
            "concise",
        ];
        distkey(there.path(), &[&args[..], more].concat())
    };
    let write = |text: &str| std::fs::write(there.path().join("a.sql"), text).expect("a file");
    assert_eq!(lint(&["--write-baseline"]).code, 0);
    let ran = lint(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    // Elsewhere in the file it is the same; another one is new.
    write(&format!("create table u (c int);\n\n  {broken}"));
    assert_eq!(lint(&[]).code, 0);
    write(&format!("create table u (c int d int);\n{broken}"));
    let ran = lint(&[]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.out);
    assert!(ran.out.starts_with("a.sql:1:"), "{}", ran.out);
    // It is known, and still not checked.
    write(broken);
    let ran = lint(&["--strict"]);
    assert!(ran.out.is_empty(), "{}", ran.out);
    // Mended, it is gone.
    write("create table t (a int, b int);\n");
    let args = ["lint", "a.sql", "--baseline", "k.json"];
    let ran = distkey(there.path(), &args);
    assert!(
        ran.err.contains("1 baseline entry is no longer found"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_not_linted_is_neither_gone_nor_forgotten() {
    let there = folder(&[("ddl/a.sql", A), ("ddl/deep/b.sql", B)]);
    let lint = |args: &[&str]| {
        let args = [&["lint"], args, &["--baseline", "known.json"]].concat();
        distkey(there.path(), &args)
    };
    let select = ["--select", "DK212,DK220"];
    let all = [&["ddl"], &select[..], &["--write-baseline"]].concat();
    assert_eq!(lint(&all).code, 0);
    let whole = read(there.path(), "known.json");
    // A part of the files.
    let part = [&["ddl/a.sql"], &select[..]].concat();
    let ran = lint(&part);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let ran = lint(&[&part[..], &["--write-baseline"]].concat());
    let told = "known.json: kept the entries of 1 file not linted this time\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, told));
    assert_eq!(read(there.path(), "known.json"), whole);
    // A part of the rules.
    let ran = lint(&["ddl", "--select", "DK220", "--write-baseline"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(read(there.path(), "known.json"), whole);
    let ran = lint(&["ddl", "--select", "DK220"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    // What was mended is gone; of a file that is gone nothing is said.
    std::fs::write(
        there.path().join("ddl/a.sql"),
        "create table a (price int);\n",
    )
    .expect("it");
    let ran = lint(&[&["ddl"], &select[..]].concat());
    assert!(
        ran.err.contains("1 baseline entry is no longer found"),
        "{}",
        ran.err
    );
    std::fs::remove_file(there.path().join("ddl/deep/b.sql")).expect("it goes");
    assert_eq!(lint(&all).code, 0);
    assert_eq!(
        read(there.path(), "known.json"),
        "{\n  \"findings\": {}\n}\n"
    );
}
