//! Each form of a statement that the Developer Guide documents is read, and the same form with a
//! typing error is not.

use distkey::environment::Environment;
use distkey::lint::{Input, lint};
use distkey::rules::Severity;
use distkey::sql::{self, Body, Script};
use distkey::text::SourceFile;

const ACCEPTED: &str = include_str!("forms/accepted.sql");
const CHECKED: &str = include_str!("forms/checked.sql");

/// One form a line, after the comment.
fn forms(text: &'static str) -> impl Iterator<Item = &'static str> {
    let forms = text.lines().filter(|line| !line.starts_with("--"));
    forms.map(|line| line.trim_end_matches(';'))
}

fn parse(form: &str) -> Script {
    sql::parse(&SourceFile::new("form.sql", form))
}

/// Whether a rule says that Redshift refuses it: a misspelt type is one that Redshift lacks.
fn is_refused(form: &str) -> bool {
    let env = Environment::default();
    let input = Input::Text(SourceFile::new("form.sql", form));
    let linted = lint(&[input], env.view());
    let findings = linted.files.iter().flat_map(|file| &file.findings);
    findings
        .into_iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// Whether something is told of a statement that is not right.
fn is_caught(script: &Script) -> bool {
    let left_out = |body: &Body| matches!(body, Body::NotUnderstood);
    !script.errors.is_empty()
        || !script.notes.is_empty()
        || script
            .statements
            .iter()
            .any(|statement| left_out(&statement.body))
}

#[test]
fn each_documented_form_is_read_without_a_note() {
    let mut wrong = Vec::new();
    for (text, accepted) in [(ACCEPTED, true), (CHECKED, false)] {
        for form in forms(text) {
            let script = parse(form);
            let bodies = &script.statements;
            let is_other = bodies
                .iter()
                .any(|of| matches!(of.body, Body::Other | Body::SearchPath(_)));
            if is_caught(&script) || bodies.len() != 1 || is_other != accepted {
                wrong.push(format!(
                    "{form}\n    {:?} {:?}",
                    script.errors, script.notes
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} forms:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The words in capitals outside of quotes, by their bytes.
fn keywords(form: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut quote = None;
    let bytes = form.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some(b'$') if bytes[at..].starts_with(b"$$") => {
                quote = None;
                at += 2;
                continue;
            }
            Some(b'\'') if byte == b'\\' => at += 1,
            Some(open) if byte == open && open != b'$' => quote = None,
            Some(_) => {}
            None if bytes[at..].starts_with(b"$$") => {
                quote = Some(b'$');
                at += 1;
            }
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            None if byte.is_ascii_alphabetic() || byte == b'_' => {
                let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                let length = bytes[at..].iter().take_while(|b| is_word(b)).count();
                let word = &form[at..at + length];
                if !word.contains(|c: char| c.is_ascii_lowercase()) && length > 1 {
                    words.push((at, at + length));
                }
                at += length;
                continue;
            }
            None => {}
        }
        at += 1;
    }
    words
}

/// A word with two letters in the wrong order, and with one left out.
fn misspelt(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let differ = (1..letters.len() - 1).find(|at| letters[*at] != letters[at + 1]);
    let swapped = differ
        .or((letters[0] != letters[1]).then_some(0))
        .map(|at| {
            let mut letters = letters.clone();
            letters.swap(at, at + 1);
            letters.into_iter().collect()
        });
    let shorter = (letters.len() > 3).then(|| {
        let mut letters = letters.clone();
        letters.remove(1);
        letters.into_iter().collect()
    });
    swapped.into_iter().chain(shorter).collect()
}

#[test]
fn a_typing_error_in_a_keyword_is_found() {
    let mut missed = Vec::new();
    let mut all = 0;
    for form in forms(ACCEPTED).chain(forms(CHECKED)) {
        for (start, end) in keywords(form) {
            for word in misspelt(&form[start..end]) {
                all += 1;
                let wrong = format!("{}{word}{}", &form[..start], &form[end..]);
                if !is_caught(&parse(&wrong)) && !is_refused(&wrong) {
                    missed.push(wrong);
                }
            }
        }
    }
    println!("{all} typing errors");
    assert!(
        missed.is_empty(),
        "{} of {all}:\n{}",
        missed.len(),
        missed.join("\n")
    );
}
