//! DDL applied in order, over many files, into a [`Schema`].

use std::collections::BTreeSet;

use super::alter::{alter_table, refusal};
use super::append;
use super::columns::{
    add_column, add_constraint, apply_attributes, empty_table, name_positions, names, num_rows,
};
use super::copies::Copies;
use super::derive::query_columns;
use super::follow::Followers;
use super::unbound::Losses;
use super::{Column, Refusal, Schema, Table, TableKind, TableName, UnknownColumn};
use crate::sql::{
    AlterAction, AlterTable, Body, CreateExternalTable, CreateTable, CreateView, Name, Named,
    Script, Statement,
};
use crate::text::Span;

/// Applies scripts one after another.
#[derive(Debug, Default)]
pub struct SchemaBuilder {
    schema: Schema,
    file: usize,
    followers: Followers,
    /// Tables that were created again while they stood, which Redshift refuses: the files are of several
    /// databases, or no script. Which of the definitions a statement means is a guess.
    doubtful: BTreeSet<TableName>,
    losses: Losses,
    /// Whether the session keeps the case of names in quotes, which are folded here: what rests on
    /// two of them being one is not sure then.
    case_sensitive: bool,
}

impl SchemaBuilder {
    /// Goes on from a schema. What is defined from here on stands in no file.
    pub fn on(schema: Schema) -> Self {
        Self {
            followers: Followers::of(&schema),
            schema,
            file: usize::MAX,
            doubtful: BTreeSet::new(),
            losses: Losses::default(),
            case_sensitive: false,
        }
    }

    /// Applies the statements of one file; files are numbered in this order.
    pub fn apply(&mut self, script: &Script) {
        self.apply_part(script);
        self.end_file();
    }

    /// Applies some of the statements of a file, after those before them.
    pub fn apply_part(&mut self, script: &Script) {
        // Queries of views are walked and printed, as deep as they are long.
        crate::stack::with_room(|| {
            for statement in &script.statements {
                self.statement(statement);
            }
        });
    }

    /// What comes next stands in the next file.
    pub fn end_file(&mut self) {
        // What stands in no file goes on standing in none.
        self.file = self.file.saturating_add(1);
        self.case_sensitive = false;
    }

    /// What the statements so far amount to.
    pub fn finish(mut self) -> Schema {
        let schema = &mut self.schema;
        for table in schema.tables.values() {
            schema
                .history
                .live
                .insert(table.defined_at, table.name.clone());
        }
        schema.history.copies = Copies::among(&schema.tables);
        schema.history.unbound = self.losses.left(schema);
        let mut referring: Vec<(TableName, TableName)> = Vec::new();
        for table in schema.tables.values() {
            for key in &table.foreign_keys {
                let target = schema.resolve(&key.table);
                referring.extend(target.map(|target| (target.name.clone(), table.name.clone())));
            }
        }
        for (target, table) in referring {
            let tables = schema.history.referring.entry(target).or_default();
            // Tables come one after another, each with all of its keys.
            if tables.last() != Some(&table) {
                tables.push(table);
            }
        }
        self.schema
    }

    /// The schema so far.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Applies one statement.
    pub fn statement(&mut self, statement: &Statement) {
        // What a procedure does, it does when it is called; and a migration is not taken back.
        if statement.in_body || statement.undoes {
            return;
        }
        // A template may stand for any name.
        if let Some(written) = statement.written.as_ref().filter(|_| !statement.templated) {
            self.look_up(&written.table, &written.columns);
        }
        match &statement.body {
            Body::CreateTable(create) => self.create_table(create, statement.span),
            Body::CreateView(create) => self.create_view(create, statement.span),
            Body::CreateExternalTable(create) => self.create_external(create, statement.span),
            Body::AlterTable(alter) => self.alter(alter),
            Body::Drop(drop) => {
                for name in &drop.names {
                    let key = self.schema.dropped(&name.table, drop.kind);
                    if let Some(key) = &key {
                        let at = (self.file, name.span);
                        self.losses.by_drop(&self.schema, key, at);
                    }
                    let dropped = key.and_then(|key| self.schema.tables.remove(&key));
                    if let Some(table) = &dropped {
                        self.doubtful.remove(&table.name);
                        let place = (self.file, name.span);
                        self.schema.history.dropped.insert(place, table.kind);
                    }
                    self.retire(dropped);
                }
            }
            Body::Copy(copy) if !statement.templated => self.look_up(&copy.table, &copy.columns),
            Body::CaseSensitive(is_on) => self.case_sensitive = *is_on,
            Body::SearchPath(path) => {
                self.schema.search_path.clone_from(path);
                self.schema.spell_all_out();
            }
            _ => {}
        }
    }

