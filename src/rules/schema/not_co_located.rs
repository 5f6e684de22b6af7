//! DK202: a declared join can not be co-located.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DistStyle, ForeignKey, Table};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports foreign keys between tables whose declared distributions keep matching rows apart.
    /// Neither table is DISTSTYLE ALL, and they are not both distributed by the joined columns.
    ///
    /// ## Why is this bad?
    /// Every such join sends one side, or both, over the network. Tables on AUTO are left out:
    /// Redshift decides there. A table that is spread by its own primary key is reported where the
    /// other one is spread by the joined column and no child of its own is by that key.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint primary key) diststyle even;
    /// create table items (order_id bigint references orders(order_id), n int) diststyle even;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint primary key) distkey(order_id);
    /// create table items (order_id bigint references orders(order_id), n int) distkey(order_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK202", "not-co-located", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The join and how its tables are spread.
#[derive(Debug, Serialize)]
pub(super) struct NotCoLocated {
    table: TableName,
    referred: TableName,
    column: Ident,
    rows: Option<f64>,
    referred_rows: Option<f64>,
}

impl Violation for NotCoLocated {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let rows = match (self.rows, self.referred_rows) {
            (Some(a), Some(b)) => format!(" ({} rows against {})", count(a), count(b)),
            _ => String::new(),
        };
        format!(
            "Joining `{}` to `{}` on `{}` moves rows{rows}: neither is DISTSTYLE ALL, nor are both distributed by it",
            self.table, self.referred, self.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Distribute both by `{}`, or keep a copy of `{}` on every node if it is small (below some \
             million rows).",
            self.column, self.referred
        ))
    }

    fn severity(&self) -> Severity {
        match self.rows {
            Some(rows) if rows < ALERT_ROWS => Severity::Hint,
            Some(_) => Severity::Warning,
            None => Severity::Hint,
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        let found = table
            .foreign_keys
            .iter()
            .find_map(|key| find(cx, table, key));
        findings.extend(found.map(|finding| {
            let place = cx.at_column(create, &finding.column);
            finding.at(place)
        }));
    }
    findings
}

fn find(cx: &Context<'_>, table: &Table, key: &ForeignKey) -> Option<NotCoLocated> {
    let referred = cx.schema.resolve(&key.table)?;
    let column = key.columns.first()?;
    let there = key
        .referred_columns
        .first()
        .or(referred.primary_key.first())?;
    let undecided = |table: &Table| matches!(table.dist_style, DistStyle::Auto(_) | DistStyle::All);
    let by = |table: &Table, column: &Ident| table.dist_style == DistStyle::Key(column.clone());
    if undecided(table) || undecided(referred) || (by(table, column) && by(referred, there)) {
        return None;
    }
    // One DISTKEY serves one join: a key that another foreign key uses is a choice.
    let chosen = table
        .foreign_keys
        .iter()
        .flat_map(|key| &key.columns)
        .any(|name| by(table, name));
    // Its own primary key serves its own children, if they are spread by it; without them nothing
    // is gained by it, and a parent that is spread by the foreign key waits for this table.
    let own = table.primary_key.first().is_some_and(|own| by(table, own));
    let serves_children = || {
        cx.referring(table).any(|child| {
            let mut keys = child.foreign_keys.iter().filter(|key| {
                let parent = cx.schema.resolve(&key.table);
                parent.is_some_and(|parent| parent.name == table.name)
            });
            keys.any(|key| key.columns.first().is_some_and(|column| by(child, column)))
        })
    };
    if chosen || own && (!by(referred, there) || serves_children()) {
        return None;
    }
    Some(NotCoLocated {
        table: table.name.clone(),
        referred: referred.name.clone(),
        column: column.clone(),
        rows: cx.rows_of(table),
        referred_rows: cx.rows_of(referred),
    })
}
