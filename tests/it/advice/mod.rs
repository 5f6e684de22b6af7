//! What explain advises: tried before it is printed, said once, worth its gain.

use std::collections::BTreeSet;

mod cost;
mod estimates;
mod generated;
mod harm;
mod judged;
mod keys;
mod pasted;
mod rewrites;
mod tried;

use proptest::prelude::*;

use crate::support;
use distkey::cluster::Cluster;
use distkey::environment::{Environment, Given};
use distkey::explain::{self, Asked, Explanation, Settings, WhatIf};
use distkey::latency::Verdict;
use distkey::plan;
use distkey::rules::{Finding, Severity};
use distkey::schema::Schema;
use distkey::sql::{self, AlterAction, Body};
use distkey::text::SourceFile;

/// A fact and its lookups.
const STAR: &str = "
XN HashAggregate  (cost=5000000.00..5000000.00 rows=50 width=24)
  ->  XN Hash Join DS_BCAST_INNER  (cost=400000.00..4000000.00 rows=40000000 width=24)
        Hash Cond: (\"outer\".shop_id = \"inner\".shop_id)
        ->  XN Hash Join DS_DIST_BOTH  (cost=300000.00..3000000.00 rows=40000000 width=20)
              Outer Dist Key: v.visitor_id
              Inner Dist Key: o.visitor_id
              Hash Cond: (\"outer\".visitor_id = \"inner\".visitor_id)
              ->  XN Seq Scan on visits v  (cost=0.00..25000000.00 rows=80000000 width=16)
                    Filter: (visited_on = '2026-01-01'::date)
              ->  XN Hash  (cost=400000.00..400000.00 rows=40000000 width=20)
                    ->  XN Seq Scan on orders o  (cost=0.00..400000.00 rows=40000000 width=20)
        ->  XN Hash  (cost=30000.00..30000.00 rows=3000000 width=40)
              ->  XN Seq Scan on shops s  (cost=0.00..30000.00 rows=3000000 width=40)
";

fn environment(ddl: &str) -> Environment {
    let schema = (!ddl.is_empty()).then(|| Schema::of(&sql::parse(&SourceFile::new("ddl", ddl))));
    let given = Given {
        cluster: Some("ra3.4xlarge:4"),
        schema,
        ..Given::default()
    };
    Environment::new(distkey::config::Config::default(), given).expect("an environment")
}

fn explained(text: &str, ddl: &str) -> Explanation {
    let environment = environment(ddl);
    explain::explain("plan", text, &Settings::new(environment.view()))
}

fn found<'e>(explanation: &'e Explanation, name: &str) -> Option<&'e Finding> {
    explanation.findings.iter().find(|f| f.name == name)
}

fn statements(explanation: &Explanation) -> Vec<String> {
    let findings = explanation.findings.iter();
    let statements = findings.flat_map(|finding| &finding.remedy.sql);
    statements.map(ToString::to_string).collect()
}

fn alters(explanation: &Explanation) -> Vec<String> {
    let mut all = statements(explanation);
    all.retain(|sql| sql.starts_with("ALTER"));
    all
}

fn of_rule(plan: &str, ddl: &str, code: &str) -> Vec<Finding> {
    let mut findings = explained(plan, ddl).findings;
    findings.retain(|finding| finding.code == code);
    findings
}

fn finds(plan: &str, ddl: &str, code: &str) -> bool {
    !of_rule(plan, ddl, code).is_empty()
}

/// A step: `step(2, "Seq Scan on t", 100, 8)`.
fn step(depth: usize, title: &str, rows: u64, width: u64) -> String {
    let arrow = match depth {
        0 => String::new(),
        _ => format!("{}->  ", "      ".repeat(depth - 1) + "  "),
    };
    // Reading a row costs 0.01: what is charged beyond that would be rows that a filter drops.
    let cost = match title.starts_with("Seq Scan") {
        true => rows as f64 * 0.01,
        false => rows as f64,
    };
    format!("{arrow}XN {title}  (cost=0.00..{cost:.2} rows={rows} width={width})\n")
}

/// A line below a step.
fn detail(depth: usize, text: &str) -> String {
    format!("{}{text}\n", "      ".repeat(depth) + "  ")
}

fn join(label: &str, outer: u64, inner: u64) -> String {
    [
        step(0, &format!("Hash Join {label}"), outer, 40),
        detail(0, "Hash Cond: (\"outer\".order_id = \"inner\".order_id)"),
        step(1, "Seq Scan on lines", outer, 20),
        step(1, "Hash", inner, 24),
        step(2, "Seq Scan on orders", inner, 24),
    ]
    .concat()
}

fn filtered(rows: u64, of: u64, filter: &str) -> String {
    // A comparison costs a quarter of what reading a row does.
    let comparisons = filter.matches(['=', '>', '<']).count() as f64;
    let cost = of as f64 * (0.01 + 0.0025 * comparisons);
    format!(
        "XN Seq Scan on orders  (cost=0.00..{cost:.2} rows={rows} width=8)\n  Filter: {filter}\n"
    )
}

fn window(partition: &str, sends: &str, below: &str) -> String {
    let mut plan = vec![
        step(0, "Window", 20_000_000, 40),
        detail(0, &format!("Partition: {partition}")),
        detail(0, "Order: placed_at"),
        step(1, "Sort", 20_000_000, 40),
        detail(1, &format!("Sort Key: {partition}, placed_at")),
        step(2, "Network", 20_000_000, 40),
        detail(2, sends),
    ];
    plan.push(below.to_owned());
    plan.concat()
}

/// A stage and its target, both redistributed by a column.
fn staged(column: &str) -> String {
    format!(
        "
XN Hash Join DS_DIST_BOTH  (cost=900.00..9000000.00 rows=900000 width=60)
  Outer Dist Key: s.{column}
  Inner Dist Key: b.{column}
  Hash Cond: (\"outer\".{column} = \"inner\".{column})
  ->  XN Seq Scan on stage s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=9000.00..9000.00 rows=9000000 width=14)
        ->  XN Seq Scan on target b  (cost=0.00..90000.00 rows=9000000 width=14)
"
    )
}

/// Every plan that is at hand: the samples, and the corpus where there is one.
fn all_plans() -> Vec<(String, String)> {
    let samples = std::fs::read_dir("sample_plans").expect("samples");
    let mut plans: Vec<(String, String)> = samples
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "txt" || e == "csv"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("text");
            (path.display().to_string(), text)
        })
        .collect();
    for plan in support::corpus_plans().unwrap_or_default() {
        plans.push((plan.file, plan.text));
    }
    plans
}
