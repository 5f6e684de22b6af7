//! One line of a plan: a step, a detail of a step, or neither.

use super::numbers::{self, Parens};
use super::operator::JOINS;
use super::{Detail, DetailKind, Distribution, Engine, Node, Operator};

/// A step's line.
pub(super) struct Parsed<'a> {
    pub node: Node,
    /// Words that somebody put between the operator and the numbers.
    pub remark: &'a str,
    /// What follows the numbers.
    pub tail: &'a str,
    /// Whether the parenthesis of its numbers opens on the line.
    pub numbered: bool,
}

/// Reads a step from its line, without indentation and arrow. `None` if the
/// text is no step: it has neither a known prefix nor a cost. After an arrow a
/// prefix is enough, whatever the operator.
pub(super) fn parse_node(text: &str, after_arrow: bool) -> Option<Parsed<'_>> {
    let (engine, rest) = split_engine(text);
    let Parens {
        head,
        tail,
        numbers,
        opened,
    } = numbers::split(rest);
    let has_numbers = numbers.as_ref().is_some_and(|n| n.known() > 0 || !n.cut);
    if engine == Engine::Unknown && !has_numbers {
        return None;
    }
    let (mut node, remark) = parse_head(engine, head);
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
    Some(Parsed {
        node,
        remark,
        tail,
        numbered: opened,
    })
}

/// Whether words that no known step has could be the name of one: a step that
/// Redshift gains tomorrow is kept, chance text that ends in numbers is not.
fn could_be_step(node: &Node) -> bool {
    let Operator::Other(words) = &node.operator else {
        return true;
    };
    !words.contains("  ")
        && !["XN ", "S3 ", "LD ", ": "]
            .iter()
            .any(|part| words.contains(part))
        && !words.contains(|c: char| c.is_control() || "<>=".contains(c))
}

fn is_known(node: &Node) -> bool {
    !matches!(node.operator, Operator::Other(_))
}

/// The prefix that says where a step runs, and the rest.
pub(super) fn split_engine(text: &str) -> (Engine, &str) {
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

/// Reads what stands before the numbers; what a person added to it comes second.
fn parse_head(engine: Engine, head: &str) -> (Node, &str) {
    let known = |head: &str| {
        let mut node = Node {
            engine,
            ..Node::default()
        };
        parse_known(&mut node, head).map(|()| node)
    };
    if let Some(node) = known(head) {
        return (node, "");
    }
    let annotated = remark_within(head).and_then(|at| Some((known(head[..at].trim_end())?, at)));
    if let Some((node, at)) = annotated {
        return (node, head[at..].trim());
    }
    let (words, label) = split_label(head);
    let node = Node {
        engine,
        operator: Operator::Other(words.to_owned()),
        distribution: label,
        ..Node::default()
    };
    (node, "")
}

/// Where a word begins that no operator, label or name begins like: `(the big one!)`.
fn remark_within(head: &str) -> Option<usize> {
    let mut quoted = false;
    let mut before = ' ';
    for (at, c) in head.char_indices() {
        if c == '"' {
            quoted = !quoted;
        }
        let is_name = c.is_alphanumeric() || matches!(c, '"' | '_' | ' ' | '$' | '#');
        if before == ' ' && !quoted && !is_name && !head[at..].starts_with("*SELECT*") {
            return Some(at);
        }
        before = c;
    }
    None
}

/// Whether a line names an engine before an operator that Redshift is known to print.
pub(super) fn names_engine(line: &str) -> bool {
    [Engine::Xn, Engine::S3, Engine::Ld].iter().any(|engine| {
        let found = line.match_indices(engine.as_str());
        let mut rest = found.map(|(at, engine)| &line[at + engine.len()..]);
        rest.any(|rest| rest.starts_with(' ') && begins_with_operator(rest.trim_start()))
    })
}

/// Whether the words are those of a step that Redshift is known to print.
pub(super) fn begins_with_operator(text: &str) -> bool {
    let scans = SCANS.iter().map(|(words, _)| *words);
    let steps = STEPS.iter().map(|(words, _)| *words);
    let joins = JOINS.iter().map(|(words, ..)| *words);
    let mut names = scans.chain(steps).chain(joins).chain(["Seq Scan", "SetOp"]);
    names.any(|words| {
        let rest = text.strip_prefix(words);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    })
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
    // Spectrum's own scans have no `on`, nor have those of nodes that read the lake themselves.
    if let Some(rest) = after_words(head, "Seq Scan") {
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
    let end = match names.strip_prefix("*SELECT* ") {
        Some(number) => {
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            names.len() - number.len() + digits
        }
        None => name_end(names),
    };
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '_' | '$' | '#'))
            || text.starts_with("*SELECT*")
    };
    if !is_name(names) {
        return None;
    }
    node.relation = Some(names[..end].to_owned());
    let alias = names[end..].trim_start();
    if !alias.is_empty() {
        if name_end(alias) != alias.len() || !is_name(alias) {
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
        let format = rest.strip_prefix("format:")?;
        if format.contains(' ') {
            return None;
        }
        node.s3_format = Some(format.to_owned());
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
    // Redshift's labels have every word in capitals: `Inner Dist Key`.
    let is_title =
        |word: &str| word.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
    // A line with a step's numbers is a step, or no line of a plan at all.
    let has_numbers = ["(cost=", "(rows=", "(..."]
        .iter()
        .any(|open| text.contains(open));
    let fits = words <= 4
        && !has_numbers
        && !value.trim().is_empty()
        && label.split(' ').all(is_title)
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-');
    fits.then(|| Detail::new(DetailKind::Other, text.to_owned()))
}
