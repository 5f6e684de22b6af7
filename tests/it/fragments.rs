//! What is not a whole plan gets no verdict, in no format, and its verdict sets no exit code.

use std::process::Command;

use crate::support;
use distkey::environment::Environment;
use distkey::explain::{self, Explanation, Settings};
use distkey::latency::Verdict;
use distkey::report;

/// What is pasted, what it lacks, and what the reason says.
struct Case {
    fragment: &'static str,
    whole: &'static str,
    reason: &'static str,
}

/// Root, join and two scans.
const JOIN: &str = "\
XN Aggregate  (cost=900.00..900.00 rows=1 width=8)
  ->  XN Hash Join DS_DIST_NONE  (cost=300.00..800.00 rows=40000 width=8)
        Hash Cond: (\"outer\".id = \"inner\".id)
        ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
        ->  XN Hash  (cost=200.00..200.00 rows=20000 width=8)
              ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
";

const UNION: &str = "\
XN Append  (cost=0.00..600.00 rows=60000 width=8)
  ->  XN Subquery Scan \"*SELECT* 1\"  (cost=0.00..400.00 rows=40000 width=8)
        ->  XN Seq Scan on orders  (cost=0.00..400.00 rows=40000 width=8)
  ->  XN Subquery Scan \"*SELECT* 2\"  (cost=0.00..200.00 rows=20000 width=8)
        ->  XN Seq Scan on buyers  (cost=0.00..200.00 rows=20000 width=8)
";

const STL: &str = "\
query,nodeid,parentid,plannode,info
7,1,0,\"XN Aggregate  (cost=500.00..500.00 rows=1 width=8)\",
7,2,1,\"  ->  XN Seq Scan on orders  (cost=0.00..400.00 rows=40000 width=8)\",
";

const CASES: &[Case] = &[
    Case {
        // A line with a cost that is no step.
        fragment: "\
XN Aggregate  (cost=900.00..900.00 rows=1 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
~~ x?? Sq Scn <buyers>  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: "\
XN Aggregate  (cost=900.00..900.00 rows=1 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
",
        reason: "line 3 has a cost and was not understood",
    },
    Case {
        // The line stands before the plan, after the statement.
        fragment: "\
explain select count(*) from orders
xn aggregate = (cost=900.00..900.00 rows=1 width=8)
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
",
        whole: "\
explain select count(*) from orders where (cost=5)
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
",
        reason: "line 2 has a cost and was not understood",
    },
    Case {
        // Two steps on one line, of which the first takes no input.
        fragment: "\
XN Aggregate  (cost=900.00..900.00 rows=1 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8) -> XN Hash (cost=1.00..1.00 rows=1 width=1)
",
        whole: "\
XN Aggregate  (cost=900.00..900.00 rows=1 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
        Filter: ((note)::text = '(cost=1.00..2.00)'::text)
",
        reason: "the Seq Scan at line 2 takes 0 inputs and has 1",
    },
    Case {
        // A bare Hash.
        fragment: "\
XN Hash  (cost=200.00..200.00 rows=20000 width=8)
  ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: JOIN,
        reason: "the Hash at line 1 cannot be the root of a plan",
    },
    Case {
        // Part of what Spectrum does.
        fragment: "S3 Seq Scan lake.events location:\"s3://b/e\" format:PARQUET  (cost=0.00..10.00 rows=1000 width=8)\n",
        whole: "\
XN S3 Query Scan events  (cost=0.00..20.00 rows=1000 width=8)
  ->  S3 Seq Scan lake.events location:\"s3://b/e\" format:PARQUET  (cost=0.00..10.00 rows=1000 width=8)
",
        reason: "the Seq Scan at line 1 cannot be the root of a plan",
    },
    Case {
        // It begins with an arrow.
        fragment: "\
        ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
              Filter: (id > 5)
",
        whole: "\
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
  Filter: (id > 5)
",
        reason: "the first step, at line 1, has an arrow before it",
    },
    Case {
        // Two inputs without their join.
        fragment: "\
->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
->  XN Hash  (cost=200.00..200.00 rows=20000 width=8)
      ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: JOIN,
        reason: "belong together, and the one above them is missing",
    },
    Case {
        // Scans that somebody filtered out of a plan.
        fragment: "\
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: "\
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)

XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        reason: "what joins them is missing",
    },
    Case {
        // A join with one input.
        fragment: "\
XN Hash Join DS_DIST_NONE  (cost=300.00..800.00 rows=40000 width=8)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
",
        whole: JOIN,
        reason: "the Hash Join at line 1 has 1 of 2 inputs",
    },
    Case {
        // Without its Hash.
        fragment: "\
XN Hash Join DS_DIST_NONE  (cost=300.00..800.00 rows=40000 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
  ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: "\
XN Merge Join DS_DIST_NONE  (cost=0.00..800.00 rows=40000 width=8)
  ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
  ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        reason: "is not fed as its kind is",
    },
    Case {
        // The end is cut off.
        fragment: "\
XN Limit  (cost=0.00..10.00 rows=10 width=8)
  ->  XN Sort  (cost=900.00..910.00 rows=40000 width=8)
        Sort Key: id
",
        whole: "\
XN Limit  (cost=0.00..10.00 rows=10 width=8)
  ->  XN Sort  (cost=900.00..910.00 rows=40000 width=8)
        Sort Key: id
        ->  XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
",
        reason: "the Sort at line 2 has no input",
    },
    Case {
        // Selected from the middle of a line on: siblings become children.
        fragment: "\
XN Seq Scan on orders o  (cost=0.00..400.00 rows=40000 width=8)
        ->  XN Hash  (cost=200.00..200.00 rows=20000 width=8)
              ->  XN Seq Scan on buyers b  (cost=0.00..200.00 rows=20000 width=8)
",
        whole: JOIN,
        reason: "the Seq Scan at line 1 takes 0 inputs and has 1",
    },
    Case {
        // A scan whose siblings are missing.
        fragment: "\
XN Append  (cost=0.00..600.00 rows=60000 width=8)
  ->  XN Subquery Scan \"*SELECT* 1\"  (cost=0.00..400.00 rows=40000 width=8)
        ->  XN Seq Scan on orders  (cost=0.00..400.00 rows=40000 width=8)
",
        whole: UNION,
        reason: "the Append at line 1 costs more than its inputs",
    },
    Case {
        // Rows of an export without the root.
        fragment: "\
query,nodeid,parentid,plannode,info
7,2,1,\"  ->  XN Seq Scan on orders  (cost=0.00..400.00 rows=40000 width=8)\",
",
        whole: STL,
        reason: "feeds step 1, which is not among the rows",
    },
];

