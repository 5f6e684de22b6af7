//! Expressions as Redshift prints them under a step.

use crate::schema::DataType;

use super::columns::Columns;
use super::expr::{ColumnId, Expr, LiteralKind, PathStep, PatternKind};
use super::operator::BinaryOp;

/// How columns are named in a line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Names<'n> {
    /// `price`: the filter of a scan.
    Bare,
    /// `orders.price`: keys above a join.
    Qualified,
    /// `"outer".id` for these columns, `"inner".id` for all others: join conditions.
    Sides(&'n [ColumnId]),
}

impl Columns<'_> {
    /// A predicate or a key.
    pub(crate) fn text(&self, expr: &Expr, names: Names<'_>) -> String {
        match expr {
            Expr::Column(id) => self.column_text(*id, names),
            Expr::Literal { text, kind } => literal(text, *kind, None),
            Expr::Binary { op, left, right } => self.binary(*op, left, right, names),
            Expr::Compute { first, rest } => self.computed(first, rest, names),
            Expr::Unary { op, operand } => {
                format!("({} {})", op.symbol(), self.text(operand, names))
            }
            Expr::Pattern {
                kind,
                negated,
                operand,
                pattern,
            } => {
                let operator = match (kind, negated) {
                    (PatternKind::Like, false) => "~~",
                    (PatternKind::Like, true) => "!~~",
                    (PatternKind::ILike, false) => "~~*",
                    (PatternKind::ILike, true) => "!~~*",
                    (PatternKind::Regex, false) => "~",
                    (PatternKind::Regex, true) => "!~",
                };
                let operand = self.as_text_value(operand, names);
                let pattern = self.as_text_value(pattern, names);
                format!("({operand} {operator} {pattern})")
            }
            Expr::IsNull { operand, negated } => {
                let not = if *negated { "NOT " } else { "" };
                format!("({} IS {not}NULL)", self.text(operand, names))
            }
            Expr::InList {
                operand,
                items,
                negated,
            } => self.in_list(operand, items, *negated, names),
            Expr::And(parts) => self.joined(parts, " AND ", names),
            Expr::Or(parts) => self.joined(parts, " OR ", names),
            Expr::Not(operand) => format!("(NOT {})", self.text(operand, names)),
            Expr::Function { name, args } => format!("{name}({})", self.list(args, names)),
            Expr::Aggregate {
                name,
                args,
                distinct,
            } => {
                let distinct = if *distinct { "DISTINCT " } else { "" };
                format!("{name}({distinct}{})", self.list(args, names))
            }
            Expr::Window { name, args, .. } => format!("{name}({})", self.list(args, names)),
            Expr::Cast { operand, to } => {
                // A constant is printed as one of its type.
                if let Expr::Literal {
                    text,
                    kind: LiteralKind::Text,
                } = operand.as_ref()
                {
                    return format!("{}::{}", quote_literal(text), type_name(to));
                }
                format!("({})::{}", self.text(operand, names), type_name(to))
            }
            Expr::Case(_) => "CASE".to_owned(),
            Expr::Navigate { operand, path } => self.path(operand, path, names),
            Expr::Parameter(n) => format!("${n}"),
            Expr::Star => "*".to_owned(),
            // Subqueries have become joins or parameters before anything is printed.
            Expr::Exists { .. } | Expr::InQuery { .. } | Expr::Scalar(_) => "SubPlan".to_owned(),
        }
    }

    /// Expressions with commas between them.
    pub(crate) fn list(&self, exprs: &[Expr], names: Names<'_>) -> String {
        let texts: Vec<String> = exprs.iter().map(|expr| self.text(expr, names)).collect();
        texts.join(", ")
    }

    /// A conjunction: one part stands alone, several are joined.
    pub(crate) fn conjunction(&self, parts: &[Expr], names: Names<'_>) -> String {
        match parts {
            [one] => self.text(one, names),
            _ => self.joined(parts, " AND ", names),
        }
    }

    fn joined(&self, parts: &[Expr], with: &str, names: Names<'_>) -> String {
        let texts: Vec<String> = parts.iter().map(|part| self.text(part, names)).collect();
        format!("({})", texts.join(with))
    }

    fn column_text(&self, id: ColumnId, names: Names<'_>) -> String {
        let column = self.get(id);
        if column.computed && !matches!(names, Names::Sides(_)) {
            return column.name.clone();
        }
        let name = match column.computed {
            true => column.name.clone(),
            false => quoted(&column.name),
        };
        match names {
            Names::Bare => name,
            Names::Qualified if column.qualifier.is_empty() => name,
            Names::Qualified => format!("{}.{name}", quoted(&column.qualifier)),
            Names::Sides(outer) if outer.contains(&id) => format!("\"outer\".{name}"),
            Names::Sides(_) => format!("\"inner\".{name}"),
        }
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, names: Names<'_>) -> String {
        let of = self.type_of(left).or_else(|| self.type_of(right));
        let side = |expr: &Expr| match expr {
            Expr::Literal { text, kind } => literal(text, *kind, of.as_ref()),
            Expr::Column(id) if matches!(self.get(*id).data_type, DataType::Varchar(_)) => {
                format!("({})::text", self.column_text(*id, names))
            }
            expr => self.text(expr, names),
        };
        format!("({} {} {})", side(left), op.symbol(), side(right))
    }

    /// `((a + b) + c)`: every operator with parentheses of its own.
    fn computed(&self, first: &Expr, rest: &[(BinaryOp, Expr)], names: Names<'_>) -> String {
        let mut out = "(".repeat(rest.len());
        out.push_str(&self.text(first, names));
        for (op, operand) in rest {
            out.push_str(&format!(" {} {})", op.symbol(), self.text(operand, names)));
        }
        out
    }

    /// `orders[0].price`, as it is written in a query.
    fn path(&self, operand: &Expr, path: &[PathStep], names: Names<'_>) -> String {
        let mut out = match operand {
            Expr::Column(_) => self.text(operand, names),
            other => format!("({})", self.text(other, names)),
        };
        for step in path {
            match step {
                PathStep::Field(name) => out.push_str(&format!(".{}", quoted(name))),
                PathStep::Index(index) => out.push_str(&format!("[{}]", self.text(index, names))),
            }
        }
        out
    }

    fn in_list(&self, operand: &Expr, items: &[Expr], negated: bool, names: Names<'_>) -> String {
        if is_one_array(items) {
            let values = items.iter().filter_map(|item| match item {
                Expr::Literal { text, .. } => Some(text.as_str()),
                _ => None,
            });
            let values = values.collect::<Vec<_>>().join(",");
            let (op, any) = if negated { ("<>", "ALL") } else { ("=", "ANY") };
            let of = self
                .type_of(operand)
                .map_or("text".to_owned(), |of| type_name(&of));
            let operand = self.as_text_value(operand, names);
            return format!("({operand} {op} {any} ('{{{values}}}'::{of}[]))");
        }
        let (op, with) = if negated {
            (BinaryOp::NotEqual, " AND ")
        } else {
            (BinaryOp::Equal, " OR ")
        };
        let parts: Vec<String> = items
            .iter()
            .map(|item| self.binary(op, operand, item, names))
            .collect();
        match parts.as_slice() {
            [one] => one.clone(),
            _ => format!("({})", parts.join(with)),
        }
    }

    fn as_text_value(&self, expr: &Expr, names: Names<'_>) -> String {
        match expr {
            Expr::Literal {
                text,
                kind: LiteralKind::Text,
            } => {
                format!("{}::text", quote_literal(text))
            }
            Expr::Column(id) if matches!(self.get(*id).data_type, DataType::Varchar(_)) => {
                format!("({})::text", self.column_text(*id, names))
            }
            expr => self.text(expr, names),
        }
    }
}

