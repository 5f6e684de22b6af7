//! Nonsense, heavy questions, and clients that leave.

use super::*;

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
    let input = client.server.input.as_mut().expect("its input");
    input
        .write_all(b"\xff\xfe\x00\n\n  \r\n")
        .expect("it reads");
    assert_eq!(code(&client.receive()), -32700);
    client.send(r#"{"jsonrpc":"2.0","method":"notifications/nothing","params":{"a":1}}"#);
    client.send(r#"{"jsonrpc":"2.0","id":77,"result":{}}"#);
    let wrong = client.call("explain", &json!({"plam": PLAN}));
    assert_eq!(wrong["isError"], true, "{wrong}");
    assert!(text(&wrong).contains("is `plan` meant?"), "{wrong}");
    client.still_answers();
    assert_eq!(client.close(), Some(0));
}

#[test]
fn a_huge_line_is_refused_by_its_id_and_takes_no_other_with_it() {
    let mut client = anywhere();
    let params = json!({"name": "explain", "arguments": {"plan": "x".repeat(33 << 20)}});
    let answer = client.ask("tools/call", &params);
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
    client.still_answers();
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
        .server
        .said
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
    let heavy = client.ask_much();
    let begun = Instant::now();
    client.still_answers();
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
    let id = client.ask_much();
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
    assert!(client.server.said.recv().is_err(), "it got an answer");
}

#[test]
fn a_client_that_says_nothing_is_left() {
    let mut client = silent(Path::new("."), &[]);
    assert_eq!(client.close(), Some(0));
}

#[test]
fn an_id_that_is_under_way_is_not_taken_twice() {
    let mut client = anywhere();
    let id = client.ask_much();
    client.next -= 1;
    let answer = client.ask("ping", &json!({}));
    assert_eq!(answer["id"], id);
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
}
