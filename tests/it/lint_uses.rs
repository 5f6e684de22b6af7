//! Rules that look at how statements use the tables: what they join, filter, change and load.

use crate::lint_rules::{found, holds};

const VISITS: &str =
    "create table v (at timestamp, page int) sortkey (at, page); create table p (page int);";

#[test]
fn a_function_hides_the_sort_key() {
    for (count, query) in [
        (
            1,
            "select 1 from v where date_trunc('day', at) = '2026-11-01'",
        ),
        (
            1,
            "select 1 from v x where date_trunc(month, x.at) >= '2026-11-01'",
        ),
        (
            1,
            "select 1 from v join p using (page) where v.at::date = current_date",
        ),
        (
            1,
            "select 1 from p where page in (select page from v where extract(year from at) = 2026)",
        ),
        (
            1,
            "with w as (select * from v where to_char(at, 'YYYY') = '2026') select * from w",
        ),
        (1, "delete from v where trunc(at) < '2026-01-01'"),
        (
            1,
            "create view w as select * from v where date(at) between '2026-01-01' and '2026-01-31'",
        ),
        (
            1,
            "select 1 from v where page = 1 and (date_part(hour, at) in (1, 2))",
        ),
        (1, "select 1 from v where '2026-11-01' = cast(at as date)"),
        // The column by itself, beside or alone; another column; another place.
        (0, "select 1 from v where at >= '2026-11-01'"),
        (
            0,
            "select 1 from v where at >= '2026-11-01' and date_part(hour, at) = 3",
        ),
        (0, "select 1 from v where abs(page) = 1"),
        (0, "select date_trunc('day', at) from v group by 1"),
        (
            0,
            "select 1 from v where at > date_trunc('day', current_date)",
        ),
        (
            0,
            "with v as (select 1 as at) select 1 from v where abs(at) = 1",
        ),
        (
            0,
            "select 1 from v where date_trunc('day', at) = '2026-11-01' or page = 1",
        ),
    ] {
        let found = found("DK255", &[VISITS, query]);
        assert_eq!(found.len(), count, "{query}");
        for one in found {
            let place = one.location.expect("a place");
            let text = &query[place.span.start..place.span.end];
            assert!(text == "at" || text.ends_with(".at"), "{text}: {query}");
        }
    }
}

#[test]
fn joins_of_the_files_are_seen() {
    holds(
        "DK256",
        &[
            (
                1,
                "create table a (id char(36) primary key); create table b (a_id char(36) references a (id));",
            ),
            (
                2,
                "create table a (id varchar(36)); create table b (a_id varchar(36)); select 1 from a, b where a.id = b.a_id;",
            ),
            (
                0,
                "create table a (id varchar(36)); create table b (a_id varchar(36));",
            ),
            (
                0,
                "create table a (id varchar(40)); create table b (a_id varchar(40)); select 1 from a, b where a.id = b.a_id;",
            ),
        ],
    );
    holds(
        "DK221",
        &[
            (
                1,
                "create table a (id int identity(1,1), x int) distkey (id);",
            ),
            (
                0,
                "create table a (id int identity(1,1), x int) distkey (id); create table b (a_id int); select 1 from b join a on b.a_id = a.id;",
            ),
        ],
    );
    let parent = "create table o (o_id bigint primary key) distkey (o_id);";
    for (count, child) in [
        (
            1,
            "create table i (i_id bigint primary key, o_id bigint references o (o_id)) distkey (i_id);",
        ),
        (
            0,
            "create table i (i_id bigint primary key, o_id bigint references o (o_id)) distkey (o_id);",
        ),
        // Its own children lie with it.
        (
            0,
            "create table i (i_id bigint primary key, o_id bigint references o (o_id)) distkey (i_id); create table k (i_id bigint references i (i_id)) distkey (i_id);",
        ),
        (
            0,
            "create table i (i_id bigint primary key, o_id bigint references o (o_id)) diststyle auto;",
        ),
    ] {
        assert_eq!(found("DK202", &[parent, child]).len(), count, "{child}");
    }
    let target = "create table t (id bigint, x int) distkey (id);";
    for (count, text) in [
        (
            1,
            "create temp table s (id bigint, x int); update t set x = s.x from s where t.id = s.id;",
        ),
        (
            1,
            "create table #s (id bigint); delete from t using #s where t.id = #s.id;",
        ),
        (
            1,
            "create temp table s as select id, x from e; merge into t using s on t.id = s.id when matched then update set x = s.x when not matched then insert values (s.id, s.x);",
        ),
        (
            0,
            "create temp table s (like t); update t set x = s.x from s where t.id = s.id;",
        ),
        (
            0,
            "create temp table s (id bigint, x int) distkey (id); update t set x = s.x from s where t.id = s.id;",
        ),
        (
            0,
            "create temp table s (id bigint, x int); update t set x = s.x from s where t.x = s.x;",
        ),
        (
            0,
            "create table s (id bigint, x int); update t set x = s.x from s where t.id = s.id;",
        ),
    ] {
        assert_eq!(found("DK261", &[target, text]).len(), count, "{text}");
    }
}

