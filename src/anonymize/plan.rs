//! A plan without its names.

use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Kind, Names, mapped_number, words};
use crate::name::TableName;
use crate::plan::{DetailKind, Node, Operator, Plan, Reading};
use crate::sql::RedshiftDialect;

/// What was read, with every name, literal and location replaced. Lines that are no
/// part of a plan are left out, since nothing is known of what they say.
pub fn reading(mut reading: Reading, names: &mut Names) -> Reading {
    for plan in &reading.plans {
        learn(plan, names);
    }
    for plan in &mut reading.plans {
        replace(plan, names);
    }
    for line in &mut reading.unrecognized {
        line.text = "(left out)".to_owned();
    }
    reading
}

/// Relations first: a condition may name one before its scan is printed.
fn learn(plan: &Plan, names: &mut Names) {
    for node in &plan.nodes {
        for name in [&node.relation, &node.alias].into_iter().flatten() {
            relation(name, names);
        }
    }
}

fn replace(plan: &mut Plan, names: &mut Names) {
    for node in &mut plan.nodes {
        step(node, names);
    }
    for notice in &mut plan.notices {
        *notice = match notice.split_once(':') {
            // `Tables missing statistics: a, b`
            Some((what, list)) => {
                let tables: Vec<String> = list
                    .split(',')
                    .map(|name| relation(name.trim(), names))
                    .collect();
                format!("{what}: {}", tables.join(", "))
            }
            None => names.known_words(notice),
        };
    }
    plan.query = plan.query.take().map(|_| "0".to_owned());
}

fn step(node: &mut Node, names: &mut Names) {
    if let Operator::Other(what) = &mut node.operator {
        *what = "Unknown Step".to_owned();
    }
    for name in [&mut node.relation, &mut node.alias].into_iter().flatten() {
        *name = relation(name, names);
    }
    if let Some(location) = &mut node.s3_location {
        *location = names.text(location.trim_matches('"'));
    }
    for detail in &mut node.details {
        detail.text = match (detail.kind, detail.text.split_once(": ")) {
            (DetailKind::Other, Some((label, value))) => {
                format!("{label}: {}", condition(value, names))
            }
            (DetailKind::Other, None) => "(left out)".to_owned(),
            _ => condition(&detail.text, names),
        };
    }
}

/// `schema.table`, with quotes or without.
fn relation(name: &str, names: &mut Names) -> String {
    let name = TableName::printed(name);
    let table = names.name(&name.name, Kind::Table);
    match &name.schema {
        Some(schema) => format!("{}.{table}", names.name(schema, Kind::Schema)),
        None => table,
    }
}

/// A condition, a sort key or another expression; one that can't be taken apart, cut
/// off in the middle of a text, goes as a whole.
fn condition(text: &str, names: &mut Names) -> String {
    let Ok(tokens) = Tokenizer::new(&RedshiftDialect, text).tokenize() else {
        return "(left out)".to_owned();
    };
    let mut out = String::with_capacity(text.len());
    // Words of a type follow `::`: `character varying`, `timestamp without time zone`.
    let mut in_type = false;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens[at + 1..]
            .iter()
            .find(|token| !matches!(token, Token::Whitespace(_)));
        match token {
            Token::Word(word) if word.quote_style.is_some() => {
                let name = names.name(&word.value, Kind::Column);
                let own = name == word.value;
                out.push_str(&if own { token.to_string() } else { name });
            }
            Token::Word(word) => {
                let folded = word.value.to_lowercase();
                let keeps = (in_type && words::is_own(&folded))
                    || (next == Some(&Token::LParen) && words::is_function(&folded));
                let qualifier = next == Some(&Token::Period);
                let kind = match next {
                    Some(Token::Period) => Kind::Table,
                    Some(Token::LParen) => Kind::Function,
                    _ => Kind::Column,
                };
                match keeps && !qualifier {
                    true => out.push_str(&word.value),
                    false => out.push_str(&names.name(&word.value, kind)),
                }
            }
            Token::SingleQuotedString(value) => {
                out.push_str(&format!("'{}'", names.text(value)));
            }
            // A length is part of a type.
            Token::Number(number, _) if !in_type => {
                out.push_str(&mapped_number(number).unwrap_or_else(|| "0".to_owned()));
            }
            token => out.push_str(&token.to_string()),
        }
        in_type = match token {
            Token::DoubleColon => true,
            Token::Word(_) | Token::Whitespace(_) | Token::LParen | Token::Number(..) => in_type,
            _ => false,
        };
    }
    out
}
