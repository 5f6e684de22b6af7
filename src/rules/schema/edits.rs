//! Edits of a definition, shared by the rules that can fix what they find. What
//! they write takes the case of what it replaces.

use super::Context;
use crate::name::Ident;
use crate::rules::{Applicability, Edit, Fix};
use crate::schema::Encoding;
use crate::sql::{ColumnAttribute, ColumnDef, CreateTable, TableAttribute};
use crate::text::Span;

/// A fix that keeps the meaning of the statement.
pub(super) fn safe(edits: Vec<Edit>) -> Option<Fix> {
    fix(Applicability::Safe, edits)
}

/// A fix that changes what the statement does.
pub(super) fn unsafe_fix(edits: Vec<Edit>) -> Option<Fix> {
    fix(Applicability::Unsafe, edits)
}

fn fix(applicability: Applicability, edits: Vec<Edit>) -> Option<Fix> {
    (!edits.is_empty()).then_some(Fix {
        applicability,
        edits,
    })
}

/// Puts `words` where `span` is, in the case of what stands there.
pub(super) fn replace(cx: &Context<'_>, span: Span, words: &str) -> Edit {
    let there = cx.source.text.get(span.start..span.end).unwrap_or_default();
    Edit {
        span,
        text: cased(there, words),
    }
}

/// Adds `words` at an offset, in the case of the statement's first word.
pub(super) fn insert(cx: &Context<'_>, statement: Span, at: usize, words: &str) -> Edit {
    let there = cx.source.text.get(statement.start..statement.end);
    let first = there.unwrap_or_default().split_whitespace().next();
    Edit {
        span: Span::new(at, at),
        text: cased(first.unwrap_or_default(), words),
    }
}

fn cased(there: &str, words: &str) -> String {
    match there.chars().any(char::is_lowercase) {
        true => words.to_lowercase(),
        false => words.to_uppercase(),
    }
}

/// Takes a clause out, with the blanks before it and its line if nothing else
/// stands there.
pub(super) fn remove(cx: &Context<'_>, span: Span) -> Edit {
    let bytes = cx.source.text.as_bytes();
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let before = bytes.get(..span.start).unwrap_or_default();
    let mut start = span.start - before.iter().rev().take_while(|b| blank(b)).count();
    let after = bytes.get(span.end..).unwrap_or_default();
    let ends_line = after
        .iter()
        .find(|b| !blank(b))
        .is_none_or(|b| matches!(b, b'\n' | b'\r'));
    if ends_line && start > 0 && bytes[start - 1] == b'\n' {
        start -= 1 + usize::from(start > 1 && bytes[start - 2] == b'\r');
    }
    Edit {
        span: Span::new(start, span.end),
        text: String::new(),
    }
}

/// The definition of a column.
pub(super) fn column<'a>(create: &'a CreateTable, name: &str) -> Option<&'a ColumnDef> {
    create.columns.iter().find(|column| column.name.0 == name)
}

/// The place of a column's ENCODE clause.
pub(super) fn encode(create: &CreateTable, name: &str) -> Option<Span> {
    let mut attributes = column(create, name)?.attributes.iter();
    attributes.find_map(|attribute| match attribute {
        ColumnAttribute::Encode(_, _, span) => Some(*span),
        _ => None,
    })
}

/// Gives columns another encoding where they name one.
pub(super) fn encode_as(
    cx: &Context<'_>,
    create: &CreateTable,
    columns: &[(Ident, Encoding)],
) -> Vec<Edit> {
    let edits = columns.iter().filter_map(|(name, encoding)| {
        let span = encode(create, name)?;
        Some(replace(cx, span, &format!("encode {encoding}")))
    });
    edits.collect()
}

/// Takes out every clause that says how the table is sorted, and adds another.
pub(super) fn sort_by(
    cx: &Context<'_>,
    create: &CreateTable,
    statement: Span,
    columns: &[Ident],
) -> Vec<Edit> {
    let of_columns = create.columns.iter().flat_map(|c| &c.attributes);
    let of_columns = of_columns.filter_map(|attribute| match attribute {
        ColumnAttribute::SortKey(span) => Some(*span),
        _ => None,
    });
    let of_table = create.attributes.iter().filter_map(|attribute| {
        let TableAttribute::SortKey(_, _, span) = attribute else {
            return None;
        };
        Some(*span)
    });
    // Names keep the case that they have in the statement.
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|name| {
            let span = column(create, name)?.name.1;
            cx.source.text.get(span.start..span.end)
        })
        .collect();
    let words = insert(cx, statement, 0, "sortkey").text;
    let clause = format!("{words} ({})", names.join(", "));
    swap(cx, create, of_columns.collect(), of_table.collect(), clause)
}

/// Takes out every clause that says how the table is distributed, and adds another.
pub(super) fn distribute(
    cx: &Context<'_>,
    create: &CreateTable,
    statement: Span,
    words: &str,
) -> Vec<Edit> {
    let of_columns = create.columns.iter().flat_map(|c| &c.attributes);
    let of_columns = of_columns.filter_map(|attribute| match attribute {
        ColumnAttribute::DistKey(span) => Some(*span),
        _ => None,
    });
    let of_table = create
        .attributes
        .iter()
        .filter_map(|attribute| match attribute {
            TableAttribute::DistKey(_, span) | TableAttribute::DistStyle(_, span) => Some(*span),
            _ => None,
        });
    let clause = insert(cx, statement, 0, words).text;
    swap(cx, create, of_columns.collect(), of_table.collect(), clause)
}

/// Writes `clause` over the first clause of the table, or after its last one.
fn swap(
    cx: &Context<'_>,
    create: &CreateTable,
    of_columns: Vec<Span>,
    of_table: Vec<Span>,
    clause: String,
) -> Vec<Edit> {
    let mut edits: Vec<Edit> = of_columns.iter().map(|span| remove(cx, *span)).collect();
    match of_table.split_first() {
        Some((first, others)) => {
            edits.push(Edit {
                span: *first,
                text: clause,
            });
            edits.extend(others.iter().map(|span| remove(cx, *span)));
        }
        None => edits.push(Edit {
            span: Span::new(create.attributes_end, create.attributes_end),
            text: format!(" {clause}"),
        }),
    }
    edits
}
