//! Which job runs before which, as state machines say.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::tree::Tree;
use crate::pipeline::{Machine, Pipeline, Started};

/// Pairs of jobs, one of which a state machine starts after the other, with no job between them.
pub(super) fn pairs(pipeline: &Pipeline) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    for machine in &pipeline.machines {
        let next = next_states(machine);
        let jobs = jobs_of(pipeline, machine);
        for (state, job) in &jobs {
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            let mut waiting: Vec<&str> = next.get(state).into_iter().flatten().copied().collect();
            while let Some(at) = waiting.pop() {
                if !seen.insert(at) {
                    continue;
                }
                match jobs.get(at) {
                    Some(after) if after != job => {
                        out.insert((job.clone(), after.clone()));
                    }
                    _ => waiting.extend(next.get(at).into_iter().flatten()),
                }
            }
        }
    }
    out
}

/// The job that each state starts.
fn jobs_of<'m>(pipeline: &Pipeline, machine: &'m Machine) -> BTreeMap<&'m str, String> {
    let starts = pipeline.starts.iter();
    let own: Vec<_> = starts
        .filter(|start| start.machine.as_ref() == Some(&machine.name))
        .collect();
    let states = machine.states.iter().filter_map(|(name, _)| {
        let start = own.iter().find(|start| start.by == *name)?;
        let Started::Job(job) = &start.what else {
            return None;
        };
        let known = pipeline.jobs.iter().find(|one| one.is_called(job));
        let job = known.map_or(job.as_str(), |known| known.name.as_str());
        Some((name.as_str(), job.to_owned()))
    });
    states.collect()
}

/// The states that come after each: also those inside a Parallel or a Map, and after them.
fn next_states(machine: &Machine) -> BTreeMap<&str, Vec<&str>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, state) in &machine.states {
        let follows = follows(state);
        let parts = inner(state);
        if parts.is_empty() {
            next.entry(name).or_default().extend(&follows);
        }
        for part in parts {
            let first = part.get("StartAt").and_then(Tree::text);
            next.entry(name).or_default().extend(first);
            for (last, inside) in part.get("States").into_iter().flat_map(Tree::pairs) {
                if inside.get("End").is_some() {
                    next.entry(last).or_default().extend(&follows);
                }
            }
        }
    }
    next
}

/// Where a state leads when nothing fails.
fn follows(state: &Tree) -> Vec<&str> {
    let choices = state.get("Choices").map_or(&[][..], Tree::items);
    let of_choices = choices.iter().filter_map(|choice| choice.get("Next"));
    let own = [state.get("Next"), state.get("Default")];
    let all = own.into_iter().flatten().chain(of_choices);
    all.filter_map(Tree::text).collect()
}

/// The state machines within a state.
fn inner(state: &Tree) -> Vec<&Tree> {
    let of_map = ["ItemProcessor", "Iterator"].into_iter();
    let of_map = of_map.filter_map(|key| state.get(key));
    let branches = state.get("Branches").map_or(&[][..], Tree::items);
    of_map.chain(branches).collect()
}
