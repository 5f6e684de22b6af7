//! SQL without its names: rewritten token by token, so that line numbers stay.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

use super::position::{Around, Position, is_date_part};
use super::{Kind, Names, mapped_number, words};
use crate::schema::SchemaBuilder;
use crate::sql::{self, NamePlace, NamePlaces, RedshiftDialect};
use crate::text::secrets;
use crate::text::{SourceFile, Span};

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
            false => {
                let loads = matches!(statement.kind.as_str(), "COPY" | "UNLOAD");
                let secrets = secrets_in(source, span);
                rewritten(text, loads, secrets, names).filter(|new| reads(new))
            }
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

/// The last of the words that say what a statement is, as `CREATE OR REPLACE FUNCTION` does.
fn opening(text: &str, tokens: &[TokenWithSpan]) -> Option<Location> {
    let kind = sql::kind(text);
    let mut said = kind.split(' ').peekable();
    let words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let opening = words.take_while(|token| {
        let Token::Word(word) = &token.token else {
            return false;
        };
        let upper = word.value.to_uppercase();
        let own = said.next_if_eq(&upper.as_str()).is_some();
        let replaces = said.peek().is_some() && matches!(upper.as_str(), "OR" | "REPLACE");
        word.quote_style.is_none() && (own || replaces)
    });
    opening.last().map(|token| token.span.start)
}

/// Where secrets were masked in a statement, by line and column within it, and whether a hash of
/// a password stands there.
fn secrets_in(source: &SourceFile, statement: Span) -> Vec<(Location, bool)> {
    let start = source.line_column(statement.start);
    let within = source.secrets().iter().map(|secret| secret.span.start);
    let within = within.filter(|at| statement.start <= *at && *at < statement.end);
    let places = within.map(|at| {
        let place = source.line_column(at);
        let before = match place.line == start.line {
            true => start.column - 1,
            false => 0,
        };
        let hash = secrets::is_hash(source.unmasked().get(at..).unwrap_or_default());
        let place = Location {
            line: (place.line - start.line + 1) as u64,
            column: (place.column - before) as u64,
        };
        (place, hash)
    });
    places.collect()
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

/// A statement with its names, literals and comments replaced; `None` where it can't be
/// taken apart.
fn rewritten(
    text: &str,
    loads: bool,
    secrets: Vec<(Location, bool)>,
    names: &mut Names,
) -> Option<String> {
    let mut tokens = Vec::new();
    Tokenizer::new(&RedshiftDialect, text)
        .tokenize_with_location_into_buf(&mut tokens)
        .ok()?;
    let blank = |token: &TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    let words: Vec<&Token> = tokens
        .iter()
        .filter(|token| !blank(token))
        .map(|token| &token.token)
        .collect();
    let mut writer = Writer {
        opening: opening(text, &tokens),
        places: sql::names(text),
        loads,
        secrets,
        names,
        position: Position::new(super::position::Text::Statement),
        listed: List::Outside,
        parameter: String::new(),
        out: String::with_capacity(text.len()),
    };
    let mut next = 0_usize;
    for token in &tokens {
        if !blank(token) {
            next += 1;
        }
        let before = |n: usize| Some(*words.get(next.checked_sub(n + 1)?)?);
        match blank(token) {
            true => writer.blank(&token.token),
            false => writer.token(token, ([before(1), before(2)], words.get(next).copied()))?,
        }
    }
    Some(writer.out)
}

/// Writes a statement anew, token by token.
struct Writer<'a> {
    /// The last of the words that say what the statement is.
    opening: Option<Location>,
    /// Where the parser says that names stand.
    places: NamePlaces,
    /// Whether it is a COPY or an UNLOAD.
    loads: bool,
    /// Where secrets were masked, and whether they are hashes.
    secrets: Vec<(Location, bool)>,
    names: &'a mut Names,
    position: Position,
    listed: List,
    /// The parameter of a load that a literal belongs to, folded.
    parameter: String,
    out: String,
}

