//! Changelogs of Liquibase, in XML, YAML or JSON: the order in which they have the SQL files of a
//! folder applied, and the SQL that stands in them.

mod inline;

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use inline::Inline;
pub use inline::{Other, sql};

/// Larger files are no changelogs.
const LONGEST: u64 = 8 << 20;

/// What every changelog names.
const ROOT: &str = "databaseChangeLog";

/// What a changelog has Liquibase do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// `include` of another changelog, or `sqlFile` of a change: a path, and whether it is relative to the
    /// changelog.
    File(String, bool),
    /// `includeAll`: every changelog of a folder and those below, by their paths.
    Folder(String, bool),
    /// SQL that stands in the changelog.
    Sql,
}

/// Whether a file may be a changelog, by its name.
pub fn may_be(path: &Path) -> bool {
    reads(path).is_some()
}

/// Whether SQL stands in a file that is a changelog.
pub fn holds_sql(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let steps = reads_sql(&name).and_then(|_| steps_of(path));
    steps.is_some_and(|steps| steps.contains(&Step::Sql))
}

/// Puts files that changelogs include into the order of the includes; the others keep their places, before
/// the first or after the last of them, and so do those that were named themselves. `asked_for` are the
/// files and folders that were named, `changelogs` the files in the folders that may be changelogs.
pub fn sort(asked_for: &[PathBuf], changelogs: &[PathBuf], paths: &mut Vec<PathBuf>) {
    if changelogs.is_empty() || paths.len() < 2 {
        return;
    }
    let read = changelogs.iter().filter_map(|path| {
        let steps = steps_of(path)?;
        let folder = asked_for.iter().find(|folder| path.starts_with(folder))?;
        let own = steps.iter().position(|step| *step == Step::Sql);
        let (before, after) = steps.split_at(own.unwrap_or_default());
        Some(Changelog {
            path: plain(path),
            before: includes(folder, path, before),
            after: includes(folder, path, after),
        })
    });
    let mut read: Vec<Changelog> = read.collect();
    read.sort_by(|a, b| a.path.cmp(&b.path));
    let included: HashSet<&PathBuf> = read.iter().flat_map(Changelog::includes).collect();
    let mut order = Order::default();
    // What no other includes is where Liquibase begins.
    for root in read.iter().filter(|one| !included.contains(&one.path)) {
        order.follow(&root.path, &read);
    }
    asked_for.iter().for_each(|named| order.leave(named));
    order.apply(paths);
}

/// A changelog.
struct Changelog {
    path: PathBuf,
    /// The files that it leads to before the first of its own SQL, in order.
    before: Vec<PathBuf>,
    /// Those after it.
    after: Vec<PathBuf>,
}

impl Changelog {
    fn includes(&self) -> impl Iterator<Item = &PathBuf> {
        self.before.iter().chain(&self.after)
    }
}

/// What reads a file, by its ending.
fn reads(path: &Path) -> Option<fn(&str) -> Vec<Step>> {
    let ending = path.extension()?;
    let is = |one: &str| ending.eq_ignore_ascii_case(one);
    #[cfg(feature = "pipeline")]
    if is("yaml") || is("yml") {
        return Some(of_yaml);
    }
    match (is("xml"), is("json")) {
        (true, _) => Some(of_xml),
        (_, true) => Some(of_json),
        _ => None,
    }
}

/// What reads the SQL in a file, by its name's ending.
fn reads_sql(name: &str) -> Option<fn(&str) -> Inline> {
    let ending = Path::new(name).extension()?;
    let is = |one: &str| ending.eq_ignore_ascii_case(one);
    #[cfg(feature = "pipeline")]
    if is("yaml") || is("yml") || is("json") {
        return Some(inline::of_tree);
    }
    is("xml").then_some(inline::of_xml)
}

/// The steps of a file; `None` for what is no changelog.
fn steps_of(path: &Path) -> Option<Vec<Step>> {
    let read = reads(path)?;
    let is_small = std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= LONGEST);
    let bytes = is_small.then(|| std::fs::read(path).ok()).flatten()?;
    memchr::memmem::find(&bytes, ROOT.as_bytes())?;
    Some(read(&String::from_utf8_lossy(&bytes)))
}

