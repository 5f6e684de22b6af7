//! Why a query can't be planned.

use crate::name::TableName;

/// Why a query can't be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlannerError {
    /// A table that the DDL does not define.
    #[error("table `{name}` is not defined in the DDL{}", hint(nearest))]
    UnknownTable {
        /// The name in the query.
        name: String,
        /// The most similar name in the schema.
        nearest: Option<String>,
    },
    /// A column that none of the tables in scope has.
    #[error("column `{name}` is in none of the tables in scope{}", hint(nearest))]
    UnknownColumn {
        /// The name in the query.
        name: String,
        /// The most similar name in scope.
        nearest: Option<String>,
    },
    /// A table that several schemas have, none of them on the search path.
    #[error(
        "table `{name}` is ambiguous: the DDL defines {}, and none of them is on the search path; \
         qualify it, or put `SET search_path TO …` into the DDL",
        alternatives(candidates)
    )]
    AmbiguousTable {
        /// The name in the query.
        name: String,
        /// The tables of that name.
        candidates: Vec<TableName>,
    },
    /// A column name that several tables have.
    #[error("column `{name}` is ambiguous: `{first}` and `{second}` both have it; qualify it")]
    AmbiguousColumn {
        /// The name in the query.
        name: String,
        /// One relation that has it.
        first: String,
        /// Another.
        second: String,
    },
    /// A construct that is not planned.
    #[error("{what} can't be planned{}", place(near))]
    Unsupported {
        /// The construct.
        what: &'static str,
        /// Its text, shortened.
        near: String,
    },
    /// Subqueries, views or expressions nest too deeply.
    #[error(
        "{what} nest more than {limit} levels deep{}: write an inner part to a temporary table first",
        inside(within)
    )]
    TooDeep {
        /// What nests.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The CTE or view in which it does.
        within: Option<String>,
    },
    /// There is more of something than is planned.
    #[error(
        "there are more than {limit} {what}{}: write a part to a temporary table first",
        inside(within)
    )]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The CTE or view in which it is.
        within: Option<String>,
    },
    /// Planning would take too long.
    #[error(
        "planning takes more than {limit} steps{}: write a part to a temporary table first",
        inside(within)
    )]
    OutOfSteps {
        /// The limit.
        limit: usize,
        /// The alias, CTE or view at which it is reached.
        within: Option<String>,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn alternatives(candidates: &[TableName]) -> String {
    let quoted = candidates.iter().map(|name| format!("`{name}`"));
    quoted.collect::<Vec<_>>().join(" and ")
}

fn inside(within: &Option<String>) -> String {
    within
        .as_ref()
        .map_or_else(String::new, |name| format!(" in `{name}`"))
}

fn place(near: &str) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!(": `{near}`")
}

impl PlannerError {
    /// A construct that is not planned, with its text.
    pub(crate) fn unsupported(what: &'static str, near: impl std::fmt::Display) -> Self {
        let text = near.to_string();
        let near = match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        Self::Unsupported { what, near }
    }

    /// Nesting beyond a limit.
    pub(crate) fn too_deep(what: &'static str, limit: usize) -> Self {
        Self::TooDeep {
            what,
            limit,
            within: None,
        }
    }

    /// More of something than a limit allows.
    pub(crate) fn too_large(what: &'static str, limit: usize) -> Self {
        Self::TooLarge {
            what,
            limit,
            within: None,
        }
    }

    /// More steps than a limit allows.
    pub(crate) fn out_of_steps(limit: usize) -> Self {
        Self::OutOfSteps {
            limit,
            within: None,
        }
    }

    /// The same, with the CTE or view in which it happened, unless a nearer one is named.
    #[must_use]
    pub(crate) fn within(mut self, name: &str) -> Self {
        if let Self::TooDeep { within, .. }
        | Self::TooLarge { within, .. }
        | Self::OutOfSteps { within, .. } = &mut self
        {
            within.get_or_insert_with(|| name.to_owned());
        }
        self
    }
}
