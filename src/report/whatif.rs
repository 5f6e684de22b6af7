//! Before and after a change, side by side; and when the budget is lost.

use std::fmt::Write;

use super::text::{BOLD, DIM, WIDTH, clip, wrap};
use crate::latency::Verdict;
use crate::text::units::{count, duration, size};
use crate::whatif::{BreakPoint, Comparison, Forecast, HourlyBlocks, Outcome};

/// The table of a comparison.
pub fn render(comparison: &Comparison) -> String {
    side_by_side(comparison, ["What if", "now", "then"])
}

/// The same under another heading, with names for the two sides.
pub(super) fn side_by_side(comparison: &Comparison, [heading, now, then]: [&str; 3]) -> String {
    let mut out = String::new();
    let (before, after) = (&comparison.before, &comparison.after);
    let _ = writeln!(
        out,
        "\n{BOLD}{heading}{BOLD:#}\n{DIM}  {:<18} {now:<38} {then}{DIM:#}",
        ""
    );
    let mut row = |label: &str, value: &dyn Fn(&Outcome) -> String| {
        let (now, then) = (value(before), value(after));
        let mark = if now == then { " " } else { "*" };
        let line = format!(
            "{mark} {label:<18} {:<38} {}",
            clip(&now, 38),
            clip(&then, 38)
        );
        let _ = writeln!(out, "{}", clip(line.trim_end(), WIDTH));
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
        let word = match o.prediction.verdict {
            Verdict::Within => "within",
            Verdict::Over => "over",
            Verdict::CannotTell => "cannot tell",
        };
        format!("{word} {}", duration(o.prediction.budget_ms))
    });
    row("per 1,000 runs", &|o| {
        format!("${:.4}", o.dollars_per_thousand)
    });
    let joins = before.joins.len().max(after.joins.len());
    for index in 0..joins {
        row(if index == 0 { "joins" } else { "" }, &|o| {
            o.joins.get(index).map_or(String::new(), |join| {
                let title = join.title.strip_prefix("XN ").unwrap_or(&join.title);
                format!("{title} ({})", join.inner.join(", "))
            })
        });
    }
    for assumption in &comparison.assumptions {
        wrap(&mut out, assumption, "  assumed: ", "    ");
    }
    out
}

/// When the budget is lost, and at a growth rate the dates.
pub fn render_break(point: &BreakPoint, forecast: &Forecast, hourly: &[HourlyBlocks]) -> String {
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