fn explained(text: &str, budget_ms: f64) -> Explanation {
    let env = Environment {
        cluster_named: true,
        budget_ms,
        ..Environment::default()
    };
    let settings = Settings::new(env.view());
    explain::explain("paste.txt", text, &settings)
}

/// What distkey prints, and its exit code.
fn distkey(text: &str, args: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("paste.txt"), text).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["explain", "paste.txt", "--cluster", "ra3.4xlarge:4"])
        .args(["--fail-on", "never"])
        .args(args)
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("distkey runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (text, output.status.code())
}

/// A budget that everything keeps, and one that nothing does.
const BUDGETS: [(f64, &str, Verdict); 2] = [
    (1e9, "1000000s", Verdict::Within),
    (0.01, "0.01ms", Verdict::Over),
];

#[test]
fn fragments_get_no_verdict_and_whole_plans_do() {
    for case in CASES {
        for (budget, _, verdict) in BUDGETS {
            let whole = explained(case.whole, budget);
            assert!(!whole.plans.is_empty(), "{}", case.whole);
            for plan in &whole.plans {
                // Spectrum was never measured: nothing it reads is said to be quick.
                let verdict = match case.whole.contains("S3 Seq Scan") {
                    true if verdict == Verdict::Within => Verdict::CannotTell,
                    _ => verdict,
                };
                assert_eq!(plan.prediction.verdict, verdict, "{}", case.whole);
                assert_eq!(plan.plan.gaps, Vec::<String>::new(), "{}", case.whole);
            }
            let fragment = explained(case.fragment, budget);
            assert!(!fragment.plans.is_empty(), "{}", case.fragment);
            for plan in &fragment.plans {
                let prediction = &plan.prediction;
                assert_eq!(prediction.verdict, Verdict::CannotTell, "{}", case.fragment);
                let reason = prediction.assumptions.first().expect("a reason");
                assert!(
                    reason.starts_with("This is not a whole plan: ")
                        && reason.contains(case.reason)
                        && reason.ends_with("so there is no verdict."),
                    "{}\n{reason}",
                    case.fragment
                );
            }
        }
    }
}

#[test]
fn the_reason_is_told_in_every_format_and_sets_no_exit_code() {
    for case in CASES {
        let (_, code) = distkey(case.whole, &["--budget", BUDGETS[1].1]);
        assert_eq!(code, Some(1), "over: {}", case.whole);
        for (_, budget, _) in BUDGETS {
            for format in ["text", "json", "html"] {
                let args = ["--budget", budget, "--format", format];
                let (text, code) = distkey(case.fragment, &args);
                assert_eq!(code, Some(0), "{format} {}", case.fragment);
                let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    words.contains("This is not a whole plan: ") && words.contains(case.reason),
                    "{format}: {words}"
                );
                let claims: &[&str] = match format {
                    "text" => &["Verdict: within", "Verdict: over"],
                    "json" => &["\"verdict\": \"within\"", "\"verdict\": \"over\""],
                    _ => &[
                        "verdict within",
                        "verdict over",
                        "<strong>Within",
                        "<strong>Over",
                    ],
                };
                for claim in claims {
                    assert!(!text.contains(claim), "{format} claims {claim}: {text}");
                }
            }
        }
        for (text, fragment) in [(case.fragment, true), (case.whole, false)] {
            let (json, _) = distkey(text, &["--format", "json"]);
            let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            assert_eq!(json["inputs"][0]["fragment"], fragment, "{text}");
        }
    }
}

