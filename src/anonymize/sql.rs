//! SQL without its names: rewritten token by token, so that line numbers stay.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace, Word};

use super::{Kind, Names, mapped_number, words};
use crate::schema::SchemaBuilder;
use crate::sql::{self, RedshiftDialect};
use crate::text::SourceFile;

/// Takes the tables and columns in that a source defines.
pub fn learn(source: &SourceFile, names: &mut Names) {
    let mut builder = SchemaBuilder::default();
    builder.apply(&sql::parse(source));
    names.learn(&builder.finish());
}

/// A source with names, literals, locations and comments replaced. What can't be read
/// is left out, and its lines stay empty.
pub fn source(source: &SourceFile, name: String, names: &mut Names) -> SourceFile {
    let script = sql::parse(source);
    let mut out = String::with_capacity(source.text.len());
    let (mut at, mut left_out) = (0, script.errors.len());
    for statement in &script.statements {
        let span = statement.span;
        if span.start < at {
            continue;
        }
        between(&source.text[at..span.start], &mut out);
        let text = &source.text[span.start..span.end];
        let new = match statement.templated {
            true => None,
            false => rewritten(text, &statement.kind, names).filter(|new| reads(new)),
        };
        match new {
            Some(new) => out.push_str(&new),
            None => {
                left_out += 1;
                lines_of(text, &mut out);
            }
        }
        at = span.end;
    }
    between(&source.text[at..], &mut out);
    let mut new = SourceFile::new(name, out);
    new.notes = source.notes.clone();
    if left_out > 0 {
        new.notes.push(format!(
            "{left_out} statements are left out: their names can't be told from the rest"
        ));
    }
    new
}

/// Whether what was written is still SQL.
fn reads(text: &str) -> bool {
    sql::parse(&SourceFile::new("", text)).errors.is_empty()
}

/// As many lines as a text has.
fn lines_of(text: &str, out: &mut String) {
    out.extend(text.chars().filter(|c| *c == '\n'));
}

/// What stands between statements: line ends, semicolons, and comments that speak
/// to the linter or weigh a query, without their reasons.
fn between(text: &str, out: &mut String) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let trimmed = line.trim_start();
        match trimmed.starts_with("--") {
            true => out.push_str(&directive(trimmed).unwrap_or_default()),
            false => out.extend(line.chars().filter(|c| *c == ';')),
        }
    }
}

fn directive(comment: &str) -> Option<String> {
    let text = comment.trim_start_matches('-').trim();
    if let Some(rest) = text.strip_prefix("distkey:") {
        let codes = rest.split(':').next().unwrap_or_default();
        return Some(format!("-- distkey:{}", codes.trim_end()));
    }
    let (word, number) = text.split_once(':')?;
    let weighs = word.trim().eq_ignore_ascii_case("frequency");
    let number: f64 = number.trim().parse().ok().filter(|_| weighs)?;
    Some(format!("-- frequency: {number}"))
}

