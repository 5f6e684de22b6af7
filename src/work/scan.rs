//! What a scan reads: columns, bytes, and blocks after zone maps.

use crate::name::{self, Ident};
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{Node, cost};
use crate::schema::{DistStyle, SortKey, Table};
use crate::stats::{ColumnStats, TableStats};
use crate::thresholds::DEFAULT_DISTINCT;

use super::load_order;
use super::printed;
use super::restriction::{Asked, Open, asked, begins_alike, concentrated, leads};
use super::stored::{USUALLY_LEFT, stored_bytes};
use super::width::{bytes_of, is_text};
use super::zone_map::{KeyColumn, Layout, Restriction, Surviving, busy_slices};
use super::{Bound, Context, ScanWork, Work, known_rows, sane};

/// The scan of one step.
pub(super) fn scan(node: &Node, cx: &Context<'_>, bound: Bound, work: &mut Work) -> ScanWork {
    let name = node.table_name().unwrap_or_default();
    let table = cx.schema.and_then(|schema| schema.resolve(&name));
    let stats = cx
        .stats
        .and_then(|stats| stats.table(table.map_or(&name, |table| &table.name)));
    let from_cost = cost::rows_scanned(node)
        .or(cost::external_rows(node))
        .and_then(|rows| sane(Some(rows)));
    let known = match (table, stats) {
        (Some(table), Some(stats)) => known_rows(table, stats),
        (_, stats) => stats.and_then(|stats| stats.rows),
    };
    let rows = sane(known).or(from_cost).or(sane(node.rows));
    let rows = rows.unwrap_or_else(|| {
        work.assume(format!(
            "The rows of `{name}` are unknown: none are counted."
        ));
        0.0
    });
    let deleted = stats
        .and_then(|stats| sane(stats.deleted_rows))
        .unwrap_or(0.0);
    let reads = node.scanned_columns().map(|columns| &columns.read);
    let mut scan = ScanWork {
        table_rows: rows,
        rows_read: rows,
        share_read: 1.0,
        known: reads.is_some() && table.is_some(),
        ..ScanWork::default()
    };
    let filters: Vec<&Conjunct> = node.filters().collect();
    let (Some(table), Some(stats)) = (table, stats) else {
        let columns = reads.zip(table);
        let blocks = (bound, cx.shape.slices);
        if let (None, Some(table)) = (&columns, table)
            && let Some(share) = printed::share(node, table, &filters)
        {
            return by_print(node, scan, (table, share), blocks, work);
        }
        return without_stats(node, scan, columns, &filters, blocks, work);
    };
    let names = match reads {
        Some(names) => names.clone(),
        None => {
            work.assume("A printed plan does not say which columns a scan reads: those of its filter and its width are counted.".to_owned());
            filter_columns(&filters, table)
        }
    };
    let layout = Layout {
        rows: rows + deleted,
        slices: cx.shape.slices,
        unsorted: stats.unsorted.unwrap_or(0.0),
        exact: false,
    };
    let measured = node.estimate.as_ref().and_then(|known| known.share_read);
    // With a distribution key that is asked for by value, few slices hold matches.
    let asked = dist_key(table).and_then(|key| Some((key, asked_values(key, &filters)?)));
    let held = asked.map_or(1.0, |(key, values)| {
        let distinct = stats
            .columns
            .get(key)
            .and_then(|known| sane(known.distinct));
        let busy = distinct.map_or(cx.shape.slices, |distinct| {
            busy_slices(distinct, cx.shape.slices)
        });
        (values / busy.max(1.0)).min(1.0)
    });
    let surviving = match measured {
        Some(_) => None,
        None => {
            let sorted = Sorted {
                table,
                stats,
                layout: &layout,
                filters: &filters,
                held,
            };
            sorted.surviving(bound, &mut scan, work)
        }
    };
    let order = match measured {
        Some(_) => None,
        None => load_order::order(table, stats, &layout, &filters, bound),
    };
    if let Some(order) = &order {
        scan.uncertain |= order.is_unknown();
        work.assume(order.told(table));
    }
    let held = if surviving.is_some() { held } else { 1.0 };
    scan.only_there = held < 1.0;
    let mut least = 1.0f64;
    for name in &names {
        let Some(column) = table.column(name) else {
            continue;
        };
        let width = bytes_of(&column.data_type, stats, name);
        let mut blocks = layout.blocks(width, surviving.as_ref());
        let [mut sorted, unsorted] = layout.shares(width, blocks);
        // The sorted rows of the other slices hold other values: they are skipped.
        blocks.read = (blocks.read - blocks.unsorted) * held + blocks.unsorted;
        sorted *= held;
        if let Some(order) = &order {
            let in_order = layout.blocks(width, Some(&order.surviving));
            let [sorted_in_order, _] = layout.shares(width, in_order);
            blocks.read -= order.weight * (blocks.read - in_order.read).max(0.0);
            sorted -= order.weight * (sorted - sorted_in_order).max(0.0);
        }
        let mut share = measured.unwrap_or((sorted + unsorted).min(1.0));
        least = least.min(share);
        // A sort key tells which rows can pass, and nothing else of any column is read. Without
        // one, what the zone maps of other columns skip does not spare a text that has to be
        // looked at [both measured: FireScale, ClickBench].
        let looked_at = is_text(&column.data_type) && is_searched(name, &filters);
        if looked_at && table.sort_columns().is_empty() {
            share = 1.0;
        }
        scan.blocks_read += match measured {
            Some(share) => share * blocks.total,
            None if share >= 1.0 => blocks.total,
            None => blocks.read,
        };
        scan.blocks_total += blocks.total;
        let bytes = layout.rows * width * share;
        scan.stored_bytes += layout.rows * stored_bytes(table, column, stats) * share;
        match is_text(&column.data_type) {
            true => {
                scan.text_bytes += bytes;
                scan.text_values += layout.rows * share;
            }
            false => scan.fixed_bytes += bytes,
        }
    }
    if reads.is_none() {
        let width = rows * sane(node.width).unwrap_or(0.0) * least;
        scan.fixed_bytes += width;
        scan.stored_bytes += width * USUALLY_LEFT;
    }
    scan.columns = names.len();
    scan.share_read = least;
    scan.rows_read = layout.rows * least;
    scan
}

