//! `lint --fix`: the fixed text parses and no longer shows the finding; comments
//! and layout survive; nothing else changes.

use std::collections::BTreeMap;

use distkey::environment::Environment;
use distkey::lint::{self, Input, Outcome};
use distkey::rules;
use distkey::text::SourceFile;

pub fn fix(name: &str, text: &str, unsafe_too: bool) -> Outcome {
    let mut env = Environment::default();
    env.config.workload.name_columns();
    let inputs = [Input::Text(SourceFile::new(name, text))];
    lint::fix(&inputs, unsafe_too, env.view())
}

fn fixed(text: &str, unsafe_too: bool) -> String {
    let outcome = fix("t.sql", text, unsafe_too);
    assert_eq!(outcome.linted.files[0].errors, []);
    let first = outcome.fixed.into_iter().next();
    first.map_or_else(|| text.to_owned(), |file| file.after)
}

/// What linters are trusted for: the text around the fix stays as it is.
#[test]
fn comments_layout_and_case_survive() {
    let text = "\
-- Orders, one row each.
CREATE TABLE orders (
    order_id   BIGINT       ENCODE LZO,   -- the key; was lzo
    name       VARCHAR(40)  ENCODE RAW    /* encode raw */,
    at         TIMESTAMP    ENCODE TEXT255
)
DISTKEY (order_id)
-- what searches want
COMPOUND SORTKEY (at);

alter table orders
    add column a int, -- first
    add column b int;
";
    insta::assert_snapshot!(fixed(text, false), @r"
    -- Orders, one row each.
    CREATE TABLE orders (
        order_id   BIGINT       ENCODE AZ64,   -- the key; was lzo
        name       VARCHAR(40)  ENCODE ZSTD    /* encode raw */,
        at         TIMESTAMP    ENCODE AZ64
    )
    DISTKEY (order_id)
    -- what searches want
    COMPOUND SORTKEY (at);

    alter table orders
        add column a int; -- first
        alter table orders add column b int;
    ");
}

#[test]
fn unsafe_fixes_are_asked_for() {
    let text = "\
create table item (
    id bigint primary key sortkey,
    category_id int,
    price float,
    check (price > 0)
) diststyle even
  interleaved sortkey (category_id, price);
copy item from 's3://example-shop/item/' iam_role default manifest maxerror 10 csv;
";
    assert_eq!(fixed(text, false), text);
    insta::assert_snapshot!(fixed(text, true));
}

/// These would make some schemas worse: the finding stays, and nothing is offered or changed.
#[test]
fn what_could_make_a_schema_worse_is_found_and_not_fixed() {
    for (code, text) in [
        (
            "DK216",
            "create table a (id bigint encode zstd, name varchar(20), at timestamp);",
        ),
        (
            "DK216",
            "create table b (id bigint, name varchar(20) encode bytedict);",
        ),
        (
            "DK216",
            "create table c (a int encode delta, b int, c int) sortkey (a);",
        ),
        (
            "DK216",
            "CREATE TABLE d (a INT ENCODE AZ64, b CHAR(3) ENCODE ZSTD, c DATE);",
        ),
        (
            "DK218",
            "create table a (x int, y int) interleaved sortkey (x, y);",
        ),
        (
            "DK218",
            "create table b (at timestamp, x int) interleaved sortkey (at, x);",
        ),
        (
            "DK218",
            "create table c (x int, y int) diststyle even interleaved sortkey (y);",
        ),
        (
            "DK218",
            "CREATE TABLE d (i INT IDENTITY(1,1), x INT) INTERLEAVED SORTKEY (i, x);",
        ),
        (
            "DK219",
            "create table a (id int primary key, d date) sortkey (id, d);",
        ),
        (
            "DK219",
            "create table b (id int unique, d date, e int) compound sortkey (id, d, e);",
        ),
        (
            "DK219",
            "create table c (id int identity(1,1), d date) sortkey (id, d);",
        ),
        (
            "DK219",
            "CREATE TABLE d (a INT, id INT, b INT, PRIMARY KEY (id)) SORTKEY (a, id, b);",
        ),
    ] {
        let found = fix("t.sql", text, true);
        assert!(found.fixed.is_empty(), "{code} {text}: {:?}", found.fixed);
        let findings = &found.linted.files[0].findings;
        let finding = findings.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{code} is not found: {text}"));
        assert_eq!(finding.fix, None, "{text}");
        assert!(
            !finding.remedy.text.contains("--fix"),
            "{}",
            finding.remedy.text
        );
        let summary = distkey::report::lint::summary(&found.linted.files, &[]);
        assert!(!summary.contains("can be fixed"), "{summary}");
    }
}

