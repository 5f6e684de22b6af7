//! The report on an export of `STL_EXPLAIN`: too many plans to print, so the
//! findings by rule and the plans that take longest. Memory does not grow with
//! the number of plans.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::terminal::{BOLD, DIM, clip, severity_style};
use crate::explain::ExplainedPlan;
use crate::latency::Verdict;
use crate::rules::{Finding, Severity};
use crate::text::units::{count, duration, thousands};

/// Plans that the report names.
const WORST: usize = 15;

/// What one rule found over all plans.
#[derive(Debug)]
struct RuleTotal {
    name: &'static str,
    /// Plans with a finding above a hint.
    plans: u64,
    hints: u64,
    worst: Severity,
}

/// A plan that takes long.
#[derive(Debug)]
struct SlowPlan {
    query: String,
    p50_ms: f64,
    low_ms: f64,
    high_ms: f64,
    steps: usize,
    finding: Option<String>,
    /// Queries with the same prediction and finding.
    alike: u64,
}

/// The plans of an export, summed up one by one.
#[derive(Debug, Default)]
pub struct ExportSummary {
    plans: u64,
    steps: u64,
    within: u64,
    over: u64,
    rules: BTreeMap<&'static str, RuleTotal>,
    slowest: Vec<SlowPlan>,
}

impl ExportSummary {
    /// Adds a plan with its findings.
    pub fn add(&mut self, explained: &ExplainedPlan, findings: &[Finding]) {
        self.plans += 1;
        self.steps += explained.plan.nodes.len() as u64;
        match explained.prediction.verdict {
            Verdict::Within => self.within += 1,
            Verdict::Over => self.over += 1,
            Verdict::CannotTell => {}
        }
        let warm = &explained.prediction.warm;
        self.add_slow(SlowPlan {
            query: explained.plan.query.clone().unwrap_or_default(),
            p50_ms: warm.p50_ms,
            low_ms: warm.low_ms,
            high_ms: warm.high_ms,
            steps: explained.plan.nodes.len(),
            finding: findings.first().map(|f| f.message.clone()),
            alike: 0,
        });
        let mut seen: Vec<&str> = Vec::new();
        for finding in findings {
            if !seen.contains(&finding.code) {
                seen.push(finding.code);
                self.add_finding(finding);
            }
        }
    }

    fn add_finding(&mut self, finding: &Finding) {
        let total = self.rules.entry(finding.code).or_insert(RuleTotal {
            name: finding.name,
            plans: 0,
            hints: 0,
            worst: finding.severity,
        });
        total.worst = total.worst.max(finding.severity);
        match finding.severity {
            Severity::Hint => total.hints += 1,
            _ => total.plans += 1,
        }
    }

    fn add_slow(&mut self, plan: SlowPlan) {
        let alike = self
            .slowest
            .iter_mut()
            .find(|other| other.p50_ms == plan.p50_ms && other.finding == plan.finding);
        if let Some(other) = alike {
            other.alike += 1;
            return;
        }
        let at = self
            .slowest
            .partition_point(|other| other.p50_ms >= plan.p50_ms);
        if at < WORST {
            self.slowest.insert(at, plan);
            self.slowest.truncate(WORST);
        }
    }

    /// The report.
    pub fn render(&self, name: &str, budget_ms: f64, cluster: &str) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{BOLD}{name}{BOLD:#}");
        let _ = writeln!(
            out,
            "  {} plans with {} steps on {cluster}\n  against {}: {} within, {} over, {} undecided",
            thousands(self.plans as f64),
            thousands(self.steps as f64),
            duration(budget_ms),
            thousands(self.within as f64),
            thousands(self.over as f64),
            thousands((self.plans - self.within - self.over) as f64)
        );
        let _ = writeln!(
            out,
            "\n{BOLD}Findings by rule{BOLD:#}\n{DIM}  {:<36} {:>12} {:>12}{DIM:#}",
            "", "plans", "hints only"
        );
        let mut rules: Vec<_> = self.rules.iter().collect();
        rules.sort_by_key(|(code, total)| {
            (
                std::cmp::Reverse(total.worst),
                std::cmp::Reverse(total.plans),
                **code,
            )
        });
        for (code, total) in rules {
            let style = severity_style(total.worst);
            let _ = writeln!(
                out,
                "  {style}{code}{style:#} {:<30} {:>12} {:>12}",
                total.name,
                thousands(total.plans as f64),
                thousands(total.hints as f64)
            );
        }
        let _ = writeln!(out, "\n{BOLD}Longest plans{BOLD:#}");
        for plan in &self.slowest {
            let _ = writeln!(
                out,
                "  query {:<12} {:>8}  ({} to {}), {} steps{}",
                plan.query,
                duration(plan.p50_ms),
                duration(plan.low_ms),
                duration(plan.high_ms),
                count(plan.steps as f64),
                match plan.alike {
                    0 => String::new(),
                    n => format!(", and {} queries like it", thousands(n as f64)),
                }
            );
            if let Some(finding) = &plan.finding {
                let _ = writeln!(out, "    {DIM}{}{DIM:#}", clip(finding, 94));
            }
        }
        out
    }
}
