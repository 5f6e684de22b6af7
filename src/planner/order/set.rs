//! Sets of relations.

use crate::planner::logical::tree::MOST_JOINED;

const WORDS: usize = MOST_JOINED.div_ceil(64);

/// A set of relations, by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Set([u64; WORDS]);

impl Set {
    /// The set of one relation.
    pub(crate) fn of(i: usize) -> Self {
        Self::default().with(i)
    }

    /// The set of the first `n` relations.
    pub(crate) fn first(n: usize) -> Self {
        (0..n).fold(Self::default(), Self::with)
    }

    /// This set and one relation more.
    #[must_use]
    pub(crate) fn with(mut self, i: usize) -> Self {
        debug_assert!(i < MOST_JOINED, "checked before a set is made");
        if let Some(word) = self.0.get_mut(i / 64) {
            *word |= 1 << (i % 64);
        }
        self
    }

    /// Whether a relation is in it.
    pub(crate) fn contains(&self, i: usize) -> bool {
        self.0
            .get(i / 64)
            .is_some_and(|word| word >> (i % 64) & 1 == 1)
    }

    /// Whether both have a relation in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether all its relations are in the other.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_up_to_the_most_has_a_bit_of_its_own() {
        for i in [0, 63, 64, 127, 128, MOST_JOINED - 1] {
            let set = Set::of(i);
            assert!(set.contains(i), "{i}");
            assert!(
                (0..MOST_JOINED)
                    .filter(|other| set.contains(*other))
                    .count()
                    == 1
            );
            assert!(
                set.is_within(&Set::first(i + 1)) && !set.meets(&Set::first(i)),
                "{i}"
            );
        }
    }
}
