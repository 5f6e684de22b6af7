//! Which table a statement of DDL hits, and what the one is called that it makes.
//!
//! Stricter than [`crate::name::resolve`], which guesses for queries and plans: what is dropped or
//! replaced on a guess is missing from every report. A permanent table without a schema is one of
//! `public`, since without a search path that is where Redshift puts it (AWS: search_path).

use super::{Ident, Schema, Table, TableKind, TableName};
use crate::name::{DEFAULT_PATH, of_name};
use crate::sql::DropKind;

/// The same table by the other of its two spellings, `t` and `public.t`.
fn other_spelling(name: &TableName) -> Option<TableName> {
    let schema = match name.schema.as_deref() {
        None => Some(Ident::exact(DEFAULT_PATH)),
        Some(DEFAULT_PATH) => None,
        Some(_) => return None,
    };
    Some(TableName::new(schema, name.name.clone()))
}

impl Schema {
    fn is_temporary(&self, name: &TableName) -> bool {
        let table = self.tables.get(name);
        table.is_some_and(|table| table.kind == TableKind::Temporary)
    }

    /// The schemas in which a bare name is looked up, as far as they can be known.
    fn path(&self) -> impl Iterator<Item = &str> {
        let path = self.search_path.iter().map(Ident::as_str);
        let default = self.search_path.is_empty().then_some(DEFAULT_PATH);
        path.filter(|schema| *schema != "$user").chain(default)
    }

    /// The permanent relation that stands under this name, as it is spelled there.
    pub(super) fn standing(&self, name: &TableName) -> Option<TableName> {
        let spellings = [Some(name.clone()), other_spelling(name)];
        let stands = |name: &TableName| self.tables.contains_key(name) && !self.is_temporary(name);
        spellings.into_iter().flatten().find(stands)
    }

    /// The table that a statement means for certain.
    pub(super) fn bound(&self, name: &TableName) -> Option<TableName> {
        if name.schema.is_some() {
            return self.standing(name);
        }
        if self.is_temporary(name) {
            return Some(name.clone());
        }
        let within = |schema| TableName::new(Some(Ident::exact(schema)), name.name.clone());
        self.path()
            .find_map(|schema| self.standing(&within(schema)))
    }

    /// What a DROP removes; nothing where the name is of another kind, which Redshift refuses.
    pub(super) fn dropped(&self, name: &TableName, kind: DropKind) -> Option<TableName> {
        let found = self.bound(name)?;
        let of_kind = match self.tables.get(&found)?.kind {
            TableKind::Table | TableKind::Temporary | TableKind::External => DropKind::Table,
            TableKind::View => DropKind::View,
            TableKind::MaterializedView => DropKind::MaterializedView,
        };
        (of_kind == kind).then_some(found)
    }

    /// What a permanent relation is called that is created by this name: one without a schema
    /// goes into the first of the search path.
    pub(super) fn created_as(&self, name: &TableName) -> TableName {
        let mut name = name.clone();
        if name.schema.is_none() {
            let first = self.path().next().filter(|first| *first != DEFAULT_PATH);
            name.schema = first.map(Ident::exact);
        }
        match name.schema.is_none() && self.is_temporary(&name) {
            true => other_spelling(&name).unwrap_or(name),
            false => name,
        }
    }

    /// Names the schema of a permanent table without one, where its bare name means another.
    pub(super) fn spell_out(&mut self, name: &Ident, temporary: bool) {
        let bare = TableName::new(None, name.clone());
        let others = of_name(&self.tables, &bare).any(|(other, _)| *other != bare);
        let hidden = temporary || (others && !self.search_path.is_empty());
        if !hidden || self.is_temporary(&bare) {
            return;
        }
        let Some(spelled) = other_spelling(&bare) else {
            return;
        };
        if let Some(mut table) = self.tables.remove(&bare) {
            table.name.clone_from(&spelled);
            self.tables.insert(spelled, table);
        }
    }

    /// [`Schema::spell_out`] of every table.
    pub(super) fn spell_all_out(&mut self) {
        let names = self.tables.keys().filter(|name| name.schema.is_none());
        let names: Vec<Ident> = names.map(|name| name.name.clone()).collect();
        for name in names {
            self.spell_out(&name, false);
        }
    }

