//! Redshift's spellings that sqlparser reads in another form only: the tokens are put into that
//! form before it sees them.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::RedshiftDialect;

/// The tokens of a statement as sqlparser reads them.
pub(super) fn adapted(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
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
