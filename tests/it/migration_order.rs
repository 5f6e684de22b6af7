//! The order of migrations that their tool gives, and the parts of them that take them back.

use super::support::{distkey, folder};

const CREATE: &str = "create table shop.orders (order_id bigint, placed_at timestamp);\n";
const ADD: &str = "alter table shop.orders add column note varchar(40);\n";
const USE: &str = "insert into shop.orders (order_id, note) values (1, 'a');\n";

/// What lint finds wrong in a folder: nothing only where the files are read in their order.
fn wrong(files: &[(&str, &str)]) -> String {
    let there = folder(files);
    let args = [
        "lint",
        ".",
        "--select",
        "DK224,DK242",
        "--format",
        "concise",
        "-q",
    ];
    distkey(there.path(), &args).out
}

/// The paths that lint reads, in their order.
fn order(files: &[(&str, &str)], args: &[&str]) -> Vec<String> {
    let there = folder(files);
    let args = [&["lint", "--format", "json"], args].concat();
    let ran = distkey(there.path(), &args);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let files = document["files"].as_array().expect("a list").iter();
    let files = files.map(|file| file["path"].as_str().expect("a path").to_owned());
    files.collect()
}

/// By name, `add` and `use` would come before the table is there.
const FILES: [(&str, &str); 3] = [
    ("db/z_create.sql", CREATE),
    ("db/b_add.sql", ADD),
    ("db/a_use.sql", USE),
];
const ORDER: [&str; 3] = ["db/z_create.sql", "db/b_add.sql", "db/a_use.sql"];

#[test]
fn liquibase_applies_files_in_the_order_of_its_includes() {
    let xml = r#"<databaseChangeLog><include file="db/z_create.sql"/><include file="db/b_add.sql"/><include file="a_use.sql" relativeToChangelogFile="true"/></databaseChangeLog>"#;
    let yaml = "databaseChangeLog:\n- include: {file: z_create.sql, relativeToChangelogFile: true}\n- include:\n    file: db/b_add.sql\n- changeSet:\n    id: 3\n    author: ann\n    changes:\n    - sqlFile: {path: classpath:db/a_use.sql}\n";
    let json = r#"{"databaseChangeLog": [{"include": {"file": "db/z_create.sql"}}, {"include": {"file": "db/b_add.sql"}}, {"include": {"file": "db/a_use.sql"}}]}"#;
    for (name, text) in [
        ("db/changelog.xml", xml),
        ("db/changelog.yaml", yaml),
        ("db/root.yml", yaml),
        ("db/changelog.json", json),
    ] {
        let files = [&FILES[..], &[(name, text)]].concat();
        assert_eq!(order(&files, &["db"]), ORDER, "{name}");
        assert_eq!(wrong(&files), "", "{name}");
    }
    // Without a changelog names decide, and then the column is not there yet.
    assert_eq!(
        order(&FILES, &["db"]),
        ["db/a_use.sql", "db/b_add.sql", "db/z_create.sql"]
    );
    // What holds no changelog says nothing of the order.
    let other = [
        &FILES[..],
        &[(
            "db/data.json",
            r#"{"include": {"file": "db/z_create.sql"}}"#,
        )],
    ]
    .concat();
    assert_eq!(order(&other, &["db"])[0], "db/a_use.sql");
    // Named files come as they are named.
    let files = [&FILES[..], &[("db/changelog.xml", xml)]].concat();
    assert_eq!(
        order(&files, &["db/a_use.sql", "db"]),
        ["db/a_use.sql", "db/z_create.sql", "db/b_add.sql"]
    );
}

