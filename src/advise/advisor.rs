//! What AWS's Advisor recommends (`SVV_ALTER_TABLE_RECOMMENDATIONS`), set beside what is
//! recommended here: the same, or another, and what the workload then moves and takes.

use schemars::JsonSchema;
use serde::Serialize;

use super::Keys;
use super::design::Design;
use super::evaluate::WITHIN_NOISE;
use super::present::Present;
use super::sum::{Sum, sum};
use crate::name::{Ident, TableName};
use crate::schema::{DistStyle, Encoding, SortKey, Table};
use crate::sql::write::{self, Action, Sql, Style};
use crate::sql::{AlterAction, Body, DistStyleWord, Script, SortKeyWord};
use crate::text::units::{duration, size};
use crate::work::BLOCK_BYTES;

/// What AWS recommends: one action on one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Theirs {
    table: TableName,
    action: TheirAction,
}

#[derive(Debug, Clone, PartialEq)]
enum TheirAction {
    Distribute(DistStyle),
    Sort(Vec<Ident>),
    Encode(Ident, Encoding),
    EncodeAuto,
}

/// One statement of AWS's, beside what is recommended here.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Beside {
    /// AWS's statement.
    pub sql: Sql,
    /// Whether it is recommended here, too.
    pub verdict: Agreement,
    /// The keys that are recommended here; `None` where the table is not known.
    pub ours: Option<Keys>,
    /// What the workload comes to as recommended here, but with AWS's keys for this table, less
    /// what it comes to as recommended: bytes of the objective; `None` where they are the same.
    pub more_bytes: Option<f64>,
    /// The same of the weighted time, in milliseconds.
    pub more_ms: Option<f64>,
    /// Why, in a sentence.
    pub why: String,
}

/// How a recommendation of AWS's stands to what is recommended here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The same is recommended here.
    Agrees,
    /// The table is so already.
    Done,
    /// Something else is recommended here.
    Differs,
    /// It can't be weighed: the table is not known, or it is no key.
    NotWeighed,
}

/// All that AWS recommends, beside what is recommended here.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Advisor {
    /// Each statement.
    pub statements: Vec<Beside>,
    /// The workload with every key that AWS recommends, and no other changed: bytes of the
    /// objective, and weighted milliseconds. `None` where none can be weighed.
    pub bytes: Option<f64>,
    /// The weighted time, in milliseconds.
    pub ms: Option<f64>,
}

/// What an export of `SVV_ALTER_TABLE_RECOMMENDATIONS` recommends, or the statements alone.
pub fn theirs(script: &Script) -> Vec<Theirs> {
    let altered = script
        .statements
        .iter()
        .filter_map(|statement| match &statement.body {
            Body::AlterTable(alter) => Some(alter),
            _ => None,
        });
    let each = altered.flat_map(|alter| {
        let actions = alter.actions.iter();
        let actions = actions.filter_map(|(action, _)| TheirAction::of(action));
        actions.map(|action| Theirs {
            table: alter.name.table.clone(),
            action,
        })
    });
    each.collect()
}

impl TheirAction {
    fn of(action: &AlterAction) -> Option<Self> {
        Some(match action {
            AlterAction::DistKey((column, _), _) => {
                Self::Distribute(DistStyle::Key(column.clone()))
            }
            AlterAction::DistStyle(DistStyleWord::All, _) => Self::Distribute(DistStyle::All),
            AlterAction::DistStyle(DistStyleWord::Even, _) => Self::Distribute(DistStyle::Even),
            AlterAction::DistStyle(DistStyleWord::Auto, _) => {
                Self::Distribute(DistStyle::Auto(None))
            }
            AlterAction::SortKey(SortKeyWord::Compound, columns, _) => {
                Self::Sort(columns.iter().map(|(name, _)| name.clone()).collect())
            }
            AlterAction::ColumnEncode((column, _), _, Some(encoding), _) => {
                Self::Encode(column.clone(), *encoding)
            }
            AlterAction::EncodeAuto(_) => Self::EncodeAuto,
            _ => return None,
        })
    }

    /// The statement, written anew: what stands in AWS's comments says nothing to a reader.
    fn sql(&self, table: &TableName) -> Sql {
        let action = match self {
            Self::Distribute(DistStyle::Key(column)) => Action::DistKey(column),
            Self::Distribute(DistStyle::All) => Action::DistStyle(Style::All),
            Self::Distribute(DistStyle::Even) => Action::DistStyle(Style::Even),
            Self::Distribute(DistStyle::Auto(_)) => Action::DistStyle(Style::Auto),
            Self::Sort(columns) => Action::SortKey(columns),
            Self::Encode(column, encoding) => Action::Encode(column, *encoding),
            Self::EncodeAuto => Action::EncodeAuto,
        };
        write::alter(table, &[action])
    }

    /// Whether a table has it.
    fn is_in(&self, design: &Design, table: &Table) -> bool {
        match self {
            Self::Distribute(DistStyle::Auto(_)) => matches!(table.dist_style, DistStyle::Auto(_)),
            Self::Distribute(style) => design.style(&table.name) == *style,
            Self::Sort(columns) => {
                matches!(table.sort_key, SortKey::Compound(_) | SortKey::Auto(_))
                    && table.sort_columns() == columns
            }
            Self::Encode(column, encoding) => table
                .column(column)
                .is_some_and(|column| column.encoding == Some(*encoding)),
            Self::EncodeAuto => table.encode_auto,
        }
    }

