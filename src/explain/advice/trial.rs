//! Changes of keys, tried on one plan.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use crate::cluster::Cluster;
use crate::config::Config;
use crate::explain::{Settings, predicted};
use crate::latency::{Prediction, Request, returning_ms};
use crate::name::{Ident, TableName};
use crate::plan::Plan;
use crate::rules::Proposal;
use crate::schema::{DataType, DistStyle, Schema, Table, TableKind};
use crate::sql::QueryStatement;
use crate::sql::write::Sql;
use crate::stats::Stats;
use crate::thresholds::VALUES_PER_SLICE;
use crate::whatif::{
    Changes, Gain, Played, Rewrite, Scenario, Tried, replan_changed, replay, replay_changed,
    with_tables_of,
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
    schema: &'a Schema,
    /// The tables that a change may concern, see [`Trials::tables`]: made when the first is tried.
    tables: OnceCell<Tables<'a>>,
    stats: &'a Stats,
    /// The joins of a pasted plan as they are, played through.
    as_is: OnceCell<Played>,
    /// What handing the result to the client takes.
    returning_ms: OnceCell<f64>,
    /// What was tried, and what came of it.
    tried: RefCell<Vec<(Changes, Option<Gain>)>>,
}

/// Tables, as defined and as the plan tells of them beside.
struct Tables<'a> {
    defined: Cow<'a, Schema>,
    told: Cow<'a, Schema>,
}

impl<'a> Trials<'a> {
    /// Trials on a plan. `nothing` stands in for tables and statistics that were not given.
    pub fn new(
        (plan, work, prediction): (&'a Plan, &'a Work, &'a Prediction),
        query: Option<&'a QueryStatement>,
        settings: &'a Settings<'a>,
        nothing: &'a (Schema, Stats),
    ) -> Self {
        Self {
            plan,
            work,
            prediction,
            query,
            settings,
            schema: settings.env.schema.unwrap_or(&nothing.0),
            tables: OnceCell::new(),
            stats: settings.env.stats.unwrap_or(&nothing.1),
            as_is: OnceCell::new(),
            returning_ms: OnceCell::new(),
            tried: RefCell::default(),
        }
    }

    /// The tables that a change may concern. A query is planned on all that are defined; of those a
    /// pasted plan is played through with the ones that it reads, whatever else the DDL holds.
    fn tables(&self) -> &Tables<'a> {
        self.tables.get_or_init(|| {
            if self.query.is_some() {
                let defined = Cow::Borrowed(self.schema);
                return Tables {
                    told: defined.clone(),
                    defined,
                };
            }
            let names = self.plan.nodes.iter().filter_map(|node| node.table_name());
            let read = names.filter_map(|name| Some(self.schema.resolve(&name)?.name.clone()));
            let read: BTreeSet<TableName> = read.collect();
            let defined = self.schema.only(&read);
            Tables {
                told: Cow::Owned(with_tables_of([self.plan], &defined).into_owned()),
                defined: Cow::Owned(defined),
            }
        })
    }

    /// The plan as it would be; `None` where it can't be tried.
    pub fn outcome<'t>(&'t self, changes: &'t Changes) -> Option<Tried<'t>> {
        self.outcome_for(changes, self.settings.request())
    }

