//! An alias of the select list means its expression: a query that uses aliases is planned
//! like the one in which they are written out.

use distkey::planner::{Planned, PlannerError};

const DDL: &str = "
    create table t (k bigint, v int, w int, s varchar(20), d date) distkey (k) sortkey (d);
    create table u (k bigint, w int, name varchar(20)) diststyle even;";

fn plan(query: &str) -> Result<Planned, PlannerError> {
    crate::support::plan_query(DDL, query)
}

#[test]
fn plans_with_and_without_aliases_are_equal() {
    for (with, without) in [
        // One alias after the other.
        (
            "select v as a, a + 1 as b from t",
            "select v as a, v + 1 as b from t",
        ),
        (
            "select v * 2 as a, a * 3 as b, b - a as c from t",
            "select v * 2 as a, (v * 2) * 3 as b, (v * 2) * 3 - v * 2 as c from t",
        ),
        (
            "select upper(s) as a, a || '!' as b, length(b) as c from t",
            "select upper(s) as a, upper(s) || '!' as b, length(upper(s) || '!') as c from t",
        ),
        (
            "select t.v as a, case when a > 3 then a else 0 end as b from t",
            "select t.v as a, case when t.v > 3 then t.v else 0 end as b from t",
        ),
        // Beside a subquery, which must not vanish.
        (
            "select v as a, a + (select max(w) from u) as b from t",
            "select v as a, v + (select max(w) from u) as b from t",
        ),
        (
            "select (select max(w) from u) as a, a + 1 as b from t",
            "select (select max(w) from u) as a, 2 as b from t",
        ),
        (
            "select k as a, (select max(u.w) from u where u.k = a) as b from t",
            "select k as a, (select max(u.w) from u where u.k = t.k) as b from t",
        ),
        (
            "select t.k as a, exists (select 1 from u where u.k = a) as b from t",
            "select t.k as a, exists (select 1 from u where u.k = t.k) as b from t",
        ),
        // Aggregates and windows.
        (
            "select k, sum(v) as a, count(*) as b, a / b as c from t group by k",
            "select k, sum(v) as a, count(*) as b, sum(v) / count(*) as c from t group by k",
        ),
        (
            "select v as a, rank() over (partition by k order by a) as r, r + 1 as q from t",
            "select v as a, rank() over (partition by k order by v) as r, (rank() over (partition by k order by v)) + 1 as q from t",
        ),
        (
            "select k, sum(v) as a, rank() over (order by a desc) as r from t group by k",
            "select k, sum(v) as a, rank() over (order by sum(v) desc) as r from t group by k",
        ),
        // WHERE, HAVING, QUALIFY.
        (
            "select v + w as a from t where a > 10",
            "select v + w as a from t where v + w > 10",
        ),
        (
            "select d as day, v from t where day > '2024-01-01' and v = 3",
            "select d as day, v from t where d > '2024-01-01' and v = 3",
        ),
        (
            "select k, sum(v) as a from t group by k having a > 5",
            "select k, sum(v) as a from t group by k having sum(v) > 5",
        ),
        (
            "select k, row_number() over (partition by k order by d) as r from t qualify r = 1",
            "select k, row_number() over (partition by k order by d) as r from t qualify row_number() over (partition by k order by d) = 1",
        ),
        // GROUP BY and ORDER BY: alias, ordinal, expression.
        (
            "select date_trunc('month', d) as m, count(*) from t group by m order by m",
            "select date_trunc('month', d) as m, count(*) from t group by 1 order by 1",
        ),
        (
            "select v % 10 as bucket, max(w) as top from t group by bucket order by top desc, bucket limit 3",
            "select v % 10 as bucket, max(w) as top from t group by v % 10 order by max(w) desc, v % 10 limit 3",
        ),
        (
            "select v as a, w as b from t order by a + b",
            "select v as a, w as b from t order by v + w",
        ),
        // A column of FROM comes before an alias.
        (
            "select w as v, v + 1 as b from t",
            "select w as x, t.v + 1 as b from t",
        ),
        (
            "select w + 1 as v, sum(k) from t group by v, w",
            "select w + 1 as x, sum(k) from t group by t.v, w",
        ),
        // Except where ORDER BY names an output.
        (
            "select w as v from t order by v",
            "select w as x from t order by t.w",
        ),
        // In a join, a CTE, a derived table and a branch of a union.
        (
            "select t.v as a, u.w as b, a + b as c from t join u on u.k = t.k where c > 2",
            "select t.v as a, u.w as b, t.v + u.w as c from t join u on u.k = t.k where t.v + u.w > 2",
        ),
        (
            "with c as (select k, v + 1 as a, a * 2 as b from t) select k, b as x, x + 1 as y from c",
            "with c as (select k, v + 1 as a, (v + 1) * 2 as b from t) select k, b as x, b + 1 as y from c",
        ),
        (
            "select v as a, a + 1 as b from t union all select w as a, a + 1 as b from u",
            "select v as a, v + 1 as b from t union all select w as a, w + 1 as b from u",
        ),
    ] {
        let (a, b) = (plan(with).expect(with), plan(without).expect(without));
        assert_eq!(a.plan.to_string(), b.plan.to_string(), "{with}");
        assert_eq!(a.assumptions, b.assumptions, "{with}");
    }
}

#[test]
fn an_alias_is_known_after_its_item_and_in_its_own_block_only() {
    for (query, name) in [
        ("select a + 1 as b, v as a from t", "a"),
        (
            "select v as a from t where exists (select z from u) and z = 1",
            "z",
        ),
        ("select b from (select v as a, a + 1 as c from t) x", "b"),
        ("select v as a, t.a from t", "t.a"),
        ("select v as a from t union all select a from u", "a"),
    ] {
        match plan(query) {
            Err(error) => match error.cause() {
                PlannerError::UnknownColumn { name: found, .. } => {
                    assert_eq!(found, name, "{query}")
                }
                other => panic!("{query}: {other}"),
            },
            Ok(planned) => panic!("{query}: {}", planned.plan),
        }
    }
}

#[test]
fn what_redshift_refuses_is_refused() {
    let error = |query: &str| {
        plan(query)
            .map(|planned| planned.plan.to_string())
            .expect_err(query)
            .to_string()
    };
    insta::assert_snapshot!(
        error("select k, sum(v) as a from t where a > 5 group by k"),
        @"Redshift refuses an aggregate or window function in WHERE, line 1, column 36: `a > 5`"
    );
    insta::assert_snapshot!(
        error("select k from t where not exists (select 1 from u where not exists (select 1 from t x where x.k = t.v and x.w = t.w))"),
        @"Redshift refuses a correlated reference that skips a query block, line 1, column 99: `t.v`"
    );
    insta::assert_snapshot!(
        error("select sum(v) as a, (select max(w) from u where u.k = a) as b from t"),
        @"an alias of an aggregate, window function or subquery inside a subquery is not planned yet, line 1, column 55: `a`"
    );
    insta::assert_snapshot!(
        error("select t.k from t left join u on u.k = t.k and u.w = (select max(w) from t x where x.k = u.k)"),
        @"a subquery or correlated reference in an outer join is not planned yet, line 1, column 34: `u.k = t.k AND u.w = (SELECT max(w) FROM t x WHERE x.k = u.k)`"
    );
}
