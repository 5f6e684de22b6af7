//! Filters on a table whose keys a join uses only in part.
//!
//! A calendar of two hundred years is joined to five years of facts. `d_year = 2000` keeps one
//! day in two hundred, and one row of the facts in five, because queries ask for what the facts
//! hold. Independence, which the equality itself is reckoned by, would say one in two hundred.
//! What tells the two apart is whether the filtered column follows the key: its range stands
//! where the used keys stand in theirs (`d_year = 2000` is in the middle of 1900 to 2100, as the
//! used keys are in the middle of all), or both follow the order of the rows (`correlation` of
//! pg_stats). A month of the year does neither.

use crate::planner::logical::columns::Columns;
use crate::planner::logical::covered::Coverage;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::keys::Keyed;
use crate::planner::logical::operator::BinaryOp;
use crate::schema::DataType;
use crate::stats::{Basis, UNKNOWN_SHARE, number, number_of_text};

use super::calendar;
use super::range::{Bounds, as_bounds, literal_text};

/// An explanation that is right by chance less often than this need not be reckoned with: an
/// interval of 90 % leaves out one case in twenty at each end.
const BY_CHANCE: f64 = 0.05;
/// The square of a correlation from which rows are taken to lie in the order of a column: half
/// of what varies is explained by it.
const FOLLOWS: f64 = 0.5;

/// The part of a key's values that a column refers to.
struct Window {
    key: ColumnId,
    refers: ColumnId,
    share: f64,
    /// Whether `share` is known; else it is the least that is reckoned with.
    known: bool,
    /// Where it lies among all, 0 to 1.
    at: Option<(f64, f64)>,
}

/// A filtered column's part of the rows, independently and within the window.
struct Factor {
    low: f64,
    likely: f64,
    high: f64,
}

impl Factor {
    const NONE: Self = Self {
        low: 1.0,
        likely: 1.0,
        high: 1.0,
    };

    fn certain(factor: f64) -> Self {
        Self {
            low: factor,
            likely: factor,
            high: factor,
        }
    }
}

/// The share that conditions leave of the relation, and of the rows that refer to it.
#[derive(Clone, Copy)]
struct Left {
    alone: f64,
    low: f64,
    likely: f64,
    high: f64,
}

impl Left {
    const ALL: Self = Self::of(1.0);
    const NOTHING: Self = Self::of(0.0);

    const fn of(share: f64) -> Self {
        Self {
            alone: share,
            low: share,
            likely: share,
            high: share,
        }
    }

    fn each(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            alone: of(self.alone, other.alone),
            low: of(self.low, other.low),
            likely: of(self.likely, other.likely),
            high: of(self.high, other.high),
        }
    }

    fn and(self, other: Self) -> Self {
        self.each(other, |a, b| a * b)
    }

    fn or(self, other: Self) -> Self {
        self.each(other, |a, b| a + b - a * b)
    }
}

