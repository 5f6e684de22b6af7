//! What the numbers of a plan are worth.

use super::*;

#[test]
fn a_hash_table_that_fits_is_not_said_to_spill() {
    // A tenth of 4 × 96 GiB of memory is 41.2 GB.
    let hashed = |bytes: u64| {
        join("DS_DIST_NONE", 900_000_000, bytes / 100).replace("width=24", "width=100")
    };
    assert!(!finds(&hashed(41_000_000_000), "", "DK137"));
    assert_eq!(
        of_rule(&hashed(42_000_000_000), "", "DK137")[0].severity,
        Severity::Hint
    );
    assert_eq!(
        of_rule(&hashed(90_000_000_000), "", "DK137")[0].severity,
        Severity::Warning
    );
}

#[test]
fn counts_that_are_exactly_the_defaults_ask_for_analyze() {
    for (rows, filter) in [
        (45_000, "(shop_id = 17)"),
        (3_000_000, "(placed_at > '2026-01-01'::date)"),
        (4_500_000, "is_paid"),
        (4_500_000, "(NOT is_paid)"),
    ] {
        let one = of_rule(&filtered(rows, 9_000_000, filter), "", "DK138");
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
fn files_by_rows_are_said_and_files_by_columns_are_not() {
    let scan = |format: &str, rows: u64| {
        let s3 = format!("S3 Seq Scan lake.clicks location:\"s3://b/c\" format:{format}");
        step(0, "S3 Query Scan clicks", rows, 16)
            + &step(1, "Seq Scan x", rows, 16).replace("XN Seq Scan x", &s3)
    };
    for format in ["TEXT", "CSV", "AVRO", "JSON"] {
        let finding = &of_rule(&scan(format, 12_000_000), "", "DK128")[0];
        assert_eq!(finding.severity, Severity::Warning, "{format}");
    }
    assert_eq!(
        of_rule(&scan("TEXT", 999_999), "", "DK128")[0].severity,
        Severity::Hint
    );
    assert_eq!(
        of_rule(&scan("TEXT", 10_000_000_000), "", "DK128")[0].severity,
        Severity::Hint
    );
    for format in ["PARQUET", "ORC"] {
        assert!(!finds(&scan(format, 12_000_000), "", "DK128"), "{format}");
    }
}

#[test]
fn a_scan_that_keeps_a_tenth_is_told_if_a_sort_key_pays_and_one_that_keeps_most_is_not() {
    let scan = |rows| filtered(rows, 600_000_000, "(sold_on > '2026-01-01'::date)");
    let tenth = &of_rule(&scan(59_000_000), "", "DK110")[0];
    assert_eq!(tenth.severity, Severity::Hint);
    assert!(tenth.standing.gained().expect("tried").is_worth_it());
    assert!(tenth.standing.is_shown());
    assert_eq!(
        of_rule(&scan(29_000_000), "", "DK110")[0].severity,
        Severity::Warning
    );
    assert!(!finds(&scan(300_000_000), "", "DK110"));
}

#[test]
fn no_key_is_advised_on_a_count_that_looks_like_a_default() {
    let plan = filtered(3_000_000, 600_000_000, "(shop_id = 17)");
    assert!(finds(&plan, "", "DK138"));
    let unpruned = &of_rule(&plan, "", "DK110")[0];
    assert!(unpruned.remedy.sql.is_empty() && unpruned.standing.gain.is_none());
    let counted = filtered(3_000_100, 600_000_000, "(shop_id = 17)");
    assert!(!of_rule(&counted, "", "DK110")[0].remedy.sql.is_empty());
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

fn hashed(label: &str, outer: (u64, u64), inner: (u64, u64)) -> String {
    [
        step(0, &format!("Hash Join {label}"), 900_000, 40),
        detail(
            0,
            "Hash Cond: (\"outer\".visitor_id = \"inner\".visitor_id)",
        ),
        step(1, "Seq Scan on visitors", outer.0, outer.1),
        step(1, "Hash", inner.0, inner.1),
        step(2, "Seq Scan on events", inner.0, inner.1),
    ]
    .concat()
}

#[test]
fn a_larger_input_that_is_hashed_asks_for_analyze() {
    let is_found = |plan: &str| finds(plan, "", "DK141");
    for label in [
        "DS_DIST_NONE",
        "DS_DIST_INNER",
        "DS_DIST_OUTER",
        "DS_BCAST_INNER",
    ] {
        let found = of_rule(&hashed(label, (400_000, 8), (1_000_000, 8)), "", "DK141");
        let sql: Vec<&str> = found[0].remedy.sql.iter().map(|sql| sql.as_str()).collect();
        assert_eq!(sql, ["ANALYZE visitors;", "ANALYZE events;"], "{label}");
    }
    // A million rows, twice the rows, twice the bytes.
    assert!(!is_found(&hashed(
        "DS_DIST_NONE",
        (400_000, 8),
        (999_999, 8)
    )));
    assert!(is_found(&hashed(
        "DS_DIST_NONE",
        (500_000, 8),
        (1_000_001, 8)
    )));
    assert!(!is_found(&hashed(
        "DS_DIST_NONE",
        (500_000, 8),
        (1_000_000, 8)
    )));
    assert!(!is_found(&hashed(
        "DS_DIST_NONE",
        (400_000, 8),
        (1_200_000, 5)
    )));
    // What lies on every node serves the join on the inner side only.
    assert!(!is_found(&hashed(
        "DS_DIST_ALL_NONE",
        (400_000, 8),
        (9_000_000, 8)
    )));
    assert!(!is_found(&hashed(
        "DS_DIST_ALL_INNER",
        (400_000, 8),
        (9_000_000, 8)
    )));
    let wide = hashed("DS_DIST_NONE", (400_000, 8), (9_000_000, 8));
    for kind in ["Left", "Right", "IN", "NOT IN"] {
        let other = wide.replace("Hash Join", &format!("Hash {kind} Join"));
        assert!(!is_found(&other), "{kind}");
    }
    // Redshift's own notice says more.
    assert!(!is_found(
        &(wide + "----- Tables missing statistics: visitors -----\n")
    ));
}

#[test]
fn statistics_that_agree_with_the_plan_are_not_said_to_be_out_of_date() {
    let plan = hashed("DS_DIST_INNER", (400_000, 8), (9_000_000, 8));
    let with = |rows: u64| {
        let stats = format!(r#"{{"rows": {{"visitors": {rows}, "events": 9000000}}}}"#);
        let given = Given {
            cluster: Some("ra3.4xlarge:4"),
            stats: Some(distkey::stats::Stats::read(&stats).expect("statistics")),
            ..Given::default()
        };
        let environment =
            Environment::new(distkey::config::Config::default(), given).expect("an environment");
        let explanation = explain::explain("plan", &plan, &Settings::new(environment.view()));
        found(&explanation, "larger-side-hashed").is_some()
    };
    assert!(!with(400_000));
    assert!(with(80_000_000));
}

/// Spectrum's part of a plan, with a filter on its partitions or without.
fn lake(filter: &str) -> String {
    format!(
        "XN Aggregate  (cost=90000000.00..90000000.00 rows=1 width=0)
  ->  XN Partition Loop  (cost=0.00..90000000.00 rows=31000 width=16)
        ->  XN Seq Scan PartitionInfo of lake.clicks  (cost=0.00..10.00 rows=31 width=0)
{filter}        ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=1000 width=16)
              ->  S3 Aggregate  (cost=0.00..30000000.00 rows=1000 width=16)
                    ->  S3 Seq Scan lake.clicks location:\"s3://example-lake/clicks\" format:PARQUET  (cost=0.00..30000000.00 rows=3000000000 width=16)
"
    )
}

#[test]
fn rows_of_all_partitions_are_said_to_be_the_most_that_a_filter_leaves() {
    let why = |filter: &str| {
        let explanation = explained(&lake(filter), "");
        let prediction = explanation.prediction().expect("a plan").clone();
        let step = prediction
            .steps
            .iter()
            .find(|step| step.why.contains("reads"));
        (step.expect("the scan").why.clone(), prediction.warm)
    };
    let (all, whole) = why("");
    assert!(all.starts_with("reads 3 billion rows"), "{all}");
    for filter in [
        "(day >= '2026-01-01'::date)",
        "((\"month\" = 1) AND (\"year\" = 2026))",
        "((region <= 3) AND (subplan 4: (region = $2)))",
    ] {
        let (some, narrowed) = why(&format!("              Filter: {filter}\n"));
        assert!(some.starts_with("reads up to 3 billion rows"), "{some}");
        assert!(narrowed.low_ms < whole.low_ms && narrowed.p50_ms == whole.p50_ms);
    }
}
