//! `--anonymize`: no name survives, and the findings stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;
use distkey::name::TableName;
use distkey::plan;
use distkey::schema::Schema;
use distkey::sql;
use distkey::text::SourceFile;

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(args)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("distkey runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Words of a text, folded.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Names that are also words of Redshift, of plans or of the reports.
fn is_common(name: &str) -> bool {
    let own = ["pg_", "stl_", "stv_", "svv_", "svl_", "sys_", "volt_"];
    // Parts of dates, system columns and COPY's parameters are Redshift's.
    name.len() < 3
        || matches!(name, "month" | "oid" | "region")
        || own.iter().any(|prefix| name.starts_with(prefix))
        || name.chars().all(|c| c.is_ascii_digit())
}

/// The names and texts of a plan, as far as they are told apart without the
/// code that replaces them: relations, aliases, qualified columns, quoted texts.
fn names_of_plan(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for plan in plan::read(text).plans {
        for node in &plan.nodes {
            names.extend(node.table_name().map(|name| name.bare()));
            names.extend(
                node.alias
                    .as_deref()
                    .map(|alias| TableName::printed(alias).bare()),
            );
            names.extend(node.s3_location.clone());
            for detail in &node.details {
                for (index, piece) in detail.text().split('\'').enumerate() {
                    if index % 2 == 1 {
                        names.insert(piece.to_owned());
                    }
                    let qualified = piece.match_indices('.').filter(|_| index % 2 == 0);
                    for (at, _) in qualified {
                        let rest = &piece[at + 1..];
                        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                        names.insert(rest[..end.unwrap_or(rest.len())].to_owned());
                    }
                }
            }
        }
    }
    names.iter().flat_map(|name| words(name)).collect()
}

fn codes(json: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let mut codes: Vec<String> = Vec::new();
    let lists = ["inputs", "files"]
        .iter()
        .filter_map(|key| document[key].as_array());
    for input in lists.flatten() {
        for finding in input["findings"].as_array().into_iter().flatten() {
            codes.push(finding["code"].to_string());
        }
    }
    codes.sort();
    codes
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(walk(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// One input: its names, and the words of its reports without them.
struct Shown {
    name: String,
    names: BTreeSet<String>,
    printed: BTreeSet<String>,
}

/// Names that are printed, unless reports on inputs without that name print the word
/// too: then it is one of the reports' own.
fn survivors(all: &[Shown]) -> Vec<String> {
    let mut left = Vec::new();
    for shown in all {
        for name in shown.names.intersection(&shown.printed) {
            let others = all.iter().filter(|other| !other.names.contains(name));
            let own = others.into_iter().any(|other| other.printed.contains(name));
            if !is_common(name) && !own {
                left.push(format!("{}: {name}", shown.name));
            }
        }
    }
    left
}

#[test]
fn no_name_of_a_plan_survives_and_the_findings_stay() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut plans = files(&root.join("sample_plans"), "txt");
    if let Some(corpus) = support::corpus() {
        plans.extend(files(&corpus.join("plans"), "txt"));
    }
    let (mut failed, mut all) = (Vec::new(), Vec::new());
    for path in &plans {
        let name = path.to_string_lossy();
        let text = std::fs::read_to_string(path).expect("a plan");
        let before = run(&["explain", &name, "--format", "json"]);
        let after = run(&["explain", &name, "--format", "json", "--anonymize"]);
        let reports = [
            after.clone(),
            run(&["explain", &name, "--anonymize"]),
            run(&["explain", &name, "--format", "dot", "--anonymize"]),
        ];
        all.push(Shown {
            name: name.clone().into_owned(),
            names: names_of_plan(&text),
            printed: reports.iter().flat_map(|text| words(text)).collect(),
        });
        if codes(&before) != codes(&after) {
            failed.push(format!(
                "{name}: {:?} became {:?}",
                codes(&before),
                codes(&after)
            ));
        }
    }
    let names: usize = all.iter().map(|shown| shown.names.len()).sum();
    println!("{} plans, {names} names", plans.len());
    failed.extend(survivors(&all));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_name_of_a_table_survives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = files(&root.join("sample_ddl"), "sql");
    if let Some(corpus) = support::corpus() {
        for folder in ["sql", "workloads", "latency"] {
            let sql = walk(&corpus.join(folder)).into_iter();
            sources.extend(sql.filter(|path| path.extension().is_some_and(|e| e == "sql")));
        }
    }
    let (mut all, mut tables, mut changed) = (Vec::new(), 0, Vec::new());
    for path in &sources {
        let name = path.to_string_lossy();
        let source = SourceFile::read(path).expect("a source");
        let schema = Schema::of(&sql::parse(&source));
        let mut names = BTreeSet::new();
        for (table, defined) in &schema.tables {
            names.extend(words(&table.to_string()));
            names.extend(defined.columns.iter().flat_map(|c| words(&c.name)));
        }
        tables += schema.tables.len();
        let before = run(&["lint", &name, "--format", "json"]);
        let after = run(&["lint", &name, "--format", "json", "--anonymize"]);
        let reports = [after.clone(), run(&["lint", &name, "--anonymize"])];
        all.push(Shown {
            name: name.clone().into_owned(),
            names,
            printed: reports.iter().flat_map(|text| words(text)).collect(),
        });
        let (before, after) = (beside_names(codes(&before)), beside_names(codes(&after)));
        if before != after {
            changed.push(format!("{name}: {before:?} became {after:?}"));
        }
    }
    println!("{tables} tables of {} files", sources.len());
    let failed = survivors(&all);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// Codes without those of rules that look at names: money, dates and lists by what a
/// column is called, numbered columns, tables per period, attributes and values.
fn beside_names(mut codes: Vec<String>) -> Vec<String> {
    let by_name = ["DK211", "DK212", "DK231", "DK233", "DK234", "DK240"];
    codes.retain(|code| !by_name.iter().any(|name| code.contains(name)));
    codes
}

/// A what-if names tables as they are; it is asked of the names that replace them.
#[test]
fn a_what_if_is_asked_of_the_same_table() {
    let plan = "sample_plans/search_by_category_normalized.txt";
    let moved = |extra: &[&str]| {
        let args = ["explain", plan, "--format", "json", "--scale", "products=3"];
        let text = run(&[&args[..], extra].concat());
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        document["inputs"][0]["what_if"][0]["after"]["bytes_scanned"].clone()
    };
    assert!(moved(&[]).as_f64().is_some_and(|bytes| bytes > 0.0));
    assert_eq!(moved(&[]), moved(&["--anonymize"]));
}
