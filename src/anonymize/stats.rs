//! Statistics and settings without their names.

use serde_json::Value;

use super::{Kind, Names, mapped, shifted_date};
use crate::config::Config;
use crate::stats::{ColumnStats, Stats};

/// Statistics by the new names; the ends of a column's values are mapped as literals
/// are, and left out where they are neither numbers nor dates.
pub fn stats(stats: &Stats, names: &mut Names) -> Stats {
    let mut out = Stats::default();
    for (table, known) in &stats.tables {
        let name = match table.rsplit_once('.') {
            Some((schema, table)) => format!(
                "{}.{}",
                names.name(schema, Kind::Schema),
                names.name(table, Kind::Table)
            ),
            None => names.name(table, Kind::Table),
        };
        let mut new = known.clone();
        new.columns = known
            .columns
            .iter()
            .map(|(column, known)| (names.name(column, Kind::Column), column_stats(known)))
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
        *column = names.name(column, Kind::Column);
    }
    out
}
