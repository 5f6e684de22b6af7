//! DK270: a definition that contradicts itself or Redshift's limits.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, is_reserved};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{
    AlterAction, Body, ColumnAttribute, ColumnDef, CreateTable, DataType, Named, TableAttribute,
    TableConstraint,
};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports definitions that pass a limit of Redshift or contradict themselves. Examples are
    /// lengths of types, a column twice, two primary keys, IDENTITY of a text, keys of a type that can't
    /// be one, NULL beside NOT NULL, reserved words as names without quotes.
    ///
    /// ## Why is this bad?
    /// The statement fails, and what is loaded or created after it fails too.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint identity(1,1), note varchar(70000), user bigint);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint identity(1,1), note varchar(65535), user_id bigint);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: CREATE TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html>
    /// - Amazon Redshift Database Developer Guide: Reserved words:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html>
    pub const RULE = ("DK270", "invalid-definition", Schema, Error, ["Amazon Redshift Database Developer Guide: CREATE TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html"]);
}

// The limits, by the page of the Database Developer Guide that gives them, as of 2026
// (https://docs.aws.amazon.com/redshift/latest/dg/ and the name of the page).

/// Bytes of the longest VARCHAR [Character types, r_Character_types.html].
const VARCHAR: u32 = 65_535;
/// Bytes of the longest CHAR [Character types, r_Character_types.html].
const CHAR: u32 = 4_096;
/// Bytes of the longest VARBYTE; editions up to 2023 say 1,024,000, which is refused no more
/// [VARBYTE type, r_VARBYTE_type.html].
const VARBYTE: u32 = 16_777_216;
/// Digits of the longest DECIMAL, and those of them behind the point [Numeric types,
/// r_Numeric_types201.html].
const PRECISION: u8 = 38;
const SCALE: u8 = 37;
/// Columns of a table, of a compound and of an interleaved sort key [CREATE TABLE,
/// r_CREATE_TABLE_NEW.html].
const COLUMNS: usize = 1_600;
const COMPOUND: usize = 400;
const INTERLEAVED: usize = 8;

/// What is wrong and what to do.
#[derive(Debug, Serialize)]
pub(super) struct InvalidDefinition {
    what: String,
    #[serde(skip)]
    instead: String,
}

impl Violation for InvalidDefinition {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Redshift refuses this: {}", self.what)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(self.instead.clone())
    }
}

/// Findings of one file.
struct Found<'c, 'a> {
    cx: &'c Context<'a>,
    findings: Vec<Finding>,
    /// Whether names in quotes keep their case, so that two that are one here may be two.
    case_sensitive: bool,
}

