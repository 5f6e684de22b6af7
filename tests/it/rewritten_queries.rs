//! What rules say of writing a query in another way, run on PostgreSQL: the same rows come out, with
//! NULLs and with rows that are there twice.

use crate::support::postgres::Postgres;
use distkey::rules;

/// Tables of generated rows: keys of a few values, so that many are equal, and NULLs among them.
const TABLES: &str = "
create table orders (id int, shop int, region int, total int, placed int, note text);
create table shops (shop int, region int, name text);
create table refunds (shop int, kind int);
insert into orders select i, nullif((i * 7919) % 11, 3), nullif((i * 104729) % 5, 0),
  nullif((i * 31) % 17, 1), nullif((i * 48271) % 97, 5), 'order ' || i
  from generate_series(1, 400) i;
insert into orders select * from orders where id % 3 = 0;
insert into shops select nullif(i % 9, 4), nullif(i % 4, 0), 'shop ' || (i % 6)
  from generate_series(1, 20) i;
insert into refunds select nullif(i % 7, 2), i % 2 from generate_series(1, 30) i;
create table placed as select distinct on (id) * from orders;";

/// A query, and the same as a rule would have it written.
struct Rewritten {
    code: &'static str,
    /// What its advice says of the rewrite, so that neither goes its own way.
    says: &'static str,
    query: &'static str,
    rewrite: &'static str,
    /// Whether the rows are the same on these tables: not where the advice names a condition that
    /// they break.
    same: bool,
}

const REWRITTEN: &[Rewritten] = &[
    Rewritten {
        code: "DK105",
        says: "IS NOT TRUE",
        query: "select o.*, s.name from orders o join shops s on o.shop = s.shop or o.region = s.region",
        rewrite: "select o.*, s.name from orders o join shops s on o.shop = s.shop
                  union all
                  select o.*, s.name from orders o join shops s on o.region = s.region
                  where (o.shop = s.shop) is not true",
        same: true,
    },
    // Neither UNION, nor a condition that NULL makes unknown, does the same.
    Rewritten {
        code: "DK105",
        says: "UNION instead would also drop rows",
        query: "select o.*, s.name from orders o join shops s on o.shop = s.shop or o.region = s.region",
        rewrite: "select o.*, s.name from orders o join shops s on o.shop = s.shop
                  union
                  select o.*, s.name from orders o join shops s on o.region = s.region",
        same: false,
    },
    Rewritten {
        code: "DK105",
        says: "NULLs included",
        query: "select o.*, s.name from orders o join shops s on o.shop = s.shop or o.region = s.region",
        rewrite: "select o.*, s.name from orders o join shops s on o.shop = s.shop
                  union all
                  select o.*, s.name from orders o join shops s on o.region = s.region
                  where not (o.shop = s.shop)",
        same: false,
    },
    Rewritten {
        code: "DK129",
        says: "no row can be in two branches",
        query: "select id, shop from placed where id % 2 = 0 union select id, shop from placed where id % 2 = 1",
        rewrite: "select id, shop from placed where id % 2 = 0 union all select id, shop from placed where id % 2 = 1",
        same: true,
    },
    Rewritten {
        code: "DK129",
        says: "none twice in one",
        query: "select id, shop from orders where id % 2 = 0 union select id, shop from orders where id % 2 = 1",
        rewrite: "select id, shop from orders where id % 2 = 0 union all select id, shop from orders where id % 2 = 1",
        same: false,
    },
    Rewritten {
        code: "DK130",
        says: "Leave out the second",
        query: "select distinct shop, region, sum(total) from orders group by shop, region",
        rewrite: "select shop, region, sum(total) from orders group by shop, region",
        same: true,
    },
    Rewritten {
        code: "DK130",
        says: "is not selected",
        query: "select distinct shop, count(*) > 0 from orders group by shop, region",
        rewrite: "select shop, count(*) > 0 from orders group by shop, region",
        same: false,
    },
    Rewritten {
        code: "DK131",
        says: "drops the same rows",
        query: "select o.id, s.name from orders o join shops s on o.shop = s.shop
                where o.shop in (select shop from shops)",
        rewrite: "select o.id, s.name from orders o join shops s on o.shop = s.shop",
        same: true,
    },
    Rewritten {
        code: "DK131",
        says: "drops the same rows",
        query: "select o.id, s.name from orders o join shops s on o.shop = s.shop
                where exists (select 1 from shops t where t.shop = o.shop)",
        rewrite: "select o.id, s.name from orders o join shops s on o.shop = s.shop",
        same: true,
    },
    Rewritten {
        code: "DK136",
        says: "LAST_VALUE over the whole frame",
        query: "select id, first_value(total) over (partition by shop order by placed, id),
                       last_value(total) over (partition by shop order by placed desc, id desc
                         rows between unbounded preceding and unbounded following) from placed",
        rewrite: "select id, first_value(total) over w, first_value(total) over w from placed
                  window w as (partition by shop order by placed, id)",
        same: true,
    },
    Rewritten {
        code: "DK136",
        says: "over a whole partition need none",
        query: "select id, sum(total) over (partition by shop order by placed
                         rows between unbounded preceding and unbounded following) from placed",
        rewrite: "select id, sum(total) over (partition by shop) from placed",
        same: true,
    },
    Rewritten {
        code: "DK114",
        says: "join the wide columns back by the key",
        query: "select id, note from (select id, note, row_number() over (partition by shop order by placed, id) r
                from placed) x where r = 1",
        rewrite: "select p.id, p.note from (select id, row_number() over (partition by shop order by placed, id) r
                  from placed) x join placed p on p.id = x.id where r = 1",
        same: true,
    },
    Rewritten {
        code: "DK139",
        says: "IS NOT NULL",
        query: "select * from orders where shop not in (select shop from refunds where shop is not null)",
        rewrite: "select * from orders o where o.shop is not null
                  and not exists (select 1 from refunds r where r.shop = o.shop)",
        same: true,
    },
    // Rows without a value of their own are kept by NOT EXISTS alone.
    Rewritten {
        code: "DK139",
        says: "IS NOT NULL",
        query: "select * from orders where shop not in (select shop from refunds where shop is not null)",
        rewrite: "select * from orders o where not exists (select 1 from refunds r where r.shop = o.shop)",
        same: false,
    },
    // The trap that it is about: one NULL, and nothing comes out.
    Rewritten {
        code: "DK139",
        says: "NULL",
        query: "select * from orders where shop not in (select shop from refunds)",
        rewrite: "select * from orders where false",
        same: true,
    },
];

