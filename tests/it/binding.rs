//! What the names of a query mean: columns of USING, of CTEs and views, and subqueries that are
//! no condition of their own.

use distkey::planner::{Planned, PlannerError};

const DDL: &str = "
    create table t (k bigint, v int, w int, s varchar(20), d date) distkey (k) sortkey (d);
    create table u (k bigint, w int, name varchar(20)) diststyle even;
    create table x (k bigint, y int) diststyle all;
    create view grouped as select k, sum(v) as total from t group by k;
    create view late as select k, v from public.t where v > 3 with no schema binding;
    create view renamed (id, amount) as select k, sum(v) from t group by k;
    create materialized view kept as select k, count(*) as n from t group by k;
    create view loops as select * from loops;";

fn plan(query: &str) -> Result<Planned, PlannerError> {
    crate::support::plan_query(DDL, query)
}

/// The plan without costs and notices.
fn text(query: &str) -> String {
    let planned = plan(query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let text = planned.plan.to_string();
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    lines
        .map(|line| line.split("  (cost").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn error(query: &str) -> String {
    plan(query).expect_err(query).to_string()
}

#[test]
fn a_column_of_using_is_one_column() {
    for (query, same) in [
        (
            "select k from t join u using (k)",
            "select t.k from t join u on t.k = u.k",
        ),
        (
            "select k from t right join u using (k)",
            "select u.k from t right join u on t.k = u.k",
        ),
        (
            "select k, y from t join u using (k) join x using (k)",
            "select t.k, y from t join u on t.k = u.k join x on t.k = x.k",
        ),
        (
            "select k, w from u natural join t",
            "select u.k, u.w from u join t on u.k = t.k and u.w = t.w",
        ),
        (
            "select * from u join x using (k) order by 4",
            "select u.k, u.w, name, y from u join x on u.k = x.k order by y",
        ),
        (
            "select u.* from u join x using (k) order by 3",
            "select u.k, u.w, name from u join x on u.k = x.k order by name",
        ),
    ] {
        assert_eq!(text(query), text(same), "{query}");
    }
    insta::assert_snapshot!(error("select w from t join u using (k)"), @"column `w` is ambiguous, line 1, column 8: `t` and `u` both have it; qualify it");
    insta::assert_snapshot!(error("select 1 from t join u using (v)"), @"column `v` is in none of the tables in scope, line 1, column 22; did you mean `k`?");
    insta::assert_snapshot!(error("select y.* from t"), @"column `y.*` is in none of the tables in scope, line 1, column 8; did you mean `t.*`?");
}

#[test]
fn a_cte_that_is_read_twice_is_kept_in_a_temporary_table() {
    insta::assert_snapshot!(text(
        "with sums as (select k, sum(v) as v from t group by k)
         select a.k from sums a join sums b on a.k = b.k where a.v > 5 and b.v < 9"
    ), @r#"
    XN Hash Join DS_DIST_NONE
      Hash Cond: ("outer".k = "inner".k)
      ->  XN Seq Scan on volt_tt_0 a
            Filter: (v > 5)
      ->  XN Hash
            ->  XN Seq Scan on volt_tt_0 b
                  Filter: (v < 9)
      ->  XN SubPlan volt_tt_0
            ->  XN HashAggregate
                  ->  XN Seq Scan on t
    "#);
    let planned = plan("with c (id, total) as (select k, sum(v) from t group by k) select id from c where total > (select avg(total) from c)").expect("a plan");
    insta::assert_snapshot!(planned.assumptions.join("\n"), @r#"
    The rows of `t` are unknown: 1000000 are taken, 1000 times fewer at the low end of the interval, and at the high end as many as Redshift takes an external table to have, 10000000000. Give them with `--stats`.
    The distinct values of `k` are not known: between 1 and 10 billion groups are reckoned with. `distinct` in `--stats` would narrow it.
    `c` is read more than once: it is taken to be worked out once and kept in a temporary table, `volt_tt_0`, as Redshift does where it can; the time to write it is not counted.
    A subquery that does not depend on the row runs once, before the query; EXPLAIN prints only its value, as `$0`.
    "#);
}

/// The temporary table's own plan is a step like any other to whoever pastes the print.
#[test]
fn the_print_of_a_kept_cte_is_read_back() {
    let query = "with sums as (select k, sum(v) as v from t group by k), more as (select a.k from sums a join sums b on a.k = b.k)
         select x.k from more x join more y on x.k = y.k where x.k > (select max(v) from sums)";
    let planned = plan(query).expect("a plan");
    let printed = planned.plan.to_string();
    let reading = distkey::plan::read(&printed);
    let again: Vec<String> = reading.plans.iter().map(ToString::to_string).collect();
    assert_eq!(again, [printed]);
}

#[test]
fn views_are_read_like_ctes() {
    assert_eq!(
        text("select k from grouped where total > 1"),
        text("select k from (select k, sum(v) as total from t group by k) grouped where total > 1"),
    );
    let twice = text("select a.k from grouped a join grouped b on a.k = b.k");
    assert_eq!(twice.matches("Seq Scan on t").count(), 1, "{twice}");
    assert_eq!(twice.matches("Seq Scan on volt_tt_0").count(), 2, "{twice}");
    // A filter on a table is no work to be saved.
    let simple = text("select a.k from late a join late b on a.k = b.k");
    assert_eq!(simple.matches("Seq Scan on t").count(), 2, "{simple}");
    for query in [
        "select id from renamed where amount > 3",
        "select one from renamed r (one, two) where two > 3",
        "select one from renamed r (one) where amount > 3",
    ] {
        assert!(
            text(query).contains("Filter: (amount > 3)")
                || text(query).contains("Filter: (two > 3)"),
            "{}",
            text(query)
        );
    }
    assert!(
        text("select n from kept").contains("Seq Scan on"),
        "its own storage"
    );
    insta::assert_snapshot!(error("select * from loops"), @"subqueries, views and CTEs nest more than 200 levels deep in `loops`, line 1, column 15: write an inner part to a temporary table first");
}

/// Beside OR, the rows for which EXISTS is false must stay.
#[test]
fn exists_and_in_that_are_no_condition_of_their_own_filter_nothing() {
    insta::assert_snapshot!(text(
        "select k from t where exists (select 1 from u where u.k = t.k) or v = 1"
    ), @r#"
    XN Hash Left Join DS_DIST_NONE
      Hash Cond: ("outer".k = "inner".k)
      Filter: ((u.k IS NOT NULL) OR (t.v = 1))
      ->  XN Seq Scan on t
      ->  XN Hash
            ->  XN Unique
                  ->  XN Seq Scan on u
    "#);
    for query in [
        "select case when k in (select k from u) then 1 else 2 end from t",
        "select k, not exists (select 1 from u where u.k = t.k) from t",
        "select k from t where not (v = 1 and k in (select k from u))",
        "select k from t where (k in (select k from u)) = true",
        "select k from t order by exists (select 1 from u where u.k = t.k)",
    ] {
        let text = text(query);
        assert!(
            text.contains("Left Join") || text.contains("Right Join"),
            "{query}\n{text}"
        );
        assert!(!text.contains("IN Join"), "{query}\n{text}");
    }
    // With NOT it is still a condition of its own.
    for (query, same) in [
        (
            "select k from t where not (k in (select k from u))",
            "select k from t where k not in (select k from u)",
        ),
        (
            "select k from t where not exists (select 1 from u where u.k = t.k)",
            "select k from t where not (exists (select 1 from u where u.k = t.k))",
        ),
        (
            "select k from t where k = any (select k from u)",
            "select k from t where k in (select k from u)",
        ),
        (
            "select k from t where k <> all (select k from u)",
            "select k from t where k not in (select k from u)",
        ),
    ] {
        assert_eq!(text(query), text(same), "{query}");
    }
}

#[test]
fn subqueries_after_the_grouping_are_joined_there() {
    insta::assert_snapshot!(text(
        "select k, sum(v) from t group by k having sum(v) in (select w from u)"
    ), @r#"
    XN Hash IN Join DS_DIST_BOTH
      Outer Dist Key: sum(t.v)
      Inner Dist Key: u.w
      Hash Cond: ("outer".sum(t.v) = "inner".w)
      ->  XN HashAggregate
            ->  XN Seq Scan on t
      ->  XN Hash
            ->  XN Seq Scan on u
    "#);
    insta::assert_snapshot!(text(
        "select k, sum(v), (select max(u.w) from u where u.k = t.k) from t group by k"
    ), @r#"
    XN Hash Left Join DS_DIST_NONE
      Hash Cond: ("outer".k = "inner".k)
      ->  XN HashAggregate
            ->  XN Seq Scan on t
      ->  XN Hash
            ->  XN HashAggregate
                  ->  XN Seq Scan on u
    "#);
    // Of an aggregate's argument, before.
    insta::assert_snapshot!(text(
        "select sum((select max(u.w) from u where u.k = t.k)) from t"
    ), @r#"
    XN Aggregate
      ->  XN Hash Left Join DS_DIST_NONE
            Hash Cond: ("outer".k = "inner".k)
            ->  XN Seq Scan on t
            ->  XN Hash
                  ->  XN HashAggregate
                        ->  XN Seq Scan on u
    "#);
    // A key of the grouping is needed before.
    insta::assert_snapshot!(text(
        "select (select max(u.w) from u where u.k = t.k) as m, count(*) from t group by m"
    ), @r#"
    XN HashAggregate
      ->  XN Hash Left Join DS_DIST_NONE
            Hash Cond: ("outer".k = "inner".k)
            ->  XN Seq Scan on t
            ->  XN Hash
                  ->  XN HashAggregate
                        ->  XN Seq Scan on u
    "#);
}

#[test]
fn operators_are_printed_with_parentheses_of_their_own() {
    let filter = |condition: &str| {
        let text = text(&format!("select k from t where {condition}"));
        text.lines()
            .find_map(|line| line.trim().strip_prefix("Filter: ").map(str::to_owned))
            .unwrap_or(text)
    };
    insta::assert_snapshot!(filter("- v > 3"), @"((- v) > 3)");
    insta::assert_snapshot!(filter("-3 < v - 2 - 1"), @"(-3 < ((v - 2) - 1))");
    insta::assert_snapshot!(filter("v + w * 2 - (k - 1) > 0"), @"(((v + (w * 2)) - (k - 1)) > 0)");
    insta::assert_snapshot!(filter("v % 2 = 0 and v & 4 <> 0 and ~ v = 1"), @"(((v % 2) = 0) AND ((v & 4) <> 0) AND ((~ v) = 1))");
    insta::assert_snapshot!(filter("s || 'a' || s = 'b'"), @"(((s || 'a'::text) || s) = 'b'::text)");
    insta::assert_snapshot!(filter("s ~~ 'a%' and s !~~* 'b%'"), @"(((s)::text ~~ 'a%'::text) AND ((s)::text !~~* 'b%'::text))");
}

#[test]
fn operators_that_redshift_lacks_are_refused() {
    insta::assert_snapshot!(error("select k from t where s @> 'a'"), @"Redshift refuses the operator, line 1, column 23: `@>`");
    insta::assert_snapshot!(error("select k from t where s ~~ 'a%' and s !~~* 'b%' and v <=> w"), @"Redshift refuses the operator, line 1, column 53: `<=>`");
}
