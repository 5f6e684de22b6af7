//! What the filters of a scan ask of the columns of a sort key, as far as zone maps can tell.

use crate::name::{self, Ident};
use crate::plan::condition::{Comparison, Conjunct};
use crate::schema::Table;
use crate::sql::write;
use crate::stats::{TableStats, number_of_text};
use crate::thresholds::DEFAULT_DISTINCT;

use super::Bound;
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
}

/// A condition of unknown share, for the reader.
#[derive(Debug, Clone)]
pub(super) struct Open<'a> {
    column: &'a Ident,
    condition: &'a str,
    why: Unknown,
}

impl Open<'_> {
    /// What follows for the interval, and what would narrow it.
    pub(super) fn told(&self, table: &Table) -> String {
        let (name, column) = (&table.name, self.column);
        let key = name::list(table.sort_columns());
        let narrower = match self.why {
            Unknown::Ends => format!(
                "The least and the greatest value in `--stats` would narrow it: {}",
                write::ends(name, column)
            ),
            Unknown::Value => "A literal in its place would narrow it.".to_owned(),
            Unknown::Several => {
                "What ranges joined by OR or negated leave is not computed.".to_owned()
            }
            Unknown::Text => "How texts are spread is not reckoned with.".to_owned(),
        };
        format!(
            "`{name}` is sorted by ({key}), but what share of its rows `{}` leaves is not known: the \
             low end of the interval skips all blocks that it could, the median and the high end \
             skip none for it. {narrower}",
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

/// What the filters ask of one column, at one end of what is not known.
///
/// `text` says whether it is a column of text. An equality with an unknown value leaves as much as any other, on average; a range
/// may leave anything.
pub(super) fn asked<'a>(
    name: &'a Ident,
    text: bool,
    stats: &TableStats,
    filters: &[&'a Conjunct],
    bound: Bound,
) -> Asked<'a> {
    let plain: Vec<&Conjunct> = filters
        .iter()
        .filter(|filter| matches!(filter.columns.as_slice(), [only] if only == name))
        .filter(|filter| filter.around.is_none())
        .copied()
        .collect();
    let known = known(name, stats, &plain);
    // Values that are asked for one by one leave no more than their share.
    let open = match known {
        Restriction::Values(_) => None,
        _ => plain
            .iter()
            .find_map(|filter| open(name, text, stats, filter)),
    };
    let restriction = match (bound, &open) {
        (Bound::Low, Some(_)) => Restriction::Range(Part::new(None, 0.0)),
        _ => known,
    };
    Asked { restriction, open }
}

/// The condition, if what it leaves is not known.
fn open<'a>(
    name: &'a Ident,
    text: bool,
    stats: &TableStats,
    filter: &'a Conjunct,
) -> Option<Open<'a>> {
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
        Comparison::Range if bounds.all(|bound| number_of_text(bound).is_none()) => match text {
            true => Unknown::Text,
            // No number and no date: what it is turns out when the query runs.
            false => Unknown::Value,
        },
        Comparison::Range if whole(name, stats).is_none() => Unknown::Ends,
        _ => return None,
    };
    Some(Open {
        column: name,
        condition: &filter.text,
        why,
    })
}

/// The share of the rows from the least to the greatest value, where these are known.
fn whole(name: &str, stats: &TableStats) -> Option<f64> {
    stats.columns.get(name)?.share_between(None, None)
}

/// What the values that are known ask of a column.
fn known(name: &str, stats: &TableStats, plain: &[&Conjunct]) -> Restriction {
    let mine: Vec<&&Conjunct> = plain.iter().filter(|filter| !filter.parameter).collect();
    let column = stats.columns.get(name);
    let below = |value: f64| column.and_then(|column| column.share_between(None, Some(value)));
    let values: Option<Vec<&String>> = mine
        .iter()
        .filter(|filter| matches!(filter.comparison, Comparison::Equal | Comparison::OneOf))
        .map(|filter| filter.literals.iter().collect::<Vec<_>>())
        .min_by_key(Vec::len);
    if let Some(values) = values {
        let share = column
            .and_then(|column| column.share_equal(1.0))
            .unwrap_or(1.0 / DEFAULT_DISTINCT);
        let count = values.len().max(1);
        let mut parts: Vec<Part> = (0..count)
            .map(|i| {
                let place = values
                    .get(i)
                    .and_then(|value| below(number_of_text(value)?));
                // Values whose place is unknown are taken as evenly spread.
                Part::new(place.or(Some((i as f64 + 0.5) / count as f64)), share)
            })
            .collect();
        parts.sort_by(|a, b| a.from.total_cmp(&b.from));
        return Restriction::Values(parts);
    }
    let (mut low, mut high) = (None::<f64>, None::<f64>);
    let mut any = false;
    for filter in mine
        .iter()
        .filter(|filter| filter.comparison == Comparison::Range)
    {
        any = true;
        if let Some(bound) = filter.lower.as_deref().and_then(number_of_text) {
            low = Some(low.map_or(bound, |low| low.max(bound)));
        }
        if let Some(bound) = filter.upper.as_deref().and_then(number_of_text) {
            high = Some(high.map_or(bound, |high| high.min(bound)));
        }
    }
    if !any {
        return Restriction::None;
    }
    match column.and_then(|column| column.share_between(low, high)) {
        Some(share) => Restriction::Range(Part::new(low.map_or(Some(0.0), below), share)),
        // Without the least and greatest value nothing can be said to be skipped.
        None => Restriction::None,
    }
}

/// A restriction on the slices that hold its values: there they are a larger part.
pub(super) fn concentrated(restriction: Restriction, held: f64) -> Restriction {
    let Restriction::Values(parts) = restriction else {
        return restriction;
    };
    let count = parts.len().max(1) as f64;
    // Each of these slices holds one of the values, all of it.
    let part = parts.first().map(|part| {
        let share = (part.to - part.from) * count / held.max(1e-9);
        Part::new(Some(part.from), share)
    });
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
