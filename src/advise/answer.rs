//! What the adviser found, written down: tables, queries, scripts, assumptions.

use super::adviser::Adviser;
use super::evaluate::{predict, totals};
use super::{Advice, BeforeAfter, QueryAdvice, denormalize, reasons, script};

pub(super) fn answer(adviser: Adviser<'_>) -> Advice {
    (adviser.progress)("writing the answer");
    let request = adviser.request;
    let (moved_now, blocks_now, bytes_now) = totals(request, &adviser.now);
    let (moved, blocks, bytes) = totals(request, &adviser.planned);
    let tables = reasons::tables(&adviser);
    let queries = adviser
        .now
        .iter()
        .zip(&adviser.planned)
        .map(|(before, after)| QueryAdvice {
            name: request.workload.entries[before.entry].name.clone(),
            frequency: request.workload.entries[before.entry].frequency,
            before: predict(request, &adviser.current, before),
            after: predict(request, &adviser.design, after),
        })
        .collect();
    let steps = script::steps(request, &adviser.current, &tables);
    let network_bytes = adviser.network_bytes();
    Advice {
        cluster: request.env.cluster.to_string(),
        network_bytes,
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
        denormalizations: denormalize::all(&adviser),
        assumptions: reasons::assumptions(&adviser),
        left_out: adviser.left_out,
        taken_back: adviser.taken_back,
        script: script::script(&steps),
        steps,
        tables,
    }
}
