//! Comments that silence findings.

use crate::config::Config;
use crate::rules::{self, Finding};

/// What is left of findings once comments have silenced some.
pub(super) struct Silenced {
    pub findings: Vec<Finding>,
    pub silenced: usize,
    /// Lines of comments that silence nothing.
    pub unused: Vec<usize>,
    /// Comments with a word that names no rule: the line, and what is wrong.
    pub unknown: Vec<(usize, String)>,
}

/// The comment that silences rules: on the line of the finding or the one before
/// it, or, as `ignore-file`, anywhere in the file.
const MARK: &str = "-- distkey: ignore";

struct Ignore<'a> {
    line: usize,
    whole_file: bool,
    codes: Vec<&'a str>,
    /// Whether commas part them.
    commas: bool,
    used: bool,
}

/// Takes out what comments in the text silence.
pub(super) fn silence(text: &str, findings: Vec<Finding>, config: &Config) -> Silenced {
    let mut ignores = ignores(text);
    let before = findings.len();
    let mut kept = Vec::with_capacity(before);
    for finding in findings {
        let line = finding
            .location
            .as_ref()
            .map_or(0, |location| location.line);
        let silenced = ignores.iter_mut().find(|ignore| {
            let near = ignore.line == line || ignore.line + 1 == line;
            let names = |code: &&str| {
                code.eq_ignore_ascii_case(finding.code) || code.eq_ignore_ascii_case(finding.name)
            };
            (ignore.whole_file || near) && ignore.codes.iter().any(names)
        });
        match silenced {
            Some(ignore) => ignore.used = true,
            None => kept.push(finding),
        }
    }
    // A comment for a rule that does not run has nothing to silence.
    let runs =
        |code: &&str| rules::find(code).is_none_or(|rule| rules::selects(&config.rules, &rule));
    let unused: Vec<usize> = ignores
        .iter()
        .filter(|ignore| !ignore.used && ignore.codes.iter().any(runs))
        .map(|ignore| ignore.line)
        .collect();
    Silenced {
        silenced: before - kept.len(),
        unused,
        unknown: ignores.iter().filter_map(unknown).collect(),
        findings: kept,
    }
}

/// What is wrong with the words of a comment: the first that names no rule.
fn unknown(ignore: &Ignore<'_>) -> Option<(usize, String)> {
    const FORM: &str = "write `-- distkey: ignore DK203, DK204: the reason`";
    if ignore.codes.is_empty() {
        return Some((ignore.line, format!("this comment names no rule: {FORM}")));
    }
    let mut known = false;
    for code in &ignore.codes {
        match rules::check_name(code) {
            Ok(()) => known = true,
            // `ignore DK203 it is small`: the words are a reason, not rules.
            Err(_) if known && !ignore.commas => {
                let message = format!("`{code}` names no rule; a reason follows a colon: {FORM}");
                return Some((ignore.line, message));
            }
            Err(error) => return Some((ignore.line, error.to_string())),
        }
    }
    None
}

/// `-- distkey: ignore DK203, DK204: the reason`.
fn ignores(text: &str) -> Vec<Ignore<'_>> {
    if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(at) = line.find(MARK) else { continue };
        let rest = &line[at + MARK.len()..];
        let (whole_file, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let codes = rest.split(':').next().unwrap_or_default();
        found.push(Ignore {
            line: index + 1,
            whole_file,
            commas: codes.contains(','),
            codes: codes
                .split([',', ' '])
                .filter(|code| !code.is_empty())
                .collect(),
            used: false,
        });
    }
    found
}
