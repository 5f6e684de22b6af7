//! The tables that Redshift names in a notice under the plan, bare and with commas between.

use super::Plan;
use crate::name::{Ident, TableName};

/// How the notice begins that names tables without statistics.
pub const MISSING_STATISTICS: &str = "Tables missing statistics:";

/// A table of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// A step of the plan scans it.
    Scanned(TableName),
    /// None does: as it is printed.
    Printed(TableName),
}

impl Noticed {
    /// The name.
    pub fn table(&self) -> &TableName {
        match self {
            Noticed::Scanned(table) | Noticed::Printed(table) => table,
        }
    }
}

impl Plan {
    /// The tables of a list in a notice. Nothing tells a comma within a name from one between
    /// two, but the scans of the plan do; the longest name wins.
    pub fn noticed(&self, list: &str) -> Vec<Noticed> {
        let scanned = self.nodes.iter().filter(|node| node.operator.is_scan());
        let scanned: Vec<TableName> = scanned.filter_map(|node| node.table_name()).collect();
        let pieces: Vec<&str> = list.split(',').collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < pieces.len() {
            let longest = (at + 1..=pieces.len()).rev().find_map(|end| {
                let name = pieces[at..end].join(",");
                let name = name.trim();
                let called = |table: &&TableName| is_called(table, name);
                let tables: Vec<&TableName> = scanned.iter().filter(called).collect();
                (!tables.is_empty()).then_some((end, tables))
            });
            match longest {
                Some((end, tables)) => {
                    found.extend(tables.into_iter().cloned().map(Noticed::Scanned));
                    at = end;
                }
                None => {
                    let name = pieces[at].trim();
                    let printed = (!name.is_empty()).then(|| Noticed::Printed(printed(name)));
                    found.extend(printed);
                    at += 1;
                }
            }
        }
        let mut seen = Vec::new();
        found.retain(|one| {
            !seen.contains(one) && {
                seen.push(one.clone());
                true
            }
        });
        found
    }
}

/// Whether a table is printed like this, bare or as SQL spells it; its case may have been folded
/// by the DDL.
fn is_called(table: &TableName, name: &str) -> bool {
    let spelled = [table.name.to_string(), table.bare(), table.to_string()];
    let mut spelled = spelled
        .iter()
        .map(String::as_str)
        .chain([table.name.as_str()]);
    spelled.any(|spelled| spelled.eq_ignore_ascii_case(name))
}

fn printed(name: &str) -> TableName {
    match name.contains('"') && !name.starts_with('"') {
        true => TableName::new(None, Ident::exact(name)),
        false => TableName::printed(name),
    }
}

#[cfg(test)]
mod tests {
    use crate::name::TableName;
    use crate::plan::{self, Plan};

    fn noticed(scans: &[&str], list: &str) -> Vec<String> {
        let mut lines = String::from("XN Append  (cost=0.00..9.00 rows=9 width=4)\n");
        for scan in scans {
            lines += &format!("  ->  XN Seq Scan on {scan}  (cost=0.00..1.00 rows=1 width=4)\n");
        }
        let plan: Plan = plan::read(&lines).plans.remove(0);
        let tables = plan.noticed(list).into_iter();
        tables.map(|one| one.table().to_string()).collect()
    }

    #[test]
    fn a_comma_within_the_name_of_a_scanned_table_parts_nothing() {
        let scans = ["\"a,b\" x", "c", "\"a, b,c\""];
        assert_eq!(noticed(&scans, "a,b, c"), ["\"a,b\"", "c"]);
        assert_eq!(noticed(&scans, "c, a, b,c"), ["c", "\"a, b,c\""]);
        assert_eq!(noticed(&scans, "\"a,b\""), ["\"a,b\""]);
        assert_eq!(noticed(&["c"], "a,b, c"), ["a", "b", "c"]);
        assert_eq!(noticed(&["c"], "c, c,"), ["c"]);
    }

    #[test]
    fn a_table_is_named_with_its_schema_and_each_of_two_of_one_name() {
        let lines = "XN Seq Scan on \"Order Items\"  (cost=0.00..1.00 rows=1 width=4)";
        let mut plan = plan::read(lines).plans.remove(0);
        plan.nodes[0].table = Some(TableName::typed("sales.\"order items\""));
        let tables = plan.noticed("Order Items");
        assert_eq!(tables[0].table().to_string(), "sales.\"order items\"");
        assert_eq!(noticed(&["a.t", "b.t"], "t"), ["a.t", "b.t"]);
        assert_eq!(noticed(&["a.t", "b.t"], "b.t"), ["b.t"]);
        assert_eq!(noticed(&["u"], "a\"b"), ["\"a\"\"b\""]);
    }
}
