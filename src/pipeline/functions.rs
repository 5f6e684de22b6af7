//! The functions of CloudFormation, as far as a template tells what they come to.

use super::tree::{Lines, Tree, Value};

/// A tag or a map with one `Fn::` key is known only when it is deployed, unless nothing in it is
/// open. Both forms of a function become one text, in which `${Name}` and `${Name.Attribute}` stay
/// open; a function that is not known here stays open as `${Fn::Name}`.
pub(super) fn symbolic(tag: Option<String>, tree: Tree) -> Tree {
    const CORE: [&str; 7] = ["str", "int", "float", "bool", "null", "map", "seq"];
    if let Some(tag) = tag.filter(|tag| !CORE.contains(&tag.as_str())) {
        return called(&tag, &tree, tree.line);
    }
    match &tree.value {
        Value::Map(pairs) => match pairs.as_slice() {
            [(key, of)] if key == "Ref" || key.starts_with("Fn::") => {
                called(key.trim_start_matches("Fn::"), of, tree.line)
            }
            _ => tree,
        },
        _ => tree,
    }
}

/// What a function comes to.
fn called(function: &str, of: &Tree, line: usize) -> Tree {
    let open = |text: String| Tree::new(line, Value::Symbolic(text));
    // A text with its lines where they are written.
    let text_of = |tree: &Tree, text: String| Tree {
        line: match tree.lines {
            Lines::Below => tree.line,
            _ => line,
        },
        lines: tree.lines.clone(),
        secret: tree.secret,
        ..Tree::of_text(line, text)
    };
    let known = match (function, &of.value) {
        ("Ref" | "GetAtt", Value::Scalar(name)) => Some(open(format!("${{{name}}}"))),
        ("GetAtt", Value::List(parts)) => {
            texts(parts).map(|parts| open(format!("${{{}}}", parts.join("."))))
        }
        ("Sub", Value::Scalar(text)) => Some(text_of(of, text.clone())),
        ("Sub", Value::List(parts)) => match parts.as_slice() {
            [text] => text.text().map(|inner| text_of(text, inner.to_owned())),
            [text, names] => text
                .text()
                .map(|inner| text_of(text, filled(inner, names.pairs()))),
            _ => None,
        },
        ("Join", Value::List(parts)) => match parts.as_slice() {
            [with, items] => with
                .text()
                .zip(texts(items.items()))
                .map(|(with, items)| text_of(of, items.join(with))),
            _ => None,
        },
        _ => None,
    };
    known.unwrap_or_else(|| open(format!("${{Fn::{function}}}")))
}

fn texts(items: &[Tree]) -> Option<Vec<String>> {
    let texts = items.iter().map(|item| item.written().map(str::to_owned));
    texts.collect()
}

/// A text with values in the places of `${Name}`; a value that is no text leaves its place open.
pub(super) fn filled<'a>(text: &str, names: impl Iterator<Item = (&'a str, &'a Tree)>) -> String {
    names.fold(text.to_owned(), |text, (name, value)| {
        let place = format!("${{{name}}}");
        let value = value.written().unwrap_or(&place);
        text.replace(&place, value)
    })
}
