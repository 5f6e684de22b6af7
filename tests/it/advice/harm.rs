//! Remedies that would do harm, and are not given.

use super::*;

#[test]
fn a_small_result_over_a_large_table_is_no_reason_to_copy_the_table() {
    let text = "
XN Hash Join DS_BCAST_INNER  (cost=1500000.00..9000000.00 rows=200000000 width=30)
  Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
  ->  XN Seq Scan on events e  (cost=0.00..2000000.00 rows=200000000 width=20)
  ->  XN Hash  (cost=1200000.00..1200000.00 rows=60000 width=30)
        ->  XN Hash Join DS_DIST_NONE  (cost=100.00..1200000.00 rows=60000 width=30)
              Hash Cond: (\"outer\".order_id = \"inner\".order_id)
              ->  XN Seq Scan on orders o  (cost=0.00..850000.00 rows=85000000 width=20)
              ->  XN Hash  (cost=90.00..90.00 rows=9000 width=12)
                    ->  XN Seq Scan on refunds r  (cost=0.00..90.00 rows=9000 width=12)
";
    let explanation = explained(text, "");
    let finding = found(&explanation, "large-broadcast").expect("the broadcast");
    assert!(
        finding.remedy.text.contains("planner's own choice"),
        "{}",
        finding.remedy.text
    );
    assert!(
        !statements(&explanation)
            .iter()
            .any(|sql| sql.contains("DISTSTYLE ALL"))
    );
}

#[test]
fn the_fact_is_the_largest_table_wherever_it_stands() {
    // The fact is hashed: a filter has made it smaller than the dimension.
    let text = "
XN Hash Join DS_BCAST_INNER  (cost=900000.00..9000000.00 rows=2000000 width=60)
  Hash Cond: (\"outer\".region_id = \"inner\".region_id)
  ->  XN Hash Join DS_DIST_INNER  (cost=800000.00..8000000.00 rows=2000000 width=50)
        Inner Dist Key: f.customer_id
        Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
        ->  XN Seq Scan on customers c  (cost=0.00..40000.00 rows=4000000 width=30)
        ->  XN Hash  (cost=9000000.00..9000000.00 rows=2000000 width=24)
              ->  XN Seq Scan on payments f  (cost=0.00..9000000.00 rows=2000000 width=24)
                    Filter: (paid_on = '2026-01-01'::date)
  ->  XN Hash  (cost=0.90..0.90 rows=90 width=14)
        ->  XN Hash Join DS_DIST_ALL_NONE  (cost=0.05..0.90 rows=90 width=14)
              Hash Cond: (\"outer\".country_id = \"inner\".country_id)
              ->  XN Seq Scan on regions g  (cost=0.00..0.90 rows=90 width=14)
              ->  XN Hash  (cost=0.05..0.05 rows=5 width=4)
                    ->  XN Seq Scan on countries n  (cost=0.00..0.05 rows=5 width=4)
";
    let explanation = explained(text, "");
    if let Some(finding) = found(&explanation, "normalization-join-cost") {
        assert!(
            finding.message.contains("join to `payments`"),
            "{}",
            finding.message
        );
    }
    let sql = statements(&explanation);
    assert!(
        !sql.iter()
            .any(|sql| sql.contains("payments ALTER DISTSTYLE ALL")),
        "{sql:?}"
    );
    assert!(
        !sql.iter().any(|sql| sql.contains("countries")),
        "already on every node: {sql:?}"
    );
}

#[test]
fn a_list_of_keys_to_filter_by_is_no_lookup() {
    let join = |kind: &str| {
        format!(
            "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Hash {kind}Join DS_BCAST_INNER  (cost=800.00..8000000.00 rows=90000000 width=50)
        Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
        ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
        ->  XN Hash  (cost=900.00..900.00 rows=90000 width=4)
              ->  XN Seq Scan on chosen c  (cost=0.00..900.00 rows=90000 width=4)
  ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..900.00 rows=90000 width=14)
"
        )
    };
    let chain = |kind| found(&explained(&join(kind), ""), "normalization-join-cost").is_some();
    assert!(chain(""));
    assert!(!chain("IN "));
    assert!(!chain("NOT IN "));
}

#[test]
fn a_preserved_side_is_not_copied_to_every_node() {
    for kind in ["Right", "Full"] {
        let text = format!(
            "
XN Hash {kind} Join DS_DIST_BOTH  (cost=900.00..9000000.00 rows=90000000 width=60)
  Outer Dist Key: s.brand_id
  Inner Dist Key: b.brand_id
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=9000.00..9000.00 rows=900000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..9000.00 rows=900000 width=14)
"
        );
        let sql = statements(&explained(&text, ""));
        assert!(
            !sql.iter().any(|sql| sql.contains("DISTSTYLE ALL")),
            "{kind}: {sql:?}"
        );
        assert!(
            sql.iter().any(|sql| sql.contains("DISTKEY brand_id")),
            "{kind}: {sql:?}"
        );
    }
}

/// A join of a table with one that is called otherwise.
fn joined_with(inner: &str) -> String {
    format!(
        "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on volt_tt_5  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=14)
        ->  {inner}  (cost=0.00..40000.00 rows=4000000 width=14)
"
    )
}

#[test]
fn what_nobody_can_alter_is_not_altered() {
    for inner in [
        "XN Seq Scan on mv_tbl__brands__0 b",
        "XN Seq Scan on volt_tt_7 b",
        "XN Seq Scan on svv_table_info b",
        "XN S3 Query Scan b",
    ] {
        let explanation = explained(&joined_with(inner), "");
        assert_eq!(alters(&explanation), [""; 0], "{inner}");
    }
    // One's own table can be, and is at least tried.
    let tried = |explanation: &Explanation| {
        let finding = found(explanation, "large-broadcast");
        finding.is_some_and(|f| f.standing.gain.is_some() || f.remedy.refuted)
    };
    let own = explained(&joined_with("XN Seq Scan on brands b"), "");
    assert!(tried(&own));
    // An external table and a temporary one are known by their DDL.
    for (ddl, says) in [
        (
            "create external table brands (brand_id int) stored as parquet location 's3://x/';",
            "",
        ),
        (
            "create temp table brands (brand_id int);",
            "where it is created",
        ),
    ] {
        let explanation = explained(&joined_with("XN Seq Scan on brands b"), ddl);
        assert_eq!(alters(&explanation), [""; 0], "{ddl}");
        assert!(!tried(&explanation), "{ddl}");
        let text = &found(&explanation, "large-broadcast")
            .expect("DK101")
            .remedy
            .text;
        assert!(text.contains(says), "{text}");
    }
    // A materialized view is altered as one.
    let ddl = "create table base (brand_id int); create materialized view brands as select brand_id from base;";
    let view = explained(&joined_with("XN Seq Scan on brands b"), ddl);
    let sql = alters(&view);
    assert!(
        sql.iter()
            .all(|sql| sql.starts_with("ALTER MATERIALIZED VIEW")),
        "{sql:?}"
    );
}

#[test]
fn without_statistics_no_key_is_advised() {
    let with = format!("{STAR}\n----- Tables missing statistics: shops -----\n");
    let explanation = explained(&with, "");
    assert_eq!(alters(&explanation), [""; 0]);
    assert_eq!(statements(&explanation), ["ANALYZE shops;"]);
    let summary = &explanation.plans[0].summary;
    assert!(summary.changes.is_empty());
    assert!(
        summary
            .unknown
            .iter()
            .any(|fact| fact.contains("ANALYZE shops;"))
    );
    assert!(!alters(&explained(STAR, "")).is_empty());
}

#[test]
fn a_head_of_a_plan_warns_of_nothing_that_the_whole_plan_does_not() {
    let whole = "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000000.00 rows=90000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Hash  (cost=1.00..1.00 rows=100 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..1.00 rows=100 width=14)
";
    let head: String = whole
        .lines()
        .take(4)
        .map(|line| format!("{line}\n"))
        .collect();
    let severity = |text: &str| {
        let explanation = explained(text, "");
        let finding = found(&explanation, "large-broadcast").map(|f| f.severity);
        finding.unwrap_or(Severity::Hint)
    };
    assert_eq!(severity(whole), Severity::Hint);
    assert_eq!(severity(&head), Severity::Hint);
}

#[test]
fn a_table_is_not_smaller_than_what_its_scan_returns() {
    let text = joined_with("XN Seq Scan on brands b").replace("4000000", "9000000");
    let mut environment = environment("");
    let stats = r#"{"rows": {"brands": 1000}}"#;
    environment.stats = Some(distkey::stats::Stats::read(stats).expect("statistics"));
    let explanation = explain::explain("plan", &text, &Settings::new(environment.view()));
    let sql = statements(&explanation);
    assert!(
        !sql.iter().any(|sql| sql.contains("DISTSTYLE ALL")),
        "{sql:?}"
    );
}

#[test]
fn a_distinct_that_nothing_counts_is_not_to_be_approximated() {
    let plan = |top: &str| {
        format!(
            "{top}
        ->  XN Subquery Scan volt_dt_2  (cost=9000000.00..9000000.00 rows=8000000 width=8)
              ->  XN HashAggregate  (cost=9000000.00..9000000.00 rows=8000000 width=8)
                    ->  XN Seq Scan on facts  (cost=0.00..900000.00 rows=90000000 width=8)
"
        )
    };
    let counted = plan("XN Aggregate  (cost=9000000.00..9000000.00 rows=1 width=8)");
    assert!(found(&explained(&counted, ""), "distinct-spool").is_some());
    let merged = plan(
        "XN Hash Join DS_DIST_NONE  (cost=900.00..9000000.00 rows=80000 width=8)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on staged  (cost=0.00..900.00 rows=90000 width=8)
  ->  XN Hash  (cost=9000000.00..9000000.00 rows=8000000 width=8)",
    );
    assert!(found(&explained(&merged, ""), "distinct-spool").is_none());
}

#[test]
fn a_loop_is_told_apart_by_its_condition() {
    let plan = |filter: &str| {
        format!(
            "
XN Nested Loop DS_BCAST_INNER  (cost=0.00..9000000000.00 rows=90000000 width=60)
  Join Filter: {filter}
  ->  XN Seq Scan on sales s  (cost=0.00..900000.00 rows=90000000 width=30)
  ->  XN Seq Scan on brands b  (cost=0.00..1000.00 rows=100000 width=14)
"
        )
    };
    for (filter, says) in [
        (
            r#"(("outer".a = "inner".a) OR ("outer".b = "inner".b))"#,
            "UNION ALL",
        ),
        (r#"("outer".a <> "inner".a)"#, "inside of it"),
        (r#"("outer".a > "inner".a)"#, "date bucket"),
    ] {
        let explanation = explained(&plan(filter), "");
        let text = &found(&explanation, "nested-loop")
            .expect("DK105")
            .remedy
            .text;
        assert!(text.contains(says), "{filter}: {text}");
    }
}

#[test]
fn a_column_that_redshift_keeps_for_itself_is_no_key() {
    let plan = staged;
    assert!(!alters(&explained(&plan("id"), "")).is_empty());
    for own in ["oid", "ctid", "insertxid"] {
        assert_eq!(alters(&explained(&plan(own), "")), [""; 0], "{own}");
    }
}

/// A value that is known only at run time is one thing, a function around the column another: a
/// constant in the place of the first does not help the second.
#[test]
fn a_function_around_a_column_stands_in_the_way_of_a_constant_too() {
    let remedy = |filter: &str| {
        let text = format!(
            "XN Seq Scan on visits  (cost=0.00..1125000.00 rows=450000 width=16)\n  Filter: ({filter})"
        );
        let explanation = explained(&text, "");
        let finding = found(&explanation, "opaque-filter").expect("DK107");
        finding.remedy.text.clone()
    };
    for bare in ["day = $0", "day >= $1", "id = $2"] {
        assert!(remedy(bare).contains("as a constant"), "{bare}");
    }
    for around in [
        "date_trunc('month'::text, at) = $0",
        "(day + 1) = $1",
        "upper((name)::text) = ($0)::text",
    ] {
        assert!(remedy(around).contains("bare column"), "{around}");
    }
}

#[test]
fn without_statistics_there_is_no_verdict() {
    for (budget_ms, decided) in [(1.0, Verdict::Over), (1e9, Verdict::Within)] {
        let mut environment = environment("");
        environment.budget_ms = budget_ms;
        let verdict = |text: &str| {
            let explanation = explain::explain("plan", text, &Settings::new(environment.view()));
            explanation.plans[0].prediction.verdict
        };
        assert_eq!(verdict(STAR), decided);
        for tables in ["shops", "shops, orders", "visits, orders, shops"] {
            let with = format!("{STAR}\n----- Tables missing statistics: {tables} -----\n");
            assert_eq!(verdict(&with), Verdict::CannotTell, "{tables}");
        }
    }
}

#[test]
fn lookups_of_a_join_of_facts_are_not_said_to_be_of_one_of_them() {
    let plan = |first: &str, second: &str| {
        format!(
            "
XN Hash Join DS_BCAST_INNER  (cost=900.00..9000000.00 rows=80000000 width=60)
  Hash Cond: (\"outer\".brand_id = \"inner\".brand_id)
  ->  XN Hash Join DS_BCAST_INNER  (cost=800.00..8000000.00 rows=80000000 width=50)
        Hash Cond: (\"outer\".city_id = \"inner\".city_id)
        ->  XN Merge Join DS_DIST_NONE  (cost=0.00..4000000.00 rows=80000000 width=40)
              Merge Cond: (\"outer\".id = \"inner\".id)
              ->  XN Seq Scan on {first}  (cost=0.00..900000.00 rows=90000000 width=20)
              ->  XN Seq Scan on {second}  (cost=0.00..800000.00 rows=80000000 width=20)
        ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
              ->  XN Seq Scan on cities c  (cost=0.00..900.00 rows=90000 width=14)
  ->  XN Hash  (cost=900.00..900.00 rows=90000 width=14)
        ->  XN Seq Scan on brands b  (cost=0.00..900.00 rows=90000 width=14)
"
        )
    };
    for (first, second) in [("listings", "sales"), ("sales", "listings"), ("a", "b")] {
        let explanation = explained(&plan(first, second), "");
        let message = &found(&explanation, "normalization-join-cost")
            .expect("DK108")
            .message;
        assert!(message.contains("join to the join of `"), "{message}");
        assert!(
            message.contains(first) && message.contains(second),
            "{message}"
        );
        // Whose column a lookup is asked for is not in the plan.
        let remedy = &found(&explanation, "normalization-join-cost")
            .expect("DK108")
            .remedy;
        for table in [first, second] {
            assert!(
                !remedy.text.contains(&format!("in `{table}`")),
                "{}",
                remedy.text
            );
        }
        // What is joined above the lookups is not what they are looked up from.
        let above = format!(
            "
XN Hash Join DS_BCAST_INNER  (cost=900.00..99000000.00 rows=80000000 width=60)
  Hash Cond: (\"outer\".user_id = \"inner\".user_id)
  ->{}
  ->  XN Hash  (cost=900.00..900.00 rows=85000000 width=14)
        ->  XN Seq Scan on users u  (cost=0.00..900.00 rows=85000000 width=14)
",
            plan(first, second)
                .trim_end()
                .replace('\n', "\n      ")
                .trim_start()
                .replacen("XN", "  XN", 1)
        );
        let explanation = explained(&above, "");
        let message = &found(&explanation, "normalization-join-cost")
            .expect("DK108")
            .message;
        assert!(
            !message.contains("users") && !message.contains("3 tables"),
            "{message}"
        );
    }
}

/// Which of several join columns has values enough for a DISTKEY stands in no plan, and a table
/// whose scan filters by the column would leave its rows on few slices.
#[test]
fn no_distkey_is_copied_from_a_join_that_does_not_tell_whether_it_spreads() {
    let plan = |keys: &[&str], filter: &str| {
        let pairs: Vec<String> = keys
            .iter()
            .map(|key| format!("(\"outer\".{key} = \"inner\".{key})"))
            .collect();
        let filter = match filter.is_empty() {
            true => String::new(),
            false => format!("\n        Filter: ({filter})"),
        };
        format!(
            "
XN Hash Join DS_DIST_BOTH  (cost=900000.00..99000000.00 rows=90000000 width=60)
  Outer Dist Key: {}
  Inner Dist Key: {}
  Hash Cond: ({})
  ->  XN Seq Scan on visits  (cost=0.00..900000.00 rows=90000000 width=40){filter}
  ->  XN Hash  (cost=400000.00..400000.00 rows=40000000 width=20)
        ->  XN Seq Scan on accounts  (cost=0.00..400000.00 rows=40000000 width=20)
",
            keys[0],
            keys[0],
            pairs.join(" AND ")
        )
    };
    let distkeys = |text: &str, ddl: &str| -> Vec<String> {
        let explanation = explained(text, ddl);
        let keys = alters(&explanation).into_iter();
        keys.filter(|sql| sql.contains("DISTKEY")).collect()
    };
    // One column, and nothing filters by it.
    assert!(!distkeys(&plan(&["account_id"], ""), "").is_empty());
    for several in [
        &["is_active", "account_id"][..],
        &["country", "city", "account_id"],
    ] {
        let text = plan(several, "");
        assert_eq!(distkeys(&text, ""), Vec::<String>::new(), "{several:?}");
        let explanation = explained(&text, "");
        let remedy = &found(&explanation, "redistribute-both")
            .expect("DK104")
            .remedy;
        assert!(remedy.text.contains("several columns"), "{}", remedy.text);
    }
    // The DDL tells: a key of its own has values enough.
    let ddl = "CREATE TABLE visits (is_active BOOLEAN, account_id BIGINT);
        CREATE TABLE accounts (is_active BOOLEAN, account_id BIGINT PRIMARY KEY);";
    let told = distkeys(&plan(&["is_active", "account_id"], ""), ddl);
    assert!(
        !told.is_empty() && told.iter().all(|sql| sql.contains("account_id")),
        "{told:?}"
    );
    for filter in [
        "account_id > 400",
        "account_id = 7",
        "account_id <= 9 AND account_id >= 3",
    ] {
        let filter = format!("({})", filter.replace(" AND ", ") AND ("));
        assert_eq!(
            distkeys(&plan(&["account_id"], &filter), ""),
            Vec::<String>::new(),
            "{filter}"
        );
    }
    assert!(!distkeys(&plan(&["account_id"], "(other > 400)"), "").is_empty());
}

#[test]
fn system_tables_get_no_advice_on_keys() {
    for table in ["stl_query", "pg_user_info", "svv_table_info"] {
        let text = join("DS_DIST_BOTH", 90_000_000, 40_000_000)
            .replace("on lines", &format!("on {table}"))
            .replace("on orders", "on stl_scan");
        let explanation = explained(&text, "");
        assert_eq!(alters(&explanation), Vec::<String>::new(), "{text}");
        let remedy = &found(&explanation, "redistribute-both")
            .expect("DK104")
            .remedy;
        assert!(remedy.text.contains("take no key"), "{}", remedy.text);
    }
}

#[test]
fn not_in_as_a_nested_loop_is_not_told_to_add_an_equality() {
    let remedy = |filter: &str| {
        let text = format!(
            "
XN Nested Loop DS_BCAST_INNER  (cost=0.00..99000000000.00 rows=3000000 width=40)
  Join Filter: ({filter})
  ->  XN Seq Scan on visits  (cost=0.00..30000.00 rows=3000000 width=40)
  ->  XN Seq Scan on leavers  (cost=0.00..4000.00 rows=400000 width=8)
"
        );
        let explanation = explained(&text, "");
        found(&explanation, "nested-loop")
            .expect("DK105")
            .remedy
            .text
            .clone()
    };
    for or_null in [
        r#"("inner".id = "outer".id) OR ("inner".id IS NULL)"#,
        r#"("outer".id IS NULL) OR ("inner".id = "outer".id) OR ("inner".id IS NULL)"#,
    ] {
        assert!(
            remedy(or_null).contains("NOT EXISTS"),
            "{}",
            remedy(or_null)
        );
        assert!(
            !remedy(or_null).contains("Add an equality"),
            "{}",
            remedy(or_null)
        );
    }
    let range = r#""inner".id > "outer".id"#;
    assert!(
        remedy(range).contains("Add an equality"),
        "{}",
        remedy(range)
    );
}

/// An interleaved key skips by each of its columns: a compound one in its place gives that up.
#[test]
fn a_scan_by_a_column_of_an_interleaved_key_is_not_told_to_sort() {
    let plan = "
XN Seq Scan on visits  (cost=0.00..900000.00 rows=900000 width=40)
  Filter: (seen_on > '2026-01-01'::date)
";
    let ddl = |key: &str| {
        format!("CREATE TABLE visits (account_id BIGINT, seen_on DATE, note VARCHAR(20)) {key};")
    };
    for (key, told) in [
        ("INTERLEAVED SORTKEY (account_id, seen_on)", false),
        ("INTERLEAVED SORTKEY (seen_on, note)", false),
        ("INTERLEAVED SORTKEY (account_id, note)", true),
        ("COMPOUND SORTKEY (account_id, seen_on)", true),
        ("COMPOUND SORTKEY (seen_on)", false),
    ] {
        let explanation = explained(plan, &ddl(key));
        assert_eq!(
            found(&explanation, "unpruned-scan").is_some(),
            told,
            "{key}"
        );
        let sorts = alters(&explanation);
        assert!(
            told || sorts.iter().all(|sql| !sql.contains("SORTKEY")),
            "{key}: {sorts:?}"
        );
    }
}
