//! Views keep the tables and columns that they read, whatever these are called later; late-binding
//! views keep the names.

use crate::lint_rules::{found, holds};
use distkey::schema::Schema;
use distkey::stats::Stats;
use distkey::{cluster::Cluster, planner, sql, text::SourceFile};

fn schema(ddl: &str) -> Schema {
    let script = sql::parse(&SourceFile::new("t.sql", ddl));
    assert_eq!(script.errors, [], "{ddl}");
    Schema::of(&script)
}

/// The steps of the plan of a query, or why there is none.
fn planned(ddl: &str, query: &str) -> String {
    let query = sql::parse_query(query).expect("a query");
    let shape = Cluster::default().shape();
    match planner::plan(&query, &schema(ddl), &Stats::default(), shape) {
        Ok(planned) => planned.plan.to_string(),
        Err(error) => error.to_string(),
    }
}

const TABLES: &str = "create table shop.orders (order_id bigint, placed_at timestamp, cents int);
    create table shop.items (order_id bigint, pieces int);\n";

#[test]
fn a_view_reads_the_column_by_its_new_name_and_gives_its_own() {
    for (view, query, filtered) in [
        (
            "create view shop.v as select order_id, placed_at from shop.orders;",
            "select order_id from shop.v where placed_at > '2026-01-01'",
            "ordered_at",
        ),
        (
            "create view shop.v as select o.placed_at::date as day, i.pieces from shop.orders o join shop.items i on i.order_id = o.order_id where o.placed_at > '2026-01-01';",
            "select pieces from shop.v",
            "ordered_at",
        ),
        (
            "create view shop.v as with q as (select placed_at, cents from shop.orders where placed_at > '2026-01-01') select placed_at, sum(cents) as cents from q group by placed_at;",
            "select cents from shop.v where placed_at > '2026-01-01'",
            "ordered_at",
        ),
        (
            "create view shop.w as select placed_at, cents from shop.orders; create view shop.v as select placed_at from shop.w;",
            "select placed_at from shop.v where placed_at > '2026-01-01'",
            "ordered_at",
        ),
    ] {
        let ddl = format!(
            "{TABLES}{view} alter table shop.orders rename column placed_at to ordered_at;"
        );
        let plan = planned(&ddl, query);
        assert!(plan.contains("Seq Scan on orders"), "{view}\n{plan}");
        assert!(plan.contains(filtered), "{view}\n{plan}");
    }
    // And the table's new name with it, in either order.
    for both in [
        "alter table shop.orders rename column placed_at to ordered_at; alter table shop.orders rename to sales;",
        "alter table shop.orders rename to sales; alter table shop.sales rename column placed_at to ordered_at;",
    ] {
        let ddl =
            format!("{TABLES}create view shop.v as select placed_at from shop.orders; {both}");
        let plan = planned(
            &ddl,
            "select placed_at from shop.v where placed_at > '2026-01-01'",
        );
        assert!(
            plan.contains("Seq Scan on sales") && plan.contains("ordered_at"),
            "{plan}"
        );
    }
}

#[test]
fn a_late_binding_view_keeps_the_names_and_breaks() {
    let view =
        "create view shop.v as select order_id, placed_at from shop.orders with no schema binding;";
    let with = |rest: &str| format!("{TABLES}{view} {rest}");
    let texts = [
        (
            1,
            with("alter table shop.orders rename column placed_at to ordered_at;"),
        ),
        (1, with("alter table shop.orders drop column placed_at;")),
        (1, with("alter table shop.orders rename to sales;")),
        (1, with("drop table shop.orders;")),
        (1, with("drop table if exists shop.orders cascade;")),
        // Two views are two findings.
        (
            2,
            with(
                "create view shop.w as select cents from shop.orders with no schema binding; drop table shop.orders;",
            ),
        ),
        // What it does not read, it does not miss.
        (
            0,
            with("alter table shop.orders rename column cents to pence;"),
        ),
        (0, with("alter table shop.orders drop column cents;")),
        (
            0,
            with("alter table shop.items rename to pieces; drop table shop.pieces;"),
        ),
        (
            0,
            with("alter table shop.items rename column order_id to id;"),
        ),
        // Another table takes the name: what late binding is for.
        (
            0,
            with(
                "create table shop.new (order_id bigint, placed_at timestamp); alter table shop.orders rename to old; alter table shop.new rename to orders;",
            ),
        ),
        (
            0,
            with(
                "drop table shop.orders; create table shop.orders (order_id bigint, placed_at timestamp, x int);",
            ),
        ),
        (
            0,
            with(
                "alter table shop.orders drop column placed_at; alter table shop.orders add column placed_at timestamptz;",
            ),
        ),
        // The view is made anew, or goes as well.
        (
            0,
            with(
                "alter table shop.orders rename to sales; create or replace view shop.v as select order_id from shop.sales with no schema binding;",
            ),
        ),
        (
            0,
            with("alter table shop.orders rename to sales; drop view shop.v;"),
        ),
        (0, with("drop view shop.v; drop table shop.orders;")),
        // Others are bound to what they read.
        (
            0,
            with("").replace(" with no schema binding", "")
                + "alter table shop.orders rename column placed_at to ordered_at;",
        ),
        // Before the view is there, names are free.
        (
            0,
            format!("{TABLES}alter table shop.orders rename column cents to pence; {view}"),
        ),
        // On the way down of a migration nothing is lost.
        (
            0,
            format!("-- migrate:up\n{TABLES}{view}\n-- migrate:down\ndrop table shop.orders;"),
        ),
    ];
    let texts: Vec<(usize, &str)> = texts.iter().map(|(n, text)| (*n, text.as_str())).collect();
    holds("DK273", &texts);
    // Across files, at the statement that does it.
    let create = format!("{TABLES}{view}");
    let lost = found(
        "DK273",
        &[
            &create,
            "\nalter table shop.orders rename column placed_at to ordered_at;",
        ],
    );
    let place = lost[0].location.as_ref().expect("a place");
    assert_eq!((place.path.as_str(), place.line), ("1.sql", 2));
    assert!(
        lost[0]
            .message
            .contains("`shop.orders.placed_at` is renamed to `ordered_at` while `shop.v`"),
        "{}",
        lost[0].message
    );
}
