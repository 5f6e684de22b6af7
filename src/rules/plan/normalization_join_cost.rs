//! DK108: a chain of small lookup tables is joined to one scan.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::TableName;
use crate::plan::{Distribution, JoinKind, Node, NodeId, Operator};
use crate::rules::{Finding, Remedy, Role, RuleInfo, Severity, Violation};
use crate::text::units::{count, counted, size};
use crate::thresholds::{ALERT_ROWS, LOOKUP_SHARE};
use crate::whatif::Changes;

crate::declare_rule! {
    /// ## What it does
    /// Finds two or more small lookup tables that are joined, one after another, to the rows of
    /// one large scan, and adds up what these joins cost.
    ///
    /// ## Why is this bad?
    /// Each join of a normalized schema passes every row of the large side through one more hash
    /// table, and copies the lookup table to every node unless it is already there. On a query that
    /// runs thousands of times a day that work repeats for names that hardly ever change. Where
    /// every lookup is DISTSTYLE ALL nothing moves, and the finding is a hint: a star schema is
    /// then usually as good as one wide table.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_BCAST_INNER  (cost=12.50..900000000.00 rows=9000000 width=60)
    ///   Hash Cond: ("outer".brand_id = "inner".brand_id)
    ///   ->  XN Hash Join DS_BCAST_INNER  (cost=0.50..400000000.00 rows=9000000 width=40)
    ///         Hash Cond: ("outer".category_id = "inner".category_id)
    ///         ->  XN Seq Scan on products  (cost=0.00..90000.00 rows=9000000 width=20)
    ///         ->  XN Hash  (cost=0.40..0.40 rows=40 width=24)
    ///               ->  XN Seq Scan on categories  (cost=0.00..0.40 rows=40 width=24)
    ///   ->  XN Hash  (cost=10.00..10.00 rows=1000 width=24)
    ///         ->  XN Seq Scan on brands  (cost=0.00..10.00 rows=1000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on products_wide  (cost=0.00..90000.00 rows=9000000 width=60)
    /// ```
    ///
    /// ## References
    /// - Choose the best distribution style (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK108", "normalization-join-cost", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html",
    ]);
}

/// One lookup of a chain.
#[derive(Debug, Clone, Serialize)]
struct Lookup {
    /// The join's step.
    node: NodeId,
    /// The tables on the inner side; more than one where lookups join to lookups.
    tables: Vec<TableName>,
    keys: Vec<String>,
    /// Rows of the inner side.
    rows: f64,
    distribution: Option<&'static str>,
    bytes_moved: f64,
    build_rows: f64,
    probe_rows: f64,
    /// Bytes per row that the join adds to the outer rows.
    fetched_bytes_per_row: f64,
    #[serde(skip)]
    moves: bool,
    #[serde(skip)]
    probed_bytes: f64,
}

impl Lookup {
    /// Its tables, and how many rows of them are looked up in.
    fn words(&self) -> String {
        let names: Vec<String> = self
            .tables
            .iter()
            .map(|table| format!("`{table}`"))
            .collect();
        format!("{} {}", names.join(" with "), counted(self.rows, "row"))
    }
}

/// The chain and what it costs.
#[derive(Debug, Serialize)]
pub(super) struct NormalizationJoinCost {
    /// The table whose rows pass through every lookup.
    base: TableName,
    /// It, or with what else its rows are joined before: a condition does not say whose its
    /// columns are.
    facts: Vec<TableName>,
    lookups: Vec<Lookup>,
    probe_rows: f64,
    build_rows: f64,
    bytes_moved: f64,
}

impl NormalizationJoinCost {
    /// What the lookups join to, in words.
    fn looked_up_from(&self) -> String {
        match self.facts.as_slice() {
            [first, second] => format!("the join of `{first}` and `{second}`"),
            [_, _, ..] => format!("the join of {} tables", self.facts.len()),
            _ => format!("`{}`", self.base),
        }
    }

    /// Where their columns would be stored, in words: of a join a plan does not tell whose column
    /// it is that a lookup is asked for.
    fn holder(&self) -> String {
        match self.facts.len() {
            0 | 1 => format!("`{}`", self.base),
            _ => "the table that holds the column they are looked up by".to_owned(),
        }
    }

    fn tables(&self) -> Vec<TableName> {
        let mut tables: Vec<TableName> = Vec::new();
        for table in self.lookups.iter().flat_map(|lookup| &lookup.tables) {
            if !tables.contains(table) {
                tables.push(table.clone());
            }
        }
        tables
    }
}

impl Violation for NormalizationJoinCost {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Gathers;

    fn message(&self) -> String {
        let lookups: Vec<String> = self.lookups.iter().map(Lookup::words).collect();
        let fetched: f64 = self.lookups.iter().map(|l| l.fetched_bytes_per_row).sum();
        let fetched = match fetched > 0.0 {
            true => format!(", to fetch {fetched:.0} bytes a row"),
            false => String::new(),
        };
        format!(
            "{} lookup tables join to {} ({}): {} probes, {} moved{fetched}",
            self.tables().len(),
            self.looked_up_from(),
            lookups.join(", "),
            count(self.probe_rows),
            size(self.bytes_moved)
        )
    }

