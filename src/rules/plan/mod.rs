//! The plan rules: one file each, listed in [`RULES`].

mod common_subexpression_spool;
mod default_estimates;
mod dimension_filter_only;
mod distinct_spool;
mod external_statistics_missing;
mod join_side;
mod large_broadcast;
mod large_result;
mod larger_side_hashed;
mod leader_only;
mod limit_hides_cost;
mod materialized_view_used;
mod merge_join_in_reach;
mod mismatched_join_types;
mod missing_statistics;
mod nested_loop;
mod normalization_join_cost;
mod nullable_not_in;
mod opaque_filter;
mod redistribute_both;
mod redistribute_inner;
mod redistribute_outer;
mod redistribution;
mod redundant_semijoin;
mod repeated_distinct;
mod repeated_window_sort;
mod row_format_files;
mod secured_plan;
mod serial_inner;
mod shared_distkey_not_joined;
mod single_slice_window;
mod spectrum_aggregate_not_pushed;
mod spectrum_filter_not_pushed;
mod spill;
mod stale_statistics;
mod text_join_key;
mod unfiltered_sort_column;
mod union_distinct;
mod unpruned_partitions;
mod unpruned_scan;
mod wide_rows;
mod window_redistribution;
mod workload_dist_key;
mod workload_sort_key;

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Finding, Kind, Severity, family};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::plan::{Node, Plan, cost};
use crate::schema::{Schema, Table};
use crate::stats::Stats;
use crate::thresholds::ALERT_ROWS;
use crate::work::{StepWork, Work};

/// What a plan rule sees.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// How much each step does.
    pub work: &'a Work,
    /// The cluster it runs on, named or assumed.
    pub cluster: &'a Cluster,
    /// Whether it was named.
    pub cluster_named: bool,
    /// The tables, if their DDL was given.
    pub schema: Option<&'a Schema>,
    /// What is known of the data, if it was given.
    pub stats: Option<&'a Stats>,
    /// The settings.
    pub config: &'a Config,
}

impl<'a> Context<'a> {
    /// The work of a step.
    pub fn step(&self, node: &Node) -> &'a StepWork {
        &self.work.steps[node.id]
    }

    /// The schema's table that a step scans.
    pub fn table(&self, node: &Node) -> Option<&'a Table> {
        self.schema?.resolve(&node.table_name()?)
    }

    /// What stands behind a number that follows from a cluster nobody named.
    fn assumed(&self) -> &'static str {
        match self.cluster_named {
            true => "",
            false => " (assumed: the cluster is not named)",
        }
    }

    /// Whether the rows of a step follow from the count that an external table has by default.
    fn rests_on_default(&self, node: &Node) -> bool {
        self.plan.subtree(node.id).any(cost::is_default_external)
    }

    /// The nodes of the cluster, as a count for messages.
    pub fn cluster_nodes(&self) -> f64 {
        self.cluster.nodes()
    }
}

/// This family.
#[derive(Debug)]
pub struct Plans;

impl Kind for Plans {
    type Context<'a> = Context<'a>;

    fn schema<'c>(cx: &'c Context<'_>) -> Option<&'c Schema> {
        cx.schema
    }

    fn config<'c>(cx: &'c Context<'_>) -> &'c Config {
        cx.config
    }
}

/// A rule of this family.
pub type Rule = super::Rule<Plans>;

