//! The rules for models of dbt: one file each, listed in [`RULES`].

mod key_drift;
mod key_without_effect;
mod late_binding;
mod scattered_key;
mod sort_auto;
mod untested_key;
mod whole_target;

use super::{Finding, Kind, Location, Severity, Violation, family};
use crate::config::Config;
use crate::dbt::{Key, Model, Project, Setting, Strategy};
use crate::schema::Schema;
use crate::text::Span;
use crate::thresholds::ALERT_ROWS;

/// What a rule for models sees.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its tables, as they are.
    pub schema: &'a Schema,
    /// The settings.
    pub config: &'a Config,
}

impl<'a> Context<'a> {
    fn models(&self) -> impl Iterator<Item = &'a Model> {
        self.project.models.values()
    }
}

/// Where a setting of a model is made.
fn at(model: &Model, setting: Setting) -> Location {
    let (path, line) = model.place(setting);
    Location {
        path: path.to_owned(),
        line,
        column: 1,
        span: Span::default(),
    }
}

/// The distribution that a run finds: what the table has where that is known and kept, else what
/// the configuration asks for.
fn distribution(model: &Model) -> Option<Key> {
    let actual = model
        .actual
        .as_ref()
        .filter(|_| model.kept.keeps_its_keys());
    let actual = actual.and_then(|actual| actual.diststyle.as_deref());
    actual.map(Key::printed).or_else(|| model.dist.clone())
}

/// How a model finds the rows that it replaces, where it joins them by a key.
fn joins_by_key(model: &Model) -> Option<Strategy> {
    let by_key = |one: &Strategy| matches!(one, Strategy::Merge | Strategy::DeleteInsert);
    model
        .strategy
        .filter(by_key)
        .filter(|_| !model.unique_key.is_empty())
}

/// What concerns each row of a table matters from as many on as Redshift's own alert begins with.
fn by_rows(rows: Option<f64>) -> Severity {
    match rows {
        Some(rows) if rows >= ALERT_ROWS => Severity::Warning,
        _ => Severity::Hint,
    }
}

/// One finding of each model of which there is one, where the setting is made.
fn of_models<V: Violation>(
    cx: &Context<'_>,
    setting: Setting,
    find: impl Fn(&Model) -> Option<V>,
) -> Vec<Finding> {
    let found = cx
        .models()
        .filter_map(|model| Some(find(model)?.at(at(model, setting))));
    found.collect()
}

/// This family.
#[derive(Debug)]
pub struct Models;

impl Kind for Models {
    type Context<'a> = Context<'a>;

    fn schema<'c>(cx: &'c Context<'_>) -> Option<&'c Schema> {
        Some(cx.schema)
    }

    fn config<'c>(cx: &'c Context<'_>) -> &'c Config {
        cx.config
    }
}

/// A rule of this family.
pub type Rule = super::Rule<Models>;

/// Every rule of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    Rule::of::<key_drift::KeyDrift>(key_drift::check),
    Rule::of::<scattered_key::ScatteredKey>(scattered_key::check),
    Rule::of::<whole_target::WholeTarget>(whole_target::check),
    Rule::of::<key_without_effect::KeyWithoutEffect>(key_without_effect::check),
    Rule::of::<untested_key::UntestedKey>(untested_key::check),
    Rule::of::<late_binding::LateBinding>(late_binding::check),
    Rule::of::<sort_auto::SortAuto>(sort_auto::check),
];

/// All findings that the settings do not switch off.
pub fn check(cx: &Context<'_>) -> Vec<Finding> {
    family::run(RULES, cx)
}
