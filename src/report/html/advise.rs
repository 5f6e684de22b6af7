//! `distkey advise --format html`.

use askama::Template;
use askama::filters::Safe;

use super::hours::by_hours;
use super::rich::rich;
use super::scale::{TimeBar, Times};
use super::shown::{shown, shown_in};
use crate::advise::{Advice, Advisor, Arrivals, BeforeAfter, Denormalization};
use crate::latency::Verdict;
use crate::report::advise::{TERMS, compared, keys, proof, speed, summed, verdict};
use crate::text::units::{count, duration, size};

#[derive(Template)]
#[template(path = "advise.html")]
struct View {
    heading: String,
    totals: Vec<[String; 3]>,
    proof: String,
    tables: Vec<TableView>,
    kept: Vec<TableView>,
    queries: Vec<QueryRow>,
    /// What the pictures of the queries mean.
    legend: String,
    advisor: Option<AdvisorView>,
    wide: Vec<WideView>,
    notes: Vec<Safe<String>>,
    script: String,
}

struct TableView {
    name: String,
    now: String,
    better: String,
    reasons: Vec<Safe<String>>,
}

struct QueryRow {
    bar: TimeBar,
    name: String,
    frequency: String,
    before: String,
    after: String,
    interval: String,
    class: &'static str,
    verdict: String,
}

struct WideView {
    table: String,
    lookups: String,
    verdict: String,
    facts: Vec<[String; 2]>,
    hours: Vec<[String; 4]>,
    /// The same as a picture, as HTML.
    picture: Option<String>,
    not_rewritten: String,
    sql: Vec<String>,
}

struct AdvisorView {
    head: String,
    totals: Vec<[String; 3]>,
    statements: Vec<[String; 3]>,
}

fn beside(advice: &Advice, advisor: &Advisor) -> AdvisorView {
    AdvisorView {
        head: summed(advisor),
        totals: compared(advice, advisor)
            .into_iter()
            .map(|(what, bytes, ms)| [what.to_owned(), size(bytes), duration(ms)])
            .collect(),
        statements: advisor
            .statements
            .iter()
            .map(|one| {
                [
                    verdict(one.verdict).to_owned(),
                    one.sql.to_string(),
                    one.why.clone(),
                ]
            })
            .collect(),
    }
}

/// The views of an answer.
pub(super) fn fragment(advice: &Advice) -> Result<String, askama::Error> {
    let changed = advice.tables.iter().filter(|table| table.changes());
    let row = |what: &str, figure: BeforeAfter, unit: fn(f64) -> String| {
        [
            what.to_owned(),
            unit(figure.current),
            unit(figure.recommended),
        ]
    };
    // Queries are named by their files.
    let named = advice.queries.iter().map(|query| query.name.as_str());
    let named = named.chain(advice.left_out.iter().map(|(name, _)| name.as_str()));
    let files: Vec<&str> = named.filter(|name| shown(name) != *name).collect();
    let predicted = advice.queries.iter();
    let times: Vec<f64> = predicted
        .flat_map(|query| {
            [
                query.before.warm.p50_ms,
                query.after.warm.low_ms,
                query.after.warm.high_ms,
            ]
        })
        .collect();
    let budget = advice.queries.first().map(|query| query.after.budget_ms);
    let scale = Times::holding(&times, budget);
    let tables = |changes: bool| {
        let tables = advice.tables.iter().filter(move |t| t.changes() == changes);
        tables.map(|table| TableView {
            name: table.table.to_string(),
            now: keys(&table.current),
            better: keys(&table.recommended),
            reasons: table
                .reasons
                .iter()
                .map(|reason| rich(&shown_in(reason, &files)))
                .collect(),
        })
    };
    let left_out = advice
        .left_out
        .iter()
        .map(|(name, why)| format!("left out: {name}: {why}"));
    let texts = advice.taken_back.iter().chain(&advice.assumptions).cloned();
    View {
        heading: format!(
            "{} of {} tables should change, for {} on {}",
            changed.count(),
            advice.tables.len(),
            match advice.queries.len() {
                1 => "1 query".to_owned(),
                n => format!("{} queries", count(n as f64)),
            },
            advice.cluster
        ),
        totals: std::iter::once(row("time", advice.weighted_ms, duration))
            .chain(TERMS.iter().map(|(what, of)| {
                let (current, recommended) = (
                    of(&advice.objective.current),
                    of(&advice.objective.recommended),
                );
                row(
                    what,
                    BeforeAfter {
                        current,
                        recommended,
                    },
                    size,
                )
            }))
            .chain([
                row("blocks read", advice.scanned_blocks, count),
                row("bytes read", advice.scanned_bytes, size),
            ])
            .collect(),
        proof: format!(
            "queries: {}; distribution: {}",
            speed(advice),
            proof(advice)
        ),
        tables: tables(true).collect(),
        kept: tables(false).collect(),
        legend: scale.legend(),
        queries: queries(advice, &scale),
        advisor: advice
            .advisor
            .as_ref()
            .map(|advisor| beside(advice, advisor)),
        wide: advice
            .denormalizations
            .iter()
            .map(|found| wide(found, &files))
            .collect::<Result<_, _>>()?,
        notes: left_out
            .chain(texts)
            .map(|text| rich(&shown_in(&text, &files)))
            .collect(),
        script: shown_in(&advice.script, &files),
    }
    .render()
}

