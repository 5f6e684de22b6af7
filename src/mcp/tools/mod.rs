//! The tools: one file each. Their arguments are fields of a [`Question`], told and checked here.

mod advise;
mod argument;
mod diff;
mod explain;
mod lint;
mod predict_query;
mod rule;
mod what_if;

use std::sync::Arc;

use rmcp::model::ToolAnnotations;
use serde_json::{Map, Value, json};

use super::roots::Roots;
use crate::answers::{Question, What};
use crate::name::nearest;
use argument::{Argument, Field};

/// All of them.
pub(super) const ALL: &[Tool] = &[
    explain::TOOL,
    lint::TOOL,
    predict_query::TOOL,
    advise::TOOL,
    what_if::TOOL,
    diff::TOOL,
    rule::TOOL,
];

/// A tool.
#[derive(Debug)]
pub(super) struct Tool {
    pub name: &'static str,
    title: &'static str,
    /// When to use it, and what comes out.
    about: &'static str,
    arguments: &'static [Argument],
    pub asks: Asks,
}

/// How a tool is answered.
#[derive(Debug)]
pub(super) enum Asks {
    /// As the page and the command line are.
    Of(What),
    /// At once.
    Itself(fn(&Map<String, Value>) -> Result<Said, String>),
}

/// An answer.
pub(super) struct Said {
    pub text: String,
    pub document: Value,
}

impl Tool {
    /// What the client is told of it; paths are an argument where files may be read.
    pub fn described(&self, with_paths: bool) -> rmcp::model::Tool {
        let arguments = self.arguments.iter();
        let arguments: Vec<&Argument> = arguments
            .filter(|argument| with_paths || argument.instead_of.is_none())
            .collect();
        let properties: Map<String, Value> = arguments
            .iter()
            .map(|argument| (argument.name.to_owned(), argument.schema()))
            .collect();
        let has_other_way = |name: &str| {
            let mut arguments = arguments.iter();
            arguments.any(|argument| argument.instead_of == Some(name))
        };
        let required = arguments.iter().filter(|one| one.required);
        let required = required.map(|one| one.name);
        let required: Vec<&str> = required.filter(|name| !has_other_way(name)).collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        let schema = schema.as_object().cloned().unwrap_or_default();
        let mut tool = rmcp::model::Tool::new(self.name, self.about, Arc::new(schema));
        tool.title = Some(self.title.to_owned());
        tool.annotations = Some(
            ToolAnnotations::with_title(self.title)
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(false),
        );
        tool
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.iter().map(|argument| argument.name)
    }
}

/// The arguments that were given, each of its kind.
///
/// # Errors
/// One that the tool does not have, of another kind, or missing.
pub(super) fn checked(tool: &Tool, given: &Value) -> Result<Map<String, Value>, String> {
    let mut all = given.as_object().cloned().unwrap_or_default();
    all.retain(|_, value| !value.is_null());
    for (name, value) in &mut all {
        let argument = tool.arguments.iter().find(|one| one.name == name);
        let argument = argument.ok_or_else(|| {
            let meant = nearest(name, tool.names()).map(|name| format!(" (is `{name}` meant?)"));
            let names: Vec<&str> = tool.names().collect();
            format!(
                "`{}` has no argument `{name}`{}; it takes {}",
                tool.name,
                meant.unwrap_or_default(),
                names.join(", ")
            )
        })?;
        *value = argument.kind.checked(name, value)?;
    }
    for argument in tool.arguments.iter().filter(|one| one.required) {
        let is_given = |name: &str| match all.get(name) {
            Some(Value::String(text)) => !text.trim().is_empty(),
            other => other.is_some(),
        };
        let others = tool.arguments.iter();
        let mut others = others.filter(|other| other.instead_of == Some(argument.name));
        if !is_given(argument.name) && !others.any(|other| is_given(other.name)) {
            return Err(format!(
                "`{}` is missing: {}",
                argument.name, argument.about
            ));
        }
    }
    Ok(all)
}

/// What a tool asks with these arguments; files are read.
///
/// # Errors
/// As [`checked`]; a file that is not read.
pub(super) fn question(tool: &Tool, given: &Value, roots: &Roots) -> Result<Question, String> {
    let mut given = checked(tool, given)?;
    let mut question = Map::new();
    let mut what_if = Map::new();
    let mut files = Map::new();
    for argument in tool.arguments {
        let Some(value) = given.remove(argument.name) else {
            continue;
        };
        match argument.field {
            Field::Own => {
                question.insert(argument.name.to_owned(), value);
            }
            Field::Of(field) => {
                question.insert(field.to_owned(), value);
            }
            Field::WhatIf => {
                what_if.insert(argument.name.to_owned(), value);
            }
            Field::Sql(field) => {
                let texts = roots.sql(&argument::texts(&value))?;
                files.insert(field.to_owned(), json!(texts));
            }
            Field::Files(field) => {
                let texts = roots.files(&argument::texts(&value))?;
                files.insert(field.to_owned(), json!(texts));
            }
            Field::TextOf(field) => {
                let texts = roots.files(&argument::texts(&value))?;
                let text = texts.into_iter().map(|one| one.text).collect::<Vec<_>>();
                question.insert(field.to_owned(), text.join("\n").into());
            }
        }
    }
    question.insert("what_if".to_owned(), what_if.into());
    question.insert("files".to_owned(), files.into());
    serde_json::from_value(question.into()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::argument::Kind;
    use super::*;

    #[test]
    fn every_argument_is_a_field_of_a_question() {
        for tool in ALL.iter().filter(|tool| matches!(tool.asks, Asks::Of(_))) {
            let given = tool.arguments.iter().filter(|one| one.instead_of.is_none());
            let given = given.map(|one| {
                let value = match one.kind {
                    Kind::Text => json!("x"),
                    Kind::Texts => json!(["x"]),
                    Kind::Count => json!(3),
                };
                (one.name.to_owned(), value)
            });
            let given = Value::Object(given.collect());
            let question = question(tool, &given, &Roots::default());
            assert!(question.is_ok(), "{}: {question:?}", tool.name);
        }
    }

    #[test]
    fn what_is_wrong_with_arguments_is_told() {
        let roots = Roots::default();
        let refused =
            |tool: &Tool, given: Value| question(tool, &given, &roots).expect_err("wrong");
        let why = refused(&explain::TOOL, json!({"plam": "x"}));
        assert!(
            why.contains("`plam`") && why.contains("is `plan` meant?"),
            "{why}"
        );
        let why = refused(&explain::TOOL, json!({"plan": 7}));
        assert!(why.contains("`plan`") && why.contains("text"), "{why}");
        let why = refused(&explain::TOOL, json!({"plan": " "}));
        assert!(why.contains("missing"), "{why}");
        let why = refused(
            &predict_query::TOOL,
            json!({"query": "select 1", "ddl": null}),
        );
        assert!(why.contains("`ddl` is missing"), "{why}");
        let why = refused(&lint::TOOL, json!({"paths": ["x.sql"]}));
        assert!(why.contains("--root"), "{why}");
        let why = refused(&explain::TOOL, json!({"plan": "x", "users": 0}));
        assert!(why.contains("`users`"), "{why}");
    }
}
