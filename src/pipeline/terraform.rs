//! Resources of Terraform, from a plan or from its own files, as CloudFormation would name them.

use super::Pipeline;
use super::files::Files;
use super::found::Place;
use super::resources::resource;
use super::tree::{Tree, Value};

/// A resource of Terraform.
#[derive(Debug)]
pub(super) struct Resource {
    /// `aws_glue_job`.
    pub kind: String,
    /// Its name in the files, with the modules before it: `etl/load`.
    pub name: String,
    /// Its settings; blocks are lists.
    pub values: Tree,
    pub place: Place,
}

/// Kinds of Terraform, and what CloudFormation calls them.
const KINDS: &[(&str, &str)] = &[
    ("aws_glue_job", "AWS::Glue::Job"),
    ("aws_glue_trigger", "AWS::Glue::Trigger"),
    ("aws_glue_workflow", "AWS::Glue::Workflow"),
    ("aws_glue_crawler", "AWS::Glue::Crawler"),
    ("aws_glue_connection", "AWS::Glue::Connection"),
    ("aws_s3_bucket", "AWS::S3::Bucket"),
    ("aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm"),
    (
        "aws_cloudwatch_log_metric_filter",
        "AWS::Logs::MetricFilter",
    ),
    ("aws_cloudwatch_event_rule", "AWS::Events::Rule"),
    ("aws_scheduler_schedule", "AWS::Scheduler::Schedule"),
    ("aws_sfn_state_machine", "AWS::StepFunctions::StateMachine"),
    ("aws_iam_role", "AWS::IAM::Role"),
    ("aws_iam_policy", "AWS::IAM::ManagedPolicy"),
    ("aws_iam_role_policy", "AWS::IAM::Policy"),
    ("aws_redshift_cluster", "AWS::Redshift::Cluster"),
    (
        "aws_redshift_parameter_group",
        "AWS::Redshift::ClusterParameterGroup",
    ),
    (
        "aws_redshiftserverless_workgroup",
        "AWS::RedshiftServerless::Workgroup",
    ),
    (
        "aws_redshiftserverless_namespace",
        "AWS::RedshiftServerless::Namespace",
    ),
    ("aws_redshiftdata_statement", "aws_redshiftdata_statement"),
    ("aws_lambda_function", "AWS::Lambda::Function"),
    ("aws_batch_job_definition", "AWS::Batch::JobDefinition"),
    ("aws_ecs_task_definition", "AWS::ECS::TaskDefinition"),
    ("aws_mwaa_environment", "AWS::MWAA::Environment"),
    (
        "aws_emrserverless_application",
        "AWS::EMRServerless::Application",
    ),
];

/// Kinds that say something of another resource.
const PARTS: &[&str] = &[
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_cloudwatch_event_target",
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
];

/// Whether something of this kind is looked at.
pub(super) fn is_read(kind: &str) -> bool {
    KINDS.iter().any(|(name, _)| *name == kind) || PARTS.contains(&kind)
}

/// Adds resources to the pipeline, each with what others say of it.
pub(super) fn add(pipeline: &mut Pipeline, files: &mut Files, resources: Vec<Resource>) {
    let (parts, mut resources): (Vec<_>, Vec<_>) = resources
        .into_iter()
        .partition(|one| PARTS.contains(&one.kind.as_str()));
    for part in parts {
        add_part(&mut resources, part);
    }
    for one in resources {
        let kind = KINDS.iter().find(|(name, _)| *name == one.kind);
        let kind = kind.map_or(one.kind.as_str(), |(_, kind)| kind);
        let mut values = pascal(&one.values);
        renamed(kind, &mut values);
        resource(pipeline, files, kind, &one.name, &values, one.place);
    }
}

