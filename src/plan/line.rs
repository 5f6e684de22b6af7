//! One line of a plan: a step, a detail of a step, or neither.

use std::borrow::Cow;

use super::operator::JOINS;
use super::{Cost, Detail, DetailKind, Distribution, Engine, Node, Operator};

/// Reads a step from its line, without indentation and arrow. `None` if the
/// text is no step: it has neither a known prefix nor a cost. After an arrow a
/// prefix is enough, whatever the operator.
pub(super) fn parse_node(text: &str, after_arrow: bool) -> Option<(Node, &str)> {
    let (engine, rest) = split_engine(text);
    let Parens {
        head,
        tail,
        numbers,
    } = split_numbers(rest);
    let has_numbers = numbers
        .as_ref()
        .is_some_and(|n| n.cost.is_some() || n.rows.is_some() || !n.cut);
    if engine == Engine::Unknown && !has_numbers {
        return None;
    }
    let mut node = parse_head(engine, head);
    if numbers.is_none() && !after_arrow && !is_known(&node) {
        return None;
    }
    if !could_be_step(&node) {
        return None;
    }
    match numbers {
        Some(numbers) => {
            node.cost = numbers.cost;
            node.rows = numbers.rows;
            node.width = numbers.width;
            node.cut = numbers.cut;
        }
        None => node.cut = true,
    }
    Some((node, tail))
}

/// Whether words that no known step has could be the name of one: a step that
/// Redshift gains tomorrow is kept, chance text that ends in numbers is not.
fn could_be_step(node: &Node) -> bool {
    let Operator::Other(words) = &node.operator else {
        return true;
    };
    !words.contains("  ") && !words.contains(|c: char| c.is_control() || "<>=".contains(c))
}

fn is_known(node: &Node) -> bool {
    !matches!(node.operator, Operator::Other(_))
}

fn split_engine(text: &str) -> (Engine, &str) {
    for engine in [Engine::Xn, Engine::S3, Engine::Ld] {
        let Some(rest) = text.strip_prefix(engine.as_str()) else {
            continue;
        };
        if rest.is_empty() || rest.starts_with(' ') {
            let rest = rest.trim_start();
            // Without `XN`, the words are still those of a step on the compute nodes.
            if engine == Engine::S3 && rest.starts_with("Query Scan") {
                return (Engine::Unknown, text);
            }
            return (engine, rest);
        }
    }
    (Engine::Unknown, text)
}

struct Numbers {
    cost: Option<Cost>,
    rows: Option<f64>,
    width: Option<f64>,
    cut: bool,
}

struct Parens<'a> {
    head: &'a str,
    tail: &'a str,
    numbers: Option<Numbers>,
}

/// Splits `head (cost=a..b rows=n width=w) tail`; the numbers may be abridged,
/// cut, spaced or grouped by commas.
fn split_numbers(text: &str) -> Parens<'_> {
    let is_opening = |at: &usize| {
        let rest = &text.as_bytes()[*at..];
        rest.starts_with(b"(cost=") || rest.starts_with(b"(rows=") || rest.starts_with(b"(...")
    };
    let open = memchr::memchr_iter(b'(', text.as_bytes()).find(is_opening);
    let Some(open) = open else {
        return cut_before_numbers(text);
    };
    let inside = &text[open + 1..];
    let close = memchr::memchr(b')', inside.as_bytes());
    let (inside, tail, cut) = match close {
        Some(close) => (&inside[..close], inside[close + 1..].trim(), false),
        None => (inside, "", true),
    };
    Parens {
        head: text[..open].trim_end(),
        tail,
        numbers: Some(parse_numbers(inside, cut)),
    }
}

/// A line that was cut inside `(cost=` has a stump of it at its end.
fn cut_before_numbers(text: &str) -> Parens<'_> {
    let text = text.trim_end();
    let stump = text
        .rfind('(')
        .filter(|&open| "(cost=".starts_with(&text[open..]));
    Parens {
        head: text[..stump.unwrap_or(text.len())].trim_end(),
        tail: "",
        numbers: stump.map(|_| Numbers {
            cost: None,
            rows: None,
            width: None,
            cut: true,
        }),
    }
}

