//! Lines that an expert would be misled by.

use super::*;
use distkey::rules::Finding;

fn text_of(explanation: &Explanation) -> String {
    let text = distkey::report::text::render(explanation, false);
    anstream::adapter::strip_str(&text).to_string()
}

/// As one line, however the report wraps it.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn only<'e>(explanation: &'e Explanation, code: &str) -> &'e Finding {
    let mut all = explanation.findings.iter().filter(|f| f.code == code);
    let first = all.next().unwrap_or_else(|| panic!("{code}"));
    assert!(all.next().is_none(), "{code} twice");
    first
}

#[test]
fn a_table_that_lies_by_the_key_is_not_to_be_distributed_by_it() {
    let plan = [
        step(0, "Hash Join DS_BCAST_INNER", 9_000_000, 40),
        detail(
            0,
            "Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)",
        ),
        step(1, "Hash Join DS_DIST_NONE", 90_000_000, 30),
        detail(1, "Hash Cond: (\"outer\".order_id = \"inner\".order_id)"),
        step(2, "Seq Scan on lines", 900_000_000, 20),
        step(2, "Hash", 90_000_000, 16),
        step(3, "Seq Scan on orders", 90_000_000, 16),
        step(1, "Hash", 12_000_000, 28),
        step(2, "Seq Scan on customers", 12_000_000, 28),
    ]
    .concat();
    let ddl = "CREATE TABLE lines (order_id bigint DISTKEY);
               CREATE TABLE orders (order_id bigint DISTKEY, customer_id bigint);
               CREATE TABLE customers (customer_id bigint DISTKEY);";
    let explanation = explained(&plan, ddl);
    let text = &only(&explanation, "DK101").remedy.text;
    assert!(text.starts_with("`customers` is distributed by"), "{text}");
    assert!(text.contains("--diststyle customers=all"), "{text}");
    // Where neither lies by it, both may be distributed.
    let free = ddl.replace("customer_id bigint DISTKEY", "customer_id bigint");
    let text = &only(&explained(&plan, &free), "DK101").remedy.text.clone();
    assert!(!text.contains("is distributed by"), "{text}");
}

#[test]
fn a_temporary_table_that_would_help_most_is_named_rather_than_a_large_one_altered() {
    let plan = |inner: &str| {
        [
            step(0, "HashAggregate", 40, 20),
            step(1, "Hash Left Join DS_DIST_OUTER", 60_000_000, 20),
            detail(1, "Outer Dist Key: o.customer_id"),
            detail(
                1,
                "Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)",
            ),
            step(2, "Seq Scan on cleaned_orders o", 60_000_000, 20),
            step(2, "Hash", 1_000, 8),
            step(3, &format!("Seq Scan on {inner} v"), 1_000, 8),
        ]
        .concat()
    };
    for inner in ["pg_temp_44.vip", "\"#vip\""] {
        let explanation = explained(&plan(inner), "");
        assert_eq!(alters(&explanation), [""; 0], "{inner}");
        let text = &only(&explanation, "DK103").remedy.text;
        assert!(text.contains("where it is created"), "{text}");
        assert!(text.contains("DISTSTYLE ALL"), "{text}");
    }
    let own = alters(&explained(&plan("vip"), ""));
    assert_eq!(own, ["ALTER TABLE vip ALTER DISTSTYLE ALL;"]);
}

#[test]
fn what_redshift_warns_of_is_not_small_on_default_rows() {
    let plan = [
        step(0, "Nested Loop DS_BCAST_INNER", 26, 20),
        step(1, "Seq Scan on a", 200, 8),
        step(1, "Seq Scan on b", 200, 8),
        "----- Tables missing statistics: a, b -----\n".to_owned(),
        "----- Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products -----\n".to_owned(),
    ]
    .concat();
    let explanation = explained(&plan, "");
    assert!(only(&explanation, "DK105").standing.is_shown());
    let known = plan.replace("----- Tables missing statistics: a, b -----\n", "");
    assert!(!only(&explained(&known, ""), "DK105").standing.is_shown());
}

#[test]
fn a_view_may_be_read_because_the_query_names_it() {
    let plan = step(
        0,
        "Seq Scan on mv_tbl__sums__0 derived_table1",
        1_000_000,
        20,
    );
    let text = only(&explained(&plan, ""), "DK126").remedy.text.clone();
    assert!(text.contains("If the query names it"), "{text}");
}

