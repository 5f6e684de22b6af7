//! How a query is read in a FROM clause: under which names.

use sqlparser::ast;

use crate::name::TableName;
use crate::planner::logical::expr::ColumnId;

use super::names::folded;
use super::scope::Source;

/// How a query is read in a FROM clause: under which name and column names.
pub(super) struct Reader {
    pub called: String,
    /// The names after the alias, or after the CTE's.
    pub columns: Vec<String>,
    /// Those of `CREATE VIEW v (a, b)`.
    pub declared: Vec<String>,
}

impl Reader {
    /// The reader of a query that has no name but its alias.
    pub(super) fn aliased(alias: Option<&ast::TableAlias>) -> Self {
        Self {
            called: alias.map_or_else(|| "derived_table".to_owned(), |a| folded(&a.name)),
            columns: column_names(alias),
            declared: Vec::new(),
        }
    }

    /// What the columns of a query are called by this reader.
    pub(super) fn names(&self, outputs: &[(String, ColumnId)]) -> Vec<String> {
        // A view whose columns are not all known has no names for them.
        let declared = self.declared.len() == outputs.len();
        let name = |(i, (own, _)): (usize, &(String, ColumnId))| {
            let renamed = self.columns.get(i);
            let declared = self.declared.get(i).filter(|_| declared);
            renamed.or(declared).unwrap_or(own).clone()
        };
        outputs.iter().enumerate().map(name).collect()
    }

    /// The names that a relation with these columns brings into scope.
    pub(super) fn source(self, outputs: Vec<(String, ColumnId)>, open: Vec<TableName>) -> Source {
        let names = self.names(&outputs);
        let ids = outputs.into_iter().map(|(_, id)| id);
        let columns = names.into_iter().zip(ids).collect();
        Source {
            name: self.called,
            schema: None,
            database: None,
            columns,
            open,
        }
    }
}

/// The names in parentheses after an alias.
pub(super) fn column_names(alias: Option<&ast::TableAlias>) -> Vec<String> {
    let columns = alias.iter().flat_map(|alias| &alias.columns);
    columns.map(|column| folded(&column.name)).collect()
}
