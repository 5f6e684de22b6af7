//! What the zone maps of a text column tell apart: the first eight bytes of its values
//! [STV_BLOCKLIST].

use serde_json::Value;

use crate::stats::ColumnStats;

/// Bytes of a text that a zone map keeps.
const KEPT: usize = 8;

/// Whether the first bytes of a value tell it from others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    /// They do: they are all of it, or what is known of the column says so.
    Apart,
    /// Values begin alike, so that no block can be skipped.
    Alike,
    /// Nothing tells how others begin.
    Unknown,
}

/// Whether the zone maps of a text column tell a value from others.
pub(super) fn told(known: &ColumnStats, value: &str) -> Told {
    if value.len() <= KEPT {
        return Told::Apart;
    }
    let others: Vec<&str> = samples(known).filter(|other| *other != value).collect();
    let alike = others.iter().filter(|other| kept(other) == kept(value));
    match (alike.count(), others.len()) {
        (0, 0) if is_scheme(value) => Told::Alike,
        (0, 0) => Told::Unknown,
        // Sorted by the text, those that begin alike lie in the same blocks, among which nothing
        // is skipped. One of many samples is a few of the blocks; a part of them is counted whole.
        (alike, all) if alike * 2 > all => Told::Alike,
        (0, _) => Told::Apart,
        _ => Told::Unknown,
    }
}

/// Values of the column that the statistics name.
fn samples(known: &ColumnStats) -> impl Iterator<Item = &str> {
    let ends = known.min.iter().chain(&known.max);
    let common = known.most_common.iter().filter_map(|c| c.value.as_ref());
    let all = ends.chain(common).chain(&known.histogram);
    all.filter_map(Value::as_str)
}

fn kept(value: &str) -> &[u8] {
    let bytes = value.as_bytes();
    &bytes[..bytes.len().min(KEPT)]
}

/// Whether the bytes that are kept are those of a URI's scheme (RFC 3986), which a column of
/// addresses has in common, with at most one byte of what follows.
fn is_scheme(value: &str) -> bool {
    let Some((scheme, _)) = value.split_once("://") else {
        return false;
    };
    let named = scheme
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    named && scheme.len() + "://".len() + 1 >= KEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(ends: Option<(&str, &str)>, common: &[&str]) -> ColumnStats {
        ColumnStats {
            min: ends.map(|(min, _)| Value::String(min.to_owned())),
            max: ends.map(|(_, max)| Value::String(max.to_owned())),
            histogram: common
                .iter()
                .map(|v| Value::String((*v).to_owned()))
                .collect(),
            ..ColumnStats::default()
        }
    }

    #[test]
    fn a_text_of_eight_bytes_is_kept_whole_and_a_longer_one_is_not() {
        let nothing = ColumnStats::default();
        assert_eq!(told(&nothing, "received"), Told::Apart);
        assert_eq!(told(&nothing, "received!"), Told::Unknown);
    }

    #[test]
    fn addresses_begin_alike_unless_the_statistics_show_other_beginnings() {
        let nothing = ColumnStats::default();
        for address in [
            "https://a.example/x",
            "http://a.example/x",
            "s3a+enc://bucket",
        ] {
            assert_eq!(told(&nothing, address), Told::Alike, "{address}");
        }
        assert_eq!(told(&nothing, "s3://bucket/key"), Told::Unknown);
        let mixed = with(Some(("android-app://x", "zoom://meeting")), &[]);
        assert_eq!(told(&mixed, "https://a.example/x"), Told::Apart);
    }

    #[test]
    fn ends_and_samples_with_the_value_s_first_bytes_say_that_it_is_not_told_apart() {
        let orders = with(Some(("ORDER-NO-000001", "ORDER-NO-999999")), &[]);
        assert_eq!(told(&orders, "ORDER-NO-004711"), Told::Alike);
        let names = with(
            Some(("Aaron Abel", "Zoe Zimmer")),
            &["Josephine A", "Josephine B"],
        );
        assert_eq!(told(&names, "Maximilian"), Told::Apart);
        assert_eq!(told(&names, "Josephine C"), Told::Unknown);
    }
}
