//! What is read of the forms in which people have their pipelines: `tests/pipelines`.
#![cfg(feature = "pipeline")]

use std::path::{Path, PathBuf};

use distkey::pipeline::dag::{Dag, Does};
use distkey::pipeline::{Field, Job, Pipeline, Started};
use distkey::text::SourceFile;

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|one| one.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => files(&path, out),
            false => out.push(path),
        }
    }
}

/// One of the folders, with paths as seen from it.
pub(crate) fn sources(name: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pipelines")
        .join(name);
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let read = |path: &PathBuf| {
        let mut source = SourceFile::read(path).expect("a file");
        source.name = path
            .strip_prefix(&root)
            .expect("below it")
            .to_string_lossy()
            .into_owned();
        source
    };
    paths.iter().map(read).collect()
}

fn pipeline(name: &str) -> Pipeline {
    of(sources(name))
}

fn of(sources: Vec<SourceFile>) -> Pipeline {
    let mut pipeline = Pipeline::default();
    pipeline.add(sources);
    pipeline
}

fn text(name: &str, text: &str) -> Pipeline {
    of(vec![SourceFile::new(name, text)])
}

fn job<'a>(pipeline: &'a Pipeline, name: &str) -> &'a Job {
    let found = pipeline.jobs.iter().find(|job| job.name == name);
    found.unwrap_or_else(|| {
        let names: Vec<_> = pipeline.jobs.iter().map(|job| &job.name).collect();
        panic!("no {name} among {names:?}")
    })
}

/// What of a pipeline is broken or missing: file and line.
fn unread(pipeline: &Pipeline) -> Vec<(&str, Option<usize>)> {
    let broken = pipeline.unrecognized.iter().filter(|one| one.is_broken());
    broken.map(|one| (one.path.as_str(), one.line)).collect()
}

/// The jobs that are started, by way of whom.
fn started(pipeline: &Pipeline) -> Vec<(String, String)> {
    let by = |job: &Job| {
        let starts = pipeline.starts_of(job);
        let by = starts.map(|start| (start.by.clone(), job.name.clone()));
        by.collect::<Vec<_>>()
    };
    let mut all: Vec<_> = pipeline.jobs.iter().flat_map(by).collect();
    all.sort();
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    own.collect()
}

fn known<T: Clone>(field: &Field<T>) -> Option<T> {
    field.known().cloned()
}

#[test]
fn templates_are_read_as_cloudformation_reads_them() {
    let braces = pipeline("cfn-flow-braces");
    assert_eq!(unread(&braces), []);
    let orders = job(&braces, "orders-nightly");
    assert_eq!(
        known(&orders.script).as_deref(),
        Some("s3://${CodeBucket}/jobs/orders.py")
    );
    assert_eq!(known(&orders.timeout_minutes), Some(120.0));
    assert_eq!(orders.arguments.len(), 3);
    assert_eq!(
        braces.script_of(orders).map(|script| script.path.as_str()),
        Some("jobs/orders.py")
    );
    assert_eq!(
        started(&braces),
        pairs(&[("orders-nightly-trigger", "orders-nightly")])
    );

    let sub = pipeline("cfn-sub-definition");
    assert_eq!(unread(&sub), []);
    // A line of the definition is one of the template.
    let (_, clean) = &sub.machines[0].states[1];
    assert_eq!(
        (sub.machines[0].place.path.as_str(), clean.line),
        ("template.yml", 32)
    );
    assert_eq!(started(&sub), pairs(&[("Clean", "CleanJob")]));
    assert_eq!(sub.statements.len(), 1);

    let join = pipeline("cfn-join-json");
    assert_eq!(unread(&join), []);
    assert_eq!(started(&join), pairs(&[("EveryTenMinutes", "Ingest")]));
    assert_eq!(
        known(&job(&join, "Ingest").script).as_deref(),
        Some("s3://${Bucket}/ingest.py")
    );

    // What is made when the template is deployed is told, and the rest is read.
    let each = pipeline("cfn-foreach");
    assert_eq!(unread(&each), [("template.yaml", Some(5))]);
    assert_eq!(each.jobs.len(), 1);
}

