//! DK136: windows over one partition sort its rows several times.

use serde::Serialize;

use super::{Context, by_rows};
use crate::plan::{DetailKind, Node, Operator, Plan};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Rewrite;

crate::declare_rule! {
    /// ## What it does
    /// Finds windows on top of each other that have the same PARTITION BY and another ORDER BY, so
    /// that all rows are sorted again for each.
    ///
    /// ## Why is this bad?
    /// Windows that share PARTITION BY and ORDER BY share one sort. Each further order sorts every
    /// row whole once more, on disk where memory does not hold them.
    ///
    /// ## Example
    /// ```text
    /// XN Window  (cost=1000000307930.00..1000000412930.00 rows=2000000 width=40)
    ///   Partition: shop_id
    ///   Order: total
    ///   ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=40)
    ///         Sort Key: shop_id, total
    ///         ->  XN Window  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=40)
    ///               Partition: shop_id
    ///               Order: placed_at
    ///               ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=40)
    ///                     Sort Key: shop_id, placed_at
    ///                     ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=40)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Window  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=40)
    ///   Partition: shop_id
    ///   Order: placed_at
    ///   ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=40)
    ///         Sort Key: shop_id, placed_at
    ///         ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=40)
    /// ```
    ///
    /// ## References
    /// - Window function syntax summary (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html>
    pub const RULE = ("DK136", "repeated-window-sort", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Window function syntax summary, https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html",
    ]);
}

/// Whether two orders are by one column, in two directions.
fn turned(first: &str, second: &str) -> bool {
    let column = |order: &str| {
        let order = order.trim();
        let bare = order.strip_suffix(" DESC").or(order.strip_suffix(" ASC"));
        bare.unwrap_or(order).trim().to_owned()
    };
    let one = |order: &str| !order.is_empty() && !order.contains(',');
    one(first) && one(second) && first != second && column(first) == column(second)
}

/// A sort for a second order of the same partitions.
#[derive(Debug, Serialize)]
pub(super) struct RepeatedWindowSort {
    partition: String,
    /// The orders, the inner window's first.
    orders: [String; 2],
    rows: f64,
    bytes: f64,
    #[serde(skip)]
    saved: Vec<usize>,
}

impl Violation for RepeatedWindowSort {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let [first, second] = &self.orders;
        let order = |text: &str| match text.is_empty() {
            true => "no order".to_owned(),
            false => format!("`{text}`"),
        };
        format!(
            "{} rows, {}, are sorted for a second window over `{}`: by {} after {}",
            count(self.rows),
            size(self.bytes),
            self.partition,
            order(second),
            order(first)
        )
    }

    fn remedy(&self) -> Remedy {
        let mut text =
            "Give both windows one ORDER BY where the result allows: SUM, COUNT, MIN and \
                        MAX over a whole partition need none"
                .to_owned();
        let [first, second] = &self.orders;
        if turned(first, second) {
            text.push_str(
                ", and a FIRST_VALUE in one direction is a LAST_VALUE over the whole frame in the \
                 other, where no value is NULL",
            );
        }
        text.push('.');
        Remedy::text(text).rewriting(Rewrite::Without(self.saved.clone()))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        // Of rows without a width, as of constants, there is something at least.
        self.bytes.max(self.rows)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let windows = cx.plan.nodes.iter();
    let windows = windows.filter(|node| node.operator == Operator::Window);
    windows.filter_map(|window| find(cx.plan, window)).collect()
}

fn find(plan: &Plan, window: &Node) -> Option<Finding> {
    let mut saved = Vec::new();
    let mut sort = None;
    let mut below = plan.child(window.id)?;
    loop {
        match below.operator {
            Operator::Sort => sort = Some(below),
            Operator::Network | Operator::SubqueryScan => {}
            _ => break,
        }
        if below.operator != Operator::SubqueryScan {
            saved.push(below.id);
        }
        below = plan.child(below.id)?;
    }
    let said = |node: &Node, kind| node.detail(kind).unwrap_or_default().to_owned();
    let (partition, order) = (DetailKind::Partition, DetailKind::Order);
    let same =
        below.operator == Operator::Window && said(window, partition) == said(below, partition);
    let sort = sort.filter(|_| same && said(window, order) != said(below, order))?;
    let finding = RepeatedWindowSort {
        partition: said(window, partition),
        orders: [said(below, order), said(window, order)],
        rows: sort.rows?,
        bytes: sort.bytes().unwrap_or(0.0),
        saved,
    };
    Some(finding.at_node(sort.id))
}

#[cfg(test)]
mod tests {
    use super::turned;

    #[test]
    fn only_one_column_in_two_directions_is_an_order_turned_round() {
        assert!(turned("paid_at", "paid_at DESC"));
        assert!(!turned("paid_at", "amount"));
        assert!(!turned("paid_at", "paid_at"));
        assert!(!turned("paid_at, amount", "paid_at DESC, amount"));
        assert!(!turned("", "paid_at DESC"));
    }
}
