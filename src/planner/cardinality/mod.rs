//! How many rows and distinct values there are.

mod calendar;
mod condition;
pub(super) mod count;
mod coverage;
mod date_parts;
pub(super) mod groups;
pub(super) mod join;
pub(super) mod link;
mod range;
pub(super) mod share;
pub(super) mod sources;
