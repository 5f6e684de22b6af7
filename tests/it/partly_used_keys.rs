//! Joins with a table of whose keys the facts use a part: a calendar of a hundred years, two
//! years of sales. What is asked of the calendar lies where the sales are, if it follows the
//! key; a month of the year, or a weekday, does not.

use distkey::cluster::Cluster;
use distkey::plan::Operator;
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::stats::{ColumnStats, Stats, TableStats};
use distkey::text::SourceFile;

const DDL: &str = "CREATE TABLE days (day_id INT PRIMARY KEY, day DATE, year INT, month INT, week INT, note VARCHAR(20));
CREATE TABLE sales (sale_id BIGINT, sold_on INT, amount DECIMAL(12,2), pieces INT);
CREATE TABLE stock (counted_on INT, pieces INT);";

/// 36,525 days from 1990 on, of which 10 million sales use the 730 of 2024 and 2025.
fn stats() -> Stats {
    let mut stats = Stats::default();
    let column = |distinct: f64, ends: Option<(serde_json::Value, serde_json::Value)>| {
        let (min, max) = ends.unzip();
        ColumnStats {
            distinct: Some(distinct),
            min,
            max,
            ..ColumnStats::default()
        }
    };
    let days = TableStats {
        rows: Some(36_525.0),
        columns: [
            ("day_id", column(36_525.0, Some((1.into(), 36_525.into())))),
            (
                "day",
                column(36_525.0, Some(("1990-01-01".into(), "2089-12-31".into()))),
            ),
            ("year", column(100.0, Some((1990.into(), 2089.into())))),
            ("month", column(12.0, Some((1.into(), 12.into())))),
            ("note", column(100.0, None)),
        ]
        .into_iter()
        .map(|(name, known)| (name.into(), known))
        .collect(),
        ..TableStats::default()
    };
    let sales = TableStats {
        rows: Some(10_000_000.0),
        columns: [(
            "sold_on",
            column(730.0, Some((12_419.into(), 13_149.into()))),
        )]
        .into_iter()
        .map(|(name, known)| (name.into(), known))
        .collect(),
        ..TableStats::default()
    };
    stats.tables.insert("days".into(), days);
    stats.tables.insert("sales".into(), sales);
    stats
}

fn planned(query: &str, stats: &Stats) -> Planned {
    let schema = Schema::of(&distkey::sql::parse(&SourceFile::new("t.sql", DDL)));
    let query = distkey::sql::parse_query(query).expect("a query");
    planner::plan(&query, &schema, stats, Cluster::default().shape()).expect("a plan")
}

/// Rows of the join: the least, the likely ones, the most.
fn joined(filter: &str, stats: &Stats) -> [f64; 3] {
    let query =
        format!("SELECT sum(amount) FROM sales JOIN days ON sold_on = day_id WHERE {filter}");
    of_the_join(&planned(&query, stats))
}

fn of_the_join(planned: &Planned) -> [f64; 3] {
    let mut nodes = planned.plan.nodes.iter();
    let join = nodes
        .find(|node| matches!(node.operator, Operator::Join(..)))
        .expect("a join");
    let printed = join.rows.expect("rows");
    let range = join.row_range();
    [range.low, range.likely, range.high].map(|factor| printed * factor)
}

fn without(stats: &Stats, table: &str, column: &str, of: impl Fn(&mut ColumnStats)) -> Stats {
    let mut stats = stats.clone();
    let table = stats.tables.get_mut(&table.into()).expect("the table");
    of(table.columns.get_mut(column).expect("the column"));
    stats
}

fn near(found: f64, wanted: f64) {
    let factor = (found / wanted).max(wanted / found);
    assert!(factor < 1.1, "{found} rows, and {wanted} are wanted");
}

#[test]
fn a_year_that_the_facts_hold_is_half_of_two_years() {
    near(joined("year = 2024", &stats())[1], 5e6);
    near(
        joined("day BETWEEN '2024-01-01' AND '2024-12-31'", &stats())[1],
        5e6,
    );
    near(joined("extract(year FROM day) = 2024", &stats())[1], 5e6);
    near(joined("year IN (2024, 2025)", &stats())[1], 1e7);
}

#[test]
fn a_month_of_any_year_is_a_twelfth() {
    near(joined("month = 3", &stats())[1], 1e7 / 12.0);
    near(joined("month = 12", &stats())[1], 1e7 / 12.0);
    near(joined("year = 2024 AND month = 3", &stats())[1], 5e6 / 12.0);
}

#[test]
fn each_branch_of_an_or_counts() {
    let filter = "year = 2025 OR (year = 2024 AND month = 12)";
    near(joined(filter, &stats())[1], 5e6 + 5e6 / 12.0);
}

