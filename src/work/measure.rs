//! Walks a plan and measures every step.

use crate::plan::{DetailKind, Distribution, JoinMethod, Node, Operator, Plan, RowRange};
use crate::schema::Table;
use crate::stats::TableStats;

use super::grouping;
use super::limit;
use super::moved::{bytes_moved, share_that_leaves};
use super::partitions;
use super::runtime_filter::RuntimeFilters;
use super::scan::{reading, scan, slices};
use super::width::{bytes_of, is_text};
use super::written::bytes_placed;
use super::{Bound, Compute, Context, StepWork, Work, sane};

/// Share of the memory that one query's hash tables may take: automatic WLM gives
/// memory out in parts whose size AWS does not publish; a tenth is an assumption.
pub const MEMORY_SHARE: f64 = 0.1;

/// A plan with all that is known beside it.
#[derive(Clone, Copy)]
struct Measure<'a> {
    plan: &'a Plan,
    cx: &'a Context<'a>,
    bound: Bound,
    filters: &'a RuntimeFilters,
}

/// Measures every step of a plan. Missing, absurd or infinite numbers count as
/// nothing or are clipped; [`Work::assumptions`] says so.
pub fn measure(plan: &Plan, cx: &Context<'_>) -> Work {
    let filters = RuntimeFilters::of(plan, cx);
    let all = |bound, work: &mut Work| all(plan, cx, bound, &filters, work);
    let mut work = Work::default();
    work.steps = all(Bound::Likely, &mut work);
    let is_uncertain = |node: &Node| {
        let of_table = node.estimate.as_ref().and_then(|known| known.table_rows);
        !node.row_range().is_exact() || of_table.is_some()
    };
    let rows_uncertain = plan.nodes.iter().any(is_uncertain);
    let blocks_uncertain = work.scans().any(|scan| scan.uncertain);
    if rows_uncertain || blocks_uncertain {
        let mut ignored = Work::default();
        work.low = all(Bound::Low, &mut ignored);
        work.high = all(Bound::High, &mut ignored);
    }
    work
}

/// The middle of [`measure`] alone, where no interval is asked for: [`Work::low`] and
/// [`Work::high`] are left empty.
pub fn measure_likely(plan: &Plan, cx: &Context<'_>) -> Work {
    let filters = RuntimeFilters::of(plan, cx);
    let mut work = Work::default();
    work.steps = all(plan, cx, Bound::Likely, &filters, &mut work);
    work
}

fn all(
    plan: &Plan,
    cx: &Context<'_>,
    bound: Bound,
    filters: &RuntimeFilters,
    work: &mut Work,
) -> Vec<StepWork> {
    let measure = Measure {
        plan,
        cx,
        bound,
        filters,
    };
    let mut steps: Vec<StepWork> = plan
        .nodes
        .iter()
        .map(|node| measure.step(node, work))
        .collect();
    measure.hand_slices_on(&mut steps);
    measure.stop_early(&mut steps);
    steps
}

