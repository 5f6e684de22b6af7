//! DK441: a metric that nothing publishes.

use serde::Serialize;

use super::Context;
use crate::pipeline::script::{Argument, Script};
use crate::pipeline::tree::{Tree, Value};
use crate::pipeline::{Alarm, Field, Pipeline};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports alarms on a metric that nothing in these files publishes, where they show all that could.
    ///
    /// ## Why is this bad?
    /// The alarm waits for numbers that never come: it stays without data, or rings from the first day on, and
    /// either way tells nobody when something happens.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///   Late:
    ///     Type: AWS::CloudWatch::Alarm
    ///     Properties: {Namespace: example/lake, MetricName: freshness-minutes, Threshold: 60}
    /// ```
    /// ```python
    /// print("freshness-minutes", 12)
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties:
    ///       Command: {Name: glueetl, ScriptLocation: s3://example-code/job.py}
    ///   Late:
    ///     Type: AWS::CloudWatch::Alarm
    ///     Properties: {Namespace: example/lake, MetricName: freshness-minutes, Threshold: 60}
    /// ```
    /// ```python
    /// import boto3
    /// boto3.client("cloudwatch").put_metric_data(
    ///     Namespace="example/lake", MetricData=[{"MetricName": "freshness-minutes", "Value": 12}]
    /// )
    /// ```
    ///
    /// ## References
    /// - Amazon CloudWatch User Guide: Publish custom metrics:
    ///   <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html>
    /// - AWS Glue Developer Guide: Monitoring AWS Glue using Amazon CloudWatch metrics (`--enable-metrics`):
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html>
    pub const RULE = ("DK441", "metric-not-published", Pipeline, Warning, ["Amazon CloudWatch User Guide: Publish custom metrics, https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct MetricNotPublished {
    alarm: String,
    namespace: String,
    metric: String,
    /// Jobs whose metrics of Glue are not switched on; empty for a metric of the pipeline's own.
    without_metrics: Vec<String>,
}

impl Violation for MetricNotPublished {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let why = match self.without_metrics.as_slice() {
            [] => "no script, state machine or filter of a log publishes".to_owned(),
            [job] => format!("`{job}` does not publish, since it has no --enable-metrics"),
            jobs => format!(
                "none of `{}` publishes, since they have no --enable-metrics",
                jobs.join("`, `")
            ),
        };
        format!(
            "`{}` watches `{}` of `{}`, which {why}",
            self.alarm, self.metric, self.namespace
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.without_metrics.is_empty() {
            true => {
                "Publish it with put_metric_data under this name and namespace, or by a metric filter of the log."
            }
            false => "Set --enable-metrics to true among the job's DefaultArguments.",
        })
    }
}

/// What is known of a publisher.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Publishes {
    Yes,
    No,
    /// Names that only the run knows.
    Perhaps,
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for alarm in &cx.pipeline.alarms {
        let Field::Known(namespace) = &alarm.namespace else {
            continue;
        };
        let without = match namespace.as_str() {
            "Glue" => match unswitched(cx.pipeline, alarm) {
                jobs if jobs.is_empty() => continue,
                jobs => jobs,
            },
            // Agents and services publish their own.
            name if name.starts_with("AWS/") || AGENTS.contains(&name) => continue,
            _ if alarm.metric.is_empty() => continue,
            _ if publishes(cx.pipeline, namespace, &alarm.metric) != Publishes::No => continue,
            _ => Vec::new(),
        };
        let found = MetricNotPublished {
            alarm: alarm.name.clone(),
            namespace: namespace.clone(),
            metric: alarm.metric.clone(),
            without_metrics: without,
        };
        findings.push(found.at(cx.place(&alarm.place)));
    }
    findings
}

/// Namespaces of agents that are no part of these files.
const AGENTS: &[&str] = &[
    "CWAgent",
    "ContainerInsights",
    "ECS/ContainerInsights",
    "LambdaInsights",
    "Prometheus",
    "System/Linux",
];