    fn remedy(&self) -> Remedy {
        let moved: Vec<&Lookup> = self.lookups.iter().filter(|lookup| lookup.moves).collect();
        if moved.is_empty() {
            return Remedy::text(format!(
                "Nothing moves: the lookups are on every node. Inline their columns into {} only \
                 if the {} probes matter against the budget.",
                self.holder(),
                count(self.probe_rows)
            ));
        }
        let text = format!(
            "Store the columns that the search needs in {} (ZSTD or BYTEDICT keeps repeated names \
             small), or keep a copy of each lookup on every node, which removes what moves but not \
             the probes.",
            self.holder()
        );
        let tables = moved.iter().flat_map(|lookup| &lookup.tables);
        let copies = tables.map(Changes::copied);
        let all = copies.reduce(|all, one| all.and(&one).unwrap_or(all));
        let remedy = Remedy::text(text.clone());
        match all {
            Some(all) => remedy.propose(text, all),
            None => remedy,
        }
    }

    fn steps(&self) -> Vec<usize> {
        self.lookups.iter().map(|lookup| lookup.node).collect()
    }

    fn severity(&self) -> Severity {
        let moves = self.lookups.iter().any(|lookup| lookup.moves);
        match moves && self.probe_rows >= ALERT_ROWS {
            true => Severity::Warning,
            false => Severity::Hint,
        }
    }

    fn weight(&self) -> f64 {
        let probed: f64 = self.lookups.iter().map(|lookup| lookup.probed_bytes).sum();
        self.bytes_moved + probed
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let tops = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator.is_join() && !is_outer_of_join(cx, node));
    tops.filter_map(|top| chain(cx, top)).collect()
}

/// Whether a join feeds the outer side of another: then it is not the top of a chain.
fn is_outer_of_join(cx: &Context<'_>, join: &Node) -> bool {
    let mut below = join.id;
    for above in cx.plan.ancestors(join.id) {
        if above.operator.is_join() {
            return cx
                .plan
                .outer(above.id)
                .is_some_and(|outer| outer.id == below);
        }
        if !passes_through(above) {
            return false;
        }
        below = above.id;
    }
    false
}

/// Steps that hand rows on as they are.
fn passes_through(node: &Node) -> bool {
    matches!(node.operator, Operator::SubqueryScan | Operator::Network)
}

fn chain(cx: &Context<'_>, top: &Node) -> Option<Finding> {
    let mut lookups = Vec::new();
    let mut at = top;
    loop {
        if at.operator.is_join() {
            lookups.extend(lookup(cx, at));
        } else if !passes_through(at) {
            break;
        }
        at = cx.plan.child(at.id)?;
    }
    // Rows that are grouped before they are looked up are another matter.
    scanned_table(at)?;
    // The fact is the largest table of the chain, wherever the planner put it.
    let rows = |scan: &Node| cx.step(scan).rows_in;
    let scans = cx.plan.subtree(top.id);
    let scans = scans.filter(|node| scanned_table(node).is_some());
    let base_scan = scans.max_by(|a, b| rows(a).total_cmp(&rows(b)))?;
    let base = scanned_table(base_scan)?;
    let base_rows = rows(base_scan);
    // A lookup is small beside the rows that look it up.
    lookups
        .retain(|lookup| lookup.rows <= base_rows * LOOKUP_SHARE && !lookup.tables.contains(&base));
    let first = lookups.first()?.node;
    let is_lookup = |table: &TableName| lookups.iter().any(|one| one.tables.contains(table));
    // What is joined above the lookups is not what they are looked up from.
    let scans = cx.plan.subtree(first);
    let mut facts: Vec<TableName> = scans
        .filter(|node| rows(node) >= base_rows * LOOKUP_SHARE)
        .filter_map(scanned_table)
        .filter(|table| !is_lookup(table))
        .collect();
    facts.sort();
    facts.dedup();
    let chain = NormalizationJoinCost {
        base,
        facts,
        probe_rows: lookups.iter().map(|lookup| lookup.probe_rows).sum(),
        build_rows: lookups.iter().map(|lookup| lookup.build_rows).sum(),
        bytes_moved: lookups.iter().map(|lookup| lookup.bytes_moved).sum(),
        lookups,
    };
    (chain.tables().len() >= 2).then(|| chain.at_node(first))
}

/// A join whose inner side is made of small tables only, and joins of them.
fn lookup(cx: &Context<'_>, join: &Node) -> Option<Lookup> {
    // A list of keys to filter by is no lookup, nor are the rows that an outer join preserves.
    let fetches = matches!(
        join.operator,
        Operator::Join(_, JoinKind::Inner | JoinKind::Left)
    );
    if !fetches {
        return None;
    }
    let outer = cx.plan.outer(join.id)?;
    let inner = cx.plan.inner(join.id)?;
    let mut tables = Vec::new();
    for node in cx.plan.subtree(inner.id) {
        match node.operator {
            Operator::Join(..) | Operator::Hash | Operator::SubqueryScan => {}
            Operator::SeqScan if cx.step(node).rows_in < ALERT_ROWS => {
                tables.extend(scanned_table(node));
            }
            _ => return None,
        }
    }
    let joins = cx
        .plan
        .subtree(inner.id)
        .filter(|node| node.operator.is_join());
    let moved_below: f64 = joins.map(|node| cx.step(node).network_bytes).sum();
    let step = cx.step(join);
    let moves = join.distribution.is_some_and(Distribution::moves);
    let width = |node: &Node| node.width.unwrap_or(0.0);
    Some(Lookup {
        node: join.id,
        tables,
        keys: join
            .join_keys()
            .iter()
            .map(|p| format!("{} = {}", p.outer, p.inner))
            .collect(),
        rows: inner.rows?,
        distribution: join.distribution.map(Distribution::as_str),
        bytes_moved: step.network_bytes + moved_below,
        build_rows: step.build_rows,
        probe_rows: step.probe_rows,
        fetched_bytes_per_row: (width(join) - width(outer)).max(0.0),
        moves,
        probed_bytes: step.probe_rows * width(outer),
    })
}
