//! Exports of the cluster's log: over a plan, and by themselves.

use std::io::Write;
use std::process::{Command, Stdio};

use distkey::actuals::{self, Actuals, Heavy};

const SUMMARY: &str = "\
query,stm,seg,step,maxtime,avgtime,rows,bytes,label,is_diskbased,workmem,is_rrscan,rows_pre_filter
4711,0,0,0,210000,190000,4000000,96000000,scan   tbl=101 name=products,f,0,f,4000000
4711,0,0,1,210000,190000,16000000,384000000,bcast,f,0,f,0
4711,0,1,0,320000,300000,16000000,384000000,scan   tbl=2231 name=Internal Worktable,f,0,f,0
4711,0,1,1,320000,300000,16000000,384000000,hash   tbl=250,t,134217728,f,0
4711,1,2,0,2900000,1100000,900000,21600000,scan   tbl=102 name=order_items,f,0,f,180000000
4711,1,2,1,2900000,1100000,900000,21600000,hjoin  tbl=250,f,0,f,0
4711,2,3,0,1200,1000,400,9600,return,f,0,f,0
";

fn alone(export: &str) -> Actuals {
    assert!(actuals::is_export(export), "{export}");
    Actuals::alone(export).expect("an export")
}

fn facts(export: &str) -> Vec<Heavy> {
    let queries = alone(export).queries;
    let facts = queries.into_iter().flat_map(|query| query.facts);
    facts.map(|fact| fact.why).collect()
}

#[test]
fn a_summary_alone_tells_where_the_time_went() {
    let found = alone(SUMMARY);
    let query = &found.queries[0];
    assert_eq!(query.query, "4711");
    // The segments of one stream run at the same time, streams one after another.
    assert_eq!(query.total_ms, Some(320.0 + 2900.0 + 1.2));
    let longest = &query.segments[0];
    assert_eq!((longest.segment, longest.ms), (2, 2900.0));
    assert_eq!(longest.steps, ["scan order_items", "hjoin"]);
    let text =
        anstream::adapter::strip_str(&distkey::report::actuals::render(None, &found)).to_string();
    insta::assert_snapshot!("actuals_alone", text);
}

#[test]
fn what_is_worth_a_look_is_said_once_and_in_the_order_of_time() {
    let queries = alone(SUMMARY).queries;
    let kinds: Vec<(i64, &str)> = queries[0]
        .facts
        .iter()
        .map(|fact| {
            let kind = match fact.why {
                Heavy::Spilled { .. } => "spilled",
                Heavy::Skewed { .. } => "skewed",
                Heavy::Selective { .. } => "selective",
                Heavy::Sent {
                    broadcast: true, ..
                } => "broadcast",
                _ => "other",
            };
            (fact.segment, kind)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (2, "skewed"),
            (2, "selective"),
            (1, "spilled"),
            (0, "broadcast")
        ]
    );
}

fn step(maxtime: u32, avgtime: u32, rows: u32, label: &str, pre_filter: u32) -> String {
    format!(
        "query,stm,seg,step,maxtime,avgtime,rows,bytes,label,is_diskbased,workmem,is_rrscan,rows_pre_filter\n\
         1,0,0,0,{maxtime},{avgtime},{rows},8,{label},f,0,t,{pre_filter}\n"
    )
}

#[test]
fn each_threshold_has_two_sides() {
    let skewed = |max, mean| !facts(&step(max, mean, 1, "aggr", 0)).is_empty();
    assert!(skewed(200_000, 100_000));
    assert!(!skewed(199_999, 100_000));
    assert!(skewed(30_000, 1_000) && !skewed(29_999, 1_000));
    let selective =
        |read, kept| !facts(&step(1_000, 1_000, kept, "scan tbl=1 name=t", read)).is_empty();
    assert!(selective(1_000_000, 49_999));
    assert!(!selective(1_000_000, 50_000));
    assert!(!selective(999_999, 1));
    let sent = |rows, label| !facts(&step(1_000, 1_000, rows, label, 0)).is_empty();
    assert!(sent(1_000_001, "dist") && !sent(1_000_000, "dist"));
    assert!(sent(1_000_001, "bcast") && !sent(1_000_001, "hash tbl=4"));
}