/// What somebody wrote beside the code is worth more than the fix.
#[test]
fn a_fix_that_would_lose_a_comment_is_not_offered() {
    for (code, text) in [
        (
            "DK215",
            "create table a (id bigint encode /* as measured */ lzo);",
        ),
        (
            "DK215",
            "create table a (id bigint encode -- as measured\n lzo, x int encode az64);",
        ),
        (
            "DK227",
            "copy t from 's3://b/t/' iam_role default manifest maxerror /* see run book */ 10 csv;",
        ),
        (
            "DK201",
            "create table products (category_id int, price int) sortkey (price /* cheap first */);",
        ),
    ] {
        let found = fix("t.sql", text, true);
        assert!(found.fixed.is_empty(), "{text}: {:?}", found.fixed);
        let findings = &found.linted.files[0].findings;
        let finding = findings.iter().find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{code} is not found: {text}"));
        assert_eq!(finding.fix, None, "{text}");
        assert!(
            finding.remedy.text.contains("change it by hand"),
            "{}",
            finding.remedy.text
        );
        let without = text
            .replace("/* as measured */ ", "")
            .replace("-- as measured\n ", "");
        let without = without
            .replace("/* see run book */ ", "")
            .replace(" /* cheap first */", "");
        let fixed = fix("t.sql", &without, true);
        assert_eq!(fixed.fixed.len(), 1, "{without}");
    }
}

fn found(code: &str, text: &str, stats: &str) -> Option<distkey::rules::Finding> {
    let mut env = Environment::default();
    if text.contains("price") {
        env.config.workload.name_columns();
    }
    let stats = (!stats.is_empty()).then(|| distkey::stats::Stats::read(stats).expect("stats"));
    let view = distkey::environment::View {
        stats: stats.as_ref(),
        ..env.view()
    };
    let inputs = [Input::Text(SourceFile::new("t.sql", text))];
    let findings = lint::lint(&inputs, view).files.remove(0).findings;
    findings.into_iter().find(|finding| finding.code == code)
}

fn sql(finding: &distkey::rules::Finding) -> Vec<&str> {
    finding.remedy.sql.iter().map(|sql| sql.as_str()).collect()
}

#[test]
fn a_compound_key_begins_with_what_the_workload_filters_and_else_the_rule_asks() {
    let by_workload = "create table p (id int, price int, category_id int) interleaved sortkey (id, price, category_id);";
    let finding = found("DK218", by_workload, "").expect("found");
    assert_eq!(
        sql(&finding),
        ["ALTER TABLE p ALTER COMPOUND SORTKEY (category_id, price, id);"]
    );
    let unknown = "create table p (id int, at timestamp) interleaved sortkey (id, at);";
    let finding = found("DK218", unknown, "").expect("found");
    assert!(sql(&finding).is_empty());
    assert!(
        finding.remedy.text.contains("Which of (id, at) is it?"),
        "{}",
        finding.remedy.text
    );
}

