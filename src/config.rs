//! `distkey.toml`: budget, workload columns, rule selection.

mod check;
mod lint;

pub use check::{Check, Refused};
pub use lint::{Lint, Patterns};

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::Ident;
use crate::prices;

/// The settings, with their defaults.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The latency that a query should keep, in milliseconds; 800 where none is named.
    pub budget_ms: Option<f64>,
    /// The cluster, as `ra3.4xlarge:4` or `serverless:128`.
    pub cluster: Option<String>,
    /// The day on which queries run, as `2026-11-28`, for CURRENT_DATE, GETDATE() and SYSDATE; by
    /// default the system's, in UTC.
    pub today: Option<String>,
    /// The workload that matters most.
    pub workload: Workload,
    /// Which rules run, and how loudly.
    pub rules: Rules,
    /// What recommendations weigh.
    pub advise: Advise,
    /// What the pipeline around the tables is held against, and prices.
    pub pipeline: Pipeline,
    /// How `distkey test` compares.
    pub test: Test,
    /// What `distkey lint` reads, leaves out and knows already.
    pub lint: Lint,
}

/// How `distkey test` compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// The share by which times, bytes and rows may drift from what was accepted, 0 to 1: a tenth
    /// by default.
    pub tolerance: f64,
}

impl Default for Test {
    fn default() -> Self {
        Self { tolerance: 0.1 }
    }
}

/// What the pipeline is held against, and prices: those of us-east-1 as read in
/// October 2026.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pipeline {
    /// How old data may be, in minutes.
    pub freshness_minutes: f64,
    /// How long a fault may stay unnoticed, in days: replaced versions must live as long.
    pub rollback_days: f64,
    /// How long raw objects should stay, in days.
    pub raw_days: f64,
    /// CPU that a query of a high-priority queue may take, in seconds.
    pub priority_cpu_seconds: f64,
    /// What the pipeline may cost a week, in dollars.
    pub weekly_dollars: f64,
    /// What a gigabyte loaded may cost, in dollars.
    pub dollars_per_gb: f64,
    /// Glue, a DPU-hour, up to version 5.1.
    pub glue_dpu_hour: f64,
    /// The same from version 6.0.
    pub glue_dpu_hour_from_6: f64,
    /// The same for the memory-optimized R worker types.
    pub glue_memory_dpu_hour: f64,
    /// The same in the FLEX execution class.
    pub glue_flex_dpu_hour: f64,
    /// Glue's crawlers, a DPU-hour.
    pub crawler_dpu_hour: f64,
    /// Redshift managed storage, a gigabyte for a month.
    pub managed_gb_month: f64,
    /// Redshift Spectrum, a terabyte scanned.
    pub spectrum_tb: f64,
    /// S3 Standard, a gigabyte for a month.
    pub s3_gb_month: f64,
    /// S3, a thousand PUT, COPY, POST or LIST requests.
    pub s3_thousand_puts: f64,
    /// S3, a thousand GET requests.
    pub s3_thousand_gets: f64,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            freshness_minutes: 60.0,
            rollback_days: 7.0,
            raw_days: 30.0,
            priority_cpu_seconds: 0.5,
            weekly_dollars: 1200.0,
            dollars_per_gb: 0.02,
            glue_dpu_hour: prices::GLUE_DPU_HOUR,
            glue_dpu_hour_from_6: prices::GLUE_DPU_HOUR_FROM_6,
            glue_memory_dpu_hour: prices::GLUE_MEMORY_DPU_HOUR,
            glue_flex_dpu_hour: prices::GLUE_FLEX_DPU_HOUR,
            crawler_dpu_hour: prices::CRAWLER_DPU_HOUR,
            managed_gb_month: prices::MANAGED_GB_MONTH,
            spectrum_tb: prices::SPECTRUM_TB,
            s3_gb_month: prices::S3_GB_MONTH,
            s3_thousand_puts: prices::S3_THOUSAND_PUTS,
            s3_thousand_gets: prices::S3_THOUSAND_GETS,
        }
    }
}

