//! Rules that look at what statements do: each with what it reports and what it leaves alone.

use distkey::environment::Environment;
use distkey::lint::{self, Input, LintedFile};
use distkey::rules::{Finding, Severity};
use distkey::text::SourceFile;

fn lint(files: &[&str]) -> Vec<LintedFile> {
    let inputs: Vec<Input> = files
        .iter()
        .enumerate()
        .map(|(at, text)| Input::Text(SourceFile::new(format!("{at}.sql"), *text)))
        .collect();
    lint::lint(&inputs, Environment::default().view()).files
}

pub fn found(code: &str, files: &[&str]) -> Vec<Finding> {
    let findings = lint(files).into_iter().flat_map(|file| file.findings);
    findings.filter(|finding| finding.code == code).collect()
}

/// Texts with how many findings of a rule they have.
pub fn holds(code: &str, texts: &[(usize, &str)]) {
    for (count, text) in texts {
        let found = found(code, &[text]);
        let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages.len(), *count, "{code}: {text}\n{messages:#?}");
    }
}

#[test]
fn truncate_ends_the_transaction_it_stands_in() {
    holds(
        "DK250",
        &[
            (1, "begin; truncate t; insert into t select 1; commit;"),
            (
                1,
                "BEGIN TRANSACTION;\nDELETE FROM a WHERE x = 1;\nTRUNCATE TABLE s.t;\nEND;",
            ),
            (1, "start transaction; truncate \"t\"; commit work;"),
            (
                2,
                "begin; truncate a; truncate b; insert into a select 1; commit;",
            ),
            // Without an end, the session's end takes it back.
            (1, "begin; insert into a select 1; truncate b;"),
            (1, "-- load\nbegin; /* all */ truncate a; end transaction;"),
            (0, "truncate t; begin; insert into t select 1; commit;"),
            (0, "begin; insert into t select 1; commit; truncate t;"),
            (0, "begin; delete from t; insert into t select 1; commit;"),
            (0, "begin; truncate t; rollback;"),
            (0, "truncate t; insert into t select 1;"),
            (0, "begin; select 'truncate t'; commit; -- truncate t"),
            (
                1,
                "create procedure p() as $$ begin delete from a where x = 1; truncate b; insert into b select 1; end; $$ language plpgsql;",
            ),
            (
                0,
                "create procedure p() as $$ begin truncate b; insert into b select 1; end; $$ language plpgsql;",
            ),
            (
                0,
                "create procedure p() as $$ begin insert into a select 1; commit; truncate b; end; $$ language plpgsql;",
            ),
        ],
    );
    let told = |text: &str| found("DK250", &[text]).remove(0).message;
    assert_eq!(
        told(
            "begin; delete from a where x = 1; insert into a select 2; truncate b; insert into b select 1; commit;"
        ),
        "TRUNCATE `b` commits the transaction that BEGIN opened: 2 statements before it can't be rolled back; 1 statement after it is outside of it"
    );
    assert_eq!(
        told("begin; truncate b; insert into b select 1; analyze b; commit;"),
        "TRUNCATE `b` commits the transaction that BEGIN opened: 2 statements after it, up to COMMIT, are outside of it"
    );
}

/// `DELETE FROM` takes its place, in its own case.
#[test]
fn truncate_in_a_transaction_is_fixed_on_request() {
    let env = Environment::default();
    let text = "BEGIN;\nTRUNCATE  TABLE t; -- all\nINSERT INTO t SELECT 1;\nCOMMIT;\nbegin; truncate t; commit;\n";
    let inputs = [Input::Text(SourceFile::new("t.sql", text))];
    assert!(lint::fix(&inputs, false, env.view()).fixed.is_empty());
    let fixed = lint::fix(&inputs, true, env.view()).fixed.remove(0);
    assert_eq!(
        fixed.after,
        "BEGIN;\nDELETE FROM t; -- all\nINSERT INTO t SELECT 1;\nCOMMIT;\nbegin; delete from t; commit;\n"
    );
}

#[test]
fn one_key_has_one_type() {
    holds(
        "DK251",
        &[
            (
                1,
                "create table a (customer_id bigint); create table b (customer_id int); create table c (customer_id varchar(32));",
            ),
            // Of two that differ, the text.
            (
                1,
                "create table a (user_key char(9)); create table b (user_key decimal(9,0));",
            ),
            (
                2,
                "create table a (x_id int, y_id int); create table b (x_id text, y_id char(3));",
            ),
            // Numbers of different width, and names that are no keys.
            (
                0,
                "create table a (customer_id bigint); create table b (customer_id int);",
            ),
            (
                0,
                "create table a (status int); create table b (status varchar(9));",
            ),
            // Declared keys have a rule of their own.
            (
                0,
                "create table a (a_id int primary key); create table b (a_id varchar(9) references a (a_id));",
            ),
            (
                0,
                "create table a (customer_id int); create temp table b (customer_id text);",
            ),
        ],
    );
    let joined = "create table a (c_id int); create table b (c_id text); select 1 from a join b on a.c_id = b.c_id;";
    let one = found("DK251", &[joined]).remove(0);
    assert_eq!(one.severity, Severity::Warning);
    assert!(
        one.message.ends_with("with which it is joined"),
        "{}",
        one.message
    );
    let apart = found(
        "DK251",
        &[
            "create table a (c_id int);",
            "\n\ncreate table b (x int, c_id text);",
        ],
    );
    assert_eq!(apart[0].severity, Severity::Hint);
    let place = apart[0].location.as_ref().expect("a place");
    assert_eq!(
        (place.path.as_str(), place.line, place.column),
        ("1.sql", 3, 24)
    );
}

