//! Renamed tables and columns, constraints by name, tables of other schemas.

use distkey::cluster::Cluster;
use distkey::name::TableName;
use distkey::planner;
use distkey::schema::DistStyle;
use distkey::sql;
use distkey::stats::Stats;

use super::{BASE, after, all, changes, refused, state};

#[test]
fn a_renamed_column_is_renamed_in_every_key() {
    changes(
        "alter table sale rename column shop_id to at_shop;",
        &[
            (" shop_id INTEGER", " at_shop INTEGER"),
            ("key shop_id;", "key at_shop;"),
            ("key shop_id to", "key at_shop to"),
        ],
        &[],
    );
    changes(
        "alter table sale rename at to sold_on;",
        &[
            (" at DATE", " sold_on DATE"),
            ("compound at", "compound sold_on"),
            ("unique at", "unique sold_on"),
        ],
        &[],
    );
    changes(
        "alter table shop rename column \"Town\" to City;",
        &[],
        &[
            ("town VARCHAR", "city VARCHAR"),
            ("compound town", "compound city"),
        ],
    );
    // Tables that refer to it follow.
    changes(
        "alter table shop rename column shop_id to id;",
        &[("shop(shop_id)", "shop(id)")],
        &[
            ("shop_id INTEGER", "id INTEGER"),
            ("primary key shop_id", "primary key id"),
        ],
    );
    let text = "create table t (a int, b int, parent int, primary key (a, b), foreign key (parent) references t (a))
                  interleaved sortkey (a, b);
                alter table t rename column a to z;";
    assert_eq!(
        state(after(text).resolve(&"t".into()).expect("t")),
        "t: z INTEGER, b INTEGER, parent INTEGER\ndist auto; sort interleaved z, b; encode auto true\n\
         primary key z, b\nforeign key parent to t(z)\n"
    );
    refused(
        "alter table sale rename column missing to x;",
        "no column `missing`",
    );
    refused(
        "alter table sale rename column note to at;",
        "has a column `at` already",
    );
}

#[test]
fn a_renamed_table_is_followed() {
    changes(
        "alter table shop rename to store;",
        &[("to shop(", "to store(")],
        &[("shop:", "store:")],
    );
    changes(
        "alter table sale rename to \"Sale_Made\";",
        &[("sale:", "sale_made:")],
        &[],
    );
    let schema = after(&format!(
        "{BASE}alter table shop rename to store; alter table store owner to ann;"
    ));
    let store = schema.resolve(&"store".into()).expect("store");
    let referring: Vec<String> = schema
        .referring(&store.name)
        .map(|t| t.name.to_string())
        .collect();
    assert_eq!(referring, ["sale"]);
    assert!(schema.resolve(&"shop".into()).is_none());
    // It refers to itself; and to one of the same name in another schema, which stays.
    let text = "create table a.t (id int primary key, parent int references a.t (id));
                create table b.t (id int primary key);
                create table b.u (id int references b.t, other int references a.t);
                alter table a.t rename to s;";
    assert_eq!(
        all(&after(text)),
        "a.s: id INTEGER, parent INTEGER\ndist auto; sort auto; encode auto true\nprimary key id\n\
         foreign key parent to a.s(id)\n\
         b.t: id INTEGER\ndist auto; sort auto; encode auto true\nprimary key id\n\
         b.u: id INTEGER, other INTEGER\ndist auto; sort auto; encode auto true\n\
         foreign key id to b.t()\nforeign key other to a.s()\n"
    );
    refused(
        "alter table shop rename to sale;",
        "there is a table `sale` already",
    );
}

/// The usual way to load anew: two renames.
#[test]
fn two_tables_change_places() {
    let text = "create table t (a int primary key) distkey (a);
                create table u (a int references t (a));
                create table t_new (a int, b int) diststyle all;
                alter table t rename to t_old; alter table t_new rename to t;";
    let schema = after(text);
    let of = |name: &str| state(schema.resolve(&name.into()).expect(name));
    assert_eq!(
        of("t"),
        "t: a INTEGER, b INTEGER\ndist all; sort auto; encode auto true\n"
    );
    assert!(of("t_old").contains("dist key a"));
    // The constraint is on the table, whatever it is called.
    assert!(of("u").contains("foreign key a to t_old(a)"), "{}", of("u"));
}

