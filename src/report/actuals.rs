//! What really happened: real rows beside the planner's, and each query of an export by itself.

use std::fmt::Write;

use super::terminal::{BOLD, DIM, clip, wrap};
use super::text::step_words;
use crate::actuals::{Actuals, Heavy, Profile, StepFact};
use crate::plan::Plan;
use crate::text::units::{count, counted, duration, size};

/// Segments of a query that are shown.
const SEGMENTS: usize = 8;
/// Facts of a query that are shown.
const FACTS: usize = 12;
/// Queries of an export that are shown.
const QUERIES: usize = 20;

/// What an export says: over a plan the table of its steps, and each query by itself.
pub fn render(plan: Option<&Plan>, actuals: &Actuals) -> String {
    let mut out = format!("\n{BOLD}What really happened{BOLD:#}\n");
    if let Some(plan) = plan {
        steps(&mut out, plan, actuals);
    }
    for profile in actuals.queries.iter().take(QUERIES) {
        query(&mut out, profile);
    }
    if let Some(more) = actuals.queries.len().checked_sub(QUERIES + 1) {
        let _ = writeln!(out, "\n  and {}", counted(more as f64 + 1.0, "more query"));
    }
    for alert in &actuals.alerts {
        let alert = format!("Redshift's alert: {alert}");
        wrap(&mut out, &alert, "  ", "    ");
    }
    if let Some(worst) = actuals
        .worst()
        .filter(|step| step.q_error.is_some_and(|q| q > 2.0))
    {
        let worst = format!(
            "The planner is furthest off at step {}: check the statistics of what it reads.",
            worst.node
        );
        wrap(&mut out, &worst, "  ", "    ");
    }
    let timed = actuals
        .queries
        .iter()
        .any(|query| !query.segments.is_empty());
    if !timed {
        return out;
    }
    out.push_str(
        "  Times are per segment, which several steps share; segments of one stream run at the same time.\n",
    );
    out
}

fn steps(out: &mut String, plan: &Plan, actuals: &Actuals) {
    let _ = writeln!(
        out,
        "{DIM}  {:<46} {:>13} {:>13} {:>9}  segment{DIM:#}",
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
    if actuals.unmatched > 0 {
        let rows = counted(actuals.unmatched as f64, "row");
        let verb = if actuals.unmatched == 1 {
            "belongs"
        } else {
            "belong"
        };
        let _ = writeln!(
            out,
            "  {rows} of the export {verb} to no single step of the plan; all are below"
        );
    }
}

fn query(out: &mut String, profile: &Profile) {
    let name = match profile.query.as_str() {
        "" => "The query".to_owned(),
        number => format!("Query {number}"),
    };
    let segments = profile.segments.len();
    let took = match profile.total_ms {
        Some(ms) => format!(" took {}", duration(ms)),
        None => String::new(),
    };
    let _ = writeln!(
        out,
        "\n  {BOLD}{name}{took}, {}{BOLD:#}",
        counted(segments as f64, "segment")
    );
    if segments > 0 {
        let _ = writeln!(
            out,
            "{DIM}  {:>7} {:>9} {:>6} {:>13} {:>9}  steps{DIM:#}",
            "segment", "time", "share", "rows", "bytes"
        );
    }
    for segment in profile.segments.iter().take(SEGMENTS) {
        let share = profile.total_ms.filter(|total| *total > 0.0);
        let share = share.map_or(String::new(), |total| {
            format!("{:.0} %", segment.ms / total * 100.0)
        });
        let head = format!(
            "  {:>7} {:>9} {share:>6} {:>13} {:>9}  ",
            segment.segment,
            duration(segment.ms),
            count(segment.rows),
            size(segment.bytes),
        );
        let indent = " ".repeat(head.chars().count());
        wrap(out, &segment.steps.join(", "), &head, &indent);
    }
    if segments > SEGMENTS {
        let _ = writeln!(out, "  and {} shorter ones", segments - SEGMENTS);
    }
    if profile.facts.is_empty() {
        let _ = writeln!(out, "  No spill, no skew, nothing sent or read in vain.");
    }
    for fact in profile.facts.iter().take(FACTS) {
        wrap(out, &words(fact), "  - ", "    ");
    }
    if profile.facts.len() > FACTS {
        let _ = writeln!(
            out,
            "  and {} more, of shorter segments",
            profile.facts.len() - FACTS
        );
    }
}

/// What to do about rows that lie unevenly.
fn uneven(what: &str) -> &'static str {
    let of_table = what.contains(' ') && !what.ends_with("Internal Worktable");
    match of_table {
        true => "Distribute the table by a column with many even values, or EVEN.",
        false => {
            "They come so from the steps before, or from how they are distributed for this one: a \
             frequent or empty value of the join's or group's column lies on one slice."
        }
    }
}

