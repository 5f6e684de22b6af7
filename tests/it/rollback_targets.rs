//! A rollback is of what was meant: job, table and prefix come from lineage where that gives
//! one answer, and are refused with the candidates where it does not.
#![cfg(feature = "pipeline")]

use std::process::Command;

/// A job that writes a prefix.
fn job(name: &str) -> (String, String) {
    let template = format!(
        "Resources:\n  {name}:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: {name}\n      \
         Command: {{Name: glueetl, ScriptLocation: s3://code/{name}.py}}\n"
    );
    (format!("{name}.yaml"), template)
}

fn script(name: &str, writes: &str) -> (String, String) {
    let text = format!(
        "import boto3\ns3 = boto3.client('s3')\ns3.put_object(Bucket='lake', Key='{writes}', Body='x')\n"
    );
    (format!("{name}.py"), text)
}

fn sql(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

fn copy(table: &str, from: &str) -> String {
    format!("COPY {table} FROM 's3://{from}' IAM_ROLE default FORMAT JSON 'auto';\n")
}

/// Exit code, what was printed and what was said.
fn runbook(files: &[(String, String)], args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["pipeline", "runbook", "."])
        .args(args)
        .current_dir(folder.path())
        .output()
        .expect("distkey runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// What is rolled back: the page's words on it.
fn page(files: &[(String, String)], args: &[&str]) -> String {
    let (code, out, err) = runbook(files, args);
    assert_eq!(code, 0, "{args:?}: {err}");
    out
}

/// Why there is no page.
fn refused(files: &[(String, String)], args: &[&str]) -> String {
    let (code, out, err) = runbook(files, args);
    assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
    err
}

fn two_loads() -> Vec<(String, String)> {
    vec![
        job("orders"),
        script("orders", "clean/orders/dt=1/a.json"),
        job("events"),
        script("events", "clean/events/dt=1/a.json"),
        sql(
            "load.sql",
            &(copy("orders", "lake/clean/orders/") + &copy("events", "lake/clean/events/")),
        ),
    ]
}

#[test]
fn two_copies_are_refused_with_both_and_never_mixed() {
    let files = two_loads();
    let error = refused(&files, &[]);
    for candidate in [
        "--table events --prefix s3://lake/clean/events/ (./load.sql:2)",
        "--table orders --prefix s3://lake/clean/orders/ (./load.sql:1)",
    ] {
        assert!(error.contains(candidate), "{error}");
    }
    for args in [
        &["--table", "events"][..],
        &["--prefix", "clean/events"],
        &["--prefix", "s3://lake/clean/events/"],
        &["--job", "events"],
    ] {
        let page = page(&files, args);
        assert!(
            page.contains("Rolling `events` back")
                && page.contains("s3://lake/clean/events/")
                && page.contains("`events`")
                && !page.contains("orders"),
            "{args:?}: {page}"
        );
    }
    // What does not belong together is not put together.
    for args in [
        &["--table", "events", "--prefix", "clean/orders"][..],
        &["--table", "orders", "--job", "events"],
        &["--table", "customers"],
        &["--prefix", "s3://other/clean/orders"],
    ] {
        refused(&files, args);
    }
}

#[test]
fn two_staging_tables_of_one_file_are_not_mixed() {
    let merge = |into: &str, from: &str| {
        format!(
            "MERGE INTO {into} USING {from} ON {into}.id = {from}.id \
             WHEN MATCHED THEN UPDATE SET n = {from}.n \
             WHEN NOT MATCHED THEN INSERT (id, n) VALUES ({from}.id, {from}.n);\n"
        )
    };
    let text = "CREATE TEMP TABLE a (id INT, n INT); CREATE TEMP TABLE b (id INT, n INT);\n"
        .to_owned()
        + &copy("a", "lake/clean/orders/")
        + &copy("b", "lake/clean/events/")
        + &merge("orders", "a")
        + &merge("events", "b");
    let mut files = two_loads();
    files.pop();
    files.push(sql("load.sql", &text));
    let page = page(&files, &["--prefix", "clean/orders"]);
    assert!(
        page.contains("Rolling `orders` back") && !page.contains("events"),
        "{page}"
    );
}

#[test]
fn a_prefix_is_neither_widened_nor_empty() {
    let with = |from: &str| {
        vec![
            job("orders"),
            script("orders", "clean/orders/a.json"),
            sql("load.sql", &copy("orders", from)),
        ]
    };
    let named = ["--job", "orders"];
    // As COPY has it, without the slash at the end.
    let page_of = |from: &str| page(&with(from), &named);
    assert!(page_of("lake/clean/orders").contains("s3://lake/clean/orders/ "));
    assert!(page_of("lake/clean/orders/dt=2026-01-02/").contains("s3://lake/clean/orders/ "));
    assert!(page_of("lake/clean/orders/one.json").contains("s3://lake/clean/orders/one.json/ "));
    // The whole bucket: by one key with a partition, by nothing, by a slash.
    for from in [
        "lake",
        "lake/",
        "lake/dt=2026-01-02/a.json",
        "lake/{day}/a.json",
    ] {
        let error = refused(&with(from), &named);
        assert!(error.contains("leaves the whole bucket"), "{from}: {error}");
        let narrow = [&named[..], &["--prefix", "clean/orders"]].concat();
        let page = page(&with(from), &narrow);
        assert!(page.contains("s3://lake/clean/orders/ "), "{from}: {page}");
    }
    for prefix in ["", "/", "*", "s3://lake", "s3://lake/"] {
        let wide = [&named[..], &["--prefix", prefix]].concat();
        let error = refused(&with("lake/clean/orders/"), &wide);
        assert!(
            error.contains("an empty prefix is the whole bucket"),
            "`{prefix}`: {error}"
        );
    }
    // Narrower than COPY is fine, wider and beside it is not.
    for (prefix, fine) in [
        ("clean/orders/dt=2026-01-02", true),
        ("clean/orders/part-*", true),
        ("clean", false),
        ("clean/ord*", false),
        ("clean/orders_old", false),
    ] {
        let args = [&named[..], &["--prefix", prefix]].concat();
        assert_eq!(
            runbook(&with("lake/clean/orders/"), &args).0 == 0,
            fine,
            "{prefix}"
        );
    }
}

#[test]
fn a_manifest_stands_for_the_files_about_it() {
    let text = "COPY orders FROM 's3://lake/clean/orders/manifest' IAM_ROLE default MANIFEST;";
    let mut files = vec![
        job("orders"),
        script("orders", "clean/orders/a.json"),
        sql("load.sql", text),
    ];
    assert!(page(&files, &[]).contains("s3://lake/clean/orders/ "));
    files[2].1 = text.replace("clean/orders/manifest", "manifest");
    let error = refused(&files, &["--job", "orders"]);
    assert!(error.contains("leaves the whole bucket"), "{error}");
}

#[test]
fn a_job_is_not_guessed() {
    let load = sql("load.sql", &copy("orders", "lake/clean/orders/"));
    // One job, but nothing tells that it is this one.
    let alone = [job("orders"), load.clone()];
    let error = refused(&alone, &[]);
    assert!(
        error.contains("--job") && error.contains("there is orders"),
        "{error}"
    );
    page(&alone, &["--job", "orders"]);
    let error = refused(&alone, &["--job", "order"]);
    assert!(error.contains("no job is called `order`"), "{error}");
    // Two jobs that write the same place.
    let both = [
        job("orders"),
        script("orders", "clean/orders/a.json"),
        job("repair"),
        script("repair", "clean/orders/b.json"),
        load.clone(),
    ];
    let error = refused(&both, &[]);
    assert!(
        error.contains("more than one job") && error.contains("orders, repair"),
        "{error}"
    );
    page(&both, &["--job", "repair"]);
    // One that is not there is said to be missing, not the COPY.
    let error = refused(&both, &["--job", "repairs"]);
    assert!(
        error.contains("no job is called `repairs`; there is orders, repair"),
        "{error}"
    );
    let mut idle = both.to_vec();
    idle.push(job("idle"));
    let error = refused(&idle, &["--job", "idle"]);
    assert!(
        error.contains("no COPY of these files is of --job idle;"),
        "{error}"
    );
    assert!(refused(&[load], &[]).contains("no Glue job"));
    // Without a COPY everything must be named.
    let nothing = [job("orders"), script("orders", "clean/orders/a.json")];
    for args in [
        &["--job", "orders"][..],
        &["--job", "orders", "--table", "orders"],
        &[
            "--job",
            "orders",
            "--table",
            "orders",
            "--prefix",
            "clean/orders",
        ],
    ] {
        assert!(
            refused(&nothing, args).contains("--prefix s3://BUCKET"),
            "{args:?}"
        );
    }
    let all = [
        "--job",
        "orders",
        "--table",
        "orders",
        "--prefix",
        "s3://lake/clean/orders",
    ];
    assert!(page(&nothing, &all).contains("s3://lake/clean/orders/ "));
}

#[test]
fn times_are_read_with_their_offset_or_refused() {
    let files = two_loads();
    let at = |time: &str| runbook(&files, &["--table", "orders", "--at", time]);
    let (_, offset, _) = at("2026-01-02T03:30:00+05:30");
    assert!(offset.contains("back to 2026-01-01T22:00:00Z"), "{offset}");
    assert_eq!(at("2026-01-01T22:00:00Z").1, offset);
    for time in [
        "2026-01-02T25:00:00Z",
        "2026-02-30T03:00:00Z",
        "2026-01-02T03:00:00",
        "2026-01-02",
        "soon",
    ] {
        let (code, out, err) = at(time);
        assert!(
            code == 2 && out.is_empty() && err.contains("--at"),
            "{time}: {err}"
        );
    }
    // Not known yet: the page carries it.
    let page = page(&files, &["--table", "orders"]);
    assert!(
        page.contains("back to AT") && page.contains(">= 'AT'"),
        "{page}"
    );
}
