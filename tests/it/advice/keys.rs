//! Keys that experts would choose, and those that they would not.

use super::*;

#[test]
fn long_texts_are_said_of_large_joins_only() {
    let ddl = |kind: &str| {
        format!("CREATE TABLE lines (order_id {kind}); CREATE TABLE orders (order_id {kind});")
    };
    let large = join("DS_DIST_NONE", 900_000, 100_000);
    assert!(finds(&large, &ddl("char(36)"), "DK132"));
    assert!(finds(&large, &ddl("varchar(16)"), "DK132"));
    assert!(!finds(&large, &ddl("varchar(15)"), "DK132"));
    assert!(!finds(&large, &ddl("bigint"), "DK132"));
    assert!(!finds(&large, "", "DK132"));
    let small = join("DS_DIST_NONE", 899_999, 100_000);
    assert!(!finds(&small, &ddl("char(36)"), "DK132"));
}

#[test]
fn a_merge_join_is_tried_where_both_tables_are_large_and_lie_alike() {
    let both = of_rule(&join("DS_DIST_NONE", 90_000_000, 40_000_000), "", "DK133");
    let sql: Vec<&str> = both[0].remedy.sql.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE lines ALTER COMPOUND SORTKEY (order_id);",
            "ALTER TABLE orders ALTER COMPOUND SORTKEY (order_id);"
        ]
    );
    assert!(both[0].standing.gained().expect("tried").is_worth_it());
    assert!(both[0].remedy.text.contains("which the plan does not show"));
    assert!(finds(
        &join("DS_DIST_NONE", 5_000_000, 5_000_000),
        "",
        "DK133"
    ));
    assert!(!finds(
        &join("DS_DIST_NONE", 90_000_000, 4_999_999),
        "",
        "DK133"
    ));
    assert!(!finds(
        &join("DS_BCAST_INNER", 90_000_000, 40_000_000),
        "",
        "DK133"
    ));
    assert!(!finds(
        &join("DS_DIST_ALL_NONE", 90_000_000, 40_000_000),
        "",
        "DK133"
    ));
}

#[test]
fn a_filter_that_zone_maps_serve_has_the_better_claim_to_the_sort_key() {
    let filtered = join("DS_DIST_NONE", 90_000_000, 40_000_000).replace(
        "  ->  XN Hash  ",
        "        Filter: (sold_on >= '2026-01-01'::date)\n  ->  XN Hash  ",
    );
    assert!(filtered.contains("Filter"));
    assert!(!finds(&filtered, "", "DK133"));
    let ddl = "CREATE TABLE lines (order_id bigint DISTKEY, sold_on date) SORTKEY (sold_on);
               CREATE TABLE orders (order_id bigint DISTKEY SORTKEY);";
    let plan = join("DS_DIST_NONE", 90_000_000, 40_000_000);
    let text = &of_rule(&plan, ddl, "DK133")[0].remedy.text;
    assert!(
        text.contains("Given up: COMPOUND(sold_on) of `lines`."),
        "{text}"
    );
}

#[test]
fn a_common_distkey_that_the_join_leaves_out_explains_what_moves() {
    let ddl = "CREATE TABLE lines (tenant_id int DISTKEY, order_id bigint);
               CREATE TABLE orders (tenant_id int DISTKEY, order_id bigint);";
    let plan = join("DS_BCAST_INNER", 90_000_000, 4_000_000);
    let finding = &of_rule(&plan, ddl, "DK134")[0];
    assert!(finding.standing.gained().expect("tried").is_worth_it());
    let broadcast = &of_rule(&plan, ddl, "DK101")[0];
    assert_eq!(broadcast.standing.covered_by, Some("DK134"));
    assert!(broadcast.remedy.sql.is_empty());
    for other in [
        ddl.replace(
            "(tenant_id int DISTKEY, order_id bigint);\n",
            "(tenant int DISTKEY, order_id bigint);\n",
        ),
        ddl.replacen("int DISTKEY", "numeric(9,0) DISTKEY", 1),
        ddl.replacen(" DISTKEY", "", 1),
        String::new(),
    ] {
        assert!(!finds(&plan, &other, "DK134"), "{other}");
    }
    assert!(!finds(
        &join("DS_DIST_NONE", 90_000_000, 4_000_000),
        ddl,
        "DK134"
    ));
}