#[test]
fn a_definition_beside_its_template_is_read_with_it() {
    let sam = pipeline("sam-definition-uri");
    assert_eq!(unread(&sam), []);
    assert_eq!(sam.machines.len(), 1, "the file is no machine of its own");
    let machine = &sam.machines[0];
    assert_eq!(
        (machine.name.as_str(), machine.place.path.as_str()),
        ("LoadStateMachine", "statemachine/load.asl.json")
    );
    assert_eq!(started(&sam), pairs(&[("Load", "LoadJob")]));
    // Its own schedule starts the machine, and by it the job.
    let daily = &sam.triggers[0];
    assert_eq!(
        known(&daily.schedule).as_deref(),
        Some("cron(15 2 * * ? *)")
    );
    assert_eq!(sam.starts(daily, job(&sam, "LoadJob")), Some(true));

    let alone: Vec<SourceFile> = sources("sam-definition-uri")
        .into_iter()
        .filter(|source| source.name == "template.yaml")
        .collect();
    let without = of(alone);
    assert_eq!(unread(&without), [("template.yaml", Some(5))]);
    let what = &without
        .unrecognized
        .iter()
        .find(|one| one.is_broken())
        .expect("it")
        .what;
    assert!(
        what.contains("name its definition `statemachine/load.asl.json`"),
        "{what}"
    );
    for uri in [
        "DefinitionS3Location: flow.json",
        "DefinitionS3Location: {Bucket: b, Key: build/flow.json}",
        "DefinitionUri: ./flow.json",
    ] {
        let template = format!(
            "Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      {uri}\n"
        );
        let flow = "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}";
        let read = of(vec![
            SourceFile::new("t.yaml", template),
            SourceFile::new("flow.json", flow),
        ]);
        assert_eq!((read.machines.len(), unread(&read)), (1, vec![]), "{uri}");
    }
}

#[test]
fn what_cdk_writes_is_read_with_its_assets() {
    let cdk = pipeline("cdk-synth");
    assert_eq!(unread(&cdk), []);
    let glue = job(&cdk, "GlueJob");
    let script = cdk.script_of(glue).map(|script| script.path.as_str());
    assert_eq!(script, Some("cdk.out/asset.6bd1f5f0e7a8.py"));
    assert_eq!(started(&cdk), pairs(&[("Run", "GlueJob")]));
    assert_eq!(cdk.starts(&cdk.triggers[0], glue), Some(true));
    // The source of a stack is not run.
    let source = pipeline("cdk-source");
    let what = &source
        .unrecognized
        .iter()
        .find(|one| one.path.ends_with(".ts"))
        .expect("it")
        .what;
    assert!(what.contains("cdk synth"), "{what}");
}

#[test]
fn terraform_is_read_with_its_variables_and_references() {
    let simple = pipeline("tf-simple");
    assert_eq!(unread(&simple), []);
    let orders = job(&simple, "shop-prod-orders");
    assert_eq!(orders.place.path, "main.tf");
    // The file of values comes before the default.
    assert_eq!(known(&orders.capacity.workers), Some(20.0));
    assert_eq!(
        known(&orders.script).as_deref(),
        Some("s3://shop-prod-scripts/jobs/orders.py")
    );
    assert_eq!(
        simple.script_of(orders).map(|script| script.path.as_str()),
        Some("jobs/orders.py")
    );
    assert_eq!(
        known(&orders.arguments["--source"]).as_deref(),
        Some("s3://shop-lake-prod/raw/orders/")
    );
    assert_eq!(
        known(&orders.arguments["--job-bookmark-option"]).as_deref(),
        Some("job-bookmark-disable")
    );
    let lake = simple
        .buckets
        .iter()
        .find(|one| one.name == "shop-lake-prod")
        .expect("a bucket");
    assert_eq!(known(&lake.versioned), Some(true));
    let rule = &lake.lifecycle.as_ref().expect("rules")[0];
    assert_eq!(
        (
            rule.prefix.as_str(),
            rule.expires_days,
            rule.noncurrent_days
        ),
        ("raw/", Some(90.0), Some(30.0))
    );
    assert_eq!(
        simple.buckets.len(),
        2,
        "versions and rules are no buckets of their own"
    );
    assert_eq!(
        started(&simple),
        pairs(&[("shop-prod-nightly", "shop-prod-orders")])
    );
    let role = simple.role_of(orders).expect("a role");
    assert_eq!(role.managed.len(), 1);
    assert!(
        simple
            .policies
            .iter()
            .any(|policy| policy.actions == ["s3:*"] && policy.roles == [role.name.as_str()])
    );

    // Without the value of a variable, what hangs on it stays open.
    let own = sources("tf-simple")
        .into_iter()
        .filter(|one| !one.name.ends_with("tfvars"));
    let open = of(own.collect());
    assert_eq!(known(&job(&open, "orders").capacity.workers), Some(10.0));
    assert_eq!(started(&open), pairs(&[("nightly", "orders")]));
}

