//! DK428: secret in arguments.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::secrets;

crate::declare_rule! {
    /// ## What it does
    /// Reports keys and passwords written into the arguments of a job.
    /// References to a secret that is kept elsewhere and placeholders are left alone. No report
    /// shows the secret.
    ///
    /// ## Why is this bad?
    /// Arguments stand in the template, in the console and in every run's record, in clear text.
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
    ///       DefaultArguments: {"--db-url": "jdbc:redshift://example:5439/dev?user=etl&password=hunter2"}
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
    ///       DefaultArguments: {"--db-secret": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:etl"}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Passing sensitive arguments to jobs:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html>
    pub const RULE = ("DK428", "secret-in-arguments", Pipeline, Error, ["AWS Glue Developer Guide: Passing sensitive arguments to jobs, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct SecretInArguments {
    job: String,
    argument: String,
}

impl Violation for SecretInArguments {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` carries a secret in its argument `{}`",
            self.job, self.argument
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Pass the ARN of a secret and read it in the script; then make this one invalid.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &cx.pipeline.jobs {
        for (name, value) in &job.arguments {
            let Some(value) = value.known() else { continue };
            // A block of several lines is known as a secret only by its argument's name.
            let secret = job.secret_arguments.iter().any(|(own, _)| own == name)
                || secrets::in_argument(name, value);
            if secret {
                let found = SecretInArguments {
                    job: job.name.clone(),
                    argument: name.clone(),
                };
                findings.push(found.at(cx.place(&job.place)));
            }
        }
    }
    findings
}
