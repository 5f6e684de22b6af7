//! How many groups a GROUP BY or DISTINCT makes, and between which numbers that lies.
//!
//! Columns of one relation are never taken to have more values together than it has rows after
//! its filters, functions of a column no more than the column, and what a key of the relation
//! determines adds nothing; what one of several known columns says of another is not known.
//! Columns of different relations are taken as independent. What filters on other columns leave
//! of a column's values lies between two ends: if they have nothing to do with each other, it
//! follows from drawing rows without replacement (S. B. Yao, "Approximating block accesses in
//! database organizations", Communications of the ACM 20(4), 1977), in the approximation that
//! PostgreSQL's `estimate_num_groups` uses: D × (1 − (1 − n/N)^(N/D)); if one decides the other,
//! as a month decides the year, the values shrink as the rows do. The middle is taken, in orders
//! of magnitude.
//!
//! Where a column's distinct values are not known, the groups may be anything from those of the
//! columns that are known to as many as there are rows. What is printed is the middle if each
//! such column has any order of magnitude of values as likely as any other, and they have as
//! many together as the most varied of them: of k columns that is the (1/2)^(1/k)th part of the
//! way. So many keys make more groups than few, but never every row one. The low end is what
//! nine of ten cases lie above, the high end what there may be at all.

use std::collections::BTreeMap;

use crate::stats::{UNKNOWN_SHARE, number};

use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::operator::BinaryOp;

use super::count::{Count, End};
use super::date_parts::Part;
use super::sources::{Kept, Source, Sources};

/// Groups, and the columns whose distinct values would tell their number better.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    pub count: Count,
    pub unknown: Vec<ColumnId>,
}

/// Distinct values, as far as they are known.
#[derive(Debug, Clone, Copy)]
struct Values {
    /// Those that there are for certain.
    least: f64,
    /// Those that there may be.
    most: f64,
    /// Columns whose values are not known.
    unknown: u32,
}

impl Values {
    fn known(n: f64) -> Self {
        Self {
            least: n,
            most: n,
            unknown: 0,
        }
    }

    /// The middle of what there may be.
    fn middle(self) -> f64 {
        let part = 0.5f64.powf(1.0 / f64::from(self.unknown.max(1)));
        self.between(part)
    }

    /// So far on the way from the least to the most, in orders of magnitude.
    fn between(self, part: f64) -> f64 {
        if self.least >= self.most {
            return self.least.max(1.0);
        }
        self.least.max(1.0).powf(1.0 - part) * self.most.max(1.0).powf(part)
    }

    fn times(self, other: Values) -> Self {
        Self {
            least: self.least * other.least,
            most: self.most * other.most,
            unknown: self.unknown + other.unknown,
        }
    }

    fn at_most(self, limit: f64) -> Self {
        let limit = limit.max(1.0);
        Self {
            least: self.least.min(limit),
            most: self.most.min(limit),
            ..self
        }
    }
}

/// Of a relation's rows, the share that several of its columns tell apart at most, unless one
/// of them does alone (PostgreSQL, `estimate_num_groups`).
const TOLD_APART_TOGETHER: f64 = 0.1;

/// Combinations that columns of one relation have, of a product of distinct values and the most
/// that one of them has. What one determines of another is not known: there are no fewer than the
/// most varied has values and no more than there are rows. Where the low end lies between these is
/// left to what else is not known of the groups: it is one range, not one after the other.
fn combined(product: f64, largest: f64, rows: f64, end: End) -> Values {
    match end {
        End::Low => Values {
            least: largest,
            most: product.min(rows).max(largest),
            unknown: 0,
        },
        End::Likely => Values::known(product.min((rows * TOLD_APART_TOGETHER).max(largest))),
        End::High => Values::known(product),
    }
}

/// Keys that are counted together: those of one relation.
struct Together<'k, 's> {
    source: Option<&'s Source>,
    /// Whether they hold what tells the relation's rows apart.
    identified: bool,
    keys: Vec<&'k Expr>,
}

