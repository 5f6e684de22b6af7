//! Findings in an editor, over standard input and output of the program.
#![cfg(feature = "lsp")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// `distkey lsp`, ended with the test.
struct Editor {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
    versions: BTreeMap<String, i64>,
    /// What was published last, by address.
    published: BTreeMap<String, Value>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length: ") {
            Some(number) => length = number.parse().ok(),
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

fn silent(arguments: &[&str]) -> Editor {
    silent_in(Path::new("."), arguments)
}

fn silent_in(here: &Path, arguments: &[&str]) -> Editor {
    let mut process = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .arg("lsp")
        .args(arguments)
        .current_dir(here)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts");
    let output = process.stdout.take().expect("its output");
    let (send, messages) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        while let Some(message) = message(&mut output) {
            if send.send(message).is_err() {
                break;
            }
        }
    });
    Editor {
        input: process.stdin.take(),
        process,
        messages,
        next: 0,
        versions: BTreeMap::new(),
        published: BTreeMap::new(),
    }
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn editor(folder: &Path, arguments: &[&str]) -> Editor {
    greeted(silent(arguments), folder)
}

fn greeted(mut editor: Editor, folder: &Path) -> Editor {
    let hello = editor.ask(
        "initialize",
        json!({"capabilities": {}, "workspaceFolders": [{"uri": address(folder), "name": "x"}]}),
    );
    assert_eq!(hello["result"]["serverInfo"]["name"], "distkey", "{hello}");
    editor.tell("initialized", json!({}));
    editor
}

