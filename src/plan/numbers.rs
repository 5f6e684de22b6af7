//! The numbers of a step, as Redshift prints them and as people and clients write them:
//! `(cost=0.00..1724.56 rows=172456 width=8)`, `1.724,56`, `35M`, `3e+07`.

use super::Cost;

/// What stands between a step's parentheses.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Numbers {
    pub cost: Option<Cost>,
    pub rows: Option<f64>,
    pub width: Option<f64>,
    /// Whether the end is missing.
    pub cut: bool,
}

impl Numbers {
    /// How many of the three are known.
    pub fn known(&self) -> usize {
        usize::from(self.cost.is_some())
            + usize::from(self.rows.is_some())
            + usize::from(self.width.is_some())
    }
}

/// A step's line around its numbers.
pub(super) struct Parens<'a> {
    pub head: &'a str,
    pub tail: &'a str,
    pub numbers: Option<Numbers>,
    /// Whether a parenthesis of numbers opens: a stump of one does not count.
    pub opened: bool,
}

/// Whether a text begins with the parenthesis of a step's numbers, perhaps abridged.
pub(super) fn opens(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"(") else {
        return false;
    };
    let inside = inside.trim_ascii_start();
    [&b"cost"[..], b"rows", b"width"].iter().any(|key| {
        let value = inside.strip_prefix(*key).unwrap_or_default();
        matches!(value.trim_ascii_start().first(), Some(b'=' | b':'))
    }) || inside.starts_with(b"...")
}

/// Where the numbers of a step begin.
pub(super) fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'(', bytes).find(|&at| opens(&bytes[at..]))
}

/// How many steps' numbers begin in a text: a range of costs, or what is left of one at its end,
/// as against a condition on a column `cost`.
pub(super) fn count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_numbers = |at: &usize| {
        let inside = &text[*at..];
        let inside = inside.split_once(')');
        let is_range = |inside: &str| inside.contains("..") || inside.contains(['…', '?']);
        opens(&bytes[*at..])
            && inside.is_none_or(|(inside, _)| is_range(inside) || inside.contains("rows"))
    };
    memchr::memmem::find_iter(bytes, b"(cost")
        .filter(is_numbers)
        .count()
}

/// Splits `head (cost=a..b rows=n width=w) tail`; the numbers may be abridged or cut.
pub(super) fn split(text: &str) -> Parens<'_> {
    let Some(open) = start(text) else {
        return cut_before(text);
    };
    let inside = &text[open + 1..];
    let close = memchr::memchr(b')', inside.as_bytes());
    if let Some(close) = close
        && let Some(numbers) = as_printed(&inside[..close])
    {
        return Parens {
            head: text[..open].trim_end(),
            tail: inside[close + 1..].trim(),
            numbers: Some(numbers),
            opened: true,
        };
    }
    // A step that lost its parenthesis ends where the next one begins.
    let next = start(&inside[..close.unwrap_or(inside.len())]);
    let (inside, tail, cut) = match (close, next) {
        (_, Some(next)) => (&inside[..next], inside[next..].trim(), true),
        (Some(close), None) => (&inside[..close], inside[close + 1..].trim(), false),
        (None, None) => (inside, "", true),
    };
    Parens {
        head: text[..open].trim_end(),
        tail,
        numbers: Some(parse(inside, cut)),
        opened: true,
    }
}

/// A line that was cut inside `(cost=` has a stump of it at its end.
fn cut_before(text: &str) -> Parens<'_> {
    let text = text.trim_end();
    let stump = text
        .rfind('(')
        .filter(|&open| "(cost=".starts_with(&text[open..]));
    Parens {
        head: text[..stump.unwrap_or(text.len())].trim_end(),
        tail: "",
        numbers: stump.map(|_| Numbers {
            cut: true,
            ..Numbers::default()
        }),
        opened: false,
    }
}

/// The numbers of a step as Redshift prints them, which nearly all are.
fn as_printed(inside: &str) -> Option<Numbers> {
    let bytes = inside.as_bytes().strip_prefix(b"cost=")?;
    let mut words = bytes.split(|byte| *byte == b' ');
    let cost = words.next()?;
    let dots = memchr::memchr_iter(b'.', cost).find(|&at| cost.get(at + 1) == Some(&b'.'))?;
    let (startup, total) = (quick(&cost[..dots])?, quick(&cost[dots + 2..])?);
    let rows = quick(words.next()?.strip_prefix(b"rows=")?)?;
    let width = quick(words.next()?.strip_prefix(b"width=")?)?;
    words.next().is_none().then_some(Numbers {
        cost: Some(Cost { startup, total }),
        rows: Some(rows),
        width: Some(width),
        cut: false,
    })
}

fn parse(inside: &str, cut: bool) -> Numbers {
    // Each value reaches to the word before the next sign.
    let value = |key: &str| -> Option<&str> {
        let mut signs = memchr::memchr2_iter(b'=', b':', inside.as_bytes());
        let sign = signs.find(|&at| inside[..at].trim_end().ends_with(key))?;
        let rest = &inside[sign + 1..];
        let end = signs.next().map_or(rest.len(), |next| {
            let before = inside[sign + 1..next].trim_end();
            before
                .trim_end_matches(|c: char| c.is_ascii_alphabetic())
                .len()
        });
        Some(&rest[..end])
    };
    // A number at the very end of a cut line may have lost digits.
    let whole = |text: &str| !cut || !inside.ends_with(text) || text.ends_with(char::is_whitespace);
    let cost = value("cost").and_then(|text| {
        let (startup, total) = text.split_once("..").or_else(|| text.split_once('…'))?;
        let cost = Cost {
            startup: number(startup)?,
            total: number(total)?,
        };
        whole(text).then_some(cost)
    });
    let count = |key: &str| {
        let text = value(key)?;
        number(text).filter(|_| whole(text))
    };
    Numbers {
        cost,
        rows: count("rows"),
        width: count("width"),
        cut,
    }
}

