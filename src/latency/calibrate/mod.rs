//! Measured timings: reading them, holding predictions against them, fitting to them.

mod evaluate;
mod interim;
mod refit;
mod workload;

pub use evaluate::{Baselines, ClusterScore, Compared, Evaluation, evaluate};
pub use refit::{Refit, refit};
pub use workload::{Cardinality, Query, Run, Workload, WorkloadError, load, statements};
