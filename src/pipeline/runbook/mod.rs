//! The steps of a rollback, as a page for people and as a script, and what they leave out.

mod keys;
mod target;
mod time;

pub use keys::Keys;
pub use target::{Named, Target};
pub use time::At;

use askama::Template;

use super::cost::Range;
use crate::text::units::duration;
use target::safe;

/// The window that a rollback has, in minutes.
const WINDOW_MINUTES: f64 = 120.0;

/// Why the steps are no complete rollback, and why the command line prints no script of them.
pub const INCOMPLETE: &str = "the rollback deletes rows from the table that nothing loads again, since \
    COPY and MERGE are not run again in the same transaction";

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The time to go back to; the page carries it as a parameter where it is not known yet.
    pub at: Option<At>,
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

/// The page for people.
///
/// # Errors
/// What is missing, or can't stand in a script.
pub fn page(target: &Target, asked: &Asked) -> Result<String, String> {
    let at = asked
        .at
        .map_or_else(|| "AT".to_owned(), |at| at.to_string());
    let since = asked.at.map_or_else(|| "AT".to_owned(), At::sql);
    let copying = asked.objects.zip(asked.copies_per_second);
    let copying = copying.map(|(objects, rate)| Range::of(objects / rate / 60.0));
    let known = |range: Option<Range>, otherwise: &str| match range {
        Some(range) => minutes(range),
        None => otherwise.to_owned(),
    };
    let row = |name, what: String, time: String| StepRow { name, what, time };
    let (bucket, keys, table) = (&target.bucket, &target.keys, target.table.to_string());
    let column = asked.column.as_deref().unwrap_or("COLUMN");
    let steps = vec![
        row(
            "freeze",
            match target.triggers.as_slice() {
                [] => "stops what starts the job: these files name no trigger".to_owned(),
                names => format!("stops `{}`", names.join("`, `")),
            },
            "one call".to_owned(),
        ),
        row(
            "list versions",
            format!("of s3://{bucket}/{keys} as they were"),
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
                "`DELETE FROM {table} WHERE {column} >= '{since}'`; loading these rows again is up to you",
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
        (asked.at.is_none(), "AT, the time to go back to (--at)"),
        (
            target.triggers.is_empty(),
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
        at: &at,
        table: &table,
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
    let at = asked.at.ok_or("the time to go back to is not known")?;
    let prefix = target.keys.to_string();
    let table = target.table.to_string();
    let script = Rollback {
        at: &at.to_string(),
        bucket: &target.bucket,
        prefix: &prefix,
        trigger: target.triggers.first().map_or("TRIGGER", String::as_str),
        job: &target.job,
        table: safe(&table)?,
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
