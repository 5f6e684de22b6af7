//! DK132: a large join compares long texts.

use serde::Serialize;

use super::Context;
use crate::graph;
use crate::name::{Ident, TableName};
use crate::plan::{JoinMethod, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Column, DataType};
use crate::stats::TableStats;
use crate::text::units::{count, size};
use crate::thresholds::ALERT_ROWS;
use crate::work::bytes_of;

crate::declare_rule! {
    /// ## What it does
    /// Finds hash joins of a million rows or more by text columns of 16 bytes or more on both
    /// sides: UUIDs as text, codes with a prefix, hexadecimal hashes. It needs the DDL, which tells
    /// the types; `--stats` tells how long the texts are.
    ///
    /// ## Why is this bad?
    /// The text is read, hashed, kept in the hash table and compared, and travels with each row
    /// that moves. An INTEGER takes 4 bytes and a BIGINT 8, and is compared in one step.
    ///
    /// ## Example
    /// ```sql
    /// CREATE TABLE orders (buyer_id char(36), total int);
    /// CREATE TABLE buyers (buyer_id char(36), region int);
    /// ```
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=40)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=40)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=40)
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// CREATE TABLE orders (buyer_id bigint, total int);
    /// CREATE TABLE buyers (buyer_id bigint, region int);
    /// ```
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=12)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=12)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=12)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=12)
    /// ```
    ///
    /// ## References
    /// - Use the smallest possible column size (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html>
    pub const RULE = ("DK132", "text-join-key", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Use the smallest possible column size, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html",
    ]);
}

/// Bytes from which a text is long as a key. Chosen: twice a BIGINT.
const LONG: f64 = 16.0;

/// A join by text.
#[derive(Debug, Serialize)]
pub(super) struct TextJoinKey {
    outer: Key,
    inner: Key,
    rows: f64,
    /// Bytes of the keys on both sides.
    bytes: f64,
}

/// A text column that is joined by.
#[derive(Debug, Serialize)]
pub(super) struct Key {
    table: TableName,
    column: Ident,
    data_type: String,
    /// Bytes of a value: counted, or as declared up to the usual length.
    average_bytes: f64,
    rows: f64,
}

impl Violation for TextJoinKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}.{}` ({}) and `{}.{}` ({}) are joined as text: {} rows, {} of keys",
            self.outer.table,
            self.outer.column,
            self.outer.data_type,
            self.inner.table,
            self.inner.column,
            self.inner.data_type,
            count(self.rows),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Give both tables an INTEGER or BIGINT key for the same thing, filled where they are \
             loaded, and join and distribute by it.",
        )
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx
        .plan
        .nodes
        .iter()
        .filter(|node| matches!(node.operator, Operator::Join(JoinMethod::Hash, _)));
    joins.filter_map(|join| find(cx, join)).collect()
}

/// Whether the rule has something to say of a join.
pub(super) fn speaks_of(cx: &Context<'_>, join: &Node) -> bool {
    find(cx, join).is_some()
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let (outer, inner) = (cx.plan.outer(join.id)?, cx.plan.inner(join.id)?);
    let longest = join.join_keys().iter().filter_map(|pair| {
        let keys = (key(cx, outer, &pair.outer)?, key(cx, inner, &pair.inner)?);
        let long = keys.0.average_bytes >= LONG && keys.1.average_bytes >= LONG;
        long.then_some(keys)
    });
    let bytes =
        |keys: &(Key, Key)| keys.0.rows * keys.0.average_bytes + keys.1.rows * keys.1.average_bytes;
    let keys = longest.max_by(|a, b| bytes(a).total_cmp(&bytes(b)))?;
    let rows = keys.0.rows + keys.1.rows;
    if rows < ALERT_ROWS {
        return None;
    }
    let finding = TextJoinKey {
        rows,
        bytes: bytes(&keys),
        outer: keys.0,
        inner: keys.1,
    };
    Some(finding.at_node(join.id))
}

fn key(cx: &Context<'_>, side: &Node, name: &Ident) -> Option<Key> {
    let (scan, certain) = graph::owner(cx.plan, side.id, Some(name.as_str()), cx.schema)?;
    let table = cx.table(scan).filter(|_| certain)?;
    let Column { data_type, .. } = table.column(name)?;
    if !matches!(data_type, DataType::Char(_) | DataType::Varchar(_)) {
        return None;
    }
    let nothing = TableStats::default();
    let stats = cx.stats.and_then(|stats| stats.table(&table.name));
    Some(Key {
        average_bytes: bytes_of(data_type, stats.unwrap_or(&nothing), name.as_str()),
        data_type: data_type.to_string(),
        table: table.name.clone(),
        column: name.clone(),
        rows: side.rows?,
    })
}
