//! Names told apart by where they stand in an expression: for conditions of plans,
//! which nobody's parser reads, and for statements that sqlparser refuses.

use sqlparser::tokenizer::{Token, Word};

use super::{Names, words};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// A condition or a list of expressions, as a plan prints it.
    Plan,
    /// A statement that no parser here understands.
    Statement,
}

/// Where reading is: before an operand or after one.
#[derive(Debug)]
pub(super) struct Position {
    text: Text,
    /// An operand comes next, and no operator or clause.
    operand: bool,
    /// Within a type: `character varying`, `timestamp without time zone`.
    in_type: bool,
    /// Nothing was read yet.
    first: bool,
    /// The word before is a name itself.
    named: bool,
}

/// Two tokens before a word, the nearest first, and one after it.
pub(super) type Around<'a> = ([Option<&'a Token>; 2], Option<&'a Token>);

impl Position {
    pub fn new(text: Text) -> Self {
        Self {
            text,
            operand: true,
            in_type: false,
            first: true,
            named: false,
        }
    }

    /// Whether a number is a length or a precision.
    pub fn in_type(&self) -> bool {
        self.in_type
    }

    /// Whether a word is a name here.
    pub fn is_name(&self, word: &Word, around: Around<'_>, names: &Names) -> bool {
        let ([before, _], after) = around;
        let folded = word.value.to_lowercase();
        let calls = after == Some(&Token::LParen) && words::is_function(&folded);
        if before == Some(&Token::Period) {
            return !calls;
        }
        if after == Some(&Token::Period) {
            // The sides of a join, as a plan calls them.
            return !(self.text == Text::Plan && matches!(folded.as_str(), "outer" | "inner"));
        }
        if word.quote_style.is_some() {
            return !calls && folded != "identity";
        }
        let typed = matches!(after, Some(Token::SingleQuotedString(_)));
        if (self.in_type || typed) && words::is_type(&folded) {
            return false;
        }
        match self.text {
            Text::Plan if self.operand => {
                !(calls || words::is_operand(&folded) || is_date_part(&folded, around))
            }
            Text::Plan => !words::is_operator(&folded),
            Text::Statement if self.first => false,
            Text::Statement => {
                if !self.named && follows_naming_word(before) && !words::is_clause(&folded) {
                    return true;
                }
                let own = words::is_reserved(&folded) || calls || is_date_part(&folded, around);
                match self.operand {
                    true => !own,
                    false => names.known(&folded).is_some() && !own,
                }
            }
        }
    }

    /// Goes past a token; of a word it is known whether it is a name.
    pub fn pass(&mut self, token: &Token, is_name: bool) {
        if matches!(token, Token::Whitespace(_)) {
            return;
        }
        self.first = false;
        self.named = is_name;
        match token {
            Token::Word(word) => {
                let folded = word.value.to_lowercase();
                self.in_type &= !is_name && words::is_type(&folded);
                self.operand = !is_name && !self.in_type && !words::ends_operand(&folded);
            }
            Token::DoubleColon => {
                self.in_type = true;
                self.operand = false;
            }
            Token::Number(..) => self.operand = false,
            Token::LParen => self.operand = true,
            Token::RParen | Token::RBracket => self.operand = false,
            Token::SingleQuotedString(_) | Token::Placeholder(_) => {
                self.in_type = false;
                self.operand = false;
            }
            // All columns, or a product.
            Token::Mul => {
                self.in_type = false;
                self.operand = !self.operand;
            }
            Token::SemiColon => *self = Self::new(self.text),
            _ => {
                self.in_type = false;
                self.operand = true;
            }
        }
    }
}

/// Whether what comes next is named by the word before.
fn follows_naming_word(before: Option<&Token>) -> bool {
    match before {
        Some(Token::Word(word)) if word.quote_style.is_none() => {
            words::names_next(&word.value.to_lowercase())
        }
        _ => false,
    }
}

/// The first argument of a date function: `dateadd(month, 1, sold)`.
pub(super) fn is_date_part(word: &str, ([before, function], after): Around<'_>) -> bool {
    let function = match function {
        Some(Token::Word(function)) => function.value.to_lowercase(),
        _ => return false,
    };
    before == Some(&Token::LParen)
        && matches!(after, Some(Token::Comma) | Some(Token::Word(_)))
        && words::takes_date_part(&function)
        && words::is_date_part(word)
}
