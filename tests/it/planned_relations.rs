//! Nothing is lost on the way from a query to its plan: every table that a query reads is
//! scanned as often as it is read, and every condition is asked somewhere. A CTE that is read
//! twice may be worked out once.

use distkey::plan::Operator;
use distkey::planner::Planned;
use proptest::prelude::*;

const TABLES: [&str; 4] = ["ta", "tb", "tc", "td"];

const DDL: &str = "
    create table ta (k bigint, v int, w int) distkey (k) sortkey (v);
    create table tb (k bigint, v int, w int) diststyle even;
    create table tc (k bigint, v int, w int) diststyle all;
    create table td (k int, v int, w int) distkey (v);";

fn plan(query: &str) -> Planned {
    crate::support::plan_query(DDL, query).unwrap_or_else(|error| panic!("{error}: {query}"))
}

/// How often each table is scanned.
fn scans(planned: &Planned) -> [usize; 4] {
    TABLES.map(|table| {
        planned
            .plan
            .nodes
            .iter()
            .filter(|node| node.operator == Operator::SeqScan)
            .filter(|node| node.relation.as_deref() == Some(table))
            .count()
    })
}

/// A piece of a query and what it reads.
#[derive(Debug, Clone)]
struct Piece {
    sql: String,
    tables: [usize; 4],
    ctes: Vec<usize>,
    /// The numbers that its conditions compare with, each another one.
    compared: Vec<usize>,
}

/// Draws a query from a list of choices.
struct Draw {
    choices: std::vec::IntoIter<u8>,
    /// What is read by the piece that is drawn.
    tables: [usize; 4],
    ctes: Vec<usize>,
    /// CTEs that can be named.
    named: usize,
    aliases: usize,
    compared: Vec<usize>,
    numbers: usize,
}

impl Draw {
    /// A number for a condition, unlike any other.
    fn number(&mut self) -> usize {
        self.numbers += 1;
        self.compared.push(1000 + self.numbers);
        1000 + self.numbers
    }

