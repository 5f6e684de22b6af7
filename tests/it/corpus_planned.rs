//! Public plans planned again from their SQL: does each join of the plan come out with the same
//! method, label and sides?
//!
//! Tables have the rows that the plan's own scans were reckoned with; where its rows and widths
//! tell what was known of a column, that is known here: the distinct values that explain what a
//! filter leaves, the bytes of a text. What is public of the tables' columns and keys stands
//! here, in the words of this test.

use std::collections::{BTreeMap, BTreeSet};

use crate::corpus_planner::nodes;
use crate::support;
use distkey::plan::{Distribution, JoinMethod, Node, Operator, Plan, read};
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{Stats, TableStats};
use distkey::text::SourceFile;
use distkey::work::Shape;

/// AWS's sample database of tickets.
const TICKETS: &str = "
    create table users (userid int not null distkey sortkey, username char(8), firstname varchar(30), lastname varchar(30), city varchar(30), state char(2));
    create table venue (venueid smallint not null distkey sortkey, venuename varchar(100), venuecity varchar(30), venuestate char(2), venueseats int);
    create table category (catid smallint not null distkey sortkey, catgroup varchar(10), catname varchar(10), catdesc varchar(50));
    create table date (dateid smallint not null distkey sortkey, caldate date, month char(5), year smallint);
    create table event (eventid int not null distkey, venueid smallint, catid smallint, dateid smallint sortkey, eventname varchar(200), starttime timestamp);
    create table listing (listid int not null distkey sortkey, sellerid int, eventid int, dateid smallint, numtickets smallint, priceperticket decimal(8,2), totalprice decimal(8,2), listtime timestamp);
    create table sales (salesid int not null, listid int distkey, sellerid int, buyerid int, eventid int, dateid smallint, qtysold smallint, pricepaid decimal(8,2), commission decimal(8,2), saletime timestamp) sortkey (listid, sellerid);";
/// How long its texts are, from the widths of the plans over it.
const TICKET_TEXTS: &[(&str, &str, Fact)] = &[
    ("event", "eventname", Bytes(17.0)),
    ("venue", "venuename", Bytes(20.0)),
    ("venue", "venuecity", Bytes(15.0)),
    ("venue", "venuestate", Bytes(2.0)),
    ("category", "catname", Bytes(8.0)),
    ("users", "lastname", Bytes(10.0)),
    ("date", "month", Bytes(5.0)),
];
/// Its external table of sales, and the one of event on the cluster.
const LAKE_TICKETS: &str = "
    create external table spectrum.sales (salesid int, listid int, eventid int, qtysold smallint, pricepaid decimal(8,2)) stored as textfile location 's3://example/sales' table properties ('numRows' = '172000');
    create table event (eventid int not null distkey, venueid smallint, catid smallint, dateid smallint sortkey, eventname varchar(200), starttime timestamp);";
/// TPC-H's three largest tables, and the two copies with other keys.
const ORDERS: &str = "
    create table lineitem (l_orderkey bigint distkey, l_suppkey int, l_quantity numeric(12,2), l_extendedprice numeric(12,2), l_commitdate date, l_shipdate date, l_shipmode char(10));
    create table orders (o_orderkey bigint primary key distkey, o_custkey bigint, o_totalprice numeric(12,2));
    create table customer (c_custkey bigint primary key, c_name varchar(25), c_mktsegment char(10)) diststyle all;
    create table customer_v1 (c_custkey bigint distkey, c_name varchar(25), c_mktsegment char(10));
    create table orders_v1 (o_orderkey bigint, o_custkey bigint, o_totalprice numeric(12,2)) diststyle even;
    create table customer_distkey (c_custkey bigint distkey, c_name varchar(25));
    create table orders_distkey (o_orderkey bigint, o_custkey bigint distkey, o_totalprice numeric(12,2));";
const COMMITTED: (&str, &str, Fact) = (
    "lineitem",
    "l_commitdate",
    Range("1992-01-31", "1998-10-31"),
);
const STARS: &str = "
    create table lineorder (lo_orderkey int, lo_partkey int, lo_suppkey int, lo_orderdate int, lo_revenue int) diststyle even;
    create table part (p_partkey int primary key, p_category varchar(7), p_brand1 varchar(9)) diststyle even;
    create table supplier (s_suppkey int primary key, s_region varchar(12)) diststyle even;
    create table dwdate (d_datekey int primary key, d_year int) diststyle even;";

