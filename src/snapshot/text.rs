//! What a case comes to, in lines that read well in a pull request.

use std::fmt::Write;

use super::Case;
use crate::advise::{self, Advice, BeforeAfter, Keys};
use crate::lint::{self, Input};
use crate::name;
use crate::schema::Schema;
use crate::stats::Stats;
use crate::text::units::{count, duration, size};

pub(super) fn render(case: &Case) -> String {
    let (no_tables, nothing) = (Schema::default(), Stats::default());
    let request = advise::Request::new(
        case.env.view(),
        case.env.schema.as_ref().unwrap_or(&no_tables),
        case.env.stats.as_ref().unwrap_or(&nothing),
        &case.workload,
    );
    let advice = advise::advise(&request, &|_| ());
    let mut out = String::new();
    let assumed = if !case.env.cluster_named {
        ", assumed"
    } else {
        ""
    };
    let _ = writeln!(out, "cluster: {}{assumed}", case.env.cluster);
    verdicts(&mut out, &advice);
    bytes(&mut out, &advice);
    recommendations(&mut out, &advice);
    findings(&mut out, case);
    for (name, why) in &advice.left_out {
        let _ = writeln!(out, "\nleft out: {name}: {why}");
    }
    out
}

/// Two digits: more would change with every release of the model.
fn two_digits(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = 10f64.powf(value.log10().floor() - 1.0);
    (value / power).round() * power
}

fn verdicts(out: &mut String, advice: &Advice) {
    out.push_str("\nverdicts\n");
    let mut queries: Vec<_> = advice.queries.iter().collect();
    queries.sort_by(|a, b| a.name.cmp(&b.name));
    for query in queries {
        let (before, after) = (&query.before, &query.after);
        let _ = writeln!(
            out,
            "  {}: {} {} ({}, {} to {}); as recommended: {} ({})",
            query.name,
            before.verdict.as_str(),
            duration(before.budget_ms),
            duration(two_digits(before.warm.p50_ms)),
            duration(two_digits(before.warm.low_ms)),
            duration(two_digits(before.warm.high_ms)),
            after.verdict.as_str(),
            duration(two_digits(after.warm.p50_ms)),
        );
    }
}

fn bytes(out: &mut String, advice: &Advice) {
    let line = |out: &mut String, what: &str, figure: BeforeAfter, unit: fn(f64) -> String| {
        let _ = writeln!(
            out,
            "  {what}: {}; as recommended: {}",
            unit(two_digits(figure.current)),
            unit(two_digits(figure.recommended))
        );
    };
    out.push_str("\nworkload\n");
    line(out, "bytes moved", advice.moved_bytes, size);
    line(out, "bytes read", advice.scanned_bytes, size);
    line(out, "blocks read", advice.scanned_blocks, count);
}

fn recommendations(out: &mut String, advice: &Advice) {
    out.push_str("\nrecommendations\n");
    let changed: Vec<_> = advice.tables.iter().filter(|t| t.changes()).collect();
    if changed.is_empty() {
        out.push_str("  none: every table keeps its keys\n");
    }
    for table in changed {
        let _ = writeln!(
            out,
            "  {}: {} → {}",
            table.table,
            keys(&table.current),
            keys(&table.recommended)
        );
    }
    for found in &advice.denormalizations {
        let _ = writeln!(
            out,
            "  {} with {} inlined: {}",
            found.table,
            name::list(&found.lookups),
            if found.pays { "pays" } else { "does not pay" }
        );
    }
    for text in &advice.taken_back {
        let _ = writeln!(out, "  {text}");
    }
}

fn keys(keys: &Keys) -> String {
    let mut text = match &keys.distkey {
        Some(column) => format!("DISTKEY({column})"),
        None => format!("DISTSTYLE {}", keys.diststyle),
    };
    if !keys.sortkey.is_empty() {
        let _ = write!(text, " SORTKEY({})", name::list(&keys.sortkey));
    }
    for (column, encoding) in &keys.encodings {
        let _ = write!(text, " {column} ENCODE {encoding}");
    }
    text
}

/// Findings without their lines: those move with every edit above them.
fn findings(out: &mut String, case: &Case) {
    let linted = lint::lint(&[Input::Text(case.ddl.clone())], case.env.view());
    out.push_str("\nfindings\n");
    let mut lines: Vec<String> = Vec::new();
    for file in &linted.files {
        for error in &file.errors {
            lines.push(format!("  error {}: {}", file.path, error.message));
        }
        for finding in &file.findings {
            lines.push(format!(
                "  {} {} {}: {}",
                finding.severity, finding.code, finding.name, finding.message
            ));
        }
    }
    if lines.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.sort();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
}
