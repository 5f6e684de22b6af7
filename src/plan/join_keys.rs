//! The equalities of a join's condition.

use crate::name::Ident;

/// One equality of a join condition.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeyPair {
    /// The column of the outer side.
    pub outer: Ident,
    /// The column of the inner side.
    pub inner: Ident,
    /// A cast that keeps equal values of both sides apart.
    #[serde(skip)]
    pub cast: Option<KeyCast>,
}

/// A cast of a join's column to another kind of number or time: its values are then placed
/// by another hash than they are stored by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCast {
    /// The column.
    pub column: Ident,
    /// The type, without its length.
    pub to: &'static str,
}

impl KeyCast {
    const TYPES: [&'static str; 5] = ["numeric", "double precision", "real", "timestamp", "date"];

    /// The cast of a column to a type, if it is one of these.
    pub fn of(column: impl Into<Ident>, to: &str) -> Option<Self> {
        let to = Self::TYPES.into_iter().find(|name| to.starts_with(name))?;
        Some(Self {
            column: column.into(),
            to,
        })
    }
}

/// The equalities of a `Hash Cond` or `Merge Cond`, in order: the columns after
/// `"outer".` and `"inner".`; what stands around them is left out.
pub fn key_pairs(condition: &str) -> Vec<KeyPair> {
    let mut pairs = Vec::new();
    let mut outer: Option<Ident> = None;
    let mut inner: Option<Ident> = None;
    let mut cast: Option<KeyCast> = None;
    let mut rest = condition;
    loop {
        let next = [("\"outer\".", true), ("\"inner\".", false)]
            .iter()
            .filter_map(|(mark, is_outer)| Some((rest.find(mark)?, mark.len(), *is_outer)))
            .min();
        let Some((at, skip, is_outer)) = next else {
            return pairs;
        };
        let in_parentheses = rest[..at].ends_with('(');
        rest = &rest[at + skip..];
        let (name, after) = leading_name(rest);
        if let (true, Some(to)) = (in_parentheses, after.strip_prefix(")::")) {
            cast = cast.take().or_else(|| KeyCast::of(name.clone(), to));
        }
        let side = if is_outer { &mut outer } else { &mut inner };
        side.get_or_insert(name);
        if let (Some(outer), Some(inner)) = (&outer, &inner) {
            pairs.push(KeyPair {
                outer: outer.clone(),
                inner: inner.clone(),
                cast: cast.take(),
            });
        }
        if outer.is_some() && inner.is_some() {
            (outer, inner) = (None, None);
        }
    }
}

/// The name at the start of a text, without its quotes, and what follows it.
fn leading_name(text: &str) -> (Ident, &str) {
    let end = match text.starts_with('"') {
        true => end_of_quoted(text),
        false => text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$' | '#')),
    };
    let (name, after) = text.split_at(end.unwrap_or(text.len()));
    (Ident::printed(name), after)
}

/// Where the quoted name at the start of a text ends; a doubled quote does not end it.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut quotes = text.match_indices('"').skip(1).peekable();
    while let Some((at, _)) = quotes.next() {
        match quotes.peek() {
            Some((next, _)) if *next == at + 1 => quotes.next(),
            _ => return Some(at + 1),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_keys_are_paired_whatever_stands_around_them() {
        let text =
            r#"((("outer".name)::text = ("inner".label)::text) AND ("inner"."time" = "outer".t))"#;
        let pairs = key_pairs(text);
        let names: Vec<_> = pairs
            .iter()
            .map(|p| (p.outer.as_str(), p.inner.as_str()))
            .collect();
        assert_eq!(names, [("name", "label"), ("t", "time")]);
        assert!(key_pairs("\"outer\".").len() <= 1);
    }
}
