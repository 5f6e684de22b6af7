//! What is taken away widens what is left, and never moves it out of its range.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn known(stats: &ColumnStats) -> Known<'_> {
    Known {
        stats,
        distinct: stats.distinct,
        text: false,
        not_null: false,
        rows: 1e6,
    }
}

/// A column with all that can be known of it: values 1, 2, … as most common ones, the rest
/// between 0 and 1000 with a density that rises or falls steadily.
fn columns() -> impl Strategy<Value = ColumnStats> {
    let shares = prop::collection::vec(0.001..0.2f64, 0..5);
    (
        shares,
        0.0..0.5f64,
        20.0..5000.0f64,
        -1.0..1.0f64,
        any::<bool>(),
    )
        .prop_map(|(shares, nulls, distinct, slope, named)| {
            let all: f64 = shares.iter().sum();
            let scale = ((1.0 - nulls) * 0.9 / all.max(0.9)).min(1.0);
            let mut shares: Vec<f64> = shares.iter().map(|share| share * scale).collect();
            shares.sort_by(|a, b| b.total_cmp(a));
            let common = (1..).zip(&shares).map(|(value, share)| Common {
                value: named.then(|| Value::from(value)),
                share: *share,
            });
            // Below x of 1 lie x + slope · x · (x − 1) of the rows: the bounds are where this
            // is a multiple of a twentieth, found by halving.
            let bound = |n: u32| {
                let (mut low, mut high) = (0.0f64, 1.0f64);
                for _ in 0..60 {
                    let x = f64::midpoint(low, high);
                    match x + slope * x * (x - 1.0) < f64::from(n) / 20.0 {
                        true => low = x,
                        false => high = x,
                    }
                }
                Value::from(high * 1000.0)
            };
            ColumnStats {
                distinct: Some(distinct.floor()),
                null_share: Some(nulls),
                min: Some(Value::from(0.0)),
                max: Some(Value::from(1000.0)),
                most_common: common.collect(),
                histogram: (0..=20).map(bound).collect(),
                ..ColumnStats::default()
            }
        })
}

/// Each fact taken away, and what it is.
fn without(stats: &ColumnStats) -> Vec<(&'static str, ColumnStats)> {
    let less = |change: fn(&mut ColumnStats)| {
        let mut less = stats.clone();
        change(&mut less);
        less
    };
    vec![
        ("distinct", less(|stats| stats.distinct = None)),
        ("null_share", less(|stats| stats.null_share = None)),
        ("most_common", less(|stats| stats.most_common.clear())),
        (
            "its values",
            less(|stats| {
                stats
                    .most_common
                    .iter_mut()
                    .for_each(|one| one.value = None)
            }),
        ),
        ("histogram", less(|stats| stats.histogram.clear())),
        ("ends", less(|stats| (stats.min, stats.max) = (None, None))),
    ]
}

/// Beyond 0.95 a share is held for none that is met, and a most common value beside a
/// histogram is not among what the ends tell of: see the test of ranges.
const TOLERANCE: f64 = 0.05;

fn edge(value: &str, inclusive: bool) -> Option<Edge<'_>> {
    Some(Edge { value, inclusive })
}

fn in_order(estimate: Estimate) {
    let Estimate {
        low, likely, high, ..
    } = estimate;
    assert!(
        0.0 <= low && low <= likely && likely <= high && high <= 1.0,
        "{estimate:?}"
    );
}

proptest! {
    #[test]
    fn an_equality_knows_less_with_less(stats in columns(), value in 0..8i32) {
        let text = value.to_string();
        for literal in [Some(text.as_str()), None] {
            let full = known(&stats).equal(literal).expect("known");
            in_order(full);
            for (what, less) in without(&stats) {
                // Nothing known at all is the default, which is wider than any.
                let Some(wide) = known(&less).equal(literal) else { continue };
                in_order(wide);
                prop_assert!(wide.low <= full.likely + 1e-9, "{what} {wide:?} {full:?}");
                prop_assert!(wide.high + TOLERANCE >= full.likely, "{what} {wide:?} {full:?}");
                prop_assert!(
                    wide.high - wide.low + TOLERANCE >= full.high - full.low,
                    "{what} {wide:?} {full:?}"
                );
            }
        }
    }

    #[test]
    fn a_range_knows_less_with_less(stats in columns(), low in 0.0..1000.0f64, width in 0.0..1000.0f64) {
        // Common values stand apart here: that they are gone the ends can't tell.
        let stats = ColumnStats { most_common: Vec::new(), ..stats };
        let (from, to) = (low.to_string(), (low + width).to_string());
        let full = known(&stats).between(edge(&from, true), edge(&to, false)).expect("known");
        in_order(full);
        for (what, less) in without(&stats) {
            let Some(wide) = known(&less).between(edge(&from, true), edge(&to, false)) else { continue };
            in_order(wide);
            prop_assert!(wide.low <= full.likely + TOLERANCE, "{what} {wide:?} {full:?}");
            prop_assert!(wide.high + TOLERANCE >= full.likely, "{what} {wide:?} {full:?}");
        }
    }

    #[test]
    fn a_condition_and_its_negation_leave_the_nulls(stats in columns(), cut in -10.0..1010.0f64, both in any::<bool>()) {
        let text = cut.to_string();
        let of = known(&stats);
        let nulls = of.nulls().likely;
        let below = of.between(None, edge(&text, both)).expect("known").likely;
        let above = of.between(edge(&text, !both), None).expect("known").likely;
        prop_assert!((below + above + nulls - 1.0).abs() < 1e-9, "{below} {above} {nulls}");
    }
}

