//! The rows of an export of the cluster's log, whatever view it comes from.

use super::ActualsError;

/// One row of an export: a step of a query, on one slice where the view tells slices apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Entry {
    /// The query's number; empty where the export leaves it out.
    pub query: String,
    /// The place of the step in the query.
    pub at: Place,
    /// The step of the plan, where the view names it.
    pub plan_node: Option<i64>,
    /// What it does, in the log's words: `scan`, `hjoin`, `dist`.
    pub word: String,
    /// The table that it reads or writes.
    pub table: Option<String>,
    /// What went through it.
    pub flow: Flow,
    /// Memory.
    pub memory: Memory,
    /// How unevenly its data and its time lie over the slices, in percent, where the view tells.
    pub skewness: [Option<f64>; 2],
    /// What Redshift warns of.
    pub alert: Option<String>,
    /// Whether the row is about a whole stream or segment.
    pub coarse: bool,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place {
    /// Streams run one after another. −1 where the view does not name it.
    pub stream: i64,
    /// Segments of a stream run at the same time.
    pub segment: i64,
    /// Steps of a segment run as one.
    pub step: i64,
    /// −1 where the row is about all slices.
    pub slice: i64,
}

/// What went through a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Flow {
    /// Rows.
    pub rows: Option<f64>,
    /// Rows before deleted ones and those that a filter drops were left out.
    pub rows_before: Option<f64>,
    /// Bytes.
    pub bytes: Option<f64>,
    /// Milliseconds of its segment, on the slowest slice.
    pub ms: Option<f64>,
    /// Milliseconds of its segment on the mean slice.
    pub mean_ms: Option<f64>,
    /// Whether blocks could be skipped.
    pub range_restricted: Option<bool>,
    /// Blocks read from the cluster's own disks, and from S3 for want of them there.
    pub blocks: [Option<f64>; 2],
}

/// The memory of a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Memory {
    /// Whether it wrote to disk for want of memory.
    pub spilled: bool,
    /// Blocks of 1 MB that it wrote, where the view counts them.
    pub blocks: f64,
    /// Bytes that it was given.
    pub given: Option<f64>,
}

/// Columns of which an export has one at least.
const KNOWN: [&str; 5] = ["rows", "output_rows", "label", "step_name", "event"];

/// Whether a text is such an export, by its first line: it has columns of no other view.
pub(super) fn is_export(text: &str) -> bool {
    let header = header(text);
    let has = |name: &str| header.iter().any(|column| column == name);
    let steps = has("label") && (has("seg") || has("segment")) && has("rows");
    let details = has("step_name") && has("segment_id");
    let alerts = has("event") && has("solution");
    steps || details || alerts
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = ['|', '\t', ';', ',']
        .into_iter()
        .find(|delimiter| first.contains(*delimiter));
    csv::ReaderBuilder::new()
        .delimiter(delimiter.map_or(b',', |delimiter| delimiter as u8))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

/// The names of the columns. psql frames a table with `|` when it is told to.
fn header(text: &str) -> Vec<String> {
    let header = reader(text).headers().cloned().unwrap_or_default();
    header.iter().map(str::to_lowercase).collect()
}

/// The rows of an export.
///
/// # Errors
/// Text without any column that these views have.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, ActualsError> {
    let text = text.trim_start_matches(['\u{feff}', '\n', '\r']);
    let header = header(text);
    if !header.iter().any(|name| KNOWN.contains(&name.as_str())) {
        return Err(ActualsError::Columns(format!("`{}`", header.join("`, `"))));
    }
    let records = reader(text).into_records();
    // psql draws a line below the header, and counts the rows below the table.
    let drawn = |record: &csv::StringRecord| {
        let first = record.get(0).unwrap_or_default();
        first.starts_with("---") || first.starts_with('(')
    };
    let records = records.flatten().filter(|record| !drawn(record));
    Ok(records.map(|record| entry(&header, &record)).collect())
}

fn entry(header: &[String], record: &csv::StringRecord) -> Entry {
    let cell = |names: &[&str]| {
        let at = names
            .iter()
            .find_map(|name| header.iter().position(|column| column == name))?;
        let text = record.get(at)?.trim();
        (!text.is_empty()).then_some(text)
    };
    let number = |names: &[&str]| {
        let value = cell(names)?.replace(',', "").parse::<f64>().ok()?;
        value.is_finite().then_some(value)
    };
    let whole = |names: &[&str]| number(names).map_or(-1, |value| value as i64);
    let is_true = |text: &str| matches!(text.to_lowercase().as_str(), "t" | "true" | "1");
    let label = cell(&["label"]).unwrap_or_default();
    let named = label
        .split_once("name=")
        .map(|(_, name)| name.trim().to_owned());
    let words = cell(&["step_name"]).unwrap_or(label).to_lowercase();
    let blocks = ["spilled_block_local_disk", "spilled_block_remote_disk"];
    let blocks: f64 = blocks.iter().filter_map(|name| number(&[name])).sum();
    let event = cell(&["event"]).map(|event| match cell(&["solution"]) {
        Some(solution) => format!("{event}: {solution}"),
        None => event.to_owned(),
    });
    // All of these views count in microseconds.
    let ms = |names: &[&str]| number(names).map(|us| us / 1000.0);
    Entry {
        query: cell(&["query", "query_id"]).unwrap_or_default().to_owned(),
        at: Place {
            stream: whole(&["stm", "stream_id", "stream"]),
            segment: whole(&["seg", "segment_id", "segment"]),
            step: whole(&["step", "step_id"]),
            slice: whole(&["slice"]),
        },
        plan_node: Some(whole(&["plan_node_id"])).filter(|id| *id >= 0),
        word: words
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned(),
        table: cell(&["table_name"]).map(str::to_owned).or(named),
        flow: Flow {
            rows: number(&["output_rows", "rows"]),
            rows_before: number(&["rows_pre_filter", "input_rows"]),
            bytes: number(&["output_bytes", "bytes"]),
            ms: ms(&["duration", "maxtime", "elapsed_time"]),
            mean_ms: ms(&["avgtime"]),
            range_restricted: cell(&["is_rrscan"]).map(is_true),
            blocks: [number(&["local_read_io"]), number(&["remote_read_io"])],
        },
        memory: Memory {
            spilled: blocks > 0.0 || cell(&["is_diskbased"]).is_some_and(is_true),
            blocks,
            given: number(&["workmem"]),
        },
        skewness: [number(&["data_skewness"]), number(&["time_skewness"])],
        alert: cell(&["alert"]).map(str::to_owned).or(event),
        coarse: cell(&["metrics_level"]).is_some_and(|level| !level.eq_ignore_ascii_case("step"))
            || cell(&["step_id"]) == Some("-1"),
    }
}
