//! Habits of scripts, templates and DAGs that the pipeline rules tell, and those next to them that are fine.
#![cfg(feature = "pipeline")]

use distkey::rules::Severity;
use distkey::text::SourceFile;

use crate::pipeline_rules::review;

/// The messages of one code, with their lines.
fn found(files: &[(&str, &str)], code: &str) -> Vec<(usize, String)> {
    let sources = files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text));
    let (findings, _) = review(sources.collect());
    let own = findings.into_iter().filter(|finding| finding.code == code);
    own.map(|finding| (finding.location.map_or(0, |at| at.line), finding.message))
        .collect()
}

fn lines(files: &[(&str, &str)], code: &str) -> Vec<usize> {
    found(files, code)
        .into_iter()
        .map(|(line, _)| line)
        .collect()
}

/// Lines of one script, each after the beginning that all share.
fn script(code: &str, rest: &str) -> Vec<usize> {
    const HEAD: &str = "spark = glue.spark_session\norders = spark.read.parquet(\"s3://lake/clean/orders/dt=2026-01-02/\")\n";
    let text = format!("{HEAD}{rest}\n");
    lines(&[("job.py", &text)], code)
        .into_iter()
        .map(|line| line - 2)
        .collect()
}

fn job(properties: &str) -> String {
    format!(
        "Resources:\n  Load:\n    Type: AWS::Glue::Job\n    Properties:\n      WorkerType: G.1X\n      NumberOfWorkers: 4\n{properties}"
    )
}

#[test]
fn secrets_are_told_wherever_they_stand_and_never_shown() {
    const SECRET: &str = "correct-horse";
    for (name, text, line) in [
        (
            "job.py",
            "import psycopg2\nc = psycopg2.connect(user='etl', password='correct-horse')\n",
            2,
        ),
        (
            "job.py",
            "df = spark.read.format('jdbc').option('url', u).option(\"password\", \"correct-horse\").load()\n",
            1,
        ),
        (
            "job.py",
            "URL = 'jdbc:redshift://dwh:5439/dev?user=etl&password=correct-horse'\n",
            1,
        ),
        (
            "dags/d.py",
            "from airflow import DAG\nwith DAG('d') as dag:\n    x = X(task_id='x', conn='postgresql://etl:correct-horse@dwh/dev')\n",
            3,
        ),
        (
            "main.tf",
            "resource \"aws_redshift_cluster\" \"d\" {\n  master_password = \"correct-horse\"\n}\n",
            2,
        ),
        (
            "t.yaml",
            "Resources:\n  C:\n    Type: AWS::Glue::Connection\n    Properties:\n      ConnectionInput:\n        ConnectionProperties:\n          PASSWORD: correct-horse\n",
            7,
        ),
    ] {
        let told = found(&[(name, text)], "DK446");
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert_eq!(told[0].0, line, "{text}");
        assert!(!told[0].1.contains(SECRET), "{told:?}");
    }
    for (name, text) in [
        (
            "job.py",
            "c = psycopg2.connect(user='etl', password=args['db_password'])\n",
        ),
        (
            "job.py",
            "df = spark.read.format('jdbc').option('password', secret['password']).load()\n",
        ),
        (
            "job.py",
            "mapped = ApplyMapping.apply(frame=f, mappings=[('password', 'string', 'password', 'string')])\n",
        ),
        (
            "main.tf",
            "resource \"aws_redshift_cluster\" \"d\" {\n  master_password = var.master_password\n}\n",
        ),
        (
            "t.yaml",
            "Parameters:\n  Password: {Type: String, NoEcho: true}\nResources:\n  C:\n    Type: AWS::Redshift::Cluster\n    Properties: {MasterUserPassword: !Ref Password}\n",
        ),
        (
            "t.yaml",
            "Resources:\n  C:\n    Type: AWS::Redshift::Cluster\n    Properties: {MasterUserPassword: '{{resolve:secretsmanager:etl:SecretString:password}}'}\n",
        ),
    ] {
        assert_eq!(found(&[(name, text)], "DK446"), [], "{text}");
    }
    // An argument of a job is told once.
    let argument = job("      DefaultArguments:\n        --password: correct-horse\n");
    let told = |code| found(&[("t.yaml", &argument)], code).len();
    assert_eq!((told("DK428"), told("DK446")), (1, 0));
}

