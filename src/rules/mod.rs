//! Rules: one file per rule, one registry.

#[cfg(feature = "pipeline")]
pub mod dbt;
mod evidence;
mod family;
mod finding;
mod lookup;
#[cfg(feature = "pipeline")]
pub mod pipeline;
pub mod plan;
pub mod schema;
mod settings;

use std::sync::LazyLock;

pub use evidence::Evidence;
pub use family::{Check, Kind, Rule};
pub use finding::{
    Applicability, Edit, Family, Finding, Fix, Location, Proposal, Remedy, Role, RuleInfo,
    Severity, Standing, Violation,
};
pub use lookup::{Named, WordError, check_name, check_selection, find};
pub use settings::{refused_setting, selects};

/// Every rule, in the order of its code.
pub fn all() -> Vec<RuleInfo> {
    registry().to_vec()
}

fn registry() -> &'static [RuleInfo] {
    static RULES: LazyLock<Vec<RuleInfo>> = LazyLock::new(|| {
        let mut rules: Vec<RuleInfo> = Vec::new();
        rules.extend(plan::RULES.iter().map(|rule| rule.info));
        rules.extend(schema::RULES.iter().map(|rule| rule.info));
        #[cfg(feature = "pipeline")]
        rules.extend(dbt::RULES.iter().map(|rule| rule.info));
        #[cfg(feature = "pipeline")]
        rules.extend(pipeline::RULES.iter().map(|rule| rule.info));
        rules.sort_by_key(|rule| rule.code);
        rules
    });
    &RULES
}
