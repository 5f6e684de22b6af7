//! DK110: a selective filter reads every row.

use serde::Serialize;

use super::{Context, by_rows, opaque_filter};
use crate::graph::scanned_table;
use crate::name::{self, Ident, TableName};
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{DetailKind, Node, cost};
use crate::rules::{Finding, Remedy, Severity, Violation};
use crate::schema::{SortKey, Table};
use crate::text::units::{count, size};
use crate::thresholds::ALERT_ROWS;
use crate::whatif::Changes;
use crate::work::BLOCK_BYTES;

/// Redshift's own alert for a very selective filter: rows out ÷ rows in below this
/// (page STL_ALERT_EVENT_LOG).
const SELECTIVE: f64 = 0.05;

/// Share of the rows from which a filter leaves little to skip. Chosen: above it a sort key saves
/// less than half of the scan.
const MOST: f64 = 0.5;

crate::declare_rule! {
    /// ## What it does
    /// Finds scans whose filter keeps less than half of the rows, while the cost shows that every row
    /// is read. Below 5 % it is a warning; above, a hint that is shown only if a sort key pays.
    ///
    /// ## Why is this bad?
    /// Zone maps skip blocks only where the rows are sorted by the filtered column. Without that, a
    /// query for a few rows reads the whole table, and takes twice as long when the table doubles.
    /// Redshift raises its "very selective filter" alert at the same 5 %. A table whose columns take
    /// one block on each slice has nothing to skip: it is left alone, or a hint above a million rows.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..1125000.00 rows=120000 width=20)
    ///   Filter: (shop_id = 17)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..1500.00 rows=120000 width=20)
    ///   Filter: (shop_id = 17)
    /// ```
    ///
    /// ## References
    /// - Choose the best sort key (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    /// - STL_ALERT_EVENT_LOG (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html>
    pub const RULE = ("DK110", "unpruned-scan", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html",
        "Amazon Redshift Database Developer Guide: STL_ALERT_EVENT_LOG, https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html",
    ]);
}

/// Columns of a sort key that are proposed at most. Chosen: each later one serves only within equal
/// values of those before it.
const MOST_COLUMNS: usize = 3;

/// A selective scan without block skipping.
#[derive(Debug, Serialize)]
pub(super) struct UnprunedScan {
    table: TableName,
    rows_scanned: f64,
    rows_out: f64,
    bytes_scanned: f64,
    /// Columns of conditions that zone maps could serve.
    columns: Vec<Ident>,
    /// The table's sort key, where the DDL tells.
    sort_key: Option<String>,
    /// Whether a column takes at most one block on each slice, so that there is
    /// hardly anything to skip.
    one_block_per_slice: bool,
}

impl Violation for UnprunedScan {
    const RULE: crate::rules::RuleInfo = RULE;

    fn message(&self) -> String {
        let share = self.rows_out / self.rows_scanned.max(1.0) * 100.0;
        let key = match &self.sort_key {
            Some(key) => format!("; its sort key is {key}"),
            None => String::new(),
        };
        format!(
            "`{}` is read whole for {share:.2} % of it: {} rows, {}, to keep {}{key}",
            self.table,
            count(self.rows_scanned),
            size(self.bytes_scanned),
            count(self.rows_out)
        )
    }

    fn remedy(&self) -> Remedy {
        if self.columns.is_empty() {
            return Remedy::text(
                "Filter by a plain comparison of a column that the table is sorted by, besides this \
                 one: zone maps can't serve this filter.",
            );
        }
        let mut remedy = Remedy::text(
            "A table that is sorted by the columns that most queries filter by lets zone maps skip \
             the other blocks.",
        );
        // A prefix that serves as well is the better key.
        for n in 1..=self.columns.len().min(MOST_COLUMNS) {
            let columns = &self.columns[..n];
            let by = match columns {
                [only] => format!("`{only}`"),
                columns => format!("({})", name::list(columns)),
            };
            let text = format!(
                "If most queries filter like this, sort `{}` by {by}: zone maps then skip the other \
                 blocks.",
                self.table
            );
            remedy = remedy.propose(text, Changes::sorted(&self.table, columns));
        }
        remedy
    }

