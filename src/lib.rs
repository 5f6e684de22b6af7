//! `distkey` reads Amazon Redshift `EXPLAIN` output and table definitions
//! offline: it says what will be slow, why, by how much and what to change.
//!
//! The hub is [`plan::Plan`], a tree of steps. Data flows one way: text is read
//! into plans, schemas and statistics; [`graph`] and [`work`] measure them;
//! [`latency`] predicts; [`rules`] turn measurements into findings; [`report`]
//! writes them down.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod actuals;
pub mod advise;
pub mod anonymize;
#[cfg(any(feature = "serve", feature = "mcp"))]
pub mod answers;
pub mod cli;
pub mod cluster;
pub mod config;
#[cfg(feature = "pipeline")]
pub mod dbt;
pub mod diff;
pub mod environment;
pub mod explain;
#[doc(hidden)]
pub mod fuzz;
pub mod graph;
pub mod latency;
pub mod lint;
#[cfg(feature = "lsp")]
pub mod lsp;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod name;
#[cfg(feature = "pipeline")]
pub mod pipeline;
pub mod plan;
pub mod planner;
pub mod prices;
pub mod report;
pub mod rules;
pub mod schema;
#[cfg(feature = "serve")]
pub mod serve;
pub mod snapshot;
pub mod sql;
mod stack;
pub mod stats;
pub mod text;
pub mod thresholds;
pub mod whatif;
pub mod work;
