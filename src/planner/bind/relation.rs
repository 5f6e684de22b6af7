//! Relations of a FROM clause: tables, views, CTEs and subqueries.

use sqlparser::ast::{self, TableFactor};

use crate::name::Resolved;
use crate::planner::PlannerError;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::ColumnId;
use crate::planner::logical::tree::{
    Body, Group, Item, Query, Relation, Shared, SharedId, Source as Rows,
};
use crate::schema::{DataType, Table};

use super::construct;
use super::cte::Cte;
use super::names::{folded, name_parts};
use super::pivot::{Pivot, Unpivot};
use super::reader::{Reader, column_names};
use super::scope::{Scope, Source};
use super::{Binder, NamedQuery};

/// Relations that a query may read. More only come of views and CTEs.
const MOST_RELATIONS: usize = 1_000;

impl<'a> Binder<'a, '_> {
    /// A relation of a FROM clause, and the names that it brings into scope.
    pub(super) fn relation(
        &mut self,
        factor: &'a TableFactor,
        around: &Scope<'_, 'a>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        self.relation_inside(factor, around)
            .map_err(|error| error.at(factor))
    }

    fn relation_inside(
        &mut self,
        factor: &'a TableFactor,
        around: &Scope<'_, 'a>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        if let Some(what) = construct::lacked(factor) {
            return Err(PlannerError::refused(what, factor));
        }
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => self.named(name, alias.as_ref(), around),
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let inside = Scope {
                    nested: true,
                    ..around.deeper()
                };
                let query = self.query(subquery, &inside)?;
                if query.is_correlated() && !query.can_be_pulled_up() {
                    return Err(PlannerError::refused(
                        "a correlated reference that skips a query block",
                        subquery,
                    ));
                }
                Ok(self.derived(query, Reader::aliased(alias.as_ref())))
            }
            TableFactor::Pivot {
                table,
                aggregate_functions,
                value_column,
                value_source,
                default_on_null: None,
                alias,
            } => {
                let pivot = Pivot {
                    table,
                    aggregates: aggregate_functions,
                    columns: value_column,
                    values: value_source,
                    alias: alias.as_ref(),
                };
                self.pivot(&pivot, around)
            }
            TableFactor::Unpivot {
                table,
                value,
                null_inclusion,
                name,
                columns,
                alias,
            } => {
                let unpivot = Unpivot {
                    table,
                    value,
                    nulls: null_inclusion.as_ref(),
                    name,
                    columns,
                    alias: alias.as_ref(),
                };
                self.unpivot(&unpivot, around)
            }
            other => Err(PlannerError::unsupported(
                construct::of_factor(other),
                other,
            )),
        }
    }

    fn named(
        &mut self,
        name: &'a ast::ObjectName,
        alias: Option<&'a ast::TableAlias>,
        around: &Scope<'_, 'a>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        let parts = name_parts(name);
        let bare = parts.last().cloned().unwrap_or_default();
        let called = alias.map_or_else(|| bare.clone(), |alias| folded(&alias.name));
        let mut reader = Reader {
            called,
            columns: column_names(alias),
            declared: Vec::new(),
        };
        let mut ctes = Cte::outwards(around.ctes.as_ref());
        if parts.len() == 1
            && let Some(cte) = ctes.find(|cte| cte.name == bare)
        {
            let own = cte.definition.alias.columns.iter();
            for column in own.skip(reader.columns.len()) {
                reader.columns.push(folded(&column.name));
            }
            reader = match self.read_by_itself(cte, reader)? {
                Ok(read) => return Ok(read),
                Err(reader) => reader,
            };
            let key = NamedQuery::Cte(cte.definition);
            if cte.recursive {
                let level = around.level + 1;
                return self.named_query(key, &bare, reader, |binder| binder.recursive(cte, level));
            }
            let scope = Scope {
                ctes: cte.before.clone(),
                level: around.level + 1,
                ..Scope::default()
            };
            return self.named_query(key, &bare, reader, |binder| {
                binder.query(cte.query(), &scope)
            });
        }
        let table = match self.catalog.schema.lookup(&crate::sql::table_name(name)) {
            Resolved::Found(_, table) => table,
            Resolved::Unknown => return Err(self.unknown_table(name, around)),
            Resolved::Ambiguous(candidates) => {
                return Err(PlannerError::AmbiguousTable {
                    name: parts.join("."),
                    candidates: candidates.into_iter().cloned().collect(),
                });
            }
        };
        if let Some(query) = self.catalog.prepared.views.get(&table.name) {
            let scope = Scope {
                level: around.level + 1,
                ..Scope::default()
            };
            let key = NamedQuery::View(table.name.clone());
            let declared = table.columns.iter();
            reader.declared = declared
                .map(|column| column.name.as_str().to_owned())
                .collect();
            return self
                .named_query(key, &bare, reader, |binder| binder.query(query, &scope))
                .map_err(|error| error.in_view(&table.name));
        }
        self.relations += 1;
        if self.relations > MOST_RELATIONS {
            return Err(PlannerError::too_large("relations", MOST_RELATIONS));
        }
        let mut columns = self.table_columns(table, &reader.called);
        let ids = columns.iter().map(|(_, id)| *id).collect();
        for (column, renamed) in columns.iter_mut().zip(reader.columns) {
            column.0 = renamed;
        }
        let schema = table.name.schema.as_deref();
        let database = self.database_of(&parts, table);
        let source = Source {
            name: reader.called.clone(),
            schema: schema.filter(|_| alias.is_none()).map(str::to_owned),
            database: database.filter(|_| alias.is_none()),
            columns,
            open: match table.columns_known {
                true => Vec::new(),
                false => vec![table.name.clone()],
            },
        };
        let alias = alias.map(|_| reader.called);
        let rows = Rows::Table { table, alias };
        Ok((one(rows, ids), source))
    }

    /// The database in the name of a table. The DDL does not tell databases apart.
    fn database_of(&mut self, parts: &[String], table: &Table) -> Option<String> {
        let [.., database, _, _] = parts else {
            return None;
        };
        let known = self.databases.entry(table.name.clone());
        let known = known.or_insert_with(|| database.clone());
        if known != database {
            self.assumptions.add(format!(
                "`{}` is read in the databases `{known}` and `{database}`: both are taken for the one table of that name in the DDL.",
                table.name
            ));
        }
        Some(database.clone())
    }

    /// A CTE or view. Read once, it is a subquery; read more often, it is worked out once
    /// unless it is no more than a filter on a table.
    fn named_query(
        &mut self,
        key: NamedQuery,
        name: &str,
        reader: Reader,
        query: impl FnOnce(&mut Self) -> Result<Query<'a>, PlannerError>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        *self.named.readers.entry(key.clone()).or_default() += 1;
        if let Some(id) = self.named.ids.get(&key).copied() {
            return Ok(self.shared(id, reader));
        }
        let bound = query(self).map_err(|error| error.within(name))?;
        let counted = self.named.counted.as_ref();
        let once = counted.is_some_and(|readers| readers.get(&key).is_none_or(|n| *n < 2))
            && !matches!(bound.body, Body::Recursive(_));
        if once || bound.is_simple() {
            return Ok(self.derived(bound, reader));
        }
        let id = SharedId(self.named.shared.len());
        self.named.shared.push(Shared {
            name: name.to_owned(),
            query: bound,
        });
        self.named.ids.insert(key, id);
        Ok(self.shared(id, reader))
    }

    /// A subquery in FROM: its relations are joined with those around it where that is
    /// all it does.
    pub(super) fn derived(&mut self, query: Query<'a>, reader: Reader) -> (Group<'a>, Source) {
        let name = reader.called.clone();
        let open = query.open.clone();
        match query.pulled_up() {
            Ok((group, outputs)) => (group, reader.source(outputs, open)),
            Err(query) => {
                let columns = self.own_columns(&query.outputs, &reader);
                let ids = columns.iter().map(|(_, id)| *id).collect();
                let rows = Rows::Derived { query, name };
                (one(rows, ids), reader.source(columns, open))
            }
        }
    }

    fn shared(&mut self, id: SharedId, reader: Reader) -> (Group<'a>, Source) {
        let shared = self.named.shared.get(id.0).map(|shared| &shared.query);
        let open = shared.map_or_else(Vec::new, |query| query.open.clone());
        let outputs = shared.map_or_else(Vec::new, |query| query.outputs.clone());
        let columns = self.own_columns(&outputs, &reader);
        let ids = columns.iter().map(|(_, id)| *id).collect();
        let rows = Rows::Shared {
            id,
            name: reader.called.clone(),
        };
        (one(rows, ids), reader.source(columns, open))
    }

    /// New columns for what comes out of a query, by which it is known outside.
    pub(super) fn own_columns(
        &mut self,
        outputs: &[(String, ColumnId)],
        reader: &Reader,
    ) -> Vec<(String, ColumnId)> {
        let mut columns = Vec::with_capacity(outputs.len());
        for name in reader.names(outputs) {
            let id = self.columns.add(Column {
                name: name.clone(),
                qualifier: reader.called.clone(),
                data_type: DataType::Other("expression".to_owned()),
                distinct: None,
                bytes: 0.0,
                rows: 1.0,
                stats: None,
                computed: false,
                origin: None,
            });
            columns.push((name, id));
        }
        columns
    }

    fn unknown_table(&self, name: &ast::ObjectName, around: &Scope<'_, 'a>) -> PlannerError {
        let parts = name_parts(name);
        let name = crate::sql::table_name(name);
        // A CTE has no schema.
        let ctes = Cte::outwards(around.ctes.as_ref()).map(|cte| cte.name.as_str());
        let ctes = ctes.filter(|_| parts.len() == 1);
        PlannerError::UnknownTable {
            name: parts.join("."),
            nearest: self.catalog.schema.nearest_or(&name, ctes),
        }
    }
}

pub(super) fn one(source: Rows<'_>, columns: Vec<ColumnId>) -> Group<'_> {
    Group {
        items: vec![Item::Relation(Relation { source, columns })],
        ..Group::default()
    }
}
