//! Names, literals and locations replaced, consistently, so that a plan can be
//! shown in public and still be explained.
//!
//! This hides what things are called and which values are asked for. It is no
//! encryption: numbers and dates keep their order and their distances, since
//! selectivity hangs on them.

mod anonymizer;
mod plan;
mod position;
mod sql;
mod stats;
mod words;

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::name;
use crate::schema::Schema;

pub use self::anonymizer::Anonymizer;
pub use self::plan::reading;
pub use self::sql::{learn, source};
pub use self::stats::{config, stats};

/// Days that dates are shifted by.
const DAYS: i64 = 1_234;

/// What a name is of; it shows in the name that replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A schema or a database.
    Schema,
    /// A table, a view, a CTE or an alias of one.
    Table,
    /// A column, or whatever else stands in an expression.
    Column,
    /// A function of the user's own.
    Function,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Kind::Schema => "schema",
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::Function => "function",
        }
    }
}

/// What replaces what: one for everything that is shown together.
#[derive(Debug, Default)]
pub struct Names {
    /// By folded name.
    names: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
    texts: HashMap<String, String>,
}

impl Names {
    /// Takes a schema's tables and columns in, in their order.
    pub fn learn(&mut self, schema: &Schema) {
        for (name, table) in &schema.tables {
            if let Some(schema) = &name.schema {
                self.name(schema, Kind::Schema);
            }
            self.hide(&name.name, Kind::Table);
            for column in &table.columns {
                self.hide(&column.name, Kind::Column);
            }
        }
    }

    fn next(&mut self, prefix: &'static str) -> String {
        let count = self.counts.entry(prefix).or_default();
        let letters = letters(*count);
        *count += 1;
        format!("{prefix}_{letters}")
    }

    /// What replaces a name, whatever it says; Redshift's system tables, and schemas that
    /// every database has, keep theirs.
    pub fn name(&mut self, name: &str, kind: Kind) -> String {
        let folded = name.to_lowercase();
        let own = name::is_system(&folded) || (kind == Kind::Schema && words::is_schema(&folded));
        match own && !self.names.contains_key(&folded) {
            true => name.to_owned(),
            false => self.hide(&folded, kind),
        }
    }

    /// What replaces a name that somebody defines.
    fn hide(&mut self, name: &str, kind: Kind) -> String {
        let folded = name.to_lowercase();
        if let Some(known) = self.names.get(&folded) {
            return known.clone();
        }
        let new = match (stored_view(&folded), folded.strip_prefix('#')) {
            _ if folded.is_empty() => return folded,
            (Some((view, number)), _) => {
                format!("mv_tbl__{}__{number}", self.name(view, Kind::Table))
            }
            // A temporary table stays one.
            (_, Some(_)) => format!("#{}", self.next(kind.prefix())),
            _ => self.next(kind.prefix()),
        };
        self.names.insert(folded, new.clone());
        new
    }

    /// What replaces a name, if it was seen.
    pub fn known(&self, name: &str) -> Option<&str> {
        self.names.get(&name.to_lowercase()).map(String::as_str)
    }

    /// A text with the names replaced that were seen; for what is not SQL.
    pub fn known_words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_alphanumeric() || c == '_' || c == '$' {
                word.push(c);
                continue;
            }
            out.push_str(self.known(&word).unwrap_or(&word));
            word.clear();
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }

    /// What replaces a text literal, without its quotes: a date shifts, a number is
    /// mapped as numbers are, a location keeps its scheme, a pattern its signs.
    pub fn text(&mut self, text: &str) -> String {
        if text.trim().is_empty() || text.chars().count() == 1 || words::is_time_word(text) {
            return text.to_owned();
        }
        if let Some(shifted) = shifted_date(text) {
            return shifted;
        }
        if let Some(number) = mapped_number(text) {
            return number;
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            let bucket = self.remembered(bucket, "bucket");
            // A folder stays one, and a file keeps how it is compressed.
            let file = key.rsplit('/').next().unwrap_or_default();
            let ending = match file.rsplit_once('.') {
                _ if key.ends_with('/') => "/",
                Some((_, ending)) if words::is_format(ending) => {
                    &file[file.len() - ending.len() - 1..]
                }
                // A name with a dot is that of a file, and one that ends in a mark that of several.
                Some(_) => ".file",
                None => match file.char_indices().last() {
                    Some((at, last)) if !last.is_alphabetic() => &file[at..],
                    _ => "",
                },
            };
            return match key.is_empty() {
                true => format!("s3://{bucket}/"),
                false => format!("s3://{bucket}/{}{ending}", self.remembered(key, "prefix")),
            };
        }
        if text.starts_with("arn:") {
            return format!(
                "arn:aws:iam::000000000000:role/{}",
                self.remembered(text, "role")
            );
        }
        if text.contains("aws_iam_role=") {
            let keys = text.split(';').filter_map(|pair| pair.split_once('='));
            let keys = keys.map(|(key, _)| format!("{key}=<hidden>"));
            return keys.collect::<Vec<_>>().join(";");
        }
        let inner = text.trim_matches(['%', '_']);
        let at = text.find(inner).unwrap_or(0);
        let (before, after) = (&text[..at], &text[at + inner.len()..]);
        format!("{before}{}{after}", self.remembered(inner, "value"))
    }

    fn remembered(&mut self, text: &str, prefix: &'static str) -> String {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new = self.next(prefix);
        self.texts.insert(text.to_owned(), new.clone());
        new
    }
}

/// Letters that spell no word: a column that ends in `_at` looks like a date.
const LETTERS: &[u8] = b"bcfghjklmnpqrsvwxz";

/// `b`, `c`, …, `z`, `bb`: columns with numbers are a finding of their own.
fn letters(mut count: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.insert(0, char::from(LETTERS[count % LETTERS.len()]));
        match (count / LETTERS.len()).checked_sub(1) {
            Some(rest) => count = rest,
            None => return letters.into_iter().collect(),
        }
    }
}

/// The view and the number in the name of a materialized view's storage.
fn stored_view(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("mv_tbl__")?.rsplit_once("__")
}

/// A text that begins with a date, with the date shifted.
fn shifted_date(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let date: Date = date.parse().ok()?;
    Some(format!("{}{rest}", date.checked_add(DAYS.days()).ok()?))
}

/// A number with as many digits after the point, mapped so that order and distances
/// in proportion stay.
fn mapped_number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !plain || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    Some(format!("{:.*}", decimals, mapped(value)))
}

/// The line through 0 that numbers are mapped by.
fn mapped(value: f64) -> f64 {
    value * 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_keep_order_and_form() {
        let mut names = Names::default();
        assert_eq!(names.text("1998-09-02"), "2002-01-18");
        assert_eq!(names.text("1998-09-02 10:00:00"), "2002-01-18 10:00:00");
        assert_eq!(names.text("12.50"), "37.50");
        assert_eq!(names.text("%green%"), "%value_b%");
        assert_eq!(names.text("green"), "value_b");
        assert_eq!(
            names.text("s3://acme-lake/sales/"),
            "s3://bucket_b/prefix_b/"
        );
        assert_eq!(names.text("3 months"), "3 months");
        assert_eq!(names.name("Orders", Kind::Table), "table_b");
        assert_eq!([17, 18].map(letters), ["z", "bb"]);
        assert_eq!(names.known_words("stale: orders, x"), "stale: table_b, x");
    }
}
