//! DK272: a statement that can't run inside of a transaction block.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::TableKind;
use crate::sql::{self, AlterAction, Body, DropKind, Statement};

crate::declare_rule! {
    /// ## What it does
    /// Reports statements between BEGIN and COMMIT that Redshift refuses inside of a transaction
    /// block. These are VACUUM, a change of a column's type, ALTER TABLE APPEND, external tables,
    /// databases and libraries, automatic loads.
    ///
    /// ## Why is this bad?
    /// The statement fails, and with it everything since BEGIN.
    ///
    /// ## Example
    /// ```sql
    /// begin;
    /// delete from orders where placed_on < '2020-01-01';
    /// vacuum delete only orders;
    /// commit;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// begin;
    /// delete from orders where placed_on < '2020-01-01';
    /// commit;
    /// vacuum delete only orders;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: VACUUM:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html>
    /// - Amazon Redshift Database Developer Guide: ALTER TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>
    /// - Amazon Redshift Database Developer Guide: CREATE EXTERNAL TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html>
    pub const RULE = ("DK272", "not-in-transaction", Schema, Error, ["Amazon Redshift Database Developer Guide: VACUUM, https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html"]);
}

/// The statement, and where its transaction begins.
#[derive(Debug, Serialize)]
pub(super) struct NotInTransaction {
    statement: String,
    begins_at_line: usize,
}

impl Violation for NotInTransaction {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} can't run inside of a transaction block, and one begins in line {}",
            self.statement, self.begins_at_line
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Run it before BEGIN or after COMMIT.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut begins: Option<usize> = None;
    for statement in cx.script.statements.iter().filter(|of| !of.in_body) {
        let text = cx.source.text.get(statement.span.start..statement.span.end);
        let kind = sql::kind(text.unwrap_or_default());
        match kind.as_str() {
            "BEGIN" | "START" => {
                begins = Some(cx.source.line_column(statement.span.start).line);
            }
            // TRUNCATE commits.
            "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "TRUNCATE" => begins = None,
            _ => {}
        }
        let refused = begins.and_then(|line| Some((line, refused(cx, statement, &kind)?)));
        findings.extend(refused.map(|(begins_at_line, statement_of)| {
            let finding = NotInTransaction {
                statement: statement_of,
                begins_at_line,
            };
            finding.at(cx.location(statement.span))
        }));
    }
    findings
}

/// What a transaction block does not take of a statement.
fn refused(cx: &Context<'_>, statement: &Statement, kind: &str) -> Option<String> {
    let whole = [
        "VACUUM",
        "CREATE DATABASE",
        "DROP DATABASE",
        "CREATE LIBRARY",
        "DROP LIBRARY",
        "CREATE EXTERNAL TABLE",
    ];
    if whole.contains(&kind) && !matches!(statement.body, Body::NotUnderstood) {
        return Some(kind.to_owned());
    }
    let external = |name: &sql::Name| {
        cx.schema.dropped_kind((cx.file, name.span)) == Some(TableKind::External)
    };
    match &statement.body {
        Body::AlterTable(alter) => alter.actions.iter().find_map(|(action, _)| match action {
            AlterAction::ColumnType(..) => Some("ALTER COLUMN … TYPE".to_owned()),
            AlterAction::Append(..) => Some("ALTER TABLE APPEND".to_owned()),
            AlterAction::External(_) | AlterAction::Properties(..) => {
                Some("ALTER TABLE of an external table".to_owned())
            }
            _ => None,
        }),
        Body::Copy(copy) if copy.parameter("JOB").is_some() => Some("COPY … JOB CREATE".to_owned()),
        Body::Drop(drop) if drop.kind == DropKind::Table && drop.names.iter().any(external) => {
            Some("DROP TABLE of an external table".to_owned())
        }
        _ => None,
    }
}