#[test]
fn what_follows_from_a_default_of_ten_billion_rows_is_a_hint_below_it() {
    let lake = |rows: u64| {
        let cost = rows / 100;
        format!(
            "XN Aggregate  (cost=9.00..9.00 rows=1 width=0)
  ->  XN Hash Join DS_BCAST_INNER  (cost=9.00..9000000.00 rows=9000000 width=30)
        Hash Cond: (\"outer\".id = \"inner\".id)
        ->  XN Seq Scan on own  (cost=0.00..900000.00 rows=90000000 width=10)
        ->  XN Hash  (cost=9.00..9.00 rows={rows} width=20)
              ->  XN S3 Query Scan log  (cost=9.00..9.00 rows={rows} width=20)
                    ->  S3 Seq Scan lake.log location:\"s3://l\" format:PARQUET  (cost=0.00..{cost}.00 rows={rows} width=20)
"
        )
    };
    let explanation = explained(&lake(10_000_000_000), "");
    assert_eq!(explanation.findings[0].code, "DK121");
    for code in ["DK101", "DK137"] {
        let finding = only(&explanation, code);
        assert_eq!(finding.severity, Severity::Hint, "{code}");
        assert!(
            finding
                .message
                .ends_with("by the default row count of `lake.log`")
        );
    }
    let text = text_of(&explanation);
    assert!(
        !text.contains("known part") && !text.contains("breakdown"),
        "{text}"
    );
    let known = explained(&lake(9_000_000_000), "");
    assert_eq!(only(&known, "DK101").severity, Severity::Warning);
    assert!(!only(&known, "DK101").message.contains("default"));
}

#[test]
fn where_spectrum_reads_no_verdict_is_given_but_that_it_is_over() {
    let verdict = |rows: u64| {
        let plan = format!(
            "XN Aggregate  (cost=9.00..9.00 rows=1 width=0)
  ->  XN S3 Query Scan log  (cost=9.00..9.00 rows=1000 width=8)
        ->  S3 Aggregate  (cost=9.00..9.00 rows=1000 width=8)
              ->  S3 Seq Scan lake.log location:\"s3://l\" format:PARQUET  (cost=0.00..{}.00 rows={rows} width=8)
",
            rows / 100
        );
        let explanation = explained(&plan, "");
        let prediction = explanation.prediction().expect("a plan");
        (prediction.verdict, prediction.why_no_verdict().is_some())
    };
    for rows in [1_000, 1_000_000_000, 2_000_000_000] {
        assert_eq!(verdict(rows), (Verdict::CannotTell, true), "{rows}");
    }
    assert_eq!(verdict(900_000_000_000), (Verdict::Over, false));
}

#[test]
fn partitions_that_are_a_default_are_not_counted() {
    let plan = |partitions: u64| {
        format!(
            "XN Partition Loop  (cost=0.00..90000000.00 rows=1000000 width=16)
  ->  XN Seq Scan PartitionInfo of lake.clicks  (cost=0.00..10.00 rows={partitions} width=0)
  ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=3000000000 width=16)
        ->  S3 Seq Scan lake.clicks location:\"s3://l\" format:PARQUET  (cost=0.00..30000000.00 rows=3000000000 width=16)
"
        )
    };
    let message = |partitions| {
        only(&explained(&plan(partitions), ""), "DK118")
            .message
            .clone()
    };
    assert!(!message(1000).contains("1,000"), "{}", message(1000));
    assert!(
        message(31).contains("31 by the planner's count"),
        "{}",
        message(31)
    );
}

#[test]
fn tables_that_are_sorted_so_already_are_not_to_be_sorted() {
    let ddl = |key: &str| {
        format!(
            "CREATE TABLE lines (order_id int, a int) DISTKEY(order_id) SORTKEY(order_id);
             CREATE TABLE orders (order_id int, b int) DISTKEY(order_id) SORTKEY({key});"
        )
    };
    let plan = join("DS_DIST_NONE", 90_000_000, 40_000_000);
    let text = &of_rule(&plan, &ddl("order_id"), "DK133")[0].remedy.text;
    assert!(
        text.contains("`unsorted`") && text.contains("already"),
        "{text}"
    );
    let other = &of_rule(&plan, &ddl("b"), "DK133")[0];
    assert_eq!(other.remedy.sql.len(), 1, "{}", other.remedy.text);
}

