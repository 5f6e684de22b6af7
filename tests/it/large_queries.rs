//! Queries that are long, deep or wide: planned within bounds, or refused by a limit that is
//! named. On a thread with an ordinary stack.

use std::time::{Duration, Instant};

use distkey::cluster::Cluster;
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;

/// Reads and plans a query on a thread as Rust starts it; the scans of its plan, or the error.
fn planned(query: String) -> Result<usize, String> {
    let on_its_own = std::thread::Builder::new().stack_size(2 << 20);
    let run = move || {
        let mut ddl = "create view vw as select k from t where v = 1;
            create table t (k bigint, v int, w int, s varchar(20)) distkey (k);"
            .to_owned();
        for n in 0..300 {
            ddl += &format!("create table t{n} (k{n} bigint, k{} bigint, v int);", n + 1);
        }
        let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl.as_str())));
        let parsed = sql::parse_query(&query).map_err(|error| error.to_string())?;
        let shape = Cluster::default().shape();
        let planned = planner::plan(&parsed, &schema, &Stats::default(), shape)
            .map_err(|error| error.to_string())?;
        let text = planned.plan.to_string();
        Ok(text.matches("Seq Scan on t").count())
    };
    let thread = on_its_own.spawn(run).expect("a thread");
    thread.join().expect("no panic and no overflow")
}

/// The same, in no more time than an unoptimized build on a busy machine may take: ten times
/// what was measured.
fn planned_soon(query: String) -> Result<usize, String> {
    let start = Instant::now();
    let result = planned(query);
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    result
}

fn chain(n: usize) -> String {
    let joins: Vec<String> = (1..n)
        .map(|n| format!("join t{n} on t{n}.k{n} = t{}.k{n}", n - 1))
        .collect();
    format!("select count(*) from t0 {}", joins.join(" "))
}

fn star(n: usize) -> String {
    let joins: Vec<String> = (1..n)
        .map(|n| format!("join t{n} on t{n}.k{n} = t0.k0"))
        .collect();
    format!("select count(*) from t0 {}", joins.join(" "))
}

/// CTEs each of which reads the one before twice.
fn doubling(levels: usize, each: &str) -> String {
    let mut query = "with c0 as (select k, sum(v) v from t group by k)".to_owned();
    for n in 1..=levels {
        query += &format!(", c{n} as ({})", each.replace('?', &format!("c{}", n - 1)));
    }
    format!("{query} select count(*) from c{levels}")
}

#[test]
fn joins_of_up_to_256_relations_lose_none() {
    for n in [2, 10, 11, 40, 60, 64, 65, 128, 256] {
        assert_eq!(planned_soon(chain(n)), Ok(n), "{n}");
    }
    for n in [40, 65, 130] {
        assert_eq!(planned_soon(star(n)), Ok(n), "{n}");
    }
    insta::assert_snapshot!(
        planned(chain(257)).expect_err("one too many"),
        @"there are more than 256 relations joined in one block, line 1, column 8413: write a part to a temporary table first"
    );
}

/// Every pair of relations compared: the search looks at each condition for each way to join.
#[test]
fn a_search_that_would_take_too_long_is_refused() {
    let pairs = |n: usize| {
        let from: Vec<String> = (0..n).map(|n| format!("t a{n}")).collect();
        let conditions: Vec<String> = (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| format!("a{a}.k <> a{b}.v")))
            .collect();
        format!(
            "select count(*) from {} where {}",
            from.join(", "),
            conditions.join(" and ")
        )
    };
    assert_eq!(planned_soon(pairs(40)), Ok(40));
    insta::assert_snapshot!(planned_soon(pairs(150)).expect_err("too many"), @"planning takes more than 1000000 steps, line 1, column 1: write a part to a temporary table first");
}

#[test]
fn a_limit_names_the_cte_in_which_it_is_reached() {
    for (query, name) in [
        (
            format!("with big as ({}) select * from big", chain(257)),
            "big",
        ),
        (
            format!(
                "with a as (select k from t), big as ({}) select * from a, big",
                chain(257)
            ),
            "big",
        ),
        (
            format!(
                "with big as ({}), b as (select * from big) select * from b x, b y",
                chain(257)
            ),
            "big",
        ),
    ] {
        let error = planned(query).expect_err("too many");
        assert!(error.contains(&format!("in `{name}`")), "{error}");
    }
}

