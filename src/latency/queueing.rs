//! Waiting, when many users send queries at the same time.
//!
//! A closed system of one queue and one delay, solved exactly (mean value
//! analysis): every user sends the next query when the last has come back. The
//! queue is whatever saturates first: the slices, which a query's work keeps busy,
//! or the rate at which a cluster starts queries at all. Concurrency scaling,
//! short-query acceleration and the result cache are not modelled.

/// Users beyond this are taken as proportional: the queue is full by then.
const FOLLOWED: u32 = 10_000;

/// The mean time that a query takes for `users` at once, in milliseconds.
///
/// `alone_ms` is its time on a quiet cluster, `busy_ms` the part of it that keeps
/// the slices busy, `most_per_second` the most queries that a cluster starts.
pub fn response_ms(alone_ms: f64, busy_ms: f64, users: u32, most_per_second: f64) -> f64 {
    let queued = busy_ms.max(1000.0 / most_per_second.max(1e-6)).max(0.0);
    let delay = (alone_ms - queued).max(0.0);
    if users <= 1 {
        return alone_ms;
    }
    let mut waiting = 0.0;
    let mut response = alone_ms;
    for n in 1..=users.min(FOLLOWED) {
        let at_queue = queued * (1.0 + waiting);
        response = at_queue + delay;
        waiting = f64::from(n) / response.max(1e-9) * at_queue;
    }
    let rest = f64::from(users.saturating_sub(FOLLOWED)) * queued;
    (response + rest).max(alone_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alone_there_is_no_wait_and_crowded_the_bottleneck_rules() {
        assert_eq!(response_ms(100.0, 40.0, 1, 140.0), 100.0);
        let crowded = response_ms(100.0, 40.0, 1000, 140.0);
        assert!((crowded / 40_000.0 - 1.0).abs() < 0.01, "{crowded}");
        assert!(response_ms(100.0, 40.0, 5, 140.0) > 100.0);
    }
}
