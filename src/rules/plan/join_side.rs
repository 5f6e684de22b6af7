//! Names and keys of a join's two sides, and the statements that co-locate them.

use serde::Serialize;

use super::Context;
use crate::graph::{self, scanned_table};
use crate::name::{Ident, TableName};
use crate::plan::condition::Comparison;
use crate::plan::join_keys::KeyPair;
use crate::plan::{JoinMethod, Node, Operator, cost};
use crate::rules::Remedy;
use crate::schema::{DistStyle, Table, TableKind};
use crate::text::units::counted;
use crate::thresholds::{ALERT_ROWS, LARGE_ROWS, VALUES_PER_SLICE};
use crate::whatif::Changes;

/// One side of a join.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Side {
    /// The table that owns the join column, or the largest of the side.
    pub table: Option<TableName>,
    /// Whether that table is certain.
    pub certain: bool,
    /// The first join column on this side.
    pub column: Option<Ident>,
    /// Rows that enter the join from this side; `None` if the paste lost them.
    pub rows: Option<f64>,
    /// Rows that the scan of that table reads.
    #[serde(skip)]
    pub table_rows: Option<f64>,
    /// Why it is not co-located, where the DDL tells.
    pub distribution: Option<String>,
    /// Whether the DDL at hand distributes the table by the join column already.
    #[serde(skip)]
    pub placed: bool,
    /// Whether the join compares something that is computed from the column: no table is
    /// distributed by that.
    #[serde(skip)]
    pub computed: bool,
    /// Whether the scan of the table filters by the column: the rows that are left would lie on
    /// few slices of a table that is distributed by it.
    #[serde(skip)]
    pub filtered: bool,
    /// Whether it is known that the column has values enough for the slices, or that there is no
    /// other of the join's columns to choose.
    #[serde(skip)]
    pub chosen: bool,
    /// Whether all its rows come from S3.
    #[serde(skip)]
    pub external: bool,
    /// The tables that are read for it.
    #[serde(skip)]
    pub tables: Vec<TableName>,
}

impl Side {
    /// The side in words: its table, or that it is the result of a step.
    pub fn name(&self) -> String {
        match (&self.table, self.certain) {
            (Some(table), true) => format!("`{table}`"),
            (Some(table), false) => match self.tables.as_slice() {
                [] | [_] => format!("what is computed from `{table}`"),
                [first, second] => format!("the join of `{first}` and `{second}`"),
                [first, second, third] => {
                    format!("the join of `{first}`, `{second}` and `{third}`")
                }
                [_, others @ ..] => {
                    format!("the join of `{table}` with {} other tables", others.len())
                }
            },
            (None, _) => "a side not in the paste".to_owned(),
        }
    }

    /// Its join column in words, with its table where that is certain.
    fn column_name(&self) -> String {
        match (&self.table, &self.column) {
            (Some(table), Some(column)) if self.certain => format!("`{table}.{column}`"),
            (_, Some(column)) => format!("`{column}`"),
            (_, None) => self.name(),
        }
    }

    /// Its rows in words, with the noun.
    pub fn counted_rows(&self) -> String {
        match self.rows {
            Some(rows) => counted(rows, "row"),
            None => "an unknown number of rows".to_owned(),
        }
    }
}

/// Both sides of a join: outer, inner.
pub(super) fn sides(cx: &Context<'_>, join: &Node) -> (Side, Side) {
    // A fragment may have lost the inner side; then the only child is the outer.
    let by = |pair: Option<&KeyPair>| {
        // A nested loop meets by no key, whatever it compares.
        let hashed =
            pair.filter(|_| !matches!(join.operator, Operator::Join(JoinMethod::NestedLoop, _)));
        let [outer, inner] = hashed.map_or([true, true], |pair| join.compares_stored(pair));
        (
            Side {
                computed: !outer,
                ..side(cx, cx.plan.outer(join.id), pair.map(|p| p.outer.clone()))
            },
            Side {
                computed: !inner,
                ..side(cx, cx.plan.inner(join.id), pair.map(|p| p.inner.clone()))
            },
        )
    };
    // One pair of several co-locates a join: the one by which most is distributed already.
    let pairs = join.join_keys();
    let sides = pairs.iter().map(|pair| by(Some(pair)));
    let both = |of: &dyn Fn(&Side) -> bool, (outer, inner): &(Side, Side)| {
        u8::from(of(outer)) + u8::from(of(inner))
    };
    let placed = |sides: &(Side, Side)| {
        (
            both(&|side| !side.computed, sides),
            both(&|side| !side.filtered, sides),
            both(&|side| side.placed, sides),
            both(&|side| side.chosen, sides),
        )
    };
    let best = sides.rev().max_by_key(placed);
    let (mut outer, mut inner) = best.unwrap_or_else(|| by(None));
    for side in [&mut outer, &mut inner] {
        side.chosen |= side.placed || pairs.len() < 2;
    }
    (outer, inner)
}

