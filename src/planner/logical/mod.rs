//! What a query asks for: expressions and relations whose names are resolved.

pub(super) mod columns;
mod condition;
pub(super) mod covered;
mod distinct;
pub(super) mod expr;
pub(super) mod grouping;
pub(super) mod keys;
pub(super) mod operator;
pub(super) mod text;
pub(super) mod tree;