#[test]
fn the_slices_of_a_report_are_compared() {
    let report = |fullest: u32| {
        let mut text =
            "query|slice|segment|step|elapsed_time|rows|bytes|label|is_diskbased|workmem\n"
                .to_owned();
        for slice in 0..4 {
            let rows = if slice == 0 { fullest } else { 500_000 };
            text.push_str(&format!(
                "8|{slice}|3|0|{}|{rows}|80|scan   tbl=7 name=sales|f|0\n",
                rows / 10
            ));
        }
        text
    };
    let even = alone(&report(600_000));
    assert!(even.queries[0].facts.is_empty(), "{even:?}");
    assert_eq!(even.queries[0].segments[0].rows, 2_100_000.0);
    // Without streams nobody knows what ran at the same time.
    assert_eq!(even.queries[0].total_ms, None);
    let [
        Heavy::Skewed {
            factor, rows: true, ..
        },
    ] = facts(&report(6_000_000))[..]
    else {
        panic!("skew of the rows");
    };
    assert!((factor - 6_000_000.0 / 500_000.0).abs() < 1e-9, "{factor}");
}

#[test]
fn the_serverless_view_is_read_as_psql_prints_it() {
    let export = "\
 query_id | stream_id | segment_id | step_id | step_name | table_name | duration | output_rows | input_rows | spilled_block_local_disk | spilled_block_remote_disk | data_skewness | time_skewness | alert | metrics_level
----------+-----------+------------+---------+-----------+------------+----------+-------------+------------+--------------------------+---------------------------+---------------+---------------+-------+---------------
 99       | 0         | -1         | -1      |           |            | 900000   |             |            |                          |                           |               |               |       | Stream
 99       | 0         | 0          | -1      |           |            | 900000   |             |            |                          |                           |               |               |       | Segment
 99       | 0         | 0          | 0       | scan      | sales      | 900000   | 1000        | 5000000    | 0                        | 0                         | 80            | 10            |       | Step
 99       | 0         | 0          | 1       | sort      |            | 900000   | 1000        | 1000       | 12                       | 3                         | 0             | 0             | Very selective query filter | Step
(4 rows)
";
    let found = alone(export);
    assert_eq!(found.queries.len(), 1);
    let query = &found.queries[0];
    assert_eq!(query.total_ms, Some(900.0));
    assert_eq!(query.segments[0].steps, ["scan sales", "sort"]);
    assert!(found.spilled && found.alerts == ["Very selective query filter"]);
    let facts: Vec<Heavy> = query.facts.iter().map(|fact| fact.why).collect();
    assert!(
        facts.contains(&Heavy::Skewness {
            data: Some(80.0),
            time: None
        }),
        "{facts:?}"
    );
    let written = facts.iter().find_map(|fact| match fact {
        Heavy::Spilled { written_bytes, .. } => *written_bytes,
        _ => None,
    });
    assert_eq!(written, Some(15.0 * 1_048_576.0));
}

#[test]
fn several_queries_stay_apart_and_alerts_alone_are_an_answer() {
    let two = format!("{SUMMARY}4712,0,0,0,50000,50000,10,80,scan   tbl=1 name=small,f,0,f,10\n");
    let queries = alone(&two).queries;
    let numbers: Vec<&str> = queries.iter().map(|query| query.query.as_str()).collect();
    assert_eq!(numbers, ["4711", "4712"]);
    assert!(queries[1].facts.is_empty());
    let alerts = "query,segment,step,event,solution\n5,0,0,Nested Loop Join in the query plan,Review the join predicates\n";
    assert_eq!(
        alone(alerts).alerts,
        ["Nested Loop Join in the query plan: Review the join predicates"]
    );
}

#[test]
fn texts_of_other_kinds_are_not_taken_for_exports() {
    for text in [
        "",
        "select 1;",
        "userid,query,nodeid,parentid,plannode,info\n1,2,0,-1,XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=1),\n",
        "table,rows\nsales,100\n",
        "XN Seq Scan on label  (cost=0.00..1.00 rows=1 width=1)\n",
    ] {
        assert!(!actuals::is_export(text), "{text}");
    }
}