fn rewritten(text: &str, kind: &str, names: &mut Names) -> Option<String> {
    let tokens = Tokenizer::new(&RedshiftDialect, text).tokenize().ok()?;
    let significant: Vec<(usize, &Token)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| !matches!(token, Token::Whitespace(_)))
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut place = 0;
    let mut listed = List::Outside;
    let loads = matches!(kind, "COPY" | "UNLOAD");
    for (at, token) in tokens.iter().enumerate() {
        if let Token::Whitespace(blank) = token {
            match blank {
                Whitespace::SingleLineComment { comment, .. } => {
                    out.push_str(&directive(comment).unwrap_or_default());
                    lines_of(comment, &mut out);
                }
                Whitespace::MultiLineComment(comment) => lines_of(comment, &mut out),
                blank => out.push_str(&blank.to_string()),
            }
            continue;
        }
        while significant.get(place).is_some_and(|(index, _)| *index < at) {
            place += 1;
        }
        let before = place.checked_sub(1).map(|place| significant[place].1);
        let after = significant.get(place + 1).map(|(_, token)| *token);
        match token {
            Token::Word(word) => {
                let place = (before, after);
                let kept = keeps(word, loads, names, place);
                let kind = match (before, after) {
                    (_, Some(Token::Period)) if follows_table_word(before) => Kind::Schema,
                    (_, Some(Token::Period)) => Kind::Table,
                    (Some(Token::Period), Some(Token::LParen)) => Kind::Table,
                    (_, Some(Token::LParen)) if !follows_table_word(before) => Kind::Function,
                    _ if follows_table_word(before) => Kind::Table,
                    _ => Kind::Column,
                };
                match kept {
                    true => out.push_str(&token.to_string()),
                    false => out.push_str(&names.name(&word.value, kind)),
                }
            }
            Token::SingleQuotedString(value) => {
                // Regions, delimiters and formats of dates say nothing of the data.
                let named = ["://", "arn:", "=", "auto:"];
                let option = loads && !named.iter().any(|part| value.contains(part));
                let new = match option {
                    true => value.clone(),
                    false => names.text(value),
                };
                out.push_str(&format!("'{}'", new.replace('\'', "''")));
            }
            Token::Number(number, _) if compared(before) || listed == List::Inside => {
                out.push_str(&mapped_number(number).unwrap_or_else(|| number.clone()));
            }
            token => out.push_str(&token.to_string()),
        }
        listed = listed.after(token);
    }
    Some(out)
}

/// Whether a word is the language's own where it stands.
fn keeps(
    word: &Word,
    loads: bool,
    names: &Names,
    (before, after): (Option<&Token>, Option<&Token>),
) -> bool {
    let folded = word.value.to_lowercase();
    if word.quote_style.is_some() {
        return folded == "identity";
    }
    let qualified = before == Some(&Token::Period) || after == Some(&Token::Period);
    let calls = after == Some(&Token::LParen);
    if qualified {
        return words::is_own(&folded) && names.known(&folded).is_none();
    }
    let is_own = word.keyword != Keyword::NoKeyword
        || words::is_own(&folded)
        || (loads && sql::is_load_word(&folded));
    if names.known(&folded).is_none() {
        return is_own || (calls && words::is_function(&folded));
    }
    if !is_own {
        return calls && words::is_function(&folded) && !follows_table_word(before);
    }
    // A word of the language that is also a name: a column called `date` has its type
    // after it, an expression an operator; a type or a clause follows a word.
    let literal = matches!(after, Some(Token::SingleQuotedString(_)));
    let after_name = matches!(before, Some(Token::Word(word)) if word.keyword == Keyword::NoKeyword || names.known(&word.value).is_some());
    literal || calls || after_name || before == Some(&Token::DoubleColon)
}

/// Whether a table's name comes next.
fn follows_table_word(before: Option<&Token>) -> bool {
    matches!(
        before,
        Some(Token::Word(word)) if matches!(
            word.keyword,
            Keyword::FROM | Keyword::JOIN | Keyword::TABLE | Keyword::INTO | Keyword::UPDATE
                | Keyword::REFERENCES | Keyword::EXISTS | Keyword::VIEW | Keyword::COPY
                | Keyword::WITH | Keyword::LIKE
        )
    )
}

/// Whether a number is one that values are compared with.
fn compared(before: Option<&Token>) -> bool {
    match before {
        Some(Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq) => true,
        Some(Token::Word(word)) => matches!(word.keyword, Keyword::BETWEEN | Keyword::AND),
        _ => false,
    }
}

/// Whether numbers stand in the list of an `IN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Outside,
    Opens,
    Inside,
}

impl List {
    fn after(self, token: &Token) -> Self {
        match (self, token) {
            (_, Token::Word(word)) if word.keyword == Keyword::IN => List::Opens,
            (List::Opens, Token::LParen) => List::Inside,
            (List::Inside, Token::RParen) | (List::Opens, _) => List::Outside,
            (list, _) => list,
        }
    }
}