#[test]
fn the_few_columns_without_an_encoding_get_one_and_the_many_keep_theirs() {
    let few = "create table t (a int encode zstd, b varchar(9) encode bytedict, c date);";
    let finding = found("DK216", few, "").expect("found");
    assert_eq!(sql(&finding), ["ALTER TABLE t ALTER COLUMN c ENCODE AZ64;"]);
    let many = "create table t (a int encode zstd, b varchar(9), c date);";
    let finding = found("DK216", many, "").expect("found");
    assert_eq!(sql(&finding), ["ALTER TABLE t ALTER ENCODE AUTO;"]);
    // The sort key is RAW where nothing is named, and stays so.
    let sorted = "create table t (a int encode zstd, b int encode az64, d int encode az64, c date, e varchar(30)) sortkey (c);";
    let finding = found("DK216", sorted, "").expect("found");
    assert_eq!(sql(&finding), ["ALTER TABLE t ALTER COLUMN e ENCODE ZSTD;"]);
}

#[test]
fn dates_in_text_are_told_by_their_values_and_never_by_their_name() {
    let table =
        "create table orders (order_date varchar(10), delivery_time char(8), code varchar(10));";
    let stats = |column: &str, min: &str, max: &str| {
        format!(
            r#"{{"rows": {{"orders": 1000}}, "columns": {{"orders.{column}": {{"min": "{min}", "max": "{max}"}}}}}}"#
        )
    };
    assert!(found("DK211", table, "").is_none());
    assert!(found("DK211", table, &stats("delivery_time", "early", "late")).is_none());
    assert!(
        found(
            "DK211",
            table,
            &stats("order_date", "2024-01-31", "unknown")
        )
        .is_none()
    );
    let finding = found("DK211", table, &stats("code", "2024-01-31", "2026-11-01")).expect("found");
    assert_eq!(finding.evidence.map()["column"], "code");
    assert_eq!(finding.evidence.map()["instead"], "DATE");
}

/// Every rule that offers a fix for its own documented example fixes it.
#[test]
fn documented_examples_are_fixed() {
    let mut offered = BTreeMap::new();
    for rule in rules::schema::RULES {
        let example = rule
            .info
            .doc
            .split("## Example")
            .nth(1)
            .expect("an example");
        let sql = example.split("```sql\n").nth(1).expect("SQL");
        let sql = sql.split("```").next().expect("its end");
        let before = fix("example.sql", sql, false);
        let has_fix = |file: &lint::LintedFile| {
            let mut findings = file.findings.iter();
            findings.any(|finding| finding.code == rule.info.code && finding.fix.is_some())
        };
        let mut env = Environment::default();
        env.config.workload.name_columns();
        let inputs = [Input::Text(SourceFile::new("example.sql", sql))];
        let plain = lint::lint(&inputs, env.view());
        if !has_fix(&plain.files[0]) {
            continue;
        }
        let all = fix("example.sql", sql, true);
        assert_eq!(all.circle, None, "{}", rule.info.code);
        assert_eq!(all.linted.files[0].errors, [], "{}", rule.info.code);
        let left = all.linted.files[0].findings.iter();
        let left: Vec<&str> = left
            .filter(|f| f.code == rule.info.code && f.fix.is_some())
            .map(|f| f.code)
            .collect();
        assert_eq!(
            left, [""; 0],
            "{} is still there:\n{}",
            rule.info.code, all.fixed[0].after
        );
        let safe = before
            .fixed
            .iter()
            .any(|f| f.applied.contains_key(rule.info.code));
        offered.insert(rule.info.code, if safe { "safe" } else { "unsafe" });
    }
    insta::assert_json_snapshot!(offered);
}

