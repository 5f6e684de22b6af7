//! What statistics contradict, and what of them is not understood: such values are
//! not used, and each is named.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{ColumnStats, Common, Stats, TableStats, number};
use crate::name::{self, Ident, Resolved, TableName};
use crate::text::units::{counted, thousands};

/// Shares are rounded where they are written down.
const ROUNDING: f64 = 0.001;

/// Keys of a column.
const COLUMN_KEYS: [&str; 9] = [
    "distinct",
    "distinct_share",
    "null_share",
    "average_bytes",
    "min",
    "max",
    "most_common",
    "histogram",
    "correlation",
];

/// A number of a file, checked.
pub(super) fn count(
    value: &Value,
    notes: &mut Vec<String>,
    what: &dyn Fn() -> String,
) -> Option<f64> {
    let read = match value {
        // Exports leave empty what they do not know.
        Value::Null => return None,
        Value::String(text) if text.trim().is_empty() => return None,
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().replace(',', "").parse().ok(),
        _ => None,
    };
    match read {
        Some(number) if number.is_finite() && number >= 0.0 => Some(number),
        Some(_) => {
            notes.push(format!(
                "{} is {}, and a number from zero up is wanted; it is not used",
                what(),
                plain(value)
            ));
            None
        }
        None => {
            notes.push(format!(
                "{} is {}, which is not a number; it is not used",
                what(),
                plain(value)
            ));
            None
        }
    }
}

/// A share of percent, as `SVV_TABLE_INFO` has it.
pub(super) fn percent(
    value: &Value,
    notes: &mut Vec<String>,
    what: &dyn Fn() -> String,
) -> Option<f64> {
    let read = count(value, notes, what)?;
    if read > 100.0 {
        notes.push(format!(
            "{} is {read} percent, which is more than all; it is not used",
            what()
        ));
        return None;
    }
    Some(read / 100.0)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// What is known of a column, without what can't be true.
pub(super) fn column(name: &str, value: &Value, notes: &mut Vec<String>) -> ColumnStats {
    let Value::Object(known) = value else {
        notes.push(format!(
            "`{name}` is {}, and an object is wanted; it is not used",
            plain(value)
        ));
        return ColumnStats::default();
    };
    for key in known.keys() {
        if !COLUMN_KEYS.contains(&key.as_str()) {
            notes.push(format!(
                "`{name}` has the unknown key `{key}`; known are {}",
                COLUMN_KEYS.join(", ")
            ));
        }
    }
    let mut of = |key: &str| {
        let what = || format!("`{key}` of `{name}`");
        known.get(key).and_then(|value| count(value, notes, &what))
    };
    let mut column = ColumnStats {
        distinct: of("distinct"),
        distinct_share: of("distinct_share"),
        null_share: of("null_share"),
        average_bytes: of("average_bytes"),
        min: known.get("min").filter(|value| !value.is_null()).cloned(),
        max: known.get("max").filter(|value| !value.is_null()).cloned(),
        ..ColumnStats::default()
    };
    for (key, share) in [
        ("null_share", &mut column.null_share),
        ("distinct_share", &mut column.distinct_share),
    ] {
        if let Some(value) = share.filter(|share| *share > 1.0) {
            notes.push(format!(
                "`{key}` of `{name}` is {value}, and a share from 0 to 1 is wanted; it is not used"
            ));
            *share = None;
        }
    }
    column.correlation = known.get("correlation").and_then(|value| {
        let read = super::number(value).filter(|read| read.abs() <= 1.0);
        if read.is_none() && !value.is_null() {
            notes.push(format!(
                "`correlation` of `{name}` is {}, and a number from -1 to 1 is wanted; it is not used",
                plain(value)
            ));
        }
        read
    });
    column.most_common = most_common(name, known, column.null_share, notes);
    column.histogram = histogram(name, known, notes);
    column.drop_wrong_ends(name, notes);
    column
}

impl ColumnStats {
    /// The ends of a column's values, where the least is not above the greatest.
    pub(super) fn drop_wrong_ends(&mut self, name: &str, notes: &mut Vec<String>) {
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && let Some(why) = wrong_order(min, max)
        {
            notes.push(format!(
                "`min` of `{name}` is {} and `max` is {}: {why}; neither is used",
                plain(min),
                plain(max)
            ));
            (self.min, self.max) = (None, None);
        }
    }
}

/// Why two values are not the ends of a range.
fn wrong_order(min: &Value, max: &Value) -> Option<&'static str> {
    let numbers = number(min).zip(number(max)).map(|(min, max)| min > max);
    let above = match (min.as_str(), max.as_str()) {
        // Texts may be those of numbers, which have another order: `9` and `10`.
        (Some(min), Some(max)) => min > max && numbers.unwrap_or(true),
        _ => match numbers {
            Some(above) => above,
            None => return Some("these are not both numbers, dates or texts"),
        },
    };
    above.then_some("the smallest is above the largest")
}

