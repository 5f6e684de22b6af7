//! Typing errors of keywords.

use crate::name::nearest;

/// Letters of the shortest word that is called misspelt.
const SHORTEST: usize = 3;

/// The keyword that a word, in capitals like them, is or is a typing error of.
pub(super) fn near<'k>(word: &str, keywords: &[&'k str]) -> Option<&'k str> {
    if let Some(same) = keywords.iter().find(|keyword| **keyword == word) {
        return Some(same);
    }
    // One letter of two makes another word.
    if word.chars().count() < SHORTEST {
        return None;
    }
    let nearest = nearest(word, keywords.iter().copied())?;
    keywords.iter().copied().find(|keyword| *keyword == nearest)
}
