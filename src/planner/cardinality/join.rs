//! How many pairs of rows a join keeps.
//!
//! An equality keeps one pair in as many as the side with more distinct values has
//! (containment: the other side's values are among them; Selinger et al., SIGMOD 1979). How
//! many values there are is taken, in this order, from declared keys, given counts, what
//! GROUP BY and DISTINCT make unique, names (`orders.customer_id` and `customers.id`), a
//! column that alone is both DISTKEY and SORTKEY. Failing all of them the smaller relation,
//! before any filter, is taken to be the one that the other refers to, with a wide range, and
//! the join never exceeds its larger input.

use std::collections::BTreeMap;

use crate::plan::JoinKind;
use crate::planner::assumptions::Assumptions;
use crate::planner::logical::columns::Columns;
use crate::planner::logical::covered::Coverage;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::keys::{Evidence, Keyed, Unique};
use crate::planner::logical::text::Names;
use crate::stats::UNKNOWN_SHARE;
use crate::thresholds::DEFAULT_DISTINCT;

use super::condition::DEFAULT_NARROW;
use super::count::Count;

/// One input of a join.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub rows: Count,
    /// Whether it is one relation, whose keys still are keys.
    pub is_one: bool,
}

/// The share of all pairs that equalities keep.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matched {
    likely: f64,
    low: f64,
    high: f64,
    /// Whether a row of the right finds one of the left at most.
    left_once: bool,
    /// Whether a row of the left finds one of the right at most.
    right_once: bool,
    /// Whether nothing tells how often values repeat.
    unknown: bool,
    /// What filters on the side of the key keep of the other, beside their own rows.
    coverage: Option<Coverage>,
    why: Vec<Why>,
}

/// What a share rests on.
#[derive(Debug, Clone, PartialEq)]
enum Why {
    Unique(Evidence, Vec<ColumnId>),
    Refers(ColumnId),
    Smaller,
    /// A table joined to itself by columns that are not its key.
    Repeats(Vec<ColumnId>),
}

/// The distinct values of one side of the equalities, taken together.
struct Values {
    count: f64,
    /// Whether `count` is how many there are; else there are no more.
    known: bool,
    /// Whether no two rows of the side's only relation agree in them.
    unique: bool,
    why: Vec<Why>,
}