fn parse_numbers(inside: &str, cut: bool) -> Numbers {
    // Each value reaches to the word before the next equals sign.
    let value = |key: &str| -> Option<&str> {
        let mut equals = memchr::memchr_iter(b'=', inside.as_bytes());
        let at = equals.find(|at| inside[..*at].ends_with(key))? + 1;
        let rest = &inside[at..];
        let end = equals.next().map_or(rest.len(), |next| {
            let word = inside[at..next].trim_end_matches(|c: char| c.is_ascii_alphabetic());
            word.len()
        });
        Some(&rest[..end])
    };
    // A number at the very end of a cut line may have lost digits.
    let whole = |text: &str| !cut || !inside.ends_with(text) || text.ends_with(char::is_whitespace);
    let cost = value("cost").and_then(|text| {
        let (startup, total) = text.split_once("..")?;
        let cost = Cost {
            startup: number(startup)?,
            total: number(total)?,
        };
        whole(text).then_some(cost)
    });
    let count = |key: &str| {
        let text = value(key)?;
        number(text).filter(|_| whole(text))
    };
    Numbers {
        cost,
        rows: count("rows"),
        width: count("width"),
        cut,
    }
}

/// A non-negative, finite number; spaces around it and commas in it are dropped.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let text: Cow<str> = match text.contains([',', ' ']) {
        true => text.replace([',', ' '], "").into(),
        false => text.into(),
    };
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    quick_number(text.as_bytes()).or_else(|| text.parse().ok())
}

/// Exact for up to 15 digits with at most two decimals, as costs are printed.
fn quick_number(text: &[u8]) -> Option<f64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    let mut value = 0u64;
    let mut decimals = None;
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                decimals = decimals.map(|n| n + 1);
            }
            _ if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    // Both operands are exact, so the quotient is the nearest double.
    match decimals {
        None if text.len() <= 15 => Some(value as f64),
        Some(1) => Some(value as f64 / 10.0),
        Some(2) => Some(value as f64 / 100.0),
        _ => None,
    }
}

/// Reads what stands before the numbers.
fn parse_head(engine: Engine, head: &str) -> Node {
    let mut node = Node {
        engine,
        ..Node::default()
    };
    if parse_known(&mut node, head).is_none() {
        let (words, label) = split_label(head);
        node.operator = Operator::Other(words.to_owned());
        node.distribution = label;
        node.relation = None;
        node.alias = None;
        node.s3_location = None;
        node.s3_format = None;
    }
    node
}

/// Steps that read a relation: the words, then the relation.
const SCANS: &[(&str, Operator)] = &[
    ("Seq Scan PartitionInfo of", Operator::PartitionInfoScan),
    ("Seq Scan on", Operator::SeqScan),
    ("S3 Query Scan", Operator::S3QueryScan),
    ("Subquery Scan", Operator::SubqueryScan),
    ("RLS SecureScan", Operator::RlsSecureScan),
    ("LF SecureScan", Operator::LfSecureScan),
    ("Function Scan on", Operator::FunctionScan),
];

/// Steps that stand alone, with a label at most.
const STEPS: &[(&str, Operator)] = &[
    ("Hash", Operator::Hash),
    ("HashAggregate", Operator::HashAggregate),
    ("GroupAggregate", Operator::GroupAggregate),
    ("Aggregate", Operator::Aggregate),
    ("Sort", Operator::Sort),
    ("Merge", Operator::Merge),
    ("Network", Operator::Network),
    ("Limit", Operator::Limit),
    ("Unique", Operator::Unique),
    ("Append", Operator::Append),
    ("Window", Operator::Window),
    ("Result", Operator::Result),
    ("Materialize", Operator::Materialize),
    ("Partition Loop", Operator::PartitionLoop),
];

fn parse_known(node: &mut Node, head: &str) -> Option<()> {
    let scan = SCANS
        .iter()
        .find_map(|(words, operator)| Some((after_words(head, words)?, operator)));
    if let Some((rest, operator)) = scan {
        node.operator = operator.clone();
        return parse_relation(node, rest);
    }
    if node.engine == Engine::S3
        && let Some(rest) = after_words(head, "Seq Scan")
    {
        node.operator = Operator::SeqScan;
        return parse_relation(node, rest);
    }
    let (words, label) = split_label(head);
    node.distribution = label;
    let join = JOINS.iter().find(|(name, ..)| *name == words);
    if let Some((_, method, kind)) = join {
        node.operator = Operator::Join(*method, *kind);
        return Some(());
    }
    if let Some(words) = words.strip_prefix("SetOp ") {
        node.operator = Operator::SetOp(words.to_owned());
        return Some(());
    }
    let (_, operator) = STEPS.iter().find(|(name, _)| *name == words)?;
    node.operator = operator.clone();
    Some(())
}

