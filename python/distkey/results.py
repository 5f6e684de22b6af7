"""What the commands answer with. Made by `generate.py` from their JSON schemas: don't edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Union

from ._report import Report, Shown


@dataclass(frozen=True)
class Accounting:
    """What became of all statements."""

    statements: int
    checked: int
    accepted_unread: int
    not_understood: int


@dataclass(frozen=True)
class ActualStep:
    """A step with what it really did."""

    node: int
    """The step of the plan."""
    estimated_rows: Optional[float]
    """Rows that the planner expected."""
    actual_rows: float
    """Rows that there were."""
    q_error: Optional[float]
    """The factor between them, at least 1."""
    spilled: bool
    """Whether it ran out of memory and wrote to disk."""
    segment_ms: Optional[float]
    """The time of its segment, which other steps share, in milliseconds."""


@dataclass(frozen=True)
class Actuals:
    """What an export says."""

    steps: List[ActualStep]
    """The steps that could be matched with those of a plan."""
    alerts: List[str]
    """Redshift's own alerts."""
    unmatched: int
    """Log rows that belong to no single step of the plan; 0 without a plan."""
    spilled: bool
    """Whether anything spilled, matched or not."""
    queries: List[Profile]
    """Each query of the export by itself, in its order."""


@dataclass(frozen=True)
class Advise(Shown):
    """The answer."""

    cluster: str
    """The cluster."""
    tables: List[TableAdvice]
    """Every table, in the order of their names."""
    claim: str
    """What is claimed of its distribution."""
    objective: Objective
    """What the search minimised."""
    network_bytes: NetworkBytes
    """Its first term."""
    weighted_ms: BeforeAfter
    """Milliseconds over one run of the workload: the warm medians, weighed."""
    slower: List[str]
    """Queries that take longer by more than the model's noise, those that lose most first."""
    faster: List[str]
    """Queries that take less."""
    moved_bytes: BeforeAfter
    """Bytes that the planned workload moves."""
    scanned_bytes: BeforeAfter
    """Bytes that its scans read."""
    scanned_blocks: BeforeAfter
    """Blocks that its scans read."""
    queries: List[QueryAdvice]
    """Every query."""
    denormalizations: List[Denormalization]
    """Tables that could take in their lookups, against the star as recommended."""
    left_out: List[LeftOut]
    """Queries that were left out, with the reason."""
    taken_back: List[str]
    """Recommendations that were taken back, with the reason."""
    assumptions: List[str]
    """What the answer rests on."""
    script: str
    """The statements that carry it out."""
    aws: Optional[Advisor] = None
    """AWS's recommendations beside these, where they were given."""
    report: Optional[Report] = field(default=None, repr=False, compare=False)
    """The same as a page, as Markdown or as text."""


@dataclass(frozen=True)
class Advisor:
    """All that AWS recommends, beside what is recommended here."""

    statements: List[Beside]
    """Each statement."""
    bytes: Optional[float]
    """The workload with every key that AWS recommends, and no other changed: bytes of the
    objective, and weighted milliseconds. `None` where none can be weighed.
    """
    ms: Optional[float]
    """The weighted time, in milliseconds."""


@dataclass(frozen=True)
class Arrivals:
    """One query by the hour under both designs."""

    query: str
    """The entry's name."""
    rows_per_hour: float
    """Rows an hour."""
    added_bytes_per_hour: List[float]
    """Bytes an hour that the wide table's columns add: encoded where that is known, and raw."""
    hours: List[HourAfterSort]
    """By the hour."""


@dataclass(frozen=True)
class BeforeAfter:
    """A figure as things are and as recommended."""

    current: float
    """As things are."""
    recommended: float
    """As recommended."""


@dataclass(frozen=True)
class Beside:
    """One statement of AWS's, beside what is recommended here."""

    sql: str
    """AWS's statement."""
    verdict: str
    """Whether it is recommended here, too."""
    ours: Optional[Keys]
    """The keys that are recommended here; `None` where the table is not known."""
    more_bytes: Optional[float]
    """What the workload comes to as recommended here, but with AWS's keys for this table, less
    what it comes to as recommended: bytes of the objective; `None` where they are the same.
    """
    more_ms: Optional[float]
    """The same of the weighted time, in milliseconds."""
    why: str
    """Why, in a sentence."""


