//! What a change of keys itself costs, and after how many runs of the query it has paid for that.

use super::trial::Trials;
use crate::latency::work_ms;
use crate::name::TableName;
use crate::plan::cost;
use crate::schema::DistStyle;
use crate::stats::TableStats;
use crate::text::units::{counted, duration};
use crate::thresholds::{FELT, MOST_RUNS};
use crate::whatif::{Changes, Gain};
use crate::work::{Goes, Rewriting, RowBytes, StepWork, Work};

/// What making some changes costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// Rows that are rewritten.
    pub rows: f64,
    /// The least time that it takes, in milliseconds.
    pub least_ms: f64,
    /// Whether all columns of the tables are known: else those that the plan reads are counted.
    whole: bool,
}

impl Cost {
    /// What some changes cost; `None` where the rows of a table are not known.
    pub fn of(changes: &Changes, trials: &Trials<'_>) -> Option<Self> {
        let nodes = trials.cluster().nodes();
        let mut rows = 0.0;
        let mut whole = true;
        let mut steps: Vec<StepWork> = Vec::new();
        for table in changes.tables() {
            let mut styles = changes.distributions.iter();
            let style = styles.find(|(name, _)| name == table);
            let rewriting = Rewriting {
                sorts: changes.sort_keys.iter().any(|(name, _)| name == table),
                goes: match style {
                    None => Goes::Stays,
                    Some((_, DistStyle::All)) => Goes::Copied,
                    Some(_) => Goes::Spread,
                },
            };
            let (own, row) = table_rows(table, trials)?;
            rows += own;
            whole &= trials
                .known()
                .0
                .resolve(table)
                .is_some_and(|table| table.columns_known);
            steps.push(rewriting.work(own, row, nodes));
        }
        let work = Work {
            steps,
            ..Work::default()
        };
        Some(Self {
            rows,
            least_ms: work_ms(&work, &trials.request()),
            whole,
        })
    }

    /// What changes cost on top of others, with which those of one table are made in one ALTER.
    pub fn on_top_of(made: &Changes, changes: &Changes, trials: &Trials<'_>) -> Option<Self> {
        let both = Self::of(&made.and(changes)?, trials)?;
        let made = Self::of(made, trials)?;
        Some(Self {
            rows: both.rows - made.rows,
            least_ms: both.least_ms - made.least_ms,
            ..both
        })
    }

    /// Runs of the query after which what it gains has made up for it, at the earliest.
    pub fn runs(&self, gain: &Gain) -> f64 {
        (self.least_ms / gain.saved_ms().max(f64::MIN_POSITIVE)).ceil()
    }
}

/// Whether a gain is worth a change at all, and makes up for what it costs: one that is felt within
/// the runs that `advise` spreads a change over, any other within [`MOST_RUNS`]. Where the rows of a
/// table are not known, nothing is said against it.
pub(super) fn pays(gain: &Gain, trials: &Trials<'_>, cost: impl FnOnce() -> Option<Cost>) -> bool {
    if !gain.is_worth_it() {
        return false;
    }
    let most = match gain.saved_ms() >= FELT * gain.before_ms {
        true => trials.config().advise.runs,
        false => MOST_RUNS,
    };
    cost().is_none_or(|cost| cost.runs(gain) <= most)
}

/// What the change takes, and after how many runs that is made up for.
pub(super) fn takes(cost: &Cost, gain: &Gain) -> String {
    let more = match cost.whole {
        true => "",
        false => ", more with columns that this plan does not read",
    };
    format!(
        "at least {}: it pays after {} at the earliest{more}",
        duration(cost.least_ms),
        counted(cost.runs(gain), "run")
    )
}

/// What making a change costs in words, and that one plan is one plan.
pub(super) fn words(changes: &Changes, gain: &Gain, trials: &Trials<'_>) -> String {
    let (them, other) = match changes.tables().len() {
        1 => ("the table", "it"),
        _ => ("the tables", "them"),
    };
    let rewrites = match Cost::of(changes, trials) {
        // What it takes to begin with outweighs what a small table's rows take.
        Some(cost) if cost.runs(gain) <= 1.0 => format!(
            "rewrites {} and locks {them} while it runs",
            counted(cost.rows, "row")
        ),
        Some(cost) => format!(
            "rewrites {} and locks {them} while it runs, {}",
            counted(cost.rows, "row"),
            takes(&cost, gain)
        ),
        None => format!("rewrites {them} and locks {other} while it runs"),
    };
    format!(
        "{rewrites}; other queries on {other} were not looked at: `distkey advise` weighs them all"
    )
}

/// The rows of a table, and the bytes of one, as far as the plan and the DDL tell.
fn table_rows(table: &TableName, trials: &Trials<'_>) -> Option<(f64, RowBytes)> {
    let (schema, stats) = trials.known();
    let known = schema.resolve(table)?;
    let scans = trials.plan.nodes.iter();
    let scans = scans.filter(|node| {
        let name = node.table_name().filter(|_| cost::is_table_scan(node));
        let own = name.and_then(|name| schema.resolve(&name));
        own.is_some_and(|own| own.name == known.name)
    });
    let read = scans.filter_map(|node| {
        let scan = trials.work.step(node.id)?.scan.as_ref()?;
        Some((scan.table_rows, node.width.unwrap_or(0.0)))
    });
    let (rows, width) = read.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))?;
    let row = match known.columns_known {
        true => {
            let nothing = TableStats::default();
            RowBytes::of(known, stats.table(&known.name).unwrap_or(&nothing))
        }
        false => RowBytes::at_least(width),
    };
    Some((rows, row))
}
