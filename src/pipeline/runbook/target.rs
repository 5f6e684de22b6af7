//! What a rollback is of: one job, one table, one prefix, from lineage or by name.

use std::collections::BTreeSet;

use super::keys::{self, Keys};
use crate::name::TableName;
use crate::pipeline::lineage::{self, Lineage};
use crate::pipeline::{Job, Pipeline, Started, Trigger, TriggerKind, loads};
use crate::sql::Body;

/// What a person names of it.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// The job.
    pub job: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The keys that COPY reads: `clean/orders`, `s3://lake/clean/orders`, `clean/orders_*`.
    pub prefix: Option<String>,
}

impl Named {
    /// As it was typed: `--job orders --table orders`.
    fn words(&self) -> String {
        let words = [
            ("--job", &self.job),
            ("--table", &self.table),
            ("--prefix", &self.prefix),
        ];
        let words = words
            .into_iter()
            .filter_map(|(flag, value)| value.as_ref().map(|value| format!("{flag} {value}")));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// What is rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The job that writes the files.
    pub job: String,
    /// The triggers of Glue that start it, as far as these files tell.
    pub triggers: Vec<String>,
    /// The rules and schedules of EventBridge that start it, also by way of a state machine.
    pub schedules: Vec<String>,
    /// The state machines that start it, by their names in these files.
    pub machines: Vec<Machine>,
    /// The bucket that COPY reads.
    pub bucket: String,
    /// The keys that COPY reads.
    pub keys: Keys,
    /// What else the job writes: its state, its dead letters. Each with its bucket.
    pub also: Vec<(String, Keys)>,
    /// The table that is loaded.
    pub table: TableName,
    /// Where the COPY stands: which SQL of the pipeline, and which of its statements. `None`
    /// where no COPY is among the files.
    pub copy: Option<(usize, usize)>,
}

/// A state machine that starts the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its name, or its name in the template.
    pub name: String,
    /// Whether that is the name under which it is deployed.
    pub is_deployed_so: bool,
}

/// A COPY, and what one table gets of it.
#[derive(Debug, Clone)]
struct Load {
    table: TableName,
    bucket: String,
    /// Empty where the whole bucket is read.
    key: String,
    /// The name in the lineage of what it reads.
    node: String,
    copy: (usize, usize),
    /// `load.sql:12`.
    place: String,
}

impl Load {
    fn keys(&self) -> Result<Keys, String> {
        Keys::typed(&self.key).map_err(|_| {
            format!(
                "{}: COPY reads `s3://{}/{}`, which leaves the whole bucket: name the keys, as \
                 `--prefix clean/orders`",
                self.place, self.bucket, self.key
            )
        })
    }
}

impl Target {
    /// Finds the one that is meant.
    ///
    /// # Errors
    /// Nothing or more than one thing fits: what there is to choose from, and how.
    pub fn of(pipeline: &Pipeline, named: &Named) -> Result<Self, String> {
        let lineage = Lineage::of(pipeline);
        let (bucket, prefix) = match &named.prefix {
            Some(text) => {
                let (bucket, key) = keys::location(text).unzip();
                (bucket, Some(Keys::typed(key.unwrap_or(text))?))
            }
            None => (None, None),
        };
        let said = said_job(pipeline, named)?;
        let load = load(pipeline, &lineage, named, bucket, prefix.as_ref())?;
        let keys = match (prefix, &load) {
            (Some(prefix), Some(load)) => {
                if let Ok(read) = load.keys()
                    && !read.contain(&prefix)
                {
                    return Err(format!(
                        "`--prefix {prefix}` is not within what {} reads, s3://{}/{read}",
                        load.place, load.bucket
                    ));
                }
                prefix
            }
            (Some(prefix), None) => prefix,
            (None, Some(load)) => load.keys()?,
            (None, None) => return Err(no_copy("--prefix s3://BUCKET/PREFIX")),
        };
        let bucket = load.as_ref().map(|load| load.bucket.as_str()).or(bucket);
        let bucket = bucket.ok_or_else(|| no_copy("--prefix s3://BUCKET/PREFIX"))?;
        let table = match (&named.table, &load) {
            (_, Some(load)) => load.table.clone(),
            (Some(table), None) => TableName::typed(table),
            (None, None) => return Err(no_copy("--table TABLE")),
        };
        let job = match said {
            Some(job) => job,
            None => job(pipeline, &lineage, load.as_ref())?,
        };
        let mut triggers: Vec<String> = pipeline
            .triggers
            .iter()
            .filter(|trigger| trigger.jobs.iter().any(|name| job.is_called(name)))
            .map(|trigger| trigger.name.clone())
            .collect();
        triggers.sort();
        triggers.dedup();
        let machines = machines(pipeline, job);
        let schedules = schedules(pipeline, job);
        let names = machines.iter().map(|machine| &machine.name);
        for text in triggers
            .iter()
            .chain(&schedules)
            .chain(names)
            .chain([&job.name])
        {
            safe(text)?;
        }
        safe(bucket)?;
        safe(&keys.to_string())?;
        Ok(Self {
            also: also(&lineage, &job.name, bucket, &keys)?,
            job: job.name.clone(),
            triggers,
            schedules,
            machines,
            bucket: bucket.to_owned(),
            keys,
            table,
            copy: load.map(|load| load.copy),
        })
    }
}