    fn severity(&self) -> Severity {
        let share = self.rows_out / self.rows_scanned.max(1.0);
        match self.one_block_per_slice || share >= SELECTIVE {
            true => Severity::Hint,
            false => by_rows(self.rows_scanned),
        }
    }

    fn weight(&self) -> f64 {
        self.bytes_scanned
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let scans = cx
        .plan
        .nodes
        .iter()
        .filter(|node| cost::is_table_scan(node));
    scans.filter_map(|scan| find(cx, scan)).collect()
}

fn find(cx: &Context<'_>, scan: &Node) -> Option<Finding> {
    let charged = cost::charged(scan)?;
    if charged.rows_scanned < 1.0 || charged.suggests_skipping() || charged.selectivity() >= MOST {
        return None;
    }
    let fits = fits_one_block_per_slice(cx, charged.rows_scanned);
    if fits && charged.rows_scanned < ALERT_ROWS {
        return None;
    }
    scan.detail(DetailKind::Filter)?;
    let all = scan.filter().unwrap_or_default();
    let columns = prunable_columns(all);
    let table = cx.table(scan);
    let sorted_by = table.map(|table| table.sort_columns()).unwrap_or_default();
    // The key that it has serves once the column stands bare; and where nothing but an opaque
    // condition is left, that is the finding.
    if opaque_filter::hides_sort_key(cx, scan)
        || columns.is_empty() && opaque_filter::speaks_of(scan)
    {
        return None;
    }
    // Sorted by the filtered column: zone maps do skip, whatever the cost says.
    if sorted_by
        .first()
        .is_some_and(|first| columns.contains(first))
    {
        return None;
    }
    // An interleaved key skips by each of its columns, and a compound one would give that up.
    if table.is_some_and(|table| interleaved_by(table, &columns)) {
        return None;
    }
    let work = cx.step(scan).scan.as_ref();
    let finding = UnprunedScan {
        table: scanned_table(scan)?,
        rows_scanned: charged.rows_scanned,
        rows_out: charged.rows_out,
        bytes_scanned: work.map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes),
        columns,
        one_block_per_slice: fits,
        sort_key: table.map(|table| match &table.sort_key {
            SortKey::Auto(_) => "AUTO".to_owned(),
            _ if sorted_by.is_empty() => "missing".to_owned(),
            _ => format!("({})", name::list(sorted_by)),
        }),
    };
    Some(finding.at_node(scan.id))
}

/// Whether a table has an interleaved sort key that holds one of these columns.
fn interleaved_by(table: &Table, columns: &[Ident]) -> bool {
    match &table.sort_key {
        SortKey::Interleaved(key) => key.iter().any(|column| columns.contains(column)),
        _ => false,
    }
}

/// Whether a column of eight bytes fits into one block on each slice.
fn fits_one_block_per_slice(cx: &Context<'_>, rows: f64) -> bool {
    rows * 8.0 <= cx.cluster.slices() * BLOCK_BYTES
}

/// Columns that a sort key would serve: equality first, then ranges.
pub(super) fn prunable_columns(all: &[Conjunct]) -> Vec<Ident> {
    let serves = |conjunct: &&Conjunct, comparisons: &[Comparison]| {
        conjunct.around.is_none()
            && !conjunct.parameter
            && conjunct.columns.len() == 1
            && comparisons.contains(&conjunct.comparison)
    };
    let mut columns: Vec<Ident> = Vec::new();
    for comparisons in [
        &[Comparison::Equal, Comparison::OneOf][..],
        &[Comparison::Range, Comparison::Ranges][..],
    ] {
        for conjunct in all.iter().filter(|c| serves(c, comparisons)) {
            for column in &conjunct.columns {
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
        }
    }
    columns
}
