//! Numbers that several modules judge by, each with its source. A number that one rule
//! uses alone stays in its file.
//!
//! "Cluster review" is the catalogue of queries that AWS reviews clusters by, published
//! with its Redshift MCP server (awslabs/mcp).

/// Rows from which a table is large, so that a copy on every node is no longer cheap.
/// AWS documents no limit for DISTSTYLE ALL; its cluster review advises ALL for tables up
/// to this size and calls those beyond it large.
pub const LARGE_ROWS: f64 = 5_000_000.0;

/// Medians that differ by less than this share are the same to the model. Chosen: repeated
/// runs of one query on one cluster differ by 1 to 14 % in public benchmarks.
pub const WITHIN_NOISE: f64 = 0.05;

/// Rows broadcast or redistributed beyond which Redshift itself raises an alert
/// (page STL_ALERT_EVENT_LOG); with fewer, the same finding is a hint. For findings about
/// rows that are scanned, returned or stored, of which the alert does not speak, the same
/// number is chosen.
pub const ALERT_ROWS: f64 = 1_000_000.0;

/// Rows of an external table whose `numRows` is not set [inferred from public plans].
pub const EXTERNAL_ROWS: f64 = 1e10;

/// Partitions of an external table of which nothing tells how many it has [inferred from public
/// plans].
pub const EXTERNAL_PARTITIONS: f64 = 1000.0;

/// Distinct values of a column without statistics: PostgreSQL's default, from which
/// Redshift's planner descends [PostgreSQL, DEFAULT_NUM_DISTINCT; seen in public plans].
pub const DEFAULT_DISTINCT: f64 = 200.0;

/// Bytes up to which a text's declared length is taken for its average, where that is not
/// known [PostgreSQL, get_typavgwidth; seen in the widths of public plans]. What longer
/// texts count for differs: the planner, like PostgreSQL's, adds half of what is beyond;
/// the work that a step does takes no more than this, which is chosen.
pub const DEFAULT_TEXT_BYTES: f64 = 32.0;

/// Share of a table that may change before its statistics are stale: ANALYZE leaves a
/// table alone below it (page ANALYZE: `analyze_threshold_percent`, 10 by default). The cluster
/// review draws the line for `stats_off` there too.
pub const STALE: f64 = 0.1;

/// Unsorted share of a table from which Redshift no longer merge-joins it [Query plan].
pub const UNSORTED: f64 = 0.2;

/// Distinct values for each slice from which rows spread evenly enough. Chosen: hashed to
/// slices, ten values each leave hardly a slice empty, and the fullest
/// of 64 with about twice the mean.
pub const VALUES_PER_SLICE: f64 = 10.0;

/// The share of a table's rows that a lookup of it has at most. Chosen: beside a tenth of
/// the rows, what is joined is another fact rather than a lookup.
pub const LOOKUP_SHARE: f64 = 0.1;

/// Share of a query's time from which a gain is felt by who waits for it. Chosen: twice what the
/// model can't tell apart. A change that gains less has to pay within [`MOST_RUNS`], one that gains
/// more within the runs that `advise.runs` spreads a change over.
pub const FELT: f64 = 0.1;

/// Runs of a query within which a change of keys whose gain is hardly felt has to make up for what it
/// takes. Chosen: a query that runs once a day has them behind it in a month. What the change takes is
/// its least, often of a few columns only, so that it is many more in truth.
pub const MOST_RUNS: f64 = 30.0;

/// Rows of the fullest slice over those of the emptiest from which a table is skewed: the line of
/// the cluster review; the Developer Guide names none.
pub const SKEWED: f64 = 4.0;
