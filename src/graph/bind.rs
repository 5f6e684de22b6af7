//! Which tables of the DDL the steps of a pasted plan read: `EXPLAIN` leaves out the schema.

use crate::name::{Resolved, TableName, of_name};
use crate::plan::Plan;
use crate::schema::Schema;

use super::scanned_table;

/// Gives every scan of a pasted plan the full name of its table, as the search path resolves it.
/// Returns what had to be taken for granted or stays open, a sentence for each name.
pub fn bind(plan: &mut Plan, schema: &Schema) -> Vec<String> {
    let mut notes = Vec::new();
    for node in &mut plan.nodes {
        let Some(name) = scanned_table(node) else {
            continue;
        };
        let note = match schema.lookup(&name) {
            Resolved::Found(table, _) => {
                let others = of_name(&schema.tables, &name).map(|(other, _)| other);
                let others: Vec<&TableName> = others.filter(|other| *other != table).collect();
                let guessed = name.schema.is_none() && !others.is_empty();
                node.table = Some(table.clone());
                guessed.then(|| {
                    format!(
                        "`{name}` is taken as `{table}`, by the search path: plans leave out the \
                         schema, and the DDL also defines {}.",
                        quoted(&others)
                    )
                })
            }
            Resolved::Unknown => None,
            Resolved::Ambiguous(candidates) => Some(format!(
                "`{name}` may be {}: plans leave out the schema, and none of these is on the \
                 search path. Nothing is said of its keys; put `SET search_path TO …` into the DDL.",
                quoted(&candidates)
            )),
        };
        notes.extend(note.filter(|note| !notes.contains(note)));
    }
    notes
}

fn quoted(names: &[&TableName]) -> String {
    let names = names.iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(" or ")
}