fn column(json: &str) -> ColumnStats {
    let mut notes = Vec::new();
    let value = serde_json::from_str(json).expect("JSON");
    let column = crate::stats::notes::column("t.a", &value, &mut notes);
    assert_eq!(notes, [""; 0]);
    column
}

#[test]
fn a_value_that_is_not_named_is_no_more_frequent_than_the_least_that_is() {
    let stats = column(
        r#"{"distinct": 12, "null_share": 0.1,
            "most_common": [{"value": "", "share": 0.5}, {"value": "a", "share": 0.2}]}"#,
    );
    let of = Known {
        text: true,
        ..known(&stats)
    };
    let named = of.equal(Some("a")).expect("known");
    assert_eq!((named.low, named.likely, named.high), (0.2, 0.2, 0.2));
    let other = of.equal(Some("b")).expect("known");
    // A tenth of the remaining fifth.
    assert!(
        (other.likely - 0.02).abs() < 1e-9 && other.low == 0.0,
        "{other:?}"
    );
    assert!((other.high - 0.2).abs() < 1e-9, "{other:?}");
    // Without values any literal may be the most frequent one.
    let stats = column(r#"{"distinct": 12, "most_common": [{"share": 0.5}, {"share": 0.2}]}"#);
    let any = known(&stats).equal(Some("b")).expect("known");
    assert!((any.high - 0.5).abs() < 1e-9 && any.likely < 0.1, "{any:?}");
    // With the count alone it may be nearly all.
    let stats = column(r#"{"distinct": 12}"#);
    let any = known(&stats).equal(Some("b")).expect("known");
    assert_eq!((any.low, any.high, any.basis), (0.0, 0.95, Basis::Distinct));
    // A key has each value once.
    let stats = column(r#"{"distinct": 1000000, "null_share": 0}"#);
    let one = known(&stats).equal(Some("7")).expect("known");
    assert_eq!((one.low, one.high), (1e-6, 1e-6));
    assert_eq!(known(ColumnStats::UNKNOWN).equal(Some("b")), None);
}

#[test]
fn texts_have_ranges_by_their_histogram() {
    let stats = column(
        r#"{"null_share": 0, "histogram": ["a", "b", "c", "d", "e"],
            "most_common": [{"value": "bb", "share": 0.2}]}"#,
    );
    let of = Known {
        text: true,
        ..known(&stats)
    };
    let from_c = of.between(edge("c", true), None).expect("known");
    assert!(
        (from_c.likely - 0.4).abs() < 1e-9 && from_c.low == from_c.high,
        "{from_c:?}"
    );
    let like = of.like("b%").expect("known");
    // The common value, and one bucket of four of the rest.
    assert!((like.likely - (0.2 + 0.8 / 4.0)).abs() < 1e-9, "{like:?}");
    let inside = of.like("%x%").expect("known");
    assert!(inside.likely < 0.05 && inside.high > 0.7, "{inside:?}");
    assert!((of.like("b_").expect("known").low - 0.2).abs() < 1e-9);
    assert_eq!(of.like("bb").expect("known").likely, 0.2);
    assert_eq!(of.like("%").expect("known").likely, 1.0);
    assert_eq!(
        Known {
            text: true,
            ..known(ColumnStats::UNKNOWN)
        }
        .like("b%"),
        None
    );
}

#[test]
fn common_values_meet_in_a_join() {
    let a = column(
        r#"{"distinct": 100, "null_share": 0, "most_common": [{"value": 1, "share": 0.5}]}"#,
    );
    let b = column(
        r#"{"distinct": 10, "null_share": 0.5, "most_common": [{"value": "1", "share": 0.3}]}"#,
    );
    let share = known(&a).joined(&known(&b)).expect("known");
    assert!(
        (share - (0.5 * 0.3 + 0.5 * 0.2 / 99.0)).abs() < 1e-9,
        "{share}"
    );
    let plain = column(r#"{"distinct": 10, "null_share": 0.5}"#);
    let share = known(&a).joined(&known(&plain)).expect("known");
    assert!((share - 0.5 / 100.0).abs() < 1e-9, "{share}");
    assert_eq!(
        known(ColumnStats::UNKNOWN).joined(&known(ColumnStats::UNKNOWN)),
        None
    );
}
