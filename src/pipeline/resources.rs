//! Descriptions of resources, as CloudFormation names their parts → what the review looks at.

use super::files::Files;
use super::found::{
    Alarm, Bucket, Capacity, Crawler, Events, Field, Job, Lifecycle, Place, Policy, Role, Unseen,
    Warehouse, WlmQueue,
};
use super::machines;
use super::starts;
use super::tree::{Tree, Value};
use super::yaml;
use super::{Pipeline, Unread};

/// Adds one resource of a kind to the pipeline; other kinds are passed over.
pub(super) fn resource(
    pipeline: &mut Pipeline,
    files: &mut Files,
    kind: &str,
    name: &str,
    properties: &Tree,
    place: Place,
) {
    let path = place.path.clone();
    match kind {
        "AWS::Glue::Job" => pipeline.jobs.push(job(name, properties, place)),
        "AWS::Glue::Trigger" => starts::glue_trigger(pipeline, name, properties, place),
        "AWS::Scheduler::Schedule" => starts::schedule(pipeline, name, properties, place),
        "AWS::S3::Bucket" => pipeline.buckets.push(bucket(name, properties, place)),
        "AWS::CloudWatch::Alarm" => alarm(pipeline, name, properties, &place),
        "AWS::Logs::MetricFilter" => {
            let made = properties.get("MetricTransformations");
            for one in made.map_or(&[][..], Tree::items) {
                let text = |key: &str| one.get(key).and_then(Tree::written).map(str::to_owned);
                let metric = text("MetricNamespace").zip(text("MetricName"));
                pipeline.logged_metrics.extend(metric);
            }
        }
        "AWS::Events::Rule" => {
            if starts::rule(pipeline, name, properties, &place) {
                return;
            }
            let pattern = properties.get("EventPattern");
            // Terraform and the command line write it as JSON in a text.
            let parsed = pattern.and_then(|pattern| yaml::embedded(pattern).ok());
            let pattern = parsed.as_ref().map(|parsed| &parsed.tree);
            let all = |keys: &[&str]| written(pattern.and_then(|pattern| pattern.at(keys)), "${?}");
            pipeline.alarms.push(Alarm {
                name: name.to_owned(),
                place,
                events: Some(Events {
                    sources: all(&["source"]),
                    kinds: all(&["detail-type"]),
                    jobs: all(&["detail", "jobName"]),
                    states: all(&["detail", "state"]),
                }),
                ..Alarm::default()
            });
        }
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
            if !machines::of_template(pipeline, files, name, properties, &place) {
                unseen(pipeline, kind, name);
            }
        }
        "AWS::IAM::Role" => {
            let given = properties.get("RoleName").and_then(Tree::text);
            let managed = properties.get("ManagedPolicyArns");
            pipeline.roles.push(Role {
                name: given.unwrap_or(name).to_owned(),
                resource: name.to_owned(),
                managed: written(managed, "?"),
            });
            for one in properties.get("Policies").map_or(&[][..], Tree::items) {
                let given = one.get("PolicyDocument");
                let parsed = given.and_then(|given| yaml::embedded(given).ok());
                let statements = parsed
                    .as_ref()
                    .and_then(|parsed| parsed.tree.get("Statement"));
                if let Some(statements) = statements {
                    policy(pipeline, name, statements, &place, &[name.to_owned()]);
                }
            }
        }
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
            let given = properties
                .get("PolicyDocument")
                .or(properties.get("Policy"));
            let parsed = given.and_then(|given| yaml::embedded(given).ok());
            let parsed = parsed.as_ref().map(|parsed| &parsed.tree);
            let statements = parsed.and_then(|policy| policy.get("Statement"));
            let roles = properties.get("Roles").map_or(&[][..], Tree::items);
            let roles = roles.iter().filter_map(Tree::reference).map(str::to_owned);
            let roles: Vec<String> = roles.collect();
            if let Some(statements) = statements {
                policy(pipeline, name, statements, &place, &roles);
            }
        }
        "AWS::Redshift::ClusterParameterGroup" => {
            if let Some(list) = properties.get("Parameters") {
                parameters(pipeline, list, &path);
            }
        }
        "AWS::Glue::Crawler" => {
            let given = properties.get("Name").and_then(Tree::text);
            pipeline.crawlers.push(Crawler {
                name: given.unwrap_or(name).to_owned(),
                // Terraform has it as a text.
                schedule: match properties.field(&["Schedule"]) {
                    known @ Field::Known(_) => known,
                    _ => properties.field(&["Schedule", "ScheduleExpression"]),
                },
                place,
            });
        }
        "AWS::Redshift::Cluster" | "AWS::RedshiftServerless::Workgroup" => {
            warehouse(pipeline, name, properties, place);
        }
        // What they hold that matters is told as a secret.
        "AWS::RedshiftServerless::Namespace" | "AWS::Glue::Connection" => {}
        "aws_redshiftdata_statement" => starts::statements(pipeline, Some(properties)),
        "" => {
            let what = format!("{name}: what it stands for is made when it is deployed");
            pipeline.not_understood(&path, Some(place.line), Unread::Part, what);
        }
        kind => {
            const CODE: [&str; 7] = [
                "AWS::Lambda::Function",
                "AWS::Serverless::Function",
                "AWS::ECS::TaskDefinition",
                "AWS::Batch::JobDefinition",
                "AWS::MWAA::Environment",
                "AWS::EMRServerless::Application",
                "AWS::CloudFormation::Stack",
            ];
            if CODE.contains(&kind) {
                unseen(pipeline, kind, name);
            }
            // Everything else is somebody else's business, and said once a kind.
            let what = format!("{kind}: not looked at");
            if !pipeline
                .unrecognized
                .iter()
                .any(|u| u.path == path && u.what == what)
            {
                pipeline.not_understood(&path, None, Unread::Kind, what);
            }
        }
    }
}

