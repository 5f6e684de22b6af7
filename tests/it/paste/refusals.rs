//! What is no plan is called what it is, and what of a plan can't be known stays open.

use distkey::latency::Verdict;
use distkey::plan::{self, PasteError};

use super::plans;

fn error(text: &str) -> PasteError {
    let reading = plan::read(text);
    assert!(reading.plans.is_empty(), "{text}: {:?}", reading.plans);
    reading.error.expect(text)
}

#[test]
fn queries_and_ddl_are_called_what_they_are() {
    for (text, line, verb) in [
        (
            "select count(*) from orders where day > '2026-01-01'",
            1,
            "SELECT",
        ),
        (
            "-- slow\nSELECT a,\n       b\nFROM t\nJOIN u USING (k);",
            2,
            "SELECT",
        ),
        ("dev=# explain select 1 from t", 1, "SELECT"),
        ("with s as (select 1) select * from s", 1, "WITH"),
        ("insert into t select * from u", 1, "INSERT"),
        ("update t set a = 1 where b = 2", 1, "UPDATE"),
        ("delete from t using u where t.k = u.k", 1, "DELETE"),
        (
            "merge into t using s on t.k = s.k when matched then delete",
            1,
            "MERGE",
        ),
    ] {
        let verb = verb.to_owned();
        assert_eq!(error(text), PasteError::Query { line, verb }, "{text}");
    }
    for (text, line, verb) in [
        ("create table t (k bigint distkey)", 1, "CREATE TABLE"),
        (
            "\n\nCREATE EXTERNAL TABLE s.t (a int)",
            3,
            "CREATE EXTERNAL",
        ),
        ("alter table t alter diststyle all;", 1, "ALTER TABLE"),
        ("drop view v", 1, "DROP VIEW"),
    ] {
        let verb = verb.to_owned();
        assert_eq!(error(text), PasteError::Ddl { line, verb }, "{text}");
    }
    // Prose that begins with such a word is none.
    for text in [
        "select carefully",
        "update: still slow",
        "with a broadcast it takes an hour",
    ] {
        assert_eq!(error(text), PasteError::NoPlan { lines: 1 }, "{text}");
    }
}

#[test]
fn errors_and_plans_of_others_are_called_what_they_are() {
    for text in [
        "ERROR: relation \"orders\" does not exist",
        "dev=# explain selct 1;\nERROR:  syntax error at or near \"selct\"",
        "[Amazon](500310) Invalid operation: permission denied for relation t",
        "psycopg2.errors.UndefinedTable: relation \"t\" does not exist",
    ] {
        let told = error(text);
        assert!(
            matches!(told, PasteError::ErrorMessage { .. }),
            "{text}: {told}"
        );
    }
    for (text, name) in [
        (
            "== Physical Plan ==\n*(1) Project [a#1]\n+- Scan parquet",
            "Spark",
        ),
        (
            "-> Nested loop inner join  (cost=4.95 rows=9)\n    -> Table scan on t  (cost=1 rows=3)",
            "MySQL",
        ),
        (
            "[\n  {\n    \"Plan\": {\n      \"Node Type\": \"Seq Scan\"",
            "PostgreSQL (as JSON)",
        ),
        (
            "| Id  | Operation         | Name |\n|   1 |  TABLE ACCESS FULL| T    |",
            "Oracle",
        ),
        ("Fragment 1 [SINGLE]\n    InnerJoin[(a = b)]", "Trino"),
    ] {
        let told = error(text);
        assert!(
            matches!(told, PasteError::Foreign { database, .. } if database == name),
            "{text}: {told}"
        );
    }
}

/// One paste of several that can't be read takes none of the others with it.
#[test]
fn one_that_is_refused_leaves_the_others() {
    let good = "XN Limit  (cost=0.00..1.00 rows=1 width=4)\n  \
                ->  XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let sorted = "XN Merge  (cost=9.00..9.00 rows=9 width=4)\n  \
                  ->  XN Network  (cost=9.00..9.00 rows=9 width=4)\n        \
                  Merge Key: a\n        \
                  Send to leader\n        \
                  Sort Key: a\n        \
                  ->  XN Sort  (cost=9.00..9.00 rows=9 width=4)\n        \
                  ->  XN Sort  (cost=9.00..9.00 rows=9 width=4)\n";
    let analyze =
        "XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=1..2 rows=1 loops=1)\n";
    for (bad, line) in [(sorted, 6), (analyze, 4)] {
        let reading = plan::read(&format!("{good}\n{bad}\n{good}"));
        assert_eq!(reading.plans.len(), 2, "{bad}: {:?}", reading.error);
        let told = reading.error.expect(bad).to_string();
        assert!(told.contains(&format!("line {line}")), "{told}");
    }
    let postgres = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    assert_eq!(error(postgres), PasteError::PostgreSql { line: 1 });
}

