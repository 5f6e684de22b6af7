//! Statements that have a plan: the query that finds their rows, and what becomes of the rows.
//!
//! A change of rows is told as the query that finds them: `UPDATE t SET a = s.a FROM s WHERE …`
//! is planned as the join of `t` and `s` whose rows are written (a public plan of such an UPDATE
//! shows that join and nothing else).

mod changes;

use sqlparser::ast as sp;

use changes::{deleted, inserted, merged, updated};

use super::ast::{Body, DistStyleWord, TableAttribute};
use super::cursor::Cursor;
use super::query::{QueryError, read};
use super::{copy, create, folded, kind, place, query};
use crate::name::{Ident, TableName};
use crate::text::{LineColumn, Span};

/// A statement that has a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryStatement {
    /// The query that finds its rows.
    pub query: Box<sp::Query>,
    /// What becomes of them, where they do not go to the client.
    pub write: Option<Write>,
}

impl From<Box<sp::Query>> for QueryStatement {
    fn from(query: Box<sp::Query>) -> Self {
        Self { query, write: None }
    }
}

/// What a statement does with the rows that its query finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The kind of statement.
    pub kind: WriteKind,
    /// Where they go.
    pub into: Destination,
    /// The target's columns that the query's first columns are for, in that order; none where
    /// they are all in the order of the table.
    pub columns: Vec<sp::Ident>,
    /// How many of the query's columns are for the target, from the first; `None` is all.
    pub values: Option<usize>,
    /// Of MERGE, the target's columns that the query's next columns are for: those of UPDATE.
    pub updated: Vec<sp::Ident>,
    /// The distribution of a table that the statement creates, where it says one.
    pub distribution: Option<NewDistribution>,
}

/// The kind of a statement that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// `INSERT INTO`.
    Insert,
    /// `CREATE TABLE AS`.
    CreateTable,
    /// `SELECT … INTO`.
    SelectInto,
    /// `CREATE MATERIALIZED VIEW`.
    CreateMaterializedView,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// `UNLOAD`.
    Unload,
}

impl WriteKind {
    /// As SQL has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::CreateTable => "CREATE TABLE AS",
            Self::SelectInto => "SELECT INTO",
            Self::CreateMaterializedView => "CREATE MATERIALIZED VIEW",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
            Self::Unload => "UNLOAD",
        }
    }

    /// Whether the table that is written comes to be by it.
    pub fn creates(self) -> bool {
        matches!(
            self,
            Self::CreateTable | Self::SelectInto | Self::CreateMaterializedView
        )
    }
}

/// Where rows go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into a table or materialized view.
    Table(TableName),
    /// To files, by their prefix.
    Files(String),
}

/// The distribution of a table that a statement creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewDistribution {
    /// `DISTSTYLE EVEN`.
    Even,
    /// `DISTSTYLE ALL`.
    All,
    /// `DISTSTYLE AUTO`.
    Auto,
    /// `DISTKEY`.
    Key(Ident),
}

/// Reads one statement that has a plan: a query, one that writes, or `EXPLAIN` of either.
///
/// # Errors
/// What is expected and where, or that the statement has no plan.
pub fn parse_query(text: &str) -> Result<QueryStatement, QueryError> {
    parse_query_at(text, LineColumn { line: 1, column: 1 })
}

/// The same for a statement that starts at a place of a longer text: the places in the tree and
/// in errors are those of the longer text.
///
/// # Errors
/// As [`parse_query`].
pub fn parse_query_at(text: &str, start: LineColumn) -> Result<QueryStatement, QueryError> {
    crate::stack::with_room(|| statement(text.trim_end().trim_end_matches(';'), start))
}

fn statement(text: &str, start: LineColumn) -> Result<QueryStatement, QueryError> {
    let said = |error: super::SyntaxError| {
        let before = &text[..error.span.start.min(text.len())];
        QueryError::at(&error.message, place::after(start, before))
    };
    let mut cursor = Cursor::new(text, Span::new(0, text.len()), text.len()).map_err(said)?;
    cursor.shift(start);
    cursor.eat("EXPLAIN");
    cursor.eat("VERBOSE");
    let rest = text.get(cursor.here().start..).unwrap_or_default();
    let kind = kind(rest);
    match kind.as_str() {
        "CREATE TABLE" | "CREATE MATERIALIZED VIEW" => {
            let mut notes = Vec::new();
            let body = create::parse(&mut cursor, &mut notes).map_err(said)?;
            match (created(body), notes.pop()) {
                (Some(statement), _) => Ok(statement),
                (None, Some(note)) => {
                    let said = note.message.strip_prefix(query::NOT_UNDERSTOOD);
                    Err(QueryError::read(said.unwrap_or(&note.message), start))
                }
                (None, None) => Err(QueryError::other(&kind)),
            }
        }
        "UNLOAD" => {
            let Body::Unload(unload) =
                copy::parse_unload(&mut cursor, &mut Vec::new()).map_err(said)?
            else {
                return Err(QueryError::other(&kind));
            };
            let (query, span) = unload.query;
            // In quotes, the query starts after them.
            let quoted = text[span.start..].starts_with('\'');
            let before = &text[..span.start + usize::from(quoted)];
            let inner = statement(&query, place::after(start, before))?;
            Ok(QueryStatement {
                write: Some(Write::new(
                    WriteKind::Unload,
                    Destination::Files(unload.to.0),
                )),
                ..inner
            })
        }
        "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "" => {
            let read =
                read(cursor.take_rest().0).map_err(|message| QueryError::read(&message, start))?;
            of_statement(read).ok_or_else(|| QueryError::other(&kind))
        }
        _ if rest.starts_with('(') => {
            let read = read(cursor.take_rest().0);
            let read = read.map_err(|message| QueryError::read(&message, start))?;
            of_statement(read).ok_or_else(|| QueryError::other(&kind))
        }
        _ => Err(QueryError::other(&kind)),
    }
}

