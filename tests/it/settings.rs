//! Settings and flags: what makes no sense is refused at its place.

use crate::support::{Ran, distkey};

const DDL: &str = "create table t (price float);\n";

/// Runs lint in a folder with these settings.
fn with_settings(toml: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.sql"), DDL).expect("DDL");
    std::fs::write(folder.path().join("distkey.toml"), toml).expect("settings");
    distkey(folder.path(), &["lint", "t.sql"])
}

fn with_flags(flags: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.sql"), DDL).expect("DDL");
    distkey(folder.path(), &[&["lint", "t.sql"], flags].concat())
}

#[test]
fn flags_that_name_no_rule_are_refused() {
    for (flags, told) in [
        (["--select", "DK999"], "--select: no rule is called `DK999`"),
        (["--ignore", "DK9"], "--ignore: no rule is called `DK9`"),
        (
            ["--select", "copy-credential"],
            "the nearest is DK228 `copy-credentials`",
        ),
        (["--ignore", ""], "--ignore: an empty word names no rule"),
        (
            ["--ignore", "DK203,,DK204"],
            "--ignore: an empty word names no rule",
        ),
        (
            ["--select", "DK203,"],
            "--select: an empty word names no rule",
        ),
        (["--select", " "], "--select: an empty word names no rule"),
        (["--ignore", "all"], "--ignore: no rule is called `all`"),
    ] {
        let ran = with_flags(&flags);
        assert_eq!(ran.code, 2, "{flags:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{flags:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{flags:?}");
    }
    for flags in [
        ["--select", "DK2"],
        ["--select", "dk203"],
        ["--ignore", "DK203, DK204"],
        ["--ignore", "money-in-float"],
    ] {
        let ran = with_flags(&flags);
        assert!(ran.code < 2, "{flags:?}: {}", ran.err);
    }
}

/// The words that pass the check have their effect, in either case.
#[test]
fn selected_rules_run_and_ignored_ones_do_not() {
    let rule = "money-in-float";
    for (flags, found) in [
        (["--select", "money-in-float"], true),
        (["--ignore", "Money-In-Float"], false),
        (["--ignore", "dk2"], false),
        (["--select", " DK2"], true),
    ] {
        let ran = with_flags(&flags);
        assert_eq!(ran.out.contains(rule), found, "{flags:?}: {}", ran.out);
    }
}

#[test]
fn settings_that_name_no_rule_are_refused_at_their_place() {
    for (toml, told) in [
        (
            "[rules]\nselect = [\"DK203\", \"DK777\"]\n",
            "line 2, column 20: `rules.select`: no rule is called `DK777`",
        ),
        (
            "budget-ms = 500\n\n[rules]\nignore = [\n  \"DK2\",\n  \"\",\n]\n",
            "line 6, column 3: `rules.ignore`: an empty word names no rule",
        ),
        (
            "[rules.severity]\nDK203 = \"error\"\nlarge-boardcast = \"hint\"\n",
            "line 3, column 1: `rules.severity.large-boardcast`: no rule is called `large-boardcast`; the nearest is DK101 `large-broadcast`",
        ),
        (
            "rules.severity.DK2 = \"error\"\n",
            "line 1, column 16: `rules.severity.DK2`: `DK2` is only the start of a code",
        ),
        (
            "rules = { ignore = [\"é\", \"x\"] }\n",
            "line 1, column 21: `rules.ignore`: no rule is called `é`",
        ),
    ] {
        let ran = with_settings(toml);
        assert_eq!(ran.code, 2, "{toml}: {}", ran.err);
        assert!(ran.err.contains("distkey.toml`, "), "{}", ran.err);
        assert!(ran.err.contains(told), "{toml}: {}", ran.err);
    }
    let fine = "[rules]\nselect = [\"DK2\"]\n[rules.severity]\ndk227 = \"error\"\nmoney-in-float = \"hint\"\n";
    let ran = with_settings(fine);
    assert!(ran.code < 2, "{}", ran.err);
}

