//! SQL is read where people have it: in exports and prints, dumps, procedures and Python scripts,
//! each finding at the line of the file.

use crate::support::{distkey, folder};
use serde_json::Value;

/// What lint says of one file: its counts, its findings and its syntax errors by line.
struct Linted {
    counts: (u64, u64, usize),
    findings: Vec<(String, u64)>,
    errors: Vec<u64>,
}

fn lint(name: &str, text: &str) -> Linted {
    lint_all(&[(name, text)], &[name]).remove(0)
}

fn lint_all(files: &[(&str, &str)], named: &[&str]) -> Vec<Linted> {
    let folder = folder(files);
    let args = [&["lint", "--format", "json", "--fail-on", "never"], named].concat();
    let ran = distkey(folder.path(), &args);
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    let files = document["files"].as_array().expect("files").iter();
    let of = |file: &Value| {
        let list = |key: &str| file[key].as_array().cloned().unwrap_or_default();
        let line = |of: &Value| of["line"].as_u64().unwrap_or_default();
        let accepted = file["accepted_unread"].as_object().expect("kinds");
        Linted {
            counts: (
                file["checked"].as_u64().expect("a count"),
                accepted.values().filter_map(Value::as_u64).sum(),
                list("not_understood").len(),
            ),
            findings: list("findings")
                .iter()
                .map(|of| {
                    (
                        of["code"].as_str().unwrap_or_default().to_owned(),
                        line(&of["location"]),
                    )
                })
                .collect(),
            errors: list("syntax_errors").iter().map(line).collect(),
        }
    };
    files.map(of).collect()
}

fn has(linted: &Linted, code: &str, line: u64) -> bool {
    linted.findings.contains(&(code.to_owned(), line))
}

#[test]
fn an_export_of_aws_view_is_read_by_table_and_seq() {
    let text = "table_id,schemaname,tablename,seq,ddl
100,shop,sale,100000001,CREATE TABLE IF NOT EXISTS shop.sale
100,shop,sale,2,--DROP TABLE shop.sale;
100,shop,sale,100000004,\"\t,note VARCHAR(70000)   ENCODE lzo\"
100,shop,sale,100000003,\"\tsale_id BIGINT NOT NULL  ENCODE az64\"
100,shop,sale,100000002,(
100,shop,sale,200000000,)
100,shop,sale,300000001,DISTSTYLE EVEN
100,shop,sale,500000000,;
100,shop,sale,600000000,ALTER TABLE shop.sale owner to anna;
";
    let linted = lint("export.csv", text);
    assert_eq!(linted.counts, (2, 0, 0));
    assert!(linted.errors.is_empty());
    assert!(has(&linted, "DK270", 4), "{:?}", linted.findings);
}

#[test]
fn a_print_of_show_table_is_read() {
    let text = "dev=# show table public.sale;
                Show Table DDL statement
---------------------------------------------------------
 CREATE TABLE public.sale (                             +
     sale_id bigint ENCODE az64 distkey,                +
     note character varying(70000) ENCODE lzo           +
 )                                                      +
 DISTSTYLE KEY;
(1 row)

";
    let text = text.split_once('\n').expect("a prompt").1;
    let linted = lint("show.txt", text);
    assert_eq!(linted.counts, (1, 0, 0));
    assert!(has(&linted, "DK270", 5), "{:?}", linted.findings);
    // As CSV, the whole statement is one cell.
    let csv = "Show Table DDL statement\n\"CREATE TABLE public.sale (\n    \"\"note\"\" character varying(70000)\n)\nDISTSTYLE EVEN;\"\n";
    let linted = lint("show.csv", csv);
    assert_eq!(linted.counts, (1, 0, 0));
    assert!(has(&linted, "DK270", 3), "{:?}", linted.findings);
}

#[test]
fn rows_of_a_dump_are_data() {
    let text = "SET client_encoding = 'UTF8';
CREATE TABLE public.t (a integer, note text);
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);
COPY public.t (a, note) FROM stdin;
1\tdrop table t; it's
2\t\\N
create table (
\\.

SELECT pg_catalog.setval('s', 1, true);
CREATE TABLE public.u (a varchar(70000));
";
    let linted = lint("dump.sql", text);
    assert_eq!((linted.counts, linted.errors.len()), ((4, 2, 0), 0));
    assert!(has(&linted, "DK270", 11), "{:?}", linted.findings);
}

