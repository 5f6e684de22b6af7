//! Names: which column of which relation an identifier means.

use crate::schema::DataType;
use crate::stats::ColumnStats;

use super::expr::ColumnId;
use super::{Planner, PlannerError};

/// What is known of a column of the query.
#[derive(Debug, Clone)]
pub(super) struct ColumnInfo<'a> {
    /// Its folded name.
    pub name: String,
    /// What a select list calls a computed column.
    pub alias: Option<String>,
    /// The name of its relation, as conditions print it.
    pub qualifier: String,
    /// Its type.
    pub data_type: DataType,
    /// Distinct values, where known.
    pub distinct: Option<f64>,
    /// Average bytes of a value.
    pub bytes: f64,
    /// Rows of its relation, before filters.
    pub rows: f64,
    /// What the statistics say of it.
    pub stats: Option<&'a ColumnStats>,
    /// Whether its name is an expression's text, printed as it stands.
    pub computed: bool,
    /// The column that it hands on unchanged.
    pub origin: Option<ColumnId>,
}

/// A relation in scope.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Alias, or the bare name of the table.
    pub name: String,
    /// The schema, where a qualified name may be used.
    pub schema: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnId>,
}

/// The relations that an expression can name, and those around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'s> {
    /// Of this block.
    pub sources: Vec<Source>,
    /// Of the block around a subquery.
    pub parent: Option<&'s Scope<'s>>,
}

impl Scope<'_> {
    /// The scopes from here outwards.
    fn outwards(&self) -> impl Iterator<Item = &Scope<'_>> {
        std::iter::successors(Some(self), |scope| scope.parent)
    }
}

impl<'a> Planner<'a> {
    /// Registers a column.
    pub(super) fn add_column(&mut self, info: ColumnInfo<'a>) -> ColumnId {
        self.columns.push(info);
        ColumnId(self.columns.len() - 1)
    }

    /// What is known of a column.
    pub(super) fn column(&self, id: ColumnId) -> &ColumnInfo<'a> {
        &self.columns[id.0]
    }

    /// The column of a table that this one hands on unchanged, or itself.
    pub(super) fn root(&self, id: ColumnId) -> ColumnId {
        let mut at = id;
        while let Some(origin) = self.column(at).origin {
            at = origin;
        }
        at
    }

    /// The column that a possibly qualified name means.
    pub(super) fn resolve(
        &self,
        scope: &Scope<'_>,
        qualifier: &[String],
        name: &str,
    ) -> Result<ColumnId, PlannerError> {
        for scope in scope.outwards() {
            let mut found: Option<(ColumnId, &Source)> = None;
            for source in scope
                .sources
                .iter()
                .filter(|source| source.is_called(qualifier))
            {
                let column = source
                    .columns
                    .iter()
                    .find(|id| self.column(**id).is_called(name));
                let Some(&id) = column else { continue };
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
                return Ok(id);
            }
        }
        let written = match qualifier.last() {
            Some(qualifier) => format!("{qualifier}.{name}"),
            None => name.to_owned(),
        };
        let names = scope
            .outwards()
            .flat_map(|scope| &scope.sources)
            .filter(|source| source.is_called(qualifier))
            .flat_map(|source| &source.columns)
            .map(|id| self.column(*id).name.as_str());
        Err(PlannerError::UnknownColumn {
            nearest: nearest(name, names),
            name: written,
        })
    }
}

impl ColumnInfo<'_> {
    /// Whether an identifier means it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        match &self.alias {
            Some(alias) => alias == name,
            None => self.name == name,
        }
    }
}

impl Source {
    /// Whether a column's qualifier (`schema.table`, `alias`, nothing) means it.
    pub(super) fn is_called(&self, qualifier: &[String]) -> bool {
        match qualifier {
            [] => true,
            [name] => *name == self.name,
            [.., schema, name] => {
                *name == self.name && self.schema.as_ref().is_none_or(|own| own == schema)
            }
        }
    }
}

/// The most similar of some names, if it is similar enough to be meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let allowed = (name.chars().count() / 3).max(1);
    names
        .map(|other| (distance(name, other), other))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, other)| other.to_owned())
}

/// Edits that turn one name into the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *slot;
            let best = (diagonal + usize::from(x != *y))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            left = best;
            *slot = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_typo_away() {
        let names = ["orders", "customers", "order_items"];
        assert_eq!(
            nearest("order", names.into_iter()),
            Some("orders".to_owned())
        );
        assert_eq!(
            nearest("custmers", names.into_iter()),
            Some("customers".to_owned())
        );
        assert_eq!(nearest("lineitem", names.into_iter()), None);
    }
}
