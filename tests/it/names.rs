//! Whatever a table or a column is called, what is printed is one statement on it.

use std::process::Command;

use crate::support::run;
use distkey::name::{Ident, TableName};
use distkey::schema::{DataType, Encoding};
use distkey::sql::write::{self, Action, Distributed, Sql, Style, Vacuum};
use distkey::sql::{self, AlterAction, Body};
use distkey::text::SourceFile;
use proptest::prelude::*;

/// What our own parser makes of a statement: exactly one, without an error.
fn only(sql: &Sql) -> Body {
    let mut script = sql::parse(&SourceFile::new("w.sql", sql.as_str()));
    assert_eq!(script.errors, [], "{sql}");
    assert_eq!(script.notes, [], "{sql}");
    assert_eq!(script.statements.len(), 1, "{sql}");
    script.statements.remove(0).body
}

fn altered(sql: &Sql) -> (TableName, Vec<AlterAction>) {
    match only(sql) {
        Body::AlterTable(alter) => {
            let actions = alter.actions.into_iter().map(|(action, _)| action);
            (alter.name.table, actions.collect())
        }
        other => panic!("{sql}: {other:?}"),
    }
}

fn ident() -> impl Strategy<Value = Ident> {
    let odd = r#"[a-z_äß數"';.\-/*$# \n\t\\}%A-Z0-9]{1,12}"#;
    let word = prop::sample::select(vec![
        "order",
        "group",
        "tag",
        "user",
        "x; drop table y; --",
        "a\"b",
        "\"",
        "\"\"",
        "/* a",
        "$$",
        "#tmp",
        "#a b",
        "1",
        "é",
    ]);
    prop_oneof![
        odd.prop_map(|text| Ident::folded(&text)),
        word.prop_map(Ident::folded)
    ]
}

fn table() -> impl Strategy<Value = TableName> {
    (prop::option::of(ident()), ident()).prop_map(|(schema, name)| TableName::new(schema, name))
}

proptest! {
    #[test]
    fn a_name_is_read_back_as_it_was_written(name in table()) {
        prop_assert_eq!(TableName::printed(&name.to_string()), name.clone());
        prop_assert_eq!(TableName::typed(&name.to_string()), name);
    }

    #[test]
    fn an_alter_is_one_statement_on_that_table(name in table(), a in ident(), b in ident()) {
        let (on, actions) = altered(&write::alter(&name, &[Action::DistKey(&a)]));
        prop_assert_eq!(&on, &name);
        prop_assert!(matches!(&actions[..], [AlterAction::DistKey((key, _), _)] if *key == a));

        let key = [a.clone(), b.clone()];
        let both = [Action::SortKey(&key), Action::DistStyle(Style::All)];
        let (on, actions) = altered(&write::alter(&name, &both));
        prop_assert_eq!(&on, &name);
        let [AlterAction::SortKey(_, columns, _), AlterAction::DistStyle(..)] = &actions[..] else {
            panic!("{actions:?}");
        };
        prop_assert_eq!(columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), &key);

        let encoded = [Action::Encode(&a, Encoding::Zstd)];
        let (on, actions) = altered(&write::alter(&name, &encoded));
        prop_assert_eq!(&on, &name);
        prop_assert!(
            matches!(&actions[..], [AlterAction::ColumnEncode((column, _), ..)] if *column == a)
        );

        for action in [
            Action::DistStyle(Style::Even),
            Action::SortKey(&[]),
            Action::SortKeyAuto,
            Action::EncodeAuto,
            Action::AddPrimaryKey(&key),
            Action::RenameTo(&b),
        ] {
            let (on, actions) = altered(&write::alter(&name, std::slice::from_ref(&action)));
            prop_assert_eq!(&on, &name);
            prop_assert_eq!(actions.len(), 1);
        }
    }

    #[test]
    fn other_statements_are_one_statement_on_that_table(
        name in table(), source in table(), a in ident(), b in ident()
    ) {
        let column = |name, data_type| write::Defined {
            name,
            data_type,
            encoding: Some(sql::Encoding::Zstd),
            not_null: true,
            default: Some("f('a', 1)"),
        };
        let key = [a.clone()];
        let text = DataType::Varchar(10);
        let definition = write::Definition {
            columns: vec![column(&a, &DataType::BigInt), column(&b, &text)],
            primary_key: &key,
            unique: &[vec![b.clone()]],
            foreign_keys: vec![(&key, &source, &[])],
        };
        let create = write::create_interleaved(&name, &definition, Distributed::Key(&b), &key);
        let Body::CreateTable(create) = only(&create) else { panic!("no CREATE TABLE") };
        prop_assert_eq!(&create.name.table, &name);
        let names: Vec<Ident> = create.columns.iter().map(|c| c.name.0.clone()).collect();
        prop_assert_eq!(names, vec![a.clone(), b.clone()]);
        prop_assert_eq!(create.constraints.len(), 3);
        let sql::TableConstraint::ForeignKey { table: to, .. } = &create.constraints[2] else {
            panic!("no foreign key")
        };
        prop_assert_eq!(&to.table, &source);

        let Body::Query(insert) = only(&write::insert_select(&name, &[&a, &b], &source)) else {
            panic!("no INSERT")
        };
        let sqlparser::ast::Statement::Insert(insert) = *insert else { panic!("no INSERT") };
        let sqlparser::ast::TableObject::TableName(into) = &insert.table else { panic!("no name") };
        prop_assert_eq!(&sql::table_name(into), &name);

        only(&write::count_each(&name, [&a, &b]));
        for (sql, words) in [
            (write::analyze(&name), "ANALYZE "),
            (write::vacuum(Vacuum::SortOnly, &name), "VACUUM SORT ONLY "),
            (write::vacuum(Vacuum::DeleteOnly, &name), "VACUUM DELETE ONLY "),
        ] {
            only(&sql);
            let on = sql.as_str().strip_prefix(words).and_then(|rest| rest.strip_suffix(';'));
            prop_assert_eq!(TableName::printed(on.expect("a name")), name.clone());
        }
    }
}

