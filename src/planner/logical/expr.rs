//! Expressions whose names are resolved: what the planner reasons about.

use crate::schema::DataType;

use super::operator::{BinaryOp, UnaryOp};

/// A subquery in an expression: an index into the subqueries of a bound query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubqueryId(pub usize);

/// A column of some relation of the query: an index into the planner's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ColumnId(pub usize);

/// What a literal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LiteralKind {
    Number,
    Text,
    Boolean,
    Null,
    /// A parameter of a prepared statement: `$1`.
    Placeholder,
}

/// How a pattern is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternKind {
    Like,
    ILike,
    Regex,
}

/// A step into a SUPER value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PathStep {
    /// `.name`
    Field(String),
    /// `[index]`
    Index(Expr),
}

impl PathStep {
    fn index(&self) -> Option<&Expr> {
        match self {
            PathStep::Field(_) => None,
            PathStep::Index(index) => Some(index),
        }
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Column(ColumnId),
    Literal {
        text: String,
        kind: LiteralKind,
    },
    /// A comparison.
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `first op a op b …`, worked out from the left: as long as it is, it is one level.
    Compute {
        first: Box<Expr>,
        rest: Vec<(BinaryOp, Expr)>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Pattern {
        kind: PatternKind,
        negated: bool,
        operand: Box<Expr>,
        pattern: Box<Expr>,
    },
    IsNull {
        operand: Box<Expr>,
        negated: bool,
    },
    InList {
        operand: Box<Expr>,
        items: Vec<Expr>,
        negated: bool,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Function {
        name: String,
        args: Vec<Expr>,
    },
    Aggregate {
        name: String,
        args: Vec<Expr>,
        distinct: bool,
    },
    Window {
        name: String,
        args: Vec<Expr>,
        partition: Vec<Expr>,
        order: Vec<Expr>,
    },
    Cast {
        operand: Box<Expr>,
        to: DataType,
    },
    /// `CASE`: conditions and results, in order.
    Case(Vec<Expr>),
    /// A part of a SUPER value: `orders[0].price`.
    Navigate {
        operand: Box<Expr>,
        path: Vec<PathStep>,
    },
    /// The value of a scalar subquery: `$0`.
    Parameter(usize),
    /// `EXISTS (SELECT …)`.
    Exists {
        query: SubqueryId,
        negated: bool,
    },
    /// `operands IN (SELECT …)`.
    InQuery {
        operands: Vec<Expr>,
        query: SubqueryId,
        negated: bool,
    },
    /// `(SELECT …)` for one value.
    Scalar(SubqueryId),
    /// The `*` of `COUNT(*)`.
    Star,
}

impl Expr {
    /// Whether it is NULL, written as such.
    pub(crate) fn is_null(&self) -> bool {
        matches!(
            self,
            Expr::Literal {
                kind: LiteralKind::Null,
                ..
            }
        )
    }

    /// The number that it is, written as such.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Expr::Literal {
                text,
                kind: LiteralKind::Number,
            } => text.parse().ok(),
            _ => None,
        }
    }

