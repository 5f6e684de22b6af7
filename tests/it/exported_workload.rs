//! The query that exports a workload, run on PostgreSQL over views with the columns that AWS
//! documents, and what `advise` reads of its result.

use crate::support;
use crate::support::postgres::Postgres;

/// What Redshift has beside PostgreSQL: REGEXP_REPLACE replaces all that it finds.
const REDSHIFT: &str = "
create schema redshift;
create function redshift.getdate() returns timestamp language sql as 'select localtimestamp';
create function redshift.fnv_hash(text) returns bigint language sql as 'select hashtextextended($1, 0)';
create function redshift.regexp_replace(text, text, text) returns text language sql
  as $$ select pg_catalog.regexp_replace($1, $2, $3, 'g') $$;
create view redshift.pg_user as select * from (values ('rdsdb', 1, true), ('admin', 100, true),
  ('dana', 101, false), ('bi', 102, false)) as u(usename, usesysid, usesuper);
set search_path = redshift, pg_catalog, public;
";

/// Of these the last column has two names, by version.
fn views(info: &str) -> String {
    format!(
        "create table sys_query_history (user_id int, query_id bigint, query_label char(320), username char(128),
           database_name char(128), status char(10), result_cache_hit boolean, start_time timestamp,
           execution_time bigint, query_text varchar(4000));
         create table sys_query_explain (userid int, query_id bigint, child_query_sequence int, plan_node_id int,
           plan_parent_id int, plan_node varchar(400), {info} varchar(400));
         create table stl_query (userid int, query int, label char(320), \"database\" char(32), querytxt char(4000),
           starttime timestamp, endtime timestamp, aborted int);
         create table stl_explain (userid int, query int, nodeid int, parentid int, plannode char(400), info char(400));"
    )
}

