//! The statements of SQL files as steps: what each reads and writes, column by column, as the
//! planner's binder resolves their names.
//!
//! A temporary table goes with its session: it is looked through, so that what is written from it
//! comes from what it was filled with.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::path;
use super::step::{Field, Kind, Node, Origins, Step, merge, through};
use crate::name::{ColumnRef, Ident, TableName};
use crate::pipeline::loads::{self, StepKind};
use crate::planner::{self, Change, Influence, PlannerError, Sources};
use crate::schema::{Column, DataType, Schema, SchemaBuilder, Table, TableKind};
use crate::sql::{self, Body, Destination, QueryStatement, Script, Statement};
use crate::text::{SourceFile, Span};

/// Tables and columns that one statement may teach: each is bound again.
const MOST_LEARNED: usize = 2_000;

/// A statement whose columns are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFollowed {
    /// Its file and line.
    pub statement: String,
    /// Why not.
    pub why: String,
}

/// SQL to be read: a file, or a text in a script.
pub(super) struct File<'p> {
    pub source: &'p SourceFile,
    pub script: &'p Script,
    /// The line of the file on which the text begins.
    pub first_line: usize,
    /// The job in whose script it stands.
    pub job: Option<&'p str>,
}

/// What the statements of all files do.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub steps: Vec<Step>,
    pub not_followed: Vec<NotFollowed>,
    /// Prefixes that are read, also into tables that nothing reads.
    pub prefixes: BTreeSet<Node>,
    /// All tables, as the files define them or as their statements use them.
    pub schema: Schema,
}

