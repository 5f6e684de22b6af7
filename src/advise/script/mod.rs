//! The statements that carry a recommendation out, and those that undo it.

mod undo;

use std::fmt::Write;

use super::design::Design;
use super::evaluate::reading_once;
use super::{Keys, Request, TableAdvice};
use crate::latency::Warm;
use crate::schema::{SortKey, Table, TableKind};
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
    let interleaved = matches!(table.sort_key, SortKey::Interleaved(_));
    let moved = (now.diststyle, &now.distkey) != (new.diststyle, &new.distkey);
    // An interleaved table keeps its distribution and its encodings until it has another key.
    let resorted =
        now.sortkey != new.sortkey || interleaved && (moved || !new.encodings.is_empty());
    // The only forms that Redshift takes together: the rows are rewritten once.
    let together = resorted
        && moved
        && !interleaved
        && !new.sortkey.is_empty()
        && matches!(new.diststyle, "KEY" | "ALL");
    let can_change = "the encodings of old and new sort columns can change: those that are not \
                      named become RAW";
    // The copy that an interleaved key is undone by has the distribution and the encodings, too.
    let moved_back = || match interleaved {
        true => undo::Undo::default(),
        false => undo::distribution(table, now, kind),
    };
    if resorted {
        let mut back = undo::sort_key(table, now, new, design, kind);
        let mut actions = vec![Action::SortKey(&new.sortkey)];
        if together {
            actions.push(dist_action(new));
            let moved = moved_back();
            back.sql.extend(moved.sql);
            back.notes.extend(moved.notes);
        }
        steps.push(Step {
            sql: Some(alter(&actions)),
            notes: whole(can_change),
            undo: back.sql,
            undo_notes: back.notes,
            bytes: total,
        });
    }
    if moved && !together {
        let back = moved_back();
        steps.push(Step {
            sql: Some(alter(&[dist_action(new)])),
            notes: whole(""),
            undo: back.sql,
            undo_notes: back.notes,
            bytes: total,
        });
    }
    // What an ALTER of the sort key can have changed stands alone: the same encoding again is
    // refused, and with it the whole statement.
    let (of_keys, others): (Vec<_>, Vec<_>) = new
        .encodings
        .iter()
        .partition(|(name, _)| resorted && now.sortkey.contains(name));
    let apart = of_keys.into_iter().map(|one| (vec![one], true));
    for (columns, may_be_so) in std::iter::once((others, false)).chain(apart) {
        if columns.is_empty() {
            continue;
        }
        let forth = columns
            .iter()
            .map(|(name, new)| Action::Encode(name, **new));
        let back = columns
            .iter()
            .filter(|_| !interleaved)
            .filter_map(|(name, _)| Some(Action::Encode(name, table.column(name)?.encoding?)));
        let rewritten = format!(
            "rewrites {} of {} columns; the table stays readable",
            columns.len(),
            table.columns.len()
        );
        let so =
            may_be_so.then_some("refused where the ALTER of the sort key gave it this already");
        let back: Vec<Action<'_>> = back.collect();
        steps.push(Step {
            sql: Some(alter(&forth.collect::<Vec<_>>())),
            notes: std::iter::once(rewritten)
                .chain(so.map(str::to_owned))
                .collect(),
            undo: (!back.is_empty())
                .then(|| alter(&back))
                .into_iter()
                .collect(),
            undo_notes: Vec::new(),
            bytes: total,
        });
    }
    steps
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

/// The script, each statement with what it does.
pub fn script(steps: &[Step]) -> String {
    let mut out = String::new();
    for (index, step) in steps.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for note in &step.notes {
            comment(&mut out, note);
        }
        for undo in &step.undo {
            comment(&mut out, &format!("undo: {undo}"));
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
            comment(&mut out, note);
        }
        for undo in &step.undo {
            let _ = writeln!(out, "{undo}");
        }
    }
    out
}

/// A comment: a name with a line break in it starts no statement.
fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "-- {line}");
    }
}
