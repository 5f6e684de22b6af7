//! When it breaks, as a picture: the median and its interval while a table grows, the budget, and the
//! three volumes at which the verdict changes.

use std::fmt::Write;

use askama::Template;

use super::scale::{Scale, Tick};
use crate::text::units::{count, duration};
use crate::whatif::Growing;

#[derive(Template)]
#[template(path = "growth.html")]
struct View {
    table: String,
    alt: String,
    band: String,
    median: String,
    budget_y: f64,
    budget: String,
    marks: Vec<Mark>,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    text: String,
}

/// A volume at which the verdict changes, with the number that stands at it.
struct Mark {
    number: usize,
    x: f64,
    /// Each number has a row of its own: two volumes may lie next to each other.
    y: f64,
    words: String,
}

/// The drawing is 720 × 300; the curve is in this part of it.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 708.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 272.0;
/// From one row of words to the next.
const ROW: f64 = 17.0;
/// A label nearer than this to an end of the axis is left out.
const EDGE: f64 = 30.0;

/// The picture; `text` is the same in words.
pub(super) fn growth(
    growing: &Growing,
    budget_ms: f64,
    text: String,
) -> Result<String, askama::Error> {
    let curve = &growing.curve;
    let x = Scale::of(curve.iter().map(|one| one.rows), LEFT, RIGHT);
    let times = curve.iter().flat_map(|one| one.interval_ms);
    let y = Scale::of(times.chain([budget_ms]), BOTTOM, TOP);
    let mut median = String::new();
    let (mut upper, mut lower) = (String::new(), Vec::new());
    for one in curve {
        let at = x.at(one.rows);
        let _ = write!(median, "{at:.1},{:.1} ", y.at(one.p50_ms));
        let _ = write!(upper, "{at:.1},{:.1} ", y.at(one.interval_ms[1]));
        lower.push(format!("{at:.1},{:.1}", y.at(one.interval_ms[0])));
    }
    lower.reverse();
    let point = &growing.point;
    let milestones = [
        ("surely within up to", point.safe_rows),
        ("median over at", point.median_rows),
        ("surely over from", point.over_rows),
    ];
    let dated = milestones.iter().zip(&growing.forecast.dates).enumerate();
    let marks: Vec<Mark> = dated
        .filter_map(|(row, ((words, rows), date))| {
            let rows = (*rows)?;
            let date = date
                .as_ref()
                .map_or_else(String::new, |date| format!(", {date}"));
            Some(Mark {
                number: row + 1,
                x: x.at(rows),
                y: 12.0 + ROW * row as f64,
                words: format!("{words} {} rows{date}", count(rows)),
            })
        })
        .collect();
    let said = marks.iter().map(|mark| mark.words.as_str());
    let alt = match marks.is_empty() {
        true => "The budget is not reached".to_owned(),
        false => said.collect::<Vec<_>>().join("; "),
    };
    let inside = |tick: &Tick| (LEFT + EDGE..=RIGHT - EDGE).contains(&tick.at);
    View {
        table: format!(
            "{} has {} rows and gains {} an hour",
            point.table,
            count(point.rows_now),
            count(growing.forecast.rows_per_hour)
        ),
        alt,
        band: format!("{upper}{}", lower.join(" ")),
        median,
        budget_y: y.at(budget_ms),
        budget: duration(budget_ms),
        marks,
        x_ticks: x.ticks(count).into_iter().filter(inside).collect(),
        y_ticks: y.ticks(duration),
        text,
    }
    .render()
}
