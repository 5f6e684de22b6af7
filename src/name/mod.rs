//! Names of tables and columns: read, folded and compared as Redshift does, written so that they
//! are read back as the same name.

mod nearest;
mod reserved;
mod resolve;

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

pub use nearest::nearest;
pub(crate) use reserved::is_reserved;
pub(crate) use resolve::DEFAULT_PATH;
pub use resolve::{Resolved, of_name, resolve};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// One part of a name, as the catalog keeps it: without quotes. Up to 24 bytes it takes no memory
/// beside itself: most of a large schema is names.
///
/// Dereferences to the bare text, which is what is compared and looked up. `Display` is how SQL
/// spells it: quoted unless it is a plain identifier and no reserved word.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Ident(#[schemars(with = "String")] CompactString);

impl Ident {
    /// A name as it stands in SQL, already without quotes. Redshift folds ASCII letters to lower
    /// case, in quotes too unless `enable_case_sensitive_identifier` is on (AWS: Names and
    /// identifiers).
    pub fn folded(text: &str) -> Self {
        let mut name = CompactString::from(text);
        name.make_ascii_lowercase();
        Self(name)
    }

    /// A name as the catalog or a plan has it, whose case is kept.
    pub fn exact(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().into())
    }

    /// A name as SQL or a plan prints it, perhaps in quotes; its case is kept.
    pub fn printed(text: &str) -> Self {
        Self(parts(text).pop().unwrap_or_default().into())
    }

    /// A name that a person wrote on the command line, in settings or in statistics: perhaps in
    /// quotes, and folded.
    pub fn typed(text: &str) -> Self {
        Self::folded(&Self::printed(text.trim()))
    }

    /// A name as the system tables export it: bare, so that a dot or a quote is part of it; folded,
    /// as the DDL is.
    pub fn exported(text: &str) -> Self {
        match text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
            true => Self::typed(text),
            false => Self::folded(text),
        }
    }

    /// The bare text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text of SQL may hold this name: false only where it can't.
    pub fn may_stand_in(&self, sql: &str) -> bool {
        let folded = sql.to_ascii_lowercase();
        folded.contains(&self.0.to_ascii_lowercase().replace('"', "\"\""))
    }

    /// Whether SQL takes it without quotes: an ASCII letter, an underscore or any letter outside
    /// ASCII first, then digits and `$` as well, and no reserved word (AWS: Names and
    /// identifiers). A `#` first names a temporary table.
    pub fn is_plain(&self) -> bool {
        let bare = self.0.strip_prefix('#').unwrap_or(&self.0);
        let starts =
            |c: char| c == '_' || c.is_ascii_lowercase() || c.is_alphabetic() && !c.is_ascii();
        let goes_on = |c: char| starts(c) || c.is_ascii_digit() || c == '$';
        bare.starts_with(starts) && bare.chars().all(goes_on) && !reserved::is_reserved(bare)
    }
}

impl<'de> Deserialize<'de> for Ident {
    /// A name that a person wrote, in settings: perhaps in quotes, and folded.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::typed(&text))
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_plain() {
            true => f.write_str(&self.0),
            false => write!(f, "\"{}\"", self.0.replace('"', "\"\"")),
        }
    }
}

impl From<&str> for Ident {
    /// [`Ident::typed`].
    fn from(text: &str) -> Self {
        Self::typed(text)
    }
}

impl Deref for Ident {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Ident {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Ident {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<Ident> for String {
    fn eq(&self, other: &Ident) -> bool {
        *self == *other.0
    }
}

impl PartialEq<Ident> for str {
    fn eq(&self, other: &Ident) -> bool {
        *self == *other.0
    }
}

impl PartialEq<String> for Ident {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

/// A table, view or materialized view. Ordered by name, then schema, so that all tables of one
/// name stand together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TableName {
    /// The schema, or `None` where the search path decides.
    pub schema: Option<Ident>,
    /// The name.
    pub name: Ident,
}

/// What names in Redshift's own schemas and its temporary results begin with.
const OWN_PREFIXES: &[&str] = &[
    "pg_", "stl_", "stv_", "svv_", "svl_", "svcs_", "sys_", "volt_", "stcs_",
];

/// Whether a name is one of Redshift's own objects: a system table or a temporary result.
pub fn is_system(name: &str) -> bool {
    OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl TableName {
    /// Whether nobody can alter it: one of Redshift's own objects, or the rows that it keeps for
    /// a materialized view.
    pub fn is_redshifts_own(&self) -> bool {
        is_system(&self.name) || self.name.starts_with("mv_tbl__")
    }

    /// A table of a schema, or of the search path.
    pub fn new(schema: Option<Ident>, name: Ident) -> Self {
        Self { schema, name }
    }

    /// A name as SQL or a plan prints it: `orders`, `sales.orders`, `dev.sales."Order Items"`.
    /// Case is kept; a database is left out, since there is one.
    pub fn printed(text: &str) -> Self {
        Self::of_parts(parts(text))
    }

    /// A name that a person wrote on the command line, in settings or in statistics: as
    /// [`TableName::printed`], and folded.
    pub fn typed(text: &str) -> Self {
        let parts = parts(text.trim());
        Self::of_parts(parts.iter().map(|part| part.to_ascii_lowercase()).collect())
    }

    fn of_parts(mut parts: Vec<String>) -> Self {
        let name = Ident(parts.pop().unwrap_or_default().into());
        Self {
            schema: parts.pop().map(|part| Ident(part.into())),
            name,
        }
    }

    /// The same name in lower case: what it is where identifiers are not case-sensitive.
    pub fn to_folded(&self) -> Self {
        Self {
            schema: self.schema.as_deref().map(Ident::folded),
            name: Ident::folded(&self.name),
        }
    }

    /// Whether both mean one table, where either may lack its schema.
    pub fn matches(&self, other: &Self) -> bool {
        let schemas = self.schema.as_ref().zip(other.schema.as_ref());
        self.name == other.name && schemas.is_none_or(|(mine, theirs)| mine == theirs)
    }

    /// Its parts with dots between and no quotes: for documents and keys, not for SQL.
    pub fn bare(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", schema.0, self.name.0),
            None => self.name.0.to_string(),
        }
    }
}

impl From<&str> for TableName {
    /// [`TableName::typed`].
    fn from(text: &str) -> Self {
        Self::typed(text)
    }
}

impl Ord for TableName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.name, &self.schema).cmp(&(&other.name, &other.schema))
    }
}

