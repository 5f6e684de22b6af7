//! The statements of a file of Airflow, in their order → DAGs, tasks, and which waits for which.

use ruff_python_ast::{Decorator, Expr, ExprCall, Operator, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::super::python::{Bound, Names, called};
use super::super::tree::{Tree, Value};
use crate::text::SourceFile;

/// Most rounds of a loop that makes tasks.
const MOST: usize = 200;
/// Most tasks of a file, and most pairs of them that wait.
const MOST_TASKS: usize = 2_000;
const MOST_EDGES: usize = 20_000;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub dags: Vec<MadeDag>,
    pub tasks: Vec<Made>,
    /// The first before the second.
    pub edges: Vec<(usize, usize)>,
    /// What only Airflow knows: line, what.
    pub unknown: Vec<(usize, String)>,
}

/// A DAG with what it is given.
#[derive(Debug)]
pub(super) struct MadeDag {
    pub given: Tree,
    pub line: usize,
    variable: Option<String>,
}

/// A task with what it is given.
#[derive(Debug)]
pub(super) struct Made {
    pub dag: usize,
    pub operator: String,
    pub given: Tree,
    pub line: usize,
    /// Where it is made, in bytes.
    pub start: usize,
}

impl Made {
    pub fn id(&self) -> String {
        let id = self.given.get("task_id").and_then(Tree::written);
        id.unwrap_or(&self.operator).to_owned()
    }
}

/// Reads a file.
pub(super) fn walk(source: &SourceFile, body: &[Stmt]) -> Walked {
    let mut walker = Walker {
        names: Names::of(source, body),
        out: Walked::default(),
        within: Vec::new(),
        variables: Vec::new(),
        functions: Vec::new(),
    };
    walker.body(body, &Bound::new());
    walker.out
}

struct Walker<'a> {
    names: Names<'a>,
    out: Walked,
    /// The DAGs whose blocks are open.
    within: Vec<usize>,
    /// Variables that stand for tasks.
    variables: Vec<(String, Vec<usize>)>,
    /// Functions that are tasks when they are called.
    functions: Vec<String>,
}

