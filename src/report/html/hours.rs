//! A wide table against its star by the hours since the last sort, as a picture.

use std::fmt::Write;

use askama::Template;

use super::scale::{Scale, Tick};
use crate::advise::Arrivals;
use crate::text::units::duration;

/// The drawing is 560 × 220; the lines are in this part of it.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 470.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 186.0;
/// The least distance of the names at the lines' ends.
const APART: f64 = 16.0;

#[derive(Template)]
#[template(path = "hours.html")]
struct View {
    alt: String,
    hours: Vec<Tick>,
    times: Vec<Tick>,
    lines: Vec<Line>,
}

/// One of the two designs.
struct Line {
    class: &'static str,
    name: &'static str,
    points: String,
    /// Where its name stands.
    y: f64,
}

/// The picture.
pub(super) fn by_hours(arrivals: &Arrivals) -> Result<String, askama::Error> {
    let all = &arrivals.hours;
    let last = all.last().map_or(1, |one| one.hour).max(1);
    let x = |hour: u32| (LEFT + (RIGHT - LEFT) * f64::from(hour) / f64::from(last)).round();
    let times = all.iter().flat_map(|one| one.p50_ms);
    let low = times.clone().fold(f64::INFINITY, f64::min);
    let high = times.fold(0.0, f64::max);
    // A little room above and below.
    let y = Scale::of([low / 1.2, high * 1.2].into_iter(), BOTTOM, TOP);
    let line = |side: usize, class, name| {
        let mut points = String::new();
        for one in all {
            let _ = write!(points, "{},{} ", x(one.hour), y.at(one.p50_ms[side]));
        }
        Line {
            class,
            name,
            points,
            y: all.last().map_or(TOP, |one| y.at(one.p50_ms[side])) + 4.0,
        }
    };
    let mut lines = vec![line(0, "star", "star"), line(1, "wide", "wide table")];
    let between = lines[0].y - lines[1].y;
    if between.abs() < APART {
        let push = (APART - between.abs()) / 2.0 * if between < 0.0 { -1.0 } else { 1.0 };
        lines[0].y += push;
        lines[1].y -= push;
    }
    let said = all.iter().map(|one| {
        let [star, wide] = one.p50_ms.map(duration);
        format!(
            "{} hours after a sort star {star}, wide table {wide}",
            one.hour
        )
    });
    let tick = |ms: f64| Tick {
        at: y.at(ms),
        label: duration(ms),
    };
    View {
        alt: said.collect::<Vec<_>>().join("; "),
        hours: all
            .iter()
            // The first hours would lie on each other.
            .filter(|one| one.hour == 0 || x(one.hour) - x(0) > 40.0)
            .map(|one| Tick {
                at: x(one.hour),
                label: format!("{} h", one.hour),
            })
            .collect(),
        times: match high / low > 1.3 {
            true => vec![tick(low), tick(high)],
            false => vec![tick(high)],
        },
        lines,
    }
    .render()
}
