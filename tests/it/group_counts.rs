//! How many groups a GROUP BY or DISTINCT makes: what bounds the number, and how wide it is where
//! little is known.

use distkey::cluster::Cluster;
use distkey::plan::{Node, Operator};
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{ColumnStats, Stats, TableStats};
use distkey::text::SourceFile;
use distkey::work::{Context, measure};

const TABLES: &str = "
    create table sales (sale_id bigint primary key, product_id int, store_id int, sold_on date, sold_at timestamp,
        amount int, note varchar(200), open boolean) distkey (store_id);
    create table products (product_id int primary key, brand varchar(40), category varchar(40)) diststyle all;
    create table parts (order_id int, line int, part varchar(40), unique (order_id, line)) distkey (order_id);";

const SALES: f64 = 1e8;
const PRODUCTS: f64 = 2e5;

/// Rows of all tables, and these distinct counts.
fn stats(distinct: &[(&str, &str, f64)]) -> Stats {
    let mut stats = Stats::default();
    for (table, rows) in [("sales", SALES), ("products", PRODUCTS), ("parts", 1e7)] {
        let known = TableStats {
            rows: Some(rows),
            ..TableStats::default()
        };
        stats.tables.insert(table.into(), known);
    }
    for (table, column, distinct) in distinct {
        let known = ColumnStats {
            distinct: Some(*distinct),
            ..ColumnStats::default()
        };
        let table = stats.tables.entry((*table).into()).or_default();
        table.columns.insert((*column).into(), known);
    }
    stats
}

/// The days that sales lie between.
fn dated(mut stats: Stats) -> Stats {
    let table = stats.tables.entry("sales".into()).or_default();
    for column in ["sold_on", "sold_at"] {
        let known = table.columns.entry(column.into()).or_default();
        known.min = Some("1992-01-02".into());
        known.max = Some("1998-12-01".into());
    }
    stats
}

fn plan(query: &str, stats: &Stats) -> Planned {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", TABLES)));
    let parsed = sql::parse_query(query).expect("a query");
    planner::plan(&parsed, &schema, stats, Cluster::default().shape())
        .unwrap_or_else(|error| panic!("{error}: {query}"))
}

fn is_grouping(node: &&Node) -> bool {
    matches!(
        node.operator,
        Operator::HashAggregate | Operator::GroupAggregate | Operator::Unique | Operator::Aggregate
    )
}

/// The groups of the topmost grouping: at the low end, printed, at the high end.
fn groups(query: &str, stats: &Stats) -> [f64; 3] {
    let planned = plan(query, stats);
    let node = planned
        .plan
        .nodes
        .iter()
        .find(is_grouping)
        .expect("a grouping");
    let rows = node.rows.expect("rows");
    let range = node.row_range();
    [rows * range.low, rows * range.likely, rows * range.high]
}

fn about(query: &str, stats: &Stats, expected: [f64; 3]) {
    let found = groups(query, stats);
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "{query}: {found}, not {expected}"
        );
    }
}

fn exactly(query: &str, stats: &Stats, expected: f64) {
    about(query, stats, [expected; 3]);
}

/// What a filter leaves is open; what is printed follows from the share that it is taken to.
fn printed(query: &str, stats: &Stats, expected: f64) {
    let found = groups(query, stats)[1];
    let off = (found / expected - 1.0).abs();
    assert!(off < 0.01, "{query}: {found}, not {expected}");
}