/// The files that the steps of a changelog lead to.
fn includes(folder: &Path, changelog: &Path, steps: &[Step]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for step in steps {
        match step {
            Step::Sql => {}
            Step::File(path, relative) => found.extend(place(folder, changelog, path, *relative)),
            Step::Folder(path, relative) => {
                if let Some(within) = place(folder, changelog, path, *relative) {
                    let walk = ignore::WalkBuilder::new(within).follow_links(true).build();
                    let files = walk.filter_map(Result::ok);
                    let files = files.filter(|one| one.file_type().is_some_and(|it| it.is_file()));
                    let mut files: Vec<PathBuf> = files.map(ignore::DirEntry::into_path).collect();
                    files.sort_by_cached_key(|path| plain(path));
                    found.extend(files.into_iter().map(|path| plain(&path)));
                }
            }
        }
    }
    found
}

/// Where a path of a changelog lies: beside it where it says so; else below the first of the
/// folders above that has it, since the root of the search path stands in no file.
fn place(folder: &Path, changelog: &Path, path: &str, relative: bool) -> Option<PathBuf> {
    let path = path
        .trim_start_matches("classpath:")
        .trim_start_matches(['/', '\\']);
    let path = path.replace('\\', "/");
    let beside = changelog.parent().unwrap_or(Path::new(""));
    if relative {
        let found = beside.join(&path);
        return found.exists().then(|| plain(&found));
    }
    let mut above: Vec<&Path> = beside.ancestors().collect();
    // From the folder that was asked for inwards: a path of the root is meant.
    above.reverse();
    let within = above.iter().filter(|one| one.starts_with(folder));
    let outside = above.iter().rev().filter(|one| !one.starts_with(folder));
    let mut roots = within.chain(outside);
    let found = roots.find_map(|root| Some(root.join(&path)).filter(|found| found.exists()));
    found.map(|found| plain(&found))
}

/// A path without `.` and `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// When each file is applied.
#[derive(Default)]
struct Order {
    places: HashMap<PathBuf, usize>,
    /// What was followed, or is being followed.
    seen: HashSet<PathBuf>,
}

impl Order {
    fn follow(&mut self, path: &Path, changelogs: &[Changelog]) {
        // Once: what is included twice is applied once, and a circle ends.
        if !self.seen.insert(path.to_owned()) {
            return;
        }
        let at = changelogs.binary_search_by(|one| one.path.as_path().cmp(path));
        let changelog = at.ok().and_then(|at| changelogs.get(at));
        for next in changelog.iter().flat_map(|one| &one.before) {
            self.follow(next, changelogs);
        }
        self.places.insert(path.to_owned(), self.places.len());
        for next in changelog.iter().flat_map(|one| &one.after) {
            self.follow(next, changelogs);
        }
    }

    /// Has no say about a file.
    fn leave(&mut self, path: &Path) {
        self.places.remove(&plain(path));
    }

    fn apply(&self, paths: &mut Vec<PathBuf>) {
        let place = |path: &PathBuf| self.places.get(&plain(path)).copied();
        let Some(first) = paths.iter().position(|path| place(path).is_some()) else {
            return;
        };
        let (mut ordered, others): (Vec<PathBuf>, Vec<PathBuf>) = std::mem::take(paths)
            .into_iter()
            .partition(|path| place(path).is_some());
        ordered.sort_by_key(place);
        // Before the first of them, all are others.
        paths.extend(others);
        paths.splice(first..first, ordered);
    }
}

fn of_xml(text: &str) -> Vec<Step> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut steps = Vec::new();
    loop {
        let tag = match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => tag,
            Ok(Event::Eof) | Err(_) => return steps,
            Ok(_) => continue,
        };
        let value = |name: &str| {
            let found = tag.try_get_attribute(name).ok().flatten()?;
            Some(String::from_utf8_lossy(&found.value).into_owned())
        };
        let name = tag.local_name();
        let name = std::str::from_utf8(name.as_ref()).unwrap_or_default();
        steps.extend(step(name, &value));
    }
}

