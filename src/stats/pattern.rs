//! LIKE patterns: what they begin with, and which texts fit them.

/// A LIKE pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// What every text that fits begins with.
    prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    /// `_`
    One,
    /// `%`
    Any,
}

impl Pattern {
    /// Reads a pattern whose escape is a backslash, Redshift's default (AWS: LIKE).
    pub(super) fn read(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            parts.push(match c {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Char(chars.next().unwrap_or('\\')),
                c => Part::Char(c),
            });
        }
        let prefix = parts.iter().map_while(|part| match part {
            Part::Char(c) => Some(*c),
            Part::One | Part::Any => None,
        });
        Self {
            prefix: prefix.collect(),
            parts,
        }
    }

    /// The one text that fits, where the pattern has no wildcard.
    pub(super) fn only(&self) -> Option<String> {
        (self.prefix.chars().count() == self.parts.len()).then(|| self.prefix.clone())
    }

    /// What every text that fits begins with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether every text with the prefix fits.
    pub(super) fn is_prefix(&self) -> bool {
        let after = self.parts.get(self.prefix.chars().count()..);
        after.is_some_and(|after| !after.is_empty() && after.iter().all(|part| *part == Part::Any))
    }

    /// Whether every text fits.
    pub(super) fn fits_all(&self) -> bool {
        self.prefix.is_empty() && self.is_prefix()
    }

    /// Whether a text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut part) = (0, 0);
        // The last `%`, and how much of the text it has taken.
        let mut back: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    back = Some((part, at));
                    part += 1;
                }
                Some(Part::One) => (at, part) = (at + 1, part + 1),
                Some(Part::Char(c)) if text.get(at) == Some(c) => (at, part) = (at + 1, part + 1),
                _ => match back {
                    Some((any, taken)) => {
                        back = Some((any, taken + 1));
                        (at, part) = (taken + 1, any + 1);
                    }
                    None => return false,
                },
            }
        }
        let rest = self.parts.get(part..).unwrap_or_default();
        rest.iter().all(|part| *part == Part::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_redshift_says_they_do() {
        for (pattern, fits, not) in [
            ("a%", "abc", "ba"),
            ("%b%", "abc", "acd"),
            ("a_c", "abc", "abbc"),
            (r"10\%", "10%", "100"),
            ("%aab", "aaaab", "aaba"),
            ("", "", "x"),
            ("%", "", "\u{0}no"),
        ] {
            let read = Pattern::read(pattern);
            assert!(read.fits(fits), "{pattern} {fits}");
            assert!(!read.fits(not) || read.fits_all(), "{pattern} {not}");
        }
        assert_eq!(Pattern::read("ab%").prefix(), "ab");
        assert!(Pattern::read("ab%").is_prefix() && !Pattern::read("ab%c").is_prefix());
        assert_eq!(Pattern::read(r"a\_b").only().as_deref(), Some("a_b"));
        assert_eq!(Pattern::read("a_b").only(), None);
    }
}