impl<'a> Walker<'a> {
    fn body(&mut self, body: &'a [Stmt], bound: &Bound) {
        for stmt in body {
            self.stmt(stmt, bound);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt, bound: &Bound) {
        match stmt {
            Stmt::With(with) => {
                let opened = self.within.len();
                let before = self.out.tasks.len();
                for item in &with.items {
                    if let Some(call) = dag_call(&item.context_expr) {
                        let variable = item.optional_vars.as_deref().and_then(name_of);
                        let at = self.dag(call, variable, bound);
                        self.within.push(at);
                    }
                }
                self.body(&with.body, bound);
                self.within.truncate(opened);
                // A group of tasks stands for all in it.
                for item in &with.items {
                    if let Some(name) = item.optional_vars.as_deref().and_then(name_of) {
                        let all = (before..self.out.tasks.len()).collect();
                        self.variables.push((name, all));
                    }
                }
            }
            Stmt::Assign(assign) => {
                let name = assign.targets.first().and_then(name_of);
                if let Some(call) = dag_call(&assign.value) {
                    self.dag(call, name, bound);
                    return;
                }
                let tasks = self.expression(&assign.value, bound);
                if let Some(name) = name.filter(|_| !tasks.is_empty()) {
                    self.variables.push((name, tasks));
                }
            }
            Stmt::Expr(one) => {
                self.expression(&one.value, bound);
            }
            Stmt::Return(one) => {
                if let Some(value) = &one.value {
                    self.expression(value, bound);
                }
            }
            Stmt::For(each) => {
                let values = self.names.value(&each.iter, bound);
                let items = match &values.value {
                    Value::List(items) => items.clone(),
                    Value::Map(pairs) => {
                        let key =
                            |(key, _): &(String, Tree)| Tree::of_text(values.line, key.clone());
                        pairs.iter().map(key).collect()
                    }
                    _ => {
                        let tasks = self.out.tasks.len();
                        self.body(&each.body, bound);
                        if self.out.tasks.len() > tasks {
                            let what =
                                "a loop over what only Airflow knows: it is read once".to_owned();
                            self.out.unknown.push((values.line, what));
                        }
                        return;
                    }
                };
                let all = items.len();
                if all > MOST {
                    let what = format!("of {all} rounds of a loop {MOST} are read");
                    self.out.unknown.push((values.line, what));
                }
                for item in items.into_iter().take(MOST) {
                    if self.out.tasks.len() >= MOST_TASKS {
                        self.body(&each.body, bound);
                        return;
                    }
                    let mut bound = bound.clone();
                    bind(&each.target, &item, &mut bound);
                    self.body(&each.body, &bound);
                }
            }
            Stmt::If(one) => {
                self.body(&one.body, bound);
                for clause in &one.elif_else_clauses {
                    self.body(&clause.body, bound);
                }
            }
            Stmt::Try(one) => self.body(&one.body, bound),
            Stmt::FunctionDef(function) => self.function(function, bound),
            _ => {}
        }
    }

    fn function(&mut self, function: &'a StmtFunctionDef, bound: &Bound) {
        let is = |name: &str| {
            let named = |one: &&Decorator| decorator(one).split('.').next() == Some(name);
            function.decorator_list.iter().find(named)
        };
        if let Some(own) = is("dag") {
            let at = match &own.expression {
                Expr::Call(call) => self.dag(call, None, bound),
                _ => self.made_dag(
                    Tree::new(1, Value::Map(Vec::new())),
                    self.names.line(function),
                    None,
                ),
            };
            if let Some(MadeDag {
                given:
                    Tree {
                        value: Value::Map(pairs),
                        ..
                    },
                line,
                ..
            }) = self.out.dags.get_mut(at)
                && !pairs.iter().any(|(key, _)| key == "dag_id")
            {
                let name = Tree::new(*line, Value::Scalar(function.name.to_string()));
                pairs.push(("dag_id".to_owned(), name));
            }
            self.within.push(at);
            self.body(&function.body, bound);
            self.within.pop();
        } else if is("task").is_some() {
            self.functions.push(function.name.to_string());
        } else {
            self.body(&function.body, bound);
        }
    }

    fn dag(&mut self, call: &ExprCall, variable: Option<String>, bound: &Bound) -> usize {
        let mut given = self.given(call, bound);
        if let (Some(first), Value::Map(pairs)) = (call.arguments.args.first(), &mut given.value) {
            pairs.push(("dag_id".to_owned(), self.names.value(first, bound)));
        }
        self.made_dag(given, self.names.line(call), variable)
    }

    fn made_dag(&mut self, given: Tree, line: usize, variable: Option<String>) -> usize {
        self.out.dags.push(MadeDag {
            given,
            line,
            variable,
        });
        self.out.dags.len() - 1
    }

    /// What a call is given by name.
    fn given(&self, call: &ExprCall, bound: &Bound) -> Tree {
        let mut pairs = Vec::new();
        for keyword in &call.arguments.keywords {
            let value = self.names.value(&keyword.value, bound);
            match (&keyword.arg, value) {
                (Some(name), value) => pairs.push((name.to_string(), value)),
                (
                    None,
                    Tree {
                        value: Value::Map(more),
                        ..
                    },
                ) => pairs.extend(more),
                _ => {}
            }
        }
        Tree::new(self.names.line(call), Value::Map(pairs))
    }

    /// The tasks that an expression stands for.
    fn expression(&mut self, expr: &'a Expr, bound: &Bound) -> Vec<usize> {
        match expr {
            Expr::BinOp(both) if matches!(both.op, Operator::RShift | Operator::LShift) => {
                let left = self.expression(&both.left, bound);
                let right = self.expression(&both.right, bound);
                match both.op {
                    Operator::RShift => self.order(&left, &right),
                    _ => self.order(&right, &left),
                }
                right
            }
            Expr::List(list) => self.each(&list.elts, bound),
            Expr::Tuple(list) => self.each(&list.elts, bound),
            Expr::Name(name) => {
                let mut found = self.variables.iter().rev();
                let found = found.find(|(other, _)| *other == name.id.as_str());
                found.map_or_else(Vec::new, |(_, tasks)| tasks.clone())
            }
            Expr::Subscript(one) => self.expression(&one.value, bound),
            Expr::Attribute(one) => self.expression(&one.value, bound),
            Expr::Call(call) => self.call(call, bound),
            _ => Vec::new(),
        }
    }

    fn each(&mut self, items: &'a [Expr], bound: &Bound) -> Vec<usize> {
        let mut out = Vec::new();
        for item in items {
            out.extend(self.expression(item, bound));
        }
        out
    }

    fn order(&mut self, before: &[usize], after: &[usize]) {
        for from in before {
            let room = MOST_EDGES.saturating_sub(self.out.edges.len());
            self.out
                .edges
                .extend(after.iter().take(room).map(|to| (*from, *to)));
        }
    }

    fn call(&mut self, call: &'a ExprCall, bound: &Bound) -> Vec<usize> {
        let name = called(&call.func);
        let of = match &*call.func {
            Expr::Attribute(attribute) => Some(&*attribute.value),
            _ => None,
        };
        let has_id = call.arguments.find_keyword("task_id").is_some();
        match (name, of) {
            ("chain" | "cross_downstream" | "chain_linear", _) => {
                let mut last: Vec<usize> = Vec::new();
                for one in &call.arguments.args {
                    let next = self.expression(one, bound);
                    self.order(&last, &next);
                    last = next;
                }
                last
            }
            ("set_downstream" | "set_upstream", Some(of)) => {
                let own = self.expression(of, bound);
                let others = self.each(&call.arguments.args, bound);
                match name {
                    "set_downstream" => self.order(&own, &others),
                    _ => self.order(&others, &own),
                }
                others
            }
            ("append", Some(Expr::Name(list))) => {
                let new = self.each(&call.arguments.args, bound);
                let mut own = self.variables.iter_mut().rev();
                match own.find(|(name, _)| *name == list.id.as_str()) {
                    Some((_, tasks)) => tasks.extend(&new),
                    None => self.variables.push((list.id.to_string(), new.clone())),
                }
                new
            }
            // `Operator.partial(task_id=…).expand(…)`
            ("expand" | "expand_kwargs", Some(of)) => {
                let made = self.expression(of, bound);
                let mapped = self.given(call, bound);
                for at in &made {
                    if let (
                        Some(Made {
                            given:
                                Tree {
                                    value: Value::Map(pairs),
                                    line,
                                    ..
                                },
                            ..
                        }),
                        Value::Map(more),
                    ) = (self.out.tasks.get_mut(*at), &mapped.value)
                    {
                        let open = |name: &String| {
                            Tree::new(*line, Value::Symbolic(format!("${{{name}}}")))
                        };
                        pairs.extend(more.iter().map(|(name, _)| (name.clone(), open(name))));
                    }
                }
                made
            }
            ("partial", Some(of)) if has_id => self.task(call, called(of), bound),
            (name, _) if has_id => self.task(call, name, bound),
            (name, None) if self.functions.iter().any(|own| own == name) => {
                let before = self.each(&call.arguments.args, bound);
                let mut named = Vec::new();
                for keyword in &call.arguments.keywords {
                    named.extend(self.expression(&keyword.value, bound));
                }
                let made = self.task(call, name, bound);
                self.order(&before, &made);
                self.order(&named, &made);
                made
            }
            (_, Some(of)) => self.expression(of, bound),
            _ => Vec::new(),
        }
    }

    fn task(&mut self, call: &'a ExprCall, operator: &str, bound: &Bound) -> Vec<usize> {
        if self.out.tasks.len() >= MOST_TASKS {
            let what = format!("more than {MOST_TASKS} tasks: the rest is not read");
            if !self.out.unknown.iter().any(|(_, other)| *other == what) {
                self.out.unknown.push((self.names.line(call), what));
            }
            return Vec::new();
        }
        let named = call
            .arguments
            .find_keyword("dag")
            .and_then(|own| name_of(&own.value));
        let named = named.and_then(|name| {
            let is = |dag: &MadeDag| dag.variable.as_ref() == Some(&name);
            self.out.dags.iter().position(is)
        });
        let within = self.within.last().copied();
        let last = self.out.dags.len().checked_sub(1);
        let Some(dag) = named.or(within).or(last) else {
            return Vec::new();
        };
        self.out.tasks.push(Made {
            dag,
            operator: operator.to_owned(),
            given: self.given(call, bound),
            line: self.names.line(call),
            start: usize::from(call.range().start()),
        });
        vec![self.out.tasks.len() - 1]
    }
}

/// A call that makes a DAG.
fn dag_call(expr: &Expr) -> Option<&ExprCall> {
    match expr {
        Expr::Call(call) if called(&call.func) == "DAG" => Some(call),
        _ => None,
    }
}

fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        _ => None,
    }
}

/// `task.branch` of `@task.branch(…)`.
fn decorator(one: &Decorator) -> String {
    fn of(expr: &Expr) -> String {
        match expr {
            Expr::Name(name) => name.id.to_string(),
            Expr::Attribute(one) => format!("{}.{}", of(&one.value), one.attr),
            Expr::Call(call) => of(&call.func),
            _ => String::new(),
        }
    }
    of(&one.expression)
}

/// Binds the names of a loop to one of its values.
fn bind(target: &Expr, value: &Tree, bound: &mut Bound) {
    match target {
        Expr::Name(name) => bound.push((name.id.to_string(), value.clone())),
        Expr::Tuple(names) => {
            for (at, name) in names.elts.iter().enumerate() {
                if let Some(value) = value.items().get(at) {
                    bind(name, value, bound);
                }
            }
        }
        _ => {}
    }
}