/// Subqueries that are joined with what is around them count as what they read.
#[test]
fn relations_are_counted_after_views_and_subqueries_are_opened() {
    let inner: Vec<String> = (0..40)
        .map(|n| {
            format!("(select a.k0, b.v from t0 a join t1 b on a.k1 = b.k1 where a.v = {n}) x{n}")
        })
        .collect();
    assert_eq!(
        planned_soon(format!("select count(*) from {}", inner.join(", "))),
        Ok(80)
    );
    let four = inner.iter().map(|inner| inner.replace(" x", " y"));
    let many: Vec<String> = inner
        .iter()
        .cloned()
        .chain(four.clone())
        .chain(four.map(|inner| inner.replace(" y", " z")))
        .chain((0..10).map(|n| format!("t{n}")))
        .chain((0..10).map(|n| format!("t{n} u{n}")))
        .collect();
    assert!(planned(format!("select count(*) from {}", many.join(", "))).is_err());
}

#[test]
fn a_cte_that_is_read_twice_is_planned_once() {
    for each in [
        "select a.k, a.v from ? a join ? b on a.k = b.k",
        "select * from ? union all select * from ?",
        "select k, max(v) v from ? where k in (select k from ?) group by k",
        "select k, v + (select max(v) from ?) v from ?",
    ] {
        assert_eq!(planned_soon(doubling(20, each)), Ok(1), "{each}");
        assert_eq!(planned_soon(doubling(80, each)), Ok(1), "{each}");
    }
}

#[test]
fn deep_queries_are_planned() {
    let wrapped = |n: usize, around: (&str, &str), inner: &str| {
        format!("{}{inner}{}", around.0.repeat(n), around.1.repeat(n))
    };
    for n in [25, 50, 159] {
        let derived = wrapped(n, ("select k from (", " limit 5) x"), "select k from t");
        assert_eq!(planned_soon(derived), Ok(1), "{n}");
        let scalar = wrapped(
            n,
            ("select max(v) from t where v > (", ")"),
            "select max(v) from t",
        );
        assert_eq!(planned_soon(scalar), Ok(n + 1), "{n}");
        let exists = wrapped(n, ("select 1 from t where k in (", ")"), "select k from t");
        assert_eq!(
            planned_soon(exists.replace("select 1", "select k")),
            Ok(n + 1),
            "{n}"
        );
        let case = wrapped(n, ("case when v = 1 then 2 else ", " end"), "3");
        assert_eq!(planned_soon(format!("select {case} from t")), Ok(1), "{n}");
        let parentheses = wrapped(n, ("(", ")"), "v + 1");
        assert_eq!(
            planned_soon(format!("select {parentheses} from t")),
            Ok(1),
            "{n}"
        );
    }
}

#[test]
fn the_limit_of_nesting_is_named() {
    let case = format!(
        "select {}1{} from t",
        "case when v = 1 then 2 else ".repeat(600),
        " end".repeat(600)
    );
    insta::assert_snapshot!(planned(case).expect_err("too deep"), @"subqueries, CASE, parentheses and NOT nest deeper than 160 levels, line 1, column 4488");
    let nots = format!("select k from t where {} v = 1", "not ".repeat(450));
    insta::assert_snapshot!(planned(nots).expect_err("too deep"), @"subqueries, CASE, parentheses and NOT nest deeper than 160 levels, line 1, column 663");
    let nots = format!("select k from t where {} v = 1", "not ".repeat(5_000));
    insta::assert_snapshot!(planned(nots).expect_err("too deep"), @"subqueries, CASE, parentheses and NOT nest deeper than 160 levels, line 1, column 663");
    let mut ctes = "with c0 as (select k from t limit 9)".to_owned();
    for n in 1..300 {
        ctes += &format!(", c{n} as (select k from c{} limit 9)", n - 1);
    }
    insta::assert_snapshot!(planned(format!("{ctes} select * from c299")).expect_err("too deep"), @"subqueries, views and CTEs nest more than 200 levels deep in `c100`, line 1, column 3644: write an inner part to a temporary table first");
}

/// Where reading fails is kept: no part of a call in a call is tried again and again.
#[test]
fn nested_calls_that_are_broken_are_refused_soon() {
    for call in [
        "max(",
        "f(",
        "t.f(",
        "max(t.f(",
        "f(1, ",
        "f(t.v, g(v + ",
        "coalesce(v, 1 + f(",
        "f(case when g(",
        "f((g(",
        "cast(f(",
        "f(distinct g(",
        "f(v => g(",
    ] {
        let nested = call.repeat(70 / call.matches(['(', '+']).count().max(1));
        for end in [
            "v from t",
            "v) over (order by v) as x, from t",
            "select",
            "'",
        ] {
            let refused = planned_soon(format!("select {nested}{end}"));
            assert!(refused.is_err(), "{call} {end}: {refused:?}");
        }
    }
}

