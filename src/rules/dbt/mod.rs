//! The rules for models of dbt: one file each, listed in [`RULES`].

mod key_drift;
mod key_without_effect;
mod late_binding;
mod scattered_key;
mod sort_auto;
mod untested_key;
mod whole_target;

use super::{Finding, Kind, Location, family};
use crate::config::Config;
use crate::dbt::{Key, Model, Project, Setting};
use crate::text::Span;

/// What a rule for models sees.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The project.
    pub project: &'a Project,
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

/// This family.
#[derive(Debug)]
pub struct Models;

impl Kind for Models {
    type Context<'a> = Context<'a>;

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