/// A fact with what to do about it.
fn words(fact: &StepFact) -> String {
    let ms = match fact.segment_ms {
        Some(ms) => format!(", {}", duration(ms)),
        None => String::new(),
    };
    let place = format!("segment {}{ms}, `{}`", fact.segment, fact.what);
    let (what, remedy) = match fact.why {
        Heavy::Spilled {
            memory_bytes,
            written_bytes,
            bytes,
        } => {
            let memory = match memory_bytes {
                Some(bytes) => format!("its {} of memory", size(bytes)),
                None => "memory".to_owned(),
            };
            let through = bytes.filter(|_| written_bytes.is_none());
            // What went through it is no measure of what it kept where it is less than the memory.
            let through = through.filter(|bytes| memory_bytes.is_none_or(|memory| *bytes > memory));
            let through =
                through.map_or(String::new(), |bytes| format!(" ({} in all)", size(bytes)));
            let written = written_bytes.map_or("went to disk".to_owned(), |bytes| {
                format!("wrote {} to disk", size(bytes))
            });
            (
                format!("did not fit in {memory}{through} and {written}"),
                "Fewer and narrower columns, a filter before it, or more memory for the query \
                 (`wlm_query_slot_count` with manual WLM, a larger cluster).",
            )
        }
        Heavy::Skewed {
            factor,
            rows,
            of_others,
        } => {
            let mean = match of_others {
                true => "the mean of the others",
                false => "the mean",
            };
            match rows {
                true => (
                    format!("the fullest slice holds {factor:.1} times {mean}"),
                    uneven(&fact.what),
                ),
                false => (
                    format!("the slowest slice takes {factor:.1} times {mean}"),
                    "SVL_QUERY_REPORT tells the rows and the time of each slice; `skew_rows` in \
                     SVV_TABLE_INFO those of each table.",
                ),
            }
        }
        Heavy::Skewness { data, time } => {
            let part = |value: Option<f64>, what: &str| {
                value.map(|percent| format!("{percent:.0} % skew of {what}"))
            };
            let parts = [part(data, "the data"), part(time, "the time")];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (
                format!("{} over the slices", parts.join(" and ")),
                match data {
                    Some(_) => uneven(&fact.what),
                    None => {
                        "The rows lie evenly, or nothing says that they don't: another step of the \
                         segment may take the time. SVL_QUERY_REPORT tells the rows and the time of \
                         each slice."
                    }
                },
            )
        }
        Heavy::Selective {
            read,
            kept,
            range_restricted,
        } => {
            let restricted = match range_restricted {
                Some(true) => ", though blocks could be skipped",
                Some(false) => ", and no block could be skipped",
                None => "",
            };
            (
                format!(
                    "read {} rows to keep {}{restricted}",
                    count(read),
                    count(kept)
                ),
                "Sort the table by the column that is filtered, or that a join leaves few values of; \
                 deleted rows go with VACUUM.",
            )
        }
        Heavy::Sent {
            rows,
            bytes,
            broadcast,
            joined,
        } => {
            let bytes = bytes.map_or(String::new(), |bytes| format!(", {},", size(bytes)));
            let to = match broadcast {
                true => "every node",
                false => "other slices",
            };
            (
                format!("sent {} rows{bytes} to {to}", count(rows)),
                match joined {
                    true => {
                        "Distribute both tables by the join's column, or filter before; the plan names \
                         them."
                    }
                    false => {
                        "No join runs beside it: the rows of a group or of a window's partition meet on \
                         a slice. Filter before, or distribute the table by one of those columns."
                    }
                },
            )
        }
        Heavy::Remote { blocks, of } => (
            format!(
                "read {} of {} blocks from S3, since the cluster's disks did not hold them",
                count(blocks),
                count(of)
            ),
            "The next run may find them there; if not, the cluster's cache is too small for what its \
             queries read.",
        ),
        Heavy::NestedLoop { rows } => (
            format!(
                "compared every pair of rows, {} came out",
                counted(rows, "row")
            ),
            "Join by an equality.",
        ),
    };
    format!("{place}: {what}. {remedy}")
}