    fn one_of(&mut self, n: usize) -> usize {
        self.choices
            .next()
            .map_or(0, |choice| usize::from(choice) % n)
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    fn relation(&mut self, depth: usize) -> String {
        match self.one_of(if depth == 0 { 5 } else { 8 }) {
            n @ 0..4 => {
                self.tables[n] += 1;
                TABLES[n].to_owned()
            }
            4 if self.named > 0 => {
                let cte = self.one_of(self.named);
                self.ctes[cte] += 1;
                format!("c{cte}")
            }
            4 => {
                self.tables[0] += 1;
                "ta".to_owned()
            }
            5 => {
                let inner = self.relation(0);
                let (alias, number) = (self.alias(), self.number());
                format!(
                    "(select {alias}.k, {alias}.v as v, {alias}.w from {inner} {alias} where {alias}.w > {number})"
                )
            }
            _ => format!("({})", self.query(depth - 1)),
        }
    }

    fn subquery(&mut self, depth: usize, item: &str) -> String {
        let relation = self.relation(depth.saturating_sub(1));
        let alias = self.alias();
        format!(
            "select {} from {relation} {alias}",
            item.replace('?', &alias)
        )
    }

    fn value(&mut self, of: &str, depth: usize) -> String {
        match self.one_of(6) {
            0 | 1 => format!("{of}.v + 1"),
            2 => format!("({})", self.subquery(depth, "max(?.w)")),
            3 => format!("{of}.v + ({})", self.subquery(depth, "min(?.v)")),
            4 => format!(
                "case when {of}.k in ({}) then 1 else {of}.w end",
                self.subquery(depth, "?.k")
            ),
            _ => {
                let inner = self.subquery(depth, "max(?.v)");
                let alias = format!("x{}", self.aliases);
                format!("({inner} where {alias}.k = {of}.k)")
            }
        }
    }

    fn condition(&mut self, of: &str, depth: usize) -> String {
        let one = match self.one_of(7) {
            0 => format!("{of}.v = {}", self.number()),
            1 => format!("{of}.k in ({})", self.subquery(depth, "?.k")),
            2 => format!("{of}.v not in ({})", self.subquery(depth, "?.v")),
            3 => format!("{of}.w < ({})", self.subquery(depth, "avg(?.w)")),
            4 => format!("exists ({})", self.subquery(depth, "1")),
            _ => {
                let inner = self.subquery(depth, "1");
                let alias = format!("x{}", self.aliases);
                format!("exists ({inner} where {alias}.k = {of}.k)")
            }
        };
        match self.one_of(5) {
            0 => format!("({one} or {of}.v > {})", self.number()),
            1 => format!("not ({one})"),
            2 => {
                let (a, b) = (self.number(), self.number());
                format!("({of}.w = {a} or not ({one} and {of}.v < {b}))")
            }
            _ => one,
        }
    }

    fn select(&mut self, depth: usize) -> String {
        let first = self.relation(depth);
        let a = self.alias();
        let mut from = format!("{first} {a}");
        for n in 0..self.one_of(3) {
            let next = self.relation(depth.saturating_sub(1));
            let b = self.alias();
            from += &match self.one_of(4) {
                0 => format!(" join {next} {b} on {b}.k = {a}.k"),
                1 => format!(
                    " left join {next} {b} on {b}.k = {a}.k and {b}.v > {}",
                    self.number()
                ),
                2 if n == 0 => format!(" join {next} {b} using (w)"),
                _ => format!(" cross join {next} {b}"),
            };
        }
        let mut conditions = Vec::new();
        for _ in 0..self.one_of(3) {
            conditions.push(self.condition(&a, depth));
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(" and ")),
        };
        self.aliases += 1;
        let lat = format!("lat{}", self.aliases);
        let tail = match self.one_of(6) {
            0 => " limit 10".to_owned(),
            1 => format!(" order by {lat}, 2 limit 5"),
            2 => format!(" order by {lat} + 1"),
            _ => String::new(),
        };
        let form = self.one_of(5);
        if form == 0 {
            let having = match self.one_of(4) {
                0 => format!(" having {lat} > {}", self.number()),
                1 => {
                    let number = self.number();
                    let inner = self.subquery(depth, "?.v");
                    format!(" having sum({a}.v) in ({inner}) and {lat} < {number}")
                }
                2 => format!(" having {lat} > ({})", self.subquery(depth, "max(?.v)")),
                _ => String::new(),
            };
            return format!(
                "select {a}.k as k, sum({a}.v) as {lat}, {lat} + 1 as v, max({a}.w) as w from {from}{filter} group by 1{having}{tail}"
            );
        }
        let value = self.value(&a, depth);
        let lateral = match self.one_of(4) {
            0 => lat.clone(),
            1 => format!("{lat} * 2 + {lat}"),
            2 => format!("{lat} + {}", self.value(&a, depth)),
            _ => format!("coalesce({lat}, 0)"),
        };
        match form {
            1 => format!(
                "select {a}.k as k, {value} as {lat}, rank() over (partition by {a}.k order by {lat}) as v, {lateral} as w from {from}{filter}{tail}"
            ),
            2 => format!(
                "select distinct {a}.k as k, {value} as {lat}, {a}.v as v, {lateral} as w from {from}{filter}"
            ),
            _ => format!(
                "select {a}.k as k, {value} as {lat}, {lateral} as v, {a}.w as w from {from}{filter}{tail}"
            ),
        }
    }

    fn query(&mut self, depth: usize) -> String {
        match self.one_of(6) {
            0 if depth > 0 => {
                let (left, right) = (self.select(depth - 1), self.select(depth - 1));
                let op = ["union all", "union", "except"][self.one_of(3)];
                format!("({left}) {op} ({right})")
            }
            _ => self.select(depth),
        }
    }

    /// Draws a piece, and takes what it reads.
    fn piece(&mut self, depth: usize) -> Piece {
        let sql = self.query(depth);
        Piece {
            sql,
            compared: std::mem::take(&mut self.compared),
            tables: std::mem::take(&mut self.tables),
            ctes: std::mem::replace(&mut self.ctes, vec![0; 3]),
        }
    }
}

/// A query, and what must stand in its plan.
struct Drawn {
    query: String,
    /// Scans of each table if a CTE is worked out once.
    fewest: [usize; 4],
    /// The same if each of its readers works it out.
    most: [usize; 4],
    /// What its conditions compare with.
    compared: Vec<usize>,
}