#[test]
fn files_of_values_that_terraform_does_not_load_count_where_they_agree() {
    let main = "variable \"workers\" {}\nvariable \"minutes\" { default = 5 }\nresource \"aws_glue_job\" \"a\" {\n  name = \"a\"\n  \
                number_of_workers = var.workers\n  timeout = var.minutes\n}\n";
    let with = |others: &[(&str, &str)]| {
        let own = std::iter::once(SourceFile::new("main.tf", main));
        let others = others
            .iter()
            .map(|(name, text)| SourceFile::new(*name, *text));
        let pipeline = of(own.chain(others).collect());
        (
            pipeline.jobs[0].capacity.workers.clone(),
            pipeline.jobs[0].timeout_minutes.clone(),
        )
    };
    let (ten, five) = (Field::Known(10.0), Field::Known(5.0));
    assert_eq!(with(&[]), (Field::Symbolic, five.clone()));
    assert_eq!(
        with(&[("prod.tfvars", "workers = 10\n")]),
        (ten.clone(), five.clone())
    );
    let both = [
        ("dev.tfvars", "workers = 2\nminutes = 9\n"),
        ("env/prod.tfvars", "workers = 10\nminutes = 9\n"),
    ];
    assert_eq!(with(&both), (Field::Symbolic, Field::Known(9.0)));
    let own = [both[0], both[1], ("terraform.tfvars", "workers = 10\n")];
    assert_eq!(with(&own), (ten, Field::Known(9.0)));
}

#[test]
fn documents_within_terraform_are_read_however_they_are_written() {
    let encoded = pipeline("tf-jsonencode");
    assert_eq!(unread(&encoded), []);
    assert_eq!(
        started(&encoded),
        pairs(&[("clean_events", "events-clean")])
    );
    let names: Vec<&str> = encoded.machines[0]
        .states
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["clean_events", "each_table", "copy"]);
    assert_eq!(encoded.statements.len(), 1);
    assert_eq!(
        encoded.starts(&encoded.triggers[0], job(&encoded, "events-clean")),
        Some(true)
    );
    assert_eq!(known(&job(&encoded, "events-clean").concurrent), Some(3.0));

    let template = pipeline("tf-templatefile");
    assert_eq!(unread(&template), []);
    assert_eq!(template.jobs.len(), 3);
    assert_eq!(
        started(&template),
        pairs(&[("Orders", "load-orders"), ("Refunds", "load-refunds")])
    );
    assert_eq!(
        template.machines[0].place.path,
        "templates/load_all.asl.json.tftpl"
    );
    let alarm = &template.alarms[0];
    assert_eq!(
        alarm.watches(job(&template, "load-orders"), &template.jobs),
        Some(true)
    );
    assert_eq!(
        alarm.watches(job(&template, "load-items"), &template.jobs),
        Some(false)
    );
    assert_eq!(
        template.starts(&template.triggers[0], job(&template, "load-items")),
        Some(false)
    );

    let heredoc = pipeline("tf-heredoc");
    assert_eq!(unread(&heredoc), []);
    assert_eq!(started(&heredoc), pairs(&[("Load", "load")]));
    assert_eq!(heredoc.machines[0].states[0].1.line, 9);
    let old = &heredoc.buckets[0];
    assert_eq!(known(&old.versioned), Some(true));
    let rule = &old.lifecycle.as_ref().expect("rules")[0];
    assert_eq!((rule.enabled, rule.expires_days), (true, Some(400.0)));
}

