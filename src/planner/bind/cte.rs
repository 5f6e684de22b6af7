//! CTEs in scope.

use std::rc::Rc;

use sqlparser::ast::{self, Query, With};

use super::names::folded;

/// A CTE, and those defined before it: the only ones that it can read.
pub(super) struct Cte<'a> {
    pub name: String,
    pub definition: &'a ast::Cte,
    /// Whether it may read itself.
    pub recursive: bool,
    pub before: Option<Rc<Cte<'a>>>,
}

impl<'a> Cte<'a> {
    /// The CTEs in scope after a WITH clause.
    pub(super) fn all(with: &'a With, around: Option<Rc<Self>>) -> Option<Rc<Self>> {
        with.cte_tables.iter().fold(around, |before, definition| {
            Some(Rc::new(Self {
                name: folded(&definition.alias.name),
                definition,
                recursive: with.recursive,
                before,
            }))
        })
    }

    /// From the innermost outwards.
    pub(super) fn outwards(innermost: Option<&Rc<Self>>) -> impl Iterator<Item = &Rc<Self>> {
        std::iter::successors(innermost, |cte| cte.before.as_ref())
    }

    /// Its query.
    pub(super) fn query(&self) -> &'a Query {
        &self.definition.query
    }
}

impl Drop for Cte<'_> {
    /// A thousand CTEs are a chain a thousand long: it is taken apart without recursion.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(cte) = next {
            next = Rc::into_inner(cte).and_then(|mut cte| cte.before.take());
        }
    }
}
