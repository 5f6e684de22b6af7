//! Values that stand for what is filled in later.

use std::sync::LazyLock;

use regex::Regex;

/// One after the other, with nothing but separators between.
static PLACEHOLDERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r":\w+",
        r"%s",
        r"%\(\w+\)s",
        r"%[0-9]*[a-z]",
        r"\$\w+",
        r"\$\{[^}]*\}+",
        r"\$\([^)]*\)",
        r"\{\{.*?\}\}",
        r"\{%.*?%\}",
        r"\{[^{}]*\}",
        r"<[^<>]*>",
        r"\[[\w -]*\]",
        r"@\w+@",
        r"%\w+%",
        r"&\w+",
        r"\?",
        r"\.{3,}",
        "…",
        r"(?:AKIA|ASIA)?[xX*]+",
        r"[-_]+",
    ];
    Regex::new(&format!(r"(?s)^(?:{}|[\s;,/.])+$", forms.join("|"))).ok()
});

/// A variable joined in from the language around: `'" + key + "'`, `'''||key||'''`.
static JOINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?s)^['"\s\\]*(?:\+|\|\||%|\.).*(?:\+|\|\||\.)['"\s\\]*$"#).ok()
});

/// Whether a value is left open: empty, a parameter, a template, dots, a run of X.
pub(super) fn is_placeholder(value: &str) -> bool {
    let is = |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(value));
    let joins = value.contains(['"', '\'']) && is(&JOINED);
    value.trim().is_empty() || is(&PLACEHOLDERS) || joins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_open_is_told_from_a_value() {
        let open = [
            "",
            "  ",
            ":k",
            ":secret_key",
            "%s",
            "%(key)s",
            "$1",
            "$KEY",
            "${key}",
            "${env:KEY}",
            "{{ key }}",
            "{key}",
            "{}",
            "<secret>",
            "<access-key-id>",
            "...",
            "…",
            "XXXX",
            "xxxxxxxx",
            "****",
            "AKIAXXXXXXXXXXXXXXXX",
            "?",
            "{a}{b}",
            "\" + key + \"",
            "''||key||''",
            "___",
            "XXXX-XXXX",
            "{{ var('a') }}",
            "[your key]",
        ];
        for value in open {
            assert!(is_placeholder(value), "{value}");
        }
        let given = [
            "hunter2",
            "c2VjcmV0",
            "P@$$w0rd",
            "a*b",
            "x1",
            "abc<def",
            "ab{c",
            "pa:ss",
            "100%sure",
            "X-ray",
            "p?",
            "a.b",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
            "md5abc",
            "\"quoted\"",
        ];
        for value in given {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