#[test]
fn a_bookmark_is_written_by_commit_alone() {
    const HEAD: &str = "job = Job(glue)\njob.init(args['JOB_NAME'], args)\nf = glue.create_dynamic_frame.from_catalog(database='d', table_name='t', transformation_ctx='f')\n";
    let with = |option: &str, end: &str| {
        let text = format!("{HEAD}{end}");
        let template = job(&format!(
            "      Command: {{Name: glueetl, ScriptLocation: s3://code/job.py}}\n{option}"
        ));
        lines(&[("job.py", &text), ("t.yaml", &template)], "DK447")
    };
    const ON: &str = "      DefaultArguments: {--job-bookmark-option: job-bookmark-enable}\n";
    const OFF: &str = "      DefaultArguments: {--job-bookmark-option: job-bookmark-disable}\n";
    assert_eq!(with(ON, ""), [2]);
    // That of a connection is another one.
    assert_eq!(with(ON, "connection.commit()\n"), [2]);
    assert!(with(ON, "job.commit()\n").is_empty());
    assert!(with(OFF, "").is_empty());
    assert!(
        with("", "").is_empty(),
        "without the option there is no bookmark"
    );
    assert_eq!(lines(&[("job.py", HEAD)], "DK447"), [2]);
}

#[test]
fn only_a_whole_input_is_too_much_for_one_process() {
    for (rest, line) in [
        ("rows = orders.collect()", 1),
        ("pdf = orders.toPandas()", 1),
        (
            "clean = orders.withColumn('a', lit(1))\nfor row in clean.collect():\n    print(row)",
            2,
        ),
        ("both = orders.join(stores, 'id')\nboth.toPandas()", 2),
    ] {
        assert_eq!(script("DK448", rest), [line], "{rest}");
    }
    for rest in [
        "rows = orders.groupBy('store').count().collect()",
        "rows = orders.limit(10).toPandas()",
        "few = orders.filter('id = 7')\nfew.collect()",
        "most = orders.agg({'id': 'max'})\nprint(most.collect()[0])",
        "names = spark.createDataFrame(rows)\nnames.collect()",
        "garbage = gc.collect()",
    ] {
        assert!(script("DK448", rest).is_empty(), "{rest}");
    }
    assert_eq!(
        script("DK449", "orders.coalesce(1).write.csv('s3://out/')"),
        [1]
    );
    assert_eq!(
        script("DK449", "orders.repartition(1).write.csv('s3://out/')"),
        [1]
    );
    for rest in [
        "orders.coalesce(16).write.csv('s3://out/')",
        "orders.repartition(1, 'dt').write.csv('s3://out/')",
        "orders.groupBy('store').count().coalesce(1).write.csv('s3://out/')",
        "x = coalesce(1)",
    ] {
        assert!(script("DK449", rest).is_empty(), "{rest}");
    }
}

