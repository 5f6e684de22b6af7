//! The tools for assistants, over standard input and output of the program.
#![cfg(feature = "mcp")]

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

/// What the command line prints, in a folder with these files.
fn command_line(files: &[(&str, &str)], arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let done = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[test]
fn tools_say_what_they_take() {
    let mut client = anywhere();
    let answer = client.ask("tools/list", &json!({}));
    let tools = answer["result"]["tools"].as_array().expect("tools").clone();
    let names: Vec<&str> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    let all = [
        "explain",
        "lint",
        "predict_query",
        "advise",
        "what_if",
        "diff",
        "rule",
    ];
    assert_eq!(names, all);
    for tool in &tools {
        let schema = &tool["inputSchema"];
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(schema["additionalProperties"], false, "{tool}");
        let properties = schema["properties"].as_object().expect("properties");
        for (name, property) in properties {
            let about = property["description"].as_str().unwrap_or_default();
            assert!(about.len() > 20, "{name}: {property}");
            // Without a root no file is read.
            assert!(!name.contains("path"), "{name}");
        }
        for name in schema["required"].as_array().expect("a list") {
            assert!(
                properties.contains_key(name.as_str().expect("a name")),
                "{tool}"
            );
        }
    }
    assert_eq!(tools[0]["inputSchema"]["required"], json!(["plan"]));
    assert_eq!(tools[2]["inputSchema"]["required"], json!(["query", "ddl"]));
    assert_eq!(client.close(), Some(0));
}

#[test]
fn results_are_the_documents_of_the_command_line() {
    let mut client = anywhere();
    let cluster = "ra3.4xlarge:4";
    let ddl = ("DDL", DDL);
    let stats = ("stats.json", STATS);
    let with = [
        "--ddl",
        "DDL",
        "--stats",
        "stats.json",
        "--cluster",
        cluster,
    ];
    let other = PLAN.replace("10000", "90000");
    let broken =
        format!("{DDL}\nCREATE TABLE half (a INT,;\nCOPY orders FROM 's3://b/x' CSV GZIP;");
    let cases = [
        (
            "explain",
            json!({"plan": PLAN, "budget": "1s"}),
            command_line(
                &[("pasted plan", PLAN)],
                &["explain", "pasted plan", "--budget", "1s"],
            ),
        ),
        (
            "lint",
            json!({"sql": broken}),
            command_line(&[("DDL", &broken)], &["lint", "DDL"]),
        ),
        (
            "predict_query",
            json!({"query": QUERY, "ddl": DDL, "stats": STATS, "cluster": cluster, "users": 4}),
            command_line(
                &[ddl, stats, ("query", QUERY)],
                &[&["explain", "--query", "query", "--users", "4"][..], &with].concat(),
            ),
        ),
        (
            "what_if",
            json!({
                "query": QUERY, "ddl": DDL, "stats": STATS, "cluster": cluster,
                "distkey": "orders=customer_id", "scale": ["10"],
            }),
            command_line(
                &[ddl, stats, ("query", QUERY)],
                &[
                    &[
                        "explain",
                        "--query",
                        "query",
                        "--distkey",
                        "orders=customer_id",
                        "--scale",
                        "10",
                    ][..],
                    &with,
                ]
                .concat(),
            ),
        ),
        (
            "advise",
            json!({"queries": QUERY, "ddl": DDL, "stats": STATS, "cluster": cluster}),
            command_line(
                &[ddl, stats, ("query", QUERY)],
                &[&["advise", "--queries", "query"][..], &with].concat(),
            ),
        ),
        (
            "diff",
            json!({"before": PLAN, "after": other}),
            command_line(
                &[("first", PLAN), ("second", &other)],
                &["diff", "first", "second"],
            ),
        ),
    ];
    for (tool, arguments, document) in cases {
        let result = client.call(tool, &arguments);
        assert_ne!(result["isError"], true, "{tool}: {result}");
        assert_eq!(result["structuredContent"], document, "{tool}");
        let text = text(&result);
        assert!(!text.is_empty() && !text.starts_with('{'), "{tool}: {text}");
        assert!(text.chars().count() < 6_100, "{tool}: {text}");
    }
}

#[test]
fn texts_beside_the_documents() {
    let mut client = anywhere();
    let mut all = String::new();
    let mut add = |what: &str, result: &Value| {
        all.push_str(&format!("== {what}\n{}\n", text(result)));
    };
    let read = |path: &str| std::fs::read_to_string(path).expect("a sample");
    let plan = read("sample_plans/search_by_category_normalized.txt");
    let ddl = read("sample_ddl/catalog_normalized.sql");
    let query = read("sample_queries/search_normalized.sql");
    let stats = read("sample_queries/stats.json");
    let cluster = "ra3.4xlarge:4";
    let known = json!({"query": query, "ddl": ddl, "stats": stats, "cluster": cluster});
    add(
        "explain",
        &client.call("explain", &json!({"plan": plan, "cluster": cluster})),
    );
    add("lint", &client.call("lint", &json!({"sql": ddl})));
    add("predict_query", &client.call("predict_query", &known));
    let mut changed = known.clone();
    changed["sortkey"] = json!(["products=price"]);
    changed["grow"] = "products=2000000/hour".into();
    add("what_if", &client.call("what_if", &changed));
    let workload = json!({"queries": query, "ddl": ddl, "stats": stats, "cluster": cluster});
    add("advise", &client.call("advise", &workload));
    let other = plan.replace("DS_BCAST_INNER", "DS_DIST_BOTH");
    add(
        "diff",
        &client.call("diff", &json!({"before": plan, "after": other})),
    );
    add("rule", &client.call("rule", &json!({"rule": "DK101"})));
    add(
        "a refusal",
        &client.call("predict_query", &json!({"query": "SELECT 1"})),
    );
    add(
        "no plan",
        &client.call("explain", &json!({"plan": "good morning"})),
    );
    let half = json!({"plan": PLAN, "distkey": ["orders"]});
    add("half a what-if", &client.call("what_if", &half));
    insta::assert_snapshot!(all);
}

#[test]
fn rules_are_told_and_listed() {
    let mut client = anywhere();
    let all = client.call("rule", &json!({}));
    let rules = all["structuredContent"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), distkey::rules::all().len());
    let one = client.call("rule", &json!({"rule": "large-broadcast"}));
    assert_eq!(one["structuredContent"]["code"], "DK101");
    let none = client.call("rule", &json!({"rule": "DK9999"}));
    assert_eq!(none["isError"], true, "{none}");
}

