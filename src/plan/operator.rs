//! What a step does, where it runs and how a join's rows meet.

use std::borrow::Cow;

/// Where a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Engine {
    /// `XN`: the compute nodes.
    #[default]
    Xn,
    /// `LD`: the leader node (scans of catalog tables; inferred).
    Ld,
    /// `S3`: pushed down to Spectrum.
    S3,
    /// No prefix was printed.
    Unknown,
}

impl Engine {
    /// The prefix as Redshift prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Xn => "XN",
            Engine::Ld => "LD",
            Engine::S3 => "S3",
            Engine::Unknown => "",
        }
    }
}

/// How a join finds its matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinMethod {
    /// Builds a hash table of the inner side and probes it with the outer.
    Hash,
    /// Reads both sides in the order of the key.
    Merge,
    /// Compares every pair.
    NestedLoop,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    /// Semijoin: `IN`, `EXISTS`.
    In,
    /// Antijoin: `NOT IN`, `NOT EXISTS`.
    NotIn,
    IntersectDistinct,
    IntersectAll,
    ExceptDistinct,
}

impl JoinKind {
    /// The same join with its sides changed; `None` for those whose sides differ in more than
    /// which rows are preserved.
    pub fn turned(self) -> Option<Self> {
        match self {
            Self::Inner => Some(Self::Inner),
            Self::Left => Some(Self::Right),
            Self::Right => Some(Self::Left),
            Self::Full => Some(Self::Full),
            Self::In
            | Self::NotIn
            | Self::IntersectDistinct
            | Self::IntersectAll
            | Self::ExceptDistinct => None,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Operator {
    SeqScan,
    /// `Seq Scan PartitionInfo of`: the partitions of an external table.
    PartitionInfoScan,
    /// `S3 Query Scan`: rows that come back from Spectrum.
    S3QueryScan,
    FunctionScan,
    SubqueryScan,
    /// `RLS SecureScan`: row-level security hides what is below.
    RlsSecureScan,
    /// `LF SecureScan`: Lake Formation hides what is below.
    LfSecureScan,
    Join(JoinMethod, JoinKind),
    Hash,
    HashAggregate,
    GroupAggregate,
    Aggregate,
    Sort,
    Merge,
    Network,
    Limit,
    Unique,
    Append,
    Window,
    #[default]
    Result,
    Materialize,
    /// `SetOp Except` and its kin, with the words after `SetOp`.
    SetOp(String),
    /// `Partition Loop`: once per partition of an external table.
    PartitionLoop,
    /// An operator that nobody has seen: its words are kept.
    Other(String),
}

impl Operator {
    /// Whether it is a join or an intersection that is run as one.
    pub fn is_join(&self) -> bool {
        matches!(self, Operator::Join(..))
    }

    /// Whether it reads a table of the cluster or of Spectrum.
    pub fn is_scan(&self) -> bool {
        matches!(
            self,
            Operator::SeqScan
                | Operator::S3QueryScan
                | Operator::FunctionScan
                | Operator::RlsSecureScan
                | Operator::LfSecureScan
        )
    }
}

/// How a join's two sides reach the same slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Co-located: nothing moves.
    None,
    /// The inner table is on every node: nothing moves.
    AllNone,
    /// The inner side is redistributed.
    Inner,
    /// The outer side is redistributed.
    Outer,
    /// Both sides are redistributed.
    Both,
    /// The inner side is copied to every node.
    BroadcastInner,
    /// The whole inner side goes to one slice: the outer is DISTSTYLE ALL.
    AllInner,
    /// `DS_DIST_ERR`: stands on steps that are no joins, and is no error.
    Err,
}

impl Distribution {
    /// Every label with its spelling.
    pub const LABELS: &'static [(Distribution, &'static str)] = &[
        (Distribution::None, "DS_DIST_NONE"),
        (Distribution::AllNone, "DS_DIST_ALL_NONE"),
        (Distribution::Inner, "DS_DIST_INNER"),
        (Distribution::Outer, "DS_DIST_OUTER"),
        (Distribution::Both, "DS_DIST_BOTH"),
        (Distribution::BroadcastInner, "DS_BCAST_INNER"),
        (Distribution::AllInner, "DS_DIST_ALL_INNER"),
        (Distribution::Err, "DS_DIST_ERR"),
    ];

