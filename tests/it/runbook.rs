//! The rollback's script is not printed while it is incomplete. The one that the library
//! keeps runs against an `aws` that records what is asked of it and fails at every call in
//! turn: run again, it ends in the same state.
#![cfg(all(feature = "pipeline", unix))]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use distkey::pipeline::Pipeline;
use distkey::pipeline::runbook::{self, Asked, Named, Target};
use distkey::text::SourceFile;

/// Answers as AWS would, writes down what changes something, fails at call FAIL_AT.
const AWS: &str = r#"#!/usr/bin/env bash
set -euo pipefail
count=$(( $(cat "$FAKE/count" 2>/dev/null || echo 0) + 1 ))
echo "$count" > "$FAKE/count"
if [ "$count" = "${FAIL_AT:-0}" ]; then echo "cut off" >&2; exit 254; fi
case "$1 $2" in
  "s3api list-object-versions") cat "$FAKE/versions.json" ;;
  "redshift-data execute-statement") echo "$*" >> "$FAKE/changes"; echo "id-$count" ;;
  "redshift-data describe-statement") echo FINISHED ;;
  "redshift-data get-statement-result") echo 42 ;;
  "glue start-job-run") echo "$*" >> "$FAKE/changes"; echo run-1 ;;
  "glue get-job-run") echo SUCCEEDED ;;
  "glue get-job") echo '{"Name": "load-orders", "CreatedOn": 1, "MaxCapacity": 4.0, "WorkerType": "G.1X", "NumberOfWorkers": 4}' ;;
  *) echo "$*" >> "$FAKE/changes" ;;
esac
"#;

/// Overwritten after the time, unchanged since, new, deleted after it, deleted before it.
const VERSIONS: &str = r#"{"Versions": [
  {"Key": "clean/orders/a b+c.gz", "VersionId": "a2", "IsLatest": true, "LastModified": "2026-01-02T04:00:00+00:00"},
  {"Key": "clean/orders/a b+c.gz", "VersionId": "a1", "IsLatest": false, "LastModified": "2026-01-01T04:00:00+00:00"},
  {"Key": "clean/orders/same.gz", "VersionId": "s1", "IsLatest": true, "LastModified": "2026-01-01T04:00:00+00:00"},
  {"Key": "clean/orders/new.gz", "VersionId": "n1", "IsLatest": true, "LastModified": "2026-01-02T05:00:00+00:00"},
  {"Key": "clean/orders/gone.gz", "VersionId": "g1", "IsLatest": false, "LastModified": "2026-01-01T04:00:00+00:00"},
  {"Key": "clean/orders/old.gz", "VersionId": "o1", "IsLatest": false, "LastModified": "2025-12-01T04:00:00+00:00"}],
 "DeleteMarkers": [
  {"Key": "clean/orders/gone.gz", "VersionId": "gd", "IsLatest": true, "LastModified": "2026-01-02T06:00:00+00:00"},
  {"Key": "clean/orders/old.gz", "VersionId": "od", "IsLatest": true, "LastModified": "2025-12-31T06:00:00+00:00"}]}"#;

fn has(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: no {program}");
    }
    found
}

fn runbook(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "pipeline",
            "runbook",
            "sample_pipeline",
            "--at",
            "2026-01-02T03:00:00Z",
        ])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("distkey runs")
}

