//! What people read about the sample DDL and the sample queries.

use std::path::Path;
use std::process::Command;

fn distkey(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(args)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .expect("distkey runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn lint_of_the_samples() {
    insta::assert_snapshot!("lint_text", distkey(&["lint", "sample_ddl"]));
    insta::assert_snapshot!(
        "lint_json",
        distkey(&["lint", "sample_ddl", "--format", "json"])
    );
    let stats = "sample_queries/stats.json";
    insta::assert_snapshot!(
        "lint_stats",
        distkey(&[
            "lint",
            "sample_ddl/catalog_normalized.sql",
            "--stats",
            stats
        ])
    );
}

#[test]
fn formats_of_other_tools() {
    for format in ["sarif", "github", "gitlab", "junit"] {
        let args = [
            "lint",
            "sample_ddl/every_family.sql",
            "--select",
            "DK2",
            "--format",
            format,
        ];
        let report = distkey(&args);
        // The rules' documentation is long and tested elsewhere.
        let report = match serde_json::from_str::<serde_json::Value>(&report) {
            Ok(mut json) => {
                if let Some(driver) = json.pointer_mut("/runs/0/tool/driver/rules") {
                    *driver = serde_json::Value::Null;
                }
                serde_json::to_string_pretty(&json).expect("JSON")
            }
            Err(_) => report,
        };
        insta::assert_snapshot!(format!("lint_{format}"), report);
        let args = ["explain", "sample_plans/broadcast.txt", "--format", format];
        assert!(distkey(&args).contains("DK101"));
    }
}

#[test]
fn search_by_category_over_both_schemas() {
    for name in ["normalized", "denormalized"] {
        let query = format!("sample_queries/search_{name}.sql");
        let stats = "sample_queries/stats.json";
        let args = [
            "explain",
            "--query",
            &query,
            "--ddl",
            "sample_ddl",
            "--stats",
            stats,
        ];
        insta::assert_snapshot!(format!("search_{name}"), distkey(&args));
    }
}

#[test]
fn what_another_key_would_do() {
    let args = [
        "explain",
        "--query",
        "sample_queries/search_denormalized.sql",
        "--ddl",
        "sample_ddl",
        "--stats",
        "sample_queries/stats.json",
        "--sortkey",
        "products_wide=product_id",
        "--scale",
        "2",
    ];
    insta::assert_snapshot!("what_if_query", distkey(&args));
    let args = [
        "explain",
        "sample_plans/broadcast.txt",
        "--scale",
        "2",
        "--to-cluster",
        "ra3.16xlarge:4",
    ];
    insta::assert_snapshot!("what_if_paste", distkey(&args));
}

#[test]
fn real_rows_over_a_plan() {
    let export = std::env::temp_dir().join(format!("distkey-actuals-{}.csv", std::process::id()));
    let rows = "query,stm,seg,step,maxtime,avgtime,rows,bytes,label,is_diskbased,workmem\n\
                1,0,0,0,120000,100000,180000000,1,scan   tbl=101 name=order_items,f,0\n\
                1,1,1,0,220000,100000,900000000,1,scan   tbl=102 name=products,t,0\n";
    std::fs::write(&export, rows).expect("an export");
    let path = export.display().to_string();
    let report = distkey(&["explain", "sample_plans/broadcast.txt", "--actuals", &path]);
    std::fs::remove_file(&export).expect("removed");
    let at = report.find("What really happened").expect("the section");
    insta::assert_snapshot!("actuals", &report[at..]);
}