#[test]
fn long_queries_are_planned() {
    let list = |n: usize, item: &dyn Fn(usize) -> String, with: &str| {
        (0..n).map(item).collect::<Vec<_>>().join(with)
    };
    let numbers = list(50_000, &|n| n.to_string(), ",");
    assert_eq!(
        planned_soon(format!("select k from t where v in ({numbers})")),
        Ok(1)
    );
    let texts = list(50_000, &|n| format!("'x{n}'"), ",");
    assert_eq!(
        planned_soon(format!("select k from t where s not in ({texts})")),
        Ok(1)
    );
    for (with, item) in [(" + ", "v"), (" || ", "s"), (" * ", "w")] {
        let long = list(10_000, &|_| item.to_owned(), with);
        assert_eq!(
            planned_soon(format!("select {long} from t")),
            Ok(1),
            "{with}"
        );
        let sum = list(1_000, &|_| item.to_owned(), with);
        let query = format!("select {sum} as x from t where {sum} > '1' order by {sum}");
        assert_eq!(planned_soon(query), Ok(1), "{with}");
    }
    for with in [" and ", " or "] {
        let conditions = list(20_000, &|n| format!("v > {n}"), with);
        assert_eq!(
            planned_soon(format!(
                "select k from vw where k in (select k from t where {conditions})"
            )),
            Ok(2),
            "{with}"
        );
    }
    let items = list(
        1_500,
        &|n| format!("sum(case when v = {n} then w end) as m{n}"),
        ", ",
    );
    assert_eq!(
        planned_soon(format!("select k, {items} from t group by k")),
        Ok(1)
    );
    let branches = list(500, &|n| format!("select k, v + {n} from t"), " union all ");
    assert_eq!(planned_soon(branches), Ok(500));
}

/// A view's query is printed when the schema is built, and an INSERT is taken apart.
#[test]
fn a_long_condition_elsewhere_needs_no_more_stack() {
    let ors = vec!["v = 1"; 18_000].join(" or ");
    let inserted = planned(format!("insert into t select k from t where {ors}"));
    assert_eq!(inserted, Ok(1));
    let on_its_own = std::thread::Builder::new().stack_size(2 << 20);
    let read = move || {
        let ddl =
            format!("create table t (k int, v int); create view w as select k from t where {ors};");
        let schema = Schema::of(&sql::parse(&SourceFile::new("w.sql", ddl.as_str())));
        let query = sql::parse_query("select k from w").expect("a query");
        let shape = Cluster::default().shape();
        planner::plan(&query, &schema, &Stats::default(), shape).is_ok()
    };
    let thread = on_its_own.spawn(read).expect("a thread");
    assert!(thread.join().expect("no overflow"));
}

#[test]
fn the_limit_of_length_is_named() {
    let ors = vec!["v = 1"; 200_000].join(" or ");
    insta::assert_snapshot!(
        planned(format!("select k from t where {ors}")).expect_err("too long"),
        @"an expression has more than 20000 operators in a row, line 1, column 180029"
    );
    let sum = vec!["v"; 30_000].join(" + ");
    assert!(planned(format!("select {sum} from t")).is_err());
    let cast = "::int".repeat(30_000);
    assert!(planned(format!("select v{cast} from t")).is_err());
    let branches = vec!["select k from t"; 30_000].join(" union all ");
    assert!(planned(branches).is_err());
    // As many operators that do not stand in one another are no chain.
    let items = vec!["v + 1"; 30_000].join(", ");
    assert_eq!(planned(format!("select {items} from t")), Ok(1));
    let whens = "when v > 1 and w > 1 then 2 ".repeat(15_000);
    assert_eq!(planned(format!("select case {whens} end from t")), Ok(1));
}

#[test]
fn aliases_that_double_are_refused_by_name() {
    let items = |n: usize| {
        let more = (1..n).map(|n| format!("a{0} + a{0} * 2 as a{n}", n - 1));
        std::iter::once("v as a0".to_owned())
            .chain(more)
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(planned_soon(format!("select {} from t", items(12))), Ok(1));
    insta::assert_snapshot!(planned_soon(format!("select {} from t", items(40))).expect_err("too large"), @"planning takes more than 1000000 steps in `a17`, line 1, column 362: write a part to a temporary table first");
    let inside = format!(
        "with big as (select {} from t) select * from big",
        items(40)
    );
    insta::assert_snapshot!(planned_soon(inside).expect_err("too large"), @"planning takes more than 1000000 steps in `a17`, line 1, column 375: write a part to a temporary table first");
}
