//! The what-if arguments of `distkey explain`.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlparser::ast::Query;

use super::anonymize::Anonymizer;
use crate::explain::{Explanation, Settings};
use crate::latency::{Cluster, Request};
use crate::report;
use crate::schema::Schema;
use crate::stats::Stats;
use crate::whatif::{self, Changes, Growth, Scenario};

/// Hours after a sort for which `--grow` shows the blocks read.
const HOURS: u32 = 6;

/// What would be different.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What if")]
pub struct WhatIfArgs {
    /// Another distribution key.
    #[arg(long, value_name = "TABLE=COLUMN")]
    distkey: Vec<String>,
    /// Another distribution style: all, even or auto.
    #[arg(long, value_name = "TABLE=STYLE")]
    diststyle: Vec<String>,
    /// Another sort key.
    #[arg(long, value_name = "TABLE=A,B")]
    sortkey: Vec<String>,
    /// Another volume: of all tables, or of one.
    #[arg(long, value_name = "N|TABLE=N")]
    scale: Vec<String>,
    /// Another cluster.
    #[arg(long, value_name = "CLUSTER")]
    to_cluster: Option<String>,
    /// Rows that a table gains, as `catalog=2000000/hour`: tells when the budget is lost.
    #[arg(long, value_name = "TABLE=ROWS/PERIOD", requires = "query")]
    grow: Option<String>,
}

/// The arguments, understood.
#[derive(Debug, Default)]
pub(super) struct WhatIf {
    changes: Changes,
    to_cluster: Option<Cluster>,
    growth: Option<Growth>,
}

impl WhatIfArgs {
    /// Reads the arguments.
    ///
    /// # Errors
    /// One that is not in its form.
    pub(super) fn read(&self, anonymizer: &Anonymizer) -> anyhow::Result<WhatIf> {
        let named = |text: &String| anonymizer.argument(text);
        let mut changes = Changes::default();
        self.distkey
            .iter()
            .try_for_each(|text| changes.distkey(&named(text)))?;
        self.diststyle
            .iter()
            .try_for_each(|text| changes.diststyle(&named(text)))?;
        self.sortkey
            .iter()
            .try_for_each(|text| changes.sortkey(&named(text)))?;
        self.scale
            .iter()
            .try_for_each(|text| changes.scale(&named(text)))?;
        Ok(WhatIf {
            changes,
            to_cluster: self
                .to_cluster
                .as_deref()
                .map(Cluster::from_str)
                .transpose()?,
            growth: self
                .grow
                .as_ref()
                .map(|text| Growth::from_str(&named(text)))
                .transpose()?,
        })
    }
}

impl WhatIf {
    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.to_cluster.is_none()
    }

    /// Compares each plan of a paste, or a query, with what would be.
    pub(super) fn add(
        &self,
        explanation: &mut Explanation,
        query: Option<&Query>,
        settings: &Settings<'_>,
    ) {
        let (no_schema, no_stats) = (Schema::default(), Stats::default());
        let request = Request {
            cluster_assumed: settings.cluster_assumed,
            users: settings.users,
            calibration: settings.calibration,
            ..Request::new(settings.budget_ms, settings.cluster)
        };
        let scenario = Scenario {
            schema: settings.schema.unwrap_or(&no_schema),
            stats: settings.stats.unwrap_or(&no_stats),
            changes: &self.changes,
            request,
            cluster_after: self.to_cluster.as_ref().unwrap_or(settings.cluster),
        };
        if !self.is_empty() {
            let results: Vec<_> = match query {
                Some(query) => vec![whatif::replan(query, &scenario)],
                None => explanation
                    .plans
                    .iter()
                    .map(|explained| whatif::replay_plan(&explained.plan, &scenario))
                    .collect(),
            };
            for result in results {
                match result {
                    Ok(comparison) => explanation.what_if.push(comparison),
                    Err(error) => explanation.notes.push(format!("what if: {error}")),
                }
            }
        }
        if let (Some(query), Some(growth)) = (query, &self.growth) {
            match grow(query, growth, &scenario) {
                Ok(text) => explanation.growth = Some(text),
                Err(error) => explanation.notes.push(format!("growth: {error}")),
            }
        }
    }
}

fn grow(query: &Query, growth: &Growth, scenario: &Scenario<'_>) -> anyhow::Result<String> {
    let (schema, stats, request) = (scenario.schema, scenario.stats, &scenario.request);
    let point = whatif::break_point(query, &growth.table, schema, stats, request)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let today = i64::try_from(now / 86_400).unwrap_or(0);
    let forecast = whatif::forecast(&point, growth, today);
    let hourly = whatif::hourly_blocks(query, growth, HOURS, schema, stats, request)?;
    Ok(report::whatif::render_break(&point, &forecast, &hourly))
}
