//! DK281: dbt scattered key.

use serde::Serialize;

use super::{Context, by_rows, distribution, joins_by_key, of_models};
use crate::dbt::{Key, Model, Setting, Strategy};
use crate::name::{Ident, TableName, list};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Reports models that find the rows to replace by a `unique_key` and are not distributed by a
    /// column of it. With fewer than a million rows, or where the catalog does not tell, it is a hint.
    ///
    /// ## Why is this bad?
    /// MERGE and DELETE … USING join the new rows with the table by that key. Where equal keys lie on
    /// different slices, rows of one of the two go over the network on every run.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// dist: customer_id
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// dist: order_id
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: About incremental strategy:
    ///   <https://docs.getdbt.com/docs/build/incremental-strategy>
    pub const RULE = ("DK281", "dbt-scattered-key", Schema, Warning, ["dbt Developer Hub: About incremental strategy, https://docs.getdbt.com/docs/build/incremental-strategy"]);
}

/// The key, and how the table is spread.
#[derive(Debug, Serialize)]
pub(super) struct ScatteredKey {
    table: TableName,
    unique_key: Vec<Ident>,
    distribution: String,
    strategy: Strategy,
    rows: Option<f64>,
}

impl Violation for ScatteredKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let rows = self.rows.map_or(String::new(), |rows| {
            format!(", which has {}", counted(rows, "row"))
        });
        format!(
            "Each run joins its new rows with `{}`{rows} by ({}), and the table is distributed by {}: rows go over the network",
            self.table,
            list(&self.unique_key),
            self.distribution
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Set dist='{}', unless larger joins of other queries need the other key, and change the table that is there: dbt does not.",
            self.unique_key[0]
        ))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    of_models(cx, Setting::Dist, find)
}

fn find(model: &Model) -> Option<ScatteredKey> {
    let strategy = joins_by_key(model)?;
    let distribution = match distribution(model)? {
        Key::Column(column) if !model.unique_key.contains(&column) => format!("`{column}`"),
        Key::Even => "EVEN".to_owned(),
        _ => return None,
    };
    Some(ScatteredKey {
        table: model.table.clone()?,
        unique_key: model.unique_key.clone(),
        distribution,
        strategy,
        rows: model.rows(),
    })
}
