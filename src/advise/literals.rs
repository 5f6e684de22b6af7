//! What the workload's own literals tell of a column, where statistics say nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::design::Design;
use super::evaluate::Evaluated;
use crate::name::Ident;
use crate::schema::TableName;
use crate::stats::number_of_text;

/// The least and greatest literal that a column is compared with.
#[derive(Debug, Clone)]
struct Reach {
    least: (f64, String),
    greatest: (f64, String),
}

/// Takes the span of the literals that queries compare a column with for the span
/// of its values, where the least and greatest value are not known; returns the
/// columns. Queries ask for what is there: the span is a part of the real one, so
/// that what a sort key skips is understated rather than made up.
pub(super) fn fill(design: &mut Design, all: &[Evaluated]) -> Vec<String> {
    let mut reaches: BTreeMap<(TableName, Ident), Reach> = BTreeMap::new();
    for one in all {
        for node in one.plan.nodes.iter().filter(|node| node.operator.is_scan()) {
            let table = node.table_name();
            let table = table.and_then(|name| design.schema.resolve(&name));
            let filter = node.filter();
            let (Some(table), Some(filter)) = (table, filter) else {
                continue;
            };
            for conjunct in filter {
                let [column] = conjunct.columns.as_slice() else {
                    continue;
                };
                if conjunct.around.is_some() || table.column(column).is_none() {
                    continue;
                }
                let values = conjunct.literals.iter();
                let values = values.chain(&conjunct.lower).chain(&conjunct.upper);
                for text in values {
                    if let Some(value) = number_of_text(text) {
                        add(
                            &mut reaches,
                            (table.name.clone(), column.clone()),
                            value,
                            text,
                        );
                    }
                }
            }
        }
    }
    let mut filled = Vec::new();
    for ((table, column), reach) in reaches {
        if reach.least.0 >= reach.greatest.0 {
            continue;
        }
        let stats = design.stats.table_mut(&table);
        let known = stats.columns.entry(column.clone()).or_default();
        if known.min.is_none() && known.max.is_none() {
            known.min = Some(Value::String(reach.least.1));
            known.max = Some(Value::String(reach.greatest.1));
            filled.push(format!("`{table}.{column}`"));
        }
    }
    filled
}

fn add(
    reaches: &mut BTreeMap<(TableName, Ident), Reach>,
    key: (TableName, Ident),
    value: f64,
    text: &str,
) {
    let one = || (value, text.to_owned());
    let reach = reaches.entry(key).or_insert_with(|| Reach {
        least: one(),
        greatest: one(),
    });
    if value < reach.least.0 {
        reach.least = one();
    }
    if value > reach.greatest.0 {
        reach.greatest = one();
    }
}
