//! What holds of any star.

use super::tried::compute_gains_again;
use super::*;

/// A generated join of a star.
#[derive(Debug, Clone)]
struct Joined {
    kind: &'static str,
    label: &'static str,
    table: &'static str,
    power: f64,
    width: u32,
    filtered: bool,
}

/// The paste of a generated star.
fn star(fact_power: f64, joins: &[Joined]) -> String {
    let rows = |power: f64| 10f64.powf(power).round();
    let fact = rows(fact_power);
    let mut lines = Vec::new();
    for (depth, join) in joins.iter().enumerate() {
        let pad = "      ".repeat(depth);
        lines.push(format!(
            "{pad}  ->  XN Hash {}Join {}  (cost=100.00..9000000.00 rows={fact} width={})",
            join.kind,
            join.label,
            40 + depth
        ));
        lines.push(format!(
            "{pad}        Hash Cond: (\"outer\".k{depth} = \"inner\".id)"
        ));
    }
    let pad = "      ".repeat(joins.len());
    lines.push(format!(
        "{pad}  ->  XN Seq Scan on fact f  (cost=0.00..{:.2} rows={fact} width=40)",
        fact / 100.0
    ));
    for (depth, join) in joins.iter().enumerate().rev() {
        let pad = "      ".repeat(depth);
        let (out, read) = match join.filtered {
            true => (rows(join.power - 1.7).max(1.0), rows(join.power)),
            false => (rows(join.power), rows(join.power)),
        };
        let cost = read * if join.filtered { 0.0125 } else { 0.01 };
        lines.push(format!(
            "{pad}        ->  XN Hash  (cost={cost:.2}..{cost:.2} rows={out} width={})",
            join.width
        ));
        lines.push(format!(
            "{pad}              ->  XN Seq Scan on {} d{depth}  (cost=0.00..{cost:.2} rows={out} width={})",
            join.table, join.width
        ));
        if join.filtered {
            lines.push(format!("{pad}                    Filter: (region = 3)"));
        }
    }
    let top = "XN HashAggregate  (cost=9000000.00..9000000.00 rows=50 width=40)";
    format!("{top}\n{}\n", lines.join("\n"))
}

fn joins() -> impl Strategy<Value = Vec<Joined>> {
    let tables = [
        "shops",
        "days",
        "brands",
        "cities",
        "volt_tt_1",
        "mv_tbl__m__0",
        "svv_x",
        "#tmp",
    ];
    let labels = [
        "DS_BCAST_INNER",
        "DS_DIST_INNER",
        "DS_DIST_OUTER",
        "DS_DIST_BOTH",
        "DS_DIST_NONE",
        "DS_DIST_ALL_NONE",
    ];
    let one = (
        proptest::sample::select(vec!["", "Left ", "Right ", "Full ", "IN "]),
        proptest::sample::select(labels.to_vec()),
        1.0..8.5f64,
        4..200u32,
        any::<bool>(),
    );
    proptest::collection::vec(one, 1..6).prop_map(move |all| {
        let all = all.into_iter().zip(tables);
        all.map(|((kind, label, power, width, filtered), table)| Joined {
            kind,
            label,
            table,
            power,
            width,
            filtered,
        })
        .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is printed was tried, harms nothing, can be altered, is said once, and gains what
    /// the flags for it compute.
    #[test]
    fn what_is_advised_of_a_star_holds(fact in 3.0..9.0f64, joins in joins(), turned in any::<bool>()) {
        let mut joins = joins;
        if turned {
            joins.reverse();
        }
        let text = star(fact, &joins);
        let environment = environment("");
        let settings = Settings::new(environment.view());
        compute_gains_again("star", &text, &settings);
        let explanation = explain::explain("star", &text, &settings);
        prop_assert_eq!(explanation.plans.len(), 1, "{}", text);
        let sql = alters(&explanation);
        let once: BTreeSet<&String> = sql.iter().collect();
        prop_assert_eq!(once.len(), sql.len(), "{:?}", sql);
        for join in &joins {
            let of_it = sql.iter().filter(|sql| sql.contains(&format!(" {} ", join.table)));
            for sql in of_it {
                let own = ["shops", "days", "brands", "cities"].contains(&join.table);
                prop_assert!(own, "{} in\n{}", sql, text);
                let all = sql.contains("DISTSTYLE ALL");
                let large = join.power >= 6.7 || ["Right ", "Full "].contains(&join.kind);
                prop_assert!(!(all && large), "{} in\n{}", sql, text);
            }
        }
        for finding in &explanation.findings {
            prop_assert!(finding.standing.gained().is_none_or(|gain| !gain.harms()), "{}", text);
        }
        let summary = &explanation.plans[0].summary;
        let now = explanation.plans[0].prediction.warm.p50_ms;
        let after = summary.after.as_ref().map_or(now, |after| after.warm.p50_ms);
        for change in &summary.changes {
            prop_assert!(after <= change.gain.after_ms * (1.0 + 1e-9), "{} {:?}\n{}", after, change, text);
        }
    }
}