/// Every text under a key `sql`, wherever it stands in a document.
fn statements(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                if let (true, Some(list)) = (key == "sql", value.as_array()) {
                    out.extend(list.iter().filter_map(|sql| Some(sql.as_str()?.to_owned())));
                }
                statements(value, out);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| statements(value, out)),
        _ => {}
    }
}

/// The tables that a text of statements changes; nothing else may be in it.
fn changed(text: &str) -> Vec<String> {
    let script = sql::parse(&SourceFile::new("out.sql", text));
    assert_eq!(script.errors, [], "{text}");
    let name = |statement: &sql::Statement| match &statement.body {
        Body::AlterTable(alter) => alter.name.table.bare(),
        Body::CreateTable(create) => create.name.table.bare(),
        Body::Other if statement.kind == "Other" => {
            let words = &text[statement.span.start..statement.span.end];
            let rest = words
                .strip_prefix("ANALYZE ")
                .or(words.strip_prefix("VACUUM SORT ONLY "))
                .or(words.strip_prefix("VACUUM DELETE ONLY "));
            TableName::printed(rest.unwrap_or_else(|| panic!("{words}"))).bare()
        }
        other => panic!("{other:?} in {text}"),
    };
    script.statements.iter().map(name).collect()
}

const HOSTILE: &str = "x; drop table y; --";

/// DDL of a large table with this name and a lookup, written so that rules have much to say.
fn ddl(table: &str, column: &str) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let (table, column) = (quoted(table), quoted(column));
    format!(
        "CREATE TABLE {table} ({column} BIGINT ENCODE lzo, kind INT ENCODE lzo, price DECIMAL(10,2) ENCODE lzo)
           DISTSTYLE EVEN INTERLEAVED SORTKEY ({column}, kind);
         CREATE TABLE kinds (kind INT, {column} VARCHAR(40) ENCODE lzo, REFERENCES_ INT,
           FOREIGN KEY (kind) REFERENCES {table} ({column})) DISTSTYLE EVEN;"
    )
}