/// A name that stands in a shell script between quotes.
pub(super) fn safe(text: &str) -> Result<&str, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-./:=+* ".contains(c);
    match text.chars().all(fine) {
        true => Ok(text),
        false => Err(format!(
            "`{text}` can't stand in a script: only letters, digits and `_-./:=+` can"
        )),
    }
}

fn no_copy(flag: &str) -> String {
    format!("there is no COPY in these files that tells: name it with {flag}")
}

/// Every COPY with each table that it feeds.
fn loads_of(pipeline: &Pipeline) -> Vec<Load> {
    let mut out = Vec::new();
    for (file, (source, script)) in pipeline.sql.iter().enumerate() {
        let loads = loads::read(source, script);
        for (statement, said) in script.statements.iter().enumerate() {
            let Body::Copy(copy) = &said.body else {
                continue;
            };
            let from = copy.from.0.trim_matches('\'');
            let Some((bucket, key)) = keys::location(from) else {
                continue;
            };
            // The partitions of a table go together; a manifest names what lies about it.
            let fixed = |part: &&str| !part.contains(['=', '{', '$']);
            let mut parts: Vec<&str> = key.split('/').take_while(fixed).collect();
            if parts.len() == key.split('/').count() && copy.parameter("MANIFEST").is_some() {
                parts.pop();
            }
            for table in loads.targets(said.span.start) {
                out.push(Load {
                    table: TableName::typed(table),
                    bucket: bucket.to_owned(),
                    key: parts.join("/"),
                    node: lineage::read_by(copy),
                    copy: (file, statement),
                    place: format!(
                        "{}:{}",
                        source.name,
                        source.line_column(said.span.start).line
                    ),
                });
            }
        }
    }
    out
}

/// The one COPY that is meant; `None` where there is none at all.
fn load(
    pipeline: &Pipeline,
    lineage: &Lineage,
    named: &Named,
    bucket: Option<&str>,
    prefix: Option<&Keys>,
) -> Result<Option<Load>, String> {
    let all = loads_of(pipeline);
    if all.is_empty() {
        return Ok(None);
    }
    let table = named.table.as_deref().map(TableName::typed);
    let is_read = |load: &Load| {
        let keys = Keys::typed(&load.key);
        // A COPY of the whole bucket reads every prefix.
        let contains = prefix.is_none_or(|prefix| keys.is_ok_and(|keys| keys.contain(prefix)))
            || load.key.is_empty();
        contains && bucket.is_none_or(|bucket| bucket == load.bucket)
    };
    let is_written = |load: &Load, job: &str| {
        let writers = lineage.writers(&load.node);
        writers.is_empty() || writers.contains(job)
    };
    let fits = |load: &&Load| {
        table
            .as_ref()
            .is_none_or(|table| table.matches(&load.table))
            && is_read(load)
            && named.job.as_deref().is_none_or(|job| is_written(load, job))
    };
    let mut found: Vec<&Load> = all.iter().filter(fits).collect();
    // A prefix that no COPY as a whole lies in is told of below, where all else names one COPY.
    let wide = prefix.is_some() && named.table.is_some() && found.is_empty();
    if wide && let Some(table) = &table {
        found = all
            .iter()
            .filter(|load| table.matches(&load.table))
            .collect();
    }
    let kinds: BTreeSet<(&TableName, &str, &str)> = found
        .iter()
        .map(|load| (&load.table, load.bucket.as_str(), load.key.as_str()))
        .collect();
    match (kinds.len(), found.first()) {
        (1, Some(load)) => Ok(Some((*load).clone())),
        (0, _) => Err(format!(
            "no COPY of these files is of {}; there {}",
            named.words(),
            candidates(&all.iter().collect::<Vec<_>>())
        )),
        _ => Err(format!(
            "more than one COPY may be meant, say which with --table and --prefix: there {}",
            candidates(&found)
        )),
    }
}

