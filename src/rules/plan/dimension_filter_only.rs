//! DK142: a large table is read whole, and the only filter is on a table that it is joined with.

use serde::Serialize;

use super::{Context, unfiltered_sort_column};
use crate::graph::{self, scanned_table};
use crate::name::{Ident, TableName};
use crate::plan::{DetailKind, Distribution, JoinKind, Node, Operator, cost};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::{count, counted, size};
use crate::thresholds::LARGE_ROWS;
use crate::work::BLOCK_BYTES;

crate::declare_rule! {
    /// ## What it does
    /// Finds scans of five million rows or more without any filter, of which a join with a filtered
    /// table keeps less than 5 %. The keys that it keeps are so few that most blocks would hold none in
    /// a table that is sorted by them; with the DDL, tables that are sorted so are left out.
    ///
    /// ## Why is this bad?
    /// The filter is known to the other table only: every block of the large one is read, and most
    /// rows fall out at the join. Sorted by the join's column, most blocks could be skipped: for
    /// certain where the query repeats the keys, or their range, as a condition on that column; without
    /// it only as far as Redshift passes the keys that it finds down to the scan as it runs.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_ALL_NONE  (cost=50.00..30000000.00 rows=3000000 width=20)
    ///   Hash Cond: ("outer".day_key = "inner".day_key)
    ///   ->  XN Seq Scan on trips  (cost=0.00..20000000.00 rows=2000000000 width=20)
    ///   ->  XN Hash  (cost=54.79..54.79 rows=30 width=4)
    ///         ->  XN Seq Scan on days  (cost=0.00..54.79 rows=30 width=4)
    ///               Filter: ((year = 2026) AND (month = 10))
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_ALL_NONE  (cost=50.00..300000.00 rows=3000000 width=20)
    ///   Hash Cond: ("outer".day_key = "inner".day_key)
    ///   ->  XN Seq Scan on trips  (cost=0.00..45000.00 rows=3000000 width=20)
    ///         Filter: ((day_key >= 20261001) AND (day_key <= 20261031))
    ///   ->  XN Hash  (cost=54.79..54.79 rows=30 width=4)
    ///         ->  XN Seq Scan on days  (cost=0.00..54.79 rows=30 width=4)
    ///               Filter: ((year = 2026) AND (month = 10))
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    /// - Choose the best sort key (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK142", "dimension-filter-only", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
        "Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html",
    ]);
}

/// Share of the rows that a join keeps at most to be of interest: the share from which Redshift
/// itself calls a filter very selective (page STL_ALERT_EVENT_LOG).
const SELECTIVE: f64 = 0.05;

/// Share of the blocks that hold keys at most, however strewn these are, to be of interest. Chosen:
/// above it a sort key saves less than half of the scan.
const MOST: f64 = 0.5;

/// Bytes of a column of keys that count for a row: those of a BIGINT.
const KEY_BYTES: f64 = 8.0;

/// A table that is read whole for a few rows of another.
#[derive(Debug, Serialize)]
pub(super) struct DimensionFilterOnly {
    table: TableName,
    /// Its column that it is joined by.
    column: Ident,
    /// The table that is filtered, and the condition.
    filtered: TableName,
    condition: String,
    /// Keys that the filter leaves.
    keys: f64,
    rows_read: f64,
    rows_joined: f64,
    bytes_read: f64,
    /// Whether the DDL tells what the table is sorted by.
    #[serde(skip)]
    sort_key_known: bool,
}

