//! Names: which column of which relation an identifier means.

use std::rc::Rc;

use crate::name::{TableName, nearest};
use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr};

use super::cte::Cte;

/// A relation in scope.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Alias, or the bare name of the table.
    pub name: String,
    /// The schema, where a qualified name may be used.
    pub schema: Option<String>,
    /// The database, where the query names it.
    pub database: Option<String>,
    /// Its columns by name.
    pub columns: Vec<(String, ColumnId)>,
    /// The tables that may have more: see [`Query::open`].
    ///
    /// [`Query::open`]: crate::planner::logical::tree::Query::open
    pub open: Vec<TableName>,
}

/// The names that an expression can use, and those around it.
#[derive(Default)]
pub(super) struct Scope<'s, 'a> {
    /// Relations of this block.
    pub sources: Vec<Source>,
    /// Columns that USING or NATURAL merged, and what they hide: both sides.
    pub merged: Vec<Merged>,
    /// The select list so far, for names that FROM does not know.
    pub aliases: Vec<(String, Expr)>,
    /// The innermost CTE in scope; it leads to the others.
    pub ctes: Option<Rc<Cte<'a>>>,
    /// The scope of the block around a subquery.
    pub parent: Option<&'s Scope<'s, 'a>>,
    /// Blocks around this one.
    pub level: usize,
    /// Whether it is that of a subquery, or of a block inside one.
    pub nested: bool,
}

/// One column for two of the same name.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub name: String,
    pub shown: ColumnId,
    pub hidden: ColumnId,
}

/// What a name means.
pub(super) enum Meaning {
    Column(ColumnId),
    /// An item of the same select list.
    Alias(Expr),
}

impl<'s, 'a> Scope<'s, 'a> {
    /// An empty scope inside another: of a subquery that may name `parent`'s columns.
    pub(super) fn inside(parent: &'s Scope<'s, 'a>) -> Self {
        Self {
            ctes: parent.ctes.clone(),
            level: parent.level + 1,
            parent: Some(parent),
            nested: true,
            ..Self::default()
        }
    }

    /// An empty scope in the same place: of another block of the same query.
    pub(super) fn fresh(&self) -> Scope<'s, 'a> {
        Scope {
            ctes: self.ctes.clone(),
            level: self.level,
            parent: self.parent,
            nested: self.nested,
            ..Scope::default()
        }
    }

    /// An empty scope in the same place, one level deeper.
    pub(super) fn deeper(&self) -> Scope<'s, 'a> {
        Scope {
            level: self.level + 1,
            ..self.fresh()
        }
    }

    /// The scopes from here outwards.
    fn outwards(&self) -> impl Iterator<Item = &Scope<'s, 'a>> {
        std::iter::successors(Some(self), |scope| scope.parent)
    }

    /// What a possibly qualified name means. A column of FROM comes before an alias of the
    /// select list, and both before the block around.
    ///
    /// Redshift puts an alias's expression in its place, and "if there is a column with the
    /// same name defined in the FROM clause as the previously aliased expression, the column in
    /// the FROM clause takes precedence" (Amazon Redshift Database Developer Guide: SELECT
    /// list). It takes aliases in WHERE, GROUP BY, HAVING and QUALIFY as well.
    pub(super) fn resolve(
        &self,
        qualifier: &[String],
        name: &str,
    ) -> Result<Meaning, PlannerError> {
        for (blocks, scope) in self.outwards().enumerate() {
            let Some(meaning) = scope.own(qualifier, name)? else {
                continue;
            };
            // "Correlation references that skip a query block" are an error (Amazon Redshift
            // Database Developer Guide: Correlated subqueries).
            if blocks > 1 {
                return Err(PlannerError::refused(
                    "a correlated reference that skips a query block",
                    written(qualifier, name),
                ));
            }
            if let Meaning::Alias(expr) = &meaning
                && blocks > 0
                && (expr.has_aggregate() || expr.has_window() || expr.has_subquery())
            {
                return Err(PlannerError::unsupported(
                    "an alias of an aggregate, window function or subquery inside a subquery",
                    name,
                ));
            }
            return Ok(meaning);
        }
        let names = self
            .outwards()
            .flat_map(|scope| &scope.sources)
            .filter(|source| source.is_called(qualifier))
            .flat_map(|source| &source.columns)
            .map(|(name, _)| name.as_str());
        Err(PlannerError::UnknownColumn {
            nearest: nearest(name, names),
            name: written(qualifier, name),
            of: self.may_have(qualifier),
        })
    }

    /// The tables that a column may be of which none is known to have: those of the innermost
    /// block where there is one relation of which not all columns are known.
    fn may_have(&self, qualifier: &[String]) -> Vec<TableName> {
        let open = self.outwards().map(|scope| {
            let called = scope.sources.iter();
            let called = called.filter(|source| source.is_called(qualifier));
            called.filter(|source| !source.open.is_empty()).collect()
        });
        let mut open = open.filter(|open: &Vec<&Source>| !open.is_empty());
        match open.next().as_deref() {
            Some([only]) => only.open.clone(),
            _ => Vec::new(),
        }
    }

    /// What a name means in this block alone.
    pub(super) fn own(
        &self,
        qualifier: &[String],
        name: &str,
    ) -> Result<Option<Meaning>, PlannerError> {
        let mut found: Option<(ColumnId, &Source)> = None;
        for source in self
            .sources
            .iter()
            .filter(|source| source.is_called(qualifier))
        {
            let Some(id) = source.column(name) else {
                continue;
            };
            if qualifier.is_empty() && self.merged.iter().any(|merged| merged.hidden == id) {
                continue;
            }
            if let Some((_, first)) = found {
                return Err(PlannerError::AmbiguousColumn {
                    name: name.to_owned(),
                    first: first.name.clone(),
                    second: source.name.clone(),
                });
            }
            found = Some((id, source));
        }
        if let Some((id, _)) = found {
            return Ok(Some(Meaning::Column(id)));
        }
        let alias = self
            .aliases
            .iter()
            .find(|(alias, _)| qualifier.is_empty() && alias == name);
        Ok(alias.map(|(_, expr)| Meaning::Alias(expr.clone())))
    }
}

impl Source {
    /// Whether a column's qualifier (`schema.table`, `alias`, nothing) means it.
    pub(super) fn is_called(&self, qualifier: &[String]) -> bool {
        match qualifier {
            [] => true,
            [name] => *name == self.name,
            [before @ .., schema, name] => {
                let same = |own: &Option<String>, asked: &String| {
                    own.as_ref().is_none_or(|own| own == asked)
                };
                *name == self.name
                    && same(&self.schema, schema)
                    && before.last().is_none_or(|name| same(&self.database, name))
            }
        }
    }

    /// Its column of a name.
    pub(super) fn column(&self, name: &str) -> Option<ColumnId> {
        let found = self.columns.iter().find(|(own, _)| own == name);
        found.map(|(_, id)| *id)
    }
}

fn written(qualifier: &[String], name: &str) -> String {
    match qualifier.last() {
        Some(qualifier) => format!("{qualifier}.{name}"),
        None => name.to_owned(),
    }
}
