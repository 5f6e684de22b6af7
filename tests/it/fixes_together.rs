//! Fixes of whole files and folders: they hold together, on real DDL and beside queries.

use std::collections::BTreeMap;

use crate::fixes::fix;
use crate::support;
use distkey::environment::Environment;
use distkey::lint::{self, Input};
use distkey::rules;
use distkey::text::SourceFile;

/// On real DDL: fixed text parses, loses what it says it loses, and fixing it
/// again changes nothing.
#[test]
fn fixes_hold_on_real_ddl() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let mut fixed_files = 0;
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for path in support::sql_files(&corpus) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let name = path.display().to_string();
        let env = Environment::default();
        let inputs = [Input::Text(SourceFile::new(name.as_str(), text.as_str()))];
        let before = lint::lint(&inputs, env.view());
        for unsafe_too in [false, true] {
            let outcome = lint::fix(&inputs, unsafe_too, env.view());
            let file = &outcome.linted.files[0];
            assert!(file.errors.len() <= before.files[0].errors.len(), "{name}");
            let Some(fixed) = outcome.fixed.first() else {
                continue;
            };
            fixed_files += 1;
            for (code, count) in &fixed.applied {
                *codes.entry(code).or_default() += count;
            }
            let again = fix(&name, &fixed.after, unsafe_too);
            let second: Vec<_> = again.fixed.iter().map(|f| &f.applied).collect();
            assert!(second.is_empty(), "{name}: {second:?}");
            assert_eq!(comments(&fixed.before), comments(&fixed.after), "{name}");
        }
    }
    println!("{fixed_files} files fixed: {codes:?}");
    assert!(fixed_files > 0);
}

/// The comments of a text, each by what it says.
fn comments(text: &str) -> Vec<&str> {
    let found = distkey::text::comments::comments(text);
    found.map(|(_, comment)| comment.trim_end()).collect()
}

/// The same of whole folders, whose files know of each other's tables.
#[test]
fn fixes_hold_on_folders_of_real_ddl() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let mut sets: BTreeMap<std::path::PathBuf, Vec<Input>> = BTreeMap::new();
    for path in support::sql_files(&corpus) {
        let folder = path.parent().expect("a folder").to_owned();
        sets.entry(folder).or_default().push(Input::Path(path));
    }
    let errors = |linted: &lint::Linted| -> usize {
        linted.files.iter().map(|file| file.errors.len()).sum()
    };
    // What Redshift refuses, and what it is told.
    let refused = |linted: &lint::Linted| -> usize {
        let findings = linted.files.iter().flat_map(|file| &file.findings);
        let refused = findings.filter(|one| one.severity == distkey::rules::Severity::Error);
        refused.count()
    };
    for (folder, inputs) in sets {
        let env = Environment::default();
        let before = lint::lint(&inputs, env.view());
        for unsafe_too in [false, true] {
            let name = folder.display();
            let outcome = lint::fix(&inputs, unsafe_too, env.view());
            assert_eq!(outcome.circle, None, "{name}");
            assert!(errors(&outcome.linted) <= errors(&before), "{name}");
            assert!(refused(&outcome.linted) <= refused(&before), "{name}");
            for file in &outcome.fixed {
                assert_eq!(
                    comments(&file.before),
                    comments(&file.after),
                    "{}",
                    file.path
                );
            }
            let fixed: Vec<Input> = inputs
                .iter()
                .map(|input| {
                    let source = input.read().expect("it was read");
                    let fixed = outcome.fixed.iter().find(|file| file.path == source.name);
                    let text = fixed.map_or(source.unmasked(), |file| file.after.as_str());
                    Input::Text(SourceFile::new(source.name.as_str(), text))
                })
                .collect();
            let again = lint::fix(&fixed, unsafe_too, env.view()).fixed;
            let again: Vec<&str> = again.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(again, [""; 0], "{name}");
        }
    }
}

/// No two rules undo each other: the examples of each two, one after another and as one table.
#[test]
fn no_two_rules_undo_each_other() {
    let examples: Vec<(&str, String)> = rules::schema::RULES
        .iter()
        .filter_map(|rule| {
            let example = rule.info.doc.split("## Example").nth(1)?;
            let sql = example.split("```sql\n").nth(1)?.split("```").next()?;
            Some((rule.info.code, sql.to_owned()))
        })
        .filter(|(_, sql)| !fix("one.sql", sql, true).fixed.is_empty())
        .collect();
    assert!(examples.len() > 10, "{}", examples.len());
    for (one, a) in &examples {
        for (other, b) in &examples {
            let outcome = fix("two.sql", &format!("{a}\n{b}"), true);
            assert_eq!(outcome.circle, None, "{one} and {other}");
            let Some(fixed) = outcome.fixed.first() else {
                continue;
            };
            let again = fix("two.sql", &fixed.after, true);
            assert!(again.fixed.is_empty(), "{one} and {other}: {}", fixed.after);
        }
    }
    // What one wants compressed, the other wants otherwise.
    let all = "create table t (id bigint identity(1,1) encode lzo, at timestamp encode lzo, day date \
               encode runlength, a varchar(4000) encode raw, b varchar(4000) encode lzo, ok boolean \
               encode az64, price float encode raw) distkey (id) compound sortkey (at, day);";
    let outcome = fix("t.sql", all, true);
    assert_eq!(outcome.circle, None);
    let after = outcome.fixed[0].after.clone();
    assert!(fix("t.sql", &after, true).fixed.is_empty(), "{after}");
}

