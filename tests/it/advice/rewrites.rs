//! What experts would write in another way.

use super::*;

fn union(top: &str, rows: u64, of: u64, width: u64) -> String {
    [
        step(0, top, rows, width),
        step(1, "Append", of, 40),
        step(2, "Subquery Scan \"*SELECT* 1\"", of / 2, 40),
        step(3, "Seq Scan on orders_2025", of / 2, 40),
        step(2, "Subquery Scan \"*SELECT* 2\"", of / 2, 40),
        step(3, "Seq Scan on orders_2026", of / 2, 40),
    ]
    .concat()
}

#[test]
fn a_union_is_told_from_a_group_by_over_union_all() {
    for top in ["Unique", "HashAggregate"] {
        assert!(
            finds(&union(top, 20_000_000, 20_000_000, 40), "", "DK129"),
            "{top}"
        );
        // Other rows, other columns.
        assert!(
            !finds(&union(top, 2_000_000, 20_000_000, 40), "", "DK129"),
            "{top}"
        );
        assert!(
            !finds(&union(top, 20_000_000, 20_000_000, 16), "", "DK129"),
            "{top}"
        );
    }
    let all = union("Limit", 20_000_000, 20_000_000, 40);
    assert!(!finds(&all, "", "DK129"));
    let sorted = [
        step(0, "Unique", 4_000_000, 40),
        step(1, "Sort", 4_000_000, 40),
        detail(1, "Sort Key: shop_id, total"),
        step(2, "Append", 4_000_000, 40),
        step(3, "Seq Scan on a", 2_000_000, 40),
        step(3, "Seq Scan on b", 2_000_000, 40),
    ]
    .concat();
    assert!(finds(&sorted, "", "DK129"));
}

#[test]
fn a_union_says_what_union_all_gains_and_small_ones_are_folded() {
    let large = of_rule(&union("Unique", 20_000_000, 20_000_000, 40), "", "DK129");
    let gain = large[0].standing.gained().expect("tried");
    assert!(
        gain.is_worth_it() && gain.after_ms < gain.before_ms,
        "{gain:?}"
    );
    assert_eq!(large[0].severity, Severity::Warning);
    let explanation = explained(&union("Unique", 20_000_000, 20_000_000, 40), "");
    let summary = explanation.summary().expect("a plan");
    assert_eq!(summary.rewrites.len(), 1);
    assert_eq!(summary.untried, 0);
    let small = of_rule(&union("Unique", 200, 200, 40), "", "DK129");
    assert!(small[0].standing.folded);
    assert_eq!(small[0].severity, Severity::Hint);
}

fn distinct(top: &str, between: &str, rows: u64, width: u64) -> String {
    [
        step(0, top, rows, width),
        step(1, between, 4_000_000, 16),
        step(2, "HashAggregate", 4_000_000, 16),
        step(3, "Seq Scan on orders", 9_000_000, 16),
    ]
    .concat()
}

#[test]
fn a_distinct_over_groups_is_said_and_a_count_of_distinct_values_is_not() {
    assert!(finds(
        &distinct("Unique", "Sort", 4_000_000, 16),
        "",
        "DK130"
    ));
    assert!(finds(
        &distinct("HashAggregate", "Subquery Scan d", 4_000_000, 16),
        "",
        "DK130"
    ));
    // Fewer columns or fewer rows are another question.
    assert!(!finds(
        &distinct("Unique", "Sort", 4_000_000, 8),
        "",
        "DK130"
    ));
    assert!(!finds(
        &distinct("Unique", "Sort", 400_000, 16),
        "",
        "DK130"
    ));
    // Two steps of one COUNT(DISTINCT …).
    let counted = distinct("HashAggregate", "Subquery Scan volt_dt_0", 4_000_000, 16);
    assert!(!finds(&counted, "", "DK130"));
    // An aggregate that is sorted by is computed, whatever its width.
    let computed = [
        step(0, "Sort", 4_000_000, 16),
        detail(0, "Sort Key: sum(total)"),
        step(1, "HashAggregate", 4_000_000, 16),
        step(2, "Subquery Scan d", 4_000_000, 16),
        step(3, "HashAggregate", 4_000_000, 16),
        step(4, "Seq Scan on orders", 9_000_000, 16),
    ]
    .concat();
    assert!(!finds(&computed, "", "DK130"));
}

