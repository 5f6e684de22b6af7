//! DK114: a step carries a gigabyte of wide rows.

use serde::Serialize;

use super::Context;
use crate::plan::{Node, Operator, Plan};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::{count, size, thousands};
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Finds steps that sort, hash or move at least a million rows of a kilobyte or more.
    ///
    /// ## Why is this bad?
    /// Each row is carried whole through every sort, hash table and redistribution, and long
    /// VARCHARs take their declared space in temporary tables; what does not fit in memory is
    /// written to disk.
    ///
    /// ## Example
    /// ```text
    /// XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=1200)
    ///   Sort Key: placed_at
    ///   ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=1200)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///   Sort Key: placed_at
    ///   ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK114", "wide-rows", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
    ]);
}

/// A step and what it carries.
#[derive(Debug, Serialize)]
pub(super) struct WideRows {
    step: String,
    rows: f64,
    width: f64,
    bytes: f64,
    /// Whether the rows are carried for a window.
    for_window: bool,
    /// Bytes written to disk because memory does not hold them.
    spilled: f64,
}

impl Violation for WideRows {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let spilled = match self.spilled >= 1.0 {
            true => format!(", {} of it to disk", size(self.spilled)),
            false => String::new(),
        };
        format!(
            "{} carries {} rows of {} bytes: {}{spilled}",
            self.step,
            count(self.rows),
            thousands(self.width.round()),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.for_window {
            true => {
                "Compute the window over its own columns and a key only, and join the wide columns \
                 back by the key afterwards, once the window has filtered."
            }
            false => {
                "Select fewer columns before this step, and fetch the wide ones by key afterwards; \
                 declare VARCHARs no longer than their data."
            }
        })
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

/// A kilobyte a row. Chosen: with the alert's million rows it makes a gigabyte.
const WIDE: f64 = 1_000.0;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let carries = matches!(
            node.operator,
            Operator::Sort | Operator::Hash | Operator::HashAggregate | Operator::Window
        );
        let (Some(rows), Some(width)) = (node.rows, node.width) else {
            continue;
        };
        if !carries || rows < ALERT_ROWS || width < WIDE {
            continue;
        }
        // What a step above carries as well is said there.
        if carried_above(cx.plan, node) {
            continue;
        }
        // A default is no count of rows that somebody should move less of.
        if cx.rests_on_default(node) {
            continue;
        }
        let finding = WideRows {
            step: node.operator.name().into_owned(),
            rows,
            width,
            for_window: is_for_window(cx.plan, node),
            bytes: rows * width,
            spilled: cx.step(node).spill_bytes,
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}

/// Whether a window or a sort above carries these rows with all their columns.
fn carried_above(plan: &Plan, node: &Node) -> bool {
    let hands_on = |above: &&Node| {
        matches!(
            above.operator,
            Operator::Network | Operator::SubqueryScan | Operator::Merge
        )
    };
    let mut above = plan.ancestors(node.id).skip_while(hands_on);
    above.next().is_some_and(|above| {
        let carries = matches!(above.operator, Operator::Sort | Operator::Window);
        let wide = above.width.is_some_and(|width| width >= WIDE);
        let many = above.rows.is_some_and(|rows| rows >= ALERT_ROWS);
        carries && wide && many
    })
}

/// Whether a step is a window, or sorts or sends rows for one.
fn is_for_window(plan: &Plan, node: &Node) -> bool {
    let carries = |node: &&Node| matches!(node.operator, Operator::Sort | Operator::Network);
    let above = std::iter::once(node).chain(plan.ancestors(node.id));
    let mut rest = above.skip_while(carries);
    rest.next()
        .is_some_and(|node| node.operator == Operator::Window)
}
