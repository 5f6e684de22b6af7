//! From a bound query to the steps that run it.

mod aggregate;
mod block;
mod count;
mod distinct;
mod expand;
mod external;
mod finish;
mod gather;
mod group;
mod grouping_sets;
mod joins;
mod recursive;
mod rel;
mod scan;
mod select;
mod setop;
mod shared;
mod tail;
mod unnest;
mod window;
mod write;

use std::collections::{BTreeSet, HashMap};

use crate::schema::Schema;
use crate::stats::Stats;
use crate::work::Shape;

use super::assumptions::Assumptions;
use super::budget::Budget;
use super::cardinality::sources::Sources;
use super::logical::columns::Columns;
use super::logical::tree::{Bound, Query, Shared, WorkingId};
use super::{Planned, PlannerError};

use block::Wanted;
use recursive::Working;
use rel::Rel;
use shared::Spool;

/// Plans a bound query.
pub(super) fn plan(
    bound: Bound<'_>,
    schema: &Schema,
    stats: &Stats,
    shape: Shape,
    budget: Budget,
) -> Result<Planned, PlannerError> {
    let mut physical = Physical {
        subqueries: &bound.subqueries,
        shared: &bound.shared,
        schema,
        stats,
        nodes: shape.nodes,
        columns: bound.columns,
        beside: Beside {
            spools: vec![None; bound.shared.len()],
            ..Beside::default()
        },
        assumptions: bound.assumptions,
        budget,
        sources: Sources::default(),
    };
    let wanted = match bound.target {
        Some(_) => Wanted::Written,
        None => Wanted::Columns,
    };
    let block = physical.block(&bound.root, wanted)?;
    let target = bound.target.as_ref();
    let writes = target.map(|target| physical.writes(target, &block.rel));
    let mut planned = finish::finish(
        block.rel,
        physical.beside,
        physical.assumptions.into_sentences(),
    );
    planned.plan.writes = writes;
    Ok(planned)
}

/// Plans one query: `'b` is how long the bound tree lives, `'a` the schema.
struct Physical<'b, 'a> {
    subqueries: &'b [Query<'a>],
    shared: &'b [Shared<'a>],
    schema: &'b Schema,
    stats: &'b Stats,
    nodes: f64,
    columns: Columns<'a>,
    beside: Beside,
    assumptions: Assumptions,
    budget: Budget,
    /// What bounds the values of the columns so far.
    sources: Sources,
}

/// What is planned beside the query's own steps.
#[derive(Default)]
struct Beside {
    /// The plans of uncorrelated scalar subqueries: `$0`, `$1`, ….
    parameters: Vec<Rel>,
    /// The plans of CTEs and views that are read more than once, as far as they are needed.
    spools: Vec<Option<Spool>>,
    /// The recursive CTEs whose recursive part is being planned.
    working: HashMap<WorkingId, Working>,
    /// How many `volt_dt_n` there are.
    distinct_spools: usize,
    /// Tables without statistics.
    missing: BTreeSet<String>,
}
