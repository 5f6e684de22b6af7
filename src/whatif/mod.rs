//! Other keys, other clusters, more rows: the same query planned again, or a
//! pasted plan's joins played through again, before and after.

mod breaking;
mod change;
mod compare;
mod meant;
mod replay;

pub use breaking::{
    BreakPoint, Forecast, Growing, HourlyBlocks, break_point, forecast, hourly_blocks,
};
pub use change::{ChangeError, Changes, Growth, Scale};
pub use compare::{Comparison, JoinLabel, Outcome, Scenario, WhatIfError, replan, replay_plan};
pub use replay::{Replayed, replay, replayed_plan};