impl Columns<'_> {
    /// What filters on the relation of a key keep of the rows that refer to it, beside what
    /// they keep of the relation's own. `None` where all its keys are used, or nothing tells.
    pub(super) fn coverage(
        &self,
        keyed: &Keyed,
        key: ColumnId,
        refers: ColumnId,
    ) -> Option<Coverage> {
        let window = self.window(keyed, key, refers);
        let mut coverage = Coverage {
            low: 1.0,
            likely: 1.0,
            high: 1.0,
            key,
            refers,
            follow: Vec::new(),
            used: window.known.then_some(window.share),
        };
        let left = self.left(&keyed.filters, &window, &mut coverage.follow);
        if left.alone <= 0.0 {
            return None;
        }
        coverage.low = left.low / left.alone;
        coverage.likely = left.likely / left.alone;
        coverage.high = left.high / left.alone;
        (coverage.high != 1.0 || coverage.low != 1.0).then_some(coverage)
    }

    /// What conditions that all hold leave.
    fn left(&self, filters: &[Expr], window: &Window, follow: &mut Vec<ColumnId>) -> Left {
        let mut all = Left::ALL;
        let (own, others) = by_column(filters);
        for (column, filters) in own {
            let alone = self.share_of_all(&filters).expected;
            let factor = self.factor(column, &filters, window);
            if factor.likely != 1.0 && !follow.contains(&column) {
                follow.push(column);
            }
            all = all.and(Left {
                alone,
                low: alone * factor.low,
                likely: alone * factor.likely,
                high: alone * factor.high,
            });
        }
        for other in others {
            all = all.and(match other {
                Expr::And(parts) => self.left(parts, window, follow),
                Expr::Or(parts) => {
                    let each = parts.iter();
                    let each =
                        each.map(|part| self.left(std::slice::from_ref(part), window, follow));
                    each.fold(Left::NOTHING, Left::or)
                }
                other => Left::of(self.share(other).expected),
            });
        }
        all
    }

    fn window(&self, keyed: &Keyed, key: ColumnId, refers: ColumnId) -> Window {
        let at = || {
            let (first, after) = self.ends(key)?;
            let (from, to) = self.ends(refers)?;
            let place = |value: f64| ((value - first) / (after - first)).clamp(0.0, 1.0);
            Some((place(from), place(to)))
        };
        let at = at().filter(|(from, to)| from < to);
        let counted = || {
            let all = self.get(key).distinct.unwrap_or(keyed.rows);
            Some(self.get(refers).distinct? / all.max(1.0))
        };
        let share = at.map(|(from, to)| to - from).or_else(counted);
        Window {
            key,
            refers,
            share: share
                .unwrap_or(UNKNOWN_SHARE.0)
                .clamp(f64::MIN_POSITIVE, 1.0),
            known: share.is_some(),
            at,
        }
    }

    /// The least value of a column, and the first above all of them.
    fn ends(&self, id: ColumnId) -> Option<(f64, f64)> {
        let column = self.get(id);
        let stats = column.stats?;
        let first = number(stats.min.as_ref()?)?;
        let last = number(stats.max.as_ref()?)?;
        (first <= last).then_some((first, last + step(&column.data_type)))
    }

    fn factor(&self, column: ColumnId, filters: &[Expr], window: &Window) -> Factor {
        let alone = self.share_of_all(filters).expected;
        if alone <= 0.0 || alone >= 1.0 {
            return Factor::NONE;
        }
        if self.root(window.key) == self.root(column) {
            return self.factor_of_key(filters, alone, window);
        }
        let key = window.key;
        // All values that are asked for lie among those that are used, as far as they fit.
        let most = (alone / window.share).min(1.0) / alone;
        let place = || Some((window.at?, self.place(column, filters)?));
        let Some(((from, to), (low, high))) = place() else {
            return match self.follows(key, column) {
                Some(true) => Factor {
                    low: 1.0,
                    likely: most,
                    high: most,
                },
                Some(false) => Factor::NONE,
                None => Factor {
                    low: 1.0,
                    likely: 1.0,
                    high: most,
                },
            };
        };
        let shared = (high.min(to) - low.max(from)).max(0.0) / (to - from);
        let factor = shared / alone;
        match self.follows(key, column) {
            Some(true) => return Factor::certain(factor),
            Some(false) => return Factor::NONE,
            None => {}
        }
        let within = from <= low && high <= to;
        let chance = ((to - from) - (high - low)).max(0.0) / (1.0 - (high - low)).max(alone);
        match (within, shared > 0.0) {
            (true, _) => Factor {
                low: if chance < BY_CHANCE {
                    factor
                } else {
                    factor.min(1.0)
                },
                likely: factor,
                high: factor,
            },
            (false, true) => Factor {
                low: factor.min(1.0),
                likely: 1.0,
                high: factor.max(1.0),
            },
            (false, false) => Factor::NONE,
        }
    }

    /// What is asked of the key is asked of the column that refers to it, by the equality.
    fn factor_of_key(&self, filters: &[Expr], alone: f64, window: &Window) -> Factor {
        let root = self.root(window.key);
        let refers = |part: &Expr| {
            let same = part.as_column().map(|id| self.root(id)) == Some(root);
            same.then_some(Expr::Column(window.refers))
        };
        let asked: Vec<Expr> = filters
            .iter()
            .map(|filter| filter.replaced(&refers))
            .collect();
        let share = self.share_of_all(&asked);
        let likely = match share.basis {
            Basis::Default => 1.0,
            _ => share.expected / alone,
        };
        Factor {
            low: (share.low / alone).min(likely),
            likely,
            high: (share.high / alone).max(likely),
        }
    }

    /// Whether a column follows the key, if their order in the table tells.
    fn follows(&self, key: ColumnId, column: ColumnId) -> Option<bool> {
        let closely = |id| {
            let correlation = self.get(id).stats?.correlation?;
            Some(correlation * correlation >= FOLLOWS)
        };
        match (closely(key)?, closely(column)?) {
            (true, column) => Some(column),
            (false, _) => None,
        }
    }

    /// Where the range that filters leave of a column lies among all its values, 0 to 1.
    fn place(&self, id: ColumnId, filters: &[Expr]) -> Option<(f64, f64)> {
        let (first, after) = self.ends(id)?;
        let (mut low, mut high) = (first, after);
        for filter in filters {
            let (from, to) = self.hull(id, filter)?;
            low = low.max(from.unwrap_or(first));
            high = high.min(to.unwrap_or(after));
        }
        let place = |value: f64| ((value - first) / (after - first)).clamp(0.0, 1.0);
        let (low, high) = (place(low), place(high));
        (low < high).then_some((low, high))
    }

    /// The least value that a condition leaves of a column, and the first above all of them.
    fn hull(&self, id: ColumnId, filter: &Expr) -> Option<(Option<f64>, Option<f64>)> {
        let step = step(&self.get(id).data_type);
        let value = |expr: &Expr| number_of_text(literal_text(expr)?);
        match filter {
            Expr::And(parts) => {
                let mut hulls = parts.iter().map(|part| self.hull(id, part));
                let first = hulls.next()??;
                hulls.try_fold(first, |(low, high), next| {
                    let (from, to) = next?;
                    let most = low.into_iter().chain(from).reduce(f64::max);
                    Some((most, high.into_iter().chain(to).reduce(f64::min)))
                })
            }
            Expr::InList {
                operand,
                items,
                negated: false,
            } if operand.as_column() == Some(id) => {
                let values: Option<Vec<f64>> = items.iter().map(value).collect();
                let values = values?;
                let least = values.iter().copied().reduce(f64::min)?;
                let most = values.iter().copied().reduce(f64::max)?;
                Some((Some(least), Some(most + step)))
            }
            Expr::Binary {
                op: BinaryOp::Equal,
                left,
                right,
            } if left.as_column() == Some(id) => {
                let value = value(right)?;
                Some((Some(value), Some(value + step)))
            }
            Expr::Binary { op, left, right } => {
                if let Some(range) = calendar::as_range(*op, left, right) {
                    return self.hull(id, &range);
                }
                let (column, bounds) = as_bounds(filter)?;
                (column == id && !bounds.unknown).then(|| edges(&bounds, step))
            }
            _ => None,
        }
    }
}

