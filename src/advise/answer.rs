//! What was found, written down: tables, queries, scripts, assumptions.

use super::evaluate::{predict, totals};
use super::found::Found;
use super::present::Present;
use super::{Advice, BeforeAfter, NetworkBytes, QueryAdvice};
use super::{denormalize, objective, reasons, script};

/// The answer.
pub(super) fn answer(present: Present<'_>, found: Found) -> Advice {
    let request = present.request;
    let (moved_now, blocks_now, bytes_now) = totals(request, &present.planned.all);
    let (moved, blocks, bytes) = totals(request, &found.planned.all);
    let tables = reasons::tables(&present, &found);
    let both = present.planned.all.iter().zip(&found.planned.all);
    let queries = both
        .map(|(before, after)| QueryAdvice {
            name: request.workload.entries[before.entry].name.clone(),
            frequency: request.workload.entries[before.entry].frequency,
            before: predict(request, present.design(), before),
            after: predict(request, &found.planned.design, after),
        })
        .collect();
    let steps = script::steps(request, present.design(), &tables);
    Advice {
        cluster: request.env.cluster.to_string(),
        network_bytes: network_bytes(&present, &found),
        moved_bytes: BeforeAfter {
            current: moved_now,
            recommended: moved,
        },
        scanned_bytes: BeforeAfter {
            current: bytes_now,
            recommended: bytes,
        },
        scanned_blocks: BeforeAfter {
            current: blocks_now,
            recommended: blocks,
        },
        queries,
        denormalizations: denormalize::all(request, &found.planned),
        assumptions: reasons::assumptions(&present),
        left_out: present.left_out,
        taken_back: found.taken_back,
        script: script::script(&steps),
        steps,
        tables,
    }
}

/// The objective, of what is recommended: what was taken back since the search is part of it.
fn network_bytes(present: &Present<'_>, found: &Found) -> NetworkBytes {
    let outcome = &found.distributed.outcome;
    let mut joins = found.distributed.joins.all.iter();
    let style = |name: &_| found.planned.design.style(name);
    let recommended = objective::cost(present.request, present.design(), &mut joins, &style);
    let least = outcome.lower_bound.min(recommended);
    NetworkBytes {
        current: outcome.current,
        recommended,
        lower_bound: least,
        proven_optimal: outcome.proven && recommended <= least * (1.0 + 1e-9) + 1e-6,
    }
}