fn semijoin(kind: &str, join: &str, asked: &str, joined: &str) -> String {
    [
        step(0, &format!("Hash {join} DS_DIST_NONE"), 9_000_000, 40),
        detail(0, "Hash Cond: (\"outer\".buyer_id = \"inner\".id)"),
        step(1, &format!("Hash {kind} DS_DIST_NONE"), 9_000_000, 20),
        detail(1, "Hash Cond: (\"outer\".buyer_id = \"inner\".id)"),
        step(2, "Seq Scan on orders", 9_000_000, 20),
        step(2, "Hash", 4_000_000, 8),
        step(3, "Seq Scan on buyers", 4_000_000, 8),
        asked.to_owned(),
        step(1, "Hash", 4_000_000, 24),
        step(2, "Seq Scan on buyers b", 4_000_000, 24),
        joined.to_owned(),
    ]
    .concat()
}

#[test]
fn a_semijoin_is_redundant_only_where_a_join_is_as_strict() {
    let eu = |depth| detail(depth, "Filter: (region = 'eu'::bpchar)");
    let plain = String::new();
    assert!(finds(
        &semijoin("IN Join", "Join", &plain, &plain),
        "",
        "DK131"
    ));
    assert!(finds(
        &semijoin("IN Join", "Join", &plain, &eu(2)),
        "",
        "DK131"
    ));
    assert!(finds(
        &semijoin("IN Join", "Join", &eu(3), &eu(2)),
        "",
        "DK131"
    ));
    // The IN alone drops those of other regions.
    assert!(!finds(
        &semijoin("IN Join", "Join", &eu(3), &plain),
        "",
        "DK131"
    ));
    // A left join drops nothing, NOT IN asks the opposite, two joins are two.
    assert!(!finds(
        &semijoin("IN Join", "Left Join", &plain, &plain),
        "",
        "DK131"
    ));
    assert!(!finds(
        &semijoin("NOT IN Join", "Join", &plain, &plain),
        "",
        "DK131"
    ));
    assert!(!finds(
        &semijoin("Join", "Join", &plain, &plain),
        "",
        "DK131"
    ));
    let gain = of_rule(&semijoin("IN Join", "Join", &plain, &plain), "", "DK131")[0]
        .standing
        .gained();
    assert!(gain.expect("tried").is_worth_it());
}

fn windows(partitions: [&str; 2], orders: [&str; 2]) -> String {
    [
        step(0, "Window", 20_000_000, 40),
        detail(0, &format!("Partition: {}", partitions[1])),
        detail(0, &format!("Order: {}", orders[1])),
        step(1, "Sort", 20_000_000, 40),
        detail(1, &format!("Sort Key: {}, {}", partitions[1], orders[1])),
        step(2, "Window", 20_000_000, 40),
        detail(2, &format!("Partition: {}", partitions[0])),
        detail(2, &format!("Order: {}", orders[0])),
        step(3, "Sort", 20_000_000, 40),
        detail(3, &format!("Sort Key: {}, {}", partitions[0], orders[0])),
        step(4, "Seq Scan on orders", 20_000_000, 40),
    ]
    .concat()
}

#[test]
fn windows_over_one_partition_that_sort_twice_are_said_once_with_the_gain() {
    let twice = of_rule(
        &windows(["shop_id", "shop_id"], ["placed_at", "total"]),
        "",
        "DK136",
    );
    assert_eq!(twice.len(), 1);
    assert!(twice[0].standing.gained().expect("tried").is_worth_it());
    assert!(!finds(
        &windows(["shop_id", "buyer_id"], ["total", "total"]),
        "",
        "DK136"
    ));
    assert!(!finds(
        &windows(["shop_id", "shop_id"], ["total", "total"]),
        "",
        "DK136"
    ));
}