fn run(args: &[&str], input: &str) -> (String, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap_or(-1),
    )
}

#[test]
fn an_export_is_answered_with_and_without_a_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.csv");
    std::fs::write(&path, SUMMARY).expect("written");
    let path = path.display().to_string();
    let (alone, _, code) = run(&["explain", "--actuals", &path], "");
    assert!(
        alone.contains("Query 4711 took 3.22 s") && code == 0,
        "{alone}"
    );
    let (named, _, code) = run(&["explain", &path], "");
    assert_eq!((named.as_str(), code), (alone.as_str(), 0));
    let plan = "XN Seq Scan on order_items  (cost=0.00..9.00 rows=1800000 width=8)\n";
    let (both, _, _) = run(&["explain", "--actuals", &path, "--fail-on", "never"], plan);
    assert!(
        both.contains("Seq Scan on order_items") && both.contains("2.0 ×"),
        "{both}"
    );
    assert!(
        both.contains("6 rows of the export belong to no single step"),
        "{both}"
    );
    assert!(both.contains("Query 4711 took 3.22 s"), "{both}");
    for format in ["markdown", "json", "html"] {
        let (text, _, code) = run(&["explain", &path, "--format", format], "");
        assert!(text.contains("4711") && code == 0, "{format}: {text}");
    }
    let (_, error, code) = run(&["explain", &path, "--anonymize"], "");
    assert!(
        error.contains("can't be anonymized") && code == 2,
        "{error}"
    );
    let (_, error, code) = run(&["explain", "--actuals", "sample_queries/stats.json"], "");
    assert!(
        error.contains("not an export of SVL_QUERY_SUMMARY") && code == 2,
        "{error}"
    );
}

#[test]
fn no_key_is_advised_where_the_run_refutes_the_estimates() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "\
XN Seq Scan on order_items  (cost=0.00..2250000.00 rows=900100 width=24)
  Filter: (product_id = 17)
";
    let path = folder.path().join("plan.txt");
    std::fs::write(&path, plan).expect("written");
    let path = path.display().to_string();
    let explained = |export: &str| {
        let log = folder.path().join("log.csv");
        std::fs::write(&log, export).expect("written");
        let log = log.display().to_string();
        let args = [
            "explain",
            &path,
            "--actuals",
            &log,
            "--format",
            "json",
            "--fail-on",
            "never",
        ];
        let (text, error, _) = run(&args, "");
        let json: serde_json::Value = serde_json::from_str(&text).expect(&error);
        json["inputs"][0].clone()
    };
    let log = |rows: u64, alert: &str| {
        format!(
            "query_id,stream_id,segment_id,step_id,step_name,table_name,duration,output_rows,alert\n\
             1,0,0,0,scan,order_items,900000,{rows},{alert}\n"
        )
    };
    let holds = explained(&log(899_000, ""));
    assert_eq!(
        holds["summary"]["changes"].as_array().map(Vec::len),
        Some(1)
    );
    for refuting in [
        log(9_100_000, ""),
        log(899_000, "Missing query planner statistics"),
    ] {
        let refuted = explained(&refuting);
        assert_eq!(
            refuted["summary"]["changes"].as_array().map(Vec::len),
            Some(0)
        );
        let unknown = refuted["summary"]["unknown"][0].as_str().expect("a reason");
        assert!(unknown.contains("Run ANALYZE"), "{unknown}");
        for finding in refuted["findings"].as_array().expect("findings") {
            assert_eq!(
                finding["remedy"]["sql"].as_array().map(Vec::len),
                Some(0),
                "{finding}"
            );
        }
    }
}

/// A report of two slices: rows that pass the filter, rows before it, and microseconds.
fn slices(of: [(u32, u32, u32); 2]) -> String {
    let mut text =
        "query|stm|slice|segment|step|elapsed_time|rows|rows_pre_filter|bytes|label|is_diskbased|workmem\n"
            .to_owned();
    for (slice, (rows, before, us)) in of.into_iter().enumerate() {
        text.push_str(&format!(
            "8|0|{slice}|3|0|{us}|{rows}|{before}|80|scan   tbl=7 name=sales|f|0\n"
        ));
    }
    text
}