/// Fixes of real schemas make no query of theirs slower, by the plans before and after.
#[test]
fn no_query_is_slower_with_the_fixes() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    for (set, ddl, stats) in [
        ("tpch3tb", "create.sql", "stats.json"),
        ("imply-lineitem", "create.sql", "stats.json"),
    ] {
        let at = |name: &str| corpus.join("latency").join(set).join(name);
        let Ok(text) = std::fs::read_to_string(at(ddl)) else {
            println!("skipped: no {set}");
            continue;
        };
        let folder = support::folder(&[("before.sql", &text), ("after.sql", &text)]);
        let ran = support::distkey(
            folder.path(),
            &[
                "lint",
                "--fix",
                "--unsafe-fixes",
                "after.sql",
                "--fail-on",
                "never",
            ],
        );
        assert!(ran.err.contains("fixed "), "{set}: {}", ran.err);
        assert_ne!(
            std::fs::read_to_string(folder.path().join("after.sql")).expect("the fixed file"),
            text,
            "{set}: {}",
            ran.err
        );
        let queries = at("queries.sql").display().to_string();
        let times = |ddl: &str| -> Vec<(String, Option<f64>)> {
            let mut args = vec!["explain", "--query", &queries, "--ddl", ddl];
            args.extend(["--cluster", "ra3.4xlarge:4", "--format", "json"]);
            let stats = at(stats).display().to_string();
            args.extend(["--stats", &stats]);
            let ran = support::distkey(folder.path(), &args);
            let report: serde_json::Value = serde_json::from_str(&ran.out)
                .unwrap_or_else(|error| panic!("{set}: {error}: {}", ran.err));
            let inputs = report["inputs"].as_array().cloned().unwrap_or_default();
            inputs
                .iter()
                .map(|input| {
                    let name = input["name"].as_str().unwrap_or_default().to_owned();
                    (name, input["prediction"]["warm"]["p50_ms"].as_f64())
                })
                .collect()
        };
        let (before, after) = (times("before.sql"), times("after.sql"));
        assert_eq!(before.len(), after.len(), "{set}");
        assert!(
            before.iter().filter(|(_, ms)| ms.is_some()).count() > 5,
            "{set}"
        );
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            assert_eq!(before.is_some(), after.is_some(), "{name}");
            assert!(
                after <= before,
                "{name}: {before:?} ms before, {after:?} ms after"
            );
        }
    }
}

/// A fix with which a query would be slower is not applied, and that is said; others are.
#[test]
fn fixes_that_slow_a_query_down_are_kept_back() {
    // RAW takes more bytes to read than what it replaces, and nothing is skipped here.
    let ddl = "create table events (at timestamp encode az64, id bigint encode az64, body varchar(2000) \
               encode zstd, kind varchar(20) encode lzo) sortkey (at);\n";
    let query = "select count(*) from events where at < '2020-01-01' or id = 3;\n";
    let stats = r#"[{"table": "events", "tbl_rows": 400000000}]"#;
    let files = [("t.sql", ddl), ("q/a.sql", query), ("s.json", stats)];
    let run = |more: &[&str]| {
        let there = support::folder(&files);
        let args = [
            &[
                "lint",
                "t.sql",
                "--unsafe-fixes",
                "--stats",
                "s.json",
                "--fail-on",
                "never",
            ],
            more,
        ];
        let ran = support::distkey(there.path(), &args.concat());
        let text = std::fs::read_to_string(there.path().join("t.sql")).expect("the file");
        (ran.err, text)
    };
    let (_, free) = run(&[]);
    assert!(free.contains("at timestamp encode raw"), "{free}");
    let (said, held) = run(&["--queries", "q"]);
    assert!(held.contains("at timestamp encode az64"), "{held}");
    assert!(
        said.contains("not fixed: DK213, with which q/a.sql would take "),
        "{said}"
    );
    assert!(!held.contains("lzo"), "{held}");
    let there = support::folder(&files);
    let ran = support::distkey(there.path(), &["lint", "t.sql", "--queries", "q"]);
    assert_eq!(ran.code, 2);
}