/// Reads files of SQL.
pub(super) fn read(files: &[File<'_>]) -> Read {
    let mut builder = SchemaBuilder::default();
    for file in files {
        builder.apply(file.script);
    }
    let mut schema = builder.finish();
    schema
        .tables
        .retain(|_, table| table.kind != TableKind::Temporary);
    // A view is a place of its own: what reads it reads no further.
    for table in schema.tables.values_mut() {
        table.query = None;
    }
    let mut reader = Reader {
        read: Read {
            schema,
            ..Read::default()
        },
        passing: HashMap::new(),
    };
    // What tables without DDL have is seen by what reads them: once all were read, it is known.
    for file in files {
        reader.file(file);
    }
    reader.read.steps.clear();
    reader.read.not_followed.clear();
    for file in files {
        reader.file(file);
    }
    reader.read
}

/// What a temporary table was filled with.
#[derive(Debug, Clone, Default)]
struct Passing {
    reads: BTreeSet<Node>,
    columns: BTreeMap<String, Origins>,
    influences: BTreeMap<Field, BTreeSet<Influence>>,
}

struct Reader {
    read: Read,
    passing: HashMap<TableName, Passing>,
}

impl Reader {
    fn file(&mut self, file: &File<'_>) {
        let File { source, script, .. } = file;
        let loads = loads::read(source, script);
        for statement in &script.statements {
            if statement.undoes {
                continue;
            }
            self.define(statement);
            let emptied = loads.steps.iter().find(|step| {
                step.start == statement.span.start
                    && matches!(step.kind, StepKind::Truncate | StepKind::DeleteAll)
            });
            if let Some(step) = emptied {
                self.passing.remove(&TableName::typed(&step.table));
            }
            self.statement(file, statement);
        }
        // Temporary tables are this file's.
        self.passing.clear();
        let tables = &mut self.read.schema.tables;
        tables.retain(|_, table| table.kind != TableKind::Temporary);
    }

    /// Brings in a table that the files as a whole do not have: a temporary one, or one that is
    /// dropped again.
    fn define(&mut self, statement: &Statement) {
        let (name, temporary) = match &statement.body {
            Body::CreateTable(create) => (&create.name.table, create.temporary),
            Body::CreateView(create) => (&create.name.table, false),
            Body::CreateExternalTable(create) => (&create.name.table, false),
            _ => return,
        };
        if !temporary && self.read.schema.resolve(name).is_some() {
            return;
        }
        let mut builder = SchemaBuilder::on(std::mem::take(&mut self.read.schema));
        builder.statement(statement);
        self.read.schema = builder.finish();
        let defined = self.read.schema.lookup(name).found();
        let defined = defined.map(|table| table.name.clone());
        if let Some(table) = defined.and_then(|name| self.read.schema.tables.get_mut(&name)) {
            table.query = None;
        }
    }

    fn statement(&mut self, file: &File<'_>, statement: &Statement) {
        let source = file.source;
        let line = source.line_column(statement.span.start).line + file.first_line - 1;
        let span: Span = statement.span;
        let text = source.text.get(span.start..span.end).unwrap_or_default();
        let mut step = Step {
            name: format!("{}:{line}", source.name),
            sql: Some(text.to_owned()),
            run_by: file.job.map(str::to_owned).into_iter().collect(),
            ..Step::default()
        };
        match &statement.body {
            Body::Copy(copy) => {
                let from = Node::new(Kind::Prefix, path::read_by(copy));
                let columns = copy.columns.iter().map(|(column, _)| column.clone());
                self.loaded(&mut step, from, &copy.table.table, columns.collect());
            }
            Body::CreateExternalTable(create) => {
                let Some((location, _)) = &create.location else {
                    return;
                };
                let from = Node::new(Kind::Prefix, path::beginning_of(location));
                self.loaded(&mut step, from, &create.name.table, Vec::new());
            }
            Body::CreateView(create) => {
                let Some(query) = create.query.query.clone() else {
                    return;
                };
                let names = create.column_names.iter().map(|(name, _)| name.clone());
                let names: Vec<Ident> = names.collect();
                let statement = QueryStatement::from(query);
                let into = Some(&create.name.table);
                self.bound(&mut step, &statement, into, &names);
            }
            _ => {
                let Ok(query) = sql::parse_query(text) else {
                    return;
                };
                let into = query.write.as_ref().and_then(|write| write.target());
                self.bound(&mut step, &query, into, &[]);
            }
        }
        let is_empty = step.reads.is_empty() && step.writes.is_empty();
        if !is_empty {
            self.read.steps.push(step);
        }
    }

    /// COPY and external tables: rows of files, column by column of the table.
    fn loaded(&mut self, step: &mut Step, from: Node, into: &TableName, columns: Vec<Ident>) {
        if from.name.is_empty() {
            return;
        }
        self.learn_written(into, &columns);
        let table = self.read.schema.resolve(into);
        let columns = match (columns.is_empty(), table) {
            (true, Some(table)) => {
                let all = table.columns.iter().chain(&table.partitions);
                all.map(|column| column.name.clone()).collect()
            }
            _ => columns,
        };
        let field = Field {
            of: from.clone(),
            column: None,
        };
        let origins = Origins::from([(field, BTreeSet::from([Change::Identity]))]);
        let columns = columns
            .iter()
            .map(|column| (column.as_str().to_owned(), origins.clone()));
        let columns = columns.collect();
        self.read.prefixes.insert(from.clone());
        step.reads.insert(from);
        self.write(step, Some(into), columns);
    }

    /// A statement with a query.
    fn bound(
        &mut self,
        step: &mut Step,
        statement: &QueryStatement,
        into: Option<&TableName>,
        names: &[Ident],
    ) {
        let sources = match self.sources(statement) {
            Ok(sources) => sources,
            Err(error) => {
                self.read.not_followed.push(NotFollowed {
                    statement: step.name.clone(),
                    why: error.to_string(),
                });
                self.by_names(step, into);
                return;
            }
        };
        for table in &sources.tables {
            step.reads.extend(self.reads_of(table));
        }
        let mut columns: BTreeMap<String, Origins> = BTreeMap::new();
        let mut made: Vec<Ident> = Vec::new();
        for (at, column) in sources.columns.iter().enumerate() {
            let name = names.get(at).unwrap_or(&column.name);
            let all = columns.entry(name.as_str().to_owned()).or_default();
            for (from, changes) in &column.origins {
                merge(all, through(&self.origins_of(from), changes));
            }
            if !made.contains(name) {
                made.push(name.clone());
            }
        }
        let inputs: Vec<&TableName> = sources.tables.iter().collect();
        for (column, influences) in &sources.influences {
            for field in self.origins_of(column).into_keys() {
                step.influences.entry(field).or_default().extend(influences);
            }
        }
        for table in inputs {
            if let Some(passing) = self.passing.get(table) {
                for (field, influences) in &passing.influences {
                    step.influences
                        .entry(field.clone())
                        .or_default()
                        .extend(influences);
                }
            }
        }
        match statement.write.as_ref().map(|write| (&write.into, write)) {
            Some((Destination::Files(prefix), _)) => {
                let prefix = path::beginning_of(prefix);
                if prefix.is_empty() {
                    step.reads.clear();
                    return;
                }
                step.writes.insert(Node::new(Kind::Prefix, prefix), columns);
            }
            // What is deleted goes nowhere.
            Some((_, write)) if write.kind == sql::WriteKind::Delete => step.reads.clear(),
            None if into.is_none() => {
                // A query for people: it is no step of what fills tables, but reads columns.
                step.writes
                    .insert(Node::new(Kind::Query, step.name.clone()), columns);
            }
            _ => {
                if let Some(into) = into {
                    self.learn_written(into, &made);
                    let creates = statement
                        .write
                        .as_ref()
                        .is_none_or(|write| write.kind.creates());
                    if creates && sources.is_complete {
                        self.complete(into, made.len());
                    }
                }
                self.write(step, into, columns);
            }
        }
    }

    /// A statement whose names can't be resolved: its tables by what stands after FROM, JOIN and
    /// USING, and no columns.
    fn by_names(&mut self, step: &mut Step, into: Option<&TableName>) {
        let text = step.sql.clone().unwrap_or_default();
        for name in loads::sources(&text) {
            let known = self.read.schema.resolve(&TableName::typed(&name));
            if let Some(name) = known.map(|table| table.name.clone()) {
                step.reads.extend(self.reads_of(&name));
            }
        }
        match into {
            Some(_) => self.write(step, into, BTreeMap::new()),
            None => {
                let query = Node::new(Kind::Query, step.name.clone());
                step.writes.insert(query, BTreeMap::new());
            }
        }
    }

    /// Binds a statement; what the DDL lacks is taken to be as the statement uses it.
    fn sources(&mut self, statement: &QueryStatement) -> Result<Sources, PlannerError> {
        for _ in 0..MOST_LEARNED {
            let error = match planner::sources(statement, &self.read.schema) {
                Ok(sources) => return Ok(sources),
                Err(error) => error,
            };
            let is_new = match error.cause() {
                PlannerError::UnknownTable { name, .. } => {
                    self.learn(&TableName::typed(name), None)
                }
                PlannerError::UnknownColumn { name, of, .. } => {
                    let name = name.rsplit('.').next().unwrap_or(name);
                    let mut is_new = false;
                    for table in of {
                        is_new |= self.learn(table, Some(&Ident::exact(name)));
                    }
                    is_new
                }
                _ => false,
            };
            if !is_new {
                return Err(error);
            }
        }
        planner::sources(statement, &self.read.schema)
    }

    /// Takes in a table that no DDL defines, or a column of one that is not known as a whole;
    /// whether that is new.
    fn learn(&mut self, table: &TableName, column: Option<&Ident>) -> bool {
        let resolved = self
            .read
            .schema
            .resolve(table)
            .map(|table| table.name.clone());
        let is_new = resolved.is_none();
        let name = resolved.unwrap_or_else(|| table.clone());
        let tables = &mut self.read.schema.tables;
        let known = tables.entry(name.clone()).or_insert_with(|| {
            let mut table = Table::empty(name, (usize::MAX, Span::default()));
            table.columns_known = false;
            table
        });
        let Some(column) = column else {
            return is_new;
        };
        if known.columns_known || known.column(column).is_some() {
            return is_new;
        }
        known.columns.push(Column {
            name: column.clone(),
            data_type: DataType::Other("unknown".to_owned()),
            encoding: None,
            not_null: false,
            identity: false,
            default: None,
            span: Span::default(),
        });
        true
    }

    /// The columns of a table, as far as a statement that writes them tells.
    fn learn_written(&mut self, table: &TableName, columns: &[Ident]) {
        self.learn(table, None);
        for column in columns {
            self.learn(table, Some(column));
        }
    }

    /// A table or view that was made of a query has the query's columns, and no others.
    fn complete(&mut self, table: &TableName, columns: usize) {
        let name = self
            .read
            .schema
            .resolve(table)
            .map(|table| table.name.clone());
        let table = name.and_then(|name| self.read.schema.tables.get_mut(&name));
        if let Some(table) = table.filter(|table| table.columns.len() == columns) {
            table.columns_known = true;
        }
    }

    fn reads_of(&self, table: &TableName) -> BTreeSet<Node> {
        if table.is_redshifts_own() {
            return BTreeSet::new();
        }
        match self.is_temporary(table) {
            true => {
                let passing = self.passing.get(table);
                passing.map_or_else(BTreeSet::new, |passing| passing.reads.clone())
            }
            false => BTreeSet::from([Node::new(Kind::Table, table.bare())]),
        }
    }

    fn origins_of(&self, column: &ColumnRef) -> Origins {
        let table = &column.table;
        if table.is_redshifts_own() {
            return Origins::new();
        }
        if self.is_temporary(table) {
            let passing = self.passing.get(table);
            let columns = passing.and_then(|passing| passing.columns.get(column.column.as_str()));
            return columns.cloned().unwrap_or_default();
        }
        let field = Field {
            of: Node::new(Kind::Table, table.bare()),
            column: Some(column.column.as_str().to_owned()),
        };
        Origins::from([(field, BTreeSet::from([Change::Identity]))])
    }

    fn is_temporary(&self, table: &TableName) -> bool {
        let known = self.read.schema.tables.get(table);
        known.is_some_and(|table| table.kind == TableKind::Temporary)
    }

    /// Rows into a table; into a temporary one they only pass.
    fn write(
        &mut self,
        step: &mut Step,
        into: Option<&TableName>,
        columns: BTreeMap<String, Origins>,
    ) {
        let Some(into) = into else { return };
        let known = self.read.schema.resolve(into);
        let into = known.map_or_else(|| into.clone(), |table| table.name.clone());
        if !self.is_temporary(&into) {
            step.writes
                .insert(Node::new(Kind::Table, into.bare()), columns);
            return;
        }
        let passing = self.passing.entry(into).or_default();
        passing.reads.extend(std::mem::take(&mut step.reads));
        for (column, origins) in columns {
            merge(passing.columns.entry(column).or_default(), origins);
        }
        for (field, influences) in std::mem::take(&mut step.influences) {
            passing
                .influences
                .entry(field)
                .or_default()
                .extend(influences);
        }
    }
}
