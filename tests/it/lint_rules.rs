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
