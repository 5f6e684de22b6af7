//! What was found, written down: tables, queries, scripts, assumptions.

use super::design::Design;
use super::evaluate::{Evaluated, WITHIN_NOISE, predict, totals};
use super::found::Found;
use super::objective::terms;
use super::present::Present;
use super::verified::TakenBack;
use super::{Advice, BeforeAfter, Claim, NetworkBytes, Objective, QueryAdvice};
use super::{advisor, denormalize, literals, reasons, script};
use crate::latency::Prediction;
use crate::name::TableName;

/// The answer.
pub(super) fn answer(present: Present<'_>, found: Found, back: TakenBack) -> Advice {
    let request = present.request;
    let (_, blocks_now, bytes_now) = totals(request, &present.planned.all);
    let (_, blocks, bytes) = totals(request, &found.planned.all);
    let tables = reasons::tables(&present, &found, &back);
    let both = present.planned.all.iter().zip(&found.planned.all);
    let told = [present.design(), &found.planned.design]
        .map(|design| literals::without(design, &present.reaching));
    let queries: Vec<QueryAdvice> = both
        .map(|(before, after)| QueryAdvice {
            name: request.workload.entries[before.entry].name.clone(),
            frequency: present.frequency(before.entry),
            before: predicted(&present, present.design(), &told[0], before),
            after: predicted(&present, &found.planned.design, &told[1], after),
        })
        .collect();
    let steps = script::steps(request, present.design(), &tables);
    let objective = objective(&present, &found);
    let claim = claim(&objective);
    let moved = BeforeAfter {
        current: objective.current.moved,
        recommended: objective.recommended.moved,
    };
    let keys = |name: &TableName| {
        let table = tables.iter().find(|table| table.table == *name);
        table.map(|table| table.recommended.clone())
    };
    let advisor = request
        .theirs
        .map(|theirs| advisor::beside(&present, &found.planned.design, theirs, &keys));
    let weighted = |ms: fn(&QueryAdvice) -> f64| -> f64 {
        queries
            .iter()
            .map(|query| query.frequency * ms(query))
            .sum()
    };
    Advice {
        cluster: request.env.cluster.to_string(),
        claim,
        network_bytes: NetworkBytes {
            current: moved.current,
            recommended: moved.recommended,
            lower_bound: found.distributed.outcome.least_moved.min(moved.recommended),
            proven_optimal: claim == Claim::Proven,
        },
        objective,
        moved_bytes: moved,
        weighted_ms: BeforeAfter {
            current: weighted(|query| query.before.warm.p50_ms),
            recommended: weighted(|query| query.after.warm.p50_ms),
        },
        slower: changed(&queries, 1.0),
        faster: changed(&queries, -1.0),
        scanned_bytes: BeforeAfter {
            current: bytes_now,
            recommended: bytes,
        },
        scanned_blocks: BeforeAfter {
            current: blocks_now,
            recommended: blocks,
        },
        queries,
        advisor,
        denormalizations: denormalize::all(request, &found.planned),
        assumptions: reasons::assumptions(&present),
        left_out: present.left_out,
        taken_back: back.reasons,
        script: script::script(&steps),
        steps,
        tables,
    }
}

/// How long an entry takes under a design: what was taken for the ends of columns moves the median
/// and narrows no interval.
fn predicted(present: &Present<'_>, design: &Design, told: &Design, one: &Evaluated) -> Prediction {
    let mut found = predict(present.request, design, one);
    let reaching = present.reaching.tables();
    let tables = present.memo.tables(one.entry);
    if tables.iter().any(|table| reaching.contains(table)) {
        found.widen(&predict(present.request, told, one));
    }
    found
}

/// Queries that take longer (`sign` 1) or less (-1) by more than the model's noise, the most
/// over one run of the workload first.
fn changed(queries: &[QueryAdvice], sign: f64) -> Vec<String> {
    let change = |query: &QueryAdvice| {
        let ms = query.after.warm.p50_ms - query.before.warm.p50_ms;
        sign * query.frequency * ms
    };
    let noise = |query: &QueryAdvice| {
        query.frequency * query.before.warm.p50_ms.min(query.after.warm.p50_ms) * WITHIN_NOISE
    };
    let mut found: Vec<&QueryAdvice> = queries
        .iter()
        .filter(|query| change(query) > noise(query))
        .collect();
    found.sort_by(|a, b| change(b).total_cmp(&change(a)));
    found.into_iter().map(|query| query.name.clone()).collect()
}

fn objective(present: &Present<'_>, found: &Found) -> Objective {
    let recommended = terms(present, &found.planned);
    Objective {
        current: terms(present, &present.planned),
        lower_bound: found.distributed.outcome.lower_bound.min(recommended.sum()),
        recommended,
        enumerated: found.distributed.enumerated,
    }
}

/// Proven is what is no more than the bound: sums of floats in another order differ by less
/// than a byte in a million.
fn claim(objective: &Objective) -> Claim {
    let (sum, least) = (objective.recommended.sum(), objective.lower_bound);
    match sum <= least * (1.0 + 1e-6) + 1.0 {
        true => Claim::Proven,
        false => Claim::BestFound,
    }
}
