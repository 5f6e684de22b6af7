//! DK440: an argument that is not given.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports what starts a job without an argument that its script requires.
    ///
    /// ## Why is this bad?
    /// Every run that is started so ends at once, with the words of argparse or of getResolvedOptions in a
    /// log. By hand, with the argument, it works, so that nobody sees it before it is deployed.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///       DefaultArguments: {"--bucket": example-lake}
    ///   Hourly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties:
    ///       Type: SCHEDULED
    ///       Schedule: cron(0 * * * ? *)
    ///       Actions: [{JobName: !Ref Load}]
    /// ```
    /// ```python
    /// import argparse
    /// arguments = argparse.ArgumentParser()
    /// arguments.add_argument("--bucket", required=True)
    /// arguments.add_argument("--day", required=True)
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///       DefaultArguments: {"--bucket": example-lake}
    ///   Hourly:
    ///     Type: AWS::Glue::Trigger
    ///     Properties:
    ///       Type: SCHEDULED
    ///       Schedule: cron(0 * * * ? *)
    ///       Actions: [{JobName: !Ref Load, Arguments: {"--day": today}}]
    /// ```
    /// ```python
    /// import argparse
    /// arguments = argparse.ArgumentParser()
    /// arguments.add_argument("--bucket", required=True)
    /// arguments.add_argument("--day", required=True)
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Using job parameters in AWS Glue jobs:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html>
    pub const RULE = ("DK440", "argument-not-given", Pipeline, Warning, ["AWS Glue Developer Guide: Using job parameters in AWS Glue jobs, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ArgumentNotGiven {
    job: String,
    script: String,
    /// What starts the job.
    by: String,
    arguments: Vec<String>,
}

impl Violation for ArgumentNotGiven {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` starts `{}` without `{}`, which {} requires",
            self.by,
            self.job,
            self.arguments.join("`, `"),
            self.script
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Give it in the Arguments of what starts the job, or in its DefaultArguments where it is always the same.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &cx.pipeline.jobs {
        let Some(script) = cx.pipeline.script_of(job) else {
            continue;
        };
        let required = script.required_arguments();
        for start in cx.pipeline.starts_of(job) {
            // Where only the run knows them, nothing can be told.
            let Some(given) = &start.arguments else {
                continue;
            };
            let required = required.iter().map(|name| format!("--{name}"));
            let missing: Vec<String> = required
                .filter(|name| !given.contains_key(name) && !job.arguments.contains_key(name))
                .collect();
            if !missing.is_empty() {
                let found = ArgumentNotGiven {
                    job: job.name.clone(),
                    script: script.path.clone(),
                    by: start.by.clone(),
                    arguments: missing,
                };
                findings.push(found.at(cx.place(&start.place)));
            }
        }
    }
    findings
}
