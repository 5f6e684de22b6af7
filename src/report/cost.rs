//! The reports of `distkey pipeline cost`.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::terminal::{BOLD, DIM, wrap};
use crate::latency::Verdict;
use crate::pipeline::cost::{Against, BreakEven, Cost, JobCost, Range};
use crate::text::units::{count, counted, duration};

/// The JSON of `cost`: what it comes to first, then all that was worked out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostDocument<'a> {
    jobs: Vec<JobDocument<'a>>,
    total: Weekly,
    verdict: Verdict,
    /// What runs beside the jobs and is not in the sum.
    left_out: &'a [String],
    others: &'a [(String, Range)],
    /// Dollars for a gigabyte with all of it.
    a_gigabyte: Option<Range>,
    break_even: Option<&'a BreakEven>,
    a_week: Range,
    target_a_week: f64,
    target_a_gigabyte: f64,
    assumptions: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
struct Weekly {
    week: [f64; 2],
}

/// One job. One that could not be counted has no dollars.
#[derive(Debug, Serialize, JsonSchema)]
struct JobDocument<'a> {
    job: &'a str,
    runs_a_week: Option<f64>,
    dollars: Option<Dollars>,
    left_out: Vec<&'a str>,
    #[serde(flatten)]
    worked_out: Option<&'a JobCost>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Dollars {
    run: [f64; 2],
    day: [f64; 2],
    week: [f64; 2],
    month: [f64; 2],
}

impl<'a> CostDocument<'a> {
    /// Of what was worked out.
    pub fn new(cost: &'a Cost) -> Self {
        let counted = cost.jobs.iter().map(|job| JobDocument {
            job: &job.job,
            runs_a_week: Some(job.runs_a_day * 7.0),
            dollars: Some(Dollars {
                run: job.a_run.ends(),
                day: job.a_day.ends(),
                week: job.a_week.ends(),
                month: job.a_month.ends(),
            }),
            left_out: job.left_out.iter().map(String::as_str).collect(),
            worked_out: Some(job),
        });
        let uncounted = cost.uncounted.iter().map(|(job, why)| JobDocument {
            job,
            runs_a_week: None,
            dollars: None,
            left_out: vec![why],
            worked_out: None,
        });
        Self {
            jobs: counted.chain(uncounted).collect(),
            total: Weekly {
                week: cost.a_week.ends(),
            },
            verdict: cost.verdict(),
            left_out: &cost.beside,
            others: &cost.others,
            a_gigabyte: cost.a_gigabyte,
            break_even: cost.break_even.as_ref(),
            a_week: cost.a_week,
            target_a_week: cost.target_a_week,
            target_a_gigabyte: cost.target_a_gigabyte,
            assumptions: &cost.assumptions,
        }
    }
}

/// Dollars, with the cents of small sums.
fn dollars(range: Range) -> String {
    let one = |value: f64| match value {
        value if value >= 1_000.0 => format!("${}", crate::text::units::thousands(value)),
        value if value >= 0.1 => format!("${value:.2}"),
        value => format!("${value:.4}"),
    };
    match one(range.low) == one(range.high) {
        true => one(range.low),
        false => format!("{} to {}", one(range.low), one(range.high)),
    }
}

fn minutes(range: Range) -> String {
    let one = |value: f64| duration(value * 60e3);
    match range.is_exact() {
        true => one(range.low),
        false => format!("{} to {}", one(range.low), one(range.high)),
    }
}

/// Whether a range keeps a target: surely, surely not, or perhaps.
fn kept(verdict: Verdict, target: f64, unit: &str) -> String {
    let word = match verdict {
        Verdict::Within => "within",
        Verdict::Over => "over",
        Verdict::CannotTell => "undecided against",
    };
    format!("{word} the target of ${target}{unit}")
}