#[test]
fn wide_rows_of_a_window_are_joined_back_afterwards() {
    let scan = step(3, "Seq Scan on orders", 20_000_000, 2_000);
    let plan = window("shop_id", "Distribute", &scan).replace("width=40", "width=2000");
    let text = &of_rule(&plan, "", "DK114")[0].remedy.text;
    assert!(text.contains("join the wide columns back"), "{text}");
    let sorted = [
        step(0, "Sort", 20_000_000, 2_000),
        step(1, "Seq Scan on orders", 20_000_000, 2_000),
    ]
    .concat();
    let text = &of_rule(&sorted, "", "DK114")[0].remedy.text;
    assert!(!text.contains("window"), "{text}");
}

#[test]
fn not_in_is_said_only_of_columns_that_may_be_null() {
    let plan =
        join("DS_BCAST_INNER", 9_000_000, 4_000_000).replace("Hash Join", "Hash NOT IN Join");
    let ddl = |column: &str| {
        format!("CREATE TABLE lines (order_id int); CREATE TABLE orders (order_id int {column});")
    };
    assert!(finds(&plan, &ddl(""), "DK139"));
    assert!(!finds(&plan, &ddl("NOT NULL"), "DK139"));
    assert!(!finds(&plan, &ddl("PRIMARY KEY"), "DK139"));
    assert!(!finds(&plan, "", "DK139"));
    let excluded = plan + "              Filter: (order_id IS NOT NULL)\n";
    assert!(!finds(&excluded, &ddl(""), "DK139"));
}

fn dated(joined_rows: u64, filter: &str, own: &str) -> String {
    [
        step(0, "Hash Join DS_DIST_NONE", joined_rows, 20),
        detail(
            0,
            "Hash Cond: (\"outer\".listing_id = \"inner\".listing_id)",
        ),
        step(1, "Seq Scan on sales", 200_000_000, 20),
        own.to_owned(),
        step(1, "Hash", 10_000, 12),
        step(2, "Seq Scan on listings", 10_000, 12),
        detail(2, &format!("Filter: {filter}")),
    ]
    .concat()
}

#[test]
fn a_date_that_is_filtered_on_the_other_table_only_is_asked_for_on_the_sorted_one() {
    let ddl = "CREATE TABLE listings (listing_id int, listed_at timestamp, shop int);
               CREATE TABLE sales (listing_id int, sold_at timestamp) SORTKEY (sold_at);";
    let since = "(listed_at >= '2026-11-01'::timestamp without time zone)";
    let finding = &of_rule(&dated(800_000, since, ""), ddl, "DK140")[0];
    assert!(
        finding.remedy.text.contains("`sales.sold_at`"),
        "{}",
        finding.remedy.text
    );
    assert!(finding.remedy.sql.is_empty());
    let own = detail(
        1,
        "Filter: (sold_at >= '2026-11-01'::timestamp without time zone)",
    );
    assert!(!finds(&dated(800_000, since, &own), ddl, "DK140"));
    assert!(!finds(&dated(800_000, "(shop = 3)", ""), ddl, "DK140"));
    assert!(!finds(&dated(10_000_000, since, ""), ddl, "DK140"));
    assert!(!finds(
        &dated(800_000, since, ""),
        &ddl.replace("SORTKEY (sold_at)", ""),
        "DK140"
    ));
    // The column that is joined by tells its range at run time.
    let by_key = ddl.replace("SORTKEY (sold_at)", "SORTKEY (listing_id)");
    assert!(!finds(&dated(800_000, since, ""), &by_key, "DK140"));
}

