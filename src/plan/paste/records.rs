//! Lines kept as string literals: the Data API's JSON, rows of a notebook,
//! a Python list of tuples.

use super::escaped;

/// The plan's lines with the input line on which each stands, or `None` if
/// the input is no list of literals that hold a plan.
pub(super) fn unpack(text: &str) -> Option<Vec<(usize, String)>> {
    let start = text.trim_start();
    if !start.starts_with(['[', '{', '(']) || super::verbose::is_dump(text) {
        return None;
    }
    let literals = literals(text);
    let is_data_api = literals.iter().any(|literal| literal.key == "stringValue");
    let mut lines = Vec::new();
    for literal in literals {
        if is_data_api && literal.key != "stringValue" {
            continue;
        }
        // A string that holds a string has its line ends escaped once more.
        let inner = escaped::expand(&literal.text).map(|(text, _)| text);
        for line in inner.as_deref().unwrap_or(&literal.text).lines() {
            lines.push((literal.line, line.to_owned()));
        }
    }
    let is_plan = lines.iter().any(|(_, line)| line.contains("(cost="));
    is_plan.then_some(lines)
}

struct Literal {
    line: usize,
    /// The key before it, in an object.
    key: String,
    text: String,
}

/// The values among the string literals; both kinds of quote, backslash escapes.
fn literals(text: &str) -> Vec<Literal> {
    let mut out: Vec<Literal> = Vec::new();
    let mut key = String::new();
    let mut line = 1;
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        match c {
            '\n' => line += 1,
            '"' | '\'' => {
                let start = line;
                let literal = rest_of_literal(&mut chars, c, &mut line);
                while chars.peek().is_some_and(|(_, c)| *c == ' ') {
                    chars.next();
                }
                if chars.peek().is_some_and(|(_, c)| *c == ':') {
                    key = literal;
                    continue;
                }
                out.push(Literal {
                    line: start,
                    key: std::mem::take(&mut key),
                    text: literal,
                });
            }
            _ => {}
        }
    }
    out
}

fn rest_of_literal(
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    quote: char,
    line: &mut usize,
) -> String {
    let mut literal = String::new();
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, 'n')) => literal.push('\n'),
                Some((_, 't')) => literal.push('\t'),
                Some((_, 'r')) => {}
                Some((_, 'u')) => literal.extend(unicode_escape(chars)),
                Some((_, other)) => literal.push(other),
                None => break,
            },
            c if c == quote => break,
            c => {
                if c == '\n' {
                    *line += 1;
                }
                literal.push(c);
            }
        }
    }
    literal
}

fn unicode_escape(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<char> {
    let mut code = 0;
    for _ in 0..4 {
        let digit = chars.peek()?.1.to_digit(16)?;
        chars.next();
        code = code * 16 + digit;
    }
    char::from_u32(code)
}
