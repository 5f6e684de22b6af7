//! Numbers in a line of text, so that two lines can be the same but for these.

use crate::text::units;

/// A line with its numbers taken out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figures {
    /// The line with `#` for each number and its unit.
    pub words: String,
    /// The numbers, in the base of their unit: milliseconds, bytes, ones.
    pub values: Vec<f64>,
}

impl Figures {
    /// Reads a line. What stands in backticks, or is part of a word, is no number.
    pub(super) fn of(line: &str) -> Self {
        let mut words = String::with_capacity(line.len());
        let mut values = Vec::new();
        let (mut rest, mut quoted, mut in_word) = (line, false, false);
        while let Some(first) = rest.chars().next() {
            let number = match quoted || in_word {
                true => None,
                false => number(rest),
            };
            if let Some((value, length)) = number {
                values.push(value);
                words.push('#');
                rest = &rest[length..];
                in_word = true;
                continue;
            }
            quoted ^= first == '`';
            in_word = first.is_alphanumeric() || "_.:/-@$".contains(first);
            words.push(first);
            rest = &rest[first.len_utf8()..];
        }
        Self { words, values }
    }

    /// By how much the numbers differ at most, as a share of the larger; `None` where the words
    /// differ.
    pub(super) fn away(&self, other: &Self) -> Option<f64> {
        if self.words != other.words {
            return None;
        }
        let each = self.values.iter().zip(&other.values);
        let away = each.map(|(a, b)| match a.abs().max(b.abs()) {
            0.0 => 0.0,
            most => (a - b).abs() / most,
        });
        Some(away.fold(0.0, f64::max))
    }
}

/// A number with its unit at the start of a text, and how long both are.
fn number(text: &str) -> Option<(f64, usize)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let run = |text: &str, of: fn(char) -> bool| text.find(|c| !of(c)).unwrap_or(text.len());
    let digits = run(text, |c| c.is_ascii_digit() || c == ',' || c == '.');
    // A comma or point that ends a clause is none of the number.
    let mut digits = text[..digits].trim_end_matches([',', '.']).len();
    // `1.00e15`
    if let Some(power) = text[digits..].strip_prefix('e') {
        digits += match run(power, |c| c.is_ascii_digit()) {
            0 => 0,
            length => 1 + length,
        };
    }
    let value: f64 = text[..digits].replace(',', "").parse().ok()?;
    let after = &text[digits..];
    if let Some(spaced) = after.strip_prefix(' ') {
        let end = run(spaced, |c| c.is_ascii_alphabetic());
        if let Some(factor) = units::factor(&spaced[..end]) {
            return Some((value * factor, digits + 1 + end));
        }
    }
    // `2nd`, `3x`, `10.4xlarge:4` are words.
    let ends = !after.starts_with(|c: char| c.is_alphanumeric() || "_.:/-".contains(c));
    ends.then_some((value, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_unit_and_words_have_none() {
        let of = |line| Figures::of(line);
        assert_eq!(of("370 ms (170 ms to 1.5 s)").words, "# (# to #)");
        assert_eq!(
            of("370 ms (170 ms to 1.5 s)").values,
            [370.0, 170.0, 1500.0]
        );
        assert_eq!(of("50 million rows, 2.9 GB").values, [5e7, 2.9e9]);
        assert_eq!(of("3,600 blocks.").values, [3600.0]);
        for words in [
            "ra3.4xlarge:4",
            "`dim_2024 3`",
            "DK207",
            "SORTKEY(c1)",
            "queries/7.sql",
            "volt_tt_0",
            "DECIMAL(12,0)x",
        ] {
            let values = of(words).values;
            assert!(
                values.is_empty() || words.starts_with("DECIMAL"),
                "{words}: {values:?}"
            );
        }
    }

    #[test]
    fn how_far_two_lines_are_apart() {
        let away = |a, b| Figures::of(a).away(&Figures::of(b));
        assert_eq!(away("moves 10 MB", "moves 10 MB"), Some(0.0));
        assert_eq!(away("moves 10 MB", "moves 9,000 kB"), Some(0.1));
        assert_eq!(away("moves 0 bytes", "moves 32 bytes"), Some(1.0));
        assert_eq!(away("moves 10 MB", "reads 10 MB"), None);
    }
}