impl Write {
    /// The table that is written; `None` where rows go to files.
    pub fn target(&self) -> Option<&TableName> {
        match &self.into {
            Destination::Table(name) => Some(name),
            Destination::Files(_) => None,
        }
    }

    fn new(kind: WriteKind, into: Destination) -> Self {
        Self {
            kind,
            into,
            columns: Vec::new(),
            values: None,
            updated: Vec::new(),
            distribution: None,
        }
    }
}

/// `CREATE TABLE AS` and `CREATE MATERIALIZED VIEW`, unless their query is not understood.
fn created(body: Body) -> Option<QueryStatement> {
    let (kind, name, attributes, names, inner) = match body {
        Body::CreateTable(table) => (
            WriteKind::CreateTable,
            table.name,
            table.attributes,
            table.column_names,
            table.query?,
        ),
        Body::CreateView(view) if view.materialized => (
            WriteKind::CreateMaterializedView,
            view.name,
            view.attributes,
            view.column_names,
            view.query,
        ),
        _ => return None,
    };
    let mut write = Write::new(kind, Destination::Table(name.table));
    write.columns = names
        .iter()
        .map(|(name, _)| sp::Ident::new(name.as_str()))
        .collect();
    for attribute in attributes {
        match attribute {
            TableAttribute::DistKey((column, _), _) => {
                write.distribution = Some(NewDistribution::Key(column));
            }
            TableAttribute::DistStyle(DistStyleWord::Even, _) => {
                write.distribution = Some(NewDistribution::Even);
            }
            TableAttribute::DistStyle(DistStyleWord::All, _) => {
                write.distribution = Some(NewDistribution::All);
            }
            TableAttribute::DistStyle(DistStyleWord::Auto, _) => {
                write.distribution = Some(NewDistribution::Auto);
            }
            _ => {}
        }
    }
    Some(QueryStatement {
        query: inner.query?,
        write: Some(write),
    })
}

/// A statement that sqlparser read; `None` for one that has no plan.
fn of_statement(statement: sp::Statement) -> Option<QueryStatement> {
    match statement {
        sp::Statement::Query(mut query) => {
            // `WITH … UPDATE …` is a query to sqlparser.
            let is_change = matches!(
                &*query.body,
                sp::SetExpr::Insert(_)
                    | sp::SetExpr::Update(_)
                    | sp::SetExpr::Delete(_)
                    | sp::SetExpr::Merge(_)
            );
            if is_change {
                let with = query.with.take();
                let (sp::SetExpr::Insert(inner)
                | sp::SetExpr::Update(inner)
                | sp::SetExpr::Delete(inner)
                | sp::SetExpr::Merge(inner)) = *query.body
                else {
                    return None;
                };
                let mut changed = of_statement(inner)?;
                if changed.query.with.is_none() {
                    changed.query.with = with;
                }
                return Some(changed);
            }
            let write = selected_into(&mut query.body);
            Some(QueryStatement { query, write })
        }
        sp::Statement::Insert(insert) => inserted(insert),
        sp::Statement::Update(update) => Some(updated(update)),
        sp::Statement::Delete(delete) => deleted(delete),
        sp::Statement::Merge(merge) => merged(merge),
        _ => None,
    }
}

/// `SELECT … INTO`: what it creates, taken out of the query.
fn selected_into(body: &mut sp::SetExpr) -> Option<Write> {
    let mut at = body;
    loop {
        match at {
            sp::SetExpr::Select(select) => {
                let into = select.into.take()?;
                let name = match into.targets.into_iter().next()? {
                    sp::Expr::Identifier(name) => TableName::new(None, folded::ident(&name)),
                    sp::Expr::CompoundIdentifier(parts) => {
                        let mut parts = parts.iter().rev().map(folded::ident);
                        let name = parts.next()?;
                        TableName::new(parts.next(), name)
                    }
                    _ => return None,
                };
                return Some(Write::new(WriteKind::SelectInto, Destination::Table(name)));
            }
            // The first branch of a set operation has it.
            sp::SetExpr::SetOperation { left, .. } => at = left,
            _ => return None,
        }
    }
}
