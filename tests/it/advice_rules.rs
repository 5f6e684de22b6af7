//! What experts advise of plans beside keys: each rule on plans that have the fault, and on their
//! neighbours that do not.

use distkey::environment::{Environment, Given};
use distkey::explain::{self, Explanation, Settings};
use distkey::rules::{Finding, Severity};
use distkey::schema::Schema;
use distkey::sql;
use distkey::text::SourceFile;

fn explained(plan: &str, ddl: &str) -> Explanation {
    let schema = (!ddl.is_empty()).then(|| Schema::of(&sql::parse(&SourceFile::new("ddl", ddl))));
    let given = Given {
        cluster: Some("ra3.4xlarge:4"),
        schema,
        ..Given::default()
    };
    let environment = Environment::new(distkey::config::Config::default(), given).expect("given");
    let explanation = explain::explain("plan", plan, &Settings::new(environment.view()));
    assert_eq!(explanation.error, None, "{plan}");
    explanation
}

fn found(plan: &str, ddl: &str, code: &str) -> Vec<Finding> {
    let mut findings = explained(plan, ddl).findings;
    findings.retain(|finding| finding.code == code);
    findings
}

fn finds(plan: &str, ddl: &str, code: &str) -> bool {
    !found(plan, ddl, code).is_empty()
}

/// A step: `step(2, "Seq Scan on t", 100, 8)`.
fn step(depth: usize, title: &str, rows: u64, width: u64) -> String {
    let arrow = match depth {
        0 => String::new(),
        _ => format!("{}->  ", "      ".repeat(depth - 1) + "  "),
    };
    format!("{arrow}XN {title}  (cost=0.00..{rows}.00 rows={rows} width={width})\n")
}

/// A line below a step.
fn detail(depth: usize, text: &str) -> String {
    format!("{}{text}\n", "      ".repeat(depth) + "  ")
}

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
    let large = found(&union("Unique", 20_000_000, 20_000_000, 40), "", "DK129");
    let gain = large[0].standing.gain.expect("tried");
    assert!(
        gain.is_worth_it() && gain.after_ms < gain.before_ms,
        "{gain:?}"
    );
    assert_eq!(large[0].severity, Severity::Warning);
    let explanation = explained(&union("Unique", 20_000_000, 20_000_000, 40), "");
    let summary = explanation.summary().expect("a plan");
    assert_eq!(summary.rewrites.len(), 1);
    assert_eq!(summary.untried, 0);
    let small = found(&union("Unique", 200, 200, 40), "", "DK129");
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
    let gain = found(&semijoin("IN Join", "Join", &plain, &plain), "", "DK131")[0]
        .standing
        .gain;
    assert!(gain.expect("tried").is_worth_it());
}

