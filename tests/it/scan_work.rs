//! What a scan reads, and how many slices share it.

use distkey::cluster::Cluster;
use distkey::plan::Plan;
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;
use distkey::work::{Context, Work, measure};

const STATS: &str = r#"{"rows": {"clicks": 500000000, "shops": 200000},
    "columns": {"clicks.at": {"distinct": 1000000, "min": "2020-01-01", "max": "2022-09-27"},
                "clicks.shop": {"distinct": 100000}, "clicks.url": {"average_bytes": 60}}}"#;

fn work(ddl: &str, query: &str) -> (Plan, Work) {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl)));
    let stats = Stats::read(STATS).expect("statistics");
    let shape = Cluster::default().shape();
    let query = sql::parse_query(query).expect("a query");
    let plan = planner::plan(&query, &schema, &stats, shape)
        .expect("a plan")
        .plan;
    let work = measure(&plan, &Context::new(shape).with(&schema, &stats));
    (plan, work)
}

fn clicks(keys: &str) -> String {
    format!(
        "create table clicks (shop int not null, at date not null, url varchar(400)) {keys};
         create table shops (shop int not null, name varchar(40)) diststyle all;"
    )
}

/// A pattern is searched where the sort key leaves rows: FireScale's LIKE under two days of the
/// sort key takes 0.13 s on billions of rows.
#[test]
fn a_searched_text_is_read_only_where_the_sort_key_leaves_rows() {
    let two_days = "select count(*) from clicks where at between '2021-03-01' and '2021-03-02'";
    for condition in [
        "url like '%x%'",
        "url <> ''",
        "url ~ '^h'",
        "url not ilike 'a%'",
    ] {
        let query = format!("{two_days} and {condition}");
        let (_, sorted) = work(&clicks("sortkey (at)"), &query);
        let (_, unsorted) = work(&clicks(""), &query);
        let text = |work: &Work| work.scans().map(|scan| scan.text_bytes).sum::<f64>();
        assert!(text(&sorted) < 0.02 * text(&unsorted), "{condition}");
        assert!(text(&sorted) > 0.0, "{condition}");
        let searched = |work: &Work| work.steps.iter().map(|step| step.like_bytes).sum::<f64>();
        assert!(searched(&sorted) <= searched(&unsorted), "{condition}");
    }
}

/// Every slice looks through its own rows, whether or not one of them holds all that is asked.
#[test]
fn a_value_of_the_distkey_is_looked_for_by_every_slice() {
    let query = "select count(*) from clicks where shop = 7";
    let slices = |keys: &str| {
        let (plan, work) = work(&clicks(keys), query);
        let scan = plan.nodes.iter().find(|node| node.operator.is_scan());
        let scan = scan.expect("a scan").id;
        (work.steps[scan].slices, work.steps[scan - 1].slices)
    };
    assert_eq!(slices("diststyle even"), (None, None));
    // What is found lies on one slice, but all of them searched.
    assert_eq!(slices("distkey (shop)"), (None, Some(1.0)));
    assert_eq!(slices("distkey (shop) sortkey (at)"), (None, Some(1.0)));
    // The sort key tells the other slices that theirs are out of question.
    assert_eq!(
        slices("distkey (shop) sortkey (shop)"),
        (Some(1.0), Some(1.0))
    );
}

#[test]
fn of_a_table_with_a_copy_on_every_node_one_slice_reads_each() {
    let (plan, work) = work(
        &clicks(""),
        "select count(*) from shops where name like 'a%'",
    );
    let scan = plan.nodes.iter().find(|node| node.operator.is_scan());
    assert_eq!(work.steps[scan.expect("a scan").id].slices, Some(1.0));
}