/// The most common values with their shares, which leave the NULLs theirs; none where
/// together they come to more than all rows.
fn most_common(
    name: &str,
    known: &Map<String, Value>,
    nulls: Option<f64>,
    notes: &mut Vec<String>,
) -> Vec<Common> {
    let Some(values) = known.get("most_common").filter(|value| !value.is_null()) else {
        return Vec::new();
    };
    let Some(values) = values.as_array() else {
        notes.push(format!(
            "`most_common` of `{name}` is not a list; it is not used"
        ));
        return Vec::new();
    };
    let mut out = Vec::with_capacity(values.len());
    for entry in values {
        let share = entry.get("share").and_then(number);
        match share.filter(|share| (0.0..=1.0).contains(share)) {
            Some(share) => out.push(Common {
                value: entry.get("value").filter(|value| !value.is_null()).cloned(),
                share,
            }),
            None => notes.push(format!(
                "`most_common` of `{name}` has {}, and a `share` from 0 to 1 is wanted",
                plain(entry)
            )),
        }
    }
    out.sort_by(|a, b| b.share.total_cmp(&a.share));
    let sum = nulls.unwrap_or(0.0) + out.iter().map(|common| common.share).sum::<f64>();
    if sum > 1.0 + ROUNDING {
        let with = match nulls {
            Some(_) => "with `null_share` ",
            None => "",
        };
        notes.push(format!(
            "`most_common` of `{name}` comes {with}to a share of {sum:.3}, which is more than all rows; it is not used"
        ));
        return Vec::new();
    }
    out
}

/// The bounds of a histogram, which are in order.
fn histogram(name: &str, known: &Map<String, Value>, notes: &mut Vec<String>) -> Vec<Value> {
    let Some(bounds) = known.get("histogram").filter(|value| !value.is_null()) else {
        return Vec::new();
    };
    let Some(bounds) = bounds.as_array() else {
        notes.push(format!(
            "`histogram` of `{name}` is not a list; it is not used"
        ));
        return Vec::new();
    };
    let wrong = bounds
        .iter()
        .zip(bounds.iter().skip(1))
        .find_map(|(a, b)| Some((a, b, wrong_order(a, b)?)));
    if let Some((a, b, why)) = wrong {
        notes.push(format!(
            "`histogram` of `{name}` has {} before {}: {why}; it is not used",
            plain(a),
            plain(b)
        ));
        return Vec::new();
    }
    bounds.clone()
}

impl Stats {
    /// What only all of a file shows: more distinct values than rows, one table under
    /// two names.
    pub(super) fn contradictions(&mut self, notes: &mut Vec<String>) {
        let public = Ident::exact("public");
        let rows: BTreeMap<TableName, f64> = self
            .tables
            .iter()
            .filter_map(|(name, table)| Some((name.clone(), table.rows?)))
            .collect();
        // The same table under its other name: with `public`, or without.
        let twin = |name: &TableName| match &name.schema {
            None => Some(TableName::new(Some(public.clone()), name.name.clone())),
            Some(schema) if *schema == public => Some(TableName::new(None, name.name.clone())),
            Some(_) => None,
        };
        for (bare, bare_rows) in rows.iter().filter(|(name, _)| name.schema.is_none()) {
            let other = twin(bare).and_then(|twin| rows.get_key_value(&twin));
            if let Some((full, rows)) = other.filter(|(_, rows)| *rows != bare_rows) {
                notes.push(format!(
                    "`{bare}` has {} and `{full}` {}, and both are one table to most search paths; each is used where it is named so",
                    counted(*bare_rows, "row"),
                    thousands(*rows)
                ));
            }
        }
        for (name, table) in &mut self.tables {
            let of_twin = || rows.get(&twin(name)?).copied();
            if let Some(rows) = rows.get(name).copied().or_else(of_twin) {
                table.count_distinct(rows);
                table.cap_distinct(name, rows, notes);
            }
        }
    }

    /// Tables that are known by none of these names: statistics of them are of no use.
    pub fn tables_without<'n>(
        &self,
        names: impl Iterator<Item = &'n TableName>,
    ) -> Vec<&TableName> {
        let used: Vec<&TableName> = names
            .filter_map(|name| match name::resolve(&self.tables, name, &[]) {
                Resolved::Found(used, _) => Some(used),
                Resolved::Unknown | Resolved::Ambiguous(_) => None,
            })
            .collect();
        let unused = self.tables.keys();
        unused.filter(|name| !used.contains(name)).collect()
    }
}

impl TableStats {
    /// Distinct values that are known as a share of the rows.
    fn count_distinct(&mut self, rows: f64) {
        for known in self.columns.values_mut() {
            let counted = known.distinct_share.map(|share| (share * rows).max(1.0));
            known.distinct = counted.or(known.distinct);
        }
    }

    /// There are no more distinct values than rows.
    fn cap_distinct(&mut self, table: &TableName, rows: f64, notes: &mut Vec<String>) {
        for (column, known) in &mut self.columns {
            if let Some(distinct) = known.distinct.filter(|distinct| *distinct > rows) {
                notes.push(format!(
                    "`{table}.{column}` has {} in {}; as many as rows are used",
                    counted(distinct, "distinct value"),
                    counted(rows, "row")
                ));
                known.distinct = Some(rows);
            }
        }
    }
}
