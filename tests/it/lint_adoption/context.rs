//! Some files in the context of others: the hook, `--ddl`, standard input.

use std::collections::BTreeSet;

use super::{distkey, findings, read};
use crate::support::{distkey_with_input, folder};

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

/// The hook gets the files that changed; each is told what it is told among the others.
#[test]
fn the_hook_finds_file_by_file_what_the_folder_gives() {
    let hooks = include_str!("../../../hooks/pre-commit/.pre-commit-hooks.yaml");
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
