//! Before and after a change, side by side; and when the budget is lost.

use std::fmt::Write;

use super::terminal::{BOLD, DIM, WIDTH, clip, wrap};
use crate::text::units::{count, duration, size};
use crate::whatif::{Comparison, Growing, Outcome};

/// The table of a comparison.
pub fn render(comparison: &Comparison) -> String {
    side_by_side(comparison, ["What if", "now", "then"])
}

/// The same under another heading, with names for the two sides.
pub(super) fn side_by_side(comparison: &Comparison, [heading, now, then]: [&str; 3]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "\n{BOLD}{heading}{BOLD:#}\n{DIM}  {:<18} {now:<38} {then}{DIM:#}",
        ""
    );
    for row in rows(comparison) {
        let mark = if row.changed() { "*" } else { " " };
        let line = format!(
            "{mark} {:<18} {:<38} {}",
            row.label,
            clip(&row.before, 38),
            clip(&row.after, 38)
        );
        let _ = writeln!(out, "{}", clip(line.trim_end(), WIDTH));
    }
    for assumption in &comparison.assumptions {
        wrap(&mut out, assumption, "  assumed: ", "    ");
    }
    out
}

/// A figure of both sides, in words.
pub(super) struct Row {
    /// What it is; empty where it goes on from the row above.
    pub label: &'static str,
    /// As things are.
    pub before: String,
    /// As they would be.
    pub after: String,
}

impl Row {
    /// Whether the sides differ.
    pub fn changed(&self) -> bool {
        self.before != self.after
    }
}

/// The figures that are compared, the same for every format.
pub(super) fn rows(comparison: &Comparison) -> Vec<Row> {
    let (before, after) = (&comparison.before, &comparison.after);
    let mut rows = Vec::new();
    let mut row = |label: &'static str, value: &dyn Fn(&Outcome) -> String| {
        rows.push(Row {
            label,
            before: value(before),
            after: value(after),
        });
    };
    row("cluster", &|o| o.prediction.cluster.clone());
    row("moved", &|o| size(o.bytes_moved));
    // A pasted plan without DDL tells rows and widths, not columns.
    row("blocks scanned", &|o| match o.blocks_scanned >= 1.0 {
        true => count(o.blocks_scanned),
        false => "not known".to_owned(),
    });
    row("bytes scanned", &|o| size(o.bytes_scanned));
    row("warm run", &|o| {
        let warm = &o.prediction.warm;
        format!(
            "{} ({} to {})",
            duration(warm.p50_ms),
            duration(warm.low_ms),
            duration(warm.high_ms)
        )
    });
    row("against budget", &|o| {
        let word = o.prediction.verdict.word();
        format!("{word} {}", duration(o.prediction.budget_ms))
    });
    row("per 1,000 runs", &|o| {
        format!("${:.4}", o.dollars_per_thousand)
    });
    for index in 0..before.joins.len().max(after.joins.len()) {
        row(if index == 0 { "joins" } else { "" }, &|o| {
            o.joins.get(index).map_or(String::new(), |join| {
                let title = join.title.strip_prefix("XN ").unwrap_or(&join.title);
                format!("{title} ({})", join.inner.join(", "))
            })
        });
    }
    rows
}

/// When the budget is lost, and at a growth rate the dates.
pub fn render_break(growing: &Growing) -> String {
    let Growing {
        point,
        forecast,
        hourly,
        curve: _,
    } = growing;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "\n{BOLD}When it breaks{BOLD:#}: `{}` has {} rows and gains {} an hour",
        point.table,
        count(point.rows_now),
        count(forecast.rows_per_hour)
    );
    let milestones = [
        ("surely within up to", point.safe_rows),
        ("median over at", point.median_rows),
        ("surely over from", point.over_rows),
    ];
    for ((label, rows), date) in milestones.iter().zip(&forecast.dates) {
        let text = match (rows, date) {
            (Some(rows), Some(date)) => format!("{} rows, {date}", count(*rows)),
            (Some(rows), None) => format!("{} rows", count(*rows)),
            (None, _) => "not reached".to_owned(),
        };
        let _ = writeln!(out, "  {label:<20} {text}");
    }
    let _ = writeln!(
        out,
        "{DIM}  hours since the last sort   unsorted   blocks read   warm run{DIM:#}"
    );
    for hour in hourly {
        let _ = writeln!(
            out,
            "  {:>25} {:>9.1}% {:>13} {:>10}",
            hour.hour,
            hour.unsorted * 100.0,
            count(hour.blocks),
            duration(hour.p50_ms)
        );
    }
    out
}