/// Whether a column is known to have many more values than there are slices.
fn has_values_enough(cx: &Context<'_>, scan: &Node, column: &Ident) -> bool {
    let table = scanned_table(scan);
    let stats = || {
        cx.stats?
            .table(table.as_ref()?)?
            .columns
            .get(column)?
            .distinct
    };
    let distinct = stats();
    let slices = cx.cluster.shape().slices;
    let unique = cx.table(scan).is_some_and(|table| {
        let key = table.primary_key.as_slice();
        matches!(key, [only] if only == column)
    });
    unique || distinct.is_some_and(|distinct| distinct >= slices * VALUES_PER_SLICE)
}

/// Whether the filter of a scan asks for values of a column, or for a range of them.
fn filters_by(scan: &Node, column: &Ident) -> bool {
    scan.filters().any(|filter| {
        filter.columns.contains(column)
            && matches!(
                filter.comparison,
                Comparison::Equal | Comparison::OneOf | Comparison::Range
            )
    })
}

fn side(cx: &Context<'_>, input: Option<&Node>, column: Option<Ident>) -> Side {
    let owner =
        input.and_then(|input| graph::owner(cx.plan, input.id, column.as_deref(), cx.schema));
    let (scan, certain) = match owner {
        Some((scan, certain)) => (Some(scan), certain),
        None => (None, false),
    };
    let table = scan.and_then(|scan| cx.table(scan));
    let below = input
        .into_iter()
        .flat_map(|input| cx.plan.subtree(input.id));
    let mut tables: Vec<TableName> = below.filter_map(scanned_table).collect();
    tables.sort();
    tables.dedup();
    Side {
        tables,
        table: scan.and_then(scanned_table),
        certain: certain && input.is_some_and(|input| reaches_unchanged(cx, input)),
        rows: input.and_then(|input| input.rows),
        // Where they are in neither paste nor statistics, none were counted.
        // Statistics may be older than the plan, which has not fewer rows than its scan returns.
        table_rows: scan
            .map(|scan| cx.step(scan).rows_in.max(scan.rows.unwrap_or(0.0)))
            .filter(|rows| *rows > 0.0),
        external: scan.is_some_and(|scan| !cost::is_table_scan(scan)),
        distribution: table.and_then(|table| why_not_co_located(table, column.as_ref()?)),
        placed: table.is_some_and(|table| match &table.dist_style {
            DistStyle::Key(key) => column.as_ref() == Some(key),
            _ => false,
        }),
        filtered: scan
            .zip(column.as_ref())
            .is_some_and(|(scan, column)| filters_by(scan, column)),
        chosen: scan
            .zip(column.as_ref())
            .is_some_and(|(scan, column)| has_values_enough(cx, scan, column)),
        column,
        computed: false,
    }
}

/// Whether a side's rows come straight from its scan, so that the table's own
/// distribution decides.
fn reaches_unchanged(cx: &Context<'_>, input: &Node) -> bool {
    cx.plan.subtree(input.id).all(|node| {
        node.operator.is_scan()
            || matches!(
                node.operator,
                Operator::SubqueryScan
                    | Operator::Hash
                    | Operator::PartitionLoop
                    | Operator::PartitionInfoScan
            )
    })
}

fn why_not_co_located(table: &Table, column: &Ident) -> Option<String> {
    let name = &table.name;
    if table.kind == TableKind::External {
        return Some(format!("`{name}` is external: its rows come from S3"));
    }
    match &table.dist_style {
        DistStyle::Key(key) if key == column => None,
        DistStyle::Key(key) => Some(format!(
            "`{name}` has DISTKEY({key}), the join is on `{column}`"
        )),
        DistStyle::Even => Some(format!("`{name}` is DISTSTYLE EVEN")),
        DistStyle::All => None,
        DistStyle::Auto(Some(style)) => Some(format!("`{name}` is DISTSTYLE AUTO, now {style}")),
        DistStyle::Auto(None) => Some(format!(
            "`{name}` is DISTSTYLE AUTO: its state is not in the DDL"
        )),
    }
}

/// The sentence about why the rows have to move, where the DDL tells.
pub(super) fn reason(outer: &Side, inner: &Side) -> String {
    let known: Vec<&str> = [outer, inner]
        .iter()
        .filter_map(|side| side.distribution.as_deref())
        .collect();
    match known.is_empty() {
        true => String::new(),
        false => format!(" ({})", known.join("; ")),
    }
}

