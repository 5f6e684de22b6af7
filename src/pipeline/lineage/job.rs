//! What a job's script reads and writes: paths of S3, tables of Redshift and of the Data Catalog.

use std::collections::BTreeSet;

use super::path::prefix_of;
use super::step::{Kind, Node, Step};
use crate::name::TableName;
use crate::pipeline::script::{Argument, Call, Script};
use crate::pipeline::{Job, template};
use crate::schema::Schema;

/// Calls that read objects or tables of the lake.
const READS: &[&str] = &[
    "get_object",
    "list_objects_v2",
    "list_objects",
    "get_paginator",
    "paginate",
    "download_file",
    "spark.read",
    "from_options",
    "from_catalog",
];
/// Calls that write them.
const WRITES: &[&str] = &["put_object", "upload_file", "upload_fileobj", "copy_object"];

/// Options that name a place which is no data: what Spark and Glue use on the way, or keep.
const BESIDE: &[&str] = &[
    "redshifttmpdir",
    "redshift_tmp_dir",
    "tempdir",
    "temp_dir",
    "checkpointlocation",
    "s3_additional_kwargs",
    "aws_iam_role",
    "iam_role",
];

/// Calls whose first argument is SQL.
const RUNS: &[&str] = &[
    "execute",
    "executemany",
    "run_query",
    "read_sql_query",
    "unload",
    "unload_to_files",
    "sql",
];
/// Options and arguments that are SQL.
const SQL: &[&str] = &["sql", "sqls", "query", "preactions", "postactions"];
/// How SQL begins that reads or writes rows.
const BEGINS: &[&str] = &[
    "begin", "begin;", "copy", "create", "delete", "drop", "insert", "merge", "select", "truncate",
    "unload", "update", "with",
];

/// A script with what its job is started with.
pub(super) struct Reading<'p> {
    pub script: &'p Script,
    pub job: Option<&'p Job>,
}

