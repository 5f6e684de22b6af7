//! DK241: COPY samples encodings on each load.

use serde::Serialize;

use super::{Context, edits};
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Copy};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY with COMPUPDATE ON into a table whose encodings the same files define, or
    /// into a table that several COPY statements fill.
    ///
    /// ## Why is this bad?
    /// COMPUPDATE ON samples up to 100,000 rows a slice and may replace the encodings of the
    /// definition whenever the table is empty. Where a load is repeated into a staging table
    /// that is emptied first, each run pays for it again.
    ///
    /// ## Example
    /// ```sql
    /// create table staging (id bigint encode az64, name varchar(200) encode zstd);
    /// copy staging from 's3://example-shop/day/' iam_role default csv manifest compupdate on;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table staging (id bigint encode az64, name varchar(200) encode zstd);
    /// copy staging from 's3://example-shop/day/' iam_role default csv manifest compupdate off;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: COPY, data load operations:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html>
    pub const RULE = ("DK241", "copy-compupdate", Schema, Hint, ["Amazon Redshift Database Developer Guide: COPY, data load operations, https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html"]);
}

/// The load.
#[derive(Debug, Serialize)]
pub(super) struct CopyCompupdate {
    table: TableName,
    /// Columns whose encoding the definition names.
    encoded: usize,
    /// COPY statements into the table in this file.
    loads: usize,
}

impl Violation for CopyCompupdate {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.encoded {
            0 => format!(
                "{} COPY statements fill `{}`, and COMPUPDATE ON samples its encodings each time it is empty",
                self.loads, self.table
            ),
            encoded => format!(
                "COMPUPDATE ON may replace the {encoded} encodings that `{}` defines, and samples \
                 100,000 rows a slice each time it is empty",
                self.table
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Choose the encodings once, and load with COMPUPDATE OFF.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        if let Body::Copy(copy) = &statement.body {
            findings.extend(find(cx, copy));
        }
    }
    findings
}

fn find(cx: &Context<'_>, copy: &Copy) -> Option<Finding> {
    let parameter = copy.parameter("COMPUPDATE")?;
    let off = ["OFF", "FALSE", "PRESET"];
    if parameter.values.iter().any(|v| off.contains(&v.as_str())) {
        return None;
    }
    let table = cx.schema.resolve(&copy.table.table);
    let encoded = table.map_or(0, |table| {
        let named = table.columns.iter().filter(|c| c.encoding.is_some());
        named.count()
    });
    let loads = cx
        .script
        .statements
        .iter()
        .filter(|statement| match &statement.body {
            Body::Copy(other) => other.table.table == copy.table.table,
            _ => false,
        });
    let loads = loads.count();
    if encoded == 0 && loads < 2 {
        return None;
    }
    let span: Span = parameter.span;
    let fix = edits::safe(vec![edits::replace(cx, span, "compupdate off")]);
    let finding = CopyCompupdate {
        table: copy.table.table.clone(),
        encoded,
        loads,
    };
    Some(finding.at(cx.location(span)).with_fix(fix))
}
