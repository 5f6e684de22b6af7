//! Locations in S3 as lineage names them: the part that is the same from run to run.

use crate::sql::Copy;

/// The folder that a COPY reads: of a manifest and of a file the one that it lies in. What
/// ends with neither a slash nor a file is the beginning of keys, and stays whole.
pub(in crate::pipeline) fn read_by(copy: &Copy) -> String {
    let from = copy.from.0.trim_matches('\'');
    match copy.parameter("MANIFEST").is_some() {
        true => prefix_of(from),
        false => beginning_of(from),
    }
}

/// The folder of keys that begin so.
pub(super) fn beginning_of(text: &str) -> String {
    let text = text.trim_matches('\'');
    let last = text.rsplit('/').next().unwrap_or_default();
    match text.ends_with('/') || last.contains('.') {
        true => prefix_of(text),
        false => prefix_of(&format!("{text}/")),
    }
}

/// A location up to its first partition, parameter or file; a bucket that is a parameter stays
/// as it is written, `s3://{bucket}/raw`. Empty where nothing is left but parameters.
pub(super) fn prefix_of(path: &str) -> String {
    let (scheme, rest) = match path.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), path),
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let is_fixed = |at: usize, part: &str| {
        !part.contains('=') && (!is_open(part) || at == 0 && !scheme.is_empty())
    };
    let fixed = parts.iter().enumerate();
    let fixed = fixed.take_while(|(at, part)| is_fixed(*at, part));
    let mut kept: Vec<&str> = fixed.map(|(_, part)| *part).collect();
    // What is left of a whole path ends with a file, or with nothing after a slash.
    if kept.len() == parts.len() && kept.len() > 1 {
        kept.pop();
    }
    let kept = kept.join("/");
    // A parameter alone, or nothing at all, is no place.
    match kept.is_empty() || kept.trim_matches(['{', '}']).is_empty() {
        true => String::new(),
        false => format!("{scheme}{kept}"),
    }
}

/// Whether a parameter or a pattern stands in it.
fn is_open(part: &str) -> bool {
    part.contains(['{', '*', '$'])
}

/// Whether two prefixes may be one: `clean/orders` is written, `s3://lake/clean/orders` read; and
/// a bucket that is a parameter may be any.
pub(super) fn may_be(short: &str, long: &str) -> bool {
    if short == long {
        return false;
    }
    let key = match short.split_once("://") {
        Some((_, rest)) => match rest.split_once('/') {
            Some((bucket, key)) if is_open(bucket) && !key.is_empty() => key,
            _ => return false,
        },
        None => short,
    };
    long.strip_suffix(key)
        .is_some_and(|rest| rest.ends_with('/') && !rest.contains('{'))
}

#[cfg(test)]
mod tests {
    use super::{may_be, prefix_of};

    #[test]
    fn a_place_is_what_stays_from_run_to_run() {
        for (path, prefix) in [
            (
                "s3://lake/raw/orders/dt=2026/part-0.gz",
                "s3://lake/raw/orders",
            ),
            ("s3://lake/raw/orders/", "s3://lake/raw/orders"),
            ("s3://{bucket}/raw/{day}/x.json", "s3://{bucket}/raw"),
            ("s3://lake-{stage}/raw/*.csv", "s3://lake-{stage}/raw"),
            ("s3://lake/{table}/x", "s3://lake"),
            ("clean/orders/dt=1/a", "clean/orders"),
            ("s3://lake", "s3://lake"),
            // Nothing but a parameter is no place, and never `s3://`.
            ("s3://{}/", ""),
            ("{base}/part-0.json", ""),
            ("s3://", ""),
        ] {
            assert_eq!(prefix_of(path), prefix, "{path}");
        }
    }

    #[test]
    fn a_bucket_that_is_a_parameter_may_be_any() {
        for (short, long, is) in [
            ("clean/orders", "s3://lake/clean/orders", true),
            ("orders", "s3://lake/clean/reorders", false),
            ("s3://{bucket}/clean", "s3://lake/clean", true),
            ("s3://{bucket}/clean", "s3://lake/unclean", false),
            ("s3://{bucket}", "s3://lake", false),
            ("s3://pond/clean", "s3://lake/clean", false),
            ("s3://{a}/clean", "s3://{b}/clean", false),
        ] {
            assert_eq!(may_be(short, long), is, "{short} {long}");
        }
    }
}
