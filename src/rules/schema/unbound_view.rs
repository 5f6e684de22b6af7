//! DK273: a late-binding view that loses what it reads.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports a table or a column that is renamed or dropped while a late-binding view reads it, unless
    /// the view is created anew or the name comes back.
    ///
    /// ## Why is this bad?
    /// A view WITH NO SCHEMA BINDING looks its tables and columns up by their names each time that it
    /// is read. Redshift lets the change pass, and the next query of the view fails.
    ///
    /// ## Example
    /// ```sql
    /// create table shop.orders (order_id bigint, placed_at timestamp);
    /// create view shop.recent as select order_id, placed_at from shop.orders with no schema binding;
    /// alter table shop.orders rename column placed_at to ordered_at;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table shop.orders (order_id bigint, placed_at timestamp);
    /// alter table shop.orders rename column placed_at to ordered_at;
    /// create or replace view shop.recent as
    ///   select order_id, ordered_at as placed_at from shop.orders with no schema binding;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: CREATE VIEW:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html>
    pub const RULE = ("DK273", "unbound-view", Schema, Warning, ["Amazon Redshift Database Developer Guide: CREATE VIEW, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html"]);
}

/// The view and what it loses.
#[derive(Debug, Serialize)]
pub(super) struct UnboundView {
    view: TableName,
    table: TableName,
    column: Option<Ident>,
    /// What it is called now.
    now: Option<Ident>,
}

impl Violation for UnboundView {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let what = match &self.column {
            Some(column) => format!("`{}.{column}`", self.table),
            None => format!("`{}`", self.table),
        };
        let done = match &self.now {
            Some(now) => format!("renamed to `{now}`"),
            None => "dropped".to_owned(),
        };
        format!(
            "{what} is {done} while `{}` reads it by name (WITH NO SCHEMA BINDING): the view fails from then on",
            self.view
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.now {
            Some(_) => "Create the view anew, with the new name, in the same transaction.",
            None => "Create the view anew without it, or drop it as well.",
        })
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let unbound = cx.schema.unbound(cx.file);
    let findings = unbound.map(|(span, unbound)| {
        let finding = UnboundView {
            view: unbound.view.clone(),
            table: unbound.table.clone(),
            column: unbound.column.clone(),
            now: unbound.now.clone(),
        };
        finding.at(cx.location(span))
    });
    findings.collect()
}
