//! The report of `distkey advise`.

use std::fmt::Write;

use super::terminal::{BOLD, DIM, wrap};
use crate::advise::{
    Advice, Advisor, Agreement, Arrivals, Claim, Denormalization, Keys, QueryAdvice, Terms,
};
use crate::name;
use crate::text::units::{count, counted, duration, size};
use crate::thresholds::WITHIN_NOISE;

/// Queries listed; the rest are counted.
const QUERIES: usize = 12;

/// Statements listed that are left out; the rest are counted.
const LEFT_OUT: usize = 8;

/// Slower queries named in the head.
const SLOWER: usize = 5;

/// The answer: totals, tables with reasons, queries, script.
pub fn render(advice: &Advice) -> String {
    let mut out = String::new();
    left_out(&mut out, advice);
    totals(&mut out, advice);
    for table in advice.tables.iter().filter(|table| table.changes()) {
        let _ = writeln!(out, "\n{BOLD}{}{BOLD:#}", table.table);
        let _ = writeln!(out, "  now         {}", keys(&table.current));
        let _ = writeln!(out, "  better      {}", keys(&table.recommended));
        for (index, reason) in table.reasons.iter().enumerate() {
            let label = if index == 0 {
                "  because     "
            } else {
                "              "
            };
            wrap(&mut out, reason, label, "              ");
        }
    }
    if let Some(advisor) = &advice.advisor {
        beside(&mut out, advice, advisor);
    }
    kept(&mut out, advice);
    on_auto(&mut out, advice);
    queries(&mut out, advice);
    for found in &advice.denormalizations {
        denormalization(&mut out, found);
    }
    for (label, texts) in [
        ("  reverted    ", &advice.taken_back),
        ("  assumed     ", &advice.assumptions),
    ] {
        for (index, text) in texts.iter().enumerate() {
            let label = if index == 0 { label } else { "              " };
            let first = match index {
                0 => format!("\n{label}"),
                _ => label.to_owned(),
            };
            wrap(&mut out, text, &first, "              ");
        }
    }
    if !advice.script.is_empty() {
        let _ = writeln!(
            out,
            "\n{BOLD}Script{BOLD:#} (--script prints it alone, --rollback-script what undoes it)\n"
        );
        for line in advice.script.lines() {
            let _ = writeln!(
                out,
                "{}",
                if line.is_empty() {
                    String::new()
                } else {
                    format!("  {line}")
                }
            );
        }
    }
    out
}

/// What AWS recommends, beside what is recommended above.
fn beside(out: &mut String, advice: &Advice, advisor: &Advisor) {
    let _ = writeln!(out, "\n{BOLD}AWS's Advisor{BOLD:#}: {}", summed(advisor));
    for (what, bytes, ms) in compared(advice, advisor) {
        let _ = writeln!(
            out,
            "  {what:<12}  {:>10} moved, stored, rewritten; {}",
            size(bytes),
            duration(ms)
        );
    }
    for one in &advisor.statements {
        let label = format!("  {:<12}  ", verdict(one.verdict));
        wrap(out, one.sql.as_str(), &label, "                ");
        wrap(out, &one.why, "                ", "                ");
    }
}

/// The workload as it is, under all of AWS's keys, and under ours: bytes and milliseconds. None
/// where no key of AWS's can be weighed.
pub(super) fn compared(advice: &Advice, advisor: &Advisor) -> Vec<(&'static str, f64, f64)> {
    let Some((bytes, ms)) = advisor.bytes.zip(advisor.ms) else {
        return Vec::new();
    };
    let (objective, time) = (&advice.objective, &advice.weighted_ms);
    vec![
        ("now", objective.current.sum(), time.current),
        ("all of AWS's", bytes, ms),
        ("as above", objective.recommended.sum(), time.recommended),
    ]
}

/// How many of AWS's statements stand how to these.
pub(super) fn summed(advisor: &Advisor) -> String {
    if advisor.statements.is_empty() {
        return "it recommends nothing".to_owned();
    }
    let kinds = [
        Agreement::Agrees,
        Agreement::Differs,
        Agreement::Done,
        Agreement::NotWeighed,
    ];
    let counted = kinds.into_iter().filter_map(|kind| {
        let of_kind = advisor.statements.iter().filter(|one| one.verdict == kind);
        let number = of_kind.count();
        (number > 0).then(|| format!("{number} {}", verdict(kind)))
    });
    counted.collect::<Vec<_>>().join(", ")
}

pub(super) fn verdict(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agreed",
        Agreement::Differs => "otherwise",
        Agreement::Done => "done already",
        Agreement::NotWeighed => "not weighed",
    }
}

