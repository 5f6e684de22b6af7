//! What `advise` says of public benchmarks and of AWS's public rules, beside what AWS says: one
//! command, one table.
//!
//! `cargo run --release --package distkey-checks --bin evidence -- CORPUS > docs/evidence.md`
//!
//! Fails if from AWS's own keys bytes moved, stored and rewritten or weighted time rise, if more
//! than three queries of a benchmark get slower by more than the model's noise, or if a public rule
//! is not kept.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use distkey::advise::{self, Advice, Keys, Request, TableAdvice, Workload};
use distkey::config::Config;
use distkey::environment::{Environment, Given};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats;
use distkey::text::SourceFile;
use distkey::text::units::{count, duration, size};

/// Queries that may get slower.
const SLOWER: usize = 3;

/// A benchmark: tables as AWS keys them, perhaps without keys too, and its queries.
struct Benchmark {
    name: &'static str,
    source: &'static str,
    cluster: &'static str,
    aws: PathBuf,
    untuned: Option<PathBuf>,
    stats: Vec<PathBuf>,
    queries: Vec<PathBuf>,
}

fn benchmarks(corpus: &Path) -> Vec<Benchmark> {
    let at = |path: &str| corpus.join(path);
    let with_columns = |folder: &str| {
        let files = ["stats.json", "stats-columns.json"];
        files.map(|file| at(folder).join(file)).to_vec()
    };
    vec![
        Benchmark {
            name: "TPC-H",
            source: "AWS's tuned and untuned DDL, 22 queries",
            cluster: "ra3.16xlarge:4",
            aws: at("workloads/tpch/schema_aws_tuned.sql"),
            untuned: Some(at("workloads/tpch/schema_untuned.sql")),
            stats: vec![at("workloads/tpch/rows.json")],
            queries: vec![at("workloads/tpch/queries")],
        },
        Benchmark {
            name: "TPC-H 3 TB",
            source: "AWS's DDL, 22 queries, with column statistics",
            cluster: "ra3.4xlarge:4",
            aws: at("latency/tpch3tb/create.sql"),
            untuned: None,
            stats: with_columns("latency/tpch3tb"),
            queries: vec![at("latency/tpch3tb/queries.sql")],
        },
        Benchmark {
            name: "TPC-DS 100 GB",
            source: "AWS's DDL, the queries that are public with it, with column statistics",
            cluster: "ra3.xlplus:2",
            aws: at("latency/tpcds100/create.sql"),
            untuned: None,
            stats: with_columns("latency/tpcds100"),
            queries: tpcds(corpus),
        },
        Benchmark {
            name: "Star Schema Benchmark",
            source: "AWS's tutorial on table design, before and after, 3 queries",
            cluster: "dc2.large:4",
            aws: at("latency/ssb-after/create.sql"),
            untuned: Some(at("latency/ssb-before/create.sql")),
            stats: vec![at("latency/ssb-after/stats.json")],
            queries: vec![at("latency/ssb-after/queries.sql")],
        },
    ]
}

/// The timed queries, and those that AWS publishes with its DDL.
fn tpcds(corpus: &Path) -> Vec<PathBuf> {
    let folder = corpus.join("sql/redshift-benchmarks");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut published: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| path.to_string_lossy().contains(".tpcds."))
        .collect();
    published.sort();
    published.insert(0, corpus.join("latency/tpcds100/queries.sql"));
    published
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn workload(paths: &[PathBuf]) -> Workload {
    let mut workload = Workload::default();
    for path in paths {
        let mut files = vec![path.clone()];
        if path.is_dir() {
            let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
            files = inside.map(|file| file.path()).collect();
            files.sort();
        }
        for file in files {
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            workload.add_sql(&SourceFile::new(name.unwrap_or_default(), read(&file)));
        }
    }
    workload
}

fn advised(ddl: &str, known: &[String], workload: &Workload, cluster: &str) -> Advice {
    let given = Given {
        cluster: Some(cluster),
        ..Given::default()
    };
    let env = Environment::new(Config::default(), given).expect("a cluster");
    let schema = Schema::of(&sql::parse(&SourceFile::new("ddl.sql", ddl)));
    let files: Vec<(String, String)> = known
        .iter()
        .map(|text| ("stats.json".to_owned(), text.clone()))
        .collect();
    let all = stats::gather(&files).expect("statistics").stats;
    let request = Request::new(env.view(), &schema, &all, workload);
    advise::advise(&request, &|_| ())
}

fn keys(keys: &Keys) -> String {
    let mut text = match &keys.distkey {
        Some(column) => format!("DISTKEY({column})"),
        None => keys.diststyle.to_owned(),
    };
    if !keys.sortkey.is_empty() {
        let columns: Vec<&str> = keys.sortkey.iter().map(AsRef::as_ref).collect();
        text.push_str(&format!(" SORTKEY({})", columns.join(", ")));
    }
    text
}

