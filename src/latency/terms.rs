//! The quantities that time is made of.

use crate::work::StepWork;

/// A kind of work with a coefficient of its own.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Its name in the coefficients file; times are per million of it.
    pub name: &'static str,
    /// How much of it a step does.
    pub of: fn(&StepWork) -> f64,
}

/// Units that coefficients are per.
pub(super) const MILLION: f64 = 1e6;

/// Number of kinds of work.
pub const TERM_COUNT: usize = 22;

/// Every kind of work. Bytes are before compression, but for those that are stored.
pub const TERMS: [Term; TERM_COUNT] = [
    term("stored_bytes", |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.stored_bytes)
    }),
    term("text_bytes", |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.text_bytes)
    }),
    term("text_values", |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.text_values)
    }),
    term("groups_sent", |step| step.groups_sent),
    term("materialized_bytes", |step| step.materialized_bytes),
    term("operations", |step| step.operations),
    term("like_bytes", |step| step.like_bytes),
    term("regex_bytes", |step| step.regex_bytes),
    term("rows_hashed", |step| step.rows_hashed),
    term("groups", |step| step.groups),
    term("group_text_bytes", |step| step.group_text_bytes),
    term("distinct_rows", |step| step.distinct_rows),
    term("mixed_distinct_rows", |step| step.mixed_distinct_rows),
    term("sort_rows", |step| step.sort_rows),
    term("comparisons", |step| step.comparisons),
    term("build_rows", |step| step.build_rows),
    term("probe_rows", |step| step.probe_rows + step.further_pairs),
    term("pairs", |step| step.pairs),
    term("network_bytes", |step| {
        step.network_bytes + step.placed_bytes
    }),
    term("leader_rows", |step| step.leader_rows),
    term("spill_bytes", |step| step.spill_bytes),
    term("function_bytes", |step| step.function_bytes),
];

const fn term(name: &'static str, of: fn(&StepWork) -> f64) -> Term {
    Term { name, of }
}
