//! What the printed text of a condition or a filter says: which columns, which
//! comparisons, what stands around a column.

use super::bounds::{equalities, literals};
use crate::name::Ident;
use sqlparser::ast::{BinaryOperator, DataType, Expr, UnaryOperator, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// How a conjunct restricts its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`, `<=`, `>`, `>=`, `BETWEEN`
    Range,
    /// `IN`, `= ANY`
    OneOf,
    /// Such conditions joined by OR or negated, as `a < 1 OR a > 5`
    Ranges,
    /// `IS [NOT] NULL`
    Null,
    /// `LIKE` and kin
    Pattern,
    /// `<>` and all else
    Other,
}

/// One of the conditions that a filter joins by AND.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Conjunct {
    /// The condition as printed.
    pub text: String,
    /// The columns in it, without their tables, none twice.
    pub columns: Vec<Ident>,
    /// How it restricts them.
    pub comparison: Comparison,
    /// The function, operator or cast around the column, if there is one: then
    /// zone maps of the column can't be used.
    pub around: Option<String>,
    /// Whether it compares with a parameter such as `$0`, whose value the
    /// planner doesn't know.
    pub parameter: bool,
    /// The literals that the column may equal.
    pub literals: Vec<String>,
    /// The least literal that passes a range.
    pub lower: Option<String>,
    /// The greatest literal that passes a range.
    pub upper: Option<String>,
}

/// Longer filters are not taken apart: sqlparser limits nesting, but not the
/// length of a chain of OR, whose tree is as deep as the chain is long.
const LONGEST: usize = 16 * 1024;

/// The conjuncts of a filter; `None` where the text is cut, longer than 16 KiB
/// or not understood.
pub fn conjuncts(filter: &str) -> Option<Vec<Conjunct>> {
    if filter.len() > LONGEST {
        return None;
    }
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .try_with_sql(filter)
        .ok()?;
    let expr = parser.parse_expr().ok()?;
    if parser.peek_token().token != sqlparser::tokenizer::Token::EOF {
        return None;
    }
    let mut out = Vec::new();
    let mut todo = vec![&expr];
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::Nested(inner) => todo.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => todo.extend([right.as_ref(), left.as_ref()]),
            other => out.push(conjunct(other)),
        }
    }
    Some(out)
}

fn conjunct(expr: &Expr) -> Conjunct {
    let mut operands = Operands::default();
    let comparison = comparison(expr, &mut operands);
    let found = literals(expr);
    Conjunct {
        text: expr.to_string(),
        columns: operands.columns,
        comparison,
        around: operands.around,
        parameter: operands.parameter,
        literals: found.values,
        lower: found.lower,
        upper: found.upper,
    }
}

#[derive(Default)]
struct Operands {
    columns: Vec<Ident>,
    around: Option<String>,
    parameter: bool,
}

fn comparison(expr: &Expr, operands: &mut Operands) -> Comparison {
    match expr {
        Expr::BinaryOp { left, op, right } => {
            operands.add(left, None);
            operands.add(right, None);
            match op {
                BinaryOperator::Eq => Comparison::Equal,
                BinaryOperator::Or if equalities(expr).is_some() => Comparison::OneOf,
                BinaryOperator::Or if are_ranges(expr) => Comparison::Ranges,
                BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq => Comparison::Range,
                BinaryOperator::PGLikeMatch
                | BinaryOperator::PGNotLikeMatch
                | BinaryOperator::PGILikeMatch
                | BinaryOperator::PGNotILikeMatch => Comparison::Pattern,
                _ => Comparison::Other,
            }
        }
        Expr::AnyOp { left, .. } => {
            operands.add(left, None);
            Comparison::OneOf
        }
        Expr::AllOp { left, .. } => {
            operands.add(left, None);
            Comparison::Other
        }
        Expr::In { expr, negated, .. } => {
            operands.add(expr, None);
            match negated {
                true => Comparison::Other,
                false => Comparison::OneOf,
            }
        }
        Expr::Between {
            expr, low, high, ..
        } => {
            for part in [expr, low, high] {
                operands.add(part, None);
            }
            Comparison::Range
        }
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
            operands.add(inner, None);
            Comparison::Null
        }
        Expr::Like { expr, .. } | Expr::ILike { expr, .. } => {
            operands.add(expr, None);
            Comparison::Pattern
        }
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: inner,
        } if are_ranges(expr) => {
            operands.add(inner, None);
            Comparison::Ranges
        }
        other => {
            operands.add(other, None);
            Comparison::Other
        }
    }
}

/// Whether all that OR joins, and NOT negates, is a comparison that leaves ranges of values.
fn are_ranges(expr: &Expr) -> bool {
    let mut pending = vec![(expr, false)];
    while let Some((expr, negated)) = pending.pop() {
        match expr {
            Expr::Nested(inner) => pending.push((inner, negated)),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: inner,
            } => pending.push((inner, !negated)),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And | BinaryOperator::Or => {
                    pending.extend([(right.as_ref(), negated), (left.as_ref(), negated)]);
                }
                BinaryOperator::Eq if !negated => {}
                BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq => {}
                _ => return false,
            },
            Expr::Between { .. } => {}
            Expr::In { negated: not, .. } if *not == negated => {}
            Expr::AnyOp { .. } if !negated => {}
            Expr::AllOp { .. } if negated => {}
            _ => return false,
        }
    }
    true
}

