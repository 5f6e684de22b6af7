//! Expressions of Terraform → what they come to, as far as its files tell.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ForExpr, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::parser::parse_template;
use hcl_edit::template::{Element, Template};

use super::super::tree::{Lines, Tree, Value};
use super::module::{MOST, Module, Scope};
use super::values::{below, binary, function, open};
use crate::text::{SourceFile, Span};

/// Deepest nesting of expressions, names that lead to others counted.
const DEEPEST: usize = 100;

impl Module<'_> {
    /// What an expression comes to.
    pub fn eval(&self, expr: &Expression, source: &SourceFile, scope: &Scope) -> Tree {
        let range = expr.span().unwrap_or_default();
        let line = source.line_column(range.start).line;
        if self.depth.get() > DEEPEST {
            return open(line, "Fn::expression");
        }
        self.depth.set(self.depth.get() + 1);
        let mut tree = self.value(expr, source, scope, line);
        self.depth.set(self.depth.get() - 1);
        tree.line = line;
        let span = Span::new(range.start, range.end.max(range.start));
        tree.secret |= tree.text().is_some() && source.secrets_in(span).next().is_some();
        tree
    }

    fn value(&self, expr: &Expression, source: &SourceFile, scope: &Scope, line: usize) -> Tree {
        let of = |value: Value| Tree::new(line, value);
        let known = |text: Option<String>| match text {
            Some(text) => of(Value::Scalar(text)),
            None => open(line, "Fn::expression"),
        };
        match expr {
            Expression::Null(_) => of(Value::Null),
            Expression::Bool(value) => of(Value::Scalar(value.value().to_string())),
            Expression::Number(value) => of(Value::Scalar(value.value().to_string())),
            Expression::String(text) => of(Value::Scalar(text.value().clone())),
            Expression::Array(array) => {
                let items = array.iter().map(|item| self.eval(item, source, scope));
                of(Value::List(items.collect()))
            }
            Expression::Object(object) => {
                let pairs = object.iter().map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(key) => {
                            let key = self.eval(key, source, scope);
                            key.written().unwrap_or_default().to_owned()
                        }
                    };
                    (key, self.eval(value.expr(), source, scope))
                });
                of(Value::Map(pairs.collect()))
            }
            Expression::StringTemplate(template) => self.template(template, source, scope, line),
            Expression::HeredocTemplate(heredoc) => Tree {
                lines: Lines::Below,
                ..self.template(&heredoc.template, source, scope, line)
            },
            Expression::Parenthesis(inner) => self.eval(inner.inner(), source, scope),
            Expression::Variable(name) => self.named(name.as_str(), &[], scope, line),
            Expression::Traversal(traversal) => self.traversal(traversal, source, scope, line),
            Expression::Conditional(one) => {
                match self.eval(&one.cond_expr, source, scope).truth() {
                    Some(true) => self.eval(&one.true_expr, source, scope),
                    Some(false) => self.eval(&one.false_expr, source, scope),
                    None => open(line, "Fn::conditional"),
                }
            }
            Expression::UnaryOp(one) => {
                let inner = self.eval(&one.expr, source, scope);
                known(match one.operator.value().as_str() {
                    "!" => inner.truth().map(|is| (!is).to_string()),
                    _ => inner.number().map(|number| (-number).to_string()),
                })
            }
            Expression::BinaryOp(one) => {
                let left = self.eval(&one.lhs_expr, source, scope);
                let right = self.eval(&one.rhs_expr, source, scope);
                known(binary(one.operator.value().as_str(), &left, &right))
            }
            Expression::FuncCall(call) => {
                let given = call.args.iter().map(|one| self.eval(one, source, scope));
                let given: Vec<Tree> = given.collect();
                let name = call.name.name.as_str();
                let found = match name {
                    "file" | "templatefile" => self.file(&given, name, source, line),
                    name => function(name, &given, line),
                };
                found.unwrap_or_else(|| open(line, &format!("Fn::{name}")))
            }
            Expression::ForExpr(each) => self.each(each, source, scope, line),
        }
    }

    fn each(&self, each: &ForExpr, source: &SourceFile, scope: &Scope, line: usize) -> Tree {
        let values = self.eval(&each.intro.collection_expr, source, scope);
        let text = |text: String| Tree::of_text(line, text);
        let items: Vec<(Tree, Tree)> = match &values.value {
            Value::List(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(at, item)| (text(at.to_string()), item.clone()))
                    .collect()
            }
            Value::Map(pairs) => {
                let pairs = pairs.iter();
                pairs
                    .map(|(key, value)| (text(key.clone()), value.clone()))
                    .collect()
            }
            _ => return open(line, "Fn::for"),
        };
        let (mut list, mut map) = (Vec::new(), Vec::new());
        for (key, value) in items.into_iter().take(MOST) {
            let mut scope = scope.clone();
            if let Some(name) = &each.intro.key_var {
                scope.push((name.as_str().to_owned(), key));
            }
            scope.push((each.intro.value_var.as_str().to_owned(), value));
            if let Some(cond) = &each.cond {
                match self.eval(&cond.expr, source, &scope).truth() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => return open(line, "Fn::for"),
                }
            }
            let value = self.eval(&each.value_expr, source, &scope);
            match &each.key_expr {
                Some(key) => match self.eval(key, source, &scope).text() {
                    Some(key) => map.push((key.to_owned(), value)),
                    None => return open(line, "Fn::for"),
                },
                None => list.push(value),
            }
        }
        Tree::new(
            line,
            match each.key_expr {
                Some(_) => Value::Map(map),
                None => Value::List(list),
            },
        )
    }

    /// A template's text; one that is nothing but an expression is its value.
    fn template(
        &self,
        template: &Template,
        source: &SourceFile,
        scope: &Scope,
        line: usize,
    ) -> Tree {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.eval(&only.expr, source, scope);
        }
        let mut out = String::new();
        for element in template {
            match element {
                Element::Literal(text) => out.push_str(text.value()),
                Element::Interpolation(inner) => {
                    let value = self.eval(&inner.expr, source, scope);
                    out.push_str(value.written().unwrap_or("${Fn::expression}"));
                }
                Element::Directive(_) => out.push_str("${Fn::template}"),
            }
        }
        Tree::of_text(line, out)
    }

    /// `file` and `templatefile`: the text of a file beside it.
    fn file(&self, given: &[Tree], name: &str, source: &SourceFile, line: usize) -> Option<Tree> {
        let path = given.first()?.text()?;
        // What names no folder is seen from where Terraform runs: mostly from this one.
        let files = self.world.files;
        let found = files
            .find("", path)
            .or_else(|| files.find(&self.folder, path));
        let Some(found) = found else {
            let what = format!("`{path}` is not among these files: name it, too");
            self.world.note(source, line, what);
            return None;
        };
        self.world
            .notes
            .taken
            .borrow_mut()
            .insert(found.name.clone());
        let tree = match (name, given.get(1)) {
            ("templatefile", Some(values)) => {
                let template = parse_template(&found.text).ok()?;
                let scope = values
                    .pairs()
                    .map(|(key, value)| (key.to_owned(), value.clone()));
                self.template(&template, found, &scope.collect(), line)
            }
            _ => Tree::new(line, Value::Scalar(found.text.clone())),
        };
        Some(Tree {
            lines: Lines::Of(found.name.clone()),
            ..tree
        })
    }

    fn traversal(&self, one: &Traversal, source: &SourceFile, scope: &Scope, line: usize) -> Tree {
        let mut names = Vec::new();
        for operator in &one.operators {
            names.push(match operator.value() {
                TraversalOperator::GetAttr(name) => name.as_str().to_owned(),
                TraversalOperator::LegacyIndex(at) => at.value().to_string(),
                TraversalOperator::Index(index) => {
                    let index = self.eval(index, source, scope);
                    match index.text() {
                        Some(text) => text.to_owned(),
                        None => return open(line, "Fn::index"),
                    }
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return open(line, "Fn::splat");
                }
            });
        }
        match &one.expr {
            Expression::Variable(name) => self.named(name.as_str(), &names, scope, line),
            other => below(&self.eval(other, source, scope), &names),
        }
    }

    /// What a name leads to.
    fn named(&self, root: &str, names: &[String], scope: &Scope, line: usize) -> Tree {
        if let Some((_, bound)) = scope.iter().rev().find(|(name, _)| name == root) {
            return below(bound, names);
        }
        let whole = || {
            let parts = std::iter::once(root).chain(names.iter().map(String::as_str));
            open(line, &parts.collect::<Vec<_>>().join("."))
        };
        let Some((first, rest)) = names.split_first() else {
            return whole();
        };
        match root {
            "var" => match self.variables.get(first) {
                Some(value) => below(value, rest),
                None => whole(),
            },
            "local" => match self.local(first) {
                Some(value) => below(&value, rest),
                None => whole(),
            },
            "path" => {
                let folder = match (first.as_str(), self.folder.is_empty()) {
                    ("module" | "root" | "cwd", false) => self.folder.clone(),
                    _ => ".".to_owned(),
                };
                Tree::new(line, Value::Scalar(folder))
            }
            "module" => self.output(first, rest).unwrap_or_else(whole),
            "data" => match (first.as_str(), rest.first()) {
                ("aws_iam_policy_document", Some(name)) => {
                    self.document(name).unwrap_or_else(whole)
                }
                _ => whole(),
            },
            "terraform" | "self" => whole(),
            kind => self
                .attribute(kind, first, rest, line)
                .unwrap_or_else(whole),
        }
    }

    /// A local, which is read once; `None` where there is none, or it has become too large.
    fn local(&self, name: &str) -> Option<Tree> {
        if let Some((value, size)) = self.known.borrow().get(name) {
            return self.world.spend(*size).then(|| value.clone());
        }
        let (value, source) = self.declared.locals.get(name)?;
        let value = self.eval(value, source, &Vec::new());
        let size = size(&value);
        let known = (value.clone(), size);
        self.known.borrow_mut().insert(name.to_owned(), known);
        self.world.spend(size).then_some(value)
    }

    /// An attribute of a resource: what is written there, else the resource's name.
    fn attribute(&self, kind: &str, name: &str, rest: &[String], line: usize) -> Option<Tree> {
        let found = self
            .declared
            .resources
            .get(&(kind.to_owned(), name.to_owned()))?;
        let copies = self.copies(*found);
        let indexed = |key: &str| copies.iter().find(|copy| copy.key == key);
        let (copy, rest) = match rest.split_first() {
            Some((key, rest)) if key == "0" || indexed(key).is_some() => {
                let key = if key == "0" && indexed("0").is_none() {
                    ""
                } else {
                    key
                };
                (indexed(key)?, rest)
            }
            _ => (copies.first()?, rest),
        };
        let label = self.label(name, &copy.key);
        let Some((attribute, rest)) = rest.split_first() else {
            return Some(open(line, &label));
        };
        let written = |attribute: &str| {
            let value = found.0.body.get_attribute(attribute)?;
            Some(self.eval(&value.value, found.1, &copy.scope))
        };
        let own = match kind {
            "aws_s3_bucket" => "bucket",
            _ => "name",
        };
        match attribute.as_str() {
            "arn" => Some(open(line, &format!("{label}.Arn"))),
            "id" | "name" | "bucket" if attribute == "id" || attribute == own => {
                let value = written(own).filter(|value| value.text().is_some());
                Some(value.unwrap_or_else(|| open(line, &label)))
            }
            attribute => {
                let value = written(attribute).map(|value| below(&value, rest));
                Some(value.unwrap_or_else(|| open(line, &format!("{label}.{attribute}"))))
            }
        }
    }
}

/// How many values a value holds; long texts count as several.
fn size(tree: &Tree) -> usize {
    let inner = match &tree.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(pairs) => pairs.iter().map(|(_, tree)| size(tree)).sum(),
        Value::Scalar(text) | Value::Symbolic(text) => text.len() / 64,
        Value::Null => 0,
    };
    1 + inner
}
