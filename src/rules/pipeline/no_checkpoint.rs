//! DK411: no checkpoint.

use serde::Serialize;

use super::{Context, keeps_state};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs without a job bookmark whose script, where it is known, keeps no state of its own.
    ///
    /// ## Why is this bad?
    /// A job that fails after an hour starts at the beginning: what it did is paid again, and the
    /// two-hour window for a rerun may be gone. One checkpoint every 10 GB bounds what is lost.
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
    ///       DefaultArguments: {"--enable-auto-scaling": "true"}
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
    ///       DefaultArguments: {"--job-bookmark-option": job-bookmark-enable}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Tracking processed data using job bookmarks:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html>
    pub const RULE = ("DK411", "no-checkpoint", Pipeline, Warning, ["AWS Glue Developer Guide: Tracking processed data using job bookmarks, https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoCheckpoint {
    job: String,
}

impl Violation for NoCheckpoint {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` has no job bookmark and keeps no state", self.job)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set --job-bookmark-option to job-bookmark-enable and commit the job, or write a checkpoint every 10 GB and read it under --resume.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let jobs = cx.pipeline.jobs.iter().filter(|job| {
        let option = job.arguments.get("--job-bookmark-option");
        let off = match option {
            None => true,
            Some(value) => value
                .known()
                .is_some_and(|value| value != "job-bookmark-enable"),
        };
        off && !cx.pipeline.script_of(job).is_some_and(keeps_state)
    });
    jobs.map(|job| {
        NoCheckpoint {
            job: job.name.clone(),
        }
        .at(cx.place(&job.place))
    })
    .collect()
}
