//! What a PySpark script calls, with what: read by a Python parser, never run.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use crate::text::SourceFile;

/// A script.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file.
    pub path: String,
    /// Every call, in the order of the text.
    pub calls: Vec<Call>,
    /// `name = value`.
    pub assigned: Vec<(String, Argument)>,
    /// The script's own functions, with what they call.
    pub functions: Vec<(String, Vec<String>)>,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called, with the calls before it in a chain left away:
    /// `spark.read.option.json`.
    pub name: String,
    /// 1-based line.
    pub line: usize,
    /// By position.
    pub arguments: Vec<Argument>,
    /// By name.
    pub keywords: Vec<(String, Argument)>,
}

/// An argument, or the value of an assignment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Argument {
    /// The text, if it is one; what a template leaves open is `{}`.
    pub text: Option<String>,
    /// Variables that it reads.
    pub names: Vec<String>,
    /// Functions that it calls.
    pub calls: Vec<String>,
    /// As written.
    pub source: String,
}

impl Call {
    /// The last part of the name: `json` of `spark.read.json`.
    pub fn method(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// An argument by name.
    pub fn keyword(&self, name: &str) -> Option<&Argument> {
        let found = self.keywords.iter().find(|(keyword, _)| keyword == name);
        found.map(|(_, argument)| argument)
    }

    /// All arguments.
    pub fn all(&self) -> impl Iterator<Item = &Argument> {
        let keywords = self.keywords.iter().map(|(_, argument)| argument);
        self.arguments.iter().chain(keywords)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The line and what is wrong there.
    pub fn read(source: &SourceFile) -> Result<Self, (usize, String)> {
        let parsed = ruff_python_parser::parse_module(&source.text).map_err(|error| {
            let at = usize::from(error.location.start());
            (source.line_column(at).line, error.error.to_string())
        })?;
        let mut reader = Reader {
            source,
            script: Script {
                path: source.name.clone(),
                calls: Vec::new(),
                assigned: Vec::new(),
                functions: Vec::new(),
            },
        };
        reader.visit_body(&parsed.syntax().body);
        reader.script.calls.sort_by_key(|call| call.line);
        Ok(reader.script)
    }

    /// Whether a function, of the script or of a library, comes to call one of these.
    pub fn reaches(&self, call: &str, functions: &[&str]) -> bool {
        let mut seen = vec![call];
        let mut at = 0;
        while let Some(call) = seen.get(at).copied() {
            at += 1;
            if is_one_of(call, functions) {
                return true;
            }
            for (_, calls) in self.functions.iter().filter(|(name, _)| name == call) {
                let new = calls.iter().map(String::as_str);
                let new: Vec<&str> = new.filter(|call| !seen.contains(call)).collect();
                seen.extend(new);
            }
        }
        false
    }

    /// Whether a variable comes, over assignments, from a call of one of these.
    pub fn comes_from(&self, name: &str, functions: &[&str]) -> bool {
        let mut seen = vec![name];
        let mut at = 0;
        while let Some(name) = seen.get(at).copied() {
            at += 1;
            for (_, value) in self.assigned.iter().filter(|(other, _)| other == name) {
                if value.calls.iter().any(|call| is_one_of(call, functions)) {
                    return true;
                }
                let new = value.names.iter().map(String::as_str);
                let new: Vec<&str> = new.filter(|name| !seen.contains(name)).collect();
                seen.extend(new);
            }
        }
        false
    }
}

/// Whether a call is of one of these functions, however they were imported.
pub fn is_one_of(call: &str, functions: &[&str]) -> bool {
    let ends = |function: &&str| {
        call == *function
            || call
                .strip_suffix(*function)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    functions.iter().any(ends)
}

struct Reader<'a> {
    source: &'a SourceFile,
    script: Script,
}

impl Reader<'_> {
    fn argument(&self, expr: &Expr) -> Argument {
        let mut parts = Parts::default();
        parts.visit_expr(expr);
        let range = expr.range();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        Argument {
            text: text_of(expr),
            names: parts.names,
            calls: parts.calls,
            source: self
                .source
                .text
                .get(start..end)
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::FunctionDef(function) = stmt {
            let mut parts = Parts::default();
            parts.visit_body(&function.body);
            let own = (function.name.to_string(), parts.calls);
            self.script.functions.push(own);
        }
        if let Stmt::Assign(assign) = stmt {
            for target in &assign.targets {
                if let Expr::Name(name) = target {
                    let value = self.argument(&assign.value);
                    self.script.assigned.push((name.id.to_string(), value));
                }
            }
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            let end = usize::from(call.func.range().end());
            let arguments = call.arguments.args.iter();
            let keywords = call.arguments.keywords.iter().filter_map(|keyword| {
                let name = keyword.arg.as_ref()?.to_string();
                Some((name, self.argument(&keyword.value)))
            });
            let call = Call {
                name: name_of(&call.func),
                line: self.source.line_column(end).line,
                arguments: arguments.map(|argument| self.argument(argument)).collect(),
                keywords: keywords.collect(),
            };
            self.script.calls.push(call);
        }
        visitor::walk_expr(self, expr);
    }
}

/// Variables and calls within an expression.
#[derive(Default)]
struct Parts {
    names: Vec<String>,
    calls: Vec<String>,
}

impl<'a> Visitor<'a> for Parts {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.names.push(name.id.to_string()),
            Expr::Call(call) => self.calls.push(name_of(&call.func)),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

fn name_of(func: &Expr) -> String {
    match func {
        Expr::Name(name) => name.id.to_string(),
        Expr::Attribute(attribute) => format!("{}.{}", name_of(&attribute.value), attribute.attr),
        Expr::Call(call) => name_of(&call.func),
        Expr::Subscript(subscript) => name_of(&subscript.value),
        _ => "?".to_owned(),
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        Expr::FString(template) => {
            let parts = template.value.elements().map(|part| match part {
                ruff_python_ast::InterpolatedStringElement::Literal(text) => text.value.to_string(),
                ruff_python_ast::InterpolatedStringElement::Interpolation(_) => "{}".to_owned(),
            });
            Some(parts.collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_templates_are_followed() {
        let text = "import uuid\nrun = str(uuid.uuid4())\npath = f's3://b/{run}/x'\n\
                    df = (spark.read\n  .option('mode', 'DROPMALFORMED')\n  .json('s3://b/raw/'))\n\
                    df.write.parquet(path)\n";
        let script = Script::read(&SourceFile::new("job.py", text)).expect("Python");
        let names: Vec<(&str, usize)> = script
            .calls
            .iter()
            .map(|c| (c.name.as_str(), c.line))
            .collect();
        assert!(names.contains(&("spark.read.option.json", 6)), "{names:?}");
        assert!(names.contains(&("df.write.parquet", 7)), "{names:?}");
        assert!(script.comes_from("path", &["uuid4"]));
        assert!(!script.comes_from("df", &["uuid4"]));
        let error = Script::read(&SourceFile::new("job.py", "x = (\n")).unwrap_err();
        assert!(error.0 >= 1);
    }
}
