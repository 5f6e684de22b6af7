//! What a cleaned line is.

use std::borrow::Cow;

use super::text_line::Line;
use crate::plan::tree::ARROW;
use crate::plan::{Detail, DetailKind, Node, Operator, line};

/// What a line is.
pub(super) enum Class<'a> {
    Node(Box<FoundNode<'a>>),
    Detail(Detail),
    Notice(String),
    Decoration,
    Dump,
    /// The rest of a line that was wrapped.
    Continuation,
    Unrecognized,
}

/// A step and where it stood.
pub(super) struct FoundNode<'a> {
    pub node: Node,
    /// Words that somebody put between its operator and its numbers.
    pub remark: String,
    /// What follows the numbers on its line.
    pub tail: String,
    pub column: usize,
    pub arrow: bool,
    pub text: Cow<'a, str>,
    /// Whether its line has its numbers, or what is left of them.
    pub numbered: bool,
}

/// The last line that may go on in the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Node,
    Detail,
    Notice,
}

/// What was read before a line.
pub(super) struct Before<'r> {
    /// The last line that may go on, and its text.
    pub last: Option<(Last, &'r str)>,
    /// The column of the last step.
    pub step: Option<usize>,
    /// Whether the input holds a VERBOSE dump.
    pub verbose: bool,
    /// Whether the lines before are those of a statement.
    pub in_statement: bool,
}

/// What a line is, and whether the next one may go on with a statement.
pub(super) fn classify<'a>(clean: &Line<'a>, before: &Before<'_>) -> (Class<'a>, bool) {
    let text = clean.text.as_ref();
    if let Some(class) = plan_line(clean) {
        return (class, false);
    }
    if text.is_empty() || is_decoration(text) {
        return (Class::Decoration, before.in_statement && !is_header(text));
    }
    if before.verbose && super::verbose::is_dump_line(text) {
        return (Class::Dump, before.in_statement);
    }
    if let Some(notice) = notice(text) {
        return (Class::Notice(notice), before.in_statement);
    }
    if before.in_statement || starts_statement(text) {
        return (Class::Decoration, !text.trim_end().ends_with(';'));
    }
    if continues(text, before) {
        return (Class::Continuation, false);
    }
    let under_step = before
        .step
        .is_some_and(|column| clean.column > column.min(1));
    if under_step && let Some(detail) = line::parse_unknown_detail(text) {
        return (Class::Detail(detail), false);
    }
    (Class::Unrecognized, false)
}

/// A step or a detail that Redshift is known to print.
pub(super) fn plan_line<'a>(clean: &Line<'a>) -> Option<Class<'a>> {
    let text = clean.text.as_ref();
    if let Some((before, skip)) = arrow_within(text) {
        let rest = text[before + skip..].trim_start();
        let parsed = line::parse_node(rest, true)?;
        let at = text.len() - rest.len();
        return Some(Class::Node(Box::new(FoundNode {
            node: parsed.node,
            numbered: parsed.numbered,
            remark: parsed.remark.to_owned(),
            tail: parsed.tail.to_owned(),
            column: clean.column + text[..before].chars().count() + ARROW,
            arrow: true,
            text: slice(&clean.text, at),
        })));
    }
    if !text.starts_with("XN ")
        && let Some(detail) = line::parse_detail(text)
    {
        return Some(Class::Detail(detail));
    }
    if is_step_without_arrow(text)
        && let Some(parsed) = line::parse_node(text, clean.branch)
    {
        return Some(Class::Node(Box::new(FoundNode {
            node: parsed.node,
            numbered: parsed.numbered,
            remark: parsed.remark.to_owned(),
            tail: parsed.tail.to_owned(),
            column: clean.column,
            arrow: clean.branch,
            text: clean.text.clone(),
        })));
    }
    None
}

/// Prose may mention a cost; a step begins with an operator.
fn is_step_without_arrow(text: &str) -> bool {
    const LONGEST: usize = 400;
    let bytes = text.as_bytes();
    if [&b"XN "[..], b"LD ", b"S3 "]
        .iter()
        .any(|engine| bytes.starts_with(engine))
    {
        return true;
    }
    let is_short = || {
        let near = &bytes[..bytes.len().min(LONGEST + 1)];
        bytes.len() < LONGEST
            || memchr::memchr_iter(b'(', near).any(|at| at > 0 && near[at - 1] == b' ')
    };
    bytes.first().is_some_and(u8::is_ascii_uppercase) && is_short()
}

