//! What consoles and the command line export: jobs of Glue Studio, parameters of Redshift.

use super::found::Place;
use super::resources::{job, parameters, warehouse, wlm};
use super::tree::{Tree, Value};
use super::yaml;
use super::{Pipeline, Script, Unread};
use crate::text::SourceFile;

/// Reads a document of a kind that is known here; whether it is one.
pub(super) fn add(pipeline: &mut Pipeline, path: &str, tree: &Tree) -> bool {
    let place = |tree: &Tree| Place {
        path: path.to_owned(),
        line: tree.line,
    };
    if let Some(configuration) = tree.get("jobConfig") {
        studio(pipeline, path, configuration, tree.get("script"));
    } else if let Some(clusters) = tree.get("Clusters").or(tree.get("workgroups")) {
        // `describe-clusters`, `list-workgroups`
        for one in clusters.items() {
            warehouse(pipeline, "warehouse", one, place(one));
        }
    } else if tree.get("Command").is_some() && tree.get("Role").is_some() {
        // `aws glue create-job --cli-input-json`
        let name = tree.get("Name").and_then(Tree::text).unwrap_or("job");
        pipeline.jobs.push(job(name, tree, place(tree)));
    } else if let Some(given) = tree.get("wlm_json_configuration") {
        match yaml::embedded(given) {
            Ok(found) => wlm(pipeline, &found.tree, path),
            Err(error) => {
                pipeline.not_understood(path, Some(error.line), Unread::Part, error.message);
            }
        }
    } else if let Some(list) = parameters_of(tree) {
        parameters(pipeline, list, path);
    } else {
        return false;
    }
    true
}

/// The parameters of a group, as `describe-cluster-parameters` lists them or as a list alone.
fn parameters_of(tree: &Tree) -> Option<&Tree> {
    let list = tree.get("Parameters").unwrap_or(tree);
    let named =
        |one: &Tree| one.get("ParameterName").is_some() || one.get("parameterKey").is_some();
    let is = matches!(list.value, Value::List(_)) && list.items().first().is_some_and(named);
    is.then_some(list)
}

/// A job as Glue Studio saves it, with its script.
fn studio(pipeline: &mut Pipeline, path: &str, given: &Tree, script: Option<&Tree>) {
    let line = given.line;
    let map = |pairs: Vec<(String, Tree)>| Tree::new(line, Value::Map(pairs));
    let text = |text: String| Tree::of_text(line, text);
    let taken = |names: &[(&str, &str)]| {
        let pairs = names.iter().filter_map(|(from, to)| {
            let value = given.get(from)?.clone();
            Some(((*to).to_owned(), value))
        });
        pairs.collect::<Vec<(String, Tree)>>()
    };
    let name = given.get("name").and_then(Tree::text).unwrap_or("job");
    let file = given.get("scriptName").and_then(Tree::text);
    let file = file.map_or_else(|| format!("{name}.py"), str::to_owned);
    let folder = given
        .get("scriptLocation")
        .and_then(Tree::text)
        .unwrap_or_default();
    let mut command = taken(&[("command", "Name")]);
    let location = format!("{}/{file}", folder.trim_end_matches('/'));
    command.push(("ScriptLocation".to_owned(), text(location)));
    let parameters = given
        .get("jobParameters")
        .map_or(&[][..], Tree::items)
        .iter();
    let parameters = parameters.filter_map(|one| {
        let key = one.get("key")?.text()?.to_owned();
        Some((key, one.get("value")?.clone()))
    });
    let mut arguments: Vec<(String, Tree)> = parameters.collect();
    arguments.extend(taken(&[
        ("bookmark", "--job-bookmark-option"),
        ("temporaryDirectory", "--TempDir"),
    ]));
    let mut properties = taken(&[
        ("name", "Name"),
        ("role", "Role"),
        ("version", "GlueVersion"),
        ("workerType", "WorkerType"),
        ("numberOfWorkers", "NumberOfWorkers"),
        ("maxRetries", "MaxRetries"),
        ("timeout", "Timeout"),
    ]);
    properties.push(("Command".to_owned(), map(command)));
    properties.push(("DefaultArguments".to_owned(), map(arguments)));
    properties.push((
        "ExecutionProperty".to_owned(),
        map(taken(&[("maxConcurrentRuns", "MaxConcurrentRuns")])),
    ));
    if given.get("flexExecution").and_then(Tree::truth) == Some(true) {
        properties.push(("ExecutionClass".to_owned(), text("FLEX".to_owned())));
    }
    let place = Place {
        path: path.to_owned(),
        line,
    };
    pipeline.jobs.push(job(name, &map(properties), place));
    let Some(script) = script.and_then(Tree::text) else {
        return;
    };
    // It stands in the document, as a file in a folder.
    let source = SourceFile::new(format!("{path}/{file}"), script);
    match Script::read(&source) {
        Ok(script) => pipeline.scripts.push(script),
        Err((at, message)) => {
            let what = format!("its script is no Python: line {at}: {message}");
            pipeline.not_understood(path, Some(line), Unread::Part, what);
        }
    }
}
