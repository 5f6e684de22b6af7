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
    /// Its name as written, with `${Parameter}` for what only the deployment knows.
    pub written: Option<String>,
    /// Where it is described.
    pub place: Place,
    /// Where its script lies.
    pub script: Field<String>,
    /// The role that it runs as: a name, an ARN, or `${Role.Arn}` of one in the template.
    pub role: Field<String>,
    /// `DefaultArguments`.
    pub arguments: BTreeMap<String, Field<String>>,
    /// Those of them in which a secret was masked, with their lines.
    pub secret_arguments: Vec<(String, usize)>,
    /// `MaxRetries`.
    pub max_retries: Field<f64>,
    /// `Timeout` in minutes.
    pub timeout_minutes: Field<f64>,
    /// What a run takes.
    pub capacity: Capacity,
    /// `MaxConcurrentRuns`.
    pub concurrent: Field<f64>,
}

/// What a run takes, and by what it is billed.
#[derive(Debug, Clone, Default)]
pub struct Capacity {
    /// The name of the command: `glueetl`, `gluestreaming`, `pythonshell`, `glueray`.
    pub kind: Field<String>,
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
}

impl Job {
    /// Whether a name is its, as it is deployed or in the template.
    pub fn is_called(&self, name: &str) -> bool {
        let inner = |written: &String| {
            let inner = written
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'));
            written == name || inner == Some(name)
        };
        name == self.name || name == self.resource || self.written.as_ref().is_some_and(inner)
    }
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// A job, by its name or by its name in the template.
    Job(String),
    /// A state machine, likewise.
    Machine(String),
    /// Something that only the run knows, or that is looked at no further.
    Unknown,
}

/// One way in which something is started.
#[derive(Debug, Clone)]
pub struct Start {
    /// What starts it: a trigger, a rule, a schedule, or a state of a state machine.
    pub by: String,
    /// The state machine, where it is one of its states.
    pub machine: Option<String>,
    /// Where it is described.
    pub place: Place,
    /// What is started.
    pub what: Started,
    /// The arguments that it gives beside the job's own; `None` where only the run knows them.
    pub arguments: Option<BTreeMap<String, Field<String>>>,
    /// Whether a run that fails is started again.
    pub is_retried: bool,
    /// Whether what starts it may tell somebody of a failure: a state with a Catch, or Airflow.
    pub may_tell: bool,
}

/// A Glue trigger, or a schedule or rule of EventBridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TriggerKind {
    /// A trigger of Glue.
    #[default]
    Glue,
    /// A rule of EventBridge.
    Rule,
    /// A schedule of EventBridge Scheduler.
    Schedule,
    /// A DAG of Airflow.
    Dag,
}

/// A Glue trigger or a schedule.
#[derive(Debug, Clone, Default)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// Whose it is.
    pub kind: TriggerKind,
    /// Whether it is described as off: `State: DISABLED`.
    pub is_off: bool,
    /// `cron(…)` or `rate(…)`.
    pub schedule: Field<String>,
    /// The jobs that it starts itself; for others see [`Pipeline::is_started_by`].
    ///
    /// [`Pipeline::is_started_by`]: super::Pipeline::is_started_by
    pub jobs: Vec<String>,
}

/// A crawler of the Data Catalog.
#[derive(Debug, Clone, Default)]
pub struct Crawler {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// `cron(…)`; missing where something else starts it.
    pub schedule: Field<String>,
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
    /// Its name, or its name in the template.
    pub name: String,
    /// Its name in the template.
    pub resource: String,
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
    /// Where it is described.
    pub place: Place,
    /// The metric's namespace; of a rule for events it is missing.
    pub namespace: Field<String>,
    /// The metric's dimensions, as written.
    pub dimensions: Vec<(String, String)>,
    /// The metric that it watches.
    pub metric: String,
    /// The events that it watches, where it is a rule.
    pub events: Option<Events>,
}