/// Length of an arrow at the start, if there is one.
pub(super) fn arrow(text: &str) -> Option<usize> {
    [
        "->", "→", "=>", "- >", "−>", "–>", "-->", "--->", "==>", "⟶", "➔", "➜", "►", "▶", "↳",
        "└>",
    ]
    .iter()
    .find(|arrow| text.starts_with(**arrow))
    .map(|arrow| arrow.len())
}

/// Where an arrow begins and how long it is: at the start, or after a few
/// characters that somebody put before it.
fn arrow_within(text: &str) -> Option<(usize, usize)> {
    const BEFORE: usize = 12;
    if let Some(length) = arrow(text) {
        return Some((0, length));
    }
    if matches!(text.as_bytes().first(), Some(b'X' | b'S' | b'L' | b'(')) {
        return None;
    }
    // Nearly every line that is no step comes by here: only its first bytes are looked at.
    let bytes = text.as_bytes();
    let near = &bytes[..bytes.len().min(BEFORE + 1)];
    let at = memchr::memchr_iter(b'-', near).find(|&at| {
        let steps = [&b"->  XN "[..], b"->  S3 ", b"->  LD "];
        steps.iter().any(|step| bytes[at..].starts_with(step))
    })?;
    let words = text[..at].contains(|c: char| c.is_alphabetic());
    (!words).then_some((at, 2))
}

fn slice<'a>(text: &Cow<'a, str>, at: usize) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[at..]),
        Cow::Owned(text) => Cow::Owned(text[at..].to_owned()),
    }
}

/// The step's text in a line that was joined.
pub(super) fn node_text(text: &str) -> &str {
    let text = text.trim_start();
    arrow(text).map_or(text, |skip| text[skip..].trim_start())
}

/// Whether a text begins as a step, a detail or a notice does.
pub(super) fn looks_like_plan(text: &str) -> bool {
    let text = text.trim_start();
    ["->", "XN ", "LD ", "S3 ", "-----"]
        .iter()
        .any(|start| text.starts_with(start))
        || line::parse_detail(text).is_some()
}

/// Reads a detail, known or of a form that Redshift may print.
pub(super) fn detail(text: &str) -> Option<Detail> {
    line::parse_detail(text).or_else(|| line::parse_unknown_detail(text))
}

fn is_header(text: &str) -> bool {
    let word = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    [
        "QUERY PLAN",
        "QUERYPLAN",
        "QUERY_PLAN",
        "EXPLAIN",
        "PLAN",
        "EXPLAIN VERBOSE",
    ]
    .iter()
    .any(|header| word.eq_ignore_ascii_case(header))
}

fn is_decoration(text: &str) -> bool {
    is_header(text) || is_ruler(text) || is_footer(text)
}

/// Rulers, borders, fences, brackets: no letter and no digit.
fn is_ruler(text: &str) -> bool {
    if text.starts_with("```") || text.starts_with("~~~") {
        return true;
    }
    !text.is_empty()
        && text.chars().all(|c| {
            !c.is_alphanumeric() && (c.is_ascii_punctuation() || c == ' ' || c > '\u{2000}')
        })
}

/// `(22 rows)`, `1 row`, `Time: 12 ms`, `[2023-01-01 …] 12 rows retrieved …`.
fn is_footer(text: &str) -> bool {
    let inner = text.trim_matches(['(', ')']);
    let mut words = inner.split_whitespace();
    let count = words.next().unwrap_or("");
    let unit = words.next().unwrap_or("");
    let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit() || b == b',');
    let is_rows = matches!(
        unit.trim_end_matches(['.', ',']),
        "row" | "rows" | "row(s)" | "record(s)"
    );
    if is_count && is_rows {
        return true;
    }
    let timing = ["Time:", "Elapsed", "Execution time", "Query ID", "[{", "}]"];
    timing.iter().any(|start| text.starts_with(start))
        || text.starts_with("-[ RECORD ")
        || is_prompt(text)
        || (text.starts_with('[') && text.contains("row") && text.contains("retrieved"))
}

