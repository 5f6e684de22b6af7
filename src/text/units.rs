//! Numbers with units, as people read them.

/// A count with three digits and a unit: `12.3 million`.
pub fn count(n: f64) -> String {
    let (n, unit) = match n {
        n if n >= 1e15 => return format!("{n:.2e}"),
        n if n >= 1e12 => (n / 1e12, " trillion"),
        n if n >= 1e9 => (n / 1e9, " billion"),
        n if n >= 1e6 => (n / 1e6, " million"),
        n => return thousands(n),
    };
    format!("{}{unit}", digits(n))
}

/// A size in bytes with three digits and a decimal unit: `2.5 GB`.
pub fn size(bytes: f64) -> String {
    let (n, unit) = match bytes {
        b if b >= 1e18 => return format!("{b:.2e} bytes"),
        b if b >= 1e15 => (b / 1e15, "PB"),
        b if b >= 1e12 => (b / 1e12, "TB"),
        b if b >= 1e9 => (b / 1e9, "GB"),
        b if b >= 1e6 => (b / 1e6, "MB"),
        b if b >= 1e3 => (b / 1e3, "kB"),
        b if b.round() == 1.0 => return "1 byte".to_owned(),
        b => return format!("{} bytes", rounded(b)),
    };
    format!("{} {unit}", digits(n))
}

fn digits(n: f64) -> String {
    let text = match n {
        n if n >= 99.95 => rounded(n),
        n if n >= 9.995 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Whole numbers up to this are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number without decimals, above zero; halves go to the even one.
fn rounded(n: f64) -> String {
    match n.round_ties_even() {
        whole if (0.0..EXACT).contains(&whole) => (whole as u64).to_string(),
        _ => format!("{n:.0}"),
    }
}

/// `12,345`.
pub fn thousands(n: f64) -> String {
    let plain = rounded(n.max(0.0));
    let mut out = String::with_capacity(plain.len() + 2);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time: `45 ms`, `1.2 s`, `3.5 min`.
pub fn duration(ms: f64) -> String {
    match ms {
        ms if ms >= 3.6e9 => format!("{} hours", count(ms / 3.6e6)),
        ms if ms >= 3.6e6 => format!("{} h", digits(ms / 3.6e6)),
        ms if ms >= 120e3 => format!("{} min", digits(ms / 60e3)),
        ms if ms >= 999.5 => format!("{} s", digits(ms / 1e3)),
        ms if ms >= 9.95 => format!("{} ms", rounded(ms)),
        ms => format!("{ms:.1} ms"),
    }
}

/// `1 row`, `12 rows`, `2.5 million rows`.
pub fn counted(n: f64, noun: &str) -> String {
    match n == 1.0 {
        true => format!("1 {noun}"),
        false => format!("{} {noun}s", count(n)),
    }
}

/// What a unit of [`count`], [`size`] or [`duration`] counts for: ones, bytes, milliseconds.
pub fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "million" => 1e6,
        "billion" => 1e9,
        "trillion" => 1e12,
        "byte" | "bytes" | "ms" => 1.0,
        "kB" | "s" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "PB" => 1e15,
        "min" => 60e3,
        "h" | "hours" => 3.6e6,
        _ => return None,
    })
}

/// Milliseconds from `800`, `800ms` or `1.5s`.
///
/// # Errors
/// What is no time above zero, with the form that is expected.
pub fn parse_duration(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => match text.strip_suffix('s') {
            Some(number) => (number, 1_000.0),
            None => (text, 1.0),
        },
    };
    match number.trim().parse::<f64>().map(|value| value * factor) {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("write a time above zero, as `800ms` or `1.5s`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_carry_units() {
        assert_eq!(count(12_345.0), "12,345");
        assert_eq!(count(172_456_000.0), "172 million");
        assert_eq!(count(1e15), "1.00e15");
        assert_eq!(size(2.5e9), "2.5 GB");
        assert_eq!(size(999.0), "999 bytes");
        assert_eq!(size(100e6), "100 MB");
        assert_eq!(duration(800.0), "800 ms");
        assert_eq!(duration(1234.0), "1.23 s");
        assert_eq!(duration(7.2e6), "2 h");
    }
}