/// What a rule's pattern lets through. An empty list lets everything through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Events {
    /// Services.
    pub sources: Vec<String>,
    /// What happened: `Glue Job State Change`.
    pub kinds: Vec<String>,
    /// Jobs, as they are named in the pattern.
    pub jobs: Vec<String>,
    /// States of a run.
    pub states: Vec<String>,
}

impl Alarm {
    /// Whether it tells that a run of the job failed, or that its data is late; `None` where these
    /// files do not tell of which job it is.
    pub fn watches(&self, job: &Job, all: &[Job]) -> Option<bool> {
        if let Some(events) = &self.events {
            return events.tell_of(job, all);
        }
        let is_of = |what: &str| self.metric.to_lowercase().contains(what);
        let glue =
            is_of("glue") || matches!(&self.namespace, Field::Known(space) if space == "Glue");
        let named = self.dimensions.iter().find(|(name, _)| name == "JobName");
        match named {
            Some((_, name)) => means(name, job, all),
            // How late data is, is seen at the table, whichever job was to fill it.
            None => Some(glue || is_of("freshness")),
        }
    }
}

impl Events {
    /// States of a run that somebody has to be told of [Glue: Job State Change events].
    const FAILURES: [&str; 4] = ["FAILED", "TIMEOUT", "ERROR", "STOPPED"];

    fn tell_of(&self, job: &Job, all: &[Job]) -> Option<bool> {
        let glue = self.sources.iter().any(|source| source == "aws.glue");
        let fails = |state: &String| Self::FAILURES.contains(&state.as_str());
        // Crawlers and the Data Catalog tell of themselves under the same service.
        let jobs = |kind: &String| kind.starts_with("Glue Job") || kind.contains("${");
        if !self.kinds.is_empty() && !self.kinds.iter().any(jobs) {
            return Some(false);
        }
        if !glue || !self.states.is_empty() && !self.states.iter().any(fails) {
            return Some(false);
        }
        if self.jobs.is_empty() {
            return Some(true);
        }
        let named: Vec<Option<bool>> = self.jobs.iter().map(|name| means(name, job, all)).collect();
        match named.contains(&Some(true)) {
            true => Some(true),
            // A parameter may name any job.
            false => (!named.contains(&None)).then_some(false),
        }
    }
}

/// Whether a name, as it is deployed or as `${Resource}`, is that of a job; `None` where only the
/// deployment knows.
fn means(name: &str, job: &Job, all: &[Job]) -> Option<bool> {
    let own = name
        .strip_prefix("${")
        .and_then(|name| name.strip_suffix('}'));
    let own = own.unwrap_or(name);
    if job.is_called(own) {
        return Some(true);
    }
    let open = own != name || name.contains("${");
    (!open || all.iter().any(|other| other.is_called(own))).then_some(false)
}

/// A state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name, or its name in the template.
    pub name: String,
    /// Its name in the template.
    pub resource: String,
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
    /// On what, as written.
    pub resources: Vec<String>,
    /// Whether it allows all but what it names (`NotAction`, `NotResource`).
    pub inverted: bool,
    /// The roles that it is attached to by its own words.
    pub roles: Vec<String>,
}

/// An IAM role.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name, or its name in the template.
    pub name: String,
    /// Its name in the template.
    pub resource: String,
    /// `ManagedPolicyArns`, as written.
    pub managed: Vec<String>,
}

/// What else of a template may do something that these files do not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The kind of resource.
    pub kind: String,
    /// Its name in the template.
    pub name: String,
}

/// A cluster of Redshift, or a workgroup of Redshift Serverless.
#[derive(Debug, Clone, Default)]
pub struct Warehouse {
    /// Its name, or its name in the template.
    pub name: String,
    /// Where it is described.
    pub place: Place,
    /// `PubliclyAccessible`.
    pub public: Field<bool>,
    /// `Encrypted`.
    pub encrypted: Field<bool>,
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

    /// A setting as a truth value.
    pub fn truth_field(&self, keys: &[&str]) -> Field<bool> {
        match self.at(keys) {
            None => Field::Missing,
            Some(tree) if matches!(tree.value, Value::Null) => Field::Missing,
            Some(tree) => tree.truth().map_or(Field::Symbolic, Field::Known),
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