/// What a query reads from the views of a renamed table.
#[test]
fn views_follow_a_renamed_table() {
    for (view, rename) in [
        (
            "select id, price from item where price > 5",
            "item rename to article",
        ),
        (
            "select item.id, i2.price from item join item i2 on i2.id = item.id",
            "item rename to article",
        ),
        (
            "select x.id, x.price from (select * from item) x",
            "item rename to article",
        ),
        (
            "select id, price from other where id in (select id from item)",
            "item rename to \"the article\"",
        ),
        (
            "with c as (select id, price from item) select id, price from c",
            "item rename to article",
        ),
        (
            "select o.id, item.price from other o, item where item.id = o.id",
            "item rename to article",
        ),
        (
            "select id, price from item union all select id, price from other",
            "other rename to rest",
        ),
        (
            "select extract(year from item.at) as id, price from item",
            "item rename to article",
        ),
    ] {
        let ddl = "create table item (id int, price int, at date); create table other (id int, price int);";
        let text = format!("{ddl} create view v as {view}; alter table {rename};");
        let schema = after(&text);
        let query = sql::parse_query("select id, price from v").expect("a query");
        let cluster = Cluster::default();
        let planned = planner::plan(&query, &schema, &Stats::default(), cluster.shape());
        let planned = planned.unwrap_or_else(|error| panic!("{view}: {error}"));
        let name = rename
            .split(" to ")
            .nth(1)
            .expect("a name")
            .trim_matches('"');
        let print = planned.plan.to_string();
        assert!(print.contains(name), "{view}: {print}");
        let old = rename.split(' ').next().expect("a name");
        assert!(
            !print.contains(&format!("Seq Scan on {old}")),
            "{view}: {print}"
        );
    }
    // A name of the query's own hides the table.
    let text = "create table item (id int, price int);
                create view v as with item as (select 1 as id, 2 as price) select id, price from item;
                alter table item rename to article;";
    let schema = after(text);
    let query = schema.resolve(&"v".into()).expect("v").query.clone();
    assert!(!query.expect("its query").contains("article"));
    // New rows under the old name are not the view's.
    let text = "create table item (id int, price int); create view v as select id, price from item;
                create table item_new (id int, price int);
                alter table item rename to item_old; alter table item_new rename to item;";
    let query = after(text).resolve(&"v".into()).expect("v").query.clone();
    assert!(query.expect("its query").contains("item_old"));
}

#[test]
fn constraints_come_and_go_by_name() {
    changes(
        "alter table sale add constraint sale_pk primary key (sale_id);",
        &[("unique at", "primary key sale_id\nunique at")],
        &[],
    );
    changes(
        "alter table sale add unique (note, at); alter table sale add foreign key (sale_id) references shop;",
        &[
            ("unique at", "unique at\nunique note, at"),
            (
                "shop(shop_id)",
                "shop(shop_id)\nforeign key sale_id to shop()",
            ),
        ],
        &[],
    );
    // As Redshift calls them where they have no name of their own.
    changes(
        "alter table shop drop constraint shop_pkey;",
        &[],
        &[("primary key shop_id\n", "")],
    );
    changes(
        "alter table sale drop constraint sale_at_key;",
        &[("unique at\n", "")],
        &[],
    );
    changes(
        "alter table sale drop constraint sale_shop_id_fkey cascade;",
        &[("foreign key shop_id to shop(shop_id)\n", "")],
        &[],
    );
    let text = "create table t (a int constraint a_key primary key, b int, c int,
                  constraint b_once unique (b), constraint to_t foreign key (c) references t (a), unique (c));
                alter table t drop constraint b_once; alter table t drop constraint \"TO_T\";
                alter table t drop constraint a_key; alter table t rename column c to d;
                alter table t add constraint again unique (d, b); alter table t drop constraint t_c_key;";
    assert_eq!(
        state(after(text).resolve(&"t".into()).expect("t")),
        "t: a INTEGER, b INTEGER, d INTEGER\ndist auto; sort auto; encode auto true\nunique d, b\n"
    );
    // A second one on the same first column gets a number.
    let text = "create table t (a int, b int, unique (a), unique (a, b), unique (a));
                alter table t drop constraint t_a_key1; alter table t drop constraint t_a_key2;";
    let schema = after(text);
    let left = &schema.resolve(&"t".into()).expect("t").unique;
    assert_eq!(left, &[["a"]]);
    refused(
        "alter table sale drop constraint missing;",
        "no constraint `missing`",
    );
    refused(
        "alter table shop add primary key (size);",
        "has a primary key already",
    );
}

#[test]
fn tables_of_other_schemas() {
    let text = "create table a.t (x int, y int); create table b.t (x int, y int); create table t (x int, y int);
                alter table b.t alter distkey y;
                alter table a.t rename column x to z;
                alter table t alter diststyle all;";
    assert_eq!(
        all(&after(text)),
        "t: x INTEGER, y INTEGER\ndist all; sort auto; encode auto true\n\
         a.t: z INTEGER, y INTEGER\ndist auto; sort auto; encode auto true\n\
         b.t: x INTEGER, y INTEGER\ndist key y; sort auto; encode auto true\n"
    );
    let text = "create table a.t (x int, y int); alter table b.t alter distkey x; alter table b.t drop column y;
                alter table b.t rename to u;";
    let unchanged = "a.t: x INTEGER, y INTEGER\ndist auto; sort auto; encode auto true\n";
    assert_eq!(all(&after(text)), unchanged);
    // The search path decides which one is meant.
    let text = "create table a.t (x int); create table b.t (x int); set search_path to b, a;
                alter table t alter distkey x;";
    let schema = after(text);
    let style = |name: &str| {
        schema
            .resolve(&TableName::new(Some(name.into()), "t".into()))
            .expect("t")
            .dist_style
            .clone()
    };
    assert_eq!(
        (style("a"), style("b")),
        (DistStyle::Auto(None), DistStyle::Key("x".into()))
    );
}