@dataclass(frozen=True)
class BreakPoint:
    """At which volume the budget is lost."""

    table: str
    """The table that grows."""
    rows_now: float
    """Its rows now."""
    safe_rows: Optional[float]
    """Rows up to which the verdict is `within`; `None` if it is not even now."""
    median_rows: Optional[float]
    """Rows at which the predicted median passes the budget; `None` if it does not within a million
    times the rows of now.
    """
    over_rows: Optional[float]
    """Rows from which the verdict is `over`; `None` likewise."""


@dataclass(frozen=True)
class Change:
    """A change worth making."""

    text: str
    """The advice in a sentence."""
    sql: List[str]
    """The statements."""
    codes: List[str]
    """The codes of the findings that it answers."""
    gain: Gain
    """What it gains by itself."""
    cost: str
    """What making it costs."""
    pays_after_runs: Optional[float]
    """Runs of the query after which it has paid for itself, at the earliest; `None` where it costs
    nothing that is known.
    """
    steps: List[int]
    """The steps that it is about."""


@dataclass(frozen=True)
class Comparison:
    """Before and after."""

    before: Outcome
    """As things are."""
    after: Outcome
    """As they would be."""
    assumptions: List[str]
    """What the comparison rests on, beside what the predictions name."""


@dataclass(frozen=True)
class Denormalization:
    """One table with its lookups inlined, against the star as recommended: `current` is the star,
    `recommended` the wide table.
    """

    table: str
    """The table."""
    lookups: List[str]
    """The lookups that its queries no longer join."""
    pays: bool
    """Whether it pays."""
    verdict: str
    """Why, or why not."""
    joins_removed: float
    """Joins that are gone over one run of the workload."""
    moved_bytes: BeforeAfter
    """Bytes moved by the queries that are rewritten."""
    blocks: BeforeAfter
    """Blocks that they read."""
    saved_ms: List[float]
    """Milliseconds over one run of the workload: the least, the likely and the most that is saved.
    The model's error is common to both designs, so it scales.
    """
    added_bytes: List[float]
    """Bytes that the new columns take: after encoding where that is known, and raw."""
    rows_per_change: Dict[str, float]
    """Rows that change when one row of a lookup does, by lookup."""
    arrivals: Optional[Arrivals]
    """The query that runs most often, while rows arrive; where a rate is given."""
    checks: List[str]
    """Queries that return a row where a lookup has two for one key: then there is no wide table."""
    ddl: List[str]
    """The statements that make it."""
    queries: List[Rewritten]
    """The queries for it, as they were planned."""
    not_rewritten: List[str]
    """Queries that join the table to a lookup and were not rewritten: their form is another."""


@dataclass(frozen=True)
class Diff(Shown):
    """The JSON document."""

    before: str
    after: str
    steps: List[StepChange]
    """Every step of both, in the order of the second plan; what was removed stands where it stood."""
    totals: Comparison
    """Bytes, blocks, time and money of both."""
    not_read: List[NotRead]
    """DDL that could not be read."""
    report: Optional[Report] = field(default=None, repr=False, compare=False)
    """The same as a page, as Markdown or as text."""


@dataclass(frozen=True)
class Edit:
    """One replacement in the source text."""

    span: Span
    """The bytes to replace; empty to insert."""
    text: str
    """Their replacement."""


@dataclass(frozen=True)
class ErrorView:
    """The document of `distkey errorview`."""

    line: int
    column: int
    kind: str
    message: str


@dataclass(frozen=True)
class Explain(Shown):
    """The whole document."""

    inputs: List[Input]
    """One entry per input."""
    report: Optional[Report] = field(default=None, repr=False, compare=False)
    """The same as a page, as Markdown or as text."""


@dataclass(frozen=True)
class FileView:
    """The document of `distkey fileview`."""

    path: str
    error: Optional[str]
    statements: int
    """All statements: each is checked, accepted unread or not understood."""
    checked: int
    """Statements that the rules have looked at."""
    accepted_unread: Dict[str, int]
    """Statements that no rule looks at, by kind."""
    not_understood: List[NotUnderstood]
    """Statements that were not understood, syntax errors included."""
    kinds: Dict[str, int]
    syntax_errors: List[ErrorView]
    notes: List[NoteView]
    findings: List[Finding]
    unused_ignores: List[int]
    unknown_ignores: List[NoteView]


