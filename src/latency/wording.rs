//! What a step does for its time, in a sentence with numbers.

use crate::plan::Plan;
use crate::work::StepWork;

/// The quantities of a step that are worth naming.
pub(super) fn why(plan: &Plan, step: &StepWork) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut add = |quantity: f64, text: String| {
        if quantity >= 1.0 {
            parts.push(text);
        }
    };
    if let Some(scan) = &step.scan {
        let bytes = scan.fixed_bytes + scan.text_bytes;
        add(
            scan.rows_read,
            format!("reads {} rows, {}", count(scan.rows_read), size(bytes)),
        );
        add(
            scan.text_bytes,
            format!("{} of it text", size(scan.text_bytes)),
        );
    }
    add(
        step.like_bytes,
        format!("searches {} for a pattern", size(step.like_bytes)),
    );
    add(
        step.regex_bytes,
        format!("runs a regular expression over {}", size(step.regex_bytes)),
    );
    add(
        step.network_bytes,
        format!("moves {} between nodes", size(step.network_bytes)),
    );
    add(
        step.build_rows,
        format!("builds a hash table of {} rows", count(step.build_rows)),
    );
    add(
        step.probe_rows,
        format!("looks up {} rows", count(step.probe_rows)),
    );
    add(step.pairs, format!("compares {} pairs", count(step.pairs)));
    add(
        step.rows_hashed,
        format!(
            "groups {} rows into {}",
            count(step.rows_hashed),
            count(step.groups)
        ),
    );
    add(
        step.distinct_rows,
        format!("tells {} values apart", count(step.distinct_rows)),
    );
    add(
        step.sort_rows,
        format!("sorts {} rows", count(step.sort_rows)),
    );
    add(
        step.leader_rows,
        format!("sends {} rows to the leader node", count(step.leader_rows)),
    );
    add(
        step.spill_bytes,
        format!("writes {} to disk", size(step.spill_bytes)),
    );
    if step.serial {
        parts.push("on one slice".to_owned());
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

/// A count with three digits and a unit: `12.3 million`.
pub fn count(n: f64) -> String {
    let (n, unit) = match n {
        n if n >= 1e15 => return format!("{n:.2e}"),
        n if n >= 1e12 => (n / 1e12, " trillion"),
        n if n >= 1e9 => (n / 1e9, " billion"),
        n if n >= 1e6 => (n / 1e6, " million"),
        n => return thousands(n),
    };
    format!("{}{unit}", digits(n))
}

/// A size in bytes with three digits and a decimal unit: `2.5 GB`.
pub fn size(bytes: f64) -> String {
    let (n, unit) = match bytes {
        b if b >= 1e18 => return format!("{b:.2e} bytes"),
        b if b >= 1e15 => (b / 1e15, "PB"),
        b if b >= 1e12 => (b / 1e12, "TB"),
        b if b >= 1e9 => (b / 1e9, "GB"),
        b if b >= 1e6 => (b / 1e6, "MB"),
        b if b >= 1e3 => (b / 1e3, "kB"),
        b => return format!("{b:.0} bytes"),
    };
    format!("{} {unit}", digits(n))
}

fn digits(n: f64) -> String {
    let text = match n {
        n if n >= 99.95 => format!("{n:.0}"),
        n if n >= 9.995 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// `12,345`.
fn thousands(n: f64) -> String {
    let plain = format!("{:.0}", n.max(0.0));
    let mut out = String::with_capacity(plain.len() + 2);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_carry_units() {
        assert_eq!(count(12_345.0), "12,345");
        assert_eq!(count(172_456_000.0), "172 million");
        assert_eq!(count(1e15), "1.00e15");
        assert_eq!(size(2.5e9), "2.5 GB");
        assert_eq!(size(999.0), "999 bytes");
        assert_eq!(size(100e6), "100 MB");
    }
}
