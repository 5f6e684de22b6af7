//! One query of an export by itself: where its time went, what spilled, which slices had more to do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::log::{Entry, Place};
use crate::thresholds::ALERT_ROWS;

/// Share of the rows that a filter keeps, below which Redshift itself calls it very selective
/// (page STL_ALERT_EVENT_LOG).
const SELECTIVE: f64 = 0.05;
/// How often the mean the slowest slice takes before it is said. Chosen: below twice the mean, half
/// of the cluster's time is put to use at least.
const SKEWED: f64 = 2.0;
/// Percent of `data_skewness` and `time_skewness` from which they are said. Chosen: the middle of
/// their range of 0 to 100.
const SKEWNESS: f64 = 50.0;
/// Milliseconds of a segment below which skew is of no account. Chosen: the fixed cost of a query.
const LEAST_MS: f64 = 30.0;

/// What a query really did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Profile {
    /// Its number in the log; empty where the export leaves it out.
    pub query: String,
    /// Milliseconds of all streams, which run one after another: of each the longest segment. `None`
    /// where the export has no times.
    pub total_ms: Option<f64>,
    /// Its segments, the longest first.
    pub segments: Vec<SegmentTime>,
    /// What is worth a look, what took longest first.
    pub facts: Vec<StepFact>,
}

/// A segment and its time, which its steps share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SegmentTime {
    /// Streams run one after another.
    pub stream: i64,
    /// Segments of a stream run at the same time.
    pub segment: i64,
    /// Milliseconds on the slowest slice.
    pub ms: f64,
    /// Its steps in the log's words, with the tables: `scan orders`.
    pub steps: Vec<String>,
    /// The most rows that one of its steps passed on.
    pub rows: f64,
    /// The most bytes.
    pub bytes: f64,
}

/// Something that a step did and that is worth a look.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StepFact {
    /// The segment.
    pub segment: i64,
    /// The step within it.
    pub step: i64,
    /// The step in the log's words, with its table.
    pub what: String,
    /// Why it is worth a look.
    pub why: Heavy,
    /// Milliseconds of its segment, which other steps share.
    pub segment_ms: Option<f64>,
}

/// Why a step is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Heavy {
    /// It did not fit in memory.
    Spilled {
        /// Bytes that it was given, where the view tells.
        memory_bytes: Option<f64>,
        /// Bytes written, where the view counts blocks.
        written_bytes: Option<f64>,
        /// Bytes that went through it.
        bytes: Option<f64>,
    },
    /// The slowest or fullest slice took this many times the mean.
    Skewed {
        /// Times the mean: of time, else of rows.
        factor: f64,
        /// Whether it is the rows that lie unevenly, not only the time.
        rows: bool,
        /// Whether the mean is that of the other slices: where each slice is told by itself.
        of_others: bool,
    },
    /// The log's own measure of skew.
    Skewness {
        /// Percent, of the data.
        data: Option<f64>,
        /// Percent, of the time.
        time: Option<f64>,
    },
    /// A scan read many rows for few.
    Selective {
        /// Rows that were read.
        read: f64,
        /// Rows that remained.
        kept: f64,
        /// Whether blocks could be skipped.
        range_restricted: Option<bool>,
    },
    /// Many rows were sent to other slices.
    Sent {
        /// Rows.
        rows: f64,
        /// Bytes.
        bytes: Option<f64>,
        /// Whether every node got all of them.
        broadcast: bool,
        /// Whether a join runs in the same stream: else they are sent for a grouping or a window.
        joined: bool,
    },
    /// Blocks came from S3 because the cluster's disks did not hold them.
    Remote {
        /// Blocks of 1 MB from S3.
        blocks: f64,
        /// All that were read.
        of: f64,
    },
    /// Every pair was compared.
    NestedLoop {
        /// Rows that came out.
        rows: f64,
    },
}

/// Each query of an export, in the order of the export.
pub(super) fn profiles(entries: &[Entry]) -> Vec<Profile> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_query: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let query = entry.query.as_str();
        let of_it = by_query.entry(query).or_insert_with(|| {
            order.push(query);
            Vec::new()
        });
        of_it.push(entry);
    }
    let profiles = order.iter().filter_map(|query| {
        let profile = profile(query, by_query.get(query)?);
        let says = !profile.segments.is_empty() || !profile.facts.is_empty();
        says.then_some(profile)
    });
    profiles.collect()
}

/// The log rows of one step: one, or one for each slice.
type OfStep<'a> = BTreeMap<Place, Vec<&'a Entry>>;

