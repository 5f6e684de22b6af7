//! YAML and JSON → one tree with lines, tags kept: `!Ref Name` stays symbolic.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::functions::symbolic;
use super::loose;
use super::tree::{Lines, Tree, Value};
use crate::text::SourceFile;

/// Nodes that a document may come to: an alias counts as what it stands for, so
/// that a few lines can't fill the memory.
const MOST_NODES: usize = 8_000_000;
/// Deepest nesting.
const DEEPEST: usize = 200;

/// A document that stood in a text, or the value itself.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is, with the lines of the file that it stands in.
    pub tree: Tree,
    /// The file, where it is another one.
    pub path: Option<String>,
}

/// Why a document can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TreeError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

struct Frame {
    line: usize,
    anchor: usize,
    tag: Option<String>,
    keys: Option<Vec<(String, Tree)>>,
    key: Option<String>,
    list: Vec<Tree>,
    nodes: usize,
}

impl Frame {
    fn new(
        line: usize,
        anchor: usize,
        tag: Option<String>,
        keys: Option<Vec<(String, Tree)>>,
    ) -> Self {
        Self {
            line,
            anchor,
            tag,
            keys,
            key: None,
            list: Vec::new(),
            nodes: 1,
        }
    }
}

/// Reads the first document of a file, and marks what holds a secret.
///
/// # Errors
/// What is neither YAML nor JSON, or would be too large.
pub fn read_source(source: &SourceFile) -> Result<Tree, TreeError> {
    // The parser counts characters.
    let (mut at, mut count) = (0, 0);
    let mut place = |offset: usize| {
        count += source.text[at..offset].chars().count();
        at = offset;
        count
    };
    let secrets = source.secrets().iter();
    let secrets: Vec<(usize, usize)> = secrets
        .map(|secret| (place(secret.span.start), place(secret.span.end)))
        .collect();
    read_marking(&source.text, &secrets).or_else(|error| {
        // The parsers of CloudFormation and Python care less for indentation.
        let loose = loose::indented(&source.text).ok_or_else(|| error.clone())?;
        let moved = secrets
            .iter()
            .map(|(from, to)| (loose.at(*from), loose.at(*to)));
        let moved: Vec<(usize, usize)> = moved.collect();
        read_marking(&loose.text, &moved).map_err(|_| error)
    })
}

/// Reads the first document of a text.
///
/// # Errors
/// What is neither YAML nor JSON, or would be too large.
pub fn read(text: &str) -> Result<Tree, TreeError> {
    read_marking(text, &[])
}