    /// Keeps the columns that a statement names and its table, as it is then, does not have.
    fn look_up(&mut self, table: &Name, columns: &[Named]) {
        if self.case_sensitive {
            return;
        }
        let Some(table) = self.schema.resolve(&table.table) else {
            return;
        };
        let native = matches!(table.kind, TableKind::Table | TableKind::Temporary);
        if !native || !table.columns_known || self.doubtful.contains(&table.name) {
            return;
        }
        let missing = columns
            .iter()
            .filter(|(column, _)| table.column(column).is_none());
        let unknown: Vec<_> = missing
            .map(|(column, span)| {
                let columns = table.columns.iter().map(|c| c.name.clone()).collect();
                let unknown = UnknownColumn {
                    table: table.name.clone(),
                    column: column.clone(),
                    columns,
                };
                ((self.file, *span), unknown)
            })
            .collect();
        self.schema.history.unknown.extend(unknown);
    }

    /// The key of the table that an ALTER means. Nobody alters what is not there, so one of
    /// another schema is taken where there is no other: the search path may be set elsewhere.
    fn key(&self, name: &Name) -> TableName {
        let found = || self.schema.resolve(&name.table);
        let key = self.schema.bound(&name.table);
        key.or_else(|| found().map(|table| table.name.clone()))
            .unwrap_or_else(|| name.table.clone())
    }

    /// What stands under the name that is created, however it is spelled.
    fn standing(&self, table: &Table) -> Option<TableName> {
        match table.kind {
            TableKind::Temporary => {
                let stands = self.schema.tables.get(&table.name);
                let stands = stands.filter(|table| table.kind == TableKind::Temporary);
                stands.map(|table| table.name.clone())
            }
            _ => self.schema.standing(&table.name),
        }
    }

    fn insert(&mut self, table: Table) {
        let replaced = self.standing(&table);
        let replaced = replaced.and_then(|key| self.schema.tables.remove(&key));
        self.retire(replaced);
        let temporary = table.kind == TableKind::Temporary;
        let name = table.name.clone();
        self.followers.add(&table);
        if temporary {
            self.schema.spell_out(&name.name, temporary);
        }
        self.schema.tables.insert(name.clone(), table);
        self.schema.spell_out(&name.name, false);
    }

    /// Keeps what a statement defined once it no longer stands.
    fn retire(&mut self, table: Option<Table>) {
        if let Some(table) = table {
            let superseded = &mut self.schema.history.superseded;
            superseded.insert(table.defined_at, table);
        }
    }

    fn create_table(&mut self, create: &CreateTable, span: Span) {
        let name = match create.temporary {
            true => create.name.table.clone(),
            false => self.schema.created_as(&create.name.table),
        };
        let mut table = empty_table(name, (self.file, span));
        if create.temporary {
            table.kind = TableKind::Temporary;
        }
        for like in &create.like {
            let parent = self.schema.resolve(&like.table);
            table.columns_known &= parent.is_some_and(|parent| parent.columns_known);
            if let Some(parent) = parent {
                table.columns.extend(parent.columns.iter().cloned());
                table.dist_style = parent.dist_style.clone();
                table.sort_key = parent.sort_key.clone();
                table.encode_auto = parent.encode_auto;
            }
        }
        table.columns.reserve_exact(create.columns.len());
        for column in &create.columns {
            add_column(&mut table, column);
        }
        let constraints = create.constraints.iter().zip(&create.constraint_names);
        for (constraint, name) in constraints {
            add_constraint(&mut table, constraint, name.as_ref());
        }
        apply_attributes(&mut table, &create.attributes);
        if let Some(query) = &create.query {
            let names = names(&create.column_names);
            table.columns = query_columns(&self.schema, query, &names);
            table.columns_known = false;
            name_positions(&mut table);
        }
        self.schema.bind_references(&mut table, &create.name.table);
        if create.if_not_exists && self.standing(&table).is_some() {
            // Another statement came first; this one is still worth a look.
            return self.retire(Some(table));
        }
        self.doubt(&table);
        self.insert(table);
    }

    /// Keeps whether a table that is created stands already: from the same file, which then is no script that
    /// runs, or with other columns. Temporary ones may be of several sessions, each with its own.
    fn doubt(&mut self, table: &Table) {
        let standing = self.standing(table);
        let standing = standing.and_then(|key| self.schema.tables.get(&key));
        let is_doubtful = standing.is_some_and(|one| {
            let mut pairs = one.columns.iter().zip(&table.columns);
            let differ =
                |(a, b): (&Column, &Column)| a.name != b.name || a.data_type != b.data_type;
            let is_same = one.columns.len() == table.columns.len() && !pairs.any(differ);
            one.kind == TableKind::Table && (one.defined_at.0 == table.defined_at.0 || !is_same)
        });
        match is_doubtful && table.kind == TableKind::Table {
            true => self.doubtful.insert(table.name.clone()),
            false if standing.is_none() => self.doubtful.remove(&table.name),
            false => false,
        };
    }

