//! Statements that have a plan: the query that finds their rows, and what becomes of the rows.
//!
//! A change of rows is told as the query that finds them: `UPDATE t SET a = s.a FROM s WHERE …`
//! is planned as the join of `t` and `s` whose rows are written (a public plan of such an UPDATE
//! shows that join and nothing else).

use sqlparser::ast as sp;
use sqlparser::ast::helpers::attached_token::AttachedToken;

use super::ast::{Body, DistStyleWord, TableAttribute};
use super::cursor::Cursor;
use super::query::{QueryError, read};
use super::{copy, create, folded, kind, place, query, table_name};
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
    fn new(kind: WriteKind, into: Destination) -> Self {
        Self {
            kind,
            into,
            columns: Vec::new(),
            values: None,
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

fn inserted(insert: sp::Insert) -> Option<QueryStatement> {
    let sp::TableObject::TableName(name) = &insert.table else {
        return None;
    };
    let mut write = Write::new(WriteKind::Insert, Destination::Table(table_name(name)));
    write.columns = last_parts(&insert.columns);
    Some(QueryStatement {
        // `DEFAULT VALUES` is one row.
        query: insert.source.unwrap_or_else(one_row),
        write: Some(write),
    })
}

fn updated(update: sp::Update) -> QueryStatement {
    let (name, called) = target(&update.table.relation);
    let (columns, mut projection) = assigned(update.assignments);
    let values = projection.len();
    projection.push(all_of(called));
    let mut from = vec![update.table];
    if let Some(
        sp::UpdateTableFromKind::AfterSet(more) | sp::UpdateTableFromKind::BeforeSet(more),
    ) = update.from
    {
        join(&mut from, more);
    }
    let mut write = Write::new(WriteKind::Update, Destination::Table(name));
    write.columns = columns;
    write.values = Some(values);
    QueryStatement {
        query: query_of(projection, from, update.selection),
        write: Some(write),
    }
}

fn deleted(delete: sp::Delete) -> Option<QueryStatement> {
    let (sp::FromTable::WithFromKeyword(mut from) | sp::FromTable::WithoutKeyword(mut from)) =
        delete.from;
    let (name, _) = target(&from.first()?.relation);
    join(&mut from, delete.using.unwrap_or_default());
    let mut write = Write::new(WriteKind::Delete, Destination::Table(name));
    write.values = Some(0);
    Some(QueryStatement {
        query: query_of(Vec::new(), from, delete.selection),
        write: Some(write),
    })
}

/// A join of the source with the target that keeps every row of the source: those with a match
/// and those without are what MERGE tells apart.
fn merged(merge: sp::Merge) -> Option<QueryStatement> {
    let (name, called) = target(&merge.table);
    let mut write = Write::new(WriteKind::Merge, Destination::Table(name));
    let mut projection = Vec::new();
    let mut keeps_unmatched = merge.clauses.is_empty();
    let mut updates = Vec::new();
    for clause in merge.clauses {
        match clause.action {
            sp::MergeAction::Insert(insert) => {
                keeps_unmatched = true;
                write.columns = last_parts(&insert.columns);
                if let sp::MergeInsertKind::Values(values) = insert.kind {
                    let row = values.rows.into_iter().next();
                    projection = row
                        .into_iter()
                        .flat_map(|row| row.content)
                        .map(sp::SelectItem::UnnamedExpr)
                        .collect();
                }
            }
            sp::MergeAction::Update(update) => {
                if let sp::MergeUpdateKind::Set(assignments) = update.kind {
                    updates.extend(assigned(assignments).1);
                }
            }
            _ => {}
        }
    }
    // REMOVE DUPLICATES: the source's rows take the place of those that match.
    if projection.is_empty() && updates.is_empty() {
        let (_, source) = target(&merge.source);
        projection.push(all_of(source));
        write.values = None;
    } else {
        write.values = Some(projection.len());
        projection.extend(updates);
        projection.push(all_of(called));
    }
    let on = sp::JoinConstraint::On(*merge.on);
    let join = sp::Join {
        relation: merge.table,
        global: false,
        join_operator: match keeps_unmatched {
            true => sp::JoinOperator::LeftOuter(on),
            false => sp::JoinOperator::Inner(on),
        },
    };
    let from = sp::TableWithJoins {
        relation: merge.source,
        joins: vec![join],
    };
    Some(QueryStatement {
        query: query_of(projection, vec![from], None),
        write: Some(write),
    })
}

/// Adds the relations that a target is joined with. One of the target's own name, without an
/// alias, is the target.
fn join(target: &mut Vec<sp::TableWithJoins>, more: Vec<sp::TableWithJoins>) {
    let own = |relation: &sp::TableFactor| match relation {
        sp::TableFactor::Table {
            name, alias: None, ..
        } => Some(table_name(name)),
        _ => None,
    };
    let name = target.first().and_then(|target| own(&target.relation));
    let again = more
        .iter()
        .flat_map(|from| {
            std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
        })
        .any(|relation| name.is_some() && own(relation) == name);
    if again {
        target.clear();
    }
    target.extend(more);
}

/// The columns of assignments, and their values.
fn assigned(assignments: Vec<sp::Assignment>) -> (Vec<sp::Ident>, Vec<sp::SelectItem>) {
    let mut columns = Vec::with_capacity(assignments.len());
    let mut values = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        let target = match assignment.target {
            sp::AssignmentTarget::ColumnName(name) => vec![name],
            sp::AssignmentTarget::Tuple(names) => names,
        };
        let name = last_parts(&target).into_iter().next();
        // DEFAULT reads nothing.
        let is_default = matches!(
            &assignment.value,
            sp::Expr::Identifier(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("default")
        );
        if let Some(name) = name.filter(|_| !is_default) {
            columns.push(name);
            values.push(sp::SelectItem::UnnamedExpr(assignment.value));
        }
    }
    (columns, values)
}

/// A relation's name, and what the statement calls it.
fn target(relation: &sp::TableFactor) -> (TableName, sp::ObjectName) {
    match relation {
        sp::TableFactor::Table { name, alias, .. } => {
            let called = match alias {
                Some(alias) => sp::ObjectName::from(vec![alias.name.clone()]),
                None => name.clone(),
            };
            (table_name(name), called)
        }
        sp::TableFactor::Derived {
            alias: Some(alias), ..
        } => {
            let called = sp::ObjectName::from(vec![alias.name.clone()]);
            (table_name(&called), called)
        }
        _ => (TableName::default(), sp::ObjectName::from(Vec::new())),
    }
}

fn last_parts(names: &[sp::ObjectName]) -> Vec<sp::Ident> {
    names
        .iter()
        .filter_map(|name| name.0.last()?.as_ident().cloned())
        .collect()
}

/// `name.*`.
fn all_of(name: sp::ObjectName) -> sp::SelectItem {
    sp::SelectItem::QualifiedWildcard(
        sp::SelectItemQualifiedWildcardKind::ObjectName(name),
        sp::WildcardAdditionalOptions::default(),
    )
}

fn one_row() -> Box<sp::Query> {
    query_of(Vec::new(), Vec::new(), None)
}

fn query_of(
    projection: Vec<sp::SelectItem>,
    from: Vec<sp::TableWithJoins>,
    selection: Option<sp::Expr>,
) -> Box<sp::Query> {
    let select = sp::Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views: Vec::new(),
        prewhere: None,
        selection,
        connect_by: Vec::new(),
        group_by: sp::GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: sp::SelectFlavor::Standard,
    };
    Box::new(sp::Query {
        with: None,
        body: Box::new(sp::SetExpr::Select(Box::new(select))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    })
}