impl Violation for DimensionFilterOnly {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is read without a filter, {} rows, {}, and the join with `{}`, which is filtered by \
             `{}`, keeps {} by {}",
            self.table,
            count(self.rows_read),
            size(self.bytes_read),
            self.filtered,
            self.condition,
            count(self.rows_joined),
            counted(self.keys, "key")
        )
    }

    fn remedy(&self) -> Remedy {
        let Self { table, column, .. } = self;
        let sort = match self.sort_key_known {
            true => "Sort",
            false => "If it is not so yet, and other queries allow it, sort",
        };
        Remedy::text(format!(
            "{sort} `{table}` by `{column}`, and repeat the keys, or their range, as a condition on it: zone \
             maps then skip the other blocks. Without the condition that relies on a filter that Redshift \
             makes as it runs, and what it skips is not certain: `--sortkey {table}={column}` shows \
             between what."
        ))
    }

    fn weight(&self) -> f64 {
        self.bytes_read * (1.0 - self.rows_joined / self.rows_read.max(1.0)).max(0.0)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let scans = cx.plan.nodes.iter();
    let scans = scans.filter(|node| cost::is_table_scan(node));
    scans.filter_map(|scan| find(cx, scan)).collect()
}

fn find(cx: &Context<'_>, scan: &Node) -> Option<Finding> {
    let rows_read = scan.rows.filter(|rows| *rows >= LARGE_ROWS)?;
    if scan.detail(DetailKind::Filter).is_some() {
        return None;
    }
    let sorted_by = cx.table(scan).map(|table| table.sort_columns());
    let mut below = scan;
    let mut best: Option<DimensionFilterOnly> = None;
    for join in cx.plan.ancestors(scan.id) {
        // Rows pass on to the outer side of joins that drop what finds no match.
        let outer = cx.plan.outer(join.id).map(|node| node.id);
        let probes = matches!(join.operator, Operator::Join(_, JoinKind::Inner))
            && outer == Some(below.id)
            && join.distribution != Some(Distribution::Err);
        if !probes {
            break;
        }
        if let Some(found) = of_join(cx, scan, below, join, sorted_by.is_some())
            && sorted_by.is_none_or(|columns| columns.first() != Some(&found.column))
            && best
                .as_ref()
                .is_none_or(|known| found.rows_joined < known.rows_joined)
        {
            best = Some(DimensionFilterOnly { rows_read, ..found });
        }
        below = join;
    }
    best.map(|found| found.at_node(scan.id))
        .filter(|_| !unfiltered_sort_column::speaks_of(cx, scan))
}

/// What a join with a filtered table keeps of the rows that reach it, where that is little.
fn of_join(
    cx: &Context<'_>,
    scan: &Node,
    below: &Node,
    join: &Node,
    sort_key_known: bool,
) -> Option<DimensionFilterOnly> {
    let (reach, rows_joined) = (below.rows?, join.rows?);
    if rows_joined >= reach * SELECTIVE {
        return None;
    }
    let inner = cx.plan.inner(join.id)?;
    let other = cx.plan.subtree(inner.id).last()?;
    let single = cx.plan.subtree(inner.id).all(|node| {
        matches!(
            node.operator,
            Operator::Hash | Operator::SubqueryScan | Operator::SeqScan
        )
    });
    let conditions: Vec<&str> = other.filters().map(|one| one.text.as_str()).collect();
    let keys = inner.rows?;
    // Strewn evenly, each key of a sorted table lies in a block of its own, or in two.
    let blocks = reach * KEY_BYTES / cx.cluster.slices() / BLOCK_BYTES;
    if conditions.is_empty() || !single || 2.0 * keys > MOST * blocks {
        return None;
    }
    let pair = join
        .join_keys()
        .iter()
        .find(|pair| join.compares_stored(pair)[0])?;
    let (owner, certain) = graph::owner(cx.plan, below.id, Some(pair.outer.as_str()), cx.schema)?;
    if owner.id != scan.id || !(certain || below.id == scan.id) {
        return None;
    }
    Some(DimensionFilterOnly {
        table: scanned_table(scan)?,
        column: pair.outer.clone(),
        filtered: scanned_table(other)?,
        condition: conditions.join(" AND "),
        keys,
        rows_read: reach,
        rows_joined,
        bytes_read: scan.bytes().unwrap_or(0.0),
        sort_key_known,
    })
}