/// `are `orders` from s3://…/ (load.sql:3), …`
fn candidates(loads: &[&Load]) -> String {
    let one = |load: &&Load| {
        format!(
            "--table {} --prefix s3://{}/{} ({})",
            load.table, load.bucket, load.key, load.place
        )
    };
    let names: BTreeSet<String> = loads.iter().map(one).collect();
    let names: Vec<String> = names.into_iter().collect();
    let verb = match names.len() {
        1 => "is",
        _ => "are",
    };
    format!("{verb} {}", names.join("; "))
}

fn job_names(pipeline: &Pipeline) -> Result<String, String> {
    let names: BTreeSet<&str> = pipeline.jobs.iter().map(|job| job.name.as_str()).collect();
    match names.is_empty() {
        true => Err("there is no Glue job in these files".to_owned()),
        false => Ok(names.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// The job that was named, if one was.
fn said_job<'a>(pipeline: &'a Pipeline, named: &Named) -> Result<Option<&'a Job>, String> {
    let Some(name) = &named.job else {
        return Ok(None);
    };
    let all = job_names(pipeline)?;
    let job = pipeline.jobs.iter().find(|job| job.name == *name);
    let job = job.ok_or_else(|| format!("no job is called `{name}`; there is {all}"));
    job.map(Some)
}

/// The one job that writes what COPY reads.
fn job<'a>(
    pipeline: &'a Pipeline,
    lineage: &Lineage,
    load: Option<&Load>,
) -> Result<&'a Job, String> {
    let all = job_names(pipeline)?;
    let writers = load
        .map(|load| lineage.writers(&load.node))
        .unwrap_or_default();
    let writes = |job: &&Job| writers.contains(job.name.as_str());
    let found: BTreeSet<&str> = pipeline
        .jobs
        .iter()
        .filter(writes)
        .map(|job| job.name.as_str())
        .collect();
    let mut names = found.iter();
    match (names.next(), names.next()) {
        (Some(name), None) => {
            let job = pipeline.jobs.iter().find(|job| job.name == *name);
            job.ok_or_else(|| "there is no Glue job in these files".to_owned())
        }
        (None, _) => Err(format!(
            "the scripts of these files do not tell which job writes what COPY reads, say it \
             with --job: there is {all}"
        )),
        _ => Err(format!(
            "more than one job writes what COPY reads, say which with --job: {}",
            found.into_iter().collect::<Vec<_>>().join(", ")
        )),
    }
}

fn machines(pipeline: &Pipeline, job: &Job) -> Vec<Machine> {
    let names: BTreeSet<&String> = pipeline
        .starts_of(job)
        .filter_map(|start| start.machine.as_ref())
        .collect();
    let named = names.into_iter().map(|name| Machine {
        name: name.clone(),
        is_deployed_so: pipeline
            .machine(name)
            .is_some_and(|machine| machine.name != machine.resource),
    });
    named.collect()
}

/// Rules and schedules of which these files tell that they come to start the job.
fn schedules(pipeline: &Pipeline, job: &Job) -> Vec<String> {
    let told = |trigger: &&Trigger| {
        let mut own = pipeline
            .starts
            .iter()
            .filter(|start| start.place == trigger.place);
        own.any(|start| match &start.what {
            Started::Job(name) => job.is_called(name),
            Started::Machine(name) => pipeline.machine(name).is_some_and(|machine| {
                let mut starts = pipeline.starts_of(job);
                starts.any(|start| start.machine.as_ref() == Some(&machine.name))
            }),
            Started::Unknown => false,
        })
    };
    let all = pipeline.triggers.iter();
    let names: BTreeSet<String> = all
        // A DAG is paused in Airflow.
        .filter(|trigger| matches!(trigger.kind, TriggerKind::Rule | TriggerKind::Schedule))
        .filter(told)
        .map(|trigger| trigger.name.clone())
        .collect();
    names.into_iter().collect()
}

/// What the job writes besides what COPY reads.
fn also(
    lineage: &Lineage,
    job: &str,
    bucket: &str,
    keys: &Keys,
) -> Result<Vec<(String, Keys)>, String> {
    let mut out = Vec::new();
    for text in lineage.written_by(job) {
        let (own, key) = keys::location(text).unwrap_or((bucket, text));
        // Of a place that begins with a variable only the bucket is known.
        let Ok(written) = Keys::typed(key) else {
            continue;
        };
        if own == bucket && (keys.contain(&written) || written.contain(keys)) {
            continue;
        }
        safe(own)?;
        safe(&written.to_string())?;
        out.push((own.to_owned(), written));
    }
    // What lies within another of them goes with it.
    let all = out.clone();
    out.retain(|(bucket, keys)| {
        let holds =
            |(other, wide): &(String, Keys)| other == bucket && wide != keys && wide.contain(keys);
        !all.iter().any(holds)
    });
    Ok(out)
}
