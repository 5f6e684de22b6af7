//! DK251: one key under one name, with different types.

use std::collections::HashMap;

use serde::Serialize;

use super::Context;
use crate::name::{ColumnRef, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DataType, Table, TableKind};

crate::declare_rule! {
    /// ## What it does
    /// Reports columns that are named as keys (`…_id`, `…_key`, `…_sk`, `…_uuid`) and are numbers
    /// in some tables and texts in others. The tables that are fewer are reported; a join in the
    /// files makes it a warning.
    ///
    /// ## Why is this bad?
    /// A join of the two compares a cast: it can't be co-located, whatever the distribution keys
    /// are, and a value that is no number ends the query.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint, customer_id bigint);
    /// create table returns (return_id bigint, customer_id bigint);
    /// create table tickets (ticket_id bigint, customer_id varchar(32));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint, customer_id bigint);
    /// create table returns (return_id bigint, customer_id bigint);
    /// create table tickets (ticket_id bigint, customer_id bigint);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Data distribution for query optimization:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Distributing_data.html>
    pub const RULE = ("DK251", "mixed-types", Schema, Hint, ["Amazon Redshift Database Developer Guide: Data distribution for query optimization, https://docs.aws.amazon.com/redshift/latest/dg/t_Distributing_data.html"]);
}

/// The column and its namesakes.
#[derive(Debug, Serialize)]
pub(super) struct MixedTypes {
    table: TableName,
    column: Ident,
    data_type: String,
    /// Tables where it is of the other kind.
    others: usize,
    /// One of them.
    referred: ColumnRef,
    other_type: String,
    /// Whether a query joins it with one of them.
    joined: bool,
}

impl Violation for MixedTypes {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let more = match self.others {
            1 => String::new(),
            n => format!(" and in {} more", n - 1),
        };
        let joined = if self.joined {
            ", with which it is joined"
        } else {
            ""
        };
        format!(
            "`{}.{}` is {} here and {} in `{}`{more}{joined}",
            self.table, self.column, self.data_type, self.other_type, self.referred.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Give a key one type in all tables, a number where its values are numbers.")
    }

    fn severity(&self) -> Severity {
        match self.joined {
            true => Severity::Warning,
            false => Severity::Hint,
        }
    }
}

/// What keys are called.
const ENDINGS: [&str; 4] = ["_id", "_key", "_sk", "_uuid"];

/// Whether a type holds numbers or texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Number,
    Text,
}

fn class(data_type: &DataType) -> Option<Class> {
    match data_type {
        DataType::SmallInt | DataType::Integer | DataType::BigInt | DataType::Decimal { .. } => {
            Some(Class::Number)
        }
        DataType::Char(_) | DataType::Varchar(_) => Some(Class::Text),
        _ => None,
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lasting = |table: &Table| table.kind == TableKind::Table;
    for (create, table, _) in cx.created().filter(|(_, table, _)| lasting(table)) {
        for column in table.columns.iter().filter(|column| is_key(&column.name)) {
            // Of declared keys DK205 speaks.
            let mut declared = table.foreign_keys.iter().flat_map(|key| &key.columns);
            let declared = declared.any(|name| *name == column.name);
            let Some(here) = class(&column.data_type).filter(|_| !declared) else {
                continue;
            };
            let all = namesakes(cx, &column.name);
            let others: Vec<&TableName> = all
                .iter()
                .filter(|(_, other)| *other != here)
                .map(|(table, _)| table)
                .collect();
            let alike = all.len() - others.len();
            // Of two kinds that are as many, the text is reported.
            let is_odd = alike < others.len() || alike == others.len() && here == Class::Text;
            let (true, Some(first)) = (is_odd, others.first()) else {
                continue;
            };
            let mut joined = cx.uses.joined(cx.schema, table, &column.name);
            let joined = joined.find(|(other, _)| others.iter().any(|one| **one == other.name));
            let referred = match joined {
                Some((other, _)) => Some(other),
                None => cx.schema.tables.get(*first),
            };
            let there = referred.and_then(|table| Some((table, table.column(&column.name)?)));
            let Some((referred, there)) = there else {
                continue;
            };
            let finding = MixedTypes {
                table: table.name.clone(),
                column: column.name.clone(),
                data_type: column.data_type.to_string(),
                others: others.len(),
                referred: ColumnRef {
                    table: referred.name.clone(),
                    column: column.name.clone(),
                },
                other_type: there.data_type.to_string(),
                joined: joined.is_some(),
            };
            findings.push(finding.at(cx.at_column(create, &column.name)));
        }
    }
    findings
}

fn is_key(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The tables with a column that is called like a key, by its name.
pub(super) type Keys = HashMap<Ident, Vec<(TableName, Class)>>;

/// The tables that have a column of this name, one for each name of a table.
fn namesakes<'a>(cx: &Context<'a>, name: &Ident) -> &'a [(TableName, Class)] {
    let keys = cx.shared.keys.get_or_init(|| {
        let mut keys = Keys::new();
        let tables = cx.schema.tables.values();
        for table in tables.filter(|table| table.kind == TableKind::Table) {
            for column in table.columns.iter().filter(|column| is_key(&column.name)) {
                if let Some(class) = class(&column.data_type) {
                    let tables = keys.entry(column.name.clone()).or_default();
                    tables.push((table.name.clone(), class));
                }
            }
        }
        keys
    });
    keys.get(name).map_or(&[], Vec::as_slice)
}