    fn create_view(&mut self, create: &CreateView, span: Span) {
        let name = self.schema.created_as(&create.name.table);
        let mut table = empty_table(name, (self.file, span));
        table.kind = match create.materialized {
            true => TableKind::MaterializedView,
            false => TableKind::View,
        };
        let names = names(&create.column_names);
        table.columns = query_columns(&self.schema, &create.query, &names);
        table.columns_known = false;
        table.query = create.query.query.as_ref().map(ToString::to_string);
        table.late_binding = create.late_binding;
        self.losses.add(&table);
        apply_attributes(&mut table, &create.attributes);
        name_positions(&mut table);
        self.insert(table);
    }

    fn create_external(&mut self, create: &CreateExternalTable, span: Span) {
        let mut table = empty_table(create.name.table.clone(), (self.file, span));
        table.kind = TableKind::External;
        for column in &create.columns {
            add_column(&mut table, column);
        }
        let mut partitions = empty_table(create.name.table.clone(), (self.file, span));
        for column in &create.partitions {
            add_column(&mut partitions, column);
        }
        table.partitions = partitions.columns;
        table.num_rows = num_rows(&create.properties);
        self.insert(table);
    }

    /// Applies a statement, unless Redshift refuses one of its actions: it is taken whole or
    /// not at all. Actions that each are fine but can't be combined are meant one by one.
    fn alter(&mut self, alter: &AlterTable) {
        let mut key = self.key(&alter.name);
        let Some(table) = self.schema.tables.get(&key) else {
            return;
        };
        // Where it is a guess which table is meant, nothing is refused.
        let sure = self.schema.bound(&alter.name.table).is_some()
            && !self.case_sensitive
            && !self.doubtful.contains(&key);
        let mut trial = table.clone();
        let mut refused = false;
        for (action, span) in &alter.actions {
            let refusal = refusal(&trial, action)
                .filter(|refusal| !self.may_have_changed(&key, refusal))
                .or_else(|| self.name_taken(&trial, action))
                .or_else(|| self.unlike(&trial, action));
            match refusal {
                Some(refusal) => {
                    refused = true;
                    if sure {
                        let refusals = &mut self.schema.history.refusals;
                        refusals.insert((self.file, *span), refusal);
                    }
                }
                None => alter_table(&mut trial, action),
            }
        }
        if refused {
            return;
        }
        for (action, span) in &alter.actions {
            let at = (self.file, *span);
            self.losses.by_action(&self.schema, &key, action, at);
            if let AlterAction::RenameTo((name, _)) = action {
                let doubtful = self.doubtful.remove(&key);
                key = self.schema.rename_table(&key, name, &mut self.followers);
                if doubtful {
                    self.doubtful.insert(key.clone());
                }
                continue;
            }
            self.schema.follow(&key, action, &self.followers);
            if let AlterAction::SortKey(..) = action {
                self.schema.history.resorted.insert(key.clone());
            }
            if let Some(table) = self.schema.tables.get_mut(&key) {
                alter_table(table, action);
            }
        }
        if let Some(mut table) = self.schema.tables.remove(&key) {
            self.schema.bind_references(&mut table, &alter.name.table);
            self.followers.add(&table);
            self.schema.tables.insert(key, table);
        }
    }

    /// Whether a refusal rests on an encoding that an ALTER of the sort key can have changed
    /// [ALTER TABLE].
    fn may_have_changed(&self, table: &TableName, refusal: &Refusal) -> bool {
        matches!(refusal, Refusal::SameEncoding { .. })
            && self.schema.history.resorted.contains(table)
    }

    fn unlike(&self, table: &Table, action: &AlterAction) -> Option<Refusal> {
        let AlterAction::Append(source, words) = action else {
            return None;
        };
        let source = self.schema.resolve(&source.table)?;
        let what = append::unlike(table, source, *words)?;
        Some(Refusal::Unlike {
            source: source.name.clone(),
            what,
        })
    }

