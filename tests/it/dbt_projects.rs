//! dbt projects by their artefacts: small manifests and catalogs of our own, and the rules' examples.
#![cfg(feature = "pipeline")]

use std::path::Path;

use super::support::{corpus, distkey, folder};
use distkey::rules::dbt::RULES;
use serde_json::{Value, json};

const MODEL: &str = "models/orders.sql";

/// A project's files: the path, and the text.
type Files = Vec<(String, String)>;

/// What is done to them.
type Change<'a> = &'a dyn Fn(&mut Files);

/// A project of one model with these settings, its query, and a catalog with so many rows.
struct Project {
    config: Value,
    rows: Value,
    stats: Value,
    tests: Vec<Value>,
    raw: String,
}

impl Project {
    fn new(config: Value) -> Self {
        Self {
            config,
            rows: json!(5_000_000),
            stats: json!({}),
            tests: Vec::new(),
            raw: "{{ config() }}\nselect order_id from x\n".to_owned(),
        }
    }

    fn files(&self) -> Files {
        let mut nodes = json!({"model.shop.orders": {
            "resource_type": "model", "name": "orders", "schema": "marts", "alias": "orders",
            "relation_name": "\"db\".\"marts\".\"orders\"", "original_file_path": MODEL,
            "fqn": ["shop", "marts", "orders"], "raw_code": self.raw,
            "compiled_code": "select order_id, customer_id, ordered_on, placed_at from raw.orders",
            "config": self.config, "depends_on": {"nodes": []},
        }});
        for (number, test) in self.tests.iter().enumerate() {
            nodes[format!("test.shop.{number}")] = json!({
                "resource_type": "test", "name": "t", "attached_node": "model.shop.orders", "test_metadata": test,
            });
        }
        let manifest = json!({
            "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "adapter_type": "redshift"},
            "nodes": nodes, "sources": {},
        });
        let mut stats = json!({"rows": {"value": self.rows, "include": true}});
        for (name, value) in self.stats.as_object().expect("figures") {
            stats[name] = json!({"value": value, "include": true});
        }
        let column =
            |name: &str, of: &str, index: u32| json!({"name": name, "type": of, "index": index});
        let columns = json!({
            "order_id": column("order_id", "bigint", 1), "customer_id": column("customer_id", "bigint", 2),
            "ordered_on": column("ordered_on", "date", 3), "placed_at": column("placed_at", "timestamp without time zone", 4),
        });
        let catalog = json!({"nodes": {"model.shop.orders": {"columns": columns, "stats": stats}}, "sources": {}});
        vec![
            ("target/manifest.json".to_owned(), manifest.to_string()),
            ("target/catalog.json".to_owned(), catalog.to_string()),
            (MODEL.to_owned(), self.raw.clone()),
        ]
    }

    /// Findings as `CODE severity path:line`.
    fn found(&self) -> Vec<String> {
        found(&self.files(), &["dbt"])
    }

    /// The report.
    fn text(&self) -> String {
        let files = self.files();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        distkey(folder(&files).path(), &["dbt"]).out
    }

    fn has(&self, code: &str) -> Option<String> {
        self.found().into_iter().find(|one| one.starts_with(code))
    }
}

fn found(files: &[(String, String)], args: &[&str]) -> Vec<String> {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let there = folder(&files);
    findings(there.path(), args)
}

fn findings(there: &Path, args: &[&str]) -> Vec<String> {
    let ran = distkey(there, &[args, &["--format", "json"]].concat());
    let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    let files = document["files"].as_array().expect("files").iter();
    let all = files.flat_map(|file| file["findings"].as_array().expect("findings").clone());
    let words = all.map(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let place = &one["location"];
        let path = place["path"].as_str().expect("a path");
        format!(
            "{} {} {path}:{}",
            text("code"),
            text("severity"),
            place["line"]
        )
    });
    words.collect()
}

/// The settings of a rule's example, `key: value` line by line; what it says behind `#` is of the
/// catalog or of a test.
fn example(doc: &str, heading: &str) -> Project {
    let part = doc.split(heading).nth(1).expect("a heading");
    let block = part
        .split("```yaml")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("YAML");
    let mut project = Project::new(json!({}));
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(said) = line.strip_prefix('#') {
            if let Some(column) = said.trim().strip_prefix("in the catalog: sorted by ") {
                project.stats["sortkey1"] = json!(column);
                project.stats["sortkey_num"] = json!(1);
            } else if said.contains("a test `unique` on order_id") {
                project
                    .tests
                    .push(json!({"name": "unique", "kwargs": {"column_name": "order_id"}}));
            } else {
                panic!("{line}");
            }
            continue;
        }
        let (key, value) = line.split_once(": ").expect("key: value");
        project.config[key] = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    }
    project
}

#[test]
fn documented_examples_raise_their_rule_and_the_cure_does_not() {
    for rule in RULES {
        let (code, doc) = (rule.info.code, rule.info.doc);
        assert!(
            example(doc, "## Example").has(code).is_some(),
            "{code} misses its example"
        );
        assert_eq!(example(doc, "## Use instead").has(code), None, "{code}");
    }
}