#[test]
fn nonsense_is_answered_with_an_error_and_forgotten() {
    let mut client = silent(Path::new("."), &[]);
    let code = |answer: &Value| answer["error"]["code"].as_i64().unwrap_or_default();
    // Before the client has begun, too.
    client.send("good morning");
    assert_eq!(code(&client.receive()), -32700);
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    let answer = client.ask("tools/call", &json!({"name": "rule"}));
    assert!(code(&answer) < 0, "{answer}");
    drop(client);

    let mut client = anywhere();
    for (line, expected) in [
        ("{", -32700),
        ("\u{0}\u{1}", -32700),
        (&"[".repeat(10_000), -32700),
        ("[]", -32600),
        ("7", -32600),
        ("{}", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":2,"method":7}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":3,"method":"no/such"}"#, -32601),
        (
            r#"{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}"#,
            -32601,
        ),
        (
            r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[1,2]}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"sh"}}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"rule","arguments":"x"}}"#,
            -32602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":8,"method":"prompts/get","params":{"name":"no"}}"#,
            -32602,
        ),
    ] {
        client.send(line);
        let answer = client.receive();
        let shown: String = line.chars().take(80).collect();
        assert_eq!(code(&answer), expected, "{shown}: {answer}");
        let sent: Result<Value, _> = serde_json::from_str(line);
        let id = sent.ok().and_then(|sent| sent.get("id").cloned());
        let id = id.filter(Value::is_number).unwrap_or_default();
        assert_eq!(answer["id"], id, "{shown}: {answer}");
    }
    // What is no text at all, and what needs no answer.
    let input = client.input.as_mut().expect("its input");
    input
        .write_all(b"\xff\xfe\x00\n\n  \r\n")
        .expect("it reads");
    assert_eq!(code(&client.receive()), -32700);
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/nothing","params":{"a":1}}"#);
    client.send(r#"{"jsonrpc":"2.0","id":77,"result":{}}"#);
    let wrong = client.call("explain", &json!({"plam": PLAN}));
    assert_eq!(wrong["isError"], true, "{wrong}");
    assert!(text(&wrong).contains("is `plan` meant?"), "{wrong}");
    assert_ne!(
        client.call("explain", &json!({"plan": PLAN}))["isError"],
        true
    );
    assert_eq!(client.close(), Some(0));
}

