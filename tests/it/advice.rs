//! What explain advises: tried before it is printed, said once, worth its gain.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::support;
use distkey::cluster::Cluster;
use distkey::environment::{Environment, Given};
use distkey::explain::{self, Asked, Explanation, Settings, WhatIf};
use distkey::latency::Verdict;
use distkey::plan;
use distkey::rules::{Finding, Severity};
use distkey::schema::Schema;
use distkey::sql::{self, AlterAction, Body};
use distkey::text::SourceFile;

const BLOCK: f64 = 1_048_576.0;

fn environment(ddl: &str) -> Environment {
    let schema = (!ddl.is_empty()).then(|| Schema::of(&sql::parse(&SourceFile::new("ddl", ddl))));
    let given = Given {
        cluster: Some("ra3.4xlarge:4"),
        schema,
        ..Given::default()
    };
    Environment::new(distkey::config::Config::default(), given).expect("an environment")
}

fn explained(text: &str, ddl: &str) -> Explanation {
    let environment = environment(ddl);
    explain::explain("plan", text, &Settings::new(environment.view()))
}

fn found<'e>(explanation: &'e Explanation, name: &str) -> Option<&'e Finding> {
    explanation.findings.iter().find(|f| f.name == name)
}

fn statements(explanation: &Explanation) -> Vec<String> {
    let findings = explanation.findings.iter();
    let statements = findings.flat_map(|finding| &finding.remedy.sql);
    statements.map(ToString::to_string).collect()
}

fn alters(explanation: &Explanation) -> Vec<String> {
    let mut all = statements(explanation);
    all.retain(|sql| sql.starts_with("ALTER"));
    all
}

/// The flags of explain that ask for what a remedy's statements do.
fn flags(finding: &Finding) -> Option<Asked> {
    let mut asked = Asked::default();
    for statement in &finding.remedy.sql {
        let script = sql::parse(&SourceFile::new("remedy", statement.as_str()));
        let Body::AlterTable(alter) = &script.statements.first()?.body else {
            return None;
        };
        let table = &alter.name.table;
        for (action, _) in &alter.actions {
            match action {
                AlterAction::DistKey((column, _), _) => {
                    asked.distkey.push(format!("{table}={column}"));
                }
                AlterAction::DistStyle(style, _) => {
                    let style = format!("{style:?}").to_lowercase();
                    asked.diststyle.push(format!("{table}={style}"));
                }
                AlterAction::SortKey(..) => {
                    let (_, columns) = statement.as_str().split_once("SORTKEY (")?;
                    let (columns, _) = columns.split_once(')')?;
                    asked
                        .sortkey
                        .push(format!("{table}={}", columns.replace(' ', "")));
                }
                _ => return None,
            }
        }
    }
    Some(asked)
}

/// Every plan that is at hand: the samples, and the corpus where there is one.
fn all_plans() -> Vec<(String, String)> {
    let samples = std::fs::read_dir("sample_plans").expect("samples");
    let mut plans: Vec<(String, String)> = samples
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "txt" || e == "csv"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("text");
            (path.display().to_string(), text)
        })
        .collect();
    for plan in support::corpus_plans().unwrap_or_default() {
        plans.push((plan.file, plan.text));
    }
    plans
}

