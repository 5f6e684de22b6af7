//! The runbook's page and its scripts: what they say, what they refuse, and that the shell takes
//! them. `tests/reference_pipeline/rollback.py` runs the rollback.
#![cfg(all(feature = "pipeline", unix))]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Answers as AWS would, writes down what changes something, fails at call FAIL_AT.
const AWS: &str = r#"#!/usr/bin/env bash
set -euo pipefail
count=$(( $(cat "$FAKE/count" 2>/dev/null || echo 0) + 1 ))
echo "$count" > "$FAKE/count"
if [ "$count" = "${FAIL_AT:-0}" ]; then echo "cut off" >&2; exit 254; fi
case "$1 $2" in
  "glue get-job") echo '{"Name": "load-orders", "CreatedOn": 1, "MaxCapacity": 4.0, "WorkerType": "G.1X", "NumberOfWorkers": 4}' ;;
  *) echo "$*" >> "$FAKE/changes" ;;
esac
"#;

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

/// The rollback's script for the sample.
fn rollback(args: &[&str]) -> String {
    printed(&[&["--script", "--column", "placed_at"], args].concat())
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
fn the_page_says_the_steps_and_what_they_cannot_undo() {
    let measured = ["--objects", "1200", "--copies-per-second", "20"];
    let page = |minutes: &str| {
        let args = [
            &measured[..],
            &["--column", "placed_at", "--rerun-minutes", minutes],
        ];
        printed(&args.concat())
    };
    insta::assert_snapshot!(page("10..20"));
    // 119 minutes and the minute of copying fit exactly; from 120 on they don't.
    assert!(page("119").contains("Copies and rerun fit the window"));
    assert!(page("119..120").contains("This may not fit the window"));
    assert!(page("120").contains("This does not fit the window"));
    assert!(printed(&[]).contains("depends on what is not known here"));
    // 5 TB in objects of 64 MB: what must be reached, since nobody has measured it.
    let objects = printed(&["--objects", "78125"]);
    assert!(
        objects.contains("78,125 objects fit if 11 of them are copied in a second"),
        "{objects}"
    );
    let many = printed(&["--objects", "10000000"]);
    assert!(
        many.contains("This does not fit the window"),
        "the script alone takes longer: {many}"
    );
    let late = printed(&["--objects", "78125", "--rerun-minutes", "60..120"]);
    assert!(late.contains("The rerun alone may not fit"), "{late}");
}

#[test]
fn the_runbook_is_json_too() {
    let read = |args: &[&str]| -> serde_json::Value {
        let text = printed(&[&["--format", "json"], args].concat());
        serde_json::from_str(&text).expect("JSON")
    };
    let whole = read(&[
        "--column",
        "placed_at",
        "--objects",
        "1200",
        "--copies-per-second",
        "20",
        "--rerun-minutes",
        "10..20",
    ]);
    assert_eq!(whole["fits"], true);
    assert_eq!(whole["no_script"], serde_json::Value::Null);
    assert_eq!(whole["targets"]["bucket"], "example-lake");
    assert_eq!(whole["targets"]["prefix"], "clean/orders/");
    assert_eq!(whole["targets"]["table"], "orders");
    assert_eq!(whole["targets"]["job"], "load-orders");
    let step = |name: &str| {
        let steps = whole["steps"].as_array().expect("steps");
        let found = steps.iter().find(|step| step["name"] == name);
        found.expect(name)["minutes"].clone()
    };
    assert_eq!(step("restore_objects"), serde_json::json!([1.0, 1.0]));
    assert_eq!(step("rerun"), serde_json::json!([10.0, 20.0]));
    assert_eq!(step("load"), serde_json::Value::Null);
    assert!(
        whole["cannot_undo"]
            .as_array()
            .is_some_and(|all| all.len() > 3)
    );
    let unknown = read(&[]);
    assert_eq!(unknown["fits"], serde_json::Value::Null);
    assert!(
        unknown["no_script"]
            .as_str()
            .is_some_and(|why| why.contains("--column"))
    );
}

#[test]
fn what_the_script_is_not_told_it_refuses_before_any_call() {
    if !has("jq") || !has("bash") || !has("flock") || !has("python3") {
        return;
    }
    let open = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "pipeline",
            "runbook",
            "sample_pipeline",
            "--script",
            "--column",
            "placed_at",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("distkey runs");
    let open = String::from_utf8(open.stdout).expect("a script");
    let (run, at) = (
        ["--run", "day=2026-01-01"],
        ["--at", "2026-01-02T03:00:00Z"],
    );
    for (script, args, reason) in [
        (&open, &run[..], "--at TIME is missing"),
        (
            &open,
            &["--at", "2026-01-02T25:00:00Z"],
            "--at 2026-01-02T25:00:00Z",
        ),
        (&open, &["--at", "2026-01-02T03:00:00"], "with an offset"),
        (&open, &["--at", "2999-01-01T00:00:00Z"], "in the future"),
        (&open, &at, "--run is missing"),
        (
            &open,
            &["--at", "2026-01-02T03:00:00Z", "--run", "date=2026-01-01"],
            "names exactly: day",
        ),
        (
            &open,
            &["--at", "2026-01-02T03:00:00Z", "--run", "day=a;b"],
            "write NAME=VALUE",
        ),
        (&open, &["--nonsense"], "is not known"),
        (
            &open,
            &[
                "--at",
                "2026-01-02T03:00:00Z",
                "--at",
                "2026-01-02T04:00:00Z",
            ],
            "--at is given twice",
        ),
        (
            &open,
            &[
                "--at",
                "2026-01-02T03:00:00Z",
                "--run",
                "day=2026-01-01",
                "--expected",
                "",
            ],
            "--expected needs a value",
        ),
        // The time that the script was printed for is the one that it goes back to.
        (
            &rollback(&[]),
            &["--at", "2026-01-03T03:00:00Z"],
            "this script is of 2026-01-02T03:00:00Z",
        ),
    ] {
        let account = Account::new(script);
        let (good, text) = account.run(args, 0);
        assert!(!good && text.contains(reason), "{args:?}: {text}");
        assert_eq!(account.calls(), 0, "{args:?}: {text}");
    }
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
    for script in [rollback(&[]), printed(&["--scaling-script"])] {
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
