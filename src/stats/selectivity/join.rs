//! What an equality with another column selects.

use crate::stats::Common;

use super::Known;
use super::values::text_of;

impl Known<'_> {
    /// The share of all pairs of rows whose values are equal; `None` without distinct counts.
    /// Values that are most common on both sides meet each other, the rest of each side meets the
    /// other's as evenly as its distinct values allow, and NULL meets nothing.
    pub fn joined(&self, other: &Known<'_>) -> Option<f64> {
        let distinct = |known: &Known<'_>| known.distinct();
        let most = match (distinct(self), distinct(other)) {
            (Some(a), Some(b)) => a.max(b),
            (one, another) => one.or(another)?,
        };
        let (mine, theirs) = (self.not_nulls().likely, other.not_nulls().likely);
        let (Some(a), Some(b)) = (self.named(), other.named()) else {
            return Some(mine * theirs / most);
        };
        let (mut both, mut met_a, mut met_b, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for one in a {
            let value = one.value.as_ref().map(text_of);
            let met = value.and_then(|value| {
                let same =
                    |it: &&Common| it.value.as_ref().is_some_and(|it| other.same(it, &value));
                b.iter().find(same)
            });
            if let Some(met) = met {
                both += one.share * met.share;
                met_a += one.share;
                met_b += met.share;
                pairs += 1.0;
            }
        }
        let rest = (mine - met_a).max(0.0) * (theirs - met_b).max(0.0);
        Some(both + rest / (most - pairs).max(1.0))
    }
}
