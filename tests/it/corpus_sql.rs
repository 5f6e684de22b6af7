//! Real Redshift SQL is typed, valid statements are never called wrong, and
//! broken ones are found at the right line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support;
use distkey::environment::Environment;
use distkey::lint::{self, Input};
use distkey::sql::{self, Body, Statement};
use distkey::text::SourceFile;
use distkey::text::comments::comments;

/// Kinds that must be typed.
const TYPED: [&str; 8] = [
    "CREATE TABLE",
    "CREATE TABLE AS",
    "ALTER TABLE",
    "CREATE MATERIALIZED VIEW",
    "CREATE EXTERNAL TABLE",
    "COPY",
    "UNLOAD",
    "COMMENT",
];

fn sql_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sql_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            out.push(path);
        }
    }
}

fn sources() -> Option<Vec<SourceFile>> {
    let corpus = support::corpus()?;
    let mut paths = Vec::new();
    for folder in ["sql", "workloads"] {
        sql_files(&corpus.join(folder), &mut paths);
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path
            .strip_prefix(&corpus)
            .unwrap_or(path)
            .display()
            .to_string();
        SourceFile::from_bytes(name, std::fs::read(path).expect("a file"))
    };
    Some(paths.iter().map(read).collect())
}

#[test]
fn every_statement_of_the_corpus_is_read() {
    let Some(sources) = sources() else { return };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut not_understood = 0;
    for source in &sources {
        let script = sql::parse(source);
        for statement in &script.statements {
            *kinds.entry(statement.kind.clone()).or_default() += 1;
            let is_other = matches!(statement.body, Body::Other | Body::NotUnderstood);
            if is_other && TYPED.contains(&statement.kind.as_str()) {
                failures.push(format!("{}: {} is not typed", source.name, statement.kind));
            }
            not_understood += usize::from(matches!(statement.body, Body::NotUnderstood));
        }
        for note in script
            .notes
            .iter()
            .filter(|note| note.message.contains("not understood"))
        {
            let place = source.line_column(note.span.start);
            println!("note: {}:{}: {}", source.name, place.line, note.message);
        }
        for error in &script.errors {
            let place = source.line_column(error.span.start);
            failures.push(format!("{}:{}: {}", source.name, place.line, error.message));
        }
    }
    for (kind, count) in &kinds {
        println!("{count:6} {kind}");
    }
    println!("{not_understood} queries are not understood");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is left of a text without its statements, comments, separators and psql's own commands.
fn left_over(source: &SourceFile, statements: &[Statement]) -> String {
    let mut rest = String::new();
    let mut at = 0;
    for statement in statements.iter().filter(|one| !one.in_body) {
        rest.push_str(&source.text[at..statement.span.start]);
        at = statement.span.end;
    }
    rest.push_str(&source.text[at..]);
    let mut plain = String::new();
    let mut at = 0;
    for (start, comment) in comments(&rest) {
        plain.push_str(&rest[at..start]);
        at = start + comment.len();
    }
    plain.push_str(&rest[at..]);
    let lines = plain.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with('\\')).collect();
    lines.join("").replace(';', "")
}

/// Lint accounts for every statement: what it counts is all that a file holds beside comments, each
/// is checked, accepted unread or not understood, and these are told by their lines.
#[test]
fn no_statement_of_the_corpus_is_unaccounted_for() {
    let Some(sources) = sources() else { return };
    let inputs: Vec<Input> = sources.iter().cloned().map(Input::Text).collect();
    let linted = lint::lint(&inputs, Environment::default().view());
    assert_eq!(linted.files.len(), sources.len());
    let mut all = [0; 4];
    for (source, file) in sources.iter().zip(&linted.files) {
        let script = sql::parse_in_parts(source, &mut |_| ());
        assert_eq!(left_over(source, &script.statements), "", "{}", source.name);
        assert_eq!(file.errors, [], "{}", source.name);
        let tally = &file.tally;
        assert_eq!(
            tally.statements(),
            script.statements.len(),
            "{}",
            source.name
        );
        for (line, text) in &tally.not_understood {
            assert!(
                source.line(*line).contains(text.as_str()),
                "{}:{line}",
                source.name
            );
            assert!(!text.is_empty(), "{}:{line}", source.name);
        }
        let accepted: usize = tally.accepted.values().sum();
        let of_file = [
            tally.statements(),
            tally.checked,
            accepted,
            tally.not_understood.len(),
        ];
        for (sum, count) in all.iter_mut().zip(of_file) {
            *sum += count;
        }
    }
    let [statements, checked, accepted, not_understood] = all;
    println!(
        "{statements} statements: {checked} checked, {accepted} accepted unread, {not_understood} not understood"
    );
    assert_eq!(statements, checked + accepted + not_understood);
    // Most of what is not understood are test suites' own forms.
    assert!(
        not_understood * 100 < statements,
        "{not_understood} of {statements}"
    );
}