/// Every job's cost, then all against the targets.
pub fn cost(cost: &Cost) -> String {
    let mut out = String::new();
    for job in &cost.jobs {
        one_job(&mut out, job, cost.target_a_gigabyte);
    }
    for (what, range) in &cost.others {
        let _ = writeln!(out, "{BOLD}{what}{BOLD:#}: {} a week", dollars(*range));
    }
    if let Some(even) = &cost.break_even {
        let use_of = match even.hours_a_day {
            hours if hours >= 24.0 => "at any use".to_owned(),
            hours => format!(
                "while it computes up to {} a day",
                duration(hours * 3_600e3)
            ),
        };
        let line = format!(
            "{BOLD}break-even{BOLD:#}: {} costs less than {} {use_of}",
            even.serverless, even.provisioned
        );
        wrap(&mut out, &line, "", "  ");
    }
    if let Some(range) = cost
        .a_gigabyte
        .filter(|_| cost.jobs.len() + cost.others.len() > 1)
    {
        let jobs = cost.jobs.iter().map(|job| job.job.as_str());
        let others = cost.others.iter().map(|(what, _)| what.as_str());
        let all: Vec<&str> = jobs.chain(others).collect();
        let line = format!(
            "{BOLD}a GB with all of it{BOLD:#}: {} ({})",
            dollars(range),
            all.join(", ")
        );
        wrap(&mut out, &line, "", "  ");
    }
    let _ = writeln!(
        out,
        "{BOLD}Summary{BOLD:#}: {} a week, {}",
        dollars(cost.a_week),
        kept(cost.verdict(), cost.target_a_week, " a week")
    );
    for (job, why) in &cost.uncounted {
        wrap(
            &mut out,
            &format!("`{job}`: {why}"),
            "  left out  ",
            "            ",
        );
    }
    for what in cost
        .jobs
        .iter()
        .flat_map(|job| &job.left_out)
        .chain(&cost.beside)
    {
        wrap(&mut out, what, "  left out  ", "            ");
    }
    for assumption in &cost.assumptions {
        wrap(&mut out, assumption, "  assumed   ", "            ");
    }
    out
}

fn one_job(out: &mut String, job: &JobCost, target: f64) {
    let _ = writeln!(
        out,
        "{BOLD}{}{BOLD:#} {DIM}{} DPU for {}, {} runs a day, ${} a DPU-hour{DIM:#}",
        job.job,
        job.dpu,
        minutes(job.minutes),
        count(job.runs_a_day),
        job.price
    );
    for (what, range) in [
        ("a run", job.a_run),
        ("a day", job.a_day),
        ("a week", job.a_week),
        ("a month", job.a_month),
    ] {
        let _ = writeln!(out, "  {what:<10}{}", dollars(range));
    }
    if let Some(range) = job.a_gigabyte {
        let _ = writeln!(
            out,
            "  {:<10}{}, {} a TB: {}",
            "a GB",
            dollars(range),
            dollars(range.map(|dollars| dollars * 1_000.0)),
            kept(Verdict::of(range.low, range.high, target), target, " a GB")
        );
    }
    if let Some(scaled) = &job.scaled {
        let _ = writeln!(out, "  at {} times the volume", scaled.scale);
        let _ = writeln!(
            out,
            "    fixed     {} a run, data up to {} old; {}",
            minutes(scaled.minutes_fixed),
            minutes(scaled.freshness_minutes),
            scaled.bottleneck
        );
        let _ = writeln!(
            out,
            "    scaling   {} a run with up to {} DPU",
            minutes(scaled.minutes_scaling),
            scaled.dpu_scaling
        );
        let _ = writeln!(out, "    a week    {} either way", dollars(scaled.a_week));
    }
    out.push('\n');
}

/// The JSON of `cost --against`: dollars a month as pairs of the least and the most.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgainstDocument<'a> {
    against: &'a str,
    jobs: Vec<ChangeDocument<'a>>,
    others: Vec<OtherDocument<'a>>,
    total: Total,
    unchanged: usize,
    left_out: &'a [String],
    assumptions: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
struct ChangeDocument<'a> {
    job: &'a str,
    before: Option<[f64; 2]>,
    after: Option<[f64; 2]>,
    change: Option<[f64; 2]>,
    why: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
struct OtherDocument<'a> {
    what: &'a str,
    change: [f64; 2],
}

