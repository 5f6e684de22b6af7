//! The walk over queries and changes of rows.

use std::cell::OnceCell;
use std::collections::HashMap;

use sqlparser::ast as sp;
use sqlparser::tokenizer::Location;

use super::expression::{
    alternatives, arguments, around, compares, constraint, is_constant, unnested,
};
use super::{Change, Filter, Used, Uses, Write};
use crate::name::{Ident, TableName};
use crate::sql::{Body, Script, Statement};
use crate::sql::{ident, table_name};
use crate::text::Span;

/// Takes in what the statements do.
pub(super) fn uses(text: &str, script: &Script, uses: &mut Uses) {
    for statement in script.statements.iter().filter(|one| !one.undoes) {
        let mut walk = Walk {
            uses,
            text,
            statement,
            line_starts: OnceCell::new(),
            scopes: Vec::new(),
            ctes: Vec::new(),
        };
        match &statement.body {
            Body::Query(query) => walk.statement(query),
            Body::CreateTable(table) => {
                let query = table.query.as_ref().and_then(|inner| inner.query.as_ref());
                query.into_iter().for_each(|query| walk.query(query));
            }
            Body::CreateView(view) => {
                let query = view.query.query.as_ref();
                query.into_iter().for_each(|query| walk.query(query));
            }
            Body::Copy(copy) => walk.write(copy.table.table.clone(), Change::Copy, false),
            Body::InsertRows(table, _) => walk.write(table.clone(), Change::Insert, false),
            _ if statement.kind == "TRUNCATE" || is_truncate(text, statement) => {
                if let Some(table) = truncated(text, statement) {
                    walk.write(table, Change::Truncate, true);
                }
            }
            _ => {}
        }
    }
}

fn is_truncate(text: &str, statement: &Statement) -> bool {
    let text = text.get(statement.span.start..statement.span.end);
    crate::sql::kind(text.unwrap_or_default()) == "TRUNCATE"
}

/// `TRUNCATE [TABLE] name`.
fn truncated(text: &str, statement: &Statement) -> Option<TableName> {
    let text = text.get(statement.span.start..statement.span.end)?;
    let mut words = text.split_whitespace().skip(1);
    let first = words.next()?;
    let name = match first.eq_ignore_ascii_case("table") {
        true => words.next()?,
        false => first,
    };
    Some(TableName::typed(name.trim_end_matches(';')))
}

/// What a FROM names: an alias or a name, and the table behind it; `None` for a subquery.
type Scope = Vec<(Ident, Option<TableName>)>;

struct Walk<'a> {
    uses: &'a mut Uses,
    text: &'a str,
    statement: &'a Statement,
    /// Where the lines of the statement begin, from its own beginning.
    line_starts: OnceCell<Vec<usize>>,
    /// From the outermost query to the one at hand.
    scopes: Vec<Scope>,
    ctes: Vec<Ident>,
}

