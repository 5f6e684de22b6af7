//! DK260: DISTSTYLE ALL on a table that many statements change.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::DistStyle;
use crate::schema::uses::Change;

crate::declare_rule! {
    /// ## What it does
    /// Points out tables of DISTSTYLE ALL that three or more statements of the files change.
    ///
    /// ## Why is this bad?
    /// Every node writes every row: a load takes as many times the work as there are nodes. "ALL
    /// distribution is appropriate only for relatively slow moving tables."
    ///
    /// ## Example
    /// ```sql
    /// create table prices (item_id bigint, price decimal(10,2)) diststyle all;
    /// copy prices from 's3://example-shop/prices/' iam_role default csv;
    /// update prices set price = 0 where item_id = 7;
    /// insert into prices select item_id, price from new_prices;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table prices (item_id bigint, price decimal(10,2)) distkey (item_id);
    /// copy prices from 's3://example-shop/prices/' iam_role default csv;
    /// update prices set price = 0 where item_id = 7;
    /// insert into prices select item_id, price from new_prices;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Distribution styles:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_choosing_dist_sort.html>
    pub const RULE = ("DK260", "all-written-often", Schema, Hint, ["Amazon Redshift Database Developer Guide: Distribution styles, https://docs.aws.amazon.com/redshift/latest/dg/c_choosing_dist_sort.html"]);
}

/// The table.
#[derive(Debug, Serialize)]
pub(super) struct AllWrittenOften {
    table: TableName,
    statements: usize,
}

impl Violation for AllWrittenOften {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} statements change `{}`, and each writes a copy on every node (DISTSTYLE ALL)",
            self.statements, self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Where these run often, distribute it by the column of its largest join, or leave \
             DISTSTYLE AUTO.",
        )
    }
}

/// Statements from which on a table is taken to be no slow-moving one. Chosen: one that fills it and
/// one that mends it are what any table has.
const MANY: usize = 3;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        if table.dist_style != DistStyle::All {
            continue;
        }
        let changes = cx.uses.changes(cx.schema, table);
        let statements = changes
            .filter(|write| write.change != Change::Truncate)
            .count();
        if statements < MANY {
            continue;
        }
        let finding = AllWrittenOften {
            table: table.name.clone(),
            statements,
        };
        findings.push(finding.at(cx.location(create.name.span)));
    }
    findings
}
