//! Statements told by their syntax alone: a notation like that of the Developer Guide, matched
//! against a statement's tokens.
//!
//! ```text
//! VACUUM [ FULL | SORT ONLY ] [ name [ TO number PERCENT ] ]
//! ```
//!
//! A word in capitals is a keyword, `[ ]` may be left out, `{ }` groups, `|` parts alternatives,
//! `x ,...` is a list of one or more with commas, `x ...` one or more without. A word in small
//! letters is a [`Kind`] of token or a part that [`parts::PARTS`] spells out. All ways to read a
//! statement are followed side by side, so that a keyword may also be a name.

mod notation;
mod parts;
mod statements;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use sqlparser::tokenizer::Token;

use super::SyntaxError;
use super::cursor::Cursor;
use super::near::near;
use notation::Node;
pub(super) use statements::kinds;

/// What a statement's tokens are to its syntax.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They match. The query at the end begins at this token, if the statement has one.
    Matches(Option<usize>),
    /// A word is a keyword with a typing error.
    Misspelt(SyntaxError),
    /// They don't match, for a reason that may be this syntax's as well.
    Differs(SyntaxError),
}

/// Matches a whole statement against the forms of its kind; `None` for a kind without any.
pub(super) fn check(cursor: &Cursor<'_>, kind: &str) -> Option<Verdict> {
    let forms = statements::forms(kind)?;
    Some(verdict(cursor, forms, 0))
}

/// Matches what is left of a statement against one notation.
pub(super) fn check_rest(cursor: &Cursor<'_>, notation: &'static str) -> Verdict {
    verdict(cursor, &[notation::read(notation)], cursor.position())
}

fn verdict(cursor: &Cursor<'_>, forms: &[Node], start: usize) -> Verdict {
    let matcher = Matcher::new(cursor, start);
    let matches = |matcher: &Matcher<'_, '_>| {
        forms
            .iter()
            .any(|form| matcher.ends(form, start).contains(&matcher.length))
    };
    if matches(&matcher) {
        return Verdict::Matches(matcher.query.take());
    }
    // Only now is it worth keeping what was expected where.
    let matcher = Matcher {
        seen: Some(RefCell::default()),
        ..matcher
    };
    matches(&matcher);
    matcher.explain()
}

/// The position after the longest match of a notation that begins at a position.
pub(super) fn longest(cursor: &Cursor<'_>, notation: &'static str, start: usize) -> Option<usize> {
    let matcher = Matcher::new(cursor, start);
    let ends = matcher.ends(&notation::known(notation), start);
    ends.last().copied()
}

/// One kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A name without dots.
    Ident,
    /// A name, with dots or without.
    Name,
    /// A literal in quotes.
    String,
    /// A number.
    Number,
    /// A number or a literal, with a sign or without.
    Literal,
    /// A pair of parentheses with whatever is in them.
    Parentheses,
    /// A query or a change of rows, to the end of the statement.
    Query,
}

impl Kind {
    fn in_words(self) -> &'static str {
        match self {
            Kind::Ident | Kind::Name => "a name",
            Kind::String => "a text in quotes",
            Kind::Number => "a number",
            Kind::Literal => "a value",
            Kind::Parentheses => "`(`",
            Kind::Query => "a query",
        }
    }
}

/// What was expected at each position.
type Expected = BTreeMap<usize, Vec<&'static str>>;

struct Matcher<'c, 'a> {
    cursor: &'c Cursor<'a>,
    first: usize,
    length: usize,
    seen: Option<RefCell<Expected>>,
    query: RefCell<Option<usize>>,
}

impl<'c, 'a> Matcher<'c, 'a> {
    /// One from a position on, that keeps nothing of what was expected where.
    fn new(cursor: &'c Cursor<'a>, first: usize) -> Self {
        Self {
            cursor,
            first,
            length: cursor.length(),
            seen: None,
            query: RefCell::default(),
        }
    }
}