/// Slices that hold the rows of a scan, where they are fewer than all: those that the
/// distribution key leaves, or one on each node of a table that each node has a copy of, all of
/// whose rows it works on.
pub(super) fn slices(node: &Node, table: &Table, stats: &TableStats, all: f64) -> Option<f64> {
    if is_copied(table) {
        return (all > 1.0).then_some(1.0);
    }
    let key = dist_key(table)?;
    let asked = asked_values(key, &node.filters().collect::<Vec<_>>());
    match asked {
        Some(values) => Some(busy_slices(values, all)).filter(|busy| *busy < all),
        None => spread(key, stats, all),
    }
}

/// Slices that share all rows of a table by a distribution key, where they are fewer than all:
/// those that have a value of it, of which the fullest sets the time.
fn spread(key: &Ident, stats: &TableStats, all: f64) -> Option<f64> {
    let known = stats.columns.get(key);
    let distinct = known.and_then(|column| sane(column.distinct));
    let by_values = distinct.map(|values| busy_slices(values, all));
    let fullest = fullest_slice(stats, known, all).map(|share| 1.0 / share);
    let busy = [by_values, fullest].into_iter().flatten();
    busy.reduce(f64::min).filter(|busy| *busy < all)
}

/// The share of a table's rows on its fullest slice, as far as skew is known: all rows of one
/// value of the distribution key, and all without one, lie on one slice; and `skew_rows` is the
/// fullest slice over the emptiest, here with the others as the emptiest.
fn fullest_slice(stats: &TableStats, key: Option<&ColumnStats>, all: f64) -> Option<f64> {
    let frequent = key
        .and_then(|key| key.most_common.first())
        .map(|most| most.share);
    let nulls = key.and_then(|key| key.null_share);
    let one_value = frequent.into_iter().chain(nulls).reduce(f64::max);
    let by_value = one_value.map(|share| share + (1.0 - share) / all);
    let skew = sane(stats.skew_rows).filter(|skew| *skew >= 1.0);
    let by_slices = skew.map(|skew| skew / (skew + all - 1.0));
    by_value.into_iter().chain(by_slices).reduce(f64::max)
}

