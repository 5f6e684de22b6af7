//! The notation of a syntax → a tree.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use sqlparser::tokenizer::Token;

use super::Kind;

/// A part of a syntax.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A keyword.
    Word(&'static str),
    /// Punctuation, and how it is spelled.
    Token(Token, &'static str),
    /// A kind of token.
    Kind(Kind),
    /// A part that is spelled out elsewhere.
    Part(&'static str),
    /// One after the other.
    All(Vec<Node>),
    /// One of them.
    Any(Vec<Node>),
    /// Once or not at all.
    Optional(Box<Node>),
    /// Once or more; with commas between or without.
    Many(Box<Node>, bool),
}

/// A notation, read once: the habits of other databases are looked for at every column.
pub(super) fn known(notation: &'static str) -> Rc<Node> {
    thread_local! {
        static KNOWN: RefCell<HashMap<&'static str, Rc<Node>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let node = known
            .entry(notation)
            .or_insert_with(|| Rc::new(read(notation)));
        Rc::clone(node)
    })
}

/// Reads a notation: its parts stand between blanks. What is not closed ends with it.
pub(super) fn read(notation: &'static str) -> Node {
    alternatives(&mut notation.split_whitespace().peekable())
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'static>) -> Node {
    let mut all = vec![sequence(words)];
    while words.next_if_eq(&"|").is_some() {
        all.push(sequence(words));
    }
    match all.len() {
        1 => all.remove(0),
        _ => Node::Any(all),
    }
}

fn sequence(words: &mut Words<'static>) -> Node {
    let mut nodes: Vec<Node> = Vec::new();
    while let Some(word) = words.next_if(|word| !matches!(*word, "|" | "]" | "}")) {
        let node = match word {
            "[" => {
                let inner = alternatives(words);
                words.next();
                Node::Optional(Box::new(inner))
            }
            "{" => {
                let inner = alternatives(words);
                words.next();
                inner
            }
            "..." | ",..." => match nodes.pop() {
                Some(node) => Node::Many(Box::new(node), word == ",..."),
                None => continue,
            },
            word => leaf(word),
        };
        nodes.push(node);
    }
    match nodes.len() {
        1 => nodes.remove(0),
        _ => Node::All(nodes),
    }
}

fn leaf(word: &'static str) -> Node {
    let kind = match word {
        "ident" => Kind::Ident,
        "name" => Kind::Name,
        "string" => Kind::String,
        "number" => Kind::Number,
        "literal" => Kind::Literal,
        "parentheses" => Kind::Parentheses,
        "query" => Kind::Query,
        "(" => return Node::Token(Token::LParen, "("),
        ")" => return Node::Token(Token::RParen, ")"),
        "=" => return Node::Token(Token::Eq, "="),
        ":" => return Node::Token(Token::Colon, ":"),
        "-" => return Node::Token(Token::Minus, "-"),
        "," => return Node::Token(Token::Comma, ","),
        word if word.starts_with(|c: char| c.is_ascii_lowercase()) => return Node::Part(word),
        word => return Node::Word(word),
    };
    Node::Kind(kind)
}
