//! What a tool puts before every line: a time, a level, a file's name.

use super::classify::arrow;
use crate::plan::line::parse_detail;

/// A prefix that lines have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prefix {
    /// The same on every line.
    Same(String),
    /// Its shape is: times and numbers differ.
    Shaped(Vec<Token>),
}

/// A part of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Digits,
    /// Letters, or letters and digits.
    Word,
    Blanks,
    Mark(char),
}

/// Steps that are looked at: what a log puts before lines doesn't change within one paste.
const LOOKED_AT: usize = 200;

/// The prefixes that steps have in common, the most frequent first.
pub(super) fn prefixes(text: &str) -> Vec<Prefix> {
    let bytes = text.as_bytes();
    let mut leads: Vec<&str> = Vec::new();
    let mut first = None;
    let mut last = None;
    for at in memchr::memmem::find_iter(bytes, b"XN ") {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let before = &text[start..at];
        // A line is looked at once, up to its first step.
        if last.replace(start) == Some(start) || is_plain(before) {
            continue;
        }
        leads.push(without_arrow(before));
        first.get_or_insert(start);
        if leads.len() >= LOOKED_AT {
            break;
        }
    }
    leads.retain(|lead| !lead.is_empty());
    match (leads.as_slice(), first) {
        ([lead], Some(at)) => before_details(lead, &text[at..]).into_iter().collect(),
        _ => common(&leads),
    }
}

/// The prefix of the only step, if the lines under it have it too.
fn before_details(lead: &str, text: &str) -> Option<Prefix> {
    const UNDER_IT: usize = 6;
    // Words may stand between the prefix and the step.
    const FEWEST: usize = 3;
    let whole = tokens(lead);
    let has_detail = |prefix: &Prefix| {
        let under_it = text.lines().skip(1).take(UNDER_IT);
        let mut behind = under_it.filter_map(|line| prefix.strip(line));
        behind.any(|rest| parse_detail(rest.trim()).is_some())
    };
    let starts = (FEWEST.min(whole.len())..=whole.len()).rev();
    let prefix = starts
        .filter(|&end| whole[..end].last() != Some(&Token::Blanks))
        .map(|end| Prefix::Shaped(whole[..end].to_vec()))
        .filter(|prefix| *prefix == Prefix::Shaped(whole.clone()) || is_distinct(prefix, 1, 1))
        .find(has_detail)?;
    let marked = lead.contains(|c: char| !c.is_alphanumeric() && !c.is_whitespace());
    let named = lead.contains(char::is_alphanumeric);
    (marked && named).then_some(prefix)
}

fn is_plain(before: &str) -> bool {
    before
        .bytes()
        .all(|b| matches!(b, b' ' | b'\t' | b'-' | b'>'))
}

/// What stands before a step's arrow and indentation.
fn without_arrow(before: &str) -> &str {
    let before = before.trim_end();
    let arrows = ["->", "→", "=>"];
    let arrow = arrows.iter().find_map(|arrow| before.strip_suffix(arrow));
    arrow.unwrap_or(before).trim_end()
}

fn common(leads: &[&str]) -> Vec<Prefix> {
    let mut found: Vec<(usize, Prefix)> = Vec::new();
    for lead in leads {
        let same = Prefix::Same((*lead).to_owned());
        if let Some((count, _)) = found.iter_mut().find(|(_, prefix)| *prefix == same) {
            *count += 1;
            continue;
        }
        let shape = tokens(lead);
        let fits = found.iter_mut().find_map(|(count, prefix)| {
            let merged = match prefix {
                Prefix::Same(other) => merge(&tokens(other), &shape)?,
                Prefix::Shaped(other) => merge(other, &shape)?,
            };
            Some((count, prefix, merged))
        });
        match fits {
            Some((count, prefix, merged)) => {
                *count += 1;
                *prefix = Prefix::Shaped(merged);
            }
            None => found.push((1, same)),
        }
    }
    for (count, prefix) in &mut found {
        if let (1, Prefix::Same(lead)) = (*count, &*prefix) {
            *prefix = Prefix::Shaped(tokens(lead));
        }
        // One that stands before the words of another is counted there too.
        let behind = |lead: &&&str| {
            let rest = prefix.strip(lead);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        };
        *count = leads.iter().filter(behind).count();
    }
    found.retain(|(count, prefix)| {
        *count >= 2 && *count * 4 > leads.len() && is_distinct(prefix, *count, leads.len())
    });
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    found
        .into_iter()
        .map(|(_, prefix)| prefix)
        .take(3)
        .collect()
}

