//! DK431: fixed workers.

use serde::Serialize;

use super::Context;
use crate::pipeline::{Job, glue};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs with a fixed number of workers.
    ///
    /// ## Why is this bad?
    /// At the usual volume most of them wait and are paid; at three times the volume there are too few.
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
    ///       DefaultArguments: {"--enable-auto-scaling": "true"}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Using auto scaling for AWS Glue:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/auto-scaling.html>
    pub const RULE = ("DK431", "fixed-workers", Pipeline, Hint, ["AWS Glue Developer Guide: Using auto scaling for AWS Glue, https://docs.aws.amazon.com/glue/latest/dg/auto-scaling.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FixedWorkers {
    job: String,
    workers: f64,
}

impl Violation for FixedWorkers {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` always runs with {:.0} workers",
            self.job, self.workers
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set --enable-auto-scaling to true: the number of workers is then the most it takes.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // One or two workers can't become fewer.
    let scales = |job: &&Job| {
        let few = job
            .capacity
            .workers
            .known()
            .is_some_and(|workers| *workers <= 2.0);
        glue::is_spark(job) && !few
    };
    for job in cx.pipeline.jobs.iter().filter(scales) {
        let scales = match job.arguments.get("--enable-auto-scaling") {
            None => false,
            Some(value) => value.known().is_none_or(|value| value == "true"),
        };
        if let (Some(workers), false) = (job.capacity.workers.known(), scales) {
            let found = FixedWorkers {
                job: job.name.clone(),
                workers: *workers,
            };
            findings.push(found.at(cx.place(&job.place)));
        }
    }
    findings
}
