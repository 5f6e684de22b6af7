//! The verdict as a bar: the interval against the budget on a logarithmic scale.

use crate::latency::Prediction;
use crate::text::units::duration;

/// The bar's coordinates in a drawing of 600 × 64.
#[derive(Debug)]
pub(super) struct VerdictBar {
    pub low_x: f64,
    pub p50_x: f64,
    pub budget_x: f64,
    /// The middle of the budget's words, which stay inside.
    pub label_x: f64,
    pub interval_width: f64,
    pub ticks: Vec<Tick>,
}

/// A mark on the scale.
#[derive(Debug)]
pub(super) struct Tick {
    pub x: f64,
    pub label: String,
}

const LEFT: f64 = 12.0;
const WIDTH: f64 = 576.0;

/// How near to an end of the drawing a label still fits.
const MARGIN: f64 = 26.0;

/// The bar of a prediction on a scale that holds several.
pub(super) fn verdict_bar(prediction: &Prediction, scale: &[&Prediction]) -> VerdictBar {
    let warm = &prediction.warm;
    let ends = |one: &&Prediction| (one.warm.low_ms, one.warm.high_ms, one.budget_ms);
    let least = scale
        .iter()
        .map(ends)
        .map(|(low, _, budget)| low.min(budget));
    let least = least.fold(f64::INFINITY, f64::min).max(0.1);
    let most = scale
        .iter()
        .map(ends)
        .map(|(_, high, budget)| high.max(budget));
    let most = most.fold(least * 2.0, f64::max);
    let start = (least / 1.5).log10();
    let end = (most * 1.5).log10();
    let x =
        |ms: f64| LEFT + WIDTH * ((ms.max(0.1).log10() - start) / (end - start)).clamp(0.0, 1.0);
    let (low_x, high_x) = (x(warm.low_ms), x(warm.high_ms));
    VerdictBar {
        low_x,
        p50_x: x(warm.p50_ms),
        budget_x: x(prediction.budget_ms),
        label_x: x(prediction.budget_ms).clamp(2.0 * MARGIN, 600.0 - 2.0 * MARGIN),
        interval_width: (high_x - low_x).max(2.0),
        ticks: ticks(start, end)
            .map(|ms| Tick {
                x: x(ms),
                label: duration(ms),
            })
            .filter(|tick| (MARGIN..=600.0 - MARGIN).contains(&tick.x))
            .collect(),
    }
}

/// Powers of ten on the scale.
fn ticks(start: f64, end: f64) -> impl Iterator<Item = f64> {
    let (first, last) = (start.ceil() as i32, end.floor() as i32);
    (first..=last).map(|power| 10f64.powi(power))
}
