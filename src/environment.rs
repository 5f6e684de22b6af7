//! What everything is judged against: tables, statistics, cluster, budget, settings. Built in one
//! place, for the command line, the page and snapshot cases alike, and borrowed from there.

use std::path::Path;

use jiff::civil::Date;

use crate::cluster::{Cluster, ClusterError};
use crate::config::{Config, ConfigError};
use crate::latency;
use crate::rules;
use crate::schema::Schema;
use crate::stats::Stats;

/// The environment, owned by a command, a request to the page or a case.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The settings.
    pub config: Config,
    /// The cluster.
    pub cluster: Cluster,
    /// Whether it was named, in the settings or beside them, or stands in for one that was not.
    pub cluster_named: bool,
    /// The latency that a warm run should keep, in milliseconds.
    pub budget_ms: f64,
    /// Whether it was named, in the settings or beside them.
    pub budget_named: bool,
    /// The tables, if their DDL was given; keys that Redshift chose are settled by the statistics.
    pub schema: Option<Schema>,
    /// What is known of the data, if it was given.
    pub stats: Option<Stats>,
}

/// What is given beside the settings.
#[derive(Debug, Clone, Default)]
pub struct Given<'a> {
    /// The cluster, as `ra3.4xlarge:4`; else that of the settings, else the default one.
    pub cluster: Option<&'a str>,
    /// The budget in milliseconds; else that of the settings.
    pub budget_ms: Option<f64>,
    /// The tables.
    pub schema: Option<Schema>,
    /// What is known of their data.
    pub stats: Option<Stats>,
}

impl Environment {
    /// The environment of these settings, with what is given beside them.
    ///
    /// # Errors
    /// A cluster that is not understood.
    pub fn new(config: Config, given: Given<'_>) -> Result<Self, ClusterError> {
        let named = given.cluster.or(config.cluster.as_deref());
        let cluster = Cluster::named_or_default(named)?;
        let cluster_named = named.is_some();
        let mut schema = given.schema;
        let mut stats = given.stats;
        if let Some(stats) = &mut stats {
            stats.today = Some(today(&config));
        }
        if let (Some(schema), Some(stats)) = (&mut schema, &stats) {
            schema.settle_auto(stats);
        }
        Ok(Self {
            cluster,
            cluster_named,
            budget_ms: given.budget_ms.unwrap_or(config.budget_ms()),
            budget_named: given.budget_ms.or(config.budget_ms).is_some(),
            schema,
            stats,
            config,
        })
    }

    /// The environment, borrowed.
    pub fn view(&self) -> View<'_> {
        View {
            config: &self.config,
            cluster: &self.cluster,
            cluster_named: self.cluster_named,
            budget_ms: self.budget_ms,
            budget_named: self.budget_named,
            schema: self.schema.as_ref(),
            stats: self.stats.as_ref(),
        }
    }
}

impl Default for Environment {
    /// The defaults of the settings and of the cluster, and no tables.
    fn default() -> Self {
        let config = Config::default();
        Self {
            cluster: Cluster::default(),
            cluster_named: false,
            budget_ms: config.budget_ms(),
            budget_named: false,
            schema: None,
            stats: None,
            config,
        }
    }
}

/// An [`Environment`], borrowed; its tables may be others, as they would be.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Whether it was named.
    pub cluster_named: bool,
    /// The latency that a warm run should keep, in milliseconds.
    pub budget_ms: f64,
    /// Whether it was named.
    pub budget_named: bool,
    /// The tables, if their DDL was given.
    pub schema: Option<&'a Schema>,
    /// What is known of the data, if it was given.
    pub stats: Option<&'a Stats>,
}

impl<'a> View<'a> {
    /// The same with these tables.
    #[must_use]
    pub fn with(self, schema: &'a Schema, stats: &'a Stats) -> Self {
        Self {
            schema: Some(schema),
            stats: Some(stats),
            ..self
        }
    }

    /// Whether a query over the budget fails: where budget and cluster were both named.
    pub fn fails_over_budget(&self) -> bool {
        self.cluster_named && self.budget_named
    }

    /// What a prediction is asked for.
    pub fn request(&self) -> latency::Request<'a> {
        latency::Request {
            cluster_assumed: !self.cluster_named,
            ..latency::Request::new(self.budget_ms, self.cluster)
        }
    }
}

/// The day on which queries run: that of the settings, else the system's in UTC, as Redshift's
/// is unless a session says otherwise (AWS: Time zones).
fn today(config: &Config) -> Date {
    let named = config.today.as_deref().and_then(|day| day.parse().ok());
    named.unwrap_or_else(|| {
        jiff::tz::TimeZone::UTC
            .to_datetime(jiff::Timestamp::now())
            .date()
    })
}

/// The settings of a file, or of the nearest `distkey.toml` above a folder; defaults where there
/// is none. Words that name no rule are refused.
///
/// # Errors
/// A file that can't be read or understood, or a value that can't be meant.
pub fn settings(file: Option<&Path>, folder: &Path) -> Result<Config, ConfigError> {
    match file {
        Some(path) => Config::load(path, &rules::refused_setting),
        None => Config::discover(folder, &rules::refused_setting),
    }
}
