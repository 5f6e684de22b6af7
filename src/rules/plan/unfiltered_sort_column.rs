//! DK140: only a dimension's date is filtered, not the column that the fact is sorted by.

use serde::Serialize;

use super::{Context, by_rows};
use crate::graph::{self, scanned_table};
use crate::name::{Ident, TableName};
use crate::plan::condition::Comparison;
use crate::plan::{JoinKind, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::DataType;
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds scans of a table that is sorted by a date or time, none of which is filtered, while the
    /// date of a table that it is joined with by another column is. It needs the DDL.
    ///
    /// ## Why is this bad?
    /// The filter is known to the other table only: the large one is read whole, and most of its
    /// rows fall out at the join. A condition on its own sort column says the same and lets zone
    /// maps skip the blocks before.
    ///
    /// ## Example
    /// ```sql
    /// CREATE TABLE listings (listing_id int, listed_at timestamp);
    /// CREATE TABLE sales (sale_id int, listing_id int, sold_at timestamp) SORTKEY (sold_at);
    /// ```
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=2500.00..4000000.00 rows=800000 width=20)
    ///   Hash Cond: ("outer".listing_id = "inner".listing_id)
    ///   ->  XN Seq Scan on sales  (cost=0.00..2000000.00 rows=200000000 width=20)
    ///   ->  XN Hash  (cost=2000.00..2000.00 rows=10000 width=12)
    ///         ->  XN Seq Scan on listings  (cost=0.00..2000.00 rows=10000 width=12)
    ///               Filter: (listed_at >= '2026-11-01'::timestamp without time zone)
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// CREATE TABLE listings (listing_id int, listed_at timestamp);
    /// CREATE TABLE sales (sale_id int, listing_id int, sold_at timestamp) SORTKEY (sold_at);
    /// ```
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=2500.00..4000000.00 rows=800000 width=20)
    ///   Hash Cond: ("outer".listing_id = "inner".listing_id)
    ///   ->  XN Seq Scan on sales  (cost=0.00..8000.00 rows=800000 width=20)
    ///         Filter: (sold_at >= '2026-11-01'::timestamp without time zone)
    ///   ->  XN Hash  (cost=2000.00..2000.00 rows=10000 width=12)
    ///         ->  XN Seq Scan on listings  (cost=0.00..2000.00 rows=10000 width=12)
    ///               Filter: (listed_at >= '2026-11-01'::timestamp without time zone)
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK140", "unfiltered-sort-column", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
    ]);
}

/// A table that is read whole for a few days of another.
#[derive(Debug, Serialize)]
pub(super) struct UnfilteredSortColumn {
    table: TableName,
    sort_column: Ident,
    /// The table whose date is filtered, and the condition.
    filtered: TableName,
    condition: String,
    rows_read: f64,
    rows_joined: f64,
    bytes_read: f64,
}

impl Violation for UnfilteredSortColumn {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is read whole, {} rows, {}, and the join keeps {}: the filter is on `{}` only, \
             `{}`",
            self.table,
            count(self.rows_read),
            size(self.bytes_read),
            count(self.rows_joined),
            self.filtered,
            self.condition
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "If `{}.{}` can lie in a known range for those rows, add that range to the query: zone \
             maps then skip the other blocks before the join.",
            self.table, self.sort_column
        ))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_read)
    }

    fn weight(&self) -> f64 {
        self.bytes_read * (1.0 - self.rows_joined / self.rows_read.max(1.0)).max(0.0)
    }
}

/// Share of the rows that a join keeps at most to be of interest: the share from which Redshift
/// itself calls a filter very selective (page STL_ALERT_EVENT_LOG).
const SELECTIVE: f64 = 0.05;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter();
    let joins = joins.filter(|node| matches!(node.operator, Operator::Join(_, JoinKind::Inner)));
    joins.filter_map(|join| find(cx, join)).collect()
}

/// Whether the rule has something to say of a scan.
pub(super) fn speaks_of(cx: &Context<'_>, scan: &Node) -> bool {
    let joins = cx.plan.ancestors(scan.id);
    let mut joins =
        joins.filter(|node| matches!(node.operator, Operator::Join(_, JoinKind::Inner)));
    joins.any(|join| find(cx, join).is_some_and(|finding| finding.node == Some(scan.id)))
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let (outer, inner) = (cx.plan.outer(join.id)?, cx.plan.inner(join.id)?);
    let sides = [(outer, inner, true), (inner, outer, false)];
    sides.into_iter().find_map(|(fact, other, is_outer)| {
        let scan = Some(fact).filter(|node| node.operator == Operator::SeqScan)?;
        let table = cx.table(scan)?;
        let sort_column = table.sort_columns().first()?;
        let is_time = |name: &Ident, table: &crate::schema::Table| {
            let data_type = table.column(name).map(|column| &column.data_type);
            matches!(
                data_type,
                Some(DataType::Date | DataType::Timestamp | DataType::TimestampTz)
            )
        };
        // The sort column's own join tells its range at run time.
        let joined = join.join_keys().iter().any(|pair| {
            let own = if is_outer { &pair.outer } else { &pair.inner };
            own == sort_column
        });
        let filtered = scan.filters().any(|one| one.columns.contains(sort_column));
        if joined || filtered || !is_time(sort_column, table) {
            return None;
        }
        let (rows_read, rows_joined) = (scan.rows?, join.rows?);
        if rows_joined >= rows_read * SELECTIVE {
            return None;
        }
        let dated = cx.plan.subtree(other.id).find_map(|node| {
            let own = cx.table(node)?;
            let ranges = [Comparison::Equal, Comparison::Range, Comparison::OneOf];
            let mut filters = node
                .filters()
                .filter(|one| ranges.contains(&one.comparison));
            let condition =
                filters.find(|one| one.columns.iter().any(|name| is_time(name, own)))?;
            Some((scanned_table(node)?, condition.text.clone()))
        });
        let (filtered, condition) = dated?;
        let finding = UnfilteredSortColumn {
            table: graph::scanned_table(scan)?,
            sort_column: sort_column.clone(),
            filtered,
            condition,
            rows_read,
            rows_joined,
            bytes_read: scan.bytes().unwrap_or(0.0),
        };
        Some(finding.at_node(scan.id))
    })
}
