//! How often something is started, as far as these files tell.

use crate::pipeline::schedule::Schedule;
use crate::pipeline::{Job, Pipeline};

/// When a job is started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rhythm {
    /// Starts of an average day.
    pub starts_a_day: f64,
    /// The least minutes between two of them.
    pub least_gap: f64,
    /// The most.
    pub greatest_gap: f64,
}

impl Rhythm {
    /// So many times a day, with the same time between them.
    pub(super) fn even(starts_a_day: f64) -> Self {
        let gap = 1_440.0 / starts_a_day.max(f64::MIN_POSITIVE);
        Self {
            starts_a_day,
            least_gap: gap,
            greatest_gap: gap,
        }
    }
}

/// How often the schedules start a job that these files say they start. What they leave open is
/// added to what is assumed.
pub(super) fn of_job(
    pipeline: &Pipeline,
    job: &Job,
    assumptions: &mut Vec<String>,
    left_out: &mut Vec<String>,
) -> Rhythm {
    let mut found: Vec<Schedule> = Vec::new();
    let on = pipeline.triggers.iter().filter(|trigger| !trigger.is_off);
    for trigger in on {
        let Some(text) = trigger.schedule.known() else {
            continue;
        };
        let is_its = pipeline.starts(trigger, job);
        match (is_its, text.parse::<Schedule>()) {
            (Some(false), _) => {}
            (None, _) => left_out.push(format!(
                "`{}` is not counted for `{}`: these files do not tell all that it starts",
                trigger.name, job.name
            )),
            (Some(true), Ok(schedule)) => found.push(schedule),
            (Some(true), Err(error)) => left_out.push(format!(
                "`{}` is not counted for `{}`: {error}",
                trigger.name, job.name
            )),
        }
    }
    match found.as_slice() {
        [] => {
            assumptions.push(format!(
                "`{}` is taken to run once a day: no schedule of these files tells (name --runs-per-day).",
                job.name
            ));
            Rhythm::even(1.0)
        }
        [one] => Rhythm {
            starts_a_day: one.starts_a_day,
            least_gap: one.least_gap,
            greatest_gap: one.greatest_gap,
        },
        // How they fall between each other is not looked at.
        several => Rhythm::even(several.iter().map(|one| one.starts_a_day).sum()),
    }
}