/// Whether a list is printed as one comparison with an array: more than ten literals are.
pub(super) fn is_one_array(items: &[Expr]) -> bool {
    let is_known = |item: &Expr| match item {
        Expr::Literal { kind, .. } => *kind != LiteralKind::Placeholder,
        _ => false,
    };
    items.len() > 10 && items.iter().all(is_known)
}

fn literal(text: &str, kind: LiteralKind, compared_with: Option<&DataType>) -> String {
    match kind {
        LiteralKind::Text => {
            let to = match compared_with {
                Some(DataType::Char(_)) => "bpchar".to_owned(),
                Some(DataType::Varchar(_)) | None => "text".to_owned(),
                Some(other) => type_name(other),
            };
            format!("{}::{to}", quote_literal(text))
        }
        LiteralKind::Number | LiteralKind::Boolean => text.to_owned(),
        LiteralKind::Null => "NULL".to_owned(),
        LiteralKind::Placeholder => text.to_owned(),
    }
}

fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Names that need quotes get them.
pub(crate) fn quoted(name: &str) -> String {
    let mut chars = name.chars();
    let plain = chars
        .next()
        .is_some_and(|c| c == '_' || c.is_ascii_lowercase() || !c.is_ascii())
        && name.chars().all(|c| {
            c == '_' || c == '$' || c.is_ascii_lowercase() || c.is_ascii_digit() || !c.is_ascii()
        });
    if plain {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A type in a cast.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::SmallInt => "smallint".to_owned(),
        DataType::Integer => "integer".to_owned(),
        DataType::BigInt => "bigint".to_owned(),
        DataType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        DataType::Real => "real".to_owned(),
        DataType::DoublePrecision => "double precision".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Char(_) => "bpchar".to_owned(),
        DataType::Varchar(_) => "text".to_owned(),
        DataType::Date => "date".to_owned(),
        DataType::Time => "time without time zone".to_owned(),
        DataType::TimeTz => "time with time zone".to_owned(),
        DataType::Timestamp => "timestamp without time zone".to_owned(),
        DataType::TimestampTz => "timestamp with time zone".to_owned(),
        DataType::IntervalYearToMonth | DataType::IntervalDayToSecond => "interval".to_owned(),
        DataType::Super => "super".to_owned(),
        DataType::Varbyte(_) => "varbyte".to_owned(),
        DataType::HllSketch => "hllsketch".to_owned(),
        DataType::Geometry => "geometry".to_owned(),
        DataType::Geography => "geography".to_owned(),
        DataType::Other(name) => name.clone(),
    }
}