/// What the command prints; it ends well.
fn printed(args: &[&str]) -> String {
    let output = runbook(args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// The script that the library keeps, for the sample.
fn rollback(column: &str) -> Result<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_pipeline");
    let files = std::fs::read_dir(folder).expect("the sample");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let mut pipeline = Pipeline::default();
    for file in files {
        pipeline.add(SourceFile::read(&file).expect("a file"));
    }
    let asked = Asked {
        at: "2026-01-02T03:00:00Z".parse().ok(),
        column: Some(column.to_owned()),
        objects: None,
        copies_per_second: None,
        rerun_minutes: None,
    };
    runbook::rollback_script(&Target::of(&pipeline, &Named::default())?, &asked)
}

struct Account {
    folder: tempfile::TempDir,
}

impl Account {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("aws"), AWS).expect("aws");
        std::fs::set_permissions(path("aws"), PermissionsExt::from_mode(0o755)).expect("a mode");
        std::fs::write(path("versions.json"), VERSIONS).expect("versions");
        std::fs::write(path("script.sh"), script).expect("a script");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the script; whether it ended well, and what it printed.
    fn run(&self, args: &[&str], fail_at: usize) -> (bool, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        std::fs::write(self.path().join("count"), "0").expect("a count");
        let output = Command::new("bash")
            .arg(self.path().join("script.sh"))
            .args(args)
            .env("PATH", format!("{}:{path}", self.path().display()))
            .env("FAKE", self.path())
            .env("FAIL_AT", fail_at.to_string())
            .env("GB_PER_WORKER", "10")
            .env("STATE_DIR", self.path().join("state"))
            .env("PAUSE_SECONDS", "0")
            .output()
            .expect("bash runs");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    }

    fn calls(&self) -> usize {
        let count = std::fs::read_to_string(self.path().join("count")).unwrap_or_default();
        count.trim().parse().unwrap_or(0)
    }

    /// What was changed, once each: a call that is repeated changes nothing more.
    fn changes(&self) -> BTreeSet<String> {
        let changes = std::fs::read_to_string(self.path().join("changes")).unwrap_or_default();
        changes.lines().map(str::to_owned).collect()
    }
}

#[test]
fn the_script_is_refused_with_the_reason() {
    for args in [
        &["--script"][..],
        &["--script", "--column", "placed_at"],
        &["--script", "--rerun-minutes", "10..20"],
        &["--objects", "5", "--copies-per-second", "1", "--script"],
    ] {
        let output = runbook(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}: a script was printed");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            error.contains("deletes rows from the table that nothing loads again")
                && error.contains("COPY and MERGE are not run again in the same transaction"),
            "{error}"
        );
    }
}