    fn name_taken(&self, table: &Table, action: &AlterAction) -> Option<Refusal> {
        let AlterAction::RenameTo((name, _)) = action else {
            return None;
        };
        let mut key = table.name.clone();
        name.clone_into(&mut key.name);
        let taken = match table.kind {
            TableKind::Temporary => self.schema.tables.contains_key(&key).then_some(key),
            _ => self.schema.standing(&key),
        };
        taken.map(Refusal::TableExists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{DataType, DistStyle};
    use crate::sql;
    use crate::text::SourceFile;

    fn schema(text: &str) -> Schema {
        let script = sql::parse(&SourceFile::new("t.sql", text));
        assert_eq!(script.errors, []);
        Schema::of(&script)
    }

    #[test]
    fn statements_apply_in_order() {
        let schema = schema(
            "create table shop.orders (id bigint identity(1,1), \"Total\" money_t, note text encode zstd)
               diststyle key distkey(id) compound sortkey(id, total);
             alter table shop.orders rename column total to amount;
             alter table shop.orders add column at timestamp encode az64;
             create temp table #recent as select id, amount as sum from shop.orders;
             drop table if exists missing;",
        );
        let orders = schema.resolve(&"shop.orders".into()).expect("orders");
        assert_eq!(orders.dist_style, DistStyle::Key("id".into()));
        assert_eq!(orders.sort_columns(), ["id", "amount"]);
        assert!(!orders.encode_auto && orders.columns[0].identity);
        assert_eq!(orders.columns[2].data_type, DataType::Varchar(256));
        let recent = schema.resolve(&"#recent".into()).expect("recent");
        assert_eq!(recent.columns[0].data_type, DataType::BigInt);
        assert_eq!(recent.columns[1].name, "sum");
        assert_eq!(recent.kind, TableKind::Temporary);
    }

    #[test]
    fn a_table_is_kept_as_it_was_when_it_goes() {
        let text = "create table t (a int) distkey(a);
                    drop table t;
                    create table t_new (a int, b int);
                    alter table t_new rename to t;";
        let script = sql::parse(&SourceFile::new("t.sql", text));
        let schema = Schema::of(&script);
        let created = |n: usize| schema.created_at((0, script.statements[n].span));
        assert_eq!(
            created(0).expect("the first").dist_style,
            DistStyle::Key("a".into())
        );
        assert_eq!(created(2).expect("the second").name.name, "t");
    }

    #[test]
    fn alters_that_redshift_refuses_are_kept_with_the_reason() {
        let text = "create table t (a int, b varchar(10) default 'x', c varchar(10) encode text255)
                      distkey(a) interleaved sortkey(a, b);
                    alter table t alter distkey b;
                    alter table t drop column a;
                    alter table t alter column c type varchar(20);
                    alter table t alter column b type varchar(20);
                    alter table t add column d int unique;
                    alter table t drop column missing;";
        let script = sql::parse(&SourceFile::new("t.sql", text));
        assert_eq!(script.errors, []);
        let schema = Schema::of(&script);
        let refused: Vec<&Refusal> = schema.history.refusals.values().collect();
        assert_eq!(refused.len(), 6, "{refused:?}");
        assert_eq!(refused[0], &Refusal::Interleaved);
        assert_eq!(refused[5], &Refusal::NoSuchColumn("missing".into()));
    }

    #[test]
    fn queries_give_their_columns() {
        let schema = schema(
            "create table t (a int, b varchar(40), d date);
             create table u as with x (p) as (select b from t)
               select t.*, x.p, count(*) as n, max(d), b::int as c, a + 1 as e
               from (select * from t) t join x on x.p = t.b;",
        );
        let u = schema.resolve(&"u".into()).expect("u");
        let columns: Vec<String> = u
            .columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.data_type))
            .collect();
        let expected = "a INTEGER, b VARCHAR(40), d DATE, p VARCHAR(40), n BIGINT, max DATE, c INTEGER, e unknown";
        assert_eq!(columns.join(", "), expected);
    }

    #[test]
    fn auto_is_a_state_of_its_own_until_it_is_told() {
        let mut schema = schema("create table t (a int default \"identity\"(1, 0, '0,1'::text));");
        let table = schema.resolve(&"t".into()).expect("t");
        assert!(table.columns[0].identity && table.encode_auto);
        assert_eq!(table.dist_style, DistStyle::Auto(None));
        let mut stats = crate::stats::Stats::default();
        stats.tables.insert(
            "public.t".into(),
            crate::stats::TableStats {
                diststyle: Some("AUTO(KEY(a))".into()),
                sortkey1: Some("AUTO(SORTKEY(a))".into()),
                ..Default::default()
            },
        );
        schema.settle_auto(&stats);
        let table = schema.resolve(&"t".into()).expect("t");
        assert_eq!(
            table.dist_style,
            DistStyle::Auto(Some(Box::new(DistStyle::Key("a".into()))))
        );
        assert_eq!(table.sort_columns(), ["a"]);
    }
}
