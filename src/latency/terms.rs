//! The quantities that time is made of.

use crate::work::StepWork;

/// What the time of a plan goes into, coarse enough to be shown as one bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Blocks read and values taken out of them.
    Read,
    /// Conditions and functions on values.
    Compute,
    /// Rows on their way to other slices.
    Network,
    /// Hash tables of joins and groups, built and probed; what of them does not fit into memory.
    Build,
    /// Rows compared and sorted.
    Sort,
    /// Rows through the leader node to the client.
    Leader,
    /// What every query takes, however little it does.
    Fixed,
    /// Waiting for other users' queries.
    Queue,
}

impl Kind {
    /// Every kind, in the order of a bar.
    pub const ALL: [Kind; 8] = [
        Kind::Read,
        Kind::Compute,
        Kind::Network,
        Kind::Build,
        Kind::Sort,
        Kind::Leader,
        Kind::Fixed,
        Kind::Queue,
    ];

    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Compute => "compute",
            Kind::Network => "network",
            Kind::Build => "build",
            Kind::Sort => "sort",
            Kind::Leader => "leader",
            Kind::Fixed => "fixed",
            Kind::Queue => "queue",
        }
    }

    /// What is in it, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Read => "blocks read and their values taken out",
            Kind::Compute => "conditions and functions on values",
            Kind::Network => "rows sent to other slices",
            Kind::Build => "hash tables of joins and groups, built and probed",
            Kind::Sort => "rows compared and sorted",
            Kind::Leader => "rows handed on by the leader node",
            Kind::Fixed => "what every query takes",
            Kind::Queue => "waiting for other queries",
        }
    }
}

/// A kind of work with a coefficient of its own.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Its name in the coefficients file; times are per million of it.
    pub name: &'static str,
    /// What a person calls it, with others.
    pub kind: Kind,
    /// How much of it a step does.
    pub of: fn(&StepWork) -> f64,
}

/// Units that coefficients are per.
pub(super) const MILLION: f64 = 1e6;

/// Number of kinds of work.
pub const TERM_COUNT: usize = 22;

/// Every kind of work. Bytes are before compression, but for those that are stored.
pub const TERMS: [Term; TERM_COUNT] = [
    term("stored_bytes", Kind::Read, |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.stored_bytes)
    }),
    term("text_bytes", Kind::Read, |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.text_bytes)
    }),
    term("text_values", Kind::Read, |step| {
        step.scan.as_ref().map_or(0.0, |scan| scan.text_values)
    }),
    term("groups_sent", Kind::Network, |step| step.groups_sent),
    term("materialized_bytes", Kind::Read, |step| {
        step.materialized_bytes
    }),
    term("operations", Kind::Compute, |step| step.operations),
    term("like_bytes", Kind::Compute, |step| step.like_bytes),
    term("regex_bytes", Kind::Compute, |step| step.regex_bytes),
    term("rows_hashed", Kind::Build, |step| step.rows_hashed),
    term("groups", Kind::Build, |step| step.groups),
    term("group_text_bytes", Kind::Build, |step| {
        step.group_text_bytes
    }),
    term("distinct_rows", Kind::Build, |step| step.distinct_rows),
    term("mixed_distinct_rows", Kind::Build, |step| {
        step.mixed_distinct_rows
    }),
    term("sort_rows", Kind::Sort, |step| step.sort_rows),
    term("comparisons", Kind::Sort, |step| step.comparisons),
    term("build_rows", Kind::Build, |step| step.build_rows),
    term("probe_rows", Kind::Build, |step| {
        step.probe_rows + step.further_pairs
    }),
    term("pairs", Kind::Build, |step| step.pairs),
    term("network_bytes", Kind::Network, |step| {
        step.network_bytes + step.placed_bytes
    }),
    term("leader_rows", Kind::Leader, |step| step.leader_rows),
    term("spill_bytes", Kind::Build, |step| step.spill_bytes),
    term("function_bytes", Kind::Compute, |step| step.function_bytes),
];

const fn term(name: &'static str, kind: Kind, of: fn(&StepWork) -> f64) -> Term {
    Term { name, kind, of }
}
