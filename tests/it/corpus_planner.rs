//! The planner's joins against real plans whose tables' keys are known: given the
//! two sides of a join, do its method and label agree with Redshift's?
//!
//! Row counts are those of the real plan. What is known of the tables' keys stands
//! beside each plan, in the words of this test; the number of nodes is read back
//! from the plan's own price of redistribution where it has one, else two: what no plan without a
//! price contradicts.

use std::collections::BTreeMap;

use crate::support;
use distkey::plan::{JoinMethod, Operator, Plan, read};
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{Stats, TableStats};
use distkey::text::SourceFile;
use distkey::whatif::replay;
use distkey::work::Shape;

const TICKET_TABLES: &str = "
    create table sales (listid int, eventid int, dateid smallint, buyerid int, sellerid int) distkey (listid) sortkey (listid, sellerid);
    create table listing (listid int, dateid smallint) distkey (listid) sortkey (listid);
    create table event (eventid int, venueid smallint, catid smallint, dateid smallint) distkey (eventid) sortkey (dateid);
    create table venue (venueid smallint) distkey (venueid) sortkey (venueid);
    create table category (catid smallint) distkey (catid) sortkey (catid);
    create table users (userid int) distkey (userid) sortkey (userid);
    create table date (dateid smallint) distkey (dateid) sortkey (dateid);";

const TICKET_DIMENSIONS_ALL: &str = "
    create table sales (listid int, eventid int, dateid smallint, buyerid int) distkey (listid) sortkey (listid, sellerid);
    create table listing (listid int, dateid smallint) distkey (listid) sortkey (listid);
    create table event (eventid int, venueid smallint, catid smallint) diststyle all sortkey (eventid);
    create table venue (venueid smallint) diststyle all sortkey (venueid);
    create table category (catid smallint) diststyle all;
    create table users (userid int) diststyle all sortkey (userid);
    create table date (dateid smallint) diststyle all sortkey (dateid);";

const ORDER_TABLES: &str = "
    create table lineitem (l_orderkey bigint) distkey (l_orderkey);
    create table orders (o_orderkey bigint, o_custkey bigint) distkey (o_orderkey);
    create table customer (c_custkey bigint) diststyle all;
    create table customer_v1 (c_custkey bigint) distkey (c_custkey);
    create table orders_v1 (o_orderkey bigint, o_custkey bigint) diststyle even;";

/// Plans with what is known of their tables.
const PLANS: &[(&str, &str)] = &[
    ("dg-query-plan-example-bcast.txt", TICKET_TABLES),
    ("dg-query-plan-example-all.txt", TICKET_DIMENSIONS_ALL),
    ("dg-mergejoin-sales-listing.txt", TICKET_TABLES),
    ("dg-join3-sales-listing-event.txt", TICKET_TABLES),
    ("dg-join-agg-sort.txt", TICKET_TABLES),
    ("dg-hashjoin-category-event.txt", TICKET_TABLES),
    ("csv-spectrum-sales.txt", TICKET_TABLES),
    ("rsw-join-all-none.txt", ORDER_TABLES),
    ("rsw-join-bcast.txt", ORDER_TABLES),
    ("rsw-join-distinner.txt", ORDER_TABLES),
    (
        "hai-limit-bcast.txt",
        "create table sales (listid int) diststyle even; create table listing (listid int) diststyle even;",
    ),
    (
        "omaha-distnone.txt",
        "create table sales (sellerid int, dateid smallint) distkey (sellerid) sortkey (dateid);
         create table users (userid int) distkey (userid) sortkey (userid);",
    ),
    (
        "orders-cust-distnone.txt",
        "create table customer_distkey (c_custkey bigint) distkey (c_custkey);
         create table orders_distkey (o_custkey bigint) distkey (o_custkey);",
    ),
    (
        "dg-ssb-q2-after.txt",
        "create table lineorder (lo_partkey int, lo_suppkey int, lo_orderdate int) distkey (lo_partkey) sortkey (lo_orderdate);
         create table part (p_partkey int) distkey (p_partkey) sortkey (p_partkey);
         create table supplier (s_suppkey int) diststyle all sortkey (s_suppkey);
         create table dwdate (d_datekey int) diststyle all sortkey (d_datekey);",
    ),
];

/// Plans of which only the root is given: the query is planned.
const KEY_TABLES: &str = "
    create table test_dist_all (_key int, _value varchar(2)) diststyle all;
    create table test_dist_even (_key int, _value varchar(2)) diststyle even;
    create table test_dist_key_num (_key numeric(18,0), _value varchar(2)) distkey (_key);
    create table test_dist_key_int (_key int, _value varchar(2)) distkey (_key);";

/// File, the two tables, the condition.
const ROOTS: &[(&str, &str, &str, &str)] = &[
    (
        "dist-even-key.txt",
        "test_dist_even",
        "test_dist_key_int",
        "t1._key = t2._key",
    ),
    (
        "dist-even-key-othercol.txt",
        "test_dist_even",
        "test_dist_key_int",
        "t1._value = t2._value",
    ),
    (
        "dist-all-keynum.txt",
        "test_dist_all",
        "test_dist_key_num",
        "t1._key = t2._key",
    ),
    (
        "dist-num-int-cast.txt",
        "test_dist_key_num",
        "test_dist_key_int",
        "cast(t1._key as int) = t2._key",
    ),
];