#[test]
fn the_summary_says_what_can_be_fixed_and_how() {
    let summary = |text: &str| {
        let files = fix("t.sql", text, false).linted.files;
        // What is left after safe fixes; before them, nothing is fixed yet.
        let inputs = [Input::Text(SourceFile::new("t.sql", text))];
        let env = Environment::default();
        let before = lint::lint(&inputs, env.view()).files;
        let of = |files: &[lint::LintedFile]| {
            let text = distkey::report::lint::summary(files, &[]);
            let line = text.lines().find(|line| line.contains("can be fixed"));
            line.unwrap_or("nothing").trim().to_owned()
        };
        (of(&before), of(&files))
    };
    let safe = "create table t (a int, b int encode lzo) sortkey (a);";
    let on_request = "create table t (a int) sortkey (a); create table u (d int check (d > 0));";
    let both = "create table t (a int, b int encode lzo, c int check (c > 0)) sortkey (a);";
    let nothing = "create table t (a int) sortkey (a);";
    let with_fix = "1 can be fixed with --fix; --diff shows how".to_owned();
    let with_unsafe =
        "1 can be fixed with --unsafe-fixes; --diff --unsafe-fixes shows how".to_owned();
    assert_eq!(summary(safe), (with_fix, "nothing".to_owned()));
    assert_eq!(
        summary(on_request),
        (with_unsafe.clone(), with_unsafe.clone())
    );
    let first = "1 can be fixed with --fix, 1 more with --unsafe-fixes; --diff shows how";
    assert_eq!(summary(both), (first.to_owned(), with_unsafe));
    assert_eq!(
        summary(nothing),
        ("nothing".to_owned(), "nothing".to_owned())
    );
}

/// A fix does not guess: what may not fit, or may be large, is left to the reader.
#[test]
fn no_fix_retypes_what_may_not_fit() {
    let pair = |here: &str, there: &str| {
        format!("create table l (id {there} unique);\ncreate table o (x {here} references l (id));")
    };
    for (here, there) in [
        ("boolean", "geometry"),
        ("boolean", "super"),
        ("char(10)", "int"),
        ("timestamp", "timestamptz"),
        ("date", "varchar(10)"),
        ("numeric(12,0) default 0.5", "int"),
        ("varchar(10) default 'none'", "bigint"),
    ] {
        let text = pair(here, there);
        let found = fix("t.sql", &text, true);
        assert!(found.fixed.is_empty(), "{here} {there}");
        let findings = found.linted.files[0].findings.iter();
        assert_eq!(
            findings.filter(|finding| finding.code == "DK205").count(),
            1,
            "{text}"
        );
    }
    for (here, there) in [("numeric(12,0)", "integer"), ("bigint", "decimal(12,2)")] {
        assert_eq!(fixed(&pair(here, there), true), pair(there, there));
    }
}

#[test]
fn no_fix_copies_a_table_of_unknown_size_to_every_node() {
    let text = "create table l (id int primary key) diststyle even;
create table o (x int references l (id));";
    assert_eq!(fixed(text, true), text);
    let large = "create table l (id int primary key, ok boolean distkey);
create table o (x int references l (id));";
    assert!(!fixed(large, true).contains("diststyle all"));
    for (rows, copied) in [("4999999", true), ("5000000", false)] {
        let stats = distkey::stats::Stats::read(&format!("{{\"rows\": {{\"l\": {rows}}}}}"));
        let stats = stats.expect("statistics");
        let env = Environment {
            stats: Some(stats),
            ..Environment::default()
        };
        let inputs = [Input::Text(SourceFile::new("t.sql", text))];
        let outcome = lint::fix(&inputs, true, env.view());
        let after = outcome.fixed.into_iter().next().map(|file| file.after);
        let after = after.unwrap_or_default();
        assert_eq!(after.contains("diststyle all"), copied, "{rows}");
    }
}

/// Line ends stay as they are, in every fix.
#[test]
fn line_ends_stay() {
    let text = "create table t (\r\n  id bigint encode lzo,\r\n  b varchar(9) encode raw\r\n);\r\n\
                alter table t\r\n  add column x int,\r\n  add column y int;\r\n\
                begin;\r\ntruncate t;\r\ncommit;\r\n";
    let after = fixed(text, true);
    assert_ne!(after, text);
    assert!(
        !after.replace("\r\n", "").contains(['\r', '\n']),
        "{after:?}"
    );
}
