//! The rollback's script runs the load again: it takes every statement that the rows pass, in
//! one transaction, and refuses a load that a second run would make wrong.
#![cfg(feature = "pipeline")]

use std::process::Command;

use serde_json::Value;

const DDL: &str = "CREATE TABLE orders (id BIGINT PRIMARY KEY, day DATE, n INT, loaded_at TIMESTAMP, zoned TIMESTAMPTZ);\n";
const TEMPLATE: &str = "Resources:\n  J:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: load\n      \
    Command: {Name: glueetl, ScriptLocation: s3://code/job.py}\n      DefaultArguments: {--bucket: lake}\n";
const JOB: &str = "import argparse, boto3\np = argparse.ArgumentParser()\np.add_argument('--day', required=True)\n\
    p.add_argument('--bucket', required=True)\nargs = p.parse_args()\nboto3.client('s3').put_object(Bucket=args.bucket, \
    Key=f'clean/orders/dt={args.day}/a.json', Body='x')\n";
const COPY: &str =
    "FROM 's3://lake/clean/orders/dt=2026-01-02/' IAM_ROLE default FORMAT JSON 'auto';\n";
const MERGE: &str = "MERGE INTO orders USING a ON orders.id = a.id WHEN MATCHED THEN UPDATE SET n = a.n \
    WHEN NOT MATCHED THEN INSERT (id, n) VALUES (a.id, a.n);\n";

/// What the script was given, or why there is none.
fn script(job: &str, load: &str, column: &str) -> Result<Value, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("t.yaml", TEMPLATE),
        ("job.py", job),
        ("ddl.sql", DDL),
        ("load.sql", load),
    ] {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "pipeline", "runbook", ".", "--table", "orders", "--script", "--column", column,
        ])
        .current_dir(folder.path())
        .output()
        .expect("distkey runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if !output.status.success() {
        return Err(text(output.stderr));
    }
    let script = text(output.stdout);
    let after = script.split("<<'TARGET'\n").nth(1).expect("a target");
    let target = after.split("\nTARGET\n").next().expect("its end");
    Ok(serde_json::from_str(target).expect("JSON"))
}

fn staged(rest: &str) -> String {
    format!(
        "BEGIN;\nCREATE TEMP TABLE a (id BIGINT, n INT, loaded_at TIMESTAMP);\nCOPY a {COPY}{rest}COMMIT;\n"
    )
}

#[test]
fn the_whole_load_goes_along_with_places_for_the_run() {
    let target = script(JOB, &staged(MERGE), "loaded_at").expect("a script");
    let sql = &target["sql"];
    assert_eq!(target["arguments"], serde_json::json!({"--day": "day"}));
    assert_eq!(target["partitions"], serde_json::json!({"dt": "day"}));
    assert_eq!(target["parameters"], serde_json::json!(["day"]));
    let stage = sql["stage"].as_array().expect("statements");
    assert_eq!(stage.len(), 2, "{stage:?}");
    assert_eq!(
        stage[1],
        "COPY a FROM 's3://lake/clean/orders/dt=@{dt}/' IAM_ROLE default FORMAT JSON 'auto'"
    );
    assert_eq!(sql["apply"].as_array().expect("statements").len(), 1);
    assert_eq!(sql["drop"], serde_json::json!(["DROP TABLE a"]));
    assert_eq!(
        sql["delete"],
        serde_json::json!(["DELETE FROM orders WHERE loaded_at >= '@{since}'"])
    );
    // The key of the DDL is held unique.
    assert_eq!(sql["guards"].as_array().expect("statements").len(), 2);
}

#[test]
fn a_template_in_a_partition_is_what_a_run_gives() {
    for value in [
        "{{ ds }}",
        "{{ ds }}/hour={{ hour }}",
        "${day}",
        "{{ macros.ds_add(ds, -1) }}",
    ] {
        let load = staged(MERGE).replace("2026-01-02", value);
        let target = script(JOB, &load, "loaded_at").expect(value);
        let copy = target["sql"]["stage"][1].as_str().expect("a COPY");
        let hour = if value.contains("hour") {
            "/hour=@{hour}"
        } else {
            ""
        };
        let wanted = format!("COPY a FROM 's3://lake/clean/orders/dt=@{{dt}}{hour}/'");
        assert!(copy.starts_with(&wanted), "{value}: {copy}");
    }
}

#[test]
fn a_partition_that_the_job_does_not_name_is_asked_for() {
    let other = JOB.replace("dt={args.day}", "dt={today}");
    let target = script(&other, &staged(MERGE), "loaded_at");
    let target = target.expect("a script");
    assert_eq!(target["parameters"], serde_json::json!(["day", "dt"]));
    assert_eq!(target["partitions"], serde_json::json!({"dt": "dt"}));
}