fn join(label: &str, outer: u64, inner: u64) -> String {
    [
        step(0, &format!("Hash Join {label}"), outer, 40),
        detail(0, "Hash Cond: (\"outer\".order_id = \"inner\".order_id)"),
        step(1, "Seq Scan on lines", outer, 20),
        step(1, "Hash", inner, 24),
        step(2, "Seq Scan on orders", inner, 24),
    ]
    .concat()
}

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
    let both = found(&join("DS_DIST_NONE", 90_000_000, 40_000_000), "", "DK133");
    let sql: Vec<&str> = both[0].remedy.sql.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE lines ALTER COMPOUND SORTKEY (order_id);",
            "ALTER TABLE orders ALTER COMPOUND SORTKEY (order_id);"
        ]
    );
    assert!(both[0].standing.gain.expect("tried").is_worth_it());
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
fn a_common_distkey_that_the_join_leaves_out_explains_what_moves() {
    let ddl = "CREATE TABLE lines (tenant_id int DISTKEY, order_id bigint);
               CREATE TABLE orders (tenant_id int DISTKEY, order_id bigint);";
    let plan = join("DS_BCAST_INNER", 90_000_000, 4_000_000);
    let finding = &found(&plan, ddl, "DK134")[0];
    assert!(finding.standing.gain.expect("tried").is_worth_it());
    let broadcast = &found(&plan, ddl, "DK101")[0];
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

fn window(partition: &str, sends: &str, below: &str) -> String {
    let mut plan = vec![
        step(0, "Window", 20_000_000, 40),
        detail(0, &format!("Partition: {partition}")),
        detail(0, "Order: placed_at"),
        step(1, "Sort", 20_000_000, 40),
        detail(1, &format!("Sort Key: {partition}, placed_at")),
        step(2, "Network", 20_000_000, 40),
        detail(2, sends),
    ];
    plan.push(below.to_owned());
    plan.concat()
}

#[test]
fn a_window_is_distributed_by_what_it_partitions_by_where_that_gains() {
    let scan = step(3, "Seq Scan on orders", 20_000_000, 40);
    let finding = &found(&window("shop_id", "Distribute", &scan), "", "DK135")[0];
    let sql: Vec<&str> = finding.remedy.sql.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(sql, ["ALTER TABLE orders ALTER DISTKEY shop_id;"]);
    let gain = finding.standing.gain.expect("tried");
    assert!(
        gain.moved_before > 0.0 && gain.moved_after == 0.0,
        "{gain:?}"
    );
    // A subquery between changes nothing, what is computed can be no key.
    let below =
        step(3, "Subquery Scan o", 20_000_000, 40) + &step(4, "Seq Scan on orders", 20_000_000, 40);
    assert!(
        !found(&window("shop_id", "Distribute", &below), "", "DK135")[0]
            .remedy
            .sql
            .is_empty()
    );
    let computed = &found(
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
        found(&window("shop_id", "Distribute", &join), "", "DK135")[0]
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
        found(&window("shop_id", "Distribute", &scan), ddl, "DK135")[0]
            .remedy
            .sql
            .is_empty()
    );
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
    let twice = found(
        &windows(["shop_id", "shop_id"], ["placed_at", "total"]),
        "",
        "DK136",
    );
    assert_eq!(twice.len(), 1);
    assert!(twice[0].standing.gain.expect("tried").is_worth_it());
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
    let text = &found(&plan, "", "DK114")[0].remedy.text;
    assert!(text.contains("join the wide columns back"), "{text}");
    let sorted = [
        step(0, "Sort", 20_000_000, 2_000),
        step(1, "Seq Scan on orders", 20_000_000, 2_000),
    ]
    .concat();
    let text = &found(&sorted, "", "DK114")[0].remedy.text;
    assert!(!text.contains("window"), "{text}");
}

#[test]
fn a_hash_table_that_fits_is_not_said_to_spill() {
    // A tenth of 4 × 96 GiB of memory is 41.2 GB.
    let hashed = |bytes: u64| {
        join("DS_DIST_NONE", 900_000_000, bytes / 100).replace("width=24", "width=100")
    };
    assert!(!finds(&hashed(41_000_000_000), "", "DK137"));
    assert_eq!(
        found(&hashed(42_000_000_000), "", "DK137")[0].severity,
        Severity::Hint
    );
    assert_eq!(
        found(&hashed(90_000_000_000), "", "DK137")[0].severity,
        Severity::Warning
    );
}

fn filtered(rows: u64, of: u64, filter: &str) -> String {
    // A comparison costs a quarter of what reading a row does.
    let comparisons = filter.matches(['=', '>', '<']).count() as f64;
    let cost = of as f64 * (0.01 + 0.0025 * comparisons);
    format!(
        "XN Seq Scan on orders  (cost=0.00..{cost:.2} rows={rows} width=8)\n  Filter: {filter}\n"
    )
}

#[test]
fn counts_that_are_exactly_the_defaults_ask_for_analyze() {
    for (rows, filter) in [
        (45_000, "(shop_id = 17)"),
        (3_000_000, "(placed_at > '2026-01-01'::date)"),
        (4_500_000, "is_paid"),
        (4_500_000, "(NOT is_paid)"),
    ] {
        let one = found(&filtered(rows, 9_000_000, filter), "", "DK138");
        assert_eq!(one.len(), 1, "{filter}");
        assert_eq!(one[0].remedy.sql[0].as_str(), "ANALYZE orders;");
        assert!(
            !finds(&filtered(rows + 100, 9_000_000, filter), "", "DK138"),
            "{filter}"
        );
    }
    assert!(!finds(
        &filtered(4_500_000, 9_000_000, "(code = 'x'::bpchar)"),
        "",
        "DK138"
    ));
    // What a function hides is a default whatever the statistics are.
    assert!(!finds(
        &filtered(45_000, 9_000_000, "(upper(code) = 'X'::text)"),
        "",
        "DK138"
    ));
    assert!(!finds(
        &filtered(45_000, 9_000_000, "((shop_id = 1) AND (a = 2))"),
        "",
        "DK138"
    ));
    // Redshift's own notice says more.
    let noticed = filtered(45_000, 9_000_000, "(shop_id = 17)")
        + "----- Tables missing statistics: orders -----\n";
    assert!(!finds(&noticed, "", "DK138"));
    assert!(!finds(&filtered(45, 9_000, "(shop_id = 17)"), "", "DK138"));
}

#[test]
fn groups_that_are_exactly_the_default_ask_for_analyze_unless_the_rows_are_external() {
    let groups =
        |rows: u64, of: u64, scan: &str| step(0, "HashAggregate", rows, 8) + &step(1, scan, of, 8);
    assert!(finds(
        &groups(200, 9_000_000, "Seq Scan on orders"),
        "",
        "DK138"
    ));
    assert!(finds(
        &groups(40_000, 9_000_000, "Seq Scan on orders"),
        "",
        "DK138"
    ));
    assert!(!finds(
        &groups(201, 9_000_000, "Seq Scan on orders"),
        "",
        "DK138"
    ));
    assert!(!finds(
        &groups(40_000, 399_999, "Seq Scan on orders"),
        "",
        "DK138"
    ));
    let external = "Seq Scan lake.orders location:\"s3://b/o\" format:PARQUET";
    assert!(!finds(&groups(200, 9_000_000, external), "", "DK138"));
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
    let finding = &found(&dated(800_000, since, ""), ddl, "DK140")[0];
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

#[test]
fn files_by_rows_are_said_and_files_by_columns_are_not() {
    let scan = |format: &str, rows: u64| {
        let s3 = format!("S3 Seq Scan lake.clicks location:\"s3://b/c\" format:{format}");
        step(0, "S3 Query Scan clicks", rows, 16)
            + &step(1, "Seq Scan x", rows, 16).replace("XN Seq Scan x", &s3)
    };
    for format in ["TEXT", "CSV", "AVRO", "JSON"] {
        let finding = &found(&scan(format, 12_000_000), "", "DK128")[0];
        assert_eq!(finding.severity, Severity::Warning, "{format}");
    }
    assert_eq!(
        found(&scan("TEXT", 999_999), "", "DK128")[0].severity,
        Severity::Hint
    );
    assert_eq!(
        found(&scan("TEXT", 10_000_000_000), "", "DK128")[0].severity,
        Severity::Hint
    );
    for format in ["PARQUET", "ORC"] {
        assert!(!finds(&scan(format, 12_000_000), "", "DK128"), "{format}");
    }
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
    let text = &found(&plan, ddl, "DK133")[0].remedy.text;
    assert!(
        text.contains("Given up: COMPOUND(sold_on) of `lines`."),
        "{text}"
    );
}

#[test]
fn a_scan_that_keeps_a_tenth_is_told_if_a_sort_key_pays_and_one_that_keeps_most_is_not() {
    let scan = |rows| filtered(rows, 600_000_000, "(sold_on > '2026-01-01'::date)");
    let tenth = &found(&scan(59_000_000), "", "DK110")[0];
    assert_eq!(tenth.severity, Severity::Hint);
    assert!(tenth.standing.gain.expect("tried").is_worth_it());
    assert!(tenth.standing.is_shown());
    assert_eq!(
        found(&scan(29_000_000), "", "DK110")[0].severity,
        Severity::Warning
    );
    assert!(!finds(&scan(300_000_000), "", "DK110"));
}

#[test]
fn no_key_is_advised_on_a_count_that_looks_like_a_default() {
    let plan = filtered(3_000_000, 600_000_000, "(shop_id = 17)");
    assert!(finds(&plan, "", "DK138"));
    let unpruned = &found(&plan, "", "DK110")[0];
    assert!(unpruned.remedy.sql.is_empty() && unpruned.standing.gain.is_none());
    let counted = filtered(3_000_100, 600_000_000, "(shop_id = 17)");
    assert!(!found(&counted, "", "DK110")[0].remedy.sql.is_empty());
}

#[test]
fn few_values_make_no_distkey() {
    let scan = step(3, "Seq Scan on orders", 20_000_000, 40);
    let plan = window("is_paid", "Distribute", &scan);
    let ddl =
        "CREATE TABLE orders (is_paid boolean, placed_at timestamp, shop_id int) DISTSTYLE EVEN;";
    assert!(found(&plan, ddl, "DK135")[0].remedy.sql.is_empty());
    let plan = window("shop_id", "Distribute", &scan);
    assert!(!found(&plan, ddl, "DK135")[0].remedy.sql.is_empty());
}

#[test]
fn parts_of_a_merge_return_nothing_and_get_no_verdict() {
    let merge = [
        step(0, "Hash Join DS_DIST_NONE", 4_000_000, 40),
        detail(0, "Hash Cond: (\"outer\".id = \"inner\".id)"),
        step(1, "Seq Scan on facts", 90_000_000, 40),
        step(1, "Hash", 4_000_000, 40),
        step(2, "Seq Scan on stage", 4_000_000, 40),
        "\n".to_owned(),
        step(0, "Seq Scan on merge_tt_61c8c1e6c2a9a", 4_000_000, 47),
    ]
    .concat();
    let explanation = explained(&merge, "");
    assert_eq!(explanation.plans.len(), 2);
    for (index, plan) in explanation.plans.iter().enumerate() {
        let why = plan.prediction.why_no_verdict().expect("no verdict");
        assert!(
            why.contains(&format!("part {} of 2 of a MERGE", index + 1)),
            "{why}"
        );
        assert_eq!(plan.work.steps[0].leader_rows, 0.0);
    }
    assert!(
        explanation
            .findings
            .iter()
            .all(|finding| finding.code != "DK124")
    );
}

#[test]
fn the_rows_of_a_part_of_a_plan_are_not_taken_to_be_returned() {
    let head = "  ->  ".to_owned() + &step(0, "Seq Scan on facts", 90_000_000, 40);
    let explanation = explained(&head, "");
    assert!(explanation.plans[0].plan.headless);
    assert_eq!(explanation.plans[0].work.steps[0].leader_rows, 0.0);
    assert!(
        explanation
            .findings
            .iter()
            .all(|finding| finding.code != "DK124")
    );
    assert!(finds(
        &step(0, "Seq Scan on facts", 90_000_000, 40),
        "",
        "DK124"
    ));
}

#[test]
fn temporary_tables_are_told_by_their_schema_as_well() {
    let plan =
        join("DS_BCAST_INNER", 90_000_000, 9_000_000).replace("on orders", "on pg_temp_7.orders");
    let finding = &found(&plan, "", "DK101")[0];
    let alters = |sql: &distkey::sql::write::Sql| sql.as_str().contains("pg_temp");
    assert!(
        !finding.remedy.sql.iter().any(alters),
        "{:?}",
        finding.remedy
    );
}

#[test]
fn nodes_that_read_the_lake_themselves_are_not_timed_as_if_they_read_their_disks() {
    let counted = |scan: &str| step(0, "Aggregate", 1, 0) + &step(1, scan, 300_000, 8);
    let lake = counted("Seq Scan lake.visits v location:\"s3://b/v\" format:ORC");
    let explanation = explained(&lake, "");
    let prediction = &explanation.plans[0].prediction;
    let why = prediction.why_no_verdict().expect("no verdict");
    assert!(why.contains("`lake.visits` is read from S3"), "{why}");
    let own = explained(&counted("Seq Scan on visits v"), "");
    assert_eq!(own.plans[0].prediction.why_no_verdict(), None);
}

#[test]
fn nothing_is_called_small_on_rows_that_are_defaults() {
    let loops = [
        step(0, "Nested Loop DS_BCAST_INNER", 40_000, 40),
        step(1, "Seq Scan on a", 200, 20),
        step(1, "Seq Scan on b", 200, 20),
    ]
    .concat();
    let not_worth = |plan: &str| explained(plan, "").summary().expect("a plan").not_worth;
    assert!(not_worth(&loops) > 0);
    let notice = "----- Tables missing statistics: a, b -----\n";
    assert_eq!(not_worth(&(loops + notice)), 0);
}
