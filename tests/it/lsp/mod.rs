//! Findings in an editor, over standard input and output of the program.
#![cfg(feature = "lsp")]

mod clients;
mod edits;
mod faults;
mod findings;
mod language;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::server::Server;

/// `distkey lsp`, ended with the test.
struct Editor {
    server: Server<Value>,
    next: i64,
    versions: BTreeMap<String, i64>,
    /// What was published last, by address.
    published: BTreeMap<String, Value>,
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
    Editor {
        server: Server::start(here, "lsp", arguments, message),
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
        let input = self.server.input.as_mut().expect("its input is open");
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
        let message = self.server.said.recv_timeout(Duration::from_secs(60));
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
        self.server.process.wait().expect("its end").code()
    }
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
