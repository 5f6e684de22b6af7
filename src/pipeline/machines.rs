//! State machines: their definitions, wherever they stand.

use super::files::{Files, folder_of};
use super::found::{Machine, Place};
use super::functions::filled;
use super::starts;
use super::tree::{Lines, Tree, Value};
use super::yaml::{self, Document};
use super::{Pipeline, Unread};

/// A state machine of a template; whether its definition was found.
pub(super) fn of_template(
    pipeline: &mut Pipeline,
    files: &mut Files,
    name: &str,
    properties: &Tree,
    place: &Place,
) -> bool {
    let path = &place.path;
    let given = properties
        .get("StateMachineName")
        .or(properties.get("Name"));
    let given = given.and_then(Tree::text).unwrap_or(name);
    for (event, tree) in properties.get("Events").into_iter().flat_map(Tree::pairs) {
        starts::event(pipeline, name, event, tree, path);
    }
    let own = properties
        .get("Definition")
        .or(properties.get("DefinitionString"));
    let substitutions = properties.get("DefinitionSubstitutions");
    let elsewhere = ["DefinitionUri", "DefinitionS3Location"];
    let uri = elsewhere.iter().find_map(|key| properties.get(key));
    let of_file = uri.and_then(|uri| uri.written().or(uri.get("Key").and_then(Tree::written)));
    let tree = match (own, of_file) {
        (Some(own), _) => own.clone(),
        (None, Some(uri)) => {
            let Some(found) = local(files, path, uri) else {
                let what = format!("{name}: name its definition `{uri}`, too");
                pipeline.not_understood(path, Some(place.line), Unread::Part, what);
                return false;
            };
            found
        }
        (None, None) => {
            let what = format!("{name}: its definition is elsewhere");
            pipeline.not_understood(path, Some(place.line), Unread::Part, what);
            return false;
        }
    };
    let tree = match substitutions {
        Some(names) => replaced(&tree, names),
        None => tree,
    };
    match yaml::embedded(&tree) {
        Ok(Document {
            tree: definition,
            path: of_file,
        }) if matches!(definition.value, Value::Map(_)) => {
            let place = match of_file {
                Some(path) => Place { path, line: 1 },
                None => place.clone(),
            };
            let mut machine = machine(given, &definition, place);
            machine.resource = name.to_owned();
            starts::of_machine(pipeline, &machine);
            pipeline.machines.push(machine);
            true
        }
        result => {
            let (line, why) = match result {
                Err(error) => (error.line, error.message),
                Ok(_) => (
                    tree.line,
                    "it is put together when it is deployed".to_owned(),
                ),
            };
            let path = match &tree.lines {
                Lines::Of(path) => path.clone(),
                _ => path.clone(),
            };
            let what = format!("{name}: its definition can't be read: {why}");
            pipeline.not_understood(&path, Some(line), Unread::Part, what);
            false
        }
    }
}

/// The text of a definition beside its template: by its path, else by its name, where one file
/// has it.
fn local(files: &mut Files, template: &str, uri: &str) -> Option<Tree> {
    let name = uri.rsplit('/').next().unwrap_or(uri);
    let by_name = |files: &Files| {
        let is = |path: &str| path.rsplit(['/', '\\']).next() == Some(name);
        let mut all = files.all().iter().filter(|source| is(&source.name));
        let first = all.next().map(|source| source.name.clone());
        first.filter(|_| all.next().is_none() && !name.contains("${"))
    };
    let found = files
        .find(folder_of(template), uri)
        .map(|source| source.name.clone());
    let found = found.or_else(|| by_name(files))?;
    let source = files.find("", &found)?;
    let mut tree = Tree::of_text(1, source.text.clone());
    tree.lines = Lines::Of(found.clone());
    files.take(&found);
    Some(tree)
}

/// A definition with `DefinitionSubstitutions` in the places of `${Name}`.
fn replaced(tree: &Tree, names: &Tree) -> Tree {
    let value = match &tree.value {
        Value::Scalar(text) => Value::Scalar(filled(text, names.pairs())),
        Value::Symbolic(text) => Value::Symbolic(filled(text, names.pairs())),
        Value::List(items) => Value::List(items.iter().map(|item| replaced(item, names)).collect()),
        Value::Map(pairs) => {
            let pairs = pairs.iter();
            Value::Map(
                pairs
                    .map(|(key, tree)| (key.clone(), replaced(tree, names)))
                    .collect(),
            )
        }
        Value::Null => Value::Null,
    };
    Tree {
        value,
        ..tree.clone()
    }
}

/// A state machine of a definition.
pub(super) fn machine(name: &str, definition: &Tree, place: Place) -> Machine {
    let mut states = Vec::new();
    collect_states(definition, &mut states);
    Machine {
        name: name.to_owned(),
        resource: name.to_owned(),
        place,
        states,
    }
}

/// States, also those inside a Map or a Parallel.
fn collect_states(definition: &Tree, out: &mut Vec<(String, Tree)>) {
    for (name, state) in definition.get("States").into_iter().flat_map(Tree::pairs) {
        out.push((name.to_owned(), state.clone()));
        for inner in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.get(inner) {
                collect_states(inner, out);
            }
        }
        for branch in state.get("Branches").map_or(&[][..], Tree::items) {
            collect_states(branch, out);
        }
    }
}
