//! DK422: no timeout.

use serde::Serialize;

use super::Context;
use crate::pipeline::glue;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs without a timeout of their own, with what a run that hangs would cost. A streaming job needs none.
    ///
    /// ## Why is this bad?
    /// Glue's default is eight hours from Glue 5.0 on and two days before. A run that waits for a lock
    /// or for skewed data is paid until then.
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
    ///       MaxRetries: 1
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
    ///       MaxRetries: 1
    ///       Timeout: 90
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Job properties: timeout:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/add-job.html>
    /// - AWS Glue pricing:
    ///   <https://aws.amazon.com/glue/pricing/>
    pub const RULE = ("DK422", "no-timeout", Pipeline, Warning, ["AWS Glue Developer Guide: Job properties: timeout, https://docs.aws.amazon.com/glue/latest/dg/add-job.html", "AWS Glue pricing, https://aws.amazon.com/glue/pricing/"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoTimeout {
    job: String,
    default_minutes: f64,
    /// For one run that hangs, at the price of today.
    dollars_at_most: Option<f64>,
}

impl Violation for NoTimeout {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        {
            let costs = self.dollars_at_most.map_or(String::new(), |dollars| {
                format!(", up to ${dollars:.0} for a run that hangs")
            });
            format!(
                "`{}` has no timeout: Glue ends it after {:.0} minutes{costs}",
                self.job, self.default_minutes
            )
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Set Timeout to two or three times what a run takes.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let jobs = cx
        .pipeline
        .jobs
        .iter()
        // A stream has no end, and Glue restarts it every week.
        .filter(|job| job.timeout_minutes.is_missing() && !glue::is_streaming(job));
    jobs.map(|job| {
        let minutes = glue::default_timeout_minutes(job);
        let dpu = glue::dpu(job);
        let found = NoTimeout {
            job: job.name.clone(),
            default_minutes: minutes,
            dollars_at_most: dpu
                .map(|dpu| dpu.count * minutes / 60.0 * glue::price(job, cx.config)),
        };
        found.at(cx.place(&job.place))
    })
    .collect()
}
