//! DK413: random run id.

use serde::Serialize;

use super::{Context, is_write};
use crate::pipeline::script::is_one_of;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports output paths that depend on a random number or on the time of the run.
    ///
    /// ## Why is this bad?
    /// A rerun of the same input writes beside its first try instead of over it: rows are doubled,
    /// and nobody can tell which try counts.
    ///
    /// ## Example
    /// ```python
    /// import uuid
    /// run = uuid.uuid4()
    /// df = spark.read.json(f"s3://example-lake/raw/dt={day}/")
    /// df.write.parquet(f"s3://example-lake/clean/{run}/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// df = spark.read.json(f"s3://example-lake/raw/dt={day}/")
    /// df.write.mode("overwrite").parquet(f"s3://example-lake/clean/dt={day}/")
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Job run IDs and retries:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html>
    pub const RULE = ("DK413", "random-run-id", Pipeline, Warning, ["AWS Glue Developer Guide: Job run IDs and retries, https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html"]);
}

/// What gives another value on every run.
const CHANCE: &[&str] = &[
    "uuid4",
    "uuid1",
    "datetime.now",
    "datetime.utcnow",
    "time.time",
    "random.random",
    "random.randint",
    "token_hex",
    "getrandbits",
];

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct RandomRunId {
    path: String,
}

impl Violation for RandomRunId {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("The output {} is another one on every run", self.path)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Name the output after its input: the partition, or a hash of the input's keys.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        for call in script.calls.iter().filter(|call| is_write(call)) {
            let random = call.all().find(|argument| {
                let direct = argument.calls.iter().any(|call| is_one_of(call, CHANCE));
                direct
                    || argument
                        .names
                        .iter()
                        .any(|name| script.comes_from(name, CHANCE))
            });
            if let Some(argument) = random {
                let path = argument
                    .text
                    .clone()
                    .unwrap_or_else(|| argument.source.clone());
                let path = format!("`{path}`");
                findings.push(RandomRunId { path }.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}
