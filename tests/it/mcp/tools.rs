//! What the tools take and give.

use super::*;

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
