//! Findings: those of lint, as files change, in the editor and on the disk.

use super::*;

/// What `distkey lint` says of a folder: codes with lines, by path.
fn linted(folder: &Path) -> BTreeMap<String, Vec<(String, u64)>> {
    let done = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["lint", ".", "--format", "json"])
        .current_dir(folder)
        .output()
        .expect("it runs");
    let document: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let mut all = BTreeMap::new();
    for file in document["files"].as_array().expect("files") {
        let path = file["path"]
            .as_str()
            .expect("a path")
            .trim_start_matches("./");
        let errors = file["syntax_errors"].as_array().expect("errors").iter();
        let mut codes: Vec<(String, u64)> = errors
            .map(|error| {
                (
                    "syntax-error".to_owned(),
                    error["line"].as_u64().expect("a line"),
                )
            })
            .collect();
        for finding in file["findings"].as_array().expect("findings") {
            let code = finding["code"].as_str().expect("a code").to_owned();
            codes.push((code, finding["location"]["line"].as_u64().expect("a line")));
        }
        all.insert(path.to_owned(), codes);
    }
    all
}

#[test]
fn findings_are_those_of_lint() {
    let samples = [
        "sample_ddl/catalog_normalized.sql",
        "sample_ddl/every_family.sql",
    ];
    let read = |path: &str| std::fs::read_to_string(path).expect("a sample");
    let texts: Vec<String> = samples.iter().map(|path| read(path)).collect();
    let mut files: Vec<(&str, &str)> = samples
        .iter()
        .copied()
        .zip(texts.iter().map(String::as_str))
        .collect();
    files.extend(SHOP);
    files.push((
        "half.sql",
        "CREATE TABLE t (a INT,;\n\n-- distkey: ignore DK999: no\nSELECT 1;\n",
    ));
    let folder = folder(&files);
    let mut editor = editor(folder.path(), &[]);
    let expected = linted(folder.path());
    for (path, text) in &files {
        let uri = address(&folder.path().join(path));
        editor.open(&uri, "sql", text);
        let mut found = editor.codes(&uri);
        found.retain(|(code, _)| !matches!(code.as_str(), "unknown-rule" | "unused-ignore"));
        assert_eq!(found, expected[*path], "{path}");
    }
    assert!(
        expected.values().map(Vec::len).sum::<usize>() > 10,
        "{expected:?}"
    );
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_change_is_seen_in_other_files_too() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let customers = address(&folder.path().join(SHOP[0].0));
    let orders = address(&folder.path().join(SHOP[1].0));
    editor.open(&orders, "sql", SHOP[1].1);
    let before = editor.codes(&orders);
    assert!(
        !before.iter().any(|(code, _)| code == "DK205"),
        "{before:?}"
    );
    editor.open(&customers, "sql", SHOP[0].1);
    // `BIGINT` becomes `VARCHAR(20)`, by its place.
    let range = json!({"start": {"line": 1, "character": 5}, "end": {"line": 1, "character": 11}});
    editor.change(&customers, json!([{"range": range, "text": "VARCHAR(20)"}]));
    editor.diagnostics(&customers);
    let begun = Instant::now();
    while !editor
        .codes(&orders)
        .iter()
        .any(|(code, _)| code == "DK205")
    {
        assert!(begun.elapsed() < Duration::from_secs(20));
        editor.receive();
    }
    // Closed unsaved, it is again as on the disk.
    editor.tell(
        "textDocument/didClose",
        json!({"textDocument": {"uri": customers}}),
    );
    while editor.codes(&orders) != before {
        assert!(begun.elapsed() < Duration::from_secs(20));
        editor.receive();
    }
    assert_eq!(editor.published[&customers]["diagnostics"], json!([]));
}

