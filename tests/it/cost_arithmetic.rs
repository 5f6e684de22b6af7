//! The cost rules against every complete plan of the corpus.

use std::collections::BTreeMap;

use crate::support;
use distkey::plan::{self, cost};

#[test]
fn cost_rules_explain_the_corpus() {
    let Some(cases) = support::corpus_plans() else {
        return;
    };
    // By operator: lines with a rule, lines that it explains.
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut lines = 0;
    for case in cases.iter().filter(|case| case.flag("complete")) {
        for plan in plan::read(&case.text).plans {
            for node in plan.nodes.iter().filter(|node| node.cost.is_some()) {
                lines += 1;
                let Some(rule) = cost::arithmetic(&plan, node.id) else {
                    continue;
                };
                let count = counts.entry(node.operator.name().into_owned()).or_default();
                count.0 += 1;
                count.1 += usize::from(rule.holds());
                if !rule.holds() {
                    println!(
                        "{}: {}: {} = {:.2}, printed {:.2}",
                        case.file,
                        node.title(),
                        rule.formula,
                        rule.expected,
                        rule.printed
                    );
                }
            }
        }
    }
    let with_rule: usize = counts.values().map(|(n, _)| n).sum();
    let explained: usize = counts.values().map(|(_, n)| n).sum();
    for (operator, (with_rule, explained)) in &counts {
        println!("{operator}: {explained} of {with_rule}");
    }
    println!("{explained} of {lines} lines explained; {with_rule} have a rule");
    let (scans, scans_explained) = counts["Seq Scan"];
    assert!(scans_explained * 100 >= scans * 98);
    assert!(
        explained * 100 >= with_rule * 95,
        "{explained} of {with_rule}"
    );
}