#[test]
fn local_modules_are_read_with_what_they_are_given() {
    let modules = pipeline("tf-modules");
    assert_eq!(modules.jobs.len(), 2);
    let (orders, refunds) = (job(&modules, "acme-orders"), job(&modules, "acme-refunds"));
    assert_eq!(
        (
            known(&orders.capacity.workers),
            known(&refunds.capacity.workers)
        ),
        (Some(8.0), Some(2.0))
    );
    assert_eq!(orders.arguments.len(), 2);
    let expected = [
        ("acme-orders", "acme-orders"),
        ("refunds-after-orders", "acme-refunds"),
    ];
    assert_eq!(started(&modules), pairs(&expected));
    // A module of a registry is not there.
    assert_eq!(unread(&modules), [("envs/prod/main.tf", Some(18))]);
    // A module that calls itself ends.
    let circle = "module \"a\" { source = \"./.\" }\nresource \"aws_glue_job\" \"j\" { name = module.a.x }\noutput \"x\" { value = module.a.x }\n";
    let read = text("m/main.tf", circle);
    assert!(read.jobs.len() < 20, "{}", read.jobs.len());
    let locals = "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_glue_job\" \"j\" { name = local.a }\n";
    assert_eq!(text("main.tf", locals).jobs[0].name, "j");
}

#[test]
fn what_is_dynamic_is_told_and_not_guessed() {
    let dynamic = pipeline("tf-dynamic");
    let all = job(&dynamic, "all");
    assert_eq!(all.capacity.workers, Field::Symbolic);
    assert_eq!(all.script, Field::Symbolic);
    assert_eq!(
        unread(&dynamic),
        [("main.tf", Some(11)), ("main.tf", Some(60))]
    );
    let queues: Vec<&str> = dynamic
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(queues, ["etl", "bi"]);
    for (what, value) in [
        ("timeout = max(5, 60)", Field::Symbolic),
        ("timeout = var.long ? 90 : 30", Field::Known(90.0)),
        ("timeout = var.unset ? 90 : 30", Field::Symbolic),
        ("timeout = 2 * 30 + 1", Field::Known(61.0)),
        ("timeout = lookup({a = 7}, \"a\", 9)", Field::Known(7.0)),
        ("timeout = null", Field::Missing),
    ] {
        let main = format!(
            "variable \"long\" {{ default = true }}\nresource \"aws_glue_job\" \"a\" {{\n  {what}\n}}\n"
        );
        assert_eq!(
            text("main.tf", &main).jobs[0].timeout_minutes,
            value,
            "{what}"
        );
    }
    for (count, jobs) in [
        ("0", 0),
        ("3", 3),
        ("var.on ? 1 : 0", 0),
        ("length([1, 2])", 2),
    ] {
        let main = format!(
            "variable \"on\" {{ default = false }}\nresource \"aws_glue_job\" \"a\" {{ count = {count} }}\n"
        );
        assert_eq!(text("main.tf", &main).jobs.len(), jobs, "{count}");
    }
    let broken = text(
        "main.tf",
        "resource \"aws_glue_job\" \"a\" {\n  name = \n}\n",
    );
    assert_eq!(unread(&broken), [("main.tf", Some(2))]);
    assert!(broken.read.is_empty(), "{:?}", broken.read);
}

#[test]
fn a_plan_refers_to_what_it_does_not_know_yet() {
    let plan = pipeline("tf-plan");
    assert_eq!(unread(&plan), []);
    assert_eq!(plan.buckets.len(), 1);
    assert_eq!(known(&plan.buckets[0].versioned), Some(true));
    assert_eq!(
        known(&job(&plan, "load").role).as_deref(),
        Some("${glue.Arn}")
    );
    let what =
        |one: &distkey::pipeline::Start| matches!(&one.what, Started::Job(name) if name == "load");
    assert!(plan.starts.iter().all(what));
}

fn dag(name: &str) -> (Pipeline, Dag) {
    let pipeline = pipeline(name);
    assert_eq!(pipeline.dags.len(), 1, "{name}");
    let dag = pipeline.dags[0].clone();
    (pipeline, dag)
}

