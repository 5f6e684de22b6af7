//! Nothing is recommended that makes a query lose its budget.

use rayon::prelude::*;

use super::design::effective;
use super::distribution;
use super::evaluate::{Planned, WITHIN_NOISE, evaluate, predict};
use super::found::Found;
use super::present::Present;
use crate::latency::Prediction;
use crate::name::{self, TableName};
use crate::schema::DistStyle;

/// Rounds of refusing what costs a query its budget.
const ROUNDS: usize = 6;

/// Refuses each choice that costs a query its budget and searches again without it; what
/// is left over after some rounds stays as it is now.
pub(super) fn kept(present: &Present<'_>, mut found: Found) -> Found {
    for round in 0..ROUNDS {
        let losers = losers(present, &found.planned);
        if losers.is_empty() {
            break;
        }
        let mut reverted: Vec<TableName> = Vec::new();
        let changed = found.planned.design.changed_from(present.design());
        for loser in losers {
            for table in culprits(present, &found.planned, loser, &changed) {
                if !reverted.contains(&table) {
                    refuse(present, &mut found, &table, loser);
                    reverted.push(table);
                }
            }
        }
        let design = match round + 1 == ROUNDS {
            true => found
                .planned
                .design
                .with_tables_of(present.design(), &reverted),
            false => {
                let mut design = distribution::again(present, &mut found.distributed);
                for (table, key) in &found.better {
                    design.sort(table, &key.columns);
                }
                design
            }
        };
        found.planned = present.plan(design);
    }
    found
}

/// The changed table whose change costs an entry its budget; all that it reads
/// where no single one does.
fn culprits(
    present: &Present<'_>,
    planned: &Planned,
    loser: usize,
    changed: &[TableName],
) -> Vec<TableName> {
    let read = planned.tables_of(loser);
    let tables: Vec<TableName> = changed
        .iter()
        .filter(|table| read.contains(table))
        .cloned()
        .collect();
    let one = tables.iter().find(|table| {
        let tables = std::slice::from_ref(*table);
        let without = planned.design.with_tables_of(present.design(), tables);
        let (before, after) = (
            present.planned.entry(loser),
            evaluate(present.request, &without, &[loser]).pop(),
        );
        let (Some(before), Some(Ok(after))) = (before, after) else {
            return true;
        };
        !lost(
            present,
            &predict(present.request, present.design(), before),
            &predict(present.request, &without, &after),
        )
    });
    match one {
        Some(table) => vec![table.clone()],
        None => tables,
    }
}

/// Takes a table's choice out of the candidates.
fn refuse(present: &Present<'_>, found: &mut Found, name: &TableName, loser: usize) {
    let query = &present.request.workload.entries[loser].name;
    let (Some(now), Some(new)) = (
        present.design().table(name),
        found.planned.design.table(name),
    ) else {
        return;
    };
    let style = effective(&new.dist_style);
    let moved = style != effective(&now.dist_style);
    let what = match (&style, moved) {
        (DistStyle::Key(column), true) => format!("DISTKEY({column})"),
        (DistStyle::All, true) => "DISTSTYLE ALL".to_owned(),
        (_, true) => "DISTSTYLE EVEN".to_owned(),
        (_, false) => format!("SORTKEY({})", name::list(new.sort_columns())),
    };
    found.taken_back.push(format!(
        "`{name}` without {what}: it would cost {query} its budget"
    ));
    if !moved {
        found.better.remove(name);
        return;
    }
    let candidates = found.distributed.candidates.iter_mut();
    for candidate in candidates.filter(|c| c.table == *name) {
        candidate.styles.retain(|other| *other != style);
        if candidate.styles.is_empty() {
            candidate.styles.push(effective(&now.dist_style));
        }
    }
}

/// Entries whose warm median was within the budget and no longer is.
fn losers(present: &Present<'_>, planned: &Planned) -> Vec<usize> {
    let request = present.request;
    let pairs: Vec<_> = present.planned.all.iter().zip(&planned.all).collect();
    let lost = pairs.par_iter().filter(|(before, after)| {
        lost(
            present,
            &predict(request, present.design(), before),
            &predict(request, &planned.design, after),
        )
    });
    lost.map(|(_, after)| after.entry).collect()
}

fn lost(present: &Present<'_>, before: &Prediction, after: &Prediction) -> bool {
    let budget = present.request.env.budget_ms;
    before.warm.p50_ms <= budget
        && after.warm.p50_ms > budget
        && after.warm.p50_ms > before.warm.p50_ms * (1.0 + WITHIN_NOISE)
}
