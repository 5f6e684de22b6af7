//! What keeps `ALTER TABLE APPEND` from moving the rows of one table to another [ALTER TABLE APPEND].

use super::{Column, DataType, DistStyle, SortKey, Table, TableKind};
use crate::sql::AppendWords;

/// In what two tables differ that must be alike; `None` where nothing is known to differ.
pub(super) fn unlike(target: &Table, source: &Table, words: AppendWords) -> Option<String> {
    let native = |table: &Table| table.kind == TableKind::Table;
    if !native(target) || !(native(source) || source.kind == TableKind::MaterializedView) {
        let permanent = "both must be permanent tables";
        return Some(permanent.to_owned());
    }
    if words.ignore_extra && words.fill_target {
        return Some("IGNOREEXTRA and FILLTARGET exclude each other".to_owned());
    }
    if !target.columns_known || !source.columns_known {
        return None;
    }
    let extra = |of: &Table, other: &Table| {
        let missing = |column: &&Column| other.column(&column.name).is_none();
        of.columns
            .iter()
            .find(missing)
            .map(|column| column.name.clone())
    };
    if !words.ignore_extra
        && let Some(column) = extra(source, target)
    {
        return Some(format!("it has no column `{column}`"));
    }
    if !words.fill_target
        && let Some(column) = extra(target, source)
    {
        return Some(format!("its column `{column}` is not in the source"));
    }
    let pairs = target.columns.iter().filter_map(|column| {
        let other = source.column(&column.name)?;
        Some((column, other))
    });
    for (column, other) in pairs {
        if let Some(what) = column_unlike(column, other) {
            return Some(what);
        }
    }
    key_unlike(target, source)
}

fn column_unlike(column: &Column, other: &Column) -> Option<String> {
    let known = |column: &Column| !matches!(column.data_type, DataType::Other(_));
    let name = &column.name;
    if known(column) && known(other) && column.data_type != other.data_type {
        let (to, from) = (&column.data_type, &other.data_type);
        return Some(format!("`{name}` is {to}, there {from}"));
    }
    if column.not_null != other.not_null {
        return Some(format!("`{name}` is NOT NULL in one of them alone"));
    }
    match (column.encoding, other.encoding) {
        (Some(to), Some(from)) if to != from => {
            Some(format!("`{name}` is encoded as {to}, there as {from}"))
        }
        _ => None,
    }
}

/// Only what both declare is compared: of AUTO, nothing is known.
fn key_unlike(target: &Table, source: &Table) -> Option<String> {
    let declared = |style: &DistStyle| !matches!(style, DistStyle::Auto(_));
    let (to, from) = (&target.dist_style, &source.dist_style);
    if declared(to) && declared(from) && to != from {
        return Some("their distribution differs".to_owned());
    }
    let sorted = |key: &SortKey| !matches!(key, SortKey::Auto(_));
    let (to, from) = (&target.sort_key, &source.sort_key);
    let differ = sorted(to) && sorted(from) && to != from;
    differ.then(|| "their sort keys differ".to_owned())
}