/// The least value within bounds, and the first above all of them.
fn edges(bounds: &Bounds, step: f64) -> (Option<f64>, Option<f64>) {
    let at = |edge: crate::stats::Edge<'_>, beyond: bool| {
        let value = number_of_text(edge.value)?;
        Some(if beyond { value + step } else { value })
    };
    let low = bounds.low().and_then(|edge| at(edge, !edge.inclusive));
    let high = bounds.high().and_then(|edge| at(edge, edge.inclusive));
    (low, high)
}

/// From one value of a type to the next, where there is a next.
fn step(data_type: &DataType) -> f64 {
    match data_type {
        DataType::SmallInt | DataType::Integer | DataType::BigInt | DataType::Date => 1.0,
        _ => 0.0,
    }
}

/// Filters that read one column alone, column by column, and the others.
fn by_column(filters: &[Expr]) -> (Vec<(ColumnId, Vec<Expr>)>, Vec<&Expr>) {
    let mut all: Vec<(ColumnId, Vec<Expr>)> = Vec::new();
    let mut others = Vec::new();
    for filter in filters {
        let mut read = filter.columns();
        let only = read.next();
        let Some(only) = only.filter(|only| read.all(|id| id == *only)) else {
            others.push(filter);
            continue;
        };
        match all.iter_mut().find(|(id, _)| *id == only) {
            Some((_, filters)) => filters.push(filter.clone()),
            None => all.push((only, vec![filter.clone()])),
        }
    }
    (all, others)
}