#[test]
fn a_table_over_jdbc_is_split_or_one_task_reads_it() {
    let read = |options: &str| {
        let rest =
            format!("t = (spark.read.format('jdbc')\n  .option('url', u){options}\n  .load())");
        script("DK450", &rest)
    };
    assert_eq!(read(".option('dbtable', 'public.orders')").len(), 1);
    for options in [
        ".option('dbtable', 'public.orders').option('numPartitions', 8)",
        ".option('dbtable', '(select * from orders where id = 7) t')",
        ".option('query', 'select 1')",
        ".options(**options)",
    ] {
        assert!(read(options).is_empty(), "{options}");
    }
    assert_eq!(script("DK450", "t = spark.read.jdbc(u, 'orders')"), [1]);
    assert!(script("DK450", "t = spark.read.jdbc(u, 'orders', column='id', lowerBound=1, upperBound=9, numPartitions=3)").is_empty());
    let glue = |kind: &str, more: &str| {
        let rest = format!(
            "f = glue.create_dynamic_frame.from_options(connection_type='{kind}', connection_options={{'dbtable': 'orders'{more}}})"
        );
        script("DK450", &rest)
    };
    assert_eq!(glue("mysql", ""), [1]);
    assert!(glue("mysql", ", 'hashfield': 'id'").is_empty());
    assert!(glue("redshift", "").is_empty(), "it goes by S3");
    // Two chains: the options of one are none of the other.
    let two = "a = (spark.read.format('jdbc')\n  .option('dbtable', 'a').option('numPartitions', 8)\n  .load())\n\
               b = (spark.read.format('jdbc')\n  .option('dbtable', 'b')\n  .load())";
    assert_eq!(script("DK450", two), [6]);
}

#[test]
fn what_appends_to_redshift_says_how_a_rerun_is_undone() {
    let write = |options: &str| {
        let rest = format!(
            "glue.write_dynamic_frame.from_options(frame=f, connection_type='redshift', connection_options={options})"
        );
        script("DK451", &rest)
    };
    assert_eq!(
        write("{'dbtable': 'sales.orders', 'redshiftTmpDir': t}"),
        [1]
    );
    assert!(
        write("{'dbtable': 'sales.orders', 'preactions': 'delete from sales.orders where dt = 1'}")
            .is_empty()
    );
    assert!(write("{'dbtable': 'staging.orders'}").is_empty());
    assert!(write("options").is_empty(), "what is not known is not told");
    let named = "options = {'dbtable': 'sales.orders'}\nglue.write_dynamic_frame.from_jdbc_conf(frame=f, catalog_connection='c', connection_options=options, redshift_tmp_dir=t)";
    assert_eq!(script("DK451", named), [2]);
    assert!(
        script("DK451", &named.replace(", redshift_tmp_dir=t", "")).is_empty(),
        "it may be another database"
    );
    let spark = "(orders.write.format('io.github.spark_redshift_community.spark.redshift')\n .option('dbtable', 'sales.orders').mode('append')\n .save())";
    assert_eq!(script("DK451", spark).len(), 1);
    assert!(script("DK451", &spark.replace("append", "overwrite")).is_empty());
}

#[test]
fn errors_dates_and_deletions_in_scripts() {
    for (rest, line) in [
        ("try:\n    f()\nexcept:\n    pass", 3),
        ("try:\n    f()\nexcept Exception:\n    ...", 3),
        ("try:\n    f()\nexcept Exception as e:\n    pass", 3),
    ] {
        assert_eq!(script("DK452", rest), [line], "{rest}");
    }
    for rest in [
        "try:\n    f()\nexcept Exception as e:\n    log(e)",
        "try:\n    f()\nexcept FileNotFoundError:\n    pass",
        "try:\n    f()\nexcept Exception:\n    raise",
    ] {
        assert!(script("DK452", rest).is_empty(), "{rest}");
    }
    for path in [
        "s3://out/dt=2026-01-02/",
        "s3://out/2026/01/02/x",
        "s3://out/orders_20260102.csv",
        "s3://out/year=2026/month=1/day=2/",
    ] {
        assert_eq!(
            script("DK453", &format!("orders.write.csv('{path}')")),
            [1],
            "{path}"
        );
    }
    for path in [
        "s3://out/v2026/",
        "s3://out/dt={day}/",
        "s3://out/2026/",
        "s3://out-20260102abc/x",
    ] {
        assert!(
            script("DK453", &format!("orders.write.csv(f'{path}')")).is_empty(),
            "{path}"
        );
    }
    // What is read at a fixed day is another matter.
    assert!(script("DK453", "x = spark.read.csv('s3://in/dt=2026-01-02/')").is_empty());
    assert_eq!(
        script(
            "DK454",
            "glue.purge_s3_path('s3://out/orders/', {})\norders.write.parquet('s3://out/orders/')"
        ),
        [1]
    );
    let boto = "bucket.objects.filter(Prefix='out/orders/').delete()\ns3.Object('b', 'out/orders/a.csv').put(Body=b)";
    assert_eq!(script("DK454", boto), [1]);
    for rest in [
        "orders.write.parquet('s3://out/orders/')\nglue.purge_s3_path('s3://out/orders/', {})",
        "glue.purge_s3_path('s3://out/old/', {})\norders.write.parquet('s3://out/orders/')",
        "table.delete()\norders.write.parquet('s3://out/orders/')",
    ] {
        assert!(script("DK454", rest).is_empty(), "{rest}");
    }
}