#[test]
fn remedies_of_lint_name_the_table_that_is_meant() {
    for (table, column) in [
        ("order items", "group"),
        ("order", "unit price"),
        (HOSTILE, "a\"b"),
        ("größe", "1st"),
    ] {
        let ddl = ddl(table, column);
        let document = run(
            &["lint", "t.sql", "--format", "json", "--fail-on", "never"],
            &[("t.sql", &ddl)],
        );
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        let mut all = Vec::new();
        statements(&document, &mut all);
        assert!(all.len() >= 3, "{document:#}");
        for sql in all {
            let names = changed(&sql);
            assert!(
                matches!(&names[..], [name] if name == table || name == "kinds"),
                "{sql}: {names:?}"
            );
        }
    }
}

#[test]
fn remedies_of_a_paste_name_the_table_that_is_meant() {
    for name in ["order items", "order", HOSTILE, "a\"b", "Mixed Case"] {
        let printed = format!("\"{}\"", name.replace('"', "\"\""));
        let plan = format!(
            "XN Hash Join DS_DIST_BOTH  (cost=7500.00..1025000.00 rows=50000000 width=40)
   Outer Dist Key: o.{printed}
   Inner Dist Key: i.id
   Hash Cond: (\"outer\".{printed} = \"inner\".id)
   ->  XN Seq Scan on {printed} o  (cost=0.00..500000.00 rows=50000000 width=20)
         Filter: (kind = 7)
   ->  XN Hash  (cost=300000.00..300000.00 rows=30000000 width=20)
         ->  XN Seq Scan on items i  (cost=0.00..300000.00 rows=30000000 width=20)
"
        );
        // Keys are no advice where statistics are missing.
        let notice = format!("----- Tables missing statistics: {name} -----\n");
        let mut all = Vec::new();
        for plan in [format!("{plan}{notice}"), plan] {
            let document = run(
                &["explain", "p.txt", "--format", "json", "--fail-on", "never"],
                &[("p.txt", &plan)],
            );
            let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
            let before = all.len();
            statements(&document, &mut all);
            assert!(all.len() > before, "{document:#}");
        }
        for sql in all {
            let names = changed(&sql);
            assert!(
                matches!(&names[..], [on] if on.eq_ignore_ascii_case(name) || on == "items"),
                "{sql}: {names:?}"
            );
        }
    }
}

#[test]
fn scripts_of_advise_change_the_tables_that_are_meant() {
    for (table, column) in [
        ("order items", "group"),
        ("order", "unit price"),
        (HOSTILE, "a\"b"),
    ] {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let query = format!(
            "SELECT COUNT(*) FROM {} o JOIN kinds k ON o.kind = k.kind WHERE o.{} = 7;",
            quoted(table),
            quoted(column)
        );
        let stats = serde_json::json!({"rows": {quoted(table): 5e8, "kinds": 4e7}}).to_string();
        let ddl = ddl(table, column);
        let files = [
            ("t.sql", ddl.as_str()),
            ("q.sql", query.as_str()),
            ("s.json", stats.as_str()),
        ];
        for script in ["--script", "--rollback-script"] {
            let text = run(
                &[
                    "advise",
                    "--ddl",
                    "t.sql",
                    "--queries",
                    "q.sql",
                    "--stats",
                    "s.json",
                    script,
                ],
                &files,
            );
            assert!(text.contains("ALTER TABLE"), "{text}");
            let copies = [format!("{table}_interleaved"), format!("{table}_compound")];
            let text: String = text
                .lines()
                .filter(|line| {
                    !matches!(*line, "BEGIN;" | "COMMIT;") && !line.starts_with("INSERT")
                })
                .map(|line| format!("{line}\n"))
                .collect();
            for name in changed(&text) {
                assert!(
                    name == table || name == "kinds" || copies.contains(&name),
                    "{name}: {text}"
                );
            }
        }
    }
}

const TWO_SCHEMAS: &str = "CREATE TABLE sales.t (id INT, kind INT) DISTKEY (id);
     CREATE TABLE staging.t (id INT, kind INT) DISTSTYLE ALL;
     CREATE TABLE kinds (kind INT, label VARCHAR(20)) DISTSTYLE ALL;";

const SCAN: &str = "XN Hash Join DS_BCAST_INNER  (cost=0.40..900000.00 rows=50000000 width=24)
  Hash Cond: (\"outer\".kind = \"inner\".kind)
  ->  XN Seq Scan on t  (cost=0.00..500000.00 rows=50000000 width=8)
  ->  XN Hash  (cost=0.40..0.40 rows=40 width=24)
        ->  XN Seq Scan on kinds  (cost=0.00..0.40 rows=40 width=24)
";

fn explained(ddl: &str) -> serde_json::Value {
    let arguments = [
        "explain",
        "p.txt",
        "--ddl",
        "t.sql",
        "--format",
        "json",
        "--fail-on",
        "never",
    ];
    let document = run(&arguments, &[("p.txt", SCAN), ("t.sql", ddl)]);
    serde_json::from_str(&document).expect("JSON")
}

#[test]
fn a_table_of_two_schemas_is_resolved_by_the_search_path_or_said_to_be_open() {
    let open = explained(TWO_SCHEMAS);
    let notes = open["inputs"][0]["notes"].to_string();
    assert!(
        notes.contains("`t` may be `sales.t` or `staging.t`"),
        "{notes}"
    );
    assert_eq!(open["inputs"][0]["graph"]["tables"][1], "t");

    let path = format!("SET search_path TO staging, public;\n{TWO_SCHEMAS}");
    let resolved = explained(&path);
    let notes = resolved["inputs"][0]["notes"].to_string();
    assert!(notes.contains("`t` is taken as `staging.t`"), "{notes}");
    assert_eq!(resolved["inputs"][0]["graph"]["tables"][1], "staging.t");

    let public = explained(&TWO_SCHEMAS.replace("staging.t", "public.t"));
    assert_eq!(public["inputs"][0]["graph"]["tables"][1], "public.t");

    let only = explained("CREATE TABLE sales.t (id INT, kind INT); CREATE TABLE kinds (kind INT);");
    assert_eq!(only["inputs"][0]["notes"], serde_json::json!([]));
    assert_eq!(only["inputs"][0]["graph"]["tables"][1], "sales.t");
}

#[test]
fn queries_read_the_schema_that_they_name() {
    let plan = |query: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("t.sql"), TWO_SCHEMAS).expect("a file");
        std::fs::write(folder.path().join("q.sql"), query).expect("a file");
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args([
                "explain", "--query", "q.sql", "--ddl", "t.sql", "--format", "json",
            ])
            .current_dir(folder.path())
            .output()
            .expect("distkey runs");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        document["inputs"][0].clone()
    };
    // Each of the two is replicated or not, so each joins otherwise.
    let label = |query: &str| plan(query)["graph"]["joins"][0]["distribution"].clone();
    let both = |t: &str| format!("select count(*) from {t} join sales.t s on s.id = {t}.id");
    assert_eq!(label(&both("staging.t")), "DS_DIST_ALL_NONE");
    let tables =
        plan("select count(*) from sales.t s join staging.t g on s.id = g.id")["graph"]["tables"]
            .clone();
    assert_eq!(tables, serde_json::json!(["sales.t", "staging.t"]));
    let error = plan("select count(*) from t")["error"].to_string();
    assert!(
        error.contains(
            "table `t` is ambiguous, line 1, column 22: the DDL defines `sales.t` and `staging.t`"
        ),
        "{error}"
    );
}

#[test]
fn statistics_of_public_are_those_of_the_table_without_a_schema() {
    let ddl = "CREATE TABLE t (id INT) DISTKEY (id);";
    for (named, rows) in [("public.t", 7e6), ("t", 8e6), ("PUBLIC.T", 9e6)] {
        let stats = serde_json::json!({ "rows": { named: rows } }).to_string();
        let arguments = [
            "explain",
            "--query",
            "q.sql",
            "--ddl",
            "t.sql",
            "--stats",
            "s.json",
            "--format",
            "json",
            "--fail-on",
            "never",
        ];
        let files = [
            ("q.sql", "select id from t"),
            ("t.sql", ddl),
            ("s.json", stats.as_str()),
        ];
        let document: serde_json::Value =
            serde_json::from_str(&run(&arguments, &files)).expect("JSON");
        let nodes = &document["inputs"][0]["plans"][0]["nodes"];
        assert_eq!(
            nodes[nodes.as_array().expect("nodes").len() - 1]["rows"],
            rows
        );
    }
}
