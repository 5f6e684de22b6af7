//! The tables as the statements of a script leave them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::name::TableName;
use crate::plan::{Plan, Writes};
use crate::schema::{Schema, SchemaBuilder};
use crate::sql::{Body, Destination, Statement, WriteKind};
use crate::stats::Stats;

/// Tables and statistics, changed by the statements of a script.
pub(super) struct Made<'a> {
    schema: Cow<'a, Schema>,
    stats: Cow<'a, Stats>,
    /// The tables that the script creates, and the line that wrote to each last.
    tables: BTreeMap<TableName, Option<usize>>,
}

impl<'a> Made<'a> {
    /// As the DDL and the statistics have them.
    pub(super) fn new(schema: &'a Schema, stats: &'a Stats) -> Self {
        Self {
            schema: Cow::Borrowed(schema),
            stats: Cow::Borrowed(stats),
            tables: BTreeMap::new(),
        }
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(super) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Applies a statement that defines, alters or drops tables.
    pub(super) fn apply(&mut self, statement: &Statement) {
        let created = match &statement.body {
            Body::CreateTable(table) => Some(&table.name.table),
            Body::CreateView(view) => Some(&view.name.table),
            Body::CreateExternalTable(_)
            | Body::AlterTable(_)
            | Body::Drop(_)
            | Body::SearchPath(_)
            | Body::CaseSensitive(_) => None,
            _ => return,
        };
        let mut builder = SchemaBuilder::on(self.schema.clone().into_owned());
        builder.statement(statement);
        self.schema = Cow::Owned(builder.finish());
        if let Some(table) = created.and_then(|name| self.schema.resolve(name)) {
            self.tables.insert(table.name.clone(), None);
        }
    }

    /// Counts the rows that a statement is planned to write to a table that the script creates,
    /// unless the statistics know the table.
    pub(super) fn written(&mut self, writes: &Writes, line: usize) {
        let Destination::Table(name) = &writes.into else {
            return;
        };
        let Some(name) = self.schema.resolve(name).map(|table| table.name.clone()) else {
            return;
        };
        let Some(last) = self.tables.get_mut(&name) else {
            return;
        };
        let known = self.stats.table(&name).and_then(|stats| stats.rows);
        if known.is_some() && last.is_none() {
            return;
        }
        *last = Some(line);
        let rows = known.unwrap_or(0.0)
            + match writes.kind {
                WriteKind::Update => 0.0,
                WriteKind::Delete => -writes.deleted,
                _ => writes.rows,
            };
        let stats = self.stats.to_mut().tables.entry(name).or_default();
        stats.rows = Some(rows.max(0.0));
    }

    /// What is taken for granted of the tables that the script makes and a plan reads.
    pub(super) fn assumed(&self, plan: &Plan) -> Vec<String> {
        let mut out = Vec::new();
        for (name, line) in &self.tables {
            let reads = |table: TableName| {
                let table = self.schema.resolve(&table);
                table.is_some_and(|table| table.name == *name)
            };
            let is_read = plan
                .nodes
                .iter()
                .filter_map(|node| node.table_name())
                .any(reads);
            let rows = self.stats.table(name).and_then(|stats| stats.rows);
            if let (true, Some(line), Some(rows)) = (is_read, line, rows) {
                out.push(format!(
                    "`{name}` is taken to have the {} rows that the script is planned to have \
                     written to it by line {line}.",
                    crate::text::units::count(rows.round())
                ));
            }
        }
        out
    }
}
