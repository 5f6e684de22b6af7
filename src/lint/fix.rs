//! Fixes: applied, read again, and taken back where the text no longer parses or
//! the finding is still there.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use super::pass::Pass;
use super::{Input, Linted, LintedFile};
use crate::environment::View;
use crate::explain::{Settings, WhatIf, explain_script};
use crate::rules::{Applicability, Edit, Fix};
use crate::schema::Schema;
use crate::text::SourceFile;
use crate::text::fingerprint::fingerprint;

/// A file with its fixes.
#[derive(Debug, Clone)]
pub struct FixedFile {
    /// The path as the user gave it.
    pub path: String,
    /// The text as it was read, with its secrets: it is for the file, see
    /// [`FixedFile::diff`] for what can be shown.
    pub before: String,
    /// The text with the fixes, and with the secrets.
    pub after: String,
    /// How many findings are gone, by code.
    pub applied: BTreeMap<&'static str, usize>,
}

impl FixedFile {
    /// A unified diff, with secrets masked.
    pub fn diff(&self) -> String {
        let path = self.path.trim_start_matches("./").trim_start_matches('/');
        let shown = |text: &str| SourceFile::new(self.path.as_str(), text).text;
        TextDiff::from_lines(shown(&self.before), shown(&self.after))
            .unified_diff()
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string()
    }
}

/// What fixing came to.
#[derive(Debug)]
pub struct Outcome {
    /// The files that change, in their order.
    pub fixed: Vec<FixedFile>,
    /// All files as they are with the fixes.
    pub linted: Linted,
    /// The rule after whose fixes the files were again as they had been before: it and another one
    /// undo each other.
    pub circle: Option<&'static str>,
    /// The fixes of rules that were not applied because a query would take longer.
    pub slower: Vec<Slower>,
}

/// Fixes that would make a query slower.
#[derive(Debug, Clone, PartialEq)]
pub struct Slower {
    /// The rule whose fixes they are.
    pub code: &'static str,
    /// The query that loses most.
    pub query: String,
    /// The median of its warm run as the tables are, in milliseconds.
    pub before_ms: f64,
    /// As it would be with the fixes.
    pub after_ms: f64,
}

/// Fixes what can be fixed; files stay as they are on disk.
pub fn fix(inputs: &[Input], unsafe_too: bool, env: View<'_>) -> Outcome {
    fix_for(inputs, unsafe_too, env, &[])
}

/// As [`fix`], but for fixes with which the planner finds one of the queries slower.
pub fn fix_for(
    inputs: &[Input],
    unsafe_too: bool,
    env: View<'_>,
    queries: &[SourceFile],
) -> Outcome {
    let fixer = Fixer {
        inputs,
        unsafe_too,
        env,
        queries,
        slower: Vec::new(),
        changed: BTreeMap::new(),
        refused: BTreeSet::new(),
    };
    fixer.run()
}

struct Fixer<'a> {
    inputs: &'a [Input],
    unsafe_too: bool,
    env: View<'a>,
    /// Queries that no fix may make slower.
    queries: &'a [SourceFile],
    /// Fixes that would.
    slower: Vec<Slower>,
    /// Files that have been changed, by their number.
    changed: BTreeMap<usize, FixedFile>,
    /// Fixes that did not work out: file and code.
    refused: BTreeSet<(usize, &'static str)>,
}

/// What a file was before a round, and what the round did to it.
struct Attempt {
    /// The text before; `None` where the edits did not fit it.
    text: Option<String>,
    errors: usize,
    /// Findings of the rule.
    findings: usize,
    /// Findings of the rule that the edits are for.
    applied: usize,
}

