//! Where an expression stands.

use super::scope::Scope;

/// Where an expression stands: the names it can use, and the operators around it.
#[derive(Clone, Copy)]
pub(super) struct Place<'p, 's, 'a> {
    pub(super) scope: &'p Scope<'s, 'a>,
    pub(super) depth: usize,
}

impl<'p, 's, 'a> Place<'p, 's, 'a> {
    pub(super) fn new(scope: &'p Scope<'s, 'a>) -> Self {
        Self { scope, depth: 0 }
    }
}
