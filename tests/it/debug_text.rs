//! No document shows how Rust would print its own values: `Key("order_id")`, `Az64`,
//! `Some(…)`, `Varchar(20)`.

#![cfg(feature = "pipeline")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use regex::Regex;

/// What the program's enums are called inside, from its own source: variants that hold
/// something, and words that no document writes so.
struct Names {
    holding: BTreeSet<String>,
    words: BTreeSet<String>,
}

/// Words that Redshift, AWS or SQL write before a parenthesis, or in one piece.
const OTHERS_WRITE_THEM: &[&str] = &[
    // The class of Glue's library.
    "Job",
    "HashAggregate",
    "GroupAggregate",
    "PartitionInfo",
    "SecureScan",
    "SubqueryScan",
    "NumberOfWorkers",
    "ClusterType",
    "NodeType",
    "DBName",
];

impl Names {
    fn of_the_source() -> Self {
        let mut names = Self {
            holding: ["Some", "Ok", "Err"].map(str::to_owned).into(),
            words: BTreeSet::new(),
        };
        let variant = Regex::new(r"(?m)^    ([A-Z][A-Za-z0-9]*)(\(| \{|,)").expect("a pattern");
        let several = Regex::new(r"^[A-Z][a-z0-9]+([A-Z][a-z0-9]*)+$|^[A-Z][a-z]+[0-9]+[a-z]?$")
            .expect("a pattern");
        for text in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            for block in text.split("enum ").skip(1) {
                let body = block.split("\n}").next().unwrap_or_default();
                for found in variant.captures_iter(body) {
                    let name = found[1].to_owned();
                    if OTHERS_WRITE_THEM.contains(&name.as_str()) {
                        continue;
                    }
                    if &found[2] != "," {
                        names.holding.insert(name.clone());
                    }
                    if several.is_match(&name) {
                        names.words.insert(name);
                    }
                }
            }
        }
        names
    }

    /// What of it stands in a text, with what is around it.
    fn found_in(&self, text: &str) -> Vec<String> {
        let joined = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join("|")
        };
        let pattern = format!(
            r"\b(?:{})(?:\(|\s\{{)|\b(?:{})\b",
            joined(&self.holding),
            joined(&self.words)
        );
        let pattern = Regex::new(&pattern).expect("a pattern");
        let found = pattern.find_iter(text);
        found
            .map(|found| {
                let from = text[..found.start()].char_indices().rev().nth(60);
                let to = text[found.end()..].char_indices().nth(30);
                let from = from.map_or(0, |(at, _)| at);
                let to = to.map_or(text.len(), |(at, _)| found.end() + at);
                text[from..to].to_owned()
            })
            .collect()
    }
}

fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            texts.push(std::fs::read_to_string(path).expect("a source"));
        }
    }
    texts
}

#[test]
fn the_check_sees_what_it_looks_for() {
    let names = Names::of_the_source();
    for debug in [
        "now Key(\"order_id\")",
        "(Az64) beside",
        "Some(3)",
        "Varchar(20)",
        "Decimal { precision: 10, scale: 2 }",
        "Compound([\"a\"])",
        "DoublePrecision",
        "Join(Hash, Inner)",
    ] {
        assert!(!names.found_in(debug).is_empty(), "{debug}");
    }
    for fine in [
        "now KEY(order_id)",
        "AZ64 or az64",
        "VARCHAR(20)",
        "XN Hash  (cost=0.00..1.00 rows=1 width=1)",
        "COMPOUND SORTKEY (a)",
        "a key (see below)",
    ] {
        assert_eq!(names.found_in(fine), Vec::<String>::new(), "{fine}");
    }
}

/// A table and a query for which keys, types and encodings are told.
const DDL: &str = "\
create table chosen (id bigint, other bigint, name varchar(20));
create table spread (id bigint, at timestamp encode az64, note varchar(65535), memo varchar(9000)) \
diststyle even compound sortkey (at);
create table woven (id numeric(10,2), d date, f double precision, b boolean encode az64) \
distkey (d) interleaved sortkey (d, f);
create table copied (id char(10) primary key, label varchar(400) encode lzo) diststyle all;
create table settled (id bigint) sortkey auto;
alter table woven alter distkey f;
alter table copied drop column id;
alter table chosen alter column name type varchar(30);
alter table copied alter column label type int, add column c int distkey;
";

const SETTLED: &str = r#"[
{"table": "chosen", "diststyle": "AUTO(KEY(other))", "sortkey1": "AUTO(SORTKEY(id))", "tbl_rows": 90000000},
{"table": "settled", "diststyle": "AUTO(EVEN)", "tbl_rows": 80000000},
{"table": "spread", "diststyle": "EVEN", "tbl_rows": 80000000}]"#;

const PLAN: &str = "\
XN Hash Join DS_DIST_BOTH  (cost=1000000.00..90000000.00 rows=90000000 width=40)
  Outer Dist Key: c.id
  Inner Dist Key: s.id
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on chosen c  (cost=0.00..900000.00 rows=90000000 width=20)
  ->  XN Hash  (cost=800000.00..800000.00 rows=80000000 width=20)
        ->  XN Seq Scan on settled s  (cost=0.00..800000.00 rows=80000000 width=20)
";

