//! Statistics and settings without their names.

use serde_json::Value;

use super::{Kind, Names, mapped, shifted_date};
use crate::config::Config;
use crate::name::{Ident, TableName};
use crate::stats::{ColumnStats, Stats};

/// Statistics by the new names; the ends of a column's values are mapped as literals
/// are, and left out where they are neither numbers nor dates.
pub fn stats(stats: &Stats, names: &mut Names) -> Stats {
    let mut out = Stats::default();
    for (table, known) in &stats.tables {
        let schema = table.schema.as_deref();
        let name = TableName::new(
            schema.map(|schema| Ident::exact(names.name(schema, Kind::Schema))),
            Ident::exact(names.name(&table.name, Kind::Table)),
        );
        let mut new = known.clone();
        new.columns = known
            .columns
            .iter()
            .map(|(column, known)| {
                let name = Ident::exact(names.name(column, Kind::Column));
                (name, column_stats(known))
            })
            .collect();
        for text in [&mut new.diststyle, &mut new.sortkey1]
            .into_iter()
            .flatten()
        {
            *text = names.known_words(text);
        }
        out.tables.insert(name, new);
    }
    out
}

fn column_stats(known: &ColumnStats) -> ColumnStats {
    let end = |value: &Option<Value>| match value.as_ref()? {
        Value::Number(number) => Some(Value::from(mapped(number.as_f64()?))),
        Value::String(text) => Some(Value::from(shifted_date(text)?)),
        _ => None,
    };
    ColumnStats {
        min: end(&known.min),
        max: end(&known.max),
        ..known.clone()
    }
}

/// The settings with the workload's columns by their new names.
pub fn config(config: &Config, names: &mut Names) -> Config {
    let mut out = config.clone();
    for column in &mut out.workload.columns {
        *column = Ident::exact(names.name(column, Kind::Column));
    }
    out
}