@dataclass(frozen=True)
class Finding:
    """One thing worth acting on: where, how much, what to do."""

    code: str
    """`DK101`."""
    name: str
    """`large-broadcast`."""
    severity: str
    """How much it matters here."""
    message: str
    """What is wrong, with the input's own numbers."""
    node: Optional[int]
    """The step of the plan, if it is about one."""
    location: Optional[Location]
    """The place in a file, if it is about one."""
    column: Optional[str]
    """The column that it is about, if it is about one."""
    evidence: Dict[str, Any]
    """The numbers behind the message."""
    remedy: Remedy
    """What to do."""
    sources: List[str]
    """Where the advice comes from."""
    url: Optional[str]
    """The address of the first of them that has one."""
    gain: Optional[Gain]
    """What the remedy gains, tried by itself; `None` where it can't be tried."""
    covered_by: Optional[str]
    """The code of the finding that says it for this one."""
    folded: bool
    """Whether it is too small to be shown unless it is asked for."""
    fix: Optional[Fix] = None
    """Edits that remove it, where they are known."""


@dataclass(frozen=True)
class Fix:
    """Edits that remove the finding when they are applied together."""

    applicability: str
    """Whether it may be applied unseen."""
    edits: List[Edit]
    """The edits; they do not overlap."""


@dataclass(frozen=True)
class Forecast:
    """A break point on a calendar."""

    rows_per_hour: float
    """Rows per hour."""
    hours: List[Optional[float]]
    """Hours until `safe_rows`, `median_rows`, `over_rows`."""
    dates: List[Optional[str]]
    """The dates of these, as `2027-03-01`, counted from the day given."""


@dataclass(frozen=True)
class Gain:
    """What a change gains: the warm run's median and the bytes, before and after."""

    before_ms: float
    """Milliseconds as things are."""
    after_ms: float
    """As they would be."""
    low_ms: float
    """The low end of the interval as they would be."""
    high_ms: float
    """Its high end."""
    bytes_before: float
    """Bytes read and moved as things are."""
    bytes_after: float
    """As they would be."""
    moved_before: float
    """Those of them that move between nodes."""
    moved_after: float
    """As they would be."""


@dataclass(frozen=True)
class GraphView:
    """The document of `distkey graphview`."""

    tables: List[str]
    joins: List[JoinEdge]


@dataclass(frozen=True)
class Growing:
    """What becomes of a query while one table grows."""

    point: BreakPoint
    """The volumes at which the budget is lost."""
    forecast: Forecast
    """The same on a calendar."""
    hourly: List[HourlyBlocks]
    """Until the next sort."""


@dataclass(frozen=True)
class HourAfterSort:
    """So many hours after the last sort."""

    hour: int
    """Hours."""
    unsorted: float
    """Share of the rows that is unsorted by then."""
    blocks: List[float]
    """Blocks that the query reads: of the star, of the wide table."""
    p50_ms: List[float]
    """The warm median in milliseconds, likewise."""


@dataclass(frozen=True)
class HourlyBlocks:
    """Blocks read while rows arrive and nothing is sorted."""

    hour: int
    """Hours after the last sort."""
    unsorted: float
    """Share of rows that is unsorted by then."""
    blocks: float
    """Blocks that the query reads by then."""
    p50_ms: float
    """The predicted median by then, in milliseconds."""


@dataclass(frozen=True)
class Input:
    """One input. What is known only once all plans have been read stands behind them."""

    name: str
    plans: List[PlanView]
    error: Optional[str]
    notes: List[str]
    graph: GraphView
    unrecognized: List[Unrecognized]
    fragment: bool
    """Whether a plan is not whole, so that it gets no verdict."""
    findings: List[Finding]
    summary: Optional[Summary]
    """What to do about the plan that takes longest."""
    prediction: Optional[Prediction]
    """Of the plan that takes longest."""
    what_if: Optional[List[Comparison]] = None
    """Before and after the changes that were asked about, by plan."""
    growing: Optional[Growing] = None
    """When a growing table loses the budget."""
    actuals: Optional[Actuals] = None
    """What really happened in the first plan, if an export was given."""


@dataclass(frozen=True)
class JoinEdge:
    """A join between two tables."""

    node: int
    """The step, counted through the input."""
    outer: str
    """The table on the outer side whose column the condition names; where the plan does not say
    which of several, the one with most rows.
    """
    inner: str
    """The table on the inner side, likewise."""
    outer_certain: bool
    """Whether the outer table is certain."""
    inner_certain: bool
    """Whether the inner table is certain."""
    keys: List[str]
    """The equalities, as `outer_column = inner_column`."""
    method: str
    """`hash`, `merge` or `nested loop`."""
    distribution: Optional[str]
    """The redistribution label."""
    rows: float
    """Rows that leave the join."""
    bytes_moved: float
    """Bytes that move between nodes for it."""


