//! What the printed text of a `Filter` or condition asks of every row.

/// What a printed predicate holds, counted from its text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Predicate {
    /// Operator evaluations per row, as the planner's cost counts them.
    pub comparisons: f64,
    /// Pattern searches (`LIKE`, `ILIKE`, `SIMILAR TO`).
    pub likes: f64,
    /// POSIX regular expressions.
    pub regexes: f64,
}

impl std::ops::AddAssign for Predicate {
    fn add_assign(&mut self, other: Self) {
        self.comparisons += other.comparisons;
        self.likes += other.likes;
        self.regexes += other.regexes;
    }
}

impl Predicate {
    /// Counts the operators in a printed predicate. Literals are skipped;
    /// `= ANY ('{1,2}')` and `<> ALL ('{1,2}')` count once per element, `IS [NOT] NULL` not at all.
    pub fn read(text: &str) -> Self {
        let mut out = Self::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let Some(&byte) = bytes.get(at) else { break };
            match byte {
                b'\'' | b'"' => at = after_quoted(bytes, at),
                b'<' | b'>' | b'=' | b'~' | b'!' | b'+' | b'*' | b'/' | b'%' | b'|' | b'&'
                | b'^' | b'#' => {
                    let end = after_operator(bytes, at);
                    out.count(
                        text.get(at..end).unwrap_or_default(),
                        text.get(end..).unwrap_or_default(),
                    );
                    at = end;
                }
                b'-' if is_minus(bytes, at) => {
                    out.comparisons += 1.0;
                    at += 1;
                }
                _ => at += 1,
            }
        }
        out
    }

    fn count(&mut self, operator: &str, rest: &str) {
        match operator {
            "~~" | "!~~" | "~~*" | "!~~*" => self.likes += 1.0,
            "~" | "!~" | "~*" | "!~*" => self.regexes += 1.0,
            _ => {}
        }
        self.comparisons += elements_of_any(rest).unwrap_or(1.0);
    }
}

/// Operator evaluations per row in a printed predicate.
pub fn comparisons(text: &str) -> f64 {
    Predicate::read(text).comparisons
}

/// The offset after a quoted part that starts at `at`; doubled quotes stay inside.
fn after_quoted(bytes: &[u8], at: usize) -> usize {
    let Some(&quote) = bytes.get(at) else {
        return at + 1;
    };
    let mut i = at + 1;
    while let Some(&byte) = bytes.get(i) {
        if byte == quote {
            if bytes.get(i + 1) != Some(&quote) {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    bytes.len()
}

fn after_operator(bytes: &[u8], at: usize) -> usize {
    let tail = bytes.get(at..).unwrap_or_default();
    let len = tail
        .iter()
        .take_while(|b| b"<>=~!+*/%|&^#".contains(b))
        .count();
    at + len.max(1)
}

/// A minus between two operands, not the sign of a literal.
fn is_minus(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    before == Some(&b' ') && bytes.get(at + 1) == Some(&b' ')
}

/// The number of literals after `= ANY ('{…}'` or `<> ALL ('{…}'`, if that follows.
fn elements_of_any(rest: &str) -> Option<f64> {
    let rest = rest.trim_start();
    let inner = rest.strip_prefix("ANY").or(rest.strip_prefix("ALL"))?;
    let start = inner.find("'{")?;
    let list = inner.get(start + 2..)?;
    let list = list.get(..list.find("}'").unwrap_or(list.len()))?;
    Some(list.split(',').count() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_counted_as_the_cost_counts_them() {
        assert_eq!(comparisons("(price < 10.00)"), 1.0);
        assert_eq!(comparisons("((k / 10) > 0)"), 2.0);
        assert_eq!(comparisons("(seats IS NOT NULL)"), 0.0);
        assert_eq!(
            comparisons("((a >= 1) AND (a <= 5) AND ((b)::text = 'x''= <'::text))"),
            3.0
        );
        assert_eq!(comparisons("(id = ANY ('{1,2,3}'::integer[]))"), 3.0);
        assert_eq!(comparisons("(a > -5)"), 1.0);
    }

    #[test]
    fn patterns_are_told_from_comparisons() {
        let found = Predicate::read("(((t)::text ~~ '%x%'::text) AND ((u)::text !~ '^a'::text))");
        assert_eq!((found.likes, found.regexes), (1.0, 1.0));
        assert_eq!(Predicate::read("'unfinished").comparisons, 0.0);
    }
}
