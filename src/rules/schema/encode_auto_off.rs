//! DK216: one encoding turns ENCODE AUTO off.

use serde::Serialize;

use super::Context;
use super::fills::Rebuilt;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Encoding, Table, TableKind};
use crate::sql::write::{self, Action};
use crate::sql::{ColumnAttribute, ColumnDef, CreateTable};

crate::declare_rule! {
    /// ## What it does
    /// Reports tables where some columns name an encoding and others do not, but for temporary ones and
    /// those that their file drops, creates and fills.
    ///
    /// ## Why is this bad?
    /// One explicit ENCODE in CREATE TABLE turns ENCODE AUTO off for the whole table, silently:
    /// the other columns get the default of their type for good, and Redshift no longer improves
    /// them.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint encode zstd, name varchar(200), at timestamp);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (id bigint, name varchar(200), at timestamp);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
    pub const RULE = ("DK216", "encode-auto-off", Schema, Hint, ["Amazon Redshift Database Developer Guide: Compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"]);
}

/// How many columns name an encoding.
#[derive(Debug, Serialize)]
pub(super) struct EncodeAutoOff {
    table: TableName,
    named: usize,
    columns: usize,
    /// The columns without one, with what suits their type; `None` where most have none.
    missing: Option<Vec<(Ident, Encoding)>>,
}

impl Violation for EncodeAutoOff {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` names an encoding for {} of {} columns: that turns ENCODE AUTO off for all of them",
            self.table, self.named, self.columns
        )
    }

    fn remedy(&self) -> Remedy {
        // Naming the few that are missing keeps what was chosen for the others.
        if let Some(missing) = &self.missing {
            // Redshift takes several in one statement [ALTER TABLE].
            let actions: Vec<Action<'_>> = missing
                .iter()
                .map(|(column, encoding)| Action::Encode(column, *encoding))
                .collect();
            let remedy = Remedy::text("Name an encoding for the others as well.");
            return match actions.is_empty() {
                true => remedy,
                false => remedy.with_sql(write::alter(&self.table, &actions)),
            };
        }
        Remedy::text(
            "Name an encoding for every column, or for none if those named are no better than the \
             defaults: ENCODE AUTO takes the place of what is named.",
        )
        .with_sql(write::alter(&self.table, &[Action::EncodeAuto]))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rebuilt = Rebuilt::of(cx);
    for created in cx.created() {
        let (create, table, _) = created;
        // There is no time to improve what is gone soon.
        if table.kind != TableKind::Temporary && !rebuilt.has(created) {
            findings.extend(find(cx, create, table));
        }
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    // LIKE copies what the other table says, where it is told.
    let names_one = |column: &ColumnDef| {
        let encodes = |one: &ColumnAttribute| matches!(one, ColumnAttribute::Encode(..));
        column.attributes.iter().any(encodes)
    };
    if !create.like.is_empty() && !create.columns.iter().any(names_one) {
        return None;
    }
    let named = table
        .columns
        .iter()
        .filter(|column| column.encoding.is_some())
        .count();
    let columns = table.columns.len();
    if named == 0 || named == columns || table.encode_auto {
        return None;
    }
    // Sort keys stay RAW by default, so leaving them out is common and harmless.
    let missing = table
        .columns
        .iter()
        .filter(|column| column.encoding.is_none());
    let only_keys = missing
        .clone()
        .all(|column| table.sort_columns().contains(&column.name));
    if only_keys {
        return None;
    }
    // No fix: the encodings that are named may be better than those that AUTO begins with.
    // Sort keys are RAW where nothing is named, as they should be.
    let unnamed = missing.filter(|column| !table.sort_columns().contains(&column.name));
    let suited: Vec<(Ident, Encoding)> = unnamed
        .filter_map(|column| Some((column.name.clone(), column.data_type.suited_encoding()?)))
        .collect();
    let few = columns - named < named;
    let finding = EncodeAutoOff {
        table: table.name.clone(),
        named,
        columns,
        missing: few.then_some(suited),
    };
    Some(finding.at(cx.location(create.name.span)))
}
