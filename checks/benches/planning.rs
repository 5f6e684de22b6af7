//! How long planning and predicting take: one join of ten tables, and 22 queries
//! of the shapes that decision-support benchmarks have.

use criterion::{Criterion, criterion_group, criterion_main};
use distkey::cluster::Cluster;
use distkey::latency::{Request, predict};
use distkey::planner::plan;
use distkey::schema::Schema;
use distkey::sql;
use distkey::sql::QueryStatement;
use distkey::stats::{Stats, TableStats};
use distkey::text::SourceFile;
use distkey::work::{Context, measure};

/// Ten tables around one, each with a key of its own.
fn star() -> (Schema, Stats) {
    let mut ddl = "create table fact (id bigint".to_owned();
    for i in 1..10 {
        ddl.push_str(&format!(", d{i} bigint, v{i} decimal(12,2)"));
    }
    ddl.push_str(") distkey (d1) sortkey (d2);");
    let mut stats = Stats::default();
    let mut rows = |name: &str, rows: f64| {
        stats.tables.insert(
            name.into(),
            TableStats {
                rows: Some(rows),
                ..TableStats::default()
            },
        );
    };
    rows("fact", 1e9);
    for i in 1..10 {
        ddl.push_str(&format!("create table dim{i} (id{i} bigint primary key, name{i} varchar(80), class{i} int) diststyle all;"));
        rows(&format!("dim{i}"), 1e3 * f64::from(i) * f64::from(i));
    }
    (
        Schema::of(&sql::parse(&SourceFile::new("star.sql", ddl))),
        stats,
    )
}

fn query(tables: usize) -> QueryStatement {
    let dims: Vec<String> = (1..tables).map(|i| format!("dim{i}")).collect();
    let on: Vec<String> = (1..tables)
        .map(|i| format!("d{i} = id{i} and class{i} < {i}0"))
        .collect();
    let text = format!(
        "select name1, sum(v1) from fact, {} where {} group by 1 order by 2 desc limit 10",
        dims.join(", "),
        on.join(" and ")
    );
    sql::parse_query(&text).expect("a query")
}

fn run(query: &QueryStatement, schema: &Schema, stats: &Stats) -> f64 {
    let cluster = Cluster::default();
    let planned = plan(query, schema, stats, cluster.shape()).expect("a plan");
    let cx = Context::new(cluster.shape()).with(schema, stats);
    let work = measure(&planned.plan, &cx);
    predict(&planned.plan, &work, &Request::new(800.0, &cluster))
        .warm
        .p50_ms
}

fn planning(criterion: &mut Criterion) {
    let (schema, stats) = star();
    let ten = query(10);
    criterion.bench_function("plan and predict a join of ten tables", |bench| {
        bench.iter(|| run(&ten, &schema, &stats));
    });
    let many: Vec<QueryStatement> = (0..22).map(|i| query(2 + i % 7)).collect();
    criterion.bench_function(
        "plan and predict 22 queries of two to eight tables",
        |bench| {
            bench.iter(|| {
                many.iter()
                    .map(|query| run(query, &schema, &stats))
                    .sum::<f64>()
            });
        },
    );
}

/// The 22 queries of TPC-H under AWS's own keys, from text to prediction, where
/// the corpus is there.
fn tpch(criterion: &mut Criterion) {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = std::env::var_os("DISTKEY_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), Into::into)
        .join("workloads/tpch");
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).ok();
    let Some(ddl) = read(folder.join("schema_aws_tuned.sql")) else {
        return println!("skipped: no corpus");
    };
    let rows = read(folder.join("rows.json")).unwrap_or_default();
    let stats = Stats::read(&rows).unwrap_or_default();
    let paths = std::fs::read_dir(folder.join("queries")).expect("queries");
    let texts: Vec<String> = paths
        .filter_map(|entry| read(entry.ok()?.path()))
        .flat_map(|text| {
            let script = sql::parse(&SourceFile::new("q.sql", text.as_str()));
            let spans: Vec<_> = script.statements.iter().map(|s| s.span).collect();
            let parts = spans
                .iter()
                .map(|span| text[span.start..span.end].to_owned());
            parts.collect::<Vec<_>>()
        })
        .collect();
    let name = format!("read, plan and predict TPC-H ({} statements)", texts.len());
    criterion.bench_function(&name, |bench| {
        bench.iter(|| {
            let schema = Schema::of(&sql::parse(&SourceFile::new("tpch.sql", ddl.as_str())));
            let queries = texts.iter().filter_map(|text| sql::parse_query(text).ok());
            let ms: Vec<f64> = queries.map(|query| run(&query, &schema, &stats)).collect();
            assert!(ms.len() >= 21, "{} queries were read", ms.len());
            ms.iter().sum::<f64>()
        });
    });
}

criterion_group!(benches, planning, tpch);
criterion_main!(benches);