/// The latency that a query should keep where none is named, in milliseconds.
const DEFAULT_BUDGET_MS: f64 = 800.0;

impl Config {
    /// The latency that a query should keep, in milliseconds.
    pub fn budget_ms(&self) -> f64 {
        self.budget_ms.unwrap_or(DEFAULT_BUDGET_MS)
    }
}

/// What recommendations weigh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Advise {
    /// How many bytes moved, over one run of the workload, a byte is worth that
    /// DISTSTYLE ALL stores beyond what EVEN would: a tenth by default, for a workload
    /// that runs ten times for each time that the table is loaded anew.
    pub storage_weight: f64,
    /// Runs of the workload within which rewriting a table should pay for itself:
    /// 10,000 by default, one a minute for a week. Where a change saves less than the
    /// table's size in that time, the table stays as it is.
    pub runs: f64,
    /// How far the search for distribution keys goes, in steps: 200 plans and
    /// 100,000 combinations for each. No clock is read: the answer is the same everywhere.
    pub seconds: f64,
}

impl Default for Advise {
    fn default() -> Self {
        Self {
            storage_weight: 0.1,
            runs: 10_000.0,
            seconds: 10.0,
        }
    }
}

/// The workload that matters most: by default search by category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workload {
    /// Its filter columns, most selective use first; without them search by category and price
    /// stands in, and nothing is said as if it were known that a table serves it.
    pub columns: Option<Vec<Ident>>,
    /// What stands in for them, where that is not search by category: its columns by other names.
    #[serde(skip)]
    pub stand_in: Option<Vec<Ident>>,
    /// Its target for the mean, in milliseconds.
    pub average_ms: f64,
    /// Its target for the 99th percentile, in milliseconds.
    pub p99_ms: f64,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            columns: None,
            stand_in: None,
            average_ms: 650.0,
            p99_ms: 1200.0,
        }
    }
}

/// What search by category filters by.
static SEARCH_BY_CATEGORY: LazyLock<Vec<Ident>> =
    LazyLock::new(|| vec![Ident::exact("category_id"), Ident::exact("price")]);

impl Workload {
    /// Its filter columns, named or those of search by category.
    pub fn columns(&self) -> &[Ident] {
        let named = self.columns.as_deref().or(self.stand_in.as_deref());
        named.unwrap_or(&SEARCH_BY_CATEGORY)
    }

    /// Whether somebody said that this is the workload.
    pub fn is_named(&self) -> bool {
        self.columns.is_some()
    }

    /// Says that the columns that stand in are those of the workload.
    pub fn name_columns(&mut self) {
        self.columns = Some(self.columns().to_vec());
    }
}

/// Which rules run, and how loudly.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// Codes, names or code prefixes to run; empty for all.
    pub select: Vec<String>,
    /// Codes, names or code prefixes to leave out.
    pub ignore: Vec<String>,
    /// Severity by code or name.
    pub severity: BTreeMap<String, Severity>,
}

/// How much a finding matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong at this size.
    Hint,
    /// Costs time or space that the remedy gives back.
    Warning,
    /// Redshift refuses it, or it will not scale.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Hint => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// Why `distkey.toml` could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error("cannot read `{path}`: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// It is not what it should be.
    #[error("`{path}` is not understood: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// The place and the reason.
        message: String,
    },
    /// A value that is not allowed.
    #[error("`{path}`, line {line}, column {column}: `{key}`: {message}")]
    Value {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// The setting, as `rules.select`.
        key: String,
        /// What is wrong with it, and what is allowed.
        message: String,
    },
}

