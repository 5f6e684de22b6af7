//! DK285: dbt late binding.

use serde::Serialize;

use super::{Context, at};
use crate::dbt::Setting;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports views with `bind: false`.
    ///
    /// ## Why is this bad?
    /// WITH NO SCHEMA BINDING keeps a view when its tables are dropped, and tells nobody when a column
    /// that it reads is renamed or gone: the next query fails. Nor does Redshift know its columns
    /// until it is read, so that privileges and documentation of columns have none.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: view
    /// bind: false
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: view
    /// bind: true
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: Redshift configurations:
    ///   <https://docs.getdbt.com/reference/resource-configs/redshift-configs>
    pub const RULE = ("DK285", "dbt-late-binding", Schema, Hint, ["dbt Developer Hub: Redshift configurations, https://docs.getdbt.com/reference/resource-configs/redshift-configs"]);
}

/// The view.
#[derive(Debug, Serialize)]
pub(super) struct LateBinding {
    model: String,
    readers: usize,
}

impl Violation for LateBinding {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let readers = match self.readers {
            0 => String::new(),
            1 => ", and one model reads it".to_owned(),
            many => format!(", and {many} models read it"),
        };
        format!(
            "`{}` is bound only when it is read{readers}: what breaks it is found then",
            self.model
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Leave it so where its tables are dropped and made anew under it, as dbt does with tables; else set bind=true.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let models = &cx.project.models;
    let late = models.iter().filter(|(_, model)| model.late_binding);
    let found = late.map(|(id, model)| {
        let readers = models.values().filter(|other| other.reads.contains(id));
        let found = LateBinding {
            model: model.name.clone(),
            readers: readers.count(),
        };
        found.at(at(model, Setting::Bind))
    });
    found.collect()
}
