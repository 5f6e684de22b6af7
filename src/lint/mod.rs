//! Files of DDL → the schema they define together, and what is worth changing.

mod baseline;

use std::collections::BTreeMap;

pub use baseline::Baseline;
use rayon::prelude::*;

use crate::config::Config;
use crate::latency::Cluster;
use crate::rules::{self, Finding};
use crate::schema::{Schema, SchemaBuilder};
use crate::sql::{self, Script};
use crate::stats::Stats;
use crate::text::SourceFile;

/// What files are linted with.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// The settings file.
    pub config: &'a Config,
    /// What is known of the data, if it was given.
    pub stats: Option<&'a Stats>,
    /// The cluster whose slices decide about skew.
    pub cluster: &'a Cluster,
}

/// One file, linted.
#[derive(Debug)]
pub struct LintedFile {
    /// The file.
    pub source: SourceFile,
    /// Its statements, errors and notes.
    pub script: Script,
    /// What is worth changing, in the order of the lines.
    pub findings: Vec<Finding>,
    /// Findings that a comment silences.
    pub silenced: usize,
    /// Lines of such comments that silence nothing.
    pub unused_ignores: Vec<usize>,
}

impl LintedFile {
    /// How many statements of each kind there are.
    pub fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for statement in &self.script.statements {
            let kind = match statement.body {
                sql::Body::Other => "Other",
                _ => statement.kind.as_str(),
            };
            *kinds.entry(kind).or_default() += 1;
        }
        kinds
    }
}

/// Reads and lints files; their statements apply in the order given.
pub fn lint(sources: Vec<SourceFile>, settings: &Settings<'_>) -> (Vec<LintedFile>, Schema) {
    let scripts: Vec<Script> = sources.par_iter().map(sql::parse).collect();
    let mut builder = SchemaBuilder::default();
    for script in &scripts {
        builder.apply(script);
    }
    let mut schema = builder.finish();
    if let Some(stats) = settings.stats {
        schema.settle_auto(stats);
    }
    let files = sources.into_par_iter().zip(scripts).enumerate();
    let linted = files
        .map(|(file, (source, script))| {
            let findings = rules::schema::check(&rules::schema::Context {
                source: &source,
                file,
                script: &script,
                schema: &schema,
                stats: settings.stats,
                cluster: settings.cluster,
                config: settings.config,
            });
            silence(source, script, findings, settings.config)
        })
        .collect();
    (linted, schema)
}

/// The comment that silences rules: on the line of the finding or the one before
/// it, or, as `ignore-file`, anywhere in the file.
const MARK: &str = "-- distkey: ignore";

struct Ignore<'a> {
    line: usize,
    whole_file: bool,
    codes: Vec<&'a str>,
    used: bool,
}

fn silence(
    source: SourceFile,
    script: Script,
    findings: Vec<Finding>,
    config: &Config,
) -> LintedFile {
    let mut ignores = ignores(&source.text);
    let before = findings.len();
    let mut kept = Vec::with_capacity(before);
    for finding in findings {
        let line = finding
            .location
            .as_ref()
            .map_or(0, |location| location.line);
        let silenced = ignores.iter_mut().find(|ignore| {
            let near = ignore.line == line || ignore.line + 1 == line;
            let names = |code: &&str| *code == finding.code || *code == finding.name;
            (ignore.whole_file || near) && ignore.codes.iter().any(names)
        });
        match silenced {
            Some(ignore) => ignore.used = true,
            None => kept.push(finding),
        }
    }
    // A comment for a rule that does not run has nothing to silence.
    let runs = |code: &&str| rules::find(code).is_none_or(|rule| config.rules.selects(&rule));
    let unused: Vec<usize> = ignores
        .iter()
        .filter(|ignore| !ignore.used && ignore.codes.iter().any(runs))
        .map(|ignore| ignore.line)
        .collect();
    LintedFile {
        silenced: before - kept.len(),
        unused_ignores: unused,
        findings: kept,
        script,
        source,
    }
}

/// `-- distkey: ignore DK203, DK204: the reason`.
fn ignores(text: &str) -> Vec<Ignore<'_>> {
    if memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(at) = line.find(MARK) else { continue };
        let rest = &line[at + MARK.len()..];
        let (whole_file, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let codes = rest.split(':').next().unwrap_or_default();
        found.push(Ignore {
            line: index + 1,
            whole_file,
            codes: codes
                .split([',', ' '])
                .filter(|code| !code.is_empty())
                .collect(),
            used: false,
        });
    }
    found
}
