//! Redshift's spellings that sqlparser reads in another form only: the tokens are put into that
//! form before it sees them.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::RedshiftDialect;

/// The tokens of a statement as sqlparser reads them.
pub(super) fn adapted(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    drop_remove_duplicates(&mut tokens);
    say_from(&mut tokens);
    out_of_parentheses(&mut tokens);
    names_and_literals(&mut tokens);
    changes_of_objects(&mut tokens);
    offsets(&mut tokens);
    subscripts(names_of_unpivot(tokens))
}

/// `items[n]`: sqlparser takes what stands in brackets for a quoted name unless it begins with a
/// digit. Right after a name or another bracket it is a subscript.
fn subscripts(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let bracketed = |token: &Token| {
        matches!(
            token,
            Token::Word(Word {
                quote_style: Some('['),
                ..
            })
        )
    };
    if !tokens.iter().any(|token| bracketed(&token.token)) {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let subscripted = out.last().is_some_and(|before| {
            matches!(before.token, Token::RBracket | Token::RParen)
                || matches!(&before.token, Token::Word(word) if word.quote_style != Some('['))
        });
        let inside = match &token.token {
            Token::Word(word) if subscripted && bracketed(&token.token) => {
                Tokenizer::new(&RedshiftDialect, &word.value)
                    .tokenize()
                    .ok()
            }
            _ => None,
        };
        let Some(inside) = inside else {
            out.push(token);
            continue;
        };
        let span = token.span;
        let all = std::iter::once(Token::LBracket)
            .chain(inside)
            .chain([Token::RBracket]);
        out.extend(all.map(|token| TokenWithSpan { token, span }));
    }
    out
}

/// `UNNEST (x) WITH OFFSET AS t (a, n)` is read as `WITH ORDINALITY`: the words mean the same,
/// and only those may stand before the alias.
fn offsets(tokens: &mut [TokenWithSpan]) {
    let mut after = None;
    for token in tokens.iter_mut() {
        if matches!(token.token, Token::Whitespace(_)) {
            continue;
        }
        let keyword = keyword(&token.token);
        if after == Some(Keyword::WITH) && keyword == Some(Keyword::OFFSET) {
            token.token = Token::make_keyword("ORDINALITY");
        }
        after = keyword;
    }
}

/// `UNPIVOT (v FOR n IN (a x, b AS y))`: AS is optional in Redshift alone.
fn names_of_unpivot(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let unpivots = |token: &TokenWithSpan| keyword(&token.token) == Some(Keyword::UNPIVOT);
    if !tokens.iter().any(unpivots) {
        return tokens;
    }
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // How far into `UNPIVOT (… IN (` this is, and the last token of the list.
    let mut seen = Seen::Nothing;
    let mut before: Option<Token> = None;
    for token in tokens {
        if matches!(token.token, Token::Whitespace(_)) {
            out.push(token);
            continue;
        }
        seen = match (seen, &token.token) {
            (_, word) if keyword(word) == Some(Keyword::UNPIVOT) => Seen::Unpivot,
            (Seen::Unpivot, word) if keyword(word) == Some(Keyword::IN) => Seen::In,
            (Seen::In, Token::LParen) => Seen::List,
            (Seen::List, Token::RParen) => Seen::Nothing,
            (seen, _) => seen,
        };
        let names =
            |token: &Token| matches!(token, Token::Word(word) if word.keyword != Keyword::AS);
        if seen == Seen::List && names(&token.token) && before.as_ref().is_some_and(names) {
            out.push(TokenWithSpan {
                token: Token::make_keyword("AS"),
                span: token.span,
            });
            out.push(TokenWithSpan {
                token: Token::Whitespace(sqlparser::tokenizer::Whitespace::Space),
                span: token.span,
            });
        }
        before = Some(token.token.clone());
        out.push(token);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Unpivot,
    In,
    List,
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(Word {
            keyword,
            quote_style: None,
            ..
        }) => Some(*keyword),
        _ => None,
    }
}