#[test]
fn a_window_is_distributed_by_what_it_partitions_by_where_that_gains() {
    let scan = step(3, "Seq Scan on orders", 20_000_000, 40);
    let finding = &of_rule(&window("shop_id", "Distribute", &scan), "", "DK135")[0];
    let sql: Vec<&str> = finding.remedy.sql.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(sql, ["ALTER TABLE orders ALTER DISTKEY shop_id;"]);
    let gain = finding.standing.gained().expect("tried");
    assert!(
        gain.moved_before > 0.0 && gain.moved_after == 0.0,
        "{gain:?}"
    );
    // A subquery between changes nothing, what is computed can be no key.
    let below =
        step(3, "Subquery Scan o", 20_000_000, 40) + &step(4, "Seq Scan on orders", 20_000_000, 40);
    assert!(
        !of_rule(&window("shop_id", "Distribute", &below), "", "DK135")[0]
            .remedy
            .sql
            .is_empty()
    );
    let computed = &of_rule(
        &window("date_trunc('day', placed_at)", "Distribute", &scan),
        "",
        "DK135",
    )[0];
    assert!(computed.remedy.sql.is_empty() && computed.standing.gain.is_none());
    // Rows of a join have no key that can be altered.
    let join = [
        step(3, "Hash Join DS_DIST_NONE", 20_000_000, 40),
        detail(3, "Hash Cond: (\"outer\".id = \"inner\".id)"),
        step(4, "Seq Scan on orders", 20_000_000, 40),
        step(4, "Hash", 1_000_000, 8),
        step(5, "Seq Scan on shops", 1_000_000, 8),
    ]
    .concat();
    assert!(
        of_rule(&window("shop_id", "Distribute", &join), "", "DK135")[0]
            .remedy
            .sql
            .is_empty()
    );
    assert!(!finds(
        &window("shop_id", "Send to slice 0", &scan),
        "",
        "DK135"
    ));
}

#[test]
fn a_window_that_would_move_is_not_distributed_by_another_column() {
    // The DDL has the DISTKEY already: the plan is older than it, and nothing is gained.
    let scan = step(3, "Seq Scan on orders", 20_000_000, 40);
    let ddl = "CREATE TABLE orders (shop_id int DISTKEY, placed_at timestamp);";
    assert!(
        of_rule(&window("shop_id", "Distribute", &scan), ddl, "DK135")[0]
            .remedy
            .sql
            .is_empty()
    );
}

#[test]
fn few_values_make_no_distkey() {
    let scan = step(3, "Seq Scan on orders", 20_000_000, 40);
    let plan = window("is_paid", "Distribute", &scan);
    let ddl =
        "CREATE TABLE orders (is_paid boolean, placed_at timestamp, shop_id int) DISTSTYLE EVEN;";
    assert!(of_rule(&plan, ddl, "DK135")[0].remedy.sql.is_empty());
    let plan = window("shop_id", "Distribute", &scan);
    assert!(!of_rule(&plan, ddl, "DK135")[0].remedy.sql.is_empty());
}

#[test]
fn temporary_tables_are_told_by_their_schema_as_well() {
    let plan =
        join("DS_BCAST_INNER", 90_000_000, 9_000_000).replace("on orders", "on pg_temp_7.orders");
    let finding = &of_rule(&plan, "", "DK101")[0];
    let alters = |sql: &distkey::sql::write::Sql| sql.as_str().contains("pg_temp");
    assert!(
        !finding.remedy.sql.iter().any(alters),
        "{:?}",
        finding.remedy
    );
}

/// A join of two large tables, redistributed by what stands in its condition.
fn sent(keys: [&str; 2], condition: &str) -> String {
    [
        step(0, "Hash Join DS_DIST_BOTH", 900_000, 40),
        detail(0, &format!("Outer Dist Key: {}", keys[0])),
        detail(0, &format!("Inner Dist Key: {}", keys[1])),
        detail(0, &format!("Hash Cond: ({condition})")),
        step(1, "Seq Scan on lines", 90_000_000, 20),
        step(1, "Hash", 40_000_000, 24),
        step(2, "Seq Scan on orders", 40_000_000, 24),
    ]
    .concat()
}

