//! The tools for assistants, over standard input and output of the program.
#![cfg(feature = "mcp")]

mod faults;
mod roots;
mod tools;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::heavy;
use crate::support::server::Server;

const PLAN: &str = "XN Seq Scan on t  (cost=0.00..100.00 rows=10000 width=8)";

const DDL: &str = "CREATE TABLE orders (id BIGINT, customer_id BIGINT, placed DATE) DISTSTYLE EVEN SORTKEY (id);\n\
    CREATE TABLE customers (id BIGINT, name VARCHAR(65535)) DISTKEY (id);";

const QUERY: &str = "SELECT c.name, COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id \
    WHERE o.placed > '2026-01-01' GROUP BY 1;";

const STATS: &str = r#"{"rows": {"orders": 50000000, "customers": 20000000}}"#;

/// `distkey mcp`, ended with the test.
struct Client {
    server: Server<String>,
    next: i64,
}

/// A server that was not spoken to yet.
fn silent(folder: &Path, arguments: &[&str]) -> Client {
    let line = |output: &mut BufReader<ChildStdout>| output.lines().next()?.ok();
    Client {
        server: Server::start(folder, "mcp", arguments, line),
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
        let input = self.server.input.as_mut().expect("its input is open");
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
        let line = self.server.said.recv_timeout(Duration::from_secs(60));
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

    /// Asks something simple, which it answers whatever came before.
    fn still_answers(&mut self) {
        let answer = self.call("explain", &json!({"plan": PLAN}));
        assert_ne!(answer["isError"], true, "{answer}");
    }

    /// Starts a question that takes long.
    fn ask_much(&mut self) -> i64 {
        let heavy = heavy();
        let arguments = json!({"queries": heavy["query"], "ddl": heavy["ddl"]});
        let id = self.post(
            "tools/call",
            &json!({"name": "advise", "arguments": arguments}),
        );
        std::thread::sleep(Duration::from_secs(1));
        id
    }

    /// Closes its input and waits for its end.
    fn close(&mut self) -> Option<i32> {
        drop(self.server.input.take());
        self.server.process.wait().expect("its end").code()
    }
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_default()
}
