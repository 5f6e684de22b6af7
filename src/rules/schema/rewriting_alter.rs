//! DK226: an ALTER that rewrites the table.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{AlterAction, AlterTable, Body};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Points out ALTER TABLE actions that rewrite a table of a million rows or more (`--stats`). Such
    /// are another distribution or sort key and another encoding. Of a table whose size is not known
    /// nothing is said.
    ///
    /// ## Why is this bad?
    /// They take as long as copying the table, need its size again in space, and changes of
    /// DISTKEY, DISTSTYLE and SORTKEY lock it meanwhile or conflict with VACUUM.
    ///
    /// ## Example
    /// ```sql
    /// create table t (a int, b int);
    /// alter table t alter distkey a;
    /// ```
    /// ```json
    /// {"rows": {"t": 50000000}}
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (a int, b int) distkey(a);
    /// ```
    /// ```json
    /// {"rows": {"t": 50000000}}
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: ALTER TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>
    pub const RULE = ("DK226", "rewriting-alter", Schema, Hint, ["Amazon Redshift Database Developer Guide: ALTER TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html"]);
}

/// The action and the size of the table.
#[derive(Debug, Serialize)]
pub(super) struct RewritingAlter {
    table: TableName,
    action: &'static str,
    rows: Option<f64>,
    size_megabytes: Option<f64>,
}

impl Violation for RewritingAlter {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let much = match (self.rows, self.size_megabytes) {
            (Some(rows), Some(size)) => format!(": {} rows, {} MB", count(rows), count(size)),
            (Some(rows), None) => format!(": {} rows", count(rows)),
            _ => String::new(),
        };
        format!("{} rewrites `{}`{much}", self.action, self.table)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Run it when little is loaded, not beside VACUUM; CREATE TABLE AS and a rename keeps readers going.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::AlterTable(alter) = &statement.body else {
            continue;
        };
        // Where one action is refused, the statement does nothing.
        let refused = alter
            .actions
            .iter()
            .any(|(_, span)| cx.schema.refusal((cx.file, *span)).is_some());
        if let Some(action) = rewriting(alter).filter(|_| !refused) {
            let table = cx.schema.resolve(&alter.name.table);
            let stats = table.and_then(|table| cx.stats_of(table));
            let rows = stats.and_then(|stats| stats.rows);
            if rows.is_none_or(|rows| rows < ALERT_ROWS) {
                continue;
            }
            let finding = RewritingAlter {
                table: alter.name.table.clone(),
                action,
                rows,
                size_megabytes: stats.and_then(|stats| stats.size_blocks),
            };
            findings.push(finding.at(cx.location(statement.span)));
        }
    }
    findings
}

fn rewriting(alter: &AlterTable) -> Option<&'static str> {
    alter.actions.iter().find_map(|(action, _)| match action {
        AlterAction::DistKey(..) => Some("ALTER DISTKEY"),
        AlterAction::DistStyle(..) => Some("ALTER DISTSTYLE"),
        AlterAction::SortKey(_, columns, _) if !columns.is_empty() => Some("ALTER SORTKEY"),
        AlterAction::ColumnEncode(..) => Some("ALTER COLUMN … ENCODE"),
        _ => None,
    })
}
