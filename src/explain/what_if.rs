//! Other keys, clusters and volumes, as somebody asks for them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Explanation, Settings};
use crate::cluster::{Cluster, ClusterError};
use crate::name::{Ident, TableName};
use crate::schema::Schema;
use crate::sql::{Destination, QueryStatement};
use crate::stats::Stats;
use crate::whatif::{self, ChangeError, Changes, Growing, Growth, Scenario, WhatIfError};

/// Hours after a sort for which growth shows the blocks read.
const HOURS: u32 = 6;

/// What is asked, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// `T=C`.
    pub distkey: Vec<String>,
    /// `T=all`.
    pub diststyle: Vec<String>,
    /// `T=A,B`.
    pub sortkey: Vec<String>,
    /// `2` or `T=3`.
    pub scale: Vec<String>,
    /// `ra3.4xlarge:8`.
    pub to_cluster: Option<String>,
    /// `T=2000000/hour`.
    pub grow: Option<String>,
}

/// What is asked, understood.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    changes: Changes,
    to_cluster: Option<Cluster>,
    growth: Option<Growth>,
}

/// What is not understood.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WhatIfAskedError {
    /// A change or a growth.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl TryFrom<&Asked> for WhatIf {
    type Error = WhatIfAskedError;

    fn try_from(asked: &Asked) -> Result<Self, Self::Error> {
        let mut changes = Changes::default();
        let each = |texts: &[String], add: &mut dyn FnMut(&str) -> Result<(), ChangeError>| {
            texts.iter().try_for_each(|text| add(text))
        };
        each(&asked.distkey, &mut |text| changes.distkey(text))?;
        each(&asked.diststyle, &mut |text| changes.diststyle(text))?;
        each(&asked.sortkey, &mut |text| changes.sortkey(text))?;
        each(&asked.scale, &mut |text| changes.scale(text))?;
        let to_cluster = asked.to_cluster.as_deref().map(Cluster::from_str);
        let growth = asked.grow.as_deref().map(Growth::from_str);
        Ok(Self {
            changes,
            to_cluster: to_cluster.transpose()?,
            growth: growth.transpose()?,
        })
    }
}

impl WhatIf {
    /// The same with each name of a table or a column replaced.
    #[must_use]
    pub fn renamed(&self, rename: &dyn Fn(&Ident) -> Ident) -> Self {
        Self {
            changes: self.changes.renamed(rename),
            to_cluster: self.to_cluster,
            growth: self.growth.as_ref().map(|growth| growth.renamed(rename)),
        }
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.to_cluster.is_none()
    }

    /// Compares each plan of a paste, or a query, with what would be.
    pub fn add(
        &self,
        explanation: &mut Explanation,
        query: Option<&QueryStatement>,
        settings: &Settings<'_>,
    ) {
        if self.is_empty() && self.growth.is_none() {
            return;
        }
        let (no_schema, no_stats) = (Schema::default(), Stats::default());
        let schema = settings.env.schema.unwrap_or(&no_schema);
        let plans = explanation.plans.iter().map(|explained| &explained.plan);
        // A query is planned on what the DDL defines.
        let told = match query {
            Some(_) => Cow::Borrowed(schema),
            None => whatif::with_tables_of(plans, schema),
        };
        let changes = match self.changes.meant(&told) {
            Ok(changes) => changes,
            Err(error) => return explanation.leave_open(format!("what if: {error}")),
        };
        let scenario = Scenario {
            schema,
            stats: settings.env.stats.unwrap_or(&no_stats),
            changes: &changes,
            request: settings.request(),
            cluster_after: self.to_cluster.as_ref(),
        };
        for kept in changes.kept(schema) {
            explanation.note(format!("what if: {kept}"));
        }
        for name in untouched(&changes, explanation, &told) {
            explanation.note(format!(
                "what if: `{name}` is neither read nor written here, so its change alters nothing"
            ));
        }
        if !self.is_empty() {
            let results: Vec<_> = match query {
                Some(query) => vec![whatif::replan(query, &scenario)],
                None => explanation
                    .plans
                    .iter()
                    .map(|explained| whatif::replay_plan(&explained.plan, &told, &scenario))
                    .collect(),
            };
            for result in results {
                match result {
                    Ok(comparison) => explanation.what_if.push(comparison),
                    Err(error) => explanation.leave_open(format!("what if: {error}")),
                }
            }
        }
        if let (None, Some(_)) = (query, &self.growth) {
            explanation.leave_open(
                "growth: a pasted plan can't be planned anew with more rows: give its query with \
                 --query"
                    .to_owned(),
            );
        }
        if let (Some(query), Some(growth)) = (query, &self.growth) {
            match grow(query, growth, &scenario) {
                Ok(growing) => explanation.growing = Some(growing),
                Err(error) => explanation.leave_open(format!("growth: {error}")),
            }
        }
    }
}

/// The tables that are changed and that no plan of the input reads or writes.
fn untouched(changes: &Changes, explanation: &Explanation, schema: &Schema) -> Vec<TableName> {
    let meant = |name: &TableName| {
        let table = schema.resolve(name);
        table.map_or_else(|| name.clone(), |table| table.name.clone())
    };
    let mut touched = BTreeSet::new();
    for explained in &explanation.plans {
        let read = explained.plan.nodes.iter();
        let read = read.filter_map(|node| node.table_name());
        touched.extend(read.map(|name| meant(&name)));
        if let Some(Destination::Table(name)) = explained.plan.writes.as_ref().map(|w| &w.into) {
            touched.insert(meant(name));
        }
    }
    let untouched = changes.tables().into_iter().map(meant);
    // Without DDL a plan may print a name without the schema that was named.
    let same = |name: &TableName, other: &TableName| match schema.tables.is_empty() {
        true => name.matches(other),
        false => name == other,
    };
    untouched
        .filter(|name| !touched.iter().any(|other| same(name, other)))
        .collect()
}

fn grow(
    query: &QueryStatement,
    growth: &Growth,
    scenario: &Scenario<'_>,
) -> Result<Growing, WhatIfError> {
    let growth = &growth.meant(scenario.schema)?;
    let (schema, stats, request) = (scenario.schema, scenario.stats, &scenario.request);
    let point = whatif::break_point(query, &growth.table, schema, stats, request)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let today = i64::try_from(now / 86_400).unwrap_or(0);
    Ok(Growing {
        forecast: whatif::forecast(&point, growth, today),
        hourly: whatif::hourly_blocks(query, growth, 0..=HOURS, schema, stats, request)?,
        curve: whatif::curve(query, &point, schema, stats, request)?,
        point,
    })
}