impl Config {
    /// The nearest `distkey.toml`, or `pyproject.toml` with a table `[tool.distkey]`, in `start` or a
    /// folder above it, or the defaults; `refused` as in [`Config::load`].
    ///
    /// # Errors
    /// A file that is there and can't be read or understood.
    pub fn discover(start: &Path, refused: &Check) -> Result<Self, ConfigError> {
        let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
        for folder in start.ancestors() {
            let path = folder.join("distkey.toml");
            // A link that leads nowhere is a file that can't be read, not the absence of one.
            let there = std::fs::symlink_metadata(&path).is_ok() && !path.is_dir();
            if there {
                return Self::load(&path, refused);
            }
            let path = folder.join(PYPROJECT);
            if path.is_file() && speaks_of_distkey(&read(&path)?) {
                return Self::load(&path, refused);
            }
        }
        Ok(Self::default())
    }

    /// Reads one file, and those that it extends; `refused` knows which words name a rule, as these
    /// settings do not.
    ///
    /// # Errors
    /// A file that can't be read or understood.
    pub fn load(path: &Path, refused: &Check) -> Result<Self, ConfigError> {
        Ok(load(path, refused, &mut Vec::new())?.0)
    }
}

/// The file of Python projects, in which many tools have a table.
const PYPROJECT: &str = "pyproject.toml";

/// The part of `pyproject.toml` that is ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PyProject {
    tool: Tools,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tools {
    distkey: Config,
}

/// Whether a `pyproject.toml` has a table of ours.
fn speaks_of_distkey(text: &str) -> bool {
    if !text.contains("distkey") {
        return false;
    }
    match toml::from_str::<toml::Table>(text) {
        Ok(table) => {
            let tools = table.get("tool");
            tools.is_some_and(|tools| tools.get("distkey").is_some())
        }
        // Reading it says what is wrong.
        Err(_) => text.contains("tool.distkey"),
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|reason| ConfigError::Read {
        path: path.to_owned(),
        reason,
    })
}

/// The settings of a file over those that it extends, and both as one document; `above` are the
/// files that extend this one.
fn load(
    path: &Path,
    refused: &Check,
    above: &mut Vec<PathBuf>,
) -> Result<(Config, toml::Table), ConfigError> {
    let text = read(path)?;
    let not_understood = |message: String| ConfigError::Parse {
        path: path.to_owned(),
        message,
    };
    let is_pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
    let parsed = |error: toml::de::Error| not_understood(error.to_string());
    let mut config: Config = match is_pyproject {
        true => {
            toml::from_str::<PyProject>(&text)
                .map_err(parsed)?
                .tool
                .distkey
        }
        false => toml::from_str(&text).map_err(parsed)?,
    };
    let within: &[&str] = if is_pyproject {
        &["tool", "distkey"]
    } else {
        &[]
    };
    check::check(&config, path, &text, within, refused)?;
    let mut document: toml::Table = toml::from_str(&text).map_err(parsed)?;
    for key in within {
        document = match document.remove(*key) {
            Some(toml::Value::Table(table)) => table,
            _ => toml::Table::new(),
        };
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(&path);
    config.lint.lie_in(folder);
    let Some(extended) = config.lint.extend.clone() else {
        return Ok((config, document));
    };
    above.push(std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone()));
    let extended = folder.join(extended);
    let real = std::fs::canonicalize(&extended).unwrap_or_else(|_| extended.clone());
    if above.contains(&real) {
        let message = format!("`lint.extend`: `{}` extends itself", extended.display());
        return Err(not_understood(message));
    }
    let (base, base_document) = load(&extended, refused, above)?;
    let document = merged(base_document, document);
    let lint = config.lint.over(base.lint);
    // Each part is understood, and so is the whole.
    let whole = toml::Value::Table(document.clone()).try_into::<Config>();
    let whole = whole.map_err(|error| not_understood(error.to_string()))?;
    Ok((Config { lint, ..whole }, document))
}

/// One document over another: what a table of both says is merged, all else is that of the upper.
fn merged(mut below: toml::Table, above: toml::Table) -> toml::Table {
    for (key, value) in above {
        let value = match (below.remove(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => {
                toml::Value::Table(merged(below, above))
            }
            (_, value) => value,
        };
        below.insert(key, value);
    }
    below
}
