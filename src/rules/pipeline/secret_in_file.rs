//! DK446: secret in a file.

use serde::Serialize;

use super::Context;
use crate::pipeline::{Job, Place};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::secrets::SecretKind;

crate::declare_rule! {
    /// ## What it does
    /// Reports keys and passwords written into scripts, DAGs, connections and templates.
    /// Arguments of jobs are DK428's, and what SQL holds is told by `distkey lint`. References to a secret that is
    /// kept elsewhere and placeholders are left alone. No report shows the secret.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Whoever reads the repository, the template or the bucket of scripts has it, and a change of it is a deployment.
    ///
    /// ## Example
    /// ```python
    /// import psycopg2
    ///
    /// connection = psycopg2.connect(host="example", dbname="dev", user="etl", password="correct-horse")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// import boto3
    /// import json
    /// import psycopg2
    ///
    /// secret = boto3.client("secretsmanager").get_secret_value(SecretId="etl")
    /// found = json.loads(secret["SecretString"])
    /// connection = psycopg2.connect(host="example", dbname="dev", user="etl", password=found["password"])
    /// ```
    ///
    /// ## References
    /// - AWS Secrets Manager User Guide: Best practices:
    ///   <https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html>
    pub const RULE = ("DK446", "secret-in-file", Pipeline, Error, ["AWS Secrets Manager User Guide: Best practices, https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct SecretInFile {
    what: &'static str,
    file: String,
}

impl Violation for SecretInFile {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("{} stands in `{}`", self.what, self.file)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Keep it in Secrets Manager and read it when the job runs; then make this one invalid.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let jobs = &cx.pipeline.jobs;
    let is_argument = |place: &Place| {
        let of = |job: &Job| {
            let mut lines = job.secret_arguments.iter().map(|(_, line)| *line);
            job.place.path == place.path && lines.any(|line| line == place.line)
        };
        jobs.iter().any(of)
    };
    let own = cx.pipeline.secrets.iter();
    let own = own.filter(|(place, _)| !is_argument(place));
    own.map(|(place, kind)| {
        let found = SecretInFile {
            what: match kind {
                SecretKind::Password => "A password",
                SecretKind::Key | SecretKind::AccessKeyId => "A key",
            },
            file: place.path.clone(),
        };
        found.at(cx.place(place))
    })
    .collect()
}
