//! Why a query can't be planned.

use std::fmt;

use sqlparser::ast::Spanned;
use sqlparser::tokenizer::Span;

use crate::name::TableName;
use crate::text::LineColumn;

/// Why a query can't be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannerError {
    /// A table that the DDL does not define.
    UnknownTable {
        /// The name in the query.
        name: String,
        /// The most similar name in the schema.
        nearest: Option<String>,
    },
    /// A column that none of the tables in scope has.
    UnknownColumn {
        /// The name in the query.
        name: String,
        /// The most similar name in scope.
        nearest: Option<String>,
        /// The tables in scope that may have it: not all of their columns are known.
        of: Vec<TableName>,
    },
    /// A table that several schemas have, none of them on the search path.
    AmbiguousTable {
        /// The name in the query.
        name: String,
        /// The tables of that name.
        candidates: Vec<TableName>,
    },
    /// A column name that several tables have.
    AmbiguousColumn {
        /// The name in the query.
        name: String,
        /// One relation that has it.
        first: String,
        /// Another.
        second: String,
    },
    /// A construct that is not planned, though Redshift may take it.
    Unsupported {
        /// The construct.
        what: &'static str,
        /// Its text, shortened.
        near: String,
    },
    /// What Redshift refuses.
    Refused {
        /// The construct.
        what: &'static str,
        /// Its text, shortened.
        near: String,
    },
    /// Subqueries, views or expressions nest too deeply.
    TooDeep {
        /// What nests.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The CTE or view in which it does.
        within: Option<String>,
    },
    /// There is more of something than is planned.
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The CTE or view in which it is.
        within: Option<String>,
    },
    /// Planning would take too long.
    OutOfSteps {
        /// The limit.
        limit: usize,
        /// The alias, CTE or view at which it is reached.
        within: Option<String>,
    },
    /// Any of them, in a view: its text is elsewhere than the query.
    InView {
        /// The view.
        view: TableName,
        /// Why it can't be planned.
        error: Box<PlannerError>,
    },
    /// Any of them, at its place.
    Placed {
        /// Where it starts in the text that was read.
        place: LineColumn,
        /// Why it can't be planned.
        error: Box<PlannerError>,
    },
}

impl fmt::Display for PlannerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, more) = self.said();
        write!(f, "{what}{more}")
    }
}

impl std::error::Error for PlannerError {}

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

fn quoted(near: &str) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!(": `{near}`")
}

/// The beginning of a text.
fn shortened(near: impl fmt::Display) -> String {
    let text = near.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl PlannerError {
    /// What is wrong with its place, and what follows: the construct, what may have been meant,
    /// what to do.
    fn said(&self) -> (String, String) {
        const PART: &str = ": write a part to a temporary table first";
        match self {
            Self::UnknownTable { name, nearest } => (
                format!("table `{name}` is not defined in the DDL"),
                hint(nearest),
            ),
            Self::UnknownColumn { name, nearest, .. } => (
                format!("column `{name}` is in none of the tables in scope"),
                hint(nearest),
            ),
            Self::AmbiguousTable { name, candidates } => (
                format!("table `{name}` is ambiguous"),
                format!(
                    ": the DDL defines {}, and none of them is on the search path; qualify it, or \
                     put `SET search_path TO …` into the DDL",
                    alternatives(candidates)
                ),
            ),
            Self::AmbiguousColumn {
                name,
                first,
                second,
            } => (
                format!("column `{name}` is ambiguous"),
                format!(": `{first}` and `{second}` both have it; qualify it"),
            ),
            Self::Unsupported { what, near } => {
                (format!("{what} is not planned yet"), quoted(near))
            }
            Self::Refused { what, near } => (format!("Redshift refuses {what}"), quoted(near)),
            Self::TooDeep {
                what,
                limit,
                within,
            } => (
                format!(
                    "{what} nest more than {limit} levels deep{}",
                    inside(within)
                ),
                ": write an inner part to a temporary table first".to_owned(),
            ),
            Self::TooLarge {
                what,
                limit,
                within,
            } => (
                format!("there are more than {limit} {what}{}", inside(within)),
                PART.to_owned(),
            ),
            Self::OutOfSteps { limit, within } => (
                format!("planning takes more than {limit} steps{}", inside(within)),
                PART.to_owned(),
            ),
            Self::InView { view, error } => {
                let (what, more) = error.said();
                (format!("in view `{view}`: {what}"), more)
            }
            Self::Placed { place, error } => {
                let (what, more) = error.said();
                let LineColumn { line, column } = place;
                (format!("{what}, line {line}, column {column}"), more)
            }
        }
    }

    /// A construct that is not planned, in the field's words, with its text. Its place is that
    /// of the smallest expression, relation or query around it: see [`PlannerError::at`].
    pub(crate) fn unsupported(what: &'static str, near: impl fmt::Display) -> Self {
        let near = shortened(near);
        Self::Unsupported { what, near }
    }

    /// What Redshift refuses, with its text.
    pub(crate) fn refused(what: &'static str, near: impl fmt::Display) -> Self {
        let near = shortened(near);
        Self::Refused { what, near }
    }

    /// The same with its place, unless a smaller part has given one already, or this part has
    /// none.
    #[must_use]
    pub(crate) fn at(self, part: &impl Spanned) -> Self {
        match self {
            Self::Placed { .. } => self,
            error => error.at_span(part.span()),
        }
    }

    /// The same for a part whose span is known.
    #[must_use]
    pub(crate) fn at_span(self, span: Span) -> Self {
        let start = span.start;
        // sqlparser counts from 1; 0 is what has no place.
        let (Ok(line), Ok(column)) = (usize::try_from(start.line), usize::try_from(start.column))
        else {
            return self;
        };
        match line {
            0 => self,
            line => Self::Placed {
                place: LineColumn { line, column },
                error: Box::new(self),
            },
        }
    }

    /// Where it is, in the text that was read.
    pub fn place(&self) -> Option<LineColumn> {
        match self {
            Self::Placed { place, .. } => Some(*place),
            _ => None,
        }
    }

    /// What is wrong, without its place.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Placed { error, .. } => error,
            error => error,
        }
    }

    /// The same, in a view: its place is one in the view's definition, not in the query.
    #[must_use]
    pub(crate) fn in_view(self, view: &TableName) -> Self {
        let error = match self {
            Self::Placed { error, .. } => error,
            error => Box::new(error),
        };
        match *error {
            // The innermost view says where to look; what has a limit names it already.
            error @ (Self::InView { .. }
            | Self::TooDeep { .. }
            | Self::TooLarge { .. }
            | Self::OutOfSteps { .. }) => error,
            error => Self::InView {
                view: view.clone(),
                error: Box::new(error),
            },
        }
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
        let error = match &mut self {
            Self::Placed { error, .. } => error,
            error => error,
        };
        if let Self::TooDeep { within, .. }
        | Self::TooLarge { within, .. }
        | Self::OutOfSteps { within, .. } = error
        {
            within.get_or_insert_with(|| name.to_owned());
        }
        self
    }
}
