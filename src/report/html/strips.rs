//! What a plan touches, as strips: the blocks that its scans read, the slices that do a step's work.

use super::scale::Strip;
use crate::cluster::Cluster;
use crate::explain::ExplainedPlan;
use crate::report::text::step_words;

/// Strips of each kind: the largest.
const MOST: usize = 5;
/// The least share of the time of a step whose slices are worth a strip.
const LEAST_SHARE: f64 = 0.02;

/// A strip with the step that it is about.
pub(super) struct OfStep {
    pub node: usize,
    pub strip: Strip,
    pub because: String,
}

/// The blocks that scans read of those of their columns, the largest scans first.
pub(super) fn blocks(explained: &ExplainedPlan) -> Vec<OfStep> {
    let steps = explained.work.steps.iter();
    let mut scans: Vec<_> = steps
        .filter_map(|step| Some((step.node, step.scan.as_ref()?)))
        .filter(|(_, scan)| scan.blocks_total >= 1.0)
        .collect();
    scans.sort_by(|(_, a), (_, b)| b.blocks_total.total_cmp(&a.blocks_total));
    let strips = scans.into_iter().take(MOST).map(|(node, scan)| {
        let step = explained.plan.node(node);
        let table = step.table_name();
        let what = table.map_or_else(|| step_words(step), |table| table.bare().to_string());
        OfStep {
            node: node + explained.first_node,
            strip: Strip::of(what, scan.blocks_read, scan.blocks_total, "block"),
            because: scan.pruning.clone(),
        }
    });
    strips.collect()
}

/// The slices that do the work of steps that not all of them share, the longest steps first.
pub(super) fn slices(explained: &ExplainedPlan) -> Vec<OfStep> {
    let prediction = &explained.prediction;
    let Ok(cluster) = prediction.cluster.parse::<Cluster>() else {
        return Vec::new();
    };
    let all = cluster.slices();
    let total: f64 = prediction.steps.iter().map(|step| step.ms).sum();
    let mut steps: Vec<_> = prediction.steps.iter().collect();
    steps.retain(|step| step.ms >= total * LEAST_SHARE);
    steps.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    let strips = steps.into_iter().filter_map(|step| {
        let work = explained.work.steps.get(step.node)?;
        let some = match (work.serial, work.slices) {
            (true, _) => 1.0,
            (false, Some(slices)) if slices < all => slices,
            _ => return None,
        };
        Some(OfStep {
            node: step.node + explained.first_node,
            strip: Strip::of(
                step_words(explained.plan.node(step.node)),
                some,
                all,
                "slice",
            ),
            because: match work.serial {
                true => "one slice does it all".to_owned(),
                false => {
                    "its rows lie on these, or on the fullest as if there were so few".to_owned()
                }
            },
        })
    });
    strips.take(MOST).collect()
}
