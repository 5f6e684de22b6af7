//! A changed text, in the encoding of the file that it was read from.

/// The mark at the beginning of UTF-8 that announces itself.
const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Writes `after` as the bytes of a file whose text was `before`: with its mark, as UTF-16 of its
/// byte order, or with the bytes of whatever other encoding (Latin-1 and its kin) that were shown
/// as U+FFFD put back in their places.
///
/// # Errors
/// Bytes that are not those of `before`, and a change that would lose or double such a byte.
pub fn encoded(bytes: &[u8], before: &str, after: &str) -> Result<Vec<u8>, &'static str> {
    const CHANGED: &str = "it changed while distkey ran: run it again";
    match bytes {
        [0xFF, 0xFE, ..] => utf16(bytes, before, after, u16::to_le_bytes),
        [0xFE, 0xFF, ..] => utf16(bytes, before, after, u16::to_be_bytes),
        _ => {
            let (mark, text) = match bytes.strip_prefix(UTF8_MARK) {
                Some(text) => (UTF8_MARK, text),
                None => (&[][..], bytes),
            };
            if String::from_utf8_lossy(text) != before {
                return Err(CHANGED);
            }
            let restored = restored(text, after)
                .ok_or("a fix touches bytes that are not UTF-8: change it by hand")?;
            Ok([mark, &restored].concat())
        }
    }
}

/// UTF-16 with the mark that it had; what is no UTF-16 in itself can't be written as it was.
fn utf16(
    bytes: &[u8],
    before: &str,
    after: &str,
    unit: fn(u16) -> [u8; 2],
) -> Result<Vec<u8>, &'static str> {
    let written = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(unit);
        bytes.iter().take(2).copied().chain(units).collect()
    };
    match written(before) == bytes {
        true => Ok(written(after)),
        false => Err("it changed while distkey ran, or is not whole UTF-16: run it again"),
    }
}

/// The text with the bytes that were not UTF-8 in the places of U+FFFD; `None` where these are not
/// as many as they were.
fn restored(bytes: &[u8], after: &str) -> Option<Vec<u8>> {
    const SHOWN: char = char::REPLACEMENT_CHARACTER;
    let mut hidden: Vec<&[u8]> = Vec::new();
    let mut own = [0; 3];
    let own = SHOWN.encode_utf8(&mut own).as_bytes();
    for chunk in bytes.utf8_chunks() {
        hidden.extend(chunk.valid().matches(SHOWN).map(|_| own));
        if !chunk.invalid().is_empty() {
            hidden.push(chunk.invalid());
        }
    }
    let mut parts = after.split(SHOWN);
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    let mut hidden = hidden.into_iter();
    for part in parts {
        out.extend_from_slice(hidden.next()?);
        out.extend_from_slice(part.as_bytes());
    }
    hidden.next().is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn bytes_of_other_encodings_stay() {
        // `é` and `ü` of Latin-1.
        let bytes = b"a \xE9 b \xFC\xFC c";
        let before = String::from_utf8_lossy(bytes).into_owned();
        let after = before.replace('b', "bbb");
        assert_eq!(
            encoded(bytes, &before, &after),
            Ok(b"a \xE9 bbb \xFC\xFC c".to_vec())
        );
        let fewer = before.replacen('\u{FFFD}', "", 1);
        assert!(encoded(bytes, &before, &fewer).is_err());
        assert!(encoded(b"a", "b", "c").is_err());
        // One that is really there, beside one that stands for a byte.
        let bytes = b"\xEF\xBF\xBD \xE9";
        let before = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            encoded(bytes, &before, &format!("x{before}")),
            Ok(b"x\xEF\xBF\xBD \xE9".to_vec())
        );
    }

    #[test]
    fn marks_and_byte_orders_stay() {
        assert_eq!(
            encoded(b"\xEF\xBB\xBFa", "a", "ab"),
            Ok(b"\xEF\xBB\xBFab".to_vec())
        );
        assert_eq!(
            encoded(b"\xFF\xFEa\0", "a", "a\u{e9}"),
            Ok(b"\xFF\xFEa\0\xE9\0".to_vec())
        );
        assert_eq!(
            encoded(b"\xFE\xFF\0a", "a", "ab"),
            Ok(b"\xFE\xFF\0a\0b".to_vec())
        );
        // Half a character.
        assert!(encoded(b"\xFF\xFEa\0\0", "a", "ab").is_err());
    }
}
