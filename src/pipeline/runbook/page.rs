//! The runbook for people, and the same as JSON.

use askama::Template;
use serde::Serialize;

use super::script;
use super::target::Target;
use super::{Asked, At};
use crate::pipeline::Pipeline;
use crate::pipeline::cost::Range;
use crate::text::units::{duration, thousands};

/// The window that a rollback has, in minutes.
const WINDOW_MINUTES: f64 = 120.0;
/// Objects that the script copies at once (`THREADS` in `templates/objects.py`).
const AT_ONCE: f64 = 64.0;
/// Objects in a second that the script gets through where S3 answers at once: 6,000 of them, 64
/// at once, on two cores with other work, as `tests/reference_pipeline/rate.py` measures it.
const AT_MOST: f64 = 482.0;

/// A runbook: the steps of a rollback, what they take, what they can't do.
#[derive(Debug, Serialize)]
pub struct Runbook {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whether they fit the window of two hours; `None` where that can't be told.
    pub fits: Option<bool>,
    /// What is rolled back.
    pub targets: Targets,
    /// What stays as it is.
    pub cannot_undo: Vec<String>,
    /// Why there is no script; `None` where there is one.
    pub no_script: Option<String>,
    /// What a run of the job is told; `None` where there is no script.
    #[serde(skip)]
    run: Option<String>,
    #[serde(skip)]
    missing: Vec<&'static str>,
    #[serde(skip)]
    total: Option<Range>,
}

/// One step.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Its name in the script.
    pub name: &'static str,
    /// What it takes at least and at most; `None` where nothing tells.
    pub minutes: Option<[f64; 2]>,
    /// What it does.
    pub why: String,
    #[serde(skip)]
    about: String,
}

/// What is rolled back.
#[derive(Debug, Serialize)]
pub struct Targets {
    /// The bucket that COPY reads.
    pub bucket: String,
    /// The keys that COPY reads.
    pub prefix: String,
    /// What else the job writes, each with its bucket.
    pub also: Vec<String>,
    /// The table.
    pub table: String,
    /// The job.
    pub job: String,
    /// What starts it: triggers, rules, schedules.
    pub triggers: Vec<String>,
    /// The time in UTC.
    pub at: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "runbook.md", escape = "none")]
struct Page<'a> {
    at: String,
    table: &'a str,
    targets: Vec<(&'static str, String)>,
    basis: &'static str,
    steps: &'a [Step],
    total: String,
    verdict: String,
    refused: Option<&'a str>,
    /// The arguments that the script takes each time.
    arguments: String,
    cannot_undo: &'a [String],
    instead: &'a [&'static str],
    missing: String,
}

/// Other ways back, with what AWS and Iceberg say of them.
const INSTEAD: &[&str] = &[
    "Rows from before the time were changed: Redshift's table restore (`aws redshift \
     restore-table-from-cluster-snapshot`, `aws redshift-serverless restore-table-from-snapshot`) gives the table of a \
     snapshot under a new name. Then start the script with `--before NEW_NAME` and one `--run` for each load since the \
     snapshot. One table at a time, only into the cluster that the snapshot is of, not with an interleaved sort key, \
     and without foreign keys, grants and views of the old one [Redshift Management Guide, Restoring a table from a \
     snapshot].",
    "There are millions of objects, or the verdict above is that they don't fit: S3 Batch Operations copy the versions \
     that a manifest names without this machine, billions of them, but none above 5 GB, none under SSE-C, and not from \
     Glacier before they are restored [S3 User Guide, Copy objects].",
    "Versions were removed, or versioning was off: AWS Backup with continuous backup of the bucket goes back to any \
     point of up to 35 days. It must have been on before, and does not bring an object back over a present one, so that \
     it restores to another bucket [AWS Backup Developer Guide].",
    "The table is an Iceberg table: `CALL catalog.system.rollback_to_timestamp(…)` changes its metadata alone, and no \
     object needs to be copied [Iceberg, Spark procedures].",
];