fn profile(query: &str, entries: &[&Entry]) -> Profile {
    let mut steps: OfStep<'_> = BTreeMap::new();
    let mut segments: BTreeMap<(i64, i64), SegmentTime> = BTreeMap::new();
    let mut timed = false;
    // The row of a whole segment has its time too, and no rows of its own.
    let measured = |entry: &&&Entry| {
        let flow = &entry.flow;
        let any = [flow.rows, flow.bytes, flow.ms].iter().any(Option::is_some);
        // An alert names a segment and measures nothing.
        entry.at.segment >= 0 && any
    };
    for entry in entries.iter().filter(measured) {
        let (stream, segment) = (entry.at.stream, entry.at.segment);
        let of_segment = segments
            .entry((stream, segment))
            .or_insert_with(|| SegmentTime {
                stream,
                segment,
                ms: 0.0,
                steps: Vec::new(),
                rows: 0.0,
                bytes: 0.0,
            });
        timed |= entry.flow.ms.is_some();
        of_segment.ms = of_segment.ms.max(entry.flow.ms.unwrap_or(0.0));
        if entry.coarse {
            continue;
        }
        let all_slices = Place {
            slice: -1,
            ..entry.at
        };
        steps.entry(all_slices).or_default().push(*entry);
    }
    for (place, rows) in &steps {
        let Some(segment) = segments.get_mut(&(place.stream, place.segment)) else {
            continue;
        };
        if let Some(first) = rows.first() {
            segment.steps.push(words(first));
        }
        segment.rows = segment
            .rows
            .max(sum(rows, |entry| entry.flow.rows).unwrap_or(0.0));
        segment.bytes = segment
            .bytes
            .max(sum(rows, |entry| entry.flow.bytes).unwrap_or(0.0));
    }
    let mut by_stream: BTreeMap<i64, f64> = BTreeMap::new();
    for segment in segments.values() {
        let longest = by_stream.entry(segment.stream).or_default();
        *longest = longest.max(segment.ms);
    }
    // Without streams nothing tells which segments ran at the same time.
    let streams_known = !by_stream.contains_key(&-1);
    let total_ms = (timed && streams_known).then(|| by_stream.values().sum());
    let ms_of = |place: &Place| {
        let segment = segments.get(&(place.stream, place.segment));
        segment.map(|segment| segment.ms).filter(|_| timed)
    };
    let mut joining: Vec<(i64, i64)> = Vec::new();
    for (place, rows) in &steps {
        let joins = |entry: &&Entry| JOINS.iter().any(|word| entry.word.starts_with(word));
        if rows.iter().any(joins) {
            joining.push((place.stream, place.segment));
        }
    }
    // What receives the rows runs in the same stream, or follows.
    let joined = |sent: &Place| {
        let mut joining = joining.iter();
        joining.any(|(stream, segment)| *stream == sent.stream || *segment == sent.segment + 1)
    };
    let mut facts: Vec<StepFact> = Vec::new();
    for (place, rows) in &steps {
        for why in heavy(rows, joined(place)) {
            facts.push(StepFact {
                segment: place.segment,
                step: place.step,
                what: rows.first().map(|first| words(first)).unwrap_or_default(),
                why,
                segment_ms: ms_of(place),
            });
        }
    }
    // The time is the segment's, and rows that lie unevenly go through all its steps: both are said
    // of the first.
    let mut told: Vec<i64> = Vec::new();
    facts.retain(|fact| {
        let of_all = matches!(fact.why, Heavy::Skewed { .. } | Heavy::Skewness { .. });
        let again = of_all && told.contains(&fact.segment);
        if of_all {
            told.push(fact.segment);
        }
        !again
    });
    let ms = |fact: &StepFact| fact.segment_ms.unwrap_or(0.0);
    facts.sort_by(|a, b| ms(b).total_cmp(&ms(a)));
    let mut segments: Vec<SegmentTime> = segments.into_values().collect();
    segments.retain(|segment| !segment.steps.is_empty() || segment.ms > 0.0);
    segments.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    Profile {
        query: query.to_owned(),
        total_ms,
        segments,
        facts,
    }
}

/// A step in the log's words, with its table: `scan orders`.
fn words(entry: &Entry) -> String {
    match &entry.table {
        Some(table) => format!("{} {table}", entry.word),
        None => entry.word.clone(),
    }
}

fn sum(rows: &[&Entry], of: impl Fn(&Entry) -> Option<f64>) -> Option<f64> {
    let known = rows.iter().filter_map(|entry| of(entry));
    known.reduce(|a, b| a + b)
}

/// How the log's words for joins, and for what is hashed for them, begin.
const JOINS: [&str; 7] = [
    "hash", "hjoin", "mjoin", "merge", "nestloop", "nloop", "join",
];

