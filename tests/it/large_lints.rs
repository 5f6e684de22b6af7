//! Lint takes time in proportion to what it reads: nothing is looked up by going through all of it
//! again. Time is that of the processor, so that a busy machine changes little.
#![cfg(unix)]

use std::process::Command;

use super::support::folder;

/// Seconds of the processor that a lint of a text takes.
fn seconds(text: &str) -> f64 {
    let folder = folder(&[("t.sql", text)]);
    let ran = Command::new("sh")
        .args(["-c", "\"$0\" lint t.sql > out.txt 2>&1; times"])
        .arg(assert_cmd::cargo::cargo_bin!("distkey"))
        .env("RAYON_NUM_THREADS", "1")
        .current_dir(folder.path())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let of_children = said.lines().nth(1).expect("what `times` says");
    let one = |word: &str| {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m')?;
        let minutes: f64 = minutes.parse().ok()?;
        let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
        Some(60.0 * minutes + seconds)
    };
    let all: Option<f64> = of_children.split_whitespace().map(one).sum();
    let out = std::fs::read_to_string(folder.path().join("out.txt")).expect("a report");
    assert!(out.contains("checked"), "{out}");
    all.unwrap_or_else(|| panic!("{said}"))
}

/// A text of so many parts.
type Text<'a> = &'a dyn Fn(usize) -> String;

/// How many times as long five times as much takes.
fn growth(text: Text<'_>, count: usize) -> f64 {
    seconds(&text(5 * count)) / seconds(&text(count)).max(0.02)
}

/// Statements of a number, one line each.
fn lines(line: &'static str) -> impl Fn(usize) -> String {
    move |count| {
        let one = |number: usize| line.replace("{n}", &number.to_string());
        (0..count).map(one).collect()
    }
}

#[test]
fn five_times_as_much_takes_no_more_than_eight_times_as_long() {
    let alternatives = |count: usize| {
        let parts = (0..count).map(|n| format!("b = 'the value of {n:020}'"));
        let parts: Vec<String> = parts.collect();
        let table = "create table t (a int, b varchar(40));\n";
        format!(
            "{table}create view v as select * from t where {};\n",
            parts.join(" or ")
        )
    };
    let deletes = lines("delete from t{n};\n");
    let renames = lines("create table a{n} (a int);\nalter table a{n} rename to b{n};\n");
    let procedures = lines(
        "create or replace procedure p{n}() as $$ begin delete from t{n}; truncate u; \
         select a into v from t where b = {n}; end; $$ language plpgsql;\n",
    );
    let kinds: [(&str, Text<'_>, usize); 4] = [
        ("alternatives of one view", &alternatives, 4_000),
        ("changes of tables that nothing fills", &deletes, 4_000),
        ("renamed tables", &renames, 2_500),
        ("procedures", &procedures, 2_500),
    ];
    for (kind, text, count) in kinds {
        let growth = growth(text, count);
        assert!(growth < 8.0, "{kind}: {growth:.1} times as long");
    }
}
