//! Statements that write are planned as the query that finds their rows, and say what they write.

use distkey::latency::{Request, Verdict, predict};
use distkey::plan::{Placement, Writes};
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::stats::Stats;
use distkey::work::{Context, Work, measure};
use distkey::{cluster::Cluster, sql, text::SourceFile};

pub const DDL: &str = "
    create table sale (sale_id bigint primary key, shop_id int, day date, amount int) distkey (sale_id) sortkey (day);
    create table sale_day (day date, shop_id int, amount bigint) distkey (shop_id);
    create table stage (sale_id bigint primary key, shop_id int, day date, amount int) distkey (sale_id);
    create table spread (sale_id bigint, amount int) diststyle even;
    create table copied (shop_id int, amount int) diststyle all;
    create table texts (sale_id varchar(20), amount int) distkey (sale_id);";

pub const ROWS: &str = r#"{"rows": {"sale": 8000000, "sale_day": 40000, "stage": 20000, "spread": 5000000, "copied": 300, "texts": 1000}}"#;

fn tables() -> (Schema, Stats) {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", DDL)));
    let stats = Stats::read(ROWS).expect("statistics");
    (schema, stats)
}

fn try_plan(statement: &str) -> Result<Planned, String> {
    let (schema, stats) = tables();
    let read = sql::parse_query(statement).map_err(|error| error.to_string())?;
    let planned = planner::plan(&read, &schema, &stats, Cluster::default().shape());
    planned.map_err(|error| error.to_string())
}

fn plan(statement: &str) -> Planned {
    try_plan(statement).unwrap_or_else(|error| panic!("{error}: {statement}"))
}

fn writes(statement: &str) -> Writes {
    let planned = plan(statement);
    planned.plan.writes.unwrap_or_else(|| panic!("{statement}"))
}

fn work(planned: &Planned) -> Work {
    let (schema, stats) = tables();
    measure(
        &planned.plan,
        &Context::new(Cluster::default().shape()).with(&schema, &stats),
    )
}

