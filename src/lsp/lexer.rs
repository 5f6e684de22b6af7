//! SQL in words, however half-typed: what the cursor stands at is told by the words around it.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or a number.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A text, or a body in dollars.
    Text,
    Comment,
    /// Any other character.
    Mark(char),
}

/// A token with its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    pub fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Whether it may name something.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#')
}

/// The tokens of a text; what is not closed ends with it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let here = &text[at..];
        let closed = |open: usize, close: &str| {
            let end = here[open..].find(close);
            end.map_or(here.len(), |end| open + end + close.len())
        };
        let (kind, length) = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '-' if here.starts_with("--") => (Kind::Comment, here.find('\n').unwrap_or(here.len())),
            '/' if here.starts_with("/*") => (Kind::Comment, closed(2, "*/")),
            '\'' => (Kind::Text, closed(1, "'")),
            '"' => (Kind::Quoted, closed(1, "\"")),
            '$' if here.starts_with("$$") => (Kind::Text, closed(2, "$$")),
            c if is_of_word(c) => {
                let end = here.find(|c: char| !is_of_word(c));
                (Kind::Word, end.unwrap_or(here.len()))
            }
            c => (Kind::Mark(c), c.len_utf8()),
        };
        all.push(Token {
            kind,
            start: at,
            end: at + length,
        });
        at += length;
    }
    all
}

/// The tokens of the statement that an offset stands in, without comments: behind the last
/// semicolon before it, up to the next.
pub(super) fn statement(all: &[Token], offset: usize) -> Vec<Token> {
    let semicolons = all.iter().filter(|token| token.is_mark(';'));
    let first = semicolons
        .clone()
        .rfind(|token| token.end <= offset)
        .map_or(0, |token| token.end);
    let last = semicolons
        .clone()
        .find(|token| token.end > offset)
        .map_or(usize::MAX, |token| token.start);
    let within = |token: &&Token| token.start >= first && token.end <= last;
    let own = all.iter().filter(within);
    own.filter(|token| token.kind != Kind::Comment)
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_has_tokens_in_order() {
        let text =
            "select 'it''s; ü' -- a;b\n, \"x;y\" /* ; */ from $$ ; $$ 😀;\ncreate table t (a int";
        for (end, _) in text.char_indices() {
            let all = tokens(&text[..end]);
            let mut before = 0;
            for token in &all {
                assert!(token.start >= before && token.end > token.start);
                before = token.end;
            }
        }
        let all = tokens(text);
        let last = statement(&all, text.len());
        assert_eq!(last.first().map(|token| token.text(text)), Some("create"));
        let first = statement(&all, 3);
        assert!(first.iter().any(|token| token.text(text) == "\"x;y\""));
    }
}