impl Matcher<'_, '_> {
    fn token(&self, at: usize) -> Option<&Token> {
        self.cursor.token(at)
    }

    fn expect(&self, at: usize, what: &'static str) {
        if let Some(seen) = &self.seen {
            let mut seen = seen.borrow_mut();
            let here = seen.entry(at).or_default();
            if !here.contains(&what) {
                here.push(what);
            }
        }
    }

    /// Where a match that begins at a position may end, in order.
    fn ends(&self, node: &Node, at: usize) -> Vec<usize> {
        match node {
            Node::Word(word) => {
                self.expect(at, word);
                match self.cursor.is_word(at, word) {
                    true => vec![at + 1],
                    false => Vec::new(),
                }
            }
            Node::Token(token, text) => {
                self.expect(at, text);
                match self.token(at) == Some(token) {
                    true => vec![at + 1],
                    false => Vec::new(),
                }
            }
            Node::Kind(kind) => {
                self.expect(at, kind.in_words());
                self.kind(*kind, at).into_iter().collect()
            }
            Node::Part(name) => parts::part(name).map_or_else(Vec::new, |part| self.ends(part, at)),
            Node::All(nodes) => nodes.iter().fold(vec![at], |starts, node| {
                merged(starts.iter().map(|start| self.ends(node, *start)))
            }),
            Node::Any(nodes) => merged(nodes.iter().map(|node| self.ends(node, at))),
            Node::Optional(node) => merged([vec![at], self.ends(node, at)]),
            Node::Many(node, comma) => {
                let mut last = self.ends(node, at);
                let mut all: BTreeSet<usize> = last.iter().copied().collect();
                while !last.is_empty() {
                    let next = merged(last.iter().map(|end| {
                        let start = match comma {
                            true if self.token(*end) == Some(&Token::Comma) => end + 1,
                            true => {
                                self.expect(*end, ",");
                                return Vec::new();
                            }
                            false => *end,
                        };
                        self.ends(node, start)
                    }));
                    last = next.into_iter().filter(|end| all.insert(*end)).collect();
                }
                all.into_iter().collect()
            }
        }
    }

    fn kind(&self, kind: Kind, at: usize) -> Option<usize> {
        let token = self.token(at)?;
        // `:name`, `:'name'`, `$1` and `?` stand for a value that is put in later.
        if *token == Token::Colon && kind != Kind::Parentheses && kind != Kind::Query {
            return self
                .kind(Kind::Ident, at + 1)
                .or_else(|| self.kind(Kind::String, at + 1));
        }
        let is_placeholder = matches!(token, Token::Placeholder(_) | Token::Question);
        match kind {
            Kind::Ident => {
                let is_name = matches!(token, Token::Word(_)) || is_placeholder;
                is_name.then_some(at + 1)
            }
            Kind::Name => {
                let mut end = self.kind(Kind::Ident, at)?;
                while self.token(end) == Some(&Token::Period) {
                    end = self.kind(Kind::Ident, end + 1)?;
                }
                Some(end)
            }
            Kind::String => {
                let is_string = matches!(
                    token,
                    Token::SingleQuotedString(_)
                        | Token::EscapedStringLiteral(_)
                        | Token::DollarQuotedString(_)
                ) || is_placeholder;
                is_string.then_some(at + 1)
            }
            Kind::Number => {
                let is_number = matches!(token, Token::Number(..)) || is_placeholder;
                is_number.then_some(at + 1)
            }
            Kind::Literal => match token {
                Token::Minus | Token::Plus => self.kind(Kind::Number, at + 1),
                _ => {
                    let number = self.kind(Kind::Number, at);
                    number.or_else(|| self.kind(Kind::String, at))
                }
            },
            Kind::Parentheses => {
                if *token != Token::LParen {
                    return None;
                }
                let mut depth = 0usize;
                for end in at..self.length {
                    match self.token(end) {
                        Some(Token::LParen) => depth += 1,
                        Some(Token::RParen) => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        return Some(end + 1);
                    }
                }
                None
            }
            Kind::Query => {
                let words = [
                    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "UNLOAD",
                ];
                let starts = *token == Token::LParen
                    || words.iter().any(|word| self.cursor.is_word(at, word));
                if starts {
                    self.query.replace(Some(at));
                }
                starts.then_some(self.length)
            }
        }
    }

