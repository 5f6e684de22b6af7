//! DK456: crawler not waited for.

use serde::Serialize;

use super::Context;
use crate::pipeline::dag::Does;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports state machines and DAGs that start a crawler and go on without waiting for its end.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// The next step reads the catalog as it was before: new partitions are missing in this run.
    ///
    /// ## Example
    /// ```yaml
    /// StartAt: Crawl
    /// States:
    ///   Crawl:
    ///     Type: Task
    ///     Resource: arn:aws:states:::aws-sdk:glue:startCrawler
    ///     Parameters: {Name: orders}
    ///     Next: Load
    ///   Load:
    ///     Type: Task
    ///     Resource: arn:aws:states:::glue:startJobRun.sync
    ///     Parameters: {JobName: load}
    ///     End: true
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// StartAt: Crawl
    /// States:
    ///   Crawl:
    ///     Type: Task
    ///     Resource: arn:aws:states:::aws-sdk:glue:startCrawler
    ///     Parameters: {Name: orders}
    ///     Next: Wait
    ///   Wait: {Type: Wait, Seconds: 30, Next: Ask}
    ///   Ask:
    ///     Type: Task
    ///     Resource: arn:aws:states:::aws-sdk:glue:getCrawler
    ///     Parameters: {Name: orders}
    ///     Next: Ready
    ///   Ready:
    ///     Type: Choice
    ///     Choices: [{Variable: $.Crawler.State, StringEquals: READY, Next: Load}]
    ///     Default: Wait
    ///   Load:
    ///     Type: Task
    ///     Resource: arn:aws:states:::glue:startJobRun.sync
    ///     Parameters: {JobName: load}
    ///     End: true
    /// ```
    ///
    /// ## References
    /// - AWS Glue API Reference: StartCrawler:
    ///   <https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html>
    pub const RULE = ("DK456", "crawler-not-waited-for", Pipeline, Warning, ["AWS Glue API Reference: StartCrawler, https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct CrawlerNotWaited {
    by: String,
    next: String,
}

impl Violation for CrawlerNotWaited {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` starts a crawler, and `{}` goes on before it is done",
            self.by, self.next
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Ask getCrawler until its state is READY, or wait for the crawler in the DAG.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for machine in &cx.pipeline.machines {
        let resource = |state: &Tree| {
            state
                .get("Resource")
                .and_then(Tree::written)
                .map(str::to_owned)
        };
        let resources = machine
            .states
            .iter()
            .filter_map(|(_, state)| resource(state));
        if resources
            .clone()
            .any(|resource| resource.contains("getCrawler"))
        {
            continue;
        }
        for (name, state) in &machine.states {
            let starts =
                resource(state).is_some_and(|resource| resource.ends_with(":startCrawler"));
            let next = state.get("Next").and_then(Tree::text);
            if let Some(next) = next.filter(|_| starts) {
                let found = CrawlerNotWaited {
                    by: name.clone(),
                    next: next.to_owned(),
                };
                findings.push(found.at(cx.line(&machine.place.path, state.line)));
            }
        }
    }
    for dag in &cx.pipeline.dags {
        let waits = |crawler: &str| {
            let mut tasks = dag.tasks.iter();
            tasks.any(
                |task| matches!(&task.does, Does::Crawler { name, waits: true } if name == crawler),
            )
        };
        for task in &dag.tasks {
            let Does::Crawler { name, waits: false } = &task.does else {
                continue;
            };
            let next = dag
                .tasks
                .iter()
                .find(|other| other.after.contains(&task.id));
            if let Some(next) = next.filter(|_| !waits(name)) {
                let found = CrawlerNotWaited {
                    by: task.id.clone(),
                    next: next.id.clone(),
                };
                findings.push(found.at(cx.place(&task.place)));
            }
        }
    }
    findings
}