/// Each task with those that it waits for.
fn order(dag: &Dag) -> Vec<String> {
    let tasks = dag.tasks.iter();
    tasks
        .map(|task| format!("{}: {}", task.id, task.after.join(" ")))
        .collect()
}

/// The tables that statements in files of Python load, with their lines.
fn loaded(pipeline: &Pipeline) -> Vec<(String, usize)> {
    let of = |(source, script): &(SourceFile, distkey::sql::Script)| {
        let copies = script.statements.iter().filter_map(|one| match &one.body {
            distkey::sql::Body::Copy(copy) => {
                let line = source.line_column(one.span.start).line;
                Some((copy.table.table.bare().to_lowercase(), line))
            }
            _ => None,
        });
        copies.collect::<Vec<_>>()
    };
    pipeline.sql.iter().flat_map(of).collect()
}

#[test]
fn a_dag_has_its_settings_tasks_and_order() {
    let (pipeline, orders) = dag("airflow-classic");
    assert_eq!(unread(&pipeline), []);
    assert_eq!(orders.name, "orders_daily");
    assert_eq!(
        known(&orders.schedule).as_deref(),
        Some("cron(0 4 * * ? *)")
    );
    assert_eq!(
        (orders.catchup.clone(), known(&orders.start).as_deref()),
        (Field::Missing, Some("2021-01-01"))
    );
    assert_eq!(order(&orders), ["clean: ", "copy: clean", "report: copy"]);
    assert!(
        orders
            .tasks
            .iter()
            .all(|task| task.retries == Field::Known(2.0)),
        "{orders:?}"
    );
    assert_eq!(orders.tasks[0].does, Does::Job("orders-clean".to_owned()));
    let start = &pipeline.starts[0];
    assert!(start.is_retried);
    let arguments = start.arguments.as_ref().expect("arguments");
    assert_eq!(known(&arguments["--day"]).as_deref(), Some("{{ ds }}"));
    assert_eq!(loaded(&pipeline), [("sales.orders".to_owned(), 31)]);
    // What stands in a task as text is read, too.
    let reads = |table: &str| {
        pipeline
            .sql
            .iter()
            .any(|(source, _)| source.text.contains(table))
    };
    assert!(reads("reporting.daily_orders"));
}

#[test]
fn tasks_are_made_in_loops_functions_and_groups() {
    let (looped, tables) = dag("airflow-loop");
    assert_eq!(unread(&looped), []);
    assert_eq!(
        (tables.catchup.clone(), known(&tables.max_active_runs)),
        (Field::Known(false), Some(1.0))
    );
    let order_of = order(&tables);
    assert!(
        order_of.contains(&"load_products: start".to_owned()),
        "{order_of:?}"
    );
    assert!(
        order_of.contains(&"end: analyze_customers analyze_products analyze_stores".to_owned()),
        "{order_of:?}"
    );
    let copies: Vec<String> = loaded(&looped)
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    assert_eq!(
        copies,
        [
            "reference.customers",
            "reference.products",
            "reference.stores"
        ]
    );

    let (flow, events) = dag("airflow-taskflow");
    assert_eq!(unread(&flow), []);
    assert_eq!(
        (events.name.as_str(), &events.schedule),
        ("events", &Field::Missing)
    );
    assert_eq!(
        order(&events),
        [
            "crawl: list_hours",
            "transform: crawl",
            "merge: transform",
            "list_hours: "
        ]
    );
    assert_eq!(
        events.tasks[0].does,
        Does::Crawler {
            name: "events-crawler".to_owned(),
            waits: false
        }
    );
    assert!(events.runs("merge_events.sql"));
    // A job that a task makes is one.
    let transform = job(&flow, "events-transform");
    assert_eq!(
        (
            known(&transform.capacity.workers),
            known(&transform.timeout_minutes)
        ),
        (Some(10.0), Some(60.0))
    );
    assert!(!flow.starts[0].is_retried);

    let (_, nightly) = dag("airflow-step-function");
    assert_eq!(
        nightly.tasks[0].does,
        Does::Machine("nightly-flow".to_owned())
    );
    assert_eq!(
        known(&nightly.schedule).as_deref(),
        Some("cron(30 1 ? * MON-FRI *)")
    );
    let (export, unload) = dag("airflow-unload");
    assert_eq!(
        order(&unload),
        ["prepare: ", "unload: prepare", "push: unload"]
    );
    assert_eq!(
        export.unseen.len(),
        1,
        "a command of a shell is not looked at"
    );
    let Does::Sql(statements) = &unload.tasks[0].does else {
        panic!("{unload:?}")
    };
    assert_eq!(statements.len(), 2);
}

