//! Nothing that has the numbers of a step vanishes, whatever happened to the paste.

use distkey::plan;

use super::{Dice, plans};
use crate::support::corpus_plans;

/// The lines of which some numbers of a step are neither a step's nor listed as not read. The
/// numbers may stand on a line after the step's own.
fn vanished(text: &str, reading: &plan::Reading) -> Vec<usize> {
    let nodes = || reading.plans.iter().flat_map(|plan| &plan.nodes);
    let mut lacking = 0;
    let mut vanished = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // A line that was taken for the rest of the one before is listed with it.
        let is_listed = |at: usize| {
            let own: String = line[at..].chars().take(16).collect();
            let mut listed = reading.unrecognized.iter();
            listed.any(|one| one.line <= index + 1 && one.text.contains(own.trim_end()))
        };
        let found = line.match_indices("(cost=");
        let there = found.filter(|(at, _)| !is_listed(*at)).count();
        let steps = nodes().filter(|node| node.line == index + 1).count();
        if there > steps + lacking {
            vanished.push(index + 1);
        }
        if steps > 0 {
            lacking = steps.saturating_sub(there);
        } else if there > 0 {
            lacking = 0;
        }
    }
    vanished
}

/// One of many mishaps, somewhere in the text.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = dice.roll(chars.len());
    let length = dice.roll(30) + 1;
    let end = (at + length).min(chars.len());
    let (before, piece, after) = (&chars[..at], &chars[at..end], &chars[end..]);
    let text = |parts: &[&[char]]| parts.concat().into_iter().collect::<String>();
    match dice.roll(9) {
        0 => text(&[before, after]),
        1 => text(&[before, piece, piece, after]),
        2 => text(&[before, &['\n'], piece, after]),
        3 => text(&[
            before,
            &piece.iter().rev().copied().collect::<Vec<_>>(),
            after,
        ]),
        4 => text(&[before, &[' ', '-', '>', ' '], piece, after]),
        5 => text(&[before, &['|'], piece, &['\''], after]),
        6 => text(&[before, &['-', '-', '-', '-', '-', ' ', 'a'], piece, after]),
        7 => {
            let upper: Vec<char> = piece.iter().map(char::to_ascii_uppercase).collect();
            text(&[before, &upper, after])
        }
        _ => {
            let joined: Vec<char> = piece
                .iter()
                .map(|c| if *c == '\n' { ' ' } else { *c })
                .collect();
            text(&[before, &joined, after])
        }
    }
}

#[test]
fn no_damage_makes_a_step_vanish() {
    let mut texts: Vec<String> = plans().iter().map(|(_, plan)| plan.to_string()).collect();
    let corpus = corpus_plans().unwrap_or_default();
    texts.extend(corpus.into_iter().map(|case| case.text));
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (seed, text) in texts.iter().enumerate() {
        for turn in 0..40 {
            let mut dice = Dice::new((seed * 1_000 + turn) as u64 + 1);
            let mut paste = text.clone();
            for _ in 0..=dice.roll(4) {
                paste = damaged(&paste, &mut dice);
            }
            let reading = plan::read(&paste);
            if reading.error.is_some() {
                continue;
            }
            tried += 1;
            let vanished = vanished(&paste, &reading);
            if !vanished.is_empty() {
                wrong.push(format!("of lines {vanished:?} nothing is said:\n{paste}"));
            }
            let lost = reading
                .unrecognized
                .iter()
                .any(|line| line.text.contains("(cost="));
            if lost && reading.plans.iter().any(|plan| plan.gaps.is_empty()) {
                wrong.push(format!("a step is lost and nothing says so:\n{paste}"));
            }
        }
    }
    println!("{} of {tried} wrong", wrong.len());
    let shown: Vec<&str> = wrong.iter().take(3).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{}", shown.join("\n\n"));
}
