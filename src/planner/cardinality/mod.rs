//! How many rows and distinct values there are.

pub(super) mod link;
pub(super) mod share;