#[test]
fn changes_of_rows_are_seen() {
    holds(
        "DK257",
        &[
            (1, "delete from t;"),
            (1, "update t set a = 1;"),
            (1, "begin; update t set a = 1; commit;"),
            (0, "begin; delete from t; insert into t select 1; commit;"),
            (
                0,
                "delete from t where a = 1; update t set a = 2 where a = 1;",
            ),
            (0, "update t set a = s.a from s where s.id = t.id;"),
            (0, "delete from t using s where s.id = t.id;"),
            (0, "create temp table t (a int); delete from t;"),
            (0, "delete from t; insert into t select 1;"),
            (1, "insert into t select 1; delete from t;"),
        ],
    );
    holds(
        "DK258",
        &[
            (
                1,
                "delete from t where d = '2026-11-01'; insert into t select 1;",
            ),
            (
                1,
                "delete from t using s where t.id = s.id;\nanalyze t;\ncopy t from 's3://example-shop/t/' iam_role default;",
            ),
            (
                1,
                "begin; delete from t where a = 1; insert into t select 1; commit; delete from t where a = 2; insert into t select 2;",
            ),
            (
                0,
                "begin; delete from t where d = '2026-11-01'; insert into t select 1; end;",
            ),
            (0, "insert into t select 1; delete from t where a = 1;"),
            (0, "delete from t where a = 1; insert into u select 1;"),
            (
                0,
                "create procedure p() as $$ begin delete from t where a = 1; insert into t select 1; end; $$ language plpgsql;",
            ),
            (
                0,
                "create temp table t (a int); delete from t where a = 1; insert into t select 1;",
            ),
        ],
    );
    holds(
        "DK260",
        &[
            (
                1,
                "create table t (a int) diststyle all; copy t from 's3://b/t/' iam_role default; insert into t select 1; update t set a = 2 where a = 1;",
            ),
            (
                0,
                "create table t (a int) diststyle all; truncate t; copy t from 's3://b/t/' iam_role default; insert into t select 1;",
            ),
            (
                0,
                "create table t (a int) diststyle even; copy t from 's3://b/t/' iam_role default; insert into t select 1; update t set a = 2 where a = 1;",
            ),
        ],
    );
}

#[test]
fn numbered_columns_are_a_list_where_they_are_asked_as_one() {
    let t = "create table t (id int, tag1 varchar(9), tag2 varchar(9), tag3 varchar(9), tag4 varchar(9));";
    for (count, query) in [
        (1, "select id from t where tag1 = 'a' or tag2 = 'a'"),
        (
            1,
            "select id from t x where 'a' in (x.tag1, x.tag2, x.tag3)",
        ),
        (
            1,
            "select id from t where id > 0 and (tag1 = 'a' or 'a' = tag4 or id = 3)",
        ),
        (0, "select tag1, tag2, tag3, tag4 from t"),
        (0, "select id from t where tag1 = 'a' or tag2 = 'b'"),
        (0, "select id from t where tag1 = 'a' and tag2 = 'a'"),
    ] {
        assert_eq!(found("DK234", &[t, query]).len(), count, "{query}");
    }
}

#[test]
fn a_prefix_is_reported_where_it_ends_in_a_name() {
    let copy = |from: &str| format!("copy t from '{from}' iam_role default csv;");
    for (count, from) in [
        (1, "s3://example-shop/sales"),
        (1, "s3://example-shop/raw/sales"),
        (0, "s3://example-shop/sales/"),
        (0, "s3://example-shop/sales/part-"),
        (0, "s3://example-shop/sales.csv"),
        (0, "s3://example-shop/sales/2026-11-28"),
        (0, "s3://example-shop"),
    ] {
        assert_eq!(found("DK229", &[&copy(from)]).len(), count, "{from}");
    }
    assert_eq!(
        found(
            "DK229",
            &["copy t from 's3://b/sales' iam_role default manifest;"]
        )
        .len(),
        0
    );
}
