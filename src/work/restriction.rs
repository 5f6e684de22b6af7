//! What the filters of a scan ask of the columns of a sort key, as far as zone maps can tell.

use crate::name::{self, Ident};
use crate::plan::condition::{Comparison, Conjunct};
use crate::schema::{DataType, Table};
use crate::sql::write;
use crate::stats::{
    Basis, ColumnStats, Edge, Estimate, Known, TableStats, UNKNOWN_SHARE, number_of_text,
};
use crate::thresholds::DEFAULT_DISTINCT;

use super::Bound;
use super::text_prefix::{self, Told};
use super::zone_map::{Part, Restriction};

/// Why the share of a column's values that a condition asks for is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The column's least and greatest value were not given.
    Ends,
    /// What it is compared with has a value only when the query runs.
    Value,
    /// It asks for a range of text.
    Text,
    /// It asks for several ranges, or for all but one.
    Several,
    /// It asks by value, and nothing tells how many values there are.
    Frequency,
    /// It asks for a text of which zone maps keep the first bytes only, and nothing tells how many
    /// others begin so.
    Prefix,
    /// It asks for a later column of the key, within each value of one before, and nothing tells
    /// how many of those there are.
    Before,
}

/// A condition of unknown share, for the reader.
#[derive(Debug, Clone)]
pub(super) struct Open<'a> {
    column: &'a Ident,
    condition: &'a str,
    why: Unknown,
}

impl<'a> Open<'a> {
    /// A condition on a column of the key behind one of which nothing tells how many values it has.
    pub(super) fn behind(column: &'a Ident, condition: &'a Conjunct) -> Self {
        Self {
            column,
            condition: &condition.text,
            why: Unknown::Before,
        }
    }

    /// The fact that would narrow it, with what fetches it; `None` where no fact of the table
    /// does.
    pub(super) fn wanted(&self, table: &Table) -> Option<String> {
        let (name, column) = (&table.name, self.column);
        match self.why {
            Unknown::Ends => Some(format!(
                "min and max of `{name}.{column}`: {}",
                write::ends(name, column)
            )),
            Unknown::Frequency | Unknown::Before => Some(format!(
                "distinct values of `{name}.{column}`: distkey stats-query --columns"
            )),
            Unknown::Prefix => Some(format!(
                "values of `{name}.{column}`: distkey stats-query --columns"
            )),
            Unknown::Value | Unknown::Several | Unknown::Text => None,
        }
    }

    /// What would narrow it; `None` where the frequency of values would.
    pub(super) fn narrower(&self, table: &Table) -> Option<String> {
        let (name, column) = (&table.name, self.column);
        Some(match self.why {
            Unknown::Ends => format!(
                "The least and the greatest value in `--stats` would narrow it: {}",
                write::ends(name, column)
            ),
            Unknown::Value => "A literal in its place would narrow it.".to_owned(),
            Unknown::Several => {
                "What ranges joined by OR or negated leave is not computed.".to_owned()
            }
            Unknown::Text => "How texts are spread is not reckoned with.".to_owned(),
            Unknown::Before => format!(
                "It is skipped by within each value of `{column}`, and how many those are is not \
                 known. `distkey stats-query --columns` exports it."
            ),
            Unknown::Prefix => {
                "Zone maps keep the first eight bytes of a text. `distkey stats-query --columns` \
                 exports values that tell how others begin."
                    .to_owned()
            }
            Unknown::Frequency => return None,
        })
    }

    /// What follows for the interval, and what would narrow it.
    pub(super) fn told(&self, table: &Table) -> String {
        let (name, column) = (&table.name, self.column);
        let key = name::list(table.sort_columns());
        let Some(narrower) = self.narrower(table) else {
            return format!(
                "`{name}` is sorted by ({key}), and how many values `{column}` has is not known: \
                 for `{}` the median takes one of {DEFAULT_DISTINCT:.0} values, as Redshift does, \
                 the low end of the interval next to no row, and the high end {:.0} % of them. \
                 `distkey stats-query --columns` exports what is known of columns.",
                self.condition,
                UNKNOWN_SHARE.1 * 100.0
            );
        };
        let skipped = match self.why {
            Unknown::Prefix => {
                "the low end of the interval and the median skip blocks as if it told the text \
                 apart, the high end skips none for it"
            }
            _ => {
                "the low end of the interval skips all blocks that it could, the median and the \
                 high end skip none for it"
            }
        };
        format!(
            "`{name}` is sorted by ({key}), but what share of its rows `{}` leaves is not known: \
             {skipped}. {narrower}",
            self.condition
        )
    }
}

/// What the filters ask of one column, at one end of what is not known.
pub(super) struct Asked<'a> {
    /// What they ask.
    pub restriction: Restriction,
    /// The condition whose share is not known, if there is one: at the low end it leaves
    /// next to nothing, otherwise all.
    pub open: Option<Open<'a>>,
}