impl Reading<'_> {
    /// What the job does, under a name.
    pub(super) fn step(&self, name: &str, schema: &Schema) -> Step {
        let mut step = Step {
            name: name.to_owned(),
            is_job: true,
            ..Step::default()
        };
        for call in &self.script.calls {
            self.call(call, schema, &mut step);
        }
        self.assembled(&mut step);
        step
    }

    /// The SQL that it gives to Redshift or Spark, each with its line.
    pub(super) fn statements(&self) -> Vec<(usize, String)> {
        let mut out: Vec<(usize, String)> = Vec::new();
        for call in &self.script.calls {
            let runs = RUNS.contains(&call.method());
            for (key, values) in self.given(call) {
                let is_sql = SQL.contains(&key.to_lowercase().as_str());
                for text in values
                    .into_iter()
                    .filter(|_| runs && key.is_empty() || is_sql)
                {
                    let word = text.split_whitespace().next().unwrap_or_default();
                    let begins = BEGINS.iter().any(|known| known.eq_ignore_ascii_case(word));
                    if begins && !out.iter().any(|(_, known)| *known == text) {
                        out.push((call.line, text));
                    }
                }
            }
        }
        out
    }

    /// Names that are views of a Spark session.
    pub(super) fn session_views(&self) -> BTreeSet<String> {
        let calls = self.script.calls.iter();
        let makes = calls.filter(|call| call.method().ends_with("TempView"));
        let names = makes.filter_map(|call| call.arguments.first()?.text.clone());
        names.map(|name| name.to_lowercase()).collect()
    }

    fn call(&self, call: &Call, schema: &Schema, step: &mut Step) {
        let name = call.name.as_str();
        let spark_writes = [
            ".write.",
            ".writeStream.",
            "write_dynamic_frame",
            "getSink",
            "setCatalogInfo",
            "to_parquet",
            "to_sql",
        ]
        .iter()
        .any(|part| name.contains(part))
            || name.ends_with("redshift.copy");
        let spark_reads = [
            ".read.",
            ".readStream.",
            "create_dynamic_frame",
            "create_data_frame",
            "read_parquet",
        ]
        .iter()
        .any(|part| name.contains(part))
            || name.ends_with("spark.table");
        let reads = spark_reads || self.script.reaches(name, READS);
        let writes = spark_writes || self.script.reaches(name, WRITES);
        // A function that does both is called for what it writes.
        let is_write = match (reads, writes) {
            (_, true) => true,
            (true, false) => false,
            _ => return,
        };
        for (key, values) in self.given(call) {
            if BESIDE.contains(&key.to_lowercase().as_str()) {
                continue;
            }
            for value in values {
                take(step, schema, &key, &value, is_write);
            }
        }
        for table in self.tables(call) {
            touch(step, table, is_write);
        }
    }

    /// What a call is given, by the name of the argument or option; by position without one.
    fn given(&self, call: &Call) -> Vec<(String, Vec<String>)> {
        let mut out: Vec<(String, Vec<String>)> = Vec::new();
        // `option("dbtable", "orders")`.
        if let ("option", [key, value]) = (call.method(), call.arguments.as_slice()) {
            let key = key.text.clone().unwrap_or_default();
            return vec![(key, self.values(value))];
        }
        for argument in &call.arguments {
            out.push((String::new(), self.values(argument)));
        }
        for (key, argument) in &call.keywords {
            let entries = self.entries(argument);
            match entries.is_empty() {
                true => out.push((key.clone(), self.values(argument))),
                false => {
                    let resolve = |values: Vec<String>| -> Vec<String> {
                        let values = values.iter().flat_map(|value| self.resolved(value));
                        values.collect()
                    };
                    out.extend(
                        entries
                            .into_iter()
                            .map(|(key, values)| (key, resolve(values))),
                    );
                }
            }
        }
        out
    }

    /// The entries of an argument that is a dictionary, or a variable for one.
    fn entries(&self, argument: &Argument) -> Vec<(String, Vec<String>)> {
        let own = template::entries(&argument.source);
        if !own.is_empty() {
            return own;
        }
        let assigned = self.script.assigned.iter();
        let mut same = assigned.filter(|(name, _)| *name == argument.source);
        same.next_back()
            .map_or_else(Vec::new, |(_, value)| template::entries(&value.source))
    }

    fn values(&self, argument: &Argument) -> Vec<String> {
        let values = template::values(&argument.source);
        values
            .iter()
            .flat_map(|value| self.resolved(value))
            .collect()
    }

    /// A text with its parameters put in, as far as the script or the job's arguments tell: a
    /// variable of several values gives several.
    fn resolved(&self, text: &str) -> Vec<String> {
        let mut done = BTreeSet::new();
        let mut out = vec![text.to_owned()];
        // A variable may be made of another; a text that leads to itself stays as it is.
        for _ in 0..4 {
            let mut next = Vec::new();
            for text in &out {
                let name = names_in(text).find(|name| !done.contains(*name));
                let Some(name) = name.map(str::to_owned) else {
                    next.push(text.clone());
                    continue;
                };
                let values = self.value_of(&name);
                done.insert(name.clone());
                match values.is_empty() || values.len() > 8 {
                    true => next.push(text.clone()),
                    false => next.extend(
                        values
                            .iter()
                            .map(|value| text.replace(&format!("{{{name}}}"), value)),
                    ),
                }
            }
            out = next;
        }
        out
    }

    /// The values of a variable, or of an argument of the job.
    fn value_of(&self, name: &str) -> Vec<String> {
        let assigned = self.script.assigned.iter().filter(|(own, _)| own == name);
        let own = format!("{{{name}}}");
        let values = assigned.flat_map(|(_, value)| template::values(&value.source));
        let mut values: Vec<String> = values.filter(|value| *value != own).collect();
        values.dedup();
        if !values.is_empty() {
            return values;
        }
        let argument = self.job.and_then(|job| {
            let dashed = name.replace('_', "-");
            let arguments = &job.arguments;
            let found = arguments.get(&format!("--{name}"));
            found.or_else(|| arguments.get(&format!("--{dashed}")))
        });
        let known = argument.and_then(|argument| argument.known());
        known.cloned().into_iter().collect()
    }

    /// Tables that a call names otherwise than by an option: those of the catalog.
    fn tables(&self, call: &Call) -> Vec<Node> {
        let keyword = |name: &str| {
            let argument = call.keyword(name)?;
            self.values(argument).into_iter().next()
        };
        let first = || {
            let argument = call.arguments.first()?;
            self.values(argument).into_iter().next()
        };
        let in_catalog = keyword("table_name").or_else(|| keyword("catalogTableName"));
        let database = keyword("database").or_else(|| keyword("catalogDatabase"));
        let mut out = Vec::new();
        if let Some(table) = in_catalog.filter(|table| !table.is_empty()) {
            let name = match database {
                Some(database) => format!("{database}.{table}"),
                None => table,
            };
            out.push(Node::new(Kind::Table, name));
        }
        if let "table" | "saveAsTable" | "insertInto" = call.method() {
            let table = first().filter(|table| !table.contains('/'));
            out.extend(table.map(|table| Node::new(Kind::Table, table)));
        }
        out
    }

    /// A key that is put together before it is used.
    fn assembled(&self, step: &mut Step) {
        for (variable, value) in &self.script.assigned {
            let Some(text) = &value.text else { continue };
            let uses = |call: &&Call| call.all().any(|argument| argument.names.contains(variable));
            let writes = |call: &Call| self.script.reaches(&call.name, WRITES);
            if !self.script.calls.iter().filter(uses).any(writes) {
                continue;
            }
            for prefix in self.resolved(text).iter().filter_map(|text| path_in(text)) {
                touch(step, Node::new(Kind::Prefix, prefix), true);
            }
        }
    }
}

