//! Values of Terraform as a tree: what a name leads to in one, what functions make of it.

use super::super::tree::{Tree, Value};
use super::super::yaml;

/// What is not known: a text with the open name in it.
pub(super) fn open(line: usize, name: &str) -> Tree {
    Tree::new(line, Value::Symbolic(format!("${{{name}}}")))
}

/// What stands at the end of names below a value.
pub(super) fn below(tree: &Tree, names: &[String]) -> Tree {
    let Some((name, rest)) = names.split_first() else {
        return tree.clone();
    };
    match &tree.value {
        Value::Map(_) => match tree.get(name) {
            Some(found) => below(found, rest),
            None => open(tree.line, "Fn::missing"),
        },
        Value::List(items) => match name.parse::<usize>().ok().and_then(|at| items.get(at)) {
            Some(found) => below(found, rest),
            None => open(tree.line, "Fn::missing"),
        },
        // `${lake}` becomes `${lake.bucket}`.
        Value::Symbolic(text) => {
            let inner = text
                .strip_prefix("${")
                .and_then(|text| text.strip_suffix('}'));
            match inner.filter(|inner| !inner.contains("${")) {
                Some(inner) => open(tree.line, &format!("{inner}.{}", names.join("."))),
                None => open(tree.line, "Fn::expression"),
            }
        }
        _ => open(tree.line, "Fn::missing"),
    }
}

/// A comparison or a calculation of two values; `None` where it is not known.
pub(super) fn binary(operator: &str, left: &Tree, right: &Tree) -> Option<String> {
    let truth = |is: bool| Some(is.to_string());
    match operator {
        "==" | "!=" => {
            let (left, right) = (plain(left)?, plain(right)?);
            truth((left == right) == (operator == "=="))
        }
        "&&" => match (left.truth(), right.truth()) {
            (Some(false), _) | (_, Some(false)) => truth(false),
            (Some(true), Some(true)) => truth(true),
            _ => None,
        },
        "||" => match (left.truth(), right.truth()) {
            (Some(true), _) | (_, Some(true)) => truth(true),
            (Some(false), Some(false)) => truth(false),
            _ => None,
        },
        _ => {
            let (left, right) = (left.number()?, right.number()?);
            let number = match operator {
                "<" => return truth(left < right),
                "<=" => return truth(left <= right),
                ">" => return truth(left > right),
                ">=" => return truth(left >= right),
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                "%" => left % right,
                _ => return None,
            };
            number.is_finite().then(|| number.to_string())
        }
    }
}

/// A text, a number, a truth value or nothing; `None` for what is open or holds others.
fn plain(tree: &Tree) -> Option<Option<&str>> {
    match &tree.value {
        Value::Null => Some(None),
        Value::Scalar(text) => Some(Some(text)),
        _ => None,
    }
}

/// What a function gives that needs nothing but its arguments; `None` where it is not known.
pub(super) fn function(name: &str, given: &[Tree], line: usize) -> Option<Tree> {
    let first = given.first();
    let text = |text: String| Some(Tree::of_text(line, text));
    let list = |items: Vec<Tree>| Some(Tree::new(line, Value::List(items)));
    let lists = |given: &[Tree]| -> Option<Vec<Tree>> {
        let mut out = Vec::new();
        for one in given {
            match &one.value {
                Value::List(items) => out.extend(items.iter().cloned()),
                _ => return None,
            }
        }
        Some(out)
    };
    match name {
        // The text that it gives is read as what it was made of.
        "jsonencode" | "yamlencode" | "toset" | "tolist" | "tomap" | "tostring" | "tonumber"
        | "tobool" | "sensitive" | "nonsensitive" | "try" | "trimspace" | "pathexpand"
        | "abspath" => first.cloned(),
        "jsondecode" | "yamldecode" => yaml::embedded(first?).ok().map(|found| found.tree),
        "coalesce" => given
            .iter()
            .find(|one| !matches!(&one.value, Value::Null) && one.text() != Some(""))
            .cloned(),
        "merge" => {
            let mut pairs: Vec<(String, Tree)> = Vec::new();
            for one in given {
                match &one.value {
                    Value::Map(new) => {
                        pairs.retain(|(key, _)| !new.iter().any(|(other, _)| other == key));
                        pairs.extend(new.iter().cloned());
                    }
                    Value::Null => {}
                    _ => return None,
                }
            }
            Some(Tree::new(line, Value::Map(pairs)))
        }
        "concat" => list(lists(given)?),
        "flatten" => {
            let items = first?.items().iter().flat_map(Tree::items).cloned();
            list(items.collect())
        }
        "compact" | "distinct" => {
            let mut seen: Vec<Tree> = Vec::new();
            for item in lists(&given[..1.min(given.len())])? {
                if !seen.contains(&item) {
                    seen.push(item);
                }
            }
            list(seen)
        }
        "join" => {
            let items = lists(given.get(1..)?)?;
            let items = items
                .iter()
                .map(Tree::written)
                .collect::<Option<Vec<_>>>()?;
            text(items.join(first?.text()?))
        }
        "format" => format(given).and_then(text),
        "lower" => text(first?.text()?.to_lowercase()),
        "upper" => text(first?.text()?.to_uppercase()),
        "basename" => text(first?.text()?.rsplit('/').next()?.to_owned()),
        "replace" => match given {
            [of, from, to] if !from.text()?.starts_with('/') => {
                text(of.text()?.replace(from.text()?, to.text()?))
            }
            _ => None,
        },
        "lookup" => match first?.get(given.get(1)?.text()?) {
            Some(found) => Some(found.clone()),
            None if matches!(first?.value, Value::Map(_)) => given.get(2).cloned(),
            None => None,
        },
        "element" => {
            let items = lists(&given[..1.min(given.len())])?;
            let at = given.get(1)?.text()?.parse::<usize>().ok()?;
            items.get(at.checked_rem(items.len())?).cloned()
        }
        "keys" | "values" => {
            let Value::Map(pairs) = &first?.value else {
                return None;
            };
            let keys = pairs
                .iter()
                .map(|(key, _)| Tree::of_text(line, key.clone()));
            let values = pairs.iter().map(|(_, value)| value.clone());
            match name {
                "keys" => list(keys.collect()),
                _ => list(values.collect()),
            }
        }
        "length" => match &first?.value {
            Value::List(items) => text(items.len().to_string()),
            Value::Map(pairs) => text(pairs.len().to_string()),
            Value::Scalar(inner) => text(inner.chars().count().to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// `format("%s-%s", …)`: other verbs than `%s` and `%d` are not known.
fn format(given: &[Tree]) -> Option<String> {
    let (pattern, values) = given.split_first()?;
    let mut values = values.iter();
    let mut out = String::new();
    let mut letters = pattern.text()?.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => match letters.next()? {
                '%' => out.push('%'),
                's' | 'd' | 'v' => out.push_str(values.next()?.written()?),
                _ => return None,
            },
            letter => out.push(letter),
        }
    }
    Some(out)
}
