//! DK457: concurrent runs with a bookmark.

use serde::Serialize;

use super::Context;
use crate::pipeline::Field;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports jobs with a bookmark that may run several times at once.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Runs that overlap read the same files and write one bookmark: what one of them skipped or read twice nobody knows.
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
    ///       NumberOfWorkers: 4
    ///       ExecutionProperty: {MaxConcurrentRuns: 3}
    ///       DefaultArguments: {"--job-bookmark-option": job-bookmark-enable}
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
    ///       ExecutionProperty: {MaxConcurrentRuns: 1}
    ///       DefaultArguments: {"--job-bookmark-option": job-bookmark-enable}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Tracking processed data using job bookmarks:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html>
    pub const RULE = ("DK457", "concurrent-bookmark", Pipeline, Warning, ["AWS Glue Developer Guide: Tracking processed data using job bookmarks, https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ConcurrentBookmark {
    job: String,
    concurrent: f64,
}

impl Violation for ConcurrentBookmark {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` has one bookmark for up to {:.0} runs at once",
            self.job, self.concurrent
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set MaxConcurrentRuns to 1, or give each run its own partition instead of a bookmark.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &cx.pipeline.jobs {
        let option = job.arguments.get("--job-bookmark-option");
        let enabled = option
            .and_then(Field::known)
            .is_some_and(|option| option == "job-bookmark-enable");
        if let Some(concurrent) = job
            .concurrent
            .known()
            .filter(|runs| enabled && **runs > 1.0)
        {
            let found = ConcurrentBookmark {
                job: job.name.clone(),
                concurrent: *concurrent,
            };
            findings.push(found.at(cx.place(&job.place)));
        }
    }
    findings
}
