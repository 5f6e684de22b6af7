//! Values of a Python file, as far as it tells them: constants, names that are assigned once, and
//! what is put together of both.

use std::cell::Cell;
use std::collections::BTreeMap;

use ruff_python_ast::{Expr, InterpolatedStringElement, Number, Operator, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use super::tree::{Tree, Value};
use crate::text::SourceFile;

/// Names that are followed to others, and nesting of expressions.
const DEEPEST: usize = 40;
/// Most steps for one value: a few lines can double them line by line.
const MOST_STEPS: usize = 20_000;

/// The names of a file with their values; `None` for those that are assigned twice.
pub(super) struct Names<'a> {
    source: &'a SourceFile,
    /// Steps that are left for the value that is read.
    left: Cell<usize>,
    assigned: BTreeMap<&'a str, Option<&'a Expr>>,
}

/// Names that loops bind.
pub(super) type Bound = Vec<(String, Tree)>;

impl<'a> Names<'a> {
    pub fn of(source: &'a SourceFile, body: &'a [Stmt]) -> Self {
        let mut names = Names {
            source,
            left: Cell::new(0),
            assigned: BTreeMap::new(),
        };
        names.add(body);
        names
    }

    fn add(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        if let Expr::Name(name) = target {
                            let entry = self.assigned.entry(name.id.as_str());
                            entry
                                .and_modify(|value| *value = None)
                                .or_insert(Some(&assign.value));
                        }
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                        self.assigned.entry(name.id.as_str()).or_insert(Some(value));
                    }
                }
                Stmt::With(with) => self.add(&with.body),
                Stmt::If(one) => self.add(&one.body),
                Stmt::Try(one) => self.add(&one.body),
                Stmt::For(each) => self.add(&each.body),
                Stmt::FunctionDef(function) => self.add(&function.body),
                _ => {}
            }
        }
    }

    /// The line of a place.
    pub fn line(&self, at: &impl Ranged) -> usize {
        let start = usize::from(at.range().start());
        self.source.line_column(start).line
    }

    /// What an expression comes to.
    pub fn value(&self, expr: &Expr, bound: &Bound) -> Tree {
        self.left.set(MOST_STEPS);
        self.of_depth(expr, bound, 0)
    }

    fn of_depth(&self, expr: &Expr, bound: &Bound, depth: usize) -> Tree {
        let line = self.line(expr);
        let open = |name: &str| Tree::new(line, Value::Symbolic(format!("${{{name}}}")));
        let scalar = |text: String| Tree::new(line, Value::Scalar(text));
        let left = self.left.get();
        if depth > DEEPEST || left == 0 {
            return open("Fn::expression");
        }
        self.left.set(left - 1);
        let inner = |expr: &Expr| self.of_depth(expr, bound, depth + 1);
        match expr {
            Expr::StringLiteral(text) => scalar(text.value.to_str().to_owned()),
            Expr::BooleanLiteral(is) => scalar(is.value.to_string()),
            Expr::NoneLiteral(_) => Tree::new(line, Value::Null),
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(whole) => scalar(whole.to_string()),
                Number::Float(number) => scalar(number.to_string()),
                Number::Complex { .. } => open("Fn::expression"),
            },
            Expr::UnaryOp(one) if one.op == UnaryOp::USub => match inner(&one.operand).number() {
                Some(number) => scalar((-number).to_string()),
                None => open("Fn::expression"),
            },
            Expr::FString(template) => {
                let parts = template.value.elements().map(|part| match part {
                    InterpolatedStringElement::Literal(text) => text.value.to_string(),
                    InterpolatedStringElement::Interpolation(part) => {
                        written(&inner(&part.expression))
                    }
                });
                Tree::of_text(line, parts.collect())
            }
            Expr::BinOp(both) => {
                let (left, right) = (inner(&both.left), inner(&both.right));
                match both.op {
                    Operator::Add => match (&left.value, &right.value) {
                        (Value::List(a), Value::List(b)) => {
                            let all = a.iter().chain(b).cloned();
                            Tree::new(line, Value::List(all.collect()))
                        }
                        _ => Tree::of_text(line, written(&left) + &written(&right)),
                    },
                    Operator::Mult => match (left.number(), right.number()) {
                        (Some(a), Some(b)) => scalar((a * b).to_string()),
                        _ => open("Fn::expression"),
                    },
                    // `"…%s" % name` and a path of `pathlib`.
                    _ => open("Fn::expression"),
                }
            }
            Expr::List(list) => self.list(line, &list.elts, bound, depth),
            Expr::Tuple(list) => self.list(line, &list.elts, bound, depth),
            Expr::Set(list) => self.list(line, &list.elts, bound, depth),
            Expr::Dict(dict) => {
                let mut pairs: Vec<(String, Tree)> = Vec::new();
                for item in &dict.items {
                    match &item.key {
                        Some(key) => pairs.push((written(&inner(key)), inner(&item.value))),
                        // `{**default_args, …}`
                        None => {
                            if let Value::Map(more) = inner(&item.value).value {
                                pairs.extend(more);
                            }
                        }
                    }
                }
                Tree::new(line, Value::Map(pairs))
            }
            Expr::Name(name) => {
                let name = name.id.as_str();
                if let Some((_, value)) = bound.iter().rev().find(|(other, _)| other == name) {
                    return value.clone();
                }
                match self.assigned.get(name).copied().flatten() {
                    Some(value) => inner(value),
                    None => open(name),
                }
            }
            Expr::Subscript(one) => {
                let (of, key) = (inner(&one.value), inner(&one.slice));
                let found = key.text().and_then(|key| match &of.value {
                    Value::Map(_) => of.get(key).cloned(),
                    Value::List(items) => items.get(key.parse::<usize>().ok()?).cloned(),
                    _ => None,
                });
                // `os.environ["NAME"]`, `config["bucket"]`.
                found.unwrap_or_else(|| open(key.text().unwrap_or("Fn::expression")))
            }
            Expr::Attribute(one) => open(one.attr.as_str()),
            Expr::Call(call) => {
                let name = called(&call.func);
                let argument = |at: usize| call.arguments.args.get(at).map(inner);
                let text = |at: usize| argument(at).and_then(|one| one.text().map(str::to_owned));
                match name {
                    "datetime" | "date" | "DateTime" => {
                        date(call, &inner).map_or_else(|| open("Fn::datetime"), scalar)
                    }
                    "timedelta" | "duration" => {
                        period(call, &inner).map_or_else(|| open("Fn::timedelta"), scalar)
                    }
                    "dict" => {
                        let pairs = call.arguments.keywords.iter();
                        let pairs = pairs.filter_map(|one| {
                            Some((one.arg.as_ref()?.to_string(), inner(&one.value)))
                        });
                        Tree::new(line, Value::Map(pairs.collect()))
                    }
                    "str" | "dedent" | "list" | "tuple" | "Param" => {
                        argument(0).unwrap_or_else(|| open("Fn::expression"))
                    }
                    "range" => match (text(0), call.arguments.args.len()) {
                        (Some(end), 1) => {
                            let end = end.parse::<usize>().unwrap_or_default().min(100);
                            let items = (0..end).map(|at| scalar(at.to_string()));
                            Tree::new(line, Value::List(items.collect()))
                        }
                        _ => open("Fn::range"),
                    },
                    "items" | "keys" | "values" => match &*call.func {
                        Expr::Attribute(of) => items_of(&inner(&of.value), name, line),
                        _ => open("Fn::expression"),
                    },
                    "format" => open("Fn::format"),
                    // `Variable.get("NAME")`, `os.environ.get("NAME")`.
                    "get" | "getenv" => open(&text(0).unwrap_or_else(|| "Fn::get".to_owned())),
                    name => open(&format!("Fn::{name}")),
                }
            }
            _ => open("Fn::expression"),
        }
    }

    fn list(&self, line: usize, items: &[Expr], bound: &Bound, depth: usize) -> Tree {
        let items = items.iter().map(|one| self.of_depth(one, bound, depth + 1));
        Tree::new(line, Value::List(items.collect()))
    }
}