@dataclass(frozen=True)
class JoinLabel:
    """How a join is run."""

    node: int
    """The step."""
    title: str
    """The step's line: `Hash Join DS_DIST_NONE`."""
    inner: List[str]
    """The tables on its inner side."""


@dataclass(frozen=True)
class Keys:
    """A table's keys."""

    diststyle: str
    """`AUTO`, `EVEN`, `ALL` or `KEY`."""
    distkey: Optional[str]
    """The column of KEY."""
    sortkey: List[str]
    """The columns of the sort key, in order."""
    encodings: Dict[str, str]
    """Encodings that change, by column."""


@dataclass(frozen=True)
class LeftOut:
    """A query that was left out, in the JSON document."""

    name: str
    reason: str


@dataclass(frozen=True)
class Lint(Shown):
    """The JSON document."""

    accounting: Accounting
    files: List[FileView]
    report: Optional[Report] = field(default=None, repr=False, compare=False)
    """The same as a page, as Markdown or as text."""


@dataclass(frozen=True)
class Location:
    """A place in a file."""

    path: str
    """The path as the user gave it."""
    line: int
    """1-based line."""
    column: int
    """1-based column in characters."""


@dataclass(frozen=True)
class NetworkBytes:
    """Bytes that the planned workload moves between nodes: the first term of the objective."""

    current: float
    """As things are."""
    recommended: float
    """As recommended."""
    lower_bound: float
    """No combination of the candidates moves less, whatever it stores and rewrites."""
    proven_optimal: bool
    """Whether the claim is [`Claim::Proven`]."""


@dataclass(frozen=True)
class NodeView:
    """The document of `distkey nodeview`."""

    id: int
    parent: Optional[int]
    operator: str
    engine: Optional[str]
    distribution: Optional[str]
    relation: Optional[str]
    alias: Optional[str]
    startup_cost: Optional[float]
    total_cost: Optional[float]
    rows: Any
    width: Any
    details: Dict[str, Any]
    line: int
    cut: bool
    location: Optional[str] = None
    format: Optional[str] = None


@dataclass(frozen=True)
class NotRead:
    """The document of `distkey notread`."""

    path: str
    reason: str


@dataclass(frozen=True)
class NotUnderstood:
    """A statement that was not understood."""

    line: int
    text: str


@dataclass(frozen=True)
class NoteView:
    """The document of `distkey noteview`."""

    line: int
    message: str


@dataclass(frozen=True)
class Objective:
    """What the search minimised, term by term."""

    current: Terms
    """As things are."""
    recommended: Terms
    """As recommended."""
    lower_bound: float
    """No combination of the candidates has a lower sum."""
    enumerated: int
    """Queries that were planned under every combination that they can tell apart."""


@dataclass(frozen=True)
class OnShape:
    """A plan's time on one of the shapes that stand in for a cluster that was not named."""

    cluster: str
    """The shape, as `ra3.large:2`."""
    p50_ms: float
    """The median of warm runs, in milliseconds."""
    low_ms: float
    """Low end of its interval, in milliseconds."""
    high_ms: float
    """High end, in milliseconds."""
    verdict: str
    """The interval against the budget."""


@dataclass(frozen=True)
class Outcome:
    """One side of a comparison."""

    joins: List[JoinLabel]
    """The joins, in print order."""
    bytes_moved: float
    """Bytes that move between nodes."""
    blocks_scanned: float
    """Blocks that scans read."""
    bytes_scanned: float
    """Bytes that scans read, before compression."""
    prediction: Prediction
    """How long it takes."""
    dollars_per_thousand: float
    """Dollars for a thousand runs that have the cluster to themselves."""


@dataclass(frozen=True)
class PlanView:
    """The document of `distkey planview`."""

    indentation: str
    query: Optional[str]
    nodes: List[NodeView]
    notices: List[str]
    writes: Optional[WritesView]
    """What the statement writes; null for a query and for a pasted plan."""
    prediction: Prediction


