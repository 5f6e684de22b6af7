//! DK447: job not committed.

use serde::Serialize;

use super::Context;
use crate::pipeline::script::{Argument, Script, is_one_of};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports scripts that call `init` of Glue's `Job` and never `commit`, where bookmarks are used.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Only `commit` writes the bookmark. Without it every run reads again what the runs before it read.
    ///
    /// ## Example
    /// ```python
    /// import sys
    /// from awsglue.context import GlueContext
    /// from awsglue.job import Job
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.context import SparkContext
    ///
    /// args = getResolvedOptions(sys.argv, ["JOB_NAME"])
    /// glue = GlueContext(SparkContext())
    /// job = Job(glue)
    /// job.init(args["JOB_NAME"], args)
    /// orders = glue.create_dynamic_frame.from_catalog(database="raw", table_name="orders", transformation_ctx="orders")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// import sys
    /// from awsglue.context import GlueContext
    /// from awsglue.job import Job
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.context import SparkContext
    ///
    /// args = getResolvedOptions(sys.argv, ["JOB_NAME"])
    /// glue = GlueContext(SparkContext())
    /// job = Job(glue)
    /// job.init(args["JOB_NAME"], args)
    /// orders = glue.create_dynamic_frame.from_catalog(database="raw", table_name="orders", transformation_ctx="orders")
    /// job.commit()
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Tracking processed data using job bookmarks:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html>
    pub const RULE = ("DK447", "job-not-committed", Pipeline, Warning, ["AWS Glue Developer Guide: Tracking processed data using job bookmarks, https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NotCommitted {
    script: String,
    variable: String,
}

impl Violation for NotCommitted {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` calls `{variable}.init` and never `{variable}.commit`: no bookmark is written",
            self.script,
            variable = self.variable
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Call commit at the end of the run, after everything is written.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        if !may_use_bookmarks(cx, script) {
            continue;
        }
        let made = |value: &Argument| value.calls.iter().any(|call| is_one_of(call, &["Job"]));
        let own = script.assigned.iter().filter(|(_, value)| made(value));
        for (variable, _) in own {
            let call = |method: &str| {
                let name = format!("{variable}.{method}");
                script.calls.iter().find(|call| call.name == name)
            };
            if let (Some(init), None) = (call("init"), call("commit")) {
                let found = NotCommitted {
                    script: script.path.clone(),
                    variable: variable.clone(),
                };
                findings.push(found.at(cx.line(&script.path, init.line)));
            }
        }
    }
    findings
}

/// Whether a job that runs the script has bookmarks; of a script without a known job, whether it
/// names what they are kept by.
fn may_use_bookmarks<'a>(cx: &Context<'a>, script: &'a Script) -> bool {
    let mut jobs = cx.jobs_of(script).peekable();
    if jobs.peek().is_none() {
        let mut calls = script.calls.iter();
        return calls.any(|call| call.keyword("transformation_ctx").is_some());
    }
    jobs.any(|job| match job.arguments.get("--job-bookmark-option") {
        None => false,
        Some(value) => value
            .known()
            .is_none_or(|value| value != "job-bookmark-disable"),
    })
}
