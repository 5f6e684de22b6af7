//! Fitting floor and speed to a user's own timings.

use crate::cluster::Cluster;
use crate::latency::calibration::{Calibration, CalibrationError, Timing, calibrate};
use crate::latency::model::work_ms;
use crate::latency::{Coefficients, Request};

use super::evaluate::{Regime, measured_work};
use super::workload::Workload;

/// Fits one cluster's timings. Queries that can't be planned are left out and
/// named in the second part.
///
/// # Errors
/// Too few usable timings.
pub fn own(
    workload: &Workload,
    name: &str,
    shape: &Cluster,
    coefficients: &Coefficients,
) -> Result<(Calibration, Vec<String>), CalibrationError> {
    let (timings, notes) = timings(workload, (name, None), shape, coefficients);
    let floor = coefficients.floor_ms(shape);
    Ok((calibrate(&shape.to_string(), floor, &timings)?, notes))
}

/// The timings of one cluster, on one date if one is named, beside what is predicted for the work.
/// Queries that can't be planned are left out and named in the second part.
pub(super) fn timings(
    workload: &Workload,
    (name, date): (&str, Option<&str>),
    shape: &Cluster,
    coefficients: &Coefficients,
) -> (Vec<Timing>, Vec<String>) {
    let request = Request {
        coefficients,
        ..Request::new(1.0, shape)
    };
    let regime = Regime::best(workload);
    let mut timings = Vec::new();
    let mut notes = Vec::new();
    let mine = workload.runs.iter().filter(|run| run.cluster == name);
    for run in mine.filter(|run| date.is_none_or(|date| run.date == date)) {
        let Some(measured_ms) = run.warm_ms else {
            continue;
        };
        match measured_work(workload, &run.query, shape, regime) {
            Ok((_, work)) => timings.push(Timing {
                work_ms: work_ms(&work, &request),
                measured_ms,
            }),
            Err(reason) => notes.push(reason),
        }
    }
    (timings, notes)
}