#[test]
fn a_huge_line_is_refused_by_its_id_and_takes_no_other_with_it() {
    let mut client = anywhere();
    let params = json!({"name": "explain", "arguments": {"plan": "x".repeat(33 << 20)}});
    let answer = client.ask("tools/call", &params);
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
    assert_ne!(
        client.call("explain", &json!({"plan": PLAN}))["isError"],
        true
    );
    assert_eq!(client.close(), Some(0));
}

#[test]
fn answers_under_way_outlive_the_input() {
    let mut client = anywhere();
    let questions = 12;
    for turn in 0..questions {
        let plan = PLAN.replace("10000", &format!("{}", 1000 + turn));
        client.post(
            "tools/call",
            &json!({"name": "explain", "arguments": {"plan": plan}}),
        );
    }
    assert_eq!(client.close(), Some(0));
    let answers: Vec<Value> = client
        .lines
        .iter()
        .map(|line| serde_json::from_str(&line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), questions);
    for answer in answers {
        assert!(
            answer["result"]["structuredContent"]["inputs"].is_array(),
            "{answer}"
        );
    }
}

/// The heavy one is told after 30 seconds that it took too long, long after the input's end.
#[test]
fn a_heavy_question_keeps_no_other_waiting_and_ends_in_time() {
    let mut client = anywhere();
    let heavy = heavy();
    let arguments = json!({"queries": heavy["query"], "ddl": heavy["ddl"]});
    let heavy = client.post(
        "tools/call",
        &json!({"name": "advise", "arguments": arguments}),
    );
    std::thread::sleep(Duration::from_secs(1));
    let begun = Instant::now();
    assert_ne!(
        client.call("explain", &json!({"plan": PLAN}))["isError"],
        true
    );
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(client.close(), Some(0));
    let answer = client.receive();
    assert_eq!(answer["id"], heavy);
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert!(text(&answer["result"]).contains("30 seconds"), "{answer}");
}

#[test]
fn a_question_that_is_cancelled_is_not_worked_on() {
    let mut client = anywhere();
    let heavy = heavy();
    let arguments = json!({"queries": heavy["query"], "ddl": heavy["ddl"]});
    let id = client.post(
        "tools/call",
        &json!({"name": "advise", "arguments": arguments}),
    );
    std::thread::sleep(Duration::from_secs(1));
    let cancelled = json!({"requestId": id, "reason": "never mind"});
    client.send(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled})
            .to_string(),
    );
    let begun = Instant::now();
    assert_eq!(client.close(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert!(client.lines.recv().is_err(), "it got an answer");
}

#[test]
fn a_client_that_says_nothing_is_left() {
    let mut client = silent(Path::new("."), &[]);
    assert_eq!(client.close(), Some(0));
}

#[test]
fn an_id_that_is_under_way_is_not_taken_twice() {
    let mut client = anywhere();
    let heavy = heavy();
    let arguments = json!({"queries": heavy["query"], "ddl": heavy["ddl"]});
    let id = client.post(
        "tools/call",
        &json!({"name": "advise", "arguments": arguments}),
    );
    client.next -= 1;
    let answer = client.ask("ping", &json!({}));
    assert_eq!(answer["id"], id);
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
}

/// A folder with two files of tables, and one beside it that is nobody's business.
fn folders() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("ddl/deep")).expect("a folder");
    std::fs::create_dir(at("private")).expect("a folder");
    std::fs::write(
        at("ddl/1_orders.sql"),
        "CREATE TABLE orders (id INT, c BIGINT);",
    )
    .expect("a file");
    std::fs::write(
        at("ddl/deep/2_more.sql"),
        "ALTER TABLE orders ADD COLUMN x INT;",
    )
    .expect("a file");
    std::fs::write(at("private/secret.sql"), "CREATE TABLE secret (id INT);").expect("a file");
    std::fs::write(at("ddl/stats.json"), r#"{"rows": {"orders": 70000}}"#).expect("a file");
    folder
}

