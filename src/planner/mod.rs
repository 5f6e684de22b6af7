//! Query + schema + statistics → [`Plan`], the way Redshift would print it.
//!
//! The choices follow the planner's own arithmetic, read back from public plans:
//! joins are ordered and distributed by its cost, so a label here is the one that
//! Redshift would print for the same rows and widths. Where statistics are missing
//! a documented default is taken and listed in [`Planned::assumptions`].

//!
//! A query passes through these stages, each of which reads what the one before made:
//!
//! | stage | makes |
//! |---|---|
//! | `bind` | names and stars resolved, aliases and CTEs put in: a `logical::tree` |
//! | `logical` | the tree itself, its expressions and how they print |
//! | `cardinality` | rows and distinct values |
//! | `join_choice` | how one join runs: method, label, cost; what-if asks it too |
//! | `order` | the order of inner joins |
//! | `physical` | the steps |
//!
//! `sources` asks the bound tree alone: which columns of tables are behind those that come out.

mod assumptions;
mod bind;
mod budget;
mod cardinality;
mod cost;
mod error;
pub(crate) mod join_choice;
mod logical;
mod order;
mod physical;
mod sources;

pub use bind::{Prepared, is_aggregate};
pub use error::PlannerError;
pub use sources::{Change, Influence, Made, Origins, Sources, sources};

use crate::plan::Plan;
use crate::schema::Schema;
use crate::sql::QueryStatement;
use crate::stats::Stats;
use crate::work::Shape;

use budget::Budget;

/// A plan and what it rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planned {
    /// The plan, as Redshift would print it, with what its steps are known to do beyond that.
    pub plan: Plan,
    /// Defaults that stand in for statistics, in sentences.
    pub assumptions: Vec<String>,
}

/// Plans a query, or the query that finds the rows of a statement that writes.
///
/// # Errors
/// Unknown or ambiguous names, and constructs that Redshift lacks or that are
/// not covered; see [`PlannerError`].
pub fn plan(
    statement: &QueryStatement,
    schema: &Schema,
    stats: &Stats,
    shape: Shape,
) -> Result<Planned, PlannerError> {
    plan_prepared(statement, &Prepared::of(schema), schema, stats, shape)
}

/// The same with what was found out of the schema before, or of one that differs from it in
/// distribution and sort keys only.
///
/// # Errors
/// As [`plan`].
pub fn plan_prepared(
    statement: &QueryStatement,
    prepared: &Prepared,
    schema: &Schema,
    stats: &Stats,
    shape: Shape,
) -> Result<Planned, PlannerError> {
    crate::stack::with_room(|| {
        let mut budget = Budget::default();
        // What is found out once names are resolved has no place of its own but the query's.
        bind::bind(statement, schema, stats, prepared, &mut budget)
            .and_then(|bound| physical::plan(bound, schema, stats, shape, budget))
            .map_err(|error| error.at(&*statement.query))
    })
}
