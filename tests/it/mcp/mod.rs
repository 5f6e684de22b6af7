//! The tools for assistants, over standard input and output of the program.
#![cfg(feature = "mcp")]

mod faults;
mod roots;
mod tools;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::heavy;

const PLAN: &str = "XN Seq Scan on t  (cost=0.00..100.00 rows=10000 width=8)";

const DDL: &str = "CREATE TABLE orders (id BIGINT, customer_id BIGINT, placed DATE) DISTSTYLE EVEN SORTKEY (id);\n\
    CREATE TABLE customers (id BIGINT, name VARCHAR(65535)) DISTKEY (id);";

const QUERY: &str = "SELECT c.name, COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id \
    WHERE o.placed > '2026-01-01' GROUP BY 1;";

const STATS: &str = r#"{"rows": {"orders": 50000000, "customers": 20000000}}"#;

/// `distkey mcp`, ended with the test.
struct Client {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    next: i64,
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server that was not spoken to yet.
fn silent(folder: &Path, arguments: &[&str]) -> Client {
    let mut process = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .arg("mcp")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts");
    let output = process.stdout.take().expect("its output");
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    Client {
        input: process.stdin.take(),
        process,
        lines,
        next: 100,
    }
}

fn client(folder: &Path, arguments: &[&str]) -> Client {
    let mut client = silent(folder, arguments);
    let hello = client.ask("initialize", &json!({
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}
    }));
    assert_eq!(hello["result"]["serverInfo"]["name"], "distkey", "{hello}");
    assert_eq!(hello["result"]["protocolVersion"], "2025-06-18", "{hello}");
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    client
}

fn anywhere() -> Client {
    client(Path::new("."), &[])
}

impl Client {
    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").expect("it reads");
        input.flush().expect("it reads");
    }

    fn post(&mut self, method: &str, params: &Value) -> i64 {
        self.next += 1;
        let id = self.next;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.send(&message.to_string());
        id
    }

    fn receive(&self) -> Value {
        let line = self.lines.recv_timeout(Duration::from_secs(60));
        serde_json::from_str(&line.expect("an answer")).expect("JSON")
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.post(method, params);
        let answer = self.receive();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        answer["result"].clone()
    }

    /// Closes its input and waits for its end.
    fn close(&mut self) -> Option<i32> {
        drop(self.input.take());
        self.process.wait().expect("its end").code()
    }
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_default()
}
