//! DK453: output of a fixed date.

use serde::Serialize;

use std::sync::LazyLock;

use regex::Regex;

use super::{Context, is_write};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports writes to a path with a date that is written down.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// The run of every day writes to the same day: it overwrites or doubles it, and the other days stay empty.
    ///
    /// ## Example
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// orders.write.parquet("s3://example-lake/clean/orders/dt=2026-01-02/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// import sys
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// args = getResolvedOptions(sys.argv, ["day"])
    /// orders = spark.read.json(f"s3://example-lake/raw/orders/dt={args['day']}/")
    /// orders.write.parquet(f"s3://example-lake/clean/orders/dt={args['day']}/")
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Passing arguments to jobs:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html>
    pub const RULE = ("DK453", "fixed-date-output", Pipeline, Warning, ["AWS Glue Developer Guide: Passing arguments to jobs, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FixedDate {
    path: String,
    date: String,
}

impl Violation for FixedDate {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Every run writes to the {} of `{}`", self.date, self.path)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Give the day as an argument of the run.")
    }
}

/// A whole day in a path: `dt=2026-01-02`, `/2026/01/02/`, `year=2026/month=01/day=02`.
static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[/=_-])(20\d\d-[01]\d-[0-3]\d|20\d\d/[01]\d/[0-3]\d|20\d\d[01]\d[0-3]\d|year=20\d\d/month=\d+/day=\d+)(?:$|[/._T-])").ok()
});

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(day) = DAY.as_ref() else {
        return findings;
    };
    for script in &cx.pipeline.scripts {
        for call in script.calls.iter().filter(|call| is_write(call)) {
            let texts = call.all().filter_map(|argument| argument.text.as_ref());
            let path = texts.filter(|text| text.contains('/')).find_map(|path| {
                let date = day.captures(path)?.get(1)?;
                Some((path.clone(), date.as_str().to_owned()))
            });
            if let Some((path, date)) = path {
                findings.push(FixedDate { path, date }.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}