impl Columns<'_> {
    /// The groups that these keys make of so many rows.
    pub(crate) fn groups(&self, keys: &[Expr], rows: Count, sources: &Sources) -> Groups {
        let together = self.together(keys, sources);
        let mut unknown: Vec<ColumnId> = Vec::new();
        let at = |end: End, unknown: &mut Vec<ColumnId>| {
            let total = rows.at(end).max(1.0);
            let mut values = Values::known(1.0);
            let mut each = 1.0;
            for part in &together {
                let own = self.of_source(part, keys, total, end, sources, unknown);
                each *= own.middle();
                values = values.times(own);
            }
            let values = values.at_most(total);
            match end {
                End::Low => values.between(UNKNOWN_SHARE.0),
                End::Likely => values.middle().min(each),
                End::High => values.most.max(1.0),
            }
        };
        let ends = [End::Low, End::Likely, End::High].map(|end| at(end, &mut unknown));
        unknown.sort_unstable();
        unknown.dedup();
        let count = Count::ordered(|end| match end {
            End::Low => ends[0],
            End::Likely => ends[1],
            End::High => ends[2],
        });
        Groups { count, unknown }
    }

    /// Sorts keys by the relation that bounds them most.
    fn together<'k, 's>(&self, keys: &'k [Expr], sources: &'s Sources) -> Vec<Together<'k, 's>> {
        let mut rest: Vec<&Expr> = keys.iter().filter(|key| !key.is_constant()).collect();
        let mut out: Vec<Together<'k, 's>> = Vec::new();
        let plain = |source: &Source, id: ColumnId| {
            keys.iter().filter_map(Expr::as_column).any(|key| {
                let bounding = self.handed_on(key);
                bounding.into_iter().any(|handed| handed == id)
            }) && source.columns.contains(&id)
        };
        let holds = |source: &Source, key: &Expr| {
            key.columns().all(|id| {
                let bounding = sources.bounding(self, id);
                bounding
                    .iter()
                    .any(|(other, _)| std::ptr::eq(*other, source))
            })
        };
        loop {
            let candidates = rest.iter().flat_map(|key| key.columns());
            let identified = candidates
                .flat_map(|id| sources.bounding(self, id))
                .map(|(source, _)| source)
                .filter(|source| {
                    let told = |key: &Vec<ColumnId>| {
                        !key.is_empty() && key.iter().all(|id| plain(source, *id))
                    };
                    source.keys.iter().any(told)
                })
                .max_by_key(|source| rest.iter().filter(|key| holds(source, key)).count());
            let Some(source) = identified else { break };
            let (held, others): (Vec<&Expr>, Vec<&Expr>) =
                rest.into_iter().partition(|key| holds(source, key));
            rest = others;
            if held.is_empty() {
                break;
            }
            out.push(Together {
                source: Some(source),
                identified: true,
                keys: held,
            });
        }
        for key in rest {
            let source = key
                .columns()
                .flat_map(|id| sources.bounding(self, id))
                .map(|(source, _)| source)
                .filter(|source| holds(source, key))
                .min_by(|a, b| rows_after(a).total_cmp(&rows_after(b)));
            let same = |part: &&mut Together<'k, 's>| match (part.source, source) {
                (Some(a), Some(b)) => !part.identified && std::ptr::eq(a, b),
                _ => false,
            };
            match out.iter_mut().find(same) {
                Some(part) => part.keys.push(key),
                None => out.push(Together {
                    source,
                    identified: false,
                    keys: vec![key],
                }),
            }
        }
        out
    }

    /// The values that the keys of one relation have together.
    fn of_source(
        &self,
        part: &Together<'_, '_>,
        all: &[Expr],
        total: f64,
        end: End,
        sources: &Sources,
        unknown: &mut Vec<ColumnId>,
    ) -> Values {
        let before = part.source.and_then(|source| source.before);
        let before = before.map_or(total, |rows| rows.at(end)).max(1.0);
        let after = part.source.and_then(|source| source.after);
        let after = after.map_or(total, |rows| rows.at(end)).min(total).max(1.0);
        if part.identified {
            return Values::known(after);
        }
        let mut columns: BTreeMap<ColumnId, (bool, Vec<&Expr>)> = BTreeMap::new();
        let mut mixed: Vec<&Expr> = Vec::new();
        for key in &part.keys {
            let mut read: Vec<ColumnId> = key.columns().map(|id| self.root(id)).collect();
            read.sort_unstable();
            read.dedup();
            match (read.as_slice(), key.as_column()) {
                (_, Some(id)) => columns.entry(self.root(id)).or_default().0 = true,
                ([only], None) => columns.entry(*only).or_default().1.push(key),
                _ => mixed.push(key),
            }
        }
        let mut values = Values::known(1.0);
        let (mut product, mut largest) = (1.0f64, 1.0f64);
        let mut kept_rows = before;
        for (id, (plain, functions)) in &columns {
            let asked = self.asked(part, *id);
            let kept = part.source.and_then(|source| source.kept.get(&asked));
            let own = self.of_column(asked, part.source, before, end, kept);
            kept_rows *= kept.map_or(1.0, |kept| share_at(kept, end));
            let mut of_key = own;
            if !plain {
                let of_functions = functions
                    .iter()
                    .map(|function| self.of_function(function, asked, own, end, kept))
                    .fold(Values::known(1.0), Values::times);
                of_key = Values {
                    least: of_functions.least.min(own.most),
                    most: of_functions.most.min(own.most),
                    unknown: own.unknown,
                };
            }
            if of_key.least >= of_key.most {
                of_key.unknown = 0;
            } else if end == End::Likely && own.unknown > 0 && !self.get(asked).computed {
                unknown.push(asked);
            }
            match of_key.least >= of_key.most {
                true => {
                    product *= of_key.most;
                    largest = largest.max(of_key.most);
                }
                false => values = values.times(of_key),
            }
        }
        values = values.times(combined(product, largest, before, end));
        for key in mixed {
            let is_key = |id: ColumnId| {
                let same = |other: &Expr| other.as_column().map(|other| self.root(other));
                all.iter().any(|other| same(other) == Some(self.root(id)))
            };
            // What is a function of other keys adds no group.
            if key.columns().all(is_key) {
                continue;
            }
            let mut most = 1.0;
            for id in key.columns() {
                let source = sources.bounding(self, id).last().map(|(source, _)| *source);
                most *= self.of_column(id, source, before, end, None).most;
            }
            values.unknown += 1;
            values.most *= truth_values(key).map_or(most, |(_, few)| few.min(most));
        }
        // What filters on other columns leave of them.
        let left = |n: f64| {
            let before = kept_rows.max(after);
            let independent = drawn(n, before, after).max(1.0);
            let dependent = (n * after / before).clamp(1.0, independent);
            match end {
                End::Low => dependent,
                End::Likely => (dependent * independent).sqrt(),
                End::High => independent,
            }
        };
        Values {
            least: left(values.least),
            most: left(values.most),
            ..values
        }
    }

    /// The id by which a relation knows a column.
    fn asked(&self, part: &Together<'_, '_>, root: ColumnId) -> ColumnId {
        let known = |id: &ColumnId| self.root(*id) == root;
        let columns = part.source.map(|source| &source.columns);
        columns
            .and_then(|columns| columns.iter().copied().find(known))
            .unwrap_or(root)
    }

    /// The values of a column after the filters on it alone.
    fn of_column(
        &self,
        id: ColumnId,
        source: Option<&Source>,
        rows: f64,
        end: End,
        kept: Option<&Kept>,
    ) -> Values {
        let merged = source.and_then(|source| source.merged.as_ref());
        let distinct = match merged.and_then(|merged| merged.get(&id)) {
            Some(distinct) => *distinct,
            None => self.get(id).distinct,
        };
        let values = match distinct.filter(|distinct| distinct.is_finite()) {
            Some(distinct) => Values::known(distinct.clamp(1.0, rows)),
            None => Values {
                least: 1.0,
                most: self.most_distinct(id, rows),
                unknown: 1,
            },
        };
        let Some(kept) = kept else { return values };
        let share = share_at(kept, end);
        let left = Values {
            least: (values.least * share).max(1.0),
            most: (values.most * share).max(1.0),
            ..values
        };
        kept.values.map_or(left, |listed| left.at_most(listed))
    }

    /// The values of a function of one column.
    fn of_function(
        &self,
        function: &Expr,
        id: ColumnId,
        own: Values,
        end: End,
        kept: Option<&Kept>,
    ) -> Values {
        if let Some(part) = Part::of(function) {
            let stats = self.get(id).stats;
            let ends = stats.and_then(|stats| {
                Some((number(stats.min.as_ref()?)?, number(stats.max.as_ref()?)?))
            });
            if let Some(touched) = ends.and_then(|(first, last)| part.within(first, last)) {
                let share = match part {
                    Part::Each(_) => kept.map_or(1.0, |kept| share_at(kept, end)),
                    Part::Cyclic(..) => 1.0,
                };
                return Values::known((touched * share).ceil().max(1.0)).at_most(own.most);
            }
            if let Some(most) = part.most() {
                // All of them, unless the dates are few.
                let least = if end == End::Likely { most } else { 1.0 };
                return Values { least, most, ..own }.at_most(own.most);
            }
            return Values { least: 1.0, ..own };
        }
        if let Some((likely, most)) = truth_values(function) {
            let values = match end {
                End::Likely => Values::known(likely),
                End::Low | End::High => Values {
                    most,
                    ..Values::known(1.0)
                },
            };
            return values.at_most(own.most);
        }
        match keeps_apart(function) {
            true => own,
            false => Values {
                // As many as the column at most; how many fewer is not known.
                least: if end == End::Likely { own.least } else { 1.0 },
                ..own
            },
        }
    }
}

