//! Which files are read, in which order, and what happens to those that can't be.

use std::path::Path;

use crate::support::{Ran, distkey, distkey_with_input};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

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
        let planned = !ran.out.contains("is in none of the tables");
        assert_eq!(planned, code == 0, "{ddl}: {}{}", ran.out, ran.err);
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
    for command in ["review", "cost"] {
        let ran = distkey(
            folder.path(),
            &["pipeline", command, "jobs.yaml", "gone.yaml"],
        );
        assert_eq!(ran.code, 2, "{command}: {}", ran.err);
        assert!(
            ran.err.contains("gone.yaml: cannot read it: "),
            "{}",
            ran.err
        );
        assert!(!ran.out.is_empty());
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

/// `| head` has seen enough; what was found stays found.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_does_not_change_the_exit_code() {
    let many = "create table t (price float);\n".repeat(3_000);
    let folder = folder(&[
        ("bad.sql", many.as_str()),
        ("good.sql", "create table t (a int);"),
    ]);
    let piped = |args: &str| {
        let script = format!(
            "{{ {} {args}; echo $? >code; }} | true; cat code",
            env!("CARGO_BIN_EXE_distkey")
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        let output = output.expect("a shell");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            err,
        )
    };
    for (args, code) in [
        ("lint bad.sql --fail-on hint", "1"),
        ("lint bad.sql --fail-on hint --format json", "1"),
        ("lint bad.sql --fail-on hint --format html", "1"),
        ("lint bad.sql gone.sql", "2"),
        ("lint good.sql", "0"),
        ("rule --all", "0"),
        ("completions bash", "0"),
    ] {
        let (found, err) = piped(args);
        assert_eq!(found, code, "{args}: {err}");
        assert!(!err.contains("panicked"), "{args}: {err}");
    }
}

/// A report that can't be written is no report.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails() {
    let folder = folder(&[("good.sql", "create table t (a int);")]);
    for args in [
        "lint good.sql",
        "rule",
        "stats-query",
        "json-schema config",
        "man",
    ] {
        let script = format!("{} {args} >/dev/full", env!("CARGO_BIN_EXE_distkey"));
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        let output = output.expect("a shell");
        assert_eq!(output.status.code(), Some(2), "{args}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            err.contains("cannot write to standard output: "),
            "{args}: {err}"
        );
    }
}

const FIXABLE: &str = "create table t (id bigint encode lzo);\n";

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|it| {
        it.expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_name_as_long_as_names_can_be_is_fixed() {
    let long = format!("{}.sql", "n".repeat(251));
    let folder = folder(&[(&long, FIXABLE)]);
    let ran = distkey(folder.path(), &["lint", "--fix", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = std::fs::read_to_string(folder.path().join(&long)).expect("the file");
    assert!(!text.contains("lzo"), "{text}");
    assert_eq!(names(folder.path()), [long]);
}

#[cfg(unix)]
#[test]
fn a_fix_that_cannot_be_written_fails_and_its_finding_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[
        ("a.sql", FIXABLE),
        ("b.sql", "create table u (id bigint encode lzo);\n"),
        ("latin1.sql", ""),
    ]);
    let locked = folder.path().join("b.sql");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).expect("a mode");
    let latin1 = b"create table w (id bigint encode lzo); -- caf\xE9\n";
    std::fs::write(folder.path().join("latin1.sql"), latin1).expect("a file");
    for format in ["text", "json", "github"] {
        std::fs::write(folder.path().join("a.sql"), FIXABLE).expect("a file");
        let ran = distkey(folder.path(), &["lint", "--fix", ".", "--format", format]);
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains("fixed 1 finding in 1 file"), "{}", ran.err);
        assert!(
            ran.err
                .contains("b.sql: cannot write its fixes: it is read-only"),
            "{}",
            ran.err
        );
        assert!(
            ran.err
                .contains("latin1.sql: cannot write its fixes: it is not UTF-8"),
            "{}",
            ran.err
        );
        assert!(
            ran.out.contains("cannot write its fixes: it is read-only"),
            "{format}: {}",
            ran.out
        );
        match format {
            "text" => assert!(
                ran.out
                    .contains("2 findings, 0 syntax errors, 2 files not written"),
                "{}",
                ran.out
            ),
            _ => assert!(
                ran.out.contains("DK215") || ran.out.contains("lzo"),
                "{}",
                ran.out
            ),
        }
    }
    assert_eq!(names(folder.path()), ["a.sql", "b.sql", "latin1.sql"]);
    let kept = std::fs::read_to_string(&locked).expect("the file");
    assert!(kept.contains("lzo"), "{kept}");
}