#[test]
fn the_page_claims_no_complete_rollback() {
    let measured = ["--objects", "1200", "--copies-per-second", "20"];
    let page = |minutes: &str| {
        let args = [
            &measured[..],
            &["--column", "placed_at", "--rerun-minutes", minutes],
        ];
        printed(&args.concat())
    };
    insta::assert_snapshot!(page("10..20"), @r"
    # Rolling `orders` back to 2026-01-02T03:00:00Z

    These steps are not a complete rollback: the rollback deletes rows from the table that nothing loads again, since COPY and MERGE are not run again in the same transaction.
    Until they are, no script is printed.

    The window is two hours. Times: copies and the rerun from the numbers given; single calls and statements are not timed.

    | step | what it does | about |
    |---|---|---|
    | freeze | stops `EveryHalfHour` | one call |
    | list versions | of s3://example-lake/clean/orders/ as they were | one call for 1,000 versions |
    | restore | copies each old version over the new one; removes what is new | 60 s |
    | unload | `DELETE FROM orders WHERE placed_at >= '2026-01-02 03:00:00'`; loading these rows again is up to you | one statement |
    | rerun | `load-orders` with `--resume` | 10 min to 20 min |
    | verify | counts the rows since, against what the job printed | one statement |
    | thaw | starts the trigger again | one call |
    | **these steps** | | **11 min to 21 min** |

    These steps fit the window of two hours; loading the rows again comes on top.

    Before: note the time of the last good run, and the rows that it wrote.
    During: run the DELETE in one transaction with your own COPY and MERGE of the restored files.
    After: compare the count since 2026-01-02T03:00:00Z with what the job printed; only then start the trigger again.
    ");
    // 119 minutes and the minute of copying fit exactly; from 120 on they don't.
    assert!(page("119").contains("These steps fit the window of two hours; loading the rows"));
    assert!(page("119..120").contains("These steps may not fit the window"));
    assert!(page("120").contains("These steps do not fit the window"));
    let unmeasured = printed(&[]);
    assert!(
        unmeasured.contains("Whether these steps fit"),
        "{unmeasured}"
    );
    for page in [page("119"), page("120"), unmeasured] {
        assert!(page.contains("These steps are not a complete rollback: the rollback deletes"));
        for claim in ["--apply", "rollback.sh", "does all of it", "It fits"] {
            assert!(!page.contains(claim), "{claim}: {page}");
        }
    }
}

#[test]
fn it_ends_in_the_same_state_wherever_it_fails() {
    if !has("jq") || !has("bash") {
        return;
    }
    let script = rollback("placed_at").expect("a script");
    let whole = Account::new(&script);
    let (good, text) = whole.run(&["--apply"], 0);
    assert!(good, "{text}");
    let wanted = whole.changes();
    let calls = whole.calls();
    let has = |part: &str| wanted.iter().any(|change| change.contains(part));
    // The version, not the present object; blanks and plus signs survive.
    assert!(
        has("copy-object") && has("clean%2Forders%2Fa%20b%2Bc.gz?versionId=a1"),
        "{wanted:#?}"
    );
    assert!(
        has("gone.gz?versionId=g1")
            && has("delete-object --bucket example-lake --key clean/orders/new.gz")
    );
    assert!(!has("same.gz") && !has("old.gz"), "{wanted:#?}");
    assert!(
        has("stop-trigger") && has("start-trigger") && has("DELETE FROM orders WHERE placed_at")
    );
    for at in 1..=calls {
        let account = Account::new(&script);
        let (good, text) = account.run(&["--apply"], at);
        assert!(!good, "call {at} failed unnoticed: {text}");
        // The trigger never starts before all else is done.
        let early = account
            .changes()
            .iter()
            .any(|change| change.contains("start-trigger"));
        assert!(!early, "call {at}: {text}");
        let (good, text) = account.run(&["--apply"], 0);
        assert!(good, "after call {at}: {text}");
        assert_eq!(account.changes(), wanted, "after call {at}");
        let (good, text) = account.run(&["--apply"], 0);
        assert!(good && account.changes() == wanted, "a third time: {text}");
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    if !has("jq") || !has("bash") {
        return;
    }
    let account = Account::new(&rollback("placed_at").expect("a script"));
    let (good, text) = account.run(&[], 0);
    assert!(good, "{text}");
    assert_eq!(account.changes(), BTreeSet::new());
    assert!(text.contains("would run: aws s3api copy-object"), "{text}");
    assert!(!account.path().join("state/freeze.done").exists());
}

#[test]
fn workers_follow_the_backlog_within_bounds() {
    if !has("jq") || !has("bash") {
        return;
    }
    let account = Account::new(&printed(&["--scaling-script"]));
    let changes = |args: &[&str]| {
        let _ = std::fs::remove_file(account.path().join("changes"));
        let (good, text) = account.run(args, 0);
        assert!(good, "{text}");
        account.changes().into_iter().collect::<Vec<_>>().join("\n")
    };
    assert_eq!(changes(&["75"]), "", "a dry run");
    let more = changes(&["75", "--apply"]);
    assert!(
        more.contains("\"NumberOfWorkers\": 8") || more.contains("glue update-job"),
        "{more}"
    );
    // Nothing to do, the least, and the most, which is what the template gives.
    assert_eq!(changes(&["40", "--apply"]), "");
    for (backlog, workers) in [("0", "2"), ("1000000", "10")] {
        let (good, text) = account.run(&[backlog], 0);
        assert!(
            good && text.contains(&format!("4 -> {workers} workers")),
            "{text}"
        );
    }
    assert!(!account.run(&["40", "--apply"], 1).0, "a failure is one");
}

#[test]
fn scripts_pass_shellcheck() {
    if !has("shellcheck") {
        return;
    }
    let rollback = rollback("placed_at").expect("a script");
    for script in [rollback, printed(&["--scaling-script"])] {
        let account = Account::new(&script);
        let checked = Command::new("shellcheck")
            .arg(account.path().join("script.sh"))
            .output()
            .expect("shellcheck runs");
        assert!(
            checked.status.success(),
            "{}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}

#[test]
fn names_that_would_break_out_of_the_script_are_refused() {
    for column in ["x'; rm -rf ~; '", "$(id)", "a`id`", "a\"b", "a\nb"] {
        let refused = rollback(column).expect_err(column);
        assert!(refused.contains("can't stand in a script"), "{refused}");
    }
    assert!(rollback("placed_at").is_ok());
}
