//! The pipeline around the tables, from the files people have: Glue jobs and their
//! scripts, triggers, buckets, alarms, state machines, policies, WLM, COPY and UNLOAD.

pub mod cost;
mod found;
pub mod glue;
pub mod lineage;
pub(crate) mod loads;
mod resources;
pub mod runbook;
pub mod script;
mod source;
mod terraform;
pub mod tree;

pub use found::{
    Alarm, Bucket, Field, Job, Lifecycle, Machine, Manifest, Metrics, Place, Policy, Timings,
    Trigger, WlmQueue,
};
use script::Script;

use crate::sql;
use crate::text::SourceFile;

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// Glue jobs.
    pub jobs: Vec<Job>,
    /// Glue triggers and schedules.
    pub triggers: Vec<Trigger>,
    /// PySpark scripts.
    pub scripts: Vec<Script>,
    /// Buckets, as far as something is said of them.
    pub buckets: Vec<Bucket>,
    /// Alarms, and rules for events.
    pub alarms: Vec<Alarm>,
    /// Step Functions.
    pub machines: Vec<Machine>,
    /// What IAM policies allow.
    pub policies: Vec<Policy>,
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
    /// What was not understood: the file, and what of it.
    pub unrecognized: Vec<Unrecognized>,
}

/// A file or a part of one that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unrecognized {
    /// The file.
    pub path: String,
    /// What it is, or what is wrong.
    pub what: String,
}

impl Pipeline {
    /// Reads one file, recognised by its content.
    pub fn add(&mut self, source: SourceFile) {
        source::add(self, source);
    }

    /// Whether nothing of a pipeline was found.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
            && self.triggers.is_empty()
            && self.scripts.is_empty()
            && self.buckets.is_empty()
            && self.machines.is_empty()
            && self.policies.is_empty()
            && self.queues.is_empty()
            && self.manifests.is_empty()
            && self.timings.is_empty()
            && self.metrics.is_empty()
            && self.sql.is_empty()
    }

    fn not_understood(&mut self, path: &str, what: impl Into<String>) {
        self.unrecognized.push(Unrecognized {
            path: path.to_owned(),
            what: what.into(),
        });
    }

    /// The script that a job runs: by the last part of its location.
    pub fn script_of(&self, job: &Job) -> Option<&Script> {
        let location = job.script.known()?;
        let name = location.rsplit('/').next()?;
        self.scripts.iter().find(|script| {
            let file = script.path.rsplit(['/', '\\']).next();
            file == Some(name)
        })
    }
}
