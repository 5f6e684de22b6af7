//! Subqueries in expressions: joins for what depends on the row, `$n` for what does not.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::plan::JoinKind;
use crate::planner::PlannerError;
use crate::planner::cardinality::link::Link;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind, SubqueryId};
use crate::planner::logical::tree::Query;

use super::Physical;
use super::block::{Block, Wanted};
use super::rel::Rel;

/// When a subquery's value is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before the rows are grouped.
    Joined,
    /// After.
    Grouped,
}

/// A join that a subquery needs.
#[derive(Debug, Clone)]
pub(super) struct SubqueryJoin {
    pub kind: JoinKind,
    pub rel: Rel,
    pub conditions: Vec<Expr>,
    /// Whether it finds no more than one row for each.
    single: bool,
}

/// The joins that the subqueries of one SELECT need, and what stands for their values.
#[derive(Default)]
pub(super) struct Unnested {
    pub joined: Vec<SubqueryJoin>,
    pub grouped: Vec<SubqueryJoin>,
    values: HashMap<SubqueryId, Expr>,
}

impl Unnested {
    fn push(&mut self, when: When, join: SubqueryJoin) {
        match when {
            When::Joined => self.joined.push(join),
            When::Grouped => self.grouped.push(join),
        }
    }
}

impl<'b, 'a> Physical<'b, 'a> {
    /// A condition of its own: EXISTS and IN become semijoins, with NOT antijoins. What is
    /// left of it has no subquery.
    pub(super) fn condition(
        &mut self,
        condition: &Expr,
        when: When,
        unnested: &mut Unnested,
    ) -> Result<Vec<Expr>, PlannerError> {
        let (condition, turned) = match condition {
            Expr::Not(inner) if is_semijoin(inner) => (&**inner, true),
            other => (other, false),
        };
        match condition {
            Expr::Exists { query, negated } => {
                let negated = *negated != turned;
                let block = self.block(self.subquery(*query)?, Wanted::Rows)?;
                if block.correlated.is_empty() {
                    let parameter = self.parameter(block.rel);
                    return Ok(vec![not_if(negated, parameter)]);
                }
                unnested.push(when, semijoin(block.rel, block.correlated, negated));
                Ok(Vec::new())
            }
            Expr::InQuery {
                operands,
                query,
                negated,
            } => {
                let operands = self.values(operands, when, unnested)?;
                let block = self.block(self.subquery(*query)?, Wanted::Joined)?;
                let (rel, conditions) = compared(operands, block);
                unnested.push(when, semijoin(rel, conditions, *negated != turned));
                Ok(Vec::new())
            }
            other => Ok(vec![self.value(other, when, unnested)?]),
        }
    }

    /// Expressions whose subqueries are replaced by their values.
    pub(super) fn values(
        &mut self,
        exprs: &[Expr],
        when: When,
        unnested: &mut Unnested,
    ) -> Result<Vec<Expr>, PlannerError> {
        exprs
            .iter()
            .map(|expr| self.value(expr, when, unnested))
            .collect()
    }

    /// An expression whose subqueries are replaced by their values.
    pub(super) fn value(
        &mut self,
        expr: &Expr,
        when: When,
        unnested: &mut Unnested,
    ) -> Result<Expr, PlannerError> {
        if !expr.has_subquery() {
            return Ok(expr.clone());
        }
        // An aggregate needs its argument before the rows are grouped.
        let in_aggregates: BTreeSet<SubqueryId> = expr
            .walk()
            .filter(|part| matches!(part, Expr::Aggregate { .. }))
            .flat_map(Expr::subqueries)
            .collect();
        let parts: Vec<&Expr> = expr.walk().collect();
        // Backwards, so that what is inside comes first, and the left before the right.
        for part in parts.into_iter().rev() {
            let Some(id) = own_subquery(part) else {
                continue;
            };
            if unnested.values.contains_key(&id) {
                continue;
            }
            let when = match in_aggregates.contains(&id) {
                true => When::Joined,
                false => when,
            };
            let value = self.value_of(part, when, unnested)?;
            unnested.values.insert(id, value);
        }
        Ok(replaced(expr, &unnested.values))
    }

    /// What stands for a subquery. EXISTS and IN are taken without NOT.
    fn value_of(
        &mut self,
        part: &Expr,
        when: When,
        unnested: &mut Unnested,
    ) -> Result<Expr, PlannerError> {
        match part {
            Expr::Scalar(id) => {
                let block = self.block(self.subquery(*id)?, Wanted::Columns)?;
                let Some((_, value)) = block.outputs.first().cloned() else {
                    return Err(PlannerError::unsupported(
                        "a scalar subquery without a column",
                        "",
                    ));
                };
                if block.correlated.is_empty() {
                    return Ok(self.parameter(block.rel));
                }
                let join = SubqueryJoin {
                    kind: JoinKind::Left,
                    rel: block.rel,
                    conditions: block.correlated,
                    single: false,
                };
                unnested.push(when, join);
                Ok(Expr::Column(value))
            }
            Expr::Exists { query, .. } => {
                let block = self.block(self.subquery(*query)?, Wanted::Rows)?;
                if block.correlated.is_empty() {
                    return Ok(self.parameter(block.rel));
                }
                Ok(self.mark(block.rel, block.correlated, when, unnested))
            }
            Expr::InQuery {
                operands, query, ..
            } => {
                let operands = operands
                    .iter()
                    .map(|operand| replaced(operand, &unnested.values))
                    .collect();
                let block = self.block(self.subquery(*query)?, Wanted::Joined)?;
                let (rel, conditions) = compared(operands, block);
                Ok(self.mark(rel, conditions, when, unnested))
            }
            other => Ok(other.clone()),
        }
    }