/// How many values a condition has, and at most: true, false, NULL.
fn truth_values(expr: &Expr) -> Option<(f64, f64)> {
    match expr {
        Expr::Binary { .. }
        | Expr::Pattern { .. }
        | Expr::InList { .. }
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_) => Some((2.0, 3.0)),
        // Never NULL.
        Expr::IsNull { .. } => Some((2.0, 2.0)),
        _ => None,
    }
}

/// Whether different values of a column are different values of a function: `a + 1`, `-a`.
fn keeps_apart(function: &Expr) -> bool {
    match function {
        Expr::Column(_) => true,
        Expr::Unary {
            op: crate::planner::logical::operator::UnaryOp::Minus,
            operand,
        } => keeps_apart(operand),
        Expr::Compute { first, rest } => {
            let columns = first
                .columns()
                .chain(rest.iter().flat_map(|(_, part)| part.columns()));
            let sums = rest
                .iter()
                .all(|(op, _)| matches!(op, BinaryOp::Plus | BinaryOp::Minus));
            sums && columns.count() == 1
                && keeps_apart_or_constant(first)
                && rest.iter().all(|(_, part)| keeps_apart_or_constant(part))
        }
        _ => false,
    }
}

fn keeps_apart_or_constant(expr: &Expr) -> bool {
    expr.is_constant() || keeps_apart(expr)
}

