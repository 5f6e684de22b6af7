//! One file → what it describes, recognised by its content.

use std::collections::BTreeMap;

use super::files::Files;
use super::found::{Bucket, Field, Manifest, Metrics, Place, Timings};
use super::machines::machine;
use super::resources::{job, lifecycle, policy, resource, versioned, wlm};
use super::starts;
use super::tree::{Tree, Value};
use super::yaml;
use super::{Pipeline, Script, Unread, airflow, dbt, exports, hcl, terraform};
use crate::sql;
use crate::text::SourceFile;
use crate::text::secrets::SecretKind;

/// Reads files into the pipeline: first what names other files, then the rest.
pub(super) fn add(pipeline: &mut Pipeline, sources: Vec<SourceFile>) {
    let mut files = Files::new(sources);
    for source in files.all() {
        // What SQL holds is told by `distkey lint`, and an identifier alone opens nothing.
        let own = source
            .secrets()
            .iter()
            .filter(|secret| secret.kind != SecretKind::AccessKeyId);
        let is_code = !matches!(ending(&source.name).as_str(), "sql" | "csv");
        pipeline
            .secrets
            .extend(own.filter(|_| is_code).map(|secret| {
                let line = source.line_column(secret.span.start).line;
                let path = source.name.clone();
                (Place { path, line }, secret.kind)
            }));
    }
    let found = hcl::add(pipeline, &mut files);
    terraform::add(pipeline, &mut files, found);
    dbt::add(pipeline, &mut files);
    let templates = files.all().iter().filter(|source| may_be_template(source));
    let templates = templates.filter_map(|source| {
        let tree = yaml::read_source(source).ok()?;
        let is = tree.get("Resources").is_some() || tree.get("planned_values").is_some();
        is.then(|| (source.name.clone(), tree))
    });
    for (path, tree) in templates.collect::<Vec<_>>() {
        files.take(&path);
        template(pipeline, &mut files, &path, &tree);
    }
    for source in files.rest() {
        file(pipeline, source);
    }
}

/// Whether a file may be a template, which is read before the files that it names.
fn may_be_template(source: &SourceFile) -> bool {
    let ending = ending(&source.name);
    let is_known = matches!(ending.as_str(), "py" | "sql" | "csv") || other(&ending).is_some();
    !is_known
        && ["Resources", "planned_values"]
            .iter()
            .any(|key| source.text.contains(key))
}

fn ending(path: &str) -> String {
    path.rsplit('.').next().unwrap_or_default().to_lowercase()
}

fn file(pipeline: &mut Pipeline, source: SourceFile) {
    let path = source.name.clone();
    let ending = ending(&path);
    match ending.as_str() {
        "py" => {
            let read = match airflow::makes_dags(&source) {
                true => airflow::add(pipeline, &source),
                false => Script::read(&source).map(|script| pipeline.scripts.push(script)),
            };
            match read {
                Ok(()) => {
                    if let Ok(within) = sql::python::strings(source) {
                        airflow::add_sql(pipeline, within);
                    }
                }
                Err((line, message)) => {
                    let what = format!("no Python: {message}");
                    pipeline.not_understood(&path, Some(line), Unread::File, what);
                }
            }
        }
        "sql" => {
            let script = sql::parse(&source);
            for error in &script.errors {
                let line = source.line_column(error.span.start).line;
                pipeline.not_understood(&path, Some(line), Unread::Part, error.message.clone());
            }
            pipeline.sql.push((source, script));
        }
        "csv" => match timings(&source) {
            Some(found) => pipeline.timings.push(found),
            None => pipeline.not_understood(
                &path,
                None,
                Unread::Kind,
                "no timings: the columns `query_cpu_time` and `query_group` or `service_class` are looked for",
            ),
        },
        // Terraform's lock, and what other tools configure.
        "hcl" => {
            let what = "of HCL, Terraform's `.tf` and `.tfvars` are read";
            pipeline.not_understood(&path, None, Unread::Kind, what);
        }
        ending if other(ending).is_some() => {
            let what = other(ending).unwrap_or_default();
            pipeline.not_understood(&path, None, Unread::File, what);
        }
        _ => match yaml::read_source(&source) {
            Ok(tree) if matches!(tree.value, Value::Map(_) | Value::List(_)) => {
                document(pipeline, &path, &tree);
            }
            Ok(_) => pipeline.not_understood(
                &path,
                None,
                Unread::Kind,
                "neither a template, a script nor SQL",
            ),
            Err(error) if DOCUMENTS.contains(&ending.as_str()) => {
                pipeline.not_understood(&path, Some(error.line), Unread::File, error.message);
            }
            Err(_) => {
                let what = "neither a template, a script nor SQL";
                pipeline.not_understood(&path, None, Unread::Kind, what);
            }
        },
    }
}

/// Endings of templates and other documents: one that can't be parsed is no other kind of file.
const DOCUMENTS: [&str; 5] = ["yaml", "yml", "json", "template", "asl"];

/// What has to be done first for a file that holds a pipeline in a form that is not read.
fn other(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "ts" | "js" => "CDK is read as its template: `cdk synth > template.yaml`",
        "scala" | "java" => "scripts are read as Python only",
        "ipynb" => "notebooks are read as scripts: `jupyter nbconvert --to script`",
        _ => return None,
    })
}

