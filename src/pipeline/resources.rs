//! Descriptions of resources, as CloudFormation names their parts → what the review looks at.

use super::Pipeline;
use super::found::{
    Alarm, Bucket, Field, Job, Lifecycle, Machine, Place, Policy, Trigger, WlmQueue,
};
use super::tree::{self, Tree, Value};

/// Adds one resource of a kind to the pipeline; other kinds are passed over.
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

pub(super) fn job(name: &str, properties: &Tree, place: Place) -> Job {
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
        secret_arguments: arguments.map_or_else(Vec::new, |arguments| {
            let secret = arguments.pairs().filter(|(_, value)| value.secret);
            secret.map(|(key, _)| key.to_owned()).collect()
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

pub(super) fn trigger(name: &str, properties: &Tree, place: Place) -> Trigger {
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

pub(super) fn versioned(status: Option<&Tree>) -> Field<bool> {
    match status {
        None => Field::Missing,
        Some(tree) => match tree.text() {
            Some(text) => Field::Known(text == "Enabled"),
            None => Field::Symbolic,
        },
    }
}

pub(super) fn bucket(name: &str, properties: &Tree, place: Place) -> Bucket {
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

pub(super) fn lifecycle(rule: &Tree) -> Lifecycle {
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

pub(super) fn machine(name: &str, definition: &Tree, place: Place) -> Machine {
    let mut states = Vec::new();
    collect_states(definition, &mut states);
    Machine {
        name: name.to_owned(),
        place,
        states,
    }
}

/// States, also those inside a Map or a Parallel.
pub(super) fn collect_states(definition: &Tree, out: &mut Vec<(String, Tree)>) {
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

pub(super) fn policy(pipeline: &mut Pipeline, name: &str, statements: &Tree, place: &Place) {
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

pub(super) fn wlm(pipeline: &mut Pipeline, tree: &Tree, path: &str) {
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
