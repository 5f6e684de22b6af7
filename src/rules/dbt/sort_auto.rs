//! DK286: dbt sort auto.

use serde::Serialize;

use super::{Context, at};
use crate::dbt::Setting;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `sort: auto`.
    ///
    /// ## Why is this bad?
    /// dbt writes it as `compound sortkey(auto)`: a column of that name, which the table does not have.
    /// The model fails when it is made.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: table
    /// sort: auto
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: table
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: Redshift configurations:
    ///   <https://docs.getdbt.com/reference/resource-configs/redshift-configs>
    pub const RULE = ("DK286", "dbt-sort-auto", Schema, Error, ["dbt Developer Hub: Redshift configurations, https://docs.getdbt.com/reference/resource-configs/redshift-configs"]);
}

/// The model.
#[derive(Debug, Serialize)]
pub(super) struct SortAuto {
    model: String,
}

impl Violation for SortAuto {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "dbt takes the sort key of `{}` for a column called `auto`",
            self.model
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Leave it out, and let ALTER TABLE … ALTER SORTKEY AUTO follow in a post-hook where Redshift is to choose.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let found = cx
        .models()
        .filter(|model| model.sort_auto && model.kept.is_stored());
    let found = found.map(|model| {
        let found = SortAuto {
            model: model.name.clone(),
        };
        found.at(at(model, Setting::Sort))
    });
    found.collect()
}
