//! Every real plan is read, node by node, and printed back.

use crate::support::{CorpusPlan, corpus_plans};
use distkey::plan::{self, PasteError};

/// What is wrong with the reading of one plan, if anything.
fn check_reading(case: &CorpusPlan) -> Result<(), String> {
    let reading = plan::read(&case.text);
    let nodes: usize = reading.plans.iter().map(|plan| plan.nodes.len()).sum();
    if case.flag("refuse") {
        return match reading.error {
            Some(PasteError::Reordered { .. }) if nodes == 0 => Ok(()),
            other => Err(format!(
                "should be refused, got {other:?} and {nodes} nodes"
            )),
        };
    }
    let lines = reading.lines;
    let counted = lines.nodes
        + lines.details
        + lines.notices
        + lines.decoration
        + lines.dump
        + lines.unrecognized;
    if counted != case.text.lines().count() {
        return Err(format!(
            "{counted} of {} lines accounted for",
            case.text.lines().count()
        ));
    }
    let expected = case.manifest["nodes"].as_u64().unwrap_or(0) as usize;
    let complete = case.flag("complete");
    let right = match case.flag("verbose_only") {
        true => nodes >= 1,
        false if complete => nodes == expected,
        false => nodes >= expected,
    };
    match right {
        true => Ok(()),
        false => Err(format!(
            "{nodes} nodes instead of {expected} ({:?})",
            reading.error
        )),
    }
}

#[test]
fn every_corpus_plan_is_read_whole() {
    let Some(cases) = corpus_plans() else { return };
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.file, check_reading(case).err()?)))
        .collect();
    println!(
        "read {} of {} plans",
        cases.len() - failures.len(),
        cases.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_print_of_every_corpus_plan_reads_back_the_same() {
    let Some(cases) = corpus_plans() else { return };
    let mut plans = 0;
    let mut identical = 0;
    for case in &cases {
        for mut plan in plan::read(&case.text).plans {
            let print = plan.to_string();
            let mut again = plan::read(&print).plans;
            let roots = plan.roots().count();
            if roots != 1 || plan.nodes.iter().any(|node| node.cut) {
                continue;
            }
            assert_eq!(again.len(), 1, "{}:\n{print}", case.file);
            let mut again = again.remove(0);
            for plan in [&mut plan, &mut again] {
                plan.indentation = Default::default();
                plan.query = None;
                // They are about the paste's lines.
                plan.gaps.clear();
                plan.headless = false;
                plan.merge_part = None;
                plan.nodes.iter_mut().for_each(|node| node.line = 0);
            }
            assert_eq!(plan, again, "{}:\n{print}", case.file);
            plans += 1;
            identical += usize::from(contains_lines(&case.text, &print));
        }
    }
    println!("{plans} plans read back the same; {identical} printed byte for byte");
    assert!(
        identical * 2 > plans,
        "only {identical} of {plans} byte for byte"
    );
}

/// Whether the lines stand in the text one after another, each with the same
/// blanks before it (psql adds one to all).
fn contains_lines(text: &str, print: &str) -> bool {
    let plan: Vec<&str> = print.lines().collect();
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    text.windows(plan.len()).any(|window| {
        let pairs = || window.iter().zip(&plan);
        pairs().all(|(a, b)| a == b) || pairs().all(|(a, b)| a.strip_prefix(' ') == Some(*b))
    })
}
/// A whole plan is never taken for a fragment; most fragments are told.
#[test]
fn whole_plans_are_told_from_fragments() {
    let Some(cases) = corpus_plans() else { return };
    let (mut whole, mut fragments, mut told) = (0, 0, 0);
    for case in &cases {
        let gaps: Vec<String> = plan::read(&case.text)
            .plans
            .into_iter()
            .flat_map(|plan| plan.gaps)
            .collect();
        if case.flag("complete") {
            whole += 1;
            assert_eq!(gaps, Vec::<String>::new(), "{}", case.file);
        } else {
            fragments += 1;
            told += usize::from(!gaps.is_empty());
        }
    }
    println!("{whole} whole plans; {told} of {fragments} others are told to be fragments");
    assert!(told * 2 > fragments);
}
