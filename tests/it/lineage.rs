//! Lineage: which columns of which tables are behind those that a statement writes.
#![cfg(feature = "pipeline")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use distkey::pipeline::Pipeline;
use distkey::pipeline::lineage::{BOX_WIDTH, Kind, Line, Lineage, Node, picture};
use distkey::report::openlineage::{self, Naming};
use distkey::text::SourceFile;
use serde_json::Value;

/// Pairs of what feeds and what is fed.
type Edges = BTreeSet<(String, String)>;

fn lineage(files: &[(&str, &str)]) -> Lineage {
    let mut pipeline = Pipeline::default();
    let files = files.iter();
    pipeline.add(
        files
            .map(|(name, text)| SourceFile::new(*name, *text))
            .collect(),
    );
    Lineage::of(&pipeline)
}

fn edges(lineage: &Lineage, wanted: &dyn Fn(&Node, &Node) -> bool) -> Edges {
    let edges = lineage.edges().into_iter();
    let wanted = edges.filter(|(from, to)| wanted(from, to));
    wanted
        .map(|(from, to)| (from.name.clone(), to.name.clone()))
        .collect()
}

fn of_tables(from: &Node, to: &Node) -> bool {
    let is_whole = |node: &Node| matches!(node.kind, Kind::Table | Kind::Prefix);
    is_whole(from) && is_whole(to)
}

fn of_columns(from: &Node, to: &Node) -> bool {
    from.kind == Kind::Column && to.kind == Kind::Column
}

fn recorded(said: &Value, what: &str) -> Edges {
    let pairs = said[what].as_array().into_iter().flatten();
    let text = |pair: &Value, at: usize| pair[at].as_str().unwrap_or_default().to_owned();
    pairs.map(|pair| (text(pair, 0), text(pair, 1))).collect()
}

/// `tests/lineage/compare.py` keeps what sqllineage says; each difference is explained.
#[test]
fn statements_are_followed_as_sqllineage_does_or_better() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lineage");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let (schema, statements) = (read("schema.sql"), read("statements.sql"));
    let theirs: Value = serde_json::from_str(&read("sqllineage.json")).expect("JSON");
    let differences: Value = serde_json::from_str(&read("differences.json")).expect("JSON");
    let mut found: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    let mut count = 0;
    for block in statements.split("-- ").skip(1) {
        let (name, statement) = block.split_once('\n').expect("a name");
        let lineage = lineage(&[("schema.sql", &schema), ("statement.sql", statement)]);
        assert!(
            lineage.not_followed.is_empty(),
            "{name}: {:?}",
            lineage.not_followed
        );
        count += 1;
        let (mut only_theirs, mut only_ours) = (Vec::new(), Vec::new());
        for (what, ours) in [
            ("tables", edges(&lineage, &of_tables)),
            ("columns", edges(&lineage, &of_columns)),
        ] {
            let theirs = recorded(&theirs[name], what);
            let arrow = |(from, to): &(String, String)| format!("{from} → {to}");
            only_theirs.extend(theirs.difference(&ours).map(arrow));
            only_ours.extend(ours.difference(&theirs).map(arrow));
        }
        if !only_theirs.is_empty() || !only_ours.is_empty() {
            found.insert(name, (only_theirs, only_ours));
        }
    }
    assert!(count >= 60, "{count} statements");
    let texts = |list: &Value| {
        let texts = list.as_array().into_iter().flatten();
        let texts = texts.map(|text| text.as_str().unwrap_or_default().to_owned());
        texts.collect::<Vec<_>>()
    };
    let known = differences.as_object().into_iter().flatten();
    let known = known.map(|(name, said)| {
        assert!(said["why"].is_string(), "{name}");
        let pair = (
            texts(&said["only_sqllineage"]),
            texts(&said["only_distkey"]),
        );
        (name.as_str(), pair)
    });
    assert_eq!(found, known.collect::<BTreeMap<_, _>>());
}