/// What keeps the sides of a join apart, as far as the DDL tells, and what is left to be done.
fn where_they_could_meet(outer: &Side, inner: &Side) -> String {
    let sides = [(outer, inner), (inner, outer)];
    let kept = sides
        .into_iter()
        .find(|(side, other)| side.placed && !other.certain);
    let Some((side, other)) = kept else {
        return "Where both sides are distributed by the join column, with the same type, matching \
                rows meet on their slice and nothing moves."
            .to_owned();
    };
    let copy = match (&inner.table, inner.certain) {
        (Some(table), true) => format!(
            "A copy of `{table}` ({}) on every node would keep it from moving: `--diststyle \
             {table}=all` shows what that gains.",
            counted(inner.table_rows.or(inner.rows).unwrap_or(0.0), "row")
        ),
        _ => "Fewer rows or columns in it are the only gain.".to_owned(),
    };
    format!(
        "{} is distributed by the join's column already; {} lies by what it was joined or grouped by \
         before, and no key serves both. {copy}",
        sentence(&side.name()),
        other.name()
    )
}

/// A text with a capital letter in front.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// Whether a side is the result of a step and smaller than what Redshift warns of.
pub(super) fn is_small_result(side: &Side) -> bool {
    !side.certain && side.rows.is_some_and(|rows| rows < ALERT_ROWS)
}

/// How to co-locate the two sides: a copy of a small inner table on every node, or both by the
/// join column. Each way is tried before it is printed.
pub(super) fn co_locate(outer: &Side, inner: &Side) -> Remedy {
    if outer.placed && inner.placed {
        return Remedy::text(
            "The DDL distributes both by these columns already. If their types differ, give both \
             one type; else the plan is older than the DDL: run EXPLAIN again.",
        );
    }
    let own = |side: &Side| side.table.as_ref().is_some_and(TableName::is_redshifts_own);
    if own(outer) && own(inner) {
        return Remedy::text(
            "Both sides are Redshift's own and take no key: write what is needed of them to a table \
             of yours if they are joined often.",
        );
    }
    if outer.column.is_none() || inner.column.is_none() {
        return Remedy::text(
            "The paste shows no equality of this join, or only the beginning of one: without it \
             nothing tells by which columns its sides could be co-located.",
        );
    }
    if outer.external || inner.external {
        return Remedy::text(
            "Rows that come from S3 lie on no slice of their own: filter them there, or load into a \
             table of the cluster what is joined often.",
        );
    }
    if is_small_result(inner) {
        return Remedy::text(
            "Moving a small result is the planner's own choice: it costs less than moving the \
             other side. Fewer rows or columns in it are the only gain.",
        );
    }
    let mut remedy = match [outer, inner].into_iter().find(|side| side.computed) {
        None => Remedy::text(where_they_could_meet(outer, inner)),
        Some(side) => Remedy::text(format!(
            "The join compares something computed from {}, and no table is distributed by that: store \
             the computed value as a column where the table is loaded, and join and distribute by it.",
            side.column_name()
        )),
    };
    let inner_rows = inner.table_rows.or(inner.rows);
    if let (true, Some(table), Some(rows)) = (inner.certain, &inner.table, inner_rows)
        && rows < LARGE_ROWS
    {
        let text = format!(
            "Keep a copy of `{table}` ({}) on every node.",
            counted(rows, "row")
        );
        remedy = remedy.propose(text, Changes::copied(table));
    }
    if let Some(side) = [outer, inner].into_iter().find(|side| side.filtered) {
        return remedy.and(&format!(
            "No key by {} is proposed: the scan filters by it, and the rows that are left would lie on \
             few slices.",
            side.column_name()
        ));
    }
    if !outer.chosen && !inner.chosen {
        return remedy.and(
            "It joins by several columns, and nothing tells which of them has values enough for a \
             DISTKEY: both sides by the one with the most, and the evenest, meet on their slice. \
             `--stats` with distinct values would choose it.",
        );
    }
    let stored = !outer.computed && !inner.computed;
    let key = |side: &Side| match (&side.table, &side.column, side.certain) {
        (Some(table), Some(column), true) if stored => Some((
            format!("`{table}` by `{column}`"),
            Changes::distributed(table, column),
        )),
        _ => None,
    };
    let (a, b) = (key(outer), key(inner));
    for (one, other) in [(&a, inner), (&b, outer)] {
        let Some((text, changes)) = one else {
            continue;
        };
        let then = match other.placed {
            true => "the other side lies by it already, and nothing moves",
            false => "at most the other side then moves for this join",
        };
        remedy = remedy.propose(format!("Distribute {text}: {then}."), changes.clone());
    }
    if let (Some((one, a)), Some((other, b))) = (a, b)
        && let Some(both) = a.and(&b)
    {
        remedy = remedy.propose(
            format!("Distribute {one} and {other}: matching rows then meet on their slice."),
            both,
        );
    }
    remedy
}
