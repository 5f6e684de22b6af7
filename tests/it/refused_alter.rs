//! ALTER TABLE that Redshift refuses is an error at its line, with the reason and the way
//! around; what is not known well enough is not reported.

use crate::support::run;
use serde_json::Value;

fn findings(ddl: &str) -> Vec<Value> {
    let report = run(&["lint", "--format", "json", "t.sql"], &[("t.sql", ddl)]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let file = &report["files"][0];
    assert_eq!(file["syntax_errors"], Value::Array(Vec::new()), "{ddl}");
    file["findings"].as_array().expect("findings").clone()
}

fn refused(ddl: &str) -> Vec<Value> {
    let mut found = findings(ddl);
    found.retain(|finding| finding["code"] == "DK242");
    found
}

const SALE: &str = "create table shop (shop_id int primary key, note varchar(9) encode text255);
create table sale (sale_id bigint, shop_id int references shop (shop_id), at date encode az64,
  town varchar(20) default 'x', tag varchar(9), unique (tag)) distkey (shop_id) sortkey (at);
create table crossed (a int, b int) interleaved sortkey (a, b);
create temp table passing (a int);
create table single (a int);
";

#[test]
fn each_reason_comes_with_a_way_around() {
    let mut out = String::new();
    for alter in [
        "alter table sale drop column amount;",
        "alter table sale drop column at;",
        "alter table sale drop column shop_id;",
        "alter table single drop column a;",
        "alter table sale alter column sale_id type int;",
        "alter table shop alter column note type varchar(20);",
        "alter table sale alter column town type varchar(40);",
        "alter table sale alter column tag type varchar(40);",
        "alter table sale alter column at encode az64;",
        "alter table sale alter column at encode fast;",
        "alter table sale add column at date;",
        "alter table sale add column no int distkey;",
        "alter table sale add column no int sortkey;",
        "alter table sale add column no int identity(1, 1);",
        "alter table sale add column no int unique;",
        "alter table sale rename column town to tag;",
        "alter table sale rename to shop;",
        "alter table sale drop constraint sale_pkey;",
        "alter table shop add primary key (note);",
        "alter table crossed alter distkey a;",
        "alter table sale alter interleaved sortkey (at);",
        "alter table passing alter diststyle even;",
    ] {
        let found = refused(&format!("{SALE}{alter}\n"));
        let [finding] = found.as_slice() else {
            panic!("{alter}: {found:#?}");
        };
        assert_eq!(finding["severity"], "error", "{alter}");
        assert_eq!(finding["location"]["line"], 7, "{alter}");
        let message = finding["message"].as_str().expect("a message");
        let (_, reason) = message.split_once("up to here: ").expect("a reason");
        let remedy = finding["remedy"]["text"].as_str().expect("a remedy");
        out += &format!("{alter}\n  {reason}\n  → {remedy}\n");
    }
    insta::assert_snapshot!(out, @r#"
    alter table sale drop column amount;
      it has no column `amount`
      → Correct the name, or move the statement to where the column is there.
    alter table sale drop column at;
      `at` is part of its distribution or sort key
      → Take the column out of the keys first: ALTER DISTKEY or DISTSTYLE, ALTER SORTKEY.
    alter table sale drop column shop_id;
      `shop_id` is part of its distribution or sort key
      → Take the column out of the keys first: ALTER DISTKEY or DISTSTYLE, ALTER SORTKEY.
    alter table single drop column a;
      `a` is its last column
      → Drop the table, or add the column that takes its place first.
    alter table sale alter column sale_id type int;
      `sale_id` is BIGINT and would become INTEGER: only the length of a VARCHAR changes
      → Add a column of the new type, UPDATE it from this one, drop this one and rename the new one.
    alter table shop alter column note type varchar(20);
      `note` is encoded as TEXT255, which keeps its length
      → Change the encoding in a statement before this one.
    alter table sale alter column town type varchar(40);
      `town` has a default and so keeps its type
      → Add a column of the new type, UPDATE it from this one, drop this one and rename the new one.
    alter table sale alter column tag type varchar(40);
      `"tag"` is part of a constraint and so keeps its type
      → Drop the constraint first and add it again afterwards; Redshift does not enforce it.
    alter table sale alter column at encode az64;
      `at` is encoded as AZ64 already
      → Leave the action out.
    alter table sale alter column at encode fast;
      there is no encoding `fast`
      → Use AZ64 for numbers and times, ZSTD for text, or ENCODE AUTO for the whole table.
    alter table sale add column at date;
      it has a column `at` already
      → Leave the action out if the column is the one that is meant, else choose another name.
    alter table sale add column no int distkey;
      `no` is added with DISTKEY, which ADD COLUMN does not take
      → Add the column without it, then ALTER DISTKEY.
    alter table sale add column no int sortkey;
      `no` is added with SORTKEY, which ADD COLUMN does not take
      → Add the column without it, then ALTER SORTKEY.
    alter table sale add column no int identity(1, 1);
      `no` is added with IDENTITY, which ADD COLUMN does not take
      → Create the table anew with the column and copy the rows.
    alter table sale add column no int unique;
      `no` is added with UNIQUE, which ADD COLUMN does not take
      → Add the column without it, then ADD CONSTRAINT in a statement of its own.
    alter table sale rename column town to tag;
      it has a column `"tag"` already
      → Leave the action out if the column is the one that is meant, else choose another name.
    alter table sale rename to shop;
      there is a table `shop` already
      → Rename or drop the table of that name first.
    alter table sale drop constraint sale_pkey;
      it has no constraint `sale_pkey`
      → Correct the name: a constraint without one is called `table_pkey`, `table_column_key` or `table_column_fkey`.
    alter table shop add primary key (note);
      it has a primary key already
      → Drop the present key first, by DROP CONSTRAINT.
    alter table crossed alter distkey a;
      its sort key is interleaved
      → Give the table a compound sort key or none first, by ALTER SORTKEY; or create it anew with all its keys and copy the rows.
    alter table sale alter interleaved sortkey (at);
      a sort key can't become interleaved
      → Create the table anew with the interleaved key and copy the rows; mostly a compound key, which ALTER SORTKEY takes, serves as well.
    alter table passing alter diststyle even;
      it is a temporary table, which keeps its distribution style
      → Give the distribution where the temporary table is created.
    "#);
}

#[test]
fn what_redshift_takes_is_not_reported() {
    for alter in [
        "alter table sale alter column at encode raw;",
        "alter table sale drop column town;",
        "alter table shop add column city varchar(20);",
        "alter table sale rename column town to city;",
        "alter table sale rename to sold;",
        "alter table shop drop constraint shop_pkey; alter table shop add primary key (note);",
        "alter table crossed alter sortkey (a); alter table crossed alter distkey a;",
        "alter table sale alter sortkey (sale_id); alter table sale drop column at;",
        "alter table shop alter column note encode zstd; alter table shop alter column note type varchar(20);",
    ] {
        assert_eq!(
            refused(&format!("{SALE}{alter}")),
            Vec::<Value>::new(),
            "{alter}"
        );
    }
}

#[test]
fn what_is_not_known_well_enough_is_not_reported() {
    for ddl in [
        "alter table elsewhere drop column a;",
        "create table t as select * from elsewhere; alter table t drop column a;",
        "create table t (like elsewhere); alter table t drop column a;",
        "create external table s.t (a int) stored as parquet location 's3://example/t/';
         alter table s.t add partition (day = 1) location 's3://example/t/1/';",
        "create view v as select 1 as a; alter table v rename to w;",
    ] {
        assert_eq!(refused(ddl), Vec::<Value>::new(), "{ddl}");
    }
}

#[test]
fn a_statement_that_is_refused_changes_nothing_for_those_after_it() {
    // The column is still called `a`, so the second statement fails for its own reason.
    let found = refused(
        "create table t (a int, b int);
         alter table t rename column a to b;
         alter table t drop column c;
         alter table t drop column a;",
    );
    let lines: Vec<&Value> = found.iter().map(|f| &f["location"]["line"]).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_table_defined_in_another_file_counts() {
    let files = [
        ("1.sql", "create table t (a int);\n"),
        ("2.sql", "\nalter table t add column a int;\n"),
    ];
    let report = run(&["lint", "--format", "json", "1.sql", "2.sql"], &files);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let finding = &report["files"][1]["findings"][0];
    assert_eq!(finding["code"], "DK242");
    assert_eq!(finding["location"]["line"], 2);
}

#[test]
fn what_is_refused_rewrites_nothing() {
    let stats = "{\"rows\": {\"crossed\": 5000000, \"single\": 5000000}}";
    let codes = |alter: &str| {
        let ddl = format!("{SALE}{alter}");
        let files = [("t.sql", ddl.as_str()), ("stats.json", stats)];
        let args = ["lint", "t.sql", "--stats", "stats.json", "--format", "json"];
        let report = crate::support::run(&args, &files);
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        let found = report["files"][0]["findings"].as_array().cloned();
        let found = found.unwrap_or_default();
        let codes = found
            .iter()
            .map(|f| f["code"].as_str().expect("a code").to_owned());
        codes.collect::<Vec<_>>()
    };
    let refused = codes("alter table crossed alter distkey a;");
    assert!(!refused.contains(&"DK226".to_owned()), "{refused:?}");
    let taken = codes("alter table single alter distkey a;");
    assert!(taken.contains(&"DK226".to_owned()), "{taken:?}");
}

#[test]
fn a_key_that_is_renamed_or_dropped_later_was_there() {
    let unknown = |ddl: &str| {
        findings(ddl)
            .iter()
            .filter(|f| f["code"] == "DK224")
            .count()
    };
    for later in [
        "alter table t rename column a to c;",
        "alter table t alter diststyle even; alter table t alter sortkey none; alter table t drop column a;",
        "alter table t drop column u;",
    ] {
        let ddl =
            format!("create table t (a int, b int, u int unique) distkey(a) sortkey(a); {later}");
        assert_eq!(unknown(&ddl), 0, "{later}");
    }
    // What is added later is not there yet.
    let early = "create table t (a int) distkey(b); alter table t add column b int;";
    assert_eq!(unknown(early), 1);
}

/// A name without a schema may mean a table that is not at hand: the search path may be set elsewhere.
#[test]
fn of_a_table_that_is_guessed_nothing_is_refused() {
    let other = "create table archive.t (a int, b int);\n";
    let sure = "create table t (a int, b int);\n";
    for alter in [
        "alter table t add column b int;",
        "alter table t drop column c;",
        "alter table t rename column a to b;",
    ] {
        assert_eq!(refused(&format!("{other}{alter}\n")).len(), 0, "{alter}");
        assert_eq!(refused(&format!("{sure}{alter}\n")).len(), 1, "{alter}");
        let path = "set search_path to archive;\n";
        assert_eq!(
            refused(&format!("{other}{path}{alter}\n")).len(),
            1,
            "{alter}"
        );
    }
}

/// Names in quotes keep their case where the session says so, and are folded here: whether two are
/// one is not known then.
#[test]
fn of_names_that_keep_their_case_nothing_is_refused_for_being_one() {
    let table = "create table t (\"Id\" int, name varchar(9));\n";
    let on = "set enable_case_sensitive_identifier to true;\n";
    let codes = |ddl: &str| -> Vec<String> {
        let errors = findings(ddl).into_iter();
        let errors = errors.filter(|finding| finding["severity"] == "error");
        errors.map(|finding| finding["code"].to_string()).collect()
    };
    for (statement, code) in [
        ("create table u (\"Id\" int, \"ID\" int);", "\"DK270\""),
        ("alter table t add column \"ID\" int;", "\"DK242\""),
        ("insert into t (\"Nam\") values ('x');", "\"DK224\""),
    ] {
        assert_eq!(
            codes(&format!("{table}{statement}\n")),
            [code],
            "{statement}"
        );
        for set in [on, "SET enable_case_sensitive_identifier = on;\n"] {
            assert_eq!(
                codes(&format!("{set}{table}{statement}\n")),
                [""; 0],
                "{statement}"
            );
        }
        for off in [
            "reset enable_case_sensitive_identifier;\n",
            "set enable_case_sensitive_identifier to false;\n",
        ] {
            assert_eq!(
                codes(&format!("{on}{off}{table}{statement}\n")),
                [code],
                "{statement}"
            );
        }
    }
}
