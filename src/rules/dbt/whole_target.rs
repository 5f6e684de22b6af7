//! DK282: dbt whole target.

use serde::Serialize;

use super::{Context, by_rows, joins_by_key, of_models};
use crate::dbt::{Model, Setting, Strategy};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Reports models that merge, or delete and insert, by a `unique_key` without
    /// `incremental_predicates`. With fewer than a million rows, or where the catalog does not tell,
    /// it is a hint.
    ///
    /// ## Why is this bad?
    /// The join with the table has no condition but the key: no block of it can be skipped, so that
    /// every run reads the key of all its rows, however few are new.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// sort: ordered_on
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// sort: ordered_on
    /// incremental_predicates: ["DBT_INTERNAL_DEST.ordered_on >= dateadd(day, -7, current_date)"]
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: About incremental strategy:
    ///   <https://docs.getdbt.com/docs/build/incremental-strategy>
    pub const RULE = ("DK282", "dbt-whole-target", Schema, Warning, ["dbt Developer Hub: About incremental strategy, https://docs.getdbt.com/docs/build/incremental-strategy"]);
}

/// What is read whole.
#[derive(Debug, Serialize)]
pub(super) struct WholeTarget {
    table: TableName,
    sort_key: Option<Ident>,
    strategy: Strategy,
    rows: Option<f64>,
}

impl Violation for WholeTarget {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let rows = match self.rows {
            Some(rows) => format!("all {} of ", counted(rows, "row")),
            None => "all of ".to_owned(),
        };
        format!(
            "Each run joins its new rows with {rows}`{}`: no incremental_predicates let it skip blocks",
            self.table
        )
    }

    fn remedy(&self) -> Remedy {
        let condition = match (&self.sort_key, self.strategy) {
            (None, _) => {
                return Remedy::text(
                    "Sort the table by the time by which rows arrive, and narrow the join by it: incremental_predicates.",
                );
            }
            (Some(column), Strategy::Merge) => format!("DBT_INTERNAL_DEST.{column} >= …"),
            (Some(column), _) => format!("{column} >= …"),
        };
        Remedy::text(format!(
            "Set incremental_predicates=[\"{condition}\"] on the sort key, as far back as a row may still change: older rows would be added a second time."
        ))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    of_models(cx, Setting::Strategy, find)
}

fn find(model: &Model) -> Option<WholeTarget> {
    let strategy = joins_by_key(model).filter(|_| !model.has_predicates)?;
    Some(WholeTarget {
        table: model.table.clone()?,
        sort_key: model.sort.first().cloned(),
        strategy,
        rows: model.rows(),
    })
}
