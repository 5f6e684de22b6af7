//! How many rows a join is said to keep, by what is known of its columns. What is known may
//! only narrow the range, and no join is said to make rows that its inputs can't make.

use std::collections::BTreeMap;

use distkey::cluster::Cluster;
use distkey::plan::{Node, Operator};
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::stats::{ColumnStats, Stats, TableStats};
use distkey::text::SourceFile;
use proptest::prelude::*;

/// Rows by table, distinct counts by `table.column`.
fn stats(rows: &[(&str, f64)], distinct: &[(&str, f64)]) -> Stats {
    let mut stats = Stats::default();
    for (table, rows) in rows {
        let mut columns = BTreeMap::new();
        for (column, count) in distinct {
            let (of, column) = column.split_once('.').expect("table.column");
            if of == *table {
                let known = ColumnStats {
                    distinct: Some(*count),
                    ..ColumnStats::default()
                };
                columns.insert(column.into(), known);
            }
        }
        let known = TableStats {
            rows: Some(*rows),
            columns,
            ..TableStats::default()
        };
        stats.tables.insert((*table).into(), known);
    }
    stats
}

fn planned(ddl: &str, query: &str, stats: &Stats) -> Planned {
    let schema = Schema::of(&distkey::sql::parse(&SourceFile::new("t.sql", ddl)));
    let query = distkey::sql::parse_query(query).expect("a query");
    planner::plan(&query, &schema, stats, Cluster::default().shape()).expect("a plan")
}

fn top_join(planned: &Planned) -> &Node {
    let mut nodes = planned.plan.nodes.iter();
    nodes
        .find(|node| matches!(node.operator, Operator::Join(..)))
        .expect("a join")
}

/// Rows of the top join: the least, the printed ones, the likely ones, the most.
fn rows_of(planned: &Planned) -> [f64; 4] {
    let join = top_join(planned);
    let printed = join.rows.expect("rows");
    let range = join.row_range();
    [
        printed * range.low,
        printed,
        printed * range.likely,
        printed * range.high,
    ]
}

const PLAIN: &str = "create table facts (k int, other int, note varchar(20)); create table things (k int, name varchar(20));";
const ON_K: &str = "select count(*) from facts join things on facts.k = things.k";

#[test]
fn an_unknown_equality_keeps_no_more_than_the_larger_input() {
    for (facts, things) in [(1e9, 1e3), (1e3, 1e9), (1e6, 1e6)] {
        let stats = stats(&[("facts", facts), ("things", things)], &[]);
        let planned = planned(PLAIN, ON_K, &stats);
        let [low, printed, likely, high] = rows_of(&planned);
        let larger = facts.max(things);
        assert!(
            printed <= larger && high <= larger * 1.001,
            "{printed} {high}"
        );
        assert!(low < likely / 100.0, "{low} {likely}: nothing is known");
        let said = planned.assumptions.join("\n");
        assert!(
            said.contains("No key and no distinct counts for `facts.k = things.k`"),
            "{said}"
        );
    }
}

#[test]
fn two_equalities_are_never_reckoned_by_the_smallest_table_alone() {
    // 450 million customers, and 25 nations among them: the nation narrows, it multiplies nothing.
    let ddl = "create table customer (c_custkey int, c_nationkey int); create table orders (o_orderkey int, o_custkey int); create table nation (n_nationkey int, n_name char(25));";
    let query = "select count(*) from orders, customer, nation where o_custkey = c_custkey and c_nationkey = n_nationkey";
    let stats = stats(
        &[("customer", 4.5e8), ("orders", 4.5e9), ("nation", 25.0)],
        &[],
    );
    let planned = planned(ddl, query, &stats);
    for node in &planned.plan.nodes {
        assert!(node.rows.expect("rows") <= 4.5e9, "{}", node.title());
    }
}

