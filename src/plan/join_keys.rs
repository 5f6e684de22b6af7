//! The equalities of a join's condition.

use super::key_list::key_columns;
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
    /// Whether the outer, and the inner, side compares something that is computed from its column,
    /// rather than the column or a cast of it.
    #[serde(skip)]
    pub computed: [bool; 2],
}

impl KeyPair {
    /// Whether the outer, and the inner, side compares what its table stores: rows that are
    /// distributed by the column then lie where the join looks for them.
    pub fn compares_stored(&self) -> [bool; 2] {
        let is_cast = |name: &Ident| self.cast.as_ref().is_some_and(|cast| cast.column == *name);
        let [outer, inner] = self.computed;
        [
            !outer && !is_cast(&self.outer),
            !inner && !is_cast(&self.inner),
        ]
    }
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

    /// The cast that a join's `Outer Dist Key` or `Inner Dist Key` shows: `(o.buyer_id)::numeric`.
    pub fn of_dist_key(text: &str) -> Option<Self> {
        let (_, to) = text.trim().rsplit_once("::")?;
        let keys = key_columns(text);
        let [Some(column)] = keys.as_slice() else {
            return None;
        };
        Self::of(column.clone(), to)
    }
}

/// Puts the columns of a join's condition together as they come: the first of each side is a pair.
#[derive(Debug, Default)]
pub struct Pairing {
    /// The first column of the outer and of the inner side, and whether the join compares
    /// something that is computed from it.
    sides: [Option<(Ident, bool)>; 2],
    cast: Option<KeyCast>,
    pairs: Vec<KeyPair>,
}

impl Pairing {
    /// A column of a side.
    pub fn column(&mut self, is_outer: bool, name: Ident, computed: bool) {
        self.sides[usize::from(!is_outer)].get_or_insert((name, computed));
        if let [Some(_), Some(_)] = self.sides
            && let [Some((outer, of_outer)), Some((inner, of_inner))] =
                std::mem::take(&mut self.sides)
        {
            self.pairs.push(KeyPair {
                outer,
                inner,
                cast: self.cast.take(),
                computed: [of_outer, of_inner],
            });
        }
    }

    /// A cast of the pair that is being put together: the first counts.
    pub fn cast(&mut self, cast: impl FnOnce() -> Option<KeyCast>) {
        self.cast = self.cast.take().or_else(cast);
    }

    /// All pairs, in order.
    pub fn pairs(self) -> Vec<KeyPair> {
        self.pairs
    }
}

/// The equalities of a `Hash Cond` or `Merge Cond`, in order: the columns after
/// `"outer".` and `"inner".`; what stands around them is left out.
pub fn key_pairs(condition: &str) -> Vec<KeyPair> {
    let mut pairing = Pairing::default();
    let mut rest = condition;
    loop {
        let next = [("\"outer\".", true), ("\"inner\".", false)]
            .iter()
            .filter_map(|(mark, is_outer)| Some((rest.find(mark)?, mark.len(), *is_outer)))
            .min();
        let Some((at, skip, is_outer)) = next else {
            return pairing.pairs();
        };
        let before = &rest[..at];
        rest = &rest[at + skip..];
        let (name, after) = leading_name(rest);
        if let (true, Some(to)) = (before.ends_with('('), after.strip_prefix(")::")) {
            pairing.cast(|| KeyCast::of(name.clone(), to));
        }
        let computed = !(starts_operand(before) && ends_operand(after));
        pairing.column(is_outer, name, computed);
    }
}

/// Whether nothing but parentheses stands between the start of an operand and the column that
/// follows this text.
fn starts_operand(before: &str) -> bool {
    let opened = before.trim_end_matches('(');
    let word = opened.trim_end();
    word.is_empty()
        || opened.len() > word.len() && ["=", "AND", "OR"].iter().any(|mark| word.ends_with(mark))
}

/// Whether nothing but casts and parentheses stands between a column and the end of the operand
/// that this text follows.
fn ends_operand(after: &str) -> bool {
    let mut rest = after;
    loop {
        rest = rest.trim_start();
        if let Some(more) = rest.strip_prefix(')') {
            rest = more;
        } else if let Some(cast) = rest.strip_prefix("::") {
            // A type is words, and perhaps its length.
            let words = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ');
            let end = cast.find(|c: char| !words(c)).unwrap_or(cast.len());
            let length = cast[end..]
                .strip_prefix('(')
                .and_then(|l| l.split_once(')'));
            let end = cast[..end].find(" AND").unwrap_or(end);
            rest = match length {
                Some((_, more)) => more,
                None => &cast[end..],
            };
        } else {
            let ends = ["=", "AND ", "OR "];
            return rest.is_empty() || ends.iter().any(|mark| rest.starts_with(mark));
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

    #[test]
    fn what_is_computed_from_a_column_is_not_what_its_table_stores() {
        for (text, stored) in [
            (r#"("outer".a = "inner".b)"#, [true, true]),
            (
                r#"(("outer".a)::text = ("inner".b)::character varying(20))"#,
                [true, true],
            ),
            (r#"(("outer".a)::bigint = "inner".b)"#, [true, true]),
            (r#"(("outer".a)::numeric(18,2) = "inner".b)"#, [false, true]),
            (
                r#"("outer".a = ("inner".b)::double precision)"#,
                [true, false],
            ),
            (
                r#"(date_trunc('day'::text, "outer".a) = "inner".b)"#,
                [false, true],
            ),
            (r#"(lower(("outer".a)::text) = "inner".b)"#, [false, true]),
            (r#"("outer".a = ("inner".b + 1))"#, [true, false]),
            (r#"(("outer".a || 'x'::text) = "inner".b)"#, [false, true]),
            (r#"(COALESCE("outer".a, 0) = "inner".b)"#, [false, true]),
            (r#"("outer".a = "inner".b"#, [true, true]),
        ] {
            let pairs = key_pairs(text);
            let found: Vec<_> = pairs.iter().map(KeyPair::compares_stored).collect();
            assert_eq!(found, [stored], "{text}");
        }
        let several = r#"((("outer".a)::text = ("inner".b)::text) AND (upper("outer".c) = "inner".d) AND ("outer".e = "inner".f))"#;
        let found: Vec<_> = key_pairs(several)
            .iter()
            .map(KeyPair::compares_stored)
            .collect();
        assert_eq!(found, [[true, true], [false, true], [true, true]]);
    }

    #[test]
    fn a_label_shows_the_cast_that_the_condition_leaves_out() {
        let to = |text| KeyCast::of_dist_key(text).map(|cast| (cast.column.to_string(), cast.to));
        let cast = |to| Some(("buyer_id".to_owned(), to));
        assert_eq!(to("(o.buyer_id)::numeric"), cast("numeric"));
        assert_eq!(
            to("(\"o\".\"buyer_id\")::double precision"),
            cast("double precision")
        );
        assert_eq!(to("((o.buyer_id)::numeric)"), cast("numeric"));
        assert_eq!(to("o.buyer_id"), None);
        assert_eq!(to("(o.buyer_id)::text"), None);
        assert_eq!(to("(o.buyer_id)::bigint"), None);
    }
}
