//! DK411: no checkpoint.

use serde::Serialize;

use super::{Context, has_partition, is_read, keeps_state};
use crate::pipeline::glue;
use crate::pipeline::script::{Argument, Call, Script};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports batch jobs of Spark without a job bookmark whose script keeps no state of its own and reads more than its
    /// arguments name. Where the script is not among the files, it is a hint.
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
    /// Of a script that is not among these files nothing is known.
    is_script_known: bool,
}

impl Violation for NoCheckpoint {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.is_script_known {
            true => format!("`{}` has no job bookmark and keeps no state", self.job),
            false => format!(
                "`{}` has no job bookmark, and its script is not here",
                self.job
            ),
        }
    }

    fn severity(&self) -> Severity {
        match self.is_script_known {
            true => RULE.severity,
            false => Severity::Hint,
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set --job-bookmark-option to job-bookmark-enable and commit the job, or write a checkpoint every 10 GB and read it under --resume.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    // Streams keep a checkpoint, and a Python shell has no bookmarks.
    let batch = cx.pipeline.jobs.iter().filter(|job| glue::is_batch(job));
    let jobs = batch.filter(|job| {
        let option = job.arguments.get("--job-bookmark-option");
        let off = match option {
            None => true,
            Some(value) => value
                .known()
                .is_some_and(|value| value != "job-bookmark-enable"),
        };
        off && !cx.pipeline.script_of(job).is_some_and(keeps_place)
    });
    jobs.map(|job| {
        NoCheckpoint {
            job: job.name.clone(),
            is_script_known: cx.pipeline.script_of(job).is_some(),
        }
        .at(cx.place(&job.place))
    })
    .collect()
}

/// Whether a script begins where the last run ended, or reads nothing but what its arguments name.
fn keeps_place(script: &Script) -> bool {
    let mut reads = script.calls.iter().filter(|call| is_read(call)).peekable();
    // A partition that is named is read again as a whole, and no more.
    let bound = |call: &Call| {
        let open = |argument: &Argument| {
            let by_name = argument
                .names
                .iter()
                .any(|name| name != "spark" && name != "glueContext");
            by_name || argument.text.as_deref().is_some_and(has_partition)
        };
        call.keyword("push_down_predicate").is_some() || call.all().any(open)
    };
    keeps_state(script) || reads.peek().is_some() && reads.all(bound)
}
