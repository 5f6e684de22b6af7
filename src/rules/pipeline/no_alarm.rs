//! DK424: no alarm.

use serde::Serialize;

use super::Context;
use crate::pipeline::Job;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs of which no alarm on a metric of Glue and no rule for failed runs tells. One for another
    /// job, or for runs that succeed, tells nothing of it.
    /// A state with a Catch may tell somebody, and so may Airflow: of jobs that these alone start nothing is said.
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
    jobs: Vec<String>,
}

/// Jobs that are named.
const NAMED: usize = 5;

impl Violation for NoAlarm {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let named = self.jobs.iter().take(NAMED);
        let named = named.map(|job| format!("`{job}`"));
        let named = named.collect::<Vec<_>>().join(", ");
        match self.jobs.len() {
            1 => format!(
                "Nobody is told when {named} fails: no alarm and no rule for events is about it"
            ),
            jobs => {
                let more = match jobs > NAMED {
                    true => format!(" and {} more", jobs - NAMED),
                    false => String::new(),
                };
                format!(
                    "Nobody is told when one of {jobs} jobs fails ({named}{more}): no alarm and no rule for events is about them"
                )
            }
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Add a rule for Glue Job State Change with FAILED and TIMEOUT, and alarms on freshness and on bytes read against bytes written.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    // What starts a job may tell of its failure, too.
    let untold = |job: &&Job| {
        let mut starts = cx.pipeline.starts_of(job).peekable();
        starts.peek().is_none() || starts.any(|start| !start.may_tell)
    };
    let unwatched = cx.pipeline.jobs.iter().filter(untold).filter(|job| {
        // One of which these files do not tell whose it is may be this job's.
        let mut alarms = cx.pipeline.alarms.iter();
        alarms.all(|alarm| alarm.watches(job, &cx.pipeline.jobs) == Some(false))
    });
    let unwatched: Vec<&Job> = unwatched.collect();
    let found = unwatched.first().map(|first| {
        let jobs = unwatched.iter().map(|job| job.name.clone());
        NoAlarm {
            jobs: jobs.collect(),
        }
        .at(cx.place(&first.place))
    });
    found.into_iter().collect()
}
