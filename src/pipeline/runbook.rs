//! The steps of a rollback, as a page for people and as a script, and what they leave out.

use askama::Template;

use super::cost::Range;
use super::{Pipeline, loads};
use crate::sql::Body;
use crate::text::units::duration;

/// The window that a rollback has, in minutes.
const WINDOW_MINUTES: f64 = 120.0;

/// Why the steps are no complete rollback, and why the command line prints no script of them.
pub const INCOMPLETE: &str = "the rollback deletes rows from the table that nothing loads again, since \
    COPY and MERGE are not run again in the same transaction";

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The time to go back to, as `2026-01-02T03:00:00Z`.
    pub at: String,
    /// The column of the table that tells when.
    pub column: Option<String>,
    /// Objects to restore.
    pub objects: Option<f64>,
    /// Objects that are copied in a second, as measured.
    pub copies_per_second: Option<f64>,
    /// Minutes of the run that loads again.
    pub rerun_minutes: Option<Range>,
}

#[derive(Debug, Template)]
#[template(path = "runbook.md", escape = "none")]
struct Page<'a> {
    at: &'a str,
    table: &'a str,
    incomplete: &'a str,
    basis: String,
    steps: Vec<StepRow>,
    total: String,
    verdict: String,
    missing: String,
}

#[derive(Debug)]
struct StepRow {
    name: &'static str,
    what: String,
    time: String,
}

#[derive(Debug, Template)]
#[template(path = "rollback.sh", escape = "none")]
struct Rollback<'a> {
    at: &'a str,
    bucket: &'a str,
    prefix: &'a str,
    trigger: &'a str,
    job: &'a str,
    table: &'a str,
    column: &'a str,
}

#[derive(Debug, Template)]
#[template(path = "scale.sh", escape = "none")]
struct Scale<'a> {
    job: &'a str,
    workers: f64,
}

/// What the pipeline tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The job.
    pub job: String,
    /// The trigger that starts it.
    pub trigger: String,
    /// The bucket and the prefix that COPY reads.
    pub bucket: String,
    /// The prefix.
    pub prefix: String,
    /// The table that is loaded.
    pub table: String,
}

/// A name that stands in a shell script between quotes.
fn safe(text: &str) -> Result<&str, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-./:=+ ".contains(c);
    match text.chars().all(fine) {
        true => Ok(text),
        false => Err(format!(
            "`{text}` can't stand in a script: only letters, digits and `_-./:=+` can"
        )),
    }
}

impl Target {
    /// Finds the first job, what starts it, what COPY reads and the table that it fills.
    ///
    /// # Errors
    /// What is missing, and how to give it.
    pub fn of(pipeline: &Pipeline) -> Result<Self, String> {
        let job = pipeline.jobs.first();
        let job = job.ok_or("there is no Glue job in these files")?;
        let trigger = pipeline.triggers.iter().find(|trigger| trigger.starts(job));
        let copies = pipeline
            .sql
            .iter()
            .flat_map(|(_, script)| &script.statements);
        let mut copies = copies.filter_map(|statement| match &statement.body {
            Body::Copy(copy) => Some(copy),
            _ => None,
        });
        let copy = copies.next();
        let copy =
            copy.ok_or("there is no COPY in these files: the prefix and the table are not known")?;
        let from = copy.from.0.trim_matches('\'');
        let location = from.strip_prefix("s3://").unwrap_or(from);
        let (bucket, key) = location.split_once('/').unwrap_or((location, ""));
        // The partitions of a table go together.
        let prefix: Vec<&str> = key
            .split('/')
            .take_while(|part| !part.contains('='))
            .collect();
        let prefix = match key.contains('=') {
            true => format!("{}/", prefix.join("/")),
            false => key
                .rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/")),
        };
        let loaded = pipeline.sql.iter().find_map(|(source, script)| {
            let loads = loads::read(source, script);
            loads.target().map(str::to_owned)
        });
        Ok(Self {
            job: safe(&job.name)?.to_owned(),
            trigger: safe(trigger.map_or("TRIGGER", |trigger| trigger.name.as_str()))?.to_owned(),
            bucket: safe(bucket)?.to_owned(),
            prefix: safe(&prefix)?.to_owned(),
            table: safe(&loaded.unwrap_or_else(|| copy.table.table.name.as_str().to_owned()))?
                .to_owned(),
        })
    }
}