/// The steps without numbers.
fn steps(statement: &str) -> String {
    let text = plan(statement).plan.to_string();
    let lines = text
        .lines()
        .map(|line| line.split("  (cost").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The plans that AWS prints for such statements: Amazon Redshift Database Developer Guide, CTAS
/// usage notes and EXPLAIN. Nothing is sent to the leader node, and there is no step that writes.
#[test]
fn a_table_that_is_created_gets_the_plan_of_its_query_without_the_leader() {
    insta::assert_snapshot!(steps("create table a as select sale_id, day from sale"), @"XN Seq Scan on sale");
    insta::assert_snapshot!(steps("create table a as select sale_id, day from sale order by sale_id"), @r"
    XN Sort
      Sort Key: sale_id
      ->  XN Seq Scan on sale
    ");
    insta::assert_snapshot!(steps("create table a as select sale_id, day from sale limit 100"), @r"
    XN Limit
      ->  XN Seq Scan on sale
    ");
    insta::assert_snapshot!(steps("create table a as select shop_id, sum(amount) from sale group by shop_id"), @r"
    XN HashAggregate
      ->  XN Seq Scan on sale
    ");
    let sorted = steps("create table a as select sale_id from sale order by sale_id");
    for statement in [
        "create temp table a as select sale_id from sale order by sale_id",
        "create table a (b) as select sale_id from sale order by sale_id",
        "create table a distkey (sale_id) as (select sale_id from sale order by sale_id)",
        "create materialized view a as select sale_id from sale order by sale_id",
        "select sale_id into a from sale order by sale_id",
        "insert into spread (sale_id) select sale_id from sale order by sale_id",
        "insert into spread (sale_id) (select sale_id from sale order by sale_id)",
        "unload ('select sale_id from sale order by sale_id') to 's3://b/p' iam_role default",
    ] {
        assert_eq!(steps(statement), sorted, "{statement}");
        assert_eq!(
            steps(&format!("explain {statement}")),
            sorted,
            "{statement}"
        );
    }
    assert!(steps("select sale_id from sale order by sale_id").contains("Send to leader"));
}

/// A public plan of `UPDATE all_events SET user_id = test_table.user_id FROM test_table WHERE
/// all_events.event_id = test_table.event_id` is the hash join of the two, the target outside:
/// 63 bytes of the target's row and 8 of the new value make the 71 of the join
/// (gist james727/f749641d76ce869b6b4eba7e54c4347c).
#[test]
fn a_change_of_rows_is_the_join_of_its_target() {
    let statement =
        "update spread set amount = s.amount from stage s where spread.sale_id = s.sale_id";
    insta::assert_snapshot!(steps(statement), @r#"
    XN Hash Join DS_BCAST_INNER
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on spread
      ->  XN Hash
            ->  XN Seq Scan on stage s
    "#);
    let planned = plan(statement);
    let width = |id: usize| planned.plan.nodes[id].width;
    assert_eq!(width(1), Some(12.0), "sale_id and amount");
    assert_eq!(width(0), Some(16.0), "the row and the new amount");
    insta::assert_snapshot!(steps("delete from sale using stage s where sale.sale_id = s.sale_id"), @r#"
    XN Hash Join DS_DIST_NONE
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on sale
      ->  XN Hash
            ->  XN Seq Scan on stage s
    "#);
    insta::assert_snapshot!(steps("delete from sale where sale_id in (select sale_id from stage)"), @r#"
    XN Hash IN Join DS_DIST_NONE
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on sale
      ->  XN Hash
            ->  XN Seq Scan on stage
    "#);
    insta::assert_snapshot!(steps("delete from sale where day < '2020-01-01'"), @r"
    XN Seq Scan on sale
      Filter: (day < '2020-01-01'::date)
    ");
    insta::assert_snapshot!(steps("delete from sale"), @"XN Seq Scan on sale");
    insta::assert_snapshot!(steps("update sale set amount = 0"), @"XN Seq Scan on sale");
    let one = steps("delete from sale using stage where sale.sale_id = stage.sale_id");
    for same in [
        "delete sale using stage where sale.sale_id = stage.sale_id",
        "delete from sale using sale join stage on sale.sale_id = stage.sale_id",
    ] {
        assert_eq!(steps(same), one, "{same}");
    }
}

#[test]
fn a_merge_is_the_join_of_source_and_target() {
    let both = "merge into sale using stage s on sale.sale_id = s.sale_id \
        when matched then update set amount = s.amount \
        when not matched then insert values (s.sale_id, s.shop_id, s.day, s.amount)";
    insta::assert_snapshot!(steps(both), @r#"
    XN Hash Right Join DS_DIST_NONE
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on sale
      ->  XN Hash
            ->  XN Seq Scan on stage s
    "#);
    let writes = plan(both).plan.writes.expect("it writes");
    assert_eq!((writes.rows, writes.deleted), (20_000.0, 20_000.0));
    assert!(
        plan(both)
            .assumptions
            .iter()
            .any(|said| said.contains("does not explain MERGE"))
    );
    insta::assert_snapshot!(steps("merge into sale using stage on sale.sale_id = stage.sale_id remove duplicates"), @r#"
    XN Hash Right Join DS_DIST_NONE
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on sale
      ->  XN Hash
            ->  XN Seq Scan on stage
    "#);
    insta::assert_snapshot!(steps(
        "merge into sale using stage s on sale.sale_id = s.sale_id when matched then delete \
         when not matched then insert (sale_id, amount) values (s.sale_id, s.amount)"
    ), @r#"
    XN Hash Right Join DS_DIST_NONE
      Hash Cond: ("outer".sale_id = "inner".sale_id)
      ->  XN Seq Scan on sale
      ->  XN Hash
            ->  XN Seq Scan on stage s
    "#);
}

/// A few rows that are merged into many change a few: ON tells the target's rows apart, whatever
/// the source's rows are told apart by.
#[test]
fn a_merge_writes_no_more_than_its_source_where_nothing_is_known_of_its_keys() {
    let when = "when matched then update set amount = s.amount
        when not matched then insert values (s.day, s.shop_id, s.amount)";
    for (source, on, most) in [
        (
            "stage s",
            "sale_day.day = s.day and sale_day.shop_id = s.shop_id",
            20_000.0,
        ),
        (
            "stage s",
            "s.shop_id = sale_day.shop_id and s.day = sale_day.day",
            20_000.0,
        ),
        (
            "(select day, shop_id, sum(amount) amount from stage group by 1, 2) s",
            "sale_day.day = s.day and sale_day.shop_id = s.shop_id",
            20_000.0,
        ),
        ("copied s", "sale_day.shop_id = s.shop_id", 300.0),
    ] {
        let when = match source {
            "copied s" => {
                "when matched then update set amount = s.amount
                when not matched then insert values (current_date, s.shop_id, s.amount)"
            }
            _ => when,
        };
        let merge = format!("merge into sale_day using {source} on {on} {when}");
        let rows = writes(&merge).rows;
        assert!(rows >= 1.0 && rows <= most, "{rows}: {merge}");
    }
}

#[test]
fn rows_of_a_statement_that_writes_do_not_go_to_the_leader() {
    for (statement, sent) in [
        ("select * from sale", true),
        ("insert into spread select sale_id, amount from sale", false),
        ("create table a as select * from sale", false),
        ("select * into a from sale", false),
        ("update sale set amount = amount + 1", false),
        ("delete from sale", false),
        (
            "unload ('select * from sale') to 's3://b/p' iam_role default",
            false,
        ),
        ("create table a as select * from sale order by day", false),
    ] {
        let planned = plan(statement);
        let rows: f64 = work(&planned)
            .steps
            .iter()
            .map(|step| step.leader_rows)
            .sum();
        assert_eq!(rows > 0.0, sent, "{statement}: {rows}");
    }
}

#[test]
fn rows_go_where_the_targets_distribution_keeps_them() {
    let key = |name: &str| distkey::name::Ident::folded(name);
    for (statement, placement) in [
        // By the key, through aliases, subqueries and joins that keep the rows in place.
        (
            "insert into stage select * from sale",
            Placement::Placed(key("sale_id")),
        ),
        (
            "insert into stage (amount, sale_id) select amount, sale_id from sale",
            Placement::Placed(key("sale_id")),
        ),
        (
            "insert into stage select x.sale_id, 1, null, 2 from (select sale_id from sale) x",
            Placement::Placed(key("sale_id")),
        ),
        (
            "insert into stage select a.* from sale a join stage b on a.sale_id = b.sale_id",
            Placement::Placed(key("sale_id")),
        ),
        // Another column, an expression, a default, another type, another distribution.
        (
            "insert into stage (amount, sale_id) select sale_id, amount from sale",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into stage select sale_id + 1, shop_id, day, amount from sale",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into stage (amount) select amount from sale",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into texts select sale_id, amount from sale",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into stage (sale_id) select sale_id from spread",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into sale_day select day, shop_id, sum(amount) from sale group by 1, 2",
            Placement::Hashed(key("shop_id")),
        ),
        (
            "insert into stage values (1, 2, '2020-01-01', 3)",
            Placement::Hashed(key("sale_id")),
        ),
        (
            "insert into stage select shop_id, 1, null, amount from copied",
            Placement::Placed(key("sale_id")),
        ),
        (
            "insert into spread select sale_id, amount from sale",
            Placement::RoundRobin,
        ),
        (
            "insert into copied select shop_id, amount from sale",
            Placement::EveryNode,
        ),
        (
            "insert into nosuch select shop_id, amount from sale",
            Placement::Unknown,
        ),
        // A new table takes the plan's distribution, unless it says one.
        (
            "create table a as select sale_id from sale",
            Placement::Stay,
        ),
        (
            "create table a distkey (shop_id) as select shop_id, sale_id from sale",
            Placement::Hashed(key("shop_id")),
        ),
        (
            "create table a (b, c) distkey (c) as select shop_id, sale_id from sale",
            Placement::Placed(key("c")),
        ),
        (
            "create table a diststyle all as select sale_id from sale",
            Placement::EveryNode,
        ),
        (
            "create materialized view a as select sale_id from sale",
            Placement::RoundRobin,
        ),
        // An old row is where its key is, unless it is joined elsewhere or the key changes.
        (
            "update sale set amount = 1",
            Placement::Placed(key("sale_id")),
        ),
        (
            "update sale set sale_id = shop_id",
            Placement::Hashed(key("sale_id")),
        ),
        ("update spread set amount = 1", Placement::Stay),
        ("delete from sale", Placement::Stay),
    ] {
        assert_eq!(writes(statement).placement, placement, "{statement}");
    }
}

#[test]
fn rows_and_bytes_are_those_of_the_target() {
    let inserted = writes("insert into spread select sale_id, amount from sale");
    assert_eq!(
        (inserted.rows, inserted.width, inserted.deleted),
        (8e6, 12.0, 0.0)
    );
    // A whole row is written anew, whatever is assigned.
    let updated = writes("update sale set amount = 1");
    assert_eq!(
        (updated.rows, updated.width, updated.deleted),
        (8e6, 20.0, 8e6)
    );
    let deleted = writes("delete from sale");
    assert_eq!(
        (deleted.rows, deleted.bytes(), deleted.deleted),
        (0.0, 0.0, 8e6)
    );
    // A row is changed once, however often it is joined.
    let once = writes("delete from copied using sale where copied.shop_id = sale.shop_id");
    assert_eq!(once.deleted, 300.0);
    let values = writes("insert into copied values (1, 2), (3, 4)");
    assert_eq!((values.rows, values.width), (2.0, 8.0));
    let listed = writes("insert into copied (amount) values (2)");
    assert_eq!((listed.rows, listed.width), (1.0, 4.0));
    assert_eq!(writes("insert into copied default values").rows, 1.0);
    // Nothing is known of the two keys: the middle of the way from one group to all rows, as
    // the more varied of both is taken to make them.
    let grouped =
        writes("insert into sale_day select day, shop_id, sum(amount) from sale group by 1, 2");
    assert!((grouped.rows - 8e6_f64.powf(0.5_f64.sqrt())).abs() < 1.0);
}

#[test]
fn what_is_redistributed_is_work_and_a_better_key_saves_it() {
    let moved = |statement: &str| work(&plan(statement)).network_bytes();
    let nodes = Cluster::default().shape().nodes;
    assert_eq!(moved("insert into stage select * from sale"), 0.0);
    assert_eq!(
        moved("insert into spread select sale_id, amount from sale"),
        8e6 * 12.0 * (nodes - 1.0) / nodes
    );
    assert_eq!(
        moved("insert into copied select shop_id, amount from sale"),
        8e6 * 8.0 * nodes
    );
}

/// No public timings of writes were found: the time of the plan is a lower end.
#[test]
fn a_statement_that_writes_is_never_said_to_keep_its_budget() {
    let verdict = |statement: &str, budget: f64| {
        let planned = plan(statement);
        let cluster = Cluster::default();
        predict(
            &planned.plan,
            &work(&planned),
            &Request::new(budget, &cluster),
        )
        .verdict
    };
    assert_eq!(
        verdict("select count(*) from copied", 60_000.0),
        Verdict::Within
    );
    assert_eq!(verdict("delete from copied", 60_000.0), Verdict::CannotTell);
    assert_eq!(
        verdict("create table a as select * from copied", 60_000.0),
        Verdict::CannotTell
    );
    assert_eq!(
        verdict("insert into stage select * from sale", 1.0),
        Verdict::Over
    );
}

#[test]
fn with_stands_before_and_inside() {
    let plain = steps("insert into spread select sale_id, amount from sale where amount > 3");
    assert_eq!(
        steps(
            "insert into spread with c as (select * from sale where amount > 3) select sale_id, amount from c"
        ),
        plain
    );
    let deleted = steps("delete from sale where sale_id in (select sale_id from stage)");
    assert_eq!(
        steps(
            "with c as (select sale_id from stage) delete from sale where sale_id in (select sale_id from c)"
        ),
        deleted
    );
}

#[test]
fn what_does_not_fit_the_target_is_refused_with_its_place() {
    let error = |statement: &str| try_plan(statement).expect_err(statement);
    insta::assert_snapshot!(error("insert into spread (sale_id,\n  amuont) select sale_id, amount from sale"), @"column `spread.amuont` is in none of the tables in scope, line 2, column 3; did you mean `amount`?");
    insta::assert_snapshot!(error("insert into spread select sale_id, amount, day from sale"), @"Redshift refuses an INSERT of more values than columns, line 1, column 20: `3 values for 2 columns of spread`");
    insta::assert_snapshot!(error("update spraed set amount = 1"), @"table `spraed` is not defined in the DDL, line 1, column 8; did you mean `spread`?");
    insta::assert_snapshot!(error("update spread set\n amuont = 1"), @"column `spread.amuont` is in none of the tables in scope, line 2, column 2; did you mean `amount`?");
    insta::assert_snapshot!(error("delete from spread\nwhere amuont = 1"), @"column `amuont` is in none of the tables in scope, line 2, column 7; did you mean `amount`?");
    insta::assert_snapshot!(error("create table a distkey (shop) as select shop_id from sale"), @"column `shop` is in none of the tables in scope, line 1, column 34");
    insta::assert_snapshot!(error("unload ('select sale_id\nfrom sael') to 's3://b/p' iam_role default"), @"table `sael` is not defined in the DDL, line 2, column 6; did you mean `sale`?");
    insta::assert_snapshot!(error("vacuum sale"), @"VACUUM has no plan: Redshift explains SELECT, SELECT INTO, CREATE TABLE AS, INSERT, UPDATE and DELETE");
    insta::assert_snapshot!(error("create table a (b int)"), @"CREATE TABLE has no plan: Redshift explains SELECT, SELECT INTO, CREATE TABLE AS, INSERT, UPDATE and DELETE");
    let unknown = plan("insert into stgae select * from sale").assumptions;
    insta::assert_snapshot!(unknown.join("\n"), @"`stgae` is not defined in the DDL (the nearest is `stage`): where its rows go is not known.");
}