/// A public plan to be planned again.
struct Known {
    file: &'static str,
    ddl: &'static str,
    /// Table, column, and what the plan's rows and widths say of it.
    columns: &'static [(&'static str, &'static str, Fact)],
}

#[derive(Clone, Copy)]
enum Fact {
    Distinct(f64),
    Bytes(f64),
    Range(&'static str, &'static str),
}
use Fact::{Bytes, Distinct, Range};

const fn known(file: &'static str, ddl: &'static str) -> Known {
    Known {
        file,
        ddl,
        columns: &[],
    }
}

const KNOWN: &[Known] = &[
    known("dg-hashjoin-category-event.txt", TICKETS),
    known("dg-mergejoin-sales-listing.txt", TICKETS),
    known("dg-join3-sales-listing-event.txt", TICKETS),
    known("dg-join-agg-sort.txt", TICKETS),
    known("dg-explain-event-venue-flat.txt", TICKETS),
    known(
        "dg-stl-aggjoin.txt",
        "create table listing (listid int distkey sortkey, listtime timestamp);
         create table sales (listid int distkey, saletime timestamp);",
    ),
    Known {
        file: "dg-query-plan-example-bcast.txt",
        ddl: TICKETS,
        columns: &[
            ("event", "venueid", Distinct(204.0)),
            ("sales", "buyerid", Distinct(49_991.0)),
        ],
    },
    known("dg-spectrum-sales-event.txt", LAKE_TICKETS),
    known("csv-spectrum-sales.txt", LAKE_TICKETS),
    Known {
        file: "rsw-join-all-none.txt",
        ddl: ORDERS,
        columns: &[COMMITTED],
    },
    Known {
        file: "rsw-join-bcast.txt",
        ddl: ORDERS,
        columns: &[COMMITTED],
    },
    Known {
        file: "rsw-join-distinner.txt",
        ddl: ORDERS,
        columns: &[COMMITTED],
    },
    known("orders-cust-distnone.txt", ORDERS),
    Known {
        file: "ssb-q2-before-full.txt",
        ddl: STARS,
        columns: &[
            ("part", "p_category", Distinct(25.0)),
            ("supplier", "s_region", Distinct(5.0)),
        ],
    },
    Known {
        file: "omaha-distnone.txt",
        ddl: "create table sales (salesid int, listid int, sellerid int distkey, dateid smallint sortkey, qtysold smallint, pricepaid decimal(8,2));
              create table users (userid int distkey sortkey, city varchar(30));",
        columns: &[("users", "city", Distinct(1086.0))],
    },
    // No statistics: 200 values are Redshift's default.
    Known {
        file: "dg-mv-rewrite-before.txt",
        ddl: "create table category (catid int, catgroup varchar(32)) diststyle even;
              create table event (eventid int, catid int) diststyle even;
              create table sales (eventid int, qtysold smallint) diststyle even;",
        columns: &[("event", "catid", Distinct(200.0)), ("event", "eventid", Distinct(200.0))],
    },
    known(
        "hai-limit-bcast.txt",
        "create table listing (listid int, sellerid int, eventid int, dateid smallint, numtickets smallint, priceperticket decimal(8,2), totalprice decimal(8,2), listtime timestamp) diststyle even;
         create table sales (salesid int, listid int, sellerid int, buyerid int, eventid int, dateid smallint, qtysold smallint, pricepaid decimal(8,2), commission decimal(8,2), saletime timestamp) diststyle even;",
    ),
    // As above.
    Known {
        file: "emp-no-distkey.txt",
        ddl: "create table employee1 (name varchar(100), o_date date) diststyle all;
              create table employee (o_date date, state varchar(50)) diststyle even;
              create table state_population (state varchar(50), population int) diststyle all;",
        columns: &[
            ("employee1", "name", Distinct(200.0)),
            ("employee1", "o_date", Distinct(200.0)),
        ],
    },
    known(
        "rsw-spectrum-csv-flat.txt",
        "create external table clickstream.uservisits_csv10 (custkey int, adrevenue float8, yearmonthkey int) stored as textfile location 's3://example/visits' table properties ('numRows' = '3758774345000');
         create table customer (c_custkey int, c_name varchar(25), c_mktsegment varchar(10)) diststyle all;
         create table dwdate (d_yearmonthnum int, d_month varchar(9), d_year int) diststyle all;",
    ),
];