/// A row of the table, and what is wrong with it.
fn row(name: &str, from: &str, advice: &Advice, wrong: &mut Vec<String>) -> String {
    let pair =
        |now: f64, new: f64, unit: fn(f64) -> String| format!("{} → {}", unit(now), unit(new));
    let (now, new) = (&advice.objective.current, &advice.objective.recommended);
    let (bytes_now, bytes) = (now.sum(), new.sum());
    let time = advice.weighted_ms;
    if bytes > bytes_now * 1.000_001 + 1.0 {
        wrong.push(format!("{name} from {from}: bytes rise"));
    }
    if time.recommended > time.current * 1.000_001 {
        wrong.push(format!("{name} from {from}: the time rises"));
    }
    if advice.slower.len() > SLOWER {
        wrong.push(format!(
            "{name} from {from}: slower are {:?}",
            advice.slower
        ));
    }
    format!(
        "| {name} | {from} | {} of {} | {} | {} | {} | {} | {} | {} |",
        advice
            .tables
            .iter()
            .filter(|table| keys(&table.current) != keys(&table.recommended))
            .count(),
        advice.tables.len(),
        advice.queries.len(),
        pair(bytes_now, bytes, size),
        pair(
            advice.scanned_blocks.current,
            advice.scanned_blocks.recommended,
            count
        ),
        pair(time.current, time.recommended, duration),
        advice.faster.len(),
        advice.slower.len(),
    )
}

/// A rule of AWS's, with tables for which it gives the answer.
struct Rule {
    says: &'static str,
    ddl: &'static str,
    stats: &'static str,
    queries: &'static str,
    /// A table and the keys that the rule gives it.
    gives: [(&'static str, &'static str); 2],
}

const RULES: &[Rule] = &[
    Rule {
        says: "A table that is often joined: the join column as DISTKEY and as SORTKEY, for a merge join [Choose the best sort key]",
        ddl: "create table orders (order_id bigint not null, customer_id bigint, placed timestamp, total decimal(12,2));
            create table lines (line_id bigint not null, order_id bigint not null, item_id int, quantity int, price decimal(10,2));",
        stats: r#"{"rows": {"orders": 1500000000, "lines": 6000000000}, "columns": {
            "orders.order_id": {"distinct": 1500000000}, "orders.customer_id": {"distinct": 90000000},
            "lines.order_id": {"distinct": 1500000000}, "lines.item_id": {"distinct": 200000}}}"#,
        queries: "select o.customer_id, sum(l.price) from orders o join lines l on l.order_id = o.order_id group by 1;",
        gives: [("orders", "DISTKEY(order_id) SORTKEY(order_id)"), ("lines", "DISTKEY(order_id) SORTKEY(order_id)")],
    },
    Rule {
        says: "Recent data is asked for most: the timestamp leads the sort key [Choose the best sort key]",
        ddl: "create table clicks (click_id bigint not null, visitor bigint, page int, clicked timestamp not null);
            create table pages (page int not null, section int);",
        stats: r#"{"rows": {"clicks": 2000000000, "pages": 4000}, "columns": {
            "clicks.page": {"distinct": 4000}, "clicks.visitor": {"distinct": 50000000}, "pages.page": {"distinct": 4000},
            "clicks.clicked": {"distinct": 80000000, "min": "2024-01-01", "max": "2026-12-31"}}}"#,
        queries: "select count(*) from clicks where clicked >= '2026-12-24';
            select c.page, count(*) from clicks c join pages p on p.page = c.page where c.clicked between '2026-12-01' and '2026-12-31' and p.section = 3 group by 1;",
        gives: [("clicks", "AUTO SORTKEY(clicked)"), ("pages", "AUTO")],
    },
    Rule {
        says: "A fact and its largest dimension are distributed by the column that joins them [Choose the best distribution style]",
        ddl: "create table customers (customer_id bigint not null, segment int);
            create table invoices (invoice_id bigint not null, customer_id bigint not null, shop_id int not null, amount decimal(12,2));
            create table shops (shop_id int not null, region int);",
        stats: r#"{"rows": {"customers": 300000000, "invoices": 4000000000, "shops": 900}, "columns": {
            "customers.customer_id": {"distinct": 300000000}, "invoices.customer_id": {"distinct": 280000000},
            "customers.segment": {"distinct": 12}, "shops.shop_id": {"distinct": 900}, "invoices.shop_id": {"distinct": 900}, "shops.region": {"distinct": 9}}}"#,
        queries: "select s.region, c.segment, sum(i.amount) from invoices i join customers c on c.customer_id = i.customer_id
            join shops s on s.shop_id = i.shop_id group by 1, 2;",
        gives: [("invoices", "DISTKEY(customer_id)"), ("customers", "DISTKEY(customer_id)")],
    },
    Rule {
        says: "A fact that queries narrow by its calendar is sorted by its date key [Choose the best sort key]",
        ddl: "create table calendar (day_id int not null primary key, day date not null, month int);
            create table stock (item_id int not null, day_id int not null, pieces int);",
        stats: r#"{"rows": {"calendar": 3652, "stock": 3000000000}, "columns": {
            "calendar.day_id": {"distinct": 3652}, "calendar.day": {"distinct": 3652, "min": "2017-01-01", "max": "2026-12-31"},
            "stock.day_id": {"distinct": 3600}, "stock.item_id": {"distinct": 500000}}}"#,
        queries: "select sum(s.pieces) from stock s join calendar c on c.day_id = s.day_id where c.day between '2026-11-01' and '2026-11-30';",
        gives: [("stock", "SORTKEY(day_id)"), ("calendar", "AUTO")],
    },
];