impl Columns<'_> {
    /// The share of all pairs that equalities keep.
    pub(crate) fn matched(&self, equalities: &[(Expr, Expr)]) -> Matched {
        if equalities.is_empty() {
            return Matched::all();
        }
        let lefts = || equalities.iter().map(|(left, _)| left);
        let rights = || equalities.iter().map(|(_, right)| right);
        let (left, right) = (self.values(lefts(), false), self.values(rights(), false));
        // A key says enough of what refers to it.
        let why = || match (left.unique, right.unique) {
            (true, false) => left.why.clone(),
            (false, true) => right.why.clone(),
            _ => left.why.iter().chain(&right.why).cloned().collect(),
        };
        // Common values and NULLs, where they are known, say more than counts.
        let most = match self.met(equalities) {
            Some(share) if share > 0.0 && left.known && right.known => 1.0 / share,
            _ => left.count.max(right.count),
        };
        let matched = |likely: f64, low: f64, why| Matched {
            likely: 1.0 / likely.max(1.0),
            low: 1.0 / low.max(likely).max(1.0),
            high: 1.0 / likely.max(1.0),
            left_once: left.unique,
            right_once: right.unique,
            unknown: false,
            coverage: self.covering(equalities),
            why,
        };
        let spread = |bound: f64| bound.powf(UNKNOWN_SHARE.1);
        match (left.known, right.known) {
            (true, true) => return matched(most, most, why()),
            (true, false) if left.unique => return matched(left.count, left.count, why()),
            (false, true) if right.unique => return matched(right.count, right.count, why()),
            (true, false) => return matched(left.count, spread(right.count), why()),
            (false, true) => return matched(right.count, spread(left.count), why()),
            (false, false) => {}
        }
        if let Some(columns) = self.same_columns(equalities) {
            // Between the root of the rows and all of them, any order of magnitude alike.
            let least = most.max(1.0).sqrt();
            let values = |share: f64| 1.0 / (least * least.powf(share));
            return Matched {
                likely: values(0.5),
                low: values(UNKNOWN_SHARE.1),
                high: values(UNKNOWN_SHARE.0),
                left_once: false,
                right_once: false,
                unknown: false,
                coverage: None,
                why: vec![Why::Repeats(columns)],
            };
        }
        // Nearly no pair, or each row of the larger input.
        let low = most.powf(UNKNOWN_SHARE.0) / left.count.max(1.0) / right.count.max(1.0);
        let (a, b) = (self.values(lefts(), true), self.values(rights(), true));
        let (key, why) = match (a.unique, b.unique) {
            (true, false) => (a.count, a.why),
            (false, true) => (b.count, b.why),
            _ => (left.count.min(right.count), vec![Why::Smaller]),
        };
        let likely = 1.0 / key.max(1.0);
        Matched {
            likely,
            low: low.min(likely),
            high: 1.0,
            left_once: false,
            right_once: false,
            unknown: true,
            coverage: None,
            why,
        }
    }

    /// The columns by which a table whose key is another is joined to itself, if that is what
    /// equalities do: then they tell its rows apart no better on one side than on the other.
    fn same_columns(&self, equalities: &[(Expr, Expr)]) -> Option<Vec<ColumnId>> {
        let same = |(a, b): &(Expr, Expr)| {
            let (a, b) = (self.root(uncast(a)?), self.root(uncast(b)?));
            let (one, other) = (self.keys.relation(a)?, self.keys.relation(b)?);
            let keyed = one.1.unique.iter().any(|key| key.evidence.is_strong());
            let table = one.1.table.is_some() && one.1.table == other.1.table;
            (keyed && table && self.get(a).name == self.get(b).name).then_some(a)
        };
        equalities.iter().map(same).collect()
    }

    /// What filters on the relation of the key keep of the rows that refer to it.
    fn covering(&self, equalities: &[(Expr, Expr)]) -> Option<Coverage> {
        let both = |(a, b): &(Expr, Expr)| Some((uncast(a)?, uncast(b)?));
        let of = |key: ColumnId, refers: ColumnId| {
            let (_, keyed) = self.keys.relation(key)?;
            // Asked for each order of joins: most relations have no filter.
            (!keyed.filters.is_empty()).then_some(())?;
            let unique = self.key_among(keyed, &[key], false)?;
            let elsewhere = self.keys.relation(refers).map(|(_, keyed)| keyed);
            let is_key =
                elsewhere.is_some_and(|other| self.key_among(other, &[refers], false).is_some());
            (unique.evidence.is_strong() && !is_key).then_some(())?;
            self.covered
                .of(key, refers, || self.coverage(keyed, key, refers))
        };
        let mut pairs = equalities.iter().filter_map(both);
        pairs.find_map(|(a, b)| of(a, b).or_else(|| of(b, a)))
    }

    /// The share of pairs that the given statistics of both sides' columns keep, if there is
    /// one equality.
    fn met(&self, equalities: &[(Expr, Expr)]) -> Option<f64> {
        let [(left, right)] = equalities else {
            return None;
        };
        let given = |expr| {
            let id = uncast(expr)?;
            self.get(id).distinct.map(|_| self.known(id))
        };
        given(left)?.joined(&given(right)?)
    }

    /// The share of pairs that conditions other than equalities keep.
    pub(crate) fn share_of_filters(&self, filters: &[Expr]) -> f64 {
        let shares = filters.iter().map(|filter| self.share(filter).likely);
        // Those on two columns are hardly ever as rare as the defaults, multiplied.
        shares.map(|share| share.max(DEFAULT_NARROW)).product()
    }

    /// The distinct values of expressions that stand on one side; `weak`: how a table is laid
    /// out counts as a sign of a key.
    fn values<'e>(&self, side: impl Iterator<Item = &'e Expr>, weak: bool) -> Values {
        let mut groups: BTreeMap<usize, (&Keyed, Vec<ColumnId>)> = BTreeMap::new();
        let mut all = Values {
            count: 1.0,
            known: true,
            unique: false,
            why: Vec::new(),
        };
        let mut parts = 0;
        for expr in side {
            let id = uncast(expr);
            match id.and_then(|id| Some((id, self.keys.relation(id)?))) {
                Some((id, (at, keyed))) => {
                    groups.entry(at).or_insert((keyed, Vec::new())).1.push(id);
                }
                // Nothing more is known of an expression than what Redshift takes for granted.
                None => {
                    parts += 1;
                    let known = id.and_then(|id| self.distinct(id, self.get(id).rows));
                    let most = id.map_or(DEFAULT_DISTINCT, |id| self.get(id).rows);
                    all.known &= known.is_some();
                    let (count, why) = known.unwrap_or((most, None));
                    all.count *= count;
                    all.why.extend(why);
                }
            }
        }
        for (keyed, columns) in groups.values() {
            parts += 1;
            let group = self.values_of(keyed, columns, weak);
            all.count *= group.count;
            all.known &= group.known;
            all.unique = group.unique;
            all.why.extend(group.why);
        }
        all.unique &= parts == 1;
        all
    }

    /// The distinct values of columns of one relation, taken together.
    fn values_of(&self, keyed: &Keyed, columns: &[ColumnId], weak: bool) -> Values {
        if let Some(key) = self.key_among(keyed, columns, weak) {
            let count = match key.columns.as_slice() {
                [only] => self.get(*only).distinct.unwrap_or(keyed.rows),
                _ => keyed.rows,
            };
            return Values {
                count,
                known: key.evidence.is_strong(),
                unique: true,
                why: vec![Why::Unique(key.evidence, key.columns.clone())],
            };
        }
        let mut product = 1.0;
        let mut why = Vec::new();
        for id in columns {
            let Some((count, from)) = self.distinct(*id, keyed.rows) else {
                product = f64::INFINITY;
                break;
            };
            product *= count.max(1.0);
            why.extend(from);
        }
        // Where there are fewer rows than combinations, each row may well be one of its own.
        let known = product <= keyed.rows || columns.len() == 1 && product.is_finite();
        if !known {
            why.clear();
        }
        Values {
            count: if known { product } else { keyed.rows },
            known,
            unique: false,
            why,
        }
    }

    /// The distinct values of a column of a relation with so many rows: as given, else those
    /// of the key that it refers to.
    fn distinct(&self, id: ColumnId, rows: f64) -> Option<(f64, Option<Why>)> {
        if let Some(given) = self.get(id).distinct {
            return Some((given, None));
        }
        let reference = self.keys.reference(self.root(id))?;
        Some((reference.rows.min(rows), Some(Why::Refers(id))))
    }

    /// The surest key among columns of a relation.
    fn key_among<'k>(
        &self,
        keyed: &'k Keyed,
        columns: &[ColumnId],
        weak: bool,
    ) -> Option<&'k Unique> {
        let counted = |key: &Unique| {
            let known = key.columns.iter().map(|id| self.get(*id).distinct);
            let product: Option<f64> = known.product();
            product.is_some_and(|product| product < keyed.rows)
        };
        let holds = |key: &&Unique| {
            let here = key.columns.iter().all(|id| columns.contains(id));
            let trusted = match key.evidence {
                Evidence::Built | Evidence::Declared => true,
                // A count that was given overrules what only looks like a key.
                Evidence::Named | Evidence::Matched => !counted(key),
                Evidence::LaidOut => weak && !counted(key),
            };
            here && trusted
        };
        keyed
            .unique
            .iter()
            .filter(holds)
            .min_by_key(|key| key.evidence)
    }

    /// Says what the rows of a join rest on.
    pub(crate) fn explain(
        &self,
        matched: &Matched,
        equalities: &[(Expr, Expr)],
        assumptions: &mut Assumptions,
    ) {
        let name = |id: &ColumnId| {
            let text = self.text(&Expr::Column(self.root(*id)), Names::Qualified);
            format!("`{text}`")
        };
        if let Some(coverage) = &matched.coverage {
            assumptions.add(self.told(coverage));
        }
        for why in &matched.why {
            match why {
                Why::Unique(evidence, columns) => {
                    let names: Vec<String> = columns.iter().map(name).collect();
                    let lead = match evidence {
                        Evidence::Built => continue,
                        Evidence::Declared => {
                            "Taken as unique in joins, as the DDL declares and Redshift does not check"
                        }
                        Evidence::Named => {
                            "Taken as unique in joins by their names, as neither keys nor distinct counts tell"
                        }
                        Evidence::Matched => {
                            "Taken as unique because MERGE matches rows by it, which need not be so"
                        }
                        Evidence::LaidOut => {
                            "Taken as unique in joins for being both DISTKEY and SORTKEY, which need not be so"
                        }
                    };
                    let together = match names.len() {
                        1 => names.concat(),
                        _ => format!("({})", names.join(", ")),
                    };
                    assumptions.add_item(lead, together);
                }
                Why::Refers(id) => {
                    let Some(reference) = self.keys.reference(self.root(*id)) else {
                        continue;
                    };
                    let lead = match reference.declared {
                        true => {
                            "Taken to have as many distinct values in joins as the table that they reference has rows"
                        }
                        false => {
                            "Taken to have as many distinct values in joins as the table that they are named after has rows"
                        }
                    };
                    assumptions.add_item(lead, format!("{} ({})", name(id), reference.table));
                }
                Why::Repeats(columns) => {
                    let names: Vec<String> = columns.iter().map(name).collect();
                    assumptions.add(format!(
                        "{} is not the key of its table, which is joined to itself by it, and its \
                         distinct values are not known: between the root of the table's rows and \
                         all of them are taken, with the middle in between. `distinct` in `--stats` \
                         would narrow it.",
                        names.join(", ")
                    ));
                }
                Why::Smaller => {
                    let names: Vec<String> =
                        equalities.iter().map(|pair| self.named(pair)).collect();
                    assumptions.add(format!(
                        "No key and no distinct counts for `{}`: the smaller table's side is taken as unique, as a key is; \
                         the low end of the interval keeps nearly no pair, the high end each row of the larger input.",
                        names.join(" AND ")
                    ));
                }
            }
        }
    }

    /// What coverage rests on.
    fn told(&self, coverage: &Coverage) -> String {
        let name = |id: ColumnId| {
            let text = self.text(&Expr::Column(self.root(id)), Names::Qualified);
            format!("`{text}`")
        };
        let (key, refers) = (name(coverage.key), name(coverage.refers));
        let part = match coverage.used {
            Some(used) => format!(
                "{refers} holds {:.1} % of the values of {key}",
                used * 100.0
            ),
            None => format!("How many of the values of {key} {refers} holds is not known"),
        };
        let names: Vec<String> = coverage.follow.iter().map(|id| name(*id)).collect();
        match names.is_empty() {
            true => format!(
                "{part}: the high end of the interval takes what the filters ask for to lie among \
                 those, the median takes it to lie anywhere."
            ),
            false => format!(
                "{part}: what is asked of {} is taken to lie among these, so that {} rows find \
                 a partner than if it lay anywhere.",
                names.join(" and "),
                times(coverage.likely),
            ),
        }
    }

    /// An equality in one order, whichever way round it is joined.
    fn named(&self, (a, b): &(Expr, Expr)) -> String {
        let a = self.text(a, Names::Qualified);
        let b = self.text(b, Names::Qualified);
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        format!("{first} = {second}")
    }
}

