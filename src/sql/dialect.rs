//! Redshift's dialect as sqlparser knows it, and the habits it lacks.

use std::any::TypeId;
use std::iter::Peekable;
use std::str::Chars;

use sqlparser::ast::{Expr, Ident, ObjectName, UnaryOperator};
use sqlparser::dialect::{Dialect, Precedence, RedshiftSqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Wraps sqlparser's Redshift dialect; its own checks on the dialect see that one.
#[derive(Debug, Clone, Copy, Default)]
pub struct RedshiftDialect;

const INNER: RedshiftSqlDialect = RedshiftSqlDialect {};

impl Dialect for RedshiftDialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<RedshiftSqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        INNER.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        INNER.is_identifier_part(ch)
    }

    fn is_nested_delimited_identifier_start(&self, ch: char) -> bool {
        INNER.is_nested_delimited_identifier_start(ch)
    }

    fn peek_nested_delimited_identifier_quotes(
        &self,
        chars: Peekable<Chars<'_>>,
    ) -> Option<(char, Option<char>)> {
        INNER.peek_nested_delimited_identifier_quotes(chars)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        INNER.identifier_quote_style(identifier)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        INNER.is_reserved_for_identifier(keyword)
    }

    fn convert_type_before_value(&self) -> bool {
        INNER.convert_type_before_value()
    }

    fn supports_connect_by(&self) -> bool {
        INNER.supports_connect_by()
    }

    fn supports_top_before_distinct(&self) -> bool {
        INNER.supports_top_before_distinct()
    }

    fn supports_partiql(&self) -> bool {
        INNER.supports_partiql()
    }

    fn supports_unpivot_expr(&self) -> bool {
        INNER.supports_unpivot_expr()
    }

    fn supports_string_escape_constant(&self) -> bool {
        INNER.supports_string_escape_constant()
    }

    fn supports_approximate_percentile_disc(&self) -> bool {
        INNER.supports_approximate_percentile_disc()
    }

    fn supports_geometric_types(&self) -> bool {
        INNER.supports_geometric_types()
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        INNER.supports_bitwise_shift_operators()
    }

    fn supports_tilde_like_match_operator(&self) -> bool {
        INNER.supports_tilde_like_match_operator()
    }

    fn supports_array_typedef_with_brackets(&self) -> bool {
        INNER.supports_array_typedef_with_brackets()
    }

    fn allow_extract_single_quotes(&self) -> bool {
        INNER.allow_extract_single_quotes()
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        INNER.supports_string_literal_backslash_escape()
    }

    fn supports_select_wildcard_exclude(&self) -> bool {
        INNER.supports_select_wildcard_exclude()
    }

    fn supports_select_wildcard_with_alias(&self) -> bool {
        INNER.supports_select_wildcard_with_alias()
    }

    fn supports_select_exclude(&self) -> bool {
        INNER.supports_select_exclude()
    }

    fn supports_create_table_like_parenthesized(&self) -> bool {
        INNER.supports_create_table_like_parenthesized()
    }

    fn supports_string_literal_concatenation_with_newline(&self) -> bool {
        INNER.supports_string_literal_concatenation_with_newline()
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        INNER.supports_window_function_null_treatment_arg()
    }

    // What Redshift takes and sqlparser's dialect does not.

    /// `extract(qtr FROM sold_at)`: dateparts beyond the standard's.
    fn allow_extract_custom(&self) -> bool {
        true
    }

    /// `SELECT a, b, FROM t`.
    fn supports_trailing_commas(&self) -> bool {
        true
    }

    /// `FROM (t)`.
    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    /// `a.id = b.id(+)`.
    fn supports_outer_join_operator(&self) -> bool {
        true
    }

    /// Redshift has no FILTER: it is read so that it can be named when it is refused.
    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    /// `APPROXIMATE COUNT(DISTINCT x)`: sqlparser knows the word before PERCENTILE_DISC only.
    /// `|/ 25`, `||/ 27`, `@ x`: it knows them in PostgreSQL only.
    /// `GROUPING SETS (ROLLUP (a), CUBE (b, c))`: it reads the outermost only.
    /// What can be nothing but a name or a value is read as that at once.
    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        if let Some(plain) = plain(parser) {
            return Some(plain);
        }
        if let Some(grouping) = nested_grouping(parser) {
            return Some(grouping);
        }
        let op = match parser.peek_token_ref().token {
            Token::PGSquareRoot => Some(UnaryOperator::PGSquareRoot),
            Token::PGCubeRoot => Some(UnaryOperator::PGCubeRoot),
            Token::AtSign => Some(UnaryOperator::PGAbs),
            _ => None,
        };
        if let Some(op) = op {
            parser.next_token();
            let operand = parser.parse_subexpr(self.prec_value(Precedence::PlusMinus));
            return Some(operand.map(|operand| Expr::UnaryOp {
                op,
                expr: Box::new(operand),
            }));
        }
        let word = |n: usize, parser: &Parser<'_>| match &parser.peek_nth_token_ref(n).token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_lowercase()),
            _ => None,
        };
        let opens = parser.peek_nth_token_ref(2).token == Token::LParen;
        let named = |n: usize, name: &str| word(n, parser).as_deref() == Some(name);
        if !opens || !named(0, "approximate") || !named(1, "count") {
            return None;
        }
        let prefix = parser.next_token();
        let name = parser.next_token();
        let ident = |token: &Token| Ident::new(token.to_string());
        let function = parser.parse_function(ObjectName::from(vec![ident(&name.token)]));
        Some(function.map(|function| Expr::Prefixed {
            prefix: ident(&prefix.token),
            value: Box::new(function),
        }))
    }
}