impl Measure<'_> {
    fn step(&self, node: &Node, work: &mut Work) -> StepWork {
        let mut step = StepWork {
            node: node.id,
            rows_out: self.rows(node),
            rows_in: self
                .plan
                .children(node.id)
                .map(|child| self.rows(child))
                .sum(),
            serial: sends_to_one_slice(node),
            ..StepWork::default()
        };
        // What Spectrum sends was read by the scan below.
        let receives = node.operator == Operator::S3QueryScan && !node.children.is_empty();
        if node.operator.is_scan() && !receives {
            let mut scan = scan(node, self.cx, self.bound, work);
            self.scale_unknown_table(node, &mut scan);
            let everywhere = self.cx.shape.slices;
            partitions::narrow(self.plan, node, self.bound, everywhere, &mut scan);
            self.filters
                .apply(node.id, self.bound, everywhere, &mut scan, work);
            step.rows_in = scan.rows_read;
            step.materialized_bytes = self.materialized(node);
            if let Some((table, stats)) = self.table(node) {
                let all = self.cx.shape.slices;
                let holding = slices(node, table, stats, all);
                step.slices = reading(node, (table, stats), &scan, (holding, all));
                // Rows that are found on fewer slices than look for them are handed on by those.
                let alone = step.slices.unwrap_or(all) / holding.unwrap_or(all);
                step.materialized_bytes *= alone.max(1.0);
            }
            step.scan = Some(scan);
        }
        match &node.operator {
            Operator::Join(method, _) => self.join(node, *method, &mut step),
            Operator::HashAggregate | Operator::GroupAggregate | Operator::Unique => {
                step.groups = self.groups(node);
                // The price of a value told apart holds its entry.
                match self.is_spool(node) {
                    true if told_apart_beside_others(node) => {
                        step.rows_hashed = step.rows_in;
                        step.groups = 0.0;
                    }
                    true => {
                        step.distinct_rows = step.rows_in;
                        step.groups = 0.0;
                    }
                    // What follows a spool is part of telling the values apart.
                    false if self.reads_spool(node) => {}
                    false => step.rows_hashed = step.rows_in,
                }
                self.scattered_groups(node, &mut step);
            }
            Operator::Sort => self.sort(node, &mut step),
            Operator::SetOp(_) => step.rows_hashed = step.rows_in,
            Operator::Network => self.network(node, &mut step),
            _ => {}
        }
        match &self.plan.writes {
            Some(writes) if node.parent.is_none() => {
                // At the ends, as many more or fewer as come out of the query.
                let likely = Measure {
                    bound: Bound::Likely,
                    ..*self
                };
                let factor = self.rows(node) / likely.rows(node).max(1.0);
                step.placed_bytes = bytes_placed(writes, self.cx.shape.nodes) * factor;
            }
            None if node.parent.is_none()
                && !self.plan.headless
                && !self.merges_at_leader(node) =>
            {
                step.leader_rows = step.rows_out;
                step.leader_bytes = self.bytes(node);
            }
            _ => {}
        }
        predicates(node, &mut step);
        if let Some(known) = &node.estimate {
            self.compute(&known.compute, &mut step);
        }
        step
    }

    /// Steps below a LIMIT without ORDER BY make no more rows than are asked for. The more rows
    /// there are, the smaller is the share that it takes to find enough.
    fn stop_early(&self, steps: &mut [StepWork]) {
        let bound = match self.bound {
            Bound::Likely => Bound::Likely,
            Bound::Low => Bound::High,
            Bound::High => Bound::Low,
        };
        let opposite = Measure { bound, ..*self };
        let slices = self.cx.shape.slices;
        let lucky = self.bound == Bound::Low;
        for (id, share) in limit::shares(self.plan, |node| opposite.rows(node), slices, lucky) {
            if let (Some(step), Some(node)) = (steps.get_mut(id), self.plan.nodes.get(id)) {
                step.stop_at(node, share, slices);
            }
        }
    }

    /// Rows stay on the slices that hold them until a step moves them.
    fn hand_slices_on(&self, steps: &mut [StepWork]) {
        let mut holding: Vec<Option<f64>> = vec![None; self.plan.nodes.len()];
        for node in self.plan.nodes.iter().rev() {
            if node.operator.is_scan() {
                let table = self.table(node);
                let slices = table
                    .and_then(|(table, stats)| slices(node, table, stats, self.cx.shape.slices));
                if let Some(slot) = holding.get_mut(node.id) {
                    *slot = slices;
                }
                continue;
            }
            if sends_to_one_slice(node) {
                if let Some(slot) = holding.get_mut(node.id) {
                    *slot = Some(1.0);
                }
                continue;
            }
            let label = node.distribution;
            let stays = match &node.operator {
                Operator::Join(..) => !matches!(
                    label,
                    Some(Distribution::Inner | Distribution::Outer | Distribution::Both)
                ),
                Operator::Network | Operator::Append => false,
                _ => true,
            };
            let below = node.children.first().and_then(|child| holding.get(*child));
            let Some(slices) = below.copied().flatten().filter(|_| stays) else {
                continue;
            };
            if let Some(step) = steps.get_mut(node.id) {
                step.slices = step.slices.or(Some(slices));
            }
            if let Some(slot) = holding.get_mut(node.id) {
                *slot = Some(slices);
            }
        }
    }

    /// The rows that leave a step, at the bound that is measured.
    fn rows(&self, node: &Node) -> f64 {
        // A partition loop prints the rows of one scan times the partitions, although the
        // scan's are those of all.
        if node.operator == Operator::PartitionLoop
            && node.estimate.is_none()
            && let Some(query) = self.plan.inner(node.id)
        {
            return self.rows(query);
        }
        self.estimated(node, node.row_range())
    }

    /// The groups that a step makes, before HAVING.
    fn groups(&self, node: &Node) -> f64 {
        let known = node.estimate.as_ref().and_then(|known| known.grouping);
        known.map_or_else(
            || self.rows(node),
            |grouping| self.estimated(node, grouping.made),
        )
    }

    /// Groups whose rows lie on several slices: what each slice groups is sent on and put
    /// together.
    fn scattered_groups(&self, node: &Node, step: &mut StepWork) {
        let known = node.estimate.as_ref().and_then(|known| known.grouping);
        if !known.is_some_and(|grouping| grouping.scattered) {
            return;
        }
        let shape = self.cx.shape;
        let sent = grouping::sent(step.rows_in, self.groups(node), shape.slices);
        let bytes = sent * sane(node.width).unwrap_or(0.0);
        step.groups_sent = sent;
        step.network_bytes += bytes * share_that_leaves(shape.nodes);
        // Each slice keeps its own groups until it sends them.
        step.spill_bytes += (bytes - shape.memory_bytes * MEMORY_SHARE).max(0.0);
    }

    /// What is printed, times the factor at the bound that is measured.
    fn estimated(&self, node: &Node, range: RowRange) -> f64 {
        let printed = sane(node.rows).unwrap_or(0.0);
        let factor = match self.bound {
            Bound::Likely => range.likely,
            Bound::Low => range.low.min(range.likely),
            Bound::High => range.high.max(range.likely),
        };
        let kept = self.filters.kept(node.id, self.bound);
        sane(Some(printed * factor * kept)).unwrap_or(0.0)
    }

    fn bytes(&self, node: &Node) -> f64 {
        self.rows(node) * sane(node.width).unwrap_or(0.0)
    }

    /// A table whose row count is a default may hold more or fewer rows; of an external one
    /// only some partitions may be read.
    fn scale_unknown_table(&self, node: &Node, scan: &mut super::ScanWork) {
        let known = node.estimate.as_ref().and_then(|known| known.table_rows);
        let Some(range) = known else { return };
        let factor = match self.bound {
            Bound::Likely => range.likely,
            Bound::Low => range.low,
            Bound::High => range.high,
        };
        scan.rows_read *= factor;
        scan.fixed_bytes *= factor;
        scan.text_bytes *= factor;
        scan.text_values *= factor;
        scan.stored_bytes *= factor;
    }

    /// Fixed-width bytes of the rows that leave a scan.
    fn materialized(&self, node: &Node) -> f64 {
        let (Some(columns), Some((table, stats))) = (node.scanned_columns(), self.table(node))
        else {
            return self.bytes(node);
        };
        let width: f64 = columns
            .passed
            .iter()
            .filter_map(|name| table.column(name))
            .filter(|column| !is_text(&column.data_type))
            .map(|column| bytes_of(&column.data_type, stats, &column.name))
            .sum();
        self.rows(node) * width
    }

    fn table(&self, node: &Node) -> Option<(&Table, &TableStats)> {
        let schema = self.cx.schema?;
        let table = schema.resolve(&node.table_name()?)?;
        let stats = self.cx.stats.and_then(|stats| stats.table(&table.name));
        Some((table, stats.unwrap_or(TableStats::UNKNOWN)))
    }

    /// The step that tells the values of the only `COUNT(DISTINCT …)` apart.
    fn is_spool(&self, node: &Node) -> bool {
        let parent = node.parent.and_then(|id| self.plan.nodes.get(id));
        parent.is_some_and(is_spool_scan)
    }

    /// The step that counts the values told apart.
    fn reads_spool(&self, node: &Node) -> bool {
        self.plan.child(node.id).is_some_and(is_spool_scan)
    }

    /// Whether rows reach the leader through a step of their own.
    fn merges_at_leader(&self, root: &Node) -> bool {
        self.plan.subtree(root.id).any(|node| {
            node.details
                .iter()
                .any(|detail| detail.kind == DetailKind::SendToLeader)
        })
    }

    /// Rows that meet in a join, and what it takes to bring them together.
    fn join(&self, node: &Node, method: JoinMethod, step: &mut StepWork) {
        let (Some(outer), Some(inner)) = (self.plan.outer(node.id), self.plan.inner(node.id))
        else {
            return;
        };
        step.rows_in = self.rows(outer) + self.rows(inner);
        let label = node.distribution.unwrap_or(Distribution::None);
        let nodes = self.cx.shape.nodes;
        step.network_bytes = bytes_moved(label, self.bytes(outer), self.bytes(inner), nodes);
        step.serial |= label == Distribution::AllInner;
        match method {
            JoinMethod::Hash => {
                self.hash_join(outer, inner, label, step);
                step.further_pairs = self.pairs_beyond(node, step.probe_rows);
            }
            JoinMethod::Merge => {
                step.probe_rows = step.rows_in;
                step.further_pairs = self.pairs_beyond(node, step.probe_rows);
            }
            JoinMethod::NestedLoop => {
                step.pairs = (self.rows(outer) * self.rows(inner)).min(super::LARGEST);
            }
        }
    }

    /// Pairs with equal keys beyond the one that each row is looked up for.
    fn pairs_beyond(&self, node: &Node, looked_up: f64) -> f64 {
        let known = node.estimate.as_ref().and_then(|known| known.pairs);
        let pairs = self.rows(node) * known.unwrap_or(1.0);
        (pairs - looked_up).clamp(0.0, super::LARGEST)
    }

    fn hash_join(&self, outer: &Node, inner: &Node, label: Distribution, step: &mut StepWork) {
        let shape = self.cx.shape;
        let copies = match label {
            Distribution::BroadcastInner | Distribution::AllNone => shape.nodes,
            _ => 1.0,
        };
        let slices = shape.slices.max(1.0);
        step.build_rows = self.rows(inner) * copies;
        step.probe_rows = self.rows(outer);
        step.build_bytes_per_slice = match label {
            Distribution::AllInner => self.bytes(inner),
            _ => self.bytes(inner) * copies / slices,
        };
        let memory = shape.memory_bytes * MEMORY_SHARE / slices;
        if step.build_bytes_per_slice > memory {
            step.spill_bytes = (step.build_bytes_per_slice - memory) * slices;
        }
    }

    /// What memory does not hold of the rows goes to disk and back; the first few of them, for a
    /// LIMIT, are all that is held.
    fn sort(&self, node: &Node, step: &mut StepWork) {
        step.sort_rows = step.rows_in;
        let hands_on = |above: &&Node| {
            matches!(
                above.operator,
                Operator::Merge | Operator::Network | Operator::SubqueryScan | Operator::Result
            )
        };
        let mut above = self.plan.ancestors(node.id).skip_while(hands_on);
        if above
            .next()
            .is_some_and(|above| above.operator == Operator::Limit)
        {
            return;
        }
        let shape = self.cx.shape;
        let alone = self.plan.child(node.id).is_some_and(sends_to_one_slice);
        let slices = if alone { shape.slices.max(1.0) } else { 1.0 };
        let bytes = step.rows_in * sane(node.width).unwrap_or(0.0);
        step.spill_bytes = (bytes - shape.memory_bytes * MEMORY_SHARE / slices).max(0.0);
    }

    fn network(&self, node: &Node, step: &mut StepWork) {
        let has = |kind| node.details.iter().any(|detail| detail.kind == kind);
        if has(DetailKind::SendToLeader) {
            step.leader_rows = self.kept(node);
            step.leader_bytes = step.leader_rows * sane(node.width).unwrap_or(0.0);
            return;
        }
        step.network_bytes = self.bytes(node) * share_that_leaves(self.cx.shape.nodes);
    }

    /// Rows that go to the leader: under a Limit, each slice sends only so many.
    fn kept(&self, node: &Node) -> f64 {
        let rows = self.rows(node);
        let limit = self
            .plan
            .ancestors(node.id)
            .take_while(|above| matches!(above.operator, Operator::Merge | Operator::Limit))
            .find(|above| above.operator == Operator::Limit);
        match limit {
            Some(limit) => rows.min(self.rows(limit) * self.cx.shape.slices.max(1.0)),
            None => rows,
        }
    }

    fn compute(&self, compute: &Compute, step: &mut StepWork) {
        let rows = step.rows_in;
        step.operations += rows * (compute.operations + compute.aggregates);
        step.like_bytes += rows * compute.like_bytes;
        step.regex_bytes += rows * compute.regex_bytes;
        step.function_bytes += rows * compute.text_bytes;
        step.key_text_bytes += step.rows_hashed.max(step.distinct_rows) * compute.key_text_bytes;
        step.group_text_bytes += step.groups * compute.key_text_bytes;
        step.mixed_distinct_rows += rows * compute.mixed_distinct_values;
    }
}