#[test]
fn unknown_keys_leave_the_number_open_and_never_make_every_row_a_group() {
    let stats = stats(&[]);
    // Every order of magnitude as likely as any other: the middle is the root.
    about(
        "select product_id, count(*) from sales group by 1",
        &stats,
        [SALES.powf(0.05), 1e4, SALES],
    );
    let [low, two, high] = groups(
        "select product_id, store_id, count(*) from sales group by 1, 2",
        &stats,
    );
    assert!(1e4 < two && two < SALES / 10.0, "{two}");
    assert!(low < 10.0 && high > SALES / 10.0, "{low} to {high}");
    let many = groups(
        "select product_id, store_id, amount, note, sold_on, count(*) from sales group by 1, 2, 3, 4, 5",
        &stats,
    )[1];
    assert!(two < many && many < SALES, "{many}");
    let [low, likely, high] = groups(
        "select open is null, count(*) from sales group by 1",
        &stats,
    );
    assert!(
        low < 2.0 && likely == 2.0 && high < 2.01,
        "{low} {likely} {high}"
    );
}

#[test]
fn what_would_narrow_an_open_number_is_said_where_it_can_take_time() {
    let said = |query: &str, stats: &Stats| {
        let all = plan(query, stats).assumptions;
        all.into_iter()
            .find(|text| text.contains("distinct values"))
    };
    let told = said(
        "select product_id, count(*) from sales group by 1",
        &stats(&[]),
    )
    .expect("told");
    assert_eq!(
        told,
        "The distinct values of `product_id` are not known: between 3 and 100 million groups are reckoned with. `distinct` in `--stats` would narrow it."
    );
    let known = stats(&[("sales", "product_id", 2e5)]);
    assert_eq!(
        said("select product_id, count(*) from sales group by 1", &known),
        None
    );
    let both = said(
        "select product_id, note, count(*) from sales group by 1, 2",
        &known,
    )
    .expect("told");
    assert!(
        both.starts_with("The distinct values of `note` are"),
        "{both}"
    );
    // Two values, and 200,000 rows, take no time however many groups there are.
    assert_eq!(
        said("select open, count(*) from sales group by 1", &stats(&[])),
        None
    );
    assert_eq!(
        said(
            "select brand, count(*) from products group by 1",
            &stats(&[])
        ),
        None
    );
}

#[test]
fn groups_are_no_more_than_the_rows_of_the_relation_that_a_key_comes_from() {
    let stats = stats(&[
        ("sales", "product_id", PRODUCTS),
        ("products", "brand", 700.0),
        ("products", "category", 1000.0),
    ]);
    let from = "from sales s join products p on p.product_id = s.product_id";
    // 700 brands times 1,000 categories are more than there are products; two columns are taken to
    // tell a tenth of them apart, and may tell as few as one of them does, or all.
    let together = [1000.0, PRODUCTS / 10.0, PRODUCTS];
    for query in [
        format!("select brand, category, count(*) {from} group by 1, 2"),
        "select brand, category, count(*) from products group by 1, 2".to_owned(),
    ] {
        let [low, likely, high] = groups(&query, &stats);
        assert!(together[0] <= low && low < likely, "{query}: {low}");
        assert_eq!([likely, high], [together[1], together[2]], "{query}");
    }
    // What the key of a relation determines adds nothing.
    exactly(
        &format!("select p.product_id, brand, category, count(*) {from} group by 1, 2, 3"),
        &stats,
        PRODUCTS,
    );
    exactly(
        "select order_id, line, part, count(*) from parts group by 1, 2, 3",
        &stats,
        1e7,
    );
    exactly(
        "select sale_id, note, amount from sales group by 1, 2, 3",
        &stats,
        SALES,
    );
    // A part of a key of two columns determines nothing.
    let [low, _, high] = groups(
        "select order_id, part, count(*) from parts group by 1, 2",
        &stats,
    );
    assert!(low < 10.0 && high > 1e6, "{low} to {high}");
}

