//! What the page's own advice asks when it is tried must be answered: the same changes, asked for as
//! the arguments of what-if, gain what the advice says.

use distkey::environment::{Environment, Given};
use distkey::explain::{self, Asked, Explanation, Settings, WhatIf};

use crate::support::corpus_plans;

fn environment() -> Environment {
    let given = Given {
        cluster: Some("ra3.4xlarge:4"),
        ..Given::default()
    };
    Environment::new(distkey::config::Config::default(), given).expect("an environment")
}

fn explained(text: &str, env: &Environment) -> Explanation {
    explain::explain("pasted plan", text, &Settings::new(env.view()))
}

/// Asks for each change of each plan; says how many there were.
fn try_all(name: &str, text: &str) -> usize {
    let env = environment();
    let advice = explained(text, &env);
    let mut tried = 0;
    for (index, plan) in advice.plans.iter().enumerate() {
        for change in &plan.summary.changes {
            let made = change.made.as_ref().expect("a change of keys");
            let [distkey, diststyle, sortkey] = made.arguments().expect("arguments");
            let asked = Asked {
                distkey,
                diststyle,
                sortkey,
                ..Asked::default()
            };
            let what_if = WhatIf::try_from(&asked).expect("what is advised can be asked");
            let mut answer = explained(text, &env);
            what_if.add(&mut answer, None, &Settings::new(env.view()));
            assert_eq!(answer.unanswered, [""; 0], "{name}: {asked:?}");
            let then = answer.what_if[index].after.prediction.warm.p50_ms;
            let told = change.gain.after_ms;
            assert!(
                (then / told - 1.0).abs() < 0.01,
                "{name}: {then} is not {told}: {asked:?}"
            );
            tried += 1;
        }
    }
    tried
}

#[test]
fn advice_on_the_samples_can_be_tried() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_plans");
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).expect("samples") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a sample");
        tried += try_all(&path.display().to_string(), &text);
    }
    assert!(tried >= 3, "{tried} changes are advised");
}

#[test]
fn names_that_need_quotes_are_asked_for_in_quotes() {
    let text = "XN Hash Join DS_BCAST_INNER  (cost=1000.00..250000000.00 rows=90000000 width=80)\n\
        \x20 Hash Cond: (\"outer\".\"Kunde Nr\" = \"inner\".id)\n\
        \x20 ->  XN Seq Scan on \"Große Tabelle\" a  (cost=0.00..900000.00 rows=90000000 width=40)\n\
        \x20 ->  XN Hash  (cost=80000.00..80000.00 rows=8000000 width=40)\n\
        \x20       ->  XN Seq Scan on \"b;c = d\" b  (cost=0.00..80000.00 rows=8000000 width=40)\n";
    assert!(try_all("quotes", text) > 0);
}

#[test]
fn corpus_advice_can_be_tried() {
    let Some(cases) = corpus_plans() else { return };
    let tried: usize = cases
        .iter()
        .map(|case| try_all(&case.file, &case.text))
        .sum();
    assert!(tried > 0);
}