    fn outcome_for<'t>(&'t self, changes: &'t Changes, request: Request<'t>) -> Option<Tried<'t>> {
        let tables = self.tables();
        let scenario = Scenario {
            schema: &tables.defined,
            stats: self.stats,
            changes,
            request,
            cluster_after: None,
        };
        let Some(query) = self.query else {
            let shape = request.cluster.shape();
            let as_is = || replay(self.plan, &tables.told, shape);
            let as_is = self.as_is.get_or_init(as_is);
            return replay_changed(self.plan, (&tables.told, as_is), &scenario).ok();
        };
        replan_changed(query, &scenario).ok()
    }

    /// What changes gain by the median and the bytes, which decide whether they are worth making;
    /// the interval is that of one cluster, whether it was named or not. `None` where they can't be
    /// tried.
    pub fn quick_gain(&self, changes: &Changes) -> Option<Gain> {
        let request = Request {
            cluster_assumed: false,
            tells_steps: false,
            ..self.settings.request()
        };
        let tried = self.outcome_for(changes, request)?;
        Some(self.over(&tried.work, &tried.prediction))
    }

    /// What changes that are worth making gain, with the interval that is told.
    pub fn whole_gain(&self, changes: &Changes) -> Option<Gain> {
        let request = self.settings.request();
        if !request.cluster_assumed {
            return self.gain(changes).or_else(|| self.quick_gain(changes));
        }
        let request = Request {
            tells_steps: false,
            ..request
        };
        let tried = self.outcome_for(changes, request)?;
        Some(self.over(&tried.work, &tried.prediction))
    }

    /// What a plan gains over the one as it is.
    fn over(&self, work: &Work, prediction: &Prediction) -> Gain {
        let returning = || returning_ms(self.work, &self.settings.request());
        let returning = *self.returning_ms.get_or_init(returning);
        Gain::over((self.work, self.prediction), (work, prediction), returning)
    }

    /// As [`Trials::quick_gain`], each change tried once and only so many of them.
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
        let gain = self.quick_gain(changes);
        self.tried.borrow_mut().push((changes.clone(), gain));
        gain
    }

    /// What a rewrite of the query gains over the plan as it is; `None` where it can't be tried.
    pub fn gain_of_rewrite(&self, rewrite: &Rewrite) -> Option<Gain> {
        if self.plan.nodes.len() > MOST_STEPS {
            return None;
        }
        let plan = rewrite.of(self.plan);
        let (work, prediction) = predicted(&plan, &|_| None, self.settings);
        Some(self.over(&work, &prediction))
    }

    /// What of some changes can be made at all and is not so already: no external table has keys
    /// of its own, no result that Redshift keeps for itself can be altered.
    pub fn possible(&self, changes: &Changes) -> Option<Changes> {
        let told = &self.tables().told;
        let changes = changes.new_to(told);
        let alterable = |name: &&TableName| {
            let table = told.resolve(name);
            !name.is_redshifts_own() && table.is_some_and(is_altered_so)
        };
        let is_own = |style: &DistStyle| matches!(style, DistStyle::Key(key) if OWN_COLUMNS.contains(&key.as_str()));
        let by_own = changes.distributions.iter().any(|(_, style)| is_own(style));
        let few = changes.distributions.iter().any(
            |(name, style)| matches!(style, DistStyle::Key(key) if self.has_few_values(name, key)),
        );
        let possible =
            !changes.is_empty() && !by_own && !few && changes.tables().iter().all(alterable);
        let refused = !self.is_taken(&changes) && self.statements(&changes).is_none();
        (possible && !refused).then_some(changes)
    }

    /// Whether a column is known to have too few values to spread rows over the slices.
    fn has_few_values(&self, table: &TableName, column: &Ident) -> bool {
        let told = self.tables().told.resolve(table);
        let defined = told.and_then(|table| table.column(column));
        if defined.is_some_and(|column| column.data_type == DataType::Boolean) {
            return true;
        }
        let name = told.map_or(table, |table| &table.name);
        let stats = self.stats.table(name);
        let distinct = stats.and_then(|stats| stats.columns.get(column)?.distinct);
        distinct.is_some_and(|n| n < self.settings.env.cluster.slices() * VALUES_PER_SLICE)
    }

    /// The statements of some changes, as the tables take them; `None` where Redshift refuses one.
    pub fn statements(&self, changes: &Changes) -> Option<Vec<Sql>> {
        let fitting = changes.statements();
        if self.is_taken(changes) {
            return Some(fitting);
        }
        let told = &self.tables().told;
        fitting.iter().map(|sql| told.fitting(sql).sql).collect()
    }

    /// Whether these are ALTERs of plain tables of which no definition is known: they are taken as they
    /// stand, and need not be read again to tell.
    fn is_taken(&self, changes: &Changes) -> bool {
        let told = &self.tables().told;
        let is_plain = |name: &&TableName| {
            let table = told.resolve(name);
            table.is_some_and(|table| !table.columns_known && table.kind == TableKind::Table)
        };
        changes.tables().iter().all(is_plain)
    }

    /// The best of the changes that concern temporary tables alone, with its table: these get a key
    /// where they are created.
    pub fn best_created(&self, proposals: &[Proposal]) -> Option<(TableName, Changes, Gain)> {
        let told = &self.tables().told;
        let is_temporary = |name: &&TableName| self.is_temporary(name);
        let tried = proposals.iter().filter_map(|proposal| {
            let changes = proposal.changes.new_to(told);
            let tables = changes.tables();
            let table = tables.first().filter(|_| tables.iter().all(is_temporary))?;
            let gain = self.gain(&changes).filter(Gain::is_worth_it)?;
            Some(((*table).clone(), changes, gain))
        });
        tried.max_by(|(.., a), (.., b)| a.saved_ms().total_cmp(&b.saved_ms()))
    }

    /// The temporary tables among those that are to be changed.
    pub fn temporary(&self, proposals: &[Proposal]) -> Option<TableName> {
        let mut tables = proposals.iter().flat_map(|one| one.changes.tables());
        tables.find(|name| self.is_temporary(name)).cloned()
    }

    fn is_temporary(&self, name: &TableName) -> bool {
        let kind = self.tables().told.resolve(name).map(|table| table.kind);
        kind == Some(TableKind::Temporary) || is_named_temporary(name)
    }

    /// The tables as the DDL and the plan tell of them, and what is known of their data.
    pub fn known(&self) -> (&Schema, &'a Stats) {
        (&self.tables().told, self.stats)
    }

    /// The cluster that changes are tried on.
    pub fn cluster(&self) -> &'a Cluster {
        self.settings.env.cluster
    }

    /// The settings of the project.
    pub fn config(&self) -> &'a Config {
        self.settings.env.config
    }

    /// What a prediction is asked for.
    pub fn request(&self) -> Request<'a> {
        self.settings.request()
    }
}

fn is_altered_so(table: &Table) -> bool {
    let kinds = [TableKind::Table, TableKind::MaterializedView];
    kinds.contains(&table.kind) && !is_named_temporary(&table.name)
}

/// `#stage`, and what the session's own schema holds.
fn is_named_temporary(name: &TableName) -> bool {
    let own = |schema: &Ident| schema.as_str().starts_with("pg_temp");
    name.name.starts_with('#') || name.schema.as_ref().is_some_and(own)
}
