//! What entries of a workload come to under a design.

use rayon::prelude::*;

use super::design::Design;
use super::evaluate::WITHIN_NOISE;
use super::objective::own_terms;
use super::present::Present;
use crate::name::TableName;
use crate::schema::Table;

/// What entries come to under a design, over one run of the workload.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    /// The terms of the objective.
    pub bytes: f64,
    /// Milliseconds: the medians of warm runs.
    pub ms: f64,
    /// Entries within their budget.
    pub within: usize,
}

/// The sum of these entries, and of what these tables cost by themselves; `None` where an entry
/// can't be planned under the design.
pub(super) fn sum(
    present: &Present<'_>,
    design: &Design,
    entries: &[usize],
    tables: &[TableName],
) -> Option<Sum> {
    let request = present.request;
    let budget = request.env.budget_ms;
    let figures: Option<Vec<(usize, [f64; 2])>> = entries
        .par_iter()
        .map(|&entry| Some((entry, present.figures(design, entry)?)))
        .collect();
    let mut sum = Sum::default();
    for (entry, [moved, ms]) in figures? {
        let frequency = present.frequency(entry);
        sum.bytes += frequency * moved;
        sum.ms += frequency * ms;
        // Only a query that is within its budget at present can lose it.
        let before = present.ms(entry)?;
        sum.within += usize::from(before <= budget && !is_over(ms, before, budget));
    }
    let tables = tables
        .iter()
        .filter_map(|name| present.design().table(name));
    let own = |table: &Table| {
        own_terms(request, present.design(), table, &design.style(&table.name)).sum()
    };
    sum.bytes += tables.map(own).sum::<f64>();
    Some(sum)
}

/// Whether a query that was within its budget no longer is, by more than the model's noise.
pub(super) fn is_over(ms: f64, before: f64, budget: f64) -> bool {
    ms > budget && ms > before * (1.0 + WITHIN_NOISE)
}
