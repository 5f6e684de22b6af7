//! PIVOT and UNPIVOT: rows to columns, columns to rows.
//!
//! PIVOT "is similar to a GROUP BY query with an aggregation": it groups by every column that
//! neither the aggregate nor FOR names, and makes one aggregate for every value of IN (Amazon
//! Redshift Database Developer Guide: FROM clause, whose usage notes also say what neither takes).

use sqlparser::ast::{
    self, Expr as Ast, ExprWithAlias, NullInclusion, PivotValueSource, TableFactor,
};

use crate::plan::RowRange;
use crate::planner::PlannerError;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::tree::{
    Body, Expansion, ExpansionRule, Group, Item, Output, Query, Relation, Source as Rows,
};
use crate::schema::DataType;

use super::Binder;
use super::names::folded;
use super::place::Place;
use super::reader::Reader;
use super::scope::{Scope, Source};

/// The aggregates that PIVOT takes.
const PIVOTED: [&str; 5] = ["count", "sum", "min", "max", "avg"];

/// The parts of `PIVOT (aggregates FOR columns IN (values))`.
pub(super) struct Pivot<'a> {
    pub table: &'a TableFactor,
    pub aggregates: &'a [ExprWithAlias],
    pub columns: &'a [Ast],
    pub values: &'a PivotValueSource,
    pub alias: Option<&'a ast::TableAlias>,
}

/// The parts of `UNPIVOT (value FOR name IN (columns))`.
pub(super) struct Unpivot<'a> {
    pub table: &'a TableFactor,
    pub value: &'a Ast,
    pub nulls: Option<&'a NullInclusion>,
    pub name: &'a ast::Ident,
    pub columns: &'a [ExprWithAlias],
    pub alias: Option<&'a ast::TableAlias>,
}