/// All edges between tables and prefixes, jobs and columns, as text.
fn text(lineage: &Lineage) -> String {
    let edges = lineage.edges().into_iter();
    let lines = edges.map(|(from, to)| {
        let (a, b) = (from.kind.as_str(), to.kind.as_str());
        format!("{a} {} → {b} {}", from.name, to.name)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Those of columns alone.
fn columns(files: &[(&str, &str)]) -> String {
    let lineage = lineage(files);
    assert!(
        lineage.not_followed.is_empty(),
        "{:?}",
        lineage.not_followed
    );
    let edges = edges(&lineage, &of_columns);
    let lines = edges.iter().map(|(from, to)| format!("{from} → {to}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn sample(folder: &str) -> String {
    let mut pipeline = Pipeline::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        sources.push(SourceFile::new(name, text));
    }
    pipeline.add(sources);
    text(&Lineage::of(&pipeline))
}

#[test]
fn the_samples_edges_are_those_of_their_files() {
    insta::assert_snapshot!(sample("sample_pipeline"));
    insta::assert_snapshot!(sample("sample_pipeline_bad"));
}

#[test]
fn temporary_tables_are_looked_through_and_are_each_files_own() {
    let load = |table: &str, column: &str| {
        format!(
            "CREATE TEMP TABLE stage (id INT, n INT);\n\
             COPY stage FROM 's3://lake/{table}/' IAM_ROLE default FORMAT JSON 'auto';\n\
             CREATE TEMP TABLE best AS SELECT id, MAX(n) AS n FROM stage GROUP BY id;\n\
             INSERT INTO {table} (id, {column}) SELECT id, n FROM best;\n\
             DROP TABLE stage; DROP TABLE best;\n"
        )
    };
    let (a, b) = (load("a", "x"), load("b", "y"));
    insta::assert_snapshot!(text(&lineage(&[("a.sql", &a), ("b.sql", &b)])), @r"
    prefix s3://lake/a → table a
    prefix s3://lake/a → column a.id
    prefix s3://lake/a → column a.x
    prefix s3://lake/b → table b
    prefix s3://lake/b → column b.id
    prefix s3://lake/b → column b.y
    table a → column a.id
    table a → column a.x
    table b → column b.id
    table b → column b.y
    ");
    // One that is emptied in between carries nothing over.
    let reused = "CREATE TEMP TABLE s (id INT);\nINSERT INTO s SELECT id FROM one;\nINSERT INTO x SELECT id FROM s;\n\
                  TRUNCATE s;\nINSERT INTO s SELECT id FROM two;\nINSERT INTO y SELECT id FROM s;\n";
    insta::assert_snapshot!(columns(&[("s.sql", reused)]), @r"
    one.id → x.id
    two.id → y.id
    ");
}

#[test]
fn views_are_places_of_their_own_whatever_the_order_of_files() {
    let files = [
        ("a.sql", "INSERT INTO report SELECT spent FROM totals;"),
        (
            "b.sql",
            "CREATE VIEW totals AS SELECT customer, SUM(amount) AS spent FROM orders GROUP BY 1;",
        ),
        (
            "c.sql",
            "CREATE TABLE orders (customer INT, amount INT); CREATE TABLE report (dollars INT);",
        ),
    ];
    insta::assert_snapshot!(columns(&files), @r"
    orders.amount → totals.spent
    orders.customer → totals.customer
    totals.spent → report.dollars
    ");
}

#[test]
fn tables_without_ddl_have_the_columns_that_statements_use() {
    for (sql, wanted) in [
        (
            "INSERT INTO t SELECT a, b.c FROM x JOIN b ON x.k = b.k",
            None,
        ),
        (
            "INSERT INTO t SELECT x.a, b.c FROM x JOIN b ON x.k = b.k",
            Some("b.c → t.c\nx.a → t.a"),
        ),
        ("INSERT INTO t (p) SELECT a FROM x", Some("x.a → t.p")),
        (
            "INSERT INTO t WITH s AS (SELECT * FROM raw.x) SELECT id, UPPER(n) AS n FROM s",
            Some("raw.x.id → t.id\nraw.x.n → t.n"),
        ),
        (
            "CREATE VIEW v AS SELECT * FROM (SELECT * FROM x UNION ALL SELECT * FROM y) u WHERE u.day > 3",
            Some("x.day → v.day\ny.day → v.day"),
        ),
        (
            "CREATE TABLE a AS SELECT id FROM x; INSERT INTO t SELECT * FROM a",
            Some("a.id → t.id\nx.id → a.id"),
        ),
        (
            "INSERT INTO t SELECT k, x.v FROM x JOIN y USING (k)",
            Some("x.k → t.k\nx.v → t.v"),
        ),
    ] {
        let lineage = lineage(&[("x.sql", sql)]);
        let found = edges(&lineage, &of_columns);
        let lines = found.iter().map(|(from, to)| format!("{from} → {to}"));
        let lines = lines.collect::<Vec<_>>().join("\n");
        match wanted {
            Some(wanted) => assert_eq!(lines, wanted, "{sql}"),
            // Of which of two tables a column is, nobody knows: it is said, and the tables stay.
            None => {
                assert_eq!(lineage.not_followed.len(), 1, "{sql}");
                let tables = edges(&lineage, &of_tables);
                assert_eq!(tables.len(), 2, "{sql}: {tables:?}");
            }
        }
    }
}

#[test]
fn a_column_is_not_made_of_all_that_its_table_has() {
    let lineage = lineage(&[(
        "x.sql",
        "CREATE TABLE t (a INT, b INT); CREATE TABLE x (a INT); CREATE TABLE y (b INT);\n\
         COPY x FROM 's3://lake/x/' IAM_ROLE default; COPY y FROM 's3://lake/y/' IAM_ROLE default;\n\
         INSERT INTO t SELECT x.a, y.b FROM x, y;\nCREATE VIEW v AS SELECT a FROM t;\nSELECT a FROM v;\n",
    )]);
    let reach = |name: &str, feeds: bool| {
        let found = lineage.reach(name, feeds).into_iter();
        found
            .map(|(_, node)| node.name.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(reach("v.a", false), "v.a t.a x.a s3://lake/x");
    assert_eq!(reach("y.b", true), "y.b t.b");
    // What is late with its prefix: the tables as a whole.
    assert_eq!(
        reach("s3://lake/y", true),
        "s3://lake/y y y.b t t.b v t.a v.a x.sql:5"
    );
}

#[test]
fn scripts_tell_paths_tables_and_statements() {
    for (script, wanted) in [
        (
            "df = spark.read.parquet('s3://lake/raw/')\ndf.write.parquet('s3://lake/clean/')",
            "s3://lake/raw > s3://lake/clean",
        ),
        (
            "spark.read.option('header', True).csv(f's3://{bucket}/raw/{day}/')",
            "s3://{bucket}/raw >",
        ),
        (
            "BUCKET = 'lake'\nspark.read.json(f's3://{BUCKET}/raw/')",
            "s3://lake/raw >",
        ),
        (
            "path = 's3://' + args['bucket'] + '/raw/'\nspark.read.load(path)",
            "s3://{bucket}/raw >",
        ),
        (
            "spark.read.json(f's3://{everything}')",
            "s3://{everything} >",
        ),
        (
            "glue.create_dynamic_frame.from_options(connection_type='s3', connection_options={'paths': ['s3://lake/a/', 's3://lake/b/']}, format='json')",
            "s3://lake/a s3://lake/b >",
        ),
        (
            "glue.create_dynamic_frame.from_catalog(database='lake', table_name='orders')",
            "lake.orders >",
        ),
        (
            "options = {'dbtable': 'public.orders', 'redshiftTmpDir': 's3://tmp/x/', 'url': 'jdbc:redshift://host:5439/dev'}\n\
             glue.write_dynamic_frame.from_options(frame=f, connection_type='redshift', connection_options=options)",
            "> public.orders",
        ),
        (
            "glue.write_dynamic_frame.from_jdbc_conf(frame=f, catalog_connection='c', connection_options={'dbtable': 'orders', 'database': 'dev'}, redshift_tmp_dir=args['TempDir'])",
            "> orders",
        ),
        (
            "df.write.format('io.github.spark_redshift_community.spark.redshift').option('url', url).option('dbtable', 'orders').option('tempdir', 's3://tmp/y/').mode('append').save()",
            "> orders",
        ),
        (
            "sink = glue.getSink(connection_type='s3', path='s3://lake/out/', enableUpdateCatalog=True)\nsink.setCatalogInfo(catalogDatabase='lake', catalogTableName='out')",
            "> lake.out s3://lake/out",
        ),
        (
            "spark.table('lake.orders').write.saveAsTable('lake.copy')",
            "lake.orders > lake.copy",
        ),
        (
            "df.createOrReplaceTempView('arrived')\nspark.sql('SELECT a.id FROM arrived a JOIN lake.orders o ON a.id = o.id')",
            "lake.orders >",
        ),
    ] {
        let script = format!("from pyspark.sql import SparkSession\n{script}\n");
        let lineage = lineage(&[("job.py", &script)]);
        let step = lineage
            .steps
            .iter()
            .find(|step| step.is_job)
            .expect("a script");
        let names = |nodes: Vec<&Node>| {
            let names = nodes.into_iter().map(|node| node.name.as_str());
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            names.join(" ")
        };
        let reads = names(step.reads.iter().collect());
        let writes = names(step.writes.keys().collect());
        assert_eq!(format!("{reads} > {writes}").trim(), wanted, "{script}");
    }
}

#[test]
fn statements_in_scripts_are_followed_like_those_in_files() {
    let script = "import boto3\nsql = '''COPY orders FROM 's3://lake/clean/orders/' IAM_ROLE default'''\n\
                  client = boto3.client('redshift-data')\nclient.execute_statement(Database='dev', Sql=sql)\n\
                  glue.write_dynamic_frame.from_options(frame=f, connection_options={'dbtable': 'stage', \
                  'postactions': 'begin; insert into facts (id) select id from stage; end;'})\n";
    insta::assert_snapshot!(text(&lineage(&[("load.py", script)])), @r"
    prefix s3://lake/clean/orders → table orders
    job load.py → table facts
    job load.py → table orders
    job load.py → table stage
    table facts → column facts.id
    table stage → table facts
    table stage → column stage.id
    column stage.id → column facts.id
    ");
}

/// The points of a drawing's line, between its corners too.
fn along(line: &Line) -> Vec<(f64, f64)> {
    let mut out = Vec::new();
    for pair in line.points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let middle = (x0 + x1) / 2.0;
        for step in 0..=40 {
            let t = f64::from(step) / 40.0;
            let at = |a: f64, b: f64, c: f64, d: f64| {
                let u = 1.0 - t;
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            out.push((at(x0, middle, middle, x1), at(y0, y0, y1, y1)));
        }
    }
    out
}

#[test]
fn nothing_in_the_drawing_covers_anything() {
    let chain = "CREATE TABLE a (x INT, y INT); CREATE TABLE c (x INT, y INT, z INT);\n\
        COPY a FROM 's3://lake/a/' IAM_ROLE default;\nCREATE VIEW b AS SELECT x, x + y AS s FROM a;\n\
        INSERT INTO c SELECT b.x, b.s, a.y FROM b JOIN a ON a.x = b.x;\nCREATE VIEW d AS SELECT c.z, a.x FROM c, a;\n\
        SELECT z FROM d WHERE x > 1;\nINSERT INTO a SELECT x, z FROM c;\nSELECT y FROM a;\n\
        UNLOAD ('SELECT z FROM d') TO 's3://lake/out/' IAM_ROLE default;\n";
    let wide = "SELECT ".to_owned()
        + &(0..40).map(|at| format!("c{at}, ")).collect::<String>()
        + "c40 INTO wide FROM source;";
    for files in [
        &[("x.sql", chain)][..],
        &[("w.sql", wide.as_str()), ("x.sql", chain)],
    ] {
        let picture = picture(&lineage(files));
        assert!(picture.boxes.len() > 5 && picture.lines.len() > 8);
        for (at, one) in picture.boxes.iter().enumerate() {
            assert!(
                one.x >= 0.0 && one.x + BOX_WIDTH <= picture.width,
                "{one:?}"
            );
            assert!(
                one.y >= 0.0 && one.y + one.height <= picture.height,
                "{one:?}"
            );
            for other in &picture.boxes[at + 1..] {
                let apart = one.x + BOX_WIDTH <= other.x
                    || other.x + BOX_WIDTH <= one.x
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                assert!(apart, "{one:?} {other:?}");
            }
            for (line, (x, y)) in picture
                .lines
                .iter()
                .flat_map(|line| along(line).into_iter().map(move |p| (line, p)))
            {
                let inside = x > one.x + 1.0
                    && x < one.x + BOX_WIDTH - 1.0
                    && y > one.y + 1.0
                    && y < one.y + one.height - 1.0;
                assert!(!inside, "{line:?} passes {one:?}");
            }
        }
    }
}

#[test]
fn openlineage_tells_columns_and_what_decides_the_rows() {
    let lineage = lineage(&[(
        "x.sql",
        "CREATE TABLE o (id INT, c INT, n INT); CREATE TABLE c (id INT, city VARCHAR(9)); CREATE TABLE r (city VARCHAR(9), n INT);\n\
         COPY o FROM 's3://lake/o/' IAM_ROLE default;\n\
         INSERT INTO r SELECT UPPER(c.city), SUM(o.n) FROM o JOIN c ON c.id = o.c WHERE o.n > 0 GROUP BY c.city;\n",
    )]);
    let naming = Naming {
        tables: "redshift://cluster.eu-west-1:5439",
        database: Some("dev"),
        jobs: "nightly",
    };
    let events = openlineage::events(&lineage, &naming, "2026-01-02T03:00:00Z");
    let events: Vec<Value> = events
        .iter()
        .map(|event| serde_json::to_value(event).expect("JSON"))
        .collect();
    let names = |event: &Value, what: &str| -> Vec<String> {
        let all = event[what].as_array().expect("a list").iter();
        all.map(|one| {
            format!(
                "{} {}",
                one["namespace"].as_str().unwrap_or(""),
                one["name"].as_str().unwrap_or("")
            )
        })
        .collect()
    };
    let [copy, insert] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(names(copy, "inputs"), ["s3://lake o"]);
    assert_eq!(
        names(copy, "outputs"),
        ["redshift://cluster.eu-west-1:5439 dev.public.o"]
    );
    assert_eq!(insert["job"]["name"], "x.sql:3");
    let facet = &insert["outputs"][0]["facets"]["columnLineage"];
    let said = |list: &Value| {
        let all = list.as_array().expect("a list").iter();
        let all = all.map(|one| {
            let steps = one["transformations"].as_array().expect("a list").iter();
            let steps: Vec<&str> = steps.filter_map(|step| step["subtype"].as_str()).collect();
            format!(
                "{} {} {}",
                one["name"].as_str().unwrap_or(""),
                one["field"].as_str().unwrap_or(""),
                steps.join("+")
            )
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(
        said(&facet["fields"]["city"]["inputFields"]),
        ["dev.public.c city TRANSFORMATION"]
    );
    assert_eq!(
        said(&facet["fields"]["n"]["inputFields"]),
        ["dev.public.o n AGGREGATION"]
    );
    assert_eq!(
        said(&facet["dataset"]),
        [
            "dev.public.c city GROUP_BY",
            "dev.public.c id JOIN",
            "dev.public.o c JOIN",
            "dev.public.o n FILTER"
        ]
    );
}

#[test]
fn jobs_follow_each_other_as_their_state_machine_says() {
    let state = |job: &str, next: &str| {
        format!(
            r#"{{"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {{"JobName": "{job}"}}, {next}}}"#
        )
    };
    let definition = format!(
        r#"{{"StartAt": "Fetch", "States": {{"Fetch": {}, "Any": {{"Type": "Choice", "Choices": [{{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Both"}}], "Default": "Done"}},
        "Both": {{"Type": "Parallel", "Branches": [{{"StartAt": "A", "States": {{"A": {}}}}}, {{"StartAt": "B", "States": {{"B": {}}}}}], "Next": "Load"}},
        "Load": {}, "Done": {{"Type": "Succeed"}}}}}}"#,
        state("fetch", r#""Next": "Any""#),
        state("clean-a", r#""End": true"#),
        state("clean-b", r#""End": true"#),
        state("load", r#""Next": "Done""#),
    );
    let text = text(&lineage(&[("machine.asl.json", &definition)]));
    insta::assert_snapshot!(text, @r"
    job clean-a → job load
    job clean-b → job load
    job fetch → job clean-a
    job fetch → job clean-b
    ");
}

#[test]
fn a_table_made_of_a_query_takes_values_by_position() {
    let made = "CREATE TABLE x (a INT, b INT); CREATE TABLE t AS SELECT a AS p, b AS q FROM x;\n\
                INSERT INTO t SELECT b, a FROM x;\n";
    insta::assert_snapshot!(columns(&[("t.sql", made)]), @r"
    x.a → t.p
    x.a → t.q
    x.b → t.p
    x.b → t.q
    ");
    // One whose columns are known from its uses alone has room for more of them.
    let open = "SELECT p FROM t; INSERT INTO t SELECT a AS p, b AS q FROM x";
    insta::assert_snapshot!(columns(&[("t.sql", open)]), @r"
    x.a → t.p
    x.b → t.q
    ");
}
