//! What is sent to code scanning, against the schema of its format.

use std::process::Command;

/// What is sent to code scanning is what its schema allows.
#[test]
fn sarif_is_valid() {
    let schema = include_str!("data/sarif-2.1.0.json");
    let mut schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    // Its pattern for languages has a `]` too many, which regex engines refuse.
    for part in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][part]["properties"]["language"];
        language
            .as_object_mut()
            .expect("an object")
            .remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for args in [
        ["lint", "sample_ddl", "--format", "sarif"],
        [
            "explain",
            "sample_plans/nested_loop.txt",
            "--format",
            "sarif",
        ],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey-checks"))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .args(args)
            .output()
            .expect("it runs");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0], "{args:?}");
        let results = &document["runs"][0]["results"];
        assert!(
            results
                .as_array()
                .is_some_and(|results| !results.is_empty())
        );
    }
}
