//! DK225: more than one ADD COLUMN in a statement.

use serde::Serialize;

use super::{Context, edits};
use crate::name::TableName;
use crate::rules::{Edit, Finding, Remedy, RuleInfo, Violation};
use crate::sql::{AlterAction, AlterTable, Body};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports ALTER TABLE statements with several actions that Redshift does not combine, such
    /// as two ADD COLUMNs.
    ///
    /// ## Why is this bad?
    /// The statement fails. Only several ALTER COLUMN … ENCODE, and SORTKEY with DISTKEY or
    /// DISTSTYLE ALL, go together.
    ///
    /// ## Example
    /// ```sql
    /// create table t (a int);
    /// alter table t add column b int, add column c int;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (a int);
    /// alter table t add column b int;
    /// alter table t add column c int;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: ALTER TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>
    pub const RULE = ("DK225", "several-alter-actions", Schema, Error, ["Amazon Redshift Database Developer Guide: ALTER TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html"]);
}

/// The statement.
#[derive(Debug, Serialize)]
pub(super) struct SeveralAlterActions {
    table: TableName,
    actions: usize,
}

impl Violation for SeveralAlterActions {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} actions in one ALTER TABLE `{}`: Redshift takes one",
            self.actions, self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Write one statement for each.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::AlterTable(alter) = &statement.body else {
            continue;
        };
        if alter.actions.len() > 1 && !may_combine(alter) {
            let finding = SeveralAlterActions {
                table: alter.name.table.clone(),
                actions: alter.actions.len(),
            };
            let fix = edits::safe(split(cx, alter, statement.span).unwrap_or_default());
            findings.push(finding.at(cx.location(statement.span)).with_fix(fix));
        }
    }
    findings
}

/// One statement for each action: the commas become semicolons.
fn split(cx: &Context<'_>, alter: &AlterTable, statement: Span) -> Option<Vec<Edit>> {
    let text = cx.source.text.as_str();
    let (_, first) = alter.actions.first()?;
    let head = text.get(statement.start..first.start)?.trim_end();
    let mut out = Vec::new();
    for pair in alter.actions.windows(2) {
        let [(_, before), (_, next)] = pair else {
            continue;
        };
        let between = text.get(before.end..next.start)?;
        let comma = before.end + between.len() - between.trim_start().len();
        if !between.trim_start().starts_with(',') {
            return None;
        }
        out.push(Edit {
            span: Span::new(comma, comma + 1),
            text: ";".to_owned(),
        });
        out.push(Edit {
            span: Span::new(next.start, next.start),
            text: format!("{head} "),
        });
    }
    Some(out)
}

fn may_combine(alter: &AlterTable) -> bool {
    let mut actions = alter.actions.iter().map(|(action, _)| action);
    let mut all = |fits: fn(&AlterAction) -> bool| actions.all(fits);
    all(|action| {
        matches!(
            action,
            AlterAction::ColumnEncode(..)
                | AlterAction::SortKey(..)
                | AlterAction::DistKey(..)
                | AlterAction::DistStyle(..)
                | AlterAction::External(..)
                | AlterAction::Properties(..)
                | AlterAction::Setting(..)
        )
    })
}