fn read_marking(text: &str, secrets: &[(usize, usize)]) -> Result<Tree, TreeError> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut anchors: HashMap<usize, (Tree, usize)> = HashMap::new();
    let mut nodes = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| TreeError {
            line: error.marker().line(),
            message: error.info().to_owned(),
        })?;
        let line = span.start.line();
        let refuse = |message: &str| TreeError {
            line,
            message: message.to_owned(),
        };
        if frames.len() > DEEPEST {
            return Err(refuse("it nests deeper than 200 levels"));
        }
        // What it comes to, and how much of that is new.
        let (tree, size, new) = match event {
            Event::MappingStart(anchor, tag) => {
                let tag = tag.map(|tag| tag.suffix.clone());
                frames.push(Frame::new(line, anchor, tag, Some(Vec::new())));
                continue;
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = tag.map(|tag| tag.suffix.clone());
                frames.push(Frame::new(line, anchor, tag, None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let Some(frame) = frames.pop() else { continue };
                let value = match frame.keys {
                    Some(pairs) => Value::Map(last_of_each(pairs)),
                    None => Value::List(frame.list),
                };
                let tree = symbolic(frame.tag, Tree::new(frame.line, value));
                if frame.anchor > 0 {
                    anchors.insert(frame.anchor, (tree.clone(), frame.nodes));
                }
                (tree, frame.nodes, 1)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" if plain => Value::Null,
                    text => Value::Scalar(text.to_owned()),
                };
                let tag = tag.map(|tag| tag.suffix.clone());
                let (start, end) = (span.start.index(), span.end.index());
                let within = |(first, _): &(usize, usize)| start <= *first && *first < end;
                let tree = Tree {
                    line,
                    value,
                    secret: secrets.iter().any(within),
                    lines: match style {
                        ScalarStyle::Literal | ScalarStyle::Folded => Lines::Below,
                        _ => Lines::One,
                    },
                };
                let tree = symbolic(tag, tree);
                if anchor > 0 {
                    anchors.insert(anchor, (tree.clone(), 1));
                }
                (tree, 1, 1)
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some((_, size)) if nodes + size > MOST_NODES => {
                    return Err(refuse("its aliases come to more than 8 million values"));
                }
                Some((tree, size)) => (tree.clone(), *size, *size),
                None => return Err(refuse("an alias stands for nothing")),
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        nodes += new;
        if nodes > MOST_NODES {
            return Err(refuse("it has more than 8 million values"));
        }
        let Some(frame) = frames.last_mut() else {
            return Ok(tree);
        };
        frame.nodes += size;
        match (&mut frame.keys, frame.key.take()) {
            (None, _) => frame.list.push(tree),
            (Some(_), None) => {
                frame.key = Some(tree.text().map_or_else(String::new, str::to_owned));
            }
            (Some(pairs), Some(key)) => {
                pairs.push((key, tree));
            }
        }
    }
    Err(TreeError {
        line: 1,
        message: "there is no document in it".to_owned(),
    })
}

/// A key that repeats keeps its last value.
fn last_of_each(mut pairs: Vec<(String, Tree)>) -> Vec<(String, Tree)> {
    let mut seen: HashSet<String> = HashSet::with_capacity(pairs.len());
    pairs.reverse();
    pairs.retain(|(key, _)| seen.insert(key.clone()));
    pairs.reverse();
    pairs
}

/// The document that a value holds as JSON or YAML in a text, or is itself: names that are open
/// may stand in it, also where a number is meant.
///
/// # Errors
/// What is no document.
pub fn embedded(tree: &Tree) -> Result<Document, TreeError> {
    let Some(text) = tree.written() else {
        let (tree, path) = (tree.clone(), None);
        return Ok(Document { tree, path });
    };
    let mut inner = read(&quoted(text)).map_err(|error| TreeError {
        line: match &tree.lines {
            Lines::One => tree.line,
            Lines::Below => tree.line + error.line,
            Lines::Of(_) => error.line,
        },
        message: error.message,
    })?;
    match &tree.lines {
        Lines::One => moved(&mut inner, &|_| tree.line),
        Lines::Below => moved(&mut inner, &|line| tree.line + line),
        Lines::Of(_) => {}
    }
    let path = match &tree.lines {
        Lines::Of(path) => Some(path.clone()),
        _ => None,
    };
    Ok(Document { tree: inner, path })
}

fn moved(tree: &mut Tree, to: &dyn Fn(usize) -> usize) {
    tree.line = to(tree.line);
    match &mut tree.value {
        Value::List(items) => items.iter_mut().for_each(|item| moved(item, to)),
        Value::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| moved(value, to)),
        _ => {}
    }
}

