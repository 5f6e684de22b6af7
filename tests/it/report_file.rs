//! The report as a file that is passed on: what it may run, how large it is, what it tells of the machine.

use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;
use base64::Engine as _;
use distkey::report::html::{SCRIPT, STYLE};
use sha2::{Digest as _, Sha256};

fn distkey(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("distkey runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Renewed with `DISTKEY_WRITE_DOCS=1` where the style or the script changed.
#[test]
fn the_policy_names_the_style_and_the_script() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/html/policy");
    let report = distkey(&["explain", "sample_plans/broadcast.txt", "--format", "html"]);
    let policy = report.split("Content-Security-Policy\" content=\"").nth(1);
    let policy = policy.expect("a policy").split('>').next();
    let policy = policy
        .expect("its end")
        .replace("&#39;", "'")
        .replace("&#43;", "+");
    for (name, text) in [("style", STYLE), ("script", SCRIPT)] {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        let wanted = format!("sha256-{hash}");
        let path = folder.join(name).with_extension("txt");
        if std::env::var_os("DISTKEY_WRITE_DOCS").is_some() {
            std::fs::write(&path, &wanted).expect("it is written");
        }
        let told = "run this test with DISTKEY_WRITE_DOCS=1, then again";
        assert!(
            policy.contains(&format!("'{wanted}'")),
            "{name}: {told}: {policy}"
        );
    }
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    // They stand in the file as they were hashed, and nothing else is style or script.
    assert!(report.contains(&format!("<style>{STYLE}</style>")));
    assert!(report.contains(&format!("<script>{SCRIPT}</script>")));
    let body = report.replace(STYLE, "").replace(SCRIPT, "");
    assert_eq!(body.matches("<style").count(), 1);
    for inline in [" style=\"", " onclick=", " onload="] {
        assert!(!body.contains(inline), "{inline}");
    }
}

/// A paste of so many plans, each slower than the one before.
fn plans(count: usize) -> String {
    let mut text = String::new();
    for at in 1..=count {
        let rows = at * 1000;
        let _ = write!(
            text,
            "XN Hash Join DS_BCAST_INNER  (cost=1000.00..250000000.00 rows={rows} width=80)\n\
             \x20 Hash Cond: (\"outer\".b_id = \"inner\".id)\n\
             \x20 ->  XN Seq Scan on a{at}  (cost=0.00..900000.00 rows={rows}0000 width=40)\n\
             \x20 ->  XN Hash  (cost=80000.00..80000.00 rows=8000000 width=40)\n\
             \x20       ->  XN Seq Scan on b  (cost=0.00..80000.00 rows=8000000 width=40)\n\n"
        );
    }
    text
}

fn report_of(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plans.txt");
    std::fs::write(&path, text).expect("a file");
    distkey(&["explain", &path.display().to_string(), "--format", "html"])
}

#[test]
fn several_plans_are_a_table_with_the_slowest_shown() {
    let report = report_of(&plans(3));
    let rows: Vec<&str> = report.split("<tr data-row=\"").skip(1).collect();
    let numbers: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split('"').next())
        .collect();
    assert_eq!(numbers, ["3", "2", "1"]);
    // One is shown, the others cost nothing until they are opened.
    assert_eq!(report.matches("<template data-plan=").count(), 2);
    let shown: String = report
        .split("<template data-plan=")
        .map(|part| {
            part.split_once("</template>")
                .map_or(part, |(_, after)| after)
        })
        .collect();
    assert_eq!(shown.matches("<section class=\"plan\"").count(), 1);
    assert!(shown.contains("<section class=\"plan\" data-plan=\"3\""));
    assert!(report_of(&plans(1)).matches("<tr data-row").count() == 0);
}

#[test]
fn a_report_is_as_long_as_its_input_and_small_for_one_plan() {
    let fixed = STYLE.len() + SCRIPT.len();
    let one = report_of(&plans(1)).len();
    assert!(one < fixed + 20_000, "{one}");
    assert!(fixed < 150_000, "{fixed}");
    let lengths: Vec<usize> = [400, 800, 1600]
        .map(|count| report_of(&plans(count)).len())
        .into();
    for pair in lengths.windows(2) {
        assert!(pair[1] < pair[0] * 2, "{lengths:?}");
    }
    // What is left out is said.
    let many = report_of(&plans(1600));
    assert!(many.contains("600 more take "), "they are told");
    assert!(many.contains("slowest can be opened"), "they are told");
    let few = report_of(&plans(20));
    assert!(!few.contains(" more take ") && !few.contains("slowest can be opened"));
}

#[test]
fn no_report_tells_where_its_inputs_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (name, from) in [
        ("plan.txt", "sample_plans/broadcast.txt"),
        ("other.txt", "sample_plans/nested_loop.txt"),
        ("tables.sql", "sample_ddl/catalog_normalized.sql"),
        ("query.sql", "sample_queries/search_normalized.sql"),
        ("stats.json", "sample_queries/stats.json"),
    ] {
        std::fs::copy(root.join(from), path(name)).expect("a copy");
    }
    std::fs::write(
        path("broken.sql"),
        "CREATE TABLE t (a INT DISTKEY;\nSELEC 1;\n",
    )
    .expect("a file");
    std::fs::write(path("nothing.txt"), "nothing\n").expect("a file");
    let [plan, other, tables, query, stats] = [
        "plan.txt",
        "other.txt",
        "tables.sql",
        "query.sql",
        "stats.json",
    ]
    .map(path);
    let (broken, nothing) = (path("broken.sql"), path("nothing.txt"));
    for arguments in [
        vec!["explain", &plan],
        vec!["explain", &plan, &other, &nothing],
        vec![
            "explain", "--query", &query, "--ddl", &tables, "--stats", &stats,
        ],
        vec!["explain", &plan, "--ddl", &broken],
        vec!["lint", &tables],
        vec!["lint", &tables, &broken, "/nowhere/at/all.sql"],
        vec![
            "advise",
            "--ddl",
            &tables,
            "--queries",
            &query,
            "--stats",
            &stats,
        ],
        vec!["diff", &plan, &other],
    ] {
        let report = distkey(&[&arguments[..], &["--format", "html"]].concat());
        assert!(report.contains("<html"), "{arguments:?}");
        let at = report.find(&*folder.path().display().to_string());
        let around = at.map(|at| &report[at.saturating_sub(100)..(at + 100).min(report.len())]);
        assert_eq!(around, None, "{arguments:?}");
        assert!(!report.contains("/nowhere/at"), "{arguments:?}");
    }
}
