//! From work to time: cluster shapes, coefficients with their provenance, an
//! interval in log space and a verdict against a budget.
//!
//! Not modelled: the result cache, concurrency scaling, short-query acceleration.

mod cluster;
mod coefficients;
mod model;
mod prediction;
mod wording;

pub use cluster::{Cluster, ClusterError, Compute, NODE_TYPES, NodeType, PRICES_AS_OF, Platform};
pub use coefficients::{Coefficients, FirstRun, Fit, Interval, PlatformTerms, WorkMs};
pub use model::{Request, predict};
pub use prediction::{Prediction, StepTime, Verdict, Warm};