#[test]
fn statements_of_a_procedure_are_linted_at_their_lines() {
    let text = "create table t (a int, b varchar(10));
create or replace procedure shop.load(day date) as $$
declare
  n int := 0;
begin
  copy t from 's3://bucket/t/' credentials 'aws_access_key_id=AKIAIOSFODNN7EXAMPLE;aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY' csv escape;
  select count(*) into n from t where a > 3;
  if n > 0 then
    delete form t;
  end if;
  truncate t;
  drop table t;
end;
$$ language plpgsql;
insert into t (a) select 1;
";
    let linted = lint("p.sql", text);
    // The table, the procedure, COPY, SELECT, the wrong DELETE, TRUNCATE, DROP, INSERT.
    assert_eq!(linted.counts, (5, 2, 1), "{:?}", linted.findings);
    assert!(
        has(&linted, "DK228", 6) && has(&linted, "DK271", 6),
        "{:?}",
        linted.findings
    );
    // What a procedure drops is there when the file goes on.
    assert!(!linted.findings.iter().any(|(code, _)| code == "DK224"));
}

const DAG: &str = r#"import boto3
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator

SCHEMA = "shop"
create = RedshiftDataOperator(
    task_id="create",
    sql="""
        create table shop.sale (
            sale_id bigint,
            note varchar(70000)
        );
    """,
)
INSERT = """
    insert into shop.sale (sale_id, amount)
    select 1, 2
"""

load = RedshiftDataOperator(task_id="load", sql=[INSERT, "vaccum shop.sale"])


def run(cursor, table, day):
    """Select the rows of a day."""
    print("delete from nothing at all")
    cursor.execute("copy shop.sale from 's3://b/p' "
                   "iam_role default csv escape")
    cursor.execute(f"delete from {table} where day = '{day}'")
    cursor.execute("select it\'s from {} where a = %s".format(table), (day,))
    cursor.execute('insert into shop.sale select \'x\', "a" from ' + table + " where a = 1")
    cursor.execute(open("other.sql").read())
"#;

#[test]
fn sql_in_python_is_found_by_its_parser() {
    let linted = lint("dag.py", DAG);
    assert!(has(&linted, "DK270", 10), "{:?}", linted.findings);
    assert!(has(&linted, "DK224", 15), "{:?}", linted.findings);
    assert!(has(&linted, "DK271", 26), "{:?}", linted.findings);
    // The misspelt VACUUM, and `it's`, whose quote does not end.
    let (checked, accepted, open) = linted.counts;
    assert_eq!((checked, accepted), (5, 0), "{:?}", linted.errors);
    assert_eq!(open, 2);
    let wrong = lint_all(
        &[("a.py", "def (:\n"), ("b.sql", "select 1;")],
        &["a.py", "b.sql"],
    );
    assert_eq!(wrong.len(), 2);
}

#[test]
fn a_folder_is_read_with_the_scripts_and_exports_that_hold_sql() {
    let files = [
        ("a.sql", "create table t (a int);"),
        ("dag.py", "run(sql='insert into t (b) select 1')\n"),
        ("other.py", "print('select a file')\n"),
        ("export.csv", "ddl\n\"create table u (a int);\"\n"),
        ("data.csv", "a,b\n1,2\n"),
        ("broken.py", "def (:\n"),
    ];
    let folder = folder(&files);
    let ran = distkey(folder.path(), &["lint", "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    let files = document["files"].as_array().expect("files").iter();
    let paths: Vec<&str> = files.filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(paths, ["./a.sql", "./dag.py", "./export.csv"]);
}

#[test]
fn what_was_taken_out_of_another_text_is_not_edited() {
    let text = "run(sql=\"create table t (a int encode raw, b int encode az64)\")\n";
    let folder = folder(&[("dag.py", text)]);
    distkey(
        folder.path(),
        &["lint", "dag.py", "--fix", "--unsafe-fixes"],
    );
    let after = std::fs::read_to_string(folder.path().join("dag.py")).expect("the file");
    assert_eq!(after, text);
}