/// Asks for each printed remedy again, through the flags, and returns how many there were.
fn compute_gains_again(name: &str, text: &str, settings: &Settings<'_>) -> usize {
    let mut checked = 0;
    {
        let explanation = explain::explain(name, text, settings);
        for finding in explanation
            .findings
            .iter()
            .filter(|f| f.standing.gain.is_some())
        {
            let gain = finding.standing.gain.expect("a gain");
            let asked =
                flags(finding).unwrap_or_else(|| panic!("{name}: {:?}", finding.remedy.sql));
            let what_if = WhatIf::try_from(&asked).expect("flags");
            let mut again = explain::explain(name, text, settings);
            what_if.add(&mut again, None, settings);
            assert_eq!(again.unanswered, [""; 0], "{name}: {asked:?}");
            // One comparison for each plan of the paste.
            let node = finding.node.unwrap_or(0);
            let index = explanation
                .plans
                .iter()
                .rposition(|plan| plan.first_node <= node);
            let comparison = &again.what_if[index.unwrap_or(0)];
            let figures = |outcome: &distkey::whatif::Outcome| {
                (outcome.prediction.warm.p50_ms, outcome.bytes_moved)
            };
            let (before, moved_before) = figures(&comparison.before);
            let (after, moved_after) = figures(&comparison.after);
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1.0);
            assert!(
                close(gain.before_ms, before),
                "{name} {asked:?}: {gain:?}, {before}"
            );
            assert!(
                close(gain.after_ms, after),
                "{name} {asked:?}: {gain:?}, {after}"
            );
            assert!(
                close(gain.moved_before, moved_before),
                "{name} {asked:?}: {moved_before}"
            );
            assert!(
                close(gain.moved_after, moved_after),
                "{name} {asked:?}: {moved_after}"
            );
            assert!(gain.is_worth_it(), "{name} {asked:?}: {gain:?}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn a_printed_gain_is_what_the_flags_for_it_compute() {
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let plans = all_plans();
    let checked = plans
        .iter()
        .map(|(name, text)| compute_gains_again(name, text, &settings));
    let checked: usize = checked.sum();
    println!("{checked} gains computed again");
    assert!(checked >= 6, "{checked}");
}

#[test]
fn what_is_shown_says_each_thing_once_and_nothing_small() {
    for (name, text) in all_plans() {
        let explanation = explained(&text, "");
        let mut seen = BTreeSet::new();
        for finding in &explanation.findings {
            for sql in &finding.remedy.sql {
                assert!(seen.insert(sql.clone()), "{name}: {sql} twice");
            }
            let standing = &finding.standing;
            if standing.is_shown() {
                let small = finding.weight > 0.0 && finding.weight < BLOCK;
                assert!(!small, "{name}: {} of {}", finding.name, finding.weight);
            } else {
                assert!(finding.remedy.sql.is_empty(), "{name}: {}", finding.name);
            }
            if let Some(code) = standing.covered_by {
                let known = explanation.findings.iter().any(|other| other.code == code);
                assert!(known, "{name}: {} is covered by {code}", finding.name);
            }
        }
        for plan in &explanation.plans {
            let summary = &plan.summary;
            assert!(summary.changes.len() <= 3, "{name}");
            assert_eq!(
                summary.after.is_some(),
                !summary.changes.is_empty(),
                "{name}"
            );
            if let Some(after) = &summary.after {
                let now = plan.prediction.warm.p50_ms;
                assert!(
                    after.warm.p50_ms < now,
                    "{name}: {now} to {}",
                    after.warm.p50_ms
                );
            }
        }
    }
}

const STAR: &str = "
XN HashAggregate  (cost=5000000.00..5000000.00 rows=50 width=24)
  ->  XN Hash Join DS_BCAST_INNER  (cost=400000.00..4000000.00 rows=40000000 width=24)
        Hash Cond: (\"outer\".shop_id = \"inner\".shop_id)
        ->  XN Hash Join DS_DIST_BOTH  (cost=300000.00..3000000.00 rows=40000000 width=20)
              Outer Dist Key: v.visitor_id
              Inner Dist Key: o.visitor_id
              Hash Cond: (\"outer\".visitor_id = \"inner\".visitor_id)
              ->  XN Seq Scan on visits v  (cost=0.00..25000000.00 rows=80000000 width=16)
                    Filter: (visited_on = '2026-01-01'::date)
              ->  XN Hash  (cost=400000.00..400000.00 rows=40000000 width=20)
                    ->  XN Seq Scan on orders o  (cost=0.00..400000.00 rows=40000000 width=20)
        ->  XN Hash  (cost=30000.00..30000.00 rows=3000000 width=40)
              ->  XN Seq Scan on shops s  (cost=0.00..30000.00 rows=3000000 width=40)
";

#[test]
fn changes_are_put_together_and_timed_together() {
    let explanation = explained(STAR, "");
    let summary = &explanation.plans[0].summary;
    let sql: Vec<String> = summary
        .changes
        .iter()
        .map(|change| change.sql.iter().map(ToString::to_string).collect())
        .collect();
    assert!(sql.len() >= 2, "{sql:?}");
    assert!(sql[0].contains("SORTKEY (visited_on)"), "{sql:?}");
    assert!(
        sql[1].contains("visits ALTER DISTKEY visitor_id"),
        "{sql:?}"
    );
    let together = summary.after.as_ref().expect("a time").warm.p50_ms;
    for change in &summary.changes {
        assert!(together < change.gain.after_ms, "{together}: {change:?}");
    }
    // Ordered by what each gains.
    let gains = summary.changes.iter().map(|change| change.gain.saved_ms());
    let gains: Vec<f64> = gains.collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
}

#[test]
fn a_small_result_over_a_large_table_is_no_reason_to_copy_the_table() {
    let text = "
XN Hash Join DS_BCAST_INNER  (cost=1500000.00..9000000.00 rows=200000000 width=30)
  Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
  ->  XN Seq Scan on events e  (cost=0.00..2000000.00 rows=200000000 width=20)
  ->  XN Hash  (cost=1200000.00..1200000.00 rows=60000 width=30)
        ->  XN Hash Join DS_DIST_NONE  (cost=100.00..1200000.00 rows=60000 width=30)
              Hash Cond: (\"outer\".order_id = \"inner\".order_id)
              ->  XN Seq Scan on orders o  (cost=0.00..850000.00 rows=85000000 width=20)
              ->  XN Hash  (cost=90.00..90.00 rows=9000 width=12)
                    ->  XN Seq Scan on refunds r  (cost=0.00..90.00 rows=9000 width=12)
";
    let explanation = explained(text, "");
    let finding = found(&explanation, "large-broadcast").expect("the broadcast");
    assert!(
        finding.remedy.text.contains("planner's own choice"),
        "{}",
        finding.remedy.text
    );
    assert!(
        !statements(&explanation)
            .iter()
            .any(|sql| sql.contains("DISTSTYLE ALL"))
    );
}

#[test]
fn the_fact_is_the_largest_table_wherever_it_stands() {
    // The fact is hashed: a filter has made it smaller than the dimension.
    let text = "
XN Hash Join DS_BCAST_INNER  (cost=900000.00..9000000.00 rows=2000000 width=60)
  Hash Cond: (\"outer\".region_id = \"inner\".region_id)
  ->  XN Hash Join DS_DIST_INNER  (cost=800000.00..8000000.00 rows=2000000 width=50)
        Inner Dist Key: f.customer_id
        Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
        ->  XN Seq Scan on customers c  (cost=0.00..40000.00 rows=4000000 width=30)
        ->  XN Hash  (cost=9000000.00..9000000.00 rows=2000000 width=24)
              ->  XN Seq Scan on payments f  (cost=0.00..9000000.00 rows=2000000 width=24)
                    Filter: (paid_on = '2026-01-01'::date)
  ->  XN Hash  (cost=0.90..0.90 rows=90 width=14)
        ->  XN Hash Join DS_DIST_ALL_NONE  (cost=0.05..0.90 rows=90 width=14)
              Hash Cond: (\"outer\".country_id = \"inner\".country_id)
              ->  XN Seq Scan on regions g  (cost=0.00..0.90 rows=90 width=14)
              ->  XN Hash  (cost=0.05..0.05 rows=5 width=4)
                    ->  XN Seq Scan on countries n  (cost=0.00..0.05 rows=5 width=4)
";
    let explanation = explained(text, "");
    if let Some(finding) = found(&explanation, "normalization-join-cost") {
        assert!(
            finding.message.contains("join to `payments`"),
            "{}",
            finding.message
        );
    }
    let sql = statements(&explanation);
    assert!(
        !sql.iter()
            .any(|sql| sql.contains("payments ALTER DISTSTYLE ALL")),
        "{sql:?}"
    );
    assert!(
        !sql.iter().any(|sql| sql.contains("countries")),
        "already on every node: {sql:?}"
    );
}

#[test]
fn a_list_of_keys_to_filter_by_is_no_lookup() {
    let join = |kind: &str| {
        format!(
            "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Hash {kind}Join DS_BCAST_INNER  (cost=800.00..8000000.00 rows=90000000 width=50)
        Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
        ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
        ->  XN Hash  (cost=900.00..900.00 rows=90000 width=4)
              ->  XN Seq Scan on chosen c  (cost=0.00..900.00 rows=90000 width=4)
  ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..900.00 rows=90000 width=14)
"
        )
    };
    let chain = |kind| found(&explained(&join(kind), ""), "normalization-join-cost").is_some();
    assert!(chain(""));
    assert!(!chain("IN "));
    assert!(!chain("NOT IN "));
}

#[test]
fn a_preserved_side_is_not_copied_to_every_node() {
    for kind in ["Right", "Full"] {
        let text = format!(
            "
XN Hash {kind} Join DS_DIST_BOTH  (cost=900.00..9000000.00 rows=90000000 width=60)
  Outer Dist Key: s.brand_id
  Inner Dist Key: b.brand_id
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=9000.00..9000.00 rows=900000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..9000.00 rows=900000 width=14)
"
        );
        let sql = statements(&explained(&text, ""));
        assert!(
            !sql.iter().any(|sql| sql.contains("DISTSTYLE ALL")),
            "{kind}: {sql:?}"
        );
        assert!(
            sql.iter().any(|sql| sql.contains("DISTKEY brand_id")),
            "{kind}: {sql:?}"
        );
    }
}

/// A join of a table with one that is called otherwise.
fn joined_with(inner: &str) -> String {
    format!(
        "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on volt_tt_5  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=14)
        ->  {inner}  (cost=0.00..40000.00 rows=4000000 width=14)
"
    )
}

#[test]
fn what_nobody_can_alter_is_not_altered() {
    for inner in [
        "XN Seq Scan on mv_tbl__brands__0 b",
        "XN Seq Scan on volt_tt_7 b",
        "XN Seq Scan on svv_table_info b",
        "XN S3 Query Scan b",
    ] {
        let explanation = explained(&joined_with(inner), "");
        assert_eq!(alters(&explanation), [""; 0], "{inner}");
    }
    // One's own table can be, and is at least tried.
    let tried = |explanation: &Explanation| {
        let finding = found(explanation, "large-broadcast");
        finding.is_some_and(|f| f.standing.gain.is_some() || f.remedy.refuted)
    };
    let own = explained(&joined_with("XN Seq Scan on brands b"), "");
    assert!(tried(&own));
    // An external table and a temporary one are known by their DDL.
    for (ddl, says) in [
        (
            "create external table brands (brand_id int) stored as parquet location 's3://x/';",
            "",
        ),
        (
            "create temp table brands (brand_id int);",
            "where it is created",
        ),
    ] {
        let explanation = explained(&joined_with("XN Seq Scan on brands b"), ddl);
        assert_eq!(alters(&explanation), [""; 0], "{ddl}");
        assert!(!tried(&explanation), "{ddl}");
        let text = &found(&explanation, "large-broadcast")
            .expect("DK101")
            .remedy
            .text;
        assert!(text.contains(says), "{text}");
    }
    // A materialized view is altered as one.
    let ddl = "create table base (brand_id int); create materialized view brands as select brand_id from base;";
    let view = explained(&joined_with("XN Seq Scan on brands b"), ddl);
    let sql = alters(&view);
    assert!(
        sql.iter()
            .all(|sql| sql.starts_with("ALTER MATERIALIZED VIEW")),
        "{sql:?}"
    );
}

#[test]
fn without_statistics_no_key_is_advised() {
    let with = format!("{STAR}\n----- Tables missing statistics: shops -----\n");
    let explanation = explained(&with, "");
    assert_eq!(alters(&explanation), [""; 0]);
    assert_eq!(statements(&explanation), ["ANALYZE shops;"]);
    let summary = &explanation.plans[0].summary;
    assert!(summary.changes.is_empty());
    assert!(
        summary
            .unknown
            .iter()
            .any(|fact| fact.contains("ANALYZE shops;"))
    );
    assert!(!alters(&explained(STAR, "")).is_empty());
}

#[test]
fn a_head_of_a_plan_warns_of_nothing_that_the_whole_plan_does_not() {
    let whole = "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=1.00..1.00 rows=100 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..1.00 rows=100 width=14)
";
    let head: String = whole
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    let severity = |text: &str| {
        let explanation = explained(text, "");
        let finding = found(&explanation, "large-broadcast").map(|f| f.severity);
        finding.unwrap_or(Severity::Hint)
    };
    assert_eq!(severity(whole), Severity::Hint);
    assert_eq!(severity(&head), Severity::Hint);
}

#[test]
fn a_table_is_not_smaller_than_what_its_scan_returns() {
    let text = joined_with("XN Seq Scan on brands b").replace("4000000", "9000000");
    let mut environment = environment("");
    let stats = r#"{"rows": {"brands": 1000}}"#;
    environment.stats = Some(distkey::stats::Stats::read(stats).expect("statistics"));
    let explanation = explain::explain("plan", &text, &Settings::new(environment.view()));
    let sql = statements(&explanation);
    assert!(
        !sql.iter().any(|sql| sql.contains("DISTSTYLE ALL")),
        "{sql:?}"
    );
}

#[test]
fn a_distinct_that_nothing_counts_is_not_to_be_approximated() {
    let plan = |top: &str| {
        format!(
            "{top}
        ->  XN Subquery Scan volt_dt_2  (cost=9000000.00..9000000.00 rows=8000000 width=8)
              ->  XN HashAggregate  (cost=9000000.00..9000000.00 rows=8000000 width=8)
                    ->  XN Seq Scan on facts  (cost=0.00..900000.00 rows=90000000 width=8)
"
        )
    };
    let counted = plan("XN Aggregate  (cost=9000000.00..9000000.00 rows=1 width=8)");
    assert!(found(&explained(&counted, ""), "distinct-spool").is_some());
    let merged = plan(
        "XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=80000 width=8)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on staged  (cost=0.00..900.00 rows=90000 width=8)
  ->  XN Hash  (cost=9000000.00..9000000.00 rows=8000000 width=8)",
    );
    assert!(found(&explained(&merged, ""), "distinct-spool").is_none());
}

#[test]
fn a_loop_is_told_apart_by_its_condition() {
    let plan = |filter: &str| {
        format!(
            "
XN Nested Loop DS_BCAST_INNER  (cost=0.00..9000000000.00 rows=90000000 width=60)
  Join Filter: {filter}
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Seq Scan on brands b  (cost=0.00..1000.00 rows=100000 width=14)
"
        )
    };
    for (filter, says) in [
        (
            r#"(("outer".a = "inner".a) OR ("outer".b = "inner".b))"#,
            "UNION ALL",
        ),
        (r#"("outer".a <> "inner".a)"#, "inside of it"),
        (r#"("outer".a > "inner".a)"#, "date bucket"),
    ] {
        let explanation = explained(&plan(filter), "");
        let text = &found(&explanation, "nested-loop")
            .expect("DK105")
            .remedy
            .text;
        assert!(text.contains(says), "{filter}: {text}");
    }
}

#[test]
fn a_column_that_redshift_keeps_for_itself_is_no_key() {
    let plan = |column: &str| {
        format!(
            "
XN Hash Join DS_DIST_BOTH  (cost=900.00..9000000.00 rows=900000 width=60)
  Outer Dist Key: s.{column}
  Inner Dist Key: b.{column}
  Hash Cond: (\"outer\".{column} = \"inner\".{column})
  ->  XN Seq Scan on stage s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=9000.00..9000.00 rows=9000000 width=14)
        ->  XN Seq Scan on target b  (cost=0.00..90000.00 rows=9000000 width=14)
"
        )
    };
    assert!(!alters(&explained(&plan("id"), "")).is_empty());
    for own in ["oid", "ctid", "insertxid"] {
        assert_eq!(alters(&explained(&plan(own), "")), [""; 0], "{own}");
    }
}

/// A value that is known only at run time is one thing, a function around the column another: a
/// constant in the place of the first does not help the second.
#[test]
fn a_function_around_a_column_stands_in_the_way_of_a_constant_too() {
    let remedy = |filter: &str| {
        let text = format!(
            "XN Seq Scan on visits  (cost=0.00..1125000.00 rows=450000 width=16)\n  Filter: ({filter})"
        );
        let explanation = explained(&text, "");
        let finding = found(&explanation, "opaque-filter").expect("DK107");
        finding.remedy.text.clone()
    };
    for bare in ["day = $0", "day >= $1", "id = $2"] {
        assert!(remedy(bare).contains("as a constant"), "{bare}");
    }
    for around in [
        "date_trunc('month'::text, at) = $0",
        "(day + 1) = $1",
        "upper((name)::text) = ($0)::text",
    ] {
        assert!(remedy(around).contains("bare column"), "{around}");
    }
}

#[test]
fn without_statistics_there_is_no_verdict() {
    for (budget_ms, decided) in [(1.0, Verdict::Over), (1e9, Verdict::Within)] {
        let mut environment = environment("");
        environment.budget_ms = budget_ms;
        let verdict = |text: &str| {
            let explanation = explain::explain("plan", text, &Settings::new(environment.view()));
            explanation.plans[0].prediction.verdict
        };
        assert_eq!(verdict(STAR), decided);
        for tables in ["shops", "shops, orders", "visits, orders, shops"] {
            let with = format!("{STAR}\n----- Tables missing statistics: {tables} -----\n");
            assert_eq!(verdict(&with), Verdict::CannotTell, "{tables}");
        }
    }
}

#[test]
fn a_change_that_makes_it_worse_is_not_printed() {
    // `orders` lies by `order_id`, by which a larger join already meets.
    let text = "
XN Hash Join DS_DIST_OUTER  (cost=900.00..90000000.00 rows=90000000 width=60)
  Outer Dist Key: o.shop_id
  Hash Cond: (\"outer\".shop_id = \"inner\".shop_id)
  ->  XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=90000000 width=50)
        Hash Cond: (\"outer\".order_id = \"inner\".order_id)
        ->  XN Seq Scan on lines l  (cost=0.00..9000000.00 rows=900000000 width=30)
        ->  XN Hash  (cost=900000.00..900000.00 rows=90000000 width=24)
              ->  XN Seq Scan on orders o  (cost=0.00..900000.00 rows=90000000 width=24)
  ->  XN Hash  (cost=90000.00..90000.00 rows=9000000 width=14)
        ->  XN Seq Scan on shops s  (cost=0.00..90000.00 rows=9000000 width=14)
";
    let explanation = explained(text, "");
    for finding in &explanation.findings {
        if let Some(gain) = &finding.standing.gain {
            assert!(!gain.harms(), "{:?}: {gain:?}", finding.remedy.sql);
        }
    }
    let sql = statements(&explanation);
    assert!(
        !sql.iter()
            .any(|sql| sql.contains("orders ALTER DISTKEY shop_id")),
        "{sql:?}"
    );
}

#[test]
fn a_pasted_plan_needs_no_ddl_for_a_what_if() {
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let moved = |asked: Asked| {
        let mut explanation = explain::explain("plan", STAR, &settings);
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        let comparison = explanation.what_if.pop();
        let moved = comparison.map(|c| (c.before.bytes_moved, c.after.bytes_moved));
        (moved, explanation.unanswered)
    };
    let asked = |table: &str| Asked {
        diststyle: vec![format!("{table}=all")],
        ..Asked::default()
    };
    let (shops, unanswered) = moved(asked("shops"));
    assert!(unanswered.is_empty(), "{unanswered:?}");
    assert!(shops.is_some_and(|(now, then)| then < now), "{shops:?}");
    let (nothing, unanswered) = moved(asked("shop"));
    assert_eq!(nothing, None);
    assert!(
        unanswered[0].contains("did you mean `shops`"),
        "{unanswered:?}"
    );
}

#[test]
fn what_a_label_tells_of_a_table_that_no_ddl_defines_is_what_a_change_starts_from() {
    // Co-located by `id`; another key moves what lay together.
    let text = "
XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=90000000 width=50)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on a  (cost=0.00..900000.00 rows=90000000 width=30)
        Filter: (kind > 3)
  ->  XN Hash  (cost=800000.00..800000.00 rows=80000000 width=24)
        ->  XN Seq Scan on b  (cost=0.00..800000.00 rows=80000000 width=24)
";
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let label = |asked: Asked| {
        let mut explanation = explain::explain("plan", text, &settings);
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        let comparison = explanation.what_if.pop().expect("a comparison");
        comparison.after.joins[0].title.clone()
    };
    let key = |text: &str| Asked {
        distkey: vec![text.to_owned()],
        ..Asked::default()
    };
    assert_eq!(label(key("a=id")), "XN Hash Join DS_DIST_NONE");
    assert_eq!(label(key("a=kind")), "XN Hash Join DS_DIST_OUTER");
    assert_eq!(label(key("b=kind")), "XN Hash Join DS_DIST_INNER");
}

#[test]
fn a_change_of_nothing_changes_nothing() {
    let cluster = Cluster::named_or_default(Some("ra3.4xlarge:4")).expect("a cluster");
    assert!(cluster.nodes() > 1.0);
    let environment = environment("");
    let settings = Settings::new(environment.view());
    for (name, text) in all_plans() {
        let mut explanation = explain::explain(&name, &text, &settings);
        let plans: Vec<plan::Plan> = explanation.plans.iter().map(|p| p.plan.clone()).collect();
        let told = distkey::whatif::with_tables_of(&plans, &Schema::default()).into_owned();
        let even = told
            .tables
            .values()
            .filter(|table| table.dist_style == distkey::schema::DistStyle::Even);
        let asked = Asked {
            diststyle: even.map(|table| format!("{}=even", table.name)).collect(),
            ..Asked::default()
        };
        if asked.diststyle.is_empty() {
            continue;
        }
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        for comparison in &explanation.what_if {
            let (before, after) = (&comparison.before, &comparison.after);
            assert_eq!(before.joins, after.joins, "{name}");
            let ms = (before.prediction.warm.p50_ms, after.prediction.warm.p50_ms);
            assert!((ms.0 - ms.1).abs() <= 1e-9 * ms.0, "{name}: {ms:?}");
        }
    }
}

#[test]
fn of_several_plans_a_change_is_advised_once_and_none_contradicts_another() {
    let plan = |column: &str| {
        format!(
            "
XN Hash Join DS_DIST_BOTH  (cost=900.00..9000000.00 rows=900000 width=60)
  Outer Dist Key: s.{column}
  Inner Dist Key: b.{column}
  Hash Cond: (\"outer\".{column} = \"inner\".{column})
  ->  XN Seq Scan on stage s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=9000.00..9000.00 rows=9000000 width=14)
        ->  XN Seq Scan on target b  (cost=0.00..90000.00 rows=9000000 width=14)
"
        )
    };
    let once = alters(&explained(&plan("id"), ""));
    assert!(!once.is_empty());
    for second in ["id", "other_id"] {
        let both = explained(&format!("{}\n{}", plan("id"), plan(second)), "");
        assert_eq!(both.plans.len(), 2);
        assert_eq!(alters(&both), once, "{second}");
        assert_eq!(both.plans[1].summary.said_before, 1, "{second}");
    }
    // Another table of the second plan is another matter.
    let other = plan("id")
        .replace("stage", "visits")
        .replace("target", "visitors");
    let both = explained(&format!("{}\n{other}", plan("id")), "");
    assert_eq!(alters(&both).len(), 2 * once.len());
}

#[test]
fn lookups_of_a_join_of_facts_are_not_said_to_be_of_one_of_them() {
    let plan = |first: &str, second: &str| {
        format!(
            "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000.00 rows=80000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Hash Join DS_BCAST_INNER  (cost=800.00..8000000.00 rows=80000000 width=50)
        Hash Cond: (\"outer\".city_id = \"inner\".city_id)
        ->  XN Merge Join DS_DIST_NONE  (cost=0.00..4000000.00 rows=80000000 width=40)
              Merge Cond: (\"outer\".id = \"inner\".id)
              ->  XN Seq Scan on {first}  (cost=0.00..900000.00 rows=90000000 width=20)
              ->  XN Seq Scan on {second}  (cost=0.00..800000.00 rows=80000000 width=20)
        ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
              ->  XN Seq Scan on cities c  (cost=0.00..900.00 rows=90000 width=14)
  ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..900.00 rows=90000 width=14)
"
        )
    };
    for (first, second) in [("listings", "sales"), ("sales", "listings"), ("a", "b")] {
        let explanation = explained(&plan(first, second), "");
        let message = &found(&explanation, "normalization-join-cost")
            .expect("DK108")
            .message;
        assert!(message.contains("join to the join of `"), "{message}");
        assert!(
            message.contains(first) && message.contains(second),
            "{message}"
        );
    }
}

/// A generated join of a star.
#[derive(Debug, Clone)]
struct Joined {
    kind: &'static str,
    label: &'static str,
    table: &'static str,
    power: f64,
    width: u32,
    filtered: bool,
}

/// The paste of a generated star.
fn star(fact_power: f64, joins: &[Joined]) -> String {
    let rows = |power: f64| 10f64.powf(power).round();
    let fact = rows(fact_power);
    let mut lines = Vec::new();
    for (depth, join) in joins.iter().enumerate() {
        let pad = "      ".repeat(depth);
        lines.push(format!(
            "{pad}  ->  XN Hash {}Join {}  (cost=100.00..9000000.00 rows={fact} width={})",
            join.kind,
            join.label,
            40 + depth
        ));
        lines.push(format!(
            "{pad}        Hash Cond: (\"outer\".k{depth} = \"inner\".id)"
        ));
    }
    let pad = "      ".repeat(joins.len());
    lines.push(format!(
        "{pad}  ->  XN Seq Scan on fact f  (cost=0.00..{:.2} rows={fact} width=40)",
        fact / 100.0
    ));
    for (depth, join) in joins.iter().enumerate().rev() {
        let pad = "      ".repeat(depth);
        let (out, read) = match join.filtered {
            true => (rows(join.power - 1.7).max(1.0), rows(join.power)),
            false => (rows(join.power), rows(join.power)),
        };
        let cost = read * if join.filtered { 0.0125 } else { 0.01 };
        lines.push(format!(
            "{pad}        ->  XN Hash  (cost={cost:.2}..{cost:.2} rows={out} width={})",
            join.width
        ));
        lines.push(format!(
            "{pad}              ->  XN Seq Scan on {} d{depth}  (cost=0.00..{cost:.2} rows={out} width={})",
            join.table, join.width
        ));
        if join.filtered {
            lines.push(format!("{pad}                    Filter: (region = 3)"));
        }
    }
    let top = "XN HashAggregate  (cost=9000000.00..9000000.00 rows=50 width=40)";
    format!("{top}\n{}\n", lines.join("\n"))
}

fn joins() -> impl Strategy<Value = Vec<Joined>> {
    let tables = [
        "shops",
        "days",
        "brands",
        "cities",
        "volt_tt_1",
        "mv_tbl__m__0",
        "svv_x",
        "#tmp",
    ];
    let labels = [
        "DS_BCAST_INNER",
        "DS_DIST_INNER",
        "DS_DIST_OUTER",
        "DS_DIST_BOTH",
        "DS_DIST_NONE",
        "DS_DIST_ALL_NONE",
    ];
    let one = (
        proptest::sample::select(vec!["", "Left ", "Right ", "Full ", "IN "]),
        proptest::sample::select(labels.to_vec()),
        1.0..8.5f64,
        4..200u32,
        any::<bool>(),
    );
    proptest::collection::vec(one, 1..6).prop_map(move |all| {
        let all = all.into_iter().zip(tables);
        all.map(|((kind, label, power, width, filtered), table)| Joined {
            kind,
            label,
            table,
            power,
            width,
            filtered,
        })
        .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is printed was tried, harms nothing, can be altered, is said once, and gains what
    /// the flags for it compute.
    #[test]
    fn what_is_advised_of_a_star_holds(fact in 3.0..9.0f64, joins in joins(), turned in any::<bool>()) {
        let mut joins = joins;
        if turned {
            joins.reverse();
        }
        let text = star(fact, &joins);
        let environment = environment("");
        let settings = Settings::new(environment.view());
        compute_gains_again("star", &text, &settings);
        let explanation = explain::explain("star", &text, &settings);
        prop_assert_eq!(explanation.plans.len(), 1, "{}", text);
        let sql = alters(&explanation);
        let once: BTreeSet<&String> = sql.iter().collect();
        prop_assert_eq!(once.len(), sql.len(), "{:?}", sql);
        for join in &joins {
            let of_it = sql.iter().filter(|sql| sql.contains(&format!(" {} ", join.table)));
            for sql in of_it {
                let own = ["shops", "days", "brands", "cities"].contains(&join.table);
                prop_assert!(own, "{} in\n{}", sql, text);
                let all = sql.contains("DISTSTYLE ALL");
                let large = join.power >= 6.7 || ["Right ", "Full "].contains(&join.kind);
                prop_assert!(!(all && large), "{} in\n{}", sql, text);
            }
        }
        for finding in &explanation.findings {
            prop_assert!(finding.standing.gain.is_none_or(|gain| !gain.harms()), "{}", text);
        }
        let summary = &explanation.plans[0].summary;
        let now = explanation.plans[0].prediction.warm.p50_ms;
        let after = summary.after.as_ref().map_or(now, |after| after.warm.p50_ms);
        for change in &summary.changes {
            prop_assert!(after <= change.gain.after_ms * (1.0 + 1e-9), "{} {:?}\n{}", after, change, text);
        }
    }
}
