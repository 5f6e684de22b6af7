//! The corpus of real plans and SQL, if it is there, and the binary over files of a test.
#![allow(dead_code)]

pub mod postgres;
#[cfg(any(feature = "lsp", feature = "mcp"))]
pub mod server;

use std::path::PathBuf;

/// The corpus folder: `DISTKEY_CORPUS`, or beside the project. Says so when missing.
pub fn corpus() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("DISTKEY_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus");
    None
}

/// One row of `plans/manifest.jsonl`.
pub struct CorpusPlan {
    pub file: String,
    pub text: String,
    pub manifest: serde_json::Value,
}

impl CorpusPlan {
    pub fn flag(&self, key: &str) -> bool {
        self.manifest[key].as_bool().unwrap_or(false)
    }
}

/// Every plan of the corpus.
pub fn corpus_plans() -> Option<Vec<CorpusPlan>> {
    let folder = corpus()?.join("plans");
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).expect("manifest");
    let plans = manifest
        .lines()
        .map(|row| {
            let manifest: serde_json::Value = serde_json::from_str(row).expect("manifest row");
            let file = manifest["file"].as_str().expect("file").to_owned();
            let text = std::fs::read_to_string(folder.join(&file)).expect("plan");
            CorpusPlan {
                file,
                text,
                manifest,
            }
        })
        .collect();
    Some(plans)
}

/// Every SQL file of the corpus, in order.
pub fn sql_files(corpus: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![corpus.join("sql"), corpus.join("workloads")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "sql" => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// What a run of the command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the command in a folder.
pub fn distkey(folder: &std::path::Path, args: &[&str]) -> Ran {
    distkey_with_input(folder, args, "")
}

/// Runs the command in a folder, with a text on standard input.
pub fn distkey_with_input(folder: &std::path::Path, args: &[&str], input: &str) -> Ran {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(args)
        .current_dir(folder)
        .write_stdin(input)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("CI")
        .output()
        .expect("it runs");
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

/// What the command prints over these files; it must not refuse them.
pub fn run(arguments: &[&str], files: &[(&str, &str)]) -> String {
    let ran = distkey(folder(files).path(), arguments);
    assert!(ran.code != 2, "{arguments:?}: {}", ran.err);
    ran.out
}

/// Runs `advise` on tables, statistics and queries, with more files beside them.
pub fn advise(texts: [&str; 3], beside: &[(&str, &str)], more: &[&str]) -> Ran {
    let [ddl, stats, queries] = texts;
    let files = [("t.sql", ddl), ("s.json", stats), ("q.sql", queries)];
    let arguments = [
        "advise",
        "--ddl",
        "t.sql",
        "--stats",
        "s.json",
        "--queries",
        "q.sql",
    ];
    let folder = folder(&[&files, beside].concat());
    distkey(folder.path(), &[&arguments, more].concat())
}

/// What `advise` answers for tables, statistics and queries, as its JSON.
pub fn advised(ddl: &str, stats: &str, queries: &str, more: &[&str]) -> serde_json::Value {
    let ran = advise(
        [ddl, stats, queries],
        &[],
        &[&["--format", "json"], more].concat(),
    );
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
}

/// A query, planned on tables of which nothing but their DDL is known.
pub fn plan_query(
    ddl: &str,
    query: &str,
) -> Result<distkey::planner::Planned, distkey::planner::PlannerError> {
    let ddl = distkey::text::SourceFile::new("t.sql", ddl);
    let schema = distkey::schema::Schema::of(&distkey::sql::parse(&ddl));
    let parsed =
        distkey::sql::parse_query(query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let shape = distkey::cluster::Cluster::default().shape();
    distkey::planner::plan(&parsed, &schema, &distkey::stats::Stats::default(), shape)
}

/// A workload whose keys take minutes to find: 12 tables that are all joined, in 400 queries.
pub fn heavy() -> serde_json::Value {
    use std::fmt::Write as _;
    let mut ddl = String::new();
    let mut query = String::new();
    for table in 0..12 {
        let _ = writeln!(
            ddl,
            "create table t{table} (id bigint, a bigint, b bigint);"
        );
    }
    for turn in 0..400 {
        let from: Vec<String> = (0..12).map(|table| format!("t{table}")).collect();
        let joins: Vec<String> = (0..12)
            .map(|table| {
                format!(
                    "t{table}.id = t{}.a and t{table}.b = t{}.b",
                    (table * 7 + turn) % 12,
                    (table * 5 + 2) % 12
                )
            })
            .collect();
        let _ = writeln!(
            query,
            "select count(*) from {} where {};",
            from.join(", "),
            joins.join(" and ")
        );
    }
    serde_json::json!({"ddl": ddl, "query": query})
}

/// The Python of an environment of its own in which a package is installed; says so when it can't
/// be had.
pub fn python_with(package: &str) -> Option<PathBuf> {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{package}"));
    let python = home.join("bin/python");
    let run = |program: &std::path::Path, arguments: &[&std::ffi::OsStr]| {
        let done = std::process::Command::new(program).args(arguments).output();
        done.is_ok_and(|done| done.status.success())
    };
    let module = package.replace('-', "_");
    let import = format!("import {module}");
    if run(&python, &["-c".as_ref(), import.as_ref()]) {
        return Some(python);
    }
    let arguments = ["-m".as_ref(), "venv".as_ref(), home.as_os_str()];
    if !run("python3".as_ref(), &arguments) {
        println!("skipped: no Python with venv");
        return None;
    }
    let install = ["-m", "pip", "install", "--quiet", package].map(AsRef::as_ref);
    if !run(&python, &install) {
        println!("skipped: pip can't install `{package}`");
        return None;
    }
    Some(python)
}