    /// Why there is no match: what was expected at the furthest place that was reached; or, if the
    /// word there or one before it is a keyword with a typing error, that.
    fn explain(&self) -> Verdict {
        let seen = self.seen.as_ref().map(RefCell::take).unwrap_or_default();
        let furthest = seen.keys().next_back().copied().unwrap_or(self.first);
        for at in (self.first..=furthest).rev().take(3) {
            let expected = seen.get(&at).map(Vec::as_slice).unwrap_or_default();
            let keywords: Vec<&str> = expected
                .iter()
                .copied()
                .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
                .collect();
            let Some(word) = self.cursor.word_of(at) else {
                continue;
            };
            if let Some(near) = near(&word, &keywords)
                && near != word
            {
                let found = self.cursor.found(at);
                let message = format!("expected `{near}`, {found}");
                return Verdict::Misspelt(SyntaxError::new(self.cursor.span_of(at), message));
            }
        }
        let expected = seen.get(&furthest).map(Vec::as_slice).unwrap_or_default();
        let message = format!(
            "expected {}, {}",
            listed(expected),
            self.cursor.found(furthest)
        );
        Verdict::Differs(SyntaxError::new(self.cursor.span_of(furthest), message))
    }
}

/// More alternatives than this are not told one by one.
const MOST_TOLD: usize = 6;

/// `A`, `B` or a name.
fn listed(expected: &[&'static str]) -> String {
    let told = |what: &&'static str| match what.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => (*what).to_owned(),
        false => format!("`{}`", what.trim_matches('`')),
    };
    let mut told: Vec<String> = expected.iter().take(MOST_TOLD).map(told).collect();
    if expected.len() > MOST_TOLD {
        told.push("another of its words".to_owned());
    }
    match told.split_last() {
        None => "the end of the statement".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

fn merged(sets: impl IntoIterator<Item = Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = sets.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn verdict(kind: &str, text: &str) -> Verdict {
        let span = Span::new(0, text.len());
        let cursor = Cursor::new(text, span, text.len()).expect("tokens");
        check(&cursor, kind).expect("forms")
    }

    #[test]
    fn what_differs_is_told_from_what_is_misspelt() {
        let said = |text: &str| match verdict("VACUUM", text) {
            Verdict::Matches(_) => "matches".to_owned(),
            Verdict::Misspelt(error) => {
                format!("misspelt at {}: {}", error.span.start, error.message)
            }
            Verdict::Differs(error) => {
                format!("differs at {}: {}", error.span.start, error.message)
            }
        };
        for (text, expected) in [
            ("vacuum delete only s.t to 75 percent boost", "matches"),
            ("vacuum \"full\"", "matches"),
            (
                "vacuum delete olny t",
                "misspelt at 14: expected `ONLY`, found `olny`",
            ),
            (
                "vacuum t booost",
                "misspelt at 9: expected `BOOST`, found `booost`",
            ),
            (
                "vacuum t u",
                "differs at 9: expected `TO` or `BOOST`, found `u`",
            ),
            // A word that may be a name is one, until the statement can't go on.
            (
                "vacuum reindx t",
                "misspelt at 7: expected `REINDEX`, found `reindx`",
            ),
            (
                "vacuum t to 75",
                "differs at 14: expected `PERCENT`, the statement ends",
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn a_list_may_be_long() {
        let names: Vec<String> = (0..3_000).map(|n| format!("s.t{n}")).collect();
        let text = format!("grant select on {} to bob", names.join(", "));
        assert_eq!(verdict("GRANT", &text), Verdict::Matches(None));
    }
}
