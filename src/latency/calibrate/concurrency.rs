//! Published response times of many users at once, held against the queueing term.

use std::path::Path;

use serde::Serialize;

use crate::cluster::Cluster;
use crate::latency::Coefficients;
use crate::latency::queueing::response_ms;

/// One row of such a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crowd {
    /// The cluster.
    pub cluster: String,
    /// Users that send queries without a pause.
    pub users: u32,
    /// Measured mean time, in milliseconds.
    pub mean_ms: f64,
    /// Measured median, in milliseconds.
    pub median_ms: f64,
    /// Predicted mean time, from users and the most queries a cluster starts alone:
    /// which queries were sent is not published.
    pub predicted_ms: f64,
}

/// Reads the Markdown tables of a `concurrency.md`: rows that name a Redshift
/// cluster as `Redshift (4 x ra3.4xlarge)`, with `VUs`, `Med Latency` and
/// `Avg Latency` in seconds. Nothing if there is no such file.
pub fn read(folder: &Path, coefficients: &Coefficients) -> Vec<Crowd> {
    let text = std::fs::read_to_string(folder.join("concurrency.md")).unwrap_or_default();
    let mut columns: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for line in text
        .lines()
        .filter(|line| line.trim_start().starts_with('|'))
    {
        let cells: Vec<String> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        if cells.iter().any(|cell| cell == "VUs") {
            columns = cells;
            continue;
        }
        let cell = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            cells.get(at)
        };
        let seconds = |name: &str| cell(name)?.parse::<f64>().ok().filter(|s| *s > 0.0);
        let engine = cells
            .first()
            .and_then(|name| name.strip_prefix("Redshift ("));
        let Some(name) = engine.and_then(|name| name.split(')').next()) else {
            continue;
        };
        let name = name.replace(" x ", "x.");
        let users = cell("VUs").and_then(|users| users.parse::<u32>().ok());
        let (Some(users), Some(mean), Some(median)) =
            (users, seconds("Avg Latency"), seconds("Med Latency"))
        else {
            continue;
        };
        if name.parse::<Cluster>().is_err() {
            continue;
        }
        out.push(Crowd {
            cluster: name,
            users,
            mean_ms: mean * 1000.0,
            median_ms: median * 1000.0,
            predicted_ms: response_ms(0.0, 0.0, users, coefficients.queue.most_per_second),
        });
    }
    out
}
