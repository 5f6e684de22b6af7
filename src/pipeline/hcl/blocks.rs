//! Blocks of Terraform → their settings.

use hcl_edit::structure::Body;

use super::super::tree::{Tree, Value};
use super::module::{MOST, Module, Scope, line_of};
use crate::text::SourceFile;

impl Module<'_> {
    /// The settings of a block: nested blocks are lists, as in a plan.
    pub fn block(&self, body: &Body, source: &SourceFile, scope: &Scope, line: usize) -> Tree {
        let mut pairs: Vec<(String, Tree)> = Vec::new();
        for one in body.attributes() {
            let value = self.eval(&one.value, source, scope);
            pairs.push((one.key.to_string().trim().to_owned(), value));
        }
        let mut add = |name: &str, tree: Tree| match pairs.iter_mut().find(|(key, _)| key == name) {
            Some((
                _,
                Tree {
                    value: Value::List(items),
                    ..
                },
            )) => items.push(tree),
            Some(_) => {}
            None => {
                let line = tree.line;
                let list = Tree::new(line, Value::List(vec![tree]));
                pairs.push((name.to_owned(), list));
            }
        };
        for inner in body.blocks() {
            let line = line_of(inner, source);
            let name = inner.ident.as_str();
            if name != "dynamic" {
                add(name, self.block(&inner.body, source, scope, line));
                continue;
            }
            let Some(label) = inner.labels.first().map(|label| label.as_str()) else {
                continue;
            };
            let content = inner.body.get_blocks("content").next();
            let each = inner.body.get_attribute("for_each");
            let (Some(content), Some(each)) = (content, each) else {
                continue;
            };
            let iterator = inner
                .body
                .get_attribute("iterator")
                .map(|one| one.value.to_string());
            let iterator = iterator.as_deref().map_or(label, str::trim);
            let values = self.eval(&each.value, source, scope);
            let items: Vec<(Tree, Tree)> = match &values.value {
                Value::List(items) => items
                    .iter()
                    .map(|item| (item.clone(), item.clone()))
                    .collect(),
                Value::Map(pairs) => {
                    let key = |key: &String| Tree::of_text(line, key.clone());
                    pairs
                        .iter()
                        .map(|(name, value)| (key(name), value.clone()))
                        .collect()
                }
                _ => {
                    let what = format!("dynamic `{label}`: for what it is made is not known here");
                    self.world.note(source, line, what);
                    Vec::new()
                }
            };
            for (key, value) in items.into_iter().take(MOST) {
                let bound = vec![("key".to_owned(), key), ("value".to_owned(), value)];
                let mut scope = scope.clone();
                scope.push((iterator.to_owned(), Tree::new(line, Value::Map(bound))));
                add(label, self.block(&content.body, source, &scope, line));
            }
        }
        Tree::new(line, Value::Map(pairs))
    }

    /// A policy that is written as blocks.
    pub fn document(&self, name: &str) -> Option<Tree> {
        let key = ("aws_iam_policy_document".to_owned(), name.to_owned());
        let (block, source) = self.declared.data.get(&key)?;
        let line = line_of(block, source);
        let tree = self.block(&block.body, source, &Vec::new(), line);
        let statements = tree.get("statement").map_or(&[][..], Tree::items).iter();
        let statements = statements.map(|one| {
            const NAMES: [(&str, &str); 5] = [
                ("effect", "Effect"),
                ("actions", "Action"),
                ("not_actions", "NotAction"),
                ("resources", "Resource"),
                ("not_resources", "NotResource"),
            ];
            let mut pairs: Vec<(String, Tree)> = NAMES
                .iter()
                .filter_map(|(from, to)| Some(((*to).to_owned(), one.get(from)?.clone())))
                .collect();
            if one.get("effect").is_none() {
                let allow = Tree::new(one.line, Value::Scalar("Allow".to_owned()));
                pairs.push(("Effect".to_owned(), allow));
            }
            Tree::new(one.line, Value::Map(pairs))
        });
        let list = Tree::new(line, Value::List(statements.collect()));
        Some(Tree::new(
            line,
            Value::Map(vec![("Statement".to_owned(), list)]),
        ))
    }
}