/// The key of a tiny or filtered fact is not what makes the join.
#[test]
fn the_key_is_where_it_is_declared_or_named_and_not_on_the_smaller_side() {
    let declared = "create table visits (page int); create table pages (page int primary key);";
    let referenced =
        "create table visits (page int references pages (page)); create table pages (page int);";
    let named = "create table visits (page_id int); create table pages (id int);";
    let sizes = stats(&[("visits", 1e3), ("pages", 1e6)], &[]);
    for (ddl, on, said) in [
        (declared, "v.page = p.page", "as the DDL declares"),
        (referenced, "v.page = p.page", "as the DDL declares"),
        (named, "v.page_id = p.id", "by their names"),
    ] {
        let query = format!("select count(*) from visits v join pages p on {on}");
        let planned = planned(ddl, &query, &sizes);
        assert_eq!(rows_of(&planned), [1e3; 4], "{ddl}");
        let assumed = planned.assumptions.join("\n");
        assert!(assumed.contains(said), "{assumed}");
    }
}

#[test]
fn a_given_count_overrules_a_name() {
    let ddl = "create table visits (page_id int); create table pages (id int);";
    let stats = stats(
        &[("visits", 1e6), ("pages", 1e6)],
        &[("pages.id", 100.0), ("visits.page_id", 100.0)],
    );
    let query = "select count(*) from visits v join pages p on v.page_id = p.id";
    assert_eq!(rows_of(&planned(ddl, query, &stats)), [1e10; 4]);
}

#[test]
fn a_subquerys_groups_are_unique_and_distinct_rows_too() {
    let stats = stats(&[("facts", 1e6), ("things", 1e7)], &[]);
    for inner in [
        "select k, count(*) n from facts group by k",
        "select k, max(other) from facts group by 1",
        "select distinct k from facts",
        "select k from facts union select other from facts",
    ] {
        let query = format!("select count(*) from things join ({inner}) g on things.k = g.k");
        let planned = planned(PLAIN, &query, &stats);
        let [_, printed, _, high] = rows_of(&planned);
        assert!(
            printed <= 1e7 && high <= 1e7 * 1.001,
            "{inner}: {printed} {high}"
        );
        let said = planned.assumptions.join("\n");
        assert!(!said.contains("No key"), "{inner}: {said}");
    }
    let repeated = "select count(*) from things join (select k from facts union all select other from facts) g on things.k = g.k";
    let said = planned(PLAIN, repeated, &stats).assumptions.join("\n");
    assert!(said.contains("No key"), "{said}");
}

#[test]
fn a_pair_that_is_a_key_is_not_two_independent_columns() {
    let ddl = |key: &str| {
        format!(
            "create table lines (order_no int, part int, seller int);
             create table offers (part int, seller int, price int {key});"
        )
    };
    let stats = stats(
        &[("lines", 1.8e7), ("offers", 2.4e6)],
        &[
            ("lines.part", 6e5),
            ("lines.seller", 3e4),
            ("offers.part", 6e5),
            ("offers.seller", 3e4),
        ],
    );
    let query =
        "select count(*) from lines l join offers o on l.part = o.part and l.seller = o.seller";
    let declared = rows_of(&planned(
        &ddl(", primary key (part, seller)"),
        query,
        &stats,
    ));
    assert_eq!(declared, [1.8e7; 4]);
    let [low, printed, likely, high] = rows_of(&planned(&ddl(""), query, &stats));
    assert!((printed / 1.8e7 - 1.0).abs() < 0.01 && low < likely && likely <= high);
}

#[test]
fn a_sole_dist_and_sort_key_is_a_sign_of_a_key_with_a_wide_range() {
    let ddl = "create table a (x int, y int); create table b (x int distkey sortkey, z int);";
    let stats = stats(&[("a", 1e3), ("b", 1e6)], &[]);
    let planned = planned(ddl, "select count(*) from a join b on a.x = b.x", &stats);
    let [low, printed, _, high] = rows_of(&planned);
    assert!(
        printed == 1e3 && low < 100.0 && high > 1e5,
        "{low} {printed} {high}"
    );
    let said = planned.assumptions.join("\n");
    assert!(
        said.contains("both DISTKEY and SORTKEY, which need not be so: `b.x`"),
        "{said}"
    );
}

