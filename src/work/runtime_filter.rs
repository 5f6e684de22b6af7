//! What the build side of a join spares the scan of its probe side.
//!
//! The keys of a hash table that is built are handed down to the scan that will probe it, which
//! skips blocks that hold none of them and drops other rows before they are probed. Redshift
//! does not print it; STL_SCAN and public timings show it: one month of `date_dim` joined to
//! 288 million rows that are sorted by its key takes 165 to 200 ms, all dates 1,674 ms
//! (TPC-DS 100 GB, 2 × ra3.xlplus).

use crate::name::{Ident, TableName};
use crate::plan::{JoinKind, JoinMethod, Node, NodeId, Operator, Plan, cost};
use crate::schema::{SortKey, Table};

use super::width::bytes_of;
use super::{BLOCK_BYTES, Bound, Context, ScanWork, Work, known_rows, sane};
use crate::stats::TableStats;

/// The keys that a build side holds.
struct Keys {
    /// The table that they are of.
    table: TableName,
    /// How many of them the probe side uses.
    used: f64,
    /// The share of these that is left.
    share: f64,
}

impl Keys {
    /// The share of so many blocks that hold one of the keys, if those are strewn evenly: a block
    /// holds none of them with the probability that all its keys are among the others (Yao,
    /// Communications of the ACM 20(4), 1977, in Cardenas' approximation).
    fn strewn(&self, blocks: f64) -> f64 {
        1.0 - (1.0 - self.share).powf((self.used / blocks).max(1.0))
    }
}

/// What one scan is spared.
#[derive(Debug, Clone)]
struct Spared {
    scan: NodeId,
    /// The steps from the scan up to the join, without it.
    path: Vec<NodeId>,
    /// Share of the keys that the build side holds.
    share: f64,
    /// Share of the blocks that are read in the middle: those that hold one of them, if they are
    /// strewn evenly over all keys; all where the filter is not known to be used.
    likely: f64,
    /// Share of the rows that lies unsorted: of those no block is spared.
    unsorted: f64,
    /// What the reader is told.
    why: String,
}

/// What the scans of a plan are spared.
#[derive(Debug, Clone, Default)]
pub(super) struct RuntimeFilters(Vec<Spared>);

impl RuntimeFilters {
    /// Looks through the joins of a plan.
    pub(super) fn of(plan: &Plan, cx: &Context<'_>) -> Self {
        let joins = plan.nodes.iter().filter(|node| filters_its_probe(node));
        let mut all: Vec<Spared> = Vec::new();
        for found in joins.flat_map(|join| of_join(plan, cx, join)) {
            match all.iter_mut().find(|known| known.scan == found.scan) {
                Some(known) if known.share <= found.share => {}
                Some(known) => *known = found,
                None => all.push(found),
            }
        }
        Self(all)
    }

    /// Share of the rows of a step that are left.
    pub(super) fn kept(&self, node: NodeId, bound: Bound) -> f64 {
        let mut of_node = self.0.iter().filter(|spared| spared.path.contains(&node));
        of_node.next().map_or(1.0, |spared| spared.at(bound))
    }

    /// Reads only what is left.
    pub(super) fn apply(
        &self,
        node: NodeId,
        bound: Bound,
        slices: f64,
        scan: &mut ScanWork,
        work: &mut Work,
    ) {
        let Some(spared) = self.0.iter().find(|spared| spared.scan == node) else {
            return;
        };
        // What a condition of its own leaves may be the same blocks.
        let least = (slices * scan.columns.max(1) as f64).min(scan.blocks_read);
        let left = spared.at(bound) / scan.share_read.max(f64::MIN_POSITIVE);
        let factor = match scan.blocks_read > 0.0 {
            true => left.max(least / scan.blocks_read).min(1.0),
            false => left.min(1.0),
        };
        scan.uncertain = true;
        scan.keep(factor);
        work.assume(spared.why.clone());
    }
}

impl Spared {
    /// Keys that lie together leave as large a share of the blocks as they are. That the filter
    /// is not used at all can't be ruled out: Redshift's documentation does not tell when it is.
    fn at(&self, bound: Bound) -> f64 {
        let sorted = match bound {
            Bound::Low => self.share,
            Bound::Likely => self.likely,
            Bound::High => 1.0,
        };
        self.unsorted + (1.0 - self.unsorted) * sorted
    }
}

/// Whether rows of the probe side without a partner are dropped.
fn filters_its_probe(node: &Node) -> bool {
    matches!(
        node.operator,
        Operator::Join(
            JoinMethod::Hash | JoinMethod::Merge,
            JoinKind::Inner | JoinKind::In | JoinKind::Right
        )
    )
}