#[derive(Debug, Serialize, JsonSchema)]
struct Total {
    month: Month,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Month {
    before: [f64; 2],
    after: [f64; 2],
    change: [f64; 2],
}

impl<'a> AgainstDocument<'a> {
    /// Of what was compared with a folder.
    pub fn new(against: &'a Against, base: &'a str) -> Self {
        let jobs = against.jobs.iter().map(|one| ChangeDocument {
            job: &one.job,
            before: one.before.map(Range::ends),
            after: one.after.map(Range::ends),
            change: one.change.map(Range::ends),
            why: &one.why,
        });
        let others = against.others.iter().map(|(what, range)| OtherDocument {
            what,
            change: range.ends(),
        });
        Self {
            against: base,
            jobs: jobs.collect(),
            others: others.collect(),
            total: Total {
                month: Month {
                    before: against.before.ends(),
                    after: against.after.ends(),
                    change: against.change.ends(),
                },
            },
            unchanged: against.unchanged,
            left_out: &against.left_out,
            assumptions: &against.assumptions,
        }
    }
}

/// Dollars more or less, with their sign.
fn change(range: Range) -> String {
    let one = |value: f64| {
        let sign = match value {
            value if value.abs() < 5e-5 => "",
            value if value < 0.0 => "-",
            _ => "+",
        };
        format!("{sign}{}", dollars(Range::of(value.abs())))
    };
    match one(range.low) == one(range.high) {
        true => one(range.low),
        false => format!("{} to {}", one(range.low), one(range.high)),
    }
}

/// What a change costs a month, job by job.
pub fn against(against: &Against, base: &str) -> String {
    let mut out = String::new();
    for one in &against.jobs {
        let by = one.change.map_or("not known".to_owned(), change);
        let line = format!(
            "{BOLD}{}{BOLD:#}: {by} a month {DIM}({}){DIM:#}",
            one.job,
            one.why.join(", ")
        );
        wrap(&mut out, &line, "", "  ");
    }
    for (what, range) in &against.others {
        let line = format!("{BOLD}{what}{BOLD:#}: {} a month", change(*range));
        wrap(&mut out, &line, "", "  ");
    }
    if against.unchanged > 0 {
        let jobs = counted(against.unchanged as f64, "job");
        let _ = writeln!(out, "{jobs} cost what they did");
    }
    let line = format!(
        "{BOLD}Summary{BOLD:#}: {} a month against {base}: {} before, {} after",
        change(against.change),
        dollars(against.before),
        dollars(against.after)
    );
    wrap(&mut out, &line, "", "  ");
    for what in &against.left_out {
        wrap(&mut out, what, "  left out  ", "            ");
    }
    for assumption in &against.assumptions {
        wrap(&mut out, assumption, "  assumed   ", "            ");
    }
    out
}

/// The same as a comment on a pull request.
pub fn against_markdown(against: &Against, base: &str) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut out = format!(
        "### {} a month\n\nagainst `{}`: {} before, {} after\n",
        change(against.change),
        cell(base),
        dollars(against.before),
        dollars(against.after)
    );
    if !against.jobs.is_empty() || !against.others.is_empty() {
        out.push_str("\n| what | before | after | change | why |\n|---|---:|---:|---:|---|\n");
    }
    for one in &against.jobs {
        let month = |range: Option<Range>| range.map_or("–".to_owned(), dollars);
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            cell(&one.job),
            month(one.before),
            month(one.after),
            one.change.map_or("not known".to_owned(), change),
            cell(&one.why.join(", "))
        );
    }
    for (what, range) in &against.others {
        let _ = writeln!(out, "| {} | | | {} | |", cell(what), change(*range));
    }
    if against.unchanged > 0 {
        let jobs = counted(against.unchanged as f64, "job");
        let _ = write!(out, "\n{jobs} cost what they did.\n");
    }
    let notes = [
        ("Left out", &against.left_out),
        ("Assumed", &against.assumptions),
    ];
    for (heading, all) in notes {
        if !all.is_empty() {
            let _ = write!(out, "\n<details><summary>{heading}</summary>\n\n");
            for one in all {
                let _ = writeln!(out, "- {one}");
            }
            out.push_str("\n</details>\n");
        }
    }
    out
}
