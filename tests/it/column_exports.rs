//! What `stats-query --columns` prints runs, exports no value that was not asked for, and is
//! read back by `--stats`.

use distkey::sql;
use distkey::stats::{Stats, gather};
use distkey::text::SourceFile;

use crate::support::postgres::Postgres;
use crate::support::{distkey, folder, run};

const DDL: &str = r#"
create table shop.orders (id bigint primary key, status varchar(20), "order" int, note varchar(99),
  day date, paid boolean, amount decimal(12,2)) distkey (id) sortkey (day);
create table shop.items (order_id bigint references shop.orders (id), kind int, price decimal(12,2));"#;

const QUERIES: &str = "select count(*) from shop.orders o join shop.items i on i.order_id = o.id
  where o.status = 'open' and i.kind in (1, 2);";

fn statements(script: &str) -> Vec<String> {
    let source = SourceFile::new("s.sql", script);
    let parsed = sql::parse(&source);
    assert_eq!(parsed.errors.len(), 0, "{script}\n{:?}", parsed.errors);
    parsed
        .statements
        .iter()
        .map(|it| it.kind.to_string())
        .collect()
}

fn approximate(more: &[&str]) -> String {
    let mut arguments = vec![
        "stats-query",
        "--columns",
        "--approximate",
        "--ddl",
        "t.sql",
    ];
    arguments.extend(more);
    run(&arguments, &[("t.sql", DDL), ("q.sql", QUERIES)])
}

#[test]
fn the_script_on_pg_stats_names_no_values_unless_they_are_asked_for() {
    let plain = run(&["stats-query", "--columns"], &[]);
    insta::assert_snapshot!(plain);
    assert!(!plain.contains("most_common_vals") && !plain.contains("histogram_bounds"));
    let named = run(
        &[
            "stats-query",
            "--columns",
            "--values",
            "shop.orders.status",
            "--values",
            "Items.Kind",
        ],
        &[],
    );
    insta::assert_snapshot!(named);
    for script in [plain, named] {
        assert_eq!(statements(&script).len(), 1);
    }
}

#[test]
fn the_script_that_counts_reads_each_table_once() {
    let script = approximate(&["--queries", "q.sql"]);
    insta::assert_snapshot!(script);
    for table in ["FROM shop.orders", "FROM shop.items"] {
        assert_eq!(script.matches(table).count(), 1, "{script}");
    }
    assert_eq!(statements(&script).len(), 1);
    // Texts are data: their ends only by name.
    assert!(!script.contains("MIN(status)"), "{script}");
    let named = approximate(&["--values", "orders.status"]);
    assert!(
        named.contains("MIN(status)") && named.contains("HLL(status)"),
        "{named}"
    );
    // Keys alone without queries.
    assert!(!approximate(&[]).contains("kind"));
}

#[test]
fn a_column_without_a_table_is_refused() {
    let folder = folder(&[]);
    let ran = distkey(
        folder.path(),
        &["stats-query", "--columns", "--values", "status"],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`status` names no table"), "{}", ran.err);
}

#[test]
fn several_files_are_read_as_one_and_told_of() {
    let folder = folder(&[
        ("t.sql", DDL),
        (
            "q.sql",
            "select count(*) from shop.orders where status = 'open'",
        ),
        ("info.csv", "schema,table,tbl_rows\nshop,orders,1000\n"),
        (
            "pg.txt",
            " schemaname | tablename | attname | null_frac | n_distinct | most_common_freqs \n------------+-----------+---------+-----------+------------+-------------------\n shop       | orders    | status  |       0.1 |          4 | {0.5,0.3}\n shop       | orders    | gone    |         0 |         -1 | \n(2 rows)\n",
        ),
    ]);
    let ran = distkey(
        folder.path(),
        &[
            "explain",
            "--query",
            "q.sql",
            "--ddl",
            "t.sql",
            "--stats",
            "info.csv",
            "--stats",
            "pg.txt",
            "--fail-on",
            "never",
        ],
    );
    for part in [
        "`info.csv` gives the rows of 1 table",
        "`pg.txt` gives the distinct values of 2 columns",
        "`shop.orders.gone` is not in the DDL",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
}

fn read(texts: &[&str]) -> Stats {
    let files: Vec<(String, String)> = texts
        .iter()
        .map(|text| ("x".to_owned(), (*text).to_owned()))
        .collect();
    let gathered = gather(&files).expect("statistics");
    assert_eq!(gathered.notes.concat(), [""; 0], "{texts:?}");
    gathered.stats
}

#[test]
fn both_scripts_run_on_postgresql_and_are_read_back() {
    let Some(postgres) = Postgres::start() else {
        println!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    postgres.psql(
        "create schema shop;
         create table shop.orders (id bigint primary key, status varchar(20), \"order\" int, note varchar(99), day date, paid boolean, amount decimal(12,2));
         create table shop.items (order_id bigint, kind int, price decimal(12,2));
         insert into shop.orders select i, case when i % 10 = 0 then null when i % 2 = 0 then 'say \"no\", | or {not}' when i % 3 = 0 then 'NULL' else '' end,
           i, 'note ' || i, date '2020-01-01' + i / 100, i % 2 = 0, i / 7.0 from generate_series(1, 3000) i;
         insert into shop.items select i / 3, i % 5, 1 from generate_series(1, 3000) i;
         analyze;",
        &[],
    );
    let script = run(
        &[
            "stats-query",
            "--columns",
            "--values",
            "orders.status",
            "--values",
            "shop.orders.day",
        ],
        &[],
    );
    let counts = approximate(&["--queries", "q.sql"]).replace("HLL(", "COUNT(DISTINCT ");
    let mut forms = Vec::new();
    for form in [
        &["--csv"][..],
        &["-A", "-F", "\t"],
        &[],
        &["--pset=border=2"],
    ] {
        let (columns, counts) = (postgres.psql(&script, form), postgres.psql(&counts, form));
        let stats = read(&[&columns, &counts]);
        let orders = &stats.tables[&"shop.orders".into()];
        assert_eq!(orders.rows, Some(3000.0));
        let status = &orders.columns["status"];
        assert_eq!((status.distinct, status.null_share), (Some(3.0), Some(0.1)));
        let values: Vec<Option<&str>> = status
            .most_common
            .iter()
            .map(|common| common.value.as_ref().and_then(|value| value.as_str()))
            .collect();
        assert_eq!(
            values,
            [Some("say \"no\", | or {not}"), Some(""), Some("NULL")],
            "{columns}"
        );
        let day = &orders.columns["day"];
        assert_eq!(
            day.min.as_ref().and_then(|min| min.as_str()),
            Some("2020-01-01")
        );
        assert!(day.most_common.len() + day.histogram.len() > 2, "{columns}");
        // A column that is unique is known as a share of the rows.
        assert_eq!(orders.columns["id"].distinct, Some(3000.0));
        // No value of a column that was not named.
        let note = &orders.columns["note"];
        assert!(
            note.most_common.iter().all(|common| common.value.is_none())
                && note.histogram.is_empty()
        );
        assert!(!columns.contains("note 1") && !counts.contains("note 1"));
        assert_eq!(
            stats.tables[&"shop.items".into()].columns["kind"].distinct,
            Some(5.0)
        );
        forms.push(stats);
    }
    assert!(forms.iter().all(|form| *form == forms[0]));
}
