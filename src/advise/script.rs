//! The statements that carry a recommendation out, and those that undo it.

use std::fmt::Write;

use super::distribution;
use super::evaluate::{Design, reading_once};
use super::worth::raw_bytes;
use super::{Keys, Request, TableAdvice};
use crate::latency::Warm;
use crate::schema::{SortKey, Table, TableKind};
use crate::text::units::{count, duration, size};

/// One statement with what it does to the table, and its reverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The statement.
    pub sql: String,
    /// What it rewrites and locks.
    pub notes: Vec<String>,
    /// The statements that undo it.
    pub undo: Vec<String>,
    /// What undoing does not bring back.
    pub undo_notes: Vec<String>,
    /// Bytes that it rewrites, where the rows are known.
    bytes: f64,
}

/// The steps for what is recommended: the smallest table first, so that a mistake
/// shows early and costs little; per table the sort key before the distribution,
/// since Redshift refuses to distribute an interleaved table.
pub(super) fn steps(request: &Request<'_>, design: &Design, advice: &[TableAdvice]) -> Vec<Step> {
    let mut tables: Vec<Vec<Step>> = Vec::new();
    for one in advice.iter().filter(|one| one.changes()) {
        let table = crate::graph::lookup(&design.schema, &one.table);
        if let Some(table) = table {
            let once = reading_once(request, design, table);
            tables.push(of_table(table, design, one, once.as_ref()));
        }
    }
    tables.sort_by(|a, b| {
        let bytes = |steps: &[Step]| steps.first().map_or(0.0, |step| step.bytes);
        bytes(a).total_cmp(&bytes(b))
    });
    tables.into_iter().flatten().collect()
}

fn of_table(
    table: &Table,
    design: &Design,
    advice: &TableAdvice,
    once: Option<&Warm>,
) -> Vec<Step> {
    let (now, new) = (&advice.current, &advice.recommended);
    if table.kind == TableKind::Temporary {
        return vec![Step {
            sql: format!(
                "-- {}: temporary tables can't be altered so; create it with {}",
                table.name,
                clauses(new)
            ),
            notes: Vec::new(),
            undo: Vec::new(),
            undo_notes: Vec::new(),
            bytes: 0.0,
        }];
    }
    let kind = match table.kind {
        TableKind::MaterializedView => "MATERIALIZED VIEW",
        _ => "TABLE",
    };
    let rows = distribution::rows(design, table);
    let total = raw_bytes(design, table).unwrap_or(0.0);
    let rewrites = match rows {
        Some(rows) => format!(
            "rewrites {} rows, about {} before compression, and needs as much free space",
            count(rows),
            size(total)
        ),
        None => "rewrites the whole table; its rows are not known".to_owned(),
    };
    // Without a row count there is nothing to time.
    let lasts = once.filter(|_| rows.is_some()).map(|once| {
        format!(
            "at least about {}: that is reading it once, {} to {}; then it is sorted and written",
            duration(once.p50_ms),
            duration(once.low_ms),
            duration(once.high_ms)
        )
    });
    let alter = |action: String| format!("ALTER {kind} {} {action};", table.name);
    let locked = "locks the table to the end of its transaction; not beside VACUUM, one such ALTER per table at a time".to_owned();
    // What is true of every statement that rewrites the whole table.
    let whole = |and: &str| -> Vec<String> {
        let notes = [Some(rewrites.clone()), lasts.clone(), Some(locked.clone())];
        let and = Some(and.to_owned()).filter(|and| !and.is_empty());
        notes.into_iter().chain([and]).flatten().collect()
    };
    let mut steps = Vec::new();
    let resorted = now.sortkey != new.sortkey;
    let moved = (now.diststyle, &now.distkey) != (new.diststyle, &new.distkey);
    let interleaved = matches!(table.sort_key, SortKey::Interleaved(_));
    // The only forms that Redshift takes together: the rows are rewritten once.
    let together = resorted
        && moved
        && !interleaved
        && !new.sortkey.is_empty()
        && matches!(new.diststyle, "KEY" | "ALL");
    if together {
        let dist = match &new.distkey {
            Some(column) => format!("ALTER DISTKEY {column}"),
            None => "ALTER DISTSTYLE ALL".to_owned(),
        };
        let (mut undo, mut undo_notes) = undo_sort(table, now, &alter);
        undo.push(alter(dist_action(now)));
        undo_notes.extend(auto_note(now));
        steps.push(Step {
            sql: alter(format!("{}, {dist}", sort_action(&new.sortkey))),
            notes: whole("the first sort column becomes RAW"),
            undo,
            undo_notes,
            bytes: total,
        });
    }
    if resorted && !together {
        let (undo, undo_notes) = undo_sort(table, now, &alter);
        steps.push(Step {
            sql: alter(sort_action(&new.sortkey)),
            notes: whole("the first sort column becomes RAW"),
            undo,
            undo_notes,
            bytes: total,
        });
    }
    if moved && !together {
        let undo_notes = auto_note(now).into_iter().collect();
        steps.push(Step {
            sql: alter(dist_action(new)),
            notes: whole(""),
            undo: vec![alter(dist_action(now))],
            undo_notes,
            bytes: total,
        });
    }
    if !new.encodings.is_empty() {
        let action = |pairs: &mut dyn Iterator<Item = (String, String)>| {
            let actions =
                pairs.map(|(column, encoding)| format!("ALTER COLUMN {column} ENCODE {encoding}"));
            actions.collect::<Vec<_>>().join(", ")
        };
        let mut forth = new
            .encodings
            .iter()
            .map(|(column, encoding)| (column.clone(), encoding.to_string()));
        let mut back = new.encodings.keys().filter_map(|name| {
            let encoding = table.column(name)?.encoding?;
            Some((name.clone(), encoding.to_string()))
        });
        steps.push(Step {
            sql: alter(action(&mut forth)),
            notes: vec![format!(
                "rewrites {} of {} columns; the table stays readable",
                new.encodings.len(),
                table.columns.len()
            )],
            undo: vec![alter(action(&mut back))],
            undo_notes: Vec::new(),
            bytes: total,
        });
    }
    steps
}

