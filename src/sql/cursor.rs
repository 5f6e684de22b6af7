//! A cursor over one statement's tokens: words, names, lists, and errors that
//! know their place.

use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::dialect::RedshiftDialect;
use super::names::{NamePlace, NamePlaces};
use super::near::near;
use super::place::Places;
use super::{Name, Named, Refused, SyntaxError};
use crate::name::{Ident, TableName};
use crate::text::{LineColumn, Span};

/// Deepest nesting of parentheses that is read.
pub(super) const DEEPEST: usize = 500;

/// What a parsing function gives.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// The tokens of one statement and a position among them.
pub(super) struct Cursor<'a> {
    source: &'a str,
    tokens: Vec<TokenWithSpan>,
    /// Their bytes in the source.
    spans: Vec<Span>,
    at: usize,
    /// Where the statement ends.
    end: usize,
    /// Where names were read, if that is asked.
    names: Option<NamePlaces>,
    /// What was met that Redshift refuses.
    pub refused: Vec<Refused>,
}

impl<'a> Cursor<'a> {
    /// Tokens of `source[span]`; what is missing at the end is reported at `end`.
    pub fn new(source: &'a str, span: Span, end: usize) -> Parsed<Self> {
        let text = &source[span.start..span.end];
        let dialect = RedshiftDialect;
        let mut places = Places::new(text, span.start);
        // Tokens are large to move, and SQL has one in about four bytes.
        let mut tokens = Vec::with_capacity(text.len() / 4 + 4);
        Tokenizer::new(&dialect, text)
            .tokenize_with_location_into_buf(&mut tokens)
            .map_err(|error| {
                let at = places.offset(error.location.line, error.location.column);
                SyntaxError::new(Span::new(at, at + 1), error.message)
            })?;
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
        let spans = tokens.iter().map(|token| {
            let start = places.offset(token.span.start.line, token.span.start.column);
            let end = places.offset(token.span.end.line, token.span.end.column);
            Span::new(start, end)
        });
        let cursor = Self {
            source,
            spans: spans.collect(),
            tokens,
            at: 0,
            end,
            names: None,
            refused: Vec::new(),
        };
        cursor.check_depth()?;
        Ok(cursor)
    }

    /// Drops the tokens in a span.
    pub fn leave_out(&mut self, span: Span) {
        let within = |one: &Span| span.start <= one.start && one.end <= span.end;
        let first = self.spans.partition_point(|one| one.start < span.start);
        let count = self
            .spans
            .iter()
            .skip(first)
            .take_while(|one| within(one))
            .count();
        self.spans.drain(first..first + count);
        self.tokens.drain(first..first + count);
    }

