//! DK443: a script that its role can't read.

use serde::Serialize;

use super::Context;
use crate::pipeline::access::Access;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs whose role is in the template and has no policy that lets it read the job's script.
    ///
    /// ## Why is this bad?
    /// Glue reads the script as the role of the job: the run ends with an access denied before the script's
    /// first line.
    ///
    /// ## Example
    /// ```yaml
    /// Parameters:
    ///   Code: {Type: String}
    /// Resources:
    ///   Lake: {Type: AWS::S3::Bucket}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       Policies:
    ///         - PolicyName: lake
    ///           PolicyDocument:
    ///             Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Lake.Arn}/*"}]
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Role: !GetAtt Role.Arn
    ///       Command: {Name: glueetl, ScriptLocation: !Sub "s3://${Code}/job.py"}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Parameters:
    ///   Code: {Type: String}
    /// Resources:
    ///   Lake: {Type: AWS::S3::Bucket}
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       Policies:
    ///         - PolicyName: lake
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Lake.Arn}/*"}
    ///               - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${Code}/job.py"}
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Role: !GetAtt Role.Arn
    ///       Command: {Name: glueetl, ScriptLocation: !Sub "s3://${Code}/job.py"}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Create an IAM role for AWS Glue:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html>
    pub const RULE = ("DK443", "script-not-readable", Pipeline, Warning, ["AWS Glue Developer Guide: Create an IAM role for AWS Glue, https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ScriptNotReadable {
    job: String,
    role: String,
    script: String,
}

impl Violation for ScriptNotReadable {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` runs as `{}`, which no policy of these files lets read its script `{}`",
            self.job, self.role, self.script
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Allow the role s3:GetObject on the script, and on what else the job takes from there.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &cx.pipeline.jobs {
        let script = job.script.known();
        let object = script.and_then(|script| script.strip_prefix("s3://"));
        let (Some(script), Some(object), Some(role)) = (script, object, cx.pipeline.role_of(job))
        else {
            continue;
        };
        let resource = format!("arn:aws:s3:::{object}");
        if cx.pipeline.access(role, "s3:GetObject", &resource) == Access::NotAllowed {
            let found = ScriptNotReadable {
                job: job.name.clone(),
                role: role.name.clone(),
                script: script.clone(),
            };
            findings.push(found.at(cx.place(&job.place)));
        }
    }
    findings
}
