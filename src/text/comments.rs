//! Comments of SQL, told from quotes and operators.

/// The comments of a piece of SQL with the offsets where they begin, without what stands in
/// quotes. Comments in `/* … */` nest, as in PostgreSQL.
pub fn comments(sql: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += sql[at..].find(['\'', '"', '-', '/'])?;
            let here = &sql[at..];
            let (length, is_comment) = if let Some(after) = here.strip_prefix("--") {
                (after.find('\n').map_or(here.len(), |end| end + 2), true)
            } else if here.starts_with("/*") {
                (block(here), true)
            } else if let Some(quote) = here.chars().next().filter(|c| matches!(c, '\'' | '"')) {
                let close = here[1..].find(quote);
                (close.map_or(here.len(), |end| end + 2), false)
            } else {
                (1, false)
            };
            let start = at;
            at += length;
            if is_comment {
                return Some((start, &here[..length]));
            }
        }
    })
}

/// The length of a comment that begins with `/*`; all there is, where it has no end.
fn block(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn comments_are_told_from_quotes_and_operators() {
        let found = |sql| super::comments(sql).collect::<Vec<_>>();
        assert_eq!(
            found("a -- one\nb /* two\n */ c --three"),
            [(2, "-- one"), (11, "/* two\n */"), (24, "--three")]
        );
        assert_eq!(
            found("'-- no' \"/* no */\" a - b / c 'it''s -- no'"),
            [(0, ""); 0]
        );
        assert_eq!(found("/* open"), [(0, "/* open")]);
        assert_eq!(found("'open -- no"), [(0, ""); 0]);
        assert_eq!(
            found("a /* b /* c */ d */ e /*/ f */"),
            [(2, "/* b /* c */ d */"), (22, "/*/ f */")]
        );
    }
}
