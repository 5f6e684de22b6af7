//! How deep and how long a statement may be that sqlparser reads.
//!
//! Its trees are walked and dropped by recursion, on whatever thread. Beyond a limit of its own
//! sqlparser would try to read a query otherwise, and name a place that has nothing to do with it.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Subqueries, CASE, parentheses and signs that may nest in each other.
const DEEPEST: usize = 160;
/// Levels of its grammar at which sqlparser gives up: a subquery takes up to five of them.
pub(super) const RECURSION: usize = 5 * DEEPEST;
/// Operators that may follow each other: `a OR b OR …` is a tree as deep as it is long.
const LONGEST: usize = 20_000;

/// What follows each other between two parentheses.
#[derive(Default)]
struct Level {
    operators: usize,
    set_operations: usize,
}

/// Checks the tokens of a statement against the limits.
pub(super) fn check(tokens: &[TokenWithSpan]) -> Result<(), String> {
    let mut levels = vec![Level::default()];
    let mut signs = 0;
    for token in tokens {
        let is_sign = match &token.token {
            Token::Whitespace(_) => continue,
            Token::Word(word) => word.keyword == Keyword::NOT,
            Token::Minus | Token::Plus | Token::Tilde => true,
            _ => false,
        };
        signs = if is_sign { signs + 1 } else { 0 };
        read(&token.token, &mut levels);
        if levels.len() - 1 + signs > DEEPEST {
            return Err(format!("{}{}", too_deep(), token.span.start));
        }
        let long = |level: &Level| level.operators.max(level.set_operations) > LONGEST;
        if levels.last().is_some_and(long) {
            return Err(format!(
                "an expression has more than {LONGEST} operators in a row{}",
                token.span.start
            ));
        }
    }
    Ok(())
}

fn read(token: &Token, levels: &mut Vec<Level>) {
    let opens = |levels: &mut Vec<Level>| levels.push(Level::default());
    let closes = |levels: &mut Vec<Level>| {
        levels.pop();
        // What closes nothing is an error, but not one of these.
        if levels.is_empty() {
            levels.push(Level::default());
        }
    };
    match token {
        Token::LParen => return opens(levels),
        Token::RParen => return closes(levels),
        Token::Word(word) if word.keyword == Keyword::CASE => return opens(levels),
        Token::Word(word) if word.keyword == Keyword::END => return closes(levels),
        _ => {}
    }
    let Some(level) = levels.last_mut() else {
        return;
    };
    match token {
        Token::Comma => level.operators = 0,
        Token::Word(word) => match word.keyword {
            Keyword::AND | Keyword::OR | Keyword::IS | Keyword::LIKE | Keyword::BETWEEN => {
                level.operators += 1;
            }
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => {
                level.operators = 0;
                level.set_operations += 1;
            }
            Keyword::WHEN | Keyword::THEN | Keyword::ELSE | Keyword::FROM | Keyword::WHERE => {
                level.operators = 0;
            }
            _ => {}
        },
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::StringConcat
        | Token::DoubleColon => level.operators += 1,
        _ => {}
    }
}

pub(super) fn too_deep() -> String {
    format!("subqueries, CASE, parentheses and NOT nest deeper than {DEEPEST} levels")
}