/// One value of an argument: a path, or the table of an option.
fn take(step: &mut Step, schema: &Schema, key: &str, value: &str, is_write: bool) {
    match key.to_lowercase().as_str() {
        "dbtable" | "table" if !value.trim_start().starts_with('(') => {
            touch(step, table(schema, value), is_write);
        }
        "database" | "table_name" | "catalogtablename" | "catalogdatabase" => {}
        "preactions" | "postactions" | "query" | "sql" => {}
        _ => {
            if let Some(prefix) = path_in(value) {
                touch(step, Node::new(Kind::Prefix, prefix), is_write);
            }
        }
    }
}

/// A table of Redshift under the name that the DDL has for it.
fn table(schema: &Schema, written: &str) -> Node {
    let name = TableName::typed(written);
    let known = schema.resolve(&name);
    let name = known.map_or_else(|| name.clone(), |table| table.name.clone());
    Node::new(Kind::Table, name.bare())
}

fn touch(step: &mut Step, node: Node, is_write: bool) {
    match is_write {
        true => {
            step.writes.entry(node).or_default();
        }
        false => {
            step.reads.insert(node);
        }
    }
}

/// The parameters that a text leaves open.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('{').skip(1);
    let names = parts.filter_map(|part| part.split_once('}'));
    names.map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// The prefix of a text that is a location or a key: parts between slashes, without blanks.
fn path_in(text: &str) -> Option<String> {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fine = text.contains('/') && !text.contains(char::is_whitespace) && begins;
    let schemes = ["s3://", "s3a://", "s3n://"];
    let text = match text.split_once("://") {
        Some((scheme, rest)) if schemes.contains(&format!("{scheme}://").as_str()) => {
            format!("s3://{rest}")
        }
        // `jdbc:redshift://…` and other services are no prefixes.
        Some(_) => return None,
        None => text.to_owned(),
    };
    let prefix = fine.then(|| prefix_of(&text))?;
    (!prefix.is_empty()).then_some(prefix)
}