    /// Gives the foreign keys of a table the schemas that the search path of now says.
    pub(super) fn bind_references(&self, table: &mut Table, written: &TableName) {
        if self.search_path.is_empty() {
            return;
        }
        for key in &mut table.foreign_keys {
            if key.table == *written {
                key.table.clone_from(&table.name);
            } else if let Some(found) = self.bound(&key.table) {
                key.table = found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;
    use crate::sql;
    use crate::text::SourceFile;

    /// The relations that are left, with the columns of each.
    fn left(ddl: &str) -> String {
        let script = sql::parse(&SourceFile::new("t.sql", ddl));
        assert_eq!(script.errors, [], "{ddl}");
        let schema = Schema::of(&script);
        let tables = schema.tables.iter().map(|(key, table)| {
            assert_eq!(*key, table.name);
            let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
            format!("{key}({})", columns.join(" "))
        });
        tables.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_drop_removes_what_it_names_and_nothing_else() {
        for (ddl, expected) in [
            (
                "create table other.t (a int); drop table if exists t",
                "other.t(a)",
            ),
            (
                "create table t (a int); drop table if exists other.t",
                "t(a)",
            ),
            ("create table t (a int); drop table public.t", ""),
            (
                "create table public.t (a int); drop table dev.PUBLIC.\"T\"",
                "",
            ),
            ("create table public.t (a int); drop table T", ""),
            (
                "create table a.t (a int); create table t (b int); drop table t",
                "a.t(a)",
            ),
            (
                "set search_path to '$user', a; create table a.t (a int); drop table t",
                "",
            ),
            (
                "create table t (a int); set search_path to a; drop table t",
                "t(a)",
            ),
            ("create table t (a int); drop view if exists t", "t(a)"),
            (
                "create table x (a int); create view t as select a from x; drop table if exists t",
                "t(a), x(a)",
            ),
            (
                "create table x (a int); create materialized view t as select a from x;
                 drop view t; drop materialized view public.t",
                "x(a)",
            ),
            (
                "create table t (a int); create temp table t (b int); drop table t",
                "public.t(a)",
            ),
        ] {
            assert_eq!(left(ddl), expected, "{ddl}");
        }
    }

    #[test]
    fn one_table_by_two_spellings_stands_once() {
        for (ddl, expected) in [
            (
                "create table t (a int); create table if not exists public.t (b int)",
                "t(a)",
            ),
            (
                "create table public.t (a int); create table if not exists \"T\" (b int)",
                "public.t(a)",
            ),
            (
                "create table other.t (a int); create table if not exists t (b int)",
                "t(b), other.t(a)",
            ),
            (
                "create table t (a int); create table dev.public.t (b int)",
                "public.t(b)",
            ),
            (
                "create table t (a int); create temp table t (b int)",
                "t(b), public.t(a)",
            ),
            (
                "create temp table t (b int); create table t (a int)",
                "t(b), public.t(a)",
            ),
            (
                "create table public.t (a int); create table n (b int); alter table n rename to t",
                "n(b), public.t(a)",
            ),
        ] {
            assert_eq!(left(ddl), expected, "{ddl}");
        }
    }

    #[test]
    fn a_bare_name_is_made_where_the_search_path_says() {
        for (ddl, expected) in [
            (
                "set search_path to a; create table t (a int);
                 set search_path to b, a; create table t (b int); create view v as select b from t",
                "a.t(a), b.t(b), b.v(b)",
            ),
            (
                "set search_path to \"$user\", public; create table t (a int)",
                "t(a)",
            ),
            (
                "set search_path to a; reset search_path; create table t (a int)",
                "t(a)",
            ),
            (
                "set search_path to a; set search_path to default; create table t (a int)",
                "t(a)",
            ),
            ("set search_path to a; create temp table t (a int)", "t(a)"),
            (
                "create table t (a int); set search_path to a; create table t (b int)",
                "a.t(b), public.t(a)",
            ),
        ] {
            assert_eq!(left(ddl), expected, "{ddl}");
        }
    }

    #[test]
    fn a_foreign_key_refers_to_the_table_of_the_search_path_at_its_time() {
        let ddl = "set search_path to a; create table t (id int);
                   create table f (id int references t (id), up int references f (id));
                   set search_path to b; create table t (id int);
                   alter table a.f add foreign key (up) references t (id);";
        let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl)));
        let table = schema.tables.get(&"a.f".into()).expect("a.f");
        let referred = table.foreign_keys.iter().map(|key| key.table.bare());
        assert_eq!(referred.collect::<Vec<_>>(), ["a.t", "a.f", "b.t"]);
    }
}
