//! DK424: no alarm.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs in files that have neither an alarm on a metric of Glue nor a rule for its events.
    ///
    /// ## Why is this bad?
    /// A run that fails at night is noticed by whoever looks at yesterday's numbers.
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
    ///   Failed:
    ///     Type: AWS::Events::Rule
    ///     Properties:
    ///       EventPattern: {source: [aws.glue], detail-type: [Glue Job State Change], detail: {state: [FAILED, TIMEOUT]}}
    ///       Targets: [{Id: people, Arn: arn:aws:sns:eu-west-1:000000000000:people}]
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Monitoring with Amazon CloudWatch and EventBridge:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html>
    pub const RULE = ("DK424", "no-alarm", Pipeline, Warning, ["AWS Glue Developer Guide: Monitoring with Amazon CloudWatch and EventBridge, https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoAlarm {
    jobs: usize,
}

impl Violation for NoAlarm {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.jobs {
            1 => "Nobody is told when the job fails: there is no alarm and no rule for its events"
                .to_owned(),
            jobs => format!(
                "Nobody is told when one of {jobs} jobs fails: there is no alarm and no rule for their events"
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Add a rule for Glue Job State Change with FAILED and TIMEOUT, and alarms on freshness and on bytes read against bytes written.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let watched = cx.pipeline.alarms.iter().any(|alarm| {
        let watches = alarm.watches.to_lowercase();
        watches.contains("glue") || watches.contains("freshness")
    });
    let first = cx.pipeline.jobs.first().filter(|_| !watched);
    let found = first.map(|job| {
        let jobs = cx.pipeline.jobs.len();
        NoAlarm { jobs }.at(cx.place(&job.place))
    });
    found.into_iter().collect()
}