#[test]
fn a_reload_is_one_transaction_or_readers_see_nothing() {
    const COPY: &str = "COPY sales.orders FROM 's3://lake/orders/' IAM_ROLE default;\n";
    let of = |text: &str| lines(&[("load.sql", text)], "DK455");
    assert_eq!(of(&format!("TRUNCATE sales.orders;\n{COPY}")), [2]);
    assert_eq!(
        of(&format!("BEGIN;\nTRUNCATE sales.orders;\n{COPY}COMMIT;\n")),
        [3],
        "TRUNCATE commits"
    );
    assert_eq!(of(&format!("DELETE FROM sales.orders;\n{COPY}")), [2]);
    assert_eq!(
        of(&format!(
            "BEGIN;\nDELETE FROM sales.orders;\nCOMMIT;\n{COPY}"
        )),
        [4]
    );
    assert!(
        of(&format!(
            "BEGIN;\nDELETE FROM sales.orders;\n{COPY}COMMIT;\n"
        ))
        .is_empty()
    );
    assert!(of(&format!("DELETE FROM sales.orders WHERE dt = 1;\n{COPY}")).is_empty());
    assert!(of(&format!("TRUNCATE sales.other;\n{COPY}")).is_empty());
    for table in [
        "staging.orders",
        "stg_orders",
        "sales.orders_tmp",
        "#orders",
    ] {
        let text = format!("TRUNCATE sales.orders;\n{COPY}").replace("sales.orders", table);
        assert!(of(&text).is_empty(), "{table}");
    }
    assert_eq!(
        of(&format!("TRUNCATE sales.orders;\n{COPY}").replace("sales.orders", "sales.postage")),
        [2]
    );
    // A driver of Python opens a transaction, which TRUNCATE ends.
    let python = |first: &str| {
        let text = format!(
            "cur.execute('{first}')\ncur.execute(\"COPY orders FROM 's3://lake/o/' IAM_ROLE default\")\n"
        );
        lines(&[("load.py", &text)], "DK455")
    };
    assert_eq!(python("TRUNCATE orders"), [2]);
    assert!(python("DELETE FROM orders").is_empty());
}

#[test]
fn staging_is_known_across_files_and_postgres_has_a_copy_of_its_own() {
    let copy = "COPY arrived FROM 's3://lake/orders/' IAM_ROLE default;\n";
    let merge =
        "MERGE INTO sales.orders USING arrived ON orders.id = arrived.id REMOVE DUPLICATES;\n";
    assert_eq!(lines(&[("1.sql", copy)], "DK412").len(), 1);
    assert!(lines(&[("1.sql", copy), ("2.sql", merge)], "DK412").is_empty());
    // A table that another file only reads is none.
    let report = "INSERT INTO report SELECT count(*) FROM arrived;\n";
    assert_eq!(
        lines(&[("1.sql", copy), ("2.sql", report)], "DK412").len(),
        1
    );
    for from in ["'/tmp/countries.csv' CSV", "STDIN"] {
        let text = format!("COPY countries FROM {from};\n");
        assert!(lines(&[("pg.sql", &text)], "DK412").is_empty(), "{from}");
    }
    assert_eq!(
        lines(
            &[("1.sql", "COPY countries FROM '${path}' IAM_ROLE default;\n")],
            "DK412"
        )
        .len(),
        1
    );
}