    /// EXISTS or IN beside OR, under CASE or in a select list keeps the rows for which it is
    /// false: an outer join with the subquery's distinct rows, and whether it found one.
    fn mark(
        &mut self,
        rel: Rel,
        conditions: Vec<Expr>,
        when: When,
        unnested: &mut Unnested,
    ) -> Expr {
        self.assumptions.add(
            "`EXISTS` and `IN (SELECT …)` that are no condition of their own (beside OR, in CASE, in a select list) are planned as an outer join with the subquery's distinct rows; EXPLAIN may show a subplan, or Redshift refuse the query.",
        );
        let read: BTreeSet<ColumnId> = conditions.iter().flat_map(Expr::columns).collect();
        let own: Vec<ColumnId> = rel
            .columns
            .iter()
            .copied()
            .filter(|id| read.contains(id))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut rel = match own.is_empty() {
            true => rel,
            false => {
                let keys: Vec<Expr> = own.iter().map(|id| Expr::Column(*id)).collect();
                self.unique(rel, &keys)
            }
        };
        let found = match own.first() {
            Some(id) => *id,
            None => {
                let id = self.computed_column(&always_true(), rel.rows);
                rel.columns.push(id);
                id
            }
        };
        let join = SubqueryJoin {
            kind: JoinKind::Left,
            rel,
            conditions,
            single: true,
        };
        unnested.push(when, join);
        Expr::IsNull {
            operand: Box::new(Expr::Column(found)),
            negated: true,
        }
    }

    fn subquery(&self, id: SubqueryId) -> Result<&'b Query<'a>, PlannerError> {
        let found = self.subqueries.get(id.0);
        found.ok_or_else(|| PlannerError::unsupported("a subquery without a query", ""))
    }

    fn parameter(&mut self, rel: Rel) -> Expr {
        self.assumptions.add(
            "A subquery that does not depend on the row runs once, before the query; EXPLAIN prints only its value, as `$0`.",
        );
        self.beside.parameters.push(rel);
        Expr::Parameter(self.beside.parameters.len() - 1)
    }

    /// Applies the joins of subqueries on top of the joined tables.
    pub(super) fn join_subqueries(
        &mut self,
        mut rel: Rel,
        mut joins: Vec<SubqueryJoin>,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        // Semijoins first: they make the rest smaller.
        joins.sort_by_key(|join| join.kind == JoinKind::Left);
        let mut pending: VecDeque<SubqueryJoin> = joins.into();
        while let Some(join) = pending.pop_front() {
            let mut later = needed.clone();
            for other in &pending {
                later.extend(other.conditions.iter().flat_map(Expr::columns));
            }
            let most = join.single.then_some(rel.rows);
            let link = Link::new(join.conditions, &rel.columns, &join.rel.columns);
            rel = self.join(rel, join.rel, join.kind, link, &later);
            if let Some(most) = most {
                rel.rows = rel.rows.min(most);
                let (cost, width) = (rel.cost, rel.width());
                rel.step.numbers(cost, rel.rows, width);
            }
        }
        rel
    }
}

/// An expression with known values for its subqueries.
fn replaced(expr: &Expr, values: &HashMap<SubqueryId, Expr>) -> Expr {
    expr.replaced(&|part| {
        let negated = match part {
            Expr::Exists { negated, .. } | Expr::InQuery { negated, .. } => *negated,
            _ => false,
        };
        let value = values.get(&own_subquery(part)?)?.clone();
        Some(not_if(negated, value))
    })
}

/// The subquery that an expression itself is.
fn own_subquery(part: &Expr) -> Option<SubqueryId> {
    match part {
        Expr::Exists { query, .. } | Expr::InQuery { query, .. } | Expr::Scalar(query) => {
            Some(*query)
        }
        _ => None,
    }
}

fn is_semijoin(expr: &Expr) -> bool {
    matches!(expr, Expr::Exists { .. } | Expr::InQuery { .. })
}

fn semijoin(rel: Rel, conditions: Vec<Expr>, negated: bool) -> SubqueryJoin {
    SubqueryJoin {
        kind: match negated {
            true => JoinKind::NotIn,
            false => JoinKind::In,
        },
        rel,
        conditions,
        single: false,
    }
}

/// A subquery and the conditions under which one of its rows equals the operands.
fn compared(operands: Vec<Expr>, block: Block) -> (Rel, Vec<Expr>) {
    let mut conditions = block.correlated;
    for (operand, (_, column)) in operands.into_iter().zip(&block.outputs) {
        conditions.push(Expr::equal(operand, Expr::Column(*column)));
    }
    (block.rel, conditions)
}

fn not_if(negated: bool, value: Expr) -> Expr {
    match (negated, value) {
        (false, value) => value,
        (true, Expr::IsNull { operand, negated }) => Expr::IsNull {
            operand,
            negated: !negated,
        },
        (true, value) => Expr::Not(Box::new(value)),
    }
}

fn always_true() -> Expr {
    Expr::Literal {
        text: "true".to_owned(),
        kind: LiteralKind::Boolean,
    }
}
