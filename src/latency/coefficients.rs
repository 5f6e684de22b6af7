//! The numbers that turn work into time, with where each comes from.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::terms::{TERM_COUNT, TERMS};
use crate::cluster::{Cluster, Compute, Platform};

/// The shipped data file.
const SHIPPED: &str = include_str!("coefficients.toml");

/// All numbers of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// What it was fitted on.
    pub fit: Fit,
    /// The spread of what is left.
    pub interval: Interval,
    /// Floors and speeds by family.
    pub platform: BTreeMap<Platform, PlatformTerms>,
    /// How a slice's speed follows from its vCPUs.
    pub slice: SliceTerms,
    /// What the client takes to fetch a result.
    pub fetch: Fetch,
    /// Many users at once.
    pub queue: Queue,
    /// What a first run adds, by year, the latest last.
    pub first_run: Vec<FirstRun>,
    /// Milliseconds per million units of work on the shape of the fit, by the
    /// names of [`TERMS`].
    pub work_ms: BTreeMap<String, Coefficient>,
}

/// What the coefficients were fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The measurements.
    pub runs: Vec<Runs>,
    /// The shape that the prices hold for.
    pub cluster: String,
    /// Its slices.
    pub slices: f64,
    /// Speed grows as slices to this power.
    pub slice_exponent: f64,
    /// Where that comes from.
    pub slice_exponent_source: String,
}

/// The timings of one cluster that something was fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// The folder with queries and `runs.csv`.
    pub folder: String,
    /// The cluster, as that file calls it.
    pub cluster: String,
    /// When they were measured, as that file writes it.
    pub date: String,
    /// What they are.
    pub source: String,
    /// Queries of it that prices are not fitted on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Why they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_source: Option<String>,
}

/// The price of a million units of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// Milliseconds on the shape of the fit.
    pub ms: f64,
    /// `fitted`, or where it comes from.
    pub source: String,
}

/// Standard deviations of ln(measured ÷ predicted).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Interval {
    /// Share of measurements that the interval should hold.
    pub level: f64,
    /// On queries that were not fitted, on the shape of the fit.
    pub residual: f64,
    pub residual_source: String,
    /// Per join on the deepest path: cardinality errors multiply.
    pub per_join: f64,
    pub per_join_source: String,
    /// The same where the rows are those of a pasted plan: by how much they may be wrong is not
    /// printed with them.
    pub per_join_printed: f64,
    /// Where it comes from.
    pub per_join_printed_source: String,
    /// Where the columns that scans read are unknown.
    pub columns_unknown: f64,
    pub columns_unknown_source: String,
    /// Of repeats of one query on one cluster.
    pub repeat: f64,
    pub repeat_source: String,
    /// The same over a longer time, for p99.
    pub repeat_tail: f64,
    pub repeat_tail_source: String,
}

/// What differs by family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformTerms {
    /// A warm query that does nothing, in milliseconds.
    pub floor_ms: f64,
    /// Speed of a slice with `vcpus_per_slice`, RA3 = 1.
    pub speed: f64,
    /// Standard deviation added on shapes that were not fitted.
    pub unseen: f64,
    /// vCPUs per slice of the shape that `speed` holds for.
    pub vcpus_per_slice: f64,
    /// Speed grows as slices to this power, where it is not that of the fit.
    #[serde(default)]
    pub slice_exponent: Option<f64>,
    /// The measurements that floor and speed were fitted on, where they were.
    #[serde(default)]
    pub runs: Vec<Runs>,
    /// What it was like before, the latest last: for timings of that time.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// Where these come from.
    pub source: String,
}

/// A family as it was in years gone by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The last year that was like this, as far as timings tell.
    pub until: u32,
    /// A warm query that did nothing, in milliseconds.
    pub floor_ms: f64,
    /// Speed of a slice with the family's vCPUs, RA3 = 1.
    pub speed: f64,
    /// The measurements that these were fitted on.
    pub runs: Vec<Runs>,
    /// Where these come from.
    pub source: String,
}

/// How a slice's speed follows from its vCPUs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceTerms {
    /// Speed of a slice grows as its vCPUs to this power.
    pub vcpu_exponent: f64,
    /// Where that comes from.
    pub source: String,
}

/// What the client takes to fetch a result, which is no work of the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// Rows per second that the slowest client fetches.
    pub slowest_rows_per_second: f64,
    /// Where that comes from.
    pub source: String,
}

/// Many users at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The most queries that a cluster starts per second.
    pub most_per_second: f64,
    /// Standard deviation of ln(time) under load.
    pub spread: f64,
    /// Where these come from.
    pub source: String,
}

/// What the first run of a query shape adds, in milliseconds, as measured in a year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    /// The year that it was first measured in.
    pub year: u32,
    /// The least that was measured.
    pub low_ms: f64,
    /// The most.
    pub high_ms: f64,
    /// Where they come from.
    pub source: String,
}

