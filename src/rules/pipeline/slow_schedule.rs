//! DK438: slow schedule.

use serde::Serialize;

use super::Context;
use crate::pipeline::schedule::Schedule;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::duration;

crate::declare_rule! {
    /// ## What it does
    /// Reports schedules that start a job less often than the freshness target
    /// (`freshness-minutes`, 60 by default) asks for.
    ///
    /// The gap between runs that comes most often counts: nights and weekends without a run are meant.
    ///
    /// ## Why is this bad?
    /// Data can't be fresher than the schedule: between two runs, searches miss what arrived.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Daily:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Type: SCHEDULED, Schedule: "cron(0 3 * * ? *)", Actions: [{JobName: load}]}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Daily:
    ///     Type: AWS::Glue::Trigger
    ///     Properties: {Type: SCHEDULED, Schedule: "cron(0/30 * * * ? *)", Actions: [{JobName: load}]}
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Time-based schedules for jobs and crawlers:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html>
    pub const RULE = ("DK438", "slow-schedule", Pipeline, Hint, ["AWS Glue Developer Guide: Time-based schedules for jobs and crawlers, https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct SlowSchedule {
    trigger: String,
    every_minutes: f64,
    freshness_minutes: f64,
}

impl Violation for SlowSchedule {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` runs every {}; data should be at most {} old",
            self.trigger,
            duration(self.every_minutes * 60e3),
            duration(self.freshness_minutes * 60e3)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Run it as often as the target asks for, on what is new only.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let wanted = cx.config.pipeline.freshness_minutes;
    let mut findings = Vec::new();
    let on = cx
        .pipeline
        .triggers
        .iter()
        .filter(|trigger| !trigger.is_off);
    for trigger in on.filter(|trigger| cx.pipeline.starts_a_job(trigger)) {
        let schedule = trigger.schedule.known();
        let schedule = schedule.and_then(|text| text.parse::<Schedule>().ok());
        // Nights and weekends without a run are meant.
        let every = schedule.map(|schedule| schedule.usual_gap);
        if let Some(every) = every.filter(|every| *every > wanted) {
            let found = SlowSchedule {
                trigger: trigger.name.clone(),
                every_minutes: every,
                freshness_minutes: wanted,
            };
            findings.push(found.at(cx.place(&trigger.place)));
        }
    }
    findings
}
