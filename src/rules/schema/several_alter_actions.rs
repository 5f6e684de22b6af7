//! DK225: more than one ADD COLUMN in a statement.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{AlterAction, AlterTable, Body};

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
    /// - Amazon Redshift Database Developer Guide: ALTER TABLE
    pub const RULE = ("DK225", "several-alter-actions", Schema, Error, ["Amazon Redshift Database Developer Guide: ALTER TABLE"]);
}

/// The statement.
#[derive(Debug, Serialize)]
pub(super) struct SeveralAlterActions {
    table: String,
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
                table: alter.name.name.clone(),
                actions: alter.actions.len(),
            };
            findings.push(finding.at(cx.location(statement.span)));
        }
    }
    findings
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
                | AlterAction::Setting(..)
        )
    })
}
