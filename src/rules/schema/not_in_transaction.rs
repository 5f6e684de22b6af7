//! DK272: a statement that can't run inside of a transaction block.

use std::cell::LazyCell;

use serde::Serialize;

use super::Context;
use super::migrations::{self, Tool, Wrapped};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::TableKind;
use crate::sql::{self, AlterAction, Body, DropKind, Statement};

crate::declare_rule! {
    /// ## What it does
    /// Reports statements between BEGIN and COMMIT that Redshift refuses inside of a transaction
    /// block. These are VACUUM, a change of a column's type, ALTER TABLE APPEND, external tables,
    /// databases and libraries, automatic loads. A migration of Flyway, Liquibase, dbmate or goose
    /// runs in a transaction, unless the tool's own setting says otherwise:
    /// `executeInTransaction=false` or `mixed=true`, `runInTransaction:false`,
    /// `transaction:false`, `NO TRANSACTION`.
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
    /// - Redgate Flyway: Execute In Transaction Setting:
    ///   <https://documentation.red-gate.com/fd/flyway-execute-in-transaction-setting-277578997.html>
    /// - Liquibase: runInTransaction:
    ///   <https://docs.liquibase.com/concepts/changelogs/attributes/run-in-transaction.html>
    pub const RULE = ("DK272", "not-in-transaction", Schema, Error, ["Amazon Redshift Database Developer Guide: VACUUM, https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html"]);
}

/// The statement, and where its transaction begins.
#[derive(Debug, Serialize)]
pub(super) struct NotInTransaction {
    statement: String,
    /// Where BEGIN stands, if it is one that opens the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    begins_at_line: Option<usize>,
    /// The tool that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'static str>,
    #[serde(skip)]
    way_out: &'static str,
    /// Whether the tool would take it by itself, and refuses it beside others.
    #[serde(skip)]
    beside_others: bool,
}

impl Violation for NotInTransaction {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let statement = &self.statement;
        match (self.begins_at_line, self.tool) {
            (Some(line), _) => format!(
                "{statement} can't run inside of a transaction block, and one begins in line {line}"
            ),
            (None, Some(tool)) if self.beside_others => format!(
                "{tool} refuses a migration that has {statement}, which no transaction takes, beside \
                 statements that run in one"
            ),
            (None, tool) => format!(
                "{statement} can't run inside of a transaction block, and {} runs this in one",
                tool.unwrap_or("its tool")
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(self.way_out)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wrapped = migrations::wrapped(cx.source);
    let told = |one: &Statement| flyway_tells(one, &sql::kind(cx.text_of(one)));
    let all_told = LazyCell::new(|| cx.top_level().all(told));
    let mut begins: Option<usize> = None;
    for statement in cx.top_level() {
        let kind = sql::kind(cx.text_of(statement));
        match kind.as_str() {
            "BEGIN" | "START" => {
                begins = Some(cx.source.line_column(statement.span.start).line);
            }
            // TRUNCATE commits.
            "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "TRUNCATE" => begins = None,
            _ => {}
        }
        let finding = match begins {
            Some(line) => refused(cx, statement, &kind).map(|statement| NotInTransaction {
                statement,
                begins_at_line: Some(line),
                tool: None,
                way_out: "Run it before BEGIN or after COMMIT.",
                beside_others: false,
            }),
            None => within(&wrapped, statement)
                .and_then(|tool| in_migration(cx, statement, &kind, tool, *all_told)),
        };
        findings.extend(finding.map(|finding| finding.at(cx.location(statement.span))));
    }
    findings
}

/// The tool that runs a statement in a transaction; the parts are in order.
fn within(wrapped: &[Wrapped], statement: &Statement) -> Option<Tool> {
    let after = wrapped.partition_point(|one| one.span.start <= statement.span.start);
    let part = wrapped.get(after.checked_sub(1)?)?;
    (statement.span.end <= part.span.end).then_some(part.tool)
}

/// A statement in a migration whose tool opens a transaction. `all_told`: whether Flyway tells of
/// each statement of the file that it is none for a transaction.
fn in_migration(
    cx: &Context<'_>,
    statement: &Statement,
    kind: &str,
    tool: Tool,
    all_told: bool,
) -> Option<NotInTransaction> {
    let what = refused(cx, statement, kind)?;
    let told = tool == Tool::Flyway && flyway_tells(statement, kind);
    // Flyway runs what it knows without a transaction, where nothing else stands in the file.
    if told && all_told {
        return None;
    }
    Some(NotInTransaction {
        statement: what,
        begins_at_line: None,
        tool: Some(tool.name()),
        way_out: tool.way_out(),
        beside_others: told,
    })
}

/// Whether Flyway tells by itself that a statement runs outside of a transaction: what its parser
/// for Redshift looks for.
fn flyway_tells(statement: &Statement, kind: &str) -> bool {
    let by_kind = [
        "VACUUM",
        "CREATE LIBRARY",
        "DROP LIBRARY",
        "CREATE EXTERNAL TABLE",
    ];
    let by_action = |action: &AlterAction| {
        matches!(
            action,
            AlterAction::Append(..) | AlterAction::ColumnType(..) | AlterAction::ColumnEncode(..)
        )
    };
    by_kind.contains(&kind)
        || matches!(&statement.body, Body::AlterTable(alter)
            if alter.actions.iter().any(|(action, _)| by_action(action)))
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