/// `MERGE … REMOVE DUPLICATES`, which sqlparser lacks: the words at the end are taken off.
fn drop_remove_duplicates(tokens: &mut Vec<TokenWithSpan>) {
    let word = |token: &TokenWithSpan, word: &str| matches!(&token.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word));
    let is_merge = tokens.first().is_some_and(
        |token| matches!(&token.token, Token::Word(word) if word.keyword == Keyword::MERGE),
    );
    if let [.., remove, duplicates] = tokens.as_slice()
        && is_merge
        && word(remove, "REMOVE")
        && word(duplicates, "DUPLICATES")
    {
        tokens.truncate(tokens.len() - 2);
    }
}

/// `DELETE t`: FROM may be left out, which sqlparser does not take.
fn say_from(tokens: &mut Vec<TokenWithSpan>) {
    let is = |token: Option<&TokenWithSpan>, keyword: Keyword| {
        token.is_some_and(
            |token| matches!(&token.token, Token::Word(word) if word.keyword == keyword),
        )
    };
    // Two names in a row are a misspelt FROM and the table.
    let two = matches!(
        (tokens.get(1).map(|token| &token.token), tokens.get(2).map(|token| &token.token)),
        (Some(Token::Word(_)), Some(Token::Word(word)))
            if !matches!(word.keyword, Keyword::USING | Keyword::WHERE | Keyword::AS)
    );
    if is(tokens.first(), Keyword::DELETE)
        && !is(tokens.get(1), Keyword::FROM)
        && !two
        && let Some(span) = tokens.get(1).map(|token| token.span)
    {
        tokens.insert(1, TokenWithSpan::new(Token::make_keyword("FROM"), span));
    }
}

/// `INSERT INTO t (WITH … SELECT …)`: sqlparser reads a query with its own tables only outside of
/// the parentheses, where it means the same.
fn out_of_parentheses(tokens: &mut Vec<TokenWithSpan>) {
    let is = |at: usize, of: Keyword| {
        let token = tokens.get(at).map(|token| &token.token);
        token.and_then(keyword) == Some(of)
    };
    let opens = |token: &TokenWithSpan| token.token == Token::LParen;
    let Some(open) = tokens.iter().position(opens) else {
        return;
    };
    let ends = tokens
        .last()
        .is_some_and(|token| token.token == Token::RParen);
    if is(0, Keyword::INSERT) && is(open + 1, Keyword::WITH) && ends && is_pair(&tokens[open..]) {
        tokens.remove(open);
        tokens.pop();
    }
}

/// Whether the first token's parenthesis is closed by the last one.
fn is_pair(tokens: &[TokenWithSpan]) -> bool {
    let mut depth = 0usize;
    let closed = tokens.iter().position(|token| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    closed == tokens.len().checked_sub(1)
}

/// A column may be called `values`: the word begins rows only before a parenthesis. `E'…'` is a
/// literal like others.
fn names_and_literals(tokens: &mut [TokenWithSpan]) {
    for at in 0..tokens.len() {
        let opens = matches!(tokens.get(at + 1), Some(next) if next.token == Token::LParen);
        let default = at
            .checked_sub(1)
            .is_some_and(|before| keyword(&tokens[before].token) == Some(Keyword::DEFAULT));
        match &mut tokens[at].token {
            Token::Word(word)
                if word.keyword == Keyword::VALUES
                    && word.quote_style.is_none()
                    && !opens
                    && !default =>
            {
                word.keyword = Keyword::NoKeyword;
            }
            Token::EscapedStringLiteral(text) => {
                tokens[at].token = Token::SingleQuotedString(std::mem::take(text));
            }
            _ => {}
        }
    }
}

/// `object_transform(o KEEP '"a"', '"b"' SET '"c"', 1)`: the words part arguments as commas do.
fn changes_of_objects(tokens: &mut [TokenWithSpan]) {
    let is = |token: &Token, word: &str| matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word));
    let mut inside: Option<usize> = None;
    for at in 0..tokens.len() {
        let called = at
            .checked_sub(1)
            .is_some_and(|before| is(&tokens[before].token, "object_transform"));
        match (&tokens[at].token, inside) {
            (Token::LParen, None) if called => inside = Some(1),
            (Token::LParen, Some(depth)) => inside = Some(depth + 1),
            (Token::RParen, Some(depth)) => inside = (depth > 1).then(|| depth - 1),
            (token, Some(1)) if is(token, "keep") || is(token, "set") => {
                tokens[at].token = Token::Comma;
            }
            _ => {}
        }
    }
}
