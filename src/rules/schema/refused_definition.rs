//! DK222: what Redshift refuses or lacks.

use serde::Serialize;

use super::{Context, edits};
use crate::rules::{Finding, Fix, Remedy, RuleInfo, Violation};
use crate::schema::DataType;
use crate::sql::{
    AlterAction, AlterTable, Body, ColumnAttribute, CreateExternalTable, CreateTable,
    TableConstraint, misspelt_type,
};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports what other databases have and Redshift refuses. Examples are types such as SERIAL,
    /// UUID, JSONB or arrays, indexes, sequences and triggers, PARTITION BY on a native table, CHECK
    /// constraints, ON DELETE, AUTO_INCREMENT, ENGINE, TABLESPACE, ON CONFLICT and RETURNING.
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
    /// - Amazon Redshift Database Developer Guide: Unsupported PostgreSQL features:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html>
    pub const RULE = ("DK222", "refused-definition", Schema, Error, ["Amazon Redshift Database Developer Guide: Unsupported PostgreSQL features, https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html"]);
}

/// What is refused and what there is instead.
#[derive(Debug, Serialize)]
pub(super) struct RefusedDefinition {
    what: String,
    instead: String,
}

impl Violation for RefusedDefinition {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Redshift has no {}", self.what)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(self.instead.clone())
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |what: String, instead: String, span: Span, fix: Option<Fix>| {
        let finding = RefusedDefinition { what, instead }.at(cx.location(span));
        findings.push(finding.with_fix(fix));
    };
    for refused in &cx.script.refused {
        let mut statements = cx.script.statements.iter();
        let whole = statements.find(|statement| statement.span == refused.span);
        let what = match whole {
            Some(statement) => format!("{}: {} fails", refused.foreign.what, statement.kind),
            None => refused.foreign.what.to_owned(),
        };
        add(what, refused.foreign.instead.to_owned(), refused.span, None);
    }
    for (create, _, _) in cx.created() {
        in_table(cx, create, &mut add);
    }
    for statement in &cx.script.statements {
        match &statement.body {
            Body::AlterTable(alter) => in_alter(cx, alter, &mut add),
            Body::CreateExternalTable(create) => in_external(create, &mut add),
            _ => {}
        }
    }
    findings
}

/// Takes in what is refused, what there is instead, the place and the fix.
type Add<'a> = &'a mut dyn FnMut(String, String, Span, Option<Fix>);

/// A type that native tables lack.
fn of_type(cx: &Context<'_>, data_type: &DataType, span: Span, add: Add<'_>) {
    // A template may stand for any type.
    let is_template = |name: &str| name.contains("__") && name.trim_matches('_').is_empty();
    if let DataType::Other(name) = data_type
        && !is_template(name)
    {
        let (instead, native) = instead_of(name);
        let retype = native.map(|native| edits::replace(cx, span, native));
        let fix = edits::unsafe_fix(retype.into_iter().collect());
        add(format!("type `{name}`"), instead, span, fix);
    }
}

fn in_alter(cx: &Context<'_>, alter: &AlterTable, add: Add<'_>) {
    for (action, span) in &alter.actions {
        match action {
            AlterAction::AddColumn(column) => {
                of_type(cx, &column.data_type, column.type_span, add);
            }
            AlterAction::ColumnType(_, data_type, _) => of_type(cx, data_type, *span, add),
            _ => {}
        }
    }
}

/// External tables have the types of their files as well: only typing errors are told.
fn in_external(create: &CreateExternalTable, add: Add<'_>) {
    for column in create.columns.iter().chain(&create.partitions) {
        if let DataType::Other(name) = &column.data_type
            && let Some(near) = misspelt_type(name)
        {
            let instead = format!("Is it {near}?");
            add(format!("type `{name}`"), instead, column.type_span, None);
        }
    }
}

fn in_table(cx: &Context<'_>, create: &CreateTable, add: Add<'_>) {
    for column in &create.columns {
        of_type(cx, &column.data_type, column.type_span, add);
        for attribute in &column.attributes {
            if let ColumnAttribute::Check(span) = attribute {
                let fix = edits::unsafe_fix(vec![edits::remove(cx, *span)]);
                add(
                    "CHECK constraints".to_owned(),
                    CHECK_INSTEAD.to_owned(),
                    *span,
                    fix,
                );
            }
        }
    }
    for constraint in &create.constraints {
        if let TableConstraint::Check(span) = constraint {
            add(
                "CHECK constraints".to_owned(),
                CHECK_INSTEAD.to_owned(),
                *span,
                None,
            );
        }
    }
    for (words, span) in &create.refused {
        add(
            format!("{words} for native tables"),
            "Sort keys, or one table per period behind a view; only external tables have partitions.".to_owned(),
            *span,
            None,
        );
    }
}

const CHECK_INSTEAD: &str = "Check the rows before they are loaded.";

/// The advice, and the type to write where one is clear.
fn instead_of(name: &str) -> (String, Option<&'static str>) {
    let lower = name.to_ascii_lowercase();
    if lower.contains('[') || lower.contains("array") {
        return ("Use SUPER, or a row for each element.".to_owned(), None);
    }
    let word = lower.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let (instead, native) = match word.into_iter().next().unwrap_or_default() {
        "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" => (
            "Use BIGINT IDENTITY(1,1): unique, with gaps.",
            Some("bigint identity(1,1)"),
        ),
        "uuid" | "uniqueidentifier" => ("Use CHAR(36), or VARBYTE(16).", Some("char(36)")),
        "json" | "jsonb" | "hstore" | "variant" | "object" => ("Use SUPER.", Some("super")),
        "xml" => ("Use VARCHAR, or SUPER for what is read out of it.", None),
        "money" | "smallmoney" => ("Use DECIMAL(19,2).", Some("decimal(19,2)")),
        "bytea" | "blob" | "tinyblob" | "mediumblob" | "longblob" | "image" => {
            ("Use VARBYTE.", Some("varbyte"))
        }
        "tinyint" | "int1" | "year" => ("Use SMALLINT.", Some("smallint")),
        "mediumint" | "int3" => ("Use INTEGER.", Some("integer")),
        "number" => ("Use DECIMAL with the precision and scale.", None),
        "bit" => ("Use BOOLEAN.", Some("boolean")),
        "datetime2" | "smalldatetime" | "timestamp_ntz" => ("Use TIMESTAMP.", Some("timestamp")),
        "datetimeoffset" | "timestamp_tz" | "timestamp_ltz" => {
            ("Use TIMESTAMPTZ.", Some("timestamptz"))
        }
        "varchar2" | "nvarchar2" | "clob" | "nclob" | "longtext" | "mediumtext" | "tinytext"
        | "ntext" => (
            "Use VARCHAR with the length in bytes that the longest value takes.",
            None,
        ),
        "enum" | "set" => (
            "Use VARCHAR; check the values before they are loaded.",
            None,
        ),
        "inet" | "cidr" | "macaddr" => ("Use VARCHAR(45).", None),
        "citext" => ("Use VARCHAR … COLLATE CASE_INSENSITIVE.", None),
        "point" | "polygon" | "linestring" | "box" | "circle" => ("Use GEOMETRY.", None),
        _ => {
            let seen = "See the list of data types in the Developer Guide.";
            let near = misspelt_type(name).map(|near| format!("Is it {near}?"));
            return (near.unwrap_or_else(|| seen.to_owned()), None);
        }
    };
    (instead.to_owned(), native)
}