impl Writer<'_> {
    fn blank(&mut self, token: &Token) {
        match token {
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                self.out.push_str(&directive(comment).unwrap_or_default());
                lines_of(comment, &mut self.out);
            }
            Token::Whitespace(Whitespace::MultiLineComment(comment)) => {
                lines_of(comment, &mut self.out);
            }
            blank => self.out.push_str(&blank.to_string()),
        }
    }

    fn token(&mut self, token: &TokenWithSpan, around: Around<'_>) -> Option<()> {
        let place = token.span.start;
        let span = token.span;
        let within = |(at, _): &&(Location, bool)| span.start <= *at && *at < span.end;
        let found = self.secrets.iter().find(within);
        let (secret, hash) = (found.is_some(), found.is_some_and(|(_, hash)| *hash));
        let token = &token.token;
        let ([before, _], after) = around;
        let mut is_name = false;
        match token {
            Token::Word(word) => {
                is_name = self.is_name(word, place, around);
                let kind = match (before, after) {
                    (_, Some(Token::Period)) if follows_table_word(before) => Kind::Schema,
                    (_, Some(Token::Period)) if words::is_schema(&word.value.to_lowercase()) => {
                        Kind::Schema
                    }
                    (_, Some(Token::Period)) => Kind::Table,
                    (Some(Token::Period), Some(Token::LParen)) => Kind::Table,
                    (_, Some(Token::LParen)) if !follows_table_word(before) => Kind::Function,
                    _ if follows_table_word(before) => Kind::Table,
                    _ => Kind::Column,
                };
                let folded = word.value.to_lowercase();
                match is_name {
                    true => self.out.push_str(&self.names.name(&word.value, kind)),
                    false => self.out.push_str(&token.to_string()),
                }
                if !is_name && folded != "as" {
                    self.parameter = folded;
                }
            }
            // A hash stays one, of nothing.
            token if hash && literal(token).is_some() => {
                self.out.push_str(&format!("'md5{}'", "0".repeat(32)));
            }
            token if literal(token).is_some() => {
                let new = self.literal(literal(token).unwrap_or_default(), secret, before)?;
                self.out.push_str(&format!("'{}'", new.replace('\'', "''")));
            }
            // A query or a body between `$$`.
            Token::DollarQuotedString(quoted) => {
                let new = self.inner_query(&quoted.value)?;
                self.out.push_str(&format!("$${new}$$"));
            }
            Token::Number(number, _) if compared(before) || self.listed == List::Inside => {
                let new = mapped_number(number).unwrap_or_else(|| number.clone());
                self.out.push_str(&new);
            }
            token => self.out.push_str(&token.to_string()),
        }
        self.position.pass(token, is_name);
        self.listed = self.listed.after(token);
        Some(())
    }

    /// Whether a word is a name: as the parser says, or, where it says nothing, as far as
    /// its place tells.
    fn is_name(&self, word: &Word, place: Location, around: Around<'_>) -> bool {
        if self.opening.is_some_and(|last| place <= last) {
            return false;
        }
        // The language of a function is Redshift's to name.
        if matches!(around.0[0], Some(Token::Word(before)) if before.keyword == Keyword::LANGUAGE) {
            return false;
        }
        let folded = word.value.to_lowercase();
        let ([before, _], after) = around;
        let quoted = word.quote_style.is_some();
        let calls = after == Some(&Token::LParen) && words::is_function(&folded);
        match self.places.places.get(&place) {
            Some(NamePlace::Function) => !calls,
            Some(NamePlace::Name) => {
                // What sqlparser takes for names: dates' parts, and functions without
                // parentheses or after FROM.
                let bare =
                    !quoted && before != Some(&Token::Period) && after != Some(&Token::Period);
                let value = bare
                    && words::is_value(&folded)
                    && !follows_table_word(before)
                    && self.names.known(&folded).is_none();
                let function = calls
                    && matches!(before, Some(Token::Word(word)) if matches!(word.keyword, Keyword::FROM | Keyword::JOIN));
                !(value || function || (bare && is_date_part(&folded, around)))
            }
            None if self.places.is_unknown(place) => {
                let loads = self.loads && !quoted && sql::is_load_word(&folded);
                !loads && self.position.is_name(word, around, self.names)
                    || !self.is_own(word, &folded, calls)
            }
            None => !self.is_own(word, &folded, calls),
        }
    }

    /// Whether a word belongs to the language, where the parser reads no name.
    fn is_own(&self, word: &Word, folded: &str, calls: bool) -> bool {
        match word.quote_style {
            Some(_) => folded == "identity",
            None => {
                word.keyword != Keyword::NoKeyword
                    || words::is_own(folded)
                    || calls
                    || words::is_date_part(folded)
                    || (self.loads && sql::is_load_word(folded))
            }
        }
    }

    /// What replaces a literal. A secret stays one, so that it is still found, and a
    /// placeholder is none.
    fn literal(&mut self, value: &str, secret: bool, before: Option<&Token>) -> Option<String> {
        if self.parameter == "credentials" && !value.contains("aws_iam_role=") {
            let pairs = value.split(';').map(|pair| match pair.split_once('=') {
                Some((key, value)) if words::is_credential(key.trim()) => {
                    format!(
                        "{key}={}",
                        hidden(secret && secrets::is_masked(value.trim()))
                    )
                }
                _ => hidden(secret && secrets::is_masked(pair.trim())).to_owned(),
            });
            return Some(pairs.collect::<Vec<_>>().join(";"));
        }
        if secret || words::is_credential(&self.parameter) {
            return Some(hidden(secret).to_owned());
        }
        if !self.loads {
            return Some(self.names.text(value));
        }
        // The query of an UNLOAD.
        if before == Some(&Token::LParen) {
            return self.inner_query(value);
        }
        if self.parameter == "fixedwidth" {
            let columns = value.split(',').map(|column| match column.split_once(':') {
                Some((name, width)) if name.trim().parse::<u32>().is_err() => {
                    format!("{}:{width}", self.names.name(name.trim(), Kind::Column))
                }
                _ => column.to_owned(),
            });
            return Some(columns.collect::<Vec<_>>().join(","));
        }
        // Regions, delimiters and forms of dates say nothing of the data.
        let option = words::is_plain_parameter(&self.parameter)
            || matches!(
                value.to_lowercase().as_str(),
                "auto" | "noshred" | "auto ignorecase"
            );
        Some(match option && !value.contains("://") {
            true => value.to_owned(),
            false => self.names.text(value),
        })
    }

    /// A query within a literal.
    fn inner_query(&mut self, text: &str) -> Option<String> {
        rewritten(text, false, Vec::new(), self.names).filter(|new| reads(new))
    }
}

/// What replaces a secret, or what is none.
fn hidden(secret: bool) -> &'static str {
    match secret {
        true => "hidden",
        false => "<hidden>",
    }
}

/// The value of a literal, however it is quoted.
pub(super) fn literal(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(value)
        | Token::EscapedStringLiteral(value)
        | Token::NationalStringLiteral(value)
        | Token::UnicodeStringLiteral(value)
        | Token::HexStringLiteral(value) => Some(value),
        _ => None,
    }
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
