//! Sentences with code in backticks, as HTML.

use std::fmt::Write;

use askama::filters::Safe;

/// A sentence, escaped, with what stands in backticks as code. A backtick without a
/// second one stays as it is.
pub(super) fn rich(text: &str) -> Safe<String> {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, code, after)) = code_span(rest) {
        escape(before, &mut out);
        out.push_str("<code>");
        escape(code, &mut out);
        out.push_str("</code>");
        rest = after;
    }
    escape(rest, &mut out);
    Safe(out)
}

fn code_span(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

fn escape(text: &str, out: &mut String) {
    let escaped = askama::filters::escape(text, askama::filters::Html);
    match escaped {
        Ok(escaped) => {
            let _ = write!(out, "{escaped}");
        }
        Err(error) => match error {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_everything_is_escaped() {
        assert_eq!(
            rich("`a<b>` is & `c").0,
            "<code>a&#60;b&#62;</code> is &#38; `c"
        );
    }
}