impl Operands {
    /// Walks an operand; `around` is what already stands around it.
    fn add(&mut self, expr: &Expr, around: Option<&str>) {
        match expr {
            Expr::Nested(inner) => self.add(inner, around),
            Expr::Identifier(name) => self.add_column(name, around),
            Expr::CompoundIdentifier(parts) => {
                if let Some(name) = parts.last() {
                    self.add_column(name, around);
                }
            }
            Expr::Value(value) => self.parameter |= is_parameter(&value.value),
            Expr::Cast {
                expr, data_type, ..
            } => {
                let cast = format!("::{data_type}").to_lowercase();
                let changes = !keeps_order(data_type);
                self.add(
                    expr,
                    if changes {
                        around.or(Some(&cast))
                    } else {
                        around
                    },
                );
            }
            Expr::BinaryOp { left, op, right } if compares(op) => {
                self.add(left, around);
                self.add(right, around);
            }
            Expr::BinaryOp { left, op, right } => {
                let op = op.to_string();
                self.add(left, around.or(Some(&op)));
                self.add(right, around.or(Some(&op)));
            }
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.add(inner, around),
            Expr::AnyOp { left, .. } | Expr::AllOp { left, .. } => self.add(left, around),
            Expr::In { expr, .. } | Expr::Like { expr, .. } | Expr::ILike { expr, .. } => {
                self.add(expr, around);
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                for part in [expr, low, high] {
                    self.add(part, around);
                }
            }
            Expr::UnaryOp { expr, op } => {
                let op = op.to_string();
                self.add(expr, around.or(Some(&op)));
            }
            Expr::Function(function) => self.add_arguments(function, around),
            Expr::Extract { expr, .. } => self.add(expr, around.or(Some("extract"))),
            Expr::Substring { expr, .. } => self.add(expr, around.or(Some("substring"))),
            Expr::Trim { expr, .. } => self.add(expr, around.or(Some("trim"))),
            Expr::Case { .. } => self.around = self.around.take().or(Some("case".to_owned())),
            _ => {}
        }
    }

    fn add_arguments(&mut self, function: &sqlparser::ast::Function, around: Option<&str>) {
        use sqlparser::ast::{FunctionArg, FunctionArgExpr, FunctionArguments};
        let name = function.name.to_string();
        let FunctionArguments::List(list) = &function.args else {
            return;
        };
        for argument in &list.args {
            let (FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
            | FunctionArg::Named {
                arg: FunctionArgExpr::Expr(expr),
                ..
            }) = argument
            else {
                continue;
            };
            self.add(expr, around.or(Some(&name)));
        }
    }

    fn add_column(&mut self, name: &sqlparser::ast::Ident, around: Option<&str>) {
        // A value that an earlier step computes is printed like a column, but never in quotes.
        if name.value.starts_with('$') && name.quote_style.is_none() {
            self.parameter = true;
            return;
        }
        let column = Ident::exact(&name.value);
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
        if let Some(around) = around {
            self.around.get_or_insert_with(|| around.to_owned());
        }
    }
}

/// Whether an operator gives a truth value, so that it stands between
/// conditions and not around a column.
fn compares(op: &BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(
        op,
        B::And
            | B::Or
            | B::Eq
            | B::NotEq
            | B::Lt
            | B::LtEq
            | B::Gt
            | B::GtEq
            | B::PGLikeMatch
            | B::PGNotLikeMatch
            | B::PGILikeMatch
            | B::PGNotILikeMatch
    )
}

fn is_parameter(value: &Value) -> bool {
    matches!(value, Value::Placeholder(_))
}

/// Casts that Redshift prints around text columns change neither value nor
/// order, so zone maps still serve; so do casts between numbers.
fn keeps_order(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Text
            | DataType::Varchar(_)
            | DataType::CharacterVarying(_)
            | DataType::Character(_)
            | DataType::Char(_)
            | DataType::Numeric(_)
            | DataType::Decimal(_)
            | DataType::BigInt(_)
            | DataType::Integer(_)
            | DataType::Int(_)
            | DataType::DoublePrecision
    ) || data_type.to_string().eq_ignore_ascii_case("bpchar")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(filter: &str) -> Conjunct {
        let mut all = conjuncts(filter).expect("a filter that parses");
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn functions_around_columns_are_seen_and_harmless_casts_are_not() {
        assert_eq!(only("((code)::text = 'x'::text)").around, None);
        assert_eq!(only("(price < 10.00)").comparison, Comparison::Range);
        assert_eq!(only("((k / 10) > 0)").around.as_deref(), Some("/"));
        assert_eq!(
            only("(date_trunc('month'::text, sold_at) = '2020-01-01'::date)")
                .around
                .as_deref(),
            Some("date_trunc")
        );
        assert_eq!(
            only("((sold_at)::date = '2020-01-01'::date)")
                .around
                .as_deref(),
            Some("::date")
        );
        assert!(only("(total > $0)").parameter);
        let quoted = only("(\"$0\" > 3)");
        assert!(!quoted.parameter && quoted.columns == [Ident::exact("$0")]);
        let list = only("(id = ANY ('{1,2}'::integer[]))");
        assert_eq!(
            (list.comparison, list.columns.len()),
            (Comparison::OneOf, 1)
        );
        assert_eq!(
            only("(at >= '2017-06-11 00:00:00'::timestamp without time zone)").around,
            None
        );
    }

    #[test]
    fn conjuncts_are_split_and_cut_text_is_not_guessed() {
        let all = conjuncts("((a = 1) AND (b > 2) AND ((c = 3) OR (d = 4)))").expect("parses");
        assert_eq!(all.len(), 3);
        assert_eq!(all[2].columns, ["c", "d"]);
        assert_eq!(all[2].around, None);
        assert_eq!(conjuncts("((a = 1) AND (b"), None);
    }
}
