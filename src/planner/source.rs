//! Relations of a FROM clause: tables, views, CTEs and subqueries, with the scans
//! that read them.

use sqlparser::ast::{self, TableFactor};

use crate::name::{Ident, Resolved};
use crate::schema::{Column, DataType, Table};
use crate::stats::TableStats;

use super::expr::ColumnId;
use super::names::{folded, name_parts};
use super::rel::Dist;
use super::relations::Leaf;
use super::scope::{ColumnInfo, Scope, Source, nearest};
use super::{Planner, PlannerError};
use crate::thresholds::DEFAULT_TEXT_BYTES as FULL_TEXT;

/// Rows of a table that nothing is known of, and the factor that they may be
/// wrong by either way. No default is documented for native tables.
pub(super) const UNKNOWN_ROWS: f64 = 1e6;
/// PostgreSQL's guess at the average length of a VARCHAR that nothing is known of:
/// all of [`FULL_TEXT`], half of what is beyond, at most this.
const LONGEST_TEXT: f64 = 1000.0;

impl<'a> Planner<'a> {
    /// A relation of a FROM clause and the names it brings into scope.
    pub(super) fn leaf(
        &mut self,
        factor: &'a TableFactor,
        parent: Option<&Scope<'_>>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => self.named(name, alias.as_ref()),
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let name = alias
                    .as_ref()
                    .map_or_else(|| "derived_table".to_owned(), |a| folded(&a.name));
                self.derived(subquery, name, alias.as_ref(), parent)
            }
            other => Err(PlannerError::unsupported("this item of FROM", other)),
        }
    }

    fn named(
        &mut self,
        name: &'a ast::ObjectName,
        alias: Option<&'a ast::TableAlias>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        let parts = name_parts(name);
        let bare = parts.last().cloned().unwrap_or_default();
        let called = alias.map_or_else(|| bare.clone(), |alias| folded(&alias.name));
        if let ([only], Some(at)) = (
            parts.as_slice(),
            self.ctes.iter().rposition(|(cte, _)| *cte == bare),
        ) {
            let query = self.ctes[at].1;
            debug_assert_eq!(only, &bare);
            // A CTE sees only those defined before it.
            let later = self.ctes.split_off(at);
            let planned = self.derived(query, called, alias, None);
            self.ctes.extend(later);
            return planned;
        }
        let table = match self.schema.lookup(&crate::sql::table_name(name)) {
            Resolved::Found(_, table) => table,
            Resolved::Unknown => return Err(self.unknown_table(&parts)),
            Resolved::Ambiguous(candidates) => {
                return Err(PlannerError::AmbiguousTable {
                    name: parts.join("."),
                    candidates: candidates.into_iter().cloned().collect(),
                });
            }
        };
        if let Some(query) = self.views.get(&table.name) {
            return self.derived(query, called, alias, None);
        }
        self.relations += 1;
        let columns = self.table_columns(table, &called);
        let source = Source {
            name: called.clone(),
            schema: table
                .name
                .schema
                .as_deref()
                .filter(|_| alias.is_none())
                .map(str::to_owned),
            columns: columns.clone(),
        };
        let alias = alias.map(|_| called);
        Ok((
            Leaf::Table {
                table,
                alias,
                columns,
            },
            source,
        ))
    }

    fn unknown_table(&self, parts: &[String]) -> PlannerError {
        let bare = parts.last().map(String::as_str).unwrap_or_default();
        let names = self.schema.tables.keys().map(|name| name.name.as_str());
        let ctes = self.ctes.iter().map(|(name, _)| name.as_str());
        PlannerError::UnknownTable {
            name: parts.join("."),
            nearest: nearest(bare, names.chain(ctes)),
        }
    }

    fn derived(
        &mut self,
        query: &'a ast::Query,
        name: String,
        alias: Option<&'a ast::TableAlias>,
        parent: Option<&Scope<'_>>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        let renamed: Vec<String> = alias
            .map(|alias| {
                alias
                    .columns
                    .iter()
                    .map(|column| folded(&column.name))
                    .collect()
            })
            .unwrap_or_default();
        if let Some((group, outputs)) = self.pulled(query)? {
            let columns = self.renamed_columns(outputs, &renamed, None);
            let source = Source {
                name,
                schema: None,
                columns,
            };
            return Ok((Leaf::Pulled(group), source));
        }
        let block = self.query(query, parent)?;
        let rows = block.rel.rows;
        let columns = self.renamed_columns(block.outputs, &renamed, Some((&name, rows)));
        let mut rel = block.rel;
        rel.columns.clone_from(&columns);
        rel.dist = self.seen_from_outside(&rel.dist, &columns);
        rel.sorted = Vec::new();
        let source = Source {
            name: name.clone(),
            schema: None,
            columns,
        };
        Ok((
            Leaf::Derived {
                rel: Box::new(rel),
                name,
            },
            source,
        ))
    }

    /// The columns by which a subquery's result is called outside of it. With a
    /// new qualifier they are columns of their own; without, a pulled-up
    /// subquery's columns stay those of its tables.
    fn renamed_columns(
        &mut self,
        outputs: Vec<(String, ColumnId)>,
        renamed: &[String],
        owner: Option<(&str, f64)>,
    ) -> Vec<ColumnId> {
        let mut columns = Vec::with_capacity(outputs.len());
        for (i, (output, id)) in outputs.into_iter().enumerate() {
            let name = renamed.get(i).cloned().unwrap_or(output);
            let inside = self.column(id).clone();
            let (qualifier, rows) = match owner {
                Some((owner, rows)) => (owner.to_owned(), rows),
                None if inside.name == name => {
                    columns.push(id);
                    continue;
                }
                None => (inside.qualifier.clone(), inside.rows),
            };
            columns.push(self.add_column(ColumnInfo {
                alias: None,
                name,
                qualifier,
                distinct: inside.distinct.map(|distinct| distinct.min(rows)),
                // How many values a key has follows from its table, not from a LIMIT.
                rows: inside.rows,
                computed: false,
                origin: Some(id),
                ..inside
            }));
        }
        columns
    }

    /// A distribution in terms of the columns that are still there.
    fn seen_from_outside(&self, dist: &Dist, columns: &[ColumnId]) -> Dist {
        let Dist::Key(keys) = dist else {
            return dist.clone();
        };
        let visible = |equal: &Vec<ColumnId>| {
            let equal: Vec<ColumnId> = equal
                .iter()
                .map(|id| self.root(*id))
                .filter(|id| columns.iter().any(|column| self.root(*column) == *id))
                .collect();
            (!equal.is_empty()).then_some(equal)
        };
        keys.iter()
            .map(visible)
            .collect::<Option<Vec<_>>>()
            .map_or(Dist::Even, Dist::Key)
    }

    fn table_columns(&mut self, table: &'a Table, qualifier: &str) -> Vec<ColumnId> {
        let stats = self.table_stats(table);
        let rows = stats
            .and_then(|stats| stats.rows)
            .unwrap_or(UNKNOWN_ROWS)
            .max(0.0);
        let all = table.columns.iter().chain(&table.partitions);
        let mut ids = Vec::with_capacity(table.columns.len());
        for column in all {
            let stats = stats.and_then(|stats| stats.columns.get(&column.name));
            let unique = column.identity || is_unique(table, &column.name);
            ids.push(
                self.add_column(ColumnInfo {
                    alias: None,
                    name: column.name.as_str().to_owned(),
                    qualifier: qualifier.to_owned(),
                    data_type: column.data_type.clone(),
                    distinct: stats
                        .and_then(|stats| stats.distinct)
                        .or(unique.then_some(rows)),
                    bytes: stats
                        .and_then(|stats| stats.average_bytes)
                        .unwrap_or_else(|| default_bytes(column)),
                    rows,
                    stats,
                    computed: false,
                    origin: None,
                }),
            );
        }
        ids
    }

    pub(super) fn table_stats(&self, table: &Table) -> Option<&'a TableStats> {
        self.stats.table(&table.name)
    }
}

fn is_unique(table: &Table, column: &str) -> bool {
    let only =
        |key: &Vec<Ident>| key.len() == 1 && key.first().is_some_and(|name| *name == *column);
    only(&table.primary_key) || table.unique.iter().any(only)
}

/// The bytes of a column's value where no statistics tell.
fn default_bytes(column: &Column) -> f64 {
    match &column.data_type {
        DataType::Char(n) => f64::from(*n),
        DataType::Varchar(n) | DataType::Varbyte(n) => {
            let length = f64::from(*n).min(LONGEST_TEXT);
            length.min(FULL_TEXT) + (length - FULL_TEXT).max(0.0) / 2.0
        }
        other => crate::work::fixed_bytes(other),
    }
}
