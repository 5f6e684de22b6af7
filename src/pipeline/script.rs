//! What a PySpark script calls, with what: read by a Python parser, never run.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, ExceptHandler, Expr, InterpolatedStringElement, Stmt};
use ruff_text_size::Ranged;

use super::template::{last_name, text_of};
use crate::text::SourceFile;

/// A script.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file.
    pub path: String,
    /// Every call, in the order of the text.
    pub calls: Vec<Call>,
    /// `name = value`, and `for name in values`, also of a comprehension.
    pub assigned: Vec<(String, Argument)>,
    /// The script's own functions, with what they call.
    pub functions: Vec<(String, Vec<String>)>,
    /// Every text in it that is no template.
    pub texts: BTreeSet<String>,
    /// What templates of text leave open: the text right before, and the name that is put in.
    pub open: Vec<(String, String)>,
    /// Lines of `except:` and `except Exception:` that do nothing.
    pub swallowed: Vec<usize>,
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
    /// The text, if it is one; what a template leaves open is `{name}`, or `{}`.
    pub text: Option<String>,
    /// Variables that it reads.
    pub names: Vec<String>,
    /// Functions that it calls.
    pub calls: Vec<String>,
    /// Texts within it, in order.
    pub texts: Vec<String>,
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

/// What Glue gives every run itself [AWS Glue Developer Guide: Accessing parameters using
/// getResolvedOptions], and what a workflow gives the runs in it.
const GIVEN: &[&str] = &[
    "JOB_NAME",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "WORKFLOW_NAME",
    "WORKFLOW_RUN_ID",
];

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
                texts: BTreeSet::new(),
                open: Vec::new(),
                swallowed: Vec::new(),
            },
        };
        reader.visit_body(&parsed.syntax().body);
        reader.script.calls.sort_by_key(|call| call.line);
        Ok(reader.script)
    }

    /// The arguments without which the script does not start, without dashes: those that
    /// `argparse` requires and those of `getResolvedOptions`, but for what Glue gives itself.
    pub fn required_arguments<'a>(&'a self) -> BTreeSet<&'a str> {
        let of = |call: &'a Call| -> Vec<&'a str> {
            match call.method() {
                "add_argument" => {
                    let required = call.keyword("required");
                    if required.is_none_or(|is| is.source != "True") {
                        return Vec::new();
                    }
                    let long = |text: &'a str| text.strip_prefix("--");
                    let arguments = call.arguments.iter();
                    let mut named = arguments.filter_map(|one| long(one.text.as_deref()?));
                    if let Some(name) = named.next() {
                        return vec![name];
                    }
                    // One of a list, over which a loop goes.
                    let names = call.arguments.first().map_or(&[][..], |one| &one.names);
                    let lists = self.assigned.iter().filter(|(of, _)| names.contains(of));
                    let texts = lists.flat_map(|(_, list)| &list.texts);
                    texts.filter_map(|text| long(text)).collect()
                }
                "getResolvedOptions" => {
                    let texts = call.arguments.iter().skip(1).flat_map(|list| &list.texts);
                    texts
                        .map(String::as_str)
                        .filter(|name| !GIVEN.contains(name))
                        .collect()
                }
                _ => Vec::new(),
            }
        };
        self.calls.iter().flat_map(of).collect()
    }

    /// The names that templates put after `partition=`.
    pub fn put_after(&self, before: &str) -> BTreeSet<&str> {
        let open = self.open.iter().filter(|(text, _)| {
            text.strip_suffix(before)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        open.map(|(_, name)| name.as_str()).collect()
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
            texts: parts.texts,
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
    fn visit_comprehension(&mut self, each: &'a Comprehension) {
        if let Expr::Name(name) = &each.target {
            let values = self.argument(&each.iter);
            self.script.assigned.push((name.id.to_string(), values));
        }
        visitor::walk_comprehension(self, each);
    }

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
        if let Stmt::Try(one) = stmt {
            for ExceptHandler::ExceptHandler(handler) in &one.handlers {
                let any = match handler.type_.as_deref() {
                    None => true,
                    Some(Expr::Name(name)) => {
                        matches!(name.id.as_str(), "Exception" | "BaseException")
                    }
                    Some(_) => false,
                };
                let nothing = |stmt: &Stmt| match stmt {
                    Stmt::Pass(_) => true,
                    Stmt::Expr(one) => matches!(&*one.value, Expr::EllipsisLiteral(_)),
                    _ => false,
                };
                if any && handler.body.iter().all(nothing) {
                    let at = usize::from(handler.range().start());
                    self.script.swallowed.push(self.source.line_column(at).line);
                }
            }
        }
        if let Stmt::For(each) = stmt
            && let Expr::Name(name) = &*each.target
        {
            let values = self.argument(&each.iter);
            self.script.assigned.push((name.id.to_string(), values));
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::FString(template) = expr {
            let mut before = String::new();
            for part in template.value.elements() {
                match part {
                    InterpolatedStringElement::Literal(text) => before = text.value.to_string(),
                    InterpolatedStringElement::Interpolation(open) => {
                        if let Some(name) = last_name(&open.expression) {
                            self.script.open.push((std::mem::take(&mut before), name));
                        }
                    }
                }
            }
        }
        if let Expr::StringLiteral(text) = expr {
            let text = text.value.to_str().to_owned();
            self.script.texts.insert(text);
        }
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
    texts: Vec<String>,
}

impl<'a> Visitor<'a> for Parts {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.names.push(name.id.to_string()),
            Expr::Call(call) => self.calls.push(name_of(&call.func)),
            Expr::StringLiteral(text) => self.texts.push(text.value.to_str().to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_arguments_are_known_however_they_are_read() {
        let read = |text: &str| Script::read(&SourceFile::new("job.py", text)).expect("Python");
        let argparse = read(
            "p.add_argument('--day', required=True)\np.add_argument('-b', '--bucket', required=True)\n\
             p.add_argument('--resume', action='store_true')\np.add_argument('--x', required=False)\n\
             part = f'clean/dt={args.day}/hour={args.hour:02}'\nother = f'notdt={args.b}'\n",
        );
        let names = |script: &Script| {
            script
                .required_arguments()
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(names(&argparse), "bucket day");
        let loops = read(
            "for flag in ('--sql', '--db'):\n    p.add_argument(flag, required=True)\n\
             for flag in OPTIONAL:\n    p.add_argument(flag)\nALL = ['--a', 'b']\n\
             for one in ['--x']:\n    p.add_argument(one, help='--y')\n",
        );
        assert_eq!(names(&loops), "db sql");
        assert_eq!(argparse.put_after("dt="), BTreeSet::from(["day"]));
        assert_eq!(argparse.put_after("hour="), BTreeSet::from(["hour"]));
        let glue = read(
            "args = getResolvedOptions(sys.argv, ['JOB_NAME', 'day', 'source'])\n\
             df.write.parquet(f\"s3://b/dt={args['day']}/\")\n",
        );
        assert_eq!(names(&glue), "day source");
        assert_eq!(glue.put_after("dt="), BTreeSet::from(["day"]));
    }

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
