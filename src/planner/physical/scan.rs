//! Scans of tables: rows, filters, what they pass on, how their rows lie.

use std::collections::BTreeSet;

use crate::name::{Ident, TableName};
use crate::plan::{DetailKind, Operator};
use crate::schema::{DistStyle, Table, TableKind};
use crate::stats::TableStats;
use crate::thresholds::{EXTERNAL_ROWS, UNSORTED};
use crate::work::RowRange;

use super::Physical;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};

use super::external::{ExternalScan, printed_name};
use super::rel::{Rel, Step};
use crate::planner::bind::{default_rows, known_rows, least_rows};
use crate::planner::logical::text::{Names, quoted};

/// The factor by which rows that are a default may be wrong, either way.
pub(super) const UNKNOWN_FACTOR: f64 = 1000.0;

impl<'b, 'a> Physical<'b, 'a> {
    /// The scan of a table: `filters` are conditions on it alone, `passed` the
    /// columns that later steps read.
    pub(super) fn scan(
        &mut self,
        table: &'a Table,
        alias: Option<&str>,
        columns: &[ColumnId],
        filters: Vec<Expr>,
        passed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let stats = self.stats.table(&table.name);
        let (rows, rows_range) = self.table_rows(table, stats);
        let mut step = Step::new(Operator::SeqScan, Vec::new());
        let printed = printed_name(table);
        let unprinted = TableName::printed(&printed) != table.name;
        step.node.table = unprinted.then(|| table.name.clone());
        step.node.relation = Some(printed);
        step.node.alias = alias.map(quoted);
        let read = |id: &&ColumnId| {
            passed.contains(id)
                || filters
                    .iter()
                    .any(|filter| filter.columns().any(|c| c == **id))
        };
        step.reads = columns
            .iter()
            .filter(read)
            .map(|id| Ident::exact(self.columns.get(*id).name.as_str()))
            .collect();
        let passes = columns.iter().filter(|id| passed.contains(id));
        step.passes = passes
            .clone()
            .map(|id| Ident::exact(self.columns.get(*id).name.as_str()))
            .collect();
        let width = self.columns.width(passes);
        if table.kind == TableKind::External {
            return self.external(ExternalScan {
                table,
                alias,
                scan: step,
                rows,
                rows_range,
                filters,
                width,
                columns,
            });
        }
        step.table_rows = (!rows_range.is_exact()).then_some(rows_range);
        let share = self.columns.share_of_all(&filters);
        let mut range = rows_range.times(share.range());
        let out = rows * share.likely;
        // Less than one row is printed as one.
        if out < 1.0 && !range.is_exact() {
            range = range.times(RowRange {
                low: out,
                likely: out,
                high: out,
            });
        }
        let asked = (!filters.is_empty()).then(|| {
            self.columns
                .condition(DetailKind::Filter, &filters, Names::Bare)
        });
        let comparisons = asked.as_ref().map_or(0.0, |d| d.predicate().comparisons);
        let charged = rows * self.charged_share(table, columns, &filters);
        let total = cost::scan(charged.max(1.0), comparisons);
        step.compute = self.compute_of(&filters);
        let cost = Range {
            startup: 0.0,
            total,
        };
        let dist = self.dist_of(table, stats, columns);
        let sorted = self.sorted_by(table, stats, columns);
        if let Some(asked) = asked {
            step.condition(asked);
        }
        step.numbers(cost, out, width);
        step.range = Some(range);
        step.basis = (!filters.is_empty()).then_some(share.basis);
        let rel = Rel {
            step,
            rows: out.max(1.0),
            range,
            cost,
            dist,
            sorted,
            columns: columns.to_vec(),
        };
        self.scanned((rows, rows_range), &filters, &rel);
        rel
    }

