//! DK423: malformed rows dropped.

use serde::Serialize;

use super::Context;
use crate::pipeline::script::Argument;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports reads that drop malformed rows.
    ///
    /// ## Why is this bad?
    /// Spark leaves such rows out without a count. The numbers are wrong and no run fails; there is
    /// nothing to correct and load again.
    ///
    /// ## Example
    /// ```python
    /// df = spark.read.option("mode", "DROPMALFORMED").json(f"s3://example-lake/raw/dt={day}/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// df = spark.read.option("columnNameOfCorruptRecord", "_bad").json(f"s3://example-lake/raw/dt={day}/")
    /// bad = df.where("_bad IS NOT NULL")
    /// bad.write.mode("overwrite").json(f"s3://example-lake/dead-letter/dt={day}/")
    /// ```
    ///
    /// ## References
    /// - Apache Spark: JSON and CSV files, option mode:
    ///   <https://spark.apache.org/docs/latest/sql-data-sources-csv.html>
    pub const RULE = ("DK423", "malformed-rows-dropped", Pipeline, Error, ["Apache Spark: JSON and CSV files, option mode, https://spark.apache.org/docs/latest/sql-data-sources-csv.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct MalformedRowsDropped {
    call: String,
}

impl Violation for MalformedRowsDropped {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Rows that can't be read are dropped without a count (`{}`)",
            self.call
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Read them as PERMISSIVE with columnNameOfCorruptRecord, write them to a dead-letter prefix, and count them.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        for call in &script.calls {
            let drops = |argument: &Argument| {
                argument
                    .text
                    .as_deref()
                    .is_some_and(|text| text.eq_ignore_ascii_case("DROPMALFORMED"))
            };
            if call.all().any(drops) {
                let found = MalformedRowsDropped {
                    call: call.name.clone(),
                };
                findings.push(found.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}
