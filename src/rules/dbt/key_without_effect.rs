//! DK283: dbt key without effect.

use serde::Serialize;

use super::{Context, at};
use crate::dbt::{Kept, Model, Setting};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `dist` and `sort` of views and of ephemeral models, where they are set for that model
    /// and not for its folder.
    ///
    /// ## Why is this bad?
    /// Neither keeps rows, so that dbt writes no clause: who reads the model takes it for a table with
    /// these keys.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: view
    /// dist: order_id
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: table
    /// dist: order_id
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: Redshift configurations:
    ///   <https://docs.getdbt.com/reference/resource-configs/redshift-configs>
    pub const RULE = ("DK283", "dbt-key-without-effect", Schema, Hint, ["dbt Developer Hub: Redshift configurations, https://docs.getdbt.com/reference/resource-configs/redshift-configs"]);
}

/// What is set in vain.
#[derive(Debug, Serialize)]
pub(super) struct KeyWithoutEffect {
    model: String,
    setting: &'static str,
    kept: &'static str,
}

impl Violation for KeyWithoutEffect {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is {}: its {} has no effect",
            self.model, self.kept, self.setting
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Leave it out, or keep the model as a table.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for model in cx.models() {
        let kept = match model.kept {
            Kept::View => "a view",
            Kept::Ephemeral => "ephemeral",
            _ => continue,
        };
        let set = [
            (Setting::Dist, "dist", model.dist.is_some()),
            (
                Setting::Sort,
                "sort",
                !model.sort.is_empty() || model.sort_auto,
            ),
        ];
        for (setting, name, is_set) in set {
            if is_set && is_own(model, setting) {
                let found = KeyWithoutEffect {
                    model: model.name.clone(),
                    setting: name,
                    kept,
                };
                findings.push(found.at(at(model, setting)));
            }
        }
    }
    findings
}

/// Whether a setting is made for the model itself, not for its folder.
fn is_own(model: &Model, setting: Setting) -> bool {
    !model.place(setting).0.ends_with("dbt_project.yml")
}