/// A severity is set by a code in either case, as the check accepts it.
#[test]
fn a_severity_is_set_by_the_words_that_are_accepted() {
    let code = distkey::rules::find("money-in-float").expect("a rule").code;
    for word in [code.to_lowercase(), "MONEY-IN-FLOAT".to_owned()] {
        let ran = with_settings(&format!("[rules.severity]\n{word} = \"error\"\n"));
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.out.contains(&format!("error[{code}")), "{}", ran.out);
    }
}

/// A settings file that is there and can't be read is not the absence of one.
#[cfg(unix)]
#[test]
fn a_settings_file_that_leads_nowhere_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.sql"), DDL).expect("DDL");
    std::os::unix::fs::symlink("gone.toml", folder.path().join("distkey.toml")).expect("a link");
    let ran = distkey(folder.path(), &["lint", "t.sql"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot read `"), "{}", ran.err);
}

#[test]
fn comments_that_name_no_rule_are_told_at_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "\
-- distkey: ignore DK299: the reason
create table a (price float);
-- distkey: ignore money-in-float it is small
create table b (price float);
-- distkey: ignore
create table c (price float);
-- distkey: ignore DK2: all of them
create table d (price float);
-- distkey: ignore MONEY-IN-FLOAT: fine
create table e (price float);
";
    std::fs::write(folder.path().join("t.sql"), text).expect("DDL");
    let args = ["lint", "t.sql", "--select", "money-in-float"];
    let ran = distkey(folder.path(), &args);
    let told: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.starts_with("t.sql:"))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(
        ran.out.contains("2 findings silenced by comments"),
        "{}",
        ran.out
    );
    let ran = distkey(folder.path(), &[&args[..], &["--format", "json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let lines = document["files"][0]["unknown_ignores"]
        .as_array()
        .expect("a list");
    let lines: Vec<u64> = lines
        .iter()
        .filter_map(|note| note["line"].as_u64())
        .collect();
    assert_eq!(lines, [1, 3, 5, 7]);
    for (format, told) in [
        (
            "github",
            "::error file=t.sql,line=1,col=1,title=unknown-rule::no rule is called `DK299`",
        ),
        ("sarif", "no rule is called `DK299`"),
        ("html", "line 1: no rule is called `DK299`"),
    ] {
        let ran = distkey(folder.path(), &[&args[..], &["--format", format]].concat());
        assert!(ran.out.contains(told), "{format}: {}", ran.out);
    }
}

#[test]
fn settings_that_cannot_be_meant_are_refused_at_their_place() {
    for (toml, told) in [
        (
            "budget-ms = 0\n",
            "line 1, column 1: `budget-ms`: 0 is not allowed: write a number above zero",
        ),
        (
            "[advise]\nseconds = nan\n",
            "line 2, column 1: `advise.seconds`: NaN is not allowed: write a number above zero, up to 3600",
        ),
        (
            "[advise]\nruns = 5\n  storage-weight = -0.1\n",
            "line 3, column 3: `advise.storage-weight`: -0.1 is not allowed: write a number from zero up",
        ),
        (
            "pipeline = { weekly-dollars = inf }\n",
            "line 1, column 14: `pipeline.weekly-dollars`: inf is not allowed",
        ),
    ] {
        let ran = with_settings(toml);
        assert_eq!(ran.code, 2, "{toml}: {}", ran.err);
        assert!(ran.err.contains(told), "{toml}: {}", ran.err);
    }
    let ran = with_settings("[advise]\nstorage-weight = 0\nseconds = 0.5\n");
    assert!(ran.code < 2, "{}", ran.err);
}

#[test]
fn numeric_flags_that_cannot_be_meant_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=4)\n";
    std::fs::write(folder.path().join("p.txt"), plan).expect("a plan");
    std::fs::write(folder.path().join("t.sql"), DDL).expect("DDL");
    let explain = ["explain", "p.txt", "--ddl", "t.sql"];
    let cost = ["pipeline", "cost", "--dpu", "2"];
    let runbook = [
        "pipeline",
        "runbook",
        "t.sql",
        "--at",
        "2026-01-02T03:00:00Z",
    ];
    for (command, flags) in [
        (&explain[..], &["--budget=0"][..]),
        (&explain, &["--budget=nan"]),
        (&explain, &["--budget=-5ms"]),
        (&explain, &["--budget=1e308s"]),
        (&explain, &["--users=0"]),
        (&explain, &["--users=-1"]),
        (&explain, &["--scale=0"]),
        (&explain, &["--scale=nan"]),
        (&explain, &["--scale=t=inf"]),
        (&explain, &["--scale=-2"]),
        (&cost, &["--minutes=0"]),
        (&cost, &["--minutes=nan"]),
        (&cost, &["--minutes=5..inf"]),
        (&cost, &["--gb=0"]),
        (&cost, &["--stored-gb=-1"]),
        (&cost, &["--scale=inf"]),
        (&cost, &["--per-day=nan"]),
        (&cost, &["--runs-per-day=0"]),
        (&runbook, &["--objects=nan", "--copies-per-second=100"]),
        (&runbook, &["--objects=100", "--copies-per-second=0"]),
        (&runbook, &["--rerun-minutes=0"]),
    ] {
        let ran = distkey(folder.path(), &[command, flags].concat());
        assert_eq!(ran.code, 2, "{flags:?}: {}", ran.out);
        let flag = flags
            .last()
            .and_then(|flag| flag.split('=').next())
            .expect("a flag");
        let named = flags
            .iter()
            .any(|flag| ran.err.contains(flag.split('=').next().unwrap_or_default()));
        assert!(named, "{flag}: {}", ran.err);
        assert_eq!(ran.out, "", "{flags:?}");
    }
    for (command, flags) in [
        (&explain[..], &["--budget=0.1ms", "--fail-on=never"][..]),
        (&explain, &["--users=1", "--fail-on=never"]),
        (&cost, &["--minutes=0.1", "--stored-gb=0"]),
    ] {
        let ran = distkey(folder.path(), &[command, flags].concat());
        assert!(ran.code < 2, "{flags:?}: {}", ran.err);
    }
}

/// What statistics contradict is told by every command that reads them, and changes
/// nothing else.
#[test]
fn contradictory_statistics_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("t.sql", "create table t (a int, price float);");
    write("q.sql", "select a from t where a = 1;");
    write(
        "s.json",
        r#"{"rows": {"t": 10, "elsewhere": 5}, "columns": {"t.a": {"distinct": 12, "odd": 1}}}"#,
    );
    let told = [
        "note: s.json: `t.a` has the unknown key `odd`",
        "note: s.json: `t.a` has 12 distinct values in 10 rows; as many as rows are used",
        "note: s.json: `elsewhere` is not in the DDL",
    ];
    for args in [
        &["lint", "t.sql", "--stats", "s.json"][..],
        &[
            "explain", "--ddl", "t.sql", "--query", "q.sql", "--stats", "s.json",
        ],
        &[
            "advise",
            "--ddl",
            "t.sql",
            "--queries",
            "q.sql",
            "--stats",
            "s.json",
        ],
    ] {
        let ran = distkey(folder.path(), args);
        assert!(ran.code < 2, "{args:?}: {}", ran.err);
        for told in told {
            assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
        }
        let ran = distkey(folder.path(), &[args, &["--anonymize"]].concat());
        assert!(
            ran.err.contains("2 notes without --anonymize"),
            "{}",
            ran.err
        );
        assert!(
            !ran.err.contains("`t.a`") && !ran.err.contains("elsewhere"),
            "{}",
            ran.err
        );
    }
    let many: Vec<String> = (0..30).map(|at| format!("\"t.c{at}\": 1")).collect();
    write(
        "s.json",
        &format!(
            "{{\"rows\": {{\"t\": 1}}, \"columns\": {{{}}}}}",
            many.join(",")
        ),
    );
    let ran = distkey(folder.path(), &["lint", "t.sql", "--stats", "s.json"]);
    assert_eq!(ran.err.lines().count(), 22, "{}", ran.err);
    assert!(
        ran.err.contains("note: s.json: 10 notes more"),
        "{}",
        ran.err
    );
}

/// What is asked for and not there is not done, whatever the findings come to.
#[test]
fn what_is_asked_for_and_not_there_fails() {
    let folder = crate::support::folder(&[
        (
            "p.txt",
            "XN Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n",
        ),
        ("l.sql", "copy t from 's3://lake/t/' iam_role default;"),
    ]);
    for (arguments, told) in [
        (
            "explain p.txt --why 9 --fail-on never",
            "no input has a step 9",
        ),
        (
            "pipeline lineage l.sql --from nosuch",
            "nothing is called `nosuch`",
        ),
        (
            "pipeline lineage l.sql --feeds nosuch --format json",
            "nothing is called `nosuch`",
        ),
        (
            "pipeline lineage l.sql --from nosuch --format dot",
            "nothing is called `nosuch`",
        ),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let ran = distkey(folder.path(), &arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    }
    for arguments in ["explain p.txt --why 0", "pipeline lineage l.sql --from t"] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let ran = distkey(folder.path(), &arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    }
    let why = distkey(
        folder.path(),
        &["explain", "p.txt", "--config", "nosuch.toml"],
    )
    .err;
    assert_eq!(why.matches("No such file").count(), 1, "{why}");
}

#[test]
fn columns_of_the_workload_are_names_that_stand_once() {
    for (columns, told) in [
        (
            "[\"\"]",
            "column 12: `workload.columns`: write the name of a column",
        ),
        (
            "[\"a\", \" \"]",
            "column 17: `workload.columns`: write the name of a column",
        ),
        (
            "[\"a\", \"\\\"A\\\"\"]",
            "column 17: `workload.columns`: `a` stands here twice",
        ),
        ("[\"a\", \"b c\", \"B C\"]", "`\"b c\"` stands here twice"),
    ] {
        let ran = with_settings(&format!("[workload]\ncolumns = {columns}\n"));
        assert_eq!(ran.code, 2, "{columns}: {}", ran.err);
        assert!(ran.err.contains(told), "{columns}: {}", ran.err);
    }
    let ran = with_settings("[workload]\ncolumns = [\"a\", \"b\"]\n");
    assert!(ran.code < 2, "{}", ran.err);
}

/// Of a table that merely has such columns nothing is said; who names the workload gets a check of
/// it.
#[test]
fn the_workload_is_checked_where_it_is_named() {
    let ddl = "create table t (id int, category_id int, price int) sortkey (id);";
    let files = [("t.sql", ddl)];
    let named = [
        ("t.sql", ddl),
        (
            "distkey.toml",
            "[workload]\ncolumns = [\"category_id\", \"price\"]\n",
        ),
    ];
    let finding = |arguments: &[&str], files: &[(&str, &str)]| {
        let report = crate::support::run(arguments, files);
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        let findings = report["files"][0]["findings"].as_array().cloned();
        let findings = findings.unwrap_or_default();
        findings.into_iter().find(|f| f["code"] == "DK201")
    };
    let lint = ["lint", "t.sql", "--format", "json"];
    assert_eq!(finding(&lint, &files), None);
    let flag = [&lint[..], &["--workload", "search-by-category"]].concat();
    for found in [finding(&flag, &files), finding(&lint, &named)] {
        let found = found.expect("DK201");
        assert_eq!(found["severity"], "warning");
        assert!(
            found["remedy"]["sql"][0]
                .as_str()
                .is_some_and(|s| s.contains("SORTKEY"))
        );
    }
}
