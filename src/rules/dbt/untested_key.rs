//! DK284: dbt untested key.

use serde::Serialize;

use super::{Context, at};
use crate::dbt::{Kept, Setting};
use crate::name::{Ident, list};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports models with a `unique_key` that no test holds to be unique.
    ///
    /// ## Why is this bad?
    /// Redshift enforces no key, and a `unique_key` replaces rows only of earlier runs: two rows of one
    /// key in one run stay two, MERGE fails on them or doubles them, and joins by the key multiply.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// incremental_predicates: ["DBT_INTERNAL_DEST.ordered_on >= '2026-01-01'"]
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: incremental
    /// incremental_strategy: merge
    /// unique_key: order_id
    /// incremental_predicates: ["DBT_INTERNAL_DEST.ordered_on >= '2026-01-01'"]
    /// # and a test `unique` on order_id
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: About incremental strategy:
    ///   <https://docs.getdbt.com/docs/build/incremental-strategy>
    pub const RULE = ("DK284", "dbt-untested-key", Schema, Hint, ["dbt Developer Hub: About incremental strategy, https://docs.getdbt.com/docs/build/incremental-strategy"]);
}

/// The key.
#[derive(Debug, Serialize)]
pub(super) struct UntestedKey {
    model: String,
    unique_key: Vec<Ident>,
}

impl Violation for UntestedKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "No test holds the unique_key ({}) of `{}` to be unique",
            list(&self.unique_key),
            self.model
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.unique_key.len() {
            1 => "Add the test `unique` to the column.",
            _ => "Add the test `dbt_utils.unique_combination_of_columns` to the model.",
        })
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let models = cx.models().filter(|model| model.kept == Kept::Incremental);
    let untested = models.filter(|model| {
        let is_part = |tested: &Vec<Ident>| tested.iter().all(|one| model.unique_key.contains(one));
        !model.unique_key.is_empty() && !model.tested_unique.iter().any(is_part)
    });
    let found = untested.map(|model| {
        let found = UntestedKey {
            model: model.name.clone(),
            unique_key: model.unique_key.clone(),
        };
        found.at(at(model, Setting::UniqueKey))
    });
    found.collect()
}