#[test]
fn a_filter_leaves_those_values_of_a_key_that_its_rows_hold() {
    let stats = stats(&[
        ("products", "brand", 700.0),
        ("products", "category", 1000.0),
        ("sales", "product_id", PRODUCTS),
    ]);
    // One category in a thousand: 200 products of 700 brands, 285.7 products each. Yao's formula
    // leaves 700 x (1 - 0.999^285.7) = 174 if brands are in every category; if each is in one of
    // its own, one is left. Which of these it is nobody knows: their middle is taken.
    let middle = 174.0f64.sqrt().round();
    for query in [
        "select brand, count(*) from products where category = 'a' group by 1",
        "select brand, count(*) from sales s join products p on p.product_id = s.product_id where category = 'a' group by 1",
    ] {
        printed(query, &stats, middle);
        let [low, _, high] = groups(query, &stats);
        assert!(low <= 1.01 && high >= 173.0, "{query}: {low} to {high}");
    }
    // A filter on the key itself names its values.
    printed(
        "select category, count(*) from products where category = 'a' group by 1",
        &stats,
        1.0,
    );
    printed(
        "select category, count(*) from products where category in ('a', 'b', 'c') group by 1",
        &stats,
        3.0,
    );
    printed(
        "select upper(category), count(*) from products where category = 'a' group by 1",
        &stats,
        1.0,
    );
}

#[test]
fn functions_of_one_column_depend_on_it_and_on_each_other() {
    let known = dated(stats(&[
        ("sales", "sold_on", 2526.0),
        ("sales", "product_id", PRODUCTS),
    ]));
    let by = |keys: &str| format!("select count(*) from sales group by {keys}");
    exactly(
        &by("sold_on, date_trunc('month', sold_on), extract(year from sold_on)"),
        &known,
        2526.0,
    );
    exactly(&by("date_trunc('month', sold_on)"), &known, 84.0);
    exactly(&by("date_trunc('mons', sold_on)"), &known, 84.0);
    exactly(&by("extract(year from sold_on)"), &known, 7.0);
    exactly(&by("extract(month from sold_on)"), &known, 12.0);
    exactly(&by("date_part(dow, sold_on)"), &known, 7.0);
    exactly(
        &by("extract(year from sold_on), extract(month from sold_on)"),
        &known,
        84.0,
    );
    // The days between two dates, whatever the times of day.
    exactly(&by("date_trunc('day', sold_at)"), &known, 2526.0);
    exactly(&by("sold_at::date"), &known, 2526.0);
    // 84 months times 31 days of the month are more than the days.
    exactly(
        &by("date_trunc('month', sold_on), extract(day from sold_on)"),
        &known,
        2526.0,
    );
    exactly(
        &by("product_id, product_id + 1, -product_id"),
        &known,
        PRODUCTS,
    );
    exactly(&by("product_id + 1"), &known, PRODUCTS);
    let [low, likely, high] = groups(&by("product_id % 10"), &known);
    assert!(
        low < 10.0 && likely == PRODUCTS && (high - PRODUCTS).abs() < 1.0,
        "{low} {likely} {high}"
    );
    let [low, likely, high] = groups(&by("product_id > 100"), &known);
    assert!(
        low < 2.0 && likely == 2.0 && 2.0 < high && high <= 3.0,
        "{low} {likely} {high}"
    );
    // Nothing is known of the dates: the parts of a year are as many as they are.
    let unknown = stats(&[]);
    let [low, likely, high] = groups(&by("extract(month from sold_on)"), &unknown);
    assert!(
        low < 2.0 && likely == 12.0 && high == 12.0,
        "{low} {likely} {high}"
    );
    let [_, likely, high] = groups(
        &by("extract(month from sold_on), extract(dow from sold_on)"),
        &unknown,
    );
    assert!(
        likely == 84.0 && (high - 84.0).abs() < 0.01,
        "{likely} {high}"
    );
    // A quarter of the range of dates holds a quarter of its months.
    let quarter = "select count(*) from sales where sold_on < '1993-09-24' group by date_trunc('month', sold_on)";
    printed(quarter, &known, 21.0);
}

