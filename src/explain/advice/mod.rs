//! What to do about a plan: every remedy is tried before it is printed, what has one cause is said
//! once, and what remains is put in the order of what it gains.
//!
//! Rules propose changes of keys; [`trial`] applies them to the plan and times it anew; [`standing`]
//! keeps the best one of each finding, if it is worth a change; [`summary`] puts those that help
//! together first.

mod cost;
mod standing;
mod summary;
mod trial;

pub use summary::{Change, Summary};
pub(super) use trial::Trials;

use crate::rules::Finding;
use crate::whatif::Changes;

/// Changes that were advised of the plans of an input so far, with the code of the finding that
/// says each: of several plans one change is said once, and no two contradict each other.
#[derive(Debug, Default)]
pub(super) struct Advised {
    said: Vec<(Changes, &'static str)>,
    /// All of them together.
    made: Changes,
}

/// Tries the remedies of a plan's findings, settles what each says, and sums up.
pub(super) fn advise(
    findings: &mut [Finding],
    trials: &Trials<'_>,
    advised: &mut Advised,
) -> Summary {
    standing::settle(findings, trials, advised);
    summary::of(findings, trials)
}