/// A column of a table and what is known of it.
fn subject<'a>(table: &Table, stats: &'a TableStats, name: &Ident) -> Known<'a> {
    let column = table.column(name);
    let known = stats.columns.get(name).unwrap_or(ColumnStats::UNKNOWN);
    let is_key = column.is_some_and(|column| column.not_null || column.identity);
    Known {
        stats: known,
        distinct: known.distinct,
        text: column.is_some_and(|column| {
            matches!(column.data_type, DataType::Char(_) | DataType::Varchar(_))
        }),
        not_null: is_key || table.primary_key.contains(name),
        rows: stats.rows.unwrap_or(f64::INFINITY),
    }
}

/// What the filters ask of one column, at one end of what is not known.
///
/// An equality with an unknown value leaves as much as any other, on average; a range may leave
/// anything.
pub(super) fn asked<'a>(
    table: &Table,
    name: &'a Ident,
    stats: &TableStats,
    filters: &[&'a Conjunct],
    bound: Bound,
) -> Asked<'a> {
    let plain = plain(name, filters);
    let of = subject(table, stats, name);
    let told = told(of, &plain);
    if told == Told::Alike {
        return Asked {
            restriction: Restriction::None,
            open: None,
        };
    }
    let known = known(of, &plain, bound);
    if told == Told::Unknown {
        return behind_its_prefix(name, known, &plain, bound);
    }
    // Values that are asked for one by one leave no more than their share.
    let open = match (&known, is_counted(of)) {
        (Restriction::Values(_), true) => None,
        (Restriction::Values(_), false) => {
            plain
                .iter()
                .find(|filter| is_by_value(filter))
                .map(|filter| Open {
                    column: name,
                    condition: &filter.text,
                    why: Unknown::Frequency,
                })
        }
        _ => plain.iter().find_map(|filter| open(name, of, filter)),
    };
    let restriction = match (bound, &open, known) {
        (_, _, known @ Restriction::Values(_)) => known,
        (Bound::Low, Some(_), _) => Restriction::Range(Part::new(None, 0.0)),
        (_, _, known) => known,
    };
    Asked { restriction, open }
}

/// Whether zone maps tell the texts that are asked for by value from others.
fn told(of: Known<'_>, plain: &[&Conjunct]) -> Told {
    let by_value = plain.iter().filter(|filter| of.text && is_by_value(filter));
    let values = by_value.flat_map(|filter| &filter.literals);
    let each: Vec<Told> = values
        .map(|value| text_prefix::told(of.stats, value))
        .collect();
    match () {
        () if each.contains(&Told::Alike) => Told::Alike,
        () if each.contains(&Told::Unknown) => Told::Unknown,
        () => Told::Apart,
    }
}

/// What is asked of a text of which a zone map keeps a part: as little as of the whole value, but
/// all of the rows may begin so.
fn behind_its_prefix<'a>(
    column: &'a Ident,
    known: Restriction,
    plain: &[&'a Conjunct],
    bound: Bound,
) -> Asked<'a> {
    let condition = plain.iter().find(|filter| is_by_value(filter));
    Asked {
        restriction: match bound {
            Bound::High => Restriction::None,
            Bound::Low | Bound::Likely => known,
        },
        open: condition.map(|filter| Open {
            column,
            condition: &filter.text,
            why: Unknown::Prefix,
        }),
    }
}

/// Whether zone maps skip nothing by a column's condition because its texts begin alike.
pub(super) fn begins_alike(
    table: &Table,
    name: &Ident,
    stats: &TableStats,
    filters: &[&Conjunct],
) -> bool {
    let of = subject(table, stats, name);
    told(of, &plain(name, filters)) == Told::Alike
}

/// The conditions on a column itself.
fn plain<'a>(name: &Ident, filters: &[&'a Conjunct]) -> Vec<&'a Conjunct> {
    let of_column = |filter: &&&Conjunct| filter.columns == [name.clone()];
    let mine = filters.iter().filter(of_column);
    mine.filter(|filter| filter.around.is_none())
        .copied()
        .collect()
}

fn is_by_value(filter: &Conjunct) -> bool {
    matches!(filter.comparison, Comparison::Equal | Comparison::OneOf)
}

/// Whether it is known how frequent a value is, on average at least.
fn is_counted(of: Known<'_>) -> bool {
    of.equal(None).is_some()
}

/// The condition, if what it leaves is not known.
fn open<'a>(name: &'a Ident, of: Known<'_>, filter: &'a Conjunct) -> Option<Open<'a>> {
    let compares = matches!(
        filter.comparison,
        Comparison::Equal | Comparison::OneOf | Comparison::Range | Comparison::Ranges
    );
    let bounds = [&filter.lower, &filter.upper];
    let mut bounds = bounds.into_iter().flatten().peekable();
    let why = match filter.comparison {
        _ if filter.parameter && compares => Unknown::Value,
        Comparison::Ranges => Unknown::Several,
        Comparison::Range if bounds.peek().is_none() => Unknown::Value,
        Comparison::Range if of.text && between(of, &filter.lower, &filter.upper).is_none() => {
            Unknown::Text
        }
        // No number and no date: what it is turns out when the query runs.
        Comparison::Range if !of.text && bounds.all(|bound| number_of_text(bound).is_none()) => {
            Unknown::Value
        }
        Comparison::Range if of.between(None, None).is_none() => Unknown::Ends,
        _ => return None,
    };
    Some(Open {
        column: name,
        condition: &filter.text,
        why,
    })
}

