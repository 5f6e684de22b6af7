//! SQL in the strings of a Python script: `cursor.execute("…")`, `RedshiftDataOperator(sql=…)`.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, InterpolatedStringElement, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::commands;
use crate::text::SourceFile;

/// Methods whose first argument is SQL.
const METHODS: [&str; 14] = [
    "execute",
    "executemany",
    "execute_batch",
    "execute_query",
    "execute_sql",
    "execute_statement",
    "execute_values",
    "get_first",
    "get_pandas_df",
    "get_records",
    "read_sql",
    "read_sql_query",
    "run_query",
    "run_sql",
];

/// Whether an argument of this name is SQL: `sql`, `sqls`, `Sql`, `query`, `insert_sql`.
fn is_sql_argument(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["sql", "sqls", "query", "queries", "querystring"]
        .iter()
        .any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

/// The script with nothing but its SQL in its text, at its own places: a string begins where it
/// did, and a semicolon stands for its last quote.
///
/// # Errors
/// The script's name, where Python does not read it.
pub fn strings(source: SourceFile) -> Result<SourceFile, String> {
    let Ok(parsed) = ruff_python_parser::parse_module(&source.text) else {
        return Err(source.name);
    };
    let body = &parsed.syntax().body;
    let mut assigned = Assigned::default();
    assigned.visit_body(body);
    let mut reader = Reader {
        source: &source.text,
        assigned: &assigned.values,
        found: Vec::new(),
        depth: 0,
    };
    reader.visit_body(body);
    let mut found = reader.found;
    found.sort_by_key(|text| text.first());
    found.dedup_by_key(|text| text.first());
    let mut out: Vec<u8> = source
        .text
        .bytes()
        .map(|b| if b == b'\n' { b } else { b' ' })
        .collect();
    for text in &found {
        text.write(source.text.as_bytes(), &mut out);
    }
    // Only whole characters are copied.
    match String::from_utf8(out) {
        Ok(text) => Ok(source.rewritten(text, vec![(0, 0)])),
        Err(_) => Err(source.name),
    }
}

/// One text, of several strings one after the other.
#[derive(Debug, Default)]
struct Text {
    /// What is taken over, without quotes, and whether backslashes escape.
    literals: Vec<(usize, usize, bool)>,
    /// What a template leaves open.
    open: Vec<(usize, usize)>,
    /// The last quote.
    end: usize,
}

impl Text {
    fn first(&self) -> usize {
        self.literals.first().map_or(0, |(start, _, _)| *start)
    }

    fn beginning<'s>(&self, source: &'s str) -> &'s str {
        let (start, end, _) = self.literals.first().copied().unwrap_or_default();
        source.get(start..end).unwrap_or_default()
    }

    fn write(&self, source: &[u8], out: &mut [u8]) {
        for (start, end, escapes) in &self.literals {
            out[*start..*end].copy_from_slice(&source[*start..*end]);
            if *escapes {
                unescape(&mut out[*start..*end]);
            }
        }
        for (start, end) in &self.open {
            stand_in(&mut out[*start..*end]);
        }
        for (start, end, _) in &self.literals {
            placeholders(&mut out[*start..*end]);
        }
        if let Some(quote) = out.get_mut(self.end) {
            *quote = b';';
        }
    }
}

/// `\'` is a quote, `\n` a blank: what a backslash stands for, in as many bytes.
fn unescape(bytes: &mut [u8]) {
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match bytes[at + 1] {
            b'n' | b't' | b'r' => bytes[at..at + 2].fill(b' '),
            b'\n' => bytes[at] = b' ',
            b'\\' | b'\'' | b'"' => bytes[at] = b' ',
            _ => {}
        }
        at += 2;
    }
}

/// A name stands in for what is put in later, as in other templates: `${…}`.
fn stand_in(bytes: &mut [u8]) {
    let lines: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    if bytes.len() < 3 || !lines.is_empty() {
        let fill = |byte: &mut u8| {
            if *byte != b'\n' {
                *byte = b' ';
            }
        };
        return bytes.iter_mut().for_each(fill);
    }
    bytes.fill(b'_');
    let last = bytes.len() - 1;
    (bytes[0], bytes[1], bytes[last]) = (b'$', b'{', b'}');
}

