//! DK280: dbt key drift.

use serde::Serialize;

use super::{Context, at};
use crate::dbt::{Key, Model, Setting};
use crate::name::{Ident, TableName, list};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::write::{self, Action, Style};

crate::declare_rule! {
    /// ## What it does
    /// Reports incremental models and snapshots whose table has other keys than their configuration
    /// asks for, by the catalog.
    ///
    /// ## Why is this bad?
    /// dbt makes the keys of such a table once and never changes them: since the setting was changed,
    /// every run and every query has gone on with the old ones. A full refresh would take the new
    /// ones in, and fill the table from the start.
    ///
    /// ## Example
    /// ```yaml
    /// materialized: incremental
    /// sort: ordered_on
    /// # in the catalog: sorted by placed_at
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// materialized: incremental
    /// sort: placed_at
    /// # in the catalog: sorted by placed_at
    /// ```
    ///
    /// ## References
    /// - dbt Developer Hub: Redshift configurations:
    ///   <https://docs.getdbt.com/reference/resource-configs/redshift-configs>
    pub const RULE = ("DK280", "dbt-key-drift", Schema, Warning, ["dbt Developer Hub: Redshift configurations, https://docs.getdbt.com/reference/resource-configs/redshift-configs"]);
}

/// A key that differs.
#[derive(Debug, Serialize)]
pub(super) struct KeyDrift {
    table: TableName,
    setting: &'static str,
    configured: String,
    actual: String,
    rows: Option<f64>,
    #[serde(skip)]
    change: Change,
}

#[derive(Debug)]
enum Change {
    Distribution(Key),
    Sort(Vec<Ident>),
    /// One that ALTER can't make: the reason.
    Refused(&'static str),
}

impl Violation for KeyDrift {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is configured with {} {} and has {}: dbt never changes the keys of a table that is there",
            self.table, self.setting, self.configured, self.actual
        )
    }

    fn remedy(&self) -> Remedy {
        let action = match &self.change {
            Change::Refused(why) => {
                return Remedy::text(format!("Run it with --full-refresh: {why}."));
            }
            Change::Distribution(Key::Column(column)) => Action::DistKey(column),
            Change::Distribution(Key::All) => Action::DistStyle(Style::All),
            Change::Distribution(Key::Even) => Action::DistStyle(Style::Even),
            Change::Distribution(Key::Auto) => Action::DistStyle(Style::Auto),
            Change::Sort(columns) => Action::SortKey(columns),
        };
        Remedy::text("Change the table itself, or set in the configuration what it has. A run with --full-refresh fills it from the start instead.")
            .with_sql(write::alter(&self.table, &[action]))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for model in cx.models().filter(|model| model.kept.keeps_its_keys()) {
        findings.extend(of_distribution(model).map(|one| one.at(at(model, Setting::Dist))));
        findings.extend(of_sort_key(model).map(|one| one.at(at(model, Setting::Sort))));
    }
    findings
}

fn of_distribution(model: &Model) -> Option<KeyDrift> {
    let configured = model.dist.as_ref().filter(|key| **key != Key::Auto)?;
    let printed = model.actual.as_ref()?.diststyle.as_deref()?;
    (Key::printed(printed) != *configured).then(|| KeyDrift {
        table: model.table.clone().unwrap_or_default(),
        setting: "dist",
        configured: configured.setting().trim_start_matches("dist=").to_owned(),
        actual: format!("DISTSTYLE {printed}"),
        rows: model.rows(),
        change: match is_interleaved(model) {
            true => Change::Refused(
                "ALTER changes no distribution of a table whose sort key is interleaved",
            ),
            false => Change::Distribution(configured.clone()),
        },
    })
}

/// Whether the sort key that the table has is interleaved.
fn is_interleaved(model: &Model) -> bool {
    let first = model
        .actual
        .as_ref()
        .and_then(|actual| actual.sortkey1.as_deref());
    first.is_some_and(|first| first.eq_ignore_ascii_case("interleaved"))
}

fn of_sort_key(model: &Model) -> Option<KeyDrift> {
    if model.sort.is_empty() {
        return None;
    }
    let actual = model.actual.as_ref()?;
    let first = actual.sortkey1.as_deref()?;
    let number = actual.sortkey_num;
    let as_configured = model.sorts_as_configured(first)
        && number.is_none_or(|number| number == model.sort.len() as f64);
    (!as_configured).then(|| KeyDrift {
        table: model.table.clone().unwrap_or_default(),
        setting: "sort",
        configured: format!("({})", list(&model.sort)),
        actual: match number {
            _ if first.contains('(') => format!("SORTKEY {first}"),
            Some(number) if number > 1.0 => {
                format!("a sort key of {number:.0} columns, the first of them `{first}`")
            }
            _ => format!("SORTKEY({first})"),
        },
        rows: model.rows(),
        change: match model.interleaved {
            true => Change::Refused("ALTER makes no key interleaved"),
            false => Change::Sort(model.sort.clone()),
        },
    })
}