/// JSON in which `${Name}` stands without quotes, with quotes around it.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.trim_start().starts_with(['{', '[']) || !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut within = false;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '\\' if within => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '$' if !within && rest.starts_with("${") => rest.find('}').map_or(1, |end| end + 1),
            letter => letter.len_utf8(),
        };
        within ^= letter == '"';
        let (part, after) = rest.split_at(length);
        match letter == '$' && !within && length > 1 {
            true => out.extend(["\"", part, "\""]),
            false => out.push_str(part),
        }
        rest = after;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_are_one_tree_with_lines() {
        let yaml = "a:\n  - 1\n  - b: !Ref X\nc: {\"Fn::Sub\": \"${Y}\"}\n";
        let tree = read(yaml).expect("YAML");
        assert_eq!(tree.get("a").map(|a| a.items().len()), Some(2));
        assert_eq!(
            tree.get("c").map(|c| (c.line, c.is_symbolic())),
            Some((4, true))
        );
        let json = "{\n\t\"a\": [1, {\"b\": true}]}";
        let tree = read(json).expect("JSON");
        let b = tree.get("a").and_then(|a| a.items()[1].get("b"));
        assert_eq!(b.and_then(Tree::truth), Some(true));
    }

    #[test]
    fn a_function_is_the_same_in_every_form() {
        for (yaml, text, name) in [
            ("!Ref Lake", "${Lake}", "Lake"),
            ("{Ref: Lake}", "${Lake}", "Lake"),
            ("!GetAtt Lake.Arn", "${Lake.Arn}", "Lake"),
            ("{\"Fn::GetAtt\": [Lake, Arn]}", "${Lake.Arn}", "Lake"),
            (
                "!Sub '${Lake.Arn}/raw/*'",
                "${Lake.Arn}/raw/*",
                "${Lake.Arn}/raw/*",
            ),
            ("!Sub ['${A}/x', {A: !Ref Lake}]", "${Lake}/x", "${Lake}/x"),
            (
                "!Join ['', ['s3://', !Ref Code, /job.py]]",
                "s3://${Code}/job.py",
                "s3://${Code}/job.py",
            ),
            ("lake", "lake", "lake"),
        ] {
            let tree = read(&format!("a: {yaml}")).expect(yaml);
            let a = tree.get("a").expect("a");
            assert_eq!(a.written(), Some(text), "{yaml}");
            assert_eq!(a.reference(), Some(name), "{yaml}");
        }
        // What another function comes to is no name.
        let tree = read("a: !ImportValue x\nb: !Sub job.py").expect("YAML");
        assert_eq!(tree.get("a").and_then(Tree::reference), None);
        assert_eq!(tree.get("b").and_then(Tree::text), Some("job.py"));
    }

    #[test]
    fn what_stands_in_a_text_has_the_lines_of_the_file() {
        let lines = |yaml: &str| {
            let tree = read(yaml).expect("YAML");
            let found = embedded(tree.get("a").expect("a"))
                .expect("a document")
                .tree;
            let at = |keys: &[&str]| found.at(keys).map(|tree| tree.line);
            (
                at(&["b"]),
                at(&["b", "c"]),
                found
                    .at(&["b", "c"])
                    .and_then(Tree::written)
                    .map(str::to_owned),
            )
        };
        let open = Some("${N}".to_owned());
        assert_eq!(
            lines("x: 1\na: !Sub |\n  {\n    \"b\": {\n    \"c\": ${N}}\n  }\n"),
            (Some(4), Some(5), open.clone())
        );
        assert_eq!(
            lines("x: 1\na: \"{\\n\\\"b\\\": {\\n\\\"c\\\": ${N}}}\"\n"),
            (Some(2), Some(2), open)
        );
        // What a text in it holds is no place to fill.
        let known = Some("\\\" ${N}".to_owned());
        assert_eq!(lines("a: {b: {c: '\\\" ${N}'}}").2, known);
    }

    #[test]
    fn bombs_and_depths_are_refused() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"]
            .iter()
            .zip("abcdefgh".chars())
        {
            let aliases = vec![format!("*{of}"); 9].join(",");
            bomb += &format!("{name}: &{name} [{aliases}]\n");
        }
        assert!(read(&bomb).unwrap_err().message.contains("aliases"));
        assert!(read(&"[".repeat(5_000)).is_err());
        assert!(read("a: *nothing").is_err());
        assert!(read("").is_err());
    }
}