/// The share of rows between two literals.
fn between(of: Known<'_>, low: &Option<String>, high: &Option<String>) -> Option<Estimate> {
    of.between(low.as_deref().map(edge), high.as_deref().map(edge))
}

fn edge(value: &str) -> Edge<'_> {
    Edge {
        value,
        inclusive: true,
    }
}

/// A share at one end of what is not known.
fn at(estimate: Estimate, bound: Bound) -> f64 {
    match bound {
        Bound::Low => estimate.low,
        Bound::Likely => estimate.likely,
        Bound::High => estimate.high,
    }
}

/// What the values that are known ask of a column.
fn known(of: Known<'_>, plain: &[&Conjunct], bound: Bound) -> Restriction {
    let mine: Vec<&&Conjunct> = plain.iter().filter(|filter| !filter.parameter).collect();
    let below = |value: &str| {
        of.between(None, Some(edge(value)))
            .map(|share| share.likely)
    };
    let values: Option<Vec<&String>> = mine
        .iter()
        .filter(|filter| is_by_value(filter))
        .map(|filter| filter.literals.iter().collect::<Vec<_>>())
        .min_by_key(Vec::len);
    if let Some(values) = values {
        let count = values.len().max(1);
        let mut parts: Vec<Part> = (0..count)
            .map(|i| {
                let value = values.get(i).map(|value| value.as_str());
                let share = match of.equal(value) {
                    // Each is as frequent as the others on average; a plan of many values
                    // is not read whole because one of them may be most of the rows.
                    Some(share) if share.basis == Basis::Distinct => share.likely,
                    Some(share) => at(share, bound),
                    None => match bound {
                        Bound::Low => 0.0,
                        Bound::Likely => 1.0 / DEFAULT_DISTINCT,
                        Bound::High => UNKNOWN_SHARE.1,
                    },
                };
                let place = value.and_then(below);
                // Values whose place is unknown are taken as evenly spread.
                Part::new(place.or(Some((i as f64 + 0.5) / count as f64)), share)
            })
            .collect();
        parts.sort_by(|a, b| a.from.total_cmp(&b.from));
        apart(&mut parts);
        return Restriction::Values(parts);
    }
    let (mut low, mut high) = (None::<&String>, None::<&String>);
    let mut any = false;
    let above = |a: &str, b: &str| match of.text {
        true => a > b,
        false => number_of_text(a) > number_of_text(b),
    };
    let is_known = |value: &&String| of.text || number_of_text(value).is_some();
    for filter in mine
        .iter()
        .filter(|filter| filter.comparison == Comparison::Range)
    {
        any = true;
        if let Some(bound) = filter.lower.as_ref().filter(is_known) {
            low = Some(low.filter(|low| above(low, bound)).unwrap_or(bound));
        }
        if let Some(bound) = filter.upper.as_ref().filter(is_known) {
            high = Some(high.filter(|high| above(bound, high)).unwrap_or(bound));
        }
    }
    if !any {
        return Restriction::None;
    }
    match of.between(low.map(|low| edge(low)), high.map(|high| edge(high))) {
        Some(share) => {
            let from = low.map_or(Some(0.0), |low| below(low));
            Restriction::Range(Part::new(from, at(share, bound)))
        }
        // Without the least and greatest value nothing can be said to be skipped.
        None => Restriction::None,
    }
}

/// Moves parts that are in order so that none overlaps another: rows have one value each.
fn apart(parts: &mut [Part]) {
    let mut from = 0.0f64;
    for part in parts.iter_mut() {
        let share = part.to - part.from;
        part.from = part.from.max(from);
        part.to = part.from + share;
        from = part.to;
    }
    let mut to = 1.0f64;
    for part in parts.iter_mut().rev() {
        let share = part.to - part.from;
        part.to = part.to.min(to);
        part.from = (part.to - share).max(0.0);
        to = part.from;
    }
}

/// A restriction on the slices that hold its values: there they are a larger part.
pub(super) fn concentrated(restriction: Restriction, held: f64) -> Restriction {
    let Restriction::Values(parts) = restriction else {
        return restriction;
    };
    // All of the values lie there, on each slice as large a part as on the others.
    let all: f64 = parts.iter().map(|part| part.to - part.from).sum();
    let part = parts
        .first()
        .map(|part| Part::new(Some(part.from), all / held.max(1e-9)));
    Restriction::Values(part.into_iter().collect())
}

/// Whether a filter restricts the leading column of the sort key so that zone maps can serve.
pub(super) fn leads(table: &Table, filter: &Conjunct) -> bool {
    let compares = matches!(
        filter.comparison,
        Comparison::Equal | Comparison::OneOf | Comparison::Range | Comparison::Ranges
    );
    let first = table.sort_columns().first();
    compares
        && filter.around.is_none()
        && first.is_some_and(|first| filter.columns == [first.clone()])
}
