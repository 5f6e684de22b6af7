//! Files: those below a root, and no others.

use super::*;

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
