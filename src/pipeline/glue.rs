//! What AWS says of Glue: DPU of worker types, prices, defaults.

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

/// DPU of a Spark job, streaming or not, and of a Python shell job, that says nothing of its
/// capacity [AWS Glue API Reference: CreateJob, MaxCapacity].
const DEFAULTS: &[(&str, f64)] = &[
    ("glueetl", 10.0),
    ("gluestreaming", 10.0),
    ("pythonshell", 0.0625),
];

/// The DPU that a run takes at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dpu {
    /// How many.
    pub count: f64,
    /// Whether they are Glue's default, since the job says nothing.
    pub is_default: bool,
}

/// The DPU that a job takes at most, where its kind or its workers tell.
pub fn dpu(job: &Job) -> Option<Dpu> {
    let capacity = &job.capacity;
    let said = |count| Dpu {
        count,
        is_default: false,
    };
    if let Some(count) = capacity.max_capacity.known() {
        return Some(said(*count));
    }
    let is_silent = capacity.max_capacity.is_missing()
        && capacity.worker_type.is_missing()
        && capacity.workers.is_missing();
    if is_silent {
        let (_, count) = DEFAULTS.iter().find(|(kind, _)| is_kind(job, kind))?;
        return Some(Dpu {
            count: *count,
            is_default: true,
        });
    }
    let kind = capacity.worker_type.known()?;
    let each = WORKERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind))?
        .1;
    Some(said(each * capacity.workers.known()?))
}

fn is_kind(job: &Job, kind: &str) -> bool {
    job.capacity.kind.known().is_some_and(|known| known == kind)
}

/// Whether it is a job of Spark that ends: the kind where none is named.
pub fn is_batch(job: &Job) -> bool {
    is_kind(job, "glueetl") || job.capacity.kind.is_missing()
}

/// Whether it is a job of Spark, streaming or not.
pub fn is_spark(job: &Job) -> bool {
    is_batch(job) || is_streaming(job)
}

/// Whether it runs without an end.
pub fn is_streaming(job: &Job) -> bool {
    is_kind(job, "gluestreaming")
}

/// Dollars for a DPU-hour of a job.
pub fn price(job: &Job, config: &Config) -> f64 {
    let prices = &config.pipeline;
    let capacity = &job.capacity;
    if capacity
        .class
        .known()
        .is_some_and(|class| class.eq_ignore_ascii_case("FLEX"))
    {
        return prices.glue_flex_dpu_hour;
    }
    if capacity
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
    match job.capacity.version {
        Field::Known(_) if major(job) < 5.0 => 2_880.0,
        _ => 480.0,
    }
}

fn major(job: &Job) -> f64 {
    let version = job
        .capacity
        .version
        .known()
        .and_then(|version| version.parse().ok());
    version.unwrap_or(5.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Capacity;

    fn job(kind: &str, worker_type: Field<&str>, workers: Field<f64>) -> Job {
        Job {
            capacity: Capacity {
                kind: Field::Known(kind.to_owned()),
                worker_type: match worker_type {
                    Field::Known(name) => Field::Known(name.to_owned()),
                    Field::Symbolic => Field::Symbolic,
                    Field::Missing => Field::Missing,
                },
                workers,
                ..Capacity::default()
            },
            ..Job::default()
        }
    }

    #[test]
    fn a_default_stands_only_where_nothing_is_said() {
        let of = |kind, worker_type, workers| {
            let found = dpu(&job(kind, worker_type, workers));
            found.map(|dpu| (dpu.count, dpu.is_default))
        };
        let missing = || Field::Missing;
        assert_eq!(of("glueetl", missing(), Field::Missing), Some((10.0, true)));
        assert_eq!(
            of("gluestreaming", missing(), Field::Missing),
            Some((10.0, true))
        );
        assert_eq!(
            of("pythonshell", missing(), Field::Missing),
            Some((0.0625, true))
        );
        // Ray is billed otherwise.
        assert_eq!(of("glueray", missing(), Field::Missing), None);
        assert_eq!(
            of("glueetl", Field::Known("G.2X"), Field::Known(3.0)),
            Some((6.0, false))
        );
        // What only the deployment knows is no default.
        assert_eq!(of("glueetl", Field::Symbolic, Field::Missing), None);
        assert_eq!(of("glueetl", Field::Known("G.2X"), Field::Symbolic), None);
        assert_eq!(of("glueetl", Field::Known("G.2X"), Field::Missing), None);
    }
}