/// A name or a value, where nothing else can begin so. sqlparser tries each of them as a type before a
/// literal first (`DATE '2026-11-01'`), which costs more than all the rest of reading it. A call is left
/// to it: it keeps where reading one failed, and calls in calls are tried again and again without.
fn plain(parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
    match &parser.peek_token_ref().token {
        Token::Number(..) | Token::SingleQuotedString(_) => {
            return Some(parser.parse_value().map(Expr::Value));
        }
        Token::Word(word) if word.keyword == Keyword::NoKeyword => {}
        _ => return None,
    }
    match &parser.peek_nth_token_ref(1).token {
        next if ends_name(next) => {}
        Token::Period if is_qualified(parser) => {}
        _ => return None,
    }
    let token = parser.next_token();
    match token.token {
        Token::Word(word) => Some(Ok(Expr::Identifier(word.into_ident(token.span)))),
        _ => None,
    }
}

/// Whether `name.name` is all there is to a name: behind it stands no literal, which would make
/// a type of it, and it goes on in no other way.
fn is_qualified(parser: &Parser<'_>) -> bool {
    let part = matches!(parser.peek_nth_token_ref(2).token, Token::Word(_));
    let next = &parser.peek_nth_token_ref(3).token;
    part && (ends_name(next) || matches!(next, Token::Word(_)))
}

/// Whether nothing of a name follows, nor anything that makes more of it than a name.
fn ends_name(next: &Token) -> bool {
    matches!(
        next,
        Token::Comma
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::RParen
            | Token::SemiColon
            | Token::EOF
    )
}

/// What makes an expression of the elements of an aggregation extension.
type Made = fn(Vec<Vec<Expr>>) -> Expr;

/// An aggregation extension where an expression may stand; `None` where there is none.
fn nested_grouping(parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
    let Token::Word(word) = &parser.peek_token_ref().token else {
        return None;
    };
    let (words, made): (&[Keyword], Made) = match word.keyword {
        Keyword::GROUPING => (&[Keyword::GROUPING, Keyword::SETS], Expr::GroupingSets),
        Keyword::ROLLUP => (&[Keyword::ROLLUP], Expr::Rollup),
        Keyword::CUBE => (&[Keyword::CUBE], Expr::Cube),
        _ => return None,
    };
    if parser.peek_nth_token_ref(words.len()).token != Token::LParen
        || !parser.parse_keywords(words)
    {
        return None;
    }
    parser.next_token();
    Some(elements(parser).map(made))
}

/// The elements of an aggregation extension up to its closing parenthesis: one expression, or
/// several in parentheses, or none in them.
fn elements(parser: &mut Parser<'_>) -> Result<Vec<Vec<Expr>>, ParserError> {
    let elements = parser.parse_comma_separated(|parser| {
        if !parser.consume_token(&Token::LParen) {
            return Ok(vec![parser.parse_expr()?]);
        }
        if parser.consume_token(&Token::RParen) {
            return Ok(Vec::new());
        }
        let element = parser.parse_comma_separated(Parser::parse_expr)?;
        parser.expect_token(&Token::RParen)?;
        Ok(element)
    })?;
    parser.expect_token(&Token::RParen)?;
    Ok(elements)
}