#[test]
fn a_million_rows_make_a_warning() {
    let config = json!({"materialized": "incremental", "unique_key": ["order_id"], "dist": "customer_id", "sort": "ordered_on"});
    for (rows, severity) in [
        (json!(999_999), "hint"),
        (json!(1_000_000), "warning"),
        (Value::Null, "hint"),
    ] {
        let project = Project {
            rows: rows.clone(),
            ..Project::new(config.clone())
        };
        for code in ["DK281", "DK282"] {
            let found = project.has(code).expect(code);
            assert!(found.contains(severity), "{rows} {found}");
        }
    }
}

#[test]
fn only_what_joins_by_a_key_is_told_of_it() {
    for (strategy, key, joins) in [
        (Value::Null, json!("order_id"), true),
        (Value::Null, Value::Null, false),
        (json!("append"), json!("order_id"), false),
        (
            json!("delete+insert"),
            json!(["order_id", "ordered_on"]),
            true,
        ),
        (json!("microbatch"), json!("order_id"), false),
        (json!("merge"), json!(["customer_id"]), true),
    ] {
        let config = json!({"materialized": "incremental", "incremental_strategy": strategy, "unique_key": key, "dist": "even"});
        let project = Project::new(config);
        for code in ["DK281", "DK282"] {
            assert_eq!(
                project.has(code).is_some(),
                joins,
                "{code} {strategy} {key}"
            );
        }
    }
    for dist in ["ALL", " Customer_Id ", "auto"] {
        let config =
            json!({"materialized": "incremental", "unique_key": "customer_id", "dist": dist});
        assert_eq!(Project::new(config).has("DK281"), None, "{dist}");
    }
}

#[test]
fn drift_is_told_of_tables_that_are_kept() {
    let drifted =
        json!({"diststyle": "KEY(customer_id)", "sortkey1": "placed_at", "sortkey_num": 1});
    let config =
        |kept: &str| json!({"materialized": kept, "dist": "order_id", "sort": ["placed_at"]});
    for (kept, count) in [("incremental", 1), ("table", 0), ("view", 0)] {
        let project = Project {
            stats: drifted.clone(),
            ..Project::new(config(kept))
        };
        let drift = project
            .found()
            .iter()
            .filter(|one| one.starts_with("DK280"))
            .count();
        assert_eq!(drift, count, "{kept}");
    }
    // The same first column, and another number of them.
    let stats = json!({"diststyle": "KEY(order_id)", "sortkey1": "placed_at", "sortkey_num": 2});
    let project = Project {
        stats,
        ..Project::new(config("incremental"))
    };
    assert!(project.has("DK280").is_some());
    for (dist, printed, drifts) in [
        ("all", "ALL", false),
        ("even", "AUTO(EVEN)", true),
        ("auto", "AUTO(ALL)", false),
        ("auto", "KEY(order_id)", false),
    ] {
        let config = json!({"materialized": "incremental", "dist": dist});
        let project = Project {
            stats: json!({"diststyle": printed}),
            ..Project::new(config)
        };
        assert_eq!(project.has("DK280").is_some(), drifts, "{dist} {printed}");
    }
    // What Redshift refuses is not advised: the distribution of an interleaved table, and such a key.
    for (sort_type, refused) in [
        ("compound", "ALTER DISTKEY"),
        ("interleaved", "ALTER DISTKEY"),
    ] {
        let asked = json!({"materialized": "incremental", "dist": "order_id", "sort": ["placed_at"], "sort_type": sort_type});
        let stats = json!({"diststyle": "EVEN", "sortkey1": "INTERLEAVED", "sortkey_num": 2});
        let out = Project {
            stats,
            ..Project::new(asked)
        }
        .text();
        assert!(
            out.contains("DK280") && out.contains("--full-refresh") && !out.contains(refused),
            "{sort_type} {out}"
        );
    }
    let asked = json!({"materialized": "incremental", "dist": "order_id", "sort": ["placed_at"], "sort_type": "interleaved"});
    let stats = json!({"diststyle": "KEY(order_id)", "sortkey1": "placed_at", "sortkey_num": 1});
    let out = Project {
        stats,
        ..Project::new(asked)
    }
    .text();
    assert!(
        out.contains("DK280") && !out.contains("INTERLEAVED SORTKEY"),
        "{out}"
    );
    // The statement changes the table; a fixed table drifts no more.
    let project = Project {
        stats: drifted,
        ..Project::new(config("incremental"))
    };
    let out = project.text();
    assert!(
        out.contains("ALTER TABLE marts.orders ALTER DISTKEY order_id;"),
        "{out}"
    );
}

