//! YAML and JSON as one tree with lines, tags kept: `!Ref Name` stays symbolic.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::text::SourceFile;

/// Nodes that a document may come to: an alias counts as what it stands for, so
/// that a few lines can't fill the memory.
const MOST_NODES: usize = 8_000_000;
/// Deepest nesting.
const DEEPEST: usize = 200;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// 1-based line.
    pub line: usize,
    /// What it is.
    pub value: Value,
    /// Whether a secret was masked in it.
    pub secret: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a truth value or a text, as written.
    Scalar(String),
    /// In order.
    List(Vec<Tree>),
    /// In order; a key that repeats keeps its last value.
    Map(Vec<(String, Tree)>),
    /// Known only when it is deployed: a text in which `${Name}` is open, else the function's name.
    Symbolic(String),
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
    read_marking(&source.text, &secrets)
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
                let tree = Tree {
                    line: frame.line,
                    value: symbolic(frame.tag, value),
                    secret: false,
                };
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
                    value: symbolic(tag, value),
                    secret: secrets.iter().any(within),
                };
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

/// A tag or a map with one `Fn::` key is known only when it is deployed. Both forms of a
/// function become one text, in which `${Name}` and `${Name.Attribute}` stay open.
fn symbolic(tag: Option<String>, value: Value) -> Value {
    const CORE: [&str; 7] = ["str", "int", "float", "bool", "null", "map", "seq"];
    if let Some(tag) = tag.filter(|tag| !CORE.contains(&tag.as_str())) {
        return Value::Symbolic(called(&tag, &value));
    }
    match &value {
        Value::Map(pairs) => match pairs.as_slice() {
            [(key, of)] if key == "Ref" || key.starts_with("Fn::") => {
                Value::Symbolic(called(key.trim_start_matches("Fn::"), &of.value))
            }
            _ => value,
        },
        _ => value,
    }
}

/// What a function of CloudFormation comes to, as far as it is known; else its name.
fn called(function: &str, of: &Value) -> String {
    let texts = |items: &[Tree]| -> Option<Vec<String>> {
        let texts = items.iter().map(|item| item.written().map(str::to_owned));
        texts.collect()
    };
    let known = match (function, of) {
        ("Ref", Value::Scalar(name)) => Some(format!("${{{name}}}")),
        ("GetAtt", Value::Scalar(name)) => Some(format!("${{{name}}}")),
        ("GetAtt", Value::List(parts)) => {
            texts(parts).map(|parts| format!("${{{}}}", parts.join(".")))
        }
        ("Sub", Value::Scalar(text)) => Some(text.clone()),
        ("Sub", Value::List(parts)) => match parts.as_slice() {
            [text, names] => text.text().map(|text| {
                names.pairs().fold(text.to_owned(), |text, (name, value)| {
                    let place = format!("${{{name}}}");
                    let value = value.written().unwrap_or(&place);
                    text.replace(&place, value)
                })
            }),
            _ => None,
        },
        ("Join", Value::List(parts)) => match parts.as_slice() {
            [with, items] => with
                .text()
                .zip(texts(items.items()))
                .map(|(with, items)| items.join(with)),
            _ => None,
        },
        _ => None,
    };
    known.unwrap_or_else(|| function.to_owned())
}

impl Tree {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.pairs()
            .find(|(name, _)| *name == key)
            .map(|(_, tree)| tree)
    }

    /// The value at the end of several keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Tree> {
        keys.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// Keys and values; none where it is no map.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &Tree)> {
        let pairs = match &self.value {
            Value::Map(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(|(key, tree)| (key.as_str(), tree))
    }

    /// The values of a list; a value that stands alone is a list of one.
    pub fn items(&self) -> &[Tree] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// As text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// As text, or what a function comes to, with `${Name}` for what only the deployment knows.
    pub fn written(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) | Value::Symbolic(text) => Some(text),
            _ => None,
        }
    }

    /// The name that stands here: as text, or as what refers to a resource or its attribute.
    pub fn reference(&self) -> Option<&str> {
        let written = self.written()?;
        let inner = written
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let inner = inner.filter(|inner| !inner.contains("${"));
        Some(inner.map_or(written, |inner| {
            inner.split_once('.').map_or(inner, |(name, _)| name)
        }))
    }

    /// As a number.
    pub fn number(&self) -> Option<f64> {
        self.text()?
            .trim()
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite())
    }

    /// As a truth value.
    pub fn truth(&self) -> Option<bool> {
        match self.text()?.to_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether it is known only when it is deployed.
    pub fn is_symbolic(&self) -> bool {
        matches!(self.value, Value::Symbolic(_))
    }
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
            ("!ImportValue x", "ImportValue", "ImportValue"),
        ] {
            let tree = read(&format!("a: {yaml}")).expect(yaml);
            let a = tree.get("a").expect("a");
            assert_eq!(a.written(), Some(text), "{yaml}");
            assert_eq!(a.reference(), Some(name), "{yaml}");
        }
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