/// A way to break a statement: the broken text and the offset of the damage.
type Damage = fn(&str) -> Option<(String, usize)>;

const DAMAGES: [(&str, Damage); 5] = [
    ("a dropped closing parenthesis", |text| {
        drop_at(text, text.rfind(')')?, 1)
    }),
    ("a dropped opening parenthesis", |text| {
        drop_at(text, text.find('(')?, 1)
    }),
    ("a dropped closing quote", |text| {
        drop_at(text, text.rfind('\'')?, 1)
    }),
    ("a dropped comma", |text| drop_at(text, separator(text)?, 1)),
    ("a dropped type", drop_type),
];

fn drop_at(text: &str, at: usize, length: usize) -> Option<(String, usize)> {
    Some((format!("{}{}", &text[..at], &text[at + length..]), at))
}

/// A comma that ends a line, as between columns.
fn separator(text: &str) -> Option<usize> {
    let at = text.find(",\n")?;
    let before = &text[..at];
    (!before.contains("--") && !before.contains("/*") && !before.contains('\'')).then_some(at)
}

fn drop_type(text: &str) -> Option<(String, usize)> {
    let lower = text.to_lowercase();
    let (at, word) = [" integer,\n", " bigint,\n", " timestamp,\n", " date,\n"]
        .iter()
        .find_map(|word| Some((lower.find(word)?, *word)))?;
    let before = &text[..at];
    if before.contains("--") || before.contains('\'') {
        return None;
    }
    drop_at(text, at, word.len() - 2)
}

fn can_be_broken(statement: &Statement, text: &str) -> bool {
    let whole = matches!(
        statement.body,
        Body::CreateTable(_) | Body::AlterTable(_) | Body::Copy(_) | Body::CreateExternalTable(_)
    );
    let has_query = matches!(&statement.body, Body::CreateTable(table) if table.query.is_some());
    whole && !has_query && !statement.templated && !text.contains("--")
}

#[test]
fn broken_statements_are_found_at_the_right_line() {
    let Some(sources) = sources() else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for source in &sources {
        for statement in sql::parse(source).statements {
            let text = &source.text[statement.span.start..statement.span.end];
            if !can_be_broken(&statement, text) {
                continue;
            }
            for (name, damage) in DAMAGES {
                let Some((broken, at)) = damage(text) else {
                    continue;
                };
                let line = broken[..at].matches('\n').count() + 1;
                let script = format!("{broken};\nCREATE TABLE after_it (a INT);\n");
                let source = SourceFile::new("broken.sql", script);
                let found = sql::parse(&source);
                let right = found.errors.iter().any(|error| {
                    let place = source.line_column(error.span.start);
                    place.line == line
                });
                let count = counts.entry(name).or_default();
                count.0 += 1;
                count.1 += usize::from(right);
                if !right {
                    let places: Vec<_> = found
                        .errors
                        .iter()
                        .map(|e| (source.line_column(e.span.start).line, &e.message))
                        .collect();
                    println!("{}: {name} at line {line}: {places:?}", statement.kind);
                }
            }
        }
    }
    let broken: usize = counts.values().map(|(n, _)| n).sum();
    let right: usize = counts.values().map(|(_, n)| n).sum();
    println!("{counts:?}\n{right} of {broken} errors are at the right line");
    assert!(right * 100 >= broken * 95, "{right} of {broken}");
}
