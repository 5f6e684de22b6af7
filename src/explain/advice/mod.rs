//! What to do about a plan: every remedy is tried before it is printed, what has one cause is said
//! once, and what remains is put in the order of what it gains.
//!
//! Rules propose changes of keys; [`trial`] applies them to the plan and times it anew; [`standing`]
//! keeps the best one of each finding, if it is worth a change; [`summary`] puts those that help
//! together first.

mod standing;
mod summary;
mod trial;

pub use summary::{Change, Summary};
pub(super) use trial::Trials;

use crate::rules::Finding;

/// Tries the remedies of a plan's findings, settles what each says, and sums up.
pub(super) fn advise(findings: &mut [Finding], trials: &Trials<'_>) -> Summary {
    standing::settle(findings, trials);
    summary::of(findings, trials)
}
