//! DK401: whole prefix read.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Context, bookmarked, has_partition, is_read, s3_paths};
use crate::pipeline::script::{Call, Script};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports reads of a whole S3 prefix: no partition in the path, no predicate, and no bookmark
    /// that would leave out what was read before.
    ///
    /// ## Why is this bad?
    /// Every run reads everything that ever arrived: its time and price grow with the age of the
    /// prefix, not with the day's volume.
    ///
    /// ## Example
    /// ```python
    /// df = spark.read.json("s3://example-lake/raw/orders/")
    /// df.write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// day = args["day"]
    /// df = spark.read.json(f"s3://example-lake/raw/orders/dt={day}/")
    /// df.write.parquet(f"s3://example-lake/clean/orders/dt={day}/")
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Managing partitions for ETL output:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-partitions.html>
    pub const RULE = ("DK401", "whole-prefix-read", Pipeline, Warning, ["AWS Glue Developer Guide: Managing partitions for ETL output, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-partitions.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct WholePrefixRead {
    path: String,
}

impl Violation for WholePrefixRead {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` is read as a whole on every run", self.path)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Read one partition: put the day or hour into the path, or give push_down_predicate; with bookmarks, set transformation_ctx.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        if bookmarked(cx, script) {
            continue;
        }
        for call in script.calls.iter().filter(|call| is_read(call)) {
            if call.keyword("push_down_predicate").is_some() || is_filtered(script, call) {
                continue;
            }
            let constant = call.all().filter(|argument| argument.names.is_empty());
            let paths = constant.flat_map(|argument| s3_paths(&argument.source));
            let whole = paths.filter(|path| !has_partition(path) && !is_file(path));
            findings.extend(
                whole.map(|path| WholePrefixRead { path }.at(cx.line(&script.path, call.line))),
            );
        }
    }
    findings
}

/// Whether a path is that of one file: `s3://lake/stores.csv`.
fn is_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let ending = last.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| (1..=7).contains(&ending.len())) && !last.contains('*')
}

/// Whether what this call reads is filtered, or handed to where that can't be seen: in its chain, or
/// by way of the names that it is given.
fn is_filtered(script: &Script, read: &Call) -> bool {
    let narrows = |method: &str| {
        matches!(
            method,
            "where" | "filter" | "createOrReplaceTempView" | "registerTempTable" | "createTempView"
        )
    };
    // A chain of several lines has the line of its beginning or that of the method.
    let next = script
        .calls
        .iter()
        .filter(|call| is_read(call) && call.line > read.line);
    let until = next.map(|call| call.line).min().unwrap_or(usize::MAX);
    let chained = |call: &&Call| {
        let in_chain = call.name.strip_prefix(read.name.as_str());
        in_chain.is_some_and(|rest| rest.starts_with('.'))
            && (read.line..until).contains(&call.line)
    };
    if script
        .calls
        .iter()
        .filter(chained)
        .any(|call| narrows(call.method()))
    {
        return true;
    }
    let sources: Vec<&str> = read
        .all()
        .map(|argument| argument.source.as_str())
        .collect();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = names.len();
        for (name, value) in &script.assigned {
            let reads = sources.iter().all(|source| value.source.contains(source))
                && value
                    .calls
                    .iter()
                    .any(|called| called.ends_with(read.method()));
            if reads || value.names.iter().any(|used| names.contains(used.as_str())) {
                names.insert(name);
            }
        }
        if names.len() == before {
            break;
        }
    }
    let given = script.assigned.iter();
    let given = given.filter(|(_, value)| value.calls.iter().any(|call| call.contains(".read.")));
    let frames: Frames<'_> = given
        .map(|(name, value)| {
            let own = sources.iter().all(|source| value.source.contains(source));
            (name.as_str(), own)
        })
        .collect();
    script.calls.iter().any(|call| {
        let of = call.name.split('.').next().unwrap_or_default();
        let static_filter = call.name == "Filter.apply"
            && call.all().any(|argument| {
                argument
                    .names
                    .iter()
                    .any(|used| names.contains(used.as_str()))
            });
        let narrows = narrows(call.method()) && names.contains(of) && may_be_of(call, &frames);
        narrows || static_filter
    })
}

/// The frames that are what a read gave, by their names, and whether this read gave it.
type Frames<'s> = Vec<(&'s str, bool)>;

/// Whether a filter may be one of this read: not where its condition names another frame alone.
fn may_be_of(filter: &Call, frames: &Frames<'_>) -> bool {
    let named = |own: bool| {
        let mut names = filter.all().flat_map(|argument| &argument.names);
        names.any(|name| frames.contains(&(name.as_str(), own)))
    };
    named(true) || !named(false)
}
