//! DK203: a distribution key with too few values for the slices.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DataType, DistStyle, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action, Style};
use crate::text::units::count;
use crate::thresholds::VALUES_PER_SLICE;

crate::declare_rule! {
    /// ## What it does
    /// Reports distribution keys with fewer than ten values for each slice. These are BOOLEAN
    /// columns, columns whose distinct values are known from `--stats`, and, as a hint, the first
    /// column of the workload where they are not known.
    ///
    /// ## Why is this bad?
    /// All rows of one value lie on one slice. With 40 categories on 64 slices at least 24 slices
    /// hold nothing, and a search for one category uses one slice.
    ///
    /// ## Example
    /// ```sql
    /// create table products (product_id bigint, in_stock boolean) distkey(in_stock);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table products (product_id bigint, in_stock boolean) distkey(product_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK203", "few-valued-distkey", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The key, its values and the slices.
#[derive(Debug, Serialize)]
pub(super) struct FewValuedDistkey {
    table: TableName,
    column: Ident,
    distinct: Option<f64>,
    slices: f64,
}

impl Violation for FewValuedDistkey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.distinct {
            Some(values) if values < self.slices => format!(
                "`{}` is distributed by `{}`: {} values for {:.0} slices leave at least {:.0} slices empty",
                self.table,
                self.column,
                count(values),
                self.slices,
                self.slices - values
            ),
            Some(values) => format!(
                "`{}` is distributed by `{}`: {} values for {:.0} slices spread unevenly",
                self.table,
                self.column,
                count(values),
                self.slices
            ),
            None => format!(
                "`{}` is distributed by `{}`, whose number of values is not known: fewer than the {:.0} \
                 slices would leave slices empty",
                self.table, self.column, self.slices
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Distribute by a column with many values that the table is joined on, or DISTSTYLE EVEN.")
            .with_sql(write::alter(
                &self.table,
                &[Action::DistStyle(Style::Even)],
            ))
    }

    fn severity(&self) -> Severity {
        match self.distinct {
            Some(_) => Severity::Warning,
            None => Severity::Hint,
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, statement) in cx.created() {
        let even = || edits::distribute(cx, create, statement.span, "diststyle even");
        let found = find(cx, create, table);
        findings.extend(found.map(|finding| finding.with_fix(edits::unsafe_fix(even()))));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let DistStyle::Key(key) = &table.dist_style else {
        return None;
    };
    let column = table.column(key)?;
    let known = cx
        .stats_of(table)
        .and_then(|stats| stats.columns.get(key))
        .and_then(|c| c.distinct);
    let distinct = match column.data_type {
        DataType::Boolean => Some(2.0),
        _ => known,
    };
    let slices = cx.cluster.slices();
    let of_workload = cx.config.workload.columns().first() == Some(key);
    let is_primary = table.primary_key.first() == Some(key);
    let few = match distinct {
        Some(values) => values < slices * VALUES_PER_SLICE,
        None => of_workload && !is_primary,
    };
    few.then(|| {
        let finding = FewValuedDistkey {
            table: table.name.clone(),
            column: key.clone(),
            distinct,
            slices,
        };
        finding.at(cx.at_column(create, key))
    })
}