impl Matched {
    /// Every pair.
    fn all() -> Self {
        Self {
            likely: 1.0,
            low: 1.0,
            high: 1.0,
            left_once: false,
            right_once: false,
            unknown: false,
            coverage: None,
            why: Vec::new(),
        }
    }

    /// Rows that come out of a join; `others` is the share that conditions other than
    /// equalities keep.
    pub(crate) fn rows(&self, left: Input, right: Input, others: f64, kind: JoinKind) -> Count {
        let pairs = self.pairs(left, right).times(others);
        match kind {
            JoinKind::Inner => pairs,
            JoinKind::Left => pairs.at_least(left.rows),
            JoinKind::Right => pairs.at_least(right.rows),
            JoinKind::Full => pairs.at_least(left.rows).at_least(right.rows),
            JoinKind::In | JoinKind::IntersectDistinct | JoinKind::IntersectAll => {
                pairs.at_most(left.rows)
            }
            JoinKind::NotIn | JoinKind::ExceptDistinct => {
                self.unmatched(left.rows, pairs.at_most(left.rows))
            }
        }
    }

    fn pairs(&self, left: Input, right: Input) -> Count {
        let all = left.rows.with(right.rows, |a, b| a * b);
        let share = Count {
            printed: self.likely,
            low: self.low,
            likely: self.likely,
            high: self.high,
        };
        let mut pairs = all.with(share, |rows, share| rows * share);
        if let Some(coverage) = &self.coverage {
            let factor = Count {
                printed: coverage.likely,
                low: coverage.low,
                likely: coverage.likely,
                high: coverage.high,
            };
            pairs = pairs.with(factor, |rows, factor| rows * factor);
        }
        if self.right_once && right.is_one {
            pairs = pairs.at_most(left.rows);
        }
        if self.left_once && left.is_one {
            pairs = pairs.at_most(right.rows);
        }
        if self.unknown {
            pairs = pairs.at_most(left.rows.at_least(right.rows));
        }
        pairs
    }

