//! Statistics meet tables and queries whatever names they have for them, and what is written often
//! counts for what it costs.

use serde_json::Value;

use crate::support::{Ran, advised, distkey, folder};

const HEADER: &str = "schema,table,diststyle,sortkey1,size,tbl_rows,unsorted,stats_off,skew_rows";
const QUERY: &str =
    "select s.name, count(*) from visits v join shops s on v.shop_id = s.shop_id group by 1;";

/// An export of SVV_TABLE_INFO with these rows.
fn export(rows: &[(&str, &str, f64)]) -> String {
    let rows = rows
        .iter()
        .map(|(schema, table, rows)| format!("{schema},{table},EVEN,,100,{rows:.0},0,0,\n"));
    format!("{HEADER}\n{}", rows.collect::<String>())
}

fn run(ddl: &str, stats: &[&str], query: &str) -> Ran {
    let names: Vec<String> = (0..stats.len()).map(|at| format!("s{at}.csv")).collect();
    let mut files = vec![("t.sql", ddl), ("q.sql", query)];
    files.extend(names.iter().map(String::as_str).zip(stats.iter().copied()));
    let mut arguments = vec![
        "advise",
        "--ddl",
        "t.sql",
        "--queries",
        "q.sql",
        "--format",
        "json",
    ];
    for name in &names {
        arguments.extend(["--stats", name]);
    }
    distkey(folder(&files).path(), &arguments)
}