#[test]
fn definitions_are_held_to_what_the_guide_says() {
    holds(
        "DK252",
        &[
            (
                1,
                "create table t (d date encode runlength, x int) sortkey (d);",
            ),
            (
                1,
                "create table t (a int, d date encode runlength) compound sortkey (a, d);",
            ),
            (1, "create table t (d date sortkey encode runlength);"),
            (
                0,
                "create table t (d date encode az64, x int encode runlength) sortkey (d);",
            ),
            (0, "create table t (d date encode runlength);"),
        ],
    );
    holds(
        "DK253",
        &[
            (
                1,
                "create table t (a text, b varchar, c character varying, d int);",
            ),
            (1, "create table t (a char, b char(3));"),
            (1, "create table t (a varchar /* long */, b int);"),
            (
                0,
                "create table t (a varchar(10), b char(1), c varchar(max), d nvarchar(5));",
            ),
            (0, "create table t as select 'a'::varchar as a;"),
        ],
    );
    holds(
        "DK254",
        &[
            (
                1,
                "create table t (a int, b int, c int, d int, e int) sortkey (a, b, c, d, e);",
            ),
            (
                0,
                "create table t (a int, b int, c int, d int, e int) sortkey (a, b, c, d);",
            ),
        ],
    );
    holds(
        "DK204",
        &[
            (1, "create table t (at timestamp, x int) distkey (at);"),
            (1, "create table t (at timestamptz distkey, x int);"),
            (1, "create table t (d date distkey);"),
            (
                0,
                "create table t (at timestamp) distkey (at); create table u (at timestamp) distkey (at); select 1 from t join u using (at);",
            ),
            (0, "create table t (at timestamp, x int) distkey (x);"),
        ],
    );
    holds(
        "DK262",
        &[
            (
                1,
                "create or replace function f(a int) returns int stable as $$ return a $$ language plpythonu;",
            ),
            (
                1,
                "create function f() returns int immutable as $$\n# language sql\nreturn 1\n$$ LANGUAGE plpythonu",
            ),
            (
                0,
                "create function f(int) returns int stable as $$ select $1 -- language plpythonu\n$$ language sql;",
            ),
            (
                0,
                "create external function f(int) returns int stable lambda 'f' iam_role default;",
            ),
        ],
    );
    holds(
        "DK259",
        &[
            (1, "create user a password 'Example-Passw0rd';"),
            (
                1,
                "alter user a password 'Example-Passw0rd' valid until '2027-01-01';",
            ),
            (0, "create user a password disable;"),
            (
                0,
                "create user a password 'md5153c434b4b77c89e6b94f12c5393af5b';",
            ),
            (0, "create user a password ':password';"),
            (0, "create user a in group loaders;"),
        ],
    );
}

/// What is printed of a statement with a password does not hold it.
#[test]
fn a_password_is_found_and_not_shown() {
    let files = lint(&["create user a password 'Example-Passw0rd';"]);
    let shown = distkey::report::lint::render(&files[0], false);
    assert!(
        shown.contains("DK259") && !shown.contains("Example-Passw0rd"),
        "{shown}"
    );
}

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

/// A finding stands at its column, and an ignore comment there works; so does one above the
/// statement.
#[test]
fn an_ignore_comment_works_where_the_finding_stands() {
    let text = |above: &str, at: &str| {
        format!(
            "{above}create table t (\n  id bigint,\n  price float, {at}\n  d date distkey\n);\n"
        )
    };
    for (above, at, left) in [
        ("", "", 2),
        ("", "-- distkey: ignore DK212", 1),
        ("", "/* distkey: ignore DK212 */", 1),
        ("-- distkey: ignore DK212\n", "", 1),
        ("-- distkey: ignore DK212, DK204\n", "", 0),
        // On the line before the finding.
        ("", "-- distkey: ignore DK204", 1),
        ("-- distkey: ignore DK212\n\n", "", 2),
    ] {
        let files = lint(&[&text(above, at)]);
        assert_eq!(files[0].findings.len(), left, "{above}{at}");
    }
}
