//! Conditions as a step of a plan carries them: the line, and what it says.
//!
//! The same as [`crate::plan::condition`] reads from a paste, handed over as it is instead of
//! printed and read again; a test holds the two together.

use crate::name::Ident;
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::join_keys::{KeyCast, KeyPair, Pairing};
use crate::plan::{Detail, DetailKind, Predicate, Said};
use crate::schema::DataType;

use super::columns::Columns;
use super::expr::{ColumnId, Expr, LiteralKind, PatternKind};
use super::operator::{BinaryOp, UnaryOp};
use super::text::{Names, is_one_array, type_name};

impl Columns<'_> {
    /// The line for conditions that AND joins.
    pub(crate) fn condition(&self, kind: DetailKind, parts: &[Expr], names: Names<'_>) -> Detail {
        let mut said = Said::default();
        for part in parts {
            said.predicate += predicate(part);
            self.conjuncts(part, names, &mut said.conjuncts);
        }
        if let Names::Sides(outer) = names {
            said.key_pairs = self.key_pairs(parts, outer);
        }
        Detail::said(kind, self.conjunction(parts, names), said)
    }

    fn conjuncts(&self, expr: &Expr, names: Names<'_>, out: &mut Vec<Conjunct>) {
        match expr {
            Expr::And(parts) => {
                for part in parts {
                    self.conjuncts(part, names, out);
                }
            }
            // `a NOT IN (1, 2)` is printed as `a <> 1 AND a <> 2`.
            Expr::InList {
                operand,
                items,
                negated: true,
            } if !is_one_array(items) => {
                for item in items {
                    let differs = Expr::Binary {
                        op: BinaryOp::NotEqual,
                        left: operand.clone(),
                        right: Box::new(item.clone()),
                    };
                    out.push(self.conjunct(&differs, names));
                }
            }
            // `a IN (1)` is printed as `a = 1`.
            Expr::InList {
                operand,
                items,
                negated: false,
            } if items.len() == 1 => {
                let equal = items
                    .iter()
                    .map(|i| Expr::equal((**operand).clone(), i.clone()));
                out.extend(equal.map(|equal| self.conjunct(&equal, names)));
            }
            expr => out.push(self.conjunct(expr, names)),
        }
    }

    fn conjunct(&self, expr: &Expr, names: Names<'_>) -> Conjunct {
        let mut operands = Operands::default();
        let comparison = operands.of_condition(self, expr);
        let literals = Literals::of(expr);
        Conjunct {
            text: without_parentheses(self.text(expr, names)),
            columns: operands.columns,
            comparison,
            around: operands.around,
            parameter: operands.parameter,
            literals: literals.values,
            lower: literals.lower,
            upper: literals.upper,
        }
    }

    /// The columns of both sides in pairs, as they follow each other.
    fn key_pairs(&self, parts: &[Expr], outer: &[ColumnId]) -> Vec<KeyPair> {
        let mut pairing = Pairing::default();
        for part in parts {
            let alone = alone(part);
            in_order(part, &mut |expr| match expr {
                Expr::Column(id) => {
                    let name = Ident::exact(self.get(*id).name.as_str());
                    pairing.column(outer.contains(id), name, !alone.contains(id));
                }
                Expr::Cast { operand, to } => {
                    pairing.cast(|| self.key_cast(operand, to));
                }
                _ => {}
            });
        }
        pairing.pairs()
    }

    /// A cast of a column to a number, a date or a time of another kind.
    fn key_cast(&self, operand: &Expr, to: &DataType) -> Option<KeyCast> {
        let column = self.get(operand.as_column()?);
        KeyCast::of(column.name.as_str(), &type_name(to))
    }
}

/// The columns that an equality compares as they are, or cast.
fn alone(part: &Expr) -> Vec<ColumnId> {
    let Expr::Binary {
        op: BinaryOp::Equal,
        left,
        right,
    } = part
    else {
        return Vec::new();
    };
    let column = |side: &Expr| {
        let mut side = side;
        while let Expr::Cast { operand, .. } = side {
            side = operand;
        }
        side.as_column()
    };
    [left, right]
        .into_iter()
        .filter_map(|side| column(side))
        .collect()
}

