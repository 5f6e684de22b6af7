//! What is recommended, against every combination of keys, for many workloads drawn at random.
//! `tests/it/advise_optimum.rs` runs a cut; this is called by `.ci/long`.

#[path = "../../tests/it/random_workloads.rs"]
mod random_workloads;

use random_workloads::Outcome;
use rayon::prelude::*;

#[test]
#[ignore = "minutes in a debug build: .ci/long runs it in release mode"]
fn three_hundred_workloads_are_held_against_every_combination() {
    let number = |name: &str, default: u64| {
        let named = std::env::var(name).ok();
        named.map_or(default, |text| text.parse().expect("a number"))
    };
    let (from, count) = (number("DISTKEY_SEED", 0), number("DISTKEY_WORKLOADS", 300));
    let all: Vec<Outcome> = (from..from + count)
        .into_par_iter()
        .map(Outcome::of)
        .collect();
    let told = std::env::var("DISTKEY_SHOW").unwrap_or_default();
    let list = |what: &str, holds: &dyn Fn(&Outcome) -> bool| {
        let found: Vec<&Outcome> = all.iter().filter(|one| holds(one)).collect();
        println!("{what}: {} of {count}", found.len());
        for one in found.iter().filter(|_| what == told).take(3) {
            println!(
                "-- seed {}: {:?} {:?}\n{}\n",
                one.seed, one.objective, one.weighted_ms, one.text
            );
        }
        found.len()
    };
    list("proven", &|one| one.proven);
    list("over the best by more than 1 %", &|one| one.gap() > 0.01);
    list("over the best by more than 10 %", &|one| one.gap() > 0.1);
    let wrong = [
        list("proven and not the best", &|one| one.proof_fails()),
        list("worse in bytes", &Outcome::worse_in_bytes),
        list("worse in time", &Outcome::worse_in_time),
        list("changed again", &|one| !one.fixed),
        list("other by other names", &|one| !one.same_by_other_names),
    ];
    assert_eq!(wrong.iter().sum::<usize>(), 0);
}