fn queries(advice: &Advice, scale: &Times) -> Vec<QueryRow> {
    let rows = advice.queries.iter().map(|query| {
        let (before, after) = (&query.before.warm, &query.after.warm);
        let (class, word) = match query.after.verdict {
            Verdict::Within => ("within", "within"),
            Verdict::Over => ("over", "over"),
            Verdict::CannotTell => ("cannot-tell", "cannot tell against"),
        };
        QueryRow {
            bar: scale.bar(
                [after.low_ms, after.p50_ms, after.high_ms],
                Some(before.p50_ms),
            ),
            name: shown(&query.name),
            frequency: count(query.frequency),
            before: duration(before.p50_ms),
            after: duration(after.p50_ms),
            interval: format!("{} to {}", duration(after.low_ms), duration(after.high_ms)),
            class,
            verdict: format!("{word} {}", duration(query.after.budget_ms)),
        }
    });
    rows.collect()
}

fn wide(found: &Denormalization, files: &[&str]) -> Result<WideView, askama::Error> {
    let pair = |figure: BeforeAfter, unit: fn(f64) -> String| {
        format!("{} → {}", unit(figure.current), unit(figure.recommended))
    };
    let [encoded, raw] = found.added_bytes;
    let fact = |what: &str, text: String| [what.to_owned(), text];
    let hours = found
        .arrivals
        .iter()
        .flat_map(|arrivals: &Arrivals| &arrivals.hours);
    Ok(WideView {
        picture: found.arrivals.as_ref().map(by_hours).transpose()?,
        table: found.table.to_string(),
        lookups: crate::name::list(&found.lookups),
        verdict: found.verdict.clone(),
        facts: vec![
            fact("joins fewer", count(found.joins_removed)),
            fact("bytes moved", pair(found.moved_bytes, size)),
            fact("blocks read", pair(found.blocks, count)),
            fact("stores more", format!("{} to {}", size(encoded), size(raw))),
        ],
        hours: hours
            .map(|hour| {
                let side = |at: usize| {
                    let (blocks, ms) = (hour.blocks[at], hour.p50_ms[at]);
                    format!("{} blocks, {}", count(blocks), duration(ms))
                };
                let unsorted = format!("{:.1} %", hour.unsorted * 100.0);
                [hour.hour.to_string(), unsorted, side(0), side(1)]
            })
            .collect(),
        not_rewritten: shown_in(&crate::name::list(&found.not_rewritten), files),
        sql: found.checks.iter().chain(&found.ddl).cloned().collect(),
    })
}