/// CPU seconds by queue; rows that lack a number are left out.
fn timings(source: &SourceFile) -> Option<Timings> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(source.text.as_bytes());
    let header = reader.headers().ok()?.clone();
    let column = |names: &[&str]| {
        let is = |given: &str| {
            names
                .iter()
                .any(|name| given.trim().eq_ignore_ascii_case(name))
        };
        header.iter().position(is)
    };
    let seconds = column(&["query_cpu_time"])?;
    let queue = column(&["query_group", "service_class_name", "service_class"])?;
    let mut queues: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for record in reader.records().filter_map(Result::ok) {
        let value = record
            .get(seconds)
            .and_then(|text| text.trim().parse::<f64>().ok());
        if let (Some(queue), Some(value)) = (record.get(queue), value.filter(|v| v.is_finite())) {
            queues
                .entry(queue.trim().to_owned())
                .or_default()
                .push(value);
        }
    }
    let place = Place {
        path: source.name.clone(),
        line: 1,
    };
    Some(Timings { place, queues })
}

/// A template of CloudFormation or a plan of Terraform.
fn template(pipeline: &mut Pipeline, files: &mut Files, path: &str, tree: &Tree) {
    let Some(resources) = tree.get("Resources") else {
        let found = terraform::plan(tree, path);
        terraform::add(pipeline, files, found);
        return;
    };
    for (name, one) in resources.pairs() {
        let kind = one.get("Type").and_then(Tree::text).unwrap_or_default();
        let nothing = Tree::new(one.line, Value::Map(Vec::new()));
        let properties = one.get("Properties").unwrap_or(&nothing);
        let place = Place {
            path: path.to_owned(),
            line: one.line,
        };
        resource(pipeline, files, kind, name, properties, place);
    }
}

fn document(pipeline: &mut Pipeline, path: &str, tree: &Tree) {
    let place = |tree: &Tree| Place {
        path: path.to_owned(),
        line: tree.line,
    };
    let many = |key: &str| tree.get(key).map(Tree::items);
    if let Some(jobs) = many("Jobs").or(many("Job")) {
        for one in jobs {
            let name = one.get("Name").and_then(Tree::text).unwrap_or("job");
            pipeline.jobs.push(job(name, one, place(one)));
        }
    } else if let Some(triggers) = many("Triggers").or(many("Trigger")) {
        for one in triggers {
            let name = one.get("Name").and_then(Tree::text).unwrap_or("trigger");
            starts::glue_trigger(pipeline, name, one, place(one));
        }
    } else if let Some(nodes) = tree.at(&["Workflow", "Graph", "Nodes"]) {
        for one in nodes.items() {
            if let Some(found) = one.at(&["TriggerDetails", "Trigger"]) {
                starts::glue_trigger(pipeline, "trigger", found, place(one));
            }
        }
    } else if let Some(results) = tree.get("MetricDataResults") {
        let series = results.items().iter().map(|one| {
            let label = one.get("Label").or(one.get("Id")).and_then(Tree::text);
            let values = one.get("Values").map_or(&[][..], Tree::items).iter();
            let sum = values.filter_map(Tree::number).sum();
            (label.unwrap_or_default().to_owned(), sum)
        });
        pipeline.metrics.push(Metrics {
            place: place(tree),
            series: series.collect(),
        });
    } else if tree.get("States").is_some() {
        let machine = machine(file_name(path), tree, place(tree));
        starts::of_machine(pipeline, &machine);
        pipeline.machines.push(machine);
    } else if tree.get("MFADelete").is_some() || is_versioning(tree) {
        pipeline.buckets.push(Bucket {
            name: file_name(path).to_owned(),
            resource: file_name(path).to_owned(),
            place: place(tree),
            versioned: versioned(tree.get("Status")),
            lifecycle: None,
        });
    } else if let Some(rules) = tree.get("Rules").filter(|rules| is_lifecycle(rules)) {
        pipeline.buckets.push(Bucket {
            name: file_name(path).to_owned(),
            resource: file_name(path).to_owned(),
            place: place(tree),
            versioned: Field::Symbolic,
            lifecycle: Some(rules.items().iter().map(lifecycle).collect()),
        });
    } else if let Some(entries) = tree.get("entries") {
        let files = entries.items().iter().filter_map(|entry| {
            let url = entry.get("url")?.text()?.to_owned();
            let bytes = entry.at(&["meta", "content_length"]).and_then(Tree::number);
            Some((url, bytes))
        });
        pipeline.manifests.push(Manifest {
            place: place(tree),
            files: files.collect(),
        });
    } else if let Some(statements) = tree.get("Statement") {
        policy(pipeline, file_name(path), statements, &place(tree), &[]);
    } else if is_wlm(tree) {
        wlm(pipeline, tree, path);
    } else if !exports::add(pipeline, path, tree) {
        let what = "a document of a kind that is not known here";
        pipeline.not_understood(path, None, Unread::Kind, what);
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_versioning(tree: &Tree) -> bool {
    let status = tree.get("Status").and_then(Tree::text);
    tree.pairs().count() <= 2 && matches!(status, Some("Enabled" | "Suspended"))
}

fn is_lifecycle(rules: &Tree) -> bool {
    rules
        .items()
        .iter()
        .all(|rule| rule.get("Status").is_some())
}

fn is_wlm(tree: &Tree) -> bool {
    let queue = |one: &Tree| {
        let keys = [
            "query_concurrency",
            "query_group",
            "user_group",
            "auto_wlm",
            "rules",
            "queue_type",
        ];
        keys.iter().any(|key| one.get(key).is_some())
    };
    matches!(tree.value, Value::List(_)) && tree.items().iter().any(queue)
}
