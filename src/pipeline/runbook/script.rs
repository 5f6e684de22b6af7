//! The script that does the whole rollback: see `templates/rollback.sh`.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use serde::Serialize;

use super::keys::Keys;
use super::load::{Load, bare};
use super::target::Target;
use super::{Asked, At};
use crate::name::Ident;
use crate::pipeline::{Job, Pipeline};
use crate::schema::{Schema, SchemaBuilder, Table};
use crate::sql::{DataType, write};

/// Reads and writes objects: one process, many threads.
const OBJECTS: &str = include_str!("../../../templates/objects.py");

#[derive(Debug, Template)]
#[template(path = "rollback.sh", escape = "none")]
struct Rollback<'a> {
    table: String,
    job: &'a str,
    column: String,
    at: Option<At>,
    /// The parameters of a run, as one reads them.
    parameters: String,
    /// `day=… hour=…`.
    example: &'a str,
    target: String,
    objects: &'a str,
}

/// What the script reads.
#[derive(Debug, Serialize)]
struct Description {
    at: Option<String>,
    job: String,
    table: String,
    column: String,
    whole_days: bool,
    triggers: Vec<String>,
    /// State machines that start the job, as they are deployed.
    machines: Vec<String>,
    places: Vec<Place>,
    /// Names that each run gives.
    parameters: BTreeSet<String>,
    /// The job's arguments, each with the name that gives it.
    arguments: BTreeMap<String, String>,
    /// The partitions of COPY's location, each with the name that gives it.
    partitions: BTreeMap<String, String>,
    sql: Statements,
}