/// The page for people.
///
/// # Errors
/// What is missing, or can't stand in a script.
pub fn page(target: &Target, asked: &Asked) -> Result<String, String> {
    safe(&asked.at)?;
    let copying = asked.objects.zip(asked.copies_per_second);
    let copying = copying.map(|(objects, rate)| Range::of(objects / rate / 60.0));
    let known = |range: Option<Range>, otherwise: &str| match range {
        Some(range) => minutes(range),
        None => otherwise.to_owned(),
    };
    let row = |name, what: String, time: String| StepRow { name, what, time };
    let (bucket, prefix, table) = (&target.bucket, &target.prefix, &target.table);
    let column = asked.column.as_deref().unwrap_or("COLUMN");
    let steps = vec![
        row(
            "freeze",
            format!("stops the trigger `{}`", target.trigger),
            "one call".to_owned(),
        ),
        row(
            "list versions",
            format!("of s3://{bucket}/{prefix} as they were"),
            "one call for 1,000 versions".to_owned(),
        ),
        row(
            "restore",
            "copies each old version over the new one; removes what is new".to_owned(),
            known(copying, "--objects / --copies-per-second"),
        ),
        row(
            "unload",
            format!(
                "`DELETE FROM {table} WHERE {column} >= '{}'`; loading these rows again is up to you",
                asked.at
            ),
            "one statement".to_owned(),
        ),
        row(
            "rerun",
            format!("`{}` with `--resume`", target.job),
            known(asked.rerun_minutes, "--rerun-minutes"),
        ),
        row(
            "verify",
            "counts the rows since, against what the job printed".to_owned(),
            "one statement".to_owned(),
        ),
        row(
            "thaw",
            "starts the trigger again".to_owned(),
            "one call".to_owned(),
        ),
    ];
    let total = copying
        .zip(asked.rerun_minutes)
        .map(|(copying, rerun)| Range {
            low: copying.low + rerun.low,
            high: copying.high + rerun.high,
        });
    let verdict = match total {
        Some(total) if total.high <= WINDOW_MINUTES => {
            "These steps fit the window of two hours; loading the rows again comes on top."
        }
        Some(total) if total.low > WINDOW_MINUTES => {
            "These steps do not fit the window of two hours: restore a smaller prefix, or copy more at once."
        }
        Some(_) => "These steps may not fit the window of two hours.",
        None => {
            "Whether these steps fit the window of two hours depends on what is not known here."
        }
    };
    let missing: Vec<&str> = [
        (
            asked.column.is_none(),
            "--column, the column that tells when a row was loaded",
        ),
        (
            target.trigger == "TRIGGER",
            "the trigger, which these files do not describe",
        ),
        (
            copying.is_none(),
            "--objects and --copies-per-second, as you measured them",
        ),
        (asked.rerun_minutes.is_none(), "--rerun-minutes"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect();
    let page = Page {
        at: &asked.at,
        table,
        incomplete: INCOMPLETE,
        basis:
            "copies and the rerun from the numbers given; single calls and statements are not timed"
                .to_owned(),
        steps,
        total: known(total, "not known"),
        verdict: verdict.to_owned(),
        missing: missing.join("; "),
    };
    page.render().map_err(|error| error.to_string())
}

fn minutes(range: Range) -> String {
    let (low, high) = (duration(range.low * 60e3), duration(range.high * 60e3));
    match low == high {
        true => low,
        false => format!("{low} to {high}"),
    }
}

/// The script of these steps: it can be run again after a failure at any call. The command
/// line doesn't print it, since it is [`INCOMPLETE`].
///
/// # Errors
/// What can't stand in a script.
pub fn rollback_script(target: &Target, asked: &Asked) -> Result<String, String> {
    let script = Rollback {
        at: safe(&asked.at)?,
        bucket: &target.bucket,
        prefix: &target.prefix,
        trigger: &target.trigger,
        job: &target.job,
        table: &target.table,
        column: safe(asked.column.as_deref().unwrap_or("COLUMN"))?,
    };
    script.render().map_err(|error| error.to_string())
}

/// The script that raises and lowers the job's workers by its backlog.
///
/// # Errors
/// Never in practice.
pub fn scaling_script(target: &Target, workers: f64) -> Result<String, String> {
    let script = Scale {
        job: &target.job,
        workers,
    };
    script.render().map_err(|error| error.to_string())
}
