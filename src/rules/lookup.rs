//! Rules by the words that people write: codes, names, the start of a code.

use std::fmt;

use similar::get_close_matches;

use super::{RuleInfo, all, registry};

/// Why a word of a selection, a setting or a comment is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Nothing between two commas, or a variable that is not set.
    #[error(
        "an empty word names no rule: name one, such as DK203, or leave the word out; \
         a variable in its place may be unset"
    )]
    Empty,
    /// No rule is called so.
    #[error("no rule is called `{word}`; the nearest is {nearest}; `distkey rule` lists them all")]
    Unknown {
        /// The word.
        word: String,
        /// The rule that comes closest.
        nearest: Named,
    },
    /// The start of a code, where one rule is wanted.
    #[error("`{0}` is only the start of a code: write the code or the name of one rule")]
    Start(String),
}

/// A rule as messages name it: code and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named(RuleInfo);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.0.code, self.0.name)
    }
}

impl RuleInfo {
    /// Whether a word is the rule's code or name.
    pub fn is_called(&self, word: &str) -> bool {
        self.code.eq_ignore_ascii_case(word) || self.name.eq_ignore_ascii_case(word)
    }

    /// Whether a word is the rule's code, its name or the start of its code.
    pub fn is_selected_by(&self, word: &str) -> bool {
        let start = self.code.get(..word.len());
        let starts = start.is_some_and(|start| start.eq_ignore_ascii_case(word));
        !word.is_empty() && (starts || self.is_called(word))
    }
}

/// The rule with this code or name.
pub fn find(code_or_name: &str) -> Option<RuleInfo> {
    let mut rules = registry().iter();
    rules.find(|rule| rule.is_called(code_or_name)).copied()
}

/// Checks a word that selects rules: a code, a name or the start of a code.
///
/// # Errors
/// A word that selects nothing.
pub fn check_selection(word: &str) -> Result<(), WordError> {
    let word = word.trim();
    if word.is_empty() {
        return Err(WordError::Empty);
    }
    if is_of_another_build(word) || all().iter().any(|rule| rule.is_selected_by(word)) {
        return Ok(());
    }
    Err(unknown(word))
}

/// Checks a word that names one rule: a code or a name.
///
/// # Errors
/// A word that names none, or only the start of a code.
pub fn check_name(word: &str) -> Result<(), WordError> {
    check_selection(word)?;
    let word = word.trim();
    match is_of_another_build(word) || find(word).is_some() {
        true => Ok(()),
        false => Err(WordError::Start(word.to_owned())),
    }
}

/// Settings are shared between builds: one without the pipeline's rules leaves
/// their codes alone.
fn is_of_another_build(word: &str) -> bool {
    let start = word.get(..3);
    cfg!(not(feature = "pipeline")) && start.is_some_and(|it| it.eq_ignore_ascii_case("DK4"))
}

fn unknown(word: &str) -> WordError {
    match nearest(word) {
        Some(rule) => WordError::Unknown {
            word: word.to_owned(),
            nearest: Named(rule),
        },
        // There is always a rule; without one no word would be needed.
        None => WordError::Empty,
    }
}

/// The rule whose code or name comes closest to a word.
fn nearest(word: &str) -> Option<RuleInfo> {
    let rules = all();
    if let Some(number) = number_of(word) {
        // Codes of one family are neighbours in number, not in spelling.
        return rules.into_iter().min_by_key(|rule| {
            number_of(rule.code).map_or(u32::MAX, |other| other.abs_diff(number))
        });
    }
    let codes: Vec<String> = rules
        .iter()
        .map(|rule| rule.code.to_ascii_lowercase())
        .collect();
    let names = rules.iter().map(|rule| rule.name);
    let words: Vec<&str> = names.chain(codes.iter().map(String::as_str)).collect();
    let close = get_close_matches(word.to_ascii_lowercase().as_str(), &words, 1, 0.0);
    let close = close.first().copied()?;
    rules.into_iter().find(|rule| rule.is_called(close))
}

/// `DK203` → 203.
fn number_of(word: &str) -> Option<u32> {
    let start = word.get(..2)?;
    let digits = start.eq_ignore_ascii_case("DK").then(|| &word[2..])?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(word: &str) -> String {
        check_selection(word).expect_err("no rule").to_string()
    }

    #[test]
    fn codes_names_and_starts_select_in_either_case() {
        for word in ["DK203", "dk203", "DK2", "D", "copy-credentials", " DK2 "] {
            assert_eq!(check_selection(word), Ok(()), "{word}");
        }
        assert_eq!(check_name("dk228"), Ok(()));
        assert_eq!(check_name("DK2"), Err(WordError::Start("DK2".to_owned())));
    }

    #[test]
    fn what_names_no_rule_is_told_with_the_nearest() {
        insta::assert_snapshot!(told("DK299"), @"no rule is called `DK299`; the nearest is DK286 `dbt-sort-auto`; `distkey rule` lists them all");
        insta::assert_snapshot!(told("copy-credential"), @"no rule is called `copy-credential`; the nearest is DK228 `copy-credentials`; `distkey rule` lists them all");
        insta::assert_snapshot!(told("large_broadcast"), @"no rule is called `large_broadcast`; the nearest is DK101 `large-broadcast`; `distkey rule` lists them all");
        insta::assert_snapshot!(told("KD203"), @"no rule is called `KD203`; the nearest is DK203 `few-valued-distkey`; `distkey rule` lists them all");
        for word in ["", " ", "\t"] {
            assert_eq!(check_selection(word), Err(WordError::Empty), "{word:?}");
        }
        // Not a prefix of any code, though each begins like one.
        for word in ["DK20333", "DK-2", "DKK", "é", "DK203 DK204"] {
            assert!(check_selection(word).is_err(), "{word}");
        }
    }
}
