//! DK222: what Redshift refuses or lacks.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::DataType;
use crate::sql::{ColumnAttribute, CreateTable, TableConstraint};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports what other databases have and Redshift refuses: types such as SERIAL, UUID, JSONB
    /// or arrays, CREATE INDEX, PARTITION BY on a native table, CHECK constraints.
    ///
    /// ## Why is this bad?
    /// The statement fails, or a reader believes that the index, the partitioning or the check is
    /// there.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id serial, payload jsonb);
    /// create index on_id on t (id);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (id bigint identity(1,1), payload super);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Unsupported PostgreSQL features
    pub const RULE = ("DK222", "refused-definition", Schema, Error, ["Amazon Redshift Database Developer Guide: Unsupported PostgreSQL features"]);
}

/// What is refused and what there is instead.
#[derive(Debug, Serialize)]
pub(super) struct RefusedDefinition {
    what: String,
    instead: &'static str,
}

impl Violation for RefusedDefinition {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Redshift has no {}", self.what)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(self.instead)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |what: String, instead: &'static str, span: Span| {
        findings.push(RefusedDefinition { what, instead }.at(cx.location(span)));
    };
    for statement in &cx.script.statements {
        if statement.kind == "CREATE INDEX" || statement.kind == "CREATE UNIQUE INDEX" {
            add(
                "indexes: CREATE INDEX fails".to_owned(),
                "Sort keys and zone maps take their place.",
                statement.span,
            );
        }
    }
    for (create, _, _) in cx.created() {
        in_table(create, &mut add);
    }
    findings
}

fn in_table(create: &CreateTable, add: &mut dyn FnMut(String, &'static str, Span)) {
    for column in &create.columns {
        if let DataType::Other(name) = &column.data_type {
            add(format!("type `{name}`"), instead_of(name), column.type_span);
        }
        for attribute in &column.attributes {
            if let ColumnAttribute::Check(span) = attribute {
                add("CHECK constraints".to_owned(), CHECK_INSTEAD, *span);
            }
        }
    }
    for constraint in &create.constraints {
        if let TableConstraint::Check(span) = constraint {
            add("CHECK constraints".to_owned(), CHECK_INSTEAD, *span);
        }
    }
    for (words, span) in &create.refused {
        add(
            format!("{words} for native tables"),
            "Sort keys, or one table per period behind a view; only external tables have partitions.",
            *span,
        );
    }
}

const CHECK_INSTEAD: &str = "Check the rows before they are loaded.";

fn instead_of(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" => {
            "Use BIGINT IDENTITY(1,1): unique, with gaps."
        }
        "uuid" => "Use CHAR(36), or VARBYTE(16).",
        "json" | "jsonb" | "hstore" => "Use SUPER.",
        "money" => "Use DECIMAL(19,2).",
        "bytea" => "Use VARBYTE.",
        _ => "See the list of data types in the Developer Guide.",
    }
}
