//! Half-typed texts, nonsense, and clients that leave.

use super::*;

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
    let input = editor.server.input.as_mut().expect("its input");
    input
        .write_all(b"nonsense\r\n\r\nContent-Length: 3\r\n\r\n{{{")
        .expect("it reads");
    assert_eq!(code(&editor.receive()), -32700);
    let input = editor.server.input.as_mut().expect("its input");
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
    assert_ne!(
        editor.server.process.wait().expect("its end").code(),
        Some(0)
    );
    let mut editor = silent(&["--stdio"]);
    drop(editor.server.input.take());
    assert_eq!(
        editor.server.process.wait().expect("its end").code(),
        Some(0)
    );
}
