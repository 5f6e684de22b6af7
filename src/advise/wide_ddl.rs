//! The statement that makes the wide table.

use std::collections::{BTreeMap, BTreeSet};

use super::Keys;
use super::evaluate::Design;
use super::script::clauses;
use crate::schema::{SortKey, Table};
use crate::sql::Lookup;

/// CREATE TABLE AS over the joins; the narrow table stays.
pub(super) fn ddl(
    star: &Design,
    fact: &Table,
    design: &Design,
    wide_name: &str,
    used: &BTreeSet<(String, String)>,
    lookups: &[Lookup],
) -> Vec<String> {
    let wide = design.schema.resolve(None, wide_name);
    let sort_key = wide.map_or(&SortKey::None, |wide| &wide.sort_key);
    let keys = Keys::of(&fact.dist_style, sort_key, BTreeMap::new());
    let columns: Vec<String> = used
        .iter()
        .map(|(table, column)| format!("{table}.{column} AS {table}_{column}"))
        .collect();
    let mut joins = String::new();
    let mut known: BTreeSet<&str> = BTreeSet::from([fact.name.name.as_str()]);
    let mut wanted: BTreeSet<&str> = used.iter().map(|(table, _)| table.as_str()).collect();
    // A lookup is reached from a table that refers to it and is there already.
    for _ in 0..lookups.len() {
        let found = lookups.iter().find_map(|lookup| {
            let missing = !known.contains(lookup.table.as_str());
            let from = known.iter().find_map(|from| {
                let from = star.schema.resolve(None, from)?;
                let key = from
                    .foreign_keys
                    .iter()
                    .find(|key| key.table.name == lookup.table && key.columns.len() == 1);
                let column = match key {
                    Some(key) => key.columns.first()?.clone(),
                    None => from.column(&lookup.key)?.name.clone(),
                };
                Some((from.name.name.clone(), column))
            });
            let (from, column) = from.filter(|_| missing)?;
            Some((lookup, from, column))
        });
        let Some((lookup, from, column)) = found else {
            break;
        };
        let table = star.schema.resolve(None, &lookup.table);
        let full = table.map_or(lookup.table.clone(), |table| table.name.to_string());
        joins.push_str(&format!(
            "\nLEFT JOIN {full} ON {}.{} = {from}.{column}",
            lookup.table, lookup.key
        ));
        known.insert(lookup.table.as_str());
        wanted.remove(lookup.table.as_str());
        if wanted.is_empty() {
            break;
        }
    }
    vec![format!(
        "CREATE TABLE {wide_name} {} AS\nSELECT {}.*, {}\nFROM {}{joins};",
        clauses(&keys),
        fact.name.name,
        columns.join(", "),
        fact.name
    )]
}
