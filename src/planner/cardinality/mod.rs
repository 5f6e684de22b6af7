//! How many rows and distinct values there are.

mod calendar;
mod condition;
pub(super) mod count;
pub(super) mod join;
pub(super) mod link;
mod range;
pub(super) mod share;
