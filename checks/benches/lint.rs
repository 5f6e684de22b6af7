//! How fast DDL is linted on one core, end to end: files on disk to the report.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use distkey::environment::Environment;
use distkey::lint::{self, Input};
use distkey::report;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The corpus's SQL if it is there, else the samples.
fn files() -> Vec<PathBuf> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let corpus = std::env::var_os("DISTKEY_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), Into::into)
        .join("sql");
    let folder = match corpus.is_dir() {
        true => corpus,
        false => root.join("sample_ddl"),
    };
    let walk = ignore::WalkBuilder::new(folder).build();
    let paths = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path);
    let is_sql = |path: &PathBuf| path.extension().is_some_and(|e| e == "sql");
    paths.filter(is_sql).collect()
}

fn lint(criterion: &mut Criterion) {
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_core = one_core.expect("a thread");
    let env = Environment::default();
    let files = files();
    let bytes: u64 = files
        .iter()
        .filter_map(|path| path.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    let inputs: Vec<Input> = files.into_iter().map(Input::Path).collect();
    let mut group = criterion.benchmark_group("lint");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("files", |bencher| {
        bencher.iter(|| {
            let linted = one_core.install(|| lint::lint(&inputs, env.view()));
            let text = linted.files.iter().map(|f| report::lint::render(f, false));
            black_box(text.map(|text| text.len()).sum::<usize>())
        });
    });
    group.finish();
}

criterion_group!(benches, lint);
criterion_main!(benches);