/// A join: the tables on both sides, those of the inner side, how it runs.
#[derive(Debug, Clone, PartialEq)]
struct Joined {
    inner: BTreeSet<String>,
    method: JoinMethod,
    label: Option<Distribution>,
}

/// The plan's joins by the tables that they join.
fn joins(plan: &Plan) -> BTreeMap<BTreeSet<String>, Joined> {
    let scans = |node: &Node| -> BTreeSet<String> {
        let below = plan.subtree(node.id).filter(|node| {
            let operator = &node.operator;
            matches!(operator, Operator::SeqScan | Operator::S3QueryScan)
        });
        let names = below.filter_map(|scan| Some(scan.reference_name()?.to_string()));
        names.collect()
    };
    let join = |node: &Node| {
        let Operator::Join(method, _) = node.operator else {
            return None;
        };
        let inner = scans(plan.inner(node.id)?);
        let label = node.distribution;
        let joined = Joined {
            inner,
            method,
            label,
        };
        Some((scans(node), joined))
    };
    plan.nodes.iter().filter_map(join).collect()
}

fn statistics(theirs: &Plan, columns: &[(&str, &str, Fact)]) -> Stats {
    let mut stats = Stats::default();
    let scans = theirs.nodes.iter();
    for scan in scans.filter(|node| node.operator == Operator::SeqScan) {
        let name = scan.table_name().expect("a table");
        let known = TableStats {
            rows: distkey::plan::cost::rows_scanned(scan),
            ..TableStats::default()
        };
        stats.tables.insert(name, known);
    }
    for (table, column, fact) in TICKET_TEXTS.iter().chain(columns) {
        let Some(table) = stats.tables.get_mut(&(*table).into()) else {
            continue;
        };
        let column = table.columns.entry((*column).into()).or_default();
        match fact {
            Distinct(values) => column.distinct = Some(*values),
            Bytes(bytes) => column.average_bytes = Some(*bytes),
            Range(min, max) => {
                column.min = Some((*min).into());
                column.max = Some((*max).into());
            }
        }
    }
    stats
}

/// The joins that differ: two dimensions of the tickets that reduce no row, so that either order
/// costs the same; a nested loop over two DISTINCTs of a DISTSTYLE ALL table, which that plan
/// broadcasts although it hashes a third one where it lies; and the join above it, which starts
/// from where that loop left its rows.
#[test]
fn joins_planned_from_sql_are_redshifts() {
    let Some(plans) = support::corpus_plans() else {
        return;
    };
    let (mut all, mut method, mut label, mut sides) = (0, 0, 0, 0);
    let mut differ = Vec::new();
    for known in KNOWN {
        let text = plans
            .iter()
            .find(|plan| plan.file == known.file)
            .expect("the plan");
        let theirs = read(&text.text).plans.into_iter().next().expect("a plan");
        let query = text.manifest["sql"].as_str().expect("its query");
        let query = query.split(" (whitespace condensed)").next().expect("text");
        let query = sql::parse_query(query).unwrap_or_else(|e| panic!("{}: {e}", known.file));
        let schema = Schema::of(&sql::parse(&SourceFile::new("ddl", known.ddl)));
        let shape = Shape {
            nodes: nodes(&theirs),
            slices: 8.0,
            memory_bytes: 1e11,
            joins_prune: true,
        };
        let stats = statistics(&theirs, known.columns);
        let ours = planner::plan(&query, &schema, &stats, shape)
            .unwrap_or_else(|e| panic!("{}: {e}", known.file))
            .plan;
        let (ours, theirs) = (joins(&ours), joins(&theirs));
        for (tables, want) in theirs {
            all += 1;
            let Some(got) = ours.get(&tables) else {
                differ.push(format!("{}: no join of {tables:?}", known.file));
                continue;
            };
            method += usize::from(got.method == want.method);
            label += usize::from(got.label == want.label);
            sides += usize::from(got.inner == want.inner);
            if *got != want {
                differ.push(format!("{}: {tables:?} {want:?}, not {got:?}", known.file));
            }
        }
    }
    println!("of {all} joins: method {method}, label {label}, sides {sides}; these differ:");
    for line in &differ {
        println!("  {line}");
    }
    assert!(all > 30);
    for (what, agree) in [("method", method), ("label", label), ("sides", sides)] {
        assert!(agree * 10 >= all * 9, "{what}: {agree} of {all}");
    }
}