impl Editor {
    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let input = self.input.as_mut().expect("its input is open");
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it reads");
        input.flush().expect("it reads");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn post(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(Duration::from_secs(60));
        let message = message.expect("a message");
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().expect("an address");
            self.published
                .insert(uri.to_owned(), message["params"].clone());
        }
        message
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.post(method, params);
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn open(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, uri: &str, changes: Value) {
        let version = self.versions.get_mut(uri).expect("it is open");
        *version += 1;
        let document = json!({"uri": uri, "version": version});
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": changes}),
        );
    }

    /// What is published of the text as it is now.
    fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let version = self.versions[uri];
        loop {
            if let Some(known) = self.published.get(uri)
                && known["version"] == version
            {
                return known["diagnostics"].as_array().cloned().unwrap_or_default();
            }
            self.receive();
        }
    }

    /// Their codes with the lines, from 1.
    fn codes(&mut self, uri: &str) -> Vec<(String, u64)> {
        let all = self.diagnostics(uri);
        let code = |one: &Value| {
            let line = one["range"]["start"]["line"].as_u64().expect("a line");
            (one["code"].as_str().expect("a code").to_owned(), line + 1)
        };
        all.iter().map(code).collect()
    }

    fn at(&mut self, method: &str, uri: &str, line: u64, character: u64) -> Value {
        let position = json!({"line": line, "character": character});
        let params = json!({"textDocument": {"uri": uri}, "position": position});
        let answer = self.ask(&format!("textDocument/{method}"), params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// At the mark `‸` of a text, which is taken out.
    fn at_mark(&mut self, method: &str, uri: &str, marked: &str) -> Value {
        let (before, after) = marked.split_once('‸').expect("a mark");
        let text = format!("{before}{after}");
        match self.versions.contains_key(uri) {
            true => self.change(uri, json!([{"text": text}])),
            false => self.open(uri, "sql", &text),
        }
        let line = before.matches('\n').count() as u64;
        let last = before.rsplit('\n').next().unwrap_or_default();
        let character = last.encode_utf16().count() as u64;
        self.at(method, uri, line, character)
    }

    fn hover(&mut self, uri: &str, marked: &str) -> String {
        let found = self.at_mark("hover", uri, marked);
        found["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn offers(&mut self, uri: &str, marked: &str) -> Vec<String> {
        let found = self.at_mark("completion", uri, marked);
        let found = found.as_array().expect("a list");
        let label = |one: &Value| one["label"].as_str().expect("a label").to_owned();
        found.iter().map(label).collect()
    }

    fn actions(&mut self, uri: &str, line: u64) -> Vec<Value> {
        let range = json!({"start": {"line": line, "character": 0}, "end": {"line": line, "character": 99}});
        let params =
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
        let answer = self.ask("textDocument/codeAction", params);
        answer["result"].as_array().expect("a list").clone()
    }

    fn end(&mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert_eq!(answer["result"], Value::Null, "{answer}");
        self.tell("exit", Value::Null);
        self.process.wait().expect("its end").code()
    }
}

/// A text with the edits of an action, whose places are UTF-16.
fn edited(text: &str, uri: &str, action: &Value) -> String {
    let offset = |place: &Value| {
        let number = |key: &str| place[key].as_u64().expect("a number") as usize;
        let mut lines = text.split_inclusive('\n');
        let start: usize = lines.clone().take(number("line")).map(str::len).sum();
        let line = lines.nth(number("line")).unwrap_or_default();
        let mut units = 0;
        let mut at = 0;
        for c in line.chars().take_while(|_| true) {
            if units >= number("character") {
                break;
            }
            units += c.len_utf16();
            at += c.len_utf8();
        }
        start + at
    };
    let edits = action["edit"]["changes"][uri].as_array().expect("edits");
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            let new = edit["newText"].as_str().expect("a text");
            (offset(&range["start"]), offset(&range["end"]), new)
        })
        .collect();
    edits.sort();
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

const SHOP: [(&str, &str); 3] = [
    (
        "ddl/01_customers.sql",
        "CREATE TABLE customers (\n  id BIGINT NOT NULL ENCODE az64,\n  name VARCHAR(65535),\n  PRIMARY KEY (id)\n) DISTSTYLE KEY DISTKEY (id);\n",
    ),
    (
        "ddl/02_orders.sql",
        "CREATE TABLE orders (\n  id BIGINT,\n  customer_id BIGINT REFERENCES customers (id),\n  price FLOAT,\n  placed DATE\n) DISTSTYLE EVEN SORTKEY (placed);\n",
    ),
    (
        "models/daily.sql",
        "{{ config(materialized='table', dist='id') }}\nSELECT o.id, o.price FROM {{ ref('orders') }} o\n",
    ),
];

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

#[test]
fn places_are_utf_16() {
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    let uri = "untitled:Untitled-1";
    let text = "/* 😀😀 € */ CREATE TABLE t (price FLOAT); CREATE TABLE u (fee FLOAT, id INT);\r\n-- 😀\r\n";
    editor.open(uri, "sql", text);
    let units = |text: &str, word: &str| {
        let before = &text[..text.find(word).expect("it is there")];
        before.encode_utf16().count() as u64
    };
    let found = |editor: &mut Editor| -> Vec<(u64, u64)> {
        let all = editor.diagnostics(uri);
        let money = all.iter().filter(|one| one["code"] == "DK212");
        let number =
            |one: &Value, end: &str| one["range"][end]["character"].as_u64().expect("a number");
        money
            .map(|one| (number(one, "start"), number(one, "end")))
            .collect()
    };
    let (price, fee) = (units(text, "price"), units(text, "fee"));
    assert_eq!(found(&mut editor), [(price, price + 5), (fee, fee + 3)]);
    // An edit behind pairs lands where it is meant, and one that is a pair moves what follows.
    let at = |character: u64| json!({"line": 0, "character": character});
    let (start, end) = (at(units(text, "FLOAT)")), at(units(text, "); CREATE")));
    editor.change(
        uri,
        json!([
            {"range": {"start": start, "end": end}, "text": "INT"},
            {"range": {"start": at(0), "end": at(0)}, "text": "/*😀*/"},
        ]),
    );
    let now = format!("/*😀*/{}", text.replacen("FLOAT", "INT", 1));
    let fee = units(&now, "fee");
    assert_eq!(found(&mut editor), [(fee, fee + 3)]);
    let hover = editor.at("hover", uri, 0, fee + 1);
    assert!(
        hover["contents"]["value"]
            .as_str()
            .is_some_and(|told| told.contains("**DK212")),
        "{hover}"
    );
    assert_eq!(hover["range"]["start"], at(fee));
}

#[test]
fn fixes_and_ignores_do_what_they_say() {
    let text = "-- 😀\r\nCREATE TABLE staff (\r\n  id BIGINT ENCODE mostly8,\r\n  title VARCHAR(20) ENCODE az64,\r\n  pay FLOAT\r\n) DISTKEY (id);\r\n";
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    let uri = "untitled:Untitled-1";
    editor.open(uri, "sql", text);
    let before = editor.codes(uri);
    let (code, line) = before
        .iter()
        .find(|(code, _)| code == "DK215" || code.starts_with("DK2"))
        .cloned()
        .expect("a finding");
    let mut fixed = 0;
    let lines: Vec<u64> = before.iter().map(|(_, line)| *line).collect();
    for line in lines {
        for action in editor.actions(uri, line - 1) {
            let title = action["title"].as_str().expect("a title").to_owned();
            let after = edited(text, uri, &action);
            assert_ne!(after, text, "{title}");
            assert_eq!(
                after.matches("\r\n").count(),
                after.matches('\n').count(),
                "{title}"
            );
            editor.change(uri, json!([{"text": after}]));
            let left = editor.codes(uri);
            let code = title.split(' ').nth(1).expect("a code").to_owned();
            let count = |all: &[(String, u64)]| all.iter().filter(|(one, _)| *one == code).count();
            assert!(count(&left) < count(&before), "{title}: {left:?}\n{after}");
            assert!(
                !left
                    .iter()
                    .any(|(one, _)| one == "syntax-error" || one == "unknown-rule"),
                "{title}\n{after}"
            );
            fixed += usize::from(title.starts_with("Fix"));
            editor.change(uri, json!([{"text": text}]));
        }
    }
    assert!(fixed > 0, "no finding has a fix: {before:?}");
    // A second comment on the same line goes into the first.
    let actions = editor.actions(uri, line - 1);
    let ignore = |code: &str, actions: &[Value]| {
        let title = format!("Ignore {code}");
        let mut actions = actions.iter();
        actions
            .find(|one| {
                one["title"]
                    .as_str()
                    .is_some_and(|text| text.starts_with(&title))
            })
            .cloned()
    };
    let once = edited(text, uri, &ignore(&code, &actions).expect("an action"));
    assert!(
        once.contains(&format!("-- distkey: ignore {code}: say why\r\n")),
        "{once}"
    );
}

#[test]
fn a_second_ignore_goes_into_the_comment_that_is_there() {
    let text = "CREATE TABLE a (id INT, price FLOAT, note VARCHAR(65535));\n";
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    let uri = "untitled:Untitled-1";
    editor.open(uri, "sql", text);
    let mut codes: Vec<String> = editor
        .codes(uri)
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    codes.dedup();
    assert!(codes.len() > 1, "{codes:?}");
    let mut now = text.to_owned();
    for round in 0..codes.len() {
        let line = now.matches('\n').count() as u64 - 1;
        let actions = editor.actions(uri, line);
        let action = actions.iter().find(|one| {
            one["title"]
                .as_str()
                .is_some_and(|title| title.starts_with("Ignore"))
        });
        let Some(action) = action else { break };
        now = edited(&now, uri, action);
        editor.change(uri, json!([{"text": now}]));
        assert_eq!(now.matches("distkey: ignore").count(), 1, "{round}: {now}");
        assert!(
            editor
                .codes(uri)
                .iter()
                .all(|(code, _)| code != "unknown-rule"),
            "{now}"
        );
    }
    assert_eq!(editor.codes(uri), [], "{now}");
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

#[test]
fn the_mouse_tells_rules_tables_columns_and_plans() {
    let folder = folder(&SHOP);
    let stats = folder.path().join("stats.json");
    std::fs::write(
        &stats,
        r#"{"rows": {"orders": 9000000, "customers": 100000}}"#,
    )
    .expect("a file");
    let stats = stats.display().to_string();
    let mut editor = editor(
        folder.path(),
        &["--stats", &stats, "--cluster", "ra3.4xlarge:4"],
    );
    let uri = "untitled:q";
    let query = "SELECT c.name, COUNT(*)\nFROM orders o JOIN customers c ON c.id = o.customer_id\nGROUP BY 1;";
    let table = editor.hover(uri, &query.replace("orders", "ord‸ers"));
    assert!(
        table.contains("**orders** DISTSTYLE EVEN, SORTKEY COMPOUND(placed)"),
        "{table}"
    );
    assert!(
        table.contains("customer_id BIGINT") && table.contains("9 million rows"),
        "{table}"
    );
    let column = editor.hover(uri, &query.replace("c.id =", "c.i‸d ="));
    assert!(
        column.contains("id BIGINT ENCODE AZ64") && column.contains("distribution key"),
        "{column}"
    );
    let aliased = editor.hover(uri, &query.replace("c.name", "c‸.name"));
    assert!(aliased.contains("**customers**"), "{aliased}");
    let plan = editor.hover(uri, &query.replace("SELECT", "SEL‸ECT"));
    assert!(
        plan.contains("Hash Join") && plan.contains("800 ms"),
        "{plan}"
    );
    let unknown = editor.hover(uri, "SEL‸ECT * FROM nowhere");
    assert!(
        unknown.contains("No plan:") && unknown.contains("nowhere"),
        "{unknown}"
    );
    let rule = editor.hover(uri, "CREATE TABLE t (id INT, pri‸ce FLOAT);");
    assert!(rule.contains("**DK212 money-in-float** (hint)"), "{rule}");
    assert!(
        rule.contains("→ Use DECIMAL") && rule.contains("(https://docs.aws.amazon.com"),
        "{rule}"
    );
    assert!(rule.contains("price DOUBLE PRECISION"), "{rule}");
    assert_eq!(editor.hover(uri, "-- no‸thing"), "");
}

#[test]
fn keys_encodings_and_names_are_offered() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = "untitled:q";
    let mut offers = |marked: &str| editor.offers(uri, marked);
    let has =
        |all: &[String], words: &[&str]| words.iter().all(|word| all.iter().any(|one| one == word));
    let text = offers("CREATE TABLE t (name VARCHAR(20) ENCODE ‸");
    assert!(
        has(&text, &["ZSTD", "TEXT255"]) && !has(&text, &["AZ64"]),
        "{text:?}"
    );
    let number = offers("CREATE TABLE t (name VARCHAR(20), id BIGINT ENCODE a‸, x INT);");
    assert_eq!(number.first().map(String::as_str), Some("AZ64"));
    assert!(!has(&number, &["TEXT255"]), "{number:?}");
    assert!(has(&offers("CREATE TABLE t (id ‸"), &["BIGINT", "VARCHAR"]));
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT ‸"),
        &["ENCODE", "DISTKEY"]
    ));
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT) ‸"),
        &["DISTSTYLE", "SORTKEY"]
    ));
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT) DISTSTYLE ‸"),
        ["AUTO", "EVEN", "KEY", "ALL"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, at DATE) DISTKEY (‸"),
        ["id", "at"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, at DATE) SORTKEY (at, ‸"),
        ["id", "at"]
    );
    assert_eq!(
        offers("CREATE TABLE t (id BIGINT, PRIMARY KEY (‸))"),
        ["id"]
    );
    assert!(has(
        &offers("CREATE TABLE t (id BIGINT REFERENCES ‸"),
        &["customers", "orders"]
    ));
    assert!(has(&offers("ALTER TABLE ‸"), &["customers", "orders"]));
    assert!(has(
        &offers("ALTER TABLE orders ALTER ‸"),
        &["DISTKEY", "SORTKEY AUTO"]
    ));
    let columns = offers("ALTER TABLE orders ALTER DISTKEY ‸");
    assert_eq!(columns, ["id", "customer_id", "price", "placed"]);
    assert_eq!(offers("ALTER TABLE orders ALTER SORTKEY (‸"), columns);
    let encodings = offers("ALTER TABLE orders ALTER COLUMN placed ENCODE ‸");
    assert!(
        has(&encodings, &["AZ64"]) && !has(&encodings, &["TEXT255"]),
        "{encodings:?}"
    );
    assert_eq!(
        offers("SELECT o.‸ FROM orders o"),
        ["customer_id", "id", "placed", "price"]
    );
    assert_eq!(offers("SELECT 1; -- ENCODE ‸"), [""; 0]);
    assert_eq!(offers("SELECT 'DISTSTYLE ‸"), [""; 0]);
}

