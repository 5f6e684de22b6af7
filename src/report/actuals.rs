//! Real rows beside the planner's: where the statistics mislead, what spilled.

use std::fmt::Write;

use super::terminal::{BOLD, DIM, clip, wrap};
use super::text::step_words;
use crate::plan::Plan;
use crate::text::units::{count, duration};
use crate::work::actuals::Actuals;

/// The table of steps with what they really did.
pub fn render(plan: &Plan, actuals: &Actuals) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "\n{BOLD}What really happened{BOLD:#}\n{DIM}  {:<46} {:>13} {:>13} {:>9}  segment{DIM:#}",
        "step", "estimated", "real", "off by"
    );
    for step in &actuals.steps {
        let Some(node) = plan.nodes.get(step.node) else {
            continue;
        };
        let words = clip(&format!("{} {}", step.node, step_words(node)), 46);
        let estimated = step.estimated_rows.map_or("?".to_owned(), count);
        let off = step.q_error.map_or(String::new(), |q| format!("{q:.1} ×"));
        let segment = step.segment_ms.map_or(String::new(), duration);
        let spilled = if step.spilled { " spilled to disk" } else { "" };
        let line = format!(
            "  {words:<46} {estimated:>13} {:>13} {off:>9}  {segment}{spilled}",
            count(step.actual_rows)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for alert in &actuals.alerts {
        wrap(
            &mut out,
            &format!("Redshift's alert: {alert}"),
            "  ",
            "    ",
        );
    }
    if let Some(worst) = actuals
        .worst()
        .filter(|step| step.q_error.is_some_and(|q| q > 2.0))
    {
        wrap(
            &mut out,
            &format!(
                "The planner is furthest off at step {}: check the statistics of what it reads.",
                worst.node
            ),
            "  ",
            "    ",
        );
    }
    if actuals.unmatched > 0 {
        let _ = writeln!(
            out,
            "  {} rows of the export belong to no single step",
            actuals.unmatched
        );
    }
    out.push_str("  Times are per segment, which several steps share: they don't add up.\n");
    out
}
