//! Other keys, other clusters, more rows: the same query planned again, or a
//! pasted plan's joins played through again, before and after.

mod breaking;
mod change;
mod compare;
mod gain;
mod inferred;
mod keys;
mod meant;
mod replay;
mod rewrite;

pub use breaking::{
    AtRows, BreakPoint, Forecast, Growing, HourlyBlocks, break_point, curve, forecast,
    hourly_blocks,
};
pub use change::{ChangeError, Changes, Growth, Scale};
pub use compare::{
    Comparison, JoinLabel, Outcome, Scenario, Tried, WhatIfError, replan, replan_changed,
    replay_changed, replay_plan,
};
pub use gain::Gain;
pub use inferred::with_tables_of;
pub use replay::{Played, Replayed, replay, replayed_plan};
pub use rewrite::Rewrite;
