//! The numbers that turn work into time, with where each comes from.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Platform;

/// The shipped data file.
const SHIPPED: &str = include_str!("coefficients.toml");

/// All numbers of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// What it was fitted on.
    pub fit: Fit,
    /// Milliseconds per million units of work on the reference shape.
    pub work_ms: WorkMs,
    /// The spread of what is left.
    pub interval: Interval,
    /// Floors and speeds by family.
    pub platform: BTreeMap<Platform, PlatformTerms>,
    /// What a first run adds.
    pub first_run: FirstRun,
}

/// What the coefficients were fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The measurements.
    pub source: String,
    /// The shape they were made on.
    pub cluster: String,
    /// Its slices.
    pub slices: f64,
    /// Speed grows as slices to this power.
    pub slice_exponent: f64,
    /// Number of queries.
    pub queries: usize,
}

/// Milliseconds per million units of work on the reference shape.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WorkMs {
    pub fixed_megabyte: f64,
    pub text_megabyte: f64,
    pub like_megabyte: f64,
    pub regex_megabyte: f64,
    pub function_megabyte: f64,
    pub comparisons: f64,
    pub operations: f64,
    pub rows_hashed: f64,
    pub groups: f64,
    pub distinct_rows: f64,
    pub sort_rows: f64,
    pub build_rows: f64,
    pub probe_rows: f64,
    pub pairs: f64,
    pub network_megabyte: f64,
    pub leader_rows: f64,
    pub spill_megabyte: f64,
}

/// Standard deviations in log space.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Share of measurements that the interval should hold.
    pub level: f64,
    /// Of measured ÷ predicted, on queries that were not fitted.
    pub residual: f64,
    /// Added per join on the deepest path: cardinality errors multiply.
    pub per_join: f64,
    /// Added where row counts are defaults.
    pub no_statistics: f64,
    /// Added where the columns that scans read are unknown.
    pub columns_unknown: f64,
    /// Of repeats of one query on one cluster.
    pub repeat: f64,
}

/// What differs by family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformTerms {
    /// A warm query that does nothing, in milliseconds.
    pub floor_ms: f64,
    /// Speed of a slice, RA3 = 1.
    pub speed: f64,
    /// Standard deviation added because little or nothing was measured there.
    pub unseen: f64,
    /// Where these come from.
    pub source: String,
}

/// What the first run of a query shape adds, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    /// The least of the medians measured.
    pub low_ms: f64,
    /// The largest of them.
    pub high_ms: f64,
    /// Where they come from.
    pub source: String,
}

impl Coefficients {
    /// The numbers that ship with the program.
    ///
    /// # Panics
    /// Never in a released build: a test reads the file.
    pub fn shipped() -> &'static Self {
        static PARSED: OnceLock<Coefficients> = OnceLock::new();
        PARSED.get_or_init(|| match toml::from_str(SHIPPED) {
            Ok(parsed) => parsed,
            Err(error) => unreachable!("the shipped coefficients are read by a test: {error}"),
        })
    }

    /// The terms of a family; of the reference family if it has none.
    pub fn platform(&self, platform: Platform) -> &PlatformTerms {
        static NOTHING: OnceLock<PlatformTerms> = OnceLock::new();
        self.platform
            .get(&platform)
            .or_else(|| self.platform.get(&Platform::Ra3))
            .unwrap_or_else(|| {
                NOTHING.get_or_init(|| PlatformTerms {
                    floor_ms: 0.0,
                    speed: 1.0,
                    unseen: 1.0,
                    source: "none".to_owned(),
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_read_and_names_its_sources() {
        let shipped = Coefficients::shipped();
        assert!(!shipped.fit.source.is_empty());
        for platform in [
            Platform::Ra3,
            Platform::Dc2,
            Platform::Rg,
            Platform::Serverless,
        ] {
            let terms = &shipped.platform[&platform];
            assert!(terms.speed > 0.0 && !terms.source.is_empty());
        }
    }
}
