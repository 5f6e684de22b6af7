//! A condition on the sort key whose share of the rows is not known: the interval spans what
//! it may leave, and the fact that would narrow it is named. Nothing is certain without it.

use serde_json::{Value, json};

use crate::support::run;

const DDL: &str = r#"
create table by_day (id bigint, day date, kind int, name varchar(20), amount decimal(12,2))
  diststyle even sortkey (day);
create table by_name (id bigint, name varchar(20), amount decimal(12,2)) diststyle even sortkey (name);
create table by_kind (id bigint, kind int, day date, amount decimal(12,2)) diststyle even sortkey (kind, day);
create table "by, both" (id bigint, kind int, day date, amount decimal(12,2))
  diststyle even interleaved sortkey (kind, day);
create table recent (day date) diststyle all;
create table unsorted (id bigint, day date, amount decimal(12,2)) diststyle even;"#;

/// Two hundred billion rows in each table: read whole, any of them is over the budget.
fn rows() -> Value {
    json!({"rows": {"by_day": 2e11, "by_name": 2e11, "by_kind": 2e11, "\"by, both\"": 2e11, "unsorted": 2e11, "recent": 10}})
}

/// The prediction of the sum over a table under a condition.
struct Predicted {
    low: f64,
    p50: f64,
    high: f64,
    verdict: String,
    assumed: Vec<String>,
}

impl Predicted {
    /// What is said of a share that is not known.
    fn told(&self) -> Option<&String> {
        let mut told = self.assumed.iter();
        told.find(|text| text.contains("the low end of the interval"))
    }
}