/// One query that ran: who, its number, its label, its text, the scan's table and condition.
struct Ran(
    i32,
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const RAN: &[Ran] = &[
    // The same search with other values and another cost.
    Ran(
        101,
        10,
        "search",
        "select 1 from offers where category_id = 7 and slug = 'a'",
        "offers",
        "((category_id = 7) AND ((slug)::text = 'a'::text))",
    ),
    Ran(
        101,
        11,
        "search",
        "select 1 from offers where category_id = 12 and slug = 'it''s'",
        "offers",
        "((category_id = 12) AND ((slug)::text = 'its'::text))",
    ),
    // Other conditions over the same table.
    Ran(
        102,
        12,
        "default",
        "/* dashboard: by seller */ select 1 from offers where seller = 5",
        "offers",
        "(seller = 5)",
    ),
    Ran(
        102,
        13,
        "default",
        "select 1 from offers where price > 5",
        "offers",
        "(price > 5.00)",
    ),
    // Temporary tables that differ by their number.
    Ran(
        102,
        14,
        "default",
        "/* {\"app\": \"dbt\", \"node_id\": \"model.shop.daily\"} */ select 1 from daily__dbt_tmp1234",
        "daily__dbt_tmp1234",
        "(day > 5)",
    ),
    Ran(
        102,
        15,
        "default",
        "/* {\"app\": \"dbt\", \"node_id\": \"model.shop.daily\"} */ select 1 from daily__dbt_tmp5678",
        "daily__dbt_tmp5678",
        "(day > 6)",
    ),
    // A superuser's, and Redshift's own.
    Ran(
        100,
        16,
        "default",
        "select 1 from offers where listed > 3",
        "offers",
        "(listed > 3)",
    ),
    Ran(
        1,
        17,
        "maintenance",
        "select 1 from offers where vacuumed = 3",
        "offers",
        "(vacuumed = 3)",
    ),
];

fn rows() -> String {
    let mut out = String::new();
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for (place, Ran(user, query, label, sql, table, condition)) in RAN.iter().enumerate() {
        let (label, sql) = (text(label), text(sql));
        let scan = text(&format!(
            "  ->  XN Seq Scan on {table}  (cost=0.00..{place}.00 rows=100 width=8)"
        ));
        let root = text(&format!("XN Limit  (cost=0.00..{place}.50 rows=1 width=8)"));
        let filter = text(&format!("Filter: {condition}"));
        out.push_str(&format!(
            "insert into sys_query_history values ({user}, {query}, {label}, 'u', 'shop', 'success', false, now(), 2000, {sql});
             insert into sys_query_explain values ({user}, {query}, 1, 2, 1, {scan}, {filter}), ({user}, {query}, 1, 1, 0, {root}, null);
             insert into stl_query values ({user}, {query}, {label}, 'shop', {sql}, now(), now() + interval '2 ms', 0);
             insert into stl_explain values ({user}, {query}, 2, 1, {scan}, {filter}), ({user}, {query}, 1, 0, {root}, null);"
        ));
    }
    // A plan of more steps than a text of 65,535 bytes holds, and one in two parts.
    out.push_str(
        "insert into sys_query_history values (101, 20, 'long', 'u', 'shop', 'success', false, now(), 9, 'select 2'),
           (101, 21, 'parts', 'u', 'shop', 'success', false, now(), 9, 'select 3'),
           (101, 22, 'cached', 'u', 'shop', 'success', true, now(), 9, 'select 4'),
           (101, 23, 'old', 'u', 'shop', 'success', false, now() - interval '9 days', 9, 'select 5');
         insert into sys_query_explain select 101, 20, 1, 1, 0, 'XN Append  (cost=0.00..9.00 rows=400 width=8)', null;
         insert into sys_query_explain select 101, 20, 1, 1 + i, 1,
           '  ->  XN Seq Scan on part_' || i || '  (cost=0.00..1.00 rows=100 width=8)', 'Filter: (' || repeat('long_', 30) || ' = 1)'
           from generate_series(1, 400) i;
         insert into sys_query_explain values (101, 21, 2, 1, 0, 'XN Seq Scan on second  (cost=0.00..1.00 rows=100 width=8)', null),
           (101, 21, 1, 1, 0, 'XN Seq Scan on first  (cost=0.00..1.00 rows=100 width=8)', null),
           (101, 22, 1, 1, 0, 'XN Seq Scan on cached  (cost=0.00..1.00 rows=100 width=8)', null),
           (101, 23, 1, 1, 0, 'XN Seq Scan on old  (cost=0.00..1.00 rows=100 width=8)', null);",
    );
    out
}

/// What a query exports as CSV.
fn exported(info: &str, arguments: &[&str]) -> Option<String> {
    let database = Postgres::start()?;
    database.psql(&format!("{}{}", views(info), rows()), &[]);
    let folder = support::folder(&[]);
    let query = support::distkey(folder.path(), arguments).out;
    let script = format!("{REDSHIFT}{query}");
    Some(database.psql(&script, &["--csv", "-q"]))
}

/// The queries that `advise` names, with how often each ran.
fn named(export: &str, more: &[&str]) -> Vec<(String, f64)> {
    let folder = support::folder(&[("w.csv", export)]);
    let mut arguments = vec![
        "advise",
        "--workload",
        "w.csv",
        "--cluster",
        "ra3.4xlarge:2",
        "--format",
        "json",
    ];
    arguments.extend(more);
    let ran = support::distkey(folder.path(), &arguments);
    let advice: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let queries = advice["queries"].as_array().expect("queries");
    queries
        .iter()
        .map(|query| {
            let name = query["name"].as_str().expect("a name").to_owned();
            (name, query["frequency"].as_f64().expect("a number"))
        })
        .collect()
}

/// How the shapes that both histories have are called, and how often they ran.
const SHAPES: &[(&str, f64)] = &[
    ("search (", 2.0),
    ("dashboard: by seller (", 1.0),
    ("select 1 from offers where price > 5 (", 1.0),
    ("model.shop.daily (", 2.0),
];

fn assert_named(found: &[(String, f64)], wanted: &[(&str, f64)]) {
    for (name, runs) in wanted {
        let times: f64 = found
            .iter()
            .filter(|(one, _)| one.starts_with(name))
            .map(|(_, runs)| runs)
            .sum();
        assert_eq!(times, *runs, "{name}: {found:?}");
    }
    assert_eq!(found.len(), wanted.len(), "{found:?}");
}

#[test]
fn searches_fold_by_their_conditions_and_name_their_queries() {
    for info in ["node_info", "plan_info"] {
        let Some(export) = exported(info, &["stats-query", "--workload"]) else {
            return;
        };
        assert!(
            !export.contains("it''s") && !export.contains("= 'a'\""),
            "{export}"
        );
        assert_named(
            &named(&export, &[]),
            &[
                SHAPES,
                &[
                    ("long (", 1.0),
                    ("parts (query 21)", 1.0),
                    ("parts (query 21, part 2)", 1.0),
                ],
            ]
            .concat(),
        );
    }
}

#[test]
fn stl_tables_give_the_same_shapes() {
    let Some(export) = exported("node_info", &["stats-query", "--workload", "--stl"]) else {
        return;
    };
    assert_named(&named(&export, &[]), SHAPES);
}

/// Names, texts and literals stay at home.
#[test]
fn an_exported_workload_can_be_anonymized() {
    let Some(export) = exported("node_info", &["stats-query", "--workload"]) else {
        return;
    };
    let found = named(&export, &["--anonymize"]);
    assert_eq!(found.len(), 7);
    let told: String = found.iter().map(|(name, _)| name.as_str()).collect();
    for word in ["search", "dashboard", "offers", "daily"] {
        assert!(!told.contains(word), "{told}");
    }
}
