//! The pipeline rules: their documented examples, and the sample pipelines.
#![cfg(feature = "pipeline")]

use std::collections::BTreeSet;
use std::path::Path;

use distkey::cluster::Cluster;
use distkey::config::Config;
use distkey::pipeline::Pipeline;
use distkey::rules::pipeline::{Context, RULES, check};
use distkey::rules::{Finding, RuleInfo};
use distkey::text::SourceFile;

pub(crate) fn review(sources: Vec<SourceFile>) -> (Vec<Finding>, Pipeline) {
    let mut pipeline = Pipeline::default();
    pipeline.add(sources);
    let context = Context {
        pipeline: &pipeline,
        cluster: &Cluster::default(),
        config: &Config::default(),
    };
    (check(&context), pipeline)
}

/// The fenced blocks of one section of a rule's documentation, as files.
fn files(rule: &RuleInfo, heading: &str) -> Vec<SourceFile> {
    let doc = rule.markdown();
    let section = doc
        .split("## ")
        .find(|section| section.starts_with(heading));
    let mut files = Vec::new();
    let mut parts = section.unwrap_or_default().split("```");
    parts.next();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a fenced block");
        let name = match language {
            "python" => "job.py".to_owned(),
            other => format!("example.{other}"),
        };
        files.push(SourceFile::new(name, text));
    }
    assert!(
        !files.is_empty(),
        "{} has nothing under {heading}",
        rule.code
    );
    files
}

#[test]
fn documented_examples_raise_their_rule_and_the_cure_does_not() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let raises = |heading: &str| {
            let (findings, pipeline) = review(files(&rule.info, heading));
            let is_of_it = rule.info.code == "DK445" && heading == "Example";
            assert_eq!(
                pipeline.unrecognized.is_empty(),
                !is_of_it,
                "{} {heading}: {:?}",
                rule.info.code,
                pipeline.unrecognized
            );
            findings
                .iter()
                .any(|finding| finding.code == rule.info.code)
        };
        if !raises("Example") {
            wrong.push(format!("{} misses its example", rule.info.code));
        }
        if raises("Use instead") {
            wrong.push(format!("{} fires on its cure", rule.info.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(crate) fn folder(name: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut paths: Vec<_> = std::fs::read_dir(root)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|e| e != "md"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| SourceFile::read(path).expect("a file"))
        .collect()
}

#[test]
fn the_sample_passes_and_its_twin_shows_every_finding() {
    let (findings, pipeline) = review(folder("sample_pipeline"));
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(!pipeline.jobs.is_empty() && !pipeline.scripts.is_empty() && !pipeline.sql.is_empty());
    let (findings, _) = review(folder("sample_pipeline_bad"));
    let found: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.info.code).collect();
    let missing: Vec<_> = all.difference(&found).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn broken_files_are_named_and_the_rest_is_reviewed() {
    let good = "Resources:\n  Job:\n    Type: AWS::Glue::Job\n    Properties: {NumberOfWorkers: 4, WorkerType: G.1X}\n";
    let (findings, pipeline) = review(vec![
        SourceFile::new(
            "cut.yaml",
            "Resources:\n  Job:\n    Type: AWS::Glue::Job\n    Properties: {Timeout: 3",
        ),
        SourceFile::new("odd.yaml", "just a sentence"),
        SourceFile::new("binary.json", "\u{0}\u{1}{"),
        SourceFile::new("job.py", "def f(:\n  pass\n"),
        SourceFile::new("load.sql", "COPY t FROM"),
        SourceFile::new("empty.json", ""),
        SourceFile::new("good.yaml", good),
    ]);
    let named: BTreeSet<&str> = pipeline
        .unrecognized
        .iter()
        .map(|one| one.path.as_str())
        .collect();
    for path in [
        "cut.yaml",
        "odd.yaml",
        "binary.json",
        "job.py",
        "load.sql",
        "empty.json",
    ] {
        assert!(named.contains(path), "{path}: {:?}", pipeline.unrecognized);
    }
    assert!(findings.iter().any(|finding| finding.code == "DK422"));
}

#[test]
fn terraform_and_the_command_line_describe_the_same_job() {
    let terraform = r#"{"planned_values": {"root_module": {"child_modules": [{"resources": [{"type": "aws_glue_job", "name": "load",
        "values": {"glue_version": "5.0", "worker_type": "G.2X", "number_of_workers": 5, "max_retries": 0,
                   "command": [{"name": "glueetl", "script_location": "s3://code/load.py"}],
                   "default_arguments": {"--job-bookmark-option": "job-bookmark-enable"}}}]}]}}}"#;
    let cli = r#"{"Job": {"Name": "load", "GlueVersion": "5.0", "WorkerType": "G.2X", "NumberOfWorkers": 5, "MaxRetries": 0,
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/load.py"},
        "DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}}"#;
    let codes = |name: &str, text: &str| {
        let (findings, pipeline) = review(vec![SourceFile::new(name, text)]);
        assert_eq!(
            pipeline.jobs[0].script.known().map(String::as_str),
            Some("s3://code/load.py")
        );
        findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("plan.json", terraform), codes("job.json", cli));
}
