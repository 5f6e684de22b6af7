//! DK458: Glue version that has ended.

use serde::Serialize;

use super::Context;
use crate::pipeline::glue;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports Spark jobs on a version of Glue that AWS no longer runs.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// At its end of life a version is gone: no run starts, and since its end of support no error in it has been mended.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///       GlueVersion: "2.0"
    ///       WorkerType: G.1X
    ///       NumberOfWorkers: 4
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
    ///       NumberOfWorkers: 4
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: AWS Glue version support policy:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html>
    pub const RULE = ("DK458", "glue-version-ended", Pipeline, Warning, ["AWS Glue Developer Guide: AWS Glue version support policy, https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct GlueVersionEnded {
    job: String,
    version: String,
    /// End of support.
    supported_until: &'static str,
    /// End of life.
    runs_until: &'static str,
}

impl Violation for GlueVersionEnded {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is on Glue {}: its support ended on {}, and it runs no more since {}",
            self.job, self.version, self.supported_until, self.runs_until
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Go to a version that is supported, and test the script on it: Spark and Python change with it.",
        )
    }
}

/// Versions, the end of their support, and the end of their life.
const ENDED: [(&str, &str, &str); 3] = [
    ("0.9", "2022-06-01", "2026-04-01"),
    ("1.0", "2022-09-30", "2026-04-01"),
    ("2.0", "2024-01-31", "2026-04-01"),
];

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A Python shell has dates of its own.
    for job in cx.pipeline.jobs.iter().filter(|job| glue::is_spark(job)) {
        let version = job.capacity.version.known();
        let ended = version.and_then(|own| ENDED.iter().find(|(version, ..)| version == own));
        if let Some((version, supported_until, runs_until)) = ended {
            let found = GlueVersionEnded {
                job: job.name.clone(),
                version: (*version).to_owned(),
                supported_until,
                runs_until,
            };
            findings.push(found.at(cx.place(&job.place)));
        }
    }
    findings
}
