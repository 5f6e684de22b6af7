//! Comments that silence findings.

use std::sync::LazyLock;

use regex::Regex;
use similar::get_close_matches;

use crate::rules::{self, Finding, RuleInfo};
use crate::sql::Script;
use crate::text::SourceFile;

/// What is left of findings once comments have silenced some.
pub(super) struct Silenced {
    pub findings: Vec<Finding>,
    pub silenced: usize,
    /// Lines of comments that silence nothing.
    pub unused: Vec<usize>,
    /// Comments that are not understood: the line, and what is wrong.
    pub unknown: Vec<(usize, String)>,
}

/// How a comment is to be written.
const FORM: &str = "write `-- distkey: ignore DK203, DK204: the reason`";

/// What is addressed to the linter: `-- distkey: …` or `/* distkey: … */`, up to the end of the
/// line or of the comment.
static ADDRESSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?<opens>--+|/\*+)[ \t]*distkey[ \t]*(?<colon>:?)(?<says>.*)").ok()
});

/// A comment that silences rules: on the line of the finding or the one before it; before a
/// statement, in all of it; or, as `ignore-file`, anywhere in the file.
struct Ignore<'a> {
    line: usize,
    /// Whether nothing but the comment stands on its line.
    alone: bool,
    whole_file: bool,
    codes: Vec<&'a str>,
    /// Whether commas part them.
    commas: bool,
    /// What else is wrong with it.
    malformed: Option<String>,
    used: bool,
}

/// Takes out what comments in the text silence; `runs` knows the rules that run.
pub(super) fn silence(
    source: &SourceFile,
    script: &Script,
    mut findings: Vec<Finding>,
    runs: &dyn Fn(&RuleInfo) -> bool,
) -> Silenced {
    let mut ignores = ignores(source);
    let before = findings.len();
    findings.retain(|finding| {
        let place = finding.location.as_ref();
        let line = place.map_or(0, |location| location.line);
        let first = match ignores.is_empty() {
            true => 0,
            false => place.map_or(0, |place| first_line(source, script, place.span.start)),
        };
        let silenced = ignores.iter_mut().find(|ignore| {
            let near = ignore.line == line || ignore.line + 1 == line;
            let above = ignore.alone && ignore.line + 1 == first;
            let names = |code: &&str| {
                code.eq_ignore_ascii_case(finding.code) || code.eq_ignore_ascii_case(finding.name)
            };
            (ignore.whole_file || near || above) && ignore.codes.iter().any(names)
        });
        let is_silenced = silenced.is_some();
        if let Some(ignore) = silenced {
            ignore.used = true;
        }
        !is_silenced
    });
    findings.shrink_to_fit();
    // A comment for a rule that does not run has nothing to silence.
    let runs = |code: &&str| rules::find(code).is_none_or(|rule| runs(&rule));
    let unused: Vec<usize> = ignores
        .iter()
        .filter(|ignore| !ignore.used && ignore.codes.iter().any(runs))
        .map(|ignore| ignore.line)
        .collect();
    Silenced {
        silenced: before - findings.len(),
        unused,
        unknown: ignores.iter().filter_map(unknown).collect(),
        findings,
    }
}

/// The line on which the statement at an offset begins; 0 where there is none.
fn first_line(source: &SourceFile, script: &Script, at: usize) -> usize {
    let before = script
        .statements
        .partition_point(|statement| statement.span.start <= at);
    let statement = before
        .checked_sub(1)
        .and_then(|at| script.statements.get(at));
    statement.map_or(0, |statement| source.line_column(statement.span.start).line)
}

/// What is wrong with a comment: its form, or the first word that names no rule.
fn unknown(ignore: &Ignore<'_>) -> Option<(usize, String)> {
    if let Some(message) = &ignore.malformed {
        return Some((ignore.line, message.clone()));
    }
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
fn ignores(source: &SourceFile) -> Vec<Ignore<'_>> {
    let Some(addressed) = ADDRESSED.as_ref() else {
        return Vec::new();
    };
    let text = source.text.as_str();
    let mut found = Vec::new();
    for comment in addressed.captures_iter(text) {
        let part = |name: &str| comment.name(name).map_or("", |found| found.as_str());
        let start = comment.get(0).map_or(0, |all| all.start());
        let mut says = part("says");
        if part("opens").starts_with("/*") {
            says = says.split("*/").next().unwrap_or_default();
        }
        let (word, rest) = split_word(says.trim());
        let whole_file = word.eq_ignore_ascii_case("ignore-file");
        let malformed = match whole_file || word.eq_ignore_ascii_case("ignore") {
            true if part("colon").is_empty() => {
                Some(format!("a colon is missing after `distkey`: {FORM}"))
            }
            true => None,
            false if is_meant(word, rest) => Some(format!(
                "`{word}` is neither `ignore` nor `ignore-file`: {FORM}"
            )),
            // `-- DISTKEY: customer_id, as in orders` speaks of the table.
            false => continue,
        };
        let codes = match malformed {
            Some(_) => "",
            None => rest.split(':').next().unwrap_or_default(),
        };
        let place = source.line_column(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        found.push(Ignore {
            line: place.line,
            alone: text[line_start..start].trim().is_empty(),
            whole_file,
            commas: codes.contains(','),
            codes: codes
                .split([',', ' ', '\t'])
                .filter(|code| !code.is_empty())
                .collect(),
            malformed,
            used: false,
        });
    }
    found
}

/// Whether a comment that says something else than `ignore` was meant to: by a word like it, or by
/// the code of a rule.
fn is_meant(word: &str, rest: &str) -> bool {
    /// What other linters call it.
    const ELSEWHERE: [&str; 5] = ["ignore", "ignore-file", "noqa", "disable", "disable-file"];
    const ALIKE: f32 = 0.75;
    let is_code = |word: &str| {
        word.get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("DK"))
            && rules::find(word).is_some()
    };
    let word_in_lower_case = word.to_ascii_lowercase();
    !get_close_matches(word_in_lower_case.as_str(), &ELSEWHERE, 1, ALIKE).is_empty()
        || std::iter::once(word)
            .chain(rest.split(|c: char| !c.is_alphanumeric()))
            .any(is_code)
}

/// The first word, and the rest.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ':' | ','));
    text.split_at(end.unwrap_or(text.len()))
}
