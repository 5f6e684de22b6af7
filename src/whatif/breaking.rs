//! When it breaks: the row count at which the budget is lost, and the date.

use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::latency::{Request, Verdict};
use crate::name::TableName;
use crate::planner::PlannerError;
use crate::schema::Schema;
use crate::sql::QueryStatement;
use crate::stats::Stats;
use crate::work::zone_map::unsorted_after;

use super::change::{ChangeError, Changes, Growth, Scale};
use super::compare::{WhatIfError, planned};

/// The largest growth that is looked at.
const MOST: f64 = 1e6;
/// Halvings of the search: beyond these the answer is exact to a thousandth.
const HALVINGS: u32 = 40;

/// At which volume the budget is lost.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BreakPoint {
    /// The table that grows.
    pub table: TableName,
    /// Its rows now.
    pub rows_now: f64,
    /// Rows up to which the verdict is `within`; `None` if it is not even now.
    pub safe_rows: Option<f64>,
    /// Rows at which the predicted median passes the budget; `None` if it does not
    /// within a million times the rows of now.
    pub median_rows: Option<f64>,
    /// Rows from which the verdict is `over`; `None` likewise.
    pub over_rows: Option<f64>,
}

/// A break point on a calendar.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Rows per hour.
    pub rows_per_hour: f64,
    /// Hours until `safe_rows`, `median_rows`, `over_rows`.
    pub hours: [Option<f64>; 3],
    /// The dates of these, as `2027-03-01`, counted from the day given.
    pub dates: [Option<String>; 3],
}

/// Blocks read while rows arrive and nothing is sorted.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HourlyBlocks {
    /// Hours after the last sort.
    pub hour: u32,
    /// Share of rows that is unsorted by then.
    pub unsorted: f64,
    /// Blocks that the query reads by then.
    pub blocks: f64,
    /// The predicted median by then, in milliseconds.
    pub p50_ms: f64,
}

/// What becomes of a query while one table grows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Growing {
    /// The volumes at which the budget is lost.
    pub point: BreakPoint,
    /// The same on a calendar.
    pub forecast: Forecast,
    /// Until the next sort.
    pub hourly: Vec<HourlyBlocks>,
    /// How long it takes by the rows of the table, from those of now on.
    #[serde(skip)]
    pub curve: Vec<AtRows>,
}

/// How long a query takes at a number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtRows {
    /// The rows of the table that grows.
    pub rows: f64,
    /// The median, in milliseconds.
    pub p50_ms: f64,
    /// Both ends of its interval.
    pub interval_ms: [f64; 2],
}

/// Points of a curve.
const POINTS: u32 = 16;
/// How far beyond the last break point a curve goes; this many times the rows of now where there is
/// none.
const BEYOND: f64 = 2.0;
const WITHOUT_BREAK: f64 = 100.0;

/// How long a query takes while one table grows, from its rows now to beyond its last break point.
///
/// # Errors
/// A query that can't be planned.
pub fn curve(
    query: &QueryStatement,
    point: &BreakPoint,
    schema: &Schema,
    stats: &Stats,
    request: &Request<'_>,
) -> Result<Vec<AtRows>, WhatIfError> {
    let breaks = [point.safe_rows, point.median_rows, point.over_rows];
    let last = breaks.into_iter().flatten().fold(0.0, f64::max);
    let most = match last > point.rows_now {
        true => last / point.rows_now * BEYOND,
        false => WITHOUT_BREAK,
    };
    (0..POINTS)
        .map(|at| {
            let factor = most.powf(f64::from(at) / f64::from(POINTS - 1));
            let mut changes = Changes::default();
            changes.scales.push(Scale {
                table: Some(point.table.clone()),
                factor,
            });
            let more = changes.apply_stats(stats);
            let warm = planned(query, schema, &more, request)?.prediction.warm;
            Ok(AtRows {
                rows: point.rows_now * factor,
                p50_ms: warm.p50_ms,
                interval_ms: [warm.low_ms, warm.high_ms],
            })
        })
        .collect()
}