#[derive(Debug, Serialize)]
struct Place {
    bucket: String,
    kind: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct Statements {
    lock: Vec<String>,
    delete: Vec<String>,
    /// In place of `delete` where the table starts from an earlier copy.
    replace: Vec<String>,
    stage: Vec<String>,
    apply: Vec<String>,
    drop: Vec<String>,
    guards: Vec<String>,
    count: Vec<String>,
    /// Counts an earlier copy, of the time and in all.
    copy: Vec<String>,
    staged: Vec<String>,
}

/// The column that tells when, and what its type makes of the time.
struct Moment {
    column: Ident,
    /// The time as a place in a literal.
    since: &'static str,
    whole_days: bool,
}

/// The script, and what a run of the job is told.
#[derive(Debug)]
pub struct Script {
    /// The file for bash.
    pub text: String,
    /// A value of `--run` with places for its values, `day=…`; empty where a run takes none.
    pub run: String,
}

/// The script.
///
/// # Errors
/// What is missing or stands in the way, and what would do.
pub fn rollback_script(
    pipeline: &Pipeline,
    target: &Target,
    asked: &Asked,
) -> Result<Script, String> {
    let mut builder = SchemaBuilder::default();
    for (_, script) in &pipeline.sql {
        builder.apply(script);
    }
    let schema = builder.finish();
    let known = schema.resolve(&target.table);
    let moment = moment(&schema, target, asked)?;
    let load = Load::of(pipeline, target, &moment.column, moment.since)?;
    let parameters = parameters(pipeline, target, &load)?;
    let description = Description {
        at: asked.at.map(|at| at.to_string()),
        job: target.job.clone(),
        table: target.table.to_string(),
        column: moment.column.to_string(),
        whole_days: moment.whole_days,
        triggers: target.triggers.clone(),
        machines: {
            let deployed = target
                .machines
                .iter()
                .filter(|machine| machine.is_deployed_so);
            deployed.map(|machine| machine.name.clone()).collect()
        },
        places: places(target),
        parameters: parameters.names.clone(),
        arguments: parameters.arguments,
        partitions: parameters.partitions,
        sql: statements(target, known, &moment, load),
    };
    let names: Vec<&str> = parameters.names.iter().map(String::as_str).collect();
    let run: Vec<String> = names.iter().map(|name| format!("{name}=…")).collect();
    let run = run.join(" ");
    let target_text =
        serde_json::to_string_pretty(&description).map_err(|error| error.to_string())?;
    let script = Rollback {
        table: target.table.to_string(),
        job: &target.job,
        column: moment.column.to_string(),
        at: asked.at,
        parameters: names.join(", "),
        example: &run,
        target: target_text,
        objects: OBJECTS.trim_end(),
    };
    let text = script.render().map_err(|error| error.to_string())?;
    Ok(Script { text, run })
}

fn places(target: &Target) -> Vec<Place> {
    let own = (target.bucket.clone(), target.keys.clone());
    let all = std::iter::once(&own).chain(&target.also);
    let place = |(bucket, keys): &(String, Keys)| {
        let (kind, text) = match keys {
            Keys::Below(text) => ("below", text),
            Keys::Begin(text) => ("begin", text),
        };
        Place {
            bucket: bucket.clone(),
            kind,
            text: text.clone(),
        }
    };
    all.map(place).collect()
}

/// The columns of the table that can tell when.
fn moment(schema: &Schema, target: &Target, asked: &Asked) -> Result<Moment, String> {
    let table = schema.resolve(&target.table);
    let columns = table.map_or(&[][..], |table| &table.columns);
    let times: Vec<&str> = columns
        .iter()
        .filter(|column| {
            matches!(
                column.data_type,
                DataType::Timestamp | DataType::TimestampTz | DataType::Date
            )
        })
        .map(|column| column.name.as_str())
        .collect();
    let choose = match times.as_slice() {
        [] => "these files have no DDL of it with a time".to_owned(),
        times => format!("it has {}", times.join(", ")),
    };
    let name = asked.column.as_deref().ok_or_else(|| {
        format!(
            "--column is missing, the column of `{}` that tells when a row is of: {choose}",
            target.table
        )
    })?;
    let column = Ident::typed(name);
    let known = columns.iter().find(|known| known.name == column);
    let data_type = match (known, table.is_some_and(|table| table.columns_known)) {
        (Some(known), _) => &known.data_type,
        (None, true) => {
            return Err(format!(
                "`{}` has no column `{name}`: {choose}",
                target.table
            ));
        }
        // Without DDL it is taken for a TIMESTAMP, which the page says.
        (None, false) => &DataType::Timestamp,
    };
    let (since, whole_days) = match data_type {
        DataType::Timestamp => ("@{since}", false),
        DataType::TimestampTz => ("@{since}+00", false),
        DataType::Date => ("@{since}", true),
        other => return Err(format!("`{name}` is {other}, which is no time: {choose}")),
    };
    Ok(Moment {
        column,
        since,
        whole_days,
    })
}

struct Parameters {
    names: BTreeSet<String>,
    arguments: BTreeMap<String, String>,
    partitions: BTreeMap<String, String>,
}

/// What each run gives: arguments that the job requires and no default gives, and
/// partitions, where the script does not put one of these arguments into them.
fn parameters(pipeline: &Pipeline, target: &Target, load: &Load) -> Result<Parameters, String> {
    let job = pipeline.jobs.iter().find(|job| job.name == target.job);
    let job = job.ok_or("the job is not among these files")?;
    let script = pipeline.script_of(job).ok_or_else(|| {
        format!(
            "the script of `{}` is not among these files, so that the arguments that it requires \
             are not known",
            job.name
        )
    })?;
    let given = |name: &&str| !job.arguments.contains_key(&format!("--{name}"));
    let required: BTreeSet<&str> = script
        .required_arguments()
        .into_iter()
        .filter(given)
        .collect();
    let mut names: BTreeSet<String> = required.iter().map(|name| (*name).to_owned()).collect();
    let arguments = names
        .iter()
        .map(|name| (format!("--{name}"), name.clone()))
        .collect();
    if names.is_empty() && load.partitions.is_empty() && has_bookmark(pipeline, job) {
        return Err(format!(
            "`{0}` tells by its bookmark what is new (--job-bookmark-option), and no argument tells what a run is \
             of, so that what was read wrongly is not read again: rewind it with `aws glue reset-job-bookmark \
             --job-name {0} --run-id RUN` to the last good run, and run it by hand",
            job.name
        ));
    }
    let mut partitions = BTreeMap::new();
    for partition in &load.partitions {
        let put = script.put_after(&format!("{partition}="));
        // argparse turns dashes into underscores.
        let is =
            |name: &&&str| put.contains(name.replace('-', "_").as_str()) || put.contains(**name);
        let mut linked = required.iter().filter(is);
        let name = match (linked.next(), linked.next(), put.len()) {
            (Some(name), None, 1) => (*name).to_owned(),
            _ => partition.clone(),
        };
        names.insert(name.clone());
        partitions.insert(partition.clone(), name);
    }
    Ok(Parameters {
        names,
        arguments,
        partitions,
    })
}

/// Whether the job's own arguments, or those of what starts it, switch its bookmark on.
fn has_bookmark(pipeline: &Pipeline, job: &Job) -> bool {
    let starts = pipeline
        .starts_of(job)
        .filter_map(|start| start.arguments.as_ref());
    let mut all = std::iter::once(&job.arguments).chain(starts);
    all.any(|arguments| {
        let option = arguments.get("--job-bookmark-option");
        option.is_some_and(|option| {
            option
                .known()
                .is_none_or(|option| option == "job-bookmark-enable")
        })
    })
}

fn statements(target: &Target, known: Option<&Table>, moment: &Moment, load: Load) -> Statements {
    let (table, column, since) = (&target.table, &moment.column, moment.since);
    let mut guards = vec![bare(write::demand_count_since(
        table,
        column,
        since,
        "@{expected}",
    ))];
    let key = known.map_or(&[][..], |table| &table.primary_key);
    if !key.is_empty() {
        guards.push(bare(write::demand_unique_since(table, key, column, since)));
    }
    // Values of an identity column can't be brought back.
    let columns = known.filter(|table| table.columns_known && !load.appends);
    let columns = columns.filter(|table| table.columns.iter().all(|column| !column.identity));
    let replace = columns.map_or_else(Vec::new, |known| {
        let names: Vec<&Ident> = known.columns.iter().map(|column| &column.name).collect();
        vec![
            bare(write::demand_rows("@{before}")),
            bare(write::delete_all(table)),
            bare(write::insert_from(table, &names, "@{before}")),
        ]
    });
    Statements {
        lock: vec![bare(write::lock(table))],
        delete: vec![bare(write::delete_since(table, column, since))],
        replace,
        staged: vec![bare(write::count_since(&load.staged, column, since))],
        stage: load.stage,
        apply: load.apply,
        drop: load.drop,
        guards,
        count: vec![bare(write::count_since(table, column, since))],
        copy: vec![bare(write::count_since_in("@{before}", column, "@{at}"))],
    }
}
