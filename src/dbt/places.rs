//! Where a setting of a model is made: in its own `config(…)`, in the YAML beside it, or in
//! `dbt_project.yml`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::artefacts::Node;
use crate::pipeline::tree::Tree;
use crate::pipeline::yaml;

/// A setting, or the model itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Setting {
    Dist,
    Sort,
    UniqueKey,
    Strategy,
    Materialized,
    Bind,
    /// Its configuration as a whole; the first line where it has none.
    Whole,
}

const NAMED: [(Setting, &str); 6] = [
    (Setting::Dist, "dist"),
    (Setting::Sort, "sort"),
    (Setting::UniqueKey, "unique_key"),
    (Setting::Strategy, "incremental_strategy"),
    (Setting::Materialized, "materialized"),
    (Setting::Bind, "bind"),
];

/// The places of a model.
#[derive(Debug)]
pub(super) struct Places {
    path: String,
    whole: usize,
    settings: HashMap<Setting, (String, usize)>,
}

impl Places {
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn of(&self, setting: Setting) -> (&str, usize) {
        match self.settings.get(&setting) {
            Some((path, line)) => (path, *line),
            None => (&self.path, self.whole),
        }
    }
}

/// The files of a project that make settings, each read once.
pub(super) struct Files {
    root: PathBuf,
    read: HashMap<PathBuf, Option<Tree>>,
}

impl Files {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            read: HashMap::new(),
        }
    }

    fn tree(&mut self, path: &str) -> Option<&Tree> {
        let path = self.root.join(path);
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).ok()?;
            yaml::read(&text).ok()
        };
        let tree = self.read.entry(path.clone()).or_insert_with(|| read(&path));
        tree.as_ref()
    }

    /// A path of the manifest as the user can open it.
    fn shown(&self, path: &str) -> String {
        let there = self.root.join(path);
        match there.is_file() && self.root != Path::new(".") {
            true => there.display().to_string(),
            false => path.to_owned(),
        }
    }

    pub fn places(&mut self, node: &Node) -> Places {
        let path = self.shown(&node.original_file_path);
        let raw = node.raw_code.as_deref().unwrap_or_default();
        let config = config_of(raw);
        let mut settings = HashMap::new();
        let patch = node.patch_path.as_deref();
        let patch = patch.map(|patch| {
            patch
                .split_once("://")
                .map_or(patch, |(_, path)| path)
                .to_owned()
        });
        for (setting, key) in NAMED {
            let in_model = config.and_then(|(start, end)| argument(raw, start, end, key));
            let found = in_model.map(|at| (path.clone(), line_at(raw, at)));
            let found = found.or_else(|| {
                let patch = patch.as_ref()?;
                let line = in_patch(self.tree(patch)?, &node.name, key)?;
                Some((self.shown(patch), line))
            });
            let found = found.or_else(|| {
                let line = in_project(self.tree("dbt_project.yml")?, node, key)?;
                Some((self.shown("dbt_project.yml"), line))
            });
            settings.extend(found.map(|found| (setting, found)));
        }
        Places {
            whole: config.map_or(1, |(start, _)| line_at(raw, start)),
            path,
            settings,
        }
    }
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text
        .as_bytes()
        .iter()
        .take(at)
        .filter(|byte| **byte == b'\n')
        .count()
}

/// Where a model's `{{ config(…) }}` begins and ends.
fn config_of(raw: &str) -> Option<(usize, usize)> {
    let calls = raw.match_indices("{{").filter_map(|(at, _)| {
        let call = raw[at..].trim_start_matches(['{', '-', '+']).trim_start();
        let arguments = call.strip_prefix("config")?.trim_start();
        arguments.starts_with('(').then(|| raw.len() - call.len())
    });
    let start = calls.min()?;
    let mut depth = 0;
    let mut quote = None;
    for (at, c) in raw.char_indices().skip_while(|(at, _)| *at < start) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 1 => return Some((start, at)),
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where a keyword argument stands.
fn argument(raw: &str, start: usize, end: usize, key: &str) -> Option<usize> {
    let part = raw.get(start..end)?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let found = part.match_indices(key).find(|(at, _)| {
        let before = part[..*at].chars().next_back();
        let after = part[at + key.len()..].trim_start();
        !before.is_some_and(|c| is_word(c) || c == '\'' || c == '"') && after.starts_with('=')
    });
    found.map(|(at, _)| start + at)
}

/// The line of a key, with or without its `+`.
fn setting_in(map: &Tree, key: &str) -> Option<usize> {
    let found = map.get(key).or_else(|| map.get(&format!("+{key}")))?;
    Some(found.line)
}

/// In the YAML that describes a model.
fn in_patch(tree: &Tree, name: &str, key: &str) -> Option<usize> {
    let lists = ["models", "seeds", "snapshots"];
    let described = lists
        .iter()
        .filter_map(|list| tree.get(list))
        .flat_map(Tree::items);
    let mut of_model = described.filter(|one| one.get("name").and_then(Tree::text) == Some(name));
    let config = of_model.next()?.get("config")?;
    setting_in(config, key)
}

/// In `dbt_project.yml`: that of the innermost folder counts.
fn in_project(tree: &Tree, node: &Node, key: &str) -> Option<usize> {
    let list = match node.resource_type.as_str() {
        "seed" => "seeds",
        "snapshot" => "snapshots",
        _ => "models",
    };
    let mut at = tree.get(list)?;
    let mut found = setting_in(at, key);
    for name in &node.fqn {
        let Some(inner) = at.get(name) else {
            break;
        };
        at = inner;
        found = setting_in(at, key).or(found);
    }
    found
}
