//! PostgreSQL's text of an array, as `pg_stats` shows frequencies and values.

/// Why a text is no array of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArrayError {
    /// It does not begin and end with braces.
    #[error("it stands in no braces")]
    NoBraces,
    /// An array in an array.
    #[error("it holds arrays")]
    Nested,
    /// A quote that is not closed, or text around a quoted element.
    #[error("its quotes don't match")]
    Quotes,
}

/// The elements of an array's text: `{a,"b,c",NULL}` are `a`, `b,c` and none. Quoted elements
/// may hold commas, braces, and quotes and backslashes behind a backslash; an unquoted `NULL` in
/// any case is none, a quoted one is a text (PostgreSQL: Array Input and Output Syntax).
pub(super) fn elements(text: &str) -> Result<Vec<Option<String>>, ArrayError> {
    let text = text.trim();
    // Bounds that differ from 1 stand in front: `[0:2]={1,2,3}`.
    let text = match text.split_once("]=") {
        Some((bounds, rest)) if bounds.starts_with('[') => rest,
        _ => text,
    };
    let inner = text.strip_prefix('{').ok_or(ArrayError::NoBraces)?;
    let inner = inner.strip_suffix('}').ok_or(ArrayError::NoBraces)?;
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    let mut element = Element::default();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => element.push(chars.next().ok_or(ArrayError::Quotes)?)?,
            '"' if element.inside => {
                element.inside = false;
                element.closed = true;
            }
            '"' if element.text.trim().is_empty() && !element.closed => {
                element = Element {
                    inside: true,
                    quoted: true,
                    ..Element::default()
                };
            }
            '"' => return Err(ArrayError::Quotes),
            c if element.inside => element.text.push(c),
            '{' | '}' => return Err(ArrayError::Nested),
            ',' => out.push(std::mem::take(&mut element).value()),
            c => element.push(c)?,
        }
    }
    if element.inside {
        return Err(ArrayError::Quotes);
    }
    out.push(element.value());
    Ok(out)
}

/// An element as far as it is read.
#[derive(Debug, Default)]
struct Element {
    text: String,
    quoted: bool,
    inside: bool,
    closed: bool,
}

impl Element {
    fn push(&mut self, c: char) -> Result<(), ArrayError> {
        match self.closed {
            true if c.is_whitespace() => Ok(()),
            true => Err(ArrayError::Quotes),
            false => {
                self.text.push(c);
                Ok(())
            }
        }
    }

    fn value(self) -> Option<String> {
        if self.quoted {
            return Some(self.text);
        }
        let text = self.text.trim();
        (!text.eq_ignore_ascii_case("null")).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Option<String>> {
        elements(text).expect(text)
    }

    #[test]
    fn elements_are_taken_as_postgresql_writes_them() {
        let some = |texts: &[&str]| -> Vec<Option<String>> {
            texts.iter().map(|text| Some((*text).to_owned())).collect()
        };
        assert_eq!(read("{0.1,0.05}"), some(&["0.1", "0.05"]));
        assert_eq!(read(r#"{"",a,"b,c"}"#), some(&["", "a", "b,c"]));
        assert_eq!(
            read(r#"{"say \"no\"","a\\b"}"#),
            some(&["say \"no\"", "a\\b"])
        );
        assert_eq!(
            read(r#"{"NULL","{1}"," x "}"#),
            some(&["NULL", "{1}", " x "])
        );
        assert_eq!(read("{NULL,null,1}"), [None, None, Some("1".to_owned())]);
        assert_eq!(read("[0:1]={7, 8}"), some(&["7", "8"]));
        assert_eq!(read("{}"), []);
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for (text, why) in [
            ("0.1,0.05", ArrayError::NoBraces),
            ("{1,2", ArrayError::NoBraces),
            ("{{1},{2}}", ArrayError::Nested),
            (r#"{"a}"#, ArrayError::Quotes),
            (r#"{"a"b}"#, ArrayError::Quotes),
            (r#"{a"b"}"#, ArrayError::Quotes),
        ] {
            assert_eq!(elements(text), Err(why), "{text}");
        }
    }
}