#[test]
fn a_filter_that_leaves_rows_on_one_slice_is_no_skew_of_the_table() {
    let skewed = |of| {
        let facts = facts(&slices(of));
        let mut skews = facts.iter().filter_map(|fact| match fact {
            Heavy::Skewed { factor, rows, .. } => Some((*factor, *rows)),
            _ => None,
        });
        skews.next()
    };
    let even = (22_500_000, 3_000_000);
    assert_eq!(
        skewed([(2_000_000, even.0, even.1), (1, even.0, even.1)]),
        None
    );
    let (factor, rows) = skewed([(9, 20_000_000, even.1), (9, 5_000_000, even.1)]).expect("skew");
    assert_eq!((factor, rows), (4.0, true));
    // Two slices: nine times as long as the other, and 1.8 times the mean of both.
    let (factor, rows) = skewed([(9, even.0, 9_000_000), (9, even.0, 1_000_000)]).expect("skew");
    assert_eq!((factor, rows), (9.0, false));
}

#[test]
fn rows_that_no_join_waits_for_are_sent_for_a_group() {
    let with = |word: &str| {
        let export = format!(
            "query,stm,seg,step,maxtime,rows,bytes,label\n\
             1,0,0,0,9000000,300000000,8,scan tbl=1 name=payments\n\
             1,0,0,1,9000000,20000000,8,dist\n\
             1,0,1,0,9000000,20000000,8,{word}\n"
        );
        let facts = facts(&export);
        let mut sent = facts.iter().filter_map(|fact| match fact {
            Heavy::Sent { joined, .. } => Some(*joined),
            _ => None,
        });
        sent.next().expect("rows are sent")
    };
    assert!(with("hjoin tbl=2") && with("mjoin tbl=2") && with("hash tbl=2"));
    assert!(!with("aggr tbl=2") && !with("window"));
}

#[test]
fn alerts_alone_are_no_query_without_spill_or_skew() {
    let export = "query,slice,segment,step,event,solution\n\
                  5001,0,2,1,Nested Loop Join in the query plan,Review the join predicates\n";
    let found = alone(export);
    assert!(found.queries.is_empty(), "{found:?}");
    assert_eq!(found.alerts.len(), 1);
    let text =
        anstream::adapter::strip_str(&distkey::report::actuals::render(None, &found)).to_string();
    assert!(
        !text.contains("No spill") && !text.contains("segment"),
        "{text}"
    );
}

/// Slices that take unequal time over as many rows each are no ground for another DISTKEY.
#[test]
fn skew_of_the_time_alone_moves_no_rows() {
    let told = |data: u32, time: u32, step: &str, table: &str| {
        let export = format!(
            "query_id,stream_id,segment_id,step_id,step_name,table_name,duration,output_rows,input_rows,\
             spilled_block_local_disk,spilled_block_remote_disk,data_skewness,time_skewness,alert,metrics_level\n\
             99,0,-1,-1,,,900000,,,,,,,,Stream\n\
             99,0,0,-1,,,900000,,,,,,,,Segment\n\
             99,0,0,0,{step},{table},900000,1000,5000000,0,0,{data},{time},,Step\n"
        );
        let found = alone(&export);
        anstream::adapter::strip_str(&distkey::report::actuals::render(None, &found)).to_string()
    };
    for (data, time, distribute) in [
        (0, 80, false),
        (10, 95, false),
        (80, 0, true),
        (80, 80, true),
    ] {
        let text = told(data, time, "scan", "acts");
        assert!(text.contains("over the slices"), "{data} {time}: {text}");
        assert_eq!(
            text.contains("Distribute the table"),
            distribute,
            "{data} {time}: {text}"
        );
    }
    let text = told(0, 80, "hashjoin", "");
    assert!(
        !text.contains("Distribute the table") && !text.contains("frequent or empty"),
        "{text}"
    );
}