#[test]
fn a_plain_copy_is_loaded_beside_the_table_from_the_time_on() {
    let target = script(JOB, &format!("COPY orders {COPY}"), "loaded_at").expect("a script");
    assert_eq!(
        target["sql"]["stage"],
        serde_json::json!([
            "CREATE TEMP TABLE rollback_arrived (LIKE orders)",
            "COPY rollback_arrived FROM 's3://lake/clean/orders/dt=@{dt}/' IAM_ROLE default FORMAT JSON 'auto'"
        ])
    );
    assert_eq!(
        target["sql"]["apply"],
        serde_json::json!([
            "INSERT INTO orders SELECT * FROM rollback_arrived WHERE loaded_at >= '@{since}'"
        ])
    );
    // Rows between an earlier copy of the table and the time would be lost.
    assert_eq!(target["sql"]["replace"], serde_json::json!([]));
}

#[test]
fn a_staging_table_that_lasts_is_emptied_within_the_transaction() {
    let load = format!(
        "TRUNCATE TABLE stage_a;\nCOPY stage_a {COPY}{}",
        MERGE
            .replace("USING a", "USING stage_a")
            .replace("a.", "stage_a.")
    );
    let target = script(JOB, &load, "loaded_at").expect("a script");
    assert_eq!(target["sql"]["stage"][0], "DELETE FROM stage_a");
    assert_eq!(target["sql"]["drop"], serde_json::json!([]));
}

#[test]
fn delete_and_insert_are_a_load_and_insert_alone_is_not() {
    let insert = "INSERT INTO orders (id, n) SELECT id, n FROM a;\n";
    let delete = "DELETE FROM orders USING a WHERE orders.id = a.id;\n";
    let target = script(JOB, &staged(&format!("{delete}{insert}")), "loaded_at").expect("a script");
    assert_eq!(
        target["sql"]["apply"].as_array().expect("statements").len(),
        2
    );
    let new = "INSERT INTO orders (id, n) SELECT a.id, a.n FROM a LEFT JOIN orders ON orders.id = a.id WHERE orders.id IS NULL;\n";
    assert!(script(JOB, &staged(new), "loaded_at").is_ok());
    let error = script(JOB, &staged(insert), "loaded_at").expect_err("it doubles rows");
    assert!(error.contains("INSERT appends"), "{error}");
}

#[test]
fn loads_that_can_not_be_run_again_are_refused() {
    for (load, reason) in [
        (format!("TRUNCATE orders;\nCOPY orders {COPY}"), "each load empties `orders`"),
        (format!("DELETE FROM orders;\nCOPY orders {COPY}"), "each load empties `orders`"),
        (staged("CALL merge_orders();\n") + MERGE, "what the procedure does is not known"),
        (
            staged(MERGE) + "INSERT INTO orders SELECT * FROM elsewhere;\n",
            "also gets rows from elsewhere",
        ),
        (staged(&MERGE.replace("n = a.n", "n = '2026-01-02'")), "stands outside of COPY's location"),
        (
            staged(MERGE).replace("dt=2026-01-02", "dt=2026-01-02/{{ env }}"),
            "only the scheduler knows",
        ),
        (
            staged(MERGE).replace("dt=2026-01-02", "dt={{ ds }}").replace("n = a.n", "n = {{ n }}"),
            "only the scheduler knows",
        ),
        (
            staged(MERGE).replace("dt=2026-01-02", "dt={{ ds }}").replace("IAM_ROLE default", "IAM_ROLE '{{ role }}'"),
            "whose values only the scheduler knows",
        ),
        (
            staged(MERGE).replace("IAM_ROLE default", "ACCESS_KEY_ID 'AKIAABCDEFGHIJKLMNOP' SECRET_ACCESS_KEY 'abcdefghijklmnopqrstuvwxyz0123456789ABCD'"),
            "a secret stands in this file",
        ),
    ] {
        let error = script(JOB, &load, "loaded_at").expect_err(reason);
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

#[test]
fn the_column_must_be_a_time_of_the_table() {
    let load = staged(MERGE);
    for (column, reason) in [
        (
            "placed_at",
            "has no column `placed_at`: it has day, loaded_at, zoned",
        ),
        ("n", "is INTEGER, which is no time"),
        ("x'; DROP TABLE orders; --", "has no column"),
    ] {
        let error = script(JOB, &load, column).expect_err(reason);
        assert!(error.contains(reason), "{error}");
    }
    let of = |column: &str| script(JOB, &load, column).expect(column);
    assert_eq!(of("day")["whole_days"], true);
    assert_eq!(of("loaded_at")["whole_days"], false);
    assert_eq!(
        of("zoned")["sql"]["delete"][0],
        "DELETE FROM orders WHERE zoned >= '@{since}+00'"
    );
}

#[test]
fn a_job_whose_script_is_not_read_has_no_script() {
    let error = script("x = (", &staged(MERGE), "loaded_at").expect_err("no arguments are known");
    assert!(
        error.contains("--job") || error.contains("is not among these files"),
        "{error}"
    );
}
