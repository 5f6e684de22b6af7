//! DAGs of Airflow, as their files describe them.

use super::found::{Field, Place};

/// A DAG.
#[derive(Debug, Clone, Default)]
pub struct Dag {
    /// `dag_id`.
    pub name: String,
    /// Where it is made.
    pub place: Place,
    /// `cron(…)` or `rate(…)`, as AWS would write it.
    pub schedule: Field<String>,
    /// Whether missed runs are made up for.
    pub catchup: Field<bool>,
    /// The day of its first run: `2024-01-31`.
    pub start: Field<String>,
    /// How many of its runs go on at the same time.
    pub max_active_runs: Field<f64>,
    /// Its tasks, in the order of the text.
    pub tasks: Vec<Task>,
}

impl Dag {
    /// Whether a task runs a file of this name.
    pub fn runs(&self, file: &str) -> bool {
        let is = |text: &String| text.rsplit('/').next() == Some(file);
        let runs = |task: &Task| matches!(&task.does, Does::Sql(texts) if texts.iter().any(is));
        self.tasks.iter().any(runs)
    }
}

/// A task of a DAG.
#[derive(Debug, Clone)]
pub struct Task {
    /// `task_id`.
    pub id: String,
    /// The operator's class.
    pub operator: String,
    /// Where it is made.
    pub place: Place,
    /// `retries`, its own or the DAG's.
    pub retries: Field<f64>,
    /// What it does.
    pub does: Does,
    /// The tasks that it waits for, by their ids.
    pub after: Vec<String>,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// It runs a Glue job; its name is empty where only Airflow knows it.
    Job(String),
    /// It runs a state machine.
    Machine(String),
    /// It runs a crawler, and whether it waits for its end.
    Crawler {
        /// The crawler's name.
        name: String,
        /// Whether its end is waited for.
        waits: bool,
    },
    /// It runs statements: texts, or the paths of files.
    Sql(Vec<String>),
    /// It loads a prefix of S3 into a table.
    Copy {
        /// The table, with its schema.
        table: String,
        /// `s3://…`
        from: String,
        /// `APPEND`, `REPLACE` or `UPSERT`.
        method: String,
    },
    /// It runs code that is not looked at.
    Elsewhere,
    /// Something else.
    Other,
}