fn rules(wrong: &mut Vec<String>) {
    println!(
        "\n## AWS's public rules\n\n| rule | table | recommended | as the rule has it |\n|---|---|---|---|"
    );
    for rule in RULES {
        let mut workload = Workload::default();
        workload.add_sql(&SourceFile::new("queries.sql", rule.queries));
        let advice = advised(
            rule.ddl,
            &[rule.stats.to_owned()],
            &workload,
            "ra3.4xlarge:4",
        );
        for (name, wanted) in rule.gives {
            let table = advice.tables.iter().find(|one| one.table == name.into());
            let found = table.map_or_else(String::new, |table| keys(&table.recommended));
            let kept = found.ends_with(wanted) || found.contains(wanted);
            if !kept {
                wrong.push(format!(
                    "{}: `{name}` gets {found}, not {wanted}",
                    rule.says
                ));
            }
            println!(
                "| {} | `{name}` | {found} | {} |",
                rule.says,
                if kept { "yes" } else { "no" }
            );
        }
    }
}

fn main() -> ExitCode {
    let corpus = std::env::args()
        .nth(1)
        .or(std::env::var("DISTKEY_CORPUS").ok());
    let corpus = PathBuf::from(corpus.unwrap_or_else(|| "../shared/corpus".to_owned()));
    let mut wrong = Vec::new();
    println!(
        "# Evidence for what `advise` recommends\n\nWritten by `cargo run --release --package distkey-checks --bin evidence`, which fails if from AWS's own\nkeys bytes or time rise, if more than {SLOWER} queries get slower by more than 5 %, or if a rule is not kept.\nBytes are the objective of docs/advise.md over one run of the workload; times are the model's medians.\n"
    );
    println!(
        "| benchmark | from | tables changed | queries | bytes | blocks read | time | faster | slower |\n|---|---|---|---|---|---|---|---|---|"
    );
    let mut differ = Vec::new();
    for benchmark in benchmarks(&corpus) {
        let workload = workload(&benchmark.queries);
        let stats: Vec<String> = benchmark.stats.iter().map(|path| read(path)).collect();
        let from = [
            ("no keys", benchmark.untuned.as_ref()),
            ("AWS's keys", Some(&benchmark.aws)),
        ];
        for (from, path) in from {
            let Some(path) = path else { continue };
            let advice = advised(&read(path), &stats, &workload, benchmark.cluster);
            println!("{}", row(benchmark.name, from, &advice, &mut wrong));
            if from == "AWS's keys" {
                differ.push((benchmark.name, benchmark.source, benchmark.cluster, advice));
            }
        }
    }
    println!("\n## Where AWS says otherwise");
    for (name, source, cluster, advice) in differ {
        println!("\n**{name}** on {cluster}: {source}.\n");
        let differs = |table: &&TableAdvice| keys(&table.current) != keys(&table.recommended);
        let changed: Vec<&TableAdvice> = advice.tables.iter().filter(differs).collect();
        if changed.is_empty() {
            println!("Every table keeps AWS's keys.");
            continue;
        }
        println!("| table | AWS | here |\n|---|---|---|");
        for table in changed {
            println!(
                "| `{}` | {} | {} |",
                table.table,
                keys(&table.current),
                keys(&table.recommended)
            );
        }
        if !advice.slower.is_empty() {
            println!("\nSlower: {}.", advice.slower.join(", "));
        }
    }
    rules(&mut wrong);
    for one in &wrong {
        eprintln!("{one}");
    }
    match wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