impl Found<'_, '_> {
    fn add(&mut self, span: Span, what: impl Into<String>, instead: impl Into<String>) {
        let (what, instead) = (what.into(), instead.into());
        let finding = InvalidDefinition { what, instead };
        self.findings.push(finding.at(self.cx.location(span)));
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut found = Found {
        cx,
        findings: Vec::new(),
        case_sensitive: false,
    };
    for statement in cx.script.statements.iter().filter(|of| !of.templated) {
        match &statement.body {
            Body::CaseSensitive(is_on) => found.case_sensitive = *is_on,
            Body::CreateTable(create) => {
                of_table(create, &mut found);
                reserved(&create.name.table.name, create.name.span, &mut found);
            }
            Body::AlterTable(alter) => {
                for (action, span) in &alter.actions {
                    match action {
                        AlterAction::AddColumn(column) => of_column(column, &mut found),
                        AlterAction::ColumnType(_, data_type, _) => {
                            of_type(data_type, *span, &mut found);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    found.findings
}

fn of_table(create: &CreateTable, found: &mut Found<'_, '_>) {
    // Several IDENTITY columns are fine: AWS's own example has two (hist_id and base_id of table t1)
    // [CREATE TABLE examples].
    for (at, column) in create.columns.iter().enumerate() {
        of_column(column, found);
        let name = &column.name.0;
        let mut before = create.columns[..at].iter();
        if !found.case_sensitive && before.any(|before| before.name.0 == *name) {
            let instead = "Leave one of them out, or give it another name.";
            found.add(
                column.name.1,
                format!("column `{name}` is there twice"),
                instead,
            );
        }
    }
    if create.columns.len() > COLUMNS {
        let what = format!("{} columns; {COLUMNS} are the most", create.columns.len());
        found.add(
            create.name.span,
            what,
            "Split the table, or keep rare columns in SUPER.",
        );
    }
    primary_keys(create, found);
    keys(create, found);
}

fn of_column(column: &ColumnDef, found: &mut Found<'_, '_>) {
    let (name, span) = &column.name;
    reserved(name, *span, found);
    of_type(&column.data_type, column.type_span, found);
    let mut null = None;
    let mut not_null = false;
    for attribute in &column.attributes {
        match attribute {
            ColumnAttribute::Null(span) => null = Some(*span),
            ColumnAttribute::NotNull(_) | ColumnAttribute::PrimaryKey(_) => not_null = true,
            ColumnAttribute::Identity(span) => {
                let whole = matches!(
                    column.data_type,
                    DataType::Integer | DataType::BigInt | DataType::Other(_)
                );
                if !whole {
                    let of = &column.data_type;
                    let what = format!("`{name}` is {of}; IDENTITY takes INTEGER or BIGINT");
                    found.add(*span, what, "Make it BIGINT.");
                }
            }
            _ => {}
        }
    }
    if let Some(span) = null.filter(|_| not_null) {
        let what = format!("`{name}` is NULL and NOT NULL at once");
        found.add(
            span,
            what,
            "Keep the one that is meant; a primary key is NOT NULL.",
        );
    }
}

fn of_type(data_type: &DataType, span: Span, found: &mut Found<'_, '_>) {
    let mut bytes = |name: &str, length: u32, most: u32, instead: &str| {
        if length > most {
            let what = format!("{name}({length}); {most} bytes are the most");
            found.add(span, what, instead);
        } else if length == 0 {
            found.add(span, format!("{name}(0)"), "A length is at least 1.");
        }
    };
    match data_type {
        DataType::Varchar(n) => bytes(
            "VARCHAR",
            *n,
            VARCHAR,
            "Use VARCHAR(MAX), or SUPER for documents.",
        ),
        DataType::Char(n) => bytes("CHAR", *n, CHAR, "Use VARCHAR."),
        DataType::Varbyte(n) => bytes("VARBYTE", *n, VARBYTE, "Keep larger objects in Amazon S3."),
        DataType::Decimal { precision, scale } => {
            let what = match (*precision, *scale) {
                (0, _) => "a DECIMAL of no digits".to_owned(),
                (precision, _) if precision > PRECISION => {
                    format!("a DECIMAL of more than {PRECISION} digits")
                }
                (precision, scale) if scale > precision => {
                    format!(
                        "DECIMAL({precision},{scale}) has more digits behind the point than in all"
                    )
                }
                (_, scale) if scale > SCALE => {
                    format!("a DECIMAL with more than {SCALE} digits behind the point")
                }
                _ => return,
            };
            found.add(
                span,
                what,
                "DECIMAL(38,37) is the longest; mostly DECIMAL(18,n) is enough.",
            );
        }
        _ => {}
    }
}

/// A name that is a reserved word, unless it is in quotes.
fn reserved(name: &Ident, span: Span, found: &mut Found<'_, '_>) {
    let text = found
        .cx
        .source
        .text
        .get(span.start..span.end)
        .unwrap_or_default();
    // Older editions alone list LANGUAGE.
    let is_word = name.as_str() != "language" && is_reserved(name.as_str());
    let bare = text.rsplit('.').next().unwrap_or_default();
    if is_word && bare.eq_ignore_ascii_case(name.as_str()) {
        let what = format!("`{bare}` is a reserved word");
        let instead = format!(
            "Write it in quotes, \"{name}\", here and wherever it is used; or choose another name."
        );
        found.add(span, what, instead);
    }
}

fn primary_keys(create: &CreateTable, found: &mut Found<'_, '_>) {
    let of_columns = create.columns.iter().flat_map(|column| &column.attributes);
    let of_columns = of_columns.filter_map(|attribute| match attribute {
        ColumnAttribute::PrimaryKey(span) => Some(*span),
        _ => None,
    });
    let of_table = create
        .constraints
        .iter()
        .filter_map(|constraint| match constraint {
            TableConstraint::PrimaryKey(_, span) => Some(*span),
            _ => None,
        });
    if let Some(second) = of_columns.chain(of_table).nth(1) {
        let instead = "Put all its columns into one PRIMARY KEY (…).";
        found.add(
            second,
            "a table has one primary key, and this is the second",
            instead,
        );
    }
}

fn keys(create: &CreateTable, found: &mut Found<'_, '_>) {
    for column in &create.columns {
        for attribute in &column.attributes {
            if let ColumnAttribute::DistKey(span) | ColumnAttribute::SortKey(span) = attribute {
                key(create, &(column.name.0.clone(), *span), found);
            }
        }
    }
    for attribute in &create.attributes {
        match attribute {
            TableAttribute::DistKey(column, _) => key(create, column, found),
            TableAttribute::SortKey(word, columns, span) => {
                columns.iter().for_each(|column| key(create, column, found));
                let interleaved = *word == crate::sql::SortKeyWord::Interleaved;
                let most = if interleaved { INTERLEAVED } else { COMPOUND };
                if columns.len() > most {
                    let what = format!("{} sort key columns; {most} are the most", columns.len());
                    found.add(
                        *span,
                        what,
                        "Keep the first three or four: the rest adds little.",
                    );
                }
                let again = columns.iter().enumerate().find(|(at, (name, _))| {
                    columns[..*at].iter().any(|(before, _)| before == name)
                });
                if let Some((_, (name, span))) = again {
                    let what = format!("`{name}` is in the sort key twice");
                    found.add(*span, what, "Leave it out once.");
                }
            }
            _ => {}
        }
    }
}

/// A key of a type that can't be one [the limitations of SUPER, VARBYTE, HLLSKETCH and of spatial data, each
/// on its page].
fn key(create: &CreateTable, (name, span): &Named, found: &mut Found<'_, '_>) {
    let column = create.columns.iter().find(|column| column.name.0 == *name);
    let Some(column) = column else { return };
    let refused = matches!(
        column.data_type,
        DataType::Super
            | DataType::Geometry
            | DataType::Geography
            | DataType::HllSketch
            | DataType::Varbyte(_)
    );
    if refused {
        let of = &column.data_type;
        let what = format!("`{name}` is {of}, which is neither distribution nor sort key");
        let instead = "Use a column of a plain type: for SUPER, what is read out of it.";
        found.add(*span, what, instead);
    }
}
