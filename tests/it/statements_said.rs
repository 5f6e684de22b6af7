//! What `distkey explain` says of statements that write.

use crate::statements::{DDL, ROWS};

/// What `distkey explain` says, as JSON and as text.
fn explained(script: &str, more: &[&str]) -> (serde_json::Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("t.sql", DDL);
    write("q.sql", script);
    write("stats.json", ROWS);
    let run = |format: &str| {
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args([
                "explain",
                "--ddl",
                "t.sql",
                "--query",
                "q.sql",
                "--stats",
                "stats.json",
            ])
            .args(["--cluster", "ra3.4xlarge:4", "--format", format])
            .args(more)
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        String::from_utf8(ran.stdout).expect("text")
    };
    let document = serde_json::from_str(&run("json")).expect("JSON");
    (document, run("text"))
}

#[test]
fn what_is_written_is_said_in_a_line_and_in_the_document() {
    let (document, text) = explained(
        "insert into sale_day select day, shop_id, sum(amount) from sale group by 1, 2;\n\
         select count(*) from sale;\n\
         delete from sale;\n\
         unload ('select * from stage') to 's3://bucket/stage_' iam_role default;\n",
        &[],
    );
    let writes = |input: usize| document["inputs"][input]["plans"][0]["writes"].clone();
    insta::assert_snapshot!(serde_json::to_string_pretty(&writes(0)).expect("JSON"), @r#"
    {
      "statement": "INSERT",
      "table": "sale_day",
      "files": null,
      "rows": 76071.0,
      "bytes": 1217143.0,
      "rows_deleted": 0.0,
      "placement": "hashed",
      "distkey": "shop_id",
      "network_bytes": 912857.0,
      "text": "INSERT writes about 76,071 rows, 1.22 MB before compression, into `sale_day` (DISTKEY(shop_id): redistributed, 913 kB between nodes)."
    }
    "#);
    assert!(writes(1).is_null());
    insta::assert_snapshot!(writes(2)["text"].as_str().unwrap_or_default(), @"DELETE marks about 8 million rows of `sale` as deleted.");
    insta::assert_snapshot!(writes(3)["text"].as_str().unwrap_or_default(), @"UNLOAD writes about 20,000 rows, 400 kB before compression, to files under `s3://bucket/stage_`.");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(writes(0)["text"].as_str().expect("text")),
        "{text}"
    );
    // Nothing of it is returned, so nothing warns of that.
    assert!(!text.contains("DK124"), "{text}");
    let undecided = "Verdict: none, since the time to write is not known, against 800 ms";
    assert!(
        explained("delete from copied", &[]).1.contains(undecided),
        "{text}"
    );
}

#[test]
fn another_key_of_the_target_is_tried_with_what_it_moves() {
    let (document, _) = explained(
        "insert into spread select sale_id, amount from sale",
        &["--distkey", "spread=sale_id"],
    );
    let moved = |side: &str| document["inputs"][0]["what_if"][0][side]["bytes_moved"].as_f64();
    assert_eq!((moved("before"), moved("after")), (Some(72e6), Some(0.0)));
}

#[test]
fn a_statement_reads_the_tables_that_those_before_it_made() {
    let (document, _) = explained(
        "create temp table fresh distkey (sale_id) as select sale_id, amount from sale where sale_id > 0;\n\
         create temp table few (like stage);\n\
         insert into few select * from stage;\n\
         delete from sale using fresh where sale.sale_id = fresh.sale_id;\n\
         select count(*) from few;\n\
         alter table few rename to fewer;\n\
         select count(*) from fewer;\n\
         drop table fewer;\n\
         select count(*) from fewer;\n",
        &[],
    );
    let inputs = document["inputs"].as_array().expect("inputs");
    let at = |line: usize| {
        let name = format!("q.sql:{line}");
        inputs
            .iter()
            .find(|input| input["name"] == name.as_str())
            .expect("an input")
    };
    assert_eq!(
        at(4)["plans"][0]["nodes"][0]["distribution"],
        "DS_DIST_NONE"
    );
    let assumed = at(5)["prediction"]["assumptions"].to_string();
    assert!(assumed.contains("`few` is taken to have the 20,000 rows that the script is planned to have written to it by line 3."), "{assumed}");
    assert!(at(7)["error"].is_null(), "{:#}", at(7)["error"]);
    insta::assert_snapshot!(at(9)["error"].as_str().unwrap_or_default(), @"table `fewer` is not defined in the DDL, line 9, column 22");
}