#[test]
fn groups_of_groups_are_bounded_by_them() {
    let known = dated(stats(&[("sales", "product_id", PRODUCTS)]));
    exactly(
        "select distinct product_id, count(*) from sales group by product_id",
        &known,
        PRODUCTS,
    );
    exactly(
        "select product_id, n from (select product_id, count(*) n, sum(amount) from sales group by 1) t group by 1, 2",
        &known,
        PRODUCTS,
    );
    exactly(
        "select m, max(n) from (select date_trunc('month', sold_on) m, product_id, count(*) n from sales group by 1, 2) t group by 1",
        &known,
        84.0,
    );
    let [_, _, high] = groups(
        "select note, count(*) from (select note from sales limit 50) t group by 1",
        &known,
    );
    assert!(high <= 50.0, "{high}");
    // What a union holds is not bounded by its first branch.
    let [_, _, high] = groups(
        "select distinct brand from (select brand from products union all select note from sales) t",
        &known,
    );
    assert!(high > PRODUCTS, "{high}");
}

#[test]
fn a_having_and_a_limit_keep_the_number_that_is_printed() {
    let known = stats(&[("sales", "product_id", PRODUCTS)]);
    let query = "select product_id, count(*) from sales group by 1 having sum(amount) > 100 order by 2 limit 10";
    let planned = plan(query, &known);
    let [low, likely, high] = groups(query, &known);
    assert!(
        low < 1.01 && likely < PRODUCTS && (high - PRODUCTS).abs() < 3.0,
        "{low} {likely} {high}"
    );
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", TABLES)));
    let cx = Context::new(Cluster::default().shape()).with(&schema, &known);
    let work = measure(&planned.plan, &cx);
    for node in &planned.plan.nodes {
        let step = work.step(node.id).expect("work");
        let printed = node.rows.expect("rows");
        assert_eq!(step.rows_out, printed, "{:?}", node.operator);
        if is_grouping(&node) {
            // All groups are made before HAVING takes some away.
            assert!((step.groups - PRODUCTS).abs() < 2.0, "{}", step.groups);
        }
        if node.operator == Operator::Limit {
            assert_eq!((printed, node.row_range().high), (10.0, 1.0));
        }
    }
}

/// Every way to leave some of these out.
fn subsets<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    (0..1usize << all.len())
        .map(|chosen| {
            let kept = all.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1);
            kept.map(|(_, item)| item.clone()).collect()
        })
        .collect()
}

const KEYS: [&str; 7] = [
    "s.product_id",
    "s.store_id",
    "p.brand",
    "date_trunc('week', s.sold_on)",
    "s.amount + 1",
    "upper(p.category)",
    "s.open",
];
const FILTERS: [&str; 4] = [
    "s.amount > 5",
    "p.brand = 'x'",
    "s.store_id in (1, 2, 3)",
    "s.sold_on >= '1997-01-01'",
];
const DISTINCT: [(&str, &str, f64); 5] = [
    ("sales", "product_id", PRODUCTS),
    ("sales", "store_id", 400.0),
    ("products", "brand", 700.0),
    ("sales", "amount", 50.0),
    ("products", "category", 20.0),
];

fn query(keys: &[&str], filters: &[&str]) -> String {
    let filter = match filters {
        [] => String::new(),
        some => format!(" where {}", some.join(" and ")),
    };
    let keys = keys.join(", ");
    format!(
        "select {keys}, count(*) from sales s join products p on p.product_id = s.product_id{filter} group by {keys}"
    )
}