/// The DISTKEYs that are recommended, by table.
fn keys(ran: &Ran) -> Vec<(String, String)> {
    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let tables = document["tables"].as_array().expect("tables").iter();
    let keys = tables.filter_map(|table| {
        let key = table["recommended"]["distkey"].as_str()?.to_owned();
        Some((table["table"].as_str()?.to_owned(), key))
    });
    keys.collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

const PLAIN: &str = "create table visits (id bigint, shop_id bigint, seen date) diststyle even;
create table shops (shop_id bigint, name varchar(60)) diststyle even;";

#[test]
fn an_export_with_schemas_meets_ddl_without_and_the_other_way_round() {
    let wanted = [("shops", "shop_id"), ("visits", "shop_id")];
    let exported = export(&[("public", "visits", 4e8), ("public", "shops", 3e7)]);
    let ran = run(PLAIN, &[&exported], QUERY);
    assert_eq!(keys(&ran), named(&wanted));
    // Rows by bare names, tables in a schema that the search path names.
    let ddl = "set search_path to shop;
        create table shop.visits (id bigint, shop_id bigint, seen date) diststyle even;
        create table shop.shops (shop_id bigint, name varchar(60)) diststyle even;";
    let rows = r#"{"rows": {"visits": 400000000, "shops": 30000000}}"#;
    let ran = run(ddl, &[rows], QUERY);
    let wanted = [("shop.shops", "shop_id"), ("shop.visits", "shop_id")];
    assert_eq!(keys(&ran), named(&wanted), "{}", ran.err);
}

#[test]
fn one_name_in_two_schemas_is_two_tables_with_rows_of_their_own() {
    let ddl = "create table web.visits (id bigint, shop_id bigint, seen date) diststyle even;
        create table app.visits (id bigint, shop_id bigint, seen date) diststyle even;
        create table app.shops (shop_id bigint, name varchar(60)) diststyle even;";
    let exported = export(&[
        ("web", "visits", 4e8),
        ("app", "visits", 5.0),
        ("app", "shops", 3e7),
    ]);
    let web = QUERY
        .replace("visits v", "web.visits v")
        .replace("shops s", "app.shops s");
    let wanted = [("app.shops", "shop_id"), ("web.visits", "shop_id")];
    assert_eq!(keys(&run(ddl, &[&exported], &web)), named(&wanted));
    // The five rows of the other are worth no key.
    let app = web.replace("web.visits", "app.visits");
    assert_eq!(keys(&run(ddl, &[&exported], &app)), []);
    // Through the search path, the first schema that has it.
    for (path, found) in [("web, app", &wanted[..]), ("app, web", &[])] {
        let ddl = format!("set search_path to {path};\n{ddl}");
        assert_eq!(
            keys(&run(&ddl, &[&exported], QUERY)),
            named(found),
            "{path}"
        );
    }
}

#[test]
fn a_second_export_adds_to_the_first_and_hides_none_of_it() {
    let rows = export(&[("public", "visits", 4e8), ("public", "shops", 3e7)]);
    // Distinct values under bare names, of one column only.
    let columns = r#"{"columns": {"visits.seen": {"distinct": 3000}}}"#;
    for both in [[rows.as_str(), columns], [columns, rows.as_str()]] {
        let ran = run(PLAIN, &both, QUERY);
        let wanted = [("shops", "shop_id"), ("visits", "shop_id")];
        assert_eq!(keys(&ran), named(&wanted), "{}", ran.err);
    }
}

#[test]
fn exported_rows_of_a_table_that_no_ddl_defines_are_named() {
    let exported = export(&[("public", "visits", 4e8), ("sales", "gone", 5.0)]);
    let ran = run(PLAIN, &[&exported], QUERY);
    assert!(
        ran.err.contains("`sales.gone` is not in the DDL"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("visits"), "{}", ran.err);
}

const ROWS: &str = r#"{"rows": {"visits": 400000000, "shops": 30000000},
    "columns": {"visits.shop_id": {"distinct": 30000000}, "visits.id": {"distinct": 400000000},
                "shops.shop_id": {"distinct": 30000000}}}"#;

fn key_of(document: &Value, table: &str) -> Value {
    let tables = document["tables"].as_array().expect("tables");
    let found = tables.iter().find(|one| one["table"] == table);
    found.expect("the table")["recommended"]["distkey"].clone()
}

/// A row whose DISTKEY changes goes to another slice: an UPDATE that changes as many rows as the
/// join moves, and more often, is worth more than the join.
#[test]
fn a_column_that_is_updated_often_is_no_distkey() {
    let update = "update visits set shop_id = mod(id, 1000) where seen > '2020-01-01';";
    let once = format!("-- frequency: 10\n{QUERY}\n-- frequency: 1\n{update}");
    let often = format!("-- frequency: 1\n{QUERY}\n-- frequency: 40\n{update}");
    assert_eq!(
        key_of(&advised(PLAIN, ROWS, &once, &[]), "visits"),
        "shop_id"
    );
    assert_ne!(
        key_of(&advised(PLAIN, ROWS, &often, &[]), "visits"),
        "shop_id"
    );
    // One that is not the key costs nothing by it.
    let other = often.replace("set shop_id =", "set id =");
    assert_eq!(
        key_of(&advised(PLAIN, ROWS, &other, &[]), "visits"),
        "shop_id"
    );
}

/// Every load of a table writes each copy of it.
#[test]
fn a_table_that_is_loaded_often_is_not_copied_to_every_node() {
    let style = |loads: &str| {
        let ddl = format!(
            "{PLAIN}\ncreate table new_shops (shop_id bigint, name varchar(60)) diststyle even;"
        );
        let rows = r#"{"rows": {"visits": 400000000, "shops": 1500000, "new_shops": 1500000}}"#;
        let queries = format!(
            "-- frequency: 20\nselect v.seen, count(*) from visits v join shops s on v.id = s.shop_id \
             join shops t on v.shop_id = t.shop_id group by 1;\n-- frequency: {loads}\n\
             insert into shops select * from new_shops;"
        );
        let document = advised(&ddl, rows, &queries, &[]);
        let tables = document["tables"].as_array().expect("tables");
        let shops = tables
            .iter()
            .find(|one| one["table"] == "shops")
            .expect("shops");
        shops["recommended"]["diststyle"]
            .as_str()
            .expect("a style")
            .to_owned()
    };
    assert_eq!(style("0.01"), "ALL");
    assert_ne!(style("2000"), "ALL");
}

/// What a sort key is for is said: these two scans read as much as before.
#[test]
fn a_key_that_lets_a_join_be_merged_is_said_to_do_that() {
    let document = advised(PLAIN, ROWS, QUERY, &[]);
    let tables = document["tables"].as_array().expect("tables");
    let visits = tables
        .iter()
        .find(|one| one["table"] == "visits")
        .expect("visits");
    let reasons = visits["reasons"].to_string();
    assert_eq!(
        visits["recommended"]["sortkey"],
        serde_json::json!(["shop_id"])
    );
    assert!(
        reasons.contains("sorted by (shop_id), its join with `shops` is merged instead of hashed"),
        "{reasons}"
    );
    assert!(!reasons.contains("blocks instead of"), "{reasons}");
}

/// The copy that moves least takes longer and is taken back; the search goes on without it to the
/// key that both tables have.
#[test]
fn where_a_copy_is_taken_back_the_next_best_is_still_found() {
    let staged = format!(
        "{PLAIN}\ncreate table arrived (id bigint, shop_id bigint, seen date) diststyle even;"
    );
    for write in [
        "update visits set shop_id = mod(id, 1000) where seen > '2020-01-01'",
        "insert into visits select id, shop_id, seen from arrived",
        "merge into visits using arrived a on visits.id = a.id when matched then update set shop_id = a.shop_id when not matched then insert values (a.id, a.shop_id, a.seen)",
        "delete from visits using arrived a where visits.id = a.id",
    ] {
        let rows = ROWS.replace(
            "\"shops\": 30000000}",
            "\"shops\": 30000000, \"arrived\": 2000000}",
        );
        let queries = format!("-- frequency: 10\n{QUERY}\n-- frequency: 1\n{write};");
        let document = advised(&staged, &rows, &queries, &[]);
        assert_eq!(key_of(&document, "visits"), "shop_id", "{write}");
        assert_eq!(key_of(&document, "shops"), "shop_id", "{write}");
    }
}
