//! The part of a column's values between two edges, by its histogram or its ends.

use std::cmp::Ordering;

use serde_json::Value;

use crate::stats::{number, number_of_text};

use super::values::text_of;
use super::{Basis, Edge, Estimate, Known};

/// A part of some rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) low: f64,
    pub(super) likely: f64,
    pub(super) high: f64,
    pub(super) basis: Basis,
}

impl Part {
    pub(super) fn of(self, rows: Estimate) -> Estimate {
        Estimate::new(
            self.low * rows.low,
            self.likely * rows.likely,
            self.high * rows.high,
            self.basis,
        )
    }
}

impl Known<'_> {
    /// The part between two edges of the values that are not among the named ones.
    pub(super) fn part(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Part> {
        self.by_histogram(low, high)
            .or_else(|| self.by_ends(low, high))
    }

    /// By the histogram: its buckets hold equally many rows, and within one the values lie
    /// evenly, as far as is known.
    pub(super) fn by_histogram(
        &self,
        low: Option<Edge<'_>>,
        high: Option<Edge<'_>>,
    ) -> Option<Part> {
        let bounds: Vec<String> = self.stats.histogram.iter().map(text_of).collect();
        if bounds.len() < 2 {
            return None;
        }
        let buckets = (bounds.len() - 1) as f64;
        let below = |edge: Edge<'_>| -> Option<[f64; 3]> {
            let mut at = 0usize;
            for bound in &bounds {
                match self.compare(bound, edge.value)? {
                    Ordering::Greater => break,
                    _ => at += 1,
                }
            }
            if at == 0 || at == bounds.len() {
                return Some([if at == 0 { 0.0 } else { 1.0 }; 3]);
            }
            let (from, to) = (bounds.get(at - 1)?, bounds.get(at)?);
            let numbers = |text: &str| number_of_text(text).filter(|_| !self.text);
            let within = match (numbers(from), numbers(to), numbers(edge.value)) {
                (Some(from), Some(to), Some(value)) if to > from => (value - from) / (to - from),
                _ if self.compare(from, edge.value) == Some(Ordering::Equal) => 0.0,
                _ => 0.5,
            };
            let before = (at - 1) as f64;
            // At a bound it is known; within a bucket it may be all of it or nothing.
            let (least, most) = match within {
                within if within <= 0.0 => (before, before),
                _ => (before, before + 1.0),
            };
            Some([least, before + within, most].map(|count| count / buckets))
        };
        let from = low.map_or(Some([0.0; 3]), below)?;
        let to = high.map_or(Some([1.0; 3]), below)?;
        Some(Part {
            low: (to[0] - from[2]).max(0.0),
            likely: (to[1] - from[1]).max(0.0),
            high: (to[2] - from[0]).max(0.0),
            basis: Basis::Histogram,
        })
    }

    /// By the least and greatest value: evenly between them, or with a density that rises or falls
    /// steadily, down to none at one end.
    fn by_ends(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Part> {
        let number = |value: &Option<Value>| number(value.as_ref()?);
        let (min, max) = (number(&self.stats.min)?, number(&self.stats.max)?);
        if self.text || max < min {
            return None;
        }
        let each = self.distinct().map_or(0.0, |distinct| 1.0 / distinct);
        let value = |edge: Edge<'_>| number_of_text(edge.value);
        // Below an edge: the value itself is one of the distinct ones.
        let below = |value: f64, with: bool| match (value, max - min) {
            (value, _) if value < min || (value == min && !with) => 0.0,
            (value, _) if value > max || (value == max && with) => 1.0,
            (_, 0.0) => f64::from(u8::from(with)),
            (value, width) => match with {
                true => ((value - min) / width).max(each),
                false => ((value - min) / width).min(1.0 - each),
            },
        };
        let from = match low {
            Some(edge) => below(value(edge)?, !edge.inclusive),
            None => 0.0,
        };
        let to = match high {
            Some(edge) => below(value(edge)?, edge.inclusive),
            None => 1.0,
        };
        // Both sides closed around some of the values: one of them is there.
        let inside = low
            .zip(high)
            .is_some_and(|(low, high)| low.inclusive && high.inclusive);
        let likely = match inside && to > 0.0 && from < 1.0 {
            true => (to - from).max(each),
            false => (to - from).max(0.0),
        };
        let (rising, falling) = (
            to * to - from * from,
            (1.0 - from).powi(2) - (1.0 - to).powi(2),
        );
        Some(Part {
            low: rising.min(falling).min(likely).max(0.0),
            likely,
            high: rising.max(falling).max(likely),
            basis: Basis::Ends,
        })
    }
}