#[test]
fn a_text_key_that_is_to_be_replaced_is_not_sorted_by() {
    let ddl = |kind: &str| {
        format!(
            "CREATE TABLE lines (order_id {kind} DISTKEY); CREATE TABLE orders (order_id {kind} DISTKEY);"
        )
    };
    let plan = join("DS_DIST_NONE", 90_000_000, 40_000_000);
    assert!(finds(&plan, &ddl("bigint"), "DK133"));
    assert!(!finds(&plan, &ddl("char(36)"), "DK133"));
    assert!(finds(&plan, &ddl("char(36)"), "DK132"));
}

#[test]
fn a_look_at_some_rows_is_no_reason_to_sort_tables() {
    let plan = join("DS_DIST_NONE", 90_000_000, 40_000_000);
    let below = |above: &str| {
        let indented = plan.lines().map(|line| {
            let arrow = if line.starts_with("XN") {
                "  ->  "
            } else {
                "      "
            };
            format!("{arrow}{line}\n")
        });
        format!("{above}{}", indented.collect::<String>())
    };
    let limit = step(0, "Limit", 10, 40);
    assert!(!finds(&below(&limit), "", "DK133"));
    let count = step(0, "HashAggregate", 10, 40);
    assert!(finds(&below(&count), "", "DK133"));
}

#[test]
fn fetching_the_result_is_told_apart_from_what_a_key_changes() {
    let explanation = explained(&join("DS_DIST_BOTH", 90_000_000, 40_000_000), "");
    let text = unwrapped(&text_of(&explanation));
    assert!(text.contains("90 s to fetch the result"), "{text}");
    let grouped = explained(STAR, "");
    assert!(!text_of(&grouped).contains("to fetch the result"));
}

#[test]
fn a_difference_that_the_model_cannot_tell_is_not_said_to_be_harm() {
    for explanation in [
        explained(&join("DS_BCAST_INNER", 9_000_000, 90_000), ""),
        explained(&join("DS_BCAST_INNER", 9_000_000, 900_000), ""),
        explained(&join("DS_BCAST_INNER", 90_000_000, 4_900_000), ""),
    ] {
        for finding in &explanation.findings {
            let text = &finding.remedy.text;
            let Some((_, times)) = text.split_once("it takes ") else {
                continue;
            };
            let times: Vec<&str> = times.trim_end_matches('.').split(" instead of ").collect();
            let ms = |text: &str| distkey::text::units::parse_duration(&text.replace(' ', ""));
            let (after, before) = (ms(times[0]).expect("a time"), ms(times[1]).expect("a time"));
            assert!(after > before * 1.005, "{text}");
        }
    }
}

#[test]
fn a_condition_that_was_cut_off_is_not_said_to_be_missing() {
    let plan = join("DS_BCAST_INNER", 90_000_000, 4_000_000).replace(
        "(\"outer\".order_id = \"inner\".order_id)",
        "(\"outer\".order_id = \"inne",
    );
    let text = only(&explained(&plan, ""), "DK101").remedy.text.clone();
    assert!(text.contains("or only the beginning of one"), "{text}");
}

#[test]
fn a_plan_without_rows_is_not_said_to_be_fine() {
    let rows_lost: String = join("DS_BCAST_INNER", 90_000_000, 4_000_000)
        .lines()
        .map(|line| format!("{}\n", line.split("  (cost").next().unwrap_or(line)))
        .collect();
    let text = text_of(&explained(&rows_lost, ""));
    assert!(!text.contains("Nothing to change"), "{text}");
}

