//! The keys of a schema's tables, as far as constraints or names tell, and which columns
//! refer to them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::name::{Ident, TableName};
use crate::schema::{Schema, Table, TableKind};

/// What a name ends in that is a key: `customer_id`, `o_custkey`, `ss_item_sk`.
const ENDINGS: [&str; 3] = ["id", "key", "sk"];
/// A shortened name of a table has this many letters at least: `cust` of `customer`.
const SHORTEST: usize = 3;
/// A prefix that stands for the table is this long at most: `o_`, `ss_`.
const LONGEST_PREFIX: usize = 2;

/// The tables of a schema by name, each under what its key may be called after.
pub(crate) struct KeyIndex<'s> {
    schema: &'s Schema,
    /// By [`plain`] name.
    by_name: OnceCell<BTreeMap<String, Vec<&'s Table>>>,
    /// The columns that REFERENCES points to, by table.
    referred: OnceCell<BTreeMap<&'s TableName, Vec<Vec<Ident>>>>,
}

impl<'s> KeyIndex<'s> {
    /// The index of a schema, built when it is first asked.
    pub(crate) fn of(schema: &'s Schema) -> Self {
        Self {
            schema,
            by_name: OnceCell::new(),
            referred: OnceCell::new(),
        }
    }

    /// The declared keys of a table.
    pub(super) fn declared(&self, table: &'s Table) -> Vec<&[Ident]> {
        let referred = self.referred.get_or_init(|| referred(self.schema));
        let identities = table.columns.iter().filter(|column| column.identity);
        let primary = std::iter::once(&table.primary_key).filter(|key| !key.is_empty());
        primary
            .chain(&table.unique)
            .chain(referred.get(&table.name).into_iter().flatten())
            .map(Vec::as_slice)
            .chain(identities.map(|column| std::slice::from_ref(&column.name)))
            .collect()
    }

    /// The column that is named like the key of its table. A declared key overrules names.
    pub(super) fn named(&self, table: &'s Table) -> Option<&'s Ident> {
        if !table.primary_key.is_empty()
            || !matches!(
                table.kind,
                TableKind::Table | TableKind::Temporary | TableKind::External
            )
        {
            return None;
        }
        let own = |column: &&crate::schema::Column| {
            let stem = stem(column.name.as_str());
            match stem {
                Some(Stem::Bare) => true,
                Some(Stem::Of(stem)) => self
                    .called(&stem, table)
                    .is_some_and(|found| found.name == table.name),
                None => false,
            }
        };
        table.columns.iter().find(own).map(|column| &column.name)
    }

    /// The table whose key a column is named after.
    pub(super) fn referred(&self, table: &'s Table, column: &str) -> Option<&'s Table> {
        let Some(Stem::Of(stem)) = stem(column) else {
            return None;
        };
        // `billing_account_id` refers to `accounts` where there are no billing accounts.
        let mut tail = stem.as_str();
        loop {
            let found = match tail.len() == stem.len() {
                true => self.called(tail, table),
                false => self.exactly(tail, table),
            };
            if let Some(found) = found {
                return Some(found);
            }
            tail = tail.split_once('_')?.1;
        }
    }

    /// The table that a stem names: by its whole name, else by a beginning of it that the
    /// table's own column shares.
    fn called(&self, stem: &str, from: &Table) -> Option<&'s Table> {
        if let Some(table) = self.exactly(stem, from) {
            return Some(table);
        }
        let start = plain(stem);
        if start.len() < SHORTEST {
            return None;
        }
        let has_it = |table: &&&'s Table| {
            let mut columns = table.columns.iter();
            columns.any(|column| {
                matches!(self::stem(column.name.as_str()), Some(Stem::Of(own)) if own == stem)
            })
        };
        let longer = self
            .index()
            .range(start.clone()..)
            .take_while(|(name, _)| name.starts_with(&start));
        let mut found = longer.flat_map(|(_, tables)| tables).filter(has_it);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    fn exactly(&self, stem: &str, from: &Table) -> Option<&'s Table> {
        let found = self.index().get(&plain(stem))?;
        let beside = |table: &&&'s Table| table.name.schema == from.name.schema;
        match found.as_slice() {
            [only] => Some(only),
            several => several.iter().find(beside).copied(),
        }
    }

    fn index(&self) -> &BTreeMap<String, Vec<&'s Table>> {
        self.by_name.get_or_init(|| {
            let mut index: BTreeMap<String, Vec<&'s Table>> = BTreeMap::new();
            for table in self.schema.tables.values() {
                if table.kind != TableKind::View {
                    let name = undressed(table.name.name.as_str());
                    index.entry(plain(name)).or_default().push(table);
                }
            }
            index
        })
    }
}

