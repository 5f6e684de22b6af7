//! `terraform show -json` of a plan, as the resources that CloudFormation would name.

use super::Pipeline;
use super::found::Place;
use super::resources::resource;
use super::tree::{Tree, Value};

/// Terraform names resources and settings otherwise; blocks are lists of one.
pub(super) fn add(pipeline: &mut Pipeline, path: &str, module: &Tree) {
    for one in module.get("resources").map_or(&[][..], Tree::items) {
        let kind = match one.get("type").and_then(Tree::text).unwrap_or_default() {
            "aws_glue_job" => "AWS::Glue::Job",
            "aws_glue_trigger" => "AWS::Glue::Trigger",
            "aws_s3_bucket"
            | "aws_s3_bucket_versioning"
            | "aws_s3_bucket_lifecycle_configuration" => "AWS::S3::Bucket",
            "aws_cloudwatch_metric_alarm" => "AWS::CloudWatch::Alarm",
            "aws_cloudwatch_event_rule" => "AWS::Events::Rule",
            "aws_sfn_state_machine" => "AWS::StepFunctions::StateMachine",
            "aws_iam_policy" | "aws_iam_role_policy" => "AWS::IAM::Policy",
            _ => "",
        };
        let name = one.get("name").and_then(Tree::text).unwrap_or_default();
        let place = Place {
            path: path.to_owned(),
            line: one.line,
        };
        if let Some(values) = one.get("values") {
            resource(pipeline, kind, name, &pascal(values), place);
        }
    }
    for child in module.get("child_modules").map_or(&[][..], Tree::items) {
        add(pipeline, path, child);
    }
}

/// `default_arguments` → `DefaultArguments`; arguments themselves keep their names.
fn pascal(tree: &Tree) -> Tree {
    let value = match &tree.value {
        Value::Map(pairs) => Value::Map(
            pairs
                .iter()
                .map(|(key, tree)| {
                    let new: String = key
                        .split('_')
                        .map(|word| {
                            let mut letters = word.chars();
                            let first = letters.next().map(|c| c.to_ascii_uppercase());
                            first.into_iter().chain(letters).collect::<String>()
                        })
                        .collect();
                    match key.starts_with("--") {
                        true => (key.clone(), tree.clone()),
                        false => (new, pascal(tree)),
                    }
                })
                .collect(),
        ),
        Value::List(items) => match items.as_slice() {
            [only] if matches!(only.value, Value::Map(_)) => return pascal(only),
            items => Value::List(items.iter().map(pascal).collect()),
        },
        value => value.clone(),
    };
    Tree {
        line: tree.line,
        value,
        secret: tree.secret,
    }
}