#[test]
fn a_function_around_the_sort_key_is_the_finding_and_another_key_is_none() {
    let ddl = "CREATE TABLE trips (pickup timestamp, vendor int) SORTKEY (pickup);";
    let filter = "((vendor = 3) AND ((pickup)::date >= '2026-10-01'::date))";
    let plan = filtered(1_500_000, 429_000_000, filter).replace("orders", "trips");
    let explanation = explained(&plan, ddl);
    assert!(found(&explanation, "unpruned-scan").is_none());
    let finding = only(&explanation, "DK107");
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.remedy.text.contains("is sorted by `pickup`"),
        "{}",
        finding.remedy.text
    );
    let by_vendor = ddl.replace("SORTKEY (pickup)", "SORTKEY (vendor)");
    let text = &only(&explained(&plan, &by_vendor), "DK107")
        .remedy
        .text
        .clone();
    assert!(!text.contains("is sorted by"), "{text}");
}

/// What a sort of 50 million rows takes of a small cluster, and the same below another step.
fn sorted(above: &str, sends: &str) -> distkey::work::StepWork {
    let plan = format!(
        "XN {above}  (cost=9.00..9.00 rows=50000000 width=1240)
  ->  XN Sort  (cost=9.00..9.00 rows=50000000 width=1240)
        Sort Key: at
        ->  XN Network  (cost=9.00..9.00 rows=50000000 width=1240)
              {sends}
              ->  XN Seq Scan on t  (cost=0.00..500000.00 rows=50000000 width=1240)
"
    );
    let shape = "ra3.4xlarge:4"
        .parse::<Cluster>()
        .expect("a cluster")
        .shape();
    let plan = &plan::read(&plan).plans[0];
    let work = distkey::work::measure(plan, &distkey::work::Context::new(shape));
    work.steps[1].clone()
}

#[test]
fn a_sort_of_more_than_memory_holds_goes_to_disk() {
    // 62 GB; a tenth of 4 × 96 GiB holds 41.2 GB of it, on one slice a sixteenth of that.
    let spread = sorted("Window", "Distribute");
    assert!(
        (spread.spill_bytes / 1e9 - 20.8).abs() < 0.1,
        "{}",
        spread.spill_bytes
    );
    assert_eq!(spread.slices, None);
    let alone = sorted("Window", "Send to slice 0");
    assert!(
        (alone.spill_bytes / 1e9 - 59.4).abs() < 0.1,
        "{}",
        alone.spill_bytes
    );
    assert_eq!(alone.slices, Some(1.0));
    // The first rows alone are held for a LIMIT.
    assert_eq!(sorted("Limit", "Distribute").spill_bytes, 0.0);
}

#[test]
fn wide_rows_are_said_once_of_the_steps_that_carry_them() {
    let plan = [
        step(0, "Window", 50_000_000, 1240),
        detail(0, "Partition: a"),
        step(1, "Sort", 50_000_000, 1240),
        detail(1, "Sort Key: a, b"),
        step(2, "Seq Scan on t", 50_000_000, 1240),
    ]
    .concat();
    assert_eq!(of_rule(&plan, "", "DK114").len(), 1);
    // What a step above no longer carries is said of the one that does.
    let narrow = plan.replacen("width=1240", "width=40", 1);
    assert_eq!(of_rule(&narrow, "", "DK114")[0].node, Some(1));
}

#[test]
fn what_a_run_took_goes_before_what_the_model_says() {
    let mut explanation = explained(&join("DS_DIST_NONE", 90_000_000, 40_000_000), "");
    let export = "query,stm,seg,step,maxtime,avgtime,rows,bytes,label\n1,0,0,0,24700000,24000000,90000000,8,scan tbl=1 name=lines\n";
    let plan = explanation.plans[0].plan.clone();
    let actuals = distkey::actuals::overlay(&plan, export).expect("an export");
    explanation.lay_over((actuals, String::new()));
    let text = unwrapped(&text_of(&explanation));
    let measured = text
        .find("measured: this run took 24.7 s, over 800 ms")
        .expect("the run");
    let model = text
        .find("over 800 ms (the default budget) on")
        .expect("the model");
    assert!(measured < model, "{text}");
}

#[test]
fn a_filter_that_nothing_can_serve_is_said_once() {
    let opaque = filtered(45_000, 90_000_000, "(as_of = $0)");
    assert!(finds(&opaque, "", "DK107") && !finds(&opaque, "", "DK110"));
    // A plain condition beside it may be served by a key of its own.
    let beside = filtered(45_000, 90_000_000, "((as_of = $0) AND (shop = 3))");
    assert!(finds(&beside, "", "DK107") && finds(&beside, "", "DK110"));
}