impl PartialOrd for TableName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TableName {
    /// As SQL spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

impl Serialize for TableName {
    /// [`TableName::bare`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.bare())
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnRef {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: Ident,
}

impl ColumnRef {
    /// A column that a person wrote: `orders.price`, `sales.orders.price`; `None` where the table
    /// is missing.
    pub fn typed(text: &str) -> Option<Self> {
        let mut parts: Vec<String> = parts(text.trim())
            .iter()
            .map(|part| part.to_ascii_lowercase())
            .collect();
        let column = Ident(parts.pop()?.into());
        (!parts.is_empty()).then(|| Self {
            table: TableName::of_parts(parts),
            column,
        })
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl Serialize for ColumnRef {
    /// Table and column with a dot between and no quotes.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}.{}", self.table.bare(), self.column.0))
    }
}

/// Names as SQL lists them: `a, "b c"`.
pub fn list<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    let names = names.into_iter().map(|name| name.to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// A text in two at the first such character outside quotes: `"a=b"=c`.
pub fn split_once(text: &str, at: char) -> Option<(&str, &str)> {
    let mut quoted = false;
    let place = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == at && !quoted
    })?;
    Some((&text[..place.0], &text[place.0 + at.len_utf8()..]))
}

/// The items of a list with commas between; those in quotes don't part.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let text = rest?;
        let (item, after) = match split_once(text, ',') {
            Some((item, after)) => (item, Some(after)),
            None => (text, None),
        };
        rest = after;
        Some(item)
    })
}

/// The parts of a dotted name; dots in quotes don't part, doubled quotes are one.
fn parts(text: &str) -> Vec<String> {
    if !text.contains('"') {
        return text.split('.').map(str::to_owned).collect();
    }
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                push(&mut parts, '"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c => push(&mut parts, c),
        }
    }
    parts
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_go_without_quotes() {
        let written = |text: &str| Ident::folded(text).to_string();
        for plain in [
            "orders", "_x", "a1$", "größe", "數量", "#recent", "time", "start",
        ] {
            assert_eq!(written(plain), plain);
        }
        for (name, quoted) in [
            ("Order Items", "\"order items\""),
            ("order", "\"order\""),
            ("GROUP", "\"group\""),
            ("tag", "\"tag\""),
            ("1st", "\"1st\""),
            ("$x", "\"$x\""),
            ("a-b", "\"a-b\""),
            ("a\u{a0}b", "\"a\u{a0}b\""),
            ("", "\"\""),
            ("x; DROP TABLE y; --", "\"x; drop table y; --\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("#a b", "\"#a b\""),
        ] {
            assert_eq!(written(name), quoted);
        }
        // Such a name comes from a cluster whose identifiers are case-sensitive.
        assert_eq!(Ident::printed("\"Mixed\"").to_string(), "\"Mixed\"");
    }

    #[test]
    fn ascii_letters_are_folded_and_no_others() {
        assert_eq!(Ident::folded("ÄB").as_str(), "Äb");
        assert_eq!(
            TableName::typed("Sales.\"Order.Items\"").bare(),
            "sales.order.items"
        );
        assert_eq!(
            TableName::typed("Sales.\"Order.Items\"").to_string(),
            "sales.\"order.items\""
        );
    }

    #[test]
    fn only_signs_outside_quotes_part_a_text() {
        assert_eq!(split_once("t=c", '='), Some(("t", "c")));
        assert_eq!(
            split_once(r#""a=b"="c=d""#, '='),
            Some((r#""a=b""#, r#""c=d""#))
        );
        assert_eq!(
            split_once(r#""a""=b".t=c"#, '='),
            Some((r#""a""=b".t"#, "c"))
        );
        assert_eq!(split_once(r#""a=b""#, '='), None);
        let of = |list| items(list).collect::<Vec<_>>();
        assert_eq!(of("a, b"), ["a", " b"]);
        assert_eq!(of(r#""a,b","c""#), [r#""a,b""#, r#""c""#]);
        assert_eq!(of("a,"), ["a", ""]);
        assert_eq!(of(""), [""]);
    }

    #[test]
    fn dots_part_names_unless_they_are_quoted() {
        let name = TableName::printed("dev.sales.\"a \"\"b\"\".c\"");
        assert_eq!(name.schema.as_deref(), Some("sales"));
        assert_eq!(name.name.as_str(), "a \"b\".c");
        assert_eq!(TableName::printed(&name.to_string()), name);
        let column = ColumnRef::typed("Sales.Orders.\"Unit Price\"").expect("a column");
        assert_eq!(column.to_string(), "sales.orders.\"unit price\"");
        assert_eq!(ColumnRef::typed("price"), None);
    }
}
