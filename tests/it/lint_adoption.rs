//! Lint on a legacy base: baselines, settings, and files in the context of others.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{Ran, distkey as run, distkey_with_input, folder};

/// Runs the command so that a hint fails, too.
fn distkey(folder: &Path, args: &[&str]) -> Ran {
    run(folder, &[args, &["--fail-on", "hint"]].concat())
}

/// One finding each, of DK212; the second file has two tables.
const A: &str = "create table a (price float);\n";
const B: &str = "create table b (price float);\ncreate table c (id int, cost real);\n";

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

/// However the folder is spelled, and from wherever the command runs, the known findings are the
/// same ones.
#[test]
fn a_baseline_holds_in_five_spellings() {
    let base = folder(&[
        ("shop/ddl/a.sql", A),
        ("shop/ddl/deep/b.sql", B),
        ("shop/other/x.txt", ""),
    ]);
    let shop = base.path().join("shop");
    let absolute = shop.join("ddl").display().to_string();
    let known = shop.join("known.json").display().to_string();
    let spellings: [(&str, Vec<&str>, &str); 7] = [
        ("shop", vec![], "known.json"),
        ("shop", vec!["."], "./known.json"),
        ("shop", vec!["ddl"], "known.json"),
        ("shop", vec!["./ddl/"], known.as_str()),
        ("shop", vec![&absolute], "known.json"),
        (
            "shop/ddl/deep",
            vec!["b.sql", "../a.sql"],
            "../../known.json",
        ),
        ("shop/other", vec!["../ddl/deep/.."], "../known.json"),
    ];
    let mut written = BTreeSet::new();
    for (from, paths, baseline) in &spellings {
        let lint = |more: &[&str]| {
            let args = [&["lint", "--select", "DK212"], paths.as_slice(), more].concat();
            distkey(&base.path().join(from), &args)
        };
        let ran = lint(&["--baseline", baseline, "--write-baseline"]);
        assert_eq!(ran.code, 0, "{from} {paths:?}: {}", ran.err);
        written.insert(read(&shop, "known.json"));
    }
    assert_eq!(written.len(), 1, "{written:#?}");
    for (from, paths, baseline) in &spellings {
        let args = [&["lint", "--select", "DK212"], paths.as_slice()].concat();
        let ran = distkey(&base.path().join(from), &args);
        assert_eq!(ran.code, 1, "{from} {paths:?}: {}", ran.err);
        let args = [args.as_slice(), &["--baseline", baseline]].concat();
        let ran = distkey(&base.path().join(from), &args);
        assert_eq!(ran.code, 0, "{from} {paths:?}: {}", ran.out);
        assert_eq!(ran.err, "", "{from} {paths:?}");
    }
    insta::assert_snapshot!(read(&shop, "known.json"), @r#"
    {
      "findings": {
        "ddl/a.sql": {
          "DK212": [
            "a"
          ]
        },
        "ddl/deep/b.sql": {
          "DK212": [
            "b",
            "c"
          ]
        }
      }
    }
    "#);
}

#[test]
fn a_new_table_above_an_old_one_is_reported_as_itself() {
    let there = folder(&[("a.sql", A)]);
    let lint = |more: &[&str]| {
        let args = [
            &["lint", "a.sql", "--select", "DK212", "--baseline", "k.json"],
            more,
        ]
        .concat();
        distkey(there.path(), &args)
    };
    assert_eq!(lint(&["--write-baseline"]).code, 0);
    let new = "create table added (cost float);\n";
    std::fs::write(there.path().join("a.sql"), format!("{new}\n{A}")).expect("a file");
    let ran = lint(&["--format", "concise", "-q"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.out.starts_with("a.sql:1:"), "{}", ran.out);
    // Of what is not a table, the statement is what it is about: not its layout, nor its place.
    let copy = "copy a from 's3://shop/a' access_key_id 'AKIAIOSFODNN7EXAMPLE' secret_access_key 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';\n";
    let other = copy.replace("/a'", "/b'");
    let write = |text: &str| std::fs::write(there.path().join("a.sql"), text).expect("a file");
    let lint = |more: &[&str]| {
        let args = [
            &[
                "lint",
                "a.sql",
                "--select",
                "DK228",
                "--baseline",
                "c.json",
                "-q",
            ],
            more,
        ];
        distkey(there.path(), &args.concat())
    };
    write(copy);
    assert_eq!(lint(&["--write-baseline"]).code, 0);
    write(&format!(
        "-- moved\n\n{}",
        copy.replace(" from", "\n  FROM")
    ));
    assert_eq!(lint(&[]).code, 0, "{}", lint(&[]).out);
    write(&format!("{other}{copy}"));
    let ran = lint(&["--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.out);
    assert!(ran.out.starts_with("a.sql:1:"), "{}", ran.out);
    // Twice the same is once more than is known.
    write(&format!("{copy}{copy}"));
    let ran = lint(&["--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{}", ran.out);
}

#[test]
fn what_is_not_linted_is_neither_gone_nor_forgotten() {
    let there = folder(&[("ddl/a.sql", A), ("ddl/deep/b.sql", B)]);
    let lint = |args: &[&str]| {
        let args = [&["lint"], args, &["--baseline", "known.json"]].concat();
        distkey(there.path(), &args)
    };
    let select = ["--select", "DK212,DK220"];
    let all = [&["ddl"], &select[..], &["--write-baseline"]].concat();
    assert_eq!(lint(&all).code, 0);
    let whole = read(there.path(), "known.json");
    // A part of the files.
    let part = [&["ddl/a.sql"], &select[..]].concat();
    let ran = lint(&part);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let ran = lint(&[&part[..], &["--write-baseline"]].concat());
    let told = "known.json: kept the entries of 1 file not linted this time\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, told));
    assert_eq!(read(there.path(), "known.json"), whole);
    // A part of the rules.
    let ran = lint(&["ddl", "--select", "DK220", "--write-baseline"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(read(there.path(), "known.json"), whole);
    let ran = lint(&["ddl", "--select", "DK220"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    // What was mended is gone; of a file that is gone nothing is said.
    std::fs::write(
        there.path().join("ddl/a.sql"),
        "create table a (price int);\n",
    )
    .expect("it");
    let ran = lint(&[&["ddl"], &select[..]].concat());
    assert!(
        ran.err.contains("1 baseline entry is no longer found"),
        "{}",
        ran.err
    );
    std::fs::remove_file(there.path().join("ddl/deep/b.sql")).expect("it goes");
    assert_eq!(lint(&all).code, 0);
    assert_eq!(
        read(there.path(), "known.json"),
        "{\n  \"findings\": {}\n}\n"
    );
}

/// Tables that refer to each other over the files of a folder.
const SHOP: [(&str, &str); 4] = [
    (
        "ddl/01_customers.sql",
        "create table customers (id bigint primary key, name varchar(40)) distkey(id);\n",
    ),
    (
        "ddl/02_orders.sql",
        "create table orders (id bigint primary key, customer_id varchar(20) references customers (id), \
         price float) distkey(id);\n",
    ),
    (
        "ddl/03_lines.sql",
        "create table lines (order_id varchar(20) references orders (id), customer_id bigint references \
         customers (id), cost real) distkey(order_id);\n",
    ),
    (
        "ddl/10_later.sql",
        "alter table customers add column age int, add column town varchar(20);\n",
    ),
];

/// The lines of concise reports.
fn findings(folder: &Path, args: &[&str]) -> BTreeSet<String> {
    let args = [args, &["--format", "concise", "-q"]].concat();
    let ran = distkey(folder, &args);
    assert!(ran.code < 2, "{args:?}: {}", ran.err);
    ran.out.lines().map(str::to_owned).collect()
}

/// The hook gets the files that changed; each is told what it is told among the others.
#[test]
fn the_hook_finds_file_by_file_what_the_folder_gives() {
    let hooks = include_str!("../../.pre-commit-hooks.yaml");
    let entry = hooks
        .lines()
        .find_map(|line| line.trim().strip_prefix("entry: distkey "))
        .expect("an entry");
    let entry: Vec<&str> = entry.split(' ').collect();
    let there = folder(&SHOP);
    let whole = findings(there.path(), &["lint", "ddl"]);
    let between_files = |all: &BTreeSet<String>| {
        let codes = ["DK205"];
        let found = all
            .iter()
            .filter(|one| codes.iter().any(|code| one.contains(code)));
        found.count()
    };
    assert!(between_files(&whole) == 2, "{whole:#?}");
    let mut together = BTreeSet::new();
    let mut alone = BTreeSet::new();
    for (file, _) in SHOP {
        let found = findings(there.path(), &[&entry[..], &[file]].concat());
        assert!(found.iter().all(|one| one.starts_with(file)), "{found:#?}");
        together.extend(found);
        alone.extend(findings(there.path(), &["lint", file]));
    }
    assert_eq!(together, whole);
    // It is the context that finds them.
    assert!(between_files(&alone) < between_files(&whole), "{alone:#?}");
}

#[test]
fn files_in_context_are_read_in_their_order_and_left_alone() {
    let there = folder(&SHOP);
    let run = |args: &[&str]| distkey(there.path(), args);
    // What is named stands where it stands in the folder, not before it.
    let ran = run(&[
        "lint",
        "ddl/10_later.sql",
        "--ddl",
        "ddl",
        "--format",
        "json",
    ]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let files = document["files"].as_array().expect("files");
    assert_eq!(files.len(), 1, "{document}");
    assert_eq!(files[0]["path"], "ddl/10_later.sql");
    assert_eq!(document["accounting"]["statements"], 1);
    // Fixes are of what is named.
    let before = read(there.path(), "ddl/02_orders.sql");
    let ran = run(&[
        "lint",
        "--fix",
        "--unsafe-fixes",
        "ddl/10_later.sql",
        "--ddl",
        "ddl",
    ]);
    assert!(ran.code < 2, "{}", ran.err);
    assert!(ran.err.contains("fixed 1 finding in 1 file"), "{}", ran.err);
    assert_eq!(read(there.path(), "ddl/02_orders.sql"), before);
    // A file elsewhere comes after the context.
    std::fs::write(
        there.path().join("new.sql"),
        "create table n (c varchar(9) references customers (id));\n",
    )
    .expect("a file");
    let found = findings(
        there.path(),
        &["lint", "new.sql", "--ddl", "ddl", "--select", "DK205"],
    );
    assert_eq!(found.len(), 1, "{found:?}");
    let ran = run(&["lint", "new.sql", "--ddl", "nowhere"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("nowhere: cannot read it"), "{}", ran.err);
}

#[test]
fn standard_input_stands_in_for_the_file_it_is_called_by() {
    let there = folder(&SHOP);
    let text = "create table orders (id bigint primary key, customer_id bigint references customers (id)) distkey(customer_id);\n";
    let args = [
        "lint",
        "-",
        "--stdin-filename",
        "ddl/02_orders.sql",
        "--ddl",
        ".",
        "--select",
        "DK205",
        "--format",
        "concise",
    ];
    let ran = distkey_with_input(there.path(), &args, text);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = distkey_with_input(
        there.path(),
        &args,
        &text.replace("customer_id bigint", "customer_id varchar(9)"),
    );
    assert!(ran.out.starts_with("ddl/02_orders.sql:1:"), "{}", ran.out);
    let ran = distkey(there.path(), &["lint", "ddl", "--stdin-filename", "a.sql"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("write `-` as a path, too"), "{}", ran.err);
}

#[test]
fn settings_say_what_is_linted() {
    let there = folder(&[
        ("project/ddl/a.sql", A),
        ("project/ddl/old/b.sql", B),
        (
            "project/ddl/gen/x_gen.sql",
            "create table x (price float);\n",
        ),
        ("project/notes/c.sql", "create table notes (price float);\n"),
        (
            "project/distkey.toml",
            "[rules]\nselect = [\"DK212\"]\n[lint]\npaths = [\"ddl\"]\nexclude = [\"ddl/old\", \"*_gen.sql\"]\n",
        ),
    ]);
    let project = there.path().join("project");
    let paths = |from: &Path, args: &[&str]| -> Vec<String> {
        let found = findings(from, &[&["lint"], args].concat());
        found
            .iter()
            .map(|one| one.split(':').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(paths(&project, &[]), ["ddl/a.sql"]);
    // The arguments replace the paths, not what is excluded.
    assert_eq!(paths(&project, &["."]), ["./ddl/a.sql", "./notes/c.sql"]);
    assert_eq!(paths(&project, &["notes"]), ["notes/c.sql"]);
    assert_eq!(paths(&project.join("ddl"), &["."]), ["./a.sql"]);
    // A hook names every file.
    let ran = distkey(&project, &["lint", "ddl/old/b.sql", "./ddl/gen/x_gen.sql"]);
    assert_eq!(
        (ran.code, ran.out.lines().count()),
        (0, 2),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(
        ran.err.contains("note: the settings exclude all of"),
        "{}",
        ran.err
    );
    // Excluded files are no context either.
    let ran = distkey(
        &project,
        &["lint", "notes/c.sql", "--ddl", ".", "--format", "json"],
    );
    assert!(ran.out.contains("\"statements\": 1"), "{}", ran.out);
}

#[test]
fn settings_leave_rules_out_by_file_and_name_the_baseline() {
    let toml = "[lint]\nbaseline = \"known.json\"\n[lint.per-file-ignores]\n\"old/*\" = [\"DK2\"]\n\"a.sql\" = [\"money-in-float\"]\n";
    let there = folder(&[
        ("a.sql", A),
        ("old/b.sql", B),
        (
            "new/b.sql",
            "create table n (price float); -- distkey: ignore DK212\n",
        ),
        ("known.json", "{\"findings\": {}}"),
        ("distkey.toml", toml),
    ]);
    let run = |args: &[&str]| distkey(there.path(), args);
    let ran = run(&["lint", "--select", "DK212"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    // A comment for a rule that does not run has nothing to silence.
    std::fs::write(
        there.path().join("a.sql"),
        "create table a (price float); -- distkey: ignore DK212\n",
    )
    .expect("a file");
    let ran = run(&["lint", "a.sql", "--select", "DK212"]);
    assert!(!ran.out.contains("unused"), "{}", ran.out);
    // The flag replaces the setting.
    std::fs::write(
        there.path().join("c.sql"),
        "create table c (price float);\n",
    )
    .expect("a file");
    assert_eq!(run(&["lint", "c.sql"]).code, 1);
    assert_eq!(run(&["lint", "c.sql", "--write-baseline"]).code, 0);
    assert_eq!(run(&["lint", "c.sql"]).code, 0);
    std::fs::write(there.path().join("none.json"), "{\"findings\": {}}").expect("a file");
    assert_eq!(run(&["lint", "c.sql", "--baseline", "none.json"]).code, 1);
    let elsewhere = folder(&[("a.sql", A)]);
    let ran = distkey(elsewhere.path(), &["lint", "a.sql", "--write-baseline"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`--baseline FILE` or `lint.baseline`"),
        "{}",
        ran.err
    );
}

/// What the command line says stands; it is not added to the settings.
#[test]
fn flags_replace_settings() {
    let there = folder(&[
        ("a.sql", A),
        (
            "distkey.toml",
            "[rules]\nselect = [\"DK220\"]\nignore = [\"DK212\"]\n",
        ),
    ]);
    let codes = |args: &[&str]| {
        let found = findings(there.path(), &[&["lint", "a.sql"], args].concat());
        found.iter().filter(|one| one.contains("DK212")).count()
    };
    assert_eq!(codes(&[]), 0);
    assert_eq!(codes(&["--select", "DK212"]), 0);
    assert_eq!(codes(&["--ignore", "DK201"]), 0);
    assert_eq!(codes(&["--select", "DK212", "--ignore", "DK201"]), 1);
}

#[test]
fn settings_stand_in_pyproject_and_extend_others() {
    let there = folder(&[
        (
            "base/house.toml",
            "[rules]\nselect = [\"DK212\", \"DK220\"]\n[rules.severity]\nDK212 = \"error\"\n[lint]\nexclude = [\"gone.sql\"]\n",
        ),
        ("base/gone.sql", B),
        ("base/py/a.sql", A),
        ("base/py/gone.sql", B),
        (
            "base/py/pyproject.toml",
            "[project]\nname = \"shop\"\n[tool.other]\nx = 1\n[tool.distkey.rules]\nselect = [\"DK212\"]\n[tool.distkey.lint]\nextend = \"../house.toml\"\n",
        ),
        (
            "plain/pyproject.toml",
            "[project]\nname = \"shop\"\ndescription = \"distkey\"\n",
        ),
        ("plain/a.sql", A),
        (
            "wrong/pyproject.toml",
            "[tool.distkey]\n[tool.distkey.lint]\nexlude = []\n",
        ),
        ("wrong/a.sql", A),
        (
            "word/pyproject.toml",
            "[tool.distkey.lint.per-file-ignores]\n\"a.sql\" = [\"DK2\", \"DK999\"]\n",
        ),
        ("word/a.sql", A),
        ("circle/distkey.toml", "[lint]\nextend = \"b.toml\"\n"),
        ("circle/b.toml", "[lint]\nextend = \"distkey.toml\"\n"),
        ("circle/a.sql", A),
        (
            "glob/distkey.toml",
            "[lint]\nexclude = [\"a/**\", \"{x\"]\n",
        ),
        ("glob/a.sql", A),
    ]);
    let run = |at: &str| distkey(&there.path().join(at), &["lint", "--format", "concise"]);
    let ran = run("base/py");
    // The severity and what is excluded are those of the file that is extended.
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("a.sql:1:17: error DK212"), "{}", ran.out);
    assert!(
        !ran.out.contains("gone.sql") && !ran.out.contains("DK220"),
        "{}",
        ran.out
    );
    assert_eq!(run("plain").code, 1);
    for (at, told) in [
        ("wrong", "unknown field `exlude`"),
        (
            "word",
            "line 2, column 19: `tool.distkey.lint.per-file-ignores.a.sql`: no rule is called `DK999`; the nearest is",
        ),
        ("circle", "extends itself"),
        (
            "glob",
            "line 2, column 20: `lint.exclude`: `{x` is no pattern of .gitignore: ",
        ),
    ] {
        let ran = run(at);
        assert_eq!(ran.code, 2, "{at}: {}", ran.out);
        assert!(ran.err.contains(told), "{at}: {}", ran.err);
    }
}

/// A comment that was meant to silence and does not is wrong usage; one that speaks of the table is
/// none of ours.
#[test]
fn comments_that_are_not_understood_end_with_2() {
    for (comment, told) in [
        (
            "-- distkey: ignore DK999",
            "no rule is called `DK999`; the nearest is",
        ),
        ("-- distkey: ignore", "this comment names no rule"),
        ("/* distkey: ignore */", "this comment names no rule"),
        (
            "-- distkey: ignroe DK212",
            "`ignroe` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey: noqa DK212",
            "`noqa` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey: DK212",
            "`DK212` is neither `ignore` nor `ignore-file`",
        ),
        (
            "-- distkey ignore DK212",
            "a colon is missing after `distkey`",
        ),
        (
            "--distkey:ignore money-in-floats",
            "the nearest is DK212 `money-in-float`",
        ),
    ] {
        let there = folder(&[(
            "a.sql",
            &format!("create table a (price float); {comment}\n"),
        )]);
        for format in ["text", "concise", "json", "github", "sarif", "junit"] {
            let ran = distkey(
                there.path(),
                &["lint", "a.sql", "--select", "DK212", "--format", format],
            );
            assert_eq!(ran.code, 2, "{comment}: {}", ran.out);
            let plain = ran.out.replace("&apos;", "'").replace("&quot;", "\"");
            assert!(plain.contains(told), "{comment} {format}: {}", ran.out);
        }
    }
    for comment in [
        "-- DISTKEY: customer_id, as in orders",
        "-- distkey: to be decided",
        "-- the distkey: ignore it",
        "/* distkey (id) */",
    ] {
        let there = folder(&[("a.sql", &format!("create table a (price int); {comment}\n"))]);
        let ran = distkey(there.path(), &["lint", "a.sql", "--select", "DK212"]);
        assert_eq!(
            (ran.code, ran.out.lines().count()),
            (0, 2),
            "{comment}: {}",
            ran.out
        );
    }
}

#[test]
fn a_comment_silences_in_either_form() {
    for text in [
        "create table a (price float); /* distkey: ignore DK212: as the source has it */\n",
        "create table a (price float); -- distkey:ignore dk212\n",
        "create table a (price float); --  DistKey : ignore money-in-float, DK203\n",
        "/* distkey: ignore-file DK212 */\n\n\ncreate table a (price float);\n",
        "/* distkey: ignore DK212 */ create table a (price float);\n",
    ] {
        let there = folder(&[("a.sql", text)]);
        let ran = distkey(there.path(), &["lint", "a.sql", "--select", "DK212"]);
        assert_eq!(ran.code, 0, "{text}{}", ran.out);
        assert!(
            ran.out.contains("1 finding silenced by comments"),
            "{text}{}",
            ran.out
        );
    }
}

#[test]
fn reports_go_where_they_are_wanted() {
    let there = folder(&[("a.sql", A)]);
    let run = |args: &[&str]| {
        let args = [&["lint", "a.sql", "--select", "DK212"], args].concat();
        distkey(there.path(), &args)
    };
    let ran = run(&["-o", "out.txt", "--color", "always"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let plain = run(&[]).out;
    assert_eq!(read(there.path(), "out.txt"), plain);
    let ran = run(&["-o", "a.sql"]);
    assert_eq!(ran.code, 2);
    assert_eq!(read(there.path(), "a.sql"), A);
    assert_eq!(run(&["--exit-zero"]).code, 0);
    let missing = distkey(there.path(), &["lint", "none.sql", "--exit-zero"]);
    assert_eq!(missing.code, 2);
    insta::assert_snapshot!(run(&["--statistics"]).out, @"  hint     DK212 money-in-float                   1");
    insta::assert_snapshot!(run(&["--format", "concise"]).out);
    insta::assert_snapshot!(run(&["--format", "markdown"]).out);
    insta::assert_snapshot!(run(&["--format", "markdown", "--statistics"]).out);
    let quiet = run(&["-q"]).out;
    assert!(
        plain.starts_with(&quiet) && !quiet.contains("1 statement"),
        "{quiet}"
    );
}

/// GitHub shows ten annotations of a kind; the others are in the summary of the job.
#[test]
fn github_gets_ten_of_a_kind_and_a_summary() {
    for (tables, shown) in [(10, 10), (11, 10), (25, 10)] {
        let text: String = (0..tables)
            .map(|n| format!("create table t{n} (price float);\n"))
            .collect();
        let there = folder(&[("a.sql", &text)]);
        let summary = there.path().join("summary.md");
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(["lint", "a.sql", "--select", "DK212", "--format", "github"])
            .env("GITHUB_STEP_SUMMARY", &summary)
            .current_dir(there.path())
            .output()
            .expect("it runs");
        let out = String::from_utf8(output.stdout).expect("text");
        assert_eq!(out.matches("::notice ").count(), shown, "{out}");
        let more = format!("{} notices more: GitHub shows 10 of a kind", tables - shown);
        assert_eq!(
            out.contains(&more.replace("1 notices", "1 notice")),
            tables > shown,
            "{out}"
        );
        let summary = std::fs::read_to_string(summary).expect("a summary");
        assert_eq!(summary.matches("`a.sql:").count(), tables, "{summary}");
        assert!(
            summary.contains(&format!("| hint | DK212 | money-in-float | {tables} |")),
            "{summary}"
        );
    }
}

/// What code scanning follows a finding by does not hang on its line or on how the path is written.
#[test]
fn sarif_has_fingerprints_fixes_and_relative_paths() {
    let text = "create table a (id bigint encode lzo, b varchar(10) encode raw);\n";
    let there = folder(&[("ddl/a b.sql", text), ("ddl/c.sql", text)]);
    let sarif = |path: &str| -> serde_json::Value {
        let ran = distkey(
            there.path(),
            &["lint", path, "--select", "DK215", "--format", "sarif"],
        );
        let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        document["runs"][0]["results"].clone()
    };
    let results = sarif("ddl");
    let absolute = there.path().join("ddl").display().to_string();
    let uris = |results: &serde_json::Value| -> Vec<String> {
        let results = results.as_array().expect("results").iter();
        let of = results.map(|one| &one["locations"][0]["physicalLocation"]["artifactLocation"]);
        of.map(|it| format!("{} {}", it["uriBaseId"], it["uri"]))
            .collect()
    };
    let relative = [
        "\"%SRCROOT%\" \"ddl/a%20b.sql\"",
        "\"%SRCROOT%\" \"ddl/c.sql\"",
    ];
    assert_eq!(uris(&results), relative);
    assert_eq!(uris(&sarif(&absolute)), relative);
    assert_eq!(uris(&sarif("./ddl/../ddl")), relative);
    let print = |results: &serde_json::Value, at: usize| {
        results[at]["partialFingerprints"]["distkey/v1"]
            .as_str()
            .expect("one")
            .to_owned()
    };
    assert_ne!(print(&results, 0), print(&results, 1));
    let fix = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "encode az64");
    assert_eq!(fix["deletedRegion"]["startColumn"], 27, "{fix}");
    assert_eq!(fix["deletedRegion"]["endColumn"], 37, "{fix}");
    std::fs::write(
        there.path().join("ddl/a b.sql"),
        format!("-- moved\n\n{text}"),
    )
    .expect("a file");
    let moved = sarif("ddl");
    assert_eq!(print(&moved, 0), print(&results, 0));
    assert_eq!(
        moved[0]["locations"][0]["physicalLocation"]["region"]["startLine"],
        3
    );
}

/// The hook as people get it: built by pre-commit from this repository.
#[cfg(unix)]
#[test]
#[ignore = "needs pre-commit and builds a release: .ci/long runs it"]
fn pre_commit_runs_the_hook() {
    let there = folder(&SHOP);
    let run = |program: &str, args: &[&str]| {
        let output = std::process::Command::new(program)
            .args(args)
            .current_dir(there.path())
            .env("NO_COLOR", "1")
            .output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    for args in [&["init", "-q"][..], &["add", "."]] {
        assert_eq!(run("git", args).0, Some(0));
    }
    let repository = env!("CARGO_MANIFEST_DIR");
    let file = "ddl/02_orders.sql";
    let hook = ["try-repo", repository, "distkey-lint", "--files", file];
    let (code, text) = run("pre-commit", &hook);
    assert_eq!(code, Some(1), "{text}");
    // The finding takes the table of another file.
    assert!(text.contains("DK205"), "{text}");
    assert!(!text.contains("03_lines.sql"), "{text}");
}