#[test]
fn changelogs_lead_to_others_and_to_folders() {
    let files = [
        (
            "app/master.xml",
            r#"<databaseChangeLog><include file="one/log.yaml" relativeToChangelogFile="true"/><includeAll path="two" relativeToChangelogFile="true"/><include file="./one/../zero.sql" relativeToChangelogFile="true"/></databaseChangeLog>"#,
        ),
        (
            "app/one/log.yaml",
            "databaseChangeLog:\n- include: {file: 9.sql, relativeToChangelogFile: true}\n- include: {file: 1.sql, relativeToChangelogFile: true}\n",
        ),
        ("app/one/1.sql", "select 1;"),
        ("app/one/9.sql", "select 1;"),
        // By their paths: `10` before `2`.
        ("app/two/2.sql", "select 1;"),
        ("app/two/10.sql", "select 1;"),
        ("app/two/deep/1.sql", "select 1;"),
        ("app/zero.sql", "select 1;"),
        ("app/other/a.sql", "select 1;"),
        ("app/zz.sql", "select 1;"),
    ];
    let expected = [
        "app/one/9.sql",
        "app/one/1.sql",
        "app/two/10.sql",
        "app/two/2.sql",
        "app/two/deep/1.sql",
        "app/zero.sql",
        "app/other/a.sql",
        "app/zz.sql",
    ];
    assert_eq!(order(&files, &["app"]), expected);
    // A circle ends, and a file that is not there is none.
    let circle = r#"<databaseChangeLog><include file="b.sql" relativeToChangelogFile="true"/><include file="gone.sql"/><include file="log.xml" relativeToChangelogFile="true"/><include file="a.sql" relativeToChangelogFile="true"/></databaseChangeLog>"#;
    let root = r#"<databaseChangeLog><include file="log.xml" relativeToChangelogFile="true"/></databaseChangeLog>"#;
    let files = [
        ("m/log.xml", circle),
        ("m/root.xml", root),
        ("m/a.sql", "select 1;"),
        ("m/b.sql", "select 1;"),
    ];
    assert_eq!(order(&files, &["m"]), ["m/b.sql", "m/a.sql"]);
}

#[test]
fn what_takes_a_migration_back_is_not_applied() {
    let of = |up: &str, down: &str, tool: &str| match tool {
        "dbmate" => format!("-- migrate:up\n{up}\n-- migrate:down\n{down}\n"),
        "goose" => format!("-- +goose Up\n{up}\n-- +goose Down\n{down}\n"),
        _ => format!("-- +migrate Up\n{up}\n-- +migrate Down\n{down}\n"),
    };
    for tool in ["dbmate", "goose", "sql-migrate"] {
        let one = of(CREATE, "drop table shop.orders;", tool);
        let two = of(ADD, "alter table shop.orders drop column note;", tool);
        let three = of(USE, "delete from shop.orders where note = 'a';", tool);
        assert_eq!(
            wrong(&[("1_a.sql", &one), ("2_b.sql", &two), ("3_c.sql", &three)]),
            "",
            "{tool}"
        );
        // What the way up forgets is found, whatever the way back says.
        let gone = of(USE, ADD, tool);
        let found = wrong(&[("1_a.sql", &one), ("2_b.sql", &gone)]);
        assert!(
            found.contains("`shop.orders` has no column `note`"),
            "{tool}: {found}"
        );
    }
    // A typing error in it is one all the same.
    let there = folder(&[("1_a.sql", &of(CREATE, "drop tabel shop.orders;", "dbmate"))]);
    let ran = distkey(
        there.path(),
        &["lint", ".", "--format", "concise", "--strict"],
    );
    assert!(
        ran.out.contains("1 not understood") || ran.out.contains("syntax"),
        "{}",
        ran.out
    );
}

/// What lint says of a folder, line by line.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    let there = folder(files);
    let ran = distkey(there.path(), &["lint", ".", "--format", "concise"]);
    let lines = ran.out.lines().map(str::to_owned);
    lines.collect()
}

/// Whether lint says this at this place, and in as many lines.
fn says(files: &[(&str, &str)], expected: &[(&str, &str)]) {
    let out = said(files);
    for (place, words) in expected {
        let there = |line: &&String| line.contains(place) && line.contains(words);
        assert!(
            out.iter().any(|line| there(&line)),
            "{place} {words}: {out:#?}"
        );
    }
    let findings = out.iter().filter(|line| line.contains(" DK")).count();
    assert_eq!(findings, expected.len() - 1, "{out:#?}");
}

