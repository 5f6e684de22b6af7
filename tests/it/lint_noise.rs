//! What lint leaves unsaid, because nobody acts on it or because it would be a guess.

use crate::lint_rules::{found, holds};

#[test]
fn one_design_in_many_schemas_is_told_once() {
    let log = |name: &str| format!("create table {name} (id int, body varchar, at timestamp);");
    let files = [log("a.log"), log("b.log"), log("c.log")];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let found_in = found("DK253", &files);
    let [one] = found_in.as_slice() else {
        panic!("{found_in:#?}");
    };
    assert_eq!(
        one.location.as_ref().map(|place| place.path.as_str()),
        Some("0.sql")
    );
    assert!(
        one.message
            .contains("in 2 other tables with the same columns"),
        "{}",
        one.message
    );
    // Another column, another type or another order is another design.
    for other in [
        "create table d.log (id int, body varchar, at timestamp, x int);",
        "create table d.log (id bigint, body varchar, at timestamp);",
        "create table d.log (body varchar, id int, at timestamp);",
    ] {
        assert_eq!(found("DK253", &[files[0], other]).len(), 2, "{other}");
    }
    // What was dropped or defined anew is no copy of what stands.
    let again = "create table a.log (id int, body varchar, at timestamp); drop table a.log;";
    assert_eq!(found("DK253", &[again, files[1]]).len(), 2);
}

#[test]
fn encode_auto_is_no_loss_where_the_table_is_gone_soon() {
    let create = "create table s (a int encode az64, b varchar(9), c int, d int encode az64, e int encode az64);";
    let texts = [
        (1, create.to_owned()),
        (
            0,
            format!("drop table if exists s; {create} insert into s select * from t;"),
        ),
        (
            0,
            format!("drop table if exists s; {create} copy s from 's3://b/k/' iam_role default;"),
        ),
        (0, create.replace("create table", "create temp table")),
        // Filled or dropped alone, it stays.
        (1, format!("drop table if exists s; {create}")),
        (1, format!("{create} insert into s select * from t;")),
        (1, format!("insert into s select 1; drop table s; {create}")),
        (
            1,
            format!("{create} insert into s select * from t; drop table s;"),
        ),
        (
            1,
            format!("drop table if exists r; {create} insert into s select * from r;"),
        ),
    ];
    let texts: Vec<(usize, &str)> = texts.iter().map(|(n, text)| (*n, text.as_str())).collect();
    holds("DK216", &texts);
}

#[test]
fn the_columns_that_miss_an_encoding_get_theirs_in_one_statement() {
    let found = found(
        "DK216",
        &[
            "create table s (a int encode az64, b int, c date, d int encode az64, e int encode az64);",
        ],
    );
    let sql: Vec<&str> = found[0].remedy.sql.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(
        sql,
        ["ALTER TABLE s ALTER COLUMN b ENCODE AZ64, ALTER COLUMN c ENCODE AZ64;"]
    );
}

#[test]
fn which_of_two_definitions_is_meant_is_not_guessed() {
    holds(
        "DK224",
        &[
            (1, "create table t (a int); insert into t (b) values (1);"),
            (
                0,
                "create table t (a int); create table t (b int); insert into t (a) values (1);",
            ),
            (
                0,
                "create table t (a int); create table t (b int); insert into t (c) values (1);",
            ),
            (
                0,
                "create table t (a int); create table t (a int); insert into t (b) values (1);",
            ),
            (
                1,
                "create table t (a int); create table if not exists t (b int); insert into t (b) values (1);",
            ),
            (
                1,
                "create table t (a int); drop table t; create table t (b int); insert into t (a) values (1);",
            ),
            (
                1,
                "create table t (a int); alter table t rename to u; create table t (b int); insert into t (a) values (1);",
            ),
            (
                0,
                "create table t (a int); create table t (b int); alter table t rename to u; insert into u (c) values (1);",
            ),
            (
                1,
                "create table t (a int); create table t (b int); drop table t; create table t (c int); update t set a = 1;",
            ),
            (
                1,
                "create temp table t (a int); create temp table t (b int); insert into t (a) values (1);",
            ),
        ],
    );
    // A second file with the same leaves no doubt, as a dump beside the migrations.
    let (create, insert) = ("create table t (a int);", "insert into t (b) values (1);");
    assert_eq!(found("DK224", &[create, create, insert]).len(), 1);
    let other = "create table t (c int);";
    assert_eq!(found("DK224", &[create, other, insert]).len(), 0);
    holds(
        "DK242",
        &[
            (1, "create table t (a int); alter table t drop column b;"),
            (
                0,
                "create table t (a int); create table t (b int); alter table t drop column c;",
            ),
        ],
    );
}