    /// Rows of the left that find no partner.
    fn unmatched(&self, left: Count, matched: Count) -> Count {
        let share = |low: f64, likely: f64, high: f64| Count {
            printed: left.printed * likely,
            low: left.low * low,
            likely: left.likely * likely,
            high: left.high * high,
        };
        // Of rows that nothing is known of, half find no partner. Where the right holds the
        // key that the left refers to, those do whose key it lacks.
        if !self.right_once {
            return share(UNKNOWN_SHARE.0, 0.5, UNKNOWN_SHARE.1);
        }
        let missing = 1.0 - matched.printed / left.printed.max(1.0);
        match missing > DEFAULT_NARROW {
            true => share(missing * UNKNOWN_SHARE.0, missing, 1.0),
            false => share(0.0, DEFAULT_NARROW, UNKNOWN_SHARE.1),
        }
    }
}

/// The column of an expression that is one, or a cast of one.
fn uncast(expr: &Expr) -> Option<ColumnId> {
    match expr {
        Expr::Cast { operand, .. } => uncast(operand),
        expr => expr.as_column(),
    }
}

/// A factor in words: `40 times as many`.
fn times(factor: f64) -> String {
    match factor >= 1.0 {
        true => format!("{factor:.1} times more"),
        false => format!("{:.1} times fewer", 1.0 / factor.max(f64::MIN_POSITIVE)),
    }
}