@dataclass(frozen=True)
class Prediction:
    """How long a query should take on a cluster, against a budget."""

    budget_ms: float
    """The budget for a warm run, in milliseconds."""
    cluster: str
    """The cluster, as `ra3.4xlarge:4`."""
    cluster_assumed: bool
    """Whether the cluster was not named and the default shape stands in."""
    shapes: List[OnShape]
    """The shapes that stand in for a cluster that was not named, the smallest first; empty where
    it was. The interval holds those of all.
    """
    warm: Warm
    """A warm run: compiled before, blocks cached."""
    first_run_ms: List[float]
    """The first run of this shape of query, low and high, in milliseconds."""
    verdict: str
    """The warm median against the budget."""
    targets: List[Target]
    """The mean and the 99th percentile against the workload's targets; empty for queries that do
    not search by its columns.
    """
    steps: List[StepTime]
    """Where the time goes; steps that take none are left out."""
    queue_ms: float
    """Waiting for other users' queries, part of the warm median, in milliseconds."""
    assumptions: List[str]
    """What had to be assumed."""


@dataclass(frozen=True)
class Profile:
    """What a query really did."""

    query: str
    """Its number in the log; empty where the export leaves it out."""
    total_ms: Optional[float]
    """Milliseconds of all streams, which run one after another: of each the longest segment.
    `None` where the export has no times.
    """
    segments: List[SegmentTime]
    """Its segments, the longest first."""
    facts: List[StepFact]
    """What is worth a look, what took longest first."""


@dataclass(frozen=True)
class QueryAdvice:
    """One entry of the workload under both designs."""

    name: str
    """Its name."""
    frequency: float
    """How often it runs."""
    before: Prediction
    """As things are."""
    after: Prediction
    """As recommended."""


@dataclass(frozen=True)
class Remedy:
    """What to do about a finding."""

    text: str
    """The advice in a sentence or two."""
    sql: List[str]
    """Statements that carry it out, where the names are known."""


@dataclass(frozen=True)
class Rewritten:
    """A query for the wide table."""

    name: str
    """The entry's name."""
    frequency: float
    """How often it runs."""
    sql: str
    """Its text."""
    joins_removed: int
    """Joins that are gone."""
    p50_ms: BeforeAfter
    """The warm median under the star as recommended, and of the wide table."""


@dataclass(frozen=True)
class SegmentTime:
    """A segment and its time, which its steps share."""

    stream: int
    """Streams run one after another."""
    segment: int
    """Segments of a stream run at the same time."""
    ms: float
    """Milliseconds on the slowest slice."""
    steps: List[str]
    """Its steps in the log's words, with the tables: `scan orders`."""
    rows: float
    """The most rows that one of its steps passed on."""
    bytes: float
    """The most bytes."""


@dataclass(frozen=True)
class Span:
    """A half-open range of bytes in one source text."""

    start: int
    """Offset of the first byte."""
    end: int
    """Offset after the last byte."""


@dataclass(frozen=True)
class StepChange:
    """A step of either plan."""

    kind: str
    """What became of it."""
    before: Optional[StepView]
    """As it was."""
    after: Optional[StepView]
    """As it is."""
    changes: List[str]
    """What differs beside the title, in words."""


@dataclass(frozen=True)
class StepFact:
    """Something that a step did and that is worth a look."""

    segment: int
    """The segment."""
    step: int
    """The step within it."""
    what: str
    """The step in the log's words, with its table."""
    why: Dict[str, Any]
    """Why it is worth a look."""
    segment_ms: Optional[float]
    """Milliseconds of its segment, which other steps share."""


@dataclass(frozen=True)
class StepTime:
    """The time of one step."""

    node: int
    """The step's id."""
    ms: float
    """Its share of the warm median, in milliseconds."""
    why: str
    """What it does for that, with numbers."""


@dataclass(frozen=True)
class StepView:
    """A step as a comparison names it."""

    node: int
    """Its id in its plan."""
    title: str
    """Its line: `XN Hash Join DS_DIST_NONE`."""
    rows: Optional[float]
    """Rows that leave it."""
    bytes_moved: float
    """Bytes that it moves between nodes."""


@dataclass(frozen=True)
class Summary:
    """What to do about a plan."""

    changes: List[Change]
    """The changes worth making, the one that helps most first."""
    rewrites: List[Change]
    """What to write in another way in the query, the one that helps most first; each by itself."""
    in_one: List[str]
    """The statements of all changes where a table takes part in several: then one ALTER rewrites
    it once.
    """
    after: Optional[Prediction]
    """How long the plan takes with all changes of keys; `None` where there are none."""
    measured_ms: Optional[float]
    """Milliseconds that a run of the plan really took, where an export tells."""
    not_worth: int
    """Findings that are too small, or whose remedy was tried and is not worth making."""
    untried: int
    """Findings of some weight whose remedy is a change of the query or of something else that
    can't be tried here.
    """
    without_rows: bool
    """Whether the paste lost the rows of most steps, so that nothing says how much they do."""
    hints: int
    """Hints that are shown."""
    said_before: int
    """Findings that one of an earlier plan of the input says already."""
    unknown: List[str]
    """Facts that would make the answer more certain, with the query that fetches each."""