fn unseen(pipeline: &mut Pipeline, kind: &str, name: &str) {
    pipeline.unseen.push(Unseen {
        kind: kind.to_owned(),
        name: name.to_owned(),
    });
}

/// The texts of a list, with `${Name}` for what only the deployment knows; what is none is
/// `otherwise`.
fn written(tree: Option<&Tree>, otherwise: &str) -> Vec<String> {
    let items = tree.map_or(&[][..], Tree::items).iter();
    items
        .map(|item| item.written().unwrap_or(otherwise).to_owned())
        .collect()
}

/// A setting, also where only a part of it is known: of `s3://${Bucket}/job.py` the file is.
fn in_part(tree: &Tree) -> Field<String> {
    match &tree.value {
        Value::Symbolic(text) if text.contains('/') => Field::Known(text.clone()),
        _ => tree.field(&[]),
    }
}

/// An alarm for each metric that it looks at.
fn alarm(pipeline: &mut Pipeline, name: &str, properties: &Tree, place: &Place) {
    let of_expression = properties.get("Metrics").map_or(&[][..], Tree::items);
    let of_expression = of_expression
        .iter()
        .filter_map(|one| one.at(&["MetricStat", "Metric"]));
    let own = Some(properties).filter(|own| own.get("MetricName").is_some());
    let metrics: Vec<&Tree> = own.into_iter().chain(of_expression).collect();
    for metric in &metrics {
        let dimensions = metric.get("Dimensions").map_or(&[][..], Tree::items);
        let dimensions = dimensions.iter().filter_map(|one| {
            let text = |key: &str| one.get(key).and_then(Tree::written).map(str::to_owned);
            text("Name").zip(text("Value"))
        });
        pipeline.alarms.push(Alarm {
            name: name.to_owned(),
            place: place.clone(),
            namespace: metric.field(&["Namespace"]),
            dimensions: dimensions.collect(),
            metric: match metric.field(&["MetricName"]) {
                Field::Known(metric) => metric,
                _ => String::new(),
            },
            events: None,
        });
    }
    if metrics.is_empty() {
        pipeline.alarms.push(Alarm {
            name: name.to_owned(),
            place: place.clone(),
            ..Alarm::default()
        });
    }
}