#[test]
fn files_below_the_roots_are_read_as_the_command_line_reads_them() {
    let folder = folders();
    let mut client = client(folder.path(), &["--root", "ddl"]);
    let tools = client.ask("tools/list", &json!({}));
    let lint = &tools["result"]["tools"][1]["inputSchema"];
    assert!(
        lint["properties"]["paths"].is_object() && lint["required"] == json!([]),
        "{lint}"
    );
    let linted = client.call(
        "lint",
        &json!({"paths": ["."], "stats_paths": "stats.json"}),
    );
    let done = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "lint",
            "ddl",
            "--stats",
            "ddl/stats.json",
            "--format",
            "json",
        ])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let document: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(linted["structuredContent"], document);
    assert_eq!(document["files"].as_array().map(Vec::len), Some(2));
    let planned = client.call(
        "predict_query",
        &json!({"query": "SELECT x FROM orders", "ddl_paths": ["1_orders.sql", "deep"]}),
    );
    let input = &planned["structuredContent"]["inputs"][0];
    assert_eq!(
        input["plans"][0]["nodes"][0]["relation"], "orders",
        "{planned}"
    );
}

#[test]
fn nothing_outside_of_the_roots_is_read() {
    let folder = folders();
    let private = folder.path().join("private/secret.sql");
    let private = private.to_str().expect("a path");
    let absent = folder.path().join("private/absent.sql");
    let absent = absent.to_str().expect("a path");
    let mut without = client(folder.path(), &[]);
    let refused = without.call("lint", &json!({"paths": ["ddl"]}));
    assert!(text(&refused).contains("--root"), "{refused}");
    let mut client = client(folder.path(), &["--root", "ddl"]);
    let mut told = Vec::new();
    for path in [
        private,
        absent,
        "../private/secret.sql",
        "deep/../../private",
        "/etc/passwd",
        "",
    ] {
        for (tool, arguments) in [
            ("lint", json!({"paths": [path]})),
            ("explain", json!({"plan_path": [path]})),
            (
                "predict_query",
                json!({"query": "SELECT 1", "ddl_paths": [path]}),
            ),
            ("explain", json!({"plan": PLAN, "stats_paths": [path]})),
        ] {
            let result = client.call(tool, &arguments);
            assert_eq!(result["isError"], true, "{tool} {arguments}: {result}");
            assert!(!result.to_string().contains("CREATE TABLE"), "{result}");
            told.push(text(&result).replace(path, "…"));
        }
    }
    // Whether there is such a file is told of none.
    assert_eq!(told[0], told[4]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let at = |name: &str| folder.path().join(name);
        symlink(at("private/secret.sql"), at("ddl/link.sql")).expect("a link");
        let result = client.call("lint", &json!({"paths": ["link.sql"]}));
        assert_eq!(result["isError"], true, "{result}");
        // Of a folder as well, and of links to folders.
        for (to, link) in [
            ("private/secret.sql", "ddl/link.sql"),
            ("private", "ddl/folder"),
        ] {
            let _ = std::fs::remove_file(at("ddl/link.sql"));
            symlink(at(to), at(link)).expect("a link");
            let result = client.call("lint", &json!({"paths": ["."]}));
            assert!(text(&result).contains("leads out"), "{result}");
            std::fs::remove_file(at(link)).expect("the link");
        }
        // One that stays inside is read.
        symlink(at("ddl/1_orders.sql"), at("ddl/inside.sql")).expect("a link");
        let result = client.call("lint", &json!({"paths": ["inside.sql"]}));
        assert_ne!(result["isError"], true, "{result}");
    }
}

