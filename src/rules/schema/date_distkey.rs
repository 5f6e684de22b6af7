//! DK204: a date as distribution key.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, DistStyle, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports distribution keys of type DATE, and of type TIMESTAMP where no query of the files joins
    /// by it.
    ///
    /// ## Why is this bad?
    /// The rows of one day lie on one slice. The table as a whole may be spread evenly, but a
    /// query for a few recent days then works on a few slices while the others wait. Rows spread by
    /// a time lie as EVEN would spread them, and no join is co-located for it.
    ///
    /// ## Example
    /// ```sql
    /// create table visits (visited_on date, visitor bigint) distkey(visited_on);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table visits (visited_on date, visitor bigint) distkey(visitor) sortkey(visited_on);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK204", "date-distkey", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The key.
#[derive(Debug, Serialize)]
pub(super) struct DateDistkey {
    table: TableName,
    column: Ident,
    slices: f64,
    /// Whether it is a time, of which no two rows need be alike, and no date.
    #[serde(skip)]
    time: bool,
}

impl Violation for DateDistkey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        if self.time {
            return format!(
                "`{}` is distributed by the time `{}`, by which no query here joins: it is spread as by \
                 EVEN, and its one DISTKEY is spent",
                self.table, self.column
            );
        }
        format!(
            "`{}` is distributed by the date `{}`: a query for one day works on one of {:.0} slices",
            self.table, self.column, self.slices
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Sort by it, and distribute by the column of the largest join.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let DistStyle::Key(key) = &table.dist_style else {
        return None;
    };
    let data_type = &table.column(key)?.data_type;
    let is_time = matches!(data_type, DataType::Timestamp | DataType::TimestampTz);
    // A time that queries join is a choice.
    let reported = match is_time {
        true => !cx.uses.joins_on(cx.schema, table, key),
        false => *data_type == DataType::Date,
    };
    reported.then(|| {
        let finding = DateDistkey {
            table: table.name.clone(),
            column: key.clone(),
            slices: cx.cluster.slices(),
            time: is_time,
        };
        finding.at(cx.at_column(create, key))
    })
}
