//! Measured timings: reading them, holding predictions against them, fitting to them.

mod concurrency;
mod evaluate;
mod own;
mod refit;
mod script;
mod table_stats;
mod workload;

pub use concurrency::{Crowd, read as read_concurrency};
pub use evaluate::{Baselines, ClusterScore, Compared, Evaluation, evaluate};
pub use own::own;
pub use refit::{LeftOut, Named, PlatformFit, Refit, refit};
pub use script::script;
pub use workload::{Cardinality, Query, Run, Workload, WorkloadError, load, queries};