/// `%s` and `{}`, in the place of a value, and `{name}` of `format`.
fn placeholders(bytes: &mut [u8]) {
    let mut at = 0;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'%', b's') | (b'{', b'}') => bytes[at..at + 2].copy_from_slice(b"$1"),
            (b'{', first)
                if first.is_ascii_alphabetic()
                    && (at == 0 || !matches!(bytes[at - 1], b'$' | b'{')) =>
            {
                let rest = bytes[at..].iter();
                let name = rest
                    .skip(1)
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                    .count();
                if bytes.get(at + name + 1) == Some(&b'}') {
                    stand_in(&mut bytes[at..at + name + 2]);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// What names stand for, where they stand for a text all through the script.
#[derive(Default)]
struct Assigned<'a> {
    values: BTreeMap<&'a str, Option<&'a Expr>>,
}

impl<'a> Visitor<'a> for Assigned<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Assign(assign) = stmt {
            for target in &assign.targets {
                if let Expr::Name(name) = target {
                    let entry = self.values.entry(name.id.as_str());
                    // Of a name with two values, none is certain.
                    entry
                        .and_modify(|value| *value = None)
                        .or_insert(Some(&assign.value));
                }
            }
        }
        visitor::walk_stmt(self, stmt);
    }
}

/// Names that stand for names, followed so far.
const DEEPEST: usize = 4;

struct Reader<'s, 'a> {
    source: &'s str,
    assigned: &'s BTreeMap<&'a str, Option<&'a Expr>>,
    found: Vec<Text>,
    depth: usize,
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let method = match &*call.func {
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                Expr::Name(name) => name.id.as_str(),
                _ => "",
            };
            if METHODS.contains(&method)
                && let Some(first) = call.arguments.args.first()
            {
                self.take(first);
            }
            for keyword in &call.arguments.keywords {
                let is_sql = keyword
                    .arg
                    .as_ref()
                    .is_some_and(|name| is_sql_argument(name));
                if is_sql {
                    self.take(&keyword.value);
                }
            }
        }
        visitor::walk_expr(self, expr);
    }
}

impl<'a> Reader<'_, 'a> {
    /// Takes the texts of an argument that begin as SQL does.
    fn take(&mut self, expr: &'a Expr) {
        match expr {
            Expr::List(list) => return list.elts.iter().for_each(|one| self.take(one)),
            Expr::Tuple(list) => return list.elts.iter().for_each(|one| self.take(one)),
            Expr::Name(name) => {
                let value = self.assigned.get(name.id.as_str()).copied().flatten();
                if let Some(value) = value.filter(|_| self.depth < DEEPEST) {
                    self.depth += 1;
                    self.take(value);
                    self.depth -= 1;
                }
                return;
            }
            _ => {}
        }
        let mut text = Text::default();
        self.add(expr, &mut text);
        let sql = text.beginning(self.source);
        if !text.literals.is_empty() && commands::begins(sql) {
            self.found.push(text);
        }
    }

    /// Adds the strings of an expression to a text.
    fn add(&self, expr: &'a Expr, text: &mut Text) {
        match expr {
            Expr::StringLiteral(literal) => {
                for part in literal.value.iter() {
                    self.literal(part.range(), text);
                }
            }
            Expr::FString(template) => {
                for part in template.value.iter() {
                    self.literal(part.range(), text);
                }
                for element in template.value.elements() {
                    if let InterpolatedStringElement::Interpolation(open) = element {
                        text.open.push(offsets(open.range()));
                    }
                }
            }
            Expr::BinOp(both) if both.op == Operator::Add => {
                self.add(&both.left, text);
                let before = text.end;
                let parts = text.literals.len();
                self.add(&both.right, text);
                let joined = text.literals.len() > parts;
                // A variable between two strings.
                if !joined && parts > 0 {
                    let (_, end) = offsets(both.right.range());
                    text.open.push((before, end));
                    text.end = end;
                }
            }
            Expr::BinOp(both) if both.op == Operator::Mod => self.add(&both.left, text),
            // `"…".format(…)`, `dedent("…")`, `text("…")`.
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(attribute) if is_text(&attribute.value) => {
                    self.add(&attribute.value, text);
                }
                _ => {
                    if let Some(first) = call.arguments.args.first() {
                        self.add(first, text);
                    }
                }
            },
            _ => {}
        }
    }

    /// One string without its prefix and quotes.
    fn literal(&self, range: TextRange, text: &mut Text) {
        let (start, end) = offsets(range);
        let raw = self.source.get(start..end).unwrap_or_default();
        let prefix = raw.find(['"', '\'']).unwrap_or(0);
        let quoted = &raw[prefix..];
        let quotes = match quoted.starts_with("\"\"\"") || quoted.starts_with("'''") {
            true => 3,
            false => 1,
        };
        if quoted.len() < 2 * quotes {
            return;
        }
        let escapes = !raw[..prefix].contains(['r', 'R']);
        text.literals
            .push((start + prefix + quotes, end - quotes, escapes));
        text.end = end - quotes;
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(_) | Expr::FString(_))
        || matches!(expr, Expr::Call(call) if matches!(&*call.func, Expr::Attribute(of) if is_text(&of.value)))
}

fn offsets(range: TextRange) -> (usize, usize) {
    (usize::from(range.start()), usize::from(range.end()))
}