/// What nothing is known of stands above all that is said.
fn left_out(out: &mut String, advice: &Advice) {
    let left_out = advice.left_out.len();
    if left_out == 0 {
        return;
    }
    let all = left_out + advice.queries.len();
    let _ = writeln!(
        out,
        "{BOLD}{} of {} left out{BOLD:#}: what these need is not weighed",
        count(left_out as f64),
        counted(all as f64, "statement"),
    );
    for (name, why) in advice.left_out.iter().take(LEFT_OUT) {
        wrap(
            out,
            &format!("{name}: {why}"),
            "  left out    ",
            "              ",
        );
    }
    if left_out > LEFT_OUT {
        let _ = writeln!(
            out,
            "  and {} more: `--format json` lists all",
            count((left_out - LEFT_OUT) as f64)
        );
    }
    out.push('\n');
}

fn totals(out: &mut String, advice: &Advice) {
    let changed = advice.tables.iter().filter(|table| table.changes()).count();
    let _ = writeln!(
        out,
        "{BOLD}{} of {} tables should change{BOLD:#}, for {} on {}",
        changed,
        advice.tables.len(),
        match advice.queries.len() {
            1 => "1 query".to_owned(),
            n => format!("{} queries", count(n as f64)),
        },
        advice.cluster
    );
    let line = |out: &mut String, what: &str, now: f64, new: f64, unit: fn(f64) -> String| {
        let change = match now > 0.0 {
            true => format!(" ({:+.0} %)", (new / now - 1.0) * 100.0),
            false => String::new(),
        };
        let _ = writeln!(out, "  {what:<16}{:>14} → {}{change}", unit(now), unit(new));
    };
    let ms = advice.weighted_ms;
    line(out, "time", ms.current, ms.recommended, duration);
    wrap(
        out,
        &speed(advice),
        "  queries         ",
        "                  ",
    );
    let objective = &advice.objective;
    for (what, of) in TERMS {
        line(
            out,
            what,
            of(&objective.current),
            of(&objective.recommended),
            size,
        );
    }
    let blocks = advice.scanned_blocks;
    line(
        out,
        "blocks read",
        blocks.current,
        blocks.recommended,
        count,
    );
    let bytes = advice.scanned_bytes;
    line(out, "bytes read", bytes.current, bytes.recommended, size);
    wrap(
        out,
        &proof(advice),
        "  distribution    ",
        "                  ",
    );
}

