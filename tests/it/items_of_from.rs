//! Items of FROM beside tables and subqueries, and expressions that only Redshift has: planned
//! as its documentation says what they mean, and refused where it refuses them.

use crate::support::plan_query;

const DDL: &str = "
    create table reading (station varchar(20), kind varchar(10), taken_at timestamp, degrees decimal(5,2))
        distkey (station) sortkey (taken_at);
    create table quarter (shop int, q1 int, q2 int, q3 int, q4 int) diststyle even;
    create table basket (basket_id bigint, shop int, items super, tags super, note varchar(80))
        distkey (basket_id) sortkey (basket_id);
    create table shop (shop int, parent int, city varchar(40)) diststyle all;
    create table payment (basket_id bigint, cents int, way varchar(10)) distkey (basket_id) sortkey (basket_id);
    create table sales.ledger (id bigint, amount int, data super) diststyle even;";

/// The plan, and what it rests on beside rows and distributions that are not known.
fn plan(query: &str) -> String {
    let planned = plan_query(DDL, query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let steps: String = planned
        .plan
        .to_string()
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .map(|line| format!("{line}\n"))
        .collect();
    let rests = planned.assumptions.iter().filter(|sentence| {
        !sentence.starts_with("The rows of") && !sentence.starts_with("No distinct counts")
    });
    let rests: String = rests.map(|sentence| format!("* {sentence}\n")).collect();
    steps + &rests
}

fn refused(query: &str) -> String {
    match plan_query(DDL, query) {
        Ok(planned) => panic!("planned: {query}\n{}", planned.plan),
        Err(error) => error.to_string(),
    }
}

fn rows(query: &str) -> f64 {
    let planned = plan_query(DDL, query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let root = planned.plan.nodes.first().and_then(|node| node.rows);
    root.unwrap_or_else(|| panic!("no rows: {query}"))
}

fn same_plan(query: &str, other: &str) {
    assert_eq!(plan(query), plan(other), "{query}\n{other}");
}

/// Amazon Redshift Database Developer Guide, FROM clause: "PIVOT is similar to a GROUP BY query
/// with an aggregation"; usage notes for what it takes.
#[test]
fn pivot_groups_by_the_columns_that_it_does_not_name() {
    insta::assert_snapshot!(plan(
        "select * from reading pivot (avg(degrees) as mean for kind in ('air' as air, 'water')) p order by station",
    ));
    // Its shape is that of the grouping that it stands for.
    same_plan(
        "select * from (select station, kind, degrees from reading) pivot (max(degrees) for kind in ('air', 'soil')) p",
        "select * from (select station, max(case when kind = 'air' then degrees end) air, max(case when kind = 'soil' then degrees end) soil
         from (select station, kind, degrees from reading) group by 1) p",
    );
    // Nothing is left to group by: one row.
    assert_eq!(
        rows(
            "select * from (select kind, degrees from reading) pivot (sum(degrees) for kind in ('air', 'water'))"
        ),
        1.0
    );
}

#[test]
fn the_columns_of_pivot_have_the_names_of_aliases_or_constants() {
    for query in [
        "select p.air_n, p.water_n from reading pivot (count(*) n for kind in ('air' air, 'water' as water)) p",
        "select air, \"5\", \"null\" from reading pivot (count(*) for kind in ('AIR', 5, null))",
        "select air from reading pivot (count(distinct degrees) for kind in ('air', 'water'))",
        "select p.b from (select kind, degrees from reading) pivot (min(degrees) for kind in ('x', 'y')) as p (a, b)",
        "with r as (select kind, degrees from reading) select x from r pivot (min(degrees) for kind in ('x')) where x > 3",
    ] {
        plan(query);
    }
    assert!(
        refused("select air from reading pivot (count(*) n for kind in ('air' air))")
            .contains("column `air` is in none of the tables")
    );
}

#[test]
fn what_pivot_does_not_take_is_refused() {
    let refusals: Vec<String> = [
        "select * from reading pivot (stddev(degrees) for kind in ('air'))",
        "select * from reading pivot (sum(degrees), max(degrees) for kind in ('air'))",
        "select * from reading pivot (sum(degrees) for kind in (station))",
        "select * from reading pivot (sum(degrees) for kind in ((select max(kind) from reading)))",
        "select * from reading pivot (sum(degrees) for kind in ('air')) pivot (count(*) for station in ('x'))",
        "select * from basket b, b.items pivot (count(*) for basket_id in (1))",
        "select * from quarter unpivot (v for n in (q1, q2)) unpivot (w for m in (q3, q4))",
        "select * from quarter unpivot (v for n in (q1 + 1, q2))",
        "with recursive r (n) as (select 1 union all select n + 1 from r where n < 9) select * from r pivot (count(*) for n in (1))",
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!(refusals.join("\n"));
}

/// The same: "UNPIVOT combines the data of its input columns into two result columns".
#[test]
fn unpivot_makes_a_row_of_each_column() {
    insta::assert_snapshot!(plan(
        "select shop, quarter, sold from quarter unpivot include nulls (sold for quarter in (q1, q2 as second, q3 third)) where sold > 5 and shop = 3",
    ));
    let three = "select * from quarter unpivot include nulls (v for n in (q1, q2, q3))";
    assert_eq!(rows(three), 3.0 * rows("select * from quarter"));
    // What is NULL is left out, unless it is asked for: how often that is, is not known.
    assert!(!plan(three).contains("NULL is not known"));
    for nulls in ["", "exclude nulls"] {
        let query = format!("select * from quarter unpivot {nulls} (v for n in (q1, q2, q3))");
        assert!(
            plan(&query).contains("may be as few as one for each row"),
            "{query}"
        );
    }
    // Each column of the list is one value of the name column.
    assert_eq!(
        rows("select n, sum(v) from quarter unpivot (v for n in (q1, q2, q3)) group by 1"),
        3.0
    );
}

/// Querying semi-structured data: navigation, unnesting, object unpivoting. No public plan shows
/// the step; two show what reads a table with SUPER columns (`XN Seq Scan on
/// customer_orders_lineitem c`).
#[test]
fn arrays_are_unnested_over_the_rows_that_hold_them() {
    insta::assert_snapshot!(plan(
        "select b.basket_id, i.sku, n, p.way
         from basket b, b.items as i at n, i.parts part, payment p
         where p.basket_id = b.basket_id and part.weight > 3 and b.shop = 7 and i.price::decimal(9,2) > 10",
    ));
    insta::assert_snapshot!(plan(
        "select b.basket_id, i.sku, p.cents from basket b join payment p on p.basket_id = b.basket_id left join b.items i on i.cents = p.cents",
    ));
    insta::assert_snapshot!(plan(
        "select attribute, count(*) from basket b, unpivot b.tags as v at attribute group by 1",
    ));
    for (query, other) in [
        (
            "select o.i from basket b, unnest(b.items) as o (i)",
            "select i.i from basket b, b.items o, o i",
        ),
        (
            "select i from basket b, unnest(b.items) with offset as o (i, n)",
            "select i from basket b, b.items i at n",
        ),
    ] {
        plan(query);
        plan(other);
    }
    same_plan(
        "select b.basket_id, i.a from basket b join b.items i on i.x = 3",
        "select b.basket_id, i.a from basket b, b.items i where i.x = 3",
    );
    // A row without elements stays in a left join.
    let left = "select b.basket_id from basket b left join b.items i on i.x = 3";
    assert_eq!(rows(left), rows("select basket_id from basket"));
}

#[test]
fn a_path_is_an_expression_of_its_own() {
    insta::assert_snapshot!(plan(
        "select b.items[0].price, b.items[0].sku, count(*) from basket b
         where b.tags.colour = 'red' and b.tags.\"size\"[1]::int > 3 and items[0].gone is null
         group by b.items[0].price, b.items[0].sku",
    ));
    for query in [
        "select t.a.b from (select tags a from basket) t",
        "with j as (select json_parse(note) as parsed from basket) select i.x::int from j, j.parsed.list i where i.y is not null",
        "select json_extract_path_text(note, 'a', 'b'), json_array_length(note), is_valid_json(note) from basket",
        "select sales.ledger.data.x, ledger.data.y, data.z from sales.ledger",
        "select tags.a as x, x + 1 from basket order by tags.a",
        "select b.items[n].sku, b.tags[mod(n, 3) + 1]::float8 from basket b, b.items i at n",
    ] {
        plan(query);
    }
    for (query, says) in [
        (
            "select b.note.x from basket b",
            "column `note.x` is in none of the tables",
        ),
        (
            "select n from basket b, b.note n",
            "neither SUPER nor an array",
        ),
        ("select n from basket b, b.itms n", "did you mean `items`?"),
        (
            "select 1 from basket b right join b.items i on true",
            "Redshift refuses a right or full join",
        ),
        (
            "select (select count(*) from b.items i) from basket b",
            "the query around a subquery",
        ),
    ] {
        let error = refused(query);
        assert!(error.contains(says), "{query}: {error}");
    }
}

/// A name with a dot in FROM is a table where no alias says otherwise.
#[test]
fn a_schema_is_no_alias() {
    assert!(plan("select id from basket b, sales.ledger").contains("Seq Scan on ledger"));
    let alias = "select l.id, i.x from basket sales, sales.ledger l, sales.items i";
    assert!(
        plan(alias).contains("Seq Scan on ledger l"),
        "{}",
        plan(alias)
    );
    assert!(
        plan(alias).contains("Unnest sales.items i"),
        "{}",
        plan(alias)
    );
}

/// Oracle-style outer joins in the WHERE clause: each is the same as the join in FROM.
#[test]
fn a_plus_in_where_is_an_outer_join() {
    for (query, other) in [
        (
            "select s.city, p.way from shop s, payment p where s.shop = p.cents(+) and p.way(+) = 'card' and s.parent = 1",
            "select s.city, p.way from shop s left join payment p on s.shop = p.cents and p.way = 'card' where s.parent = 1",
        ),
        (
            "select count(*) from basket b, payment p where b.basket_id(+) = p.basket_id and b.shop(+) < p.cents",
            "select count(*) from payment p left join basket b on b.basket_id = p.basket_id and b.shop < p.cents",
        ),
        (
            "select a.city from shop a, shop b, shop c where a.parent = b.shop(+) and b.parent = c.shop(+)",
            "select a.city from shop a left join shop b on a.parent = b.shop left join shop c on b.parent = c.shop",
        ),
        (
            "select a.city from shop a, basket b, payment p where b.shop(+) * 10 = a.shop and a.shop = p.cents(+)",
            "select a.city from shop a left join basket b on b.shop * 10 = a.shop left join payment p on a.shop = p.cents",
        ),
        // A condition without it drops the rows that were kept.
        (
            "select p.way from basket b, payment p where b.basket_id = p.basket_id(+) and p.way = 'card'",
            "select p.way from basket b, payment p where b.basket_id = p.basket_id and p.way = 'card'",
        ),
        // Alone with a constant there is nothing to join.
        (
            "select way from payment where cents(+) = 5",
            "select way from payment where cents = 5",
        ),
    ] {
        same_plan(query, other);
    }
    insta::assert_snapshot!(plan(
        "select b.basket_id, p.cents from basket b, (select * from payment where way = 'card') p where b.basket_id = p.basket_id(+)",
    ));
    // "A join with mixed syntax styles runs as an inner join, without warning."
    let mixed = plan(
        "select b.shop from basket b, payment p where b.basket_id = p.basket_id(+) and b.shop = p.cents",
    );
    assert!(
        !mixed.contains("Left Join") && mixed.contains("inner join: Redshift wants the (+) on all"),
        "{mixed}"
    );
}

#[test]
fn what_the_plus_may_not_do_is_refused() {
    let refusals: Vec<String> = [
        "select 1 from basket b, payment p where b.basket_id = p.basket_id(+) or b.shop = 1",
        "select 1 from basket b, payment p where b.basket_id = p.basket_id(+) and p.cents(+) in (1, 2)",
        "select 1 from basket b, payment p where b.basket_id(+) = p.basket_id(+)",
        "select 1 from basket b, payment p, shop s where b.basket_id(+) = p.basket_id and b.shop(+) = s.shop",
        "select 1 from basket b, payment p where b.basket_id(+) = p.basket_id and b.shop = p.cents(+)",
        "select 1 from basket b join shop s on s.shop = b.shop, payment p where b.basket_id = p.basket_id(+)",
        "select p.cents(+) from basket b, payment p where b.basket_id = p.basket_id",
        "select 1 from basket b, payment p where b.basket_id = p.basket_id order by p.cents(+)",
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!(refusals.join("\n"));
}

/// WITH clause, Example: Recursive CTE. No public plan of Redshift shows one.
#[test]
fn a_recursive_cte_is_its_two_parts_over_what_they_made() {
    insta::assert_snapshot!(plan(
        "with recursive below (shop, city, depth) as (
             select shop, city, 1 from shop where city = 'Ulm'
             union all
             select s.shop, s.city, depth + 1 from shop s, below b where s.parent = b.shop and depth < 4)
         select distinct city from below order by city",
    ));
    let planned = plan_query(
        DDL,
        "with recursive t (n) as (select shop from shop union all select n + 1 from t) select n from t",
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let append = planned
        .plan
        .nodes
        .iter()
        .find(|node| node.operator.name() == "Append");
    let range = append.map(|node| node.row_range()).expect("an Append");
    // All that is certain is what the first part makes.
    assert!(range.low < 0.01 && range.high >= 1000.0, "{range:?}");
    // What does not read itself is no recursion.
    same_plan(
        "with recursive t (n) as (select shop from shop union all select parent from shop) select n from t",
        "with t (n) as (select shop from shop union all select parent from shop) select n from t",
    );
}

#[test]
fn a_recursion_in_another_form_is_refused() {
    let refusals: Vec<String> = [
        "with recursive t as (select 1 n union all select n + 1 from t) select n from t",
        "with recursive t (n) as (select 1 union select n + 1 from t) select n from t",
        "with recursive t (n) as (select n + 1 from t) select n from t",
        "with recursive t (n) as (select n from t union all select 1) select n from t",
        "with recursive t (n) as (select 1 union all select n + 1 from t limit 5) select n from t",
        "select n from (with recursive t (n) as (select 1 union all select n + 1 from t) select n from t)",
        "with t (n) as (select 1 union all select n + 1 from t) select n from t",
        "with recursive a (n) as (select 1 union all select n from b), b (n) as (select 1 union all select n from a) select n from a",
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!(refusals.join("\n"));
}

/// CONNECT BY clause: FROM, then the hierarchy, then WHERE; LEVEL is 1 for the root rows.
#[test]
fn a_hierarchy_is_a_recursion_in_the_place_of_from() {
    insta::assert_snapshot!(plan(
        "select city, level from shop where level < 4 start with parent is null connect by prior shop = parent and city <> 'Ulm'",
    ));
    for query in [
        "select count(*) from shop connect by prior shop = parent start with city = 'Ulm'",
        "select s.city, b.basket_id from shop s join basket b on b.shop = s.shop connect by prior s.shop = s.parent and level < 9",
        "select * from shop s join basket b using (shop) start with parent = 1 connect by parent = prior shop",
        "with s as (select * from shop where city > 'A') select max(level) from s connect by prior shop = parent",
    ] {
        assert!(plan(query).contains("`hierarchy` is recursive"), "{query}");
    }
    // The level is no column of the star.
    let star =
        plan_query(DDL, "select * from shop connect by prior shop = parent").expect("a plan");
    let width = star.plan.nodes.first().and_then(|node| node.width);
    let plain = plan_query(DDL, "select * from shop").expect("a plan");
    assert_eq!(width, plain.plan.nodes.first().and_then(|node| node.width));
    assert!(
        refused("select city from shop connect by shop = parent")
            .contains("CONNECT BY without PRIOR")
    );
}

/// EXCLUDE column_list: it ends the select list, with or without parentheses.
#[test]
fn excluded_columns_are_not_read() {
    for (query, other) in [
        (
            "select * exclude (q1, q2) from quarter",
            "select shop, q3, q4 from quarter",
        ),
        (
            "select * exclude q1, q2 from quarter",
            "select shop, q3, q4 from quarter",
        ),
        (
            "select q.* exclude shop from quarter q",
            "select q.q1, q.q2, q.q3, q.q4 from quarter q",
        ),
        (
            "select s.*, q.* exclude (shop, q1) from quarter q join shop s on s.shop = q.shop",
            "select s.parent, s.city, q.q2, q.q3, q.q4 from quarter q join shop s on s.shop = q.shop",
        ),
        (
            "select count(*) from (select * exclude q1 from quarter) x where x.q2 > 1",
            "select count(*) from quarter where q2 > 1",
        ),
        (
            "select top 5 city from shop",
            "select city from shop limit 5",
        ),
    ] {
        let (a, b) = (plan(query), plan(other));
        let widths = |text: &str| {
            text.lines()
                .filter_map(|line| line.split("width=").nth(1))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(widths(&a), widths(&b), "{query}\n{a}\n{b}");
    }
    for query in [
        "select * exclude q9 from quarter",
        "select * exclude (q1), q2 from quarter",
        "select * exclude q1, q2 + 1 from quarter",
        "select q1 from (select * exclude q1 from quarter)",
    ] {
        refused(query);
    }
}

/// The DDL does not tell databases apart.
#[test]
fn a_database_before_the_schema_is_left_out() {
    same_plan(
        "select id from dev.sales.ledger",
        "select id from sales.ledger",
    );
    same_plan(
        "select dev.sales.ledger.id from dev.sales.ledger",
        "select sales.ledger.id from sales.ledger",
    );
    let two = "select a.id from dev.sales.ledger a join live.sales.ledger b on a.id = b.id";
    assert!(
        plan(two).contains("in the databases `dev` and `live`"),
        "{}",
        plan(two)
    );
    plan(
        "select dev.sales.ledger.id, live.sales.ledger.id from dev.sales.ledger, live.sales.ledger",
    );
    assert!(
        refused("select sales.ledger.id from dev.sales.ledger, live.sales.ledger")
            .contains("ambiguous")
    );
    assert!(
        refused("select live.sales.ledger.id from dev.sales.ledger")
            .contains("in none of the tables")
    );
}

/// COUNT, APPROXIMATE PERCENTILE_DISC, LISTAGG, MEDIAN, PERCENTILE_CONT: aggregates and windows.
#[test]
fn aggregates_of_redshift_are_planned() {
    // A sketch keeps no distinct values apart.
    assert!(plan("select count(distinct shop) from basket").contains("volt_dt_0"));
    insta::assert_snapshot!(plan("select approximate count(distinct shop) from basket"));
    insta::assert_snapshot!(plan(
        "select percentile_cont(0.5) within group (order by cents) over (partition by way), median(cents) over (partition by way) from payment",
    ));
    for query in [
        "select way, approximate percentile_disc(0.5) within group (order by cents) from payment group by way",
        "select way, listagg(distinct cents, ',') within group (order by cents) from payment group by way",
        "select listagg(cents, ',') within group (order by cents desc) over (partition by way) from payment",
        "select percentile_disc(0.5) within group (order by cents), median(cents) from payment",
        "select lag(cents, 1) ignore nulls over (partition by way order by basket_id), ratio_to_report(cents) over () from payment",
        "select last_value(cents ignore nulls) over (partition by way order by basket_id rows between unbounded preceding and unbounded following) from payment",
    ] {
        plan(query);
    }
    for query in [
        "select count(*) filter (where cents > 1) from payment",
        "select approximate count(cents) from payment",
    ] {
        assert!(refused(query).contains("Redshift refuses"), "{query}");
    }
}

/// What Redshift writes in its own way, and what it lacks.
#[test]
fn forms_of_redshift_are_read_and_those_of_others_refused() {
    for query in [
        "select convert(integer, note), convert(decimal(9,2), note) from basket",
        "select |/ cents, ||/ cents, @ cents from payment",
        "select array[1, 2, 3], array(1, cents) from payment",
        "select cents from payment where (cents > 3) is unknown or (cents < 1) is not unknown",
    ] {
        plan(query);
    }
    for query in [
        "select distinct on (way) way, cents from payment",
        "select cents from payment tablesample bernoulli (10)",
        "select s.shop, x.n from shop s, lateral (select 1 n) x",
        "select a from (values (1), (2)) v (a)",
    ] {
        assert!(refused(query).starts_with("Redshift refuses"), "{query}");
    }
}

/// Long chains end quickly, planned or refused.
#[test]
fn long_chains_end() {
    let started = std::time::Instant::now();
    let unnest = |n: usize| {
        let chain: String = (1..=n).map(|i| format!(", x{}.a x{i}", i - 1)).collect();
        format!("select count(*) from basket b, b.items x0{chain}")
    };
    plan(&unnest(200));
    assert!(refused(&unnest(1000)).contains("more than 256 relations"));
    let mut pivots = "select * from reading".to_owned();
    let mut unpivots = "select q1 v, q2 w from quarter".to_owned();
    for _ in 0..50 {
        pivots = format!("select station, kind, degrees from ({pivots}) x group by 1, 2, 3");
        pivots = format!(
            "select station, 'a' kind, a degrees from ({pivots}) x pivot (max(degrees) for kind in ('a', 'b'))"
        );
        unpivots = format!("select v2 v, v2 w from ({unpivots}) x unpivot (v2 for n in (v, w))");
    }
    plan(&pivots);
    plan(&unpivots);
    let mut ctes = "c0 (n) as (select 1 union all select n + 1 from c0)".to_owned();
    for i in 1..100 {
        ctes += &format!(
            ", c{i} (n) as (select n from c{} union all select n + 1 from c{i})",
            i - 1
        );
    }
    plan(&format!("with recursive {ctes} select count(*) from c99"));
    // Far more than it takes, even without optimization on a busy machine.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
