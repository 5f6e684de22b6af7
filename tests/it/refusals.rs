//! A refusal names the construct and where it stands in the file.

use std::process::Command;

use crate::support::plan_query;

const DDL: &str = "
    create table t (k bigint, v int, s varchar(20)) distkey (k);
    create table u (k bigint, w int);
    create table sales.orders (id bigint, amount int);
    create view outer_view as select k from inner_view;
    create view inner_view as select nosuch from t;";

fn refusal(query: &str) -> String {
    plan_query(DDL, query).expect_err(query).to_string()
}

/// What `distkey explain --query` says of a script, by statement.
fn of_script(script: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.sql"), DDL).expect("written");
    std::fs::write(folder.path().join("q.sql"), script).expect("written");
    let arguments = [
        "explain", "--ddl", "t.sql", "--query", "q.sql", "--format", "json",
    ];
    let ran = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let document: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let inputs = document["inputs"].as_array().expect("inputs");
    inputs
        .iter()
        .map(|input| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (text(&input["name"]), text(&input["error"]))
        })
        .collect()
}

#[test]
fn the_construct_is_named_in_words_with_its_place() {
    for (query, what, line, column) in [
        (
            "select n from (\n  with recursive r (n) as (select 1) select n from r)",
            "Redshift refuses WITH RECURSIVE in a subquery",
            2,
            3,
        ),
        (
            "select k\nfrom t\nwhere v @> 3",
            "Redshift refuses the operator",
            3,
            7,
        ),
        (
            "select k,\n  overlay(s placing 'x' from 2)\nfrom t",
            "OVERLAY is not planned yet",
            2,
            11,
        ),
        (
            "select k from t\n  semi join u on t.k = u.k",
            "Redshift refuses SEMI JOIN",
            2,
            13,
        ),
        (
            "select t.k\nfrom t\nleft join u\n  on u.k = t.k and u.w in (select v from t)",
            "a subquery or correlated reference in an outer join is not planned yet",
            4,
            6,
        ),
        (
            "select k from t\nwhere sum(v) > 3",
            "Redshift refuses an aggregate or window function in WHERE",
            2,
            7,
        ),
    ] {
        let said = refusal(query);
        let expected = format!("{what}, line {line}, column {column}");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn a_name_that_is_none_is_told_with_its_place() {
    for (query, place) in [
        (
            "select k\nfrom t\njoin uu on uu.k = t.k",
            "line 3, column 6; did you mean `u`?",
        ),
        (
            "select k,\n       t.vv\nfrom t",
            "line 2, column 8; did you mean `v`?",
        ),
        (
            "with c as (select k as kk from t)\nselect kkk\nfrom c",
            "line 2, column 8; did you mean `kk`?",
        ),
        (
            "select k from t a\nwhere a.v > 2\n  and b.v > 3",
            "line 3, column 7",
        ),
    ] {
        let said = refusal(query);
        assert!(said.ends_with(place), "{said}");
    }
}

/// The line of a view's text is none of the query's.
#[test]
fn what_is_wrong_in_a_view_stands_where_the_view_is_read() {
    insta::assert_snapshot!(
        refusal("select 1\nfrom t,\n     outer_view"),
        @"in view `inner_view`: column `nosuch` is in none of the tables in scope, line 3, column 6"
    );
}

#[test]
fn lines_are_those_of_the_script() {
    let said = of_script(
        "-- a comment\nselect k from t;\n\nselect k,\n  nosuch from t; select s @> 'a' from t;\n\
         select k from\nwhere k = 1;\nvacuum t;\n",
    );
    let of = |name: &str| {
        let found = said.iter().find(|(said, _)| said == name);
        found.map(|(_, error)| error.as_str()).unwrap_or_default()
    };
    insta::assert_snapshot!(of("q.sql:4"), @"column `nosuch` is in none of the tables in scope, line 5, column 3");
    insta::assert_snapshot!(of("q.sql:5"), @"Redshift refuses the operator, line 5, column 25: `@>`");
    insta::assert_snapshot!(of("q.sql:6"), @"SELECT is not understood: expected table name, found where, line 7, column 1");
    insta::assert_snapshot!(of("q.sql:8"), @"VACUUM has no plan: Redshift explains SELECT, SELECT INTO, CREATE TABLE AS, INSERT, UPDATE and DELETE");
}
