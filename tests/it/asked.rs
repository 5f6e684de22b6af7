//! What is asked for and is not there is told, never passed over.

use std::process::Command;

const DDL: &str =
    "create table sale (sale_id bigint, shop_id int, day date) distkey (sale_id) sortkey (day);
    create table idle (a int, b int) diststyle even;
    create view v as select * from sale;";

const QUERY: &str = "select count(*) from sale where day > '2024-01-01'";

const PLAN: &str = "XN Aggregate  (cost=12.50..12.50 rows=1 width=0)\n  ->  XN Seq Scan on sale  (cost=0.00..10.00 rows=1000 width=0)\n";

/// Exit code, standard output in one line, standard error.
fn ran(command: &str, arguments: &[&str], files: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let own = [
        ("t.sql", DDL),
        ("q.sql", QUERY),
        ("p.txt", PLAN),
        ("stats.json", r#"{"rows": {"sale": 1000000, "idle": 5}}"#),
    ];
    for (name, text) in own.iter().chain(files) {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let ran = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .arg(command)
        .args(arguments)
        .args(["--ddl", "t.sql"])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let out = text(&ran.stdout);
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    (ran.status.code(), words, text(&ran.stderr))
}

#[test]
fn a_change_that_can_not_be_is_refused() {
    for (asked, why) in [
        (
            vec!["--distkey", "sael=shop_id"],
            "table `sael` is not defined in the DDL, so it can't be changed; did you mean `sale`?",
        ),
        (vec!["--scale", "idel=2"], "did you mean `idle`?"),
        (vec!["--grow", "sael=5/day"], "did you mean `sale`?"),
        (
            vec!["--sortkey", "sale=day,shopid"],
            "table `sale` has no column `shopid`; did you mean `shop_id`?",
        ),
        (
            vec!["--diststyle", "v=all"],
            "`v` is a view: it has no distribution of its own",
        ),
        (
            vec!["--sortkey", "v=day"],
            "`v` is a view: it has no sort key of its own",
        ),
        (
            vec!["--distkey", "sale=shop_id", "--distkey", "sale=day"],
            "two distributions are asked for `sale`: ask for one at a time",
        ),
        (
            vec![
                "--distkey",
                "sale=shop_id",
                "--diststyle",
                "public.sale=even",
            ],
            "two distributions",
        ),
        (
            vec!["--sortkey", "sale=shop_id", "--sortkey", "SALE=day"],
            "two sort keys are asked for `sale`",
        ),
    ] {
        let mut arguments = vec!["--query", "q.sql", "--stats", "stats.json"];
        arguments.extend(&asked);
        let (code, out, errors) = ran("explain", &arguments, &[]);
        assert_eq!(code, Some(2), "{asked:?}");
        assert!(
            errors.contains(why) && out.contains(why),
            "{asked:?}: {errors}{out}"
        );
    }
}

#[test]
fn a_change_that_alters_nothing_is_told() {
    let said = |input: &[&str], asked: &[&str]| {
        let mut arguments = input.to_vec();
        arguments.extend(asked);
        let (code, out, errors) = ran("explain", &arguments, &[]);
        assert_ne!(code, Some(2), "{errors}");
        out
    };
    let query = ["--query", "q.sql", "--stats", "stats.json"];
    for input in [&query[..], &["p.txt"]] {
        let idle = said(input, &["--distkey", "idle=a"]);
        assert!(
            idle.contains("what if: `idle` is neither read nor written here"),
            "{idle}"
        );
        let same = said(input, &["--distkey", "sale=sale_id"]);
        assert!(
            same.contains("what if: `sale` has DISTSTYLE KEY(sale_id) already"),
            "{same}"
        );
        let other = said(input, &["--distkey", "sale=shop_id", "--scale", "sale=2"]);
        assert!(!other.contains("note: what if"), "{other}");
        // All tables are no table by name.
        let all = said(input, &["--scale", "2"]);
        assert!(!all.contains("note: what if"), "{all}");
    }
}

#[test]
fn growth_that_nothing_is_said_of_is_told() {
    let (code, out, _) = ran(
        "explain",
        &[
            "--query",
            "q.sql",
            "--stats",
            "stats.json",
            "p.txt",
            "--grow",
            "sale=5/day",
        ],
        &[],
    );
    assert_eq!(code, Some(2));
    assert!(
        out.contains("growth: a pasted plan can't be planned anew with more rows"),
        "{out}"
    );
    let (code, out, _) = ran(
        "advise",
        &[
            "--queries",
            "q.sql",
            "--stats",
            "stats.json",
            "--grow",
            "idle=5/day",
        ],
        &[],
    );
    assert_eq!(code, Some(0));
    assert!(
        out.contains("Nothing is said of the rows that `idle` gains"),
        "{out}"
    );
}

#[test]
fn names_of_statistics_and_settings_come_with_the_nearest() {
    let stats = r#"{"rows": {"sael": 5, "sale": 9}, "columns": {"sale.shopid": {"distinct": 2}}}"#;
    let (_, _, errors) = ran(
        "explain",
        &["--query", "q.sql", "--stats", "s.json"],
        &[("s.json", stats)],
    );
    assert!(
        errors.contains("`sael` (the nearest is `sale`) is not in the DDL"),
        "{errors}"
    );
    assert!(
        errors.contains("`sale.shopid` (the nearest is `shop_id`) is not in the DDL"),
        "{errors}"
    );
    let settings = |columns: &str| {
        let text = format!("[workload]\ncolumns = {columns}\n");
        ran(
            "explain",
            &["--query", "q.sql", "--config", "d.toml"],
            &[("d.toml", &text)],
        )
        .2
    };
    let note = "`workload.columns` of the settings: `nosuch` is in no table of the DDL";
    assert!(settings(r#"["shop_id", "nosuch"]"#).contains(note));
    assert!(!settings(r#"["shop_id"]"#).contains("workload.columns"));
}

/// An ETL workload is INSERT and CREATE TABLE AS mostly.
#[test]
fn a_workload_of_statements_that_write_is_read() {
    let etl = "create table day_count as select day, count(*) from sale group by day;\n\
               delete from idle where a in (select shop_id from sale);\nvacuum sale;";
    let arguments = [
        "--queries",
        "etl.sql",
        "--stats",
        "stats.json",
        "--format",
        "json",
    ];
    let (code, out, errors) = ran("advise", &arguments, &[("etl.sql", etl)]);
    assert_eq!(code, Some(0), "{errors}");
    let advice: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(advice["queries"].as_array().map(Vec::len), Some(2));
    assert_eq!(advice["left_out"].as_array().map(Vec::len), Some(1));
    assert_eq!(advice["left_out"][0]["name"], "etl.sql:3");
    let reason = advice["left_out"][0]["reason"].as_str();
    assert!(reason.is_some_and(|reason| reason.starts_with("VACUUM has no plan")));
    assert_eq!(advice["queries"][0]["after"]["verdict"], "cannot_tell");
}
