//! Which types co-locate: lint, explain and advise give one answer, and none advises what the DDL
//! says already.

use crate::support::run;

/// Two tables distributed by the join column, whose types are these.
fn ddl(here: &str, there: &str) -> String {
    format!(
        "CREATE TABLE orders (order_id {here} NOT NULL, day INT, total DECIMAL(12,2),
           FOREIGN KEY (order_id) REFERENCES lines (line_order)) DISTKEY (order_id);
         CREATE TABLE lines (line_order {there} NOT NULL, day INT, amount DECIMAL(12,2),
           UNIQUE (line_order)) DISTKEY (line_order);"
    )
}

const STATS: &str = r#"{"rows": {"orders": 5e8, "lines": 2e9},
    "columns": {"orders.order_id": {"distinct": 5e8}, "lines.line_order": {"distinct": 5e8}}}"#;

struct Answers {
    lint: bool,
    label: String,
    explain: bool,
    advise: bool,
    sql: Vec<serde_json::Value>,
}

fn has(document: &serde_json::Value, code: &str) -> bool {
    let findings = document.as_array().expect("findings");
    findings.iter().any(|finding| finding["code"] == code)
}

fn answers(ddl: &str, on: &str) -> Answers {
    let query = format!("select sum(total + amount) from orders join lines on {on};");
    let files = [("t.sql", ddl), ("q.sql", query.as_str()), ("s.json", STATS)];
    let json = |arguments: &[&str]| -> serde_json::Value {
        let more = [
            "--stats",
            "s.json",
            "--format",
            "json",
            "--fail-on",
            "never",
        ];
        let text = run(&[arguments, &more[..]].concat(), &files);
        serde_json::from_str(&text).expect("JSON")
    };
    let lint = json(&["lint", "t.sql"]);
    let explain = json(&["explain", "--query", "q.sql", "--ddl", "t.sql"]);
    let advise = json(&["advise", "--queries", "q.sql", "--ddl", "t.sql"]);
    let found = &explain["inputs"][0];
    let sql = found["findings"].as_array().expect("findings").iter();
    Answers {
        lint: has(&lint["files"][0]["findings"], "DK205"),
        label: found["graph"]["joins"][0]["distribution"]
            .as_str()
            .expect("a label")
            .to_owned(),
        explain: has(&found["findings"], "DK111"),
        advise: advise.to_string().contains("have different types"),
        sql: sql
            .flat_map(|finding| finding["remedy"]["sql"].as_array().expect("a list").clone())
            .collect(),
    }
}

#[test]
fn types_that_keep_equal_values_apart_are_named_everywhere() {
    for (here, there) in [
        ("NUMERIC(12,0)", "NUMERIC(12,2)"),
        ("NUMERIC(18,0)", "BIGINT"),
        ("REAL", "DOUBLE PRECISION"),
        ("TIMESTAMP", "TIMESTAMPTZ"),
    ] {
        let types = format!("{here} {there}");
        let found = answers(&ddl(here, there), "order_id = line_order");
        assert_ne!(found.label, "DS_DIST_NONE", "{types}");
        assert!(found.lint && found.explain && found.advise, "{types}");
        for sql in &found.sql {
            let sql = sql.as_str().expect("SQL");
            assert!(
                !sql.contains("DISTKEY order_id") && !sql.contains("DISTKEY line_order"),
                "{types}: {sql} stands in the DDL"
            );
        }
    }
}

#[test]
fn types_that_agree_are_named_nowhere() {
    for (here, there) in [
        ("INT", "BIGINT"),
        ("NUMERIC(12,2)", "NUMERIC(18,2)"),
        ("VARCHAR(20)", "CHAR(36)"),
        ("DATE", "DATE"),
    ] {
        let types = format!("{here} {there}");
        let found = answers(&ddl(here, there), "order_id = line_order");
        assert_eq!(found.label, "DS_DIST_NONE", "{types}");
        assert!(!found.lint && !found.explain && !found.advise, "{types}");
    }
}

#[test]
fn a_join_on_several_columns_is_judged_by_those_that_place_the_rows() {
    let on = "order_id = line_order and orders.day = lines.day";
    // The pair that places both agrees, the other does not matter.
    let ddl = |order: &str, day: &str| {
        format!(
            "CREATE TABLE orders (order_id BIGINT, day INT, total DECIMAL(12,2),
               FOREIGN KEY (order_id, day) REFERENCES lines (line_order, day)) DISTKEY (order_id);
             CREATE TABLE lines (line_order {order}, day {day}, amount DECIMAL(12,2),
               UNIQUE (line_order, day)) DISTKEY (line_order);"
        )
    };
    let found = answers(&ddl("BIGINT", "NUMERIC(9,0)"), on);
    assert_eq!(found.label, "DS_DIST_NONE");
    assert!(!found.lint && !found.explain);
    // The pair that places both is apart.
    let found = answers(&ddl("NUMERIC(18,0)", "INT"), on);
    assert_ne!(found.label, "DS_DIST_NONE");
    assert!(found.lint && found.explain);
}

/// A remedy is a statement that Redshift takes for what it alters.
#[test]
fn remedies_fit_the_kind_of_relation_and_its_sort_key() {
    let columns = "id int, k int, d date";
    for (definition, expected) in [
        (
            format!("create table f ({columns}) distkey(k)"),
            "ALTER TABLE f ",
        ),
        (
            "create materialized view f distkey(k) as select id, k, d from base".to_owned(),
            "ALTER MATERIALIZED VIEW f ",
        ),
        (
            format!("create table f ({columns}) distkey(k) interleaved sortkey(id, k)"),
            "ALTER TABLE f ALTER COMPOUND SORTKEY",
        ),
    ] {
        let ddl = format!("create table base ({columns}) distkey(id) sortkey(d); {definition};");
        let query = "select f.k, count(*) from f join base on base.id = f.id
            where f.d between '2024-01-01' and '2024-01-31' group by 1";
        let stats = r#"{"rows": {"f": 1e9, "base": 1e9}, "columns": {
            "f.d": {"distinct": 3000, "min": "2016-01-01", "max": "2024-12-31"}}}"#;
        let text = run(
            &[
                "explain",
                "--query",
                "q.sql",
                "--ddl",
                "t.sql",
                "--stats",
                "s.json",
                "--format",
                "json",
                "--fail-on",
                "never",
            ],
            &[("t.sql", &ddl), ("q.sql", query), ("s.json", stats)],
        );
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let findings = document["inputs"][0]["findings"]
            .as_array()
            .expect("a list");
        let sql = findings
            .iter()
            .flat_map(|one| one["remedy"]["sql"].as_array().expect("a list"));
        let of_f: Vec<&str> = sql
            .filter_map(|sql| sql.as_str())
            .filter(|sql| sql.contains(" f "))
            .collect();
        assert!(!of_f.is_empty(), "{definition}: {findings:#?}");
        for sql in of_f {
            assert!(sql.starts_with(expected), "{definition}: {sql}");
        }
    }
}