/// Every rule of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    Rule::of::<large_broadcast::LargeBroadcast>(large_broadcast::check),
    Rule::of::<redistribute_inner::RedistributeInner>(redistribute_inner::check),
    Rule::of::<redistribute_outer::RedistributeOuter>(redistribute_outer::check),
    Rule::of::<redistribute_both::RedistributeBoth>(redistribute_both::check),
    Rule::of::<nested_loop::NestedLoop>(nested_loop::check),
    Rule::of::<missing_statistics::MissingStatistics>(missing_statistics::check),
    Rule::of::<opaque_filter::OpaqueFilter>(opaque_filter::check),
    Rule::of::<normalization_join_cost::NormalizationJoinCost>(normalization_join_cost::check),
    Rule::of::<stale_statistics::StaleStatistics>(stale_statistics::check),
    Rule::of::<unpruned_scan::UnprunedScan>(unpruned_scan::check),
    Rule::of::<mismatched_join_types::MismatchedJoinTypes>(mismatched_join_types::check),
    Rule::of::<workload_sort_key::WorkloadSortKey>(workload_sort_key::check),
    Rule::of::<workload_dist_key::WorkloadDistKey>(workload_dist_key::check),
    Rule::of::<wide_rows::WideRows>(wide_rows::check),
    Rule::of::<single_slice_window::SingleSliceWindow>(single_slice_window::check),
    Rule::of::<distinct_spool::DistinctSpool>(distinct_spool::check),
    Rule::of::<common_subexpression_spool::CommonSubexpressionSpool>(
        common_subexpression_spool::check,
    ),
    Rule::of::<unpruned_partitions::UnprunedPartitions>(unpruned_partitions::check),
    Rule::of::<spectrum_filter_not_pushed::SpectrumFilterNotPushed>(
        spectrum_filter_not_pushed::check,
    ),
    Rule::of::<spectrum_aggregate_not_pushed::SpectrumAggregateNotPushed>(
        spectrum_aggregate_not_pushed::check,
    ),
    Rule::of::<external_statistics_missing::ExternalStatisticsMissing>(
        external_statistics_missing::check,
    ),
    Rule::of::<leader_only::LeaderOnly>(leader_only::check),
    Rule::of::<limit_hides_cost::LimitHidesCost>(limit_hides_cost::check),
    Rule::of::<large_result::LargeResult>(large_result::check),
    Rule::of::<secured_plan::SecuredPlan>(secured_plan::check),
    Rule::of::<materialized_view_used::MaterializedViewUsed>(materialized_view_used::check),
    Rule::of::<serial_inner::SerialInner>(serial_inner::check),
    Rule::of::<row_format_files::RowFormatFiles>(row_format_files::check),
    Rule::of::<union_distinct::UnionDistinct>(union_distinct::check),
    Rule::of::<repeated_distinct::RepeatedDistinct>(repeated_distinct::check),
    Rule::of::<redundant_semijoin::RedundantSemijoin>(redundant_semijoin::check),
    Rule::of::<text_join_key::TextJoinKey>(text_join_key::check),
    Rule::of::<merge_join_in_reach::MergeJoinInReach>(merge_join_in_reach::check),
    Rule::of::<shared_distkey_not_joined::SharedDistkeyNotJoined>(shared_distkey_not_joined::check),
    Rule::of::<window_redistribution::WindowRedistribution>(window_redistribution::check),
    Rule::of::<repeated_window_sort::RepeatedWindowSort>(repeated_window_sort::check),
    Rule::of::<spill::Spill>(spill::check),
    Rule::of::<default_estimates::DefaultEstimates>(default_estimates::check),
    Rule::of::<nullable_not_in::NullableNotIn>(nullable_not_in::check),
    Rule::of::<unfiltered_sort_column::UnfilteredSortColumn>(unfiltered_sort_column::check),
    Rule::of::<larger_side_hashed::LargerSideHashed>(larger_side_hashed::check),
    Rule::of::<dimension_filter_only::DimensionFilterOnly>(dimension_filter_only::check),
];

/// Runs the rules that the settings select; the worst and heaviest come first.
pub fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = family::run(RULES, cx);
    say_defaults(cx.plan, &mut findings);
    sort(&mut findings);
    findings
}

/// Says of findings whose numbers follow from the rows that an external table counts as by default
/// that they do: these may be anything, and weigh nothing beside what the plan proves.
fn say_defaults(plan: &Plan, findings: &mut [Finding]) {
    if !plan.nodes.iter().any(cost::is_default_external) {
        return;
    }
    // By step, the default scan below it. Children come after their parents.
    let mut below: Vec<Option<usize>> = vec![None; plan.nodes.len()];
    for node in plan.nodes.iter().rev() {
        if cost::is_default_external(node) {
            below[node.id] = Some(node.id);
        }
        if let (Some(scan), Some(parent)) = (below[node.id], node.parent) {
            below[parent] = Some(scan);
        }
    }
    for finding in findings {
        let scan = finding.node.and_then(|node| below.get(node).copied()?);
        // Those that speak of the scan itself know.
        let Some(scan) = scan.filter(|scan| finding.node != Some(*scan)) else {
            continue;
        };
        let table = plan.node(scan).table_name();
        let (true, Some(table)) = (finding.severity > Severity::Hint, table) else {
            continue;
        };
        finding.severity = Severity::Hint;
        let told = format!("; by the default row count of `{table}`");
        finding.message.push_str(&told);
    }
}

/// What findings are ordered by.
#[derive(Debug, Clone, Copy)]
pub struct Rank {
    severity: Severity,
    weight: f64,
    node: Option<usize>,
    code: &'static str,
}

impl From<&Finding> for Rank {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: finding.severity,
            weight: finding.weight,
            node: finding.node,
            code: finding.code,
        }
    }
}

/// The order in which findings are shown, as places among them: by severity, then by the work
/// caused, then by step; a rule's heaviest finding comes before the repeats of others, so that
/// none is crowded out.
pub fn order(ranks: &[Rank]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&ranks[*a], &ranks[*b]);
        b.severity
            .cmp(&a.severity)
            .then(b.weight.total_cmp(&a.weight))
            .then(a.node.cmp(&b.node))
            .then(a.code.cmp(b.code))
    });
    let mut seen = HashSet::new();
    let mut repeats = vec![false; ranks.len()];
    for &place in &order {
        let rank = &ranks[place];
        repeats[place] = !seen.insert((rank.severity, rank.code));
    }
    order.sort_by_key(|&place| (Reverse(ranks[place].severity), repeats[place]));
    order
}

/// Puts findings into their [`order`].
pub fn sort(findings: &mut Vec<Finding>) {
    let ranks: Vec<Rank> = findings.iter().map(Rank::from).collect();
    let mut found: Vec<Option<Finding>> = findings.drain(..).map(Some).collect();
    findings.extend(order(&ranks).into_iter().filter_map(|at| found[at].take()));
}

/// A hint below Redshift's own alert, else a warning.
fn by_rows(rows: f64) -> Severity {
    match rows >= ALERT_ROWS {
        true => Severity::Warning,
        false => Severity::Hint,
    }
}
