//! Terraform's own files → its resources, as a plan would name them. Variables have their defaults
//! or what `terraform.tfvars` says; what is dynamic is told as unknown, never guessed.

mod blocks;
mod eval;
mod module;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::parser::parse_body;

use super::files::{Files, folder_of, joined, normal};
use super::found::Place;
use super::terraform::{self, Resource};
use super::tree::{Tree, Value};
use super::{Pipeline, Unread};
use module::{Module, Notes, Parsed, World, line_of, local_source};

/// Reads the modules of the files, each that no other calls with what it calls, and marks their
/// files as read.
pub(super) fn add(pipeline: &mut Pipeline, files: &mut Files) -> Vec<Resource> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut world = World {
        files,
        folders: BTreeMap::new(),
        notes: Notes::default(),
    };
    let mut values: Vec<Parsed<'_>> = Vec::new();
    for source in files.all() {
        let is = |ending: &str| source.name.ends_with(ending);
        if !is(".tf") && !is(".tfvars") {
            continue;
        }
        taken.insert(source.name.clone());
        match parse_body(&source.text) {
            Ok(body) => {
                let folder = normal(folder_of(&source.name));
                let parsed = Parsed {
                    source,
                    folder: folder.clone(),
                    body,
                };
                match is(".tf") {
                    true => world.folders.entry(folder).or_default().push(parsed),
                    false => values.push(parsed),
                }
            }
            Err(error) => {
                let line = error.location().line();
                let what = format!("no HCL: {}", error.message());
                pipeline.not_understood(&source.name, Some(line), Unread::File, what);
            }
        }
    }
    let mut called: BTreeSet<String> = BTreeSet::new();
    for file in world.folders.values().flatten() {
        for block in file.body.get_blocks("module") {
            called.extend(local_source(block).map(|path| joined(&file.folder, path)));
        }
    }
    let mut found = Vec::new();
    for folder in world
        .folders
        .keys()
        .filter(|folder| !called.contains(*folder))
    {
        let mut root = Module::new(&world, folder, String::new(), 0);
        root.variables = variables(&root, &values);
        root.add_defaults();
        resources(&root, &mut found);
    }
    let notes = world.notes;
    for (path, line, what) in notes.unknown.into_inner() {
        pipeline.not_understood(&path, Some(line), Unread::Part, what);
    }
    taken.extend(notes.taken.into_inner());
    for name in taken {
        files.take(&name);
    }
    found
}

/// The values that files give to a root module's variables: those that Terraform reads by itself,
/// and of the others what they agree on.
fn variables(root: &Module<'_>, values: &[Parsed<'_>]) -> BTreeMap<String, Tree> {
    let mut out: BTreeMap<String, Tree> = BTreeMap::new();
    let inside = |file: &&Parsed<'_>| {
        let rest = file.folder.strip_prefix(root.folder.as_str());
        root.folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let by_itself = |file: &Parsed<'_>| {
        let name = file
            .source
            .name
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default();
        file.folder == root.folder && (name == "terraform.tfvars" || name.ends_with(".auto.tfvars"))
    };
    let (own, others): (Vec<_>, Vec<_>) = values
        .iter()
        .filter(inside)
        .partition(|file| by_itself(file));
    let pairs = |file: &Parsed<'_>| {
        let attributes = file.body.attributes();
        let pairs = attributes.map(|one| {
            let value = root.eval(&one.value, file.source, &Vec::new());
            (one.key.to_string().trim().to_owned(), value)
        });
        pairs.collect::<Vec<_>>()
    };
    for file in others {
        for (name, value) in pairs(file) {
            match out.get_mut(&name) {
                Some(known) if !same(known, &value) => {
                    known.value = Value::Symbolic(format!("${{var.{name}}}"));
                }
                Some(_) => {}
                None => {
                    out.insert(name, value);
                }
            }
        }
    }
    out.extend(own.into_iter().flat_map(pairs));
    out
}

/// Whether two values are the same, wherever they stand.
fn same(a: &Tree, b: &Tree) -> bool {
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let pairs = a.iter().zip(b);
            a.len() == b.len()
                && pairs
                    .into_iter()
                    .all(|((x, a), (y, b))| x == y && same(a, b))
        }
        (a, b) => a == b,
    }
}

/// The resources of a module and of those that it calls.
fn resources(module: &Module<'_>, out: &mut Vec<Resource>) {
    let mut all: Vec<_> = module.declared.resources.iter().collect();
    all.sort_by_key(|(_, (block, source))| (source.name.as_str(), line_of(block, source)));
    for ((kind, name), (block, source)) in all {
        let line = line_of(block, source);
        let place = Place {
            path: source.name.clone(),
            line,
        };
        if !terraform::is_read(kind) {
            out.push(Resource {
                kind: kind.clone(),
                name: module.label(name, ""),
                values: Tree::new(line, Value::Map(Vec::new())),
                place,
            });
            continue;
        }
        for copy in module.copies((block, source)) {
            let values = module.block(&block.body, source, &copy.scope, line);
            let own = values.pairs();
            for (key, value) in own.filter(|(key, _)| !matches!(*key, "count" | "for_each")) {
                if let Some(Some(function)) =
                    value.written().map(|text| text.strip_prefix("${Fn::"))
                {
                    let function = function.trim_end_matches('}');
                    let what = format!(
                        "{kind}.{name}: what its `{key}` comes to is not known here ({function})"
                    );
                    module.world.note(source, value.line, what);
                }
            }
            out.push(Resource {
                kind: kind.clone(),
                name: module.label(name, &copy.key),
                values,
                place: place.clone(),
            });
        }
    }
    for (name, (block, source)) in &module.declared.calls {
        let line = line_of(block, source);
        for copy in module.copies((block, source)) {
            match module.child(name, &copy) {
                Some(child) => resources(&child, out),
                None => {
                    let from = block.body.get_attribute("source");
                    let from = from.and_then(|one| one.value.as_str()).unwrap_or("?");
                    let what = match local_source(block) {
                        Some(path) => format!("module {name}: name its folder `{path}`, too"),
                        None => format!(
                            "module {name}: `{from}` is not among these files; `terraform show -json` of a plan has it"
                        ),
                    };
                    module.world.note(source, line, what);
                }
            }
        }
    }
}
