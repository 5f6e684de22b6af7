//! DK111: join columns of different types.

use serde::Serialize;

use super::join_side::{Side, sides};
use super::{Context, by_rows};
use crate::graph;
use crate::name::Ident;
use crate::plan::{DetailKind, Distribution, Node};
use crate::rules::{Finding, Remedy, Role, Severity, Violation};
use crate::schema::{DistStyle, placed_alike};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds joins that move rows although their columns differ only in type. A number is cast in
    /// the condition or in the `Dist Key` below the label, or the DDL shows NUMERIC against INTEGER.
    ///
    /// ## Why is this bad?
    /// Rows are placed by the hash of the value in its own type, so equal numbers of different
    /// types lie on different slices: neither the same DISTKEY nor a cast helps. INTEGER against
    /// BIGINT, and the `::text` that Redshift prints around VARCHAR, do no harm.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_OUTER  (cost=50000.00..48000000000.00 rows=9000000 width=40)
    ///   Hash Cond: (("outer".buyer_id)::numeric = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - Inferred from the labels of public plans over tables distributed on INTEGER, BIGINT and
    ///   NUMERIC keys
    /// - Choose the best distribution style (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK111", "mismatched-join-types", Plan, Warning, [
        "Inferred from the labels of public plans over INTEGER, BIGINT and NUMERIC keys",
        "Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html",
    ]);
}

/// A join whose types keep it from being co-located.
#[derive(Debug, Serialize)]
pub(super) struct MismatchedJoinTypes {
    outer: Side,
    inner: Side,
    /// What shows it: the cast, or both types.
    types: String,
    bytes_moved: f64,
    rows: f64,
}

impl Violation for MismatchedJoinTypes {
    const RULE: crate::rules::RuleInfo = RULE;
    const ROLE: Role = Role::Cause;

    fn message(&self) -> String {
        format!(
            "{} and {} are joined on different types ({}): {} rows can't be co-located, {} moved",
            self.outer.name(),
            self.inner.name(),
            self.types,
            count(self.rows),
            size(self.bytes_moved)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Give both columns the same type: add a column of the other type, fill it, and make it \
             the DISTKEY (Redshift can't change the type of such a column in place).",
        )
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
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
    if !join.distribution.is_some_and(Distribution::moves) {
        return None;
    }
    if !join
        .details
        .iter()
        .any(|detail| matches!(detail.kind, DetailKind::HashCond | DetailKind::MergeCond))
    {
        return None;
    }
    let types = cast(join).or_else(|| declared_types(cx, join))?;
    let (outer, inner) = sides(cx, join);
    let rows = outer.rows.unwrap_or(0.0).max(inner.rows.unwrap_or(0.0));
    let finding = MismatchedJoinTypes {
        outer,
        inner,
        types,
        bytes_moved: cx.step(join).network_bytes,
        rows,
    };
    Some(finding.at_node(join.id))
}

/// A cast of a column, in the condition or in what the rows are sent by.
fn cast(join: &Node) -> Option<String> {
    let cast = join.key_cast()?;
    Some(format!("`{}` is cast to {}", cast.column, cast.to))
}

/// The declared types of a pair of columns that keeps equal values apart. A join on several
/// columns is co-located by any one of them, so a pair that agrees settles it, unless a table is
/// distributed by another.
fn declared_types(cx: &Context<'_>, join: &Node) -> Option<String> {
    let column_of = |side: Option<&Node>, name: &Ident| {
        let (scan, _) = graph::owner(cx.plan, side?.id, Some(name.as_str()), cx.schema)?;
        let table = cx.table(scan)?;
        let placed = matches!(&table.dist_style, DistStyle::Key(key) if key == name);
        Some((table.column(name)?.data_type.clone(), placed))
    };
    let mut agrees = false;
    let mut apart = Vec::new();
    for pair in join.join_keys() {
        let (outer, by_outer) = column_of(cx.plan.outer(join.id), &pair.outer)?;
        let (inner, by_inner) = column_of(cx.plan.inner(join.id), &pair.inner)?;
        match placed_alike(&outer, &inner)? {
            true => agrees = true,
            false => apart.push((
                by_outer || by_inner,
                format!("`{}` {outer} against `{}` {inner}", pair.outer, pair.inner),
            )),
        }
    }
    let found = apart.into_iter().find(|(placed, _)| *placed || !agrees);
    found.map(|(_, types)| types)
}