/// A line of the objective: what it is called, and its bytes.
type Term = (&'static str, fn(&Terms) -> f64);

/// The terms of the objective, and their sum.
pub(super) const TERMS: [Term; 4] = [
    ("bytes moved", |terms| terms.moved),
    ("+ copies", |terms| terms.copies),
    ("+ rewritten", |terms| terms.rewritten),
    ("= objective", Terms::sum),
];

/// How many queries get faster and slower, and which slower.
pub(super) fn speed(advice: &Advice) -> String {
    let (faster, slower) = (advice.faster.len(), advice.slower.len());
    let within = format!(
        "by more than {:.0} %, the model's noise",
        WITHIN_NOISE * 100.0
    );
    if slower == 0 {
        return format!("{faster} faster, none slower, {within}");
    }
    let named: Vec<&str> = advice
        .slower
        .iter()
        .take(SLOWER)
        .map(String::as_str)
        .collect();
    let more = match slower > SLOWER {
        true => format!(" and {} more", slower - SLOWER),
        false => String::new(),
    };
    format!(
        "{faster} faster, {slower} slower, {within}: {}{more}",
        named.join(", ")
    )
}

/// How good the distribution is known to be.
pub(super) fn proof(advice: &Advice) -> String {
    let objective = &advice.objective;
    let (all, enumerated) = (advice.queries.len(), objective.enumerated);
    match advice.claim {
        Claim::Proven => {
            "proven: no combination of the candidate keys has a lower objective".to_owned()
        }
        Claim::BestFound => format!(
            "best found: {}, and no combination of the candidate keys is below {}; {} of {} queries \
             were planned under every combination",
            size(objective.recommended.sum()),
            size(objective.lower_bound),
            count(enumerated as f64),
            count(all as f64),
        ),
    }
}

pub(super) fn keys(keys: &Keys) -> String {
    let mut text = match &keys.distkey {
        Some(column) => format!("DISTKEY({column})"),
        None => format!("DISTSTYLE {}", keys.diststyle),
    };
    match keys.sortkey.is_empty() {
        true => text.push_str(", no sort key named"),
        false => {
            let _ = write!(text, ", SORTKEY({})", name::list(&keys.sortkey));
        }
    }
    for (column, encoding) in &keys.encodings {
        let _ = write!(text, ", {column} ENCODE {encoding}");
    }
    text
}

/// Tables that stay, with what was refused for them.
fn kept(out: &mut String, advice: &Advice) {
    let kept: Vec<_> = advice.tables.iter().filter(|t| !t.changes()).collect();
    if kept.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{BOLD}Left as they are{BOLD:#}");
    for table in kept {
        let why = match table.reasons.is_empty() {
            true => String::new(),
            false => format!(": {}", table.reasons.join("; ")),
        };
        let text = format!("{} {}{why}", table.table, keys(&table.current));
        wrap(out, &text, "  ", "    ");
    }
}

/// What AUTO means for the tables that are left to it.
fn on_auto(out: &mut String, advice: &Advice) {
    let left = advice.tables.iter().filter(|table| !table.changes());
    let on_auto = left
        .filter(|table| table.current.diststyle == "AUTO")
        .count();
    if on_auto > 0 {
        let text = format!(
            "{} to Redshift, which chooses keys from what has run, table after table within hours, \
             and may change them again: nothing here is worth fixing theirs. Its own advice is in \
             SVV_ALTER_TABLE_RECOMMENDATIONS.",
            match on_auto {
                1 => "1 table stays left".to_owned(),
                several => format!("{several} tables stay left"),
            }
        );
        wrap(out, &text, "  AUTO        ", "              ");
    }
}

fn denormalization(out: &mut String, found: &Denormalization) {
    let _ = writeln!(
        out,
        "\n{BOLD}{} with its lookups inlined{BOLD:#} ({})",
        found.table,
        name::list(&found.lookups)
    );
    wrap(out, &found.verdict, "  verdict     ", "              ");
    let _ = writeln!(
        out,
        "  joins       {} fewer over one run of the workload",
        count(found.joins_removed)
    );
    let _ = writeln!(
        out,
        "  bytes moved {} → {}; blocks read {} → {}",
        size(found.moved_bytes.current),
        size(found.moved_bytes.recommended),
        count(found.blocks.current),
        count(found.blocks.recommended)
    );
    let signed = |ms: f64| match ms < 0.0 {
        true => format!("-{}", duration(-ms)),
        false => duration(ms),
    };
    let [low, likely, high] = found.saved_ms;
    let _ = writeln!(
        out,
        "  saves       {} ({} to {}) over one run of the workload",
        signed(likely),
        signed(low),
        signed(high)
    );
    let [encoded, raw] = found.added_bytes;
    let _ = writeln!(out, "  stores      {} to {} more", size(encoded), size(raw));
    let changes: Vec<String> = found
        .rows_per_change
        .iter()
        .map(|(lookup, rows)| format!("of {lookup} {} rows", count(*rows)))
        .collect();
    let text = format!("a change of one row {}, on average", changes.join(", "));
    wrap(out, &text, "  rewrites    ", "              ");
    if let Some(arrivals) = &found.arrivals {
        by_the_hour(out, arrivals);
    }
    if !found.not_rewritten.is_empty() {
        let text = format!(
            "of another form, so that they go on reading the star: {}",
            name::list(&found.not_rewritten)
        );
        wrap(out, &text, "  not for it  ", "              ");
    }
    let _ = writeln!(
        out,
        "\n  -- each of these returns no row, or there is no such table"
    );
    for statement in found.checks.iter().chain(&found.ddl) {
        for line in statement.lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
}

fn by_the_hour(out: &mut String, arrivals: &Arrivals) {
    let [encoded, raw] = arrivals.added_bytes_per_hour;
    let text = format!(
        "{} rows an hour, not sorted before the next VACUUM; the wide table writes {} to {} more an hour; {}:",
        count(arrivals.rows_per_hour),
        size(encoded),
        size(raw),
        arrivals.query
    );
    wrap(out, &text, "  arriving    ", "              ");
    let _ = writeln!(
        out,
        "{DIM}              hours   unsorted      star: blocks, warm run      wide: blocks, warm run{DIM:#}"
    );
    for hour in &arrivals.hours {
        let _ = writeln!(
            out,
            "              {:>5} {:>9.1}% {:>17} {:>9} {:>17} {:>9}",
            hour.hour,
            hour.unsorted * 100.0,
            count(hour.blocks[0]),
            duration(hour.p50_ms[0]),
            count(hour.blocks[1]),
            duration(hour.p50_ms[1])
        );
    }
}

fn queries(out: &mut String, advice: &Advice) {
    let gain = |q: &QueryAdvice| q.frequency * (q.before.warm.p50_ms - q.after.warm.p50_ms);
    let mut sorted: Vec<&QueryAdvice> = advice.queries.iter().collect();
    sorted.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then(a.name.cmp(&b.name)));
    let _ = writeln!(out, "\n{BOLD}Queries{BOLD:#}, warm runs by the model");
    for query in sorted.iter().take(QUERIES) {
        let (before, after) = (&query.before, &query.after);
        let _ = writeln!(
            out,
            "  {:<34} {:>8} → {:<8} {} to {}: {} {}",
            shortened(&query.name),
            duration(before.warm.p50_ms),
            duration(after.warm.p50_ms),
            duration(after.warm.low_ms),
            duration(after.warm.high_ms),
            after.verdict.before_budget(),
            duration(after.budget_ms)
        );
    }
    if sorted.len() > QUERIES {
        let _ = writeln!(
            out,
            "  and {} more (--format json has all)",
            sorted.len() - QUERIES
        );
    }
}

/// The end of a long name says most.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    match length > 34 {
        true => format!("…{}", name.chars().skip(length - 33).collect::<String>()),
        false => name.to_owned(),
    }
}
