//! GROUPING SETS, CUBE and ROLLUP: one grouping after the other, as UNION ALL of them is.
//!
//! "GROUP BY GROUPING SETS is equivalent to running a UNION ALL query on one result set grouped
//! by different columns" (Amazon Redshift Database Developer Guide: Aggregation extensions).

use crate::plan::{DetailKind, Operator};
use crate::planner::cardinality::count::Count;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::grouping::{decided, is_grouping, value_in};
use crate::planner::logical::text::Names;

use crate::work::RowRange;

use super::Physical;
use super::aggregate::{Aggregation, result_of};
use super::rel::Rel;
use super::select::Parts;

impl Physical<'_, '_> {
    /// Groups a relation once for each set of keys; the expressions above are rewritten in
    /// terms of what the groupings make together.
    pub(super) fn grouping_sets(
        &mut self,
        rel: Rel,
        keys: Vec<Expr>,
        sets: &[Vec<Expr>],
        parts: &mut Parts,
    ) -> Rel {
        let source = self.grouped_several_times(rel, sets.len());
        let aggregation = Aggregation::of(parts);
        let mut groupings: Vec<Expr> = Vec::new();
        for part in parts.above().flat_map(Expr::walk) {
            if is_grouping(part) && !groupings.contains(part) {
                groupings.push(part.clone());
            }
        }
        let counts = self.group_counts(&source, sets);
        let rows = Count::ordered(|end| counts.iter().map(|groups| groups.at(end)).sum());
        let aggregates = aggregation.aggregates.as_slice();
        let mut results: Vec<(Expr, ColumnId)> = Vec::new();
        for expr in keys.iter().chain(aggregates) {
            let column = self.result_columns(&source, std::slice::from_ref(expr), &[], rows);
            results.extend(column.into_iter().map(|id| (expr.clone(), id)));
        }
        for grouping in groupings {
            let column = self.grouping_column(&grouping, sets, rows.likely);
            results.push((grouping, column));
        }

        let mut branches = Vec::with_capacity(sets.len());
        for (at, (set, groups)) in sets.iter().zip(counts.iter().copied()).enumerate() {
            let columns: Vec<ColumnId> = results
                .iter()
                .filter(|(expr, _)| set.contains(expr) || aggregates.contains(expr))
                .map(|(_, id)| *id)
                .collect();
            let finer = sets.iter().zip(&counts).take(at);
            let finer = finer.filter(|(finer, _)| set.iter().all(|key| finer.contains(key)));
            let groups_of_finer = finer.map(|(_, groups)| *groups);
            let least = groups_of_finer.min_by(|a, b| a.likely.total_cmp(&b.likely));
            let read = match least.filter(|_| can_be_combined(aggregates)) {
                Some(finer) => made_of_groups(source.clone(), finer),
                None => source.clone(),
            };
            let mut branch = self.group_once(read, set, &aggregation, &columns, groups);
            let lacking: Vec<&Expr> = keys.iter().filter(|key| !set.contains(key)).collect();
            let in_set = |condition: &Expr| {
                condition.replaced(&|part| match lacking.contains(&part) {
                    true => Some(null()),
                    false => value_in(part, set),
                })
            };
            let having: Vec<Expr> = parts
                .having
                .iter()
                .map(in_set)
                .filter(|condition| decided(condition) != Some(true))
                .collect();
            let line = self
                .columns
                .condition(DetailKind::Filter, &having, Names::Qualified);
            let asked: Vec<Expr> = having
                .iter()
                .map(|condition| condition.replaced(&|part| result_of(part, &results)))
                .collect();
            self.keep_groups(&mut branch, &asked, line);
            if having
                .iter()
                .any(|condition| decided(condition) == Some(false))
            {
                branch.set_count(Count::exact(1.0));
            }
            branches.push(self.branch(branch, branches.len() + 1));
        }
        let columns = results.iter().map(|(_, id)| *id).collect();
        parts.replace(&|expr| result_of(expr, &results));
        self.append(branches, columns)
    }

    /// What every grouping reads: the table again, or what is joined, worked out once.
    fn grouped_several_times(&mut self, rel: Rel, times: usize) -> Rel {
        let scan = rel.step.node.operator == Operator::SeqScan && rel.step.children.is_empty();
        let (rel, read) = match scan {
            true => (rel, "each reads the table".to_owned()),
            false => {
                let (table, rel) = self.kept(rel);
                let read = format!(
                    "each reads a temporary table, `{table}`; the time to write it is not counted"
                );
                (rel, read)
            }
        };
        self.assumptions.add(format!(
            "GROUPING SETS, CUBE and ROLLUP are planned as what Redshift's documentation calls them equivalent to, a UNION ALL of {times} groupings: {read}. Redshift's own plan for them was not seen: the high end of the interval reads all rows for each, the median makes a grouping of the groups of one that has its keys and more, as 57 million rows in nine groupings took 5.2 s on 2 x ra3.xlplus (TPC-DS 100 GB)."
        ));
        rel
    }

    /// The column of GROUPING's value, of which each set has one.
    fn grouping_column(&mut self, grouping: &Expr, sets: &[Vec<Expr>], rows: f64) -> ColumnId {
        let mut values: Vec<Expr> = Vec::new();
        for value in sets.iter().filter_map(|set| value_in(grouping, set)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let mut column = self.computed(grouping, rows);
        column.data_type = crate::schema::DataType::Integer;
        column.bytes = crate::work::fixed_bytes(&column.data_type);
        column.distinct = Some(values.len() as f64);
        self.columns.add(column)
    }
}

/// Whether aggregates of groups can be made of those of finer groups: distinct values can't.
fn can_be_combined(aggregates: &[Expr]) -> bool {
    let distinct = |part: &Expr| matches!(part, Expr::Aggregate { distinct: true, .. });
    !aggregates.iter().flat_map(Expr::walk).any(distinct)
}

/// Rows of which a grouping is made, where a finer one has made groups of them: those groups,
/// and all rows at the high end.
fn made_of_groups(source: Rel, finer: Count) -> Rel {
    let rows = source.rows.max(1.0);
    let of = |groups: f64, all: f64| (groups / rows).min(all);
    let range = RowRange {
        low: of(finer.low, source.range.low),
        likely: of(finer.likely, source.range.likely),
        high: source.range.high,
    };
    let mut made = Rel { range, ..source };
    made.step.range = Some(range);
    made
}

fn null() -> Expr {
    Expr::Literal {
        text: String::new(),
        kind: LiteralKind::Null,
    }
}
