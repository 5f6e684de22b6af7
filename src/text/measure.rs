//! How wide text is at most where nothing can measure it: in a drawing that is written here.

/// The widest that a letter is in the common sans-serif fonts, as a share of the font's size. Taken from
/// the advance widths of DejaVu Sans, which is wider than Arial, Helvetica, Segoe UI and Roboto.
fn advance(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' => 0.28,
        ' ' | 'I' | '.' | ',' | ':' | ';' | '|' | '!' => 0.35,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' | '→' => 1.0,
        '=' | '<' | '>' | '+' | '~' | '×' => 0.84,
        letter if letter.is_ascii_uppercase() => 0.79,
        letter if letter.is_ascii() => 0.64,
        // Of other scripts a letter may be as wide as it is high.
        letter if letter.is_alphabetic() => 1.05,
        _ => 1.0,
    }
}

/// Bold letters are wider by this factor.
const BOLD: f64 = 1.12;

/// How many pixels wide a text is at most.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    let letters: f64 = text.chars().map(advance).sum();
    letters * size * if bold { BOLD } else { 1.0 }
}

/// The text, cut with an ellipsis where it may be wider than what there is.
pub fn fit(text: &str, room: f64, size: f64, bold: bool) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size, bold);
    let mut out = String::new();
    for letter in text.chars() {
        left -= width(letter.encode_utf8(&mut [0; 4]), size, bold);
        if left < 0.0 {
            break;
        }
        out.push(letter);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_is_cut_to_fit() {
        assert_eq!(fit("orders", 200.0, 12.0, false), "orders");
        for text in [
            "a_very_long_name_of_a_table",
            "WWWWWWWWWWWWWW",
            "表表表表表表表表表表",
        ] {
            let cut = fit(text, 80.0, 12.0, true);
            assert!(
                cut.ends_with('…') && width(&cut, 12.0, true) <= 80.0,
                "{cut}"
            );
        }
        assert_eq!(fit("abc", 0.0, 12.0, false), "…");
    }
}