/// Whether all rows go to one slice, as for a window without PARTITION BY.
fn sends_to_one_slice(node: &Node) -> bool {
    let mut details = node.details.iter();
    details.any(|detail| detail.kind == DetailKind::SendToSlice0)
}

fn told_apart_beside_others(node: &Node) -> bool {
    let known = node.estimate.as_ref();
    known.is_some_and(|known| known.compute.mixed_distinct_values > 0.0)
}

fn is_spool_scan(node: &Node) -> bool {
    node.operator == Operator::SubqueryScan
        && node
            .table_name()
            .is_some_and(|name| name.name.starts_with("volt_dt_"))
}

/// What filters and conditions ask of every row.
fn predicates(node: &Node, step: &mut StepWork) {
    let read = step.rows_in;
    // Which of the text columns a pattern searches is known for planned queries.
    let text = match &step.scan {
        Some(scan) if !scan.known => scan.text_bytes,
        _ => 0.0,
    };
    for detail in &node.details {
        let asked = matches!(
            detail.kind,
            DetailKind::Filter
                | DetailKind::JoinFilter
                | DetailKind::HashCond
                | DetailKind::MergeCond
        );
        if !asked {
            continue;
        }
        let predicate = detail.predicate();
        step.comparisons += predicate.comparisons * read;
        step.like_bytes += predicate.likes * text;
        step.regex_bytes += predicate.regexes * text;
    }
}
