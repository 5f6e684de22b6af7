//! The plan rules: their documented examples, and what they say of real plans.

use std::collections::BTreeMap;

use crate::support;
use distkey::environment::{Environment, View};
use distkey::explain::{self, Explanation, Settings};
use distkey::rules::{self, Severity};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{Stats, TableStats};
use distkey::text::SourceFile;

fn explain(name: &str, text: &str, stats: Option<&Stats>) -> Explanation {
    let env = Environment::default();
    let settings = Settings::new(View {
        stats,
        ..env.view()
    });
    explain::explain(name, text, &settings)
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

fn stats_of(json: &str) -> Stats {
    let value: serde_json::Value = serde_json::from_str(json).expect("stats");
    let mut stats = Stats::default();
    for (table, rows) in value["rows"].as_object().expect("rows") {
        let table_stats = TableStats {
            rows: rows.as_f64(),
            ..TableStats::default()
        };
        stats.tables.insert(table.as_str().into(), table_stats);
    }
    stats
}

/// Whether a section's example raises the rule.
fn raises(rule: &rules::RuleInfo, heading: &str) -> bool {
    let blocks = blocks(rule.doc, heading);
    let of = |language: &str| {
        blocks
            .iter()
            .find(|(l, _)| l == language)
            .map(|(_, t)| t.as_str())
    };
    let stats = of("json").map(stats_of);
    let plan = of("text").unwrap_or_else(|| panic!("{} has no plan under {heading}", rule.code));
    let ddl = of("sql").map(|sql| Schema::of(&sql::parse(&SourceFile::new("ddl", sql))));
    let env = Environment::default();
    let settings = Settings::new(View {
        stats: stats.as_ref(),
        schema: ddl.as_ref(),
        ..env.view()
    });
    let explanation = explain::explain(rule.name, plan, &settings);
    assert_eq!(explanation.error, None, "{} {heading}", rule.code);
    explanation
        .findings
        .iter()
        .any(|finding| finding.code == rule.code)
}

#[test]
fn documented_examples_raise_their_rule_and_the_cure_does_not() {
    for rule in rules::plan::RULES {
        assert!(
            raises(&rule.info, "Example"),
            "{} misses its example",
            rule.info.code
        );
        assert!(
            !raises(&rule.info, "Use instead"),
            "{} fires on its cure",
            rule.info.code
        );
    }
}

#[test]
fn every_rule_names_a_page_to_read() {
    for rule in rules::all() {
        let pages = rule.sources.iter().filter(|one| one.contains("https://"));
        assert!(pages.count() > 0, "{} cites no address", rule.code);
        let printed = rule.markdown();
        let (_, references) = printed.split_once("## References").expect("references");
        assert!(
            references.contains("<https://"),
            "{} prints no address",
            rule.code
        );
    }
}

#[test]
fn codes_and_names_are_unique() {
    let rules = rules::all();
    for key in [|r: &rules::RuleInfo| r.code, |r: &rules::RuleInfo| r.name] {
        let mut keys: Vec<&str> = rules.iter().map(key).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}

#[test]
fn real_plans_show_what_their_authors_found() {
    let Some(cases) = support::corpus_plans() else {
        return;
    };
    let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let explanation = explain(&case.file, &case.text, None);
        for finding in &explanation.findings {
            *counts.entry((finding.name, finding.severity)).or_default() += 1;
        }
        let Some(expected) = case.manifest["expect"].as_array() else {
            continue;
        };
        let first: Vec<&str> = explanation
            .findings
            .iter()
            .take(3)
            .map(|f| f.name)
            .collect();
        for name in expected.iter().filter_map(|name| name.as_str()) {
            if !first.contains(&name) {
                failures.push(format!("{}: {name} is not among {first:?}", case.file));
            }
        }
        let worst = explanation.findings.iter().map(|f| f.severity).max();
        if expected.is_empty() && worst > Some(Severity::Hint) {
            failures.push(format!("{}: {first:?} above a hint", case.file));
        }
    }
    for ((name, severity), count) in counts {
        println!("{name:32} {severity:8} {count}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
