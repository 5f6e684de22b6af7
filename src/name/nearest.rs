//! The name that was probably meant.

/// The most similar of some names, if it is similar enough to be meant.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let allowed = (name.chars().count() / 3).max(1);
    names
        .map(|other| (distance(name, other), other))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, other)| other.to_owned())
}

/// Edits that turn one name into the other: letters left out, added, replaced, or two that stand
/// next to each other swapped (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let width = b.len() + 1;
    let mut two_before: Vec<usize> = vec![0; width];
    let mut before: Vec<usize> = (0..width).collect();
    let mut previous = None;
    for (i, x) in a.chars().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let mut best = (at(&before, j) + usize::from(x != *y))
                .min(at(&before, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = j > 0 && previous == Some(*y) && b.get(j - 1) == Some(&x);
            if swapped {
                best = best.min(at(&two_before, j - 1) + 1);
            }
            row.push(best);
        }
        two_before = std::mem::replace(&mut before, row);
        previous = Some(x);
    }
    before.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_typo_away() {
        let names = ["orders", "customers", "order_items"];
        assert_eq!(
            nearest("order", names.into_iter()),
            Some("orders".to_owned())
        );
        assert_eq!(
            nearest("custmers", names.into_iter()),
            Some("customers".to_owned())
        );
        assert_eq!(nearest("lineitem", names.into_iter()), None);
        // Two letters swapped are one slip, in a short name too.
        assert_eq!(
            nearest("sael", ["sale"].into_iter()),
            Some("sale".to_owned())
        );
        assert_eq!(nearest("slea", ["sale"].into_iter()), None);
    }
}
