//! Exports of consoles and of the command line, and dbt.

use super::*;

#[test]
fn exports_of_consoles_and_the_command_line_are_read() {
    let studio = pipeline("glue-studio");
    assert_eq!(unread(&studio), []);
    let visual = job(&studio, "orders-visual");
    assert_eq!(
        (
            known(&visual.capacity.workers),
            known(&visual.timeout_minutes)
        ),
        (Some(10.0), Some(2880.0))
    );
    assert_eq!(
        known(&visual.arguments["--job-bookmark-option"]).as_deref(),
        Some("job-bookmark-disable")
    );
    let script = studio.script_of(visual).expect("its script");
    assert_eq!(script.path, "orders_job.json/orders-visual.py");
    assert_eq!(pipeline("glue-get-job").jobs.len(), 2);
    let create =
        "{\"Name\": \"x\", \"Role\": \"r\", \"Command\": {\"Name\": \"glueetl\"}, \"Timeout\": 5}";
    assert_eq!(
        known(&text("create.json", create).jobs[0].timeout_minutes),
        Some(5.0)
    );

    for (name, queues) in [
        ("redshift-cli", vec!["etl", "queue 2"]),
        ("wlm-object", vec!["analysts"]),
        ("wlm-string", vec!["load", "bi"]),
    ] {
        let pipeline = pipeline(name);
        assert_eq!(unread(&pipeline), [], "{name}");
        let found: Vec<&str> = pipeline
            .queues
            .iter()
            .map(|queue| queue.name.as_str())
            .collect();
        assert_eq!(found, queues, "{name}");
    }
    let broken = text("wlm.json", "{\"wlm_json_configuration\": \"[{\"}");
    assert_eq!(unread(&broken), [("wlm.json", Some(1))]);
}

#[test]
fn a_dbt_project_is_read_as_dbt_fills_it() {
    let target = pipeline("dbt-target");
    assert_eq!(unread(&target), []);
    let names: Vec<&str> = target
        .sql
        .iter()
        .map(|(source, _)| source.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["models/stg_orders.sql", "models/daily.sql"],
        "tests are no models"
    );
    assert!(
        target.sql[0].0.text.contains("\"raw\".\"orders\""),
        "the query is the one that dbt filled"
    );
    assert!(
        target
            .sql
            .iter()
            .all(|(_, script)| script.errors.is_empty())
    );

    let project = pipeline("dbt-project");
    assert_eq!(unread(&project), [("dbt_project.yml", None)]);
    assert!(project.unrecognized[0].what.contains("dbt compile"));
    assert!(project.sql.is_empty(), "templates are no statements");
    // `target/` alone, and a manifest without queries.
    let alone = sources("dbt-target")
        .into_iter()
        .filter(|one| one.name == "target/manifest.json");
    let mut alone: Vec<SourceFile> = alone.collect();
    alone[0].name = "manifest.json".to_owned();
    assert_eq!(of(alone).sql.len(), 2);
    let parsed = "{\"metadata\": {\"dbt_schema_version\": \"v12\"}, \"nodes\": {\"model.a\": {\"resource_type\": \"model\"}}}";
    let parsed = text("target/manifest.json", parsed);
    assert!(parsed.unrecognized[0].what.contains("dbt compile"));
}
