//! What feeds what: S3 prefixes, jobs, tables, columns and the queries that read them.

mod job;
mod order;
mod path;
mod picture;
mod sql;
mod step;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::Pipeline;
use crate::schema::Schema;
use crate::text::SourceFile;
use job::Reading;

pub(super) use path::read_by;
pub use picture::{BOX_WIDTH, HEAD, Line, NodeBox, Picture, ROW, picture};
pub use sql::NotFollowed;
pub use step::{Field, Kind, Node, Origins, Step};

/// How one thing is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// What is in one comes into the other.
    Feeds,
    /// A table has a column.
    Holds,
}

/// The whole of it.
#[derive(Debug, Default)]
pub struct Lineage {
    graph: DiGraph<Node, Edge>,
    places: BTreeMap<Node, NodeIndex>,
    /// Jobs and statements, in the order of the files.
    pub steps: Vec<Step>,
    /// Statements whose names could not be resolved.
    pub not_followed: Vec<NotFollowed>,
}

impl Lineage {
    /// Follows the files of a pipeline, and the queries among its SQL.
    pub fn of(pipeline: &Pipeline) -> Self {
        let read = statements(pipeline);
        let mut steps = jobs(pipeline, &read.schema);
        for step in read.steps {
            // What a script asks for itself, it reads.
            let is_query = step.writes.keys().any(|node| node.kind == Kind::Query);
            match steps
                .iter_mut()
                .find(|job| is_query && step.run_by.contains(&job.name))
            {
                Some(job) => job.reads.extend(step.reads),
                None => steps.push(step),
            }
        }
        for (name, reading) in readings(pipeline) {
            let views = reading.session_views();
            let is_view = |node: &Node| node.kind == Kind::Table && views.contains(&node.name);
            for step in steps
                .iter_mut()
                .filter(|step| step.is_job && step.name == name)
            {
                step.reads.retain(|node| !is_view(node));
            }
        }
        let mut lineage = Self {
            steps,
            not_followed: read.not_followed,
            ..Self::default()
        };
        lineage.run_by(pipeline);
        for step in std::mem::take(&mut lineage.steps) {
            lineage.add(&step);
            lineage.steps.push(step);
        }
        for (before, after) in order::pairs(pipeline) {
            let [before, after] = [before, after].map(|name| Node::new(Kind::Job, name));
            lineage.edge(&before, &after, Edge::Feeds);
        }
        for prefix in &read.prefixes {
            lineage.node(prefix);
        }
        lineage.add_columns(&read.schema);
        lineage.join_prefixes();
        lineage
    }

    /// Which job runs a file of SQL: the one that is given its name as an argument.
    fn run_by(&mut self, pipeline: &Pipeline) {
        for job in &pipeline.jobs {
            let values = job.arguments.values().filter_map(|value| value.known());
            let named: BTreeSet<&str> = values
                .filter_map(|value| value.rsplit('/').next())
                .filter(|name| name.ends_with(".sql"))
                .collect();
            for step in self.steps.iter_mut().filter(|step| !step.is_job) {
                let path = step.name.rsplit_once(':').map_or("", |(path, _)| path);
                let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
                if named.contains(file) {
                    step.run_by.insert(job.name.clone());
                }
            }
        }
    }

    fn node(&mut self, node: &Node) -> NodeIndex {
        let graph = &mut self.graph;
        *self
            .places
            .entry(node.clone())
            .or_insert_with(|| graph.add_node(node.clone()))
    }

    fn edge(&mut self, from: &Node, to: &Node, edge: Edge) {
        // Of a path that begins with a variable nothing is known; a table that is filled from
        // itself is fed by what else there is.
        if from.name.is_empty() || to.name.is_empty() || from == to {
            return;
        }
        let (from, to) = (self.node(from), self.node(to));
        match self.graph.find_edge(from, to) {
            Some(known) if edge == Edge::Feeds => self.graph[known] = edge,
            Some(_) => {}
            None => {
                self.graph.add_edge(from, to, edge);
            }
        }
    }

    fn add(&mut self, step: &Step) {
        if step.is_job {
            let job = Node::new(Kind::Job, &step.name);
            self.node(&job);
            for read in &step.reads {
                self.edge(read, &job, Edge::Feeds);
            }
            for written in step.writes.keys() {
                self.edge(&job, written, Edge::Feeds);
            }
            return;
        }
        for (written, columns) in &step.writes {
            let mut fields: BTreeSet<&Field> = columns.values().flat_map(BTreeMap::keys).collect();
            if written.kind == Kind::Query {
                // A query reads columns also to find its rows; a table of which it reads none, all.
                fields.extend(step.influences.keys());
                for read in &step.reads {
                    if !fields.iter().any(|field| field.of == *read) {
                        self.edge(read, written, Edge::Feeds);
                    }
                }
                for field in fields {
                    self.edge(&field.node(), written, Edge::Feeds);
                }
                continue;
            }
            for read in &step.reads {
                self.edge(read, written, Edge::Feeds);
            }
            for job in &step.run_by {
                self.edge(&Node::new(Kind::Job, job), written, Edge::Feeds);
            }
            for (column, origins) in columns {
                let to = match written.kind {
                    Kind::Table => Field {
                        of: written.clone(),
                        column: Some(column.clone()),
                    }
                    .node(),
                    _ => written.clone(),
                };
                for from in origins.keys() {
                    self.edge(&from.node(), &to, Edge::Feeds);
                }
            }
        }
    }