/// psql's prompt without a statement.
fn is_prompt(text: &str) -> bool {
    let prompt = text.trim_end();
    prompt.len() < 64
        && !prompt.contains(' ')
        && ["=#", "=>", "-#", "->", "(#", "(>"].iter().any(|end| {
            prompt
                .strip_suffix(end)
                .is_some_and(|name| name.ends_with(|c: char| c.is_alphanumeric()))
        })
}

/// What Redshift's own advice begins with.
const ADVICE: [&str; 3] = [
    "Tables missing statistics",
    "Update statistics by running",
    "Nested Loop Join in the query plan",
];

/// Redshift's own advice: `----- … -----`, the end perhaps cut off. What people put between dashes
/// is none.
pub(super) fn notice(text: &str) -> Option<String> {
    const LEAST: usize = 6;
    let inner = text.strip_prefix("-----")?.trim_matches('-').trim();
    let is_advice = |start: &str| {
        let length = inner.len().min(start.len());
        length >= LEAST && inner.get(..length) == start.get(..length)
    };
    let is_known = ADVICE.iter().any(|start| is_advice(start));
    is_known.then(|| inner.to_owned())
}

/// The query that was explained, with or without psql's prompt.
fn starts_statement(text: &str) -> bool {
    let statement = match text.split_once("=# ").or_else(|| text.split_once("=> ")) {
        Some((prompt, rest)) if !prompt.contains(' ') => rest,
        _ => text,
    };
    let mut words = statement.split_whitespace();
    let first = words.next().unwrap_or("");
    if statement.len() != text.len() {
        return true;
    }
    if first.eq_ignore_ascii_case("explain") {
        return words.next().is_some();
    }
    let verbs = [
        "select", "with", "insert", "update", "delete", "merge", "create", "set",
    ];
    let is_verb = verbs.iter().any(|verb| first.eq_ignore_ascii_case(verb));
    is_verb && (words.next().is_some() || first.eq_ignore_ascii_case("select"))
}

/// Whether the line is the rest of the one before it: that one has an open
/// parenthesis or quote, or is a step that still lacks its numbers.
fn continues(text: &str, before: &Before<'_>) -> bool {
    let Some((kind, before)) = before.last else {
        return false;
    };
    match kind {
        Last::Node => {
            (text.starts_with("(cost=") && !before.contains("(cost="))
                || (is_open(before) && text.contains(')'))
                || (is_open(before) && text.contains('='))
        }
        Last::Detail => is_open(before),
        Last::Notice => !before.trim_end().ends_with('-'),
    }
}

/// Whether a parenthesis or a quote is still open.
pub(super) fn is_open(text: &str) -> bool {
    let mut depth = 0i64;
    let mut quote = None;
    for byte in text.bytes() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => depth -= 1,
            _ => {}
        }
    }
    depth > 0 || quote.is_some()
}

/// What stood between a wrapped line and its rest: nothing where a terminal
/// cut at its width, else the blank at which an editor broke the line.
pub(super) fn glue(before: &str, rest: &str, longest: usize) -> &'static str {
    let word_follows = ["rows=", "width=", "AND ", "OR "];
    if rest.starts_with("(cost=") {
        return "  ";
    }
    let cut_at_width = before.len() + ARROW >= longest && longest >= 60;
    let blank_lost = word_follows.iter().any(|word| rest.starts_with(word));
    if cut_at_width && !blank_lost {
        return "";
    }
    " "
}

/// Whether a detail of this kind can stand under this step.
pub(super) fn belongs(kind: DetailKind, node: &Node) -> bool {
    use DetailKind as D;
    use Operator as O;
    match (kind, &node.operator) {
        (D::Other | D::Filter | D::OneTimeFilter, _) | (_, O::Other(_)) => true,
        (D::HashCond | D::MergeCond | D::JoinFilter | D::InnerDistKey | D::OuterDistKey, op) => {
            op.is_join()
        }
        (D::SortKey, op) => *op == O::Sort,
        (D::MergeKey, op) => *op == O::Merge,
        (D::Partition | D::Order, op) => *op == O::Window,
        (D::SendToLeader | D::SendToSlice0 | D::Distribute | D::DistributeRoundRobin, op) => {
            *op == O::Network
        }
    }
}
