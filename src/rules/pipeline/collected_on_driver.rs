//! DK448: input collected on the driver.

use serde::Serialize;

use super::Context;
use super::frames::is_whole_input;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `collect` and `toPandas` of what was read, with nothing in between that makes it few rows.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// All rows go to one process, whose memory does not grow with the workers: the run ends when the input has grown,
    /// and until then the workers wait.
    ///
    /// ## Example
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.parquet("s3://example-lake/clean/orders/dt=2026-01-02/")
    /// for row in orders.collect():
    ///     print(row)
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.parquet("s3://example-lake/clean/orders/dt=2026-01-02/")
    /// for row in orders.groupBy("store").count().collect():
    ///     print(row)
    /// ```
    ///
    /// ## References
    /// - Apache Spark: RDD programming guide, actions:
    ///   <https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions>
    pub const RULE = ("DK448", "collected-on-driver", Pipeline, Warning, ["Apache Spark: RDD programming guide, actions, https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct CollectedOnDriver {
    method: String,
}

impl Violation for CollectedOnDriver {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` brings the whole input to the driver", self.method)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Let the workers do it, and bring back counts, groups or a limit.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        let calls = script.calls.iter();
        let collects = calls.filter(|call| matches!(call.method(), "collect" | "toPandas"));
        for call in collects.filter(|call| is_whole_input(script, call)) {
            let found = CollectedOnDriver {
                method: call.method().to_owned(),
            };
            findings.push(found.at(cx.line(&script.path, call.line)));
        }
    }
    findings
}
