//! From work to time: cluster shapes, coefficients with their provenance, an
//! interval in log space and a verdict against a budget.
//!
//! Not modelled: the result cache, concurrency scaling, short-query acceleration.

pub mod calibrate;
pub mod calibration;
mod coefficients;
mod doubts;
mod model;
mod prediction;
pub mod queueing;
mod rates;
pub mod regress;
mod request;
mod rounding;
mod shapes;
pub mod terms;
mod wording;

pub use coefficients::{
    Coefficient, Coefficients, Fetch, FirstRun, Fit, Interval, PlatformTerms, Queue, Runs,
    SliceTerms,
};
pub use model::{predict, returning_ms, work_ms};
pub use prediction::{OnShape, Prediction, StepTime, Verdict, Warm};
pub use request::Request;
pub use shapes::predict_anywhere;