fn auto_note(now: &Keys) -> Option<String> {
    let note = "AUTO starts from the present style; Redshift changes it when it sees fit";
    (now.diststyle == "AUTO").then(|| note.to_owned())
}

/// The clauses of CREATE TABLE that give these keys.
pub(super) fn clauses(keys: &Keys) -> String {
    let mut text = match (&keys.distkey, keys.diststyle) {
        (Some(column), _) => format!("DISTKEY ({column})"),
        (None, style) => format!("DISTSTYLE {style}"),
    };
    if !keys.sortkey.is_empty() {
        let _ = write!(text, " SORTKEY ({})", keys.sortkey.join(", "));
    }
    text
}

fn dist_action(keys: &Keys) -> String {
    match &keys.distkey {
        Some(column) => format!("ALTER DISTSTYLE KEY DISTKEY {column}"),
        None => format!("ALTER DISTSTYLE {}", keys.diststyle),
    }
}

fn sort_action(columns: &[String]) -> String {
    match columns.is_empty() {
        true => "ALTER SORTKEY NONE".to_owned(),
        false => format!("ALTER COMPOUND SORTKEY ({})", columns.join(", ")),
    }
}

/// Back to the sort key there was. An interleaved key can't be altered back: the
/// rows are copied into a table that has it, and the names are exchanged.
fn undo_sort(
    table: &Table,
    now: &Keys,
    alter: &dyn Fn(String) -> String,
) -> (Vec<String>, Vec<String>) {
    match &table.sort_key {
        SortKey::Auto(_) => (
            vec![alter("ALTER SORTKEY AUTO".to_owned())],
            vec![
                "AUTO starts from the present key; Redshift changes it when it sees fit".to_owned(),
            ],
        ),
        SortKey::Interleaved(columns) => {
            let (name, bare) = (&table.name, &table.name.name);
            let defined: Vec<String> = table
                .columns
                .iter()
                .map(|column| format!("{} {}", column.name, column.data_type))
                .collect();
            let style = match &now.distkey {
                Some(column) => format!("DISTKEY ({column})"),
                None => format!("DISTSTYLE {}", now.diststyle),
            };
            let names = table.columns.iter().map(|c| c.name.as_str());
            let names = names.collect::<Vec<_>>().join(", ");
            (
                vec![
                    "BEGIN;".to_owned(),
                    format!(
                        "CREATE TABLE {name}_interleaved ({}) {style} INTERLEAVED SORTKEY ({});",
                        defined.join(", "),
                        columns.join(", ")
                    ),
                    format!("INSERT INTO {name}_interleaved ({names}) SELECT {names} FROM {name};"),
                    format!("ALTER TABLE {name} RENAME TO {bare}_compound;"),
                    format!("ALTER TABLE {name}_interleaved RENAME TO {bare};"),
                    "COMMIT;".to_owned(),
                ],
                vec![format!(
                    "constraints, defaults, IDENTITY and grants have to be set again; `{name}_compound` stays until you drop it"
                )],
            )
        }
        _ => (vec![alter(sort_action(&now.sortkey))], Vec::new()),
    }
}

/// The script, each statement with what it does.
pub fn script(steps: &[Step]) -> String {
    let mut out = String::new();
    for (index, step) in steps.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for note in &step.notes {
            let _ = writeln!(out, "-- {note}");
        }
        for undo in &step.undo {
            let _ = writeln!(out, "-- undo: {undo}");
        }
        let _ = writeln!(out, "{}", step.sql);
    }
    out
}

/// The script that undoes them, the last first.
pub fn rollback_script(steps: &[Step]) -> String {
    let mut out = String::new();
    for (index, step) in steps.iter().rev().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for note in &step.undo_notes {
            let _ = writeln!(out, "-- {note}");
        }
        for undo in &step.undo {
            let _ = writeln!(out, "{undo}");
        }
    }
    out
}
