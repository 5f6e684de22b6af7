//! Relations of a FROM clause as they are gathered, before they are planned.

use crate::plan::JoinKind;
use crate::schema::Table;

use super::expr::{ColumnId, Expr};
use super::rel::Rel;

/// A relation before it is planned.
pub(super) enum Leaf<'a> {
    /// A table and its columns.
    Table {
        table: &'a Table,
        alias: Option<String>,
        columns: Vec<ColumnId>,
    },
    /// A subquery, planned already, and the name it goes by.
    Derived { rel: Box<Rel>, name: String },
    /// Relations of a subquery that needs no step of its own.
    Pulled(Group<'a>),
}

/// Relations that are joined in any order, under common conditions.
#[derive(Default)]
pub(super) struct Group<'a> {
    pub items: Vec<Item<'a>>,
    pub conditions: Vec<Expr>,
}

/// A relation, or an outer join that is one to what is around it.
pub(super) enum Item<'a> {
    Leaf {
        leaf: Box<Leaf<'a>>,
        columns: Vec<ColumnId>,
    },
    Outer(Box<OuterJoin<'a>>),
}

/// A join that keeps rows without a match.
pub(super) struct OuterJoin<'a> {
    pub kind: JoinKind,
    pub left: Group<'a>,
    pub right: Group<'a>,
    pub on: Vec<Expr>,
}

impl Group<'_> {
    pub(super) fn columns(&self) -> Vec<ColumnId> {
        self.items.iter().flat_map(Item::columns).collect()
    }
}

impl Item<'_> {
    pub(super) fn columns(&self) -> Vec<ColumnId> {
        match self {
            Item::Leaf { columns, .. } => columns.clone(),
            Item::Outer(join) => {
                let mut columns = join.left.columns();
                columns.extend(join.right.columns());
                columns
            }
        }
    }
}
