//! What a person starts a conversation with.

use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

struct Kind {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    /// Name, what it is, whether it must be there.
    arguments: &'static [(&'static str, &'static str, bool)],
    steps: &'static str,
}

const ALL: &[Kind] = &[
    Kind {
        name: "tune_query",
        title: "Tune this query",
        about: "Find out why a Redshift query is slow, and what to change, with figures for each change.",
        arguments: &[
            ("query", "The SELECT, or its EXPLAIN output.", true),
            ("ddl", "CREATE TABLE statements of its tables.", false),
            ("budget", "The latency to keep, as `800ms`.", false),
            ("cluster", "The cluster, as `ra3.4xlarge:4`.", false),
        ],
        steps: "Tune this Redshift query with distkey's tools.\n\
            1. Get its plan. If a tool can run SQL on the cluster, run EXPLAIN on it, and fetch the DDL (SHOW TABLE) and \
            the rows of SVV_TABLE_INFO of its tables. Otherwise use what is given here, and ask for the DDL if it is \
            missing.\n\
            2. With a plan call `explain`, with ddl and stats beside it; without one call `predict_query`.\n\
            3. Try every change that it proposes, and your own ideas, with `what_if`; a rewritten query with \
            `predict_query` and `diff`. Propose nothing that was not tried.\n\
            4. Look up the rules of its findings with `rule` before you explain them.\n\
            5. Answer with the verdict as an interval, one to three changes with their SQL, what each gains and costs, and \
            what is not known. Say that keys serve all queries of a table: `advise` weighs them together. Run no ALTER \
            without being asked.",
    },
    Kind {
        name: "review_schema",
        title: "Review this schema",
        about: "Review Redshift table definitions: keys, encodings, types, and what will make queries slow.",
        arguments: &[
            (
                "ddl",
                "CREATE TABLE statements, or the path of a file or folder below a root.",
                true,
            ),
            ("queries", "The queries that matter most.", false),
            ("stats", "Rows of SVV_TABLE_INFO as CSV.", false),
        ],
        steps: "Review these Redshift table definitions with distkey's tools.\n\
            1. Call `lint` with all definitions at once: findings across tables need them together. Give statistics if \
            there are any.\n\
            2. If there are queries, call `advise` with them: it recommends keys for all tables together.\n\
            3. Look up with `rule` what you are going to explain.\n\
            4. Answer with what to change first and why, the SQL of each fix, what is a matter of taste, and what was not \
            understood and so not checked.",
    },
];

/// All of them.
pub(super) fn all() -> Vec<Prompt> {
    let of = |kind: &Kind| {
        let arguments = kind.arguments.iter().map(|(name, about, required)| {
            PromptArgument::new(*name)
                .with_description(*about)
                .with_required(*required)
        });
        Prompt::new(kind.name, Some(kind.about), Some(arguments.collect())).with_title(kind.title)
    };
    ALL.iter().map(of).collect()
}

/// One with its arguments filled in.
///
/// # Errors
/// A name that is none, an argument that is missing, unknown or no text.
pub(super) fn get(name: &str, arguments: &JsonObject) -> Result<GetPromptResult, String> {
    let kind = ALL.iter().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(|| format!("there is no prompt `{name}`"))?;
    let is_known = |name: &str| kind.arguments.iter().any(|(known, ..)| *known == name);
    if let Some(other) = arguments.keys().find(|name| !is_known(name)) {
        return Err(format!("`{name}` has no argument `{other}`"));
    }
    let mut text = kind.steps.to_owned();
    for (argument, _, required) in kind.arguments {
        let given = match arguments.get(*argument) {
            None | Some(Value::Null) => "",
            Some(Value::String(given)) => given.trim(),
            Some(_) => return Err(format!("`{argument}` is no text")),
        };
        match (given.is_empty(), required) {
            (true, true) => return Err(format!("`{argument}` is missing")),
            (true, false) => {}
            (false, _) => text.push_str(&format!("\n\n{argument}:\n{given}")),
        }
    }
    let messages = vec![PromptMessage::new_text(Role::User, text)];
    let mut result = GetPromptResult::new(messages);
    result.description = Some(kind.about.to_owned());
    Ok(result)
}