/// The mode of a file and a link to it outlive a fix.
#[cfg(unix)]
#[test]
fn a_fix_keeps_mode_and_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("real.sql", FIXABLE)]);
    let real = folder.path().join("real.sql");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let link = folder.path().join("link.sql");
    std::os::unix::fs::symlink("real.sql", &link).expect("a link");
    let ran = distkey(folder.path(), &["lint", "--fix", "link.sql"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        std::fs::symlink_metadata(&link)
            .expect("a link")
            .is_symlink()
    );
    let mode = std::fs::metadata(&real)
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(
        !std::fs::read_to_string(&real)
            .expect("the file")
            .contains("lzo")
    );
}

/// What `--write-baseline` may write over: nothing, a baseline, an empty file.
#[test]
fn a_baseline_is_written_over_a_baseline_only() {
    let ddl = "create table t (price float);\n";
    let cases = [
        ("new.json", None, true),
        (
            "old.json",
            Some("{\"findings\": {\"gone.sql\": {\"DK212\": 3}}}"),
            true,
        ),
        ("empty.json", Some(""), true),
        ("a.sql", Some(ddl), false),
        ("package.json", Some("{\"name\": \"shop\"}"), false),
        ("cut.json", Some("{\"findings\": {\"a.sql\": {"), false),
        (
            "report.json",
            Some("{\"findings\": [], \"unrecognized\": []}"),
            false,
        ),
        ("binary.json", Some("\u{0}\u{1}"), false),
    ];
    for (name, text, written) in cases {
        let folder = folder(&[("a.sql", ddl)]);
        let path = folder.path().join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).expect("a file");
        }
        let args = ["lint", "a.sql", "--baseline", name, "--write-baseline"];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, if written { 0 } else { 2 }, "{name}: {}", ran.err);
        let now = std::fs::read_to_string(&path).expect("the file");
        match written {
            true => assert!(
                now.contains("\"DK212\": 1") && !now.contains("gone.sql"),
                "{now}"
            ),
            false => {
                assert_eq!(Some(now.as_str()), text, "{name}");
                let told = format!("`{name}` exists and is no baseline: ");
                assert!(ran.err.contains(&told), "{}", ran.err);
            }
        }
    }
    let folder = folder(&[("a.sql", ddl)]);
    for (at, told) in [
        (
            "no/such/folder.json",
            "cannot write `no/such/folder.json`: ",
        ),
        (".", "`.` is a folder"),
    ] {
        let args = ["lint", "a.sql", "--baseline", at, "--write-baseline"];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn a_baseline_keeps_what_could_not_be_read_this_time() {
    let ddl = "create table t (price float);\n";
    let folder = folder(&[("ddl/a.sql", ddl), ("ddl/b.sql", ddl), ("ddl/c.sql", ddl)]);
    let args = [
        "lint",
        "ddl",
        "--baseline",
        "known.json",
        "--write-baseline",
    ];
    assert_eq!(distkey(folder.path(), &args).code, 0);
    let at = |name: &str| folder.path().join("ddl").join(name);
    std::fs::remove_file(at("b.sql")).expect("it goes");
    std::os::unix::fs::symlink("nowhere.sql", at("b.sql")).expect("a link");
    std::fs::remove_file(at("c.sql")).expect("it goes");
    let ran = distkey(folder.path(), &args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    let told = "known.json: kept the entries of 1 file that could not be read";
    assert!(ran.err.contains(told), "{}", ran.err);
    let now = std::fs::read_to_string(folder.path().join("known.json")).expect("the file");
    assert!(
        now.contains("ddl/a.sql") && now.contains("ddl/b.sql"),
        "{now}"
    );
    // What is gone is gone.
    assert!(!now.contains("ddl/c.sql"), "{now}");
}

#[test]
fn a_calibration_is_written_over_a_calibration_only() {
    let folder = folder(&[
        ("w/ddl.sql", "create table t (a int);"),
        ("w/queries.sql", "select a from t;"),
        ("w/runs.csv", "date,cluster,query,run1_s,run2_s,run3_s\n"),
        ("notes.toml", "[notes]\nkeep = true\n"),
    ]);
    let args = ["calibrate", "fit", "w", "--out", "notes.toml"];
    let ran = distkey(folder.path(), &args);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("`notes.toml` exists and is no calibration: "),
        "{}",
        ran.err
    );
    let now = std::fs::read_to_string(folder.path().join("notes.toml")).expect("the file");
    assert_eq!(now, "[notes]\nkeep = true\n");
}