    /// Gives it to a table, if it is a key.
    fn give(&self, design: &mut Design, table: &TableName) -> bool {
        match self {
            Self::Distribute(DistStyle::Auto(_)) | Self::Encode(..) | Self::EncodeAuto => {
                return false;
            }
            Self::Distribute(style) => design.distribute(table, style.clone()),
            Self::Sort(columns) => design.sort(table, columns),
        }
        true
    }

    /// A column that it names and the table does not have.
    fn unknown<'a>(&'a self, table: &Table) -> Option<&'a Ident> {
        let named: &[Ident] = match self {
            Self::Distribute(DistStyle::Key(column)) | Self::Encode(column, _) => {
                std::slice::from_ref(column)
            }
            Self::Sort(columns) => columns,
            _ => &[],
        };
        let is_unknown = |name: &&Ident| table.columns_known && table.column(name).is_none();
        named.iter().find(is_unknown)
    }
}

/// What the workload comes to more than as recommended here.
#[derive(Debug, Clone, Copy)]
struct More {
    bytes: f64,
    ms: f64,
}

/// AWS's recommendations beside the design that was found. `keys` tells what is recommended of a
/// table.
pub(super) fn beside(
    present: &Present<'_>,
    found: &Design,
    theirs: &[Theirs],
    keys: &dyn Fn(&TableName) -> Option<Keys>,
) -> Advisor {
    let ours = whole(present, found);
    let mut all = present.design().clone();
    let mut weighed = false;
    let mut statements = Vec::with_capacity(theirs.len());
    for one in theirs {
        let table = present.design().schema.resolve(&one.table);
        let (verdict, more, why) = match table {
            None => (
                Agreement::NotWeighed,
                None,
                "no DDL that was given defines the table".to_owned(),
            ),
            Some(table) => {
                let known = one.action.unknown(table).is_none();
                weighed |= known && one.action.give(&mut all, &table.name);
                compared(present, found, ours, one, table)
            }
        };
        statements.push(Beside {
            sql: one.action.sql(&one.table),
            verdict,
            ours: table.and_then(|table| keys(&table.name)),
            more_bytes: more.map(|more| more.bytes),
            more_ms: more.map(|more| more.ms),
            why,
        });
    }
    let total = weighed.then(|| whole(present, &all)).flatten();
    Advisor {
        statements,
        bytes: total.map(|total| total.bytes),
        ms: total.map(|total| total.ms),
    }
}

fn compared(
    present: &Present<'_>,
    found: &Design,
    ours: Option<Sum>,
    one: &Theirs,
    table: &Table,
) -> (Agreement, Option<More>, String) {
    let so = |agreement, why: &str| (agreement, None, why.to_owned());
    if let Some(column) = one.action.unknown(table) {
        let why = format!("`{}` has no column `{column}` in the DDL", table.name);
        return (Agreement::NotWeighed, None, why);
    }
    if one.action.is_in(present.design(), table) {
        return so(Agreement::Done, "the table is so already");
    }
    let found_table = found.table(&table.name).unwrap_or(table);
    if one.action.is_in(found, found_table) {
        return so(Agreement::Agrees, "recommended here, too");
    }
    let mut design = found.clone();
    if !one.action.give(&mut design, &table.name) {
        return so(
            Agreement::NotWeighed,
            "it changes no key; only keys are weighed here",
        );
    }
    let both = ours.zip(whole(present, &design));
    let Some((ours, theirs)) = both else {
        return so(Agreement::NotWeighed, "a query can't be planned under it");
    };
    let more = More {
        bytes: theirs.bytes - ours.bytes,
        ms: theirs.ms - ours.ms,
    };
    (Agreement::Differs, Some(more), why(ours, more))
}

/// What AWS's key does, in the place of the one that is recommended.
fn why(ours: Sum, more: More) -> String {
    let bytes = match more.bytes {
        by if by >= BLOCK_BYTES => Some(format!("moves, stores and rewrites {} more", size(by))),
        by if by <= -BLOCK_BYTES => Some(format!("moves, stores and rewrites {} less", size(-by))),
        _ => None,
    };
    let ms = match more.ms {
        by if by > ours.ms * WITHIN_NOISE => Some(format!("takes {} more", duration(by))),
        by if by < -ours.ms * WITHIN_NOISE => Some(format!("takes {} less", duration(-by))),
        _ => None,
    };
    let said: Vec<String> = bytes.into_iter().chain(ms).collect();
    match said.is_empty() {
        true => "by the model neither is better: less than 1 MB and than its noise".to_owned(),
        false => format!("with AWS's the workload {}", said.join(" and ")),
    }
}

/// What the whole workload comes to under a design.
fn whole(present: &Present<'_>, design: &Design) -> Option<Sum> {
    let tables: Vec<TableName> = present.design().schema.tables.keys().cloned().collect();
    sum(present, design, &present.planned.entries(), &tables)
}