/// Slices that share the reading of a scan, where they are fewer than all. What the
/// distribution key is asked for does not narrow it by itself: every slice looks through its own
/// rows, unless the sort key tells the others that theirs are out of question.
pub(super) fn reading(
    node: &Node,
    (table, stats): (&Table, &TableStats),
    scan: &ScanWork,
    (holding, all): (Option<f64>, f64),
) -> Option<f64> {
    let filters: Vec<&Conjunct> = node.filters().collect();
    let by_value = dist_key(table).filter(|key| asked_values(key, &filters).is_some());
    match by_value {
        Some(key) if !scan.only_there => spread(key, stats, all),
        _ => holding,
    }
}

/// Whether each node has a copy of a table.
fn is_copied(table: &Table) -> bool {
    matches!(&table.dist_style, DistStyle::All)
        || matches!(&table.dist_style, DistStyle::Auto(Some(style)) if **style == DistStyle::All)
}

/// The column by which a table is distributed.
fn dist_key(table: &Table) -> Option<&Ident> {
    let style = match &table.dist_style {
        DistStyle::Auto(Some(style)) => style,
        style => style,
    };
    match style {
        DistStyle::Key(key) => Some(key),
        _ => None,
    }
}

/// How many values of a column a filter asks for, if it asks by value.
fn asked_values(column: &str, filters: &[&Conjunct]) -> Option<f64> {
    filters
        .iter()
        .filter(|filter| matches!(filter.columns.as_slice(), [only] if only == column))
        .filter(|filter| filter.around.is_none())
        .filter(|filter| matches!(filter.comparison, Comparison::Equal | Comparison::OneOf))
        .map(|filter| filter.literals.len().max(1) as f64)
        .reduce(f64::min)
}

/// A scan of a printed plan whose sort key leaves the share that the plan's rows tell; its low end
/// reads a block on each slice, its high end all.
fn by_print(
    node: &Node,
    mut scan: ScanWork,
    (table, share): (&Table, f64),
    (bound, slices): (Bound, f64),
    work: &mut Work,
) -> ScanWork {
    let bytes = scan.rows_read * sane(node.width).unwrap_or(0.0);
    let share = match bound {
        Bound::Low => printed::at_least_a_block(0.0, bytes, slices),
        Bound::Likely => printed::at_least_a_block(share, bytes, slices),
        Bound::High => 1.0,
    };
    let key = name::list(table.sort_columns());
    work.assume(format!(
        "`{}`, sorted by ({key}), is read as far as the rows that the plan prints say: the low end \
         of the interval reads a block on each slice, the high end all.",
        table.name
    ));
    scan.uncertain = true;
    scan.pruning = format!("sorted by ({key}), blocks outside of the filter are skipped");
    scan.share_read = share;
    scan.rows_read *= share;
    scan.fixed_bytes = bytes * share;
    scan.stored_bytes = bytes * share * USUALLY_LEFT;
    scan
}