#[test]
fn groups_are_ordered_and_no_more_than_rows_whatever_the_keys() {
    for known in [stats(&DISTINCT), stats(&[]), dated(stats(&DISTINCT[..2]))] {
        for keys in subsets(&KEYS).iter().filter(|keys| !keys.is_empty()) {
            for filters in [vec![], vec![FILTERS[0]], FILTERS.to_vec()] {
                let planned = plan(&query(keys, &filters), &known);
                let node = planned
                    .plan
                    .nodes
                    .iter()
                    .find(is_grouping)
                    .expect("a grouping");
                let (groups, range) = (node.rows.expect("rows"), node.row_range());
                assert!(
                    range.low <= 1.0 && range.likely == 1.0 && 1.0 <= range.high,
                    "{keys:?}: {range:?}"
                );
                let below = planned.plan.child(node.id).expect("rows to group");
                let rows = below.rows.expect("rows");
                assert!(groups <= rows, "{keys:?} {filters:?}: {groups} of {rows}");
                let most = rows * below.row_range().high.max(below.row_range().likely);
                assert!(
                    groups * range.high <= most * (1.0 + 1.0 / groups) + 1.0,
                    "{keys:?} {filters:?}"
                );
            }
        }
    }
}

#[test]
fn a_filter_never_makes_more_groups() {
    for known in [stats(&DISTINCT), stats(&[]), dated(stats(&DISTINCT))] {
        for keys in subsets(&KEYS)
            .iter()
            .filter(|keys| !keys.is_empty() && keys.len() < 3)
        {
            for filters in subsets(&FILTERS) {
                let all = groups(&query(keys, &filters), &known)[1];
                for left_out in 0..filters.len() {
                    let mut fewer = filters.clone();
                    fewer.remove(left_out);
                    let without = groups(&query(keys, &fewer), &known)[1];
                    assert!(
                        all <= without + 1.0,
                        "{keys:?} {filters:?} without {left_out}: {all} > {without}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_distinct_count_less_never_narrows_the_range() {
    let width = |[low, _, high]: [f64; 3]| high / low;
    for keys in subsets(&KEYS[..6]).iter().filter(|keys| !keys.is_empty()) {
        for known in subsets(&DISTINCT) {
            let with = width(groups(&query(keys, &[]), &stats(&known)));
            for left_out in 0..known.len() {
                let mut fewer = known.clone();
                fewer.remove(left_out);
                let without = width(groups(&query(keys, &[]), &stats(&fewer)));
                assert!(
                    with <= without * 1.05,
                    "{keys:?} {known:?} without {left_out}: {with} > {without}"
                );
            }
        }
    }
}

#[test]
fn groups_off_the_distribution_key_are_sent_and_those_on_it_are_not() {
    let known = stats(&[("sales", "product_id", 2e7), ("sales", "store_id", 2e7)]);
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", TABLES)));
    let shape = Cluster::default().shape();
    let grouped = |query: &str| {
        let planned = plan(query, &known);
        let work = measure(&planned.plan, &Context::new(shape).with(&schema, &known));
        let node = planned
            .plan
            .nodes
            .iter()
            .find(is_grouping)
            .expect("a grouping")
            .clone();
        (work.step(node.id).expect("work").clone(), node)
    };
    let (off, node) = grouped("select product_id, sum(amount) from sales group by 1");
    let sent = off.groups_sent;
    assert!(off.groups < sent && sent < SALES, "{sent}");
    let leaves = (shape.nodes - 1.0) / shape.nodes;
    let bytes = sent * node.width.expect("a width") * leaves;
    assert!((off.network_bytes / bytes - 1.0).abs() < 1e-9);
    assert_eq!(off.rows_hashed, SALES);
    let (on, _) = grouped("select store_id, sum(amount) from sales group by 1");
    assert_eq!(
        (on.groups_sent, on.network_bytes, on.rows_hashed),
        (0.0, 0.0, SALES)
    );
    let (both, _) = grouped("select store_id, amount, count(*) from sales group by 1, 2");
    assert_eq!(both.network_bytes, 0.0);
    // Few groups: every slice sends all of them, which is nothing.
    let (few, _) = grouped("select open, count(*) from sales group by 1");
    assert!(
        few.groups_sent <= few.groups * shape.slices,
        "{}",
        few.groups_sent
    );
    let (whole, _) = grouped("select count(*) from sales");
    assert_eq!(whole.network_bytes, 0.0);
}