fn referred(schema: &Schema) -> BTreeMap<&TableName, Vec<Vec<Ident>>> {
    let mut out: BTreeMap<&TableName, Vec<Vec<Ident>>> = BTreeMap::new();
    for key in schema.tables.values().flat_map(|table| &table.foreign_keys) {
        if let (Some(table), false) = (schema.resolve(&key.table), key.referred_columns.is_empty())
        {
            let known = out.entry(&table.name).or_default();
            if !known.contains(&key.referred_columns) {
                known.push(key.referred_columns.clone());
            }
        }
    }
    out
}

/// What a key's name says beside that it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stem {
    /// Nothing: `id`.
    Bare,
    /// What it is the key of: `custom` of `custom_id`.
    Of(String),
}

/// The stem of a column's name, if it ends like a key.
fn stem(column: &str) -> Option<Stem> {
    let name = column.to_lowercase();
    let ending = ENDINGS.into_iter().find(|ending| name.ends_with(ending))?;
    let before = &name[..name.len() - ending.len()];
    let stem = before.trim_end_matches('_');
    // Nearly no English word ends in "sk"; all the same, only `_sk` is meant.
    if ending == "sk" && stem == before && !before.is_empty() {
        return None;
    }
    let stem = match stem.split_once('_') {
        Some((prefix, rest)) if prefix.len() <= LONGEST_PREFIX => rest,
        None if stem.len() <= LONGEST_PREFIX && stem != before => "",
        _ => stem,
    };
    Some(match stem {
        // A column `key` names an attribute more often than a row.
        "" if ending == "id" => Stem::Bare,
        "" => return None,
        stem => Stem::Of(stem.to_owned()),
    })
}

/// A table's name without what marks it as a dimension: `dim_date`, `date_dim`.
fn undressed(table: &str) -> &str {
    table
        .strip_prefix("dim_")
        .or_else(|| table.strip_suffix("_dim"))
        .unwrap_or(table)
}

/// A name in the singular, without underscores.
fn plain(name: &str) -> String {
    let joined: String = name.to_lowercase().replace('_', "");
    if let Some(stem) = joined.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if joined.ends_with(ending) {
            return joined[..joined.len() - 2].to_owned();
        }
    }
    match joined.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn schema(ddl: &str) -> Schema {
        Schema::of(&crate::sql::parse(&SourceFile::new("t.sql", ddl)))
    }

    fn table<'s>(schema: &'s Schema, name: &str) -> &'s Table {
        schema.resolve(&name.into()).expect("a table")
    }

    /// The key by name of a table, and what a column refers to.
    fn said(ddl: &str, of: &str, column: &str) -> (Option<String>, Option<String>) {
        let schema = schema(ddl);
        let index = KeyIndex::of(&schema);
        let table = table(&schema, of);
        (
            index.named(table).map(|key| key.as_str().to_owned()),
            index
                .referred(table, column)
                .map(|table| table.name.to_string()),
        )
    }

    #[test]
    fn a_key_is_named_after_its_table_and_others_refer_to_it() {
        let both =
            |key: Option<&str>, to: Option<&str>| (key.map(str::to_owned), to.map(str::to_owned));
        let shop = "create table customers (id int); create table orders (id int, customer_id int, billing_customer_id int, note_id int);";
        assert_eq!(said(shop, "customers", "id"), both(Some("id"), None));
        assert_eq!(
            said(shop, "orders", "customer_id"),
            both(Some("id"), Some("customers"))
        );
        assert_eq!(
            said(shop, "orders", "billing_customer_id").1.as_deref(),
            Some("customers")
        );
        assert_eq!(said(shop, "orders", "note_id").1, None);
        let short = "create table part (p_partkey int); create table partsupp (ps_partkey int, ps_suppkey int);
            create table supplier (s_suppkey int); create table customer (c_custkey int); create table orders (o_orderkey int, o_custkey int);";
        assert_eq!(
            said(short, "partsupp", "ps_suppkey"),
            both(None, Some("supplier"))
        );
        assert_eq!(
            said(short, "partsupp", "ps_partkey"),
            both(None, Some("part"))
        );
        assert_eq!(
            said(short, "orders", "o_custkey"),
            both(Some("o_orderkey"), Some("customer"))
        );
    }

    #[test]
    fn a_declared_key_overrules_a_name() {
        let ddl = "create table orders (order_id int, line int, primary key (order_id, line))";
        assert_eq!(said(ddl, "orders", "order_id").0, None);
    }

    #[test]
    fn names_that_only_look_alike_are_no_keys() {
        let ddl = "create table paid (amount int, net_paid int, task int, disk int); create table di (x int)";
        assert_eq!(said(ddl, "paid", "disk"), (None, None));
        let two = "create table a.users (user_id int); create table b.users (user_id int); create table c.visits (user_id int)";
        assert_eq!(said(two, "c.visits", "user_id"), (None, None));
    }

    #[test]
    fn plurals_and_dimensions_mean_their_singular() {
        for (table, stem) in [
            ("categories", "category"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("date_dim", "date"),
            ("dim_store", "store"),
        ] {
            assert_eq!(plain(undressed(table)), plain(stem), "{table}");
        }
    }
}