/// What follows the words, if the text begins with them as whole words.
fn after_words<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(words)?;
    match rest.bytes().next() {
        None => Some(rest),
        Some(b' ') => Some(rest.trim_start()),
        Some(_) => None,
    }
}

/// Splits a `DS_` label off the end; a label cut short counts if only one fits.
fn split_label(head: &str) -> (&str, Option<Distribution>) {
    let Some((words, label)) = head.rsplit_once(' ') else {
        return (head, None);
    };
    if !label.starts_with("DS_") {
        return (head, None);
    }
    let words = words.trim_end();
    if let Some(distribution) = Distribution::parse(label) {
        return (words, Some(distribution));
    }
    let mut fitting = Distribution::LABELS
        .iter()
        .filter(|(_, text)| text.starts_with(label));
    match (fitting.next(), fitting.next()) {
        (Some((distribution, _)), None) => (words, Some(*distribution)),
        (Some(_), Some(_)) => (words, None),
        _ => (head, None),
    }
}

/// Reads `relation [alias] [location:… format:…]`. A subquery's `*SELECT* 1`
/// holds a space even without quotes.
fn parse_relation(node: &mut Node, text: &str) -> Option<()> {
    let location = memchr::memchr(b':', text.as_bytes()).and_then(|_| text.find(" location:"));
    let (names, attributes) = match location {
        Some(at) => (text[..at].trim_end(), text[at..].trim_start()),
        None => (text, ""),
    };
    parse_attributes(node, attributes)?;
    if names.is_empty() {
        return Some(());
    }
    let end = if names.starts_with("*SELECT*") {
        names.len()
    } else {
        name_end(names)
    };
    node.relation = Some(names[..end].to_owned());
    let alias = names[end..].trim_start();
    if !alias.is_empty() {
        if name_end(alias) != alias.len() {
            return None;
        }
        node.alias = Some(alias.to_owned());
    }
    Some(())
}

/// Where a name ends: at the first space that is not between double quotes. A quote
/// opens only where a part of the name begins.
fn name_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut quoted = false;
    // A quote within quotes is written twice: it closes and opens again at once.
    let mut closed = None;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if quoted => {
                quoted = false;
                closed = Some(at + 1);
            }
            b'"' => quoted = at == 0 || bytes[at - 1] == b'.' || closed == Some(at),
            b' ' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn parse_attributes(node: &mut Node, text: &str) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    let value = text.strip_prefix("location:")?;
    let end = match value.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(value.len(), |close| close + 2),
        None => value.find(' ').unwrap_or(value.len()),
    };
    node.s3_location = Some(value[..end].to_owned());
    let rest = &value[end..];
    let rest = rest.trim();
    if !rest.is_empty() {
        node.s3_format = Some(rest.strip_prefix("format:")?.to_owned());
    }
    Some(())
}

/// Reads a detail line that Redshift is known to print.
pub(super) fn parse_detail(text: &str) -> Option<Detail> {
    if let Some(colon) = memchr::memchr(b':', &text.as_bytes()[..text.len().min(16)]) {
        let label = &text[..colon];
        let labelled = DetailKind::LABELS
            .iter()
            .find(|(kind, known)| !kind.is_bare() && *known == label);
        if let Some((kind, _)) = labelled {
            return Some(Detail::new(*kind, text[colon + 1..].trim().to_owned()));
        }
    }
    let (kind, _) = DetailKind::LABELS
        .iter()
        .find(|(kind, known)| kind.is_bare() && *known == text)?;
    Some(Detail::new(*kind, String::new()))
}

/// Reads a line of the form `Some Words: value`, as a Redshift yet unseen may print.
pub(super) fn parse_unknown_detail(text: &str) -> Option<Detail> {
    let (label, value) = text.split_once(':')?;
    let words = label.split(' ').count();
    // A line with a step's numbers is a step, or no line of a plan at all.
    let has_numbers = ["(cost=", "(rows=", "(..."]
        .iter()
        .any(|open| text.contains(open));
    let fits = words <= 4
        && !has_numbers
        && !value.trim().is_empty()
        && label.starts_with(|c: char| c.is_ascii_uppercase())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-');
    fits.then(|| Detail::new(DetailKind::Other, text.to_owned()))
}