impl Walk<'_> {
    fn write(&mut self, table: TableName, change: Change, whole: bool) {
        self.uses.writes.push(Write {
            table,
            change,
            whole,
            span: self.statement.span,
        });
    }

    fn statement(&mut self, statement: &sp::Statement) {
        match statement {
            sp::Statement::Query(query) => self.query(query),
            sp::Statement::Insert(insert) => {
                if let sp::TableObject::TableName(name) = &insert.table {
                    self.write(table_name(name), Change::Insert, false);
                }
                if let Some(query) = &insert.source {
                    self.query(query);
                }
            }
            sp::Statement::Update(update) => {
                let more: &[sp::TableWithJoins] = match &update.from {
                    Some(
                        sp::UpdateTableFromKind::AfterSet(more)
                        | sp::UpdateTableFromKind::BeforeSet(more),
                    ) => more,
                    None => &[],
                };
                let from = std::iter::once(&update.table).chain(more);
                let selection = update.selection.as_ref();
                self.changed(
                    &update.table.relation,
                    Change::Update,
                    more.is_empty(),
                    selection,
                );
                self.select(from, selection, &[]);
            }
            sp::Statement::Delete(delete) => {
                let (sp::FromTable::WithFromKeyword(from) | sp::FromTable::WithoutKeyword(from)) =
                    &delete.from;
                let using = delete.using.as_deref().unwrap_or_default();
                let selection = delete.selection.as_ref();
                if let Some(first) = from.first() {
                    self.changed(&first.relation, Change::Delete, using.is_empty(), selection);
                }
                self.select(from.iter().chain(using), selection, &[]);
            }
            sp::Statement::Merge(merge) => {
                self.changed(&merge.table, Change::Merge, false, None);
                let mut scope = Scope::new();
                self.relation(&merge.table, &mut scope);
                self.relation(&merge.source, &mut scope);
                self.scopes.push(scope);
                self.condition(&merge.on);
                self.scopes.pop();
            }
            _ => {}
        }
    }

    fn changed(
        &mut self,
        relation: &sp::TableFactor,
        change: Change,
        alone: bool,
        selection: Option<&sp::Expr>,
    ) {
        if let sp::TableFactor::Table { name, .. } = relation {
            self.write(table_name(name), change, alone && selection.is_none());
        }
    }

    fn query(&mut self, query: &sp::Query) {
        let before = self.ctes.len();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.query(&cte.query);
            self.ctes.push(ident(&cte.alias.name));
        }
        self.set_expression(&query.body);
        self.ctes.truncate(before);
    }

    fn set_expression(&mut self, body: &sp::SetExpr) {
        match body {
            sp::SetExpr::Select(select) => {
                let projected = select.projection.iter().filter_map(|item| match item {
                    sp::SelectItem::UnnamedExpr(expr)
                    | sp::SelectItem::ExprWithAlias { expr, .. } => Some(expr),
                    _ => None,
                });
                let projected: Vec<&sp::Expr> = projected.chain(&select.having).collect();
                self.select(select.from.iter(), select.selection.as_ref(), &projected);
            }
            sp::SetExpr::Query(query) => self.query(query),
            sp::SetExpr::SetOperation { left, right, .. } => {
                self.set_expression(left);
                self.set_expression(right);
            }
            sp::SetExpr::Insert(inner)
            | sp::SetExpr::Update(inner)
            | sp::SetExpr::Delete(inner)
            | sp::SetExpr::Merge(inner) => self.statement(inner),
            _ => {}
        }
    }

    fn select<'q>(
        &mut self,
        from: impl Iterator<Item = &'q sp::TableWithJoins>,
        selection: Option<&sp::Expr>,
        others: &[&sp::Expr],
    ) {
        let mut scope = Scope::new();
        let mut conditions = Vec::new();
        let mut shared = Vec::new();
        for from in from {
            self.from(from, &mut scope, &mut conditions, &mut shared);
        }
        self.uses.selects += 1;
        self.scopes.push(scope);
        for (left, right, column) in shared {
            let used = |tables| Used {
                tables,
                column: Ident::clone(&column),
            };
            self.uses.joins.push((used(left), used(right)));
        }
        for condition in conditions.into_iter().chain(selection) {
            self.condition(condition);
        }
        for expression in others {
            self.inside(expression);
        }
        self.scopes.pop();
    }

    /// Takes in what a FROM names, with the conditions of its joins and the columns of USING.
    fn from<'q>(
        &mut self,
        from: &'q sp::TableWithJoins,
        scope: &mut Scope,
        conditions: &mut Vec<&'q sp::Expr>,
        shared: &mut Vec<(Vec<TableName>, Vec<TableName>, Ident)>,
    ) {
        self.factor(&from.relation, scope, conditions, shared);
        for join in &from.joins {
            let before = scope.len();
            self.factor(&join.relation, scope, conditions, shared);
            match constraint(&join.join_operator) {
                Some(sp::JoinConstraint::On(on)) => conditions.push(on),
                Some(sp::JoinConstraint::Using(columns)) => {
                    let tables = |part: &[(Ident, Option<TableName>)]| -> Vec<TableName> {
                        part.iter().filter_map(|(_, table)| table.clone()).collect()
                    };
                    let (left, right) = scope.split_at(before);
                    for column in columns {
                        let column = table_name(column).name;
                        shared.push((tables(left), tables(right), column));
                    }
                }
                _ => {}
            }
        }
    }

    fn factor<'q>(
        &mut self,
        factor: &'q sp::TableFactor,
        scope: &mut Scope,
        conditions: &mut Vec<&'q sp::Expr>,
        shared: &mut Vec<(Vec<TableName>, Vec<TableName>, Ident)>,
    ) {
        match factor {
            sp::TableFactor::NestedJoin {
                table_with_joins, ..
            } => {
                self.from(table_with_joins, scope, conditions, shared);
            }
            other => self.relation(other, scope),
        }
    }

    fn relation(&mut self, factor: &sp::TableFactor, scope: &mut Scope) {
        match factor {
            sp::TableFactor::Table { name, alias, .. } => {
                let table = table_name(name);
                let called = alias.as_ref().map(|alias| ident(&alias.name));
                let called = called.unwrap_or_else(|| table.name.clone());
                let is_cte = table.schema.is_none() && self.ctes.contains(&table.name);
                scope.push((called, (!is_cte).then_some(table)));
            }
            sp::TableFactor::Derived {
                subquery, alias, ..
            } => {
                self.query(subquery);
                let called = alias.as_ref().map(|alias| ident(&alias.name));
                scope.push((called.unwrap_or_default(), None));
            }
            _ => scope.push((Ident::default(), None)),
        }
    }

    /// A condition that every row has to meet.
    fn condition(&mut self, condition: &sp::Expr) {
        match condition {
            sp::Expr::Nested(inner) => self.condition(inner),
            sp::Expr::BinaryOp {
                left,
                op: sp::BinaryOperator::And,
                right,
            } => {
                self.condition(left);
                self.condition(right);
            }
            sp::Expr::BinaryOp {
                left,
                op: sp::BinaryOperator::Or,
                ..
            } => {
                let _ = left;
                self.any_of(condition);
                self.inside(condition);
            }
            sp::Expr::BinaryOp { left, op, right } if compares(op) => {
                let is_equality = matches!(op, sp::BinaryOperator::Eq);
                match (self.bare(left), self.bare(right)) {
                    (Some(a), Some(b)) if a.tables != b.tables => {
                        if is_equality {
                            self.uses.joins.push((a, b));
                        }
                    }
                    _ => {
                        self.filter(left, right);
                        self.filter(right, left);
                    }
                }
                self.inside(condition);
            }
            sp::Expr::Between { expr, low, .. } => {
                self.filter(expr, low);
                self.inside(condition);
            }
            sp::Expr::In {
                expr,
                target,
                negated: false,
                ..
            } => {
                if let sp::InTarget::List(list) = target {
                    let columns: Vec<Used> = list.iter().filter_map(|e| self.bare(e)).collect();
                    if is_constant(expr) && columns.len() > 1 && columns.len() == list.len() {
                        self.uses.any_of.push(columns);
                    }
                    if let Some(first) = list.first() {
                        self.filter(expr, first);
                    }
                }
                if let sp::InTarget::Subquery(query) = target {
                    self.query(query);
                }
                self.inside(expr);
            }
            other => self.inside(other),
        }
    }

    /// `column = value OR other_column = value`: columns that are asked for the same.
    fn any_of(&mut self, condition: &sp::Expr) {
        let mut parts = Vec::new();
        alternatives(condition, &mut parts);
        let mut by_value: Vec<Vec<Used>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for part in parts {
            let sp::Expr::BinaryOp {
                left,
                op: sp::BinaryOperator::Eq,
                right,
            } = part
            else {
                continue;
            };
            let (column, value) = match (self.bare(left), self.bare(right)) {
                (Some(column), None) => (column, right),
                (None, Some(column)) => (column, left),
                _ => continue,
            };
            let at = *known.entry(value.to_string()).or_insert(by_value.len());
            match by_value.get_mut(at) {
                Some(columns) => columns.push(column),
                None => by_value.push(vec![column]),
            }
        }
        let several = by_value.into_iter().filter(|columns| columns.len() > 1);
        self.uses.any_of.extend(several);
    }

    /// A comparison of something around one column with what is no column.
    fn filter(&mut self, side: &sp::Expr, other: &sp::Expr) {
        if !is_constant(other) {
            return;
        }
        let (expression, around) = match around(side) {
            Some((inner, around)) => (inner, Some(around)),
            None => (unnested(side), None),
        };
        let (Some(used), Some(span)) = (self.bare(expression), self.span(expression)) else {
            return;
        };
        self.uses.filters.push(Filter {
            used,
            around,
            span,
            select: self.uses.selects,
        });
    }

    /// A column that stands alone, with the tables that it may be of.
    fn bare(&self, expression: &sp::Expr) -> Option<Used> {
        match unnested(expression) {
            sp::Expr::Identifier(name) => {
                let scope = self.scopes.last()?;
                // A subquery may have it as well.
                let tables: Option<Vec<TableName>> =
                    scope.iter().map(|(_, table)| table.clone()).collect();
                let tables = tables.filter(|tables| !tables.is_empty())?;
                Some(Used {
                    tables,
                    column: ident(name),
                })
            }
            sp::Expr::CompoundIdentifier(parts) => {
                let (column, qualifier) = parts.split_last()?;
                let called = ident(qualifier.last()?);
                let mut scopes = self.scopes.iter().rev();
                let table = scopes.find_map(|scope| {
                    let found = scope.iter().find(|(name, _)| *name == called);
                    found.map(|(_, table)| table.clone())
                })?;
                Some(Used {
                    tables: vec![table?],
                    column: ident(column),
                })
            }
            _ => None,
        }
    }

    /// The place of a column in the file's text.
    fn span(&self, expression: &sp::Expr) -> Option<Span> {
        let (first, last) = match unnested(expression) {
            sp::Expr::Identifier(name) => (name, name),
            sp::Expr::CompoundIdentifier(parts) => (parts.first()?, parts.last()?),
            _ => return None,
        };
        let start = self.offset(first.span.start)?;
        let end = self.offset(last.span.end)?;
        (start < end).then(|| Span::new(start, end))
    }

    fn offset(&self, at: Location) -> Option<usize> {
        let span = self.statement.span;
        let text = self.text.get(span.start..span.end)?;
        let starts = self.line_starts.get_or_init(|| {
            let after = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
            std::iter::once(0).chain(after).collect()
        });
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let line_start = *starts.get(line)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        let line = &text[line_start..];
        let within = line
            .char_indices()
            .nth(column)
            .map_or(line.len(), |(at, _)| at);
        Some(span.start + line_start + within)
    }

    /// The subqueries within an expression.
    fn inside(&mut self, expression: &sp::Expr) {
        match expression {
            sp::Expr::Subquery(query)
            | sp::Expr::Exists {
                subquery: query, ..
            } => {
                self.query(query);
            }
            sp::Expr::In { expr, target, .. } => {
                self.inside(expr);
                if let sp::InTarget::Subquery(query) = target {
                    self.query(query);
                }
            }
            sp::Expr::Nested(inner)
            | sp::Expr::UnaryOp { expr: inner, .. }
            | sp::Expr::IsNull(inner)
            | sp::Expr::IsNotNull(inner)
            | sp::Expr::Cast { expr: inner, .. } => self.inside(inner),
            sp::Expr::BinaryOp { left, right, .. } => {
                self.inside(left);
                self.inside(right);
            }
            sp::Expr::Between {
                expr, low, high, ..
            } => {
                self.inside(expr);
                self.inside(low);
                self.inside(high);
            }
            sp::Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                for part in operand.iter().chain(else_result) {
                    self.inside(part);
                }
                for when in conditions {
                    self.inside(&when.condition);
                    self.inside(&when.result);
                }
            }
            sp::Expr::Function(function) => {
                for argument in arguments(function) {
                    self.inside(argument);
                }
            }
            _ => {}
        }
    }
}
