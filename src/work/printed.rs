//! What a pasted plan's own row counts say of the blocks that a sort key leaves to be read.

use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{Node, cost};
use crate::schema::{SortKey, Table};

use super::BLOCK_BYTES;

/// Share of a table's rows in the blocks that a compound sort key leaves, by Redshift's own
/// estimate: the rows that come out of a scan, of those that it is charged for. `None` unless
/// the key serves every condition of the filter: what one of several leaves is not printed.
pub(super) fn share(node: &Node, table: &Table, filters: &[&Conjunct]) -> Option<f64> {
    if node.estimate.is_some() || !matches!(table.sort_key, SortKey::Compound(_)) {
        return None;
    }
    let charged = cost::charged(node)?;
    let served = charged.rows_scanned >= 1.0 && serves_all(table, filters);
    served.then(|| charged.selectivity().clamp(0.0, 1.0))
}

/// Whether the rows that pass lie together: equalities on leading columns of the key, then one
/// range, and nothing else.
fn serves_all(table: &Table, filters: &[&Conjunct]) -> bool {
    let plain = |filter: &&&Conjunct| filter.around.is_none() && filter.columns.len() == 1;
    let mut served = 0;
    for column in table.sort_columns() {
        let on_it: Vec<&&Conjunct> = filters
            .iter()
            .filter(plain)
            .filter(|filter| filter.columns.first() == Some(column))
            .collect();
        let is = |comparison: Comparison| on_it.iter().all(|f| f.comparison == comparison);
        if on_it.is_empty() {
            break;
        }
        served += on_it.len();
        if !is(Comparison::Equal) {
            served -= if is(Comparison::Range) {
                0
            } else {
                on_it.len()
            };
            break;
        }
    }
    served > 0 && served == filters.len()
}

/// The share of a scan's bytes that is read where a column takes at least one block on each
/// slice and is read at least once there.
pub(super) fn at_least_a_block(share: f64, bytes: f64, slices: f64) -> f64 {
    let least = slices.max(1.0) * BLOCK_BYTES / bytes.max(1.0);
    share.max(least).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Operator, read};
    use crate::schema::Schema;
    use crate::sql;
    use crate::text::SourceFile;

    fn share_of(filter: &str, sort_key: &str) -> Option<f64> {
        let text = format!(
            "XN Seq Scan on t  (cost=0.00..20000.00 rows=10000 width=8)\n  Filter: ({filter})"
        );
        let plan = read(&text).plans.into_iter().next()?;
        let ddl = format!("create table t (a int, b int, c varchar(9)) sortkey ({sort_key});");
        let schema = Schema::of(&sql::parse(&SourceFile::new("ddl", &ddl)));
        let scan = plan
            .nodes
            .iter()
            .find(|n| n.operator == Operator::SeqScan)?;
        let filters: Vec<&Conjunct> = scan.filters().collect();
        share(scan, schema.resolve(&"t".into())?, &filters)
    }

    #[test]
    fn a_key_that_serves_every_condition_leaves_what_the_plan_prints() {
        let about = |share: Option<f64>| share.is_some_and(|share| share < 0.01);
        assert!(about(share_of("a = 1", "a")));
        assert!(about(share_of("(a = 1) AND (b > 5)", "a,b")));
        assert!(about(share_of("(a > 1) AND (a < 9)", "a")));
    }

    #[test]
    fn one_that_leaves_a_condition_unserved_says_nothing() {
        for (filter, key) in [
            ("a = 1", "b"),
            ("(a = 1) AND (c ~~ '%x%'::text)", "a"),
            ("(a > 1) AND (b > 5)", "a,b"),
            ("(a = 1) AND (b > 5)", "b,a"),
            ("abs(a) = 1", "a"),
        ] {
            assert_eq!(share_of(filter, key), None, "{filter} by {key}");
        }
    }
}
