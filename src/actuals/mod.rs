//! What a query really did, from the cluster's own log: this takes the place of EXPLAIN ANALYZE,
//! which Redshift does not have.
//!
//! Reads exports of `SVL_QUERY_SUMMARY`, `SVL_QUERY_REPORT`, `SYS_QUERY_DETAIL` and
//! `STL_ALERT_EVENT_LOG`: CSV, TSV, or as psql prints them. Laid over a plan they show where the
//! planner was wrong ([`overlay()`]); by themselves they tell where the time went, what spilled, and
//! which slices had more to do than others ([`Actuals::alone`]).

mod log;
mod overlay;
mod profile;

use schemars::JsonSchema;
use serde::Serialize;

pub use overlay::{ActualStep, overlay};
pub use profile::{Heavy, Profile, SegmentTime, StepFact};

/// What an export says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Actuals {
    /// The steps that could be matched with those of a plan.
    pub steps: Vec<ActualStep>,
    /// Redshift's own alerts.
    pub alerts: Vec<String>,
    /// Log rows that belong to no single step of the plan; 0 without a plan.
    pub unmatched: usize,
    /// Whether anything spilled, matched or not.
    pub spilled: bool,
    /// Each query of the export by itself, in its order.
    pub queries: Vec<Profile>,
}

impl Actuals {
    /// What an export says without a plan.
    ///
    /// # Errors
    /// Text without any column that these views have.
    pub fn alone(export: &str) -> Result<Self, ActualsError> {
        let entries = log::read(export)?;
        let queries = profile::profiles(&entries);
        Ok(Self {
            alerts: overlay::alerts(&entries),
            spilled: entries.iter().any(|entry| entry.memory.spilled),
            queries,
            ..Self::default()
        })
    }

    /// The matched step whose rows were most wrong: where the statistics mislead.
    pub fn worst(&self) -> Option<&ActualStep> {
        let error = |step: &&ActualStep| step.q_error.unwrap_or(1.0);
        self.steps
            .iter()
            .max_by(|a, b| error(a).total_cmp(&error(b)))
    }
}

/// Whether a text is an export that [`Actuals::alone`] reads, and nothing else.
pub fn is_export(text: &str) -> bool {
    log::is_export(text.trim_start_matches(['\u{feff}', '\n', '\r']))
}

/// Why an export can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActualsError {
    /// None of the known columns is there.
    #[error(
        "not an export of SVL_QUERY_SUMMARY, SVL_QUERY_REPORT, SYS_QUERY_DETAIL or \
         STL_ALERT_EVENT_LOG: its columns are {0}"
    )]
    Columns(String),
}