/// The last part of what is called.
pub(super) fn called(func: &Expr) -> &str {
    match func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

fn written(tree: &Tree) -> String {
    tree.written().unwrap_or("${Fn::expression}").to_owned()
}

fn items_of(tree: &Tree, name: &str, line: usize) -> Tree {
    let Value::Map(pairs) = &tree.value else {
        return Tree::new(line, Value::Symbolic("${Fn::items}".to_owned()));
    };
    let key = |key: &String| Tree::of_text(line, key.clone());
    let items = pairs.iter().map(|(name_of, value)| match name {
        "keys" => key(name_of),
        "values" => value.clone(),
        _ => Tree::new(line, Value::List(vec![key(name_of), value.clone()])),
    });
    Tree::new(line, Value::List(items.collect()))
}

/// `datetime(2024, 1, 31)` → `2024-01-31`.
fn date(call: &ruff_python_ast::ExprCall, inner: &dyn Fn(&Expr) -> Tree) -> Option<String> {
    let part = |at: usize, name: &str| {
        let by_place = call.arguments.args.get(at);
        let given = by_place.or_else(|| call.arguments.find_keyword(name).map(|one| &one.value))?;
        inner(given).text()?.parse::<u32>().ok()
    };
    let (year, month, day) = (part(0, "year")?, part(1, "month")?, part(2, "day")?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// `timedelta(hours=6)` → `rate(6 hours)`.
fn period(call: &ruff_python_ast::ExprCall, inner: &dyn Fn(&Expr) -> Tree) -> Option<String> {
    let mut minutes = 0.0;
    for (name, each) in [
        ("weeks", 10_080.0),
        ("days", 1_440.0),
        ("hours", 60.0),
        ("minutes", 1.0),
        ("seconds", 1.0 / 60.0),
    ] {
        if let Some(given) = call.arguments.find_keyword(name) {
            minutes += inner(&given.value).number()? * each;
        }
    }
    if let Some(days) = call.arguments.args.first() {
        minutes += inner(days).number()? * 1_440.0;
    }
    let whole = minutes.round();
    match whole {
        whole if whole < 1.0 => None,
        1.0 => Some("rate(1 minute)".to_owned()),
        whole => Some(format!("rate({whole} minutes)")),
    }
}
