//! How much of what lint says is worth saying: its findings on real SQL, a sample of which was read
//! and judged. `docs/lint-verdicts.tsv` holds the verdicts by fingerprint, `docs/lint-precision.md` the
//! table that is made of them; `DISTKEY_RENEW=1` writes that anew, and a finding that is sampled and
//! not judged is printed to be read.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::support;
use distkey::environment::Environment;
use distkey::lint::{self, Input};
use distkey::rules::Severity;
use distkey::text::fingerprint::fingerprint;

/// Findings of a rule in a set that are read: those that come first by fingerprint, which is as good
/// as by lot.
const SAMPLE: usize = 20;

/// A finding on the corpus.
struct Found {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    print: String,
    told: String,
}

/// What each set of the corpus holds.
fn sets(corpus: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut sets: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in support::sql_files(corpus) {
        let below = path.strip_prefix(corpus).expect("below the corpus");
        let mut parts = below.iter().map(|part| part.to_string_lossy());
        let first = parts.next().expect("a part");
        let set = match first.as_ref() {
            "sql" => parts.next().expect("a set"),
            _ => first,
        };
        sets.entry(set.into_owned()).or_default().push(path.clone());
    }
    sets.into_iter().collect()
}

fn findings(corpus: &Path, files: &[PathBuf]) -> Vec<Found> {
    let inputs: Vec<Input> = files.iter().cloned().map(Input::Path).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for file in lint::lint(&inputs, Environment::default().view()).files {
        let path = Path::new(&file.path).strip_prefix(corpus).expect("below");
        let path = path.to_string_lossy().replace('\\', "/");
        for finding in &file.findings {
            let print = fingerprint(&[finding.code, &path, &finding.subject]);
            let count = seen.entry(print.clone()).or_default();
            *count += 1;
            let print = match *count {
                1 => print,
                n => fingerprint(&[&print, &n.to_string()]),
            };
            let line = finding.location.as_ref().map_or(0, |place| place.line);
            found.push(Found {
                code: finding.code,
                name: finding.name,
                severity: finding.severity,
                told: format!("{path}:{line}: {}", finding.message),
                print,
            });
        }
    }
    found
}

/// right, noise, wrong.
type Counts = [usize; 3];

const VERDICTS: [&str; 3] = ["right", "noise", "wrong"];

/// The verdicts: by fingerprint.
fn verdicts() -> BTreeMap<String, usize> {
    let text = include_str!("../../docs/lint-verdicts.tsv");
    let rows = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|row| {
        let mut cells = row.split('\t');
        let print = cells.next().expect("a fingerprint");
        let verdict = cells.next().expect("a verdict");
        let verdict = VERDICTS.iter().position(|word| *word == verdict);
        (
            print.to_owned(),
            verdict.unwrap_or_else(|| panic!("no verdict: {row}")),
        )
    })
    .collect()
}

/// What the verdicts come to, and what is not judged yet.
#[derive(Default)]
struct Ledger {
    table: String,
    unread: String,
    /// Of hints, and of what is above.
    all: BTreeMap<bool, Counts>,
}

fn ledger(corpus: &Path) -> Ledger {
    let verdicts = verdicts();
    let mut rows: BTreeMap<(&str, &str, Severity, String), (usize, Counts)> = BTreeMap::new();
    let mut unread = String::new();
    for (set, files) in sets(corpus) {
        let mut by_rule: BTreeMap<(&str, Severity), Vec<Found>> = BTreeMap::new();
        for found in findings(corpus, &files) {
            by_rule
                .entry((found.code, found.severity))
                .or_default()
                .push(found);
        }
        for ((code, severity), mut found) in by_rule {
            found.sort_by(|a, b| a.print.cmp(&b.print));
            let key = (code, found[0].name, severity, set.clone());
            let row = rows.entry(key).or_default();
            row.0 = found.len();
            for one in found.iter().take(SAMPLE) {
                match verdicts.get(&one.print) {
                    Some(verdict) => row.1[*verdict] += 1,
                    None => {
                        let _ = writeln!(
                            unread,
                            "{}\t?\t{code} {severity}\t{set}\t{}",
                            one.print, one.told
                        );
                    }
                }
            }
        }
    }
    let mut table = String::from(
        "| rule | severity | corpus | findings | read | right | noise | wrong |\n\
         |---|---|---|---:|---:|---:|---:|---:|\n",
    );
    let mut all: BTreeMap<bool, Counts> = BTreeMap::new();
    for ((code, name, severity, set), (count, counts)) in &rows {
        let read: usize = counts.iter().sum();
        let [right, noise, wrong] = counts;
        let _ = writeln!(
            table,
            "| {code} {name} | {severity} | {set} | {count} | {read} | {right} | {noise} | {wrong} |"
        );
        let sum = all.entry(*severity > Severity::Hint).or_default();
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    for (above, [right, noise, wrong]) in &all {
        let what = if *above {
            "**warnings and errors**"
        } else {
            "**hints**"
        };
        let read = right + noise + wrong;
        let _ = writeln!(
            table,
            "| {what} | | | | {read} | {right} | {noise} | {wrong} |"
        );
    }
    Ledger { table, unread, all }
}

#[test]
fn what_lint_says_of_real_sql_is_worth_saying() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let ledger = ledger(&corpus);
    println!("{}not judged yet:\n{}", ledger.table, ledger.unread);
    for (above, what) in [(true, "warnings and errors"), (false, "hints")] {
        let counts = ledger.all.get(&above).copied().unwrap_or_default();
        let right = counts[0] as f64 / counts.iter().sum::<usize>().max(1) as f64;
        assert!(right >= 0.9, "{right}: of {what}");
    }
}

#[test]
#[ignore = "renewed with each release: .ci/long runs it"]
fn every_finding_that_is_sampled_is_judged() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let Ledger { table, unread, .. } = ledger(&corpus);
    assert!(unread.is_empty(), "not judged yet:\n{unread}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint-precision.md");
    let document = std::fs::read_to_string(&path).expect("the ledger");
    const MARK: &str = "<!-- counted -->\n";
    let (head, rest) = document.split_once(MARK).expect("a mark");
    let (_, tail) = rest.split_once(MARK).expect("a second mark");
    let now = format!("{head}{MARK}{table}{MARK}{tail}");
    if std::env::var_os("DISTKEY_RENEW").is_some() {
        std::fs::write(&path, &now).expect("it is written");
        return;
    }
    assert!(
        now == document,
        "docs/lint-precision.md is out of date: run this test with DISTKEY_RENEW=1"
    );
}
