//! DK134: two tables lie by the same column, and the join leaves it out.

use serde::Serialize;

use super::join_side::{Side, sides};
use super::{Context, by_rows};
use crate::name::Ident;
use crate::plan::Node;
use crate::rules::{Finding, Remedy, Role, RuleInfo, Severity, Violation};
use crate::schema::{DistStyle, placed_alike};
use crate::text::units::{count, size};
use crate::whatif::Rewrite;
use crate::work::rows_moved;

crate::declare_rule! {
    /// ## What it does
    /// Finds joins that move rows of two tables whose DISTKEYs have one name and type, such as a
    /// tenant or a customer, that the join's condition does not compare. It needs the DDL.
    ///
    /// ## Why is this bad?
    /// Rows of one tenant lie on one slice in both tables. If matching rows always have the same
    /// tenant, the join could be done where they lie; but only a condition tells Redshift so.
    ///
    /// ## Example
    /// ```sql
    /// CREATE TABLE orders (tenant_id int DISTKEY, order_id bigint, total int);
    /// CREATE TABLE lines (tenant_id int DISTKEY, order_id bigint, price int);
    /// ```
    /// ```text
    /// XN Hash Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".order_id = "inner".order_id)
    ///   ->  XN Seq Scan on lines  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on orders  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// CREATE TABLE orders (tenant_id int DISTKEY, order_id bigint, total int);
    /// CREATE TABLE lines (tenant_id int DISTKEY, order_id bigint, price int);
    /// ```
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: (("outer".tenant_id = "inner".tenant_id) AND ("outer".order_id = "inner".order_id))
    ///   ->  XN Seq Scan on lines  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on orders  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - Evaluating the query plan (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html>
    pub const RULE = ("DK134", "shared-distkey-not-joined", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Evaluating the query plan, https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html",
    ]);
}

/// A join that leaves the common DISTKEY out.
#[derive(Debug, Serialize)]
pub(super) struct SharedDistkeyNotJoined {
    outer: Side,
    inner: Side,
    distkey: Ident,
    rows_moved: f64,
    bytes_moved: f64,
    #[serde(skip)]
    join: usize,
}

impl Violation for SharedDistkeyNotJoined {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Cause;

    fn message(&self) -> String {
        format!(
            "{} and {} both lie by `{}`, which the join does not compare: {} rows, {} move",
            self.outer.name(),
            self.inner.name(),
            self.distkey,
            count(self.rows_moved),
            size(self.bytes_moved)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "If matching rows always have the same `{0}`, add the equality of both `{0}` to the \
             condition: the join is then done where the rows lie.",
            self.distkey
        ))
        .rewriting(Rewrite::CoLocated(self.join))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_moved)
    }

    fn weight(&self) -> f64 {
        self.bytes_moved
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter().filter(|node| node.operator.is_join());
    joins.filter_map(|join| find(cx, join)).collect()
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let label = join.distribution.filter(|label| label.moves())?;
    let (outer, inner) = sides(cx, join);
    if !outer.certain || !inner.certain {
        return None;
    }
    let distkey = |side: &Side| {
        let table = cx.schema?.resolve(side.table.as_ref()?)?;
        match &table.dist_style {
            DistStyle::Key(key) => Some((key.clone(), &table.column(key)?.data_type)),
            _ => None,
        }
    };
    let ((own, own_type), (other, other_type)) = (distkey(&outer)?, distkey(&inner)?);
    let keys = join.join_keys();
    let compared = keys
        .iter()
        .any(|pair| pair.outer == own || pair.inner == other);
    if own != other
        || placed_alike(own_type, other_type) != Some(true)
        || compared
        || keys.is_empty()
    {
        return None;
    }
    let finding = SharedDistkeyNotJoined {
        rows_moved: rows_moved(label, outer.rows, inner.rows, cx.cluster_nodes())?,
        bytes_moved: cx.step(join).network_bytes,
        outer,
        inner,
        distkey: own,
        join: join.id,
    };
    Some(finding.at_node(join.id))
}
