//! The page's server over plain HTTP: who may ask, what is refused, what is said.
#![cfg(feature = "serve")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use distkey::config::Config;
use distkey::serve::{Server, Start};
use serde_json::{Value, json};

fn server() -> SocketAddr {
    let server = {
        let start = Start {
            program: env!("CARGO_BIN_EXE_distkey").into(),
            arguments: vec!["serve".to_owned(), "--worker".to_owned()],
        };
        Server::bind(Ipv4Addr::LOCALHOST.into(), 0, Config::default(), start).expect("a port")
    };
    let address = server.address().expect("an address");
    std::thread::spawn(move || server.run(std::future::pending()));
    address
}

/// Status, headers and body of a request's answer.
fn send(at: SocketAddr, head: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(at).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(40)))
        .expect("a timeout");
    let length = body.len();
    let request = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    // A body that is refused is not read to its end.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or(0), head.to_lowercase(), body.to_owned())
}

fn post(at: SocketAddr, path: &str, body: &Value) -> (u16, String) {
    let head = format!("POST {path} HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json");
    let (status, _, body) = send(at, &head, body.to_string().as_bytes());
    (status, body)
}

const PLAN: &str = "XN Seq Scan on t  (cost=0.00..100.00 rows=10000 width=8)";

#[test]
fn only_this_page_may_ask() {
    let at = server();
    let status = |head: &str| send(at, head, b"{}").0;
    let json = "Content-Type: application/json";
    assert_eq!(status(&format!("GET / HTTP/1.1\r\nHost: {at}")), 200);
    assert_eq!(status("GET / HTTP/1.1\r\nHost: evil.example"), 403);
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example:80"),
        403
    );
    assert_eq!(status("GET / HTTP/1.1"), 403);
    let post = |host: &str, origin: &str| {
        status(&format!(
            "POST /api/explain HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{json}"
        ))
    };
    let host = at.to_string();
    assert_eq!(post(&host, &format!("http://{at}")), 200);
    assert_eq!(post(&host, "http://evil.example"), 403);
    assert_eq!(post(&host, "null"), 403);
    assert_eq!(post("evil.example", "http://evil.example"), 403);
    // What a form of another page could send without asking.
    assert_eq!(
        status(&format!(
            "POST /api/explain HTTP/1.1\r\nHost: {at}\r\nContent-Type: text/plain"
        )),
        415
    );
    assert_eq!(
        status(&format!(
            "POST /nothing/here HTTP/1.1\r\nHost: {at}\r\n{json}"
        )),
        404
    );
    assert_eq!(status(&format!("DELETE / HTTP/1.1\r\nHost: {at}")), 405);
}

#[test]
fn every_answer_carries_the_policy() {
    let at = server();
    for path in ["/", "/page.js", "/style.css", "/samples.json", "/nothing"] {
        let (_, head, body) = send(at, &format!("GET {path} HTTP/1.1\r\nHost: {at}"), b"");
        let policy = head
            .lines()
            .find(|line| line.starts_with("content-security-policy:"));
        let policy = policy.expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"));
        assert!(!policy.contains("unsafe-inline"), "{path}");
        assert!(head.contains("x-content-type-options: nosniff"), "{path}");
        // Inline code and style would be blocked: there must be none.
        if path == "/" {
            assert!(
                !body.contains(" style=")
                    && !body.contains("<style")
                    && !body.contains(" onclick=")
            );
        }
    }
}

#[test]
fn answers_are_those_of_the_command_line() {
    let at = server();
    let (status, body) = post(
        at,
        "/api/explain",
        &json!({"plan": PLAN, "cluster": "ra3.4xlarge:2", "budget": "1s"}),
    );
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&body).expect("JSON");
    let input = &document["inputs"][0];
    assert_eq!(input["plans"][0]["nodes"][0]["relation"], "t");
    assert_eq!(input["prediction"]["budget_ms"], 1000.0);
    assert_eq!(input["prediction"]["cluster_assumed"], false);
    let (status, body) = post(at, "/view/explain", &json!({"plan": PLAN}));
    assert!(
        status == 200 && body.contains("<svg") && !body.contains("<html"),
        "{body}"
    );
    let (status, body) = post(at, "/report/explain", &json!({"plan": PLAN}));
    assert!(status == 200 && body.contains("<html"), "{body}");
    let (status, body) = post(
        at,
        "/api/lint",
        &json!({"ddl": "CREATE TABLE t (a INT DISTKEY"}),
    );
    assert!(status == 200 && body.contains("syntax_errors"), "{body}");
    let (status, body) = post(at, "/api/diff", &json!({"before": PLAN, "after": PLAN}));
    assert!(
        status == 200 && body.contains("\"kind\":\"same\""),
        "{body}"
    );
}

