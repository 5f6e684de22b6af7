//! `rule`: what a rule finds and why.

use serde_json::{Map, Value, json};

use super::argument::Argument;
use super::{Asks, Said, Tool};
use crate::report::rules::{document, one};
use crate::rules;

pub(super) const TOOL: Tool = Tool {
    name: "rule",
    title: "Explain a rule",
    about: "Tell what a rule of distkey finds, why that is bad in Redshift, with an example, what to use instead and \
            references to AWS's documentation. Without an argument it lists all rules.",
    arguments: &[Argument::text(
        "rule",
        "A code or name from a finding, as `DK101` or `large-broadcast`.",
    )],
    asks: Asks::Itself(answer),
};

fn answer(arguments: &Map<String, Value>) -> Result<Said, String> {
    let Some(name) = arguments.get("rule").and_then(Value::as_str) else {
        let all = rules::all();
        let lines = all
            .iter()
            .map(|rule| format!("{} {}", rule.code, rule.name));
        return Ok(Said {
            text: lines.collect::<Vec<_>>().join("\n"),
            document: json!({ "rules": all.iter().map(document).collect::<Vec<_>>() }),
        });
    };
    let rule = rules::find(name.trim());
    let rule = rule.ok_or_else(|| {
        format!("no rule is called `{name}`; without an argument all of them are listed")
    })?;
    Ok(Said {
        text: one(&rule, 1),
        document: json!(document(&rule)),
    })
}