/// Puts what a part says into the resource that it is of.
fn add_part(resources: &mut Vec<Resource>, part: Resource) {
    let value = |key: &str| part.values.get(key).cloned();
    let refers = |key: &str| value(key).and_then(|tree| tree.reference().map(str::to_owned));
    let of = |resources: &mut Vec<Resource>, kinds: &[&str], name: &Option<String>| {
        let name = name.as_deref()?;
        let last = name.rsplit('/').next();
        resources.iter().position(|one| {
            let given = ["bucket", "name"]
                .iter()
                .find_map(|key| one.values.get(key)?.text());
            kinds.contains(&one.kind.as_str())
                && (one.name == name || given == Some(name) || given.is_some() && given == last)
        })
    };
    match part.kind.as_str() {
        "aws_s3_bucket_versioning" | "aws_s3_bucket_lifecycle_configuration" => {
            let name = refers("bucket");
            let at = of(resources, &["aws_s3_bucket"], &name);
            let (key, of_part) = match part.kind.ends_with("versioning") {
                true => (
                    "versioning_configuration",
                    value("versioning_configuration"),
                ),
                false => ("rule", value("rule")),
            };
            match at.and_then(|at| resources.get_mut(at)) {
                Some(bucket) => push(&mut bucket.values, key, of_part.into_iter().collect()),
                None => resources.push(Resource {
                    kind: "aws_s3_bucket".to_owned(),
                    // Of what is not here it says nothing else.
                    values: elsewhere(&part.values, key),
                    ..part
                }),
            }
        }
        "aws_cloudwatch_event_target" => {
            let at = of(resources, &["aws_cloudwatch_event_rule"], &refers("rule"));
            if let Some(rule) = at.and_then(|at| resources.get_mut(at)) {
                push(&mut rule.values, "targets", vec![part.values]);
            }
        }
        _ => {
            let roles = value("role").into_iter().chain(
                part.values
                    .get("roles")
                    .map_or(&[][..], Tree::items)
                    .iter()
                    .cloned(),
            );
            let roles: Vec<Tree> = roles.collect();
            let policy = value("policy_arn");
            let own = of(resources, &["aws_iam_policy"], &refers("policy_arn"));
            if let Some(policy) = own.and_then(|at| resources.get_mut(at)) {
                push(&mut policy.values, "roles", roles);
                return;
            }
            for role in roles {
                let name = role.reference().map(str::to_owned);
                let at = of(resources, &["aws_iam_role"], &name);
                if let Some(role) = at.and_then(|at| resources.get_mut(at)) {
                    let policy = policy.clone().into_iter().collect();
                    push(&mut role.values, "managed_policy_arns", policy);
                }
            }
        }
    }
}

/// Adds to a list among settings.
fn push(values: &mut Tree, key: &str, new: Vec<Tree>) {
    let line = values.line;
    let Value::Map(pairs) = &mut values.value else {
        return;
    };
    let new = new.into_iter().flat_map(|tree| match tree.value {
        Value::List(items) => items,
        _ => vec![tree],
    });
    let at = pairs.iter().position(|(name, _)| name == key);
    let at = at.unwrap_or_else(|| {
        pairs.push((key.to_owned(), Tree::new(line, Value::List(Vec::new()))));
        pairs.len() - 1
    });
    if let Some((_, Tree { value, .. })) = pairs.get_mut(at) {
        match value {
            Value::List(items) => items.extend(new),
            other => *other = Value::List(new.collect()),
        }
    }
}

/// A bucket that is described elsewhere: what is not said of it here is not known.
fn elsewhere(values: &Tree, key: &str) -> Tree {
    let mut pairs = Vec::new();
    pairs.extend(values.get(key).map(|tree| (key.to_owned(), tree.clone())));
    pairs.extend(
        values
            .get("bucket")
            .map(|name| ("bucket".to_owned(), name.clone())),
    );
    if key != "versioning_configuration" {
        let status = Value::Symbolic("${Fn::elsewhere}".to_owned());
        let status = Tree::new(values.line, status);
        let map = Tree::new(values.line, Value::Map(vec![("status".to_owned(), status)]));
        pairs.push(("versioning_configuration".to_owned(), map));
    }
    Tree::new(values.line, Value::Map(pairs))
}

/// Settings whose keys are the user's own, or a document.
const AS_THEY_ARE: &[&str] = &[
    "arguments",
    "connection_properties",
    "default_arguments",
    "definition",
    "dimensions",
    "event_pattern",
    "input",
    "non_overridable_arguments",
    "policy",
    "tags",
    "value",
];

/// `glue_version` → `GlueVersion`; blocks are lists of one.
fn pascal(tree: &Tree) -> Tree {
    let value = match &tree.value {
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, tree)| {
                let words = key.split('_').map(|word| {
                    let mut letters = word.chars();
                    let first = letters.next().map(|c| c.to_ascii_uppercase());
                    first.into_iter().chain(letters).collect::<String>()
                });
                let value = match AS_THEY_ARE.contains(&key.as_str()) {
                    true => tree.clone(),
                    false => pascal(tree),
                };
                (words.collect(), value)
            });
            Value::Map(pairs.collect())
        }
        Value::List(items) => match items.as_slice() {
            [only] if matches!(only.value, Value::Map(_)) => return pascal(only),
            items => Value::List(items.iter().map(pascal).collect()),
        },
        value => value.clone(),
    };
    Tree {
        value,
        ..tree.clone()
    }
}