#[test]
fn days_on_which_nothing_was_sold_keep_nothing() {
    assert!(joined("day_id < 12000", &stats())[1] <= 1.0);
    near(joined("day_id < 12784", &stats())[1], 5e6);
}

/// Sales on every day of the calendar.
fn all_used(stats: &Stats) -> Stats {
    without(stats, "sales", "sold_on", |known| {
        known.distinct = Some(36_525.0);
        known.min = Some(1.into());
        known.max = Some(36_525.into());
    })
}

#[test]
fn keys_that_are_all_used_change_nothing() {
    near(joined("year = 2024", &all_used(&stats()))[1], 1e5);
    near(joined("month = 3", &all_used(&stats()))[1], 1e7 / 12.0);
}

#[test]
fn what_does_not_tell_whether_it_follows_widens_the_high_end_only() {
    let unknown = |known: &mut ColumnStats| {
        (known.min, known.max) = (None, None);
        // Each year as frequent as the others: nothing else is open.
        known.most_common = (0..100)
            .map(|year| distkey::stats::Common {
                value: Some((1990 + year).into()),
                share: 0.01,
            })
            .collect();
    };
    let stats = without(&stats(), "days", "year", unknown);
    let [low, likely, high] = joined("year = 2024", &stats);
    near(low, 1e5);
    near(likely, 1e5);
    near(high, 5e6);
    let [low, likely, high] = joined("year = 2024", &all_used(&stats));
    assert_eq!((low, high), (likely, likely));
}

#[test]
fn the_order_of_the_rows_tells_what_follows_the_key() {
    let mut stats = without(&stats(), "days", "year", |known| {
        (known.min, known.max) = (None, None);
    });
    let days = stats.tables.get_mut(&"days".into()).expect("days");
    for (column, correlation) in [("day_id", 1.0), ("year", 0.99), ("note", 0.01)] {
        let known = days.columns.get_mut(column).expect("a column");
        known.correlation = Some(correlation);
    }
    near(joined("year = 2024", &stats)[1], 5e6);
    let holiday = joined("note = 'holiday'", &stats);
    near(holiday[1], 1e5);
    assert_eq!(holiday, joined("note = 'holiday'", &all_used(&stats)));
}

#[test]
fn the_reader_is_told_what_follows() {
    let query = "SELECT sum(amount) FROM sales JOIN days ON sold_on = day_id WHERE year = 2024";
    let planned = planned(query, &stats());
    let told = planned.assumptions.join("\n");
    assert!(
        told.contains("`sales.sold_on` holds 2.0 % of the values of `days.day_id`"),
        "{told}"
    );
}

#[test]
fn a_table_joined_to_itself_by_no_key_repeats_its_values() {
    let query = "SELECT count(*) FROM days a JOIN days b ON a.week = b.week WHERE a.year = 2024";
    let [low, likely, high] = of_the_join(&planned(query, &stats()));
    // 365 days of 36,525 by any number of weeks from the root of the days to all of them.
    let pairs = 365.0 * 36_525.0;
    near(likely, pairs / 36_525f64.powf(0.75));
    assert!(low < likely && likely < high, "{low} {likely} {high}");
    let query =
        "SELECT count(*) FROM days a JOIN days b ON a.day_id = b.day_id WHERE a.year = 2024";
    near(of_the_join(&planned(query, &stats()))[1], 365.0);
}

#[test]
fn conditions_on_pairs_are_asked_of_every_pair() {
    let mut stats = stats();
    let stock = TableStats {
        rows: Some(730_000.0),
        columns: [(
            "counted_on".into(),
            ColumnStats {
                distinct: Some(730.0),
                ..ColumnStats::default()
            },
        )]
        .into_iter()
        .collect(),
        ..TableStats::default()
    };
    stats.tables.insert("stock".into(), stock);
    let query = "SELECT count(*) FROM sales JOIN stock ON sold_on = counted_on WHERE sales.pieces > stock.pieces";
    let planned = planned(query, &stats);
    let schema = Schema::of(&distkey::sql::parse(&SourceFile::new("t.sql", DDL)));
    let cluster = Cluster::default();
    let cx = distkey::work::Context {
        schema: Some(&schema),
        stats: Some(&stats),
        shape: cluster.shape(),
    };
    let work = distkey::work::measure(&planned.plan, &cx);
    let join = planned
        .plan
        .nodes
        .iter()
        .find(|node| matches!(node.operator, Operator::Join(..)));
    let join = join.expect("a join");
    // 10 million × 730,000 / 730 pairs, one of them for each row that is looked up.
    near(work.steps[join.id].further_pairs, 1e10 - 1e7);
    assert!(join.rows.expect("rows") < 5e9, "a third of them is left");
}
