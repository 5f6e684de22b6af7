//! Changes of keys, tried on one plan.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::explain::Settings;
use crate::latency::Prediction;
use crate::name::TableName;
use crate::plan::{Plan, cost};
use crate::rules::Remedy;
use crate::schema::{DistStyle, Schema, Table, TableKind};
use crate::sql::QueryStatement;
use crate::sql::write::Sql;
use crate::stats::Stats;
use crate::whatif::{
    Changes, Gain, Outcome, Scenario, replan_changed, replay_changed, with_tables_of,
};
use crate::work::Work;

/// Changes that are tried on one plan at most: each plans the query, or plays the plan's joins
/// through, once more.
const MOST_TRIALS: usize = 60;
/// Steps of a plan beyond which nothing is tried on it: an export of a whole day.
const MOST_STEPS: usize = 2_000;

/// Columns that Redshift keeps for itself in every table: MERGE joins by the row's `oid`.
const OWN_COLUMNS: &[&str] = &[
    "oid",
    "ctid",
    "xmin",
    "xmax",
    "tableoid",
    "insertxid",
    "deletexid",
];

/// One plan, with what is needed to try changes on it.
pub(in crate::explain) struct Trials<'a> {
    pub plan: &'a Plan,
    pub work: &'a Work,
    pub prediction: &'a Prediction,
    /// The query, where it is known: it is planned anew. A pasted plan is played through.
    query: Option<&'a QueryStatement>,
    settings: &'a Settings<'a>,
    /// The tables, those included that only the plan tells of.
    pub told: Cow<'a, Schema>,
    schema: &'a Schema,
    stats: &'a Stats,
    /// What was tried, and what came of it.
    tried: RefCell<Vec<(Changes, Option<Gain>)>>,
}

impl<'a> Trials<'a> {
    /// Trials on a plan. `nothing` stands in for tables and statistics that were not given.
    pub fn new(
        (plan, work, prediction): (&'a Plan, &'a Work, &'a Prediction),
        query: Option<&'a QueryStatement>,
        settings: &'a Settings<'a>,
        nothing: &'a (Schema, Stats),
    ) -> Self {
        let schema = settings.env.schema.unwrap_or(&nothing.0);
        let told = match query {
            Some(_) => Cow::Borrowed(schema),
            None => with_tables_of([plan], schema),
        };
        Self {
            plan,
            work,
            prediction,
            query,
            settings,
            told,
            schema,
            stats: settings.env.stats.unwrap_or(&nothing.1),
            tried: RefCell::default(),
        }
    }

    /// The plan as it would be; `None` where it can't be tried.
    pub fn outcome(&self, changes: &Changes) -> Option<Outcome> {
        let scenario = Scenario {
            schema: self.schema,
            stats: self.stats,
            changes,
            request: self.settings.request(),
            cluster_after: None,
        };
        match self.query {
            Some(query) => replan_changed(query, &scenario).ok(),
            None => replay_changed(self.plan, &self.told, &scenario).ok(),
        }
    }

    /// What an outcome gains over the plan as it is.
    pub fn over(&self, outcome: &Outcome) -> Gain {
        let request = self.settings.request();
        Gain::over((self.work, self.prediction), outcome, &request)
    }

    /// What changes gain over the plan as it is; `None` where they can't be tried.
    pub fn gain(&self, changes: &Changes) -> Option<Gain> {
        if let Some((_, gain)) = self
            .tried
            .borrow()
            .iter()
            .find(|(tried, _)| tried == changes)
        {
            return *gain;
        }
        if self.tried.borrow().len() >= MOST_TRIALS || self.plan.nodes.len() > MOST_STEPS {
            return None;
        }
        let outcome = self.outcome(changes);
        let gain = outcome.map(|outcome| self.over(&outcome));
        self.tried.borrow_mut().push((changes.clone(), gain));
        gain
    }

    /// What of some changes can be made at all and is not so already: no external table has keys
    /// of its own, no result that Redshift keeps for itself can be altered.
    pub fn possible(&self, changes: &Changes) -> Option<Changes> {
        let changes = changes.new_to(&self.told);
        let alterable = |name: &&TableName| {
            let table = self.told.resolve(name);
            !name.is_redshifts_own() && table.is_some_and(is_altered_so)
        };
        let is_own = |style: &DistStyle| matches!(style, DistStyle::Key(key) if OWN_COLUMNS.contains(&key.as_str()));
        let by_own = changes.distributions.iter().any(|(_, style)| is_own(style));
        let possible = !changes.is_empty() && !by_own && changes.tables().iter().all(alterable);
        let refused = self.statements(&changes).is_none();
        (possible && !refused).then_some(changes)
    }

    /// The statements of some changes, as the tables take them; `None` where Redshift refuses one.
    pub fn statements(&self, changes: &Changes) -> Option<Vec<Sql>> {
        let fitting = changes.statements();
        fitting.iter().map(|sql| self.told.fitting(sql)).collect()
    }

    /// The temporary tables among those that are to be changed.
    pub fn temporary(&self, remedy: &Remedy) -> Option<TableName> {
        let proposals = remedy.proposals.iter();
        let tables = proposals.flat_map(|proposal| proposal.changes.tables());
        let is_temporary = |name: &&TableName| {
            let kind = self.told.resolve(name).map(|table| table.kind);
            kind == Some(TableKind::Temporary) || name.name.starts_with('#')
        };
        tables.into_iter().find(is_temporary).cloned()
    }

    /// Rows that some changes rewrite, as far as the plan tells.
    pub fn rewritten_rows(&self, changes: &Changes) -> Option<f64> {
        let tables = changes.tables();
        let mut rows = 0.0;
        for table in tables {
            let scans = self.plan.nodes.iter();
            let scans = scans.filter(|node| cost::is_table_scan(node));
            let of_it = scans.filter(|node| {
                let name = node.table_name();
                let same = |name: &TableName| {
                    let both = (self.told.resolve(name), self.told.resolve(table));
                    matches!(both, (Some(a), Some(b)) if a.name == b.name)
                };
                name.as_ref().is_some_and(same)
            });
            let read = of_it.filter_map(|node| {
                let step = self.work.step(node.id)?;
                step.scan.as_ref().map(|scan| scan.table_rows)
            });
            rows += read.reduce(f64::max)?;
        }
        Some(rows)
    }
}

fn is_altered_so(table: &Table) -> bool {
    let kinds = [TableKind::Table, TableKind::MaterializedView];
    kinds.contains(&table.kind) && !table.name.name.starts_with('#')
}
