//! DK421: no retries.

use serde::Serialize;

use super::Context;
use crate::pipeline::{Field, Job, Pipeline, Started};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs that are retried neither by Glue nor by the state machine or DAG that starts them. Of a job that nothing
    /// in these files starts, it is not known.
    ///
    /// ## Why is this bad?
    /// A lost executor or a throttled request ends the run, and the next one starts only with the
    /// schedule: the data is late by a whole period.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///       GlueVersion: "5.0"
    ///       WorkerType: G.1X
    ///       NumberOfWorkers: 10
    ///       Timeout: 60
    ///   Nightly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Name: nightly, Type: SCHEDULED, Schedule: cron(0 2 * * ? *), Actions: [{JobName: Load}]}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///       GlueVersion: "5.0"
    ///       WorkerType: G.1X
    ///       NumberOfWorkers: 10
    ///       Timeout: 60
    ///       MaxRetries: 2
    ///   Nightly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Name: nightly, Type: SCHEDULED, Schedule: cron(0 2 * * ? *), Actions: [{JobName: Load}]}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Job properties: number of retries:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/add-job.html>
    pub const RULE = ("DK421", "no-retries", Pipeline, Warning, ["AWS Glue Developer Guide: Job properties: number of retries, https://docs.aws.amazon.com/glue/latest/dg/add-job.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoRetries {
    job: String,
}

impl Violation for NoRetries {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` is not retried", self.job)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set MaxRetries, once a rerun is safe, or a Retry in the state machine that starts the job.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let jobs = cx.pipeline.jobs.iter().filter(|job| {
        let none = match &job.max_retries {
            Field::Missing => true,
            Field::Known(retries) => *retries == 0.0,
            Field::Symbolic => false,
        };
        none && is_started(cx.pipeline, job) && !may_be_retried(cx.pipeline, job)
    });
    jobs.map(|job| {
        NoRetries {
            job: job.name.clone(),
        }
        .at(cx.place(&job.place))
    })
    .collect()
}

/// Whether these files tell of something that starts the job, or may: of what starts it
/// elsewhere they don't tell whether it does so again.
fn is_started(pipeline: &Pipeline, job: &Job) -> bool {
    pipeline.starts_of(job).next().is_some()
        || pipeline
            .starts
            .iter()
            .any(|start| start.what == Started::Unknown)
}

/// Whether whatever starts the job starts it again after a failure; where nothing is known to,
/// whether one that starts a job which only the run knows does.
fn may_be_retried(pipeline: &Pipeline, job: &Job) -> bool {
    let mut own = pipeline.starts_of(job).peekable();
    if own.peek().is_some() {
        return own.all(|start| start.is_retried);
    }
    let mut open = pipeline.starts.iter();
    open.any(|start| start.what == Started::Unknown && start.is_retried)
}