const IN_XML: &str = r#"<?xml version="1.0"?>
<databaseChangeLog>
  <changeSet id="1" author="ann">
    <comment>drop table nothing of it</comment>
    <sql>
      create table shop.orders (
        order_id bigint,
        price double precision
      )</sql>
    <sql dbms="h2">create table h2 (price real);</sql>
    <sql dbms="postgresql, !redshift">create table pg (price real);</sql>
    <sql splitStatements="true"><![CDATA[delete from shop.orders where price < 0;
      alter table shop.orders drop column gone;]]></sql>
    <sql>delete from shop.orders where price &lt; 1; alter table shop.orders drop column lost</sql>
    <rollback>drop table nonsense of it<sql>alter table shop.orders drop column back</sql></rollback>
    <createTable tableName="x"><column name="sql"/></createTable>
  </changeSet>
</databaseChangeLog>
"#;

#[test]
fn sql_within_a_changelog_of_xml_is_linted_at_its_line() {
    let expected = [
        ("log.xml:8:9: ", "DK212"),
        ("log.xml:13:31: ", "`gone`"),
        ("log.xml:14:78: ", "`lost`"),
        ("5 checked", "1 not understood (./db/log.xml:16)"),
    ];
    says(&[("db/log.xml", IN_XML)], &expected);
    // What is no changelog is not linted, and a broken one up to where it breaks.
    let other = IN_XML.replace("databaseChangeLog", "databaseHistory");
    let out = said(&[("db/log.xml", &other)]);
    assert!(out.concat().contains("no SQL file in it"), "{out:#?}");
    let (broken, _) = IN_XML.split_once("<sql dbms").expect("a second one");
    let broken = format!("{broken}<sql =<");
    says(
        &[("db/log.xml", &broken)],
        &[("log.xml:8:9: ", "DK212"), ("1 checked", "")],
    );
}

#[cfg(feature = "pipeline")]
#[test]
fn sql_within_a_changelog_of_yaml_or_json_is_linted_at_its_line() {
    let yaml = "databaseChangeLog:\n- changeSet:\n    id: 1\n    changes:\n    - createTable: {tableName: x}\n    - sql:\n        sql: |\n          \
        create table shop.orders (\n            order_id bigint,\n\n            price double precision\n          );\n    \
        - sql: {dbms: 'oracle, h2', sql: create table none (price real)}\n    - sql: {sql: alter table shop.orders drop column lost}\n    \
        rollback:\n    - sql: {sql: alter table shop.orders drop column back}\n";
    let expected = [
        ("log.yml:11:13: ", "DK212"),
        ("log.yml:14:42: ", "`lost`"),
        ("2 checked", "1 not understood (./db/log.yml:5)"),
    ];
    says(&[("db/log.yml", yaml)], &expected);
    let json = "{\"databaseChangeLog\": [\n  {\"changeSet\": {\"id\": \"2\", \"changes\": [\n    {\"sql\": {\"sql\": \
        \"create table shop.late (\\n  a int,\\n  price real\\n);\\nalter table shop.late drop column lost\"}}\n  ]}}\n]}\n";
    let expected = [
        ("log.json:3:", "DK212"),
        ("log.json:3:", "`lost`"),
        ("2 checked", ""),
    ];
    says(&[("db/log.json", json)], &expected);
}

#[test]
fn a_changelog_applies_its_own_sql_among_its_includes() {
    let own = "<changeSet id='1'><sql>alter table shop.orders add column note varchar(9)</sql></changeSet>";
    let [before, after] = [("db/a.sql", CREATE), ("db/b.sql", USE)];
    let log = |parts: [&str; 3]| {
        format!(
            "<databaseChangeLog>{}</databaseChangeLog>",
            parts.join("\n")
        )
    };
    let a = "<include file='db/a.sql'/>";
    let b = "<include file='db/b.sql'/>";
    let right = log([a, own, b]);
    let files = [before, after, ("db/log.xml", &right)];
    assert_eq!(
        order(&files, &["db"]),
        ["db/a.sql", "db/log.xml", "db/b.sql"]
    );
    assert_eq!(wrong(&files), "");
    let early = log([own, a, b]);
    assert_ne!(wrong(&[before, after, ("db/log.xml", &early)]), "");
}
