//! Query + schema + statistics → [`Plan`], the way Redshift would print it.
//!
//! The choices follow the planner's own arithmetic, read back from public plans:
//! joins are ordered and distributed by its cost, so a label here is the one that
//! Redshift would print for the same rows and widths. Where statistics are missing
//! a documented default is taken and listed in [`Planned::assumptions`].

mod aggregate;
mod calls;
pub(crate) mod cost;
mod estimate;
pub(crate) mod expr;
mod fold;
mod from;
mod group;
pub(crate) mod joins;
mod list;
mod literal;
mod lower;
pub(crate) mod method;
mod names;
mod order;
mod place;
pub(crate) mod rel;
mod relations;
mod scan;
mod scope;
mod select;
mod setop;
mod source;
mod subquery;
mod tail;
mod text;
mod views;
mod window;

pub use calls::is_aggregate;
use std::collections::BTreeSet;

use sqlparser::ast::Query;

use crate::name::TableName;
use crate::plan::Plan;
use crate::schema::Schema;
use crate::stats::Stats;
use crate::work::{Known, Shape};

use scope::ColumnInfo;

/// Blocks (subqueries, views, CTEs) that may nest.
const DEEPEST: usize = 24;

/// A plan and what it rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planned {
    /// The plan, as Redshift would print it.
    pub plan: Plan,
    /// What the planner knows and the print leaves out.
    pub known: Known,
    /// Defaults that stand in for statistics, in sentences.
    pub assumptions: Vec<String>,
}

/// Why a query can't be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlannerError {
    /// A table that the DDL does not define.
    #[error("table `{name}` is not defined in the DDL{}", hint(nearest))]
    UnknownTable {
        /// The name in the query.
        name: String,
        /// The most similar name in the schema.
        nearest: Option<String>,
    },
    /// A column that none of the tables in scope has.
    #[error("column `{name}` is in none of the tables in scope{}", hint(nearest))]
    UnknownColumn {
        /// The name in the query.
        name: String,
        /// The most similar name in scope.
        nearest: Option<String>,
    },
    /// A table that several schemas have, none of them on the search path.
    #[error(
        "table `{name}` is ambiguous: the DDL defines {}, and none of them is on the search path; \
         qualify it, or put `SET search_path TO …` into the DDL",
        alternatives(candidates)
    )]
    AmbiguousTable {
        /// The name in the query.
        name: String,
        /// The tables of that name.
        candidates: Vec<TableName>,
    },
    /// A column name that several tables have.
    #[error("column `{name}` is ambiguous: `{first}` and `{second}` both have it; qualify it")]
    AmbiguousColumn {
        /// The name in the query.
        name: String,
        /// One relation that has it.
        first: String,
        /// Another.
        second: String,
    },
    /// A construct that is not planned.
    #[error("{what} can't be planned{}", place(near))]
    Unsupported {
        /// The construct.
        what: &'static str,
        /// Its text, shortened.
        near: String,
    },
    /// Subqueries, views or expressions nest too deeply.
    #[error("the query nests more than {limit} levels deep: split it into views or CTEs")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn alternatives(candidates: &[TableName]) -> String {
    let quoted = candidates.iter().map(|name| format!("`{name}`"));
    quoted.collect::<Vec<_>>().join(" and ")
}

fn place(near: &str) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!(": `{near}`")
}

impl PlannerError {
    fn unsupported(what: &'static str, near: impl std::fmt::Display) -> Self {
        let text = near.to_string();
        let near = match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        Self::Unsupported { what, near }
    }
}

/// Plans a query.
///
/// # Errors
/// Unknown or ambiguous names, and constructs that Redshift lacks or that are
/// not covered; see [`PlannerError`].
pub fn plan(
    query: &Query,
    schema: &Schema,
    stats: &Stats,
    shape: Shape,
) -> Result<Planned, PlannerError> {
    crate::stack::with_room(|| plan_query(query, schema, stats, shape))
}

fn plan_query(
    query: &Query,
    schema: &Schema,
    stats: &Stats,
    shape: Shape,
) -> Result<Planned, PlannerError> {
    let views = views::parse(query, schema);
    let mut planner = Planner {
        schema,
        stats,
        shape,
        views: &views,
        columns: Vec::new(),
        ctes: Vec::new(),
        parameters: Vec::new(),
        spools: 0,
        missing: BTreeSet::new(),
        assumptions: Vec::new(),
        depth: 0,
        existence: false,
        relations: 0,
    };
    let block = planner.query(query, None)?;
    Ok(planner.finish(block.rel))
}

/// What planning one query needs.
struct Planner<'a> {
    schema: &'a Schema,
    stats: &'a Stats,
    shape: Shape,
    views: &'a views::Views,
    columns: Vec<ColumnInfo<'a>>,
    /// CTEs in scope, innermost last.
    ctes: Vec<(String, &'a Query)>,
    /// The plans of uncorrelated scalar subqueries: `$0`, `$1`, ….
    parameters: Vec<rel::Rel>,
    /// How many `volt_dt_n` there are.
    spools: usize,
    /// Tables without statistics.
    missing: BTreeSet<String>,
    assumptions: Vec<String>,
    depth: usize,
    /// Whether the next block is asked for its rows only, not for its columns.
    existence: bool,
    /// Tables so far: with one, its columns are printed without its name.
    relations: usize,
}

impl Planner<'_> {
    /// Adds an assumption, once.
    fn assume(&mut self, text: String) {
        if !self.assumptions.contains(&text) {
            self.assumptions.push(text);
        }
    }

    /// Turns the tree of steps into a plan, with Redshift's own notices.
    fn finish(self, root: rel::Rel) -> Planned {
        let mut planned = rel::into_plan(root, self.parameters);
        if !self.missing.is_empty() {
            let tables: Vec<&str> = self.missing.iter().map(String::as_str).collect();
            planned
                .plan
                .notices
                .push(format!("Tables missing statistics: {}", tables.join(", ")));
            planned.plan.notices.push(
                "Update statistics by running the ANALYZE command on these tables".to_owned(),
            );
        }
        let nested = planned.plan.nodes.iter().any(|node| {
            matches!(
                node.operator,
                crate::plan::Operator::Join(crate::plan::JoinMethod::NestedLoop, _)
            )
        });
        if nested {
            planned.plan.notices.push(
                "Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products".to_owned(),
            );
        }
        planned.assumptions = self.assumptions;
        planned
    }
}
