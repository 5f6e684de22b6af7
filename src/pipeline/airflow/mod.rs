//! A file of Airflow → its DAGs: tasks with what they run, their order, their schedule. What they
//! start and load stands in the pipeline as if a template had said it.

mod tasks;
mod walk;

use super::dag::{Dag, Does, Task};
use super::found::{Field, Place, Start, Started, Trigger, TriggerKind, Unseen};
use super::resources;
use super::starts;
use super::{Pipeline, Unread};
use crate::sql;
use crate::text::SourceFile;
use walk::{Made, Walked};

/// Whether a file makes a DAG.
pub(super) fn makes_dags(source: &SourceFile) -> bool {
    let text = &source.text;
    text.contains("airflow") && (text.contains("DAG(") || text.contains("@dag"))
}

/// Reads the DAGs of a file.
///
/// # Errors
/// The line at which it is no Python, and what is wrong there.
pub(super) fn add(pipeline: &mut Pipeline, source: &SourceFile) -> Result<(), (usize, String)> {
    let parsed = ruff_python_parser::parse_module(&source.text).map_err(|error| {
        let at = usize::from(error.location.start());
        (source.line_column(at).line, error.error.to_string())
    })?;
    let walked = walk::walk(source, &parsed.syntax().body);
    for (line, what) in &walked.unknown {
        pipeline.not_understood(&source.name, Some(*line), Unread::Part, what.clone());
    }
    let place = |line: usize| Place {
        path: source.name.clone(),
        line,
    };
    let dags = walked
        .dags
        .iter()
        .map(|one| tasks::dag(&one.given, place(one.line)));
    let mut dags: Vec<Dag> = dags.collect();
    let mut copies = String::new();
    let mut places = Vec::new();
    for (at, made) in walked.tasks.iter().enumerate() {
        let (Some(dag), Some(of)) = (dags.get_mut(made.dag), walked.dags.get(made.dag)) else {
            continue;
        };
        let mut task = tasks::task(made, &of.given, place(made.line));
        task.after = before(&walked, at);
        if let Does::Copy {
            table,
            from,
            method,
        } = &task.does
        {
            places.push((copies.len(), made.start));
            copies.push_str(&copy(table, from, method));
        }
        run(pipeline, dag, &task, made);
        dag.tasks.push(task);
    }
    add_sql(pipeline, source.clone().rewritten(copies, places));
    for dag in dags {
        pipeline.triggers.push(Trigger {
            name: dag.name.clone(),
            place: dag.place.clone(),
            kind: TriggerKind::Dag,
            is_off: false,
            schedule: dag.schedule.clone(),
            jobs: Vec::new(),
        });
        pipeline.dags.push(dag);
    }
    Ok(())
}

/// SQL that stands in a file of another kind, at its own places.
pub(super) fn add_sql(pipeline: &mut Pipeline, source: SourceFile) {
    if source.text.trim().is_empty() {
        return;
    }
    let script = sql::parse(&source);
    for error in &script.errors {
        let line = source.line_column(error.span.start).line;
        let what = format!("SQL in it: {}", error.message);
        pipeline.not_understood(&source.name, Some(line), Unread::Part, what);
    }
    pipeline.sql.push((source, script));
}

/// The tasks that one waits for.
fn before(walked: &Walked, at: usize) -> Vec<String> {
    let edges = walked.edges.iter().filter(|(_, to)| *to == at);
    let ids = edges.filter_map(|(from, _)| walked.tasks.get(*from).map(Made::id));
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The statements that a transfer runs, by its method: what else it is given changes no table
/// [Apache Airflow, Amazon provider: S3ToRedshiftOperator].
const METHODS: [(&str, &str); 3] = [
    ("APPEND", "COPY {table} FROM '{from}' IAM_ROLE default;\n"),
    (
        "REPLACE",
        "BEGIN; DELETE FROM {table}; COPY {table} FROM '{from}' IAM_ROLE default; COMMIT;\n",
    ),
    (
        "UPSERT",
        "CREATE TABLE #{last} (LIKE {table} INCLUDING DEFAULTS); \
         COPY #{last} FROM '{from}' IAM_ROLE default; BEGIN; \
         DELETE FROM {table} USING #{last} WHERE {table}.id = #{last}.id; \
         INSERT INTO {table} SELECT * FROM #{last}; COMMIT;\n",
    ),
];

fn copy(table: &str, from: &str, method: &str) -> String {
    let known = METHODS.iter().find(|(name, _)| *name == method);
    let (_, statements) = known.unwrap_or(&METHODS[0]);
    let last = table.rsplit('.').next().unwrap_or(table);
    let statements = statements.replace("{table}", table).replace("{last}", last);
    statements.replace("{from}", &from.replace('\'', ""))
}

/// What a task starts.
fn run(pipeline: &mut Pipeline, dag: &Dag, task: &Task, made: &Made) {
    let mut start = |what: Started| {
        pipeline.starts.push(Start {
            by: format!("{}.{}", dag.name, task.id),
            machine: None,
            place: dag.place.clone(),
            what,
            arguments: starts::arguments(Some(&made.given), "script_args"),
            is_retried: match &task.retries {
                Field::Known(retries) => *retries > 0.0,
                Field::Symbolic => true,
                Field::Missing => false,
            },
            may_tell: true,
        });
    };
    match &task.does {
        Does::Job(name) => {
            start(match name.is_empty() {
                true => Started::Unknown,
                false => Started::Job(name.clone()),
            });
            let is_known = pipeline.jobs.iter().any(|job| job.is_called(name));
            if let Some(properties) = tasks::job(&made.given).filter(|_| !is_known) {
                let place = task.place.clone();
                pipeline.jobs.push(resources::job(name, &properties, place));
            }
        }
        Does::Machine(name) => start(Started::Machine(name.clone())),
        Does::Sql(texts) => {
            let statements = texts.iter().filter(|text| !text.ends_with(".sql"));
            let statements = statements.map(|text| Field::Known(text.clone()));
            pipeline.statements.extend(statements);
        }
        Does::Elsewhere => pipeline.unseen.push(Unseen {
            kind: task.operator.clone(),
            name: format!("{}.{}", dag.name, task.id),
        }),
        Does::Crawler { .. } | Does::Copy { .. } | Does::Other => {}
    }
}
