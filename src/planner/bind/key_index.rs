//! The keys of a schema's tables, as far as constraints or names tell, and which columns
//! refer to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::name::{Ident, TableName};
use crate::planner::logical::keys::Evidence;
use crate::schema::{Schema, Table, TableKind};

/// What a name ends in that is a key: `customer_id`, `o_custkey`, `ss_item_sk`.
const ENDINGS: [&str; 3] = ["id", "key", "sk"];
/// A shortened name of a table has this many letters at least: `cust` of `customer`.
const SHORTEST: usize = 3;
/// A prefix that stands for the table is this long at most: `o_`, `ss_`.
const LONGEST_PREFIX: usize = 2;

/// The tables of a schema by name, each under what its key may be called after, and what was found of
/// their keys. It holds for every schema with the same tables, however they are distributed and sorted.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    /// By [`plain`] name.
    by_name: OnceLock<BTreeMap<String, Vec<TableName>>>,
    /// The columns that REFERENCES points to, by table.
    referred: OnceLock<BTreeMap<TableName, Vec<Vec<Ident>>>>,
    found: RwLock<HashMap<TableName, Arc<TableKeys>>>,
}

/// The keys of a table, and the tables to whose keys its columns refer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct TableKeys {
    /// Its keys: those that are declared first.
    pub unique: Vec<(Vec<Ident>, Evidence)>,
    pub references: Vec<Referring>,
}

/// A column that refers to the key of another table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Referring {
    pub column: Ident,
    pub table: TableName,
    /// Whether REFERENCES says so; else the name does.
    pub declared: bool,
}

impl KeyIndex {
    /// The keys of a table of the schema, found when they are first asked for.
    pub(super) fn of(&self, schema: &Schema, table: &Table) -> Arc<TableKeys> {
        // A thread that panicked left whole values: they can be read all the same.
        let known = self.found.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&table.name) {
            return Arc::clone(known);
        }
        drop(known);
        let found = Arc::new(
            InSchema {
                index: self,
                schema,
            }
            .keys(table),
        );
        let mut known = self.found.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(table.name.clone(), Arc::clone(&found));
        found
    }
}

/// An index with its schema.
struct InSchema<'s> {
    index: &'s KeyIndex,
    schema: &'s Schema,
}

impl<'s> InSchema<'s> {
    fn keys(&self, table: &Table) -> TableKeys {
        let declared = self.declared(table).into_iter();
        let declared = declared.map(|key| (key.to_vec(), Evidence::Declared));
        let named = self.named(table).into_iter();
        let named = named.map(|key| (vec![key.clone()], Evidence::Named));
        let all = table.columns.iter().chain(&table.partitions);
        let references = all.filter_map(|column| self.reference(table, &column.name));
        TableKeys {
            unique: declared.chain(named).collect(),
            references: references.collect(),
        }
    }

    /// The key that a column refers to: as REFERENCES says, else as its name does.
    fn reference(&self, table: &Table, column: &Ident) -> Option<Referring> {
        let declared = table
            .foreign_keys
            .iter()
            .filter(|key| matches!(key.columns.as_slice(), [only] if only == column))
            .find_map(|key| self.schema.resolve(&key.table));
        let found = declared.or_else(|| self.referred(table, column.as_str()))?;
        // Its own key refers to nothing; a declared one may, to its parent.
        (found.name != table.name).then(|| Referring {
            column: column.clone(),
            table: found.name.clone(),
            declared: declared.is_some(),
        })
    }

    /// The declared keys of a table.
    fn declared<'t>(&self, table: &'t Table) -> Vec<&'t [Ident]>
    where
        's: 't,
    {
        let referred = self.index.referred.get_or_init(|| referred(self.schema));
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
    fn named<'t>(&self, table: &'t Table) -> Option<&'t Ident> {
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
    fn referred(&self, table: &Table, column: &str) -> Option<&'s Table> {
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
        let has_it = |table: &&'s Table| {
            let mut columns = table.columns.iter();
            columns.any(|column| {
                matches!(self::stem(column.name.as_str()), Some(Stem::Of(own)) if own == stem)
            })
        };
        let longer = self
            .by_name()
            .range(start.clone()..)
            .take_while(|(name, _)| name.starts_with(&start));
        let tables = longer.flat_map(|(_, names)| names);
        let tables = tables.filter_map(|name| self.schema.tables.get(name));
        let mut found = tables.filter(has_it);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    fn exactly(&self, stem: &str, from: &Table) -> Option<&'s Table> {
        let found = self.by_name().get(&plain(stem))?;
        let beside = |name: &&TableName| name.schema == from.name.schema;
        let name = match found.as_slice() {
            [only] => Some(only),
            several => several.iter().find(beside),
        };
        self.schema.tables.get(name?)
    }

    fn by_name(&self) -> &'s BTreeMap<String, Vec<TableName>> {
        self.index.by_name.get_or_init(|| {
            let mut index: BTreeMap<String, Vec<TableName>> = BTreeMap::new();
            for table in self.schema.tables.values() {
                if table.kind != TableKind::View {
                    let name = undressed(table.name.name.as_str());
                    let same = index.entry(plain(name)).or_default();
                    same.push(table.name.clone());
                }
            }
            index
        })
    }
}

fn referred(schema: &Schema) -> BTreeMap<TableName, Vec<Vec<Ident>>> {
    let mut out: BTreeMap<TableName, Vec<Vec<Ident>>> = BTreeMap::new();
    for key in schema.tables.values().flat_map(|table| &table.foreign_keys) {
        if let (Some(table), false) = (schema.resolve(&key.table), key.referred_columns.is_empty())
        {
            let known = out.entry(table.name.clone()).or_default();
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
        let index = InSchema {
            index: &KeyIndex::default(),
            schema: &schema,
        };
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
