//! Which files are read, in which order, and what happens to those that can't be.

use crate::support::{Ran, distkey, distkey_with_input, folder};

/// The files of lint's document: path, and why it could not be read.
fn linted(ran: &Ran) -> Vec<(String, Option<String>)> {
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let files = document["files"].as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let files = files.map(|file| (text(&file["path"]).expect("a path"), text(&file["error"])));
    files.collect()
}

fn paths(ran: &Ran) -> Vec<String> {
    linted(ran).into_iter().map(|(path, _)| path).collect()
}

/// Only in the order of the versions is there a column `c` in the end.
const MIGRATIONS: [(&str, &str); 4] = [
    ("m/V1__create.sql", "create table t (a int);"),
    ("m/V2__add.sql", "alter table t add column b int;"),
    ("m/V10__rename.sql", "alter table t rename column b to c;"),
    ("m/R__view.sql", "create view v as select c from t;"),
];
const QUERY: (&str, &str) = ("q/q.sql", "select c from t where c = 3;");

#[test]
fn a_folder_is_read_by_version_and_named_files_as_named() {
    let files = [&MIGRATIONS[..], &[QUERY]].concat();
    let folder = folder(&files);
    let in_order = [
        "m/V1__create.sql",
        "m/V2__add.sql",
        "m/V10__rename.sql",
        "m/R__view.sql",
    ];
    let lint = |args: &[&str]| {
        let args = [&["lint", "--format", "json"], args].concat();
        paths(&distkey(folder.path(), &args))
    };
    assert_eq!(lint(&["m"]), in_order);
    // As named, whatever the names are.
    let named = ["m/V10__rename.sql", "m/V1__create.sql", "m/V2__add.sql"];
    assert_eq!(lint(&named), named);
    // A file that is named, and in a folder that is named, has its first place.
    let both = lint(&[
        "m/V10__rename.sql",
        "m",
        "./m/V2__add.sql",
        "m/../m/V1__create.sql",
    ]);
    assert_eq!(
        both,
        ["m/V10__rename.sql", in_order[0], in_order[1], in_order[3]]
    );
    let ddl_then_query = |ddl: &[&str]| {
        let args = [&["explain", "--query", "q/q.sql", "--ddl"], ddl].concat();
        distkey(folder.path(), &args)
    };
    assert!(ddl_then_query(&["m"]).code < 2);
    assert!(ddl_then_query(&in_order).code < 2);
    let wrong = ddl_then_query(&named);
    assert_eq!(wrong.code, 2);
    assert!(wrong.out.contains("column `c` is in none"), "{}", wrong.out);
    for (ddl, code) in [("m", 0), ("m/V1__create.sql", 2)] {
        let ran = distkey(folder.path(), &["advise", "--ddl", ddl, "--queries", "q"]);
        let planned = !ran.err.contains("is in none of the tables");
        assert_eq!(planned, code == 0, "{ddl}: {}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "{ddl}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn queries_of_a_workload_and_of_a_case_are_in_order() {
    let sql = "select a from t where a = 1;";
    let files = [
        ("schema.sql", "create table t (a int);"),
        ("queries/q2.sql", sql),
        ("queries/q10.sql", sql),
        ("queries/q1.sql", sql),
    ];
    let folder = folder(&files);
    let args = [
        "advise",
        "--ddl",
        "schema.sql",
        "--queries",
        "queries",
        "--format",
        "json",
    ];
    let ran = distkey(folder.path(), &args);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let names = document["queries"].as_array().expect("a list").iter();
    let names: Vec<&str> = names.filter_map(|query| query["name"].as_str()).collect();
    assert_eq!(
        names,
        ["queries/q1.sql", "queries/q2.sql", "queries/q10.sql"]
    );
    let case = distkey::snapshot::Case::open(folder.path(), "case").expect("a case");
    let names: Vec<&str> = case
        .workload
        .entries
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["queries/q1.sql", "queries/q2.sql", "queries/q10.sql"]
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_the_file_that_it_leads_to() {
    let folder = folder(&MIGRATIONS);
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(to, folder.path().join(at)).expect("a link");
    };
    link("V1__create.sql", "m/V9__again.sql");
    link("m", "linked");
    link("../m", "m/loop");
    let ran = distkey(folder.path(), &["lint", "--format", "json", "m", "linked"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(paths(&ran).len(), 4, "{:?}", paths(&ran));
    // By way of the link alone, it is read under the link's name.
    let ran = distkey(folder.path(), &["lint", "--format", "json", "linked"]);
    assert_eq!(
        paths(&ran).first().map(String::as_str),
        Some("linked/V1__create.sql")
    );
}

#[test]
fn what_cannot_be_read_fails_and_stays_in_every_report() {
    let folder = folder(&[
        ("a.sql", "create table t (price float);"),
        ("b.sql", "x\0\0y"),
    ]);
    let lint = |format: &str| {
        distkey(
            folder.path(),
            &["lint", "gone.sql", "a.sql", "b.sql", "--format", format],
        )
    };
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "html"] {
        let ran = lint(format);
        assert_eq!(ran.code, 2, "{format}: {}", ran.err);
        for told in [
            "gone.sql: cannot read it: ",
            "b.sql: cannot read it: it is binary",
        ] {
            assert!(ran.err.contains(told), "{format}: {}", ran.err);
        }
        // The others are still looked at.
        assert!(
            ran.out.contains("money-in-float") || ran.out.contains("DK212"),
            "{format}"
        );
        assert!(
            ran.out.contains("gone.sql") && ran.out.contains("b.sql"),
            "{format}"
        );
    }
    assert!(
        lint("text")
            .out
            .contains("1 finding, 0 syntax errors, 2 files not read\n")
    );
    let errors: Vec<bool> = linted(&lint("json"))
        .iter()
        .map(|(_, it)| it.is_some())
        .collect();
    assert_eq!(errors, [false, true, true]);
    let sarif: serde_json::Value = serde_json::from_str(&lint("sarif").out).expect("JSON");
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = &invocation["toolExecutionNotifications"];
    assert_eq!(notifications.as_array().map(Vec::len), Some(2));
    assert!(
        lint("github")
            .out
            .starts_with("::error file=gone.sql,title=not-read::cannot read it: ")
    );
    assert!(lint("gitlab").out.contains("\"check_name\": \"not-read\""));
    assert!(
        lint("junit")
            .out
            .contains("<error message=\"cannot read it: it is binary")
    );
    assert!(
        lint("html")
            .out
            .contains("<h2>Not read or not written</h2>")
    );
    // All is well without them.
    let ran = distkey(folder.path(), &["lint", "a.sql", "--format", "sarif"]);
    assert!(
        ran.out.contains("\"executionSuccessful\": true"),
        "{}",
        ran.out
    );
}

/// Also where nothing could be read, and nothing is left to report but that.
#[test]
fn a_report_of_nothing_but_failures_is_written() {
    let folder = folder(&[]);
    let ran = distkey(folder.path(), &["lint", "gone.sql", "--format", "json"]);
    assert_eq!((ran.code, linted(&ran).len()), (2, 1));
    let ran = distkey(folder.path(), &["lint", "gone.sql", "--format", "github"]);
    assert!(ran.out.starts_with("::error file=gone.sql"), "{}", ran.out);
}

#[test]
fn a_folder_without_sql_was_not_checked() {
    let folder = folder(&[
        ("notes/readme.txt", "none"),
        ("comments/a.sql", "-- nothing yet\n"),
        ("comments/b.sql", ""),
        ("good/a.sql", "create table t (a int);"),
        (".hidden/a.sql", "create table t (a int);"),
    ]);
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (args, told) in [
        (
            &["empty"][..],
            "empty: cannot read it: there is no SQL file in it",
        ),
        (
            &["notes", "good"],
            "notes: cannot read it: there is no SQL file in it",
        ),
        (
            &["good", "comments"],
            "comments: cannot read it: there is no SQL statement in its 2 files",
        ),
        (
            &["comments"],
            "comments: cannot read it: there is no SQL statement in its 2 files",
        ),
    ] {
        let ran = distkey(folder.path(), &[&["lint"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.out);
        assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
        assert_eq!(
            ran.out.contains("1 statement"),
            args.contains(&"good"),
            "{}",
            ran.out
        );
    }
    // A file that is named is what its author wants it to be; hidden folders can be named.
    for args in [
        &["lint", "comments/a.sql"][..],
        &["lint", ".hidden"],
        &["lint", "good"],
    ] {
        assert_eq!(distkey(folder.path(), args).code, 0, "{args:?}");
    }
}

#[test]
fn explain_and_advise_name_what_they_could_not_read() {
    let plan = "XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=4)\n";
    let folder = folder(&[
        ("plan.txt", plan),
        ("words.txt", "so slow\n"),
        ("t.sql", "create table t (a int);"),
        ("q.sql", "select a from t;"),
    ]);
    let run = |args: &[&str]| distkey(folder.path(), args);
    assert_eq!(run(&["explain", "plan.txt", "--fail-on", "never"]).code, 0);
    for (args, told) in [
        (
            &["explain", "plan.txt", "gone.txt"][..],
            "gone.txt: cannot read it: ",
        ),
        (
            &["explain", "gone.txt", "plan.txt"],
            "gone.txt: cannot read it: ",
        ),
        (&["explain", "plan.txt", "words.txt"], "words.txt: "),
        (
            &["explain", "plan.txt", "--ddl", "t.sql", "gone.sql"],
            "gone.sql: cannot read it: ",
        ),
        (
            &[
                "explain", "--ddl", "t.sql", "--query", "q.sql", "--query", "gone.sql",
            ],
            "gone.sql: cannot read it: ",
        ),
        (
            &["diff", "plan.txt", "plan.txt", "--ddl", "t.sql", "gone.sql"],
            "gone.sql: cannot read it: ",
        ),
        (
            &["advise", "--ddl", "t.sql", "gone.sql", "--queries", "q.sql"],
            "gone.sql: cannot read it: ",
        ),
        (
            &["advise", "--ddl", "t.sql", "--queries", "q.sql", "gone.sql"],
            "gone.sql: cannot read it: ",
        ),
        (
            &[
                "advise", "--ddl", "t.sql", "--plans", "plan.txt", "gone.txt",
            ],
            "gone.txt: cannot read it: ",
        ),
    ] {
        for format in ["text", "json"] {
            let args = [args, &["--format", format]].concat();
            let ran = run(&args);
            assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
            assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
            // Once, and the rest is still reported.
            assert_eq!(ran.err.matches(told).count(), 1, "{args:?}: {}", ran.err);
            assert!(!ran.out.is_empty(), "{args:?}");
            let name = told.split(':').next().expect("a name");
            let in_report = args[0] == "diff" && format == "text" || ran.out.contains(name);
            assert!(in_report, "{args:?}: {}", ran.out);
        }
    }
    let ran = run(&["explain", "plan.txt", "gone.txt", "--format", "junit"]);
    assert!(
        ran.out.contains("<error message=\"cannot read it"),
        "{}",
        ran.out
    );
}

#[test]
fn the_pipeline_names_what_it_could_not_read() {
    let job = "Resources:\n  J:\n    Type: AWS::Glue::Job\n    Properties: {Name: load, MaxCapacity: 4}\n";
    let folder = folder(&[("jobs.yaml", job)]);
    for command in ["review", "cost", "lineage"] {
        let ran = distkey(
            folder.path(),
            &["pipeline", command, "jobs.yaml", "gone.yaml"],
        );
        assert_eq!(ran.code, 2, "{command}: {}", ran.err);
        let told = ran.err.matches("gone.yaml: cannot read it: ").count();
        assert_eq!(told, 1, "{command}: {}", ran.err);
        assert!(!ran.out.is_empty() || command == "lineage");
    }
    let args = [
        "pipeline",
        "review",
        "jobs.yaml",
        "gone.yaml",
        "--format",
        "json",
    ];
    let ran = distkey(folder.path(), &args);
    assert!(
        ran.out.contains("\"what\": \"cannot read it: "),
        "{}",
        ran.out
    );
}

#[cfg(unix)]
#[test]
fn a_case_that_cannot_be_read_is_no_case_that_passes() {
    let files = [
        ("cases/a/schema.sql", "create table t (a int);"),
        ("cases/a/queries/q.sql", "select a from t;"),
        ("cases/b/schema.sql", "create table t (a int);"),
        ("cases/b/queries/q.sql", "select a from t;"),
    ];
    let folder = folder(&files);
    let accepted = distkey(folder.path(), &["test", "cases", "--accept"]);
    assert_eq!(accepted.code, 0, "{}", accepted.out);
    let link = folder.path().join("cases/b/queries/r.sql");
    std::os::unix::fs::symlink("gone.sql", &link).expect("a link");
    let ran = distkey(folder.path(), &["test", "cases"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.out.contains("broken    b: cannot read `"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("same      a\n"), "{}", ran.out);
    std::fs::remove_file(link).expect("it goes");
    // A snapshot that can't be read does not stop the others.
    let snapshot = folder.path().join("cases/snapshots/a.snap");
    std::fs::remove_file(&snapshot).expect("it goes");
    std::fs::create_dir(&snapshot).expect("a folder in its place");
    let ran = distkey(folder.path(), &["test", "cases"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.out.contains("broken    a: its snapshot `"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("same      b\n"), "{}", ran.out);
    let ran = distkey(folder.path(), &["test", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nowhere: cannot read it: "), "{}", ran.err);
}

/// Standard input and pipes give their text once: what is read again is what was read.
#[test]
fn standard_input_is_read_once() {
    let folder = folder(&[("t.sql", "create table u (a int);")]);
    let ddl = "create table t (price float, id bigint encode lzo);\n";
    for args in [
        &["lint", "-"][..],
        &["lint", "-", "-"],
        &["lint", "/dev/stdin"],
    ] {
        let ran = distkey_with_input(folder.path(), args, ddl);
        assert!(
            ran.out.contains("1 statement in 1 file: 3 findings"),
            "{args:?}: {}",
            ran.out
        );
    }
    let ran = distkey_with_input(folder.path(), &["lint", "--fix", "-"], ddl);
    assert!(
        ran.out.contains("encode az64") || ran.out.contains("ENCODE AZ64"),
        "{}",
        ran.out
    );
    // What is left is told beside the fixed text.
    assert!(ran.err.contains("DK212 money-in-float"), "{}", ran.err);
    // Where two arguments want it, the second does not get nothing.
    let args = ["explain", "-", "--ddl", "t.sql", "--stats", "-"];
    let stats = "{\"rows\": {\"u\": 5}}";
    let ran = distkey_with_input(folder.path(), &args, stats);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("can be read only once"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_named_pipe_is_read_once() {
    let plan = "XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=4)\n";
    for (command, text, told) in [
        (
            "lint",
            "create table t (price float);\n",
            "1 statement in 1 file: 1 finding",
        ),
        ("explain", plan, "Seq Scan on t"),
    ] {
        let folder = folder(&[]);
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, text)
        });
        let ran = distkey(folder.path(), &[command, "pipe"]);
        assert!(ran.out.contains(told), "{command}: {}{}", ran.out, ran.err);
        assert!(writer.join().expect("the writer").is_ok(), "{command}");
        // One that is only found in a folder would wait for a writer.
        let pipe = folder.path().join("in/pipe.sql");
        std::fs::create_dir(folder.path().join("in")).expect("a folder");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        let ran = distkey(folder.path(), &["lint", "in"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("it is a pipe or a device"), "{}", ran.err);
    }
}
