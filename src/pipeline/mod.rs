//! The pipeline around the tables, from the files people have: Glue jobs and their
//! scripts, triggers, buckets, alarms, state machines, policies, WLM, COPY and UNLOAD.

pub mod access;
mod airflow;
pub mod cost;
pub mod dag;
mod dbt;
mod exports;
mod files;
mod found;
mod functions;
pub mod glue;
mod hcl;
pub mod lineage;
pub(crate) mod loads;
mod loose;
mod machines;
mod python;
mod resources;
pub mod runbook;
pub mod schedule;
pub mod script;
mod source;
mod starts;
mod template;
mod terraform;
pub mod tree;
pub mod yaml;

use dag::Dag;
pub use found::{
    Alarm, Bucket, Capacity, Crawler, Events, Field, Job, Lifecycle, Machine, Manifest, Metrics,
    Place, Policy, Role, Start, Started, Timings, Trigger, TriggerKind, Unseen, Warehouse,
    WlmQueue,
};
use script::Script;

use crate::sql;
use crate::text::SourceFile;
use crate::text::secrets::SecretKind;

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// Glue jobs.
    pub jobs: Vec<Job>,
    /// Glue triggers and schedules.
    pub triggers: Vec<Trigger>,
    /// Crawlers of the Data Catalog.
    pub crawlers: Vec<Crawler>,
    /// PySpark scripts.
    pub scripts: Vec<Script>,
    /// Buckets, as far as something is said of them.
    pub buckets: Vec<Bucket>,
    /// Alarms, and rules for events.
    pub alarms: Vec<Alarm>,
    /// Step Functions.
    pub machines: Vec<Machine>,
    /// Who starts what, with which arguments.
    pub starts: Vec<Start>,
    /// What IAM policies allow.
    pub policies: Vec<Policy>,
    /// DAGs of Airflow.
    pub dags: Vec<Dag>,
    /// IAM roles.
    pub roles: Vec<Role>,
    /// Statements that state machines, rules and schedules give to the Data API.
    pub statements: Vec<Field<String>>,
    /// Metrics that filters make of a log: namespace and name.
    pub logged_metrics: Vec<(String, String)>,
    /// Code that runs beside the jobs and is not among these files.
    pub unseen: Vec<Unseen>,
    /// Clusters and workgroups of Redshift.
    pub warehouses: Vec<Warehouse>,
    /// Where secrets were masked in these files, but for SQL.
    pub secrets: Vec<(Place, SecretKind)>,
    /// Queues of a WLM configuration.
    pub queues: Vec<WlmQueue>,
    /// Manifests of COPY.
    pub manifests: Vec<Manifest>,
    /// CPU seconds of queries.
    pub timings: Vec<Timings>,
    /// Metrics of CloudWatch.
    pub metrics: Vec<Metrics>,
    /// SQL with its source.
    pub sql: Vec<(SourceFile, sql::Script)>,
    /// The files of which something was read.
    pub read: Vec<String>,
    /// What was not understood: the file, and what of it.
    pub unrecognized: Vec<Unrecognized>,
}

/// A file or a part of one that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Unrecognized {
    /// The file.
    pub path: String,
    /// The 1-based line, where it is one.
    pub line: Option<usize>,
    /// What it is, or what is wrong.
    pub what: String,
    /// What that means for the review.
    #[serde(skip)]
    pub why: Unread,
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// The file can't be read or parsed: what is in it is not known.
    File,
    /// A part of it was not understood.
    Part,
    /// It is of a kind that is nothing to this review.
    Kind,
}

impl Unrecognized {
    /// Whether something that the review asks about may be in it.
    pub fn is_broken(&self) -> bool {
        self.why != Unread::Kind
    }
}

impl Pipeline {
    /// Reads files, each recognised by its content. What one names of the others is read with it:
    /// modules and variables of Terraform, definitions of state machines.
    pub fn add(&mut self, sources: Vec<SourceFile>) {
        let paths: Vec<String> = sources.iter().map(|one| one.name.clone()).collect();
        source::add(self, sources);
        let unread = |path: &String| {
            let mut unread = self.unrecognized.iter();
            unread.any(|one| one.path == *path && one.why == Unread::File)
        };
        let read: Vec<String> = paths.into_iter().filter(|path| !unread(path)).collect();
        self.read.extend(read);
    }

