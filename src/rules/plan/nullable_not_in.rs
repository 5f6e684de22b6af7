//! DK139: NOT IN over a column that may be NULL.

use serde::Serialize;

use super::Context;
use crate::graph;
use crate::name::{Ident, TableName};
use crate::plan::{JoinKind, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Finds NOT IN joins by a column that the DDL does not declare NOT NULL.
    ///
    /// ## Why is this bad?
    /// One NULL in the subquery makes `NOT IN` return no row at all, and Redshift has to look for
    /// it. NOT EXISTS asks the same question without the trap, and can be done where the rows lie.
    ///
    /// ## Example
    /// ```sql
    /// CREATE TABLE orders (buyer_id int);
    /// CREATE TABLE buyers (buyer_id int);
    /// ```
    /// ```text
    /// XN Hash NOT IN Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=20)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=4)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=4)
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// CREATE TABLE orders (buyer_id int);
    /// CREATE TABLE buyers (buyer_id int NOT NULL);
    /// ```
    /// ```text
    /// XN Hash NOT IN Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=20)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=4)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=4)
    /// ```
    ///
    /// ## References
    /// - Subquery examples (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_Subquery_examples.html>
    pub const RULE = ("DK139", "nullable-not-in", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Subquery examples, https://docs.aws.amazon.com/redshift/latest/dg/r_Subquery_examples.html",
    ]);
}

/// A column that NOT IN trips over.
#[derive(Debug, Serialize)]
pub(super) struct NullableNotIn {
    table: TableName,
    column: Ident,
    rows: f64,
    #[serde(skip)]
    bytes: f64,
}

impl Violation for NullableNotIn {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "If this is NOT IN, one NULL among {} of `{}.{}`, which the DDL allows, and the query \
             returns nothing",
            counted(self.rows, "value"),
            self.table,
            self.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Write NOT EXISTS with an equality on `{}`, and IS NOT NULL for the outer column where rows \
             without a value are not wanted; or exclude the NULLs in the subquery, or declare the \
             column NOT NULL, if there are none.",
            self.column
        ))
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter();
    let joins = joins.filter(|node| matches!(node.operator, Operator::Join(_, JoinKind::NotIn)));
    joins.filter_map(|join| find(cx, join)).collect()
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let inner = cx.plan.inner(join.id)?;
    let name = &join.join_keys().first()?.inner;
    let (scan, certain) = graph::owner(cx.plan, inner.id, Some(name.as_str()), cx.schema)?;
    let table = cx.table(scan).filter(|_| certain)?;
    let column = table.column(name)?;
    let excluded = scan.filters().any(|filter| filter.columns.contains(name));
    if column.not_null || table.primary_key.contains(name) || excluded {
        return None;
    }
    let finding = NullableNotIn {
        table: table.name.clone(),
        column: name.clone(),
        rows: inner.rows?,
        bytes: inner.bytes().unwrap_or(0.0),
    };
    Some(finding.at_node(join.id))
}
