//! What AWS says of Glue: DPU of worker types, prices, defaults, schedules.

use super::found::{Field, Job};
use crate::config::Config;

/// Worker types and their DPU [AWS Glue Developer Guide: Adding jobs; R types are
/// billed as memory-optimized DPU].
const WORKERS: &[(&str, f64)] = &[
    ("G.025X", 0.25),
    ("G.1X", 1.0),
    ("G.2X", 2.0),
    ("G.4X", 4.0),
    ("G.8X", 8.0),
    ("G.12X", 12.0),
    ("G.16X", 16.0),
    ("Standard", 1.0),
    ("R.1X", 1.0),
    ("R.2X", 2.0),
    ("R.4X", 4.0),
    ("R.8X", 8.0),
];

/// The least that is billed, in minutes.
pub const LEAST_MINUTES: f64 = 1.0;

/// The DPU that a job takes at most, where its workers are known.
pub fn dpu(job: &Job) -> Option<f64> {
    if let Some(capacity) = job.max_capacity.known() {
        return Some(*capacity);
    }
    let kind = job.worker_type.known()?;
    let each = WORKERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind))?
        .1;
    Some(each * job.workers.known()?)
}

/// Dollars for a DPU-hour of a job.
pub fn price(job: &Job, config: &Config) -> f64 {
    let prices = &config.pipeline;
    if job
        .class
        .known()
        .is_some_and(|class| class.eq_ignore_ascii_case("FLEX"))
    {
        return prices.glue_flex_dpu_hour;
    }
    if job
        .worker_type
        .known()
        .is_some_and(|kind| kind.starts_with("R."))
    {
        return prices.glue_memory_dpu_hour;
    }
    match major(job) >= 6.0 {
        true => prices.glue_dpu_hour_from_6,
        false => prices.glue_dpu_hour,
    }
}

/// Minutes after which Glue ends a run by itself: 480 from version 5.0 on, 2,880 before.
pub fn default_timeout_minutes(job: &Job) -> f64 {
    match job.version {
        Field::Known(_) if major(job) < 5.0 => 2_880.0,
        _ => 480.0,
    }
}

fn major(job: &Job) -> f64 {
    let version = job.version.known().and_then(|version| version.parse().ok());
    version.unwrap_or(5.0)
}

/// Minutes between two starts of a schedule; `None` for what is not understood, and
/// for a schedule within a part of the day the gap within that part.
pub fn every_minutes(schedule: &str) -> Option<f64> {
    let inner = schedule.split_once('(')?.1.trim_end_matches(')');
    let parts: Vec<&str> = inner.split_whitespace().collect();
    if schedule.starts_with("rate") {
        let [number, unit] = parts.as_slice() else {
            return None;
        };
        let minutes = match unit.trim_end_matches('s') {
            "minute" => 1.0,
            "hour" => 60.0,
            "day" => 1_440.0,
            _ => return None,
        };
        return Some(number.parse::<f64>().ok()? * minutes);
    }
    let [minute, hour, day, _, weekday, ..] = parts.as_slice() else {
        return None;
    };
    // The gap between values of a field, or the whole of it for a single value.
    let gap = |field: &str, whole: f64| -> Option<f64> {
        match field {
            "*" => Some(1.0),
            field if field.contains('/') => field.split_once('/')?.1.parse().ok(),
            field if field.contains(',') => Some(whole / field.split(',').count() as f64),
            field if field.contains('-') => Some(1.0),
            _ => Some(whole),
        }
    };
    let minutes = gap(minute, 60.0)?;
    if minutes < 60.0 {
        return Some(minutes);
    }
    let hours = gap(hour, 24.0)?;
    if hours < 24.0 {
        return Some(hours * 60.0);
    }
    let every_day = |field: &str| matches!(field, "*" | "?");
    match (every_day(day), every_day(weekday)) {
        (true, true) => Some(1_440.0),
        (_, false) => Some(gap(weekday, 7.0)? * 1_440.0),
        (false, true) => Some(gap(day, 30.0)? * 1_440.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_have_their_gaps() {
        for (schedule, minutes) in [
            ("rate(30 minutes)", 30.0),
            ("rate(1 day)", 1_440.0),
            ("cron(0 3 * * ? *)", 1_440.0),
            ("cron(0/15 * * * ? *)", 15.0),
            ("cron(0 * * * ? *)", 60.0),
            ("cron(0 */6 * * ? *)", 360.0),
            ("cron(0 3 ? * MON *)", 10_080.0),
        ] {
            assert_eq!(every_minutes(schedule), Some(minutes), "{schedule}");
        }
        assert_eq!(every_minutes("now and then"), None);
    }
}
