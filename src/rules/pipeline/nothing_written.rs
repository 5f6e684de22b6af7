//! DK420: nothing written.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::size;

crate::declare_rule! {
    /// ## What it does
    /// Reads an export of `aws cloudwatch get-metric-data`, and reports jobs that read and wrote nothing.
    ///
    /// ## Why is this bad?
    /// A run that reads gigabytes and writes none succeeded for Glue and failed for everybody else.
    ///
    /// ## Example
    /// ```json
    /// {"MetricDataResults": [{"Id": "r", "Label": "glue.driver.aggregate.bytesRead", "Values": [2000000000, 3000000000]}, {"Id": "w", "Label": "glue.ALL.s3.filesystem.write_bytes", "Values": [0, 0]}]}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"MetricDataResults": [{"Id": "r", "Label": "glue.driver.aggregate.bytesRead", "Values": [2000000000, 3000000000]}, {"Id": "w", "Label": "glue.ALL.s3.filesystem.write_bytes", "Values": [900000000, 1400000000]}]}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Monitoring with Amazon CloudWatch:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html>
    pub const RULE = ("DK420", "nothing-written", Pipeline, Error, ["AWS Glue Developer Guide: Monitoring with Amazon CloudWatch, https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NothingWritten {
    read_bytes: f64,
}

impl Violation for NothingWritten {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} were read and nothing was written, by the metrics",
            size(self.read_bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Look at the filters and at the dead letters of these runs, and alarm on bytes written against bytes read.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for metrics in &cx.pipeline.metrics {
        let sum = |part: &str| {
            let mut of = metrics
                .series
                .iter()
                .filter(|(label, _)| label.to_lowercase().contains(part))
                .peekable();
            of.peek()?;
            Some(of.map(|(_, sum)| sum).sum::<f64>())
        };
        let (read, written) = (
            sum("bytesread"),
            sum("write_bytes").or_else(|| sum("byteswritten")),
        );
        if let (Some(read), Some(written)) = (read, written)
            && read > 0.0
            && written <= 0.0
        {
            findings.push(NothingWritten { read_bytes: read }.at(cx.place(&metrics.place)));
        }
    }
    findings
}
