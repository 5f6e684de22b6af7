//! What was tried before it is printed, and what it comes to.

use super::*;

const BLOCK: f64 = 1_048_576.0;

/// The flags of explain that ask for what a remedy's statements do.
fn flags(finding: &Finding) -> Option<Asked> {
    let mut asked = Asked::default();
    for statement in &finding.remedy.sql {
        let script = sql::parse(&SourceFile::new("remedy", statement.as_str()));
        let Body::AlterTable(alter) = &script.statements.first()?.body else {
            return None;
        };
        let table = &alter.name.table;
        for (action, _) in &alter.actions {
            match action {
                AlterAction::DistKey((column, _), _) => {
                    asked.distkey.push(format!("{table}={column}"));
                }
                AlterAction::DistStyle(style, _) => {
                    let style = format!("{style:?}").to_lowercase();
                    asked.diststyle.push(format!("{table}={style}"));
                }
                AlterAction::SortKey(..) => {
                    let (_, columns) = statement.as_str().split_once("SORTKEY (")?;
                    let (columns, _) = columns.split_once(')')?;
                    asked
                        .sortkey
                        .push(format!("{table}={}", columns.replace(' ', "")));
                }
                _ => return None,
            }
        }
    }
    Some(asked)
}

/// Asks for each printed remedy again, through the flags, and returns how many there were.
pub(super) fn compute_gains_again(name: &str, text: &str, settings: &Settings<'_>) -> usize {
    let mut checked = 0;
    {
        let explanation = explain::explain(name, text, settings);
        for finding in explanation
            .findings
            .iter()
            .filter(|f| f.standing.gain.is_some())
        {
            let gain = finding.standing.gained().expect("a gain");
            let asked =
                flags(finding).unwrap_or_else(|| panic!("{name}: {:?}", finding.remedy.sql));
            let what_if = WhatIf::try_from(&asked).expect("flags");
            let mut again = explain::explain(name, text, settings);
            what_if.add(&mut again, None, settings);
            assert_eq!(again.unanswered, [""; 0], "{name}: {asked:?}");
            // One comparison for each plan of the paste.
            let node = finding.node.unwrap_or(0);
            let index = explanation
                .plans
                .iter()
                .rposition(|plan| plan.first_node <= node);
            let comparison = &again.what_if[index.unwrap_or(0)];
            let figures = |outcome: &distkey::whatif::Outcome| {
                (outcome.prediction.warm.p50_ms, outcome.bytes_moved)
            };
            let (before, moved_before) = figures(&comparison.before);
            let (after, moved_after) = figures(&comparison.after);
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1.0);
            assert!(
                close(gain.before_ms, before),
                "{name} {asked:?}: {gain:?}, {before}"
            );
            assert!(
                close(gain.after_ms, after),
                "{name} {asked:?}: {gain:?}, {after}"
            );
            assert!(
                close(gain.moved_before, moved_before),
                "{name} {asked:?}: {moved_before}"
            );
            assert!(
                close(gain.moved_after, moved_after),
                "{name} {asked:?}: {moved_after}"
            );
            assert!(gain.is_worth_it(), "{name} {asked:?}: {gain:?}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn a_printed_gain_is_what_the_flags_for_it_compute() {
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let plans = all_plans();
    let checked = plans
        .iter()
        .map(|(name, text)| compute_gains_again(name, text, &settings));
    let checked: usize = checked.sum();
    println!("{checked} gains computed again");
    assert!(checked >= 6, "{checked}");
}

#[test]
fn what_is_shown_says_each_thing_once_and_nothing_small() {
    for (name, text) in all_plans() {
        let explanation = explained(&text, "");
        let mut seen = BTreeSet::new();
        for finding in &explanation.findings {
            for sql in &finding.remedy.sql {
                assert!(seen.insert(sql.clone()), "{name}: {sql} twice");
            }
            let standing = &finding.standing;
            if standing.is_shown() {
                let small = finding.weight > 0.0 && finding.weight < BLOCK;
                // On default rows nothing is known to be small.
                let doubted = found(&explanation, "missing-statistics").is_some();
                let warns = doubted && finding.severity >= Severity::Warning;
                assert!(
                    !small || warns,
                    "{name}: {} of {}",
                    finding.name,
                    finding.weight
                );
            } else {
                assert!(finding.remedy.sql.is_empty(), "{name}: {}", finding.name);
            }
            if let Some(code) = standing.covered_by {
                let known = explanation.findings.iter().any(|other| other.code == code);
                assert!(known, "{name}: {} is covered by {code}", finding.name);
            }
        }
        for plan in &explanation.plans {
            let summary = &plan.summary;
            assert!(summary.changes.len() <= 3, "{name}");
            assert_eq!(
                summary.after.is_some(),
                !summary.changes.is_empty(),
                "{name}"
            );
            if let Some(after) = &summary.after {
                let now = plan.prediction.warm.p50_ms;
                assert!(
                    after.warm.p50_ms < now,
                    "{name}: {now} to {}",
                    after.warm.p50_ms
                );
            }
        }
    }
}

#[test]
fn changes_are_put_together_and_timed_together() {
    let explanation = explained(STAR, "");
    let summary = &explanation.plans[0].summary;
    let sql: Vec<String> = summary
        .changes
        .iter()
        .map(|change| change.sql.iter().map(ToString::to_string).collect())
        .collect();
    assert!(sql.len() >= 2, "{sql:?}");
    assert!(sql[0].contains("SORTKEY (visited_on)"), "{sql:?}");
    assert!(
        sql[1].contains("visits ALTER DISTKEY visitor_id"),
        "{sql:?}"
    );
    let together = summary.after.as_ref().expect("a time").warm.p50_ms;
    for change in &summary.changes {
        assert!(together < change.gain.after_ms, "{together}: {change:?}");
    }
    // Ordered by what each gains.
    let gains = summary.changes.iter().map(|change| change.gain.saved_ms());
    let gains: Vec<f64> = gains.collect();
    assert!(gains.is_sorted_by(|a, b| a >= b), "{gains:?}");
}

#[test]
fn a_change_that_makes_it_worse_is_not_printed() {
    // `orders` lies by `order_id`, by which a larger join already meets.
    let text = "
XN Hash Join DS_DIST_OUTER  (cost=900.00..90000000.00 rows=90000000 width=60)
  Outer Dist Key: o.shop_id
  Hash Cond: (\"outer\".shop_id = \"inner\".shop_id)
  ->  XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=90000000 width=50)
        Hash Cond: (\"outer\".order_id = \"inner\".order_id)
        ->  XN Seq Scan on lines l  (cost=0.00..9000000.00 rows=900000000 width=30)
        ->  XN Hash  (cost=900000.00..900000.00 rows=90000000 width=24)
              ->  XN Seq Scan on orders o  (cost=0.00..900000.00 rows=90000000 width=24)
  ->  XN Hash  (cost=90000.00..90000.00 rows=9000000 width=14)
        ->  XN Seq Scan on shops s  (cost=0.00..90000.00 rows=9000000 width=14)
";
    let explanation = explained(text, "");
    for finding in &explanation.findings {
        if let Some(gain) = &finding.standing.gain {
            assert!(!gain.harms(), "{:?}: {gain:?}", finding.remedy.sql);
        }
    }
    let sql = statements(&explanation);
    assert!(
        !sql.iter()
            .any(|sql| sql.contains("orders ALTER DISTKEY shop_id")),
        "{sql:?}"
    );
}

#[test]
fn of_several_plans_a_change_is_advised_once_and_none_contradicts_another() {
    let plan = staged;
    let once = alters(&explained(&plan("id"), ""));
    assert!(!once.is_empty());
    for second in ["id", "other_id"] {
        let both = explained(&format!("{}\n{}", plan("id"), plan(second)), "");
        assert_eq!(both.plans.len(), 2);
        assert_eq!(alters(&both), once, "{second}");
        assert_eq!(both.plans[1].summary.said_before, 1, "{second}");
    }
    // Another table of the second plan is another matter.
    let other = plan("id")
        .replace("stage", "visits")
        .replace("target", "visitors");
    let both = explained(&format!("{}\n{other}", plan("id")), "");
    assert_eq!(alters(&both).len(), 2 * once.len());
}
