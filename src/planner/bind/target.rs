//! The table that a statement writes: which of the query's columns go where.

use crate::name::{Ident, Resolved, nearest};
use crate::planner::PlannerError;
use crate::planner::logical::expr::ColumnId;
use crate::planner::logical::tree::{Kept, Query, Target};
use crate::schema::{DistStyle, Table, TableKind};
use crate::sql::{Destination, NewDistribution, Write, WriteKind, ident};

use super::Binder;

impl<'a> Binder<'a, '_> {
    /// What is written, given the query that finds its rows.
    pub(super) fn target(
        &mut self,
        write: &'a Write,
        root: &Query<'a>,
    ) -> Result<Target<'a>, PlannerError> {
        let values = write.values.unwrap_or(root.outputs.len());
        let (values, others) = root.outputs.split_at(values.min(root.outputs.len()));
        let mut target = Target {
            write,
            table: None,
            values: values.iter().map(|(_, id)| *id).collect(),
            kept: Kept::AsFound,
        };
        let Destination::Table(name) = &write.into else {
            return Ok(target);
        };
        if write.kind.creates() {
            target.kept = created(write, values)?;
            return Ok(target);
        }
        let table = match self.catalog.schema.lookup(name) {
            Resolved::Found(_, table) => table,
            Resolved::Unknown => {
                let near = self.catalog.schema.nearest(name);
                let near =
                    near.map_or_else(String::new, |near| format!(" (the nearest is `{near}`)"));
                self.assumptions.add(format!(
                    "`{name}` is not defined in the DDL{near}: where its rows go is not known."
                ));
                target.kept = Kept::Unknown;
                return Ok(target);
            }
            Resolved::Ambiguous(candidates) => {
                return Err(PlannerError::AmbiguousTable {
                    name: name.bare(),
                    candidates: candidates.into_iter().cloned().collect(),
                });
            }
        };
        check(write, table, values.len())?;
        target.table = Some(table);
        // What is deleted stays where it is; what goes to an external table goes to files.
        if write.kind == WriteKind::Delete || table.kind == TableKind::External {
            return Ok(target);
        }
        target.kept = match self.style(table) {
            DistStyle::All => Kept::All,
            DistStyle::Even | DistStyle::Auto(_) => match write.kind {
                // A new version of a row: there is no turn to deal it in.
                WriteKind::Update => Kept::AsFound,
                _ => Kept::Even,
            },
            DistStyle::Key(key) => {
                let given = fed(write, table, &key, values);
                let unchanged = others.iter().find(|(name, _)| *name == *key);
                let fed = match write.kind {
                    WriteKind::Insert => given,
                    _ => given.or(unchanged.map(|(_, id)| *id)),
                };
                Kept::Key(key, fed)
            }
        };
        Ok(target)
    }

    /// How a table's rows are spread, as far as that is known.
    fn style(&mut self, table: &Table) -> DistStyle {
        let stats = self.catalog.stats.table(&table.name);
        let exported = stats
            .and_then(|stats| stats.diststyle.as_deref())
            .and_then(DistStyle::exported);
        match exported.unwrap_or_else(|| table.dist_style.clone()) {
            DistStyle::Auto(Some(known)) => *known,
            style @ DistStyle::Auto(None) => {
                self.assumptions.add(format!(
                    "`{}` has DISTSTYLE AUTO: it is taken as EVEN, `SVV_TABLE_INFO` tells what it is.",
                    table.name
                ));
                style
            }
            style => style,
        }
    }
}

/// How the rows of a table that comes to be are spread. Without a clause, CTAS "determines
/// distribution style and sort key for the new table based on the query plan" (Amazon Redshift
/// Database Developer Guide: CTAS usage notes): its rows are taken to stay where the plan has
/// them. A materialized view is EVEN (same guide: CREATE MATERIALIZED VIEW).
fn created(write: &Write, values: &[(String, ColumnId)]) -> Result<Kept, PlannerError> {
    Ok(match &write.distribution {
        Some(NewDistribution::All) => Kept::All,
        Some(NewDistribution::Even) => Kept::Even,
        Some(NewDistribution::Key(key)) => {
            let names: Vec<&str> = match write.columns.is_empty() {
                true => values.iter().map(|(name, _)| name.as_str()).collect(),
                false => write
                    .columns
                    .iter()
                    .map(|name| name.value.as_str())
                    .collect(),
            };
            let at = names.iter().position(|name| *name == key.as_str());
            let Some(at) = at else {
                return Err(PlannerError::UnknownColumn {
                    name: key.as_str().to_owned(),
                    nearest: nearest(key, names.into_iter()),
                    of: Vec::new(),
                });
            };
            Kept::Key(key.clone(), values.get(at).map(|(_, id)| *id))
        }
        Some(NewDistribution::Auto) => Kept::AsFound,
        None if write.kind == WriteKind::CreateMaterializedView => Kept::Even,
        None => Kept::AsFound,
    })
}

/// That the columns are the table's, and as many as there are values.
fn check(write: &Write, table: &Table, values: usize) -> Result<(), PlannerError> {
    // The columns of a table that another statement creates may not be known.
    if table.columns.is_empty() {
        return Ok(());
    }
    for column in &write.columns {
        let name = ident(column);
        if table.column(&name).is_none() {
            let names = table.columns.iter().map(|column| column.name.as_str());
            return Err(PlannerError::UnknownColumn {
                nearest: nearest(&name, names),
                name: format!("{}.{}", table.name.bare(), name.as_str()),
                of: match table.columns_known {
                    true => Vec::new(),
                    false => vec![table.name.clone()],
                },
            }
            .at_span(column.span));
        }
    }
    let columns = match write.columns.len() {
        0 => table.columns.len(),
        listed => listed,
    };
    // Of a table whose columns are not all known there may be as many.
    if write.kind == WriteKind::Insert && values > columns && table.columns_known {
        let counts = format!("{values} values for {columns} columns of {}", table.name);
        return Err(PlannerError::refused(
            "an INSERT of more values than columns",
            counts,
        ));
    }
    Ok(())
}

/// The value that a column of the target gets; `None` where it gets its default.
fn fed(
    write: &Write,
    table: &Table,
    column: &Ident,
    values: &[(String, ColumnId)],
) -> Option<ColumnId> {
    let at = match (write.columns.is_empty(), write.kind) {
        (true, WriteKind::Update) => None,
        (true, _) => table.columns.iter().position(|own| own.name == *column),
        (false, _) => write.columns.iter().position(|own| ident(own) == *column),
    };
    values.get(at?).map(|(_, id)| *id)
}