impl Runbook {
    /// Works the runbook out.
    pub fn of(pipeline: &Pipeline, target: &Target, asked: &Asked) -> Self {
        let copying = asked.objects.zip(asked.copies_per_second);
        let copying = copying.map(|(objects, rate)| Range::of(objects / rate / 60.0));
        let total = copying
            .zip(asked.rerun_minutes)
            .map(|(copying, rerun)| Range {
                low: copying.low + rerun.low,
                high: copying.high + rerun.high,
            });
        let script = script::rollback_script(pipeline, target, asked);
        let (run, no_script) = match script {
            Ok(script) => (Some(script.run), None),
            Err(error) => (None, Some(error)),
        };
        let steps = steps(target, asked, copying);
        // What the script alone takes, where nobody has measured S3.
        let objects = asked.objects.unwrap_or_default();
        let alone = objects / AT_MOST / 60.0 + asked.rerun_minutes.map_or(0.0, |range| range.low);
        let fits = match total {
            None if alone > WINDOW_MINUTES => Some(false),
            Some(total) if total.low > WINDOW_MINUTES => Some(false),
            Some(total) if total.high <= WINDOW_MINUTES => Some(true),
            _ => None,
        };
        let missing = [
            (asked.at.is_none(), "AT, the time to go back to (--at)"),
            (
                asked.column.is_none(),
                "--column, the column that tells when a row is of",
            ),
            (
                starters(target).is_empty(),
                "what starts the job, which these files do not describe; the script asks Glue, Step Functions and \
                 EventBridge for it",
            ),
            (
                asked.objects.is_none(),
                "--objects and --copies-per-second: the script without --apply counts the first, and says the \
                 second as it goes",
            ),
            (asked.rerun_minutes.is_none(), "--rerun-minutes"),
        ];
        let missing = missing.into_iter().filter(|(missing, _)| *missing);
        Self {
            steps,
            fits,
            targets: targets(target, asked.at),
            cannot_undo: cannot_undo(target, asked),
            no_script,
            run,
            missing: missing.map(|(_, what)| what).collect(),
            total,
        }
    }

    /// As a page.
    ///
    /// # Errors
    /// Never in practice.
    pub fn page(&self, asked: &Asked) -> Result<String, String> {
        let targets = &self.targets;
        let mut shown = vec![
            ("table", format!("`{}`", targets.table)),
            ("job", format!("`{}`", targets.job)),
            (
                "files",
                format!("s3://{}/{}", targets.bucket, targets.prefix),
            ),
        ];
        if !targets.also.is_empty() {
            shown.push(("also written by it", targets.also.join(", ")));
        }
        let page = Page {
            at: targets.at.clone().unwrap_or_else(|| "AT".to_owned()),
            table: &targets.table,
            targets: shown,
            basis: "copies and the rerun from the numbers given; single calls and statements are not timed",
            steps: &self.steps,
            total: self.total.map_or_else(|| "not known".to_owned(), minutes),
            verdict: self.verdict(asked),
            refused: self.no_script.as_deref(),
            arguments: [
                asked.at.is_none().then(|| "--at AT".to_owned()),
                self.run
                    .as_ref()
                    .filter(|run| !run.is_empty())
                    .map(|run| format!("--run '{run}'")),
            ]
            .into_iter()
            .flatten()
            .map(|argument| format!(" {argument}"))
            .collect(),
            cannot_undo: &self.cannot_undo,
            instead: INSTEAD,
            missing: self.missing.join("; "),
        };
        page.render().map_err(|error| error.to_string())
    }

    fn verdict(&self, asked: &Asked) -> String {
        match (self.fits, self.total, asked.objects) {
            (Some(true), ..) => {
                "Copies and rerun fit the window of two hours; the load comes on top.".to_owned()
            }
            (Some(false), ..) => {
                "This does not fit the window of two hours: restore a smaller prefix, raise \
                                  THREADS, or take another way."
                    .to_owned()
            }
            (None, Some(_), _) => "This may not fit the window of two hours.".to_owned(),
            (None, None, Some(objects)) => {
                let left = WINDOW_MINUTES - asked.rerun_minutes.map_or(0.0, |range| range.high);
                match left > 0.0 {
                    true => format!(
                        "{} objects fit if {} of them are copied in a second: with {AT_ONCE} at once that \
                         is one in {} at most. The script itself gets through {AT_MOST} a second, measured where \
                         S3's answer takes no time; it says what it reaches, and when that does not fit.",
                        thousands(objects),
                        rounded(objects / left / 60.0),
                        duration(left * 60e3 * AT_ONCE / objects)
                    ),
                    false => "The rerun alone may not fit the window of two hours.".to_owned(),
                }
            }
            (None, None, None) => {
                "Whether this fits the window of two hours depends on what is not known here."
                    .to_owned()
            }
        }
    }
}

/// Two digits that count.
fn rounded(number: f64) -> String {
    match number {
        number if number >= 10.0 => thousands(number.ceil()),
        number => format!("{number:.2}"),
    }
}