    fn check_depth(&self) -> Parsed<()> {
        let mut depth = 0usize;
        for (token, span) in self.tokens.iter().zip(&self.spans) {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                let message = format!("parentheses nest deeper than {DEEPEST}");
                return Err(SyntaxError::new(*span, message));
            }
        }
        Ok(())
    }

    /// Parentheses must pair up; the error is where they don't. For statements
    /// without a grammar of ours: it would name a place nearer to the mistake.
    pub fn check_parentheses(&self) -> Parsed<()> {
        let mut open: Vec<Span> = Vec::new();
        for (token, span) in self.tokens.iter().zip(&self.spans) {
            match token.token {
                Token::LParen => open.push(*span),
                Token::RParen if open.pop().is_none() => {
                    return Err(SyntaxError::new(*span, "this `)` closes nothing"));
                }
                _ => {}
            }
        }
        match open.last() {
            Some(span) => Err(SyntaxError::new(*span, "this `(` is never closed")),
            None => Ok(()),
        }
    }

    /// From here on, tokens stand where they do in a longer text in which the source starts at
    /// this place. Spans stay those of the source.
    pub fn shift(&mut self, start: LineColumn) {
        super::place::shift(&mut self.tokens, start);
    }

    /// Every token with its place.
    pub fn all(&self) -> impl Iterator<Item = (&Token, Span)> {
        let tokens = self.tokens.iter().map(|token| &token.token);
        tokens.zip(self.spans.iter().copied())
    }

    /// From here on, names are kept with their places.
    pub fn keep_names(&mut self) {
        self.names = Some(NamePlaces::default());
    }

    /// The names so far, if they are kept.
    pub fn names(&mut self) -> Option<&mut NamePlaces> {
        self.names.as_mut()
    }

    /// The names, at the end.
    pub fn take_names(&mut self) -> NamePlaces {
        self.names.take().unwrap_or_default()
    }

    /// Keeps the place of the next token as one of a name.
    pub fn is_name(&mut self) {
        if let (Some(names), Some(token)) = (&mut self.names, self.tokens.get(self.at)) {
            names.places.insert(token.span.start, NamePlace::Name);
        }
    }

    /// Tokens from a position on, up to the next one.
    pub fn tokens_from(&self, start: usize) -> Vec<TokenWithSpan> {
        let tokens = self.tokens.get(start..self.at);
        tokens.unwrap_or_default().to_vec()
    }

    /// The position of the next token.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Goes back to a position.
    pub fn go_back(&mut self, position: usize) {
        self.at = position.min(self.at);
    }

    pub fn peek(&self) -> Option<&Token> {
        self.peek_nth(0)
    }

    pub fn peek_nth(&self, n: usize) -> Option<&Token> {
        self.tokens.get(self.at + n).map(|token| &token.token)
    }

    /// How many tokens there are.
    pub fn length(&self) -> usize {
        self.tokens.len()
    }

    /// The token at a position.
    pub fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|token| &token.token)
    }

    /// The place of the token at a position, or the end of the statement.
    pub fn span_of(&self, at: usize) -> Span {
        let end = Span::new(self.end, self.end + 1);
        self.spans.get(at).copied().unwrap_or(end)
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub fn advance(&mut self) {
        self.at += 1;
    }

    /// The place of the next token, or the end of the statement.
    pub fn here(&self) -> Span {
        self.span_of(self.at)
    }

    /// The place of the token before.
    pub fn before(&self) -> Span {
        let at = self.at.checked_sub(1);
        at.and_then(|at| self.spans.get(at).copied())
            .unwrap_or_else(|| self.here())
    }

    /// The source between two places.
    pub fn text(&self, span: Span) -> &'a str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// Drops these words from the end of the statement, if it ends with them.
    pub fn drop_tail(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let Some(first) = self
            .tokens
            .len()
            .checked_sub(count)
            .filter(|at| *at >= self.at)
        else {
            return false;
        };
        let mut expected = words.split(' ').enumerate();
        let ends = expected.all(|(n, word)| self.is_at(first - self.at + n, word));
        if ends {
            self.tokens.truncate(first);
            self.spans.truncate(first);
        }
        ends
    }

    /// Takes the tokens from here on, with the place of the last one.
    pub fn take_rest(&mut self) -> (Vec<TokenWithSpan>, Span) {
        let last = self.spans.last().copied().unwrap_or_else(|| self.here());
        let rest = match self.at {
            0 => std::mem::take(&mut self.tokens),
            at => self.tokens.drain(at.min(self.tokens.len())..).collect(),
        };
        self.spans.truncate(self.tokens.len());
        (rest, last)
    }

    /// The next word in upper case, if the next token is an unquoted word.
    pub fn word(&self) -> Option<String> {
        self.word_at(0)
    }

    pub fn word_at(&self, n: usize) -> Option<String> {
        self.word_of(self.at + n)
    }

    /// The word at a position in upper case, if it is unquoted.
    pub fn word_of(&self, at: usize) -> Option<String> {
        match self.token(at)? {
            Token::Word(word) if word.quote_style.is_none() => {
                Some(word.value.to_ascii_uppercase())
            }
            _ => None,
        }
    }

    /// Whether the next token is this word.
    pub fn is(&self, word: &str) -> bool {
        self.is_at(0, word)
    }

    pub fn is_at(&self, n: usize, word: &str) -> bool {
        self.is_word(self.at + n, word)
    }

    /// Whether the token at a position is this word.
    pub fn is_word(&self, at: usize, word: &str) -> bool {
        match self.token(at) {
            Some(Token::Word(next)) => {
                next.quote_style.is_none() && next.value.eq_ignore_ascii_case(word)
            }
            _ => false,
        }
    }

    /// Takes the words if they come next, in this order.
    pub fn eat(&mut self, words: &str) -> bool {
        let mut count = 0;
        let all = words.split(' ').all(|word| {
            count += 1;
            self.is_at(count - 1, word)
        });
        if all {
            self.at += count;
        }
        all
    }

    pub fn expect(&mut self, words: &str) -> Parsed<Span> {
        let start = self.here();
        match self.eat(words) {
            true => Ok(start.to(self.before())),
            false => Err(self.expected(&format!("`{words}`"))),
        }
    }

    pub fn eat_token(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    pub fn expect_token(&mut self, token: &Token) -> Parsed<()> {
        match self.eat_token(token) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{token}`"))),
        }
    }

    /// An error here: something else was expected.
    pub fn expected(&self, what: &str) -> SyntaxError {
        let found = self.found(self.at);
        SyntaxError::new(self.here(), format!("expected {what}, {found}"))
    }

    /// What stands at a position, in words.
    pub fn found(&self, at: usize) -> String {
        match self.token(at) {
            Some(token) => format!("found `{token}`"),
            None => "the statement ends".to_owned(),
        }
    }

    /// An error after the token before: something is missing there.
    pub fn missing(&self, what: &str) -> SyntaxError {
        let before = self.before();
        let place = Span::new(before.end.saturating_sub(1), before.end);
        let next = match self.peek() {
            Some(token) => format!(" before `{token}`"),
            None => String::new(),
        };
        SyntaxError::new(place, format!("{what} is missing{next}"))
    }

    /// The likeliest place of a parenthesis that is missing before the next token:
    /// an empty line between, the next line if it is indented by one blank as after
    /// `) `, else the end of the token before.
    fn gap(&self) -> Span {
        let (before, next) = (self.before(), self.here());
        let between = self.text(Span::new(before.end, next.start));
        let mut lines = between.split('\n');
        let first = lines.next().unwrap_or_default();
        match (lines.next(), lines.next()) {
            (Some(_), Some(_)) => {
                let at = before.end + first.len() + 1;
                Span::new(at, at + 1)
            }
            (Some(" "), None) => next,
            _ if self.is_done() => next,
            _ => Span::new(before.end.saturating_sub(1), before.end),
        }
    }

    /// An error where a parenthesis that opens a list is missing: on the line of
    /// the next token if that stands where the parenthesis stood, at its start.
    pub fn missing_list(&self, what: &str) -> SyntaxError {
        let (before, next) = (self.before(), self.here());
        let place = match self.text(Span::new(before.end, next.start)) {
            "\n" => next,
            between if between.matches('\n').count() > 1 => self.gap(),
            _ => Span::new(before.end.saturating_sub(1), before.end),
        };
        SyntaxError::new(place, format!("{what} is missing"))
    }

    /// An error for a list that neither goes on nor ends: where the next token
    /// begins something else, or the statement ends, it is the parenthesis that
    /// is missing, else the comma after the token before.
    pub fn missing_in_list(&self) -> SyntaxError {
        const AFTER_LISTS: [&str; 14] = [
            "AS",
            "AUTO",
            "BACKUP",
            "COMPOUND",
            "DISTKEY",
            "DISTSTYLE",
            "ENCODE",
            "INTERLEAVED",
            "LOCATION",
            "PARTITIONED",
            "ROW",
            "SORTKEY",
            "STORED",
            "TABLE",
        ];
        let ends = self.is_done() || AFTER_LISTS.iter().any(|word| self.is(word));
        match ends {
            true => SyntaxError::new(self.gap(), "`)` is missing"),
            false => self.missing("`,` or `)`"),
        }
    }

    /// A name without dots.
    pub fn ident(&mut self, what: &str) -> Parsed<Named> {
        self.is_name();
        self.setting(what)
    }

    /// A word of Redshift's own that is read as a name is: an encoding, a file format.
    pub fn setting(&mut self, what: &str) -> Parsed<Named> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let name = Ident::folded(&word.value);
                let span = self.here();
                self.at += 1;
                Ok((name, span))
            }
            _ => Err(self.expected(what)),
        }
    }

    /// A word of a list that may not be whole; what is near to one of it is a typing error.
    pub fn one_of(&mut self, known: &[&str], what: &str) -> Parsed<Named> {
        let near = self.word().and_then(|word| {
            let near = near(&word, known)?;
            (near != word).then(|| self.expected(&format!("`{near}`")))
        });
        match near {
            Some(error) => Err(error),
            None => self.setting(what),
        }
    }

    /// Steps to the next comma outside of parentheses, or the end.
    pub fn skip_action(&mut self) {
        while !matches!(self.peek(), None | Some(Token::Comma)) {
            match self.peek() {
                Some(Token::LParen) => self.skip_parentheses(),
                _ => self.advance(),
            }
        }
    }

    /// Steps to the end of the statement.
    pub fn skip_rest(&mut self) {
        self.advance_to(self.length());
    }

    /// Steps to a position; pairs of parentheses are stepped over.
    pub fn advance_to(&mut self, end: usize) {
        while self.at < end {
            match self.peek() {
                Some(Token::LParen) => self.skip_parentheses(),
                _ => self.advance(),
            }
        }
    }

    /// `(a, b, …)` or `(1, 2, …)`: columns by their names or by their positions in a query.
    pub fn key_list(&mut self, what: &str) -> Parsed<Vec<Named>> {
        let by_position = matches!(self.peek_nth(1), Some(Token::Number(..)));
        if !by_position {
            return self.name_list(what);
        }
        self.expect_token(&Token::LParen)?;
        let mut columns = Vec::new();
        loop {
            let span = self.here();
            let position = self.number("a column's position")?;
            columns.push((Ident::folded(&position.to_string()), span));
            if self.eat_token(&Token::RParen) {
                return Ok(columns);
            }
            self.expect_token(&Token::Comma)?;
        }
    }

    /// `[database.][schema.]name`.
    pub fn name(&mut self, what: &str) -> Parsed<Name> {
        let (first, mut span) = self.ident(what)?;
        let mut parts = vec![first];
        while self.peek() == Some(&Token::Period) {
            self.at += 1;
            let (part, place) = self.ident(what)?;
            parts.push(part);
            span = span.to(place);
        }
        let name = parts.pop().unwrap_or_default();
        Ok(Name {
            table: TableName::new(parts.pop(), name),
            span,
        })
    }

    /// `(a, b, …)`: at least one name.
    pub fn name_list(&mut self, what: &str) -> Parsed<Vec<Named>> {
        self.expect_token(&Token::LParen)?;
        let mut names = vec![self.ident(what)?];
        while self.eat_token(&Token::Comma) {
            names.push(self.ident(what)?);
        }
        // There are as many as tables, and most are short.
        names.shrink_to_fit();
        match self.eat_token(&Token::RParen) {
            true => Ok(names),
            false => Err(self.missing_in_list()),
        }
    }

    /// A string literal's value.
    pub fn string(&mut self, what: &str) -> Parsed<(String, Span)> {
        let span = self.here();
        let value = match self.peek() {
            Some(
                Token::SingleQuotedString(text)
                | Token::EscapedStringLiteral(text)
                | Token::DollarQuotedString(sqlparser::ast::DollarQuotedString {
                    value: text, ..
                }),
            ) => text.clone(),
            _ => return Err(self.expected(what)),
        };
        self.at += 1;
        Ok((value, span))
    }

    /// A whole number.
    pub fn number(&mut self, what: &str) -> Parsed<i64> {
        let negative = self.eat_token(&Token::Minus);
        let value = match self.peek() {
            Some(Token::Number(text, _)) => text.parse::<i64>().ok(),
            _ => None,
        };
        let Some(value) = value else {
            return Err(self.expected(what));
        };
        self.at += 1;
        Ok(if negative { -value } else { value })
    }

    /// Steps over a pair of parentheses and all between; the position is at `(`.
    pub fn skip_parentheses(&mut self) {
        let first = self.at;
        self.skip_pair();
        let place = |at: usize| self.tokens.get(at).map(|token| token.span);
        let (first, last) = (place(first), place(self.at.saturating_sub(1)));
        if let (Some(names), Some(first), Some(last)) = (&mut self.names, first, last) {
            names.skipped.push((first.start, last.end));
        }
    }

    fn skip_pair(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}
