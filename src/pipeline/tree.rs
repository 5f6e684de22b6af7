//! What documents and templates are read into: one tree with lines, in which what only the
//! deployment knows stays symbolic.

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// 1-based line.
    pub line: usize,
    /// What it is.
    pub value: Value,
    /// Whether a secret was masked in it.
    pub secret: bool,
    /// Where the lines of its text are.
    pub lines: Lines,
}

/// Where the lines of a text are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Lines {
    /// On the line of the value, however many the text has: they were written as `\n`.
    #[default]
    One,
    /// From the line below that of the value on: it is a block.
    Below,
    /// From the first line of another file on.
    Of(String),
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

impl Tree {
    /// A value without a secret in it, on one line.
    pub fn new(line: usize, value: Value) -> Self {
        Self {
            line,
            value,
            secret: false,
            lines: Lines::One,
        }
    }

    /// A text, or what stays open of it where it has a `${`.
    pub fn of_text(line: usize, text: String) -> Self {
        let value = match text.contains("${") {
            true => Value::Symbolic(text),
            false => Value::Scalar(text),
        };
        Self::new(line, value)
    }

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

    /// The name that stands here: as text, or as what refers to a resource or its attribute. What
    /// another function comes to is none.
    pub fn reference(&self) -> Option<&str> {
        let written = self.written()?;
        let inner = written
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        let inner = inner.filter(|inner| !inner.contains("${"));
        let name = inner.map_or(written, |inner| {
            inner.split_once('.').map_or(inner, |(name, _)| name)
        });
        (!written.starts_with("${Fn::")).then_some(name)
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