const QUERIES: &str = "\
select c.name, s.note from chosen c join spread s on s.id = c.id where s.at > '2024-01-01';
select c.name, t.id from chosen c join settled t on t.id = c.id;
";

fn commands(own: &Path) -> Vec<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |name: &str| own.join(name).display().to_string();
    let mut commands: Vec<String> = Vec::new();
    let plans = std::fs::read_dir(root.join("sample_plans")).expect("sample plans");
    let mut plans: Vec<String> = plans
        .map(|entry| entry.expect("a file").path().display().to_string())
        .collect();
    plans.sort();
    let explain = [
        "text", "json", "html", "dot", "sarif", "github", "gitlab", "junit",
    ];
    let own_tables = format!("--ddl {} --stats {}", file("t.sql"), file("s.json"));
    let samples = "--ddl sample_ddl --stats sample_queries/stats.json";
    for format in explain {
        for plan in &plans {
            commands.push(format!("explain {plan} {samples} --format {format}"));
        }
        commands.push(format!(
            "explain {} {own_tables} --format {format}",
            file("p.txt")
        ));
        for query in [
            "sample_queries/search_normalized.sql",
            "sample_queries/search_denormalized.sql",
        ] {
            commands.push(format!(
                "explain --query {query} {samples} --format {format}"
            ));
        }
        commands.push(format!(
            "explain --query {} {own_tables} --distkey chosen=id --sortkey spread=id --scale 2 --format {format}",
            file("q.sql")
        ));
    }
    for node in 0..4 {
        commands.push(format!(
            "explain {} {own_tables} --why {node}",
            file("p.txt")
        ));
    }
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "html"] {
        commands.push(format!("lint sample_ddl --format {format}"));
        commands.push(format!(
            "lint {} --stats {} --format {format}",
            file("t.sql"),
            file("s.json")
        ));
    }
    commands.push(format!(
        "lint sample_ddl {} --unsafe-fixes --diff",
        file("t.sql")
    ));
    for format in ["text", "json", "html"] {
        for case in ["catalog_normalized", "catalog_denormalized"] {
            let case = format!("sample_cases/{case}");
            commands.push(format!(
                "advise --ddl {case}/schema.sql --queries {case}/queries --stats {case}/stats.json --format {format}"
            ));
        }
        commands.push(format!(
            "advise {own_tables} --queries {} --format {format}",
            file("q.sql")
        ));
        commands.push(format!(
            "diff sample_plans/broadcast.txt sample_plans/merge_join.txt --format {format}"
        ));
        commands.push(format!(
            "diff {} sample_plans/merge_join.txt {own_tables} --format {format}",
            file("p.txt")
        ));
        for pipeline in ["sample_pipeline", "sample_pipeline_bad"] {
            commands.push(format!("pipeline review {pipeline} --format {format}"));
        }
    }
    for script in ["--script", "--rollback-script"] {
        commands.push(format!(
            "advise {own_tables} --queries {} {script}",
            file("q.sql")
        ));
    }
    for pipeline in ["sample_pipeline", "sample_pipeline_bad"] {
        for format in ["text", "json"] {
            commands.push(format!(
                "pipeline cost {pipeline} --scale 3 --format {format}"
            ));
        }
        for format in ["text", "json", "dot"] {
            commands.push(format!("pipeline lineage {pipeline} --format {format}"));
        }
        commands.push(format!(
            "pipeline runbook {pipeline} --at 2026-01-02T03:00:00Z"
        ));
    }
    commands.extend(
        [
            "test sample_cases",
            "rule",
            "rule --all",
            "stats-query",
            "json-schema config",
        ]
        .map(str::to_owned),
    );
    // Mistakes are told in words, too.
    commands.extend(
        [
            "explain sample_plans/broadcast.txt --cluster nonsense:3",
            "explain sample_plans/broadcast.txt --distkey x",
            "lint no_such_file.sql",
            "pipeline cost --minutes x",
            "advise --ddl sample_ddl --queries no_such_folder",
        ]
        .map(str::to_owned),
    );
    let words = |command: &String| command.split_whitespace().map(str::to_owned).collect();
    commands.iter().map(words).collect()
}

#[test]
fn no_document_shows_rusts_own_print() {
    let own = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("t.sql", DDL),
        ("s.json", SETTLED),
        ("p.txt", PLAN),
        ("q.sql", QUERIES),
    ] {
        std::fs::write(own.path().join(name), text).expect("a file");
    }
    let names = Names::of_the_source();
    let scripts = Regex::new(r"(?s)<script>.*?</script>|<style>.*?</style>").expect("a pattern");
    let mut wrong = BTreeSet::new();
    let (mut ran, mut settled) = (0, false);
    for command in commands(own.path()) {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(&command)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("NO_COLOR", "1")
            .env_remove("GITHUB_ACTIONS")
            .output()
            .expect("distkey runs");
        let printed =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let printed = scripts.replace_all(&printed, "");
        assert!(
            !printed.contains("unexpected argument"),
            "{command:?}: {printed}"
        );
        settled |= printed.contains("DISTSTYLE AUTO, now KEY(other)");
        ran += usize::from(!printed.trim().is_empty());
        for found in names.found_in(&printed) {
            wrong.insert(format!("{}: {found}", command.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran > 150, "only {ran} commands print something");
    assert!(settled, "the plan's table is not told as it is kept");
}