/// Whether nothing else of a plan looks like it.
fn is_distinct(prefix: &Prefix, count: usize, of: usize) -> bool {
    match prefix {
        Prefix::Same(text) => {
            let marks = text.chars().all(|c| !c.is_alphanumeric());
            // Strokes of a drawing, bullets and comments are read for themselves.
            let is_own = marks && !matches!(text.as_str(), "+" | "-");
            !is_own && (count * 2 > of)
        }
        Prefix::Shaped(tokens) => {
            let digits = tokens.iter().filter(|t| **t == Token::Digits).count();
            let words = tokens.iter().filter(|t| **t == Token::Word).count();
            // A lone number is that of an item of a list.
            digits >= 2 || digits == 1 && words >= 2 || words >= 2 && has_bracket(tokens)
        }
    }
}

fn has_bracket(tokens: &[Token]) -> bool {
    tokens
        .iter()
        .any(|token| matches!(token, Token::Mark('[' | ']' | '{' | '}' | '|')))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for c in text.chars() {
        let token = kind(c);
        let joined = match (out.last().copied(), token) {
            (Some(Token::Digits | Token::Word), Token::Word)
            | (Some(Token::Word), Token::Digits) => Some(Token::Word),
            (Some(last), token) if last == token && !matches!(token, Token::Mark(_)) => Some(last),
            _ => None,
        };
        match joined {
            Some(joined) => {
                out.pop();
                out.push(joined);
            }
            None => out.push(token),
        }
    }
    out
}

fn kind(c: char) -> Token {
    match c {
        c if c.is_ascii_digit() => Token::Digits,
        c if c.is_alphanumeric() || c == '_' => Token::Word,
        c if c.is_whitespace() => Token::Blanks,
        c => Token::Mark(c),
    }
}

/// One shape for two, if they differ in nothing but words and numbers.
fn merge(a: &[Token], b: &[Token]) -> Option<Vec<Token>> {
    if a.len() != b.len() {
        return None;
    }
    a.iter()
        .zip(b)
        .map(|pair| match pair {
            (a, b) if a == b => Some(*a),
            (Token::Digits | Token::Word, Token::Digits | Token::Word) => Some(Token::Word),
            _ => None,
        })
        .collect()
}

impl Prefix {
    /// The line behind the prefix and one blank, if it has it.
    pub fn strip<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self {
            Prefix::Same(text) => {
                let rest = line.strip_prefix(text.as_str())?;
                // A line that holds nothing else has no blank at its end.
                let word = text.ends_with(char::is_alphanumeric);
                let goes_on = word && rest.starts_with(char::is_alphanumeric);
                (!goes_on).then_some(rest)
            }
            Prefix::Shaped(tokens) => {
                let mut rest = line;
                for token in tokens {
                    rest = token.strip(rest)?;
                }
                Some(rest)
            }
        }
    }
}

impl Token {
    fn strip(self, text: &str) -> Option<&str> {
        let of = |wanted: fn(Token) -> bool| {
            let rest = text.trim_start_matches(|c| wanted(kind(c)));
            (rest.len() < text.len()).then_some(rest)
        };
        match self {
            Token::Digits => of(|kind| kind == Token::Digits),
            Token::Word => of(|kind| matches!(kind, Token::Digits | Token::Word)),
            Token::Blanks => of(|kind| kind == Token::Blanks),
            Token::Mark(mark) => text.strip_prefix(mark),
        }
    }
}

/// Whether a step may begin after these words, though it has no arrow: they end as what
/// announces it does.
pub(super) fn announces(words: &str) -> bool {
    let last = words.trim_end().chars().next_back();
    last.is_none_or(|c| !c.is_alphabetic() && !matches!(c, ',' | '\'')) || arrow(words).is_some()
}