impl Coefficients {
    /// The numbers that ship with the program.
    pub fn shipped() -> &'static Self {
        static PARSED: OnceLock<Coefficients> = OnceLock::new();
        PARSED.get_or_init(|| match toml::from_str(SHIPPED) {
            Ok(parsed) => parsed,
            Err(error) => unreachable!("the shipped coefficients are read by a test: {error}"),
        })
    }

    /// Milliseconds per million units, in the order of [`TERMS`]; 0 for what the
    /// file does not name.
    pub fn prices(&self) -> [f64; TERM_COUNT] {
        let mut out = [0.0; TERM_COUNT];
        for (slot, term) in out.iter_mut().zip(&TERMS) {
            *slot = self
                .work_ms
                .get(term.name)
                .map_or(0.0, |coefficient| coefficient.ms);
        }
        out
    }

    /// The terms of a family; those of RA3 if the file lacks it.
    pub fn platform(&self, platform: Platform) -> Option<&PlatformTerms> {
        self.platform
            .get(&platform)
            .or_else(|| self.platform.get(&Platform::Ra3))
    }

    /// A warm query that does nothing, in milliseconds.
    pub fn floor_ms(&self, cluster: &Cluster) -> f64 {
        self.platform(cluster.platform())
            .map_or(0.0, |terms| terms.floor_ms)
    }

    /// How many times faster than the shape of the fit so many of the cluster's
    /// slices are.
    pub fn speed(&self, cluster: &Cluster, slices: f64) -> f64 {
        let Some(terms) = self.platform(cluster.platform()) else {
            return 1.0;
        };
        let per_slice = match cluster.compute {
            Compute::Provisioned { node, .. } => {
                let vcpus = f64::from(node.vcpu) / f64::from(node.slices.max(1));
                terms.speed * (vcpus / terms.vcpus_per_slice).powf(self.slice.vcpu_exponent)
            }
            Compute::Serverless { .. } => terms.speed,
        };
        let exponent = self.slice_exponent(cluster.platform());
        (slices / self.fit.slices).max(1e-6).powf(exponent) * per_slice
    }

    /// The power of the slices that speed grows as.
    pub fn slice_exponent(&self, platform: Platform) -> f64 {
        let own = self
            .platform(platform)
            .and_then(|terms| terms.slice_exponent);
        own.unwrap_or(self.fit.slice_exponent)
    }

    /// The numbers for timings of a year: those of families that have since become another.
    pub fn as_of(&self, year: u32) -> Self {
        let mut out = self.clone();
        for terms in out.platform.values_mut() {
            let then = terms.earlier.iter().filter(|then| year <= then.until);
            if let Some(then) = then.min_by_key(|then| then.until).cloned() {
                terms.floor_ms = then.floor_ms;
                terms.speed = then.speed;
                terms.runs = then.runs;
            }
        }
        out
    }

    /// Both ends of what a first run adds today, in milliseconds.
    pub fn first_run_ms(&self) -> [f64; 2] {
        let latest = self.first_run.iter().max_by_key(|first| first.year);
        latest.map_or([0.0; 2], |first| [first.low_ms, first.high_ms])
    }

    /// Standard deviation added because the shape is none of those that prices were fitted on.
    pub fn unseen(&self, cluster: &Cluster) -> f64 {
        let of = |runs: &Runs| runs.cluster.parse::<Cluster>();
        let mut runs = self.fit.runs.iter();
        let fitted = runs.any(|runs| of(runs).is_ok_and(|fitted| fitted == *cluster));
        match fitted {
            true => 0.0,
            false => self
                .platform(cluster.platform())
                .map_or(1.0, |terms| terms.unseen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_read_and_names_its_sources() {
        let shipped = Coefficients::shipped();
        for platform in [
            Platform::Ra3,
            Platform::Dc2,
            Platform::Dc1,
            Platform::Ds2,
            Platform::Rg,
            Platform::Serverless,
        ] {
            let terms = &shipped.platform[&platform];
            assert!(terms.speed > 0.0 && !terms.source.is_empty());
        }
        for term in &TERMS {
            let coefficient = &shipped.work_ms[term.name];
            assert!(
                coefficient.ms >= 0.0 && !coefficient.source.is_empty(),
                "{}",
                term.name
            );
        }
        assert_eq!(shipped.work_ms.len(), TERM_COUNT);
    }

    #[test]
    fn a_first_run_adds_what_the_latest_year_measured() {
        let shipped = Coefficients::shipped();
        let latest = shipped.first_run.iter().map(|first| first.year).max();
        let of_year = shipped
            .first_run
            .iter()
            .find(|first| Some(first.year) == latest);
        let of_year = of_year.expect("a year");
        assert_eq!(shipped.first_run_ms(), [of_year.low_ms, of_year.high_ms]);
        let mut older = shipped.clone();
        older.first_run.retain(|first| Some(first.year) != latest);
        assert_ne!(older.first_run_ms(), shipped.first_run_ms());
    }

    #[test]
    fn timings_of_an_earlier_year_are_held_to_what_the_family_was_then() {
        let shipped = Coefficients::shipped();
        let serverless = |of: &Coefficients| of.platform[&Platform::Serverless].clone();
        let now = serverless(shipped);
        let then = now.earlier.first().expect("an earlier time");
        for (year, as_then) in [
            (then.until - 1, true),
            (then.until, true),
            (then.until + 1, false),
        ] {
            let found = serverless(&shipped.as_of(year));
            assert_eq!(found.speed == then.speed, as_then, "{year}");
            assert_eq!(found.speed == now.speed, !as_then, "{year}");
        }
        let ra3 = |of: &Coefficients| of.platform[&Platform::Ra3].clone();
        assert_eq!(ra3(&shipped.as_of(then.until)), ra3(shipped));
    }

    #[test]
    fn more_slices_are_faster_but_not_in_proportion() {
        let shipped = Coefficients::shipped();
        let speed = |name: &str| {
            let cluster: Cluster = name.parse().expect("a cluster");
            shipped.speed(&cluster, cluster.slices())
        };
        assert!((speed("ra3.4xlarge:4") - 1.0).abs() < 1e-9);
        assert!((speed("ra3.16xlarge:4") - 4f64.powf(shipped.fit.slice_exponent)).abs() < 1e-9);
        assert!(speed("ra3.xlplus:8") < speed("ra3.4xlarge:4"));
    }
}
