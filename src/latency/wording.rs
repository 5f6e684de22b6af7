//! What a step does for its time, in a sentence with numbers.

use crate::plan::Plan;
use crate::text::units::{count, size};
use crate::work::StepWork;

/// The quantities of a step that are worth naming.
pub(super) fn why(plan: &Plan, step: &StepWork) -> String {
    let mut parts: Vec<String> = Vec::new();
    // Most steps do two things of all these: only what is said is put into words.
    let mut add = |quantity: f64, text: &dyn Fn() -> String| {
        if quantity >= 1.0 {
            parts.push(text());
        }
    };
    if let Some(scan) = &step.scan {
        let bytes = scan.fixed_bytes + scan.text_bytes;
        // Where nothing tells what is skipped, all is counted.
        let up_to = match scan.uncertain && scan.share_read >= 1.0 {
            true => "up to ",
            false => "",
        };
        add(scan.rows_read, &|| {
            format!(
                "reads {up_to}{} rows, {}",
                count(scan.rows_read),
                size(bytes)
            )
        });
        add(scan.text_bytes, &|| {
            format!("{} of it text", size(scan.text_bytes))
        });
    }
    add(step.like_bytes, &|| {
        format!("searches {} for a pattern", size(step.like_bytes))
    });
    add(step.regex_bytes, &|| {
        format!("runs a regular expression over {}", size(step.regex_bytes))
    });
    add(step.network_bytes, &|| {
        format!("moves {} between nodes", size(step.network_bytes))
    });
    add(step.build_rows, &|| build(plan, step));
    add(step.probe_rows, &|| {
        format!("looks up {} rows", count(step.probe_rows))
    });
    add(step.pairs, &|| {
        format!("compares {} pairs", count(step.pairs))
    });
    add(step.further_pairs, &|| {
        format!(
            "joins {} pairs more than one a row",
            count(step.further_pairs)
        )
    });
    // Groups that slices send are hashed again, and are no rows.
    let grouped = step.rows_hashed - step.groups_sent;
    add(grouped, &|| {
        format!("groups {} rows into {}", count(grouped), count(step.groups))
    });
    add(step.distinct_rows, &|| {
        format!("tells {} values apart", count(step.distinct_rows))
    });
    add(step.sort_rows, &|| {
        format!("sorts {} rows", count(step.sort_rows))
    });
    add(step.leader_rows, &|| {
        format!("sends {} rows to the leader node", count(step.leader_rows))
    });
    add(step.spill_bytes, &|| {
        format!("writes {} to disk", size(step.spill_bytes))
    });
    match (step.serial, step.slices) {
        (true, _) => parts.push("on one slice".to_owned()),
        (false, Some(slices)) if slices < 1.5 && !parts.is_empty() => {
            parts.push("on one slice, which holds the rows".to_owned());
        }
        (false, Some(slices)) if !parts.is_empty() => {
            parts.push(format!("on about {slices:.0} slices, which hold the rows"));
        }
        _ => {}
    }
    if parts.is_empty() {
        let rows = plan
            .nodes
            .get(step.node)
            .and_then(|node| node.rows)
            .unwrap_or(0.0);
        return format!("passes {} rows on", count(rows));
    }
    parts.join(", ")
}

/// The hash table of a join; of a copy for every node, all of them.
fn build(plan: &Plan, step: &StepWork) -> String {
    let own = plan.inner(step.node).and_then(|inner| inner.rows);
    match own {
        Some(rows) if rows >= 1.0 && step.build_rows > rows * 1.5 => format!(
            "builds hash tables of {} rows, a copy on each node",
            count(step.build_rows)
        ),
        _ => format!("builds a hash table of {} rows", count(step.build_rows)),
    }
}
