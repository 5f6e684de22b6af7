//! What the server and the processes that work for it say to each other, over the latter's
//! standard input and output: the settings once, then a question and its answer in turn.
//!
//! Everything is a kind and a text: one byte, the length in eight, little end first, the text.

use std::io::{self, Read, Write};

use super::answer::{Answer, Form, What};

/// Bytes before each text.
pub(crate) const HEAD: usize = 9;

/// The kind of the settings' text.
pub(crate) const SETTINGS: u8 = b'S';

/// With what a process ends that would take more memory than it may.
pub(crate) const OUT_OF_MEMORY: i32 = 77;

/// What stands before a text.
pub(crate) fn head(kind: u8, length: usize) -> [u8; HEAD] {
    let mut head = [kind; HEAD];
    head[1..].copy_from_slice(&(length as u64).to_le_bytes());
    head
}

/// Kind and length, from what stands before a text.
pub(crate) fn of_head(head: [u8; HEAD]) -> (u8, usize) {
    let [kind, length @ ..] = head;
    let length = u64::from_le_bytes(length);
    (kind, usize::try_from(length).unwrap_or(usize::MAX))
}

/// Reads one text; `None` where there is no more.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0; HEAD];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (kind, length) = of_head(head);
    let mut text = vec![0; length];
    from.read_exact(&mut text)?;
    Ok(Some((kind, text)))
}

/// Writes one text.
pub(crate) fn write(to: &mut impl Write, kind: u8, text: &[u8]) -> io::Result<()> {
    to.write_all(&head(kind, text.len()))?;
    to.write_all(text)?;
    to.flush()
}

const FORMS: [Form; 4] = [Form::Json, Form::View, Form::Report, Form::Tool];
const WHATS: [What; 4] = [What::Explain, What::Diff, What::Lint, What::Advise];

/// The kind of a question.
pub(crate) fn kind_of(form: Form, what: What) -> u8 {
    let at = FORMS.iter().position(|one| *one == form).unwrap_or(0) * WHATS.len()
        + WHATS.iter().position(|one| *one == what).unwrap_or(0);
    u8::try_from(at).unwrap_or(0)
}

/// The question of a kind.
pub(crate) fn of_kind(kind: u8) -> Option<(Form, What)> {
    let kind = usize::from(kind);
    Some((*FORMS.get(kind / WHATS.len())?, WHATS[kind % WHATS.len()]))
}

/// The answer's kind and text.
pub(crate) fn of_answer(answer: Answer) -> (u8, String) {
    match answer {
        Answer::Json(text) => (b'J', text),
        Answer::Html(text) => (b'H', text),
        Answer::Tool { document, text } => (b'T', told(&document, &text)),
        Answer::Refused(refusal) => (b'R', refusal.to_json()),
    }
}

/// A document with its text: the text's length, the text, the document.
fn told(document: &str, text: &str) -> String {
    format!("{} {text}{document}", text.len())
}

/// A document and its text, from what [`told`] made of them.
#[cfg(any(feature = "mcp", test))]
pub(crate) fn of_told(told: &str) -> Option<(&str, &str)> {
    let (length, rest) = told.split_once(' ')?;
    let (text, document) = rest.split_at_checked(length.parse().ok()?)?;
    Some((document, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_read_as_it_was_written() {
        for form in FORMS {
            for what in WHATS {
                assert_eq!(of_kind(kind_of(form, what)), Some((form, what)));
            }
        }
        assert_eq!(of_kind(SETTINGS), None);
    }

    #[test]
    fn a_document_and_its_text_are_told_apart() {
        for text in ["", "12 a\nÄ{", "{}"] {
            assert_eq!(of_told(&told("{\"a\":1}", text)), Some(("{\"a\":1}", text)));
        }
        assert_eq!(of_told("9 short"), None);
        assert_eq!(of_told("nothing"), None);
    }

    #[test]
    fn texts_follow_each_other_and_half_a_text_is_an_error() {
        let mut bytes = Vec::new();
        write(&mut bytes, 3, b"one").expect("it is written");
        write(&mut bytes, 4, b"").expect("it is written");
        let mut from = bytes.as_slice();
        assert_eq!(read(&mut from).expect("a text"), Some((3, b"one".to_vec())));
        assert_eq!(read(&mut from).expect("a text"), Some((4, Vec::new())));
        assert_eq!(read(&mut from).expect("the end"), None);
        assert!(read(&mut &bytes[..HEAD + 2]).is_err());
    }
}