/// A large table, joined with days of which some are left, and with what else it is joined with
/// before.
fn trips(read: u64, kept: u64, keys: u64, filter: &str) -> String {
    [
        step(0, "Hash Join DS_DIST_ALL_NONE", kept, 20),
        detail(0, "Hash Cond: (\"outer\".day_key = \"inner\".day_key)"),
        step(1, "Seq Scan on trips", read, 20),
        step(1, "Hash", keys, 4),
        step(2, "Seq Scan on days", keys, 4),
        detail(2, &format!("Filter: {filter}")),
    ]
    .concat()
}

#[test]
fn a_filter_on_the_dimension_alone_is_repeated_on_the_fact_and_promises_nothing() {
    let of = |plan: &str, ddl: &str| of_rule(plan, ddl, "DK142");
    let plan = trips(
        2_000_000_000,
        30_000_000,
        30,
        "((year = 2026) AND (month = 10))",
    );
    let found = &of(&plan, "")[0];
    assert!(
        found.remedy.text.contains("as it runs"),
        "{}",
        found.remedy.text
    );
    assert!(found.remedy.text.contains("`--sortkey trips=day_key`"));
    assert!(found.remedy.sql.is_empty() && found.standing.gain.is_none());
    let ddl = |key: &str| {
        format!(
            "CREATE TABLE trips (day_key int, city int) {key}; CREATE TABLE days (day_key int, year int, month int);"
        )
    };
    assert_eq!(of(&plan, &ddl("SORTKEY (city)")).len(), 1);
    assert!(of(&plan, &ddl("SORTKEY (day_key)")).is_empty());
    // One in twenty rows is kept; one key in two blocks of 62.5 on each slice of 16.
    assert!(!of(&trips(100_000_000, 4_999_999, 1, "(year = 2026)"), "").is_empty());
    assert!(of(&trips(100_000_000, 5_000_000, 1, "(year = 2026)"), "").is_empty());
    assert!(!of(&trips(131_072_000, 4_000_000, 15, "(year = 2026)"), "").is_empty());
    assert!(of(&trips(131_072_000, 4_000_000, 16, "(year = 2026)"), "").is_empty());
    let own = plan.replace(
        "  ->  XN Hash  ",
        "        Filter: (city = 3)\n  ->  XN Hash  ",
    );
    assert!(of(&own, "").is_empty());
    for kind in ["Left", "NOT IN", "Right"] {
        let other = plan.replace("Hash Join", &format!("Hash {kind} Join"));
        assert!(of(&other, "").is_empty(), "{kind}");
    }
    let computed = plan.replace("\"outer\".day_key", "date_trunc('d'::text, \"outer\".at)");
    assert!(of(&computed, "").is_empty());
}

#[test]
fn a_dimension_that_is_joined_later_filters_the_fact_as_well() {
    let below = |depth: usize| {
        [
            step(depth, "Hash Join DS_DIST_ALL_NONE", 2_000_000_000, 24),
            detail(depth, "Hash Cond: (\"outer\".city = \"inner\".city)"),
            step(depth + 1, "Seq Scan on trips", 2_000_000_000, 20),
            step(depth + 1, "Hash", 900, 8),
            step(depth + 2, "Seq Scan on cities", 900, 8),
        ]
        .concat()
    };
    let plan = [
        step(0, "Hash Join DS_DIST_ALL_NONE", 30_000_000, 24),
        detail(0, "Hash Cond: (\"outer\".day_key = \"inner\".day_key)"),
        below(1),
        step(1, "Hash", 30, 4),
        step(2, "Seq Scan on days", 30, 4),
        detail(2, "Filter: (year = 2026)"),
    ]
    .concat();
    let ddl = "CREATE TABLE trips (day_key int, city int); CREATE TABLE cities (city int, name varchar(9));
               CREATE TABLE days (day_key int, year int);";
    assert_eq!(
        of_rule(&plan, ddl, "DK142")[0].evidence.map()["column"],
        "day_key"
    );
    // Whose column it is, the plan does not say.
    assert!(!finds(&plan, "", "DK142"));
}
