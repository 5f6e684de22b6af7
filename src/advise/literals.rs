//! What the workload's own literals tell of a column, where statistics say nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::Value;

use super::design::Design;
use super::evaluate::Evaluated;
use super::sort_keys::is_time;
use crate::name::{Ident, TableName};
use crate::plan::condition::{Comparison, Conjunct};
use crate::schema::{DataType, Table};
use crate::stats::number_of_text;

/// How many times the longest range that queries ask for a time column reaches back: Redshift's
/// planner, like PostgreSQL's, takes a range of unknown ends for a third of the rows
/// (`DEFAULT_INEQ_SEL`).
const TIMES_THE_RANGE: f64 = 3.0;

/// Columns of which the workload's literals stand for the least and greatest value.
#[derive(Debug, Clone, Default)]
pub(super) struct Reaching {
    /// They are taken to span the literals.
    pub spanning: Vec<(TableName, Ident)>,
    /// Times of which the longest range is taken as a third.
    pub reaching_back: Vec<(TableName, Ident)>,
}

impl Reaching {
    /// All of them.
    pub fn columns(&self) -> impl Iterator<Item = &(TableName, Ident)> {
        self.spanning.iter().chain(&self.reaching_back)
    }

    /// The tables that have one.
    pub fn tables(&self) -> BTreeSet<&TableName> {
        self.columns().map(|(table, _)| table).collect()
    }
}

/// The literals that a column is compared with.
#[derive(Debug, Default)]
struct Compared {
    numbers: Vec<(f64, String)>,
    texts: BTreeSet<String>,
    /// The lower ends of ranges.
    from: Vec<f64>,
}

/// Takes the literals that queries compare a column with for what its values span, where the least
/// and greatest value are not known. Queries ask for what is there: the span is a part of the real
/// one, so that what a sort key skips is understated rather than made up. A time goes on until
/// today, and back as far as makes the longest range a third.
pub(super) fn fill(design: &mut Design, all: &[Evaluated]) -> Reaching {
    let mut found: BTreeMap<(TableName, Ident), Compared> = BTreeMap::new();
    for one in all {
        for node in one.plan.nodes.iter().filter(|node| node.operator.is_scan()) {
            let table = node.table_name();
            let table = table.and_then(|name| design.schema.resolve(&name));
            let (Some(table), Some(filter)) = (table, node.filter()) else {
                continue;
            };
            for conjunct in filter {
                let [column] = conjunct.columns.as_slice() else {
                    continue;
                };
                if conjunct.around.is_none() && table.column(column).is_some() {
                    let key = (table.name.clone(), column.clone());
                    found.entry(key).or_default().add(conjunct);
                }
            }
        }
    }
    let mut reaching = Reaching::default();
    for (key, compared) in found {
        let (table, column) = &key;
        let Some(data_type) = design.table(table).and_then(|t| type_of(t, column)) else {
            continue;
        };
        let today = design.stats.today;
        let back = is_time(&data_type)
            .then(|| compared.reaching_back(today))
            .flatten();
        let ends = match &back {
            Some(ends) => Some(ends.clone()),
            None => compared.ends(&data_type),
        };
        let Some([min, max]) = ends else {
            continue;
        };
        let known = design.stats.table_mut(table).columns.entry(column.clone());
        let known = known.or_default();
        if known.min.is_none() && known.max.is_none() {
            known.min = Some(Value::String(min));
            known.max = Some(Value::String(max));
            match back {
                Some(_) => reaching.reaching_back.push(key),
                None => reaching.spanning.push(key),
            }
        }
    }
    reaching
}

/// The design with nothing taken for the ends of these columns.
pub(super) fn without(design: &Design, reaching: &Reaching) -> Design {
    let mut design = design.clone();
    for (table, column) in reaching.columns() {
        if let Some(known) = design.stats.table_mut(table).columns.get_mut(column) {
            (known.min, known.max) = (None, None);
        }
    }
    design
}

fn type_of(table: &Table, column: &Ident) -> Option<DataType> {
    table.column(column).map(|column| column.data_type.clone())
}

impl Compared {
    fn add(&mut self, conjunct: &Conjunct) {
        let values = conjunct.literals.iter();
        for text in values.chain(&conjunct.lower).chain(&conjunct.upper) {
            self.texts.insert(text.clone());
            self.numbers
                .extend(number_of_text(text).map(|value| (value, text.clone())));
        }
        let lower = conjunct.lower.iter();
        let lower = lower.filter(|_| conjunct.comparison == Comparison::Range);
        self.from
            .extend(lower.filter_map(|text| number_of_text(text)));
    }

    /// The least and the greatest, if they differ.
    fn ends(&self, data_type: &DataType) -> Option<[String; 2]> {
        if matches!(data_type, DataType::Char(_) | DataType::Varchar(_)) {
            let ends = self.texts.first().zip(self.texts.last());
            return ends
                .filter(|(a, b)| a != b)
                .map(|(a, b)| [a.clone(), b.clone()]);
        }
        let by_value = |a: &&(f64, String), b: &&(f64, String)| a.0.total_cmp(&b.0);
        let least = self.numbers.iter().min_by(by_value)?;
        let greatest = self.numbers.iter().max_by(by_value)?;
        (least.0 < greatest.0).then(|| [least.1.clone(), greatest.1.clone()])
    }

    /// The days from which and until which a time reaches, if ranges of it are asked for.
    fn reaching_back(&self, today: Option<Date>) -> Option<[String; 2]> {
        let from = self.from.iter().copied().reduce(f64::min)?;
        let latest = self.numbers.iter().map(|(value, _)| *value);
        let today = today.and_then(|today| number_of_text(&today.to_string()));
        let until = latest.chain(today).reduce(f64::max)?;
        if until <= from {
            return None;
        }
        let first = until - TIMES_THE_RANGE * (until - from);
        Some([day(first)?, day(until)?])
    }
}

/// The day that lies so many days after 1970-01-01.
fn day(days: f64) -> Option<String> {
    let day = date(1970, 1, 1).checked_add((days.floor() as i32).days());
    day.ok().map(|day| day.to_string())
}