/// An expression and all below it, in the order in which they are printed.
fn in_order<'e>(expr: &'e Expr, visit: &mut impl FnMut(&'e Expr)) {
    visit(expr);
    for child in expr.children() {
        in_order(child, visit);
    }
}

/// `(a = 1)` as `a = 1`.
fn without_parentheses(text: String) -> String {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        // What opens the text must close it.
        if depth == 0 && at + c.len_utf8() < text.len() {
            return text;
        }
    }
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
    inner.map_or_else(|| text.clone(), str::to_owned)
}

/// What a condition asks of every row: an operator is an evaluation, a list one for each
/// element.
fn predicate(expr: &Expr) -> Predicate {
    let mut out = Predicate::default();
    for part in expr.walk() {
        out.comparisons += match part {
            Expr::Binary { .. } | Expr::Pattern { .. } => 1.0,
            Expr::Compute { rest, .. } => rest.len() as f64,
            Expr::InList { items, .. } => items.len() as f64,
            Expr::Unary { op, .. } if *op != UnaryOp::Minus => 1.0,
            _ => 0.0,
        };
        match part {
            Expr::Pattern {
                kind: PatternKind::Regex,
                ..
            } => out.regexes += 1.0,
            Expr::Pattern { .. } => out.likes += 1.0,
            _ => {}
        }
    }
    out
}

/// What a condition compares, and what stands around it.
#[derive(Default)]
struct Operands {
    columns: Vec<Ident>,
    around: Option<String>,
    parameter: bool,
}

impl Operands {
    /// Adds what a condition compares, and tells how.
    fn of_condition(&mut self, columns: &Columns<'_>, expr: &Expr) -> Comparison {
        match expr {
            Expr::Binary { op, left, right } => {
                self.add(columns, left, None);
                self.add(columns, right, None);
                match op {
                    BinaryOp::Equal => Comparison::Equal,
                    op if op.is_range() => Comparison::Range,
                    _ => Comparison::Other,
                }
            }
            Expr::Pattern { kind, operand, .. } => {
                self.add(columns, operand, None);
                match kind {
                    PatternKind::Regex => Comparison::Other,
                    _ => Comparison::Pattern,
                }
            }
            Expr::IsNull { operand, .. } => {
                self.add(columns, operand, None);
                Comparison::Null
            }
            Expr::Not(operand) if are_ranges(expr) => {
                self.add(columns, operand, None);
                Comparison::Ranges
            }
            Expr::InList { .. } | Expr::Or(_) => {
                self.add(columns, expr, None);
                match equalities(expr) {
                    Some(_) => Comparison::OneOf,
                    None if are_ranges(expr) => Comparison::Ranges,
                    None => Comparison::Other,
                }
            }
            other => {
                self.add(columns, other, None);
                Comparison::Other
            }
        }
    }

    /// Walks an operand; `around` is what already stands around it.
    fn add(&mut self, columns: &Columns<'_>, expr: &Expr, around: Option<&str>) {
        let own = match expr {
            Expr::Column(id) => return self.add_column(columns, *id, around),
            Expr::Parameter(_)
            | Expr::Literal {
                kind: LiteralKind::Placeholder,
                ..
            } => {
                self.parameter = true;
                return;
            }
            Expr::Cast { to, .. } if !keeps_order(to) => Some(format!("::{}", type_name(to))),
            Expr::Compute { rest, .. } => rest.last().map(|(op, _)| op.symbol().to_owned()),
            Expr::Unary { op, .. } => Some(op.symbol().to_owned()),
            Expr::Not(_) => Some("NOT".to_owned()),
            Expr::Case(_) => Some("case".to_owned()),
            // A part of a SUPER value is sorted in no block.
            Expr::Navigate { .. } => Some(".".to_owned()),
            Expr::Pattern {
                kind: PatternKind::Regex,
                negated,
                ..
            } => Some(if *negated { "!~" } else { "~" }.to_owned()),
            Expr::Function { name, .. }
            | Expr::Aggregate { name, .. }
            | Expr::Window { name, .. } => Some(name.clone()),
            _ => None,
        };
        let around = around.or(own.as_deref());
        for child in expr.children() {
            self.add(columns, child, around);
        }
    }