#[test]
fn findings_stand_where_the_setting_is_made() {
    let config = json!({"materialized": "incremental", "unique_key": "order_id", "dist": "customer_id", "sort": "ordered_on", "incremental_strategy": "merge"});
    let raw = "-- orders, config( later\n{{ config(\n    unique_key='order_id',\n    dist = 'customer_id',\n    incremental_strategy='merge') }}\nselect 1\n";
    let project = Project {
        raw: raw.to_owned(),
        ..Project::new(config.clone())
    };
    let place = |project: &Project, code: &str| {
        project
            .has(code)
            .expect(code)
            .rsplit(' ')
            .next()
            .map(str::to_owned)
    };
    // A word in a comment begins no configuration.
    assert_eq!(
        place(&project, "DK281").as_deref(),
        Some("models/orders.sql:4")
    );
    assert_eq!(
        place(&project, "DK282").as_deref(),
        Some("models/orders.sql:5")
    );
    assert_eq!(
        place(&project, "DK284").as_deref(),
        Some("models/orders.sql:3")
    );
    // In the YAML beside it, and for its folder.
    let project = Project {
        raw: "select 1\n".to_owned(),
        ..Project::new(config)
    };
    let mut files = project.files();
    files[0].1 = files[0].1.replace(
        "\"fqn\"",
        "\"patch_path\": \"shop://models/schema.yml\", \"fqn\"",
    );
    files.push(("models/schema.yml".to_owned(), "models:\n- name: other\n  config: {dist: all}\n- name: orders\n  config:\n    dist: customer_id\n".to_owned()));
    files.push((
        "dbt_project.yml".to_owned(),
        "models:\n  +dist: even\n  shop:\n    marts:\n      +incremental_strategy: merge\n"
            .to_owned(),
    ));
    let found = found(&files, &["dbt"]);
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("DK281") && one.ends_with("models/schema.yml:6")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("DK282") && one.ends_with("dbt_project.yml:5")),
        "{found:#?}"
    );
}

#[test]
fn a_comment_silences_a_finding() {
    let config =
        json!({"materialized": "incremental", "unique_key": "order_id", "dist": "customer_id"});
    let raw = "-- distkey: ignore DK281: the joins of the reports weigh more\n{{ config(dist='customer_id') }}\nselect 1\n";
    let project = Project {
        raw: raw.to_owned(),
        ..Project::new(config)
    };
    assert_eq!(project.has("DK281"), None);
    assert!(project.has("DK282").is_some());
    let files = project.files();
    assert_eq!(found(&files, &["dbt", "--select", "DK284"]).len(), 1);
}

#[test]
fn what_is_no_project_of_ours_is_refused() {
    let small = json!(10);
    let project = Project {
        rows: small,
        ..Project::new(json!({"materialized": "table"}))
    };
    let run = |change: Change<'_>, args: &[&str]| {
        let mut files = project.files();
        change(&mut files);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let there = folder(&files);
        let ran = distkey(there.path(), args);
        (ran.code, ran.err)
    };
    let refused: [(Change<'_>, &str); 4] = [
        (
            &|files| files[0].1 = files[0].1.replace("redshift\"", "snowflake\""),
            "adapter `snowflake`",
        ),
        (&|files| drop(files.remove(0)), "run `dbt parse`"),
        (&|files| files[0].1.truncate(40), "no JSON as dbt writes it"),
        (&|files| files[1].1.truncate(40), "catalog.json"),
    ];
    for (change, says) in refused {
        let (code, err) = run(change, &["dbt"]);
        assert_eq!(code, 2, "{says}");
        assert!(err.contains(says), "{says}: {err}");
    }
    let noted: [(Change<'_>, &str); 3] = [
        (
            &|files| files[0].1 = files[0].1.replace("v12.json", "v13.json"),
            "version 13",
        ),
        (&|files| drop(files.remove(1)), "there is no catalog.json"),
        (
            &|files| files[0].1 = files[0].1.replace("compiled_code", "compiled_none"),
            "no compiled query",
        ),
    ];
    for (change, says) in noted {
        let (code, err) = run(change, &["dbt", "target"]);
        assert_eq!(code, 0, "{err}");
        assert!(err.contains(says), "{says}: {err}");
    }
    let (_, err) = run(
        &|files| files.push(("dbt_project.yml".to_owned(), String::new())),
        &["lint", "."],
    );
    assert!(err.contains("`distkey dbt .`"), "{err}");
}

#[test]
fn corpus_dbt_has_its_planted_faults_and_nothing_else_at_warning() {
    let Some(corpus) = corpus() else {
        return;
    };
    let found = findings(
        &corpus.join("dbt"),
        &["dbt", "target", "--cluster", "ra3.4xlarge:4"],
    );
    let warnings: Vec<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|one| one.contains(" warning "))
        .collect();
    assert_eq!(
        warnings,
        [
            "DK111 warning models/marts/customer_daily.sql:1",
            "DK206 warning models/marts/dim_customers.sql:1",
            "DK238 warning models/marts/fct_events.sql:1",
            "DK218 warning models/marts/fct_events.sql:4",
            "DK236 warning models/marts/fct_events.sql:4",
            "DK237 warning models/marts/fct_events.sql:4",
            "DK282 warning models/marts/fct_orders.sql:5",
            "DK280 warning models/marts/fct_orders.sql:8",
            "DK204 warning models/marts/revenue_mv.sql:1",
        ]
        .as_slice(),
        "{found:#?}"
    );
}