/// A non-negative, finite number; `None` for what can be read in no way, or in two.
pub(super) fn number(text: &str) -> Option<f64> {
    if let Some(value) = quick(text.trim_ascii().as_bytes()) {
        return Some(value);
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    if let Some(value) = quick(text.as_bytes()) {
        return Some(value);
    }
    let (digits, power) = split_unit(text)?;
    let plain = without_groups(digits, power != 0)?;
    // Multiplied afterwards, it would not be the nearest double.
    let value: f64 = format!("{plain}e{power}").parse().ok()?;
    value.is_finite().then_some(value)
}

/// Exact for up to 15 digits with none or two decimals, as Redshift prints them.
fn quick(text: &[u8]) -> Option<f64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    let (digits, decimals) = match text {
        [whole @ .., b'.', a, b] => (whole, Some((a, b))),
        whole => (whole, None),
    };
    let mut value = 0u64;
    let decimals = decimals.into_iter().flat_map(|(a, b)| [a, b]);
    let has_decimals = digits.len() != text.len();
    if digits.is_empty() || !has_decimals && text.len() > 15 {
        return None;
    }
    for byte in digits.iter().chain(decimals) {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    // Both operands are exact, so the quotient is the nearest double.
    Some(match has_decimals {
        true => value as f64 / 100.0,
        false => value as f64,
    })
}

/// The digits and the power of ten that they are multiplied by: `35M`, `3e+07`, `2 billion`.
fn split_unit(text: &str) -> Option<(&str, i32)> {
    let at = text.find(|c: char| c.is_ascii_alphabetic());
    let Some(at) = at else {
        return Some((text, 0));
    };
    let (digits, unit) = (text[..at].trim_end(), &text[at..]);
    if let Some(power) = unit.strip_prefix(['e', 'E']) {
        return Some((digits, power.parse().ok()?));
    }
    let power = match unit.to_ascii_lowercase().as_str() {
        "k" | "thousand" => 3,
        "m" | "mn" | "mio" | "million" => 6,
        "b" | "bn" | "g" | "billion" => 9,
        "t" | "tn" | "trillion" => 12,
        _ => return None,
    };
    Some((digits, power))
}

/// The number without what stands between its groups of three, a point before its decimals.
///
/// Redshift prints costs with two decimals and counts with none, so three digits after the only
/// mark are a group, and any other number of them are decimals; a short form (`1.234M`) has
/// decimals always.
fn without_groups(text: &str, short: bool) -> Option<String> {
    let is_group = |c: char| c.is_whitespace() || matches!(c, '\'' | '’' | '_');
    let marks: Vec<char> = text.chars().filter(|c| matches!(c, ',' | '.')).collect();
    let decimal = match marks.as_slice() {
        [] => None,
        [only] => {
            let (before, after) = text.split_once(*only)?;
            let one_group = after.len() == 3 && !short && before != "0" && before.len() <= 3;
            let plain = !text.contains(is_group);
            (!(one_group && plain)).then_some(*only)
        }
        [first, .., last] if first != last => Some(*last),
        _ => None,
    };
    let (whole, decimals) = match decimal {
        Some(mark) => text
            .rsplit_once(mark)
            .map(|(whole, rest)| (whole, Some(rest)))?,
        None => (text, None),
    };
    let groups: Vec<&str> = whole
        .split(|c: char| is_group(c) || matches!(c, ',' | '.'))
        .collect();
    let well_grouped = match groups.as_slice() {
        [_] => true,
        [first, rest @ ..] => {
            let separators: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
            (1..=3).contains(&first.len())
                && rest.iter().all(|group| group.len() == 3)
                && separators.windows(2).all(|pair| pair[0] == pair[1])
        }
        [] => false,
    };
    let mut plain = groups.concat();
    let decimals = decimals.unwrap_or("0");
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !well_grouped || !all_digits(&plain) || !all_digits(decimals) {
        return None;
    }
    plain.push('.');
    plain.push_str(decimals);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_mark_before_three_digits_is_a_group_and_before_others_decimals() {
        for (text, value) in [
            ("172456", Some(172_456.0)),
            ("1,724.56", Some(1_724.56)),
            ("1.724,56", Some(1_724.56)),
            ("1724,56", Some(1_724.56)),
            ("1,724", Some(1_724.0)),
            ("1.724", Some(1_724.0)),
            ("0.123", Some(0.123)),
            ("1.724.560", Some(1_724_560.0)),
            ("1 724 560", Some(1_724_560.0)),
            ("1 724 560,25", Some(1_724_560.25)),
            ("12'345'678", Some(12_345_678.0)),
            ("1.234M", Some(1_234_000.0)),
            ("35M", Some(35e6)),
            ("1,5 billion", Some(1.5e9)),
            ("3e+07", Some(3e7)),
            ("1.3E9", Some(1.3e9)),
            ("4.02e+07", Some(40_200_000.0)),
            ("20.1M", Some(20_100_000.0)),
            ("7.7e-05", Some(0.000_077)),
            ("1,23,4", None),
            ("1,724 560", None),
            ("17 24", None),
            ("5-10M", None),
            ("-1", None),
            ("NaN", None),
            ("1e999", None),
            ("", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }
}