    fn add_column(&mut self, columns: &Columns<'_>, id: ColumnId, around: Option<&str>) {
        let column = columns.get(id);
        // The value of an earlier step, such as an aggregate: no column of a table.
        if column.computed {
            self.parameter |= column.name.starts_with('$');
            self.around.get_or_insert_with(|| column.name.clone());
            return;
        }
        let name = Ident::exact(column.name.as_str());
        if !self.columns.contains(&name) {
            self.columns.push(name);
        }
        if let Some(around) = around {
            self.around.get_or_insert_with(|| around.to_owned());
        }
    }
}

/// Casts that change neither value nor order, so that zone maps still serve.
fn keeps_order(to: &DataType) -> bool {
    matches!(
        to,
        DataType::Varchar(_)
            | DataType::Char(_)
            | DataType::Decimal { .. }
            | DataType::BigInt
            | DataType::Integer
            | DataType::DoublePrecision
    )
}

/// Whether all that OR joins, and NOT negates, is a comparison that leaves ranges of values.
fn are_ranges(expr: &Expr) -> bool {
    let mut pending = vec![(expr, false)];
    while let Some((expr, negated)) = pending.pop() {
        match expr {
            Expr::Not(inner) => pending.push((inner, !negated)),
            Expr::And(parts) | Expr::Or(parts) => {
                pending.extend(parts.iter().map(|part| (part, negated)));
            }
            Expr::Binary { op, .. } if op.is_range() => {}
            Expr::Binary {
                op: BinaryOp::Equal,
                ..
            } if !negated => {}
            Expr::InList { negated: not, .. } if *not == negated => {}
            _ => return false,
        }
    }
    true
}

/// The values of `a IN (1, 2)` and of `a = 1 OR a = 2 OR …` over one operand.
fn equalities(expr: &Expr) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut operand: Option<&Expr> = None;
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        let compared = match expr {
            Expr::Or(parts) => {
                pending.extend(parts.iter().rev());
                continue;
            }
            Expr::Binary {
                op: BinaryOp::Equal,
                left,
                right,
            } => {
                values.push(literal(right)?);
                left
            }
            Expr::InList {
                operand,
                items,
                negated: false,
            } => {
                let is_null = |item: &&Expr| {
                    matches!(
                        item,
                        Expr::Literal {
                            kind: LiteralKind::Null,
                            ..
                        }
                    )
                };
                // In an array NULL is left out, for nothing equals it.
                let array = is_one_array(items);
                for item in items.iter().filter(|item| !(array && is_null(item))) {
                    values.push(literal(item)?);
                }
                operand
            }
            _ => return None,
        };
        if **operand.get_or_insert(compared) != **compared {
            return None;
        }
    }
    Some(values)
}

/// The literals that a condition compares its column with.
#[derive(Default)]
struct Literals {
    values: Vec<String>,
    lower: Option<String>,
    upper: Option<String>,
}

impl Literals {
    fn of(expr: &Expr) -> Self {
        let mut out = Self::default();
        match expr {
            Expr::InList { items, .. } if is_one_array(items) => {
                out.values = items.iter().filter_map(literal).collect();
            }
            Expr::Or(_) | Expr::InList { .. } => out.values = equalities(expr).unwrap_or_default(),
            Expr::Binary { op, left, right } => {
                let (literal, turned) = match literal(right) {
                    Some(literal) => (Some(literal), false),
                    None => (literal(left), true),
                };
                match op {
                    BinaryOp::Equal => out.values.extend(literal),
                    op if op.is_range() && op.is_upper() != turned => out.upper = literal,
                    op if op.is_range() => out.lower = literal,
                    _ => {}
                }
            }
            _ => {}
        }
        out
    }
}

/// A literal's text, without its cast.
fn literal(expr: &Expr) -> Option<String> {
    let mut at = expr;
    while let Expr::Cast { operand, .. } = at {
        at = operand;
    }
    match at {
        Expr::Literal { text, kind } => match kind {
            LiteralKind::Number | LiteralKind::Text => Some(text.clone()),
            LiteralKind::Boolean | LiteralKind::Null | LiteralKind::Placeholder => None,
        },
        _ => None,
    }
}
