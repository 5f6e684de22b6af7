//! DK450: JDBC read of one task.

use serde::Serialize;

use super::Context;
use super::frames::chain;
use crate::pipeline::script::{Argument, Call, Script};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports reads of a whole table over JDBC that are not split.
    /// A query is taken for small. Reads of Redshift go by S3 and are split there.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Without a column to split by, one task reads the table over one connection, and the workers wait for it.
    ///
    /// ## Example
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = (
    ///     spark.read.format("jdbc")
    ///     .option("url", "jdbc:postgresql://shop.example:5432/shop")
    ///     .option("dbtable", "public.orders")
    ///     .load()
    /// )
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = (
    ///     spark.read.format("jdbc")
    ///     .option("url", "jdbc:postgresql://shop.example:5432/shop")
    ///     .option("dbtable", "public.orders")
    ///     .option("partitionColumn", "order_id")
    ///     .option("lowerBound", 1)
    ///     .option("upperBound", 90000000)
    ///     .option("numPartitions", 16)
    ///     .load()
    /// )
    /// ```
    ///
    /// ## References
    /// - Apache Spark: JDBC to other databases:
    ///   <https://spark.apache.org/docs/latest/sql-data-sources-jdbc.html>
    /// - AWS Glue Developer Guide: Reading from JDBC tables in parallel:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/run-jdbc-parallel-read-job.html>
    pub const RULE = ("DK450", "jdbc-read-unsplit", Pipeline, Hint, ["Apache Spark: JDBC to other databases, https://spark.apache.org/docs/latest/sql-data-sources-jdbc.html", "AWS Glue Developer Guide: Reading from JDBC tables in parallel, https://docs.aws.amazon.com/glue/latest/dg/run-jdbc-parallel-read-job.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct JdbcUnsplit {
    table: Option<String>,
}

impl Violation for JdbcUnsplit {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match &self.table {
            Some(table) => format!("One task reads all of `{table}` over JDBC"),
            None => "One task reads a whole table over JDBC".to_owned(),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Split it: partitionColumn, lowerBound, upperBound and numPartitions, or hashfield and hashpartitions with Glue.",
        )
    }
}

/// Options that split a read.
const SPLITS: [&str; 6] = [
    "partitionColumn",
    "numPartitions",
    "predicates",
    "hashfield",
    "hashexpression",
    "hashpartitions",
];

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        for call in &script.calls {
            let read = match call.method() {
                "load" if call.name.contains(".read") => of_spark(script, call),
                "jdbc" if call.name.contains(".read") => of_jdbc(call),
                "from_options" if call.name.contains("create_dynamic_frame") => of_glue(call),
                _ => None,
            };
            if let Some(table) = read {
                findings.push(JdbcUnsplit { table }.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}

/// `….format("jdbc")….load()`: its table, where nothing splits it.
fn of_spark(script: &Script, load: &Call) -> Option<Option<String>> {
    let chain = chain(script, load);
    let has = |text: &str| {
        let own = |argument: &Argument| argument.text.as_deref() == Some(text);
        chain
            .iter()
            .any(|call| call.all().any(own) || call.keyword(text).is_some())
    };
    // What stands in a dictionary is not known.
    let open = chain
        .iter()
        .any(|call| call.method() == "options" && call.keywords.is_empty());
    if !has("jdbc") || open || has("query") || SPLITS.iter().any(|option| has(option)) {
        return None;
    }
    let named = chain.iter().find(|call| {
        call.arguments
            .first()
            .and_then(|first| first.text.as_deref())
            == Some("dbtable")
    });
    let table = named.and_then(|call| call.arguments.get(1)?.text.clone());
    let is_query = table
        .as_ref()
        .is_some_and(|table| table.trim_start().starts_with('('));
    (!is_query).then_some(table)
}

fn of_jdbc(call: &Call) -> Option<Option<String>> {
    let split = call.arguments.len() > 3
        || call.keyword("column").is_some()
        || SPLITS.iter().any(|option| call.keyword(option).is_some());
    let table = call.keyword("table").or(call.arguments.get(1));
    let table = table.and_then(|table| table.text.clone());
    let is_query = table
        .as_ref()
        .is_some_and(|table| table.trim_start().starts_with('('));
    (!split && !is_query).then_some(table)
}

fn of_glue(call: &Call) -> Option<Option<String>> {
    const KINDS: [&str; 4] = ["mysql", "postgresql", "oracle", "sqlserver"];
    let kind = call.keyword("connection_type").or(call.arguments.first())?;
    let options = call
        .keyword("connection_options")
        .or(call.arguments.get(1))?;
    let is_literal = options.source.trim_start().starts_with('{');
    let split = SPLITS.iter().any(|option| options.source.contains(option))
        || options.source.contains("sampleQuery");
    let is = kind
        .text
        .as_deref()
        .is_some_and(|kind| KINDS.contains(&kind));
    let at = options.texts.iter().position(|text| text == "dbtable");
    let table = at.and_then(|at| options.texts.get(at + 1).cloned());
    (is && is_literal && !split).then_some(table)
}
