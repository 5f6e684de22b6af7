//! What-ifs on a pasted plan, without DDL.

use super::*;

#[test]
fn a_pasted_plan_needs_no_ddl_for_a_what_if() {
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let moved = |asked: Asked| {
        let mut explanation = explain::explain("plan", STAR, &settings);
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        let comparison = explanation.what_if.pop();
        let moved = comparison.map(|c| (c.before.bytes_moved, c.after.bytes_moved));
        (moved, explanation.unanswered)
    };
    let asked = |table: &str| Asked {
        diststyle: vec![format!("{table}=all")],
        ..Asked::default()
    };
    let (shops, unanswered) = moved(asked("shops"));
    assert!(unanswered.is_empty(), "{unanswered:?}");
    assert!(shops.is_some_and(|(now, then)| then < now), "{shops:?}");
    let (nothing, unanswered) = moved(asked("shop"));
    assert_eq!(nothing, None);
    assert!(
        unanswered[0].contains("did you mean `shops`"),
        "{unanswered:?}"
    );
}

#[test]
fn what_a_label_tells_of_a_table_that_no_ddl_defines_is_what_a_change_starts_from() {
    // Co-located by `id`; another key moves what lay together.
    let text = "
XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=90000000 width=50)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on a  (cost=0.00..900000.00 rows=90000000 width=30)
        Filter: (kind > 3)
  ->  XN Hash  (cost=800000.00..800000.00 rows=80000000 width=24)
        ->  XN Seq Scan on b  (cost=0.00..800000.00 rows=80000000 width=24)
";
    let environment = environment("");
    let settings = Settings::new(environment.view());
    let label = |asked: Asked| {
        let mut explanation = explain::explain("plan", text, &settings);
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        let comparison = explanation.what_if.pop().expect("a comparison");
        comparison.after.joins[0].title.clone()
    };
    let key = |text: &str| Asked {
        distkey: vec![text.to_owned()],
        ..Asked::default()
    };
    assert_eq!(label(key("a=id")), "XN Hash Join DS_DIST_NONE");
    assert_eq!(label(key("a=kind")), "XN Hash Join DS_DIST_OUTER");
    assert_eq!(label(key("b=kind")), "XN Hash Join DS_DIST_INNER");
}

#[test]
fn a_change_of_nothing_changes_nothing() {
    let cluster = Cluster::named_or_default(Some("ra3.4xlarge:4")).expect("a cluster");
    assert!(cluster.nodes() > 1.0);
    let environment = environment("");
    let settings = Settings::new(environment.view());
    for (name, text) in all_plans() {
        let mut explanation = explain::explain(&name, &text, &settings);
        let plans: Vec<plan::Plan> = explanation.plans.iter().map(|p| p.plan.clone()).collect();
        let told = distkey::whatif::with_tables_of(&plans, &Schema::default()).into_owned();
        let even = told
            .tables
            .values()
            .filter(|table| table.dist_style == distkey::schema::DistStyle::Even);
        let asked = Asked {
            diststyle: even.map(|table| format!("{}=even", table.name)).collect(),
            ..Asked::default()
        };
        if asked.diststyle.is_empty() {
            continue;
        }
        let what_if = WhatIf::try_from(&asked).expect("flags");
        what_if.add(&mut explanation, None, &settings);
        for comparison in &explanation.what_if {
            let (before, after) = (&comparison.before, &comparison.after);
            assert_eq!(before.joins, after.joins, "{name}");
            let ms = (before.prediction.warm.p50_ms, after.prediction.warm.p50_ms);
            assert!((ms.0 - ms.1).abs() <= 1e-9 * ms.0, "{name}: {ms:?}");
        }
    }
}
