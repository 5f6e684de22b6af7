//! What a case comes to, in lines that read well in a pull request.

use std::fmt::Write;

use super::Case;
use super::names;
use super::sections::Section;
use crate::advise::{self, Advice, BeforeAfter, Keys, QueryAdvice};
use crate::latency::Prediction;
use crate::lint::{self, Input};
use crate::name;
use crate::schema::Schema;
use crate::stats::Stats;
use crate::text::units::{count, duration, size};

/// High end over low end from which an interval says nothing that could be compared.
const UNKNOWN_WIDTH: f64 = 30.0;

/// Whether the text holds numbers that move with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// All of them, to be compared within a tolerance.
    Shown,
    /// None: `…` stands for those in findings.
    LeftOut,
}

/// The lines of each part.
struct Text {
    out: String,
    numbers: Numbers,
}

pub(super) fn render(case: &Case, numbers: Numbers) -> String {
    let (no_tables, nothing) = (Schema::default(), Stats::default());
    let request = advise::Request::new(
        case.env.view(),
        case.env.schema.as_ref().unwrap_or(&no_tables),
        case.env.stats.as_ref().unwrap_or(&nothing),
        &case.workload,
    );
    let advice = advise::advise(&request, &|_| ());
    let assumed = match case.env.cluster_named {
        true => "",
        false => ", assumed",
    };
    let mut text = Text {
        out: format!("cluster: {}{assumed}\n", case.env.cluster),
        numbers,
    };
    let names = queries(case, &advice);
    text.part(Section::Verdicts, verdicts(&names));
    text.part(Section::Recommendations, recommendations(&advice));
    text.part(Section::Findings, findings(case));
    text.part(Section::LeftOut, left_out(&advice));
    if numbers == Numbers::Shown {
        text.part(Section::Figures, figures(&names, &advice));
    }
    text.out
}

impl Text {
    fn part(&mut self, section: Section, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "\n{}", section.title());
        for line in lines {
            let line = match (self.numbers, section.drifts()) {
                (Numbers::LeftOut, true) => {
                    super::figures::Figures::of(&line).words.replace('#', "…")
                }
                _ => line,
            };
            let _ = writeln!(self.out, "  {line}");
        }
    }
}

/// The queries with names that stay, in their order.
fn queries<'a>(case: &Case, advice: &'a Advice) -> Vec<(String, &'a QueryAdvice)> {
    let names = names::stable(&case.workload.entries);
    let named = |query: &'a QueryAdvice| {
        let name = names.get(query.name.as_str()).unwrap_or(&query.name);
        (name.clone(), query)
    };
    let mut queries: Vec<_> = advice.queries.iter().map(named).collect();
    queries.sort_by(|(a, _), (b, _)| a.cmp(b));
    queries
}

fn verdicts(queries: &[(String, &QueryAdvice)]) -> Vec<String> {
    let line = |(name, query): &(String, &QueryAdvice)| {
        let (before, after) = (&query.before, &query.after);
        format!(
            "{name}: {} {}; as recommended: {}",
            before.verdict.as_str(),
            duration(before.budget_ms),
            after.verdict.as_str(),
        )
    };
    queries.iter().map(line).collect()
}

fn recommendations(advice: &Advice) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for table in advice.tables.iter().filter(|table| table.changes()) {
        lines.push(format!(
            "{}: {} → {}",
            table.table,
            keys(&table.current),
            keys(&table.recommended)
        ));
    }
    if lines.is_empty() {
        lines.push("none: every table keeps its keys".to_owned());
    }
    for found in &advice.denormalizations {
        lines.push(format!(
            "{} with {} inlined: {}",
            found.table,
            name::list(&found.lookups),
            if found.pays { "pays" } else { "does not pay" }
        ));
    }
    lines
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
fn findings(case: &Case) -> Vec<String> {
    let linted = lint::lint(&[Input::Text(case.ddl.clone())], case.env.view());
    let mut lines: Vec<String> = Vec::new();
    for file in &linted.files {
        for error in &file.errors {
            lines.push(format!("error {}: {}", file.path, error.message));
        }
        for finding in &file.findings {
            lines.push(format!(
                "{} {} {}: {}",
                finding.severity, finding.code, finding.name, finding.message
            ));
        }
    }
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    lines.sort();
    lines
}

fn left_out(advice: &Advice) -> Vec<String> {
    let line = |(name, why): &(String, String)| format!("{name}: {why}");
    advice.left_out.iter().map(line).collect()
}

/// Times, bytes and blocks, and what was taken back for their sake.
fn figures(queries: &[(String, &QueryAdvice)], advice: &Advice) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (name, query) in queries {
        lines.push(format!(
            "{name}: {}; as recommended {}",
            time(&query.before),
            time(&query.after)
        ));
    }
    let mut line = |what: &str, figure: BeforeAfter, unit: fn(f64) -> String| {
        lines.push(format!(
            "{what}: {}; as recommended {}",
            unit(figure.current),
            unit(figure.recommended)
        ));
    };
    line("bytes moved", advice.moved_bytes, size);
    line("bytes read", advice.scanned_bytes, size);
    line("blocks read", advice.scanned_blocks, count);
    lines.extend(advice.taken_back.iter().cloned());
    lines
}

/// The median and the interval of a warm run, unless that is too wide to say anything.
fn time(prediction: &Prediction) -> String {
    let warm = &prediction.warm;
    if warm.high_ms > warm.low_ms * UNKNOWN_WIDTH {
        return "unknown".to_owned();
    }
    format!(
        "{} ({} to {})",
        duration(warm.p50_ms),
        duration(warm.low_ms),
        duration(warm.high_ms)
    )
}
