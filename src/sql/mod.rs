//! Redshift SQL on sqlparser: its tokens, types and queries; our own statements
//! for what it lacks, with spans on every part and recovery at the next statement.

mod adapt;
mod alter;
pub mod ast;
mod attributes;
mod body;
pub(crate) mod commands;
mod copy;
mod create;
mod cursor;
mod data_type;
mod dialect;
mod external;
mod folded;
pub(crate) mod foreign;
mod grammar;
mod limits;
mod names;
mod near;
mod place;
mod positions;
#[cfg(feature = "pipeline")]
pub mod python;
mod query;
mod rename;
mod rename_column;
mod simple;
mod split;
mod statement;
mod types;
mod undo;
mod wide;
pub mod write;

pub use ast::*;
pub use copy::is_load_word;
pub use data_type::{DataType, Encoding};
pub use dialect::RedshiftDialect;
pub use folded::{ident, table_name};
pub use names::{NamePlace, NamePlaces};
pub use query::QueryError;
pub use rename::rename_table;
pub use rename_column::ColumnRename;
pub use statement::{
    Destination, NewDistribution, QueryStatement, Write, WriteKind, parse_query, parse_query_at,
};
pub use types::misspelt_type;
pub use wide::{KnownColumn, Lookup, Role, Step as WideStep, WideQuery, inline};

use crate::text::{SourceFile, Span};
use cursor::{Cursor, Parsed};
use rayon::prelude::*;
use split::Piece;
use undo::Undone;

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The place in the source.
    pub span: Span,
    /// The kind of statement it stands in; empty where that is not known.
    pub kind: String,
    /// What was expected.
    pub message: String,
}

impl SyntaxError {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            kind: String::new(),
            message: message.into(),
        }
    }
}

/// Something that was skipped or not understood, and is not called wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The place in the source.
    pub span: Span,
    /// What happened.
    pub message: String,
}

/// A script, read.
#[derive(Debug, Default)]
pub struct Script {
    /// The statements that were read, in order.
    pub statements: Vec<Statement>,
    /// What is wrong.
    pub errors: Vec<SyntaxError>,
    /// What was skipped or not understood.
    pub notes: Vec<Note>,
    /// What other databases have and Redshift refuses.
    pub refused: Vec<Refused>,
}

impl Script {
    fn append(&mut self, mut part: Script) {
        self.statements.append(&mut part.statements);
        self.errors.append(&mut part.errors);
        self.notes.append(&mut part.notes);
        self.refused.append(&mut part.refused);
    }

    fn in_order(mut self) -> Self {
        self.errors.sort_by_key(|error| error.span);
        self
    }

    /// Drops the queries and changes of rows that define nothing.
    fn forget_rows(&mut self) {
        for statement in &mut self.statements {
            if matches!(statement.body, Body::Query(_)) {
                statement.body = Body::Forgotten;
            }
        }
    }

