//! Statistics and settings without their names.

use serde_json::Value;

use super::{Kind, Names, mapped, shifted_date};
use crate::config::Config;
use crate::name::{Ident, TableName};
use crate::stats::{ColumnStats, Common, Stats};

/// Statistics by the new names; a column's values are mapped as literals are, and left out
/// where they are neither numbers nor dates.
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
        if let Some(style) = &mut new.diststyle {
            *style = within_key(style, names);
        }
        if let Some(column) = &mut new.sortkey1 {
            let own = column.contains('(') || column.eq_ignore_ascii_case("interleaved");
            *column = match own || column.is_empty() {
                true => within_key(column, names),
                false => names.name(column, Kind::Column),
            };
        }
        out.tables.insert(name, new);
    }
    out
}

/// `KEY(column)` and `AUTO(KEY(column))` with the column replaced.
fn within_key(text: &str, names: &mut Names) -> String {
    let Some((before, rest)) = text.rsplit_once('(') else {
        return text.to_owned();
    };
    let (column, after) = rest.split_at(rest.find(')').unwrap_or(rest.len()));
    match before.to_lowercase().ends_with("key") {
        true => format!("{before}({}{after}", names.name(column, Kind::Column)),
        false => text.to_owned(),
    }
}

fn column_stats(known: &ColumnStats) -> ColumnStats {
    let mapped = |value: &Value| match value {
        Value::Number(number) => Some(Value::from(mapped(number.as_f64()?))),
        Value::String(text) => Some(Value::from(shifted_date(text)?)),
        _ => None,
    };
    let common = known.most_common.iter().map(|common| Common {
        value: common.value.as_ref().and_then(mapped),
        share: common.share,
    });
    let bounds: Option<Vec<Value>> = known.histogram.iter().map(mapped).collect();
    ColumnStats {
        min: known.min.as_ref().and_then(mapped),
        max: known.max.as_ref().and_then(mapped),
        most_common: common.collect(),
        histogram: bounds.unwrap_or_default(),
        ..known.clone()
    }
}

/// The settings with the workload's columns by their new names.
pub fn config(config: &Config, names: &mut Names) -> Config {
    let mut out = config.clone();
    let renamed = out.workload.columns().iter();
    let renamed = renamed
        .map(|column| Ident::exact(names.name(column, Kind::Column)))
        .collect();
    match out.workload.is_named() {
        true => out.workload.columns = Some(renamed),
        false => out.workload.stand_in = Some(renamed),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_named_as_its_clause_is_hidden_and_the_clause_stays() {
        let mut names = Names::default();
        assert_eq!(within_key("KEY(key)", &mut names), "KEY(column_b)");
        assert_eq!(
            within_key("AUTO(KEY(even))", &mut names),
            "AUTO(KEY(column_c))"
        );
        assert_eq!(within_key("AUTO(ALL)", &mut names), "AUTO(ALL)");
        assert_eq!(within_key("EVEN", &mut names), "EVEN");
    }
}