/// The jobs that an alarm on Glue's metrics looks at, if none of them has them switched on.
fn unswitched(pipeline: &Pipeline, alarm: &Alarm) -> Vec<String> {
    let named = alarm.dimensions.iter().find(|(name, _)| name == "JobName");
    let watched = pipeline.jobs.iter().filter(|job| {
        named.is_none_or(|(_, name)| {
            let name = name
                .strip_prefix("${")
                .map_or(name.as_str(), |rest| rest.trim_end_matches('}'));
            job.is_called(name)
        })
    });
    let jobs: Vec<_> = watched.collect();
    let on = ["--enable-metrics", "--enable-observability-metrics"];
    let any = jobs
        .iter()
        .any(|job| on.iter().any(|name| job.arguments.contains_key(*name)));
    match any {
        true => Vec::new(),
        false => jobs.iter().map(|job| job.name.clone()).collect(),
    }
}

fn publishes(pipeline: &Pipeline, namespace: &str, metric: &str) -> Publishes {
    let filtered = pipeline.logged_metrics.iter().any(|(of, name)| {
        (of == namespace || of.contains("${")) && (name == metric || name.contains("${"))
    });
    if filtered {
        return Publishes::Yes;
    }
    let scripts = pipeline
        .scripts
        .iter()
        .map(|script| of_script(script, metric));
    let states = pipeline.machines.iter().flat_map(|machine| &machine.states);
    let states = states.map(|(_, state)| of_state(state, metric));
    let found: Vec<Publishes> = scripts.chain(states).collect();
    let unknown = pipeline
        .jobs
        .iter()
        .any(|job| pipeline.script_of(job).is_none());
    match found {
        found if found.contains(&Publishes::Yes) => Publishes::Yes,
        found if found.contains(&Publishes::Perhaps) || unknown => Publishes::Perhaps,
        // Other code may do it, and where there is no script at all there must be some.
        _ if !pipeline.unseen.is_empty() || pipeline.scripts.is_empty() => Publishes::Perhaps,
        _ => Publishes::No,
    }
}

fn of_script(script: &Script, metric: &str) -> Publishes {
    // The embedded format of CloudWatch is JSON that is printed.
    let embedded = script.texts.contains("CloudWatchMetrics");
    let mut calls = script
        .calls
        .iter()
        .filter(|call| {
            matches!(
                call.method(),
                "put_metric_data" | "add_metric" | "put_metric"
            )
        })
        .peekable();
    if calls.peek().is_none() && !embedded {
        return Publishes::No;
    }
    if script.texts.contains(metric) {
        return Publishes::Yes;
    }
    match embedded || calls.any(|call| call.all().any(|argument| is_open(argument, script))) {
        true => Publishes::Perhaps,
        false => Publishes::No,
    }
}

/// Whether the names of the metrics in an argument may be others than its texts.
fn is_open(argument: &Argument, script: &Script) -> bool {
    // Of what stands right here each name is followed by its text.
    let mut parts = argument
        .source
        .split("\"MetricName\"")
        .flat_map(|part| part.split("'MetricName'"));
    let before = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    if rest.peek().is_none() {
        // A list that was put together elsewhere, or no metrics at all.
        let own = argument.names.iter().any(|name| {
            script
                .assigned
                .iter()
                .any(|(of, value)| of == name && value.source.contains("MetricName"))
        });
        let is_metrics =
            before.contains("metric") || argument.names.iter().any(|name| name.contains("metric"));
        return own || is_metrics;
    }
    rest.any(|after| {
        let value = after
            .trim_start()
            .strip_prefix(':')
            .unwrap_or(after)
            .trim_start();
        !value.starts_with(['"', '\''])
    })
}

fn of_state(state: &Tree, metric: &str) -> Publishes {
    let resource = state
        .get("Resource")
        .and_then(Tree::written)
        .unwrap_or_default();
    if !resource.contains("cloudwatch:putMetricData") {
        return Publishes::No;
    }
    let mut names = Vec::new();
    names_in(state, &mut names);
    let open =
        |name: &&Option<&str>| name.is_none_or(|name| name.contains("${") || name.contains("{%"));
    match names.contains(&Some(metric)) {
        true => Publishes::Yes,
        false if names.is_empty() || names.iter().any(|name| open(&name)) => Publishes::Perhaps,
        false => Publishes::No,
    }
}

/// Every `MetricName` in a tree; `None` for one that the run fills in.
fn names_in<'a>(tree: &'a Tree, out: &mut Vec<Option<&'a str>>) {
    match &tree.value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                match key.as_str() {
                    "MetricName" => out.push(value.written()),
                    "MetricName.$" | "MetricData.$" => out.push(None),
                    _ => names_in(value, out),
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| names_in(item, out)),
        _ => {}
    }
}
