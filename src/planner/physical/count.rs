//! What is known of a relation's rows and groups, and what is told of those that are not.

use std::cmp::Ordering::Equal;

use crate::plan::RowRange;
use crate::planner::cardinality::count::Count;
use crate::planner::cardinality::groups::Groups;
use crate::planner::cardinality::sources::Source;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::keys::Evidence;
use crate::planner::logical::text::Names;
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

use super::Physical;
use super::rel::Rel;

impl Rel {
    /// Its rows and their spread.
    pub(super) fn count(&self) -> Count {
        Count::as_printed(self.rows.max(1.0), self.range)
    }

    /// Puts other rows in the place of its own: what is printed is what is reckoned with.
    pub(super) fn set_count(&mut self, rows: Count) {
        self.rows = rows.likely.max(1.0);
        self.range = rows.range();
        self.step.range = Some(self.range);
        let (cost, width) = (self.cost, self.width());
        let rows = self.rows;
        self.step.numbers(cost, rows, width);
    }
}

impl Physical<'_, '_> {
    /// The groups of a relation. Where they may be so many that they take time, what would
    /// tell their number is said.
    pub(super) fn group_count(&mut self, rel: &Rel, keys: &[Expr]) -> Count {
        let groups = self.columns.groups(keys, rel.count(), &self.sources);
        self.tell(&groups);
        groups.count
    }

    /// The groups of a relation for each of several sets of keys; said is what would tell the
    /// number of the most.
    pub(super) fn group_counts(&mut self, rel: &Rel, sets: &[Vec<Expr>]) -> Vec<Count> {
        let of = |set: &Vec<Expr>| self.columns.groups(set, rel.count(), &self.sources);
        let groups: Vec<Groups> = sets.iter().map(of).collect();
        let open = |groups: &&Groups| (groups.count.high, groups.unknown.len());
        let most = groups
            .iter()
            .max_by(|a, b| open(a).partial_cmp(&open(b)).unwrap_or(Equal));
        if let Some(most) = most {
            self.tell(most);
        }
        groups.into_iter().map(|groups| groups.count).collect()
    }

    fn tell(&mut self, groups: &Groups) {
        let Groups {
            count: groups,
            unknown,
        } = groups;
        if groups.high < ALERT_ROWS || groups.low >= groups.high || unknown.is_empty() {
            return;
        }
        let name = |id: &ColumnId| {
            let text = self.columns.text(&Expr::Column(*id), Names::Qualified);
            format!("`{text}`")
        };
        let names: Vec<String> = unknown.iter().map(name).collect();
        self.assumptions.add(format!(
            "The distinct values of {} are not known: between {} and {} groups are reckoned with. `distinct` in `--stats` would narrow it.",
            names.join(", "),
            count(groups.low),
            count(groups.high)
        ));
    }

    /// Remembers a table that is scanned: its rows and keys bound the values of its columns.
    pub(super) fn scanned(&mut self, rows: (f64, RowRange), filters: &[Expr], rel: &Rel) {
        let relation = rel.columns.first();
        if let Some(id) = relation {
            self.columns.keys.filter(*id, filters);
            self.columns.covered.forget();
        }
        let relation = relation.and_then(|id| self.columns.keys.relation(*id));
        let unique = relation.map_or(&[][..], |(_, keyed)| &keyed.unique);
        // Only what is declared bounds the groups: what looks like a key may not be one.
        let declared = unique
            .iter()
            .filter(|key| key.evidence == Evidence::Declared)
            .map(|key| key.columns.clone());
        // Whether a key of one column holds is told by its distinct values.
        let holds = |key: &Vec<ColumnId>| match key.as_slice() {
            [] => false,
            [only] => self.columns.get(*only).distinct.is_none_or(|n| n >= rows.0),
            _ => true,
        };
        self.sources.add(Source {
            columns: rel.columns.iter().copied().collect(),
            before: Some(Count::as_printed(rows.0, rows.1)),
            after: Some(rel.count()),
            keys: declared.filter(holds).collect(),
            kept: self.columns.kept_values(filters),
            merged: None,
        });
    }

    /// Remembers what a step makes: rows that these columns tell apart, where there are any.
    pub(super) fn made(&mut self, columns: &[ColumnId], rows: Count, key: Vec<ColumnId>) {
        self.sources.add(Source {
            columns: columns.iter().copied().collect(),
            before: Some(rows),
            after: Some(rows),
            keys: vec![key],
            ..Source::default()
        });
    }
}
