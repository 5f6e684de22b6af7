//! DAGs of Airflow.

use super::*;

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