/// A paste that lost its indentation is rebuilt, and rebuilt whole.
#[test]
fn a_flattened_plan_is_no_fragment() {
    for (whole, missing) in [(JOIN, 1), (JOIN, 3), (UNION, 2), (UNION, 4)] {
        let flat: String = whole
            .lines()
            .map(|line| format!("{}\n", line.trim()))
            .collect();
        let explanation = explained(&flat, 1e9);
        let gaps: Vec<&String> = explanation
            .plans
            .iter()
            .flat_map(|p| &p.plan.gaps)
            .collect();
        assert!(gaps.is_empty(), "{gaps:?}");
        // The same without one line is a fragment.
        let lines = flat.lines().enumerate().filter(|(at, _)| *at != missing);
        let cut: String = lines.map(|(_, line)| format!("{line}\n")).collect();
        let explanation = explained(&cut, 1e9);
        for plan in &explanation.plans {
            assert_eq!(plan.prediction.verdict, Verdict::CannotTell, "{cut}");
        }
    }
}

/// What the user of a narrow terminal sees first.
#[test]
fn the_report_of_a_fragment() {
    let hash = CASES
        .iter()
        .find(|case| case.reason.contains("Hash at line 1"));
    let fragment = hash.expect("the bare Hash").fragment;
    let text = report::text::render(&explained(fragment, 800.0), false);
    let from = text.find("Verdict").expect("a verdict");
    let plain: String = anstream::adapter::strip_str(&text[from..]).to_string();
    insta::assert_snapshot!(plain, @r"
    Verdict: none, since this is not a whole plan, against 800 ms
      known part  10 ms to 69 ms on ra3.4xlarge:4: what the steps take that can be timed; the rest comes
                  on top
      assumed     This is not a whole plan: the Hash at line 1 cannot be the root of a plan: the step
                  above it is missing. The times are those of the steps that are there, so there is no
                  verdict.
                  The printed width stands for the columns that a scan reads: columns used in filters
                  only are not counted, and all are taken as fixed-width.
    ");
}

/// What a page shows before anything is opened.
fn without_details(html: &str) -> String {
    let mut shown = String::new();
    let mut parts = html.split("<details");
    shown.push_str(parts.next().unwrap_or_default());
    for part in parts {
        shown.push_str(part.split_once("</details>").map_or("", |(_, after)| after));
    }
    shown
}

#[test]
fn the_page_says_beside_the_verdict_why_there_is_none() {
    for case in CASES {
        let page = |text: &str| {
            let explained = [explained(text, 1e9)];
            report::html::render(report::html::View::Explain(&explained)).expect("a page")
        };
        let html = page(case.fragment);
        let shown = without_details(&html);
        let (_, verdict) = shown
            .split_once("aria-label=\"Verdict\"")
            .expect("a verdict");
        let (verdict, _) = verdict.split_once("</section>").expect("its end");
        assert!(
            verdict.contains("This is not a whole plan: "),
            "{}",
            case.fragment
        );
        let told = |text: &str| text.matches("This is not a whole plan").count();
        assert_eq!(
            told(&html),
            told(&shown),
            "said once, and not only when opened"
        );
        assert!(!page(case.whole).contains("This is not a whole plan"));
    }
}

#[test]
fn the_page_of_two_plans_says_which_of_them_is_not_whole() {
    let folder = support::folder(&[("a.txt", CASES[0].fragment), ("b.txt", CASES[0].whole)]);
    let html = |before: &str, after: &str| {
        let ran = support::distkey(folder.path(), &["diff", before, after, "--format", "html"]);
        without_details(&ran.out)
    };
    let [ab, ba, aa, bb] = [("a", "b"), ("b", "a"), ("a", "a"), ("b", "b")]
        .map(|(x, y)| html(&format!("{x}.txt"), &format!("{y}.txt")));
    assert!(ab.contains("<p>before: This is not a whole plan: "), "{ab}");
    assert!(ba.contains("<p>after: This is not a whole plan: "), "{ba}");
    assert!(aa.contains("<p>This is not a whole plan: "), "{aa}");
    assert!(
        bb.contains("<svg") && !bb.contains("not a whole plan"),
        "{bb}"
    );
}