/// As AWS's server gives the result of a query.
#[test]
fn results_of_another_server_are_taken_as_they_come() {
    let mut client = anywhere();
    let plan =
        json!({"columns": ["QUERY PLAN"], "rows": [[PLAN]], "row_count": 1, "query_id": "1"});
    let stats = json!({
        "columns": ["schema", "table", "diststyle", "sortkey1", "tbl_rows", "unsorted", "skew_rows"],
        "rows": [["public", "t", "AUTO(ALL)", null, 30_000_000, 12.5, null]],
        "row_count": 1,
    });
    let given = json!({
        "plan": plan.to_string(), "stats": stats.to_string(), "ddl": "CREATE TABLE t (a INT, b INT);",
    });
    let result = client.call("explain", &given);
    let input = &result["structuredContent"]["inputs"][0];
    assert_eq!(input["plans"][0]["nodes"][0]["relation"], "t", "{result}");
    let query = json!({"query": "SELECT a FROM t", "ddl": given["ddl"], "stats": given["stats"]});
    let result = client.call("predict_query", &query);
    let node = &result["structuredContent"]["inputs"][0]["plans"][0]["nodes"][0];
    assert_eq!(node["rows"], 30_000_000, "{result}");
}

#[test]
fn prompts_are_filled_in() {
    let mut client = anywhere();
    let all = client.ask("prompts/list", &json!({}));
    let prompts = all["result"]["prompts"]
        .as_array()
        .expect("prompts")
        .clone();
    let names: Vec<&str> = prompts
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["tune_query", "review_schema"]);
    let arguments = json!({"query": QUERY, "budget": "1s"});
    let got = client.ask(
        "prompts/get",
        &json!({"name": "tune_query", "arguments": arguments}),
    );
    let said = got["result"]["messages"][0]["content"]["text"]
        .as_str()
        .unwrap_or_default();
    assert!(
        said.contains(QUERY) && said.contains("budget:\n1s"),
        "{got}"
    );
    // Every tool that a prompt names is there.
    let tools = client.ask("tools/list", &json!({}));
    let tools = tools["result"]["tools"].as_array().expect("tools").clone();
    let words = said
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.is_ascii());
    for word in words {
        assert!(tools.iter().any(|tool| tool["name"] == word), "{word}");
    }
    let missing = client.ask("prompts/get", &json!({"name": "tune_query"}));
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
}

#[test]
fn names_are_replaced_where_that_is_asked() {
    let mut client = client(Path::new("."), &["--anonymize"]);
    let result = client.call("lint", &json!({"sql": DDL}));
    assert_ne!(result["isError"], true, "{result}");
    let said = result.to_string();
    assert!(
        !said.contains("customer") && !said.contains("orders"),
        "{said}"
    );
}

/// The tools as the official Python client sees them.
#[test]
#[ignore = "installs the client by pip: .ci/run runs it"]
fn client_of_python() {
    let Some(python) = crate::support::python_with("mcp") else {
        return;
    };
    let expected = command_line(&[("pasted plan", PLAN)], &["explain", "pasted plan"]);
    let document = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(document.path(), expected.to_string()).expect("a file");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/mcp_client.py");
    let done = Command::new(python)
        .args([script, env!("CARGO_BIN_EXE_distkey")])
        .arg(document.path())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(
        said.trim(),
        "ok",
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