#[test]
fn no_table_is_distributed_by_what_a_join_computes_from_its_column() {
    let plain = r#""outer".order_id = "inner".order_id"#;
    let keys = ["lines.order_id", "orders.order_id"];
    assert_eq!(alters(&explained(&sent(keys, plain), "")).len(), 2);
    for (keys, condition) in [
        // The label shows the cast, the condition does not.
        (["(lines.order_id)::numeric", "orders.order_id"], plain),
        (
            ["lines.order_id", "(orders.order_id)::double precision"],
            plain,
        ),
        (
            ["(lines.order_id)::numeric(18,0)", "orders.order_id"],
            r#"("outer".order_id)::numeric = "inner".order_id"#,
        ),
        (
            ["date_trunc('day'::text, lines.at)", "orders.day"],
            r#"date_trunc('day'::text, "outer".at) = "inner".day"#,
        ),
        (
            ["lower((lines.code)::text)", "lower((orders.code)::text)"],
            r#"lower(("outer".code)::text) = lower(("inner".code)::text)"#,
        ),
        (
            ["lines.order_id", "(orders.order_id + 1)"],
            r#""outer".order_id = ("inner".order_id + 1)"#,
        ),
    ] {
        let plan = sent(keys, condition);
        let explanation = explained(&plan, "");
        assert_eq!(alters(&explanation), Vec::<String>::new(), "{plan}");
        let shown = explanation.findings.iter();
        let moves = shown.filter(|f| f.standing.is_shown() && ["DK104", "DK111"].contains(&f.code));
        let texts: Vec<&str> = moves.map(|f| f.remedy.text.as_ref()).collect();
        assert!(
            matches!(texts.as_slice(), [text] if text.contains("computed") || text.contains("type")),
            "{texts:?}"
        );
    }
}

#[test]
fn a_key_by_a_computed_value_gains_nothing_when_asked_for() {
    let condition = r#"date_trunc('day'::text, "outer".at) = "inner".day"#;
    let keys = ["date_trunc('day'::text, lines.at)", "orders.day"];
    let plan = sent(keys, condition);
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let label = |distkey: &[&str]| {
        let asked = Asked {
            distkey: distkey.iter().map(|&key| key.to_owned()).collect(),
            ..Asked::default()
        };
        let mut explanation = explain::explain("plan", &plan, &settings);
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        let comparison = explanation.what_if.pop().expect("a comparison");
        comparison.after.joins[0].title.clone()
    };
    assert_eq!(label(&["lines=at"]), "XN Hash Join DS_DIST_BOTH");
    // The other side is what its table stores.
    assert_eq!(
        label(&["lines=at", "orders=day"]),
        "XN Hash Join DS_DIST_OUTER"
    );
}

#[test]
fn a_copy_of_a_small_table_is_tried_whatever_is_computed_and_no_key_is() {
    let keys = ["lower(lines.code)", "lower(orders.code)"];
    let plan = sent(keys, r#"lower("outer".code) = lower("inner".code)"#)
        .replace("DS_DIST_BOTH", "DS_BCAST_INNER")
        .replace("400000.00 rows=40000000", "49000.00 rows=4900000");
    let text = &of_rule(&plan, "", "DK101")[0].remedy.text;
    assert!(
        text.contains("DISTSTYLE ALL for `orders`") || text.contains("a copy of `orders`"),
        "{text}"
    );
}

#[test]
fn a_table_that_is_sorted_so_already_is_not_altered_and_the_text_says_so() {
    let ddl = "CREATE TABLE lines (order_id int, a int) DISTKEY(order_id) SORTKEY(order_id);
               CREATE TABLE orders (order_id int, b int) DISTKEY(order_id);";
    let one = of_rule(&join("DS_DIST_NONE", 90_000_000, 40_000_000), ddl, "DK133");
    assert_eq!(
        one[0].remedy.sql[0].as_str(),
        "ALTER TABLE orders ALTER COMPOUND SORTKEY (order_id);"
    );
    assert_eq!(one[0].remedy.sql.len(), 1);
    assert!(
        one[0].remedy.text.ends_with("So already: `lines`."),
        "{}",
        one[0].remedy.text
    );
}