impl<'a> Binder<'a, '_> {
    /// A pivoted relation: a grouping.
    pub(super) fn pivot(
        &mut self,
        pivot: &Pivot<'a>,
        around: &Scope<'_, 'a>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        let (group, scope) = self.turned("PIVOT", pivot.table, around)?;
        let place = Place::new(&scope);
        let [for_column] = pivot.columns else {
            return Err(PlannerError::refused(
                "PIVOT over more than one column",
                pivot.table,
            ));
        };
        let [aggregate] = pivot.aggregates else {
            return Err(PlannerError::refused(
                "PIVOT with more than one aggregate",
                pivot.table,
            ));
        };
        let PivotValueSource::List(values) = pivot.values else {
            return Err(PlannerError::refused(
                "PIVOT over values that are not listed",
                pivot.table,
            ));
        };
        let for_column = self.expr(for_column, place)?;
        let (name, args, distinct) = match self.expr(&aggregate.expr, place)? {
            Expr::Aggregate {
                name,
                args,
                distinct,
            } if PIVOTED.contains(&name.as_str()) => (name, args, distinct),
            _ => {
                return Err(PlannerError::refused(
                    "PIVOT of anything but COUNT, SUM, MIN, MAX or AVG",
                    &aggregate.expr,
                ));
            }
        };
        let taken: Vec<ColumnId> = args
            .iter()
            .flat_map(Expr::columns)
            .chain(for_column.columns())
            .collect();
        let mut outputs: Vec<Output> = Vec::new();
        let mut keys = Vec::new();
        for (name, id) in scope.sources.iter().flat_map(|source| &source.columns) {
            if !taken.contains(id) {
                keys.push(Expr::Column(*id));
                outputs.push(Output {
                    name: name.clone(),
                    expr: Expr::Column(*id),
                    id: *id,
                });
            }
        }
        self.budget.spend(values.len())?;
        for value in values {
            let bound = self.expr(&value.expr, place)?;
            if !bound.is_constant() || bound.has_subquery() {
                return Err(PlannerError::refused(
                    "PIVOT over a value that is no constant",
                    &value.expr,
                ));
            }
            let mut called = match &value.alias {
                Some(alias) => folded(alias),
                None => constant_name(&bound),
            };
            if let Some(alias) = &aggregate.alias {
                called = format!("{called}_{}", folded(alias));
            }
            let argument = match args.first() {
                None | Some(Expr::Star) => Expr::Literal {
                    text: "1".to_owned(),
                    kind: LiteralKind::Number,
                },
                Some(argument) => argument.clone(),
            };
            let matches = match &bound {
                Expr::Literal {
                    kind: LiteralKind::Null,
                    ..
                } => Expr::IsNull {
                    operand: Box::new(for_column.clone()),
                    negated: false,
                },
                _ => Expr::equal(for_column.clone(), bound),
            };
            let id = self.output_column(&called);
            outputs.push(Output {
                name: called,
                expr: Expr::Aggregate {
                    name: name.clone(),
                    args: vec![Expr::Case(vec![matches, argument])],
                    distinct,
                },
                id,
            });
        }
        let query = Query::grouped(group, keys, outputs);
        Ok(self.derived(query, Reader::aliased(pivot.alias)))
    }

    /// An unpivoted relation: every row once for each column of the list.
    pub(super) fn unpivot(
        &mut self,
        unpivot: &Unpivot<'a>,
        around: &Scope<'_, 'a>,
    ) -> Result<(Group<'a>, Source), PlannerError> {
        let (group, scope) = self.turned("UNPIVOT", unpivot.table, around)?;
        let value_name = match unpivot.value {
            Ast::Identifier(name) => folded(name),
            other => {
                return Err(PlannerError::refused(
                    "UNPIVOT into anything but a column name",
                    other,
                ));
            }
        };
        let mut read: Vec<ColumnId> = Vec::new();
        let mut labels = 0;
        for column in unpivot.columns {
            let Some(id) = self.expr(&column.expr, Place::new(&scope))?.as_column() else {
                return Err(PlannerError::refused(
                    "UNPIVOT of anything but columns",
                    &column.expr,
                ));
            };
            labels += match &column.alias {
                Some(alias) => alias.value.len(),
                None => self.columns.get(id).name.len(),
            };
            read.push(id);
        }
        let reader = Reader::aliased(unpivot.alias);
        let count = read.len() as f64;
        let (rows, range) = match unpivot.nulls {
            Some(NullInclusion::IncludeNulls) => (count, RowRange::EXACT),
            _ => self.rows_without_null(&read),
        };
        let widest = read.iter().map(|id| self.columns.get(*id).bytes);
        let bytes = widest.fold(1.0, f64::max);
        let of = read.first().map(|id| self.columns.get(*id));
        let table_rows = of.map_or(1.0, |column| column.rows) * count;
        let data_type = of.map_or(DataType::Super, |column| column.data_type.clone());
        let column = |name: &str, data_type: DataType, bytes: f64, distinct| Column {
            name: name.to_owned(),
            qualifier: reader.called.clone(),
            data_type,
            distinct,
            bytes,
            rows: table_rows,
            stats: None,
            computed: false,
            origin: None,
        };
        let name = folded(unpivot.name);
        let label_bytes = labels as f64 / count.max(1.0);
        let names = column(&name, DataType::Varchar(128), label_bytes, Some(count));
        let values = column(&value_name, data_type, bytes, None);
        let mut columns: Vec<(String, ColumnId)> = Vec::new();
        for (name, id) in scope.sources.iter().flat_map(|source| &source.columns) {
            if !read.contains(id) {
                columns.push((name.clone(), *id));
            }
        }
        let made = [self.columns.add(names), self.columns.add(values)];
        columns.extend([name, value_name].into_iter().zip(made));
        self.assumptions.add(
            "No public plan shows how EXPLAIN prints UNPIVOT: it is a step `Unpivot` over the rows that it reads, which come once for each column that is not NULL.",
        );
        let rule = ExpansionRule {
            title: "Unpivot".to_owned(),
            reads: read.into_iter().map(Expr::Column).collect(),
            columns: made.to_vec(),
            per_row: rows,
            range,
            keeps: None,
            is_item: false,
        };
        let expansion = Expansion { input: group, rule };
        let group = Group {
            items: vec![Item::Expanded(Box::new(expansion))],
            ..Group::default()
        };
        Ok((group, reader.source(columns, Vec::new())))
    }

    /// How many of these columns hold a value in a row: certain where it is known how often
    /// each is NULL, else anything from one of them to all.
    fn rows_without_null(&mut self, columns: &[ColumnId]) -> (f64, RowRange) {
        let (mut rows, mut least) = (0.0, 0.0);
        let mut unknown = false;
        for id in columns {
            match self
                .columns
                .get(*id)
                .stats
                .and_then(|stats| stats.null_share)
            {
                Some(share) => {
                    rows += 1.0 - share;
                    least += 1.0 - share;
                }
                None => {
                    rows += 1.0;
                    unknown = true;
                }
            }
        }
        if !unknown {
            return (rows, RowRange::EXACT);
        }
        self.assumptions.add(
            "How often the columns of UNPIVOT are NULL is not known: its rows are reckoned with none, and may be as few as one for each row that it reads.",
        );
        let range = RowRange {
            low: f64::max(least, 1.0).min(rows) / f64::max(rows, 1.0),
            likely: 1.0,
            high: 1.0,
        };
        (rows, range)
    }

    /// The relation under PIVOT or UNPIVOT, and a scope of its columns alone.
    fn turned<'s>(
        &mut self,
        what: &'static str,
        table: &'a TableFactor,
        around: &'s Scope<'s, 'a>,
    ) -> Result<(Group<'a>, Scope<'s, 'a>), PlannerError> {
        let joined = match table {
            TableFactor::Table { args: None, .. } | TableFactor::Derived { .. } => {
                self.lateral(table, around)?.is_some()
            }
            _ => true,
        };
        let (group, source) = match joined {
            true => return Err(refused_over(what, table)),
            false => self.relation(table, around)?,
        };
        if self.is_recursive(&group) {
            return Err(refused_over(what, table));
        }
        let mut scope = around.fresh();
        scope.parent = None;
        scope.sources.push(source);
        Ok((group, scope))
    }

    fn is_recursive(&self, group: &Group<'a>) -> bool {
        group.items.iter().any(|item| match item {
            Item::Relation(Relation {
                source: Rows::Shared { id, .. },
                ..
            }) => {
                let shared = self.named.shared.get(id.0);
                shared.is_some_and(|shared| matches!(shared.query.body, Body::Recursive(_)))
            }
            Item::Relation(Relation {
                source: Rows::Working { .. },
                ..
            }) => true,
            _ => false,
        })
    }
}

/// "For constant IN values such as 'abc' or 5, the default column name is the constant itself",
/// for any other expression `?column?`.
fn constant_name(value: &Expr) -> String {
    match value {
        Expr::Literal { text, .. } => text.to_lowercase(),
        _ => "?column?".to_owned(),
    }
}

fn refused_over(what: &'static str, table: &TableFactor) -> PlannerError {
    let what = match what {
        "PIVOT" => "PIVOT over anything but a table, a subquery or a CTE that is not recursive",
        _ => "UNPIVOT over anything but a table, a subquery or a CTE that is not recursive",
    };
    PlannerError::refused(what, table)
}
