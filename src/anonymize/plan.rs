//! A plan without its names.

use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::position::{Position, Text};
use super::sql::literal;
use super::{Kind, Names, mapped_number};
use crate::name::TableName;
use crate::plan::{Detail, DetailKind, MISSING_STATISTICS, Node, Operator, Plan, Reading};
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
    // A notice names tables as the steps do.
    let notices = plan.notices.iter().map(|text| notice(text, plan, names));
    plan.notices = notices.collect();
    for node in &mut plan.nodes {
        step(node, names);
    }
    plan.query = plan.query.take().map(|_| "0".to_owned());
}

/// Notices as Redshift words them; of others nothing is known.
fn notice(text: &str, plan: &Plan, names: &mut Names) -> String {
    const OWN: [&str; 2] = [
        "Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products",
        "Update statistics by running the ANALYZE command on these tables",
    ];
    if let Some(list) = text.strip_prefix(MISSING_STATISTICS) {
        let tables = plan.noticed(list).into_iter();
        let tables = tables.map(|noticed| table(noticed.table(), names));
        return format!(
            "{MISSING_STATISTICS} {}",
            tables.collect::<Vec<_>>().join(", ")
        );
    }
    // One that is cut off is known by its beginning.
    let begins = |own: &&&str| own.get(..20).is_some_and(|words| text.starts_with(words));
    let own = OWN.iter().find(begins);
    own.map_or("(left out)", |own| own).to_owned()
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
        let text = match (detail.kind, detail.text().split_once(": ")) {
            (DetailKind::Other, Some((label, value))) => {
                format!("{label}: {}", condition(value, names))
            }
            (DetailKind::Other, None) => "(left out)".to_owned(),
            _ => condition(detail.text(), names),
        };
        *detail = Detail::new(detail.kind, text);
    }
}

/// `schema.table`, with quotes or without.
fn relation(name: &str, names: &mut Names) -> String {
    table(&TableName::printed(name), names)
}

fn table(name: &TableName, names: &mut Names) -> String {
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
    let mut position = Position::new(Text::Plan);
    let mut before = [None, None];
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens[at + 1..]
            .iter()
            .find(|token| !matches!(token, Token::Whitespace(_)));
        let mut is_name = false;
        match token {
            Token::Word(word) => {
                is_name = position.is_name(word, (before, next), names);
                let kind = match next {
                    Some(Token::Period) => Kind::Table,
                    Some(Token::LParen) => Kind::Function,
                    _ => Kind::Column,
                };
                match is_name {
                    true => out.push_str(&names.name(&word.value, kind)),
                    false => out.push_str(&token.to_string()),
                }
            }
            token if literal(token).is_some() => {
                let value = names.text(literal(token).unwrap_or_default());
                out.push_str(&format!("'{}'", value.replace('\'', "''")));
            }
            // A length is part of a type.
            Token::Number(number, _) if !position.in_type() => {
                out.push_str(&mapped_number(number).unwrap_or_else(|| "0".to_owned()));
            }
            // Plans hold no comments: it is a part of something that was printed without quotes.
            Token::Whitespace(Whitespace::SingleLineComment { .. })
            | Token::Whitespace(Whitespace::MultiLineComment(_)) => {
                return "(left out)".to_owned();
            }
            token => out.push_str(&token.to_string()),
        }
        position.pass(token, is_name);
        if !matches!(token, Token::Whitespace(_)) {
            before = [Some(token), before[0]];
        }
    }
    out
}