#[test]
fn text_full_of_redshifts_engines_is_never_postgresqls() {
    let text = "why does XN Hash Join do this?\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let error = plan::read(text).error;
    assert!(
        !matches!(error, Some(PasteError::PostgreSql { .. })),
        "{error:?}"
    );
}

/// A line cut at the edge of a window: its rows are unknown, and the verdict open.
#[test]
fn what_was_cut_off_is_unknown_and_leaves_the_verdict_open() {
    let mut cut_plans = 0;
    for (name, plan) in plans() {
        for width in [60, 80, 100] {
            let print = plan.to_string();
            let whole: Vec<&str> = print.lines().collect();
            let cut = |line: &&str| line.chars().take(width).collect::<String>() + "\n";
            let text: String = whole.iter().map(cut).collect();
            let reading = plan::read(&text);
            let nodes = || reading.plans.iter().flat_map(|plan| &plan.nodes);
            // Of a step far to the right nothing may be left.
            let mut lost = nodes().count() < plan.nodes.len();
            for read in nodes() {
                let line = whole[read.line - 1];
                let says = |key: &str, value: Option<f64>| {
                    value.is_none_or(|value| {
                        let said = format!("{key}={value:.0}");
                        line.contains(&format!("{said} ")) || line.contains(&format!("{said})"))
                    })
                };
                assert!(says("rows", read.rows), "{name} at {width}: {read}");
                assert!(says("width", read.width), "{name} at {width}: {read}");
                lost |= read.rows.is_none() || read.width.is_none();
            }
            cut_plans += usize::from(lost);
            let open = reading.plans.iter().any(|plan| !plan.gaps.is_empty());
            assert!(!lost || open, "{name} at {width}:\n{text}");
        }
    }
    assert!(cut_plans > 20, "{cut_plans}");
}

fn verdict(text: &str) -> (Verdict, String) {
    let env = distkey::environment::Environment::default();
    let settings = distkey::explain::Settings::new(env.view());
    let explained = distkey::explain::explain("t", text, &settings);
    let prediction = &explained.plans[0].prediction;
    (prediction.verdict, prediction.assumptions.join(" "))
}

#[test]
fn an_operator_that_nobody_knows_is_named_and_leaves_the_verdict_open() {
    let known = "XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)";
    let unknown = "XN Vector Probe of t  (cost=0.00..1.00 rows=1 width=4)";
    assert_ne!(verdict(known).0, Verdict::CannotTell);
    let (verdict, why) = verdict(unknown);
    assert_eq!(verdict, Verdict::CannotTell);
    assert!(why.contains("`Vector Probe of t` at line 1"), "{why}");
}

#[test]
fn only_redshifts_own_advice_is_quoted_as_such() {
    let plan = "XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let read = |line: &str| plan::read(&format!("{plan}{line}\n"));
    for line in [
        "----- why is this slow? -----",
        "----- my notes",
        "-------- end of plan --------",
    ] {
        let reading = read(line);
        assert_eq!(reading.plans[0].notices, Vec::<String>::new(), "{line}");
        assert_eq!(reading.unrecognized.len(), 1, "{line}");
    }
    for line in [
        "----- Tables missing statistics: t -----",
        "----- Update statistics by running the ANALYZE comm",
        "----- Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products -----",
    ] {
        assert_eq!(read(line).plans[0].notices.len(), 1, "{line}");
    }
}

#[test]
fn remarks_are_kept_as_such() {
    let text = "plan of the month: XN Hash Join DS_BCAST_INNER (the big one!)  (cost=0.00..9.00 rows=9 width=4)  <- 12 s\n  \
                Hash Cond: (\"outer\".k = \"inner\".k)   -- not the DISTKEY\n  \
                ->  XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n\
                no idea about this one\n  \
                ->  XN Hash  (cost=0.00..1.00 rows=1 width=4)\n        \
                ->  XN Seq Scan on u  (cost=0.00..1.00 rows=1 width=4)\n";
    let reading = plan::read(text);
    let mut remarks: Vec<(usize, &str)> = reading
        .unrecognized
        .iter()
        .map(|one| (one.line, one.text.as_str()))
        .collect();
    remarks.sort_unstable();
    assert_eq!(
        remarks,
        [
            (1, "(the big one!)"),
            (1, "<- 12 s"),
            (1, "plan of the month:"),
            (2, "-- not the DISTKEY"),
            (4, "no idea about this one"),
        ]
    );
    assert_eq!(reading.plans[0].gaps, Vec::<String>::new());
}