/// Searches for the volumes at which the verdict changes while one table grows.
///
/// # Errors
/// A query that can't be planned, a table whose rows are not known.
pub fn break_point(
    query: &QueryStatement,
    table: &TableName,
    schema: &Schema,
    stats: &Stats,
    request: &Request<'_>,
) -> Result<BreakPoint, WhatIfError> {
    let now = planned(query, schema, stats, request)?;
    let rows_now = stats.table(table).and_then(|stats| stats.rows);
    let rows_now = rows_now.ok_or_else(|| ChangeError::Rows(table.clone()))?;
    let at = |factor: f64| {
        let mut changes = Changes::default();
        changes.scales.push(Scale {
            table: Some(table.to_owned()),
            factor,
        });
        let more = changes.apply_stats(stats);
        planned(query, schema, &more, request)
            .map(|outcome| outcome.prediction)
            .ok()
    };
    let first = |lost: &dyn Fn(&crate::latency::Prediction) -> bool| {
        if lost(&now.prediction) {
            return Some(1.0);
        }
        if !at(MOST).is_some_and(|prediction| lost(&prediction)) {
            return None;
        }
        let (mut low, mut high) = (0.0f64, MOST.ln());
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            match at(middle.exp()).is_some_and(|prediction| lost(&prediction)) {
                true => high = middle,
                false => low = middle,
            }
        }
        Some(high.exp())
    };
    let budget = request.budget_ms;
    let not_within = first(&|prediction| prediction.verdict != Verdict::Within);
    let rows = |factor: Option<f64>| factor.map(|factor| (factor * rows_now).round());
    Ok(BreakPoint {
        table: table.to_owned(),
        rows_now,
        safe_rows: rows(not_within.filter(|factor| *factor > 1.0)),
        median_rows: rows(first(&|prediction| prediction.warm.p50_ms > budget)),
        over_rows: rows(first(&|prediction| prediction.verdict == Verdict::Over)),
    })
}

/// When a growing table reaches its break points; `today` in days since 1970.
pub fn forecast(point: &BreakPoint, growth: &Growth, today: i64) -> Forecast {
    let hours = |rows: Option<f64>| {
        rows.map(|rows| ((rows - point.rows_now) / growth.rows_per_hour).max(0.0))
    };
    let hours = [
        hours(point.safe_rows),
        hours(point.median_rows),
        hours(point.over_rows),
    ];
    let date = |hours: Option<f64>| hours.and_then(|hours| date_after(today, hours / 24.0));
    Forecast {
        rows_per_hour: growth.rows_per_hour,
        dates: hours.map(date),
        hours,
    }
}

/// Blocks read so many hours after a sort, while rows arrive and nothing is sorted.
///
/// # Errors
/// A query that can't be planned.
pub fn hourly_blocks(
    query: &QueryStatement,
    growth: &Growth,
    hours: impl IntoIterator<Item = u32>,
    schema: &Schema,
    stats: &Stats,
    request: &Request<'_>,
) -> Result<Vec<HourlyBlocks>, PlannerError> {
    let mut out = Vec::new();
    for hour in hours {
        let mut later = stats.clone();
        let mut share = 0.0;
        if let Some(table) = stats
            .key(&growth.table)
            .and_then(|key| later.tables.get_mut(key))
        {
            let rows = table.rows.unwrap_or(0.0);
            share = unsorted_after(
                rows,
                table.unsorted.unwrap_or(0.0),
                growth.rows_per_hour,
                f64::from(hour),
            );
            table.unsorted = Some(share);
            table.rows = Some(rows + growth.rows_per_hour * f64::from(hour));
        }
        let outcome = planned(query, schema, &later, request)?;
        out.push(HourlyBlocks {
            hour,
            unsorted: share,
            blocks: outcome.blocks_scanned,
            p50_ms: outcome.prediction.warm.p50_ms,
        });
    }
    Ok(out)
}

/// The date so many days after another, both counted from 1970, as `2027-03-01`;
/// `None` beyond the year 9999.
fn date_after(today: i64, days: f64) -> Option<String> {
    // More than that is beyond any calendar.
    if !(0.0..3.0e6).contains(&days) {
        return None;
    }
    let days = today + days.floor() as i64;
    let date = Date::constant(1970, 1, 1).checked_add(days.days()).ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_from_rows_per_hour() {
        assert_eq!(date_after(0, 0.0).as_deref(), Some("1970-01-01"));
        assert_eq!(date_after(20_781, 0.0).as_deref(), Some("2026-11-24"));
        assert_eq!(date_after(20_781, 98.0).as_deref(), Some("2027-03-02"));
        let point = BreakPoint {
            table: "catalog".into(),
            rows_now: 1e6,
            safe_rows: Some(49e6),
            median_rows: None,
            over_rows: None,
        };
        let growth = Growth {
            table: "catalog".into(),
            rows_per_hour: 1e6,
        };
        let forecast = forecast(&point, &growth, 0);
        assert_eq!(forecast.hours[0], Some(48.0));
        assert_eq!(forecast.dates[0].as_deref(), Some("1970-01-03"));
    }
}
