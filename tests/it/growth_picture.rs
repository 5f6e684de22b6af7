//! The growth curve: it holds the budget and the volumes at which the verdict changes, and what it
//! shows are the predictions themselves.

use distkey::environment::{Environment, Given};
use distkey::explain::{self, Asked, Explanation, Settings, WhatIf};
use distkey::report::html::{View, render};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;

fn grown(rows: u64, budget_ms: f64) -> Explanation {
    let ddl =
        "CREATE TABLE events (id BIGINT, kind INTEGER, at TIMESTAMP) DISTKEY(id) SORTKEY(at);";
    let stats = format!("{{\"rows\": {{\"events\": {rows}}}}}");
    let given = Given {
        cluster: Some("ra3.4xlarge:4"),
        budget_ms: Some(budget_ms),
        schema: Some(Schema::of(&sql::parse(&SourceFile::new("ddl", ddl)))),
        stats: Some(Stats::read(&stats).expect("statistics")),
    };
    let env = Environment::new(distkey::config::Config::default(), given).expect("an environment");
    let asked = Asked {
        grow: Some("events=1000000/hour".to_owned()),
        ..Asked::default()
    };
    let query = SourceFile::new("q", "SELECT count(*) FROM events WHERE kind = 3");
    let what_if = WhatIf::try_from(&asked).expect("a growth");
    let mut all = explain::explain_script(&query, &what_if, &Settings::new(env.view()));
    all.remove(0)
}

/// The picture in the page.
fn drawn(explanation: &Explanation) -> String {
    let page = render(View::Explain(std::slice::from_ref(explanation))).expect("a page");
    let drawn = page.split("class=\"growth\"").nth(1).expect("a picture");
    drawn.split("</svg>").next().unwrap_or_default().to_owned()
}

#[test]
fn the_curve_goes_from_the_rows_of_now_past_the_last_break_point() {
    let explanation = grown(10_000_000, 2_000.0);
    let growing = explanation.growing.as_ref().expect("it grows");
    let rows: Vec<f64> = growing.curve.iter().map(|one| one.rows).collect();
    assert_eq!(rows[0], 10_000_000.0);
    assert!(rows.is_sorted());
    let over = growing.point.over_rows.expect("it breaks");
    assert!(rows.last().is_some_and(|last| *last > over));
    let now = &explanation.plans[0].prediction.warm;
    let first = growing.curve[0];
    assert_eq!(
        (first.p50_ms, first.interval_ms),
        (now.p50_ms, [now.low_ms, now.high_ms])
    );
    // On both sides of the volume where the median passes the budget.
    let median = growing.point.median_rows.expect("it breaks");
    for one in &growing.curve {
        assert_eq!(one.p50_ms > 2_000.0, one.rows > median, "{one:?}");
    }
}

#[test]
fn the_picture_has_the_three_marks_and_words_for_who_cannot_see_it() {
    let drawn = drawn(&grown(10_000_000, 2_000.0));
    assert_eq!(drawn.matches("class=\"mark\"").count(), 3, "{drawn}");
    for words in ["surely within up to", "median over at", "surely over from"] {
        assert_eq!(drawn.matches(words).count(), 1, "as its label: {words}");
    }
}

#[test]
fn a_budget_that_is_never_lost_or_is_lost_now_is_drawn_too() {
    for (rows, budget_ms) in [(1_000, 1e9), (10_000_000_000, 1.0)] {
        let drawn = drawn(&grown(rows, budget_ms));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf,"), "{drawn}");
    }
}