fn targets(target: &Target, at: Option<At>) -> Targets {
    let also = target.also.iter();
    Targets {
        bucket: target.bucket.clone(),
        prefix: target.keys.to_string(),
        also: also
            .map(|(bucket, keys)| format!("s3://{bucket}/{keys}"))
            .collect(),
        table: target.table.to_string(),
        job: target.job.clone(),
        triggers: starters(target),
        at: at.map(|at| at.to_string()),
    }
}

fn steps(target: &Target, asked: &Asked, copying: Option<Range>) -> Vec<Step> {
    // What the script alone takes, where S3's own time is not known.
    let least = asked.objects.map(|objects| {
        let alone = duration(objects / AT_MOST * 1e3);
        format!("at least {alone}, and what S3 takes")
    });
    let step = |name, why: String, minutes: Option<Range>, otherwise: &str| Step {
        name,
        minutes: minutes.map(|range| [range.low, range.high]),
        why,
        about: minutes.map_or_else(|| otherwise.to_owned(), self::minutes),
    };
    let (table, job) = (&target.table, &target.job);
    let since = asked.at.map_or_else(|| "AT".to_owned(), At::sql);
    let column = asked.column.as_deref().unwrap_or("COLUMN");
    let triggers = match starters(target).as_slice() {
        [] => format!("stops what starts `{job}`"),
        names => format!(
            "stops `{}` and whatever else starts `{job}`",
            names.join("`, `")
        ),
    };
    let runs = match target.machines.as_slice() {
        [] => "ends the runs in flight, and waits until none is left".to_owned(),
        machines => {
            let names: Vec<&str> = machines
                .iter()
                .map(|machine| machine.name.as_str())
                .collect();
            format!(
                "ends what `{}` is doing and the runs in flight, and waits until none is left",
                names.join("`, `")
            )
        }
    };
    vec![
        step("freeze", triggers, None, "one call each"),
        step("stop_runs", runs, None, "calls"),
        step(
            "restore_objects",
            "copies each version of then over the present one, the job's state with the files, and puts a \
             delete marker on what is new"
                .to_owned(),
            copying,
            least.as_deref().unwrap_or("--objects / --copies-per-second"),
        ),
        step(
            "rerun",
            format!("runs `{job}` for each `--run`, with every argument that it requires"),
            asked.rerun_minutes,
            "--rerun-minutes",
        ),
        step(
            "load",
            format!(
                "in one transaction: locks `{table}`, `DELETE FROM {table} WHERE {column} >= '{since}'`, COPY and \
                 what follows it, and the counts, without which it is rolled back"
            ),
            None,
            "one transaction",
        ),
        step(
            "verify_and_thaw",
            "counts again, against the count that you gave; starts what was stopped only if it is right".to_owned(),
            None,
            "one statement, one call each",
        ),
    ]
}

/// What starts the job by itself, as far as these files tell.
fn starters(target: &Target) -> Vec<String> {
    let all = target.triggers.iter().chain(&target.schedules);
    all.cloned().collect()
}

fn cannot_undo(target: &Target, asked: &Asked) -> Vec<String> {
    let column = asked.column.as_deref().unwrap_or("COLUMN");
    let since = asked
        .at
        .map_or_else(|| "AT".to_owned(), |at| at.to_string());
    vec![
        format!(
            "Rows of `{}` with {column} before {since} that a load since then changed or added, unless the files \
             that are loaded again hold them: give an earlier `--since`, or a copy of the table of then with \
             `--before`.",
            target.table
        ),
        "What others made of the rows meanwhile: tables, materialized views and files that were derived, results \
         that were sent."
            .to_owned(),
        "Versions that a lifecycle has removed; the script refuses where that may be so. Archived ones (Glacier) must \
         be restored first, which takes hours, and it names them."
            .to_owned(),
        "Versions whose KMS key is disabled or deleted, and those under SSE-C: S3 does not copy them, and the script \
         stops there and names the first."
            .to_owned(),
        "The wrong objects stay as older versions, and are charged, until a lifecycle removes them: nothing is \
         destroyed, so that Object Lock does not stand in the way."
            .to_owned(),
        "What starts the job besides Glue's triggers, state machines that name it, and rules and schedules of \
         EventBridge (Lambda, another account, a person): a run that appears stops the script before the load and \
         before anything is started again."
            .to_owned(),
        "Queries of the table wait while the transaction holds its lock, and its deleted rows take room until VACUUM."
            .to_owned(),
    ]
}

fn minutes(range: Range) -> String {
    let (low, high) = (duration(range.low * 60e3), duration(range.high * 60e3));
    match low == high {
        true => low,
        false => format!("{low} to {high}"),
    }
}