@dataclass(frozen=True)
class TableAdvice:
    """What is recommended for a table, and why."""

    table: str
    """Its name."""
    current: Keys
    """As it is."""
    recommended: Keys
    """As it should be."""
    reasons: List[str]
    """Why, with numbers; also what was tried and refused."""
    sort_keys: List[Tried]
    """Sort keys that were tried, the recommended one first, then those that read least."""


@dataclass(frozen=True)
class Target:
    """A figure that the workload has a target for, in milliseconds."""

    figure: str
    """`average` or `p99`."""
    target_ms: float
    """What it should keep."""
    ms: float
    """What is predicted."""
    low_ms: float
    """Low end of the interval."""
    high_ms: float
    """High end of the interval."""
    verdict: str
    """The interval against the target."""


@dataclass(frozen=True)
class Terms:
    """The terms of the objective, in bytes over one run of the workload."""

    moved: float
    """What moves between nodes."""
    copies: float
    """What DISTSTYLE ALL stores beyond EVEN, times `advise.storage-weight`."""
    rewritten: float
    """The tables that are distributed anew, over `advise.runs`."""


@dataclass(frozen=True)
class Tried:
    """A sort key and what the workload reads of its table under it."""

    columns: List[str]
    """Its columns; none for a table that is not sorted."""
    blocks: float
    """Blocks over one run of the workload, as sorted as it is now."""
    blocks_arrived: float
    """Blocks when rows have arrived since the last sort."""


@dataclass(frozen=True)
class Unrecognized:
    """A line that is neither plan nor decoration."""

    line: int
    """1-based line of the input."""
    text: str
    """The line."""


@dataclass(frozen=True)
class Warm:
    """A warm run, in milliseconds."""

    p50_ms: float
    """The median."""
    p99_ms: float
    """The 99th percentile of repeats."""
    low_ms: float
    """Low end of the interval of the median."""
    high_ms: float
    """High end of the interval of the median."""
    level: float
    """Share of measured medians that such intervals should hold."""


@dataclass(frozen=True)
class WritesView:
    """What a statement writes, as documents have it."""

    statement: str
    """`INSERT`, `CREATE TABLE AS`, …."""
    table: Optional[str]
    files: Optional[str]
    """The prefix of the files, for UNLOAD."""
    rows: float
    bytes: float
    """Before compression."""
    rows_deleted: float
    """Rows that are marked as deleted; for MERGE at most so many."""
    placement: str
    """`stay`, `placed`, `hashed`, `round_robin`, `every_node` or `unknown`."""
    distkey: Optional[str]
    network_bytes: float
    """Bytes that go to another node on the way to the table."""
    text: str


__all__ = [
    "Accounting",
    "ActualStep",
    "Actuals",
    "Advise",
    "Advisor",
    "Arrivals",
    "BeforeAfter",
    "Beside",
    "BreakPoint",
    "Change",
    "Comparison",
    "Denormalization",
    "Diff",
    "Edit",
    "ErrorView",
    "Explain",
    "FileView",
    "Finding",
    "Fix",
    "Forecast",
    "Gain",
    "GraphView",
    "Growing",
    "HourAfterSort",
    "HourlyBlocks",
    "Input",
    "JoinEdge",
    "JoinLabel",
    "Keys",
    "LeftOut",
    "Lint",
    "Location",
    "NetworkBytes",
    "NodeView",
    "NotRead",
    "NotUnderstood",
    "NoteView",
    "Objective",
    "OnShape",
    "Outcome",
    "PlanView",
    "Prediction",
    "Profile",
    "QueryAdvice",
    "Remedy",
    "Rewritten",
    "SegmentTime",
    "Span",
    "StepChange",
    "StepFact",
    "StepTime",
    "StepView",
    "Summary",
    "TableAdvice",
    "Target",
    "Terms",
    "Tried",
    "Unrecognized",
    "Warm",
    "WritesView",
]