    /// Drops the queries, which take most of the memory, once the schema has
    /// been told of what they define.
    pub fn forget_queries(&mut self) {
        for statement in &mut self.statements {
            match &mut statement.body {
                Body::Query(_) => statement.body = Body::Forgotten,
                Body::CreateView(view) => view.query.query = None,
                Body::CreateTable(table) => {
                    if let Some(query) = &mut table.query {
                        query.query = None;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Reads a script. Never fails as a whole: a statement with an error is left
/// out, and reading goes on with the next one.
pub fn parse(source: &SourceFile) -> Script {
    crate::stack::with_room(|| parse_script(source))
}

/// As [`parse`], for files as large as they come: the statements in the bodies of procedures follow
/// their procedure, parts of the file are read side by side, and of each part `seen` is told while
/// its queries are there; then they are dropped ([`Body::Forgotten`]), but for those that define
/// something.
pub fn parse_in_parts(source: &SourceFile, seen: &mut dyn FnMut(&mut Script)) -> Script {
    let pieces = split::split(&source.text);
    let mut script = beginning(&pieces);
    let undone = Undone::of(&pieces.text);
    let at_once = PART * rayon::current_num_threads();
    for batch in pieces.pieces.chunks(at_once) {
        let read =
            |part: &[Piece]| crate::stack::with_room(|| read(&pieces.text, part, &undone, true));
        let parts: Vec<Script> = batch.par_chunks(PART).map(read).collect();
        for mut part in parts {
            seen(&mut part);
            part.forget_rows();
            script.append(part);
        }
    }
    script.in_order()
}

/// Statements that are read side by side with others.
const PART: usize = 256;

fn parse_script(source: &SourceFile) -> Script {
    let pieces = split::split(&source.text);
    let mut script = beginning(&pieces);
    let undone = Undone::of(&pieces.text);
    script.append(read(&pieces.text, &pieces.pieces, &undone, false));
    script.in_order()
}

/// A script without statements: what splitting tells.
fn beginning(pieces: &split::Pieces<'_>) -> Script {
    let mut script = Script::default();
    for mishap in &pieces.mishaps {
        match mishap.error {
            true => script
                .errors
                .push(SyntaxError::new(mishap.span, mishap.message)),
            false => script.notes.push(Note {
                span: mishap.span,
                message: mishap.message.to_owned(),
            }),
        }
    }
    script
}

/// Reads statements of a text, and if that is asked those in the bodies of procedures.
fn read(text: &str, pieces: &[Piece], undone: &Undone, bodies: bool) -> Script {
    let mut script = Script::default();
    for piece in pieces {
        let first = script.statements.len();
        add(&mut script, text, piece, false);
        let whole = &text[piece.span.start..piece.span.end];
        if bodies && kind(whole) == "CREATE PROCEDURE" {
            for inner in body::statements(text, piece) {
                add(&mut script, text, &inner, true);
            }
        }
        if undone.has(piece.span.start) {
            let own = script.statements.iter_mut().skip(first);
            own.for_each(|statement| statement.undoes = true);
        }
    }
    script
}

/// Reads one statement into the script.
fn add(script: &mut Script, text: &str, piece: &Piece, in_body: bool) {
    let kind = kind(&text[piece.span.start..piece.span.end]);
    let mut beside = Beside::default();
    let read = statement(text, piece, &kind, &mut script.notes, &mut beside);
    if !piece.templated {
        script.refused.append(&mut beside.refused);
    }
    match read {
        Ok(body) => script.statements.push(Statement {
            span: piece.span,
            kind: body.kind().unwrap_or(&kind).to_owned(),
            body,
            templated: piece.templated,
            written: beside.written,
            in_body,
            undoes: false,
        }),
        // A template may stand for more than a name.
        Err(error) if piece.templated => {
            script.notes.push(Note {
                span: error.span,
                message: format!("not understood beside a template: {}", error.message),
            });
            script.statements.push(Statement {
                span: piece.span,
                kind,
                body: Body::NotUnderstood,
                templated: true,
                written: None,
                in_body,
                undoes: false,
            });
        }
        Err(error) => script.errors.push(SyntaxError { kind, ..error }),
    }
}

/// Where the names stand in one statement. What has no grammar here, or is refused, has
/// what is told apart without one, and is called incomplete.
pub fn names(text: &str) -> NamePlaces {
    let piece = Piece {
        span: Span::new(0, text.len()),
        end: text.len(),
        templated: false,
        left_out: None,
    };
    let mut beside = Beside {
        names: Some(NamePlaces::default()),
        ..Beside::default()
    };
    let names = crate::stack::with_room(|| {
        statement(text, &piece, &kind(text), &mut Vec::new(), &mut beside)
    });
    match (names, beside.names) {
        (Ok(body), Some(mut names)) => {
            names.incomplete |= matches!(body, Body::NotUnderstood);
            names
        }
        _ => NamePlaces {
            incomplete: true,
            ..NamePlaces::default()
        },
    }
}

/// Reads one ALTER of a table or a materialized view; `None` for anything else.
pub fn parse_alter(text: &str) -> Option<AlterTable> {
    let text = text.trim_end().trim_end_matches(';');
    if !matches!(
        kind(text).as_str(),
        "ALTER TABLE" | "ALTER MATERIALIZED VIEW"
    ) {
        return None;
    }
    let mut cursor = Cursor::new(text, Span::new(0, text.len()), text.len()).ok()?;
    let body = alter::parse(&mut cursor).ok()?;
    cursor.check_parentheses().ok()?;
    match body {
        Body::AlterTable(alter) => Some(alter),
        _ => None,
    }
}

/// Reads a type as DDL or a cast spells it; `None` for what is no native type.
pub fn parse_type(text: &str) -> Option<DataType> {
    let mut cursor = Cursor::new(text, Span::new(0, text.len()), text.len()).ok()?;
    let (data_type, _) = types::data_type(&mut cursor, "").ok()?;
    let native = !matches!(data_type, DataType::Other(_));
    (native && cursor.is_done()).then_some(data_type)
}

/// The statement's first words: `CREATE TABLE`, `COPY`.
pub fn kind(text: &str) -> String {
    let mut words = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    if !matches!(first.as_str(), "CREATE" | "ALTER" | "DROP") {
        return first;
    }
    const MODIFIERS: [&str; 7] = [
        "OR",
        "REPLACE",
        "TEMP",
        "TEMPORARY",
        "LOCAL",
        "GLOBAL",
        "RECURSIVE",
    ];
    let mut kind = first;
    for word in words.take(6) {
        if MODIFIERS.contains(&word.as_str()) {
            continue;
        }
        kind.push(' ');
        kind.push_str(&word);
        if !matches!(
            word.as_str(),
            "MATERIALIZED" | "EXTERNAL" | "DEFAULT" | "UNIQUE"
        ) {
            break;
        }
    }
    kind
}

/// Longer statements, which are rows of data, are not read: their tokens would
/// take a hundred times their text.
const LONGEST_STATEMENT: usize = 4 << 20;

/// What is kept of a statement beside what it says.
#[derive(Debug, Default)]
struct Beside {
    /// Where its names stand, if that is asked.
    names: Option<NamePlaces>,
    /// What Redshift refuses of it.
    refused: Vec<Refused>,
    /// The columns that it names.
    written: Option<Box<Written>>,
}

fn statement(
    source: &str,
    piece: &Piece,
    kind: &str,
    notes: &mut Vec<Note>,
    beside: &mut Beside,
) -> Parsed<Body> {
    if piece.span.len() > LONGEST_STATEMENT {
        notes.push(Note {
            span: piece.span,
            message: format!(
                "{kind} of {} MiB is left out: statements are read up to {} MiB",
                piece.span.len() >> 20,
                LONGEST_STATEMENT >> 20
            ),
        });
        return Ok(Body::NotUnderstood);
    }
    let asked = beside.names.is_some();
    let mut read = |parse: &mut dyn FnMut(&mut Cursor<'_>) -> Parsed<Body>| {
        let mut cursor = Cursor::new(source, piece.span, piece.end)?;
        if let Some(span) = piece.left_out {
            cursor.leave_out(span);
        }
        if asked {
            cursor.keep_names();
        }
        beside.written = query::written(&mut cursor);
        let body = parse(&mut cursor)?;
        cursor.check_parentheses()?;
        beside.refused.append(&mut cursor.refused);
        if asked {
            beside.names = Some(cursor.take_names());
        }
        Ok(body)
    };
    match kind {
        "CREATE TABLE" | "CREATE MATERIALIZED VIEW" | "CREATE VIEW" => {
            read(&mut |cursor| create::parse(cursor, notes))
        }
        "CREATE EXTERNAL TABLE" => read(&mut |cursor| external::parse(cursor, notes)),
        "ALTER TABLE" | "ALTER MATERIALIZED VIEW" => read(&mut alter::parse),
        "COPY" => read(&mut copy::parse_copy),
        "UNLOAD" => read(&mut |cursor| copy::parse_unload(cursor, notes)),
        "CREATE TEMPLATE" => read(&mut copy::parse_template),
        "COMMENT" => read(&mut simple::parse_comment),
        "DROP TABLE" | "DROP VIEW" | "DROP MATERIALIZED VIEW" => read(&mut simple::parse_drop),
        "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" => {
            read(&mut |cursor| query::parse_statement(cursor, piece.span, notes))
        }
        _ if asked => read(&mut |cursor| {
            // Nothing hangs on what these say, except where their names are asked for.
            let (tokens, _) = cursor.take_rest();
            query::keep_names(cursor, tokens);
            Ok(Body::Other)
        }),
        _ if !commands::is_command(kind) => {
            if let Some(foreign) = foreign::statement(kind) {
                let span = piece.span;
                beside.refused.push(Refused { foreign, span });
            }
            if !commands::is_told_by_a_rule(kind) {
                notes.push(Note {
                    span: piece.span,
                    message: match piece.templated {
                        true => "not understood beside a template".to_owned(),
                        false => commands::refusal(kind),
                    },
                });
            }
            Ok(Body::NotUnderstood)
        }
        _ => by_syntax(source, piece, kind, notes),
    }
}

/// A statement of which only the syntax is known. What does not match is an error where a keyword
/// has a typing error, and else not understood: syntax may be newer than the one that is known here.
fn by_syntax(source: &str, piece: &Piece, kind: &str, notes: &mut Vec<Note>) -> Parsed<Body> {
    let mut not_understood = |error: SyntaxError| {
        notes.push(Note {
            span: error.span,
            message: format!("not understood, so left out: {kind}: {}", error.message),
        });
        Body::NotUnderstood
    };
    let mut cursor = match Cursor::new(source, piece.span, piece.end) {
        Ok(cursor) => cursor,
        Err(error) => return Ok(not_understood(error)),
    };
    match grammar::check(&cursor, kind) {
        Some(grammar::Verdict::Misspelt(error)) => Err(error),
        Some(grammar::Verdict::Differs(error)) => Ok(not_understood(error)),
        Some(grammar::Verdict::Matches(Some(query))) => {
            let span = Span::new(cursor.span_of(query).start, piece.span.end);
            let inner = Piece { span, ..*piece };
            let inner_kind = self::kind(&source[span.start..span.end]);
            let mut beside = Beside::default();
            let body = statement(source, &inner, &inner_kind, notes, &mut beside)?;
            Ok(match body {
                Body::NotUnderstood => Body::NotUnderstood,
                _ => Body::Other,
            })
        }
        Some(grammar::Verdict::Matches(None)) => Ok(match kind {
            "SET" | "RESET" => simple::parse_set(&mut cursor),
            "CREATE EXTERNAL SCHEMA" => external::parse_schema(&mut cursor)?,
            _ => Body::Other,
        }),
        None => Ok(Body::Other),
    }
}