#[test]
fn a_semijoin_keeps_and_an_antijoin_leaves_no_more_than_its_left() {
    let stats = stats(&[("facts", 1e6), ("things", 1e4)], &[]);
    for (negated, keyed) in [
        ("", ""),
        ("not ", ""),
        ("", ", primary key (k)"),
        ("not ", ", primary key (k)"),
    ] {
        let ddl = format!(
            "create table facts (k int, other int); create table things (k int, name varchar(20){keyed});"
        );
        let query = format!(
            "select count(*) from facts where {negated}exists (select 1 from things where things.k = facts.k)"
        );
        let [low, printed, likely, high] = rows_of(&planned(&ddl, &query, &stats));
        assert!(low <= likely && likely <= high && high <= 1e6 * 1.001 && printed <= 1e6);
    }
    // Half of the things are left: the facts of the other half find none.
    let ddl = "create table facts (k int); create table things (k int primary key, kind int);";
    let mut known = stats;
    known.tables.insert(
        "things".into(),
        TableStats {
            rows: Some(1e4),
            columns: BTreeMap::from([(
                "kind".into(),
                ColumnStats {
                    distinct: Some(2.0),
                    ..ColumnStats::default()
                },
            )]),
            ..TableStats::default()
        },
    );
    let query = "select count(*) from facts where not exists (select 1 from things where things.k = facts.k and kind = 1)";
    let [_, printed, ..] = rows_of(&planned(ddl, query, &known));
    assert!((printed - 5e5).abs() < 1e3, "{printed}");
}

/// What is known of a generated pair of tables.
#[derive(Debug, Clone)]
struct Pair {
    facts: f64,
    things: f64,
    key: usize,
    distinct: [Option<f64>; 2],
    filter: bool,
    kind: &'static str,
}

impl Pair {
    fn plan(&self) -> Planned {
        let key = ["", "primary key", "unique"][self.key];
        let ddl = format!(
            "create table facts (a int, x int) diststyle even; create table things (b int {key}, y int) diststyle even;"
        );
        let mut distinct = Vec::new();
        if let Some(count) = self.distinct[0] {
            distinct.push(("facts.a", count.min(self.facts)));
        }
        if let Some(count) = self.distinct[1] {
            distinct.push(("things.b", count.min(self.things)));
        }
        let stats = stats(&[("facts", self.facts), ("things", self.things)], &distinct);
        let filter = if self.filter { "and y > 5" } else { "" };
        let query = format!(
            "select count(*) from facts {} join things on a = b {filter}",
            self.kind
        );
        planned(&ddl, &query, &stats)
    }
}

fn pairs() -> impl Strategy<Value = Pair> {
    let rows = || (0.0..9.0f64).prop_map(|power| 10f64.powf(power).round());
    let count = || proptest::option::of(rows());
    let kinds = prop_oneof![Just("inner"), Just("left"), Just("right"), Just("full")];
    (
        rows(),
        rows(),
        0..3usize,
        [count(), count()],
        any::<bool>(),
        kinds,
    )
        .prop_map(|(facts, things, key, distinct, filter, kind)| Pair {
            facts,
            things,
            key,
            distinct,
            // A condition in ON on one side is none of the join's only where it is inner.
            filter: filter && kind == "inner",
            kind,
        })
}

/// How many times more rows there may be at the most than at the least.
fn width([low, _, _, high]: [f64; 4]) -> f64 {
    high / low
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_possible(pair in pairs()) {
        let planned = pair.plan();
        let [low, printed, likely, high] = rows_of(&planned);
        prop_assert!(low <= likely && likely <= high, "{low} {likely} {high}");
        prop_assert!(0.0 <= low && high.is_finite());
        let most = (pair.facts * pair.things).max(pair.facts).max(pair.things);
        prop_assert!(printed <= most * 1.001 + 1.0, "{printed} of {most}");
        prop_assert!(high <= most * 1.001 + 1.0, "{high} of {most}");
    }

    #[test]
    fn a_foreign_key_finds_one_row_at_most(pair in pairs()) {
        let pair = Pair { key: 1, kind: "inner", ..pair };
        let [_, printed, _, high] = rows_of(&pair.plan());
        // Statistics may contradict the key: then a value has this many rows.
        let of_a_value = pair.distinct[1].map_or(1.0, |distinct| pair.things / distinct.min(pair.things));
        let most = pair.facts * of_a_value * 1.001 + 1.0;
        prop_assert!(printed <= pair.facts + 1.0 && high <= most, "{printed} {high} of {most}");
    }

    #[test]
    fn what_is_taken_away_narrows_nothing(pair in pairs()) {
        let pair = Pair { kind: "inner", ..pair };
        let with = rows_of(&pair.plan());
        let mut without = vec![Pair { key: 0, ..pair.clone() }];
        for side in 0..2 {
            let mut distinct = pair.distinct;
            distinct[side] = None;
            without.push(Pair { distinct, ..pair.clone() });
        }
        for less in without {
            let wider = rows_of(&less.plan());
            prop_assert!(width(wider) >= width(with) * 0.999, "{:?}\n{with:?}\n{wider:?}", less);
        }
    }
}