    /// Whether rows are sent to other slices.
    pub fn moves(self) -> bool {
        match self {
            Self::None | Self::AllNone | Self::Err => false,
            Self::Inner | Self::Outer | Self::Both | Self::BroadcastInner | Self::AllInner => true,
        }
    }

    /// The label as Redshift prints it.
    pub fn as_str(self) -> &'static str {
        Self::LABELS
            .iter()
            .find(|(label, _)| *label == self)
            .map_or("", |(_, text)| text)
    }

    /// The label with this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::LABELS
            .iter()
            .find(|(_, label)| *label == text)
            .map(|(label, _)| *label)
    }
}

impl Operator {
    /// The words that Redshift prints between the engine and the label or the
    /// relation.
    pub fn name(&self) -> Cow<'_, str> {
        let name = match self {
            Operator::SeqScan => "Seq Scan",
            Operator::PartitionInfoScan => "Seq Scan PartitionInfo",
            Operator::S3QueryScan => "S3 Query Scan",
            Operator::FunctionScan => "Function Scan",
            Operator::SubqueryScan => "Subquery Scan",
            Operator::RlsSecureScan => "RLS SecureScan",
            Operator::LfSecureScan => "LF SecureScan",
            Operator::Join(method, kind) => join_name(*method, *kind),
            Operator::Hash => "Hash",
            Operator::HashAggregate => "HashAggregate",
            Operator::GroupAggregate => "GroupAggregate",
            Operator::Aggregate => "Aggregate",
            Operator::Sort => "Sort",
            Operator::Merge => "Merge",
            Operator::Network => "Network",
            Operator::Limit => "Limit",
            Operator::Unique => "Unique",
            Operator::Append => "Append",
            Operator::Window => "Window",
            Operator::Result => "Result",
            Operator::Materialize => "Materialize",
            Operator::PartitionLoop => "Partition Loop",
            Operator::SetOp(words) => return Cow::Owned(format!("SetOp {words}")),
            Operator::Other(words) => words,
        };
        Cow::Borrowed(name)
    }

    /// How many steps feed it: the fewest and the most.
    pub fn arity(&self) -> (usize, usize) {
        match self {
            Operator::SeqScan | Operator::PartitionInfoScan | Operator::FunctionScan => (0, 0),
            Operator::Result
            | Operator::RlsSecureScan
            | Operator::LfSecureScan
            | Operator::S3QueryScan => (0, 1),
            Operator::Join(..) | Operator::PartitionLoop => (2, 2),
            Operator::Append => (1, usize::MAX),
            Operator::SetOp(_) => (1, 2),
            Operator::Other(_) => (0, usize::MAX),
            _ => (1, 1),
        }
    }
}

/// Every join that Redshift prints or documents, longest name first where one
/// begins with another.
pub(super) const JOINS: &[(&str, JoinMethod, JoinKind)] = {
    use JoinKind::*;
    use JoinMethod::*;
    &[
        ("Hash Join", Hash, Inner),
        ("Hash Left Join", Hash, Left),
        ("Hash Right Join", Hash, Right),
        ("Hash Full Join", Hash, Full),
        ("Hash IN Join", Hash, In),
        ("Hash NOT IN Join", Hash, NotIn),
        ("Hash Intersect Distinct", Hash, IntersectDistinct),
        ("Hash Intersect All", Hash, IntersectAll),
        ("Hash Except Distinct", Hash, ExceptDistinct),
        ("Merge Join", Merge, Inner),
        ("Merge Left Join", Merge, Left),
        ("Merge Right Join", Merge, Right),
        ("Merge Full Join", Merge, Full),
        ("Merge IN Join", Merge, In),
        ("Merge NOT IN Join", Merge, NotIn),
        ("Nested Loop Left Join", NestedLoop, Left),
        ("Nested Loop Right Join", NestedLoop, Right),
        ("Nested Loop Full Join", NestedLoop, Full),
        ("Nested Loop IN Join", NestedLoop, In),
        ("Nested Loop NOT IN Join", NestedLoop, NotIn),
        ("Nested Loop", NestedLoop, Inner),
    ]
};

fn join_name(method: JoinMethod, kind: JoinKind) -> &'static str {
    JOINS
        .iter()
        .find(|(_, m, k)| (*m, *k) == (method, kind))
        .map_or("Join", |(name, ..)| name)
}