    /// The columns of every table that something fills or reads.
    fn add_columns(&mut self, schema: &Schema) {
        for (name, table) in &schema.tables {
            let known = Node::new(Kind::Table, name.bare());
            let is_touched = self.places.contains_key(&known);
            for column in &table.columns {
                let column = format!("{}.{}", known.name, column.name.as_str());
                let column = Node::new(Kind::Column, column);
                if is_touched || self.places.contains_key(&column) {
                    self.edge(&known, &column, Edge::Holds);
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
                if path::may_be(short, long) && !self.graph.contains_edge(*from, *to) {
                    self.graph.add_edge(*from, *to, Edge::Feeds);
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

    /// A prefix with its bucket, where others of these files tell the one that it may be.
    pub fn whole_prefix<'n>(&'n self, node: &'n Node) -> &'n str {
        let others = self
            .places
            .keys()
            .filter(|other| other.kind == Kind::Prefix && path::may_be(&node.name, &other.name));
        let mut others = others.map(|other| other.name.as_str());
        match (others.next(), others.next()) {
            (Some(only), None) => only,
            _ => &node.name,
        }
    }

    /// The prefixes that a job writes, as it names them; those of a bucket that is a parameter
    /// are left out.
    pub fn written_by(&self, job: &str) -> BTreeSet<&str> {
        let edges = self.edges().into_iter();
        let written = edges.filter(|(from, to)| {
            from.kind == Kind::Job && from.name == job && to.kind == Kind::Prefix
        });
        let names = written.map(|(_, to)| to.name.as_str());
        names.filter(|name| !name.contains('{')).collect()
    }

    /// All that a thing feeds, or all that feeds it, over any number of steps, with the
    /// number of steps; things whose name is this or ends with it.
    ///
    /// Of a column only what it is made of, where that is known; else all that its table is
    /// filled from.
    pub fn reach(&self, name: &str, feeds: bool) -> Vec<(usize, &Node)> {
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
            for next in self.next(place, feeds) {
                if seen.insert(next) {
                    queue.push_back((steps + 1, next));
                }
            }
        }
        out.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(b.1)));
        out
    }

    /// What comes right after a node, or right before it.
    fn next(&self, place: NodeIndex, feeds: bool) -> Vec<NodeIndex> {
        let direction = match feeds {
            true => Direction::Outgoing,
            false => Direction::Incoming,
        };
        let other = |edge: &petgraph::graph::EdgeReference<'_, Edge>| match feeds {
            true => edge.target(),
            false => edge.source(),
        };
        let edges: Vec<_> = self.graph.edges_directed(place, direction).collect();
        let is_known = edges.iter().any(|edge| *edge.weight() == Edge::Feeds);
        let of_column = self.graph[place].kind == Kind::Column;
        if feeds || !of_column || !is_known {
            return edges.iter().map(other).collect();
        }
        // A column whose origins are known is not made of all that its table has; but the jobs
        // that fill the table fill it.
        let mut out = Vec::new();
        for edge in &edges {
            match edge.weight() {
                Edge::Feeds => out.push(edge.source()),
                Edge::Holds => {
                    let fills = self.graph.neighbors_directed(edge.source(), direction);
                    out.extend(fills.filter(|node| self.graph[*node].kind == Kind::Job));
                }
            }
        }
        out
    }
}

/// Every job with its script; a script that no job names goes by its own name.
fn readings(pipeline: &Pipeline) -> Vec<(&str, Reading<'_>)> {
    let mut out = Vec::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for job in &pipeline.jobs {
        if let Some(script) = pipeline.script_of(job) {
            used.insert(&script.path);
            let reading = Reading {
                script,
                job: Some(job),
            };
            out.push((job.name.as_str(), reading));
        }
    }
    let others = pipeline.scripts.iter();
    for script in others.filter(|script| !used.contains(script.path.as_str())) {
        out.push((script.path.as_str(), Reading { script, job: None }));
    }
    out
}

/// What the files of SQL do, and the SQL in scripts.
fn statements(pipeline: &Pipeline) -> sql::Read {
    let readings = readings(pipeline);
    let mut inside = Vec::new();
    for (name, reading) in &readings {
        for (line, text) in reading.statements() {
            let source = SourceFile::new(reading.script.path.as_str(), text);
            let script = crate::sql::parse(&source);
            inside.push((source, script, line, *name));
        }
    }
    let files = pipeline.sql.iter().map(|(source, script)| sql::File {
        source,
        script,
        first_line: 1,
        job: None,
    });
    let inside = inside.iter().map(|(source, script, line, job)| sql::File {
        source,
        script,
        first_line: *line,
        job: Some(job),
    });
    let files: Vec<sql::File<'_>> = files.chain(inside).collect();
    sql::read(&files)
}

/// What every job does.
fn jobs(pipeline: &Pipeline, schema: &Schema) -> Vec<Step> {
    let readings = readings(pipeline).into_iter();
    let steps = readings.map(|(name, reading)| reading.step(name, schema));
    steps.collect()
}
