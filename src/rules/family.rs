//! What the families of rules share: a rule with its check, and running a list of them.

use super::settings::{adjust, selects};
use super::{Finding, RuleInfo, Violation};
use crate::config::Config;
use crate::schema::Schema;

/// A family of rules: what its rules see.
pub trait Kind {
    /// What a rule of this family sees.
    type Context<'a>;

    /// The tables, where their DDL is at hand.
    fn schema<'c>(_cx: &'c Self::Context<'_>) -> Option<&'c Schema> {
        None
    }

    /// The settings in it.
    fn config<'c>(cx: &'c Self::Context<'_>) -> &'c Config;
}

/// A rule: its constant part, and what looks for it.
pub struct Rule<K: Kind> {
    /// Its constant part.
    pub info: RuleInfo,
    /// Looks for it.
    pub check: Check<K>,
}

/// What looks for a rule.
pub type Check<K> = for<'a, 'b> fn(&'b <K as Kind>::Context<'a>) -> Vec<Finding>;

impl<K: Kind> Rule<K> {
    /// The rule of a violation.
    pub const fn of<V: Violation>(check: Check<K>) -> Self {
        Self {
            info: V::RULE,
            check,
        }
    }
}

/// The findings of the rules that the settings select, with the severities that they set.
pub(super) fn run<K: Kind>(rules: &[Rule<K>], cx: &K::Context<'_>) -> Vec<Finding> {
    let config = K::config(cx);
    let selected = rules
        .iter()
        .filter(|rule| selects(&config.rules, &rule.info));
    // A finding is large to move, and a file may have tens of thousands.
    let found: Vec<Vec<Finding>> = selected.map(|rule| (rule.check)(cx)).collect();
    let mut findings = Vec::with_capacity(found.iter().map(Vec::len).sum());
    found
        .into_iter()
        .for_each(|of_rule| findings.extend(of_rule));
    for finding in &mut findings {
        adjust(&config.rules, finding);
        if let Some(schema) = K::schema(cx) {
            let fitting = finding.remedy.sql.iter().map(|sql| schema.fitting(sql));
            // What the DDL at hand says already is no advice, and half of a remedy is none.
            let left = fitting.filter(|fitting| !fitting.is_done);
            finding.remedy.sql = left
                .map(|fitting| fitting.sql)
                .collect::<Option<Vec<_>>>()
                .unwrap_or_default();
        }
    }
    findings
}
