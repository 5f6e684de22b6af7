//! What a change of keys costs beside what it gains.

use super::*;
use distkey::thresholds::{FELT, MOST_RUNS};

const NARROW: &str = "CREATE TABLE payments (paid_on date, amount int);";
const WIDE: &str = "CREATE TABLE payments (paid_on date, amount int, a bigint, b bigint, c bigint,
                    d bigint, note varchar(400));";

/// A filter that keeps some of a billion rows, and what is done to these.
fn payments(kept: u64, above: &str) -> String {
    format!(
        "{above}  ->  XN Seq Scan on payments  (cost=0.00..12500000.00 rows={kept} width=8)
        Filter: (paid_on = '2026-01-01'::date)
"
    )
}

/// They are counted: the scan takes most of the time.
fn counted(kept: u64) -> String {
    let count = "XN Aggregate  (cost=12500000.00..12500000.00 rows=1 width=0)\n";
    payments(kept, count)
}

/// They are sorted: the scan takes little of the time.
fn ranked(kept: u64) -> String {
    let sort = format!(
        "XN Window  (cost=1000012500000.00..1000012500000.00 rows={kept} width=8)
  Order: amount
  ->  XN Sort  (cost=1000012500000.00..1000012500000.00 rows={kept} width=8)
        Sort Key: amount
      "
    );
    let rows = payments(kept, &sort);
    rows.replace("        Filter", "              Filter")
}

/// The finding of the scan, with the change that answers it, if there is one.
fn judged(plan: &str, ddl: &str) -> (Finding, Option<explain::Change>) {
    let explanation = explained(plan, ddl);
    let findings = explanation.findings.iter();
    let finding = findings.clone().find(|finding| finding.code == "DK110");
    let changes = &explanation.summary().expect("a plan").changes;
    (finding.expect("the scan").clone(), changes.first().cloned())
}

#[test]
fn a_gain_that_is_hardly_felt_has_to_pay_within_a_month_of_nights() {
    let (mut advised, mut refused) = (0, 0);
    for kept in [
        100_000_000,
        200_000_000,
        300_000_000,
        400_000_000,
        480_000_000,
    ] {
        for ddl in [NARROW, WIDE] {
            let (finding, change) = judged(&ranked(kept), ddl);
            let text = &finding.remedy.text;
            let Some(change) = change else {
                assert!(
                    finding.remedy.sql.is_empty() && finding.remedy.refuted,
                    "{text}"
                );
                let after = text.split("pays after ").nth(1).expect("the number");
                let runs = after.split(' ').next().expect("a word").replace(',', "");
                assert!(runs.parse::<f64>().expect("a number") > MOST_RUNS, "{text}");
                refused += 1;
                continue;
            };
            let runs = change.pays_after_runs.expect("known rows");
            let felt = change.gain.saved_ms() >= FELT * change.gain.before_ms;
            assert!(felt || runs <= MOST_RUNS, "{runs}: {text}");
            advised += 1;
        }
    }
    assert!(
        advised > 0 && refused > 0,
        "{advised} advised, {refused} refused"
    );
}

#[test]
fn a_gain_that_is_felt_is_advised_with_the_runs_that_it_takes() {
    let (_, change) = judged(&counted(2_000_000), WIDE);
    let change = change.expect("a change");
    let runs = change.pays_after_runs.expect("known rows");
    assert!(runs > MOST_RUNS, "{runs}");
    let told = format!("pays after {runs:.0} runs at the earliest");
    assert!(change.cost.contains(&told), "{}", change.cost);
    // Where the settings spread a change over fewer runs, it does not pay.
    let config = |runs: f64| {
        let mut config = distkey::config::Config::default();
        config.advise.runs = runs;
        config
    };
    let advised = |runs: f64| {
        let schema = Schema::of(&sql::parse(&SourceFile::new("ddl", WIDE)));
        let given = Given {
            cluster: Some("ra3.4xlarge:4"),
            schema: Some(schema),
            ..Given::default()
        };
        let environment = Environment::new(config(runs), given).expect("an environment");
        let settings = Settings::new(environment.view());
        let explanation = explain::explain("plan", &counted(2_000_000), &settings);
        !explanation.summary().expect("a plan").changes.is_empty()
    };
    assert!(advised(runs) && !advised(runs - 1.0));
}

#[test]
fn columns_that_the_plan_does_not_read_are_rewritten_as_well() {
    let cost = |ddl: &str| {
        let change = judged(&counted(2_000_000), ddl).1.expect("a change");
        (change.pays_after_runs.expect("known rows"), change.cost)
    };
    let (unknown, words) = cost("");
    assert!(words.contains("does not read"), "{words}");
    let (narrow, words) = cost(NARROW);
    assert!(!words.contains("does not read"), "{words}");
    let (wide, _) = cost(WIDE);
    assert!(wide > narrow && wide > unknown, "{narrow} {wide} {unknown}");
}

#[test]
fn a_small_table_is_not_said_to_pay_with_a_fraction_of_a_run() {
    let plan = join("DS_BCAST_INNER", 200_000, 200_000);
    let explanation = explained(&plan, "");
    let change = &explanation.summary().expect("a plan").changes[0];
    assert_eq!(change.pays_after_runs, Some(1.0));
    assert!(
        change.cost.starts_with("rewrites 400,000 rows"),
        "{}",
        change.cost
    );
    assert!(!change.cost.contains("earliest"), "{}", change.cost);
}

#[test]
fn a_table_that_two_changes_concern_is_altered_once() {
    let explanation = explained(STAR, "");
    let summary = explanation.summary().expect("a plan");
    let of_each: Vec<&str> = summary
        .changes
        .iter()
        .flat_map(|one| &one.sql)
        .map(|sql| sql.as_str())
        .collect();
    assert_eq!(
        of_each
            .iter()
            .filter(|sql| sql.contains("TABLE visits"))
            .count(),
        2
    );
    let in_one: Vec<&str> = summary.in_one.iter().map(|sql| sql.as_str()).collect();
    assert_eq!(
        in_one,
        [
            "ALTER TABLE orders ALTER DISTKEY visitor_id;",
            "ALTER TABLE visits ALTER COMPOUND SORTKEY (visited_on), ALTER DISTKEY visitor_id;"
        ]
    );
    // One change has nothing to be made together with.
    let one = explained(&join("DS_DIST_BOTH", 90_000_000, 40_000_000), "");
    assert_eq!(one.summary().expect("a plan").changes.len(), 1);
    assert!(one.summary().expect("a plan").in_one.is_empty());
}
