//! What docs/architecture.md promises: modules import only those above them in its table, no files
//! import each other in a circle, and SQL is written in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// A module path below the crate: `["plan", "paste", "stl"]`.
type Module = Vec<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file by its module; what a `mod.rs` holds belongs to its folder.
fn sources() -> BTreeMap<Module, String> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let below = path
                .strip_prefix(root())
                .expect("below src")
                .with_extension("");
            let mut module: Module = below
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            sources.insert(module, without_tests(&text));
        }
    }
    for shell in ["lib", "main", "fuzz"] {
        sources.remove(&vec![shell.to_owned()]);
    }
    sources
}

/// Without comments, and without the tests at the end.
fn without_tests(text: &str) -> String {
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Paths that begin with `crate`, `super` or `self`, each with what stands in braces behind it.
static PATHS: LazyLock<Regex> = LazyLock::new(|| {
    let braces = r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}";
    Regex::new(&format!(
        r"\b((?:crate|super|self)(?:::\w+)*)(?:::{braces})?"
    ))
    .expect("a pattern")
});

/// The modules that a file names.
fn imports(module: &Module, text: &str, known: &BTreeMap<Module, String>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for path in PATHS.captures_iter(text) {
        let base: Vec<&str> = path[1].split("::").collect();
        let inside = path.get(2).map_or("", |inside| inside.as_str());
        for tail in parted(inside) {
            let path: Vec<&str> = base.iter().copied().chain(tail).collect();
            found.extend(resolved(module, &path, known));
        }
    }
    found.remove(module);
    found
}

/// `a::b, c::{d, e}` → the paths in it; of inner braces only what leads to them.
fn parted(inside: &str) -> Vec<Vec<&str>> {
    static INNER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\w:]+(\s*::\s*\{[^{}]*\})?").expect("a pattern"));
    let mut paths: Vec<Vec<&str>> = INNER
        .find_iter(inside)
        .map(|path| {
            let outer = path.as_str().split('{').next().unwrap_or_default();
            outer
                .split("::")
                .filter(|part| !part.trim().is_empty())
                .collect()
        })
        .collect();
    if paths.is_empty() {
        paths.push(Vec::new());
    }
    paths
}

/// The longest module that a path leads to.
fn resolved(from: &Module, path: &[&str], known: &BTreeMap<Module, String>) -> Option<Module> {
    let mut at = from.clone();
    let mut rest = path;
    match path.first() {
        Some(&"crate") => (at, rest) = (Vec::new(), &path[1..]),
        Some(&"self") => rest = &path[1..],
        _ => {
            while rest.first() == Some(&"super") {
                at.pop();
                rest = &rest[1..];
            }
        }
    }
    let mut found = known.contains_key(&at).then(|| at.clone());
    for part in rest {
        at.push((*part).to_owned());
        match known.contains_key(&at) {
            true => found = Some(at.clone()),
            false => break,
        }
    }
    found
}

/// The order of the table: `src/text` first.
fn table() -> Vec<String> {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = std::fs::read_to_string(text).expect("the document");
    let row = Regex::new(r"(?m)^\| `src/(\w+)(?:\.rs)?` \|").expect("a pattern");
    row.captures_iter(&text)
        .map(|row| row[1].to_owned())
        .collect()
}

#[test]
fn modules_import_only_those_above_them() {
    let sources = sources();
    let order = table();
    let place = |name: &str| order.iter().position(|other| other == name);
    let mut wrong = Vec::new();
    for (module, text) in &sources {
        let own = place(&module[0]);
        if own.is_none() {
            wrong.push(format!("`src/{}` is not in the table", module[0]));
        }
        for other in imports(module, text, &sources) {
            if place(&other[0]) > own {
                wrong.push(format!("{} imports {}", module.join("/"), other.join("/")));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_eq!(wrong, [""; 0]);
    let modules: BTreeSet<&String> = sources.keys().map(|module| &module[0]).collect();
    let gone: Vec<&String> = order
        .iter()
        .filter(|name| !modules.contains(name))
        .collect();
    assert_eq!(gone, [""; 0], "rows without a module");
}

/// A folder's `mod.rs` hands out what its files hold and is left out: its own types stand there.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    let is_folder = |module: &Module| {
        sources
            .keys()
            .any(|other| other.len() > module.len() && other.starts_with(module))
    };
    let files = sources.iter().filter(|(module, _)| !is_folder(module));
    let mut graph: BTreeMap<&Module, BTreeSet<Module>> = files
        .map(|(module, text)| (module, imports(module, text, &sources)))
        .collect();
    // What imports nothing that is left is on no circle; nor is what nothing else is left to import.
    loop {
        let left: BTreeSet<Module> = graph.keys().map(|module| (*module).clone()).collect();
        let imported: BTreeSet<Module> = graph
            .values()
            .flat_map(|imports| imports.intersection(&left).cloned())
            .collect();
        graph.retain(|module, imports| {
            imported.contains(*module) && imports.iter().any(|other| left.contains(other))
        });
        if graph.len() == left.len() {
            break;
        }
    }
    let circles: Vec<String> = graph
        .iter()
        .map(|(module, imports)| {
            let others = imports.iter().filter(|other| graph.contains_key(other));
            let others: Vec<String> = others.map(|other| other.join("/")).collect();
            format!("{} -> {}", module.join("/"), others.join(", "))
        })
        .collect();
    assert_eq!(circles, [""; 0]);
}

#[test]
fn sql_is_written_in_one_place() {
    let writes = Regex::new(
        r#"format!\(\s*"(ALTER|ANALYZE|CREATE|VACUUM|INSERT|COMMENT|DROP|TRUNCATE|DELETE|UPDATE|MERGE) "#,
    );
    let writes = writes.expect("a pattern");
    let sources = sources();
    let found: Vec<String> = sources
        .iter()
        .filter(|(_, text)| writes.is_match(text))
        .map(|(module, _)| module.join("/"))
        .collect();
    assert_eq!(found, ["sql/write"]);
}