/// With row counts alone, no step of TPC-H makes more rows than the largest table has, and
/// none of TPC-DS, some of whose joins repeat rows, more than ten times that.
#[test]
fn no_query_of_the_benchmarks_is_absurd_with_row_counts_alone() {
    let Some(corpus) = crate::support::corpus() else {
        return;
    };
    let queries = |folder: &str, with: &str| -> Vec<String> {
        let entries = std::fs::read_dir(corpus.join(folder)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut wanted: Vec<_> = paths
            .filter(|path| {
                path.to_string_lossy().ends_with(".sql") && path.to_string_lossy().contains(with)
            })
            .collect();
        wanted.sort();
        let read = |path| std::fs::read_to_string(path).expect("a file");
        wanted.into_iter().map(read).collect()
    };
    let mut tpcds = queries("latency/tpcds100", "queries");
    tpcds.extend(queries("sql/redshift-benchmarks", "tpcds."));
    let sets = [
        (
            "latency/tpch3tb",
            1.0,
            22,
            queries("workloads/tpch/queries", "q"),
        ),
        ("latency/tpcds100", 10.0, 50, tpcds),
    ];
    for (folder, factor, least, texts) in sets {
        let folder = corpus.join(folder);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
        let schema = Schema::of(&distkey::sql::parse(&SourceFile::new(
            "t.sql",
            read("create.sql"),
        )));
        let stats = Stats::read(&read("stats.json")).expect("statistics");
        let largest = stats
            .tables
            .values()
            .filter_map(|table| table.rows)
            .fold(0.0, f64::max);
        let mut seen = 0;
        for text in &texts {
            let script = distkey::sql::parse(&SourceFile::new("q.sql", text.as_str()));
            for statement in &script.statements {
                let text = &text[statement.span.start..statement.span.end];
                let Ok(query) = distkey::sql::parse_query(text.trim_end_matches([';', '\n', ' ']))
                else {
                    continue;
                };
                let Ok(planned) =
                    planner::plan(&query, &schema, &stats, Cluster::default().shape())
                else {
                    continue;
                };
                seen += 1;
                for node in &planned.plan.nodes {
                    let rows = node.rows.unwrap_or(0.0);
                    assert!(
                        rows <= largest * factor * 1.01,
                        "{rows} rows: {} in\n{text}",
                        node.title()
                    );
                }
            }
        }
        assert!(seen >= least, "only {seen} were planned");
        println!("{seen} queries of {}", folder.display());
    }
}

/// Nobody enforces a key: where fewer values are counted than there are rows, some of them repeat,
/// and the high end of a join by it says so, up to as many rows as a value has.
#[test]
fn a_key_that_its_statistics_contradict_may_repeat() {
    let rows = |distinct| {
        let pair = Pair {
            facts: 11.0,
            things: 34_252_373.0,
            key: 1,
            distinct: [None, Some(distinct)],
            filter: true,
            kind: "inner",
        };
        rows_of(&pair.plan())
    };
    let [_, _, _, high] = rows(34_252_373.0);
    assert!(high <= 11.0 * 1.001 + 1.0, "{high}");
    let [_, _, _, high] = rows(27_691_744.0);
    assert!(
        11.0 < high && high <= 11.0 * 34_252_373.0 / 27_691_744.0,
        "{high}"
    );
}