#[test]
fn what_only_airflow_knows_is_told() {
    let (dynamic, many) = dag("airflow-dynamic");
    assert_eq!(unread(&dynamic), [("dags/many.py", Some(10))]);
    assert_eq!(many.tasks.len(), 2);
    assert_eq!(known(&many.schedule).as_deref(), Some("rate(360 minutes)"));
    let groups = "from airflow import DAG\nfrom airflow.utils.task_group import TaskGroup\nwith DAG('d') as dag:\n    a = X(task_id='a')\n    \
                  with TaskGroup('g') as g:\n        b = X(task_id='b')\n        c = X(task_id='c')\n    d = X(task_id='d')\n    a >> g >> d\n    b.set_upstream(a)\n";
    let groups = text("dags/groups.py", groups);
    assert_eq!(order(&groups.dags[0]), ["a: ", "b: a", "c: a", "d: b c"]);
    let broken = text(
        "d.py",
        "from airflow import DAG\nwith DAG('d') as dag\n    pass\n",
    );
    assert_eq!(unread(&broken), [("d.py", Some(2))]);
    // Two in one file: a task belongs to the one that it names or stands in.
    let two = "from airflow import DAG\na = DAG('a', schedule='@daily')\nb = DAG('b', schedule='@hourly')\nx = X(task_id='x', dag=a)\ny = X(task_id='y', dag=b)\n";
    let two = text("d.py", two);
    let tasks: Vec<_> = two
        .dags
        .iter()
        .map(|dag| (dag.name.as_str(), order(dag)))
        .collect();
    assert_eq!(
        tasks,
        [("a", vec!["x: ".to_owned()]), ("b", vec!["y: ".to_owned()])]
    );
}

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

#[test]
fn a_few_lines_that_double_are_no_burden() {
    let lines = |line: &dyn Fn(usize) -> String| (0..60).map(line).collect::<String>();
    let locals = lines(&|at| format!("  a{at} = [local.a{next}, local.a{next}]\n", next = at + 1));
    let texts = lines(&|at| {
        format!(
            "  a{at} = \"${{local.a{next}}}${{local.a{next}}}\"\n",
            next = at + 1
        )
    });
    for doubled in [locals, texts] {
        let main = format!(
            "locals {{\n{doubled}  a60 = \"x\"\n}}\nresource \"aws_glue_job\" \"j\" {{\n  name = local.a0\n}}\n"
        );
        assert_eq!(text("main.tf", &main).jobs.len(), 1);
    }
    let sums = lines(&|at| format!("a{at} = a{next} + a{next}\n", next = at + 1));
    let dag = format!(
        "from airflow import DAG\n{sums}a60 = 'x'\nwith DAG(a0) as dag:\n    t = X(task_id=a0)\n"
    );
    assert_eq!(text("d.py", &dag).dags.len(), 1);
    let loops = "from airflow import DAG\nwith DAG('d') as dag:\n  for a in range(100):\n    for b in range(100):\n      for c in range(100):\n        t = X(task_id=f'{a}{b}{c}')\n";
    let loops = text("d.py", loops);
    assert_eq!((loops.dags[0].tasks.len(), unread(&loops).len()), (2000, 1));
    let copies =
        "resource \"aws_glue_job\" \"j\" {\n  for_each = toset([for at in range(9) : at])\n}\n";
    assert_eq!(unread(&text("main.tf", copies)), [("main.tf", Some(2))]);
    let many: Vec<String> = (0..300).map(|at| format!("\"{at}\"")).collect();
    let many = format!(
        "resource \"aws_glue_job\" \"j\" {{\n  for_each = toset([{}])\n}}\n",
        many.join(", ")
    );
    let many = text("main.tf", &many);
    assert_eq!(
        (many.jobs.len(), unread(&many)),
        (200, vec![("main.tf", Some(2))])
    );
}
