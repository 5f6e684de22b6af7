//! The schema rules: their documented examples, and false alarms on good DDL.

use std::collections::BTreeMap;

use crate::support;
use distkey::environment::{Environment, View};
use distkey::lint::{self, Input, LintedFile};

use distkey::rules::{self, RuleInfo, Severity};
use distkey::stats::Stats;
use distkey::text::SourceFile;

fn lint(sources: Vec<SourceFile>, stats: Option<&Stats>) -> Vec<LintedFile> {
    let env = Environment::default();
    let env = View {
        stats,
        ..env.view()
    };
    let inputs: Vec<Input> = sources.into_iter().map(Input::Text).collect();
    lint::lint(&inputs, env).files
}

/// The fenced blocks of one section of a rule's documentation, by language.
fn blocks(doc: &str, heading: &str) -> Vec<(String, String)> {
    let section = doc
        .split("## ")
        .find(|section| section.starts_with(heading));
    let mut blocks = Vec::new();
    let mut parts = section.unwrap_or_default().split("```");
    parts.next();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a fenced block");
        let text: Vec<&str> = text
            .lines()
            .map(|l| l.strip_prefix(' ').unwrap_or(l))
            .collect();
        blocks.push((language.to_owned(), text.join("\n")));
    }
    blocks
}

fn raises(rule: &RuleInfo, heading: &str) -> bool {
    let blocks = blocks(rule.doc, heading);
    let of = |language: &str| {
        blocks
            .iter()
            .find(|(l, _)| l == language)
            .map(|(_, t)| t.as_str())
    };
    let stats = of("json").map(|json| Stats::read(json).expect("statistics"));
    let sql = of("sql").unwrap_or_else(|| panic!("{} has no SQL under {heading}", rule.code));
    let mut env = Environment::default();
    // What is said of a workload is said of one that somebody named.
    env.config.workload.name_columns();
    let view = View {
        stats: stats.as_ref(),
        ..env.view()
    };
    let inputs = [Input::Text(SourceFile::new("example.sql", sql))];
    let files = lint::lint(&inputs, view).files;
    assert_eq!(files[0].errors, [], "{} {heading}", rule.code);
    files[0]
        .findings
        .iter()
        .any(|finding| finding.code == rule.code)
}

#[test]
fn documented_examples_raise_their_rule_and_the_cure_does_not() {
    let mut wrong = Vec::new();
    for rule in rules::schema::RULES {
        if !raises(&rule.info, "Example") {
            wrong.push(format!("{} misses its example", rule.info.code));
        }
        if raises(&rule.info, "Use instead") {
            wrong.push(format!("{} fires on its cure", rule.info.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn ignore_comments_silence_and_unused_ones_are_told() {
    let text = "-- distkey: ignore DK204: loaded by day\ncreate table a (d date) distkey(d);\n\
                create table b (d date) distkey(d); -- distkey: ignore date-distkey\n\
                create table c (d date, e int) distkey(e); -- distkey: ignore DK204\n";
    let files = lint(vec![SourceFile::new("t.sql", text)], None);
    assert_eq!((files[0].silenced, files[0].findings.len()), (2, 0));
    assert_eq!(files[0].unused_ignores, [4]);
}

#[test]
fn aws_own_tuned_schema_is_clean() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let folder = corpus.join("workloads/tpch");
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("tpch") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if !name.ends_with(".sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("DDL");
        let files = lint(vec![SourceFile::new(name.as_str(), text)], None);
        for finding in &files[0].findings {
            *counts.entry((finding.name, finding.severity)).or_default() += 1;
            println!("{name}: {} {}", finding.severity, finding.message);
            let tuned = !name.contains("untuned");
            assert!(
                !tuned || finding.severity == Severity::Hint,
                "{name}: {}",
                finding.message
            );
        }
    }
}

#[test]
fn rates_on_real_ddl() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let sources = support::sql_files(&corpus).into_iter().map(|path| {
        let bytes = std::fs::read(&path).expect("a file");
        SourceFile::from_bytes(path.display().to_string(), bytes)
    });
    let mut counts: BTreeMap<(&str, &str, Severity), usize> = BTreeMap::new();
    let mut tables = 0;
    // Each file by itself: together they would define the same tables many times.
    for source in sources {
        for file in lint(vec![source], None) {
            tables += file.tally.kinds.get("CREATE TABLE").copied().unwrap_or(0);
            for finding in &file.findings {
                *counts
                    .entry((finding.code, finding.name, finding.severity))
                    .or_default() += 1;
                if finding.severity > Severity::Hint && std::env::var_os("SHOW").is_some() {
                    println!("{}: {}", file.path, finding.message);
                }
            }
        }
    }
    for ((code, name, severity), count) in &counts {
        println!("{code} {name:28} {severity:8} {count:4} on {tables} tables");
    }
    let warnings: usize = counts
        .iter()
        .filter(|((_, _, s), _)| *s > Severity::Hint)
        .map(|(_, n)| n)
        .sum();
    println!("{warnings} above a hint");
}

#[test]
fn a_baseline_leaves_only_new_findings() {
    let text = "create table a (d date) distkey(d);\n";
    let folder = lint::Folder::of(std::path::Path::new("baseline.json"));
    let before = lint(vec![SourceFile::new("t.sql", text)], None);
    let baseline = lint::Baseline::of(&before, &folder);
    let more = format!("\n\n{text}create table b (d date) distkey(d);\n");
    let mut after = lint(vec![SourceFile::new("t.sql", more)], None);
    assert_eq!(baseline.apply(&mut after, &folder, &|_| true), (1, 0));
    assert_eq!(after[0].findings.len(), 1);
    let mut none = lint(vec![SourceFile::new("t.sql", "select 1;")], None);
    assert_eq!(baseline.apply(&mut none, &folder, &|_| true), (0, 1));
}
