//! DK227: COPY that skips bad rows.

use serde::Serialize;

use super::{Context, edits};
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Copy};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY with MAXERROR above 0 or IGNOREALLERRORS.
    ///
    /// ## Why is this bad?
    /// Rows that can't be read are left out and the load succeeds; nobody notices until the
    /// numbers are wrong. They are only in STL_LOAD_ERRORS (SYS_LOAD_ERROR_DETAIL), for some
    /// days.
    ///
    /// ## Example
    /// ```sql
    /// copy sales from 's3://example-shop/sales/' iam_role default csv maxerror 100;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// copy sales from 's3://example-shop/sales/manifest' iam_role default csv manifest;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: COPY: data load operations:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html>
    pub const RULE = ("DK227", "copy-maxerror", Schema, Warning, ["Amazon Redshift Database Developer Guide: COPY: data load operations, https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html"]);
}

/// How many rows may be lost.
#[derive(Debug, Serialize)]
pub(super) struct CopyMaxerror {
    table: TableName,
    /// Rows that may be skipped; none for IGNOREALLERRORS, which has no limit.
    rows: Option<f64>,
}

impl Violation for CopyMaxerror {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.rows {
            Some(rows) => format!(
                "COPY `{}` may skip {rows:.0} rows without failing (MAXERROR)",
                self.table
            ),
            None => format!(
                "COPY `{}` skips any number of rows without failing (IGNOREALLERRORS)",
                self.table
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Load into a staging table without MAXERROR, and put rows that fail a check where somebody looks.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::Copy(copy) = &statement.body else {
            continue;
        };
        findings.extend(find(cx, copy, statement.span));
    }
    findings
}

fn find(cx: &Context<'_>, copy: &Copy, span: Span) -> Option<Finding> {
    let rows = match copy.parameter("MAXERROR") {
        Some(parameter) => Some(
            parameter
                .values
                .iter()
                .find_map(|value| value.parse::<f64>().ok())?,
        ),
        None => {
            copy.parameter("IGNOREALLERRORS")?;
            None
        }
    };
    if rows == Some(0.0) {
        return None;
    }
    let parameter = copy
        .parameter("MAXERROR")
        .or(copy.parameter("IGNOREALLERRORS"));
    let finding = CopyMaxerror {
        table: copy.table.table.clone(),
        rows,
    };
    let span = parameter.map_or(span, |parameter| parameter.span);
    let fix = edits::unsafe_fix(vec![edits::remove(cx, span)]);
    Some(finding.at(cx.location(span)).with_fix(fix))
}
