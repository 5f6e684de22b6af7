//! DK451: write without merge.

use serde::Serialize;

use super::Context;
use super::frames::chain;
use crate::pipeline::loads::is_staging_name;
use crate::pipeline::script::{Argument, Call, Script};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports scripts that append to a table of Redshift with neither `preactions` nor `postactions`.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// A run that is repeated, by Glue or by people, writes the same rows again: they are there twice, and no constraint of
    /// Redshift prevents it.
    ///
    /// ## Example
    /// ```python
    /// import sys
    /// from awsglue.context import GlueContext
    /// from awsglue.job import Job
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.context import SparkContext
    ///
    /// glue = GlueContext(SparkContext())
    /// orders = glue.create_dynamic_frame.from_catalog(database="clean", table_name="orders", transformation_ctx="orders")
    /// glue.write_dynamic_frame.from_options(
    ///     frame=orders,
    ///     connection_type="redshift",
    ///     connection_options={"connectionName": "warehouse", "dbtable": "sales.orders", "redshiftTmpDir": "s3://example-tmp/"},
    /// )
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
    /// glue = GlueContext(SparkContext())
    /// orders = glue.create_dynamic_frame.from_catalog(database="clean", table_name="orders", transformation_ctx="orders")
    /// glue.write_dynamic_frame.from_options(
    ///     frame=orders,
    ///     connection_type="redshift",
    ///     connection_options={
    ///         "connectionName": "warehouse",
    ///         "dbtable": "staging.orders",
    ///         "redshiftTmpDir": "s3://example-tmp/",
    ///         "preactions": "TRUNCATE staging.orders",
    ///         "postactions": "MERGE INTO sales.orders USING staging.orders s ON orders.id = s.id REMOVE DUPLICATES",
    ///     },
    /// )
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Redshift connections:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-connect-redshift-home.html>
    pub const RULE = ("DK451", "write-without-merge", Pipeline, Warning, ["AWS Glue Developer Guide: Redshift connections, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-connect-redshift-home.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct AppendedToRedshift {
    table: Option<String>,
}

impl Violation for AppendedToRedshift {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let table = self.table.as_ref();
        let table = table.map_or("a table of Redshift".to_owned(), |table| {
            format!("`{table}`")
        });
        format!("Rows are appended to {table}: a run that is repeated writes them again")
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Write to a staging table, and MERGE it in postactions.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        for call in &script.calls {
            let table = match call.method() {
                "from_options" | "from_jdbc_conf" if call.name.contains("write_dynamic_frame") => {
                    of_glue(script, call)
                }
                "save" if call.name.contains(".write") => of_spark(script, call),
                _ => None,
            };
            let is_staging = |table: &Option<String>| table.as_deref().is_some_and(is_staging_name);
            if let Some(table) = table.filter(|table| !is_staging(table)) {
                findings.push(AppendedToRedshift { table }.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}

/// The text after another one, as in `"dbtable": "orders"`.
fn after(texts: &[String], name: &str) -> Option<String> {
    let at = texts.iter().position(|text| text == name)?;
    texts.get(at + 1).cloned()
}

fn of_glue(script: &Script, call: &Call) -> Option<Option<String>> {
    let kind = call
        .keyword("connection_type")
        .and_then(|kind| kind.text.as_deref());
    let is_redshift = kind == Some("redshift") || call.keyword("redshift_tmp_dir").is_some();
    let given = call.keyword("connection_options")?;
    // A dictionary, or the name of one that is written down.
    let options = match given.source.trim_start().starts_with('{') {
        true => given,
        false => {
            let mut assigned = script
                .assigned
                .iter()
                .filter(|(name, _)| *name == given.source);
            let (_, value) = assigned
                .next()
                .filter(|(_, value)| value.source.starts_with('{'))?;
            value
        }
    };
    let has = |name: &str| options.texts.iter().any(|text| text == name);
    let acts = has("preactions") || has("postactions");
    (is_redshift && !acts && has("dbtable")).then(|| after(&options.texts, "dbtable"))
}

fn of_spark(script: &Script, call: &Call) -> Option<Option<String>> {
    let chain = chain(script, call);
    let text = |name: &str, text: &str| {
        let of = |one: &&&Call| one.method() == name;
        let is = |argument: &Argument| {
            argument
                .text
                .as_deref()
                .is_some_and(|own| own.contains(text))
        };
        chain.iter().filter(of).any(|one| one.all().any(is))
    };
    let acts = text("option", "preactions") || text("option", "postactions");
    let open = chain.iter().any(|one| one.method() == "options");
    if !text("format", "redshift") || !text("mode", "append") || acts || open {
        return None;
    }
    let named = chain.iter().find_map(|one| {
        let first = one.arguments.first()?.text.as_deref()?;
        (first == "dbtable").then(|| one.arguments.get(1)?.text.clone())
    });
    Some(named.flatten())
}
