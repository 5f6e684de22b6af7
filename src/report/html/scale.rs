//! Logarithmic scales of the pictures, and the small ones that are made of nothing else: intervals under
//! each other, strips of cells.

use crate::text::units::{counted, duration};

/// A mark on a scale.
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// A logarithmic scale.
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Holds all of these; a little more than nothing where they are one.
    pub fn of(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).max(1e-3).ln();
        let high = values.fold(0.0, f64::max).max(1e-3).ln();
        let high = if high - low < 0.1 { low + 0.1 } else { high };
        Self {
            low,
            high,
            from,
            to,
        }
    }

    pub fn at(&self, value: f64) -> f64 {
        let share = (value.max(1e-3).ln() - self.low) / (self.high - self.low);
        tenths(self.from + (self.to - self.from) * share.clamp(0.0, 1.0))
    }

    /// Powers of ten, not at the very ends.
    pub fn ticks(&self, words: fn(f64) -> String) -> Vec<Tick> {
        let tens = std::f64::consts::LN_10;
        let powers = ((self.low / tens).ceil() as i32)..=((self.high / tens).floor() as i32);
        let ticks = powers.map(|power| 10f64.powi(power)).map(|value| Tick {
            at: self.at(value),
            label: words(value),
        });
        ticks.collect()
    }
}

/// A tenth of a pixel is enough.
fn tenths(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

/// Times of warm runs under each other on one scale, with the budget as a line through all.
pub(super) struct Times {
    scale: Scale,
    budget_ms: Option<f64>,
}

/// One of them, in a drawing of 200 × 16.
pub(super) struct TimeBar {
    pub low: f64,
    pub width: f64,
    pub median: f64,
    /// Where the median was before a change.
    pub before: Option<f64>,
    pub budget: Option<f64>,
}

impl Times {
    /// Holds these times, in milliseconds, and the budget.
    pub fn holding(times: &[f64], budget_ms: Option<f64>) -> Self {
        let all = times.iter().copied().chain(budget_ms);
        Self {
            scale: Scale::of(all, 4.0, 196.0),
            budget_ms,
        }
    }

    /// Low, median and high.
    pub fn bar(&self, [low, median, high]: [f64; 3], before: Option<f64>) -> TimeBar {
        let low = self.scale.at(low);
        TimeBar {
            low,
            width: tenths((self.scale.at(high) - low).max(1.0)),
            median: self.scale.at(median),
            before: before.map(|ms| self.scale.at(ms)),
            budget: self.budget_ms.map(|ms| self.scale.at(ms)),
        }
    }

    /// What the pictures mean, in words.
    pub fn legend(&self) -> String {
        let budget = self.budget_ms.map_or_else(String::new, |ms| {
            format!(", the dashes the budget of {}", duration(ms))
        });
        format!("The bar is the interval, the stroke in it the median{budget}.")
    }
}

/// Cells of which a part is touched: blocks, slices.
pub(super) struct Strip {
    pub what: String,
    /// Widths in a drawing of cells of 4.
    pub width: usize,
    pub touched: usize,
    /// Said to who can't see it, and beside it.
    pub words: String,
}

/// Cells of a strip at most: above it one stands for several.
const MOST_CELLS: f64 = 60.0;

impl Strip {
    /// `touched` of `all`, which are called this.
    pub fn of(what: String, touched: f64, all: f64, noun: &str) -> Self {
        let cells = all.clamp(1.0, MOST_CELLS).round();
        let share = (touched / all.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        // Not none where there is something, and not all where something is left.
        let part = (share * cells).round();
        let part = if touched > 0.0 { part.max(1.0) } else { part };
        let part = if share < 1.0 && cells > 1.0 {
            part.min(cells - 1.0)
        } else {
            part
        };
        Self {
            what,
            width: cells as usize * 4,
            touched: part as usize * 4,
            words: format!(
                "{} of {}",
                crate::text::units::count(touched.round().max(touched.min(1.0).ceil())),
                counted(all.round(), noun)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_is_never_empty_or_full_for_what_is_not() {
        let cells = |touched, all| {
            let strip = Strip::of(String::new(), touched, all, "block");
            (strip.touched / 4, strip.width / 4)
        };
        assert_eq!(cells(1.0, 16.0), (1, 16));
        assert_eq!(cells(16.0, 16.0), (16, 16));
        assert_eq!(cells(0.0, 16.0), (0, 16));
        assert_eq!(cells(1.0, 100_000.0), (1, 60));
        assert_eq!(cells(99_999.0, 100_000.0), (59, 60));
        assert_eq!(cells(50_000.0, 100_000.0), (30, 60));
        assert_eq!(cells(1.0, 1.0), (1, 1));
        let words = |touched, all| Strip::of(String::new(), touched, all, "block").words;
        assert_eq!(words(1.0, 1.0), "1 of 1 block");
        assert_eq!(words(1_200.0, 4_800.0), "1,200 of 4,800 blocks");
    }

    #[test]
    fn times_stand_in_their_order_on_one_scale() {
        let times = Times::holding(&[10.0, 20.0, 4000.0], Some(800.0));
        let bar = times.bar([10.0, 20.0, 4000.0], Some(100.0));
        let [before, budget] = [bar.before, bar.budget].map(|at| at.expect("a place"));
        assert!(bar.low < bar.median && bar.median < before && before < budget);
        assert!(budget < bar.low + bar.width && (bar.low + bar.width - 196.0).abs() < 0.2);
        let none = Times::holding(&[10.0], None).bar([10.0, 10.0, 10.0], None);
        assert!(none.budget.is_none() && none.width >= 1.0);
    }
}