/// Why the rows of one step are worth a look; `joined`: whether a join runs beside it.
fn heavy(rows: &[&Entry], joined: bool) -> Vec<Heavy> {
    let mut out = Vec::new();
    out.extend(spilled(rows));
    out.extend(skewed(rows));
    out.extend(selective(rows));
    out.extend(remote(rows));
    let Some(first) = rows.first() else {
        return out;
    };
    let passed = sum(rows, |entry| entry.flow.rows).unwrap_or(0.0);
    let broadcast = first.word.starts_with("bcast") || first.word.starts_with("broadcast");
    let sent = broadcast || first.word.starts_with("dist");
    if sent && passed > ALERT_ROWS {
        out.push(Heavy::Sent {
            rows: passed,
            bytes: sum(rows, |entry| entry.flow.bytes),
            broadcast,
            joined: joined || broadcast,
        });
    }
    if first.word.starts_with("nestloop") || first.word.starts_with("nloop") {
        out.push(Heavy::NestedLoop { rows: passed });
    }
    out
}

fn spilled(rows: &[&Entry]) -> Option<Heavy> {
    if !rows.iter().any(|entry| entry.memory.spilled) {
        return None;
    }
    let blocks: f64 = rows.iter().map(|entry| entry.memory.blocks).sum();
    Some(Heavy::Spilled {
        memory_bytes: sum(rows, |entry| entry.memory.given).filter(|bytes| *bytes > 0.0),
        written_bytes: (blocks > 0.0).then_some(blocks * crate::work::BLOCK_BYTES),
        bytes: sum(rows, |entry| entry.flow.bytes),
    })
}

fn skewed(rows: &[&Entry]) -> Option<Heavy> {
    let longest = rows.iter().filter_map(|entry| entry.flow.ms);
    let longest = longest.fold(0.0, f64::max);
    if let [only] = rows {
        let [data, time] = only.skewness.map(|value| value.filter(|v| *v >= SKEWNESS));
        if (data.is_some() || time.is_some()) && longest >= LEAST_MS {
            return Some(Heavy::Skewness { data, time });
        }
        let factor = longest / only.flow.mean_ms.filter(|ms| *ms > 0.0)?;
        return (factor >= SKEWED && longest >= LEAST_MS).then_some(Heavy::Skewed {
            factor,
            rows: false,
            of_others: false,
        });
    }
    // One row for each slice.
    let factor = |of: fn(&Entry) -> Option<f64>| {
        let known: Vec<f64> = rows.iter().filter_map(|entry| of(entry)).collect();
        let most = known.iter().copied().fold(0.0, f64::max);
        let others = (known.iter().sum::<f64>() - most) / (known.len() as f64 - 1.0);
        match others > 0.0 {
            true => most / others,
            // All of it on one slice: as many times the mean as there are slices.
            false if most > 0.0 => known.len() as f64,
            false => 1.0,
        }
    };
    // What a filter leaves says nothing of how the table lies.
    let (time, data) = (
        factor(|entry| entry.flow.ms),
        factor(|entry| entry.flow.rows_before.or(entry.flow.rows)),
    );
    let all = sum(rows, |entry| entry.flow.rows_before.or(entry.flow.rows)).unwrap_or(0.0);
    let by_rows = data >= SKEWED && all >= ALERT_ROWS;
    let by_time = time >= SKEWED && longest >= LEAST_MS;
    (by_rows || by_time).then_some(Heavy::Skewed {
        factor: if by_rows { data } else { time },
        rows: by_rows,
        of_others: true,
    })
}

/// Blocks from S3 from which reading them is said. Chosen: a gigabyte.
const REMOTE_BLOCKS: f64 = 1_000.0;

fn remote(rows: &[&Entry]) -> Option<Heavy> {
    let [local, remote] = [0, 1].map(|at| sum(rows, |entry| entry.flow.blocks[at]).unwrap_or(0.0));
    let most = remote >= REMOTE_BLOCKS && remote > local;
    most.then_some(Heavy::Remote {
        blocks: remote,
        of: local + remote,
    })
}

fn selective(rows: &[&Entry]) -> Option<Heavy> {
    let first = rows.first().filter(|entry| entry.word == "scan")?;
    let kept = sum(rows, |entry| entry.flow.rows)?;
    let read = sum(rows, |entry| entry.flow.rows_before)?;
    (read >= ALERT_ROWS && kept < read * SELECTIVE).then_some(Heavy::Selective {
        read,
        kept,
        range_restricted: first.flow.range_restricted,
    })
}
