//! DK253: texts without a length.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{ColumnDef, DataType};

crate::declare_rule! {
    /// ## What it does
    /// Reports VARCHAR, TEXT and CHAR without a length, once a table at the first such column,
    /// and once for tables with the same columns.
    ///
    /// ## Why is this bad?
    /// It does not mean "of any length" as in PostgreSQL: VARCHAR and TEXT hold 256 bytes, CHAR
    /// holds one. A longer value ends the INSERT or the COPY.
    ///
    /// ## Example
    /// ```sql
    /// create table notes (note_id bigint, body text);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table notes (note_id bigint, body varchar(4000));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Character types:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html>
    pub const RULE = ("DK253", "default-length", Schema, Hint, ["Amazon Redshift Database Developer Guide: Character types, https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct DefaultLength {
    table: TableName,
    column: Ident,
    written: String,
    bytes: u32,
    /// Other such columns of the table.
    others: usize,
    /// Other tables with the same columns.
    copies: usize,
}

impl Violation for DefaultLength {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let others = match self.others {
            0 => String::new(),
            1 => ", and so is 1 other column".to_owned(),
            n => format!(", and so are {n} other columns"),
        };
        let copies = match self.copies {
            0 => String::new(),
            1 => ", here and in 1 other table with the same columns".to_owned(),
            n => format!(", here and in {n} other tables with the same columns"),
        };
        let bytes = match self.bytes {
            1 => "1 byte".to_owned(),
            n => format!("{n} bytes"),
        };
        format!(
            "`{}.{}` is {} without a length, which is {bytes}{others}{copies}: longer values are refused",
            self.table,
            self.column,
            self.written.to_uppercase()
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Write the length of the longest value, with some room.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        let mut without = create.columns.iter().filter_map(|column| {
            let (written, bytes) = without_length(cx, column)?;
            Some((column, written, bytes))
        });
        let Some((column, written, bytes)) = without.next() else {
            continue;
        };
        // One design in many schemas is told once.
        let copies = cx.schema.copies(table);
        if copies.first().is_some_and(|first| *first != table.name) {
            continue;
        }
        let finding = DefaultLength {
            table: table.name.clone(),
            column: column.name.0.clone(),
            written: written.to_owned(),
            bytes,
            others: without.count(),
            copies: copies.len().saturating_sub(1),
        };
        findings.push(finding.at(cx.location(column.name.1)));
    }
    findings
}

/// The type as it is written and the bytes it holds, where its length is left to Redshift.
fn without_length<'a>(cx: &Context<'a>, column: &ColumnDef) -> Option<(&'a str, u32)> {
    let (DataType::Varchar(bytes) | DataType::Char(bytes)) = column.data_type else {
        return None;
    };
    let span = column.type_span;
    let written = cx.source.text.get(span.start..span.end)?.trim();
    let is_word = |c: char| c.is_ascii_alphabetic() || c.is_whitespace();
    // A template may give it.
    (!written.is_empty() && written.chars().all(is_word)).then_some((written, bytes))
}
