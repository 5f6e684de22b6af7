//! How fast plans are read: pastes of every form at 1, 10, 64 and 100 MB, and one explained.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use distkey::plan;

/// The corpus's plans if they are there, else the samples, as one paste.
fn material() -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let corpus = std::env::var_os("DISTKEY_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), Into::into)
        .join("plans");
    let folder = match corpus.is_dir() {
        true => corpus,
        false => root.join("sample_plans"),
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder of plans")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    // A dump or a table decides the form of the whole input, so they stay out.
    let is_text = |text: &String| {
        plan::read(text).error.is_none()
            && !text.contains(":startup_cost")
            && !text.contains("nodeid")
    };
    let texts = paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok());
    texts.filter(is_text).collect::<Vec<_>>().join("\n\n")
}

fn repeated(material: &str, bytes: usize) -> String {
    material.repeat(bytes / material.len() + 1)
}

fn read(criterion: &mut Criterion) {
    let material = material();
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    for megabytes in [1, 10, 64, 100] {
        let text = repeated(&material, megabytes << 20);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("paste", megabytes),
            &text,
            |bencher, text| {
                bencher.iter(|| black_box(plan::read(text)).plans.len());
            },
        );
    }
    group.finish();
}

fn explain(criterion: &mut Criterion) {
    use distkey::{environment::Environment, explain, report};
    let env = Environment::default();
    let settings = explain::Settings::new(env.view());
    let text = include_str!("../../sample_plans/search_by_category_normalized.txt");
    criterion.bench_function("explain/sample", |bencher| {
        bencher.iter(|| {
            report::text::render(
                &explain::explain("sample", black_box(text), &settings),
                false,
            )
        });
    });
}

criterion_group!(benches, read, explain);
criterion_main!(benches);