/// The source text of a rule's advice: what it says stands in its file.
fn advice(code: &str) -> String {
    let rule = rules::all().into_iter().find(|rule| rule.code == code);
    let name = rule.expect("a rule").name.replace('-', "_");
    let file = std::fs::read_to_string(format!("src/rules/plan/{name}.rs")).expect("its file");
    let lines = file
        .lines()
        .map(|line| line.trim().trim_end_matches('\\').trim());
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_query_that_is_written_as_a_rule_says_returns_the_same_rows() {
    let Some(postgres) = Postgres::start() else {
        println!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    postgres.psql(TABLES, &[]);
    for one in REWRITTEN {
        let text = advice(one.code);
        assert!(
            text.contains(one.says),
            "{} no longer says {:?}",
            one.code,
            one.says
        );
        // As often as each row comes out of either.
        let compare = |a: &str, b: &str| {
            let script = format!("select count(*) from (({a}) except all ({b})) x;");
            postgres.psql(&script, &["-A", "-t"]).trim().to_owned()
        };
        let rows = postgres.psql(
            &format!("select count(*) from ({}) x;", one.query),
            &["-A", "-t"],
        );
        let (lost, added) = (
            compare(one.query, one.rewrite),
            compare(one.rewrite, one.query),
        );
        let same = lost == "0" && added == "0";
        assert_eq!(
            same, one.same,
            "{}: {lost} lost, {added} added\n{}",
            one.code, one.rewrite
        );
        let is_trap = one.rewrite.ends_with("false");
        assert_eq!(rows.trim() == "0", is_trap, "{}: {}", one.code, one.query);
    }
}
