//! How long recommendations take: 25 tables with 100 queries, 1,000 with 10,000.

use criterion::{Criterion, criterion_group, criterion_main};
use distkey::advise::{self, Request, Workload};
use distkey::environment::Environment;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{Stats, TableStats};
use distkey::text::SourceFile;

/// Facts with dimensions of their own and shared ones, and queries that join two
/// to five of them by turns.
fn warehouse(tables: usize, queries: usize) -> (Schema, Stats, Workload) {
    let facts = (tables / 5).max(1);
    let mut ddl = String::new();
    let mut stats = Stats::default();
    let mut rows = |name: String, rows: f64| {
        let table = stats.tables.entry(name.as_str().into()).or_default();
        *table = TableStats {
            rows: Some(rows),
            ..TableStats::default()
        };
    };
    let dims = tables - facts;
    let dim_of = |fact: usize, nth: usize| (fact * 4 + nth * (1 + fact % 3)) % dims.max(1);
    for fact in 0..facts {
        ddl.push_str(&format!(
            "create table f{fact} (id bigint, at date, v decimal(12,2)"
        ));
        for nth in 0..5 {
            ddl.push_str(&format!(", k{nth} bigint"));
        }
        ddl.push_str(");\n");
        rows(format!("f{fact}"), 1e8 * (1.0 + fact as f64));
    }
    for dim in 0..dims {
        ddl.push_str(&format!(
            "create table d{dim} (id bigint, c int, name varchar(60));\n"
        ));
        rows(format!("d{dim}"), 1e4 * (1.0 + (dim * 7919 % 5000) as f64));
    }
    let mut text = String::new();
    for query in 0..queries {
        let fact = query % facts;
        let joins = 1 + query % 4;
        text.push_str(&format!(
            "-- frequency: {}\nselect sum(v) from f{fact} f",
            1 + query % 9
        ));
        for nth in 0..joins {
            let dim = dim_of(fact, nth);
            text.push_str(&format!(" join d{dim} x{nth} on x{nth}.id = f.k{nth}"));
        }
        if query % 7 == 3 && facts > 1 {
            text.push_str(&format!(" join f{} g on g.id = f.id", (fact + 1) % facts));
        }
        let day = 1 + query % 28;
        text.push_str(&format!(
            " where f.at >= '2024-01-{day:02}' and x0.c = {};\n",
            query % 50
        ));
    }
    let schema = Schema::of(&sql::parse(&SourceFile::new("ddl.sql", ddl)));
    let mut workload = Workload::default();
    workload.add_sql(&SourceFile::new("queries.sql", text));
    (schema, stats, workload)
}

fn advise_on(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("advise");
    group.sample_size(10);
    for (tables, queries) in [(25, 100), (1_000, 10_000)] {
        let (schema, stats, workload) = warehouse(tables, queries);
        let env = Environment::default();
        let request = Request::new(env.view(), &schema, &stats, &workload);
        let name = format!("{tables} tables, {queries} queries");
        let first = advise::advise(&request, &|_| ());
        println!(
            "{name}: proven {}, {:.4e} bytes against a bound of {:.4e}",
            first.network_bytes.proven_optimal,
            first.network_bytes.recommended,
            first.network_bytes.lower_bound
        );
        group.bench_function(&name, |bench| {
            bench.iter(|| advise::advise(&request, &|_| ()).tables.len());
        });
    }
    group.finish();
}

criterion_group!(benches, advise_on);
criterion_main!(benches);
