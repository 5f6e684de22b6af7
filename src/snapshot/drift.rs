//! How what a case comes to stands against what was accepted: verdicts, keys and findings must
//! match, numbers may drift within a tolerance.

use std::fmt::Write;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::figures::Figures;
use super::sections::{Section, lines};

/// A line whose numbers moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// As accepted.
    pub accepted: String,
    /// Now.
    pub now: String,
    /// By how much, as a share of the larger; `None` between a number and `unknown`.
    pub by: Option<f64>,
}

/// Two texts against each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drift {
    /// What is decided otherwise, line by line, with `-` and `+`.
    pub decided: Vec<String>,
    /// Numbers that moved by more than the tolerance.
    pub beyond: Vec<Moved>,
    /// Numbers that moved within it.
    pub within: Vec<Moved>,
}

impl Drift {
    /// Holds a text against the accepted one.
    pub fn between(accepted: &str, now: &str, tolerance: f64) -> Self {
        let mut drift = Self::default();
        let (before, after) = (lines(accepted), lines(now));
        let mut title = Section::Head;
        // Lines of one part with the same words are the same line.
        let keys = |lines: &[(Section, &str)]| -> Vec<(&'static str, String)> {
            let key = |(section, line): &(Section, &str)| match section {
                Section::Figures => (section.title(), name(line).to_owned()),
                section if section.drifts() => (section.title(), Figures::of(line).words),
                section => (section.title(), (*line).to_owned()),
            };
            lines.iter().map(key).collect()
        };
        let ops = capture_diff_slices(Algorithm::Myers, &keys(&before), &keys(&after));
        let mut decided = |section: Section, sign: char, line: &str| {
            // A figure of a query that came or went is told by its verdict.
            if section == Section::Figures {
                return;
            }
            if section != title && section != Section::Head {
                drift.decided.push(section.title().to_owned());
            }
            title = section;
            drift.decided.push(format!("{sign} {}", line.trim_start()));
        };
        let mut pairs = Vec::new();
        for op in ops {
            if let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = op
            {
                pairs.extend((0..len).map(|i| (old_index + i, new_index + i)));
                continue;
            }
            for (section, line) in &before[op.old_range()] {
                decided(*section, '-', line);
            }
            for (section, line) in &after[op.new_range()] {
                decided(*section, '+', line);
            }
        }
        for (old, new) in pairs {
            let (accepted, now) = (before[old].1, after[new].1);
            let by = match accepted == now {
                true => continue,
                false => Figures::of(accepted).away(&Figures::of(now)),
            };
            let moved = Moved {
                accepted: accepted.trim().to_owned(),
                now: now.trim().to_owned(),
                by,
            };
            match by.is_some_and(|by| by > tolerance) {
                true => drift.beyond.push(moved),
                false => drift.within.push(moved),
            }
        }
        drift
    }

    /// Whether something is decided otherwise, or a number moved too far.
    pub fn differs(&self) -> bool {
        !self.decided.is_empty() || !self.beyond.is_empty()
    }

    /// What differs, and what drifted.
    pub fn render(&self, tolerance: f64) -> String {
        let mut out = String::new();
        if !self.decided.is_empty() {
            out.push_str("  decided otherwise (- accepted, + now)\n");
            for line in &self.decided {
                let _ = writeln!(out, "    {line}");
            }
        }
        let percent = tolerance * 100.0;
        let blocks = [
            (format!("moved by more than {percent} %"), &self.beyond),
            (
                format!("moved by {percent} % at most, which does not fail"),
                &self.within,
            ),
        ];
        for (title, moved) in blocks {
            if !moved.is_empty() {
                let _ = writeln!(out, "  {title}");
            }
            for moved in moved {
                moved.render(&mut out);
            }
        }
        out
    }
}

impl Moved {
    fn render(&self, out: &mut String) {
        let by = match self.by {
            Some(by) => format!("{:.0} %", by * 100.0),
            None => "not to be told".to_owned(),
        };
        let _ = writeln!(
            out,
            "    ~ {}\n      now {} (by {by})",
            self.accepted, self.now
        );
    }
}

/// What a figure is of: all up to the last `: `.
fn name(line: &str) -> &str {
    line.rsplit_once(": ").map_or(line, |(name, _)| name)
}