fn of_join(plan: &Plan, cx: &Context<'_>, join: &Node) -> Vec<Spared> {
    let sides = plan.outer(join.id).zip(plan.inner(join.id));
    let Some((outer, inner)) = sides else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for pair in join.join_keys() {
        let Some((scan, table)) = sorted_by(plan, cx, outer, &pair.outer) else {
            continue;
        };
        let used = cx.stats.and_then(|stats| stats.table(&table.name));
        let used = used.and_then(|stats| sane(stats.columns.get(&pair.outer)?.distinct));
        let Some(keys) = keys_left(plan, cx, inner, &pair.inner, used) else {
            continue;
        };
        let Some(blocks) = blocks_on_a_slice(cx, scan, table, &pair.outer) else {
            continue;
        };
        let Some(path) = path(plan, scan, join) else {
            continue;
        };
        let strewn = keys.strewn(blocks);
        let stats = cx.stats.and_then(|stats| stats.table(&table.name));
        let unsorted = stats
            .and_then(|stats| sane(stats.unsorted))
            .unwrap_or(0.0)
            .min(1.0);
        let (likely, reads) = match cx.shape.joins_prune {
            true => (
                strewn,
                format!(
                    "the median {:.1} %, as if they were strewn evenly, and the high end all",
                    strewn * 100.0
                ),
            ),
            false => (
                1.0,
                "the median and the high end all: no timings of such nodes show that a join \
                 spares a scan"
                    .to_owned(),
            ),
        };
        let why = format!(
            "`{}` is sorted by `{}`, and the join with `{}` asks for {:.1} % of its values: the low \
             end of the interval reads as much of it, as if these values lay together, {reads}.",
            table.name,
            pair.outer,
            keys.table,
            keys.share * 100.0,
        );
        found.push(Spared {
            scan: scan.id,
            path,
            share: keys.share,
            likely,
            unsorted,
            why,
        });
    }
    found
}

/// The table behind a key of the build side, and the share of the keys that is left of those
/// that the probe side uses: all of the table's, unless it is known that there are fewer, as of
/// a calendar that begins long before the facts.
fn keys_left(
    plan: &Plan,
    cx: &Context<'_>,
    inner: &Node,
    key: &Ident,
    used: Option<f64>,
) -> Option<Keys> {
    let scan = only_scan_with(plan, cx, inner, key)?;
    let table = table(cx, scan)?;
    let stats = cx.stats.and_then(|stats| stats.table(&table.name));
    let known = sane(stats.and_then(|stats| known_rows(table, stats)));
    let all = known.or(cost::rows_scanned(scan).and_then(|rows| sane(Some(rows))))?;
    let left = sane(inner.rows)?.min(sane(scan.rows)?);
    let used = used.map_or(all, |used| used.min(all)).max(1.0);
    let share = left / used;
    (share < 1.0).then(|| Keys {
        table: table.name.clone(),
        used,
        share: share.max(f64::MIN_POSITIVE),
    })
}

/// Blocks of a column on each slice.
fn blocks_on_a_slice(cx: &Context<'_>, scan: &Node, table: &Table, column: &Ident) -> Option<f64> {
    let stats = cx.stats.and_then(|stats| stats.table(&table.name));
    let known = sane(stats.and_then(|stats| known_rows(table, stats)));
    let rows = known.or(cost::rows_scanned(scan).and_then(|rows| sane(Some(rows))))?;
    let data_type = &table.column(column)?.data_type;
    let bytes = rows * bytes_of(data_type, stats.unwrap_or(TableStats::UNKNOWN), column);
    Some(
        (bytes / cx.shape.slices.max(1.0) / BLOCK_BYTES)
            .ceil()
            .max(1.0),
    )
}

/// The scan of a table below a step whose rows are sorted by a column.
fn sorted_by<'p, 'c>(
    plan: &'p Plan,
    cx: &Context<'c>,
    side: &Node,
    column: &Ident,
) -> Option<(&'p Node, &'c Table)> {
    let scan = only_scan_with(plan, cx, side, column)?;
    let table = table(cx, scan)?;
    let leads =
        matches!(&table.sort_key, SortKey::Compound(columns) if columns.first() == Some(column));
    leads.then_some((scan, table))
}

/// The only scan below a step of a table that has this column.
fn only_scan_with<'p>(
    plan: &'p Plan,
    cx: &Context<'_>,
    side: &Node,
    column: &Ident,
) -> Option<&'p Node> {
    let scans = plan.subtree(side.id).filter(|node| {
        node.operator == Operator::SeqScan
            && table(cx, node).is_some_and(|table| table.column(column).is_some())
    });
    let scans: Vec<&Node> = scans.collect();
    match scans.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn table<'c>(cx: &Context<'c>, scan: &Node) -> Option<&'c Table> {
    cx.schema?.resolve(&scan.table_name()?)
}

/// The steps from a scan to the join above it, if nothing but joins lies between: what groups,
/// sorts or limits rows needs all of them.
fn path(plan: &Plan, scan: &Node, join: &Node) -> Option<Vec<NodeId>> {
    let mut path = vec![scan.id];
    for above in plan.ancestors(scan.id) {
        if above.id == join.id {
            return Some(path);
        }
        let passes = above.operator == Operator::Hash || filters_its_probe(above);
        if !passes {
            return None;
        }
        path.push(above.id);
    }
    None
}