/// Settings under the names that CloudFormation has for them.
fn renamed(kind: &str, values: &mut Tree) {
    let names: &[(&str, &str)] = match kind {
        "AWS::Glue::Job" => &[("RoleArn", "Role")],
        "AWS::S3::Bucket" => &[("Bucket", "BucketName")],
        "AWS::IAM::Role" => &[("Name", "RoleName"), ("InlinePolicy", "Policies")],
        "AWS::IAM::Policy" => &[("Role", "Roles")],
        "AWS::Logs::MetricFilter" => &[("MetricTransformation", "MetricTransformations")],
        "AWS::Redshift::ClusterParameterGroup" => &[("Parameter", "Parameters")],
        "AWS::Glue::Trigger" | "AWS::Events::Rule" => &[("IsEnabled", "Enabled")],
        "AWS::Glue::Crawler" => &[("RecrawlPolicy", "RecrawlPolicy")],
        _ => &[],
    };
    let line = values.line;
    let Value::Map(pairs) = &mut values.value else {
        return;
    };
    for (key, _) in pairs.iter_mut() {
        if let Some((_, new)) = names.iter().find(|(old, _)| old == key) {
            (*new).clone_into(key);
        }
    }
    let text = |text: &str| Tree::new(line, Value::Scalar(text.to_owned()));
    let map = |pairs: Vec<(&str, Tree)>| {
        let pairs = pairs.into_iter().map(|(key, tree)| (key.to_owned(), tree));
        Tree::new(line, Value::Map(pairs.collect()))
    };
    let take = |pairs: &mut Vec<(String, Tree)>, key: &str| {
        let at = pairs.iter().position(|(name, _)| name == key)?;
        Some(pairs.remove(at).1)
    };
    match kind {
        "AWS::S3::Bucket" => {
            // Before version 4 of the provider they stood in the bucket itself.
            if let Some(old) = take(pairs, "Versioning") {
                let status = match old.get("Enabled").map(|enabled| (enabled, enabled.truth())) {
                    Some((_, Some(true))) => text("Enabled"),
                    Some((enabled, None)) => enabled.clone(),
                    _ => text("Suspended"),
                };
                let status = map(vec![("Status", status)]);
                pairs.push(("VersioningConfiguration".to_owned(), status));
            }
            if let Some(old) = take(pairs, "LifecycleRule") {
                let rules = old.items().iter().map(|rule| {
                    let mut rule = rule.clone();
                    let on = rule.get("Enabled").and_then(Tree::truth) != Some(false);
                    if let Value::Map(inner) = &mut rule.value {
                        let status = text(if on { "Enabled" } else { "Disabled" });
                        inner.push(("Status".to_owned(), status));
                    }
                    rule
                });
                let rules = Tree::new(old.line, Value::List(rules.collect()));
                pairs.push(("Rule".to_owned(), rules));
            }
        }
        "AWS::CloudWatch::Alarm" => {
            if let Some(given) = take(pairs, "Dimensions") {
                let list = given
                    .pairs()
                    .map(|(name, value)| map(vec![("Name", text(name)), ("Value", value.clone())]));
                let list = Tree::new(given.line, Value::List(list.collect()));
                pairs.push(("Dimensions".to_owned(), list));
            }
            if let Some(given) = take(pairs, "MetricQuery") {
                let metric = |query: &Tree| query.get("Metric").cloned();
                let list = given.items().iter().filter_map(metric);
                let list =
                    list.map(|metric| map(vec![("MetricStat", map(vec![("Metric", metric)]))]));
                let list = Tree::new(given.line, Value::List(list.collect()));
                pairs.push(("Metrics".to_owned(), list));
            }
        }
        "AWS::Logs::MetricFilter" => {
            let made = pairs
                .iter_mut()
                .filter(|(key, _)| key == "MetricTransformations");
            for (_, one) in made {
                if let Value::Map(inner) = &mut one.value {
                    for (key, _) in inner {
                        match key.as_str() {
                            "Name" => "MetricName".clone_into(key),
                            "Namespace" => "MetricNamespace".clone_into(key),
                            _ => {}
                        }
                    }
                }
            }
        }
        "AWS::Redshift::ClusterParameterGroup" => {
            let all = pairs.iter_mut().filter(|(key, _)| key == "Parameters");
            for (_, given) in all {
                let list = given.items().iter().map(|one| {
                    let of = |key: &str| one.get(key).cloned().unwrap_or_else(|| text(""));
                    map(vec![
                        ("ParameterName", of("Name")),
                        ("ParameterValue", of("Value")),
                    ])
                });
                *given = Tree::new(given.line, Value::List(list.collect()));
            }
        }
        "AWS::IAM::Role" => {
            let all = pairs.iter_mut().filter(|(key, _)| key == "Policies");
            for (_, given) in all {
                let list = given.items().iter().filter_map(|one| {
                    Some(map(vec![("PolicyDocument", one.get("Policy")?.clone())]))
                });
                *given = Tree::new(given.line, Value::List(list.collect()));
            }
        }
        _ => {}
    }
}

