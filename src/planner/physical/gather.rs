//! The relations of a FROM clause, their subqueries planned.

use std::collections::HashSet;

use crate::plan::JoinKind;
use crate::planner::PlannerError;
use crate::planner::join_choice::Dist;
use crate::planner::logical::columns::{Column, Columns};
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::keys::{Evidence, Keyed, Unique};
use crate::planner::logical::tree::{self, ExpansionRule, SharedId, Source, WorkingId};
use crate::schema::Table;

use super::Physical;
use super::block::Wanted;
use super::rel::Rel;

/// A relation before its own filters are known.
pub(super) enum Leaf<'a> {
    /// A table.
    Table {
        table: &'a Table,
        alias: Option<String>,
    },
    /// A subquery, planned already, and the name it goes by.
    Derived { rel: Box<Rel>, name: String },
    /// One of several readers of a CTE or view, which is planned.
    Shared { id: SharedId, name: String },
    /// A recursive CTE read by itself.
    Working {
        id: WorkingId,
        table: String,
        alias: String,
    },
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
        leaf: Leaf<'a>,
        columns: Vec<ColumnId>,
    },
    Outer(Box<OuterJoin<'a>>),
    Expanded(Box<Expansion<'a>>),
}

/// An item whose every row becomes several.
pub(super) struct Expansion<'a> {
    pub input: Group<'a>,
    pub rule: ExpansionRule,
}

/// A join that keeps rows without a match.
pub(super) struct OuterJoin<'a> {
    pub kind: JoinKind,
    pub left: Group<'a>,
    pub right: Group<'a>,
    pub on: Vec<Expr>,
}

impl Group<'_> {
    /// The columns of all its relations.
    pub(super) fn columns(&self) -> HashSet<ColumnId> {
        columns_of(self.items.iter().collect())
    }
}

impl Item<'_> {
    /// The columns of all its relations.
    pub(super) fn columns(&self) -> HashSet<ColumnId> {
        columns_of(vec![self])
    }
}

/// Without recursion: outer joins nest as deep as they are many.
fn columns_of(mut pending: Vec<&Item<'_>>) -> HashSet<ColumnId> {
    let mut out = HashSet::new();
    while let Some(item) = pending.pop() {
        match item {
            Item::Leaf { columns, .. } => out.extend(columns),
            Item::Outer(join) => {
                pending.extend(&join.left.items);
                pending.extend(&join.right.items);
            }
            Item::Expanded(expansion) => {
                out.extend(&expansion.rule.columns);
                pending.extend(&expansion.input.items);
            }
        }
    }
    out
}

impl<'b, 'a> Physical<'b, 'a> {
    /// Plans the subqueries of a FROM clause.
    pub(super) fn gather(&mut self, group: &'b tree::Group<'a>) -> Result<Group<'a>, PlannerError> {
        let mut items = Vec::with_capacity(group.items.len());
        for item in &group.items {
            items.push(match item {
                tree::Item::Relation(relation) => Item::Leaf {
                    leaf: self.leaf(relation)?,
                    columns: relation.columns.clone(),
                },
                tree::Item::Outer(join) => Item::Outer(Box::new(OuterJoin {
                    kind: join.kind,
                    left: self.gather(&join.left)?,
                    right: self.gather(&join.right)?,
                    on: join.on.clone(),
                })),
                tree::Item::Expanded(expansion) => Item::Expanded(Box::new(Expansion {
                    input: self.gather(&expansion.input)?,
                    rule: expansion.rule.clone(),
                })),
            });
        }
        Ok(Group {
            items,
            conditions: group.conditions.clone(),
        })
    }

    fn leaf(&mut self, relation: &'b tree::Relation<'a>) -> Result<Leaf<'a>, PlannerError> {
        Ok(match &relation.source {
            Source::Table { table, alias } => Leaf::Table {
                table,
                alias: alias.clone(),
            },
            Source::Derived { query, name } => {
                let block = self
                    .block(query, Wanted::Columns)
                    .map_err(|error| error.within(name))?;
                let mut rel = block.rel;
                self.know_from(&block.outputs, &relation.columns, rel.rows, true);
                self.keys_from(query, &relation.columns, rel.rows);
                rel.dist = seen_from_outside(&self.columns, &rel.dist, &relation.columns);
                rel.columns.clone_from(&relation.columns);
                rel.sorted = Vec::new();
                Leaf::Derived {
                    rel: Box::new(rel),
                    name: name.clone(),
                }
            }
            Source::Working { id, table, alias } => {
                let (outputs, rows) = self.working_rows(*id);
                self.know_from(&outputs, &relation.columns, rows, false);
                Leaf::Working {
                    id: *id,
                    table: table.clone(),
                    alias: alias.clone(),
                }
            }
            Source::Shared { id, name } => {
                let outputs = self.spool(*id)?;
                let rows = self.spool_rows(*id);
                self.know_from(&outputs, &relation.columns, rows, false);
                if let Some(shared) = self.shared.get(id.0) {
                    self.keys_from(&shared.query, &relation.columns, rows);
                }
                Leaf::Shared {
                    id: *id,
                    name: name.clone(),
                }
            }
        })
    }

    /// Registers what a subquery makes unique. Conditions on its groups may leave fewer rows
    /// than its key has values, where that is known.
    fn keys_from(&mut self, query: &tree::Query<'a>, columns: &[ColumnId], rows: f64) {
        let mut unique = Vec::new();
        let mut all = rows;
        for set in query.unique_outputs() {
            let ids = set.iter().map(|at| columns.get(*at).copied());
            let Some(ids) = ids.collect::<Option<Vec<_>>>() else {
                continue;
            };
            if let [only] = ids.as_slice()
                && let Some(reference) = self.columns.keys.reference(self.columns.root(*only))
            {
                all = all.max(reference.rows);
            }
            unique.push(Unique {
                columns: ids,
                evidence: Evidence::Built,
            });
        }
        let keyed = Keyed {
            table: None,
            rows: all,
            unique,
            filters: Vec::new(),
        };
        self.columns.keys.add(columns.iter().copied(), keyed);
    }

    /// What is known of the columns by which a subquery's result is called outside of it.
    /// Those of a temporary table are `handed_on` by no step.
    fn know_from(
        &mut self,
        outputs: &[(String, ColumnId)],
        columns: &[ColumnId],
        rows: f64,
        handed_on: bool,
    ) {
        for ((_, inside_id), id) in outputs.iter().zip(columns) {
            let inside = self.columns.get(*inside_id).clone();
            let own = self.columns.get(*id);
            let column = Column {
                name: own.name.clone(),
                qualifier: own.qualifier.clone(),
                distinct: inside.distinct.map(|distinct| distinct.min(rows)),
                // How many values a key has follows from its table, not from a LIMIT.
                rows: inside.rows,
                computed: false,
                origin: handed_on.then_some(*inside_id),
                ..inside
            };
            self.columns.set(*id, column);
        }
    }
}

/// A distribution in terms of the columns that are still there.
pub(super) fn seen_from_outside(known: &Columns<'_>, dist: &Dist, columns: &[ColumnId]) -> Dist {
    let Dist::Key(keys) = dist else {
        return dist.clone();
    };
    let visible = |equal: &Vec<ColumnId>| {
        let equal: Vec<ColumnId> = equal
            .iter()
            .map(|id| known.root(*id))
            .filter(|id| columns.iter().any(|column| known.root(*column) == *id))
            .collect();
        (!equal.is_empty()).then_some(equal)
    };
    keys.iter()
        .map(visible)
        .collect::<Option<Vec<_>>>()
        .map_or(Dist::Even, Dist::Key)
}
