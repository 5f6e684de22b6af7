//! What a pipeline is made of, whoever described it.

use std::collections::BTreeMap;

use super::tree::{Tree, Value};

/// A setting.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Field<T> {
    /// It is not set.
    #[default]
    Missing,
    /// It is set to what only the deployment knows.
    Symbolic,
    /// It is set.
    Known(T),
}

impl<T> Field<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Field::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is not set.
    pub fn is_missing(&self) -> bool {
        matches!(self, Field::Missing)
    }
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file.
    pub path: String,
    /// 1-based line.
    pub line: usize,
}

/// A Glue job.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Its name, or its name in the template.
    pub name: String,
    /// Its name in the template, by which triggers refer to it too.
    pub resource: String,
    /// Where it is described.
    pub place: Place,
    /// Where its script lies.
    pub script: Field<String>,
    /// `DefaultArguments`.
    pub arguments: BTreeMap<String, Field<String>>,
    /// Those of them in which a secret was masked.
    pub secret_arguments: Vec<String>,
    /// `MaxRetries`.
    pub max_retries: Field<f64>,
    /// `Timeout` in minutes.
    pub timeout_minutes: Field<f64>,
    /// `NumberOfWorkers`, the most under auto scaling.
    pub workers: Field<f64>,
    /// `WorkerType`.
    pub worker_type: Field<String>,
    /// `MaxCapacity` in DPU, of jobs without worker types.
    pub max_capacity: Field<f64>,
    /// `ExecutionClass`.
    pub class: Field<String>,
    /// `GlueVersion`.
    pub version: Field<String>,
    /// `MaxConcurrentRuns`.
    pub concurrent: Field<f64>,
}

impl Trigger {
    /// Whether it starts a job; one that names none starts whatever there is.
    pub fn starts(&self, job: &Job) -> bool {
        let is = |name: &String| *name == job.name || *name == job.resource;
        self.jobs.is_empty() || self.jobs.iter().any(is)
    }
}

/// A Glue trigger or a schedule.
#[derive(Debug, Clone, Default)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// `cron(…)` or `rate(…)`.
    pub schedule: Field<String>,
    /// The jobs that it starts.
    pub jobs: Vec<String>,
}

/// One rule of a lifecycle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lifecycle {
    /// Objects that it is for; empty for all.
    pub prefix: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Days until objects go.
    pub expires_days: Option<f64>,
    /// Days until replaced versions go.
    pub noncurrent_days: Option<f64>,
    /// Where it stands.
    pub line: usize,
}

/// What is said of a bucket.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where.
    pub place: Place,
    /// Whether versions are kept.
    pub versioned: Field<bool>,
    /// Its lifecycle; `None` where nothing is said of it.
    pub lifecycle: Option<Vec<Lifecycle>>,
}

/// An alarm on a metric, or a rule for events.
#[derive(Debug, Clone, Default)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it watches: a metric's name, or the sources of events.
    pub watches: String,
}

/// A state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Where.
    pub place: Place,
    /// Its states by name.
    pub states: Vec<(String, Tree)>,
}

/// A statement of an IAM policy that allows.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The policy's or the role's name.
    pub name: String,
    /// Where.
    pub place: Place,
    /// What it allows.
    pub actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
}

/// One queue of a WLM configuration.
#[derive(Debug, Clone)]
pub struct WlmQueue {
    /// `name`, or its number.
    pub name: String,
    /// Where.
    pub place: Place,
    /// The queue as written.
    pub tree: Tree,
}

/// A manifest of COPY.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub place: Place,
    /// Its files, with their bytes where it says so.
    pub files: Vec<(String, Option<f64>)>,
}

/// CPU seconds of queries, by queue, from an export.
#[derive(Debug, Clone)]
pub struct Timings {
    /// The file.
    pub place: Place,
    /// By `query_group` or `service_class`.
    pub queues: BTreeMap<String, Vec<f64>>,
}

/// Metrics of CloudWatch, from an export.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// The file.
    pub place: Place,
    /// Labels, with the sum of the values.
    pub series: Vec<(String, f64)>,
}

impl Tree {
    /// A setting as text.
    pub fn field(&self, keys: &[&str]) -> Field<String> {
        match self.at(keys).map(|tree| &tree.value) {
            None | Some(Value::Null) => Field::Missing,
            Some(Value::Scalar(text)) => Field::Known(text.clone()),
            Some(_) => Field::Symbolic,
        }
    }

    /// A setting as a number.
    pub fn number_field(&self, keys: &[&str]) -> Field<f64> {
        match self.at(keys) {
            None => Field::Missing,
            Some(tree) => match tree.number() {
                Some(number) => Field::Known(number),
                None if matches!(tree.value, Value::Null) => Field::Missing,
                None => Field::Symbolic,
            },
        }
    }
}