/// How many of `distinct` values are among `drawn` of `all` rows.
fn drawn(distinct: f64, all: f64, drawn: f64) -> f64 {
    if drawn >= all || distinct <= 1.0 {
        return distinct.min(drawn);
    }
    let missed = (1.0 - drawn / all).powf(all / distinct.min(all));
    (distinct * (1.0 - missed)).min(drawn)
}

fn share_at(kept: &Kept, end: End) -> f64 {
    let share = match end {
        End::Low => kept.share.low,
        End::Likely => kept.share.likely,
        End::High => kept.share.high,
    };
    share.clamp(0.0, 1.0)
}

fn rows_after(source: &Source) -> f64 {
    source.after.map_or(f64::INFINITY, |rows| rows.likely)
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn values_left_in_a_sample_of_rows_are_bounded_by_both() {
        assert_eq!(drawn(100.0, 1000.0, 1000.0), 100.0);
        assert_eq!(drawn(1000.0, 1000.0, 10.0), 10.0);
        assert_eq!(drawn(1.0, 1000.0, 10.0), 1.0);
        // Ten rows of each value, one row in ten drawn: 1 - 0.9^10.
        assert!((drawn(100.0, 1000.0, 100.0) - 65.13).abs() < 0.01);
        let mut last = 0.0;
        for rows in [1.0, 10.0, 100.0, 500.0, 999.0, 1000.0] {
            let left = drawn(50.0, 1000.0, rows);
            assert!(
                left >= last && left <= rows && left <= 50.0,
                "{rows}: {left}"
            );
            last = left;
        }
    }
}
