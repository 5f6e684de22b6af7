//! One file → what it describes, recognised by its content.

use std::collections::BTreeMap;

use super::found::{
    Alarm, Bucket, Field, Job, Lifecycle, Machine, Manifest, Metrics, Place, Policy, Timings,
    Trigger, WlmQueue,
};
use super::tree::{self, Tree, Value};
use super::{Pipeline, Script, terraform};
use crate::sql;
use crate::text::SourceFile;

/// Reads a file into the pipeline.
pub(super) fn add(pipeline: &mut Pipeline, source: SourceFile) {
    let path = source.name.clone();
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    match ending.as_str() {
        "py" => match Script::read(&source) {
            Ok(script) => pipeline.scripts.push(script),
            Err((line, message)) => {
                pipeline.not_understood(&path, format!("line {line}: no Python: {message}"));
            }
        },
        "sql" => {
            let script = sql::parse(&source);
            for error in &script.errors {
                let line = source.line_column(error.span.start).line;
                pipeline.not_understood(&path, format!("line {line}: {}", error.message));
            }
            pipeline.sql.push((source, script));
        }
        "csv" => match timings(&source) {
            Some(found) => pipeline.timings.push(found),
            None => pipeline.not_understood(
                &path,
                "no timings: the columns `query_cpu_time` and `query_group` or `service_class` are looked for",
            ),
        },
        _ => match tree::read(&source.text) {
            Ok(tree) if matches!(tree.value, Value::Map(_) | Value::List(_)) => {
                document(pipeline, &path, &tree);
            }
            Ok(_) => pipeline.not_understood(&path, "neither a template, a script nor SQL"),
            Err(error) => pipeline.not_understood(&path, error.to_string()),
        },
    }
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

fn document(pipeline: &mut Pipeline, path: &str, tree: &Tree) {
    let place = |tree: &Tree| Place {
        path: path.to_owned(),
        line: tree.line,
    };
    if let Some(resources) = tree.get("Resources") {
        for (name, one) in resources.pairs() {
            let kind = one.get("Type").and_then(Tree::text).unwrap_or_default();
            let nothing = Tree {
                line: one.line,
                value: Value::Map(Vec::new()),
            };
            let properties = one.get("Properties").unwrap_or(&nothing);
            resource(pipeline, kind, name, properties, place(one));
        }
        return;
    }
    if let Some(module) = tree.at(&["planned_values", "root_module"]) {
        terraform::add(pipeline, path, module);
        return;
    }
    let many = |key: &str| tree.get(key).map(Tree::items);
    if let Some(jobs) = many("Jobs").or(many("Job")) {
        for one in jobs {
            let name = one.get("Name").and_then(Tree::text).unwrap_or("job");
            pipeline.jobs.push(job(name, one, place(one)));
        }
    } else if let Some(triggers) = many("Triggers").or(many("Trigger")) {
        for one in triggers {
            let name = one.get("Name").and_then(Tree::text).unwrap_or("trigger");
            pipeline.triggers.push(trigger(name, one, place(one)));
        }
    } else if let Some(nodes) = tree.at(&["Workflow", "Graph", "Nodes"]) {
        for one in nodes.items() {
            if let Some(found) = one.at(&["TriggerDetails", "Trigger"]) {
                pipeline
                    .triggers
                    .push(trigger("trigger", found, place(one)));
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
        pipeline
            .machines
            .push(machine(file_name(path), tree, place(tree)));
    } else if tree.get("MFADelete").is_some() || is_versioning(tree) {
        pipeline.buckets.push(Bucket {
            name: file_name(path).to_owned(),
            place: place(tree),
            versioned: versioned(tree.get("Status")),
            lifecycle: None,
        });
    } else if let Some(rules) = tree.get("Rules").filter(|rules| is_lifecycle(rules)) {
        pipeline.buckets.push(Bucket {
            name: file_name(path).to_owned(),
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
        policy(pipeline, file_name(path), statements, &place(tree));
    } else if is_wlm(tree) {
        wlm(pipeline, tree, path);
    } else {
        pipeline.not_understood(path, "a document of a kind that is not known here");
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

pub(super) fn resource(
    pipeline: &mut Pipeline,
    kind: &str,
    name: &str,
    properties: &Tree,
    place: Place,
) {
    let path = place.path.clone();
    match kind {
        "AWS::Glue::Job" => pipeline.jobs.push(job(name, properties, place)),
        "AWS::Glue::Trigger" => pipeline.triggers.push(trigger(name, properties, place)),
        "AWS::Scheduler::Schedule" => pipeline.triggers.push(Trigger {
            name: name.to_owned(),
            schedule: properties.field(&["ScheduleExpression"]),
            place,
            jobs: Vec::new(),
        }),
        "AWS::S3::Bucket" => pipeline.buckets.push(bucket(name, properties, place)),
        "AWS::CloudWatch::Alarm" => pipeline.alarms.push(Alarm {
            name: name.to_owned(),
            watches: match properties.field(&["MetricName"]) {
                Field::Known(metric) => metric,
                _ => String::new(),
            },
        }),
        "AWS::Events::Rule" => {
            if let Field::Known(schedule) = properties.field(&["ScheduleExpression"]) {
                pipeline.triggers.push(Trigger {
                    name: name.to_owned(),
                    schedule: Field::Known(schedule),
                    place,
                    jobs: Vec::new(),
                });
                return;
            }
            let sources = properties.at(&["EventPattern", "source"]);
            let sources = sources.map_or(&[][..], Tree::items).iter();
            pipeline.alarms.push(Alarm {
                name: name.to_owned(),
                watches: sources.filter_map(Tree::text).collect::<Vec<_>>().join(" "),
            });
        }
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
            let definition = properties.get("Definition");
            let text = properties.get("DefinitionString").and_then(Tree::text);
            let parsed = text.and_then(|text| tree::read(text).ok());
            match definition.or(parsed.as_ref()) {
                Some(definition) => pipeline.machines.push(machine(name, definition, place)),
                None => {
                    pipeline.not_understood(&path, format!("{name}: its definition is elsewhere"))
                }
            }
        }
        "AWS::IAM::Role" => {
            for one in properties.get("Policies").map_or(&[][..], Tree::items) {
                if let Some(statements) = one.at(&["PolicyDocument", "Statement"]) {
                    policy(pipeline, name, statements, &place);
                }
            }
        }
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
            let text = properties.get("Policy").and_then(Tree::text);
            let parsed = text.and_then(|text| tree::read(text).ok());
            let statements = properties.at(&["PolicyDocument", "Statement"]);
            let statements = statements.or(parsed.as_ref().and_then(|p| p.get("Statement")));
            if let Some(statements) = statements {
                policy(pipeline, name, statements, &place);
            }
        }
        "AWS::Redshift::ClusterParameterGroup" => {
            for one in properties.get("Parameters").map_or(&[][..], Tree::items) {
                let is_wlm =
                    one.get("ParameterName").and_then(Tree::text) == Some("wlm_json_configuration");
                let text = one
                    .get("ParameterValue")
                    .and_then(Tree::text)
                    .filter(|_| is_wlm);
                if let Some(Ok(tree)) = text.map(tree::read) {
                    wlm(pipeline, &tree, &path);
                }
            }
        }
        "" => {}
        kind => {
            // Everything else is somebody else's business, and said once a kind.
            let what = format!("{kind}: not looked at");
            if !pipeline
                .unrecognized
                .iter()
                .any(|u| u.path == path && u.what == what)
            {
                pipeline.not_understood(&path, what);
            }
        }
    }
}

fn job(name: &str, properties: &Tree, place: Place) -> Job {
    let text = |keys: &[&str]| properties.field(keys);
    let number = |keys: &[&str]| properties.number_field(keys);
    let arguments = properties.get("DefaultArguments");
    Job {
        name: match text(&["Name"]) {
            Field::Known(given) => given,
            _ => name.to_owned(),
        },
        resource: name.to_owned(),
        place,
        script: match properties
            .at(&["Command", "ScriptLocation"])
            .map(|tree| &tree.value)
        {
            // Of `s3://${Bucket}/job.py` the file is known, and that is what is asked.
            Some(Value::Symbolic(text)) if text.contains('/') => Field::Known(text.clone()),
            _ => text(&["Command", "ScriptLocation"]),
        },
        arguments: arguments.map_or_else(Default::default, |arguments| {
            let pairs = arguments.pairs();
            pairs
                .map(|(key, value)| (key.to_owned(), value.field(&[])))
                .collect()
        }),
        max_retries: number(&["MaxRetries"]),
        timeout_minutes: number(&["Timeout"]),
        workers: number(&["NumberOfWorkers"]),
        worker_type: text(&["WorkerType"]),
        max_capacity: number(&["MaxCapacity"]),
        class: text(&["ExecutionClass"]),
        version: text(&["GlueVersion"]),
        concurrent: number(&["ExecutionProperty", "MaxConcurrentRuns"]),
    }
}

fn trigger(name: &str, properties: &Tree, place: Place) -> Trigger {
    let actions = properties.get("Actions").map_or(&[][..], Tree::items);
    let jobs = actions
        .iter()
        .filter_map(|action| action.get("JobName")?.text());
    Trigger {
        name: match properties.field(&["Name"]) {
            Field::Known(given) => given,
            _ => name.to_owned(),
        },
        schedule: properties.field(&["Schedule"]),
        place,
        jobs: jobs.map(str::to_owned).collect(),
    }
}

fn versioned(status: Option<&Tree>) -> Field<bool> {
    match status {
        None => Field::Missing,
        Some(tree) => match tree.text() {
            Some(text) => Field::Known(text == "Enabled"),
            None => Field::Symbolic,
        },
    }
}

fn bucket(name: &str, properties: &Tree, place: Place) -> Bucket {
    let name = properties
        .get("BucketName")
        .and_then(Tree::text)
        .unwrap_or(name);
    let status = properties.at(&["VersioningConfiguration", "Status"]);
    let rules = properties
        .at(&["LifecycleConfiguration", "Rules"])
        .or(properties.get("Rule"));
    Bucket {
        name: name.to_owned(),
        place,
        versioned: versioned(status),
        lifecycle: rules.map(|rules| rules.items().iter().map(lifecycle).collect()),
    }
}

fn lifecycle(rule: &Tree) -> Lifecycle {
    let first = |paths: &[&[&str]]| paths.iter().find_map(|keys| rule.at(keys)?.number());
    let prefix = ["Prefix"].as_slice();
    let prefixes = [prefix, &["Filter", "Prefix"], &["Filter", "And", "Prefix"]];
    Lifecycle {
        prefix: prefixes
            .iter()
            .find_map(|keys| rule.at(keys)?.text())
            .unwrap_or_default()
            .to_owned(),
        enabled: rule.get("Status").and_then(Tree::text) == Some("Enabled"),
        expires_days: first(&[&["ExpirationInDays"], &["Expiration", "Days"]]),
        noncurrent_days: first(&[
            &["NoncurrentVersionExpiration", "NoncurrentDays"],
            &["NoncurrentVersionExpirationInDays"],
        ]),
        line: rule.line,
    }
}

fn machine(name: &str, definition: &Tree, place: Place) -> Machine {
    let mut states = Vec::new();
    collect_states(definition, &mut states);
    Machine {
        name: name.to_owned(),
        place,
        states,
    }
}

/// States, also those inside a Map or a Parallel.
fn collect_states(definition: &Tree, out: &mut Vec<(String, Tree)>) {
    for (name, state) in definition.get("States").into_iter().flat_map(Tree::pairs) {
        out.push((name.to_owned(), state.clone()));
        for inner in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.get(inner) {
                collect_states(inner, out);
            }
        }
        for branch in state.get("Branches").map_or(&[][..], Tree::items) {
            collect_states(branch, out);
        }
    }
}

fn policy(pipeline: &mut Pipeline, name: &str, statements: &Tree, place: &Place) {
    let texts = |tree: Option<&Tree>| -> Vec<String> {
        let items = tree.map_or(&[][..], Tree::items).iter();
        items.filter_map(Tree::text).map(str::to_owned).collect()
    };
    for statement in statements.items() {
        if statement.get("Effect").and_then(Tree::text) == Some("Allow") {
            pipeline.policies.push(Policy {
                name: name.to_owned(),
                place: Place {
                    line: statement.line,
                    ..place.clone()
                },
                actions: texts(statement.get("Action")),
                resources: texts(statement.get("Resource")),
            });
        }
    }
}

fn wlm(pipeline: &mut Pipeline, tree: &Tree, path: &str) {
    for (number, queue) in tree.items().iter().enumerate() {
        let named = ["name", "query_group", "user_group"];
        let name = named
            .iter()
            .find_map(|key| queue.get(key)?.items().first()?.text());
        pipeline.queues.push(WlmQueue {
            name: name.map_or_else(|| format!("queue {}", number + 1), str::to_owned),
            place: Place {
                path: path.to_owned(),
                line: queue.line,
            },
            tree: queue.clone(),
        });
    }
}