fn schema(ddl: &str) -> Schema {
    Schema::of(&sql::parse(&SourceFile::new("ddl", ddl)))
}

/// Nodes, from the price of redistribution, 10,000 ÷ nodes per byte; two where none is seen.
pub fn nodes(plan: &Plan) -> f64 {
    use distkey::plan::Distribution as D;
    let wire = |rows: f64, width: f64| rows * ((width / 4.0).ceil() * 4.0 + 8.0);
    for node in &plan.nodes {
        let (Some(outer), Some(inner)) = (plan.outer(node.id), plan.inner(node.id)) else {
            continue;
        };
        let moved = match node.distribution {
            Some(D::Inner) => inner,
            Some(D::Outer) => outer,
            _ => continue,
        };
        let (Some(rows), Some(width), Some(cost)) = (moved.rows, moved.width, node.cost) else {
            continue;
        };
        return (10_000.0 * wire(rows, width) / cost.total).round().max(1.0);
    }
    2.0
}

fn first_plan(text: &str) -> Plan {
    read(text).plans.into_iter().next().expect("a plan")
}

/// Which side is hashed, in every whole public plan, with the plan's own rows and widths; where
/// its tables' keys are not known they are taken as spread evenly.
#[test]
fn the_side_that_is_hashed_is_redshifts() {
    let Some(plans) = support::corpus_plans() else {
        return;
    };
    let (mut all, mut differ) = (0, Vec::new());
    for text in plans.iter().filter(|plan| plan.flag("complete")) {
        let known = PLANS.iter().find(|(file, _)| *file == text.file);
        let schema = schema(known.map_or("", |(_, ddl)| ddl));
        for plan in read(&text.text).plans {
            let shape = Shape {
                nodes: nodes(&plan),
                slices: 8.0,
                memory_bytes: 1e11,
                joins_prune: true,
            };
            for join in replay(&plan, &schema, shape).joins {
                let node = plan.node(join.node);
                let rows = |side: Option<&distkey::plan::Node>| side.and_then(|side| side.rows);
                let (Operator::Join(JoinMethod::Hash, kind), Some(outer), Some(inner)) = (
                    &node.operator,
                    rows(plan.outer(node.id)),
                    rows(plan.inner(node.id)),
                ) else {
                    continue;
                };
                if kind.turned().is_none() {
                    continue;
                }
                all += 1;
                if join.turned {
                    differ.push(format!(
                        "{}: `{}` hashes {inner} rows beside {outer}",
                        text.file,
                        node.title()
                    ));
                }
            }
        }
    }
    println!(
        "{} of {all} hash the same side; these differ:",
        all - differ.len()
    );
    for line in &differ {
        println!("  {line}");
    }
    assert!(all > 40);
    assert!(differ.len() * 10 <= all, "{} of {all} differ", differ.len());
}

#[test]
fn method_label_and_sides_agree_with_redshift() {
    let Some(plans) = support::corpus_plans() else {
        return;
    };
    let text: BTreeMap<&str, &str> = plans
        .iter()
        .map(|plan| (plan.file.as_str(), plan.text.as_str()))
        .collect();
    let (mut all, mut differ) = (0, Vec::new());

    for (file, ddl) in PLANS {
        let plan = first_plan(text[file]);
        let shape = Shape {
            nodes: nodes(&plan),
            slices: 8.0,
            memory_bytes: 1e11,
            joins_prune: true,
        };
        for join in replay(&plan, &schema(ddl), shape).joins {
            let node = plan.node(join.node);
            let Operator::Join(method, _) = node.operator else {
                continue;
            };
            all += 1;
            if (Some(join.label), join.method, join.turned) != (node.distribution, method, false) {
                differ.push(format!(
                    "{file}: `{}` would be {:?} {}{}",
                    node.title(),
                    join.method,
                    join.label.as_str(),
                    if join.turned { ", turned" } else { "" }
                ));
            }
        }
    }

    for (file, left, right, on) in ROOTS {
        let query = format!("select t1._key, t2._key from {left} t1 join {right} t2 on ({on})");
        let query = sql::parse_query(&query).expect("a query");
        let mut stats = Stats::default();
        for table in [left, right] {
            let rows = TableStats {
                rows: Some(1200.0),
                ..TableStats::default()
            };
            stats.tables.insert((*table).into(), rows);
        }
        let shape = Shape {
            nodes: 4.0,
            slices: 8.0,
            memory_bytes: 1e11,
            joins_prune: true,
        };
        let planned = planner::plan(&query, &schema(KEY_TABLES), &stats, shape).expect("a plan");
        let (ours, theirs) = (
            planned.plan.node(0).clone(),
            first_plan(text[file]).node(0).clone(),
        );
        all += 1;
        if (ours.distribution, &ours.operator) != (theirs.distribution, &theirs.operator) {
            differ.push(format!(
                "{file}: `{}` would be `{}`",
                theirs.title(),
                ours.title()
            ));
        }
    }

    println!("{} of {all} joins agree; these differ:", all - differ.len());
    for line in &differ {
        println!("  {line}");
    }
    assert!(differ.len() * 10 <= all, "{} of {all} differ", differ.len());
}