    fn table_rows(&mut self, table: &Table, stats: Option<&TableStats>) -> (f64, RowRange) {
        if let Some(rows) = known_rows(table, stats).filter(|rows| rows.is_finite()) {
            return (rows.clamp(0.0, crate::work::LARGEST), RowRange::EXACT);
        }
        let rows = default_rows(table, stats).min(crate::work::LARGEST);
        let text = format!(
            "The rows of `{}` are unknown: {rows:.0} are taken",
            table.name
        );
        // ANALYZE does not count the rows of an external table, and no notice asks for it.
        if table.kind == TableKind::External {
            self.assumptions.add(format!(
                "{text}, as Redshift does for an external table without `numRows`, which may be wrong by a factor of {UNKNOWN_FACTOR:.0}. Set `numRows` in its TABLE PROPERTIES, or give them with `--stats`."
            ));
        } else {
            let name = table.name.name.as_str();
            self.beside.missing.insert(name.to_owned());
            self.assumptions.add(format!(
                "{text}, {UNKNOWN_FACTOR:.0} times fewer at the low end of the interval, and at the \
                 high end as many as Redshift takes an external table to have, {EXTERNAL_ROWS:.0}. \
                 Give them with `--stats`."
            ));
        }
        let range = RowRange {
            likely: 1.0,
            low: (1.0 / UNKNOWN_FACTOR)
                .max(least_rows(stats) / rows)
                .min(1.0),
            high: (EXTERNAL_ROWS / rows).max(1.0),
        };
        (rows, range)
    }

    /// The share of rows that the planner charges a scan for: those that a
    /// condition on the leading sort key keeps, else all.
    fn charged_share(&self, table: &Table, columns: &[ColumnId], filters: &[Expr]) -> f64 {
        let Some(first) = table.sort_columns().first() else {
            return 1.0;
        };
        let Some(id) = columns
            .iter()
            .find(|id| self.columns.get(**id).name == *first)
        else {
            return 1.0;
        };
        let on_key: Vec<Expr> = filters
            .iter()
            .filter(|filter| match filter {
                Expr::Binary { left, right, .. } => {
                    (left.as_column() == Some(*id) && right.is_constant() && !has_parameter(right))
                        || (right.as_column() == Some(*id)
                            && left.is_constant()
                            && !has_parameter(left))
                }
                _ => false,
            })
            .cloned()
            .collect();
        match on_key.is_empty() {
            true => 1.0,
            false => self.columns.share_of_all(&on_key).likely,
        }
    }

    fn dist_of(&mut self, table: &Table, stats: Option<&TableStats>, columns: &[ColumnId]) -> Dist {
        let exported = stats
            .and_then(|stats| stats.diststyle.as_deref())
            .and_then(DistStyle::exported);
        let style = match (&exported, &table.dist_style) {
            (Some(exported), _) => exported,
            (None, DistStyle::Auto(Some(known))) => known,
            (None, style) => style,
        };
        match style {
            DistStyle::All => Dist::All,
            DistStyle::Key(name) => columns
                .iter()
                .find(|id| self.columns.get(**id).name == *name)
                .map_or(Dist::Even, |id| Dist::Key(vec![vec![*id]])),
            DistStyle::Even => Dist::Even,
            DistStyle::Auto(_) => {
                if table.kind != TableKind::External {
                    self.assumptions.add(format!(
                        "`{}` has DISTSTYLE AUTO: it is taken as EVEN, `SVV_TABLE_INFO` tells what it is.",
                        table.name
                    ));
                }
                Dist::Even
            }
        }
    }

    fn sorted_by(
        &self,
        table: &Table,
        stats: Option<&TableStats>,
        columns: &[ColumnId],
    ) -> Vec<ColumnId> {
        let unsorted = stats.and_then(|stats| stats.unsorted).unwrap_or(0.0);
        let interleaved = matches!(table.sort_key, crate::schema::SortKey::Interleaved(_));
        if unsorted >= UNSORTED || interleaved {
            return Vec::new();
        }
        table
            .sort_columns()
            .iter()
            .map_while(|name| {
                columns
                    .iter()
                    .find(|id| self.columns.get(**id).name == *name)
                    .copied()
            })
            .collect()
    }
}

fn has_parameter(expr: &Expr) -> bool {
    expr.walk().any(|part| {
        let placeholder = matches!(
            part,
            Expr::Literal {
                kind: LiteralKind::Placeholder,
                ..
            }
        );
        placeholder || matches!(part, Expr::Parameter(_))
    })
}
