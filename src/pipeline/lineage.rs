//! What feeds what: S3 prefixes, jobs, tables, columns and the queries that read them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::Serialize;

use super::script::{Argument, Call, Script};
use super::{Pipeline, loads};
use crate::cluster::Cluster;
use crate::name::TableName;
use crate::plan::Plan;
use crate::planner;
use crate::schema::{Schema, SchemaBuilder};
use crate::sql::{self, Body, Copy};
use crate::stats::Stats;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A prefix of S3.
    Prefix,
    /// A Glue job, or a script that no job names.
    Job,
    /// A table.
    Table,
    /// A column.
    Column,
    /// A query.
    Query,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Prefix => "prefix",
            Kind::Job => "job",
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::Query => "query",
        }
    }
}

/// One thing that feeds another or is fed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// The whole of it.
#[derive(Debug, Default)]
pub struct Lineage {
    graph: DiGraph<Node, ()>,
    places: BTreeMap<Node, NodeIndex>,
}

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

impl Lineage {
    /// Follows the files of a pipeline, and the queries among its SQL.
    pub fn of(pipeline: &Pipeline) -> Self {
        let mut lineage = Self::default();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for job in &pipeline.jobs {
            if let Some(script) = pipeline.script_of(job) {
                used.insert(&script.path);
                lineage.add_script(&job.name, script);
            }
        }
        for script in pipeline
            .scripts
            .iter()
            .filter(|script| !used.contains(script.path.as_str()))
        {
            lineage.add_script(&script.path, script);
        }
        let mut builder = SchemaBuilder::default();
        for (_, script) in &pipeline.sql {
            builder.apply(script);
        }
        let schema = builder.finish();
        for (source, script) in &pipeline.sql {
            let loads = loads::read(source, script);
            for statement in &script.statements {
                if let Body::Copy(copy) = &statement.body {
                    let prefix = read_by(copy);
                    for table in loads.targets(statement.span.start) {
                        let table = TableName::typed(table);
                        lineage.edge((Kind::Prefix, &prefix), (Kind::Table, &table.name));
                    }
                }
            }
            lineage.add_queries(source, script, &schema);
        }
        lineage.add_columns(&schema);
        lineage.join_prefixes();
        lineage
    }

    fn node(&mut self, kind: Kind, name: &str) -> NodeIndex {
        let node = Node {
            kind,
            name: name.to_owned(),
        };
        let graph = &mut self.graph;
        *self
            .places
            .entry(node.clone())
            .or_insert_with(|| graph.add_node(node))
    }

    fn edge(&mut self, from: (Kind, &str), to: (Kind, &str)) {
        // Of a path that begins with a variable nothing is known.
        if from.1.is_empty() || to.1.is_empty() {
            return;
        }
        let (from, to) = (self.node(from.0, from.1), self.node(to.0, to.1));
        if !self.graph.contains_edge(from, to) {
            self.graph.add_edge(from, to, ());
        }
    }

    fn add_script(&mut self, name: &str, script: &Script) {
        self.node(Kind::Job, name);
        for call in &script.calls {
            let spark_reads = call.name.contains(".read.");
            let spark_writes =
                call.name.contains(".write.") || call.name.contains("write_dynamic_frame");
            let reads = spark_reads || script.reaches(&call.name, READS);
            let writes = spark_writes || script.reaches(&call.name, WRITES);
            for path in call.all().filter_map(path_of) {
                let prefix = prefix_of(&path);
                // A function that does both is called for what it writes.
                match (reads && !writes, writes) {
                    (true, _) => self.edge((Kind::Prefix, &prefix), (Kind::Job, name)),
                    (_, true) => self.edge((Kind::Job, name), (Kind::Prefix, &prefix)),
                    _ => {}
                }
            }
        }
        // A key that is put together before it is used.
        for (variable, value) in &script.assigned {
            let Some(path) = path_of(value) else { continue };
            let uses = |call: &&Call| call.all().any(|argument| argument.names.contains(variable));
            let prefix = prefix_of(&path);
            for call in script.calls.iter().filter(uses) {
                if script.reaches(&call.name, WRITES) {
                    self.edge((Kind::Job, name), (Kind::Prefix, &prefix));
                }
            }
        }
    }

    fn add_queries(
        &mut self,
        source: &crate::text::SourceFile,
        script: &sql::Script,
        schema: &Schema,
    ) {
        let shape = Cluster::default().shape();
        for statement in &script.statements {
            let text = &source.text[statement.span.start..statement.span.end];
            let Ok(query) = sql::parse_query(text) else {
                continue;
            };
            let line = source.line_column(statement.span.start).line;
            let name = format!("{}:{line}", source.name);
            let Ok(planned) = planner::plan(&query, schema, &Stats::default(), shape) else {
                continue;
            };
            for table in tables_of(&planned.plan) {
                // What is no table of the schema is one that Redshift makes for the query.
                let Some(known) = schema.resolve(&table) else {
                    continue;
                };
                let table = table.name.as_str();
                let words: BTreeSet<String> = text
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .map(str::to_lowercase)
                    .collect();
                let read: Vec<&str> = known
                    .columns
                    .iter()
                    .map(|column| column.name.as_str())
                    .filter(|column| words.contains(*column))
                    .collect();
                if read.is_empty() {
                    self.edge((Kind::Table, table), (Kind::Query, &name));
                }
                for column in read {
                    let column = format!("{table}.{column}");
                    self.edge((Kind::Column, &column), (Kind::Query, &name));
                }
            }
        }
    }

