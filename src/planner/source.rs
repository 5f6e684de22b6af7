//! Relations of a FROM clause: tables, views, CTEs and subqueries, with the scans
//! that read them.

use std::collections::BTreeSet;

use sqlparser::ast::{self, TableFactor};

use crate::plan::Predicate;
use crate::plan::{DetailKind, Engine, Operator};
use crate::schema::{Column, DataType, DistStyle, Table, TableKind};
use crate::stats::TableStats;
use crate::work::RowRange;

use super::cost::{self, Range};
use super::expr::{ColumnId, Expr};
use super::lower::{folded, name_parts};
use super::rel::{Dist, Rel, Step};
use super::scope::{ColumnInfo, Scope, Source, nearest};
use super::text::{Names, quoted};
use super::{Planner, PlannerError};

/// Rows of a table that nothing is known of, and the factor that they may be
/// wrong by either way. No default is documented for native tables.
const UNKNOWN_ROWS: f64 = 1e6;
const UNKNOWN_FACTOR: f64 = 1000.0;
/// Rows of an external table without `numRows` [read back from public plans].
const EXTERNAL_ROWS: f64 = 1e10;
/// Partitions of an external table without statistics [read back from public plans].
const EXTERNAL_PARTITIONS: f64 = 1000.0;
/// Unsorted share from which Redshift no longer merges [Query plan].
const MERGE_UNSORTED: f64 = 0.2;
/// PostgreSQL's guess at the average length of a VARCHAR that nothing is known of:
/// all of 32, half of what is beyond, at most 1,000.
const FULL_TEXT: f64 = 32.0;
const LONGEST_TEXT: f64 = 1000.0;

/// A relation before it is planned.
pub(super) enum Leaf<'a> {
    /// A table and its columns.
    Table {
        table: &'a Table,
        alias: Option<String>,
        columns: Vec<ColumnId>,
    },
    /// A subquery, planned already, and the name it goes by.
    Derived { rel: Box<Rel>, name: String },
    /// Relations of a subquery that needs no step of its own.
    Pulled(super::from::Group<'a>),
}