    /// The expressions directly below.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_)
            | Expr::Literal { .. }
            | Expr::Parameter(_)
            | Expr::Exists { .. }
            | Expr::Scalar(_)
            | Expr::Star => Vec::new(),
            Expr::Binary { left, right, .. } => vec![left, right],
            Expr::Compute { first, rest } => std::iter::once(&**first)
                .chain(rest.iter().map(|(_, operand)| operand))
                .collect(),
            Expr::InQuery { operands, .. } => operands.iter().collect(),
            Expr::Pattern {
                operand, pattern, ..
            } => vec![operand, pattern],
            Expr::IsNull { operand, .. }
            | Expr::Not(operand)
            | Expr::Unary { operand, .. }
            | Expr::Cast { operand, .. } => vec![operand],
            Expr::InList { operand, items, .. } => {
                std::iter::once(&**operand).chain(items).collect()
            }
            Expr::And(parts) | Expr::Or(parts) | Expr::Case(parts) => parts.iter().collect(),
            Expr::Function { args, .. } | Expr::Aggregate { args, .. } => args.iter().collect(),
            Expr::Navigate { operand, path } => std::iter::once(&**operand)
                .chain(path.iter().filter_map(PathStep::index))
                .collect(),
            Expr::Window {
                args,
                partition,
                order,
                ..
            } => args.iter().chain(partition).chain(order).collect(),
        }
    }

    /// This expression and all below, top down, without recursion.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk {
            pending: vec![self],
        }
    }

    /// The columns it reads; a column may come twice.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnId> + '_ {
        self.walk().filter_map(|expr| match expr {
            Expr::Column(id) => Some(*id),
            _ => None,
        })
    }

    /// Its column, if it is nothing but one, perhaps in a cast that keeps the value.
    pub(crate) fn as_column(&self) -> Option<ColumnId> {
        match self {
            Expr::Column(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether an aggregate function stands in it.
    pub(crate) fn has_aggregate(&self) -> bool {
        self.walk()
            .any(|expr| matches!(expr, Expr::Aggregate { .. }))
    }

    /// Whether a window function stands in it.
    pub(crate) fn has_window(&self) -> bool {
        self.walk().any(|expr| matches!(expr, Expr::Window { .. }))
    }

    /// Whether a subquery stands in it.
    pub(crate) fn has_subquery(&self) -> bool {
        self.subqueries().next().is_some()
    }

    /// The subqueries that stand in it.
    pub(crate) fn subqueries(&self) -> impl Iterator<Item = SubqueryId> + '_ {
        self.walk().filter_map(|expr| match expr {
            Expr::Exists { query, .. } | Expr::InQuery { query, .. } | Expr::Scalar(query) => {
                Some(*query)
            }
            _ => None,
        })
    }

    /// `left = right`.
    pub(crate) fn equal(left: Expr, right: Expr) -> Self {
        Expr::Binary {
            op: BinaryOp::Equal,
            left: Box::new(left),
            right: Box::new(right),
        }
    }

    /// Whether its value is the same for every row.
    pub(crate) fn is_constant(&self) -> bool {
        self.columns().next().is_none() && !self.has_aggregate()
    }

    /// The two columns of `a = b`.
    pub(crate) fn as_equality(&self) -> Option<(ColumnId, ColumnId)> {
        let Expr::Binary {
            op: BinaryOp::Equal,
            left,
            right,
        } = self
        else {
            return None;
        };
        Some((left.as_column()?, right.as_column()?))
    }

    /// The parts of a conjunction. What all branches of an OR ask for is a part of
    /// its own: `(a AND b) OR (a AND c)` is `a AND (b OR c)`.
    pub(crate) fn into_conjuncts(self) -> Vec<Expr> {
        match self {
            Expr::And(parts) => parts.into_iter().flat_map(Expr::into_conjuncts).collect(),
            Expr::Or(branches) => factored(branches),
            other => vec![other],
        }
    }

    /// Rebuilds it with every part that `replace` knows replaced.
    pub(crate) fn replaced(&self, replace: &dyn Fn(&Expr) -> Option<Expr>) -> Expr {
        if let Some(other) = replace(self) {
            return other;
        }
        let one = |expr: &Expr| Box::new(expr.replaced(replace));
        let all = |list: &[Expr]| list.iter().map(|expr| expr.replaced(replace)).collect();
        match self {
            Expr::Column(_)
            | Expr::Literal { .. }
            | Expr::Parameter(_)
            | Expr::Exists { .. }
            | Expr::Scalar(_)
            | Expr::Star => self.clone(),
            Expr::Binary { op, left, right } => Expr::Binary {
                op: *op,
                left: one(left),
                right: one(right),
            },
            Expr::Compute { first, rest } => Expr::Compute {
                first: one(first),
                rest: rest
                    .iter()
                    .map(|(op, operand)| (*op, operand.replaced(replace)))
                    .collect(),
            },
            Expr::Unary { op, operand } => Expr::Unary {
                op: *op,
                operand: one(operand),
            },
            Expr::InQuery {
                operands,
                query,
                negated,
            } => Expr::InQuery {
                operands: all(operands),
                query: *query,
                negated: *negated,
            },
            Expr::Pattern {
                kind,
                negated,
                operand,
                pattern,
            } => Expr::Pattern {
                kind: *kind,
                negated: *negated,
                operand: one(operand),
                pattern: one(pattern),
            },
            Expr::IsNull { operand, negated } => Expr::IsNull {
                operand: one(operand),
                negated: *negated,
            },
            Expr::InList {
                operand,
                items,
                negated,
            } => Expr::InList {
                operand: one(operand),
                items: all(items),
                negated: *negated,
            },
            Expr::And(parts) => Expr::And(all(parts)),
            Expr::Or(parts) => Expr::Or(all(parts)),
            Expr::Case(parts) => Expr::Case(all(parts)),
            Expr::Not(operand) => Expr::Not(one(operand)),
            Expr::Function { name, args } => Expr::Function {
                name: name.clone(),
                args: all(args),
            },
            Expr::Aggregate {
                name,
                args,
                distinct,
            } => Expr::Aggregate {
                name: name.clone(),
                args: all(args),
                distinct: *distinct,
            },
            Expr::Window {
                name,
                args,
                partition,
                order,
            } => Expr::Window {
                name: name.clone(),
                args: all(args),
                partition: all(partition),
                order: all(order),
            },
            Expr::Cast { operand, to } => Expr::Cast {
                operand: one(operand),
                to: to.clone(),
            },
            Expr::Navigate { operand, path } => Expr::Navigate {
                operand: one(operand),
                path: path
                    .iter()
                    .map(|step| match step {
                        PathStep::Field(name) => PathStep::Field(name.clone()),
                        PathStep::Index(index) => PathStep::Index(index.replaced(replace)),
                    })
                    .collect(),
            },
        }
    }
}

fn factored(branches: Vec<Expr>) -> Vec<Expr> {
    let mut branches: Vec<Vec<Expr>> = branches.into_iter().map(Expr::into_conjuncts).collect();
    let Some((first, others)) = branches.split_first() else {
        return Vec::new();
    };
    let in_all = |part: &&Expr| others.iter().all(|other| other.contains(part));
    let common: Vec<Expr> = first.iter().filter(in_all).cloned().collect();
    for branch in &mut branches {
        branch.retain(|part| !common.contains(part));
    }
    let mut out = common;
    // A branch with nothing left is always true where the common parts are.
    if branches.iter().all(|branch| !branch.is_empty()) {
        let rest = branches.into_iter().map(|mut branch| match branch.len() {
            1 => branch.swap_remove(0),
            _ => Expr::And(branch),
        });
        out.push(Expr::Or(rest.collect()));
    }
    out
}

/// The order of [`Expr::walk`].
pub(crate) struct Walk<'a> {
    pending: Vec<&'a Expr>,
}

impl<'a> Iterator for Walk<'a> {
    type Item = &'a Expr;

    fn next(&mut self) -> Option<&'a Expr> {
        let expr = self.pending.pop()?;
        self.pending.extend(expr.children());
        Some(expr)
    }
}