impl Fixer<'_> {
    fn run(mut self) -> Outcome {
        let mut linted = self.lint();
        let mut times = self.times(&linted.schema);
        let mut seen = BTreeSet::from([self.state()]);
        let mut circle = None;
        // One fix can make room for another. Each round applies some or refuses a rule for a file, so
        // that there is an end, unless fixes undo each other.
        loop {
            // One rule at a time: what another rule's fix brings is not held against it.
            let files = linted.files.iter();
            let Some(code) = files.flat_map(|file| self.allowed(file)).min() else {
                break;
            };
            let attempts = self.apply(&linted, code);
            linted = self.lint();
            let now = self.times(&linted.schema);
            if let Some(slower) = slower(code, &times, &now) {
                self.slower.push(slower);
                self.undo(code, attempts);
                linted = self.lint();
                continue;
            }
            if self.take_back(&linted, code, attempts) {
                linted = self.lint();
                times = self.times(&linted.schema);
                continue;
            }
            times = now;
            if !seen.insert(self.state()) {
                circle = Some(code);
                break;
            }
        }
        let changed = self.changed.into_values();
        Outcome {
            fixed: changed.filter(|file| file.before != file.after).collect(),
            linted,
            circle,
            slower: self.slower,
        }
    }

    /// How long each query takes with these tables, where it can be planned.
    fn times(&self, schema: &Schema) -> Vec<(String, Option<f64>)> {
        let settings = Settings::new(View {
            schema: Some(schema),
            ..self.env
        });
        let planned = |source| explain_script(source, &WhatIf::default(), &settings);
        let explained = self.queries.iter().flat_map(planned);
        explained
            .map(|query| {
                let median = query.prediction().map(|prediction| prediction.warm.p50_ms);
                (query.name, median)
            })
            .collect()
    }

    /// Takes a round back in all of its files.
    fn undo(&mut self, code: &'static str, attempts: BTreeMap<usize, Attempt>) {
        for (at, attempt) in attempts {
            if let (Some(fixed), Some(before)) = (self.changed.get_mut(&at), attempt.text) {
                fixed.after = before;
            }
            self.refused.insert((at, code));
        }
    }

    /// A short name for all texts as they are now.
    fn state(&self) -> String {
        let changed = self
            .changed
            .iter()
            .filter(|(_, file)| file.before != file.after);
        let texts: Vec<&str> = changed
            .flat_map(|(_, file)| [file.path.as_str(), file.after.as_str()])
            .collect();
        fingerprint(&texts)
    }

    /// Lints the texts as they are now.
    fn lint(&self) -> Linted {
        let read = |at: usize| match self.changed.get(&at) {
            Some(file) => Ok(SourceFile::new(file.path.as_str(), file.after.as_str())),
            None => self.inputs[at].read(),
        };
        Pass::new(self.inputs, &read, self.env, &|_| ()).run()
    }

    /// The codes of the fixes in a file that may be applied.
    fn allowed(&self, file: &LintedFile) -> Vec<&'static str> {
        let findings = file.findings.iter().filter(|finding| {
            let fits = |fix: &Fix| self.unsafe_too || fix.applicability == Applicability::Safe;
            finding.fix.as_ref().is_some_and(fits)
                && !self.refused.contains(&(file.number, finding.code))
        });
        findings.map(|finding| finding.code).collect()
    }

    /// Applies the fixes of one rule, and says what they were applied to.
    fn apply(&mut self, linted: &Linted, code: &'static str) -> BTreeMap<usize, Attempt> {
        let mut attempts = BTreeMap::new();
        for file in &linted.files {
            if !self.allowed(file).contains(&code) {
                continue;
            }
            let at = file.number;
            let (edits, applied) = choose(file, code);
            let attempt = Attempt {
                text: None,
                errors: file.errors.len(),
                findings: count(file, code),
                applied,
            };
            attempts.insert(at, attempt);
            if !self.changed.contains_key(&at) {
                let Ok(source) = self.inputs[at].read() else {
                    continue;
                };
                let text = source.unmasked().to_owned();
                let fixed = FixedFile {
                    path: source.name,
                    before: text.clone(),
                    after: text,
                    applied: BTreeMap::new(),
                };
                self.changed.insert(at, fixed);
            }
            let (Some(fixed), Some(attempt)) = (self.changed.get_mut(&at), attempts.get_mut(&at))
            else {
                continue;
            };
            if let Some(after) = edited(&fixed.after, &edits) {
                attempt.text = Some(std::mem::replace(&mut fixed.after, after));
            }
        }
        attempts
    }

    /// Takes a round back in files where it broke a statement or left a finding
    /// there; says whether there was one.
    fn take_back(
        &mut self,
        linted: &Linted,
        code: &'static str,
        attempts: BTreeMap<usize, Attempt>,
    ) -> bool {
        let mut any = false;
        for (at, attempt) in attempts {
            // They are in the order of their numbers.
            let now = linted.files.binary_search_by_key(&at, |file| file.number);
            let held = now.is_ok_and(|now| {
                let file = &linted.files[now];
                file.errors.len() <= attempt.errors
                    && count(file, code) + attempt.applied <= attempt.findings
            });
            match (self.changed.get_mut(&at), attempt.text) {
                (Some(fixed), Some(_)) if held => {
                    *fixed.applied.entry(code).or_default() += attempt.applied;
                }
                (Some(fixed), Some(before)) => {
                    fixed.after = before;
                    any = true;
                    self.refused.insert((at, code));
                }
                _ => {
                    self.refused.insert((at, code));
                }
            }
        }
        any
    }
}

/// The query that loses most by the fixes of a rule; one that can't be planned any more loses all.
fn slower(
    code: &'static str,
    before: &[(String, Option<f64>)],
    after: &[(String, Option<f64>)],
) -> Option<Slower> {
    let pairs = before.iter().zip(after);
    let slower = pairs.filter_map(|((query, before), (_, after))| {
        let before_ms = (*before)?;
        let after_ms = after.unwrap_or(f64::INFINITY);
        (after_ms > before_ms).then(|| Slower {
            code,
            query: query.clone(),
            before_ms,
            after_ms,
        })
    });
    let lost = |one: &Slower| one.after_ms - one.before_ms;
    slower.max_by(|a, b| lost(a).total_cmp(&lost(b)))
}

/// The edits of one rule that do not overlap, first come first served, and how
/// many findings they belong to; edits of one finding go together or not at all.
fn choose(file: &LintedFile, code: &str) -> (Vec<Edit>, usize) {
    // By start and end; the last part tells insertions at one place apart. Chosen edits don't
    // overlap, so that of those that begin before a place the last one ends last.
    let mut chosen: BTreeMap<(usize, usize, usize), &Edit> = BTreeMap::new();
    let mut applied = 0;
    let fixes = file.findings.iter().filter(|finding| finding.code == code);
    for fix in fixes.filter_map(|finding| finding.fix.as_ref()) {
        let is_free = |edit: &Edit| {
            let before = chosen.range(..=(edit.span.end, usize::MAX, usize::MAX));
            let last = before.map(|((_, end, _), _)| *end).next_back();
            last.is_none_or(|end| end < edit.span.start)
        };
        if fix.edits.iter().all(is_free) {
            for edit in &fix.edits {
                chosen.insert((edit.span.start, edit.span.end, chosen.len()), edit);
            }
            applied += 1;
        }
    }
    (chosen.into_values().cloned().collect(), applied)
}

fn count(file: &LintedFile, code: &str) -> usize {
    let findings = file.findings.iter();
    findings.filter(|finding| finding.code == code).count()
}

/// The text with edits in the order of their places.
fn edited(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start)?);
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}
