//! What is read of the forms in which people have their pipelines: `tests/pipelines`.
#![cfg(feature = "pipeline")]

mod airflow;
mod bounds;
mod cloudformation;
mod exports;
mod terraform;

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