#[test]
fn what_is_wrong_is_said_and_no_path_of_the_machine() {
    let at = server();
    for (path, body, says) in [
        (
            "/api/explain",
            json!({"plan": PLAN, "cluster": "ra3.huge:4"}),
            "ra3.huge",
        ),
        (
            "/api/explain",
            json!({"plan": PLAN, "budget": "fast"}),
            "budget",
        ),
        ("/api/explain", json!({"plam": PLAN}), "plam"),
        ("/api/explain", json!({"query": "SELECT 1"}), "DDL"),
        (
            "/api/explain",
            json!({"plan": PLAN, "stats": "{"}),
            "statistics",
        ),
        (
            "/api/explain",
            json!({"plan": PLAN, "what_if": {"scale": ["x=y=z"]}}),
            "x=y=z",
        ),
        (
            "/api/diff",
            json!({"before": PLAN, "after": "nothing"}),
            "second",
        ),
        (
            "/api/advise",
            json!({"ddl": "CREATE TABLE t (a INT)"}),
            "queries",
        ),
        ("/api/lint", json!({}), "DDL"),
    ] {
        let (status, text) = post(at, path, &body);
        assert_eq!(status, 400, "{path} {body}: {text}");
        let error: Value = serde_json::from_str(&text).expect("JSON");
        let message = error["error"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{message}");
        assert!(
            !text.contains(env!("CARGO_MANIFEST_DIR")) && !text.contains("/src/"),
            "{text}"
        );
    }
}

#[test]
fn large_random_and_many_bodies_are_survived() {
    let at = server();
    let head =
        format!("POST /api/explain HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json");
    let (status, _, _) = send(at, &head, &vec![b' '; (16 << 20) + 1]);
    assert_eq!(status, 413);
    // A linear generator: the same bytes on every machine.
    let mut state = 7u32;
    for length in [0, 1, 64, 4096, 100_000] {
        let random: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(length)
        .collect();
        assert_eq!(send(at, &head, &random).0, 400);
        let text = String::from_utf8_lossy(&random).into_owned();
        for (path, key) in [("/api/explain", "plan"), ("/view/lint", "ddl")] {
            let (status, body) = post(at, path, &json!({ key: text }));
            assert!(matches!(status, 200 | 400), "{status} {body}");
        }
    }
    let threads: Vec<_> = (0..24)
        .map(|_| std::thread::spawn(move || post(at, "/view/explain", &json!({"plan": PLAN})).0))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("an answer"), 200);
    }
}

