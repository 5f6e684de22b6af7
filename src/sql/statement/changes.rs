//! A change of rows → the query that finds them.

use sqlparser::ast as sp;
use sqlparser::ast::helpers::attached_token::AttachedToken;

use super::{Destination, QueryStatement, Write, WriteKind};
use crate::name::TableName;
use crate::sql::table_name;

pub(super) fn inserted(insert: sp::Insert) -> Option<QueryStatement> {
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

pub(super) fn updated(update: sp::Update) -> QueryStatement {
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

pub(super) fn deleted(delete: sp::Delete) -> Option<QueryStatement> {
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
pub(super) fn merged(merge: sp::Merge) -> Option<QueryStatement> {
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
                    let (columns, values) = assigned(assignments);
                    write.updated.extend(columns);
                    updates.extend(values);
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
