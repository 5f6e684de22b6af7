//! DK442: a load that nothing runs.

use serde::Serialize;

use super::Context;
use crate::pipeline::loads::{Loads, StepKind};
use crate::pipeline::script::Script;
use crate::pipeline::{Field, Job, Pipeline};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports SQL with a COPY that nothing runs, where these files show all that is started.
    ///
    /// ## Why is this bad?
    /// The jobs write their files, every run is green, and the table stays as it is.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///   Hourly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Type: SCHEDULED, Schedule: cron(0 * * * ? *), Actions: [{JobName: !Ref Load}]}
    /// ```
    /// ```python
    /// orders.write.parquet("s3://example-lake/clean/orders/")
    /// ```
    /// ```sql
    /// COPY orders FROM 's3://example-lake/clean/orders/' IAM_ROLE default FORMAT PARQUET;
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///   Hourly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Type: SCHEDULED, Schedule: cron(0 * * * ? *), Actions: [{JobName: !Ref Load}]}
    /// ```
    /// ```python
    /// import boto3
    /// orders.write.parquet("s3://example-lake/clean/orders/")
    /// boto3.client("redshift-data").execute_statement(
    ///     WorkgroupName="default", Database="dev",
    ///     Sql="COPY orders FROM 's3://example-lake/clean/orders/' IAM_ROLE default FORMAT PARQUET",
    /// )
    /// ```
    /// ```sql
    /// COPY orders FROM 's3://example-lake/clean/orders/' IAM_ROLE default FORMAT PARQUET;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Management Guide: Using the Amazon Redshift Data API:
    ///   <https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>
    pub const RULE = ("DK442", "load-not-run", Pipeline, Warning, ["Amazon Redshift Management Guide: Using the Amazon Redshift Data API, https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct LoadNotRun {
    file: String,
    table: String,
    /// Jobs that would run it and that nothing starts.
    waiting: Vec<String>,
}

impl Violation for LoadNotRun {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.waiting.as_slice() {
            [] => format!(
                "Nothing runs the COPY of `{}`: no job, state machine or rule of these files takes {}",
                self.table, self.file
            ),
            jobs => format!(
                "Nothing runs the COPY of `{}`: `{}` would take {}, and nothing starts it",
                self.table,
                jobs.join("`, `"),
                self.file
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Let a state machine run it with the Data API once the job has succeeded, or a job that it starts.",
        )
    }
}

/// Whether something runs a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Yes,
    No,
    /// It may: what it runs is not known here.
    Perhaps,
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let pipeline = cx.pipeline;
    let unread = pipeline
        .jobs
        .iter()
        .any(|job| pipeline.script_of(job).is_none());
    if pipeline.jobs.is_empty()
        || pipeline.starts.is_empty()
        || unread
        || !pipeline.unseen.is_empty()
    {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for ((source, _), loads) in pipeline.sql.iter().zip(cx.loads()) {
        let by_itself = source.text.to_uppercase().contains("JOB CREATE");
        // What stands in a script or a DAG is run by it.
        if !source.name.to_lowercase().ends_with(".sql") {
            continue;
        }
        let copy = loads.steps.iter().find(|step| step.kind == StepKind::Copy);
        let Some(copy) = copy.filter(|_| !by_itself) else {
            continue;
        };
        let file = file_name(&source.name);
        if pipeline.dags.iter().any(|dag| dag.runs(file)) {
            continue;
        }
        let mut waiting = Vec::new();
        let scripts = pipeline.scripts.iter();
        let by_scripts =
            scripts.map(|script| of_script(pipeline, script, file, &loads, &mut waiting));
        let by_scripts: Vec<Runs> = by_scripts.collect();
        let mut direct = pipeline.statements.iter().map(|sql| match sql {
            Field::Known(text) => of_text(text, &loads),
            _ => Runs::Perhaps,
        });
        if by_scripts.iter().all(|runs| *runs == Runs::No) && direct.all(|runs| runs == Runs::No) {
            let targets: Vec<&str> = loads.targets(copy.start).into_iter().collect();
            let found = LoadNotRun {
                file: source.name.clone(),
                table: targets.join("`, `"),
                waiting,
            };
            findings.push(found.at(cx.line(&loads.path, copy.line)));
        }
    }
    findings
}

/// Whether a statement loads what the file loads.
fn of_text(text: &str, loads: &Loads) -> Runs {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '#')))
        .map(str::to_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let copies = loads
        .steps
        .iter()
        .filter(|step| step.kind == StepKind::Copy);
    match has("copy") {
        true if copies.into_iter().any(|step| has(&step.table)) => Runs::Yes,
        // A name may be put in when it runs.
        true if text.contains("{") => Runs::Perhaps,
        // What a procedure does is not looked at.
        false if has("call") => Runs::Perhaps,
        _ => Runs::No,
    }
}

