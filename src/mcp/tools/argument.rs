//! An argument of a tool, and those that several tools have.

use serde_json::{Value, json};

/// An argument.
#[derive(Debug)]
pub(super) struct Argument {
    pub name: &'static str,
    pub kind: Kind,
    /// What the model is told to put there.
    pub about: &'static str,
    pub required: bool,
    /// The argument whose text it names a file for.
    pub instead_of: Option<&'static str>,
    /// Where it goes.
    pub field: Field,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Texts,
    /// A whole number from 1 to 100,000.
    Count,
}

/// A place in a question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    /// The one of its name.
    Own,
    /// Another one.
    Of(&'static str),
    /// A what-if of its name.
    WhatIf,
    /// The texts of SQL files, folders included.
    Sql(&'static str),
    /// The texts of files.
    Files(&'static str),
    /// The text of a file in place of the field's own.
    TextOf(&'static str),
}

impl Kind {
    /// The value, where it is of this kind.
    pub fn checked(self, name: &str, value: &Value) -> Result<Value, String> {
        let right = match (self, value) {
            (Kind::Text, Value::String(_)) => value.clone(),
            (Kind::Texts, Value::Array(all)) if all.iter().all(Value::is_string) => value.clone(),
            // One alone is meant as a list of one.
            (Kind::Texts, Value::String(_)) => json!([value]),
            (Kind::Count, Value::Number(number))
                if number.as_u64().is_some_and(|n| (1..=100_000).contains(&n)) =>
            {
                value.clone()
            }
            _ => {
                let what = match self {
                    Kind::Text => "a text",
                    Kind::Texts => "a list of texts",
                    Kind::Count => "a whole number from 1 to 100000",
                };
                return Err(format!("`{name}` must be {what}"));
            }
        };
        Ok(right)
    }
}

/// The texts of a value that was checked.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let all = match value {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let all = all.iter().filter_map(Value::as_str);
    all.map(str::to_owned).collect()
}

impl Argument {
    /// Its JSON schema.
    pub fn schema(&self) -> Value {
        let about = self.about;
        match self.kind {
            Kind::Text => json!({"type": "string", "description": about}),
            Kind::Texts => {
                json!({"type": "array", "items": {"type": "string"}, "description": about})
            }
            Kind::Count => {
                json!({"type": "integer", "minimum": 1, "maximum": 100_000, "description": about})
            }
        }
    }

    /// A text that goes into the field of its name.
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Text,
            about,
            required: false,
            instead_of: None,
            field: Field::Own,
        }
    }

    /// The same, without which the tool can't answer.
    #[must_use]
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same, for another field.
    #[must_use]
    pub const fn of(self, field: &'static str) -> Self {
        Self {
            field: Field::Of(field),
            ..self
        }
    }

    /// Paths of files that stand in for another argument.
    pub const fn paths(
        name: &'static str,
        instead_of: &'static str,
        field: Field,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind: Kind::Texts,
            about,
            required: false,
            instead_of: Some(instead_of),
            field,
        }
    }

    /// What-ifs of one sort.
    pub const fn what_ifs(name: &'static str, about: &'static str) -> Self {
        Self {
            kind: Kind::Texts,
            field: Field::WhatIf,
            ..Self::text(name, about)
        }
    }
}

pub(super) const PLAN: Argument = Argument::text(
    "plan",
    "Output of EXPLAIN in any form of paste (psql, JSON rows, a chat), several plans, or rows of STL_EXPLAIN or \
     SYS_QUERY_EXPLAIN as CSV.",
);
pub(super) const PLAN_PATH: Argument = Argument::paths(
    "plan_path",
    "plan",
    Field::TextOf("plan"),
    "A file with the plan, below a root, instead of `plan`.",
);
pub(super) const QUERY: Argument = Argument::text(
    "query",
    "The SELECT, INSERT … SELECT, CTAS, UPDATE, DELETE or MERGE to plan; several are a script.",
);
pub(super) const DDL: Argument = Argument::text(
    "ddl",
    "CREATE TABLE statements of the tables, as SHOW TABLE prints them, with ALTERs where there are any.",
);
pub(super) const DDL_PATHS: Argument = Argument::paths(
    "ddl_paths",
    "ddl",
    Field::Sql("ddl"),
    "Files or folders of DDL below a root, instead of `ddl`.",
);
pub(super) const STATS: Argument = Argument::text(
    "stats",
    "What is known of the data: rows of SVV_TABLE_INFO or pg_stats as CSV with their header, or JSON as {\"rows\": \
     {\"orders\": 50000000}, \"distinct\": {\"orders.customer_id\": 200000}}.",
);
pub(super) const STATS_PATHS: Argument = Argument::paths(
    "stats_paths",
    "stats",
    Field::Files("stats"),
    "Files of statistics below a root, instead of `stats`.",
);
pub(super) const CLUSTER: Argument = Argument::text(
    "cluster",
    "Node type and count, as `ra3.4xlarge:4`, or Serverless, as `serverless:128`. Without it three shapes stand in and \
     the interval holds all of them.",
);
pub(super) const BUDGET: Argument = Argument::text(
    "budget",
    "The latency that a warm run should keep, as `800ms` or `1.5s`; 800ms if not given.",
);
pub(super) const USERS: Argument = Argument {
    kind: Kind::Count,
    ..Argument::text(
        "users",
        "Users that send the query at the same time; 1 if not given.",
    )
};
