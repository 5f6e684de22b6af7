//! Fixes and comments, and the places of their edits.

use super::*;

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
