//! Which columns of a query's result hold no value twice, because of how it is built.

use super::expr::Expr;
use super::tree::{Body, Query, Select, SetOp};

impl Query<'_> {
    /// Sets of output columns, by position, whose values are all different: the keys of
    /// GROUP BY where all of them come out, and all columns of DISTINCT, UNION, INTERSECT
    /// and EXCEPT. An empty set: there is one row.
    pub(crate) fn unique_outputs(&self) -> Vec<Vec<usize>> {
        match &self.body {
            Body::Select(select) => of_select(select),
            Body::Query(inner) => inner.unique_outputs(),
            Body::SetOperation { op, .. } if *op != SetOp::UnionAll => {
                vec![(0..self.outputs.len()).collect()]
            }
            Body::SetOperation { .. } | Body::Values(_) | Body::Recursive(_) => Vec::new(),
        }
    }
}

fn of_select(select: &Select<'_>) -> Vec<Vec<usize>> {
    let mut sets = Vec::new();
    let aggregated = select
        .outputs
        .iter()
        .map(|output| &output.expr)
        .chain(&select.having)
        .any(Expr::has_aggregate);
    // A subquery that is joined by columns of its own is grouped by those as well; the keys of
    // several grouping sets are NULL in some of them.
    let plain = select.correlated.is_empty() && select.sets.is_empty();
    if plain && (aggregated || !select.keys.is_empty()) {
        let place = |key: &Expr| select.outputs.iter().position(|output| output.expr == *key);
        let keys = select.keys.iter().filter(|key| !key.is_constant());
        sets.extend(keys.map(place).collect::<Option<Vec<usize>>>());
    }
    if select.distinct {
        sets.push((0..select.outputs.len()).collect());
    }
    sets
}
