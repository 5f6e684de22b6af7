//! A query's tokens with their depth in parentheses.

use sqlparser::tokenizer::Token;

use crate::name::Ident;
use crate::sql::cursor::Cursor;
use crate::text::Span;

/// The tokens of one statement.
pub(super) struct Tokens<'a> {
    pub text: &'a str,
    all: Vec<(Token, Span)>,
    depths: Vec<usize>,
    /// Tokens inside a query in parentheses.
    nested: Vec<bool>,
}

/// Words that end the conditions of WHERE.
const CLAUSES: [&str; 6] = ["GROUP", "HAVING", "ORDER", "LIMIT", "QUALIFY", "OFFSET"];

impl<'a> Tokens<'a> {
    /// The tokens of a query of one SELECT.
    pub fn read(text: &'a str) -> Option<Self> {
        let cursor = Cursor::new(text, Span::new(0, text.len()), text.len()).ok()?;
        let all: Vec<(Token, Span)> = cursor.all().map(|(t, s)| (t.clone(), s)).collect();
        let mut tokens = Self {
            text,
            depths: Vec::with_capacity(all.len()),
            nested: Vec::with_capacity(all.len()),
            all,
        };
        let mut depth = 0usize;
        // The depths at which queries in parentheses began.
        let mut queries: Vec<usize> = Vec::new();
        for at in 0..tokens.all.len() {
            if tokens.is(at, &Token::RParen) {
                depth = depth.saturating_sub(1);
                if queries.last() == Some(&depth) {
                    queries.pop();
                }
            }
            tokens.depths.push(depth);
            tokens.nested.push(!queries.is_empty());
            if tokens.is(at, &Token::LParen) {
                if matches!(tokens.word(at + 1).as_str(), "SELECT" | "WITH") {
                    queries.push(depth);
                }
                depth += 1;
            }
        }
        let several = |at: &usize| {
            let word = tokens.word(*at);
            tokens.depths[*at] == 0
                && (matches!(
                    word.as_str(),
                    "UNION" | "WITH" | "EXCEPT" | "MINUS" | "INTERSECT"
                ) || *at > 0 && word == "SELECT")
        };
        let one = tokens.word(0) == "SELECT" && !(0..tokens.len()).any(|at| several(&at));
        one.then_some(tokens)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// A word that is not quoted, in capitals; nothing for anything else.
    pub fn word(&self, at: usize) -> String {
        match self.all.get(at) {
            Some((Token::Word(word), _)) if word.quote_style.is_none() => word.value.to_uppercase(),
            _ => String::new(),
        }
    }

    /// A word as a name.
    pub fn name(&self, at: usize) -> Option<Ident> {
        match self.all.get(at) {
            Some((Token::Word(word), _)) if word.quote_style.is_some() => {
                Some(Ident::exact(&word.value))
            }
            Some((Token::Word(word), _)) => Some(Ident::folded(&word.value)),
            _ => None,
        }
    }

    pub fn is(&self, at: usize, token: &Token) -> bool {
        self.all.get(at).is_some_and(|(t, _)| t == token)
    }

    pub fn token(&self, at: usize) -> Option<&Token> {
        self.all.get(at).map(|(token, _)| token)
    }

    pub fn depth(&self, at: usize) -> usize {
        self.depths.get(at).copied().unwrap_or_default()
    }

    /// Whether a token is inside a query in parentheses.
    pub fn is_nested(&self, at: usize) -> bool {
        self.nested.get(at).copied().unwrap_or_default()
    }

    /// The first token outside parentheses from here that is one of these words.
    pub fn top(&self, range: std::ops::Range<usize>, words: &[&str]) -> Option<usize> {
        range
            .into_iter()
            .find(|at| self.depth(*at) == 0 && words.contains(&self.word(*at).as_str()))
    }

    /// Where the conditions of WHERE end.
    pub fn end_of_conditions(&self, from: usize) -> usize {
        self.top(from..self.len(), &CLAUSES).unwrap_or(self.len())
    }

    /// The bracket that closes one.
    pub fn closing(&self, open: usize) -> Option<usize> {
        let depth = self.depth(open);
        (open + 1..self.len()).find(|at| self.is(*at, &Token::RParen) && self.depth(*at) == depth)
    }

    /// Where a range of tokens stands in the text.
    pub fn span(&self, (start, end): (usize, usize)) -> Option<Span> {
        let first = self.all.get(start)?.1;
        let last = self.all.get(end.checked_sub(1)?)?.1;
        (start < end).then(|| first.to(last))
    }

    /// Splits conditions at AND; those with an OR beside it stay whole.
    pub fn conjuncts(&self, (start, end): (usize, usize)) -> Vec<(usize, usize)> {
        let base = self.depth(start);
        let top = |at: usize, wanted: &str| self.depth(at) <= base && self.word(at) == wanted;
        if (start..end).any(|at| top(at, "OR")) {
            return vec![(start, end)];
        }
        let mut out = Vec::new();
        let (mut from, mut between) = (start, false);
        // The AND of a BETWEEN, and those inside CASE … END, join nothing.
        let mut cases = 0usize;
        for at in start..end {
            between |= top(at, "BETWEEN");
            cases += usize::from(top(at, "CASE"));
            cases = cases.saturating_sub(usize::from(top(at, "END")));
            if cases == 0 && top(at, "AND") {
                if between {
                    between = false;
                    continue;
                }
                out.push((from, at));
                from = at + 1;
            }
        }
        out.push((from, end));
        out.retain(|(from, end)| from < end);
        out
    }
}