#[test]
fn a_name_leads_to_its_definition() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = "untitled:q";
    let found = editor.at_mark("definition", uri, "SELECT 1 FROM ord‸ers");
    let orders = folder
        .path()
        .join(SHOP[1].0)
        .canonicalize()
        .expect("a file");
    let there = |uri: &Value| {
        let path = uri
            .as_str()
            .expect("an address")
            .trim_start_matches("file://");
        Path::new(path).canonicalize().expect("a file")
    };
    assert_eq!(there(&found["uri"]), orders, "{found}");
    assert_eq!(found["range"]["start"], json!({"line": 0, "character": 0}));
    let found = editor.at_mark("definition", uri, "SELECT o.pri‸ce FROM orders o");
    assert_eq!(
        found["range"]["start"],
        json!({"line": 3, "character": 2}),
        "{found}"
    );
    assert_eq!(
        editor.at_mark("definition", uri, "SELECT 1 FROM no‸where"),
        Value::Null
    );
}

/// However half-typed: every question is answered, and none is a mistake of ours.
#[test]
fn every_prefix_of_the_samples_is_answered() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = "untitled:typed";
    editor.open(uri, "sql", "");
    let texts = [
        "sample_ddl/catalog_normalized.sql",
        "sample_queries/search_normalized.sql",
        "sample_plans/broadcast.txt",
        "sample_pipeline/load.sql",
    ]
    .map(|path| std::fs::read_to_string(path).expect("a sample"));
    let odd = "CREATE TABLE \"ä😀\" (a INT DEFAULT 'it''s', b VARCHAR(3) ENCODE zstd /* ; */) $$ ; $$;\r\n\
        {{ config(dist='a') }} SELECT {% if x %} a {% endif %} FROM \"ä😀\" WHERE b = '€' -- €\n\
        ALTER TABLE t ADD COLUMN c SUPER; COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=x;y=z';";
    for text in texts.iter().map(String::as_str).chain([odd]) {
        let step = (text.len() / 150).max(1);
        let ends = text
            .char_indices()
            .map(|(at, _)| at)
            .step_by(step)
            .chain([text.len()]);
        for end in ends {
            let half = &text[..end];
            editor.change(uri, json!([{"text": half}]));
            let line = half.matches('\n').count() as u64;
            let last = half.rsplit('\n').next().unwrap_or_default();
            let character = last.encode_utf16().count() as u64;
            for method in ["completion", "hover", "definition"] {
                editor.at(method, uri, line, character);
            }
            editor.actions(uri, line);
        }
        editor.diagnostics(uri);
    }
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn typing_and_deleting_at_random_is_survived() {
    let folder = folder(&SHOP);
    let mut editor = editor(folder.path(), &[]);
    let uri = address(&folder.path().join(SHOP[1].0));
    editor.open(&uri, "sql", SHOP[1].1);
    let mut state = 11u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let pieces = [
        "(",
        ")",
        "'",
        "\"",
        ";",
        "--",
        "/*",
        "*/",
        "😀",
        "\r\n",
        "create table ",
        "{{",
        "}}",
        "$$",
        "€",
        "",
    ];
    for _ in 0..400 {
        let mut place = || json!({"line": random(9), "character": random(40)});
        let range = json!({"start": place(), "end": place()});
        let text = pieces[random(pieces.len() as u32) as usize];
        editor.change(&uri, json!([{"range": range, "text": text}]));
        let (line, character) = (random(9).into(), random(40).into());
        editor.at("hover", &uri, line, character);
    }
    editor.diagnostics(&uri);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_wrong_is_answered_with_an_error() {
    let mut editor = silent(&[]);
    let code = |answer: &Value| answer["error"]["code"].as_i64().unwrap_or_default();
    let answer = editor.ask("textDocument/hover", json!({}));
    assert_eq!(code(&answer), -32002, "{answer}");
    let answer = editor.ask("initialize", json!({"capabilities": 7}));
    assert_eq!(code(&answer), -32602, "{answer}");
    let answer = editor.ask("initialize", json!({"capabilities": {}}));
    assert!(
        answer["result"]["capabilities"]["hoverProvider"] == true,
        "{answer}"
    );
    assert_eq!(
        code(&editor.ask("initialize", json!({"capabilities": {}}))),
        -32600
    );
    assert_eq!(code(&editor.ask("no/such", json!({}))), -32601);
    assert_eq!(
        code(&editor.ask("textDocument/hover", json!({"textDocument": 7}))),
        -32602
    );
    let input = editor.input.as_mut().expect("its input");
    input
        .write_all(b"nonsense\r\n\r\nContent-Length: 3\r\n\r\n{{{")
        .expect("it reads");
    assert_eq!(code(&editor.receive()), -32700);
    let input = editor.input.as_mut().expect("its input");
    input
        .write_all(b"Content-Length: 10\r\n\r\n{\"id\":1234")
        .expect("it reads");
    assert_eq!(code(&editor.receive()), -32700);
    editor.tell("no/such", json!({}));
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "untitled:x", "version": 1}, "contentChanges": []}),
    );
    let nowhere =
        json!({"textDocument": {"uri": "untitled:x"}, "position": {"line": 5, "character": 5}});
    assert_eq!(
        editor.ask("textDocument/hover", nowhere)["result"],
        Value::Null
    );
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_request_that_is_cancelled_is_told_so() {
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    let uri = "untitled:x";
    editor.open(
        uri,
        "sql",
        &"CREATE TABLE t (a INT, b FLOAT);\n".repeat(4_000),
    );
    let at = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 3}});
    let ids: Vec<i64> = (0..5)
        .map(|_| editor.post("textDocument/hover", at.clone()))
        .collect();
    editor.tell("$/cancelRequest", json!({"id": ids[4]}));
    let mut codes = BTreeMap::new();
    while codes.len() < ids.len() {
        let message = editor.receive();
        if let Some(id) = message["id"].as_i64() {
            codes.insert(id, message["error"]["code"].clone());
        }
    }
    assert_eq!(codes[&ids[4]], -32800, "{codes:?}");
    assert_eq!(codes[&ids[0]], Value::Null, "{codes:?}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn an_end_without_shutdown_is_a_failure_and_a_closed_input_an_end() {
    let mut editor = editor(Path::new("/nonexistent"), &[]);
    editor.tell("exit", Value::Null);
    assert_ne!(editor.process.wait().expect("its end").code(), Some(0));
    let mut editor = silent(&["--stdio"]);
    drop(editor.input.take());
    assert_eq!(editor.process.wait().expect("its end").code(), Some(0));
}

