//! DK126: a materialized view answers the query.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::count;

crate::declare_rule! {
    /// ## What it does
    /// Reports scans of a materialized view's storage (`mv_tbl__NAME__0`).
    ///
    /// ## Why is this bad?
    /// It is good news, and worth knowing: Redshift may have rewritten the query to a
    /// materialized view that it does not name, so the result is as fresh as the view, and a
    /// change to the base tables' keys will not change this plan.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on mv_tbl__daily_sales__0 derived_table1  (cost=0.00..7.90 rows=790 width=41)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Automatic query rewriting to use materialized views (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-auto-rewrite.html>
    pub const RULE = ("DK126", "materialized-view-used", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Automatic query rewriting to use materialized views, https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-auto-rewrite.html",
    ]);
}

/// The view.
#[derive(Debug, Serialize)]
pub(super) struct MaterializedViewUsed {
    view: Ident,
    rows: f64,
    /// Whether Redshift rewrote the query to it.
    rewritten: bool,
}

impl Violation for MaterializedViewUsed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The materialized view `{}` answers this part of the query, from {} rows",
            self.view,
            count(self.rows)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.rewritten {
            true => {
                "If the query does not name the view, Redshift rewrote the query to it, which it does only \
                 while the view is up to date: once it is stale, the plan is another. If the query \
                 names it, a stale view is read all the same. `autorewrite` and `is_stale` in \
                 STV_MV_INFO tell."
            }
            false => {
                "If the query names the view, it is as fresh as its last refresh: `is_stale` in STV_MV_INFO."
            }
        })
    }

    fn weight(&self) -> f64 {
        0.0
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let Some(view) = scanned_table(node).and_then(|table| view_name(&table)) else {
            continue;
        };
        let finding = MaterializedViewUsed {
            view,
            rows: cx.step(node).rows_in,
            // The rewrite reads the view as a derived table.
            rewritten: node
                .alias
                .as_deref()
                .is_some_and(|alias| alias.starts_with("derived_table")),
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}

/// `mv_tbl__NAME__0` → `NAME`.
fn view_name(table: &TableName) -> Option<Ident> {
    let name = table.name.strip_prefix("mv_tbl__")?;
    let (name, number) = name.rsplit_once("__")?;
    number
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| Ident::exact(name))
}