/// Statistics that contradict themselves are used in part: the answer says so.
#[test]
fn notes_on_statistics_are_shown_in_every_form() {
    let at = server();
    let bad = r#"{"rows": {"t": 10000}, "columns": {"t.a": {"null_share": 7, "min": 9, "max": 1, "distnct": 4}}}"#;
    let good = r#"{"rows": {"t": 10000}, "columns": {"t.a": {"distinct": 4}}}"#;
    let ddl = "create table t (a int) sortkey (a);";
    let question = |stats: &str| json!({"plan": PLAN, "ddl": ddl, "stats": stats, "query": "", "before": PLAN, "after": PLAN});
    for what in ["explain", "lint", "diff"] {
        let (status, body) = post(at, &format!("/api/{what}"), &question(bad));
        assert_eq!(status, 200, "{body}");
        let document: Value = serde_json::from_str(&body).expect("JSON");
        let notes = document["notes"].as_array().expect("notes");
        assert_eq!(notes.len(), 3, "{what}: {notes:?}");
        let text = document["notes"].to_string();
        for part in ["null_share", "`min` of `t.a`", "distnct"] {
            assert!(text.contains(part), "{what}: {text}");
        }
        for form in ["view", "report"] {
            let (status, body) = post(at, &format!("/{form}/{what}"), &question(bad));
            assert_eq!(status, 200, "{body}");
            assert_eq!(body.matches("Statistics: ").count(), 3, "{form} {what}");
            let (_, body) = post(at, &format!("/{form}/{what}"), &question(good));
            assert!(!body.contains("Statistics: "), "{form} {what}");
        }
        let (_, body) = post(at, &format!("/api/{what}"), &question(good));
        assert!(!body.contains("\"notes\":[\"Statistics"), "{body}");
    }
    let mut workload = question(bad);
    workload["query"] = "select a from t where a = 1;".into();
    let (status, body) = post(at, "/view/advise", &workload);
    assert_eq!(status, 200, "{body}");
    assert_eq!(body.matches("Statistics: ").count(), 3, "{body}");
}

#[test]
fn notes_on_statistics_name_nothing_where_names_are_hidden_and_stay_few() {
    let at = server();
    let ask = |stats: &str, anonymize: bool| {
        let body = json!({"plan": PLAN, "stats": stats, "anonymize": anonymize});
        post(at, "/view/explain", &body).1
    };
    let stats = |bad: usize| {
        let columns: Vec<String> = (0..bad)
            .map(|i| format!(r#""t.secret{i}": {{"null_share": 7}}"#))
            .collect();
        format!(
            r#"{{"rows": {{"t": 10}}, "columns": {{{}}}}}"#,
            columns.join(", ")
        )
    };
    let hidden = ask(&stats(2), true);
    assert!(
        hidden.contains("Statistics: 2 notes without anonymizing."),
        "{hidden}"
    );
    assert!(!hidden.contains("secret"), "{hidden}");
    let shown = |bad: usize| ask(&stats(bad), false).matches("Statistics: ").count();
    assert_eq!((shown(20), shown(21), shown(500)), (20, 21, 21));
    assert!(ask(&stats(21), false).contains("Statistics: 1 note more"));
    assert!(ask(&stats(500), false).contains("Statistics: 480 notes more"));
}

#[test]
fn two_queries_are_compared_by_the_plans_they_get() {
    let at = server();
    let ddl = "CREATE TABLE orders (id BIGINT, customer BIGINT, total INT) DISTKEY (customer);\
               CREATE TABLE customers (id BIGINT, name VARCHAR(40)) DISTKEY (id);";
    let stats = r#"{"rows": {"orders": 90000000, "customers": 9000000}}"#;
    let (joined, alone) = (
        "SELECT count(*) FROM orders o JOIN customers c ON o.customer = c.id",
        "SELECT count(*) FROM orders",
    );
    let ask = |before: &str, after: &str, ddl: &str| {
        let body = json!({"before": before, "after": after, "ddl": ddl, "stats": stats});
        post(at, "/api/diff", &body)
    };
    let (status, body) = ask(joined, alone, ddl);
    assert_eq!(status, 200, "{body}");
    let document: Value = serde_json::from_str(&body).expect("JSON");
    let kinds = document["steps"].to_string();
    assert!(
        kinds.contains("removed") && kinds.contains("customers"),
        "{kinds}"
    );
    // A paste and a query go together.
    assert_eq!(ask(PLAN, alone, ddl).0, 200);
    for (before, after, ddl, field, says) in [
        (joined, alone, "", "ddl", "DDL"),
        (joined, "SELECT 1 FROM nowhere", ddl, "after", "nowhere"),
        ("nothing", alone, ddl, "before", "first plan"),
        (
            joined,
            &format!("{alone}; {alone}"),
            ddl,
            "after",
            "more than one",
        ),
    ] {
        let (status, body) = ask(before, after, ddl);
        assert_eq!(status, 400, "{body}");
        let refusal: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(refusal["field"], field, "{body}");
        assert!(body.contains(says), "{body}");
    }
}