    /// Whether nothing of a pipeline was found.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
            && self.triggers.is_empty()
            && self.crawlers.is_empty()
            && self.scripts.is_empty()
            && self.buckets.is_empty()
            && self.machines.is_empty()
            && self.dags.is_empty()
            && self.policies.is_empty()
            && self.queues.is_empty()
            && self.warehouses.is_empty()
            && self.manifests.is_empty()
            && self.timings.is_empty()
            && self.metrics.is_empty()
            && self.sql.is_empty()
    }

    fn not_understood(
        &mut self,
        path: &str,
        line: Option<usize>,
        why: Unread,
        what: impl Into<String>,
    ) {
        self.unrecognized.push(Unrecognized {
            path: path.to_owned(),
            line,
            what: what.into(),
            why,
        });
    }

    /// Whether a trigger comes to start a job, also by way of a state machine; `None` where
    /// these files do not tell all that it starts.
    pub fn starts(&self, trigger: &Trigger, job: &Job) -> Option<bool> {
        if trigger.jobs.iter().any(|name| job.is_called(name)) {
            return Some(true);
        }
        let of_machine = |machine: &Machine| {
            self.starts_of(job)
                .any(|start| start.machine.as_ref() == Some(&machine.name))
        };
        let own = self.starts_by(trigger).map(|start| match &start.what {
            Started::Job(name) => Some(job.is_called(name)),
            Started::Machine(name) => self.machine(name).map(of_machine),
            Started::Unknown => None,
        });
        let own: Vec<Option<bool>> = own.collect();
        if own.contains(&Some(true)) {
            return Some(true);
        }
        let is_open = own.contains(&None) || own.is_empty() && trigger.jobs.is_empty();
        let is_told = !is_open;
        is_told.then_some(false)
    }

    /// Whether a trigger may come to start a job: one of which these files do not tell what it
    /// starts may start any.
    pub fn is_started_by(&self, job: &Job, trigger: &Trigger) -> bool {
        self.starts(trigger, job) != Some(false)
    }

    /// Whether a trigger starts some job of Glue, be it described in these files or not.
    pub fn starts_a_job(&self, trigger: &Trigger) -> bool {
        let is_job = |start: &Start| matches!(start.what, Started::Job(_));
        let of_machine = |machine: &Machine| {
            let mut states = self.starts.iter();
            states.any(|start| start.machine.as_ref() == Some(&machine.name) && is_job(start))
        };
        !trigger.jobs.is_empty()
            || self.starts_by(trigger).any(|start| match &start.what {
                Started::Machine(name) => self.machine(name).is_none_or(of_machine),
                _ => is_job(start),
            })
    }

    /// What a trigger starts itself.
    fn starts_by<'a>(&'a self, trigger: &'a Trigger) -> impl Iterator<Item = &'a Start> + 'a {
        let all = self.starts.iter();
        all.filter(|start| start.machine.is_none() && start.place == trigger.place)
    }

    /// What starts a job, as far as these files tell.
    pub fn starts_of<'a>(&'a self, job: &'a Job) -> impl Iterator<Item = &'a Start> + 'a {
        let is = |start: &&Start| match &start.what {
            Started::Job(name) => job.is_called(name),
            _ => false,
        };
        self.starts.iter().filter(is)
    }

    /// The state machine of a name, as it is deployed or in the template.
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        let mut machines = self.machines.iter();
        machines.find(|machine| machine.name == name || machine.resource == name)
    }

    /// The script that a job runs: of those with the last part of its location for a name, the one
    /// that shares most folders with it.
    pub fn script_of(&self, job: &Job) -> Option<&Script> {
        let location = job.script.known()?;
        let shared = |script: &Script| {
            // CDK puts `asset.` before the names of what it uploads.
            let parts = script.path.rsplit(['/', '\\']);
            let parts = parts.map(|part| part.strip_prefix("asset.").unwrap_or(part));
            let same = parts.zip(location.rsplit('/'));
            same.take_while(|(a, b)| a == b).count()
        };
        let found = self.scripts.iter().map(|script| (shared(script), script));
        let found = found.filter(|(shared, _)| *shared > 0);
        // Of equals the first.
        found
            .rev()
            .max_by_key(|(shared, _)| *shared)
            .map(|(_, script)| script)
    }
}
