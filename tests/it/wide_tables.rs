//! Tables with their lookups inlined, run on PostgreSQL: the star and the wide table give the same
//! rows for the same query, over keys without a partner, NULLs and lookups in several roles.

use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::support;
use crate::support::postgres::Postgres;

const TABLES: &str = "
create table categories (id int not null primary key, slug varchar(30), department_id int);
create table departments (department_id int not null primary key, name varchar(30) not null);
create table places (place_id bigint not null primary key, country varchar(2), name varchar(30));
create table days (day_key int not null primary key, day date not null, year int, week int);
create table offers (offer_id int not null, cat_id int, shipped_from bigint, sold_in bigint,
  listed int, price decimal(10,2), title varchar(40));
create table reviews (offer_id int not null, stars int, note varchar(20));";

/// Keys that are NULL, that refer to nothing, and attributes that are NULL.
const ROWS: &str = "
insert into departments select i, 'department ' || i from generate_series(1, 6) i;
insert into categories select i, nullif('slug ' || (i % 7), 'slug 3'), nullif(i % 8, 7) from generate_series(1, 20) i;
insert into places select i, nullif((array['AT','DE','FR','IT'])[1 + i % 4], 'IT'), 'place ' || (i % 9) from generate_series(1, 30) i;
insert into days select i, date '2026-01-01' + i, 2026, i / 7 from generate_series(1, 40) i;
insert into offers select i, nullif((i * 7919) % 23, 3), nullif((i * 104729) % 33, 5),
  nullif((i * 48271) % 32, 4), (i * 31) % 45, (i * 37) % 300, 'title ' || (i % 50)
  from generate_series(1, 600) i;
insert into reviews select (i * 17) % 640, i % 6, nullif('note ' || (i % 4), 'note 2') from generate_series(1, 500) i;";

const STATS: &str = r#"{"rows": {"offers": 400000000, "categories": 20, "departments": 6, "places": 30,
  "days": 40, "group": 12, "reviews": 300000000}}"#;