#[test]
fn what_a_crawler_finds_is_waited_for() {
    let machine = |states: &str| {
        let text = format!(
            "StartAt: C\nStates:\n  C: {{Type: Task, Resource: \"arn:aws:states:::aws-sdk:glue:startCrawler\", {states}}}\n"
        );
        lines(&[("m.asl.yaml", &text)], "DK456").len()
    };
    assert_eq!(machine("Next: L"), 1);
    assert_eq!(machine("End: true"), 0);
    let dag = |waits: &str, more: &str| {
        let text = format!(
            "from airflow import DAG\nwith DAG('d', schedule='@daily') as dag:\n    c = GlueCrawlerOperator(task_id='c', config={{'Name': 'x'}}{waits})\n    \
             j = GlueJobOperator(task_id='j', job_name='j')\n{more}"
        );
        lines(&[("d.py", &text)], "DK456").len()
    };
    const NOT: &str = ", wait_for_completion=False";
    assert_eq!(dag(NOT, "    c >> j\n"), 1);
    assert_eq!(dag("", "    c >> j\n"), 0);
    assert_eq!(dag(NOT, ""), 0, "nothing comes after it");
    assert_eq!(
        dag(
            NOT,
            "    w = GlueCrawlerSensor(task_id='w', crawler_name='x')\n    c >> w >> j\n"
        ),
        0
    );
}

#[test]
fn limits_are_told_from_both_sides() {
    let concurrent = |runs: u32, option: &str| {
        let text = job(&format!(
            "      ExecutionProperty: {{MaxConcurrentRuns: {runs}}}\n      DefaultArguments: {{--job-bookmark-option: {option}}}\n"
        ));
        lines(&[("t.yaml", &text)], "DK457").len()
    };
    assert_eq!(concurrent(2, "job-bookmark-enable"), 1);
    assert_eq!(concurrent(1, "job-bookmark-enable"), 0);
    assert_eq!(concurrent(2, "job-bookmark-disable"), 0);
    let version = |version: &str, kind: &str| {
        let text = job(&format!(
            "      GlueVersion: '{version}'\n      Command: {{Name: {kind}}}\n"
        ));
        lines(&[("t.yaml", &text)], "DK458").len()
    };
    assert_eq!(
        (version("2.0", "glueetl"), version("3.0", "glueetl")),
        (1, 0)
    );
    assert_eq!(version("1.0", "pythonshell"), 0);
    let wlm = |slots: u32, memory: u32| {
        let text = format!(
            "[{{\"query_group\": [\"a\"], \"query_concurrency\": {slots}, \"memory_percent_to_use\": {memory}}}, \
             {{\"query_concurrency\": 10, \"memory_percent_to_use\": 40}}]"
        );
        lines(&[("wlm.json", &text)], "DK459").len()
    };
    assert_eq!((wlm(40, 60), wlm(41, 60), wlm(40, 61)), (0, 1, 1));
    let auto = "[{\"query_group\": [\"a\"], \"auto_wlm\": true, \"query_concurrency\": 60}]";
    assert!(lines(&[("wlm.json", auto)], "DK459").is_empty());
    let cluster = |settings: &str| {
        let text = format!("resource \"aws_redshift_cluster\" \"d\" {{\n  {settings}\n}}\n");
        let count = |code| lines(&[("main.tf", &text)], code).len();
        (count("DK460"), count("DK461"))
    };
    assert_eq!(cluster("publicly_accessible = true"), (1, 0));
    assert_eq!(cluster("encrypted = false"), (0, 1));
    assert_eq!(
        cluster("publicly_accessible = var.public\n  encrypted = true"),
        (0, 0)
    );
    assert_eq!(cluster(""), (0, 0));
}