fn drawn(choices: Vec<u8>) -> Drawn {
    let mut draw = Draw {
        choices: choices.into_iter(),
        tables: [0; 4],
        ctes: vec![0; 3],
        named: 0,
        aliases: 0,
        compared: Vec::new(),
        numbers: 0,
    };
    let count = draw.one_of(4);
    let mut ctes: Vec<Piece> = Vec::new();
    for n in 0..count {
        draw.named = n;
        ctes.push(draw.piece(1));
    }
    draw.named = count;
    let main = draw.piece(2);
    let with: Vec<String> = ctes
        .iter()
        .enumerate()
        .map(|(n, cte)| format!("c{n} as ({})", cte.sql))
        .collect();
    let query = match with.is_empty() {
        true => main.sql.clone(),
        false => format!("with {} {}", with.join(", "), main.sql),
    };
    // From the query inwards: how often each CTE is read, if each reader works it out.
    let mut readers = main.ctes.clone();
    for n in (0..count).rev() {
        for inner in 0..n {
            readers[inner] += readers[n] * ctes[n].ctes[inner];
        }
    }
    let (mut fewest, mut most) = (main.tables, main.tables);
    let mut compared = main.compared;
    for (cte, readers) in ctes.iter().zip(&readers) {
        for table in 0..TABLES.len() {
            fewest[table] += cte.tables[table] * (*readers).min(1);
            most[table] += cte.tables[table] * readers;
        }
        if *readers > 0 {
            compared.extend(&cte.compared);
        }
    }
    Drawn {
        query,
        fewest,
        most,
        compared,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_table_and_every_condition_stands_in_the_plan(choices in prop::collection::vec(any::<u8>(), 0..120)) {
        let Drawn { query, fewest, most, compared } = drawn(choices);
        let planned = plan(&query);
        let found = scans(&planned);
        for table in 0..TABLES.len() {
            prop_assert!(
                fewest[table] <= found[table] && found[table] <= most[table],
                "`{}` is scanned {} times instead of {} to {}: {query}\n{}",
                TABLES[table], found[table], fewest[table], most[table], planned.plan,
            );
        }
        let text = planned.plan.to_string();
        for number in compared {
            prop_assert!(text.contains(&format!(" {number})")), "{number} is not compared with: {query}\n{text}");
        }
    }
}

/// Queries that lost a table, a join or a condition on the way.
#[test]
fn what_was_lost_stands_in_the_plan() {
    for (query, wanted) in [
        (
            "select v as a, a + (select max(w) from tb) b from ta",
            [1, 1, 0, 0],
        ),
        (
            "select ta.v as a, case when a > (select avg(v) from tc) then 1 end from ta, tb where ta.k = tb.k",
            [1, 1, 1, 0],
        ),
        (
            "select k from ta where exists (select 1 from tb where tb.k = ta.k) or v = 1",
            [1, 1, 0, 0],
        ),
        (
            "select k, exists (select 1 from tb where tb.k = ta.k and tb.v > ta.v) as e from ta",
            [1, 1, 0, 0],
        ),
        (
            "select k from ta where not (k in (select k from tb) or v in (select v from tc))",
            [1, 1, 1, 0],
        ),
        (
            "select k, sum(v) from ta group by k having sum(v) in (select v from tb)",
            [1, 1, 0, 0],
        ),
        (
            "select k, sum(v), (select max(w) from tb where tb.k = ta.k) m from ta group by k",
            [1, 1, 0, 0],
        ),
        (
            "select k from ta where v = any (select v from td) and w <> all (select w from tc)",
            [1, 0, 1, 1],
        ),
        ("select 1 where exists (select 1 from ta)", [1, 0, 0, 0]),
        (
            "select k from ta where exists (select 1 from tb join tc on tb.k = tc.k and tb.v = ta.v)",
            [1, 1, 1, 0],
        ),
    ] {
        assert_eq!(scans(&plan(query)), wanted, "{query}");
    }
}

/// A condition on a renamed column of a subquery that is joined with what is around it.
#[test]
fn a_filter_on_a_renamed_column_reaches_the_scan() {
    for query in [
        "select k from (select k, v as renamed from ta) t where renamed > 1",
        "with c as (select v as renamed, k from ta) select k from c where renamed > 1",
        "with c (k, renamed) as (select k, v from ta) select k from c where renamed > 1",
        "select k from (select k, v from ta) t (k, renamed) where renamed > 1",
    ] {
        let text = plan(query).plan.to_string();
        assert!(text.contains("Filter: (v > 1)"), "{query}\n{text}");
    }
}