/// The step of an element with its attributes.
fn step(name: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<Step> {
    let relative = || value("relativeToChangelogFile").is_some_and(|says| says.trim() == "true");
    match name {
        "include" => Some(Step::File(value("file")?, relative())),
        "sqlFile" => Some(Step::File(value("path")?, relative())),
        "sql" | "createProcedure" => Some(Step::Sql),
        "includeAll" => Some(Step::Folder(value("path")?, relative())),
        _ => None,
    }
}

fn of_json(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Ok(tree) = serde_json::from_str::<serde_json::Value>(text) {
        in_json(&tree, &mut steps);
    }
    steps
}

fn in_json(tree: &serde_json::Value, steps: &mut Vec<Step>) {
    use serde_json::Value;
    match tree {
        Value::Array(items) => items.iter().for_each(|item| in_json(item, steps)),
        Value::Object(map) => {
            for (name, inner) in map {
                let value = |key: &str| match inner.get(key)? {
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
                match step(name, &value) {
                    Some(step) => steps.push(step),
                    None => in_json(inner, steps),
                }
            }
        }
        _ => {}
    }
}

#[cfg(feature = "pipeline")]
fn of_yaml(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Ok(tree) = crate::pipeline::yaml::read(text) {
        in_yaml(&tree, &mut steps);
    }
    steps
}

#[cfg(feature = "pipeline")]
fn in_yaml(tree: &crate::pipeline::tree::Tree, steps: &mut Vec<Step>) {
    use crate::pipeline::tree::Value;
    match &tree.value {
        Value::List(items) => items.iter().for_each(|item| in_yaml(item, steps)),
        Value::Map(map) => {
            for (name, inner) in map {
                let value = |key: &str| match &inner.value {
                    Value::Map(of) => of.iter().find_map(|(name, tree)| match &tree.value {
                        Value::Scalar(text) if name == key => Some(text.clone()),
                        _ => None,
                    }),
                    _ => None,
                };
                match step(name, &value) {
                    Some(step) => steps.push(step),
                    None => in_yaml(inner, steps),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Vec<Step> {
        vec![
            Step::File("db/one.sql".into(), false),
            Step::Folder("two".into(), true),
            Step::File("three.sql".into(), true),
        ]
    }

    #[test]
    fn the_steps_of_a_changelog_are_read_in_each_form() {
        let xml = r#"<?xml version="1.0"?>
            <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
              <!-- <include file="no.sql"/> -->
              <include file="db/one.sql"/>
              <includeAll relativeToChangelogFile="true" path="two"/>
              <changeSet id="1" author="a"><sqlFile path="three.sql" relativeToChangelogFile="true"/></changeSet>
            </databaseChangeLog>"#;
        assert_eq!(of_xml(xml), expected());
        let json = r#"{"databaseChangeLog": [{"include": {"file": "db/one.sql"}},
            {"includeAll": {"path": "two", "relativeToChangelogFile": true}},
            {"changeSet": {"id": 1, "changes": [{"sqlFile": {"path": "three.sql", "relativeToChangelogFile": "true"}}]}}]}"#;
        assert_eq!(of_json(json), expected());
        #[cfg(feature = "pipeline")]
        {
            let yaml = "databaseChangeLog:\n  - include:\n      file: db/one.sql\n  - includeAll: {path: two, relativeToChangelogFile: true}\n  \
                        - changeSet:\n      id: 1\n      changes:\n        - sqlFile: {path: three.sql, relativeToChangelogFile: true}\n";
            assert_eq!(of_yaml(yaml), expected());
            assert_eq!(of_yaml("databaseChangeLog: [\n"), []);
        }
        assert_eq!(of_xml("<databaseChangeLog><include file='a"), []);
        assert_eq!(of_json("{\"databaseChangeLog\": "), []);
    }
}
