//! The keys of a bucket that are rolled back.

use std::fmt;

/// Keys that go together. No kind of it is every key of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keys {
    /// This key, and all below it as a folder: `clean/orders` and `clean/orders/…`, not
    /// `clean/orders_old/…`. Without a slash at the end.
    Below(String),
    /// All that begin so, written with a `*` at the end.
    Begin(String),
}

impl Keys {
    /// What a person wrote: `clean/orders`, `clean/orders/`, `clean/orders_*`.
    ///
    /// # Errors
    /// It would be every key of the bucket, or can't be told.
    pub fn typed(text: &str) -> Result<Self, String> {
        let (begin, text) = match text.strip_suffix('*') {
            Some(text) => (true, text),
            None => (false, text.trim_end_matches('/')),
        };
        if text.trim_matches('/').is_empty() {
            return Err(
                "an empty prefix is the whole bucket: name a part of it, as \
                        `--prefix clean/orders`"
                    .to_owned(),
            );
        }
        if text.contains('*') {
            return Err(format!("`{text}`: a `*` can only stand at the end"));
        }
        Ok(match begin {
            true => Self::Begin(text.to_owned()),
            false => Self::Below(text.to_owned()),
        })
    }

    /// Whether every key of `other` is one of these.
    pub fn contain(&self, other: &Self) -> bool {
        let (Self::Below(theirs) | Self::Begin(theirs)) = other;
        match (self, other) {
            (Self::Begin(mine), _) => theirs.starts_with(mine.as_str()),
            (Self::Below(mine), Self::Below(_)) => theirs == mine || is_below(theirs, mine),
            (Self::Below(mine), Self::Begin(_)) => is_below(theirs, mine),
        }
    }
}

fn is_below(key: &str, folder: &str) -> bool {
    key.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

impl fmt::Display for Keys {
    /// As a person writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below(text) => write!(f, "{text}/"),
            Self::Begin(text) => write!(f, "{text}*"),
        }
    }
}

/// `s3://lake/clean/orders` → the bucket and the rest.
pub fn location(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("s3://")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_prefix_ends_at_a_slash_unless_a_star_says_otherwise() {
        let keys = |text: &str| Keys::typed(text).expect(text);
        assert_eq!(keys("clean/orders"), keys("clean/orders/"));
        assert_eq!(keys("clean/orders").to_string(), "clean/orders/");
        for (wide, narrow, contains) in [
            ("clean/orders", "clean/orders/dt=2026-01-02/", true),
            ("clean/orders", "clean/orders", true),
            ("clean/orders", "clean/orders_old", false),
            ("clean/orders", "clean", false),
            ("clean/orders/dt=1", "clean/orders", false),
            ("clean/orders*", "clean/orders_old", true),
            ("clean/orders", "clean/orders*", false),
            ("clean/orders", "clean/orders/part-*", true),
            ("clean/orders/part-*", "clean/orders", false),
        ] {
            assert_eq!(
                keys(wide).contain(&keys(narrow)),
                contains,
                "{wide} {narrow}"
            );
        }
        for text in ["", "/", "*", "//", "/*", "a*b", "a**"] {
            assert!(Keys::typed(text).is_err(), "`{text}` was taken");
        }
    }
}