fn of_script(
    pipeline: &Pipeline,
    script: &Script,
    file: &str,
    loads: &Loads,
    waiting: &mut Vec<String>,
) -> Runs {
    if !reaches_warehouse(script) {
        return Runs::No;
    }
    let jobs: Vec<&Job> = pipeline
        .jobs
        .iter()
        .filter(|job| {
            pipeline
                .script_of(job)
                .is_some_and(|of| of.path == script.path)
        })
        .collect();
    let given = |job: &Job| -> Vec<String> {
        let own = job.arguments.values();
        let starts = pipeline
            .starts_of(job)
            .filter_map(|start| start.arguments.as_ref());
        let all = own.chain(starts.flat_map(|arguments| arguments.values()));
        all.filter_map(|value| value.known().cloned()).collect()
    };
    let arguments: Vec<String> = jobs.iter().flat_map(|job| given(job)).collect();
    let names = || arguments.iter().chain(&script.texts).map(String::as_str);
    let names_it = names().any(|text| file_name(text) == file);
    let copies = names().map(|text| of_text(text, loads));
    let copies: Vec<Runs> = copies.filter(|runs| *runs != Runs::No).collect();
    let names_other = names().any(|text| text.ends_with(".sql"));
    let takes = match (names_it || copies.contains(&Runs::Yes), names_other) {
        (true, _) => Runs::Yes,
        (false, true) => Runs::No,
        (false, false)
            if script.texts.iter().any(|text| is_statement(text)) && copies.is_empty() =>
        {
            Runs::No
        }
        (false, false) => Runs::Perhaps,
    };
    // Where only a trigger of unknown target is left, it may start it.
    let is_started = |job: &&Job| {
        let unknown = |trigger| pipeline.is_started_by(job, trigger);
        pipeline.starts_of(job).next().is_some()
            || pipeline.triggers.iter().any(unknown)
            || pipeline.starts.iter().any(|start| {
                start.machine.is_some() && start.what == crate::pipeline::Started::Unknown
            })
    };
    match takes {
        Runs::No => Runs::No,
        // A script of no job is run by something that is not among these files.
        takes if jobs.is_empty() || jobs.iter().any(is_started) => takes,
        _ => {
            waiting.extend(jobs.iter().map(|job| job.name.clone()));
            Runs::No
        }
    }
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let begins = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "VACUUM", "ANALYZE", "TRUNCATE",
    ];
    begins.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether a script runs SQL, by the Data API, by a driver, or by what Spark's connector does before
/// and after it writes.
fn reaches_warehouse(script: &Script) -> bool {
    let acts = ["preactions", "postactions"];
    let acts = acts.iter().any(|name| script.texts.contains(*name));
    let by_call = script.calls.iter().any(|call| match call.method() {
        "execute_statement" | "batch_execute_statement" | "execute" | "executemany" => true,
        "jdbc" => acts,
        "from_jdbc_conf" | "from_options" => acts && call.name.contains("write_dynamic_frame"),
        "format" => call.all().any(|argument| {
            let text = argument.text.as_deref().unwrap_or_default();
            acts && (text == "jdbc" || text.contains("redshift"))
        }),
        _ => false,
    });
    by_call || script.texts.iter().any(|text| file_name(text) == "psql")
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