#[test]
fn files_that_change_on_the_disk_are_read_again() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let orders = address(&folder.path().join(SHOP[1].0));
    editor.open(&orders, "sql", SHOP[1].1);
    let before = editor.codes(&orders);
    let customers = folder.path().join(SHOP[0].0);
    let told = |uri: &str, kind: u8| json!({"changes": [{"uri": uri, "type": kind}]});
    std::fs::write(&customers, SHOP[0].1.replace("BIGINT", "VARCHAR(20)")).expect("a file");
    editor.tell(
        "workspace/didChangeWatchedFiles",
        told(&address(&customers), 2),
    );
    while !editor
        .codes(&orders)
        .iter()
        .any(|(code, _)| code == "DK205")
    {
        editor.receive();
    }
    // Settings too.
    let settings = folder.path().join("distkey.toml");
    std::fs::write(&customers, SHOP[0].1).expect("a file");
    std::fs::write(&settings, "[rules]\nignore = [\"DK2\"]\n").expect("a file");
    editor.tell(
        "workspace/didChangeWatchedFiles",
        told(&address(&settings), 1),
    );
    while !editor.codes(&orders).is_empty() {
        editor.receive();
    }
    assert!(!before.is_empty());
}

#[test]
fn what_the_settings_leave_out_or_know_is_not_said() {
    let mut files = SHOP.to_vec();
    files.push((
        "distkey.toml",
        "[lint]\npaths = [\"ddl\"]\nexclude = [\"ddl/old.sql\"]\nbaseline = \"known.json\"\n",
    ));
    files.push(("ddl/old.sql", "CREATE TABLE old (price FLOAT);\n"));
    let folder = folder(&files);
    let known = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["lint", "--write-baseline"])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert!(folder.path().join("known.json").exists(), "{known:?}");
    // Paths of the settings are relative here.
    let silent = silent_in(folder.path(), &[]);
    let mut editor = greeted(silent, folder.path());
    let old = address(&folder.path().join("ddl/old.sql"));
    editor.open(&old, "sql", "CREATE TABLE old (price FLOAT);\n");
    assert_eq!(editor.codes(&old), []);
    let orders = address(&folder.path().join(SHOP[1].0));
    editor.open(&orders, "sql", SHOP[1].1);
    assert_eq!(editor.codes(&orders), []);
    let more = format!("{}CREATE TABLE more (price FLOAT);\n", SHOP[1].1);
    editor.change(&orders, json!([{"text": more}]));
    assert!(editor.codes(&orders).iter().all(|(_, line)| *line == 7));
    assert!(!editor.codes(&orders).is_empty());
    let found = editor.at_mark("definition", "untitled:q", "SELECT 1 FROM cust‸omers");
    assert!(
        found["uri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with("file:///")),
        "{found}"
    );
}

/// Almost three megabytes: nothing is asked that is not answered soon, and what is typed last is seen.
#[test]
fn a_huge_file_keeps_nothing_waiting() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let table = |n| {
        format!(
            "CREATE TABLE big_{n} (id BIGINT, price FLOAT, note VARCHAR(100) /* of some length */);\n"
        )
    };
    let huge: String = (0..30_000).map(table).collect();
    editor.open("untitled:huge", "sql", &huge);
    let orders = address(&folder.path().join(SHOP[1].0));
    editor.open(&orders, "sql", SHOP[1].1);
    let begun = Instant::now();
    assert!(!editor.codes(&orders).is_empty());
    editor.at("hover", &orders, 0, 15);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    editor.change(
        "untitled:huge",
        json!([{"text": format!("CREATE TABLE x (a INT,;\n{huge}")}]),
    );
    let found = editor.codes("untitled:huge");
    assert_eq!(found.first(), Some(&("syntax-error".to_owned(), 1)));
    assert_eq!(found.len(), 1_000);
}

const PLAN: &str = "XN Hash Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=40)\n  \
    Hash Cond: (\"outer\".buyer_id = \"inner\".buyer_id)\n  \
    ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)\n  \
    ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)\n        \
    ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)\n";

#[test]
fn a_pasted_plan_is_explained_where_it_stands() {
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    for (uri, language) in [("untitled:a", "plaintext"), ("untitled:b", "sql")] {
        editor.open(uri, language, PLAN);
        let found = editor.codes(uri);
        assert_eq!(found.first(), Some(&("verdict".to_owned(), 1)), "{found:?}");
        assert!(found.contains(&("DK101".to_owned(), 1)), "{found:?}");
    }
    // A text that is neither says nothing.
    editor.open("untitled:c", "markdown", "# DROP TABLE\n(cost=1)\n");
    assert_eq!(editor.codes("untitled:c"), []);
}
