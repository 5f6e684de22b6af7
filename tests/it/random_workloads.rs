//! Small workloads of mixed shapes, drawn at random, and the best design of each: by planning
//! every combination of keys. `checks/tests/optimum.rs` reads this file too.

use std::collections::HashMap;

use distkey::advise::{self, Advice, Request, Workload};
use distkey::cluster::Cluster;
use distkey::config::Config;
use distkey::environment::{Environment, Given};
use distkey::planner;
use distkey::schema::{DistStyle, Schema, Table};
use distkey::sql::{self, QueryStatement};
use distkey::stats::Stats;
use distkey::text::SourceFile;
use distkey::work;

pub const CLUSTER: &str = "ra3.4xlarge:4";

/// Names that sort otherwise than they are drawn.
const NAMES: [&str; 4] = ["orders", "assets", "zones", "members"];
/// Columns that tables are joined and grouped by.
const KEYS: [&str; 3] = ["ka", "kb", "kc"];

/// Steps of splitmix64.
pub struct Draw(pub u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// A workload as texts.
#[derive(Clone)]
pub struct Case {
    pub ddl: String,
    pub stats: String,
    pub queries: Vec<(String, f64)>,
}

/// The workload of a seed: three or four tables, two to five statements.
pub fn case(seed: u64) -> Case {
    let mut draw = Draw(seed);
    let count = 3 + draw.below(2);
    let (mut ddl, mut rows, mut columns) = (String::new(), Vec::new(), Vec::new());
    for name in &NAMES[..count] {
        let n: f64 = draw.of(&[2e4, 3e5, 2e6, 2e7, 1e8, 6e8]);
        let style = match draw.below(6) {
            0 => format!("distkey ({})", draw.of(&KEYS)),
            1 if n < 5e6 => "diststyle all".to_owned(),
            2 => String::new(),
            _ => "diststyle even".to_owned(),
        };
        let sort = match draw.below(4) {
            0 => " sortkey (at)".to_owned(),
            1 => format!(" sortkey ({})", draw.of(&KEYS)),
            _ => String::new(),
        };
        ddl.push_str(&format!(
            "create table {name} (ka bigint, kb bigint, kc bigint, at date, v decimal(12,2), note varchar(30)) {style}{sort};\n"
        ));
        rows.push(format!("\"{name}\": {n}"));
        for key in KEYS {
            let distinct = (n * draw.of(&[1.0, 0.1, 0.01])).max(1_000.0);
            columns.push(format!(
                "\"{name}.{key}\": {{\"distinct\": {distinct}, \"min\": 1, \"max\": {distinct}}}"
            ));
        }
        columns.push(format!(
            "\"{name}.at\": {{\"distinct\": 1000, \"min\": \"2022-01-01\", \"max\": \"2024-09-27\"}}"
        ));
    }
    let stats = format!(
        "{{\"rows\": {{{}}}, \"columns\": {{{}}}}}",
        rows.join(", "),
        columns.join(", ")
    );
    let statements = 2 + draw.below(4);
    let queries = (0..statements)
        .map(|_| (statement(&mut draw, count), draw.of(&[1.0, 5.0, 40.0])))
        .collect();
    Case {
        ddl,
        stats,
        queries,
    }
}

fn statement(draw: &mut Draw, tables: usize) -> String {
    let mut order: Vec<&str> = NAMES[..tables].to_vec();
    for place in (1..order.len()).rev() {
        order.swap(place, draw.below(place + 1));
    }
    let (a, b, c) = (order[0], order[1], order[2]);
    let (x, y, z, u) = (
        draw.of(&KEYS),
        draw.of(&KEYS),
        draw.of(&KEYS),
        draw.of(&KEYS),
    );
    let day = draw.of(&["2022-03-01", "2024-01-01", "2024-09-01"]);
    match draw.below(14) {
        0 | 1 => format!(
            "select sum({a}.v) from {a} join {b} on {a}.{x} = {b}.{y} where {a}.at >= '{day}'"
        ),
        2 => {
            format!("select {b}.{z}, sum({a}.v) from {a} join {b} on {a}.{x} = {b}.{y} group by 1")
        }
        3 => format!(
            "select sum({a}.v) from {a} join {b} on {a}.{x} = {b}.{y} join {c} on {a}.{z} = {c}.{u} where {c}.at >= '{day}'"
        ),
        4 => format!(
            "select count(*) from {a} join {b} on {a}.{x} = {b}.{y} join {c} on {b}.{z} = {c}.{u}"
        ),
        5 => format!(
            "select sum({a}.v * s.n) from {a} join (select {y}, count(*) as n from {b} group by {y}) s on {a}.{x} = s.{y}"
        ),
        6 => format!("select {x}, sum(v) from {a} where at >= '{day}' group by {x}"),
        7 => format!("select count(*) from (select distinct {x}, {y} from {a}) s"),
        8 => format!(
            "select count(*) from (select {x}, row_number() over (partition by {x} order by at) as n from {a}) s where n = 1"
        ),
        9 => format!("select count(*), sum({b}.v) from {a} left join {b} on {a}.{x} = {b}.{y}"),
        10 => format!(
            "select count(*) from {a} where {x} in (select {y} from {b} where at >= '{day}')"
        ),
        11 => format!(
            "with one as (select {x} as k, max(v) as m from {a} group by {x}) select count(*) from one join {b} on one.k = {b}.{y} where {b}.at >= '{day}'"
        ),
        12 => format!(
            "select count(*) from (select {x} as k, v from {a} union all select {y} as k, v from {b}) s join {c} on s.k = {c}.{z}"
        ),
        _ => format!(
            "insert into {b} (ka, kb, kc, at, v, note) select ka, kb, kc, at, v, note from {a} where at >= '{day}'"
        ),
    }
}

impl Case {
    /// The tables; a small one on AUTO is a copy on every node.
    pub fn schema(&self) -> Schema {
        let mut schema = Schema::of(&sql::parse(&SourceFile::new("ddl.sql", self.ddl.as_str())));
        let stats = self.stats();
        let cluster: Cluster = CLUSTER.parse().expect("a cluster");
        for table in schema.tables.values_mut() {
            let blocks = table.columns.len() as f64 * work::BLOCK_BYTES;
            let bytes = bytes_of(table, &stats);
            if table.dist_style == DistStyle::Auto(None)
                && bytes <= blocks * cluster.slices() / cluster.nodes()
            {
                table.dist_style = DistStyle::Auto(Some(Box::new(DistStyle::All)));
            }
        }
        schema
    }

    pub fn stats(&self) -> Stats {
        Stats::read(&self.stats).expect("statistics")
    }

    pub fn workload(&self) -> Workload {
        let text: Vec<String> = self
            .queries
            .iter()
            .map(|(text, frequency)| format!("-- frequency: {frequency}\n{text};\n"))
            .collect();
        let mut workload = Workload::default();
        workload.add_sql(&SourceFile::new("q.sql", text.concat()));
        workload
    }

    /// What is recommended for these tables.
    pub fn advice(&self, schema: &Schema) -> Advice {
        let given = Given {
            cluster: Some(CLUSTER),
            ..Given::default()
        };
        let env = Environment::new(Config::default(), given).expect("a cluster");
        let (stats, workload) = (self.stats(), self.workload());
        advise::advise(
            &Request::new(env.view(), schema, &stats, &workload),
            &|_| (),
        )
    }

    /// The same with the tables called otherwise.
    pub fn renamed(&self, names: &[(&str, &str)]) -> Self {
        let swap = |text: &str| {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            let words = text.split_inclusive(|c: char| !part(c)).map(|piece| {
                let word = piece.trim_end_matches(|c: char| !part(c));
                let found = names.iter().find(|(old, _)| *old == word);
                found.map_or(piece.to_owned(), |(old, new)| piece.replace(old, new))
            });
            words.collect::<String>()
        };
        Self {
            ddl: swap(&self.ddl),
            stats: swap(&self.stats),
            queries: self
                .queries
                .iter()
                .map(|(text, frequency)| (swap(text), *frequency))
                .collect(),
        }
    }
}

/// The schema with the keys that are recommended.
pub fn applied(schema: &Schema, advice: &Advice) -> Schema {
    let mut schema = schema.clone();
    for advised in advice.tables.iter().filter(|table| table.changes()) {
        let table = schema.tables.get_mut(&advised.table).expect("the table");
        table.dist_style = match (&advised.recommended.distkey, advised.recommended.diststyle) {
            (Some(column), _) => DistStyle::Key(column.clone()),
            (None, "ALL") => DistStyle::All,
            (None, "AUTO") => table.dist_style.clone(),
            _ => DistStyle::Even,
        };
        if advised.recommended.sortkey != advised.current.sortkey {
            table.sort_key =
                distkey::schema::SortKey::Compound(advised.recommended.sortkey.clone());
        }
    }
    schema
}

/// A case with all that its objective is summed from.
pub struct Measured {
    schema: Schema,
    stats: Stats,
    queries: Vec<(QueryStatement, f64, Vec<usize>)>,
    cluster: Cluster,
    /// By table: its name, and its styles; the present one first.
    pub tables: Vec<(distkey::name::TableName, Vec<DistStyle>)>,
    memo: HashMap<(usize, Vec<DistStyle>), f64>,
}

impl Measured {
    /// Every combination is made of these: the present style, EVEN, each key, and ALL for what
    /// AWS's review doesn't call large.
    pub fn new(case: &Case) -> Self {
        let (schema, stats) = (case.schema(), case.stats());
        let tables: Vec<_> = schema
            .tables
            .values()
            .map(|table| {
                let mut styles = vec![now(&table.dist_style)];
                let rows = stats.table(&table.name).and_then(|stats| stats.rows);
                let small = rows.is_some_and(|rows| rows < distkey::thresholds::LARGE_ROWS);
                let keys = KEYS.iter().map(|key| DistStyle::Key((*key).into()));
                let all = small.then_some(DistStyle::All);
                for style in keys.chain([DistStyle::Even]).chain(all) {
                    if !styles.contains(&style) {
                        styles.push(style);
                    }
                }
                (table.name.clone(), styles)
            })
            .collect();
        let queries = case.queries.iter().map(|(text, frequency)| {
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            let reads = tables.iter().enumerate();
            let reads = reads.filter(|(_, (name, _))| words.contains(&name.bare().as_str()));
            let reads = reads.map(|(place, _)| place).collect();
            (sql::parse_query(text).expect("a query"), *frequency, reads)
        });
        Self {
            queries: queries.collect(),
            schema,
            stats,
            cluster: CLUSTER.parse().expect("a cluster"),
            tables,
            memo: HashMap::new(),
        }
    }

    /// The styles of a schema, by table.
    pub fn styles_of(&self, schema: &Schema) -> Vec<DistStyle> {
        let tables = self.tables.iter();
        tables
            .map(|(name, _)| now(&schema.tables[name].dist_style))
            .collect()
    }

    /// Bytes moved, stored by copies and rewritten, as docs/advise.md sums them up.
    pub fn objective(&mut self, styles: &[DistStyle]) -> f64 {
        let weights = Config::default().advise;
        let mut sum = 0.0;
        for ((name, choices), style) in self.tables.iter().zip(styles) {
            let table = &self.schema.tables[name];
            let bytes = bytes_of(table, &self.stats);
            let blocks = table.columns.len() as f64 * work::BLOCK_BYTES;
            if *style == DistStyle::All {
                let copied = bytes.max(blocks) * self.cluster.nodes();
                let spread = bytes.max(blocks * self.cluster.slices());
                sum += (copied - spread).max(0.0) * weights.storage_weight;
            }
            if *style != choices[0] {
                sum += bytes / weights.runs;
            }
        }
        for query in 0..self.queries.len() {
            sum += self.queries[query].1 * self.moved(query, styles);
        }
        sum
    }

    /// Bytes that one run of a query moves, by the planner.
    fn moved(&mut self, query: usize, styles: &[DistStyle]) -> f64 {
        let (statement, _, reads) = &self.queries[query];
        let key: Vec<DistStyle> = reads.iter().map(|&table| styles[table].clone()).collect();
        if let Some(known) = self.memo.get(&(query, key.clone())) {
            return *known;
        }
        for ((name, _), style) in self.tables.iter().zip(styles) {
            let table = self.schema.tables.get_mut(name).expect("the table");
            table.dist_style = style.clone();
        }
        let shape = self.cluster.shape();
        let planned = planner::plan(statement, &self.schema, &self.stats, shape).expect("a plan");
        let cx = work::Context::new(shape).with(&self.schema, &self.stats);
        let moved = work::measure(&planned.plan, &cx).network_bytes();
        self.memo.insert((query, key), moved);
        moved
    }

    /// The least objective of all combinations.
    pub fn optimum(&mut self) -> (f64, Vec<DistStyle>) {
        let choices: Vec<Vec<DistStyle>> = self.tables.iter().map(|(_, s)| s.clone()).collect();
        let mut at = vec![0; choices.len()];
        let mut best = (f64::INFINITY, Vec::new());
        loop {
            let styles: Vec<DistStyle> = at
                .iter()
                .zip(&choices)
                .map(|(&i, c)| c[i].clone())
                .collect();
            let sum = self.objective(&styles);
            if sum < best.0 {
                best = (sum, styles);
            }
            let mut place = 0;
            loop {
                if place == at.len() {
                    return best;
                }
                at[place] += 1;
                if at[place] < choices[place].len() {
                    break;
                }
                at[place] = 0;
                place += 1;
            }
        }
    }
}

/// Bytes of a table before compression.
fn bytes_of(table: &Table, stats: &Stats) -> f64 {
    let stats = stats.table(&table.name).expect("known");
    let columns = table.columns.iter();
    let width: f64 = columns
        .map(|column| work::bytes_of(&column.data_type, stats, &column.name))
        .sum();
    stats.rows.expect("known") * width
}

fn now(style: &DistStyle) -> DistStyle {
    match style {
        DistStyle::Auto(Some(style)) => (**style).clone(),
        DistStyle::Auto(None) => DistStyle::Even,
        style => style.clone(),
    }
}

/// What became of one case.
pub struct Outcome {
    pub seed: u64,
    /// The objective as things are, as recommended, and at best.
    pub objective: [f64; 3],
    pub proven: bool,
    /// Milliseconds over one run of the workload, as things are and as recommended.
    pub weighted_ms: [f64; 2],
    /// Advising on what is advised changes nothing.
    pub fixed: bool,
    /// Called otherwise, the tables get the same keys.
    pub same_by_other_names: bool,
    pub text: String,
}

impl Outcome {
    pub fn of(seed: u64) -> Self {
        let case = case(seed);
        let schema = case.schema();
        let advice = case.advice(&schema);
        let mut measured = Measured::new(&case);
        let (best, best_styles) = measured.optimum();
        let advised = applied(&schema, &advice);
        let styles = measured.styles_of(&advised);
        let objective = [
            measured.objective(&measured.styles_of(&schema)),
            measured.objective(&styles),
            best,
        ];
        let weighted = |ms: &dyn Fn(&advise::QueryAdvice) -> f64| -> f64 {
            advice.queries.iter().map(|q| q.frequency * ms(q)).sum()
        };
        let again = case.advice(&advised);
        let names = [
            ("orders", "a9"),
            ("assets", "z1"),
            ("zones", "b5"),
            ("members", "m0"),
        ];
        let other = case.renamed(&names);
        let other_advice = other.advice(&other.schema());
        let same = names.iter().all(|(old, new)| {
            let keys = |advice: &Advice, name: &str| {
                let found = advice.tables.iter().find(|one| one.table == name.into());
                found.map(|one| one.recommended.clone())
            };
            keys(&advice, old) == keys(&other_advice, new)
        });
        let text = format!(
            "{}{:?}\nadvised {styles:?}\nbest {best_styles:?}\nagain {:?}\n{:?}",
            case.ddl,
            case.queries,
            again
                .tables
                .iter()
                .filter(|table| table.changes())
                .map(|table| format!(
                    "{} {:?} -> {:?}",
                    table.table, table.current, table.recommended
                ))
                .collect::<Vec<_>>(),
            advice.taken_back
        );
        Self {
            seed,
            objective,
            proven: advice.network_bytes.proven_optimal,
            weighted_ms: [
                weighted(&|q| q.before.warm.p50_ms),
                weighted(&|q| q.after.warm.p50_ms),
            ],
            fixed: again.tables.iter().all(|table| !table.changes()),
            same_by_other_names: same,
            text,
        }
    }

    /// More than is: of the objective, whose least difference that counts is a block.
    pub fn worse_in_bytes(&self) -> bool {
        self.objective[1] > self.objective[0] * (1.0 + 1e-6) + 1.0
    }

    pub fn worse_in_time(&self) -> bool {
        self.weighted_ms[1] > self.weighted_ms[0] * 1.05
    }

    /// How far above the best, as a share of it; what is below a block is nothing.
    pub fn gap(&self) -> f64 {
        (self.objective[1] - self.objective[2]) / self.objective[2].max(work::BLOCK_BYTES)
    }

    pub fn proof_fails(&self) -> bool {
        self.proven && self.gap() > 0.01
    }
}
