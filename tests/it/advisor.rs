//! What AWS's Advisor recommends, beside what is recommended here.

use serde_json::Value;

use crate::support::{Ran, advise};

const DDL: &str =
    "create table visits (id bigint, shop_id bigint, seen date, note varchar(200)) diststyle even;
create table shops (shop_id bigint, name varchar(60)) diststyle even;
create table days (seen date, week int) diststyle all;";
const STATS: &str = r#"{"rows": {"visits": 400000000, "shops": 30000000, "days": 3000}, "columns": {
  "visits.shop_id": {"distinct": 30000000}, "shops.shop_id": {"distinct": 30000000},
  "visits.seen": {"distinct": 3000, "min": "2018-01-01", "max": "2026-03-20"}}}"#;
const QUERY: &str = "select s.name, count(*) from visits v join shops s on v.shop_id = s.shop_id
 where v.seen >= '2026-03-01' group by 1;";

fn run(export: &str, more: &[&str]) -> Ran {
    let arguments = ["--cluster", "ra3.4xlarge:4", "--recommendations", "aws.csv"];
    let files = [("aws.csv", export)];
    advise([DDL, STATS, QUERY], &files, &[&arguments, more].concat())
}

/// Each statement's verdict and reason.
fn beside(export: &str) -> (Value, Vec<(String, String, String)>) {
    let ran = run(export, &["--format", "json"]);
    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let statements = document["aws"]["statements"]
        .as_array()
        .expect("statements");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = statements
        .iter()
        .map(|one| (text(&one["sql"]), text(&one["verdict"]), text(&one["why"])));
    let all = all.collect();
    (document, all)
}

/// As AWS's page of the view shows its rows.
fn export(statements: &[&str]) -> String {
    let mut text = "type,database,table_id,group_id,ddl,auto_eligible\n".to_owned();
    for (at, statement) in statements.iter().enumerate() {
        let quoted = statement.replace('"', "\"\"");
        text.push_str(&format!(
            "diststyle,dev,{},2,\"{quoted}\",f\n",
            117_884 + at
        ));
    }
    text
}

#[test]
fn each_statement_is_agreed_done_otherwise_or_not_weighed() {
    let (_, all) = beside(&export(&[
        r#"ALTER TABLE /*dkru-118bad6d-ffe2-4b48*/ "public"."visits" ALTER DISTSTYLE KEY DISTKEY "shop_id""#,
        r#"ALTER TABLE "public"."shops" ALTER DISTKEY "shop_id""#,
        r#"ALTER TABLE "public"."visits" ALTER SORTKEY ("shop_id")"#,
        r#"ALTER TABLE "public"."days" ALTER DISTSTYLE ALL"#,
        r#"ALTER TABLE "public"."elsewhere" ALTER DISTSTYLE ALL"#,
        r#"ALTER TABLE "public"."visits" ALTER COLUMN "note" ENCODE zstd"#,
        r#"ALTER TABLE "public"."visits" ALTER DISTKEY "gone""#,
    ]));
    let verdicts: Vec<&str> = all.iter().map(|(_, verdict, _)| verdict.as_str()).collect();
    assert_eq!(
        verdicts,
        [
            "agrees",
            "agrees",
            "differs",
            "done",
            "not_weighed",
            "not_weighed",
            "not_weighed"
        ],
        "{all:#?}"
    );
    // AWS's marks in comments are not repeated; its sort key reads every block.
    assert_eq!(all[0].0, "ALTER TABLE public.visits ALTER DISTKEY shop_id;");
    assert!(
        all[2].2.contains("takes") && all[2].2.ends_with("more"),
        "{}",
        all[2].2
    );
    assert!(all[6].2.contains("no column `gone`"), "{}", all[6].2);
}

/// One of two keys alone moves more than both: the sum is of all that AWS recommends.
#[test]
fn all_of_awss_keys_are_weighed_together() {
    let (document, _) = beside(&export(&[
        r#"ALTER TABLE visits ALTER DISTKEY shop_id"#,
        r#"ALTER TABLE shops ALTER DISTKEY shop_id"#,
    ]));
    let moved = &document["objective"]["current"]["moved"];
    let theirs = document["aws"]["bytes"].as_f64().expect("bytes");
    let sum = |of: &str| -> f64 {
        let terms = document["objective"][of].as_object().expect("terms");
        terms.values().filter_map(Value::as_f64).sum()
    };
    assert!(moved.as_f64().expect("bytes") > 0.0);
    // The same distribution is recommended here, with a sort key, which moves nothing.
    assert!(
        (theirs - sum("recommended")).abs() < 1.0,
        "{theirs} {document:#}"
    );
    assert!(document["aws"]["ms"].as_f64() > document["weighted_ms"]["recommended"].as_f64());
}

#[test]
fn other_forms_of_the_export_are_read_as_well() {
    let printed = "   type    | database | table_id | group_id |                     ddl                      | auto_eligible
-----------+----------+----------+----------+----------------------------------------------+---------------
 diststyle | dev      |   117884 |        2 | ALTER TABLE visits ALTER DISTKEY shop_id     | f
(1 row)
";
    for text in [
        printed,
        "ALTER TABLE visits ALTER DISTSTYLE KEY DISTKEY shop_id;\n",
        "ddl\nALTER TABLE visits ALTER DISTKEY shop_id\n",
    ] {
        let (_, all) = beside(text);
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(all[0].1, "agrees", "{text}");
    }
}

#[test]
fn an_empty_export_recommends_nothing_and_another_file_is_refused() {
    let ran = run(&export(&[]), &[]);
    assert_ne!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.out.contains("AWS's Advisor: it recommends nothing"),
        "{}",
        ran.out
    );
    let ran = run("id,name\n1,a\n", &[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("stats-query --recommendations"),
        "{}",
        ran.err
    );
    // Where it was not asked for, nothing is said of it.
    let document = crate::support::advised(DDL, STATS, QUERY, &[]);
    assert_eq!(document.get("aws"), None);
}

#[test]
fn names_are_replaced_with_anonymize() {
    let ran = run(
        &export(&["ALTER TABLE visits ALTER SORTKEY (note)"]),
        &["--anonymize"],
    );
    assert!(
        ran.out.contains("AWS's Advisor: 1 otherwise"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(
        !ran.out.contains("visits") && !ran.out.contains("note"),
        "{}",
        ran.out
    );
}

#[test]
fn people_read_it_beside_ours() {
    let ran = run(
        &export(&[
            "ALTER TABLE visits ALTER DISTKEY shop_id",
            "ALTER TABLE visits ALTER SORTKEY (shop_id)",
            "ALTER TABLE days ALTER DISTSTYLE ALL",
        ]),
        &[],
    );
    let start = ran.out.find("AWS's Advisor").expect("the section");
    let section = &ran.out[start..];
    let end = section.find("\n\n").unwrap_or(section.len());
    insta::assert_snapshot!(&section[..end]);
}
