//! What a paste leaves out and what stands elsewhere in it, or beside it, tells: the engine, the
//! label of a join, the numbers.

use distkey::config::Config;
use distkey::environment::{Environment, Given};
use distkey::explain::{self, Explanation, Settings};
use distkey::latency::Verdict;
use distkey::name::TableName;
use distkey::plan::{self, Distribution, PasteError, Plan};
use distkey::stats::Stats;

fn only(text: &str) -> Plan {
    let mut reading = plan::read(text);
    assert_eq!(reading.plans.len(), 1, "{:?}\n{text}", reading.error);
    reading.plans.remove(0)
}

/// Each step's operator and how deep it stands.
fn tree(plan: &Plan) -> Vec<(usize, String)> {
    let nodes = plan.nodes.iter();
    nodes
        .map(|node| (node.depth, node.title().replacen("XN ", "", 1)))
        .collect()
}

#[test]
fn steps_without_an_engine_are_redshifts_where_a_label_says_so() {
    let drawn = "GroupAggregate
├── Merge Join DS_DIST_NONE
│   ├── Seq Scan on ticket t
│   │     Filter: (seat > 9)
│   └── Seq Scan on seat s
";
    let arrows = "Hash Join DS_DIST_BOTH  (cost=1.00..9.00 rows=8 width=4)
  Hash Cond: (\"outer\".a = \"inner\".b)
  ->  Seq Scan on alpha  (cost=0.00..2.00 rows=80 width=4)
  ->  Hash  (cost=0.00..2.00 rows=7 width=4)
        ->  Seq Scan on beta  (cost=0.00..2.00 rows=7 width=4)
";
    let root_alone = "XN Limit
|-- Hash Join DS_BCAST_INNER
|   |-- Seq Scan on alpha
|   `-- Hash
|       `-- Seq Scan on beta
";
    let expected: [(&str, &[(usize, &str)]); 3] = [
        (
            drawn,
            &[
                (0, "GroupAggregate"),
                (1, "Merge Join DS_DIST_NONE"),
                (2, "Seq Scan on ticket t"),
                (2, "Seq Scan on seat s"),
            ],
        ),
        (
            arrows,
            &[
                (0, "Hash Join DS_DIST_BOTH"),
                (1, "Seq Scan on alpha"),
                (1, "Hash"),
                (2, "Seq Scan on beta"),
            ],
        ),
        (
            root_alone,
            &[
                (0, "Limit"),
                (1, "Hash Join DS_BCAST_INNER"),
                (2, "Seq Scan on alpha"),
                (2, "Hash"),
                (3, "Seq Scan on beta"),
            ],
        ),
    ];
    for (text, steps) in expected {
        let read = tree(&only(text));
        let read: Vec<(usize, &str)> = read.iter().map(|(at, words)| (*at, &**words)).collect();
        assert_eq!(read, steps, "{text}");
    }
    assert_eq!(only(drawn).nodes[2].details.len(), 1);
    assert_eq!(only(arrows).nodes[0].details.len(), 1);
}

#[test]
fn a_detail_behind_a_wrapped_step_is_read_once() {
    let text = "XN Seq Scan on t  (cost=0.00..9.00
rows=9 width=4) Filter: ((a > 1) AND (b
> 2) AND (c >
3))
";
    let plan = only(text);
    assert_eq!(plan.nodes.len(), 1);
    let details: Vec<String> = plan.nodes[0]
        .details
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(details.len() <= 1, "{details:?}");
}

#[test]
fn words_that_begin_as_a_step_does_are_none() {
    let text = "Hash Join DS_DIST_BOTH
  -> Seq Scan on alpha
  -> Hash
     -> Seq Scan on beta
Sort it by day, please.
Limit what you read.
";
    assert_eq!(only(text).nodes.len(), 4);
    // What this program prints has a label on a line of a tree, and is no plan.
    let ours = "    step                         rows     moved
   0 Hash Join DS_DIST_BOTH     12 million    3 GB
   1   Seq Scan on alpha        12 million
Sort it by day.
";
    assert!(plan::read(ours).plans.is_empty());
}

#[test]
fn steps_without_an_engine_and_a_label_stay_anothers() {
    let postgres = "Hash Join  (cost=1.00..9.00 rows=8 width=4)
  Hash Cond: (a.x = b.x)
  ->  Seq Scan on a  (cost=0.00..2.00 rows=80 width=4)
  ->  Hash  (cost=0.00..2.00 rows=7 width=4)
        ->  Seq Scan on b  (cost=0.00..2.00 rows=7 width=4)
";
    for text in [
        postgres.to_owned(),
        format!("On Redshift this was a DS_DIST_BOTH, why?\n\n{postgres}"),
        format!("{postgres}\nI read that DS_BCAST_INNER is bad.\n"),
    ] {
        let error = plan::read(&text).error;
        assert!(
            matches!(error, Some(PasteError::PostgreSql { .. })),
            "{error:?}\n{text}"
        );
    }
}