impl<'a> Planner<'a> {
    /// A relation of a FROM clause and the names it brings into scope.
    pub(super) fn leaf(
        &mut self,
        factor: &'a TableFactor,
        parent: Option<&Scope<'_>>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => self.named(name, alias.as_ref()),
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let name = alias
                    .as_ref()
                    .map_or_else(|| "derived_table".to_owned(), |a| folded(&a.name));
                self.derived(subquery, name, alias.as_ref(), parent)
            }
            other => Err(PlannerError::unsupported("this item of FROM", other)),
        }
    }

    fn named(
        &mut self,
        name: &'a ast::ObjectName,
        alias: Option<&'a ast::TableAlias>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        let parts = name_parts(name);
        let bare = parts.last().cloned().unwrap_or_default();
        let called = alias.map_or_else(|| bare.clone(), |alias| folded(&alias.name));
        if let ([only], Some(at)) = (
            parts.as_slice(),
            self.ctes.iter().rposition(|(cte, _)| *cte == bare),
        ) {
            let query = self.ctes[at].1;
            debug_assert_eq!(only, &bare);
            // A CTE sees only those defined before it.
            let later = self.ctes.split_off(at);
            let planned = self.derived(query, called, alias, None);
            self.ctes.extend(later);
            return planned;
        }
        let schema_name = parts
            .len()
            .checked_sub(2)
            .and_then(|i| parts.get(i))
            .cloned();
        let Some(table) = self.schema.resolve(schema_name.as_deref(), &bare) else {
            return Err(self.unknown_table(&parts));
        };
        if let Some(query) = self.views.get(&table.name) {
            return self.derived(query, called, alias, None);
        }
        self.relations += 1;
        let columns = self.table_columns(table, &called);
        let source = Source {
            name: called.clone(),
            schema: table.name.schema.clone().filter(|_| alias.is_none()),
            columns: columns.clone(),
        };
        let alias = alias.map(|_| called);
        Ok((
            Leaf::Table {
                table,
                alias,
                columns,
            },
            source,
        ))
    }

    fn unknown_table(&self, parts: &[String]) -> PlannerError {
        let bare = parts.last().map(String::as_str).unwrap_or_default();
        let names = self.schema.tables.keys().map(|name| name.name.as_str());
        let ctes = self.ctes.iter().map(|(name, _)| name.as_str());
        PlannerError::UnknownTable {
            name: parts.join("."),
            nearest: nearest(bare, names.chain(ctes)),
        }
    }

    fn derived(
        &mut self,
        query: &'a ast::Query,
        name: String,
        alias: Option<&'a ast::TableAlias>,
        parent: Option<&Scope<'_>>,
    ) -> Result<(Leaf<'a>, Source), PlannerError> {
        let renamed: Vec<String> = alias
            .map(|alias| {
                alias
                    .columns
                    .iter()
                    .map(|column| folded(&column.name))
                    .collect()
            })
            .unwrap_or_default();
        if let Some((group, outputs)) = self.pulled(query)? {
            let columns = self.renamed_columns(outputs, &renamed, None);
            let source = Source {
                name,
                schema: None,
                columns,
            };
            return Ok((Leaf::Pulled(group), source));
        }
        let block = self.query(query, parent)?;
        let rows = block.rel.rows;
        let columns = self.renamed_columns(block.outputs, &renamed, Some((&name, rows)));
        let mut rel = block.rel;
        rel.columns.clone_from(&columns);
        rel.dist = self.seen_from_outside(&rel.dist, &columns);
        rel.sorted = Vec::new();
        let source = Source {
            name: name.clone(),
            schema: None,
            columns,
        };
        Ok((
            Leaf::Derived {
                rel: Box::new(rel),
                name,
            },
            source,
        ))
    }

    /// The columns by which a subquery's result is called outside of it. With a
    /// new qualifier they are columns of their own; without, a pulled-up
    /// subquery's columns stay those of its tables.
    fn renamed_columns(
        &mut self,
        outputs: Vec<(String, ColumnId)>,
        renamed: &[String],
        owner: Option<(&str, f64)>,
    ) -> Vec<ColumnId> {
        let mut columns = Vec::with_capacity(outputs.len());
        for (i, (output, id)) in outputs.into_iter().enumerate() {
            let name = renamed.get(i).cloned().unwrap_or(output);
            let inside = self.column(id).clone();
            let (qualifier, rows) = match owner {
                Some((owner, rows)) => (owner.to_owned(), rows),
                None if inside.name == name => {
                    columns.push(id);
                    continue;
                }
                None => (inside.qualifier.clone(), inside.rows),
            };
            columns.push(self.add_column(ColumnInfo {
                alias: None,
                name,
                qualifier,
                distinct: inside.distinct.map(|distinct| distinct.min(rows)),
                rows,
                computed: false,
                origin: Some(id),
                ..inside
            }));
        }
        columns
    }

    /// A distribution in terms of the columns that are still there.
    fn seen_from_outside(&self, dist: &Dist, columns: &[ColumnId]) -> Dist {
        let Dist::Key(keys) = dist else {
            return dist.clone();
        };
        let visible = |equal: &Vec<ColumnId>| {
            let equal: Vec<ColumnId> = equal
                .iter()
                .map(|id| self.root(*id))
                .filter(|id| columns.iter().any(|column| self.root(*column) == *id))
                .collect();
            (!equal.is_empty()).then_some(equal)
        };
        keys.iter()
            .map(visible)
            .collect::<Option<Vec<_>>>()
            .map_or(Dist::Even, Dist::Key)
    }

    fn table_columns(&mut self, table: &'a Table, qualifier: &str) -> Vec<ColumnId> {
        let stats = self.table_stats(table);
        let rows = stats
            .and_then(|stats| stats.rows)
            .unwrap_or(UNKNOWN_ROWS)
            .max(0.0);
        let all = table.columns.iter().chain(&table.partitions);
        let mut ids = Vec::with_capacity(table.columns.len());
        for column in all {
            let stats = stats.and_then(|stats| stats.columns.get(&column.name));
            let unique = column.identity || is_unique(table, &column.name);
            ids.push(
                self.add_column(ColumnInfo {
                    alias: None,
                    name: column.name.clone(),
                    qualifier: qualifier.to_owned(),
                    data_type: column.data_type.clone(),
                    distinct: stats
                        .and_then(|stats| stats.distinct)
                        .or(unique.then_some(rows)),
                    bytes: stats
                        .and_then(|stats| stats.average_bytes)
                        .unwrap_or_else(|| default_bytes(column)),
                    rows,
                    stats,
                    computed: false,
                    origin: None,
                }),
            );
        }
        ids
    }

    fn table_stats(&self, table: &Table) -> Option<&'a TableStats> {
        self.stats
            .table(table.name.schema.as_deref(), &table.name.name)
    }

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
        let stats = self.table_stats(table);
        let (rows, mut range) = self.table_rows(table, stats);
        let unknown = (!range.is_exact()).then_some(range);
        let share = self.share_of_all(&filters);
        range = range.times(share.range());
        let out = rows * share.likely;
        let mut step = Step::new(Operator::SeqScan, Vec::new());
        step.table_rows = unknown;
        step.node.relation = Some(printed_name(table));
        step.node.alias = alias.map(quoted);
        let text = (!filters.is_empty()).then(|| self.conjunction(&filters, Names::Bare));
        let comparisons = text
            .as_deref()
            .map_or(0.0, |text| Predicate::read(text).comparisons);
        let charged = rows * self.charged_share(table, columns, &filters);
        let total = cost::scan(charged.max(1.0), comparisons);
        let read = |id: &&ColumnId| {
            passed.contains(id)
                || filters
                    .iter()
                    .any(|filter| filter.columns().any(|c| c == **id))
        };
        step.reads = columns
            .iter()
            .filter(read)
            .map(|id| self.column(*id).name.clone())
            .collect();
        let passes = columns.iter().filter(|id| passed.contains(id));
        step.passes = passes
            .clone()
            .map(|id| self.column(*id).name.clone())
            .collect();
        let width = self.width(passes);
        step.compute = self.compute_of(&filters);
        let cost = Range {
            startup: 0.0,
            total,
        };
        let dist = self.dist_of(table, stats, columns);
        let sorted = self.sorted_by(table, stats, columns);
        if table.kind == TableKind::External {
            step = self.external(table, alias, step, text, cost, out, width);
        } else {
            if let Some(text) = text {
                step.detail(DetailKind::Filter, text);
            }
            step.numbers(cost, out, width);
        }
        step.range = Some(range);
        Rel {
            step,
            rows: out.max(1.0),
            range,
            cost,
            dist,
            sorted,
            columns: columns.to_vec(),
        }
    }

    /// A scan that Spectrum runs, under the step that receives its rows.
    #[allow(clippy::too_many_arguments)]
    fn external(
        &self,
        table: &Table,
        alias: Option<&str>,
        scan: Step,
        filter: Option<String>,
        cost: Range,
        rows: f64,
        width: f64,
    ) -> Step {
        let mut inside = Step {
            node: crate::plan::Node {
                engine: Engine::S3,
                ..scan.node
            },
            ..scan
        };
        if let Some(filter) = filter {
            inside.detail(DetailKind::Filter, filter);
        }
        inside.numbers(cost, rows, width);
        let mut query = Step::new(Operator::S3QueryScan, vec![inside]);
        query.node.relation = Some(alias.map_or_else(|| quoted(&table.name.name), quoted));
        query.numbers(cost, rows, width);
        if table.partitions.is_empty() {
            return query;
        }
        let mut partitions = Step::new(Operator::PartitionInfoScan, Vec::new());
        partitions.node.relation = Some(printed_name(table));
        let per_partition = Range {
            startup: 0.0,
            total: cost::scan(EXTERNAL_PARTITIONS, 0.0),
        };
        partitions.numbers(per_partition, EXTERNAL_PARTITIONS, 0.0);
        let mut each = Step::new(Operator::PartitionLoop, vec![partitions, query]);
        each.numbers(cost, rows, width);
        each
    }

    fn table_rows(&mut self, table: &Table, stats: Option<&TableStats>) -> (f64, RowRange) {
        if let Some(rows) = stats
            .and_then(|stats| stats.rows)
            .filter(|rows| rows.is_finite())
        {
            return (rows.clamp(0.0, crate::work::LARGEST), RowRange::EXACT);
        }
        self.missing.insert(table.name.name.clone());
        let rows = match table.kind {
            TableKind::External => EXTERNAL_ROWS,
            _ => UNKNOWN_ROWS,
        };
        self.assume(format!(
            "The rows of `{}` are unknown: {rows:.0} are taken, which may be wrong by a factor of {UNKNOWN_FACTOR:.0}. Give them with `--stats`.",
            table.name
        ));
        let range = RowRange {
            likely: 1.0,
            low: 1.0 / UNKNOWN_FACTOR,
            high: UNKNOWN_FACTOR,
        };
        (rows, range)
    }

    /// The share of rows that the planner charges a scan for: those that a
    /// condition on the leading sort key keeps, else all.
    fn charged_share(&self, table: &Table, columns: &[ColumnId], filters: &[Expr]) -> f64 {
        let Some(first) = table.sort_columns().first() else {
            return 1.0;
        };
        let Some(id) = columns.iter().find(|id| self.column(**id).name == *first) else {
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
            false => self.share_of_all(&on_key).likely,
        }
    }

    fn dist_of(&mut self, table: &Table, stats: Option<&TableStats>, columns: &[ColumnId]) -> Dist {
        let exported = stats
            .and_then(|stats| stats.diststyle.as_deref())
            .and_then(exported_style);
        let style = match (&exported, &table.dist_style) {
            (Some(exported), _) => exported,
            (None, DistStyle::Auto(Some(known))) => known,
            (None, style) => style,
        };
        match style {
            DistStyle::All => Dist::All,
            DistStyle::Key(name) => columns
                .iter()
                .find(|id| self.column(**id).name == *name)
                .map_or(Dist::Even, |id| Dist::Key(vec![vec![*id]])),
            DistStyle::Even => Dist::Even,
            DistStyle::Auto(_) => {
                if table.kind != TableKind::External {
                    self.assume(format!(
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
        if unsorted >= MERGE_UNSORTED || interleaved {
            return Vec::new();
        }
        table
            .sort_columns()
            .iter()
            .map_while(|name| {
                columns
                    .iter()
                    .find(|id| self.column(**id).name == *name)
                    .copied()
            })
            .collect()
    }
}

fn has_parameter(expr: &Expr) -> bool {
    expr.walk().any(|part| matches!(part, Expr::Parameter(_)))
}

fn is_unique(table: &Table, column: &str) -> bool {
    let only = |key: &Vec<String>| key.len() == 1 && key.first().is_some_and(|name| name == column);
    only(&table.primary_key) || table.unique.iter().any(only)
}

fn printed_name(table: &Table) -> String {
    match (&table.name.schema, table.kind) {
        (Some(schema), TableKind::External) => {
            format!("{}.{}", quoted(schema), quoted(&table.name.name))
        }
        _ => quoted(&table.name.name),
    }
}

/// `KEY(col)`, `AUTO(ALL)`, … as `SVV_TABLE_INFO` prints it.
fn exported_style(text: &str) -> Option<DistStyle> {
    let text = text.trim();
    let inside = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?;
        rest.strip_suffix(')')
    };
    match text {
        "ALL" => Some(DistStyle::All),
        "EVEN" => Some(DistStyle::Even),
        _ => match (inside("KEY("), inside("AUTO(")) {
            (Some(column), _) => Some(DistStyle::Key(column.trim_matches('"').to_lowercase())),
            (None, Some(inner)) => exported_style(inner),
            (None, None) => None,
        },
    }
}

/// The bytes of a column's value where no statistics tell.
fn default_bytes(column: &Column) -> f64 {
    match &column.data_type {
        DataType::Char(n) => f64::from(*n),
        DataType::Varchar(n) | DataType::Varbyte(n) => {
            let length = f64::from(*n).min(LONGEST_TEXT);
            length.min(FULL_TEXT) + (length - FULL_TEXT).max(0.0) / 2.0
        }
        other => crate::work::fixed_bytes(other),
    }
}
