//! What is written as JSON, against the schema that `distkey json-schema` prints.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a command writes as JSON.
fn json(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey-checks"))
        .current_dir(ROOT)
        .args(args)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {said}"))
}

/// The schema of a document, under which a key that it does not name is an error, too: a document
/// whose keys nobody is told of is not described.
fn strict(name: &str) -> jsonschema::Validator {
    let mut schema = json(&["json-schema", name]);
    close(&mut schema);
    jsonschema::validator_for(&schema).expect("a schema")
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object) {
                map.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// What is wrong with a document.
fn errors(validator: &jsonschema::Validator, document: &Value) -> Vec<String> {
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Checks what each of these commands writes.
fn holds(name: &str, commands: &[&[&str]]) {
    let validator = strict(name);
    for args in commands {
        let document = json(&[args, &["--format", "json"][..]].concat());
        assert_eq!(errors(&validator, &document), [""; 0], "{args:?}");
    }
}

const TABLES: [&str; 4] = [
    "--ddl",
    "sample_ddl/catalog_normalized.sql",
    "--stats",
    "sample_queries/stats.json",
];
const QUERY: &str = "sample_queries/search_normalized.sql";

#[test]
fn explain_is_as_its_schema_says() {
    let plan = "sample_plans/search_by_category_normalized.txt";
    let tried = [
        "explain",
        plan,
        "--sortkey",
        "products=price",
        "--diststyle",
        "brands=all",
    ];
    holds(
        "explain",
        &[
            &["explain", "sample_plans"],
            &["explain", "sample_plans/stl_explain.csv"],
            &tried,
        ],
    );
    let planned = [&["explain", "--query", QUERY][..], &TABLES].concat();
    let grown = [
        "--scale",
        "2",
        "--grow",
        "products=2000000/hour",
        "--cluster",
        "ra3.4xlarge:4",
    ];
    holds("explain", &[&planned, &[&planned[..], &grown].concat()]);
}

#[test]
fn advise_and_diff_are_as_their_schemas_say() {
    let advise = [
        &["advise", "--queries", QUERY, "--denormalize"][..],
        &TABLES,
    ]
    .concat();
    let plans = ["advise", "--plans", "sample_plans", TABLES[0], TABLES[1]];
    holds("advise", &[&advise, &plans]);
    let plan = |name: &str| format!("sample_plans/search_by_category_{name}.txt");
    holds(
        "diff",
        &[&["diff", &plan("normalized"), &plan("denormalized")]],
    );
}

#[test]
fn the_pipeline_is_as_its_schemas_say() {
    let folders = ["sample_pipeline", "sample_pipeline_bad"];
    for folder in folders {
        holds("pipeline-review", &[&["pipeline", "review", folder]]);
        holds(
            "pipeline-cost",
            &[
                &["pipeline", "cost", folder],
                &["pipeline", "cost", folder, "--scale", "3"],
            ],
        );
    }
}

#[test]
fn lint_is_as_its_schema_says() {
    holds(
        "lint",
        &[&["lint", "sample_ddl"], &["lint", "sample_pipeline_bad"]],
    );
}

#[test]
fn every_schema_has_a_name_and_says_no_to_something_else() {
    for name in [
        "config",
        "explain",
        "lint",
        "advise",
        "diff",
        "pipeline-review",
        "pipeline-cost",
        "calibrate-evaluate",
    ] {
        let schema = json(&["json-schema", name]);
        assert!(schema["title"].is_string(), "{name}");
        let other = json!({"inputs": 3, "files": 3, "tables": 3, "before": 3, "findings": 3, "jobs": 3, "clusters": 3, "rules": 3});
        assert_ne!(errors(&strict(name), &other), [""; 0], "{name}");
    }
}

#[test]
#[ignore = "needs the corpus"]
fn plans_and_ddl_of_the_corpus_are_as_the_schemas_say() {
    let corpus = std::env::var_os("DISTKEY_CORPUS")
        .map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let corpus = Path::new(ROOT).join(corpus);
    let at = |part: &str| corpus.join(part).display().to_string();
    holds("explain", &[&["explain", &at("plans")]]);
    holds("lint", &[&["lint", &at("sql")]]);
    holds(
        "calibrate-evaluate",
        &[&["calibrate", "evaluate", &at("latency/ssb-after")]],
    );
}
