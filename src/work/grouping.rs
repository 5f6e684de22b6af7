//! Groups whose rows lie on several slices.

/// Groups that all slices send, each one those of its own rows. Rows are taken to lie on the
/// slices by chance: with n of them a slice holds G × (1 − (1 − 1/G)^n) of G groups (A. F.
/// Cardenas, "Analysis and performance of inverted data base structures", Communications of
/// the ACM 18(5), 1975).
pub(super) fn sent(rows: f64, groups: f64, slices: f64) -> f64 {
    let slices = slices.max(1.0);
    let groups = groups.max(1.0);
    // The power of a number that is next to one, without losing what it lacks.
    let missed = (rows / slices * (-1.0 / groups).ln_1p()).exp();
    let missed = if missed.is_nan() { 0.0 } else { missed };
    (slices * groups * (1.0 - missed)).min(rows)
}

#[cfg(test)]
mod tests {
    use super::sent;

    #[test]
    fn few_groups_are_sent_by_every_slice_and_many_by_hardly_more_than_one() {
        assert_eq!(sent(1e9, 7.0, 64.0), 448.0);
        assert_eq!(sent(1e9, 1.0, 64.0), 64.0);
        // Every row a group: nothing is put together before it is sent.
        assert!((sent(1e6, 1e9, 16.0) - 1e6).abs() < 1e3);
        assert!(sent(10.0, 1e6, 16.0) <= 10.0);
        // A slice of 64 holds 9.4 of 600 million rows: 7.5 of 20 million groups.
        assert!((sent(6e8, 2e7, 64.0) - 4.79e8).abs() < 1e6);
    }
}