/// The rows of a query, in any order.
fn rows(database: &Postgres, query: &str) -> Vec<String> {
    let out = database.psql(query, &["-A", "-t", "-F", "|"]);
    let mut rows: Vec<String> = out.lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// What `advise` makes of queries over the star.
fn advised(tables: &str, queries: &[String]) -> Value {
    // A line for each, by which it is named.
    let lines = queries.iter().map(|query| query.replace('\n', " ") + ";");
    let text: Vec<String> = lines.collect();
    let more = ["--cluster", "ra3.4xlarge:2", "--denormalize"];
    support::advised(tables, STATS, &text.join("\n"), &more)
}

/// The wide table of offers.
fn of_offers(advice: &Value) -> Option<&Value> {
    let all = advice["denormalizations"].as_array()?;
    all.iter().find(|one| one["table"] == "offers")
}

/// The statement as PostgreSQL takes it: without Redshift's keys.
fn for_postgres(statement: &str) -> String {
    let keys = |line: &&str| {
        !["DISTSTYLE", "DISTKEY", "SORTKEY"]
            .iter()
            .any(|k| line.starts_with(k))
    };
    statement
        .lines()
        .filter(keys)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Makes the wide table that `advise` writes, and runs every query on both.
fn same_rows(database: &Postgres, queries: &[String], advice: &Value) -> usize {
    let Some(wide) = of_offers(advice) else {
        return 0;
    };
    for check in wide["checks"].as_array().expect("checks") {
        let found = rows(database, check.as_str().expect("a statement"));
        assert!(found.is_empty(), "{check}: {found:?}");
    }
    let ddl = wide["ddl"].as_array().expect("statements");
    for one in ddl.iter().chain(wide["checks"].as_array().expect("checks")) {
        let text = one.as_str().expect("a statement");
        let read = distkey::sql::parse(&distkey::text::SourceFile::new("wide.sql", text));
        assert!(read.errors.is_empty() && read.notes.is_empty(), "{text}");
    }
    let ddl: Vec<String> = ddl
        .iter()
        .map(|one| for_postgres(one.as_str().expect("a statement")))
        .collect();
    database.psql(&ddl.join("\n"), &[]);
    let rewritten = wide["queries"].as_array().expect("queries");
    for one in rewritten {
        let name = one["name"].as_str().expect("a name");
        let place = place(name);
        let sql = one["sql"].as_str().expect("a query");
        let (star, wide) = (rows(database, &queries[place]), rows(database, sql));
        let differ = star
            .iter()
            .filter(|row| !wide.contains(row))
            .chain(wide.iter().filter(|row| !star.contains(row)));
        let differ: Vec<&String> = differ.take(5).collect();
        assert!(star == wide, "{}\n--\n{sql}\n{differ:?}", queries[place]);
    }
    rewritten.len()
}

/// The place of the query that an entry's name stands for.
fn place(name: &str) -> usize {
    let line = name.rsplit_once(':').expect("file and line").1;
    line.parse::<usize>().expect("a line") - 1
}

fn postgres() -> Option<Postgres> {
    let database = Postgres::start()?;
    database.psql(TABLES, &[]);
    database.psql(ROWS, &[]);
    Some(database)
}

#[test]
fn each_shape_gives_the_same_rows() {
    let Some(database) = postgres() else { return };
    let shapes = [
        // Names of keys that differ, and a column of the key's name in the fact.
        "select o.offer_id, c.slug from offers o join categories c on o.cat_id = c.id",
        "select offer_id, slug from offers, categories where id = cat_id and slug = 'slug 1'",
        // A lookup without a column in the result leaves rows out.
        "select count(*), sum(o.price) from offers o join categories c on c.id = o.cat_id",
        "select o.offer_id, c.slug, c.id from offers o left join categories c on c.id = o.cat_id",
        "select o.offer_id from offers o left join categories c on c.id = o.cat_id where c.id is null",
        // Over two steps, and both kinds of join.
        "select d.name, count(*) from offers o join categories c on c.id = o.cat_id
           join departments d on d.department_id = c.department_id group by d.name",
        "select d.name, c.slug, count(*) n from offers o join categories c on c.id = o.cat_id
           left join departments d on d.department_id = c.department_id group by d.name, c.slug order by n",
        "select o.offer_id from offers o left join categories c on c.id = o.cat_id
           join departments d on d.department_id = c.department_id",
        // One lookup in two roles.
        "select f.name as shipped, s.name as sold, count(*) from offers o
           join places f on f.place_id = o.shipped_from join places s on s.place_id = o.sold_in
           where f.country <> s.country or s.country is null group by 1, 2",
        "select o.offer_id, a.country, b.country from offers o
           left join places a on a.place_id = o.shipped_from left join places b on b.place_id = o.sold_in",
        // Tables that stay.
        "select c.slug, avg(r.stars) from reviews r join offers o on o.offer_id = r.offer_id
           join categories c on c.id = o.cat_id where r.stars > 1 group by c.slug",
        "select o.offer_id, c.slug, r.note from offers o join categories c on c.id = o.cat_id
           left join reviews r on r.offer_id = o.offer_id and r.stars > length(c.slug)",
        "select c.slug, r.stars from categories c join offers o on o.cat_id = c.id, reviews r
           where r.offer_id = o.offer_id and c.department_id = r.stars",
        "select o.title, x.worst from offers o join categories c on c.id = o.cat_id
           join (select offer_id as reviewed, min(stars) as worst from reviews group by 1) x
           on x.reviewed = o.offer_id where c.slug like 'slug%'",
        // Names of the result, dates' parts, OR, CASE and BETWEEN.
        "select distinct c.slug from offers o join categories c on c.id = o.cat_id order by slug",
        "select d.week as day, min(d.day) from offers o join days d on d.day_key = o.listed
           where d.year = 2026 and extract(day from d.day) between 3 and 20 group by d.week order by day",
        "select o.offer_id from offers o join places p on p.place_id = o.shipped_from
           where p.country = 'AT' or o.price > 250",
        "select case when c.slug = 'slug 1' and o.price > 10 then 'a' else 'b' end, count(*)
           from offers o join categories c on c.id = o.cat_id where (c.department_id > 2) group by 1",
        "select o.offer_id from offers o join categories c on c.id = o.cat_id
           where o.price > (select avg(price) from offers)",
        "select c.slug, o.price * 2 from offers as o inner join categories as c on (o.cat_id = c.id)
           where o.price in (1, 37, 74) limit 100",
    ];
    let queries: Vec<String> = shapes.iter().map(|shape| (*shape).to_owned()).collect();
    let advice = advised(TABLES, &queries);
    let compared = same_rows(&database, &queries, &advice);
    let left = &of_offers(&advice).expect("a wide table")["not_rewritten"];
    assert_eq!(compared, queries.len(), "not rewritten: {left}");
}

/// Names that have to be quoted, a wide table's name that is taken, and columns that would clash.
#[test]
fn names_are_quoted_and_never_taken_twice() {
    let Some(database) = Postgres::start() else {
        return;
    };
    let tables = "create table \"group\" (\"key id\" int not null primary key, \"select\" varchar(20), other int);
        create table offers (offer_id int not null, \"key id\" int, second int, group_select varchar(20), price int);
        create table offers_wide (kept int);
        create table places (place_id bigint not null primary key, country varchar(2));";
    database.psql(tables, &[]);
    database.psql(
        "insert into \"group\" select i, nullif('name ' || (i % 5), 'name 2'), i % 3 from generate_series(1, 12) i;
         insert into offers select i, nullif(i % 15, 4), nullif(i % 14, 3), 'own ' || (i % 4), i % 90 from generate_series(1, 300) i;",
        &[],
    );
    let queries = [
        "select o.\"key id\", g.\"select\" from offers o join \"group\" g on g.\"key id\" = o.\"key id\"",
        "select group_select, g.\"select\", g.other, count(*) from offers o join \"group\" g on g.\"key id\" = o.second
           where o.price > 5 group by 1, 2, 3",
        "select a.\"select\", b.\"select\" as \"order\" from offers o left join \"group\" a on a.\"key id\" = o.\"key id\"
           join \"group\" b on b.\"key id\" = o.second order by \"order\"",
    ]
    .map(str::to_owned);
    let advice = advised(tables, &queries);
    let compared = same_rows(&database, &queries, &advice);
    assert_eq!(
        compared,
        queries.len(),
        "{}",
        of_offers(&advice).expect("a wide table")["not_rewritten"]
    );
    assert_eq!(rows(&database, "select count(*) from offers_wide"), ["0"]);
}

/// What can't be rewritten without changing the answer stays, and is counted.
#[test]
fn what_would_change_the_answer_is_left_to_the_star() {
    let queries = [
        "select c.slug from offers o join categories c on c.id = o.cat_id",
        "select * from offers o join categories c on c.id = o.cat_id",
        "select o.offer_id, c.* from offers o join categories c on c.id = o.cat_id",
        "select c.slug from offers o right join categories c on c.id = o.cat_id",
        "select c.slug from categories c left join offers o on c.id = o.cat_id",
        "select c.slug from offers o left join categories c on c.id = o.cat_id and c.slug = 'slug 1'",
        "select c.slug from offers o join categories c on c.id < o.cat_id",
        "select c.slug from offers o join categories c on c.id = o.cat_id or o.price > 1",
        "select a.title from offers a join offers b on a.offer_id = b.cat_id join categories c on c.id = a.cat_id",
        "select o.title from offers o join categories c on c.id = o.cat_id
           where exists (select 1 from reviews r where r.note = c.slug)",
        "select slug from offers join categories on id = cat_id union all select note from reviews",
    ]
    .map(str::to_owned);
    let advice = advised(TABLES, &queries);
    let wide = of_offers(&advice).expect("a wide table");
    let rewritten = wide["queries"].as_array().expect("queries");
    let names = rewritten.iter().filter_map(|one| one["name"].as_str());
    assert_eq!(names.map(place).collect::<Vec<_>>(), [0]);
    let left = wide["not_rewritten"].as_array().expect("names");
    assert_eq!(left.len(), queries.len() - 1, "{left:?}");
}

/// Choices, one after the other.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().unwrap_or_default()) % count
    }
}

/// A query over the star: each lookup or none, by each kind of join.
fn chosen(choices: &mut Choices) -> String {
    let mut from = "offers o".to_owned();
    let mut filter: Vec<String> = Vec::new();
    let mut columns = vec!["o.offer_id", "o.price"];
    // After a comma ON sees no table before it: a query has joins or commas.
    let commas = choices.below(4) == 0;
    let tables: [(&str, &str, &[&str]); 5] = [
        (
            "categories c",
            "c.id = o.cat_id",
            &["c.slug", "c.id", "c.department_id"],
        ),
        (
            "departments d",
            "c.department_id = d.department_id",
            &["d.name", "d.department_id"],
        ),
        (
            "places f",
            "f.place_id = o.shipped_from",
            &["f.country", "f.name", "f.place_id"],
        ),
        (
            "places s",
            "s.place_id = o.sold_in",
            &["s.country", "s.name", "s.place_id"],
        ),
        ("reviews r", "r.offer_id = o.offer_id", &["r.stars"]),
    ];
    for (table, on, its) in tables {
        let hangs_off = on.starts_with("c.department") && !from.contains("categories");
        if hangs_off || choices.below(2) == 0 {
            continue;
        }
        match choices.below(3) {
            _ if commas => {
                from.push_str(&format!(", {table}"));
                filter.push(on.to_owned());
            }
            0 => from.push_str(&format!(" left join {table} on {on}")),
            _ => from.push_str(&format!(" join {table} on {on}")),
        }
        columns.extend(its);
    }
    let texts = [
        "c.slug",
        "d.name",
        "f.country",
        "f.name",
        "s.country",
        "s.name",
    ];
    for _ in 0..choices.below(3) {
        let column = columns[choices.below(columns.len())];
        filter.push(match (texts.contains(&column), choices.below(4)) {
            (_, 0) => format!("{column} is null"),
            (_, 1) => format!("({column} is not null or o.price > 100)"),
            (false, 2) => format!("{column} between 2 and 200"),
            (false, _) => format!("{column} > 3"),
            (true, 2) => format!("{column} in ('AT', 'slug 1', 'place 3', 'department 2')"),
            (true, _) => format!("{column} <> 'DE'"),
        });
    }
    let first = choices.below(columns.len());
    let second = (first + 1 + choices.below(columns.len() - 1)) % columns.len();
    let result = format!("{}, {}", columns[first], columns[second]);
    let filter = match filter.is_empty() {
        true => String::new(),
        false => format!(" where {}", filter.join(" and ")),
    };
    match choices.below(2) {
        0 => {
            format!("select {result}, count(*), sum(o.price) from {from}{filter} group by {result}")
        }
        _ => format!("select {result} from {from}{filter}"),
    }
}

#[test]
fn generated_queries_give_the_same_rows() {
    let Some(database) = postgres() else { return };
    let mut runner = TestRunner::deterministic();
    let bytes = proptest::collection::vec(any::<u8>(), 32);
    let queries: Vec<String> = (0..60)
        .map(|_| {
            let tree = bytes.new_tree(&mut runner).expect("bytes");
            chosen(&mut Choices(tree.current().into_iter()))
        })
        .collect();
    let advice = advised(TABLES, &queries);
    let compared = same_rows(&database, &queries, &advice);
    assert!(
        compared >= 35,
        "only {compared} of {} were rewritten",
        queries.len()
    );
}