/// A scan of which only rows, perhaps columns, are known.
fn without_stats(
    node: &Node,
    mut scan: ScanWork,
    columns: Option<(&Vec<Ident>, &Table)>,
    filters: &[&Conjunct],
    (bound, slices): (Bound, f64),
    work: &mut Work,
) -> ScanWork {
    let rows = scan.rows_read;
    let Some((names, table)) = columns else {
        work.assume("The printed width stands for the columns that a scan reads: columns used in filters only are not counted, and all are taken as fixed-width.".to_owned());
        scan.fixed_bytes = rows * sane(node.width).unwrap_or(0.0);
        scan.stored_bytes = scan.fixed_bytes * USUALLY_LEFT;
        scan.pruning =
            "no statistics, so nothing is said of blocks that could be skipped".to_owned();
        return scan;
    };
    let stats = TableStats::default();
    let layout = Layout {
        rows,
        slices,
        unsorted: 0.0,
        exact: false,
    };
    let leading = filters.iter().find(|filter| leads(table, filter));
    if let Some(filter) = leading {
        scan.uncertain = true;
        scan.pruning =
            "no statistics, so nothing is said of blocks that could be skipped".to_owned();
        work.assume(format!(
            "`{}` is sorted by what `{}` asks for, but nothing is known of its values: the low end of \
             the interval reads one block on each slice, the median and the high end all.",
            table.name, filter.text
        ));
    }
    let few = leading
        .filter(|_| bound == Bound::Low)
        .map(|_| Surviving::default());
    let mut least = 1.0f64;
    for name in names {
        let Some(column) = table.column(name) else {
            continue;
        };
        let width = bytes_of(&column.data_type, &stats, name);
        let blocks = layout.blocks(width, few.as_ref());
        let share = match few.is_some() {
            true => layout.shares(width, blocks).iter().sum::<f64>().min(1.0),
            false => 1.0,
        };
        least = least.min(share);
        let bytes = rows * width * share;
        scan.stored_bytes += rows * stored_bytes(table, column, &stats) * share;
        match is_text(&column.data_type) {
            true => {
                scan.text_bytes += bytes;
                scan.text_values += rows * share;
            }
            false => scan.fixed_bytes += bytes,
        }
    }
    scan.columns = names.len();
    scan.rows_read = rows * least;
    scan
}

fn filter_columns(filters: &[&Conjunct], table: &Table) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for name in filters.iter().flat_map(|filter| &filter.columns) {
        if table.column(name).is_some() && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Whether a predicate has to look at the values of a text column itself.
fn is_searched(name: &str, filters: &[&Conjunct]) -> bool {
    filters.iter().any(|filter| {
        filter.columns.iter().any(|column| column == name)
            && matches!(filter.comparison, Comparison::Pattern | Comparison::Other)
    })
}

/// A table whose sort key may leave blocks unread.
struct Sorted<'a> {
    table: &'a Table,
    stats: &'a TableStats,
    layout: &'a Layout,
    filters: &'a [&'a Conjunct],
    /// Share of the slices that hold what is asked of the distribution key by value.
    held: f64,
}

impl<'a> Sorted<'a> {
    /// What the sort key leaves to be read, and the sentence for it.
    fn surviving(&self, bound: Bound, scan: &mut ScanWork, work: &mut Work) -> Option<Surviving> {
        let columns = self.table.sort_columns();
        if columns.is_empty() {
            scan.pruning = match self.table.sort_key {
                SortKey::Auto(_) => {
                    "SORTKEY AUTO: no order is known, so no block is skipped".to_owned()
                }
                _ => "no sort key, so no block is skipped".to_owned(),
            };
            return None;
        }
        let (survives, open) = match self.table.sort_key {
            SortKey::Interleaved(_) => return self.interleaved(bound, scan, work),
            _ => self.at(bound),
        };
        // What a later column leaves may make no difference.
        let matters = open.as_ref().is_some_and(|_| {
            let all = self.layout.sorted_rows();
            let rows = |bound| self.at(bound).0.map_or(all, |kept| kept.rows());
            rows(Bound::Low) < rows(Bound::High)
        });
        let names = columns.join("`, `");
        scan.pruning = match (open.filter(|_| matters), &survives) {
            (Some(open), _) => {
                scan.uncertain = true;
                work.assume(open.told(self.table));
                let wanted = open.wanted(self.table);
                work.unknown.extend(wanted);
                format!(
                    "sorted by `{names}`, but how many blocks the predicate leaves is not known"
                )
            }
            (None, Some(_)) => {
                format!("sorted by `{names}`, blocks outside of the predicate are skipped")
            }
            (None, None) if self.filters.is_empty() => {
                "no filter, so every block is read".to_owned()
            }
            (None, None) if self.begins_alike() => format!(
                "no block is skipped by `{names}`: zone maps keep the first eight bytes of a text, \
                 and its values begin alike"
            ),
            (None, None) => format!("no predicate that `{names}` could skip blocks by"),
        };
        if self.layout.unsorted > 0.0 {
            scan.pruning.push_str(&format!(
                "; the unsorted {:.1} % are read whole",
                self.layout.unsorted * 100.0
            ));
        }
        survives
    }