fn predicted(table: &str, condition: &str, stats: Option<&Value>) -> Predicted {
    let query = format!("select sum(amount) from {table} where {condition}");
    let text = stats.map(Value::to_string).unwrap_or_default();
    let files = [
        ("t.sql", DDL),
        ("q.sql", query.as_str()),
        ("s.json", text.as_str()),
    ];
    let mut arguments = vec![
        "explain",
        "--query",
        "q.sql",
        "--ddl",
        "t.sql",
        "--cluster",
        "ra3.4xlarge:4",
        "--format",
        "json",
    ];
    if stats.is_some() {
        arguments.extend(["--stats", "s.json"]);
    }
    let document: Value = serde_json::from_str(&run(&arguments, &files)).expect("JSON");
    let prediction = &document["inputs"][0]["prediction"];
    let number = |key: &str| {
        prediction["warm"][key]
            .as_f64()
            .unwrap_or_else(|| panic!("{document}"))
    };
    let assumed = prediction["assumptions"].as_array().into_iter().flatten();
    Predicted {
        low: number("low_ms"),
        p50: number("p50_ms"),
        high: number("high_ms"),
        verdict: prediction["verdict"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        assumed: assumed
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    }
}

#[test]
fn a_share_that_is_not_known_leaves_the_verdict_open() {
    let literal = "SELECT MIN(day), MAX(day) FROM by_day;";
    let value = "A literal in its place would narrow it.";
    let interleaved = "`\"by, both\"` has an interleaved sort key";
    for (table, condition, narrower) in [
        (
            "by_day",
            "day between '2026-01-01' and '2026-01-02'",
            literal,
        ),
        ("by_day", "day >= '2026-01-01'", literal),
        ("by_day", "'2026-01-01' > day and kind = 3", literal),
        ("by_day", "day >= current_date - 7", literal),
        ("by_day", "day > dateadd(day, -30, getdate())", literal),
        ("by_day", "day < $1", value),
        ("by_day", "day = (select max(day) from recent)", value),
        (
            "by_day",
            "(day < '2020-01-01' or day > '2026-01-01')",
            "joined by OR or negated",
        ),
        (
            "by_day",
            "not (day > '2026-01-01') and kind = 3",
            "joined by OR or negated",
        ),
        (
            "by_day",
            "(day = '2026-01-01' or day = current_date)",
            "distkey stats-query --columns",
        ),
        (
            "by_name",
            "name >= 'M'",
            "How texts are spread is not reckoned with.",
        ),
        ("\"by, both\"", "day = '2026-01-01'", interleaved),
        ("\"by, both\"", "kind < 10", interleaved),
    ] {
        let found = predicted(table, condition, Some(&rows()));
        let told = found
            .told()
            .unwrap_or_else(|| panic!("{condition}: {:?}", found.assumed));
        assert!(told.contains(narrower), "{condition}: {told}");
        assert_eq!(found.verdict, "cannot_tell", "{condition}");
        assert!(
            found.low <= found.p50 && found.p50 <= found.high,
            "{condition}"
        );
        assert!(found.high > 800.0, "{condition}: {}", found.high);
    }
}

/// Without statistics not even an equality is known to skip anything.
#[test]
fn without_statistics_the_low_end_skips_too() {
    for condition in [
        "day = '2026-01-01'",
        "day in ('2026-01-01', '2026-01-03')",
        "day > '2026-01-01'",
    ] {
        let found = predicted("by_day", condition, None);
        assert!(found.told().is_some(), "{condition}: {:?}", found.assumed);
        let whole = predicted("by_day", "kind = 3", None);
        assert!(
            found.low <= whole.low,
            "{condition}: {} {}",
            found.low,
            whole.low
        );
    }
}

/// What zone maps can't serve is read whole, and that is certain.
#[test]
fn what_is_certain_stays_certain() {
    for (table, condition) in [
        ("by_day", "date_trunc('month', day) = '2026-01-01'"),
        ("by_day", "kind between 3 and 5"),
        ("by_day", "kind < $1"),
        ("by_day", "name >= 'M'"),
        ("by_day", "day is not null"),
        ("by_day", "day <> '2026-01-01'"),
        ("by_day", "not (day = '2026-01-01')"),
        ("by_day", "(day > '2026-01-01' or kind = 3)"),
        ("by_day", "(day > '2026-01-01' or day <> '2025-01-01')"),
    ] {
        let found = predicted(table, condition, Some(&rows()));
        assert_eq!(found.told(), None, "{table}: {condition}");
        assert_eq!(found.verdict, "over", "{table}: {condition}");
    }
}

/// Every block has a zone map, sort key or not: rows that arrived by day are skipped by day. So a
/// table without a sort key is certain to be read whole only where its rows are known to lie in
/// another order.
#[test]
fn without_a_sort_key_the_order_of_the_rows_tells_what_is_skipped() {
    for condition in ["day >= '2026-01-01'", "day >= current_date - 7"] {
        let open = predicted("unsorted", condition, Some(&rows()));
        let told = |found: &Predicted| {
            let mut assumed = found.assumed.iter();
            assumed.any(|text| text.contains("Whether the rows"))
        };
        assert!(told(&open), "{condition}: {:?}", open.assumed);
        assert_eq!(open.verdict, "cannot_tell", "{condition}");
        let mut stats = rows();
        stats["columns"] = json!({"unsorted.day": {"correlation": 0.0}});
        let mixed = predicted("unsorted", condition, Some(&stats));
        assert!(!told(&mixed) && mixed.told().is_none(), "{condition}");
        assert_eq!(mixed.verdict, "over", "{condition}");
    }
}

/// A later column of the key skips only where the values before it are few.
#[test]
fn a_later_column_counts_where_it_can_skip() {
    for (distinct, open) in [(2, true), (8, true), (1_000_000, false)] {
        let mut stats = rows();
        stats["columns"] = json!({"by_kind.kind": {"distinct": distinct}});
        let found = predicted("by_kind", "day >= '2026-01-01'", Some(&stats));
        assert_eq!(found.told().is_some(), open, "{distinct}");
    }
}

/// A fact more narrows the interval, inside of what was said without it, and never turns
/// a verdict into its opposite.
#[test]
fn the_fact_that_is_named_narrows_the_interval() {
    let condition = "day between '2026-01-01' and '2026-01-02'";
    let without = predicted("by_day", condition, Some(&rows()));
    for (min, max) in [
        ("2001-01-01", "2026-12-31"),
        ("2020-01-01", "2026-02-01"),
        ("2025-12-01", "2026-02-01"),
    ] {
        let mut stats = rows();
        stats["columns"] = json!({"by_day.day": {"min": min, "max": max}});
        let with = predicted("by_day", condition, Some(&stats));
        let ends = format!("{min} to {max}: {} to {}", with.low, with.high);
        assert_eq!(with.told(), None, "{ends}");
        assert!(with.high <= without.high, "{ends}, not {}", without.high);
        assert!(with.low >= without.low, "{ends}, not {}", without.low);
        assert!(
            without.low <= with.p50 && with.p50 <= without.high,
            "{ends}"
        );
    }
    // Where the range turns out to be all there is, more may pass than nine of ten such
    // conditions let pass: the interval without the fact still holds the median with it.
    let mut stats = rows();
    stats["columns"] = json!({"by_day.day": {"min": "2026-01-01", "max": "2026-01-02"}});
    let all = predicted("by_day", condition, Some(&stats));
    assert!(
        without.low <= all.p50 && all.p50 <= without.high,
        "{}",
        all.p50
    );
}