pub(super) fn job(name: &str, properties: &Tree, place: Place) -> Job {
    let text = |keys: &[&str]| properties.field(keys);
    let number = |keys: &[&str]| properties.number_field(keys);
    let arguments = properties.get("DefaultArguments");
    let fixed = properties.get("NonOverridableArguments");
    Job {
        name: match text(&["Name"]) {
            Field::Known(given) => given,
            _ => name.to_owned(),
        },
        resource: name.to_owned(),
        written: properties
            .get("Name")
            .and_then(Tree::written)
            .map(str::to_owned),
        place,
        script: properties
            .at(&["Command", "ScriptLocation"])
            .map_or(Field::Missing, in_part),
        role: match properties.get("Role").and_then(Tree::written) {
            Some(role) => Field::Known(role.to_owned()),
            None => Field::Missing,
        },
        arguments: {
            let both = arguments.into_iter().chain(fixed).flat_map(Tree::pairs);
            both.map(|(key, value)| (key.to_owned(), in_part(value)))
                .collect()
        },
        secret_arguments: arguments.map_or_else(Vec::new, |arguments| {
            let secret = arguments.pairs().filter(|(_, value)| value.secret);
            secret
                .map(|(key, value)| (key.to_owned(), value.line))
                .collect()
        }),
        max_retries: number(&["MaxRetries"]),
        timeout_minutes: number(&["Timeout"]),
        capacity: Capacity {
            kind: text(&["Command", "Name"]),
            workers: number(&["NumberOfWorkers"]),
            worker_type: text(&["WorkerType"]),
            max_capacity: number(&["MaxCapacity"]),
            class: text(&["ExecutionClass"]),
            version: text(&["GlueVersion"]),
        },
        concurrent: number(&["ExecutionProperty", "MaxConcurrentRuns"]),
    }
}

/// A cluster or a workgroup of Redshift.
pub(super) fn warehouse(pipeline: &mut Pipeline, name: &str, properties: &Tree, place: Place) {
    let either = |keys: [&str; 2]| {
        let found = keys.iter().map(|key| properties.truth_field(&[key]));
        found
            .into_iter()
            .find(|field| !field.is_missing())
            .unwrap_or_default()
    };
    let given = ["ClusterIdentifier", "WorkgroupName", "workgroupName"];
    let given = given.iter().find_map(|key| properties.get(key)?.text());
    pipeline.warehouses.push(Warehouse {
        name: given.unwrap_or(name).to_owned(),
        place,
        public: either(["PubliclyAccessible", "publiclyAccessible"]),
        encrypted: either(["Encrypted", "encrypted"]),
    });
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
    let given = properties.get("BucketName").and_then(Tree::text);
    let status = properties.at(&["VersioningConfiguration", "Status"]);
    // `aws s3api` and Terraform say `Rule`.
    let rules = properties
        .at(&["LifecycleConfiguration", "Rules"])
        .or(properties.get("Rule"));
    Bucket {
        name: given.unwrap_or(name).to_owned(),
        resource: name.to_owned(),
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
            &["NoncurrentVersionExpiration", "Days"],
            &["NoncurrentVersionExpirationInDays"],
        ]),
        line: rule.line,
    }
}

pub(super) fn policy(
    pipeline: &mut Pipeline,
    name: &str,
    statements: &Tree,
    place: &Place,
    roles: &[String],
) {
    for statement in statements.items() {
        if statement.get("Effect").and_then(Tree::text) == Some("Allow") {
            let all_but = ["NotAction", "NotResource"];
            pipeline.policies.push(Policy {
                name: name.to_owned(),
                place: Place {
                    line: statement.line,
                    ..place.clone()
                },
                actions: written(statement.get("Action"), "?"),
                resources: written(statement.get("Resource"), "?"),
                inverted: all_but.iter().any(|key| statement.get(key).is_some()),
                roles: roles.to_vec(),
            });
        }
    }
}

/// What parameters say of queues.
pub(super) fn parameters(pipeline: &mut Pipeline, list: &Tree, path: &str) {
    for one in list.items() {
        let name = one.get("ParameterName").or(one.get("parameterKey"));
        if name.and_then(Tree::text) != Some("wlm_json_configuration") {
            continue;
        }
        let given = one.get("ParameterValue").or(one.get("parameterValue"));
        match given.map(yaml::embedded) {
            Some(Ok(found)) => wlm(pipeline, &found.tree, path),
            Some(Err(error)) => {
                let what = format!("wlm_json_configuration: {}", error.message);
                pipeline.not_understood(path, Some(error.line), Unread::Part, what);
            }
            None => {}
        }
    }
}

pub(super) fn wlm(pipeline: &mut Pipeline, tree: &Tree, path: &str) {
    // Whether short queries pass by is no queue.
    let is_queue = |one: &&Tree| one.pairs().any(|(key, _)| key != "short_query_queue");
    for (number, queue) in tree.items().iter().filter(is_queue).enumerate() {
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
