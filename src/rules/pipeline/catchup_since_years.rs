//! DK462: catchup since years.

use serde::Serialize;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Context;
use crate::pipeline::Field;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports DAGs that make up for missed runs since a day that is more than a year ago.
    /// Without `catchup`, Airflow 2 makes up for them and Airflow 3 does not: then it is a hint.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Where the DAG is deployed anew, or its name changes, every run since that day starts: hundreds of jobs that nobody
    /// asked for, up to `max_active_runs` at once.
    ///
    /// ## Example
    /// ```python
    /// from datetime import datetime
    ///
    /// from airflow import DAG
    /// from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
    ///
    /// with DAG("orders", schedule="@daily", start_date=datetime(2020, 1, 1), catchup=True) as dag:
    ///     load = GlueJobOperator(task_id="load", job_name="load")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// from datetime import datetime
    ///
    /// from airflow import DAG
    /// from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
    ///
    /// with DAG("orders", schedule="@daily", start_date=datetime(2020, 1, 1), catchup=False) as dag:
    ///     load = GlueJobOperator(task_id="load", job_name="load")
    /// ```
    ///
    /// ## References
    /// - Apache Airflow: DAG runs, catchup:
    ///   <https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dag-run.html>
    pub const RULE = ("DK462", "catchup-since-years", Pipeline, Warning, ["Apache Airflow: DAG runs, catchup, https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dag-run.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct CatchupSinceYears {
    dag: String,
    since: String,
    /// Whether `catchup` is written down.
    is_said: bool,
}

impl Violation for CatchupSinceYears {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let says = match self.is_said {
            true => "has catchup on",
            false => "says nothing of catchup",
        };
        format!(
            "`{}` {says}: deployed anew, it runs for every period since {}",
            self.dag, self.since
        )
    }

    fn severity(&self) -> Severity {
        match self.is_said {
            true => RULE.severity,
            false => Severity::Hint,
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Set catchup=False, and fill what is missing with a backfill of its own.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let named = cx
        .config
        .today
        .as_deref()
        .and_then(|day| day.parse::<Date>().ok());
    let today = named.unwrap_or_else(|| TimeZone::UTC.to_datetime(Timestamp::now()).date());
    for dag in &cx.pipeline.dags {
        let start = dag
            .start
            .known()
            .and_then(|start| start.parse::<Date>().ok());
        let is_old = start.is_some_and(|start| today.saturating_sub(1.year()) > start);
        let is_on = !matches!(dag.catchup, Field::Known(false) | Field::Symbolic);
        if is_old && is_on && !dag.schedule.is_missing() {
            let found = CatchupSinceYears {
                dag: dag.name.clone(),
                since: dag.start.known().cloned().unwrap_or_default(),
                is_said: !dag.catchup.is_missing(),
            };
            findings.push(found.at(cx.place(&dag.place)));
        }
    }
    findings
}