/// A folder of 400 files: facts with their lookups, views and migrations.
fn large() -> tempfile::TempDir {
    use std::fmt::Write as _;
    let mut files = Vec::new();
    for n in 0..400 {
        let mut text = String::new();
        for table in 0..3 {
            let _ = writeln!(text, "CREATE TABLE shop.t{n}_{table} (");
            for column in 0..20 {
                let kind = ["BIGINT", "VARCHAR(200)", "DATE", "DECIMAL(12,2)"][column % 4];
                let _ = writeln!(text, "  c{column} {kind} ENCODE zstd,");
            }
            let other = n / 2;
            let _ = writeln!(
                text,
                "  parent BIGINT REFERENCES shop.t{other}_0 (c0),\n  PRIMARY KEY (c0)\n) DISTKEY (c0) SORTKEY (c2);"
            );
        }
        let _ = writeln!(
            text,
            "CREATE VIEW shop.v{n} AS SELECT a.c0, b.c1, COUNT(*) AS n FROM shop.t{n}_0 a JOIN shop.t{n}_1 b ON a.c0 = b.parent WHERE a.c2 > '2026-01-01' GROUP BY 1, 2;\nALTER TABLE shop.t{n}_2 ADD COLUMN extra INT;"
        );
        files.push((format!("ddl/V{n}__tables.sql"), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    folder(&files)
}

/// From a change to what is published of it: the median, the 95th percentile and the longest of
/// 300, in milliseconds.
#[test]
#[ignore = "measures: .ci/long runs it in release"]
fn keystroke_on_400_files() {
    let folder = large();
    let begun = Instant::now();
    let mut editor = editor(folder.path(), &[]);
    let path = folder.path().join("ddl/V37__tables.sql");
    let uri = address(&path);
    let text = std::fs::read_to_string(&path).expect("a file");
    editor.open(&uri, "sql", &text);
    editor.diagnostics(&uri);
    let opened = begun.elapsed();
    let mut times = Vec::new();
    let typed = "\nALTER TABLE shop.t37_2 ALTER COLUMN c1 ENCODE zstd; CREATE TABLE shop.new (id BIGINT, price FLOAT) DISTKEY (id); SELECT c0, n FROM shop.v37 WHERE n > 5 -- what was typed\n";
    let mut place = text.lines().count() as u64;
    let mut character = 0u64;
    for c in typed.chars().cycle().take(300) {
        let at = json!({"line": place, "character": character});
        let begun = Instant::now();
        editor.change(
            &uri,
            json!([{"range": {"start": at, "end": at}, "text": c.to_string()}]),
        );
        editor.diagnostics(&uri);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        match c {
            '\n' => (place, character) = (place + 1, 0),
            _ => character += 1,
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "opened in {opened:.2?}; a keystroke: median {:.1} ms, 95 % {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.95),
        at(1.0)
    );
    if !cfg!(debug_assertions) {
        assert!(at(0.95) < 50.0, "95 % within {:.1} ms", at(0.95));
    }
}

/// The server as pytest-lsp's client sees it.
#[test]
#[ignore = "installs the client by pip: .ci/run runs it"]
fn client_of_pytest() {
    let Some(python) = crate::support::python_with("pytest-lsp") else {
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/test_lsp.py");
    let done = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", script])
        .env("DISTKEY", env!("CARGO_BIN_EXE_distkey"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(
        said.contains("passed") && !said.contains("skipped"),
        "{said}"
    );
}

/// The server in Neovim without a window.
#[test]
#[ignore = "needs Neovim: .ci/run runs it"]
fn client_of_neovim() {
    if Command::new("nvim").arg("--version").output().is_err() {
        println!("skipped: no Neovim");
        return;
    }
    let folder = folder(&SHOP);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/neovim.lua");
    let done = Command::new("nvim")
        .args([
            "--headless",
            "--clean",
            "-n",
            "-c",
            &format!("luafile {script}"),
        ])
        .arg(folder.path().join(SHOP[1].0))
        .env("DISTKEY", env!("CARGO_BIN_EXE_distkey"))
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(
        done.status.success() && said.contains("all is well"),
        "{said}"
    );
}
