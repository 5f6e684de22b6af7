//! DK125: row-level security hides a part of the plan.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::plan::Operator;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `RLS SecureScan` and `LF SecureScan`: row-level security or Lake Formation adds
    /// conditions to a scan.
    ///
    /// ## Why is this bad?
    /// It is no mistake, but the plan is not whole: the added conditions and what they join are
    /// hidden from users without the EXPLAIN RLS permission, and their cost with them.
    ///
    /// ## Example
    /// ```text
    /// XN RLS SecureScan orders  (cost=0.00..140.00 rows=2000 width=4)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..20.00 rows=2000 width=4)
    /// ```
    ///
    /// ## References
    /// - Row-level security (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_rls.html>
    pub const RULE = ("DK125", "secured-plan", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Row-level security, https://docs.aws.amazon.com/redshift/latest/dg/t_rls.html",
    ]);
}

/// The scans with hidden conditions.
#[derive(Debug, Serialize)]
pub(super) struct SecuredPlan {
    table: TableName,
    /// Row-level security or Lake Formation.
    by: &'static str,
    /// Whether the scan below is shown.
    shown: bool,
}

impl Violation for SecuredPlan {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let hidden = match self.shown {
            true => "its conditions are shown below",
            false => "its conditions, and what they cost, are not in this plan",
        };
        format!("`{}` is read through {}: {hidden}", self.table, self.by)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.shown {
            true => {
                "Keep the policy's conditions on the sort key or the distribution key, if possible."
            }
            false => "Ask for GRANT EXPLAIN RLS, or let somebody who has it explain the query.",
        })
    }

    fn weight(&self) -> f64 {
        0.0
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let by = match node.operator {
            Operator::RlsSecureScan => "row-level security",
            Operator::LfSecureScan => "Lake Formation",
            _ => continue,
        };
        let finding = SecuredPlan {
            table: node.table_name().unwrap_or_default(),
            by,
            shown: cx.plan.child(node.id).is_some(),
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}
