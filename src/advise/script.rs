//! The statements that carry a recommendation out, and those that undo it.

use std::fmt::Write;

use super::design::Design;
use super::evaluate::reading_once;
use super::{Keys, Request, TableAdvice};
use crate::latency::Warm;
use crate::name::{Ident, TableName};
use crate::schema::{DataType, SortKey, Table, TableKind};
use crate::sql::write::{self, Action, Altered, Distributed, Sql, Style};
use crate::text::units::{count, duration, size};

/// One statement with what it does to the table, and its reverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The statement; `None` where nothing can be run and the notes say why.
    pub sql: Option<Sql>,
    /// What it rewrites and locks.
    pub notes: Vec<String>,
    /// The statements that undo it.
    pub undo: Vec<Sql>,
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
        let table = design.schema.resolve(&one.table);
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
            sql: None,
            notes: vec![format!(
                "{}: temporary tables can't be altered so; create it with {}",
                table.name,
                clauses(new)
            )],
            undo: Vec::new(),
            undo_notes: Vec::new(),
            bytes: 0.0,
        }];
    }
    let kind = match table.kind {
        TableKind::MaterializedView => Altered::MaterializedView,
        _ => Altered::Table,
    };
    let rows = design.rows(table);
    let total = design.raw_bytes(table).unwrap_or(0.0);
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
    let alter = |actions: &[Action<'_>]| write::alter_kind(kind, &table.name, actions);
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
        let (mut undo, mut undo_notes) = undo_sort(table, now, &alter);
        undo.push(alter(&[dist_action(now)]));
        undo_notes.extend(auto_note(now));
        steps.push(Step {
            sql: Some(alter(&[Action::SortKey(&new.sortkey), dist_action(new)])),
            notes: whole("the first sort column becomes RAW"),
            undo,
            undo_notes,
            bytes: total,
        });
    }
    if resorted && !together {
        let (undo, undo_notes) = undo_sort(table, now, &alter);
        steps.push(Step {
            sql: Some(alter(&[Action::SortKey(&new.sortkey)])),
            notes: whole("the first sort column becomes RAW"),
            undo,
            undo_notes,
            bytes: total,
        });
    }
    if moved && !together {
        let undo_notes = auto_note(now).into_iter().collect();
        steps.push(Step {
            sql: Some(alter(&[dist_action(new)])),
            notes: whole(""),
            undo: vec![alter(&[dist_action(now)])],
            undo_notes,
            bytes: total,
        });
    }
    if !new.encodings.is_empty() {
        let forth: Vec<Action<'_>> = new
            .encodings
            .iter()
            .map(|(column, encoding)| Action::Encode(column, *encoding))
            .collect();
        let back: Vec<Action<'_>> = new
            .encodings
            .keys()
            .filter_map(|name| Some(Action::Encode(name, table.column(name)?.encoding?)))
            .collect();
        steps.push(Step {
            sql: Some(alter(&forth)),
            notes: vec![format!(
                "rewrites {} of {} columns; the table stays readable",
                new.encodings.len(),
                table.columns.len()
            )],
            undo: vec![alter(&back)],
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
    let distributed = distributed(keys);
    match keys.sortkey.is_empty() {
        true => distributed.to_string(),
        false => format!("{distributed} {}", write::sort_key(false, &keys.sortkey)),
    }
}

fn style(keys: &Keys) -> Style {
    match keys.diststyle {
        "ALL" => Style::All,
        "EVEN" => Style::Even,
        _ => Style::Auto,
    }
}

fn distributed(keys: &Keys) -> Distributed<'_> {
    match &keys.distkey {
        Some(column) => Distributed::Key(column),
        None => Distributed::Style(style(keys)),
    }
}

fn dist_action(keys: &Keys) -> Action<'_> {
    match &keys.distkey {
        Some(column) => Action::DistKey(column),
        None => Action::DistStyle(style(keys)),
    }
}

/// Back to the sort key there was. An interleaved key can't be altered back: the
/// rows are copied into a table that has it, and the names are exchanged.
fn undo_sort(
    table: &Table,
    now: &Keys,
    alter: &dyn Fn(&[Action<'_>]) -> Sql,
) -> (Vec<Sql>, Vec<String>) {
    match &table.sort_key {
        SortKey::Auto(_) => (
            vec![alter(&[Action::SortKeyAuto])],
            vec![
                "AUTO starts from the present key; Redshift changes it when it sees fit".to_owned(),
            ],
        ),
        SortKey::Interleaved(columns) => undo_interleaved(table, now, columns),
        _ => (vec![alter(&[Action::SortKey(&now.sortkey)])], Vec::new()),
    }
}

fn undo_interleaved(table: &Table, now: &Keys, columns: &[Ident]) -> (Vec<Sql>, Vec<String>) {
    let called = |ending: &str| TableName {
        schema: table.name.schema.clone(),
        name: Ident::exact(format!("{}_{ending}", table.name.name.as_str())),
    };
    let (copy, kept) = (called("interleaved"), called("compound"));
    let defined: Vec<(&Ident, &DataType)> = table
        .columns
        .iter()
        .map(|column| (&column.name, &column.data_type))
        .collect();
    let names: Vec<&Ident> = table.columns.iter().map(|column| &column.name).collect();
    (
        vec![
            write::begin(),
            write::create_interleaved(&copy, &defined, distributed(now), columns),
            write::insert_select(&copy, &names, &table.name),
            write::alter(&table.name, &[Action::RenameTo(&kept.name)]),
            write::alter(&copy, &[Action::RenameTo(&table.name.name)]),
            write::commit(),
        ],
        vec![format!(
            "constraints, defaults, IDENTITY and grants have to be set again; `{kept}` stays until you drop it"
        )],
    )
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
        if let Some(sql) = &step.sql {
            let _ = writeln!(out, "{sql}");
        }
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