    /// An interleaved key skips by any of its columns; how much is not computed.
    fn interleaved(&self, bound: Bound, scan: &mut ScanWork, work: &mut Work) -> Option<Surviving> {
        let name = &self.table.name;
        let restricts = |column| {
            let asked = self.asked(column, bound);
            asked.open.is_some() || asked.restriction != Restriction::None
        };
        if !self.table.sort_columns().iter().any(restricts) {
            scan.pruning =
                "no predicate that the interleaved sort key could skip blocks by".to_owned();
            return None;
        }
        scan.uncertain = true;
        scan.pruning =
            "an interleaved sort key: how many blocks it skips is not computed".to_owned();
        work.assume(format!(
            "`{name}` has an interleaved sort key, and how many blocks that skips is not computed: \
             the low end of the interval reads one block on each slice, the median and the high end all."
        ));
        (bound == Bound::Low).then(Surviving::default)
    }

    fn begins_alike(&self) -> bool {
        let mut columns = self.table.sort_columns().iter();
        columns.any(|name| begins_alike(self.table, name, self.stats, self.filters))
    }

    fn asked(&self, name: &'a Ident, bound: Bound) -> Asked<'a> {
        asked(self.table, name, self.stats, self.filters, bound)
    }

    /// What is left at one end of what is not known, and the first condition that is not.
    fn at(&self, bound: Bound) -> (Option<Surviving>, Option<Open<'a>>) {
        let mut open = None;
        // The first column that nothing tells the number of values of.
        let mut uncounted = None;
        let mut key: Vec<KeyColumn> = Vec::new();
        for name in self.table.sort_columns() {
            let asked = self.asked(name, bound);
            open = open.take().or(asked.open);
            if let (Some(before), true) = (uncounted, asked.restriction != Restriction::None) {
                let mut filters = self.filters.iter();
                let mine = filters.find(|filter| filter.columns.first() == Some(name));
                open = open.or(mine.map(|filter| Open::behind(before, filter)));
            }
            let known = self.stats.columns.get(name);
            let distinct = known.and_then(|column| column.distinct);
            if distinct.is_none() && !matches!(asked.restriction, Restriction::Values(_)) {
                uncounted = uncounted.or(Some(name));
            }
            key.push(KeyColumn {
                distinct: distinct.unwrap_or(match bound {
                    Bound::Low => 1.0,
                    Bound::Likely => DEFAULT_DISTINCT,
                    Bound::High => self.layout.rows.max(1.0),
                }),
                bytes: self
                    .table
                    .column(name)
                    .map_or(8.0, |column| bytes_of(&column.data_type, self.stats, name)),
                restriction: match dist_key(self.table) == Some(name) {
                    true => concentrated(asked.restriction, self.held),
                    false => asked.restriction,
                },
            });
        }
        (self.layout.surviving(&key), open)
    }
}