    fn add_columns(&mut self, schema: &Schema) {
        for (name, table) in &schema.tables {
            let known = Node {
                kind: Kind::Table,
                name: name.name.as_str().to_owned(),
            };
            let loaded = self.places.contains_key(&known);
            for column in &table.columns {
                let column = format!("{}.{}", name.name.as_str(), column.name.as_str());
                let read = self.places.contains_key(&Node {
                    kind: Kind::Column,
                    name: column.clone(),
                });
                if loaded || read {
                    self.edge((Kind::Table, &name.name), (Kind::Column, &column));
                }
            }
        }
    }

    /// A job writes `clean/orders`, COPY reads `s3://lake/clean/orders`: one ends with
    /// the other.
    fn join_prefixes(&mut self) {
        let prefixes: Vec<(String, NodeIndex)> = self
            .places
            .iter()
            .filter(|(node, _)| node.kind == Kind::Prefix)
            .map(|(node, place)| (node.name.clone(), *place))
            .collect();
        for (short, from) in &prefixes {
            for (long, to) in &prefixes {
                let ends = long
                    .strip_suffix(short.as_str())
                    .is_some_and(|rest| rest.ends_with('/'));
                if ends && !self.graph.contains_edge(*from, *to) {
                    self.graph.add_edge(*from, *to, ());
                }
            }
        }
    }

    /// Every pair of what feeds and what is fed, in order.
    pub fn edges(&self) -> Vec<(&Node, &Node)> {
        let edges = self.graph.edge_indices().filter_map(|edge| {
            let (from, to) = self.graph.edge_endpoints(edge)?;
            Some((&self.graph[from], &self.graph[to]))
        });
        let mut edges: Vec<_> = edges.collect();
        edges.sort();
        edges
    }

    /// The jobs that write below a prefix: named as it is or as a part of it that a job names
    /// without the bucket.
    pub fn writers(&self, prefix: &str) -> BTreeSet<&str> {
        let prefix = prefix.trim_end_matches('/');
        let of = |place: NodeIndex| self.graph.neighbors_directed(place, Direction::Incoming);
        let places = self.places.iter().filter(|(node, _)| {
            node.kind == Kind::Prefix && node.name.trim_end_matches('/') == prefix
        });
        let places: Vec<NodeIndex> = places.map(|(_, place)| *place).collect();
        let joined = places.iter().flat_map(|place| of(*place));
        let joined = joined.filter(|place| self.graph[*place].kind == Kind::Prefix);
        let all: Vec<NodeIndex> = places.iter().copied().chain(joined).collect();
        let jobs = all.into_iter().flat_map(of).map(|place| &self.graph[place]);
        let jobs = jobs.filter(|node| node.kind == Kind::Job);
        jobs.map(|node| node.name.as_str()).collect()
    }

    /// The prefixes that a job writes, as it names them.
    pub fn written_by(&self, job: &str) -> BTreeSet<&str> {
        let edges = self.edges().into_iter();
        let written = edges.filter(|(from, to)| {
            from.kind == Kind::Job && from.name == job && to.kind == Kind::Prefix
        });
        written.map(|(_, to)| to.name.as_str()).collect()
    }

    /// All that a thing feeds, or all that feeds it, over any number of steps, with the
    /// number of steps; things whose name is this or ends with it.
    pub fn reach(&self, name: &str, feeds: bool) -> Vec<(usize, &Node)> {
        let direction = match feeds {
            true => Direction::Outgoing,
            false => Direction::Incoming,
        };
        let wanted = name.trim_end_matches('/').to_lowercase();
        let is = |node: &Node| {
            let name = node.name.to_lowercase();
            name == wanted
                || name
                    .strip_suffix(&wanted)
                    .is_some_and(|rest| rest.ends_with(['/', '.']))
        };
        let starts = self
            .graph
            .node_indices()
            .filter(|place| is(&self.graph[*place]));
        let mut queue: VecDeque<(usize, NodeIndex)> = starts.map(|place| (0, place)).collect();
        let mut seen: BTreeSet<NodeIndex> = queue.iter().map(|(_, place)| *place).collect();
        let mut out = Vec::new();
        while let Some((steps, place)) = queue.pop_front() {
            out.push((steps, &self.graph[place]));
            for next in self.graph.neighbors_directed(place, direction) {
                if seen.insert(next) {
                    queue.push_back((steps + 1, next));
                }
            }
        }
        out.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(b.1)));
        out
    }
}

fn tables_of(plan: &Plan) -> BTreeSet<TableName> {
    let scans = plan.nodes.iter().filter(|node| node.operator.is_scan());
    scans.filter_map(crate::plan::Node::table_name).collect()
}

/// A text that is a location or a key: parts between slashes, without blanks.
fn path_of(argument: &Argument) -> Option<String> {
    let text = argument.text.as_deref()?;
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fine = text.contains('/') && !text.contains(char::is_whitespace) && begins;
    fine.then(|| text.to_owned())
}

/// The folder that a COPY reads: of a manifest and of a file the one that it lies in. What
/// ends with neither a slash nor a file is the beginning of keys, and stays whole.
pub(super) fn read_by(copy: &Copy) -> String {
    let from = copy.from.0.trim_matches('\'');
    let last = from.rsplit('/').next().unwrap_or_default();
    let whole = !from.ends_with('/') && !last.contains('.') && copy.parameter("MANIFEST").is_none();
    match whole {
        true => prefix_of(&format!("{from}/")),
        false => prefix_of(from),
    }
}

/// A location up to its first partition, variable or file.
fn prefix_of(path: &str) -> String {
    let (scheme, rest) = match path.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), path),
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['=', '{']));
    let mut kept: Vec<&str> = fixed.copied().collect();
    // What is left of a whole path ends with a file, or with nothing after a slash.
    if kept.len() == parts.len() {
        kept.pop();
    }
    format!("{scheme}{}", kept.join("/"))
}