#[test]
fn catchup_is_told_of_dags_that_are_old() {
    let dag = |start: &str, catchup: &str, schedule: &str| {
        let text = format!(
            "from airflow import DAG\nfrom datetime import datetime\nDAG('d', schedule={schedule}, start_date=datetime({start}){catchup})\nd = DAG('d', schedule={schedule}, start_date=datetime({start}){catchup})\n"
        );
        let (findings, _) = review(vec![SourceFile::new("d.py", text)]);
        let own = findings
            .into_iter()
            .filter(|finding| finding.code == "DK462");
        own.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(
        dag("2019, 1, 1", ", catchup=True", "'@daily'"),
        [Severity::Warning]
    );
    // What the default is depends on the version.
    assert_eq!(dag("2019, 1, 1", "", "'@daily'"), [Severity::Hint]);
    assert!(dag("2019, 1, 1", ", catchup=False", "'@daily'").is_empty());
    assert!(dag("2999, 1, 1", ", catchup=True", "'@daily'").is_empty());
    assert!(dag("2019, 1, 1", ", catchup=True", "None").is_empty());
}

#[test]
fn the_kind_of_a_job_decides_what_it_needs() {
    let codes = |kind: &str| {
        let text = job(&format!(
            "      GlueVersion: '5.0'\n      Command: {{Name: {kind}, ScriptLocation: s3://code/x.py}}\n"
        ));
        let (findings, _) = review(vec![SourceFile::new("t.yaml", text)]);
        let own = findings.iter().map(|finding| finding.code);
        own.filter(|code| ["DK411", "DK422", "DK431"].contains(code))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("glueetl"), ["DK422", "DK411", "DK431"]);
    assert_eq!(codes("gluestreaming"), ["DK431"]);
    assert_eq!(codes("pythonshell"), ["DK422"]);
    assert_eq!(codes("glueray"), ["DK422"]);
}

#[test]
fn buckets_of_logs_code_and_results_need_no_versions() {
    let bucket = |name: &str| {
        let text = format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: {name}}}\n"
        );
        lines(&[("t.yaml", &text)], "DK425").len()
    };
    for name in ["acme-lake", "acme-catalog", "acme-raw"] {
        assert_eq!(bucket(name), 1, "{name}");
    }
    for name in [
        "acme-redshift-logs",
        "acme-athena-results",
        "acme-glue-scripts",
        "acme-tmp",
    ] {
        assert_eq!(bucket(name), 0, "{name}");
    }
    let by_use = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: acme-etl}\n  J:\n    Type: AWS::Glue::Job\n    \
                  Properties: {Command: {Name: glueetl, ScriptLocation: s3://acme-etl/job.py}}\n";
    assert!(lines(&[("t.yaml", by_use)], "DK425").is_empty());
    let by_resource = "Resources:\n  AthenaResults:\n    Type: AWS::S3::Bucket\n";
    assert!(lines(&[("t.yaml", by_resource)], "DK425").is_empty());
}

#[test]
fn a_single_file_is_no_prefix_and_an_inline_map_has_a_limit() {
    let read = |path: &str| {
        lines(
            &[(
                "job.py",
                &format!("a = spark.read.csv('{path}')\na.write.csv('s3://o/')\n"),
            )],
            "DK401",
        )
        .len()
    };
    assert_eq!(read("s3://lake/stores.csv"), 0);
    assert_eq!(read("s3://lake/stores/"), 1);
    assert_eq!(read("s3://lake/stores/*.csv"), 1);
    let map = |mode: &str, inner: &str| {
        let text = format!(
            "StartAt: M\nStates:\n  M:\n    Type: Map\n    End: true\n    ItemProcessor:\n      ProcessorConfig: {{Mode: {mode}}}\n      StartAt: R\n      \
             States:\n        R: {{Type: Task, Resource: \"arn:aws:states:::{inner}\", End: true}}\n"
        );
        let (findings, _) = review(vec![SourceFile::new("m.yaml", text)]);
        let own = findings
            .into_iter()
            .filter(|finding| finding.code == "DK432");
        own.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(map("DISTRIBUTED", "lambda:invoke"), [Severity::Warning]);
    assert_eq!(map("INLINE", "glue:startJobRun.sync"), [Severity::Hint]);
    assert!(map("INLINE", "lambda:invoke").is_empty());
}

#[test]
fn a_filter_behind_a_join_is_of_the_read_that_it_names() {
    const BOTH: &str = "orders = spark.read.parquet('s3://lake/orders/')\nrefunds = spark.read.parquet('s3://lake/refunds/')\nboth = orders.join(refunds, 'id')\n";
    let of = |filter: &str| {
        lines(
            &[("job.py", &format!("{BOTH}day = both.{filter}\n"))],
            "DK401",
        )
    };
    assert_eq!(of("filter(orders.dt == day)"), [2]);
    assert_eq!(of("filter(refunds['dt'] == day)"), [1]);
    // Whose column it is, is not known.
    assert!(of("filter('dt = 1')").is_empty());
    assert_eq!(lines(&[("job.py", BOTH)], "DK401"), [1, 2]);
}

#[test]
fn what_starts_a_job_may_tell_of_its_failure() {
    let machine = |more: &str| {
        let text = format!(
            "{}  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      Definition:\n        StartAt: R\n        States:\n          \
             R: {{Type: Task, Resource: \"arn:aws:states:::glue:startJobRun.sync\", Parameters: {{JobName: Load}}, {more}End: true}}\n",
            job("      Command: {Name: glueetl}\n")
        );
        lines(&[("t.yaml", &text)], "DK424").len()
    };
    assert_eq!(machine(""), 1);
    assert_eq!(
        machine("Catch: [{ErrorEquals: [States.ALL], Next: Tell}], "),
        0
    );
    let dag = "from airflow import DAG\nwith DAG('d') as dag:\n    r = GlueJobOperator(task_id='r', job_name='Load')\n";
    let template = job("");
    assert_eq!(lines(&[("t.yaml", &template)], "DK424").len(), 1);
    assert!(lines(&[("t.yaml", &template), ("d.py", dag)], "DK424").is_empty());
    let trigger = format!(
        "{template}  T:\n    Type: AWS::Glue::Trigger\n    Properties: {{Actions: [{{JobName: Load}}]}}\n"
    );
    assert_eq!(
        lines(&[("t.yaml", &trigger), ("d.py", dag)], "DK424").len(),
        1,
        "the trigger tells nobody"
    );
}

#[test]
fn a_reload_with_care_is_a_hint() {
    const COPY: &str = "COPY sales.orders FROM 's3://lake/orders/' IAM_ROLE default;\n";
    let of = |text: &str| {
        let (findings, _) = review(vec![SourceFile::new("load.sql", text)]);
        let own = findings
            .into_iter()
            .filter(|finding| finding.code == "DK402");
        own.map(|finding| finding.severity).collect::<Vec<_>>()
    };
    assert_eq!(
        of(&format!("TRUNCATE sales.orders;\n{COPY}")),
        [Severity::Warning]
    );
    assert_eq!(
        of(&format!("DELETE FROM sales.orders;\n{COPY}")),
        [Severity::Warning]
    );
    assert_eq!(
        of(&format!(
            "BEGIN;\nDELETE FROM sales.orders;\n{COPY}COMMIT;\n"
        )),
        [Severity::Hint]
    );
    assert_eq!(
        of("TRUNCATE report;\nINSERT INTO report SELECT count(*) FROM sales;\n"),
        [Severity::Hint]
    );
}
