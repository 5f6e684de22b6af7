//! What a time is worth: why a plan has no verdict, and what the times of one leave out.

use crate::plan::{Engine, MISSING_STATISTICS, Node, Plan, cost};
use crate::text::units::count;
use crate::thresholds::EXTERNAL_ROWS;

/// Why there is no verdict, if the plan does not say what it takes to give one.
pub(super) fn no_verdict(plan: &Plan) -> Option<String> {
    not_whole(plan)
        .or_else(|| part_of_merge(plan))
        .or_else(|| unknown_operator(plan))
        .or_else(|| at_leader(plan))
        .or_else(|| default_external(plan))
        .or_else(|| without_statistics(plan))
}

/// Tables of which Redshift itself says that it knows nothing: what it prints of their rows is a
/// default.
fn without_statistics(plan: &Plan) -> Option<String> {
    let mut notices = plan.notices.iter();
    let tables = notices.find_map(|notice| notice.strip_prefix(MISSING_STATISTICS))?;
    let tables = tables.trim().trim_end_matches('-').trim_end();
    Some(format!(
        "Redshift has no statistics of {tables}: rows that depend on it are defaults, and no time \
         follows from them."
    ))
}

/// A pasted step that nobody knows: what it does takes time, and nothing tells how much.
fn unknown_operator(plan: &Plan) -> Option<String> {
    let unknown = plan.nodes.iter().find(|node| node.is_unknown());
    let node = unknown.filter(|_| !plan.made_here)?;
    Some(format!(
        "What `{}` at line {} does is not known: it is not timed, so there is no verdict.",
        node.operator.name(),
        node.line
    ))
}

/// One of the plans that EXPLAIN prints for a MERGE.
fn part_of_merge(plan: &Plan) -> Option<String> {
    let (part, parts) = plan.merge_part?;
    Some(format!(
        "This is part {part} of {parts} of a MERGE: the parts run one after another, and what they write \
         is in none of them, so there is no verdict."
    ))
}

/// What runs on the leader node alone.
fn at_leader(plan: &Plan) -> Option<String> {
    let at_leader = |node: &Node| node.engine == Engine::Ld;
    let all = !plan.nodes.is_empty() && plan.nodes.iter().all(at_leader);
    all.then(|| {
        "All of this runs on the leader node, as for a query on catalog tables: nothing of it is \
         timed by the model, so there is no verdict."
            .to_owned()
    })
}

/// What of the plan is missing.
fn not_whole(plan: &Plan) -> Option<String> {
    const TOLD: usize = 3;
    let told: Vec<&str> = plan.gaps.iter().take(TOLD).map(String::as_str).collect();
    let more = match plan.gaps.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    (!told.is_empty()).then(|| {
        format!(
            "This is not a whole plan: {}{more}. The times are those of the steps that are there, \
             so there is no verdict.",
            told.join("; ")
        )
    })
}

/// What the times leave out of a statement that writes.
pub(super) fn writing(plan: &Plan) -> Option<String> {
    let writes = plan.writes.as_ref()?;
    Some(format!(
        "The times are those of finding the rows and sending them to where they are kept; what {} \
         takes to write comes on top: no public timings of writes were found to fit it. So the \
         budget may be said to be lost, not to be kept.",
        writes.kind.as_str()
    ))
}

/// Why there is no verdict, if the rows of an external table are a default.
fn default_external(plan: &Plan) -> Option<String> {
    let mut scans = plan.nodes.iter();
    let scan = scans.find(|node| cost::is_default_external(node))?;
    Some(format!(
        "`{}` counts as {} rows, the default of an external table without `numRows`: no time follows \
         from that, so there is no verdict.",
        scan.table_name()?,
        count(EXTERNAL_ROWS)
    ))
}

/// What the time of a plan is worth for which Spectrum reads: too little for a verdict, unless
/// even the low end is over the budget: requests come on top, and the work is done by machines that
/// are not the cluster's.
pub(super) fn from_s3(plan: &Plan) -> Option<String> {
    let mut scans = plan.nodes.iter();
    let scan = scans.find(|node| cost::is_external_scan(node))?;
    Some(format!(
        "`{}` is read {}, of which there are no measurements: the times are those of the same work on \
         the cluster, and requests to S3 come on top.",
        scan.table_name()?,
        match scan.engine {
            Engine::S3 => "by Spectrum",
            _ => "from S3",
        },
    ))
}
