//! The star and the wide table while rows arrive faster than they are sorted.

use schemars::JsonSchema;
use serde::Serialize;

use super::Request;
use super::design::Design;
use crate::name::TableName;
use crate::sql::QueryStatement;
use crate::whatif::{self, Growth};

/// The hours after a sort that are shown: now, soon, half a day, a day.
const HOURS: [u32; 4] = [0, 1, 12, 24];

/// One query by the hour under both designs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Arrivals {
    /// The entry's name.
    pub query: String,
    /// Rows an hour.
    pub rows_per_hour: f64,
    /// Bytes an hour that the wide table's columns add: encoded where that is known,
    /// and raw.
    pub added_bytes_per_hour: [f64; 2],
    /// By the hour.
    pub hours: Vec<HourAfterSort>,
}

impl Arrivals {
    /// The first hour at which the star is the faster of the two.
    pub fn turned(&self) -> Option<&HourAfterSort> {
        self.hours.iter().find(|at| at.p50_ms[1] > at.p50_ms[0])
    }
}

/// So many hours after the last sort.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HourAfterSort {
    /// Hours.
    pub hour: u32,
    /// Share of the rows that is unsorted by then.
    pub unsorted: f64,
    /// Blocks that the query reads: of the star, of the wide table.
    pub blocks: [f64; 2],
    /// The warm median in milliseconds, likewise.
    pub p50_ms: [f64; 2],
}

/// A query with the tables that it is for.
pub(super) struct Side<'a> {
    pub query: &'a QueryStatement,
    pub design: &'a Design,
    /// The table that grows.
    pub table: TableName,
}

/// Both designs by the hour; `None` where the query can't be planned.
pub(super) fn arrivals(
    request: &Request<'_>,
    growth: &Growth,
    star: &Side<'_>,
    wide: &Side<'_>,
) -> Option<Vec<HourAfterSort>> {
    let asked = request.env.request();
    let hourly = |side: &Side<'_>| {
        let growth = Growth {
            table: side.table.clone(),
            rows_per_hour: growth.rows_per_hour,
        };
        let (schema, stats) = (&side.design.schema, &side.design.stats);
        whatif::hourly_blocks(side.query, &growth, HOURS, schema, stats, &asked).ok()
    };
    let (star, wide) = (hourly(star)?, hourly(wide)?);
    let rows = star.iter().zip(&wide).map(|(star, wide)| HourAfterSort {
        hour: star.hour,
        unsorted: star.unsorted,
        blocks: [star.blocks, wide.blocks],
        p50_ms: [star.p50_ms, wide.p50_ms],
    });
    Some(rows.collect())
}