/// The resources of `terraform show -json` of a plan. What it knows only once it is applied has
/// the name of the resource that it refers to, where the plan's configuration tells.
pub(super) fn plan(tree: &Tree, path: &str) -> Vec<Resource> {
    let mut out = Vec::new();
    if let Some(module) = tree.at(&["planned_values", "root_module"]) {
        let configuration = tree.at(&["configuration", "root_module"]);
        add_module(path, module, configuration, "", &mut out);
    }
    out
}

fn add_module(
    path: &str,
    module: &Tree,
    configuration: Option<&Tree>,
    prefix: &str,
    out: &mut Vec<Resource>,
) {
    let nothing = Tree::new(module.line, Value::Map(Vec::new()));
    for one in module.get("resources").map_or(&[][..], Tree::items) {
        let text = |key: &str| one.get(key).and_then(Tree::text).unwrap_or_default();
        if text("mode") == "data" {
            continue;
        }
        let key = one
            .get("index")
            .and_then(Tree::text)
            .filter(|key| *key != "0");
        let key = key.map_or(String::new(), |key| format!("[{key}]"));
        let mut values = one.get("values").unwrap_or(&nothing).clone();
        let resources = configuration.and_then(|module| module.get("resources"));
        let mut resources = resources.map_or(&[][..], Tree::items).iter();
        let same = |key: &str, other: &Tree| other.get(key).and_then(Tree::text) == Some(text(key));
        let own = resources.find(|other| same("type", other) && same("name", other));
        if let Some(expressions) = own.and_then(|own| own.get("expressions")) {
            fill(&mut values, expressions, prefix);
        }
        out.push(Resource {
            kind: text("type").to_owned(),
            name: format!("{prefix}{}{key}", text("name")),
            values,
            place: Place {
                path: path.to_owned(),
                line: one.line,
            },
        });
    }
    for child in module.get("child_modules").map_or(&[][..], Tree::items) {
        let address = child
            .get("address")
            .and_then(Tree::text)
            .unwrap_or_default();
        let name = address.rsplit("module.").next().unwrap_or_default();
        let call = name.split('[').next().unwrap_or_default();
        let inner = configuration.and_then(|module| module.at(&["module_calls", call, "module"]));
        let prefix = match name.is_empty() {
            true => prefix.to_owned(),
            false => format!("{prefix}{}/", name.replace('"', "")),
        };
        add_module(path, child, inner, &prefix, out);
    }
}

/// Puts references where a plan has no value yet.
fn fill(values: &mut Tree, expressions: &Tree, prefix: &str) {
    /// What is given as a whole, if at all by a reference.
    const NAMES: [&str; 9] = [
        "arn",
        "bucket",
        "job_name",
        "policy_arn",
        "role",
        "role_arn",
        "rule",
        "workflow_name",
        "crawler_name",
    ];
    for (key, given) in expressions.pairs() {
        let line = values.line;
        let Value::Map(pairs) = &mut values.value else {
            return;
        };
        let at = pairs.iter().position(|(name, _)| name == key);
        let known = at.filter(|at| !matches!(pairs[*at].1.value, Value::Null));
        if let Some(references) = given.get("references") {
            let first = references.items().first().and_then(Tree::text);
            let text = match first.filter(|_| NAMES.contains(&key)) {
                Some(reference) => referred(reference, prefix),
                None => "${Fn::expression}".to_owned(),
            };
            if known.is_none() {
                pairs.retain(|(name, _)| name != key);
                pairs.push((key.to_owned(), Tree::new(line, Value::Symbolic(text))));
            }
        } else if let Some(at) = known {
            let inner = &mut pairs[at].1;
            match &mut inner.value {
                Value::List(items) => {
                    for (item, given) in items.iter_mut().zip(given.items()) {
                        fill(item, given, prefix);
                    }
                }
                _ => fill(inner, given, prefix),
            }
        }
    }
}

/// `aws_s3_bucket.lake.arn` → `${lake.Arn}`.
fn referred(reference: &str, prefix: &str) -> String {
    let parts: Vec<&str> = reference.split('.').collect();
    match parts.as_slice() {
        [kind, name] if kind.starts_with("aws_") => format!("${{{prefix}{name}}}"),
        [kind, name, "arn"] if kind.starts_with("aws_") => format!("${{{prefix}{name}.Arn}}"),
        [kind, name, ..] if kind.starts_with("aws_") => format!("${{{prefix}{name}}}"),
        _ => format!("${{{reference}}}"),
    }
}