/// A dump of a join with a label, above the plan of it without one.
fn verbose(dumped: &[(&str, &str)], printed: &str) -> String {
    let dump: String = dumped
        .iter()
        .map(|(total, label)| {
            format!(
                "{{HASHJOIN\n:startup_cost 2.50\n:total_cost {total}\n:plan_rows 870\n\
                 :plan_width 12\n:dist_info {label}\n:dist_info.dist_keys <>\n}}\n"
            )
        })
        .collect();
    format!(
        "{dump}\n{printed}  (cost=2.50..70.25 rows=870 width=12)
  Hash Cond: (\"outer\".a = \"inner\".b)
  ->  XN Seq Scan on alpha  (cost=0.00..12.00 rows=870 width=12)
  ->  XN Hash  (cost=2.00..2.00 rows=20 width=4)
        ->  XN Seq Scan on beta  (cost=0.00..2.00 rows=20 width=4)
"
    )
}

#[test]
fn a_label_that_stands_in_the_verbose_tree_alone_is_read_from_it() {
    let label =
        |dumped: &[(&str, &str)], printed| only(&verbose(dumped, printed)).nodes[0].distribution;
    let outer = [("70.25", "DS_DIST_OUTER")];
    assert_eq!(label(&outer, "XN Hash Join"), Some(Distribution::Outer));
    // What is printed stands.
    assert_eq!(
        label(&outer, "XN Hash Join DS_BCAST_INNER"),
        Some(Distribution::BroadcastInner)
    );
    // Another join's is not taken, nor one of two that differ.
    assert_eq!(label(&[("71.25", "DS_DIST_OUTER")], "XN Hash Join"), None);
    let two = [("70.25", "DS_DIST_OUTER"), ("70.25", "DS_DIST_BOTH")];
    assert_eq!(label(&two, "XN Hash Join"), None);
    let same = [("70.25", "DS_DIST_BOTH"), ("70.25", "DS_DIST_BOTH")];
    assert_eq!(label(&same, "XN Hash Join"), Some(Distribution::Both));
}

fn explained(text: &str, rows: &[(&str, f64)]) -> Explanation {
    let mut stats = Stats::default();
    for (table, rows) in rows {
        stats.table_mut(&TableName::printed(table)).rows = Some(*rows);
    }
    let given = Given {
        stats: Some(stats),
        ..Given::default()
    };
    let env = Environment::new(Config::default(), given).expect("an environment");
    explain::explain("plan", text, &Settings::new(env.view()))
}

#[test]
fn rows_that_follow_from_statistics_are_given_and_no_others() {
    let rows = |text: &str, known: &[(&str, f64)]| -> Vec<Option<f64>> {
        let explained = explained(text, known);
        assert_eq!(
            explained.plans[0].prediction.verdict,
            Verdict::CannotTell,
            "{text}"
        );
        let nodes = explained.plans[0].plan.nodes.iter();
        nodes.map(|node| node.rows).collect()
    };
    let known = [("visit", 4e9), ("page", 3e6)];
    let counted = "XN Aggregate\n  ->  XN Seq Scan on visit\n";
    assert_eq!(rows(counted, &known), [Some(1.0), Some(4e9)]);
    let appended = "XN Merge
  ->  XN Network
        ->  XN Sort
              ->  XN Append
                    ->  XN Seq Scan on visit
                    ->  XN Seq Scan on page
";
    let both = Some(4e9 + 3e6);
    assert_eq!(
        rows(appended, &known),
        [both, both, both, both, Some(4e9), Some(3e6)]
    );
    // What a join leaves and what passes a filter does not follow.
    let joined = "XN Sort
  ->  XN Hash Join DS_DIST_NONE
        ->  XN Seq Scan on visit
              Filter: (day > 7)
        ->  XN Hash
              ->  XN Seq Scan on page
";
    assert_eq!(
        rows(joined, &known),
        [None, None, None, Some(3e6), Some(3e6)]
    );
    // Without statistics nothing does, and what is printed stands.
    assert_eq!(rows(counted, &[]), [Some(1.0), None]);
    let printed = "XN Aggregate\n  ->  XN Seq Scan on visit  (cost=0.00..9.00 rows=77 width=4)\n";
    assert_eq!(rows(printed, &known), [Some(1.0), Some(77.0)]);
}

#[test]
fn rows_that_were_given_are_told_and_leave_the_verdict_open() {
    let explained = explained(
        "XN Aggregate\n  ->  XN Seq Scan on visit\n",
        &[("visit", 1e9)],
    );
    assert!(
        explained
            .notes
            .iter()
            .any(|note| note.contains("2 steps were pasted without"))
    );
    let prediction = &explained.plans[0].prediction;
    assert_eq!(prediction.verdict, Verdict::CannotTell);
    let why = prediction.why_no_verdict().expect("a reason");
    assert!(why.contains("width"), "{why}");
}
