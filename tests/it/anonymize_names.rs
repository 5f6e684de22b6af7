//! `--anonymize` and names that are words of SQL, of Redshift or of plans: what is written
//! may not depend on what a name says.

use distkey::anonymize::{self, Names};
use distkey::plan;
use distkey::sql;
use distkey::text::SourceFile;

/// Words that Redshift, its plans or its COPY use, and that may name a table or a column
/// without quotes.
const WORDS: [&str; 60] = [
    "part",
    "key",
    "share",
    "date",
    "rows",
    "filter",
    "hash",
    "location",
    "format",
    "partitions",
    "owner",
    "state",
    "type",
    "value",
    "range",
    "text",
    "name",
    "role",
    "schema",
    "month",
    "year",
    "zone",
    "time",
    "first",
    "last",
    "map",
    "data",
    "job",
    "region",
    "level",
    "class",
    "source",
    "target",
    "method",
    "plan",
    "step",
    "scan",
    "sort",
    "merge",
    "network",
    "seq",
    "cost",
    "width",
    "loops",
    "status",
    "action",
    "event",
    "version",
    "position",
    "count",
    "sum",
    "rank",
    "length",
    "left_side",
    "index",
    "session",
    "include",
    "second",
    "at",
    "public",
];

/// Words that only a quoted name can be.
const RESERVED: [&str; 16] = [
    "partition",
    "user",
    "order",
    "group",
    "table",
    "end",
    "raw",
    "default",
    "limit",
    "select",
    "from",
    "when",
    "tag",
    "open",
    "timestamp",
    "desc",
];

/// A name that no one could take for a word of the language.
const PLAIN: &str = "zzname";

/// Statements in which `@` is a name.
const STATEMENTS: [&str; 42] = [
    "create table @ (id int, a date) distkey(id);",
    "create table s.@ (id int);",
    "create table if not exists @.orders (id int);",
    "create table t (@ int);",
    "create table t (id int, @ varchar(10) encode lzo not null);",
    "create table t (id int, @ date, primary key (@)) diststyle key distkey(@) compound sortkey(@, id);",
    "create table t (id int, @ int references @ (@));",
    "create table t (id int, constraint @ unique (id), foreign key (id) references @ (id));",
    "create table t (id int, check (@ > 3 and t.@ < 5));",
    "create table t (like @);",
    "create temp table @ as select 1 as id;",
    "create table t as select @, count(*) as n from orders group by @;",
    "create view @ as select id from t;",
    "create view v as with @ as (select 1 as id) select * from @;",
    "create materialized view @ diststyle key distkey(id) as select id from t;",
    "alter table @ add column a int;",
    "alter table t add column @ int;",
    "alter table t drop column @;",
    "alter table t rename column @ to b;",
    "alter table t rename to @;",
    "alter table t alter column @ type varchar(20);",
    "alter table t alter column @ encode zstd;",
    "alter table t alter distkey @;",
    "alter table t owner to @;",
    "alter table s.e add partition (@='2020-01-01') location 's3://bucket/a/';",
    "drop table if exists @, s.@;",
    "comment on table @ is 'x';",
    "comment on column t.@ is 'x';",
    "copy @ from 's3://b/p/' iam_role default csv;",
    "copy s.@ (id, @) from 's3://b/p/' iam_role default format as json 'auto';",
    "copy t from 's3://b/p/' iam_role default fixedwidth '@:5,id:4';",
    "unload ('select @ from t where @.x > 3') to 's3://b/p/' iam_role default;",
    "unload (select @ from t) to 's3://b/p/' iam_role default parquet partition by (@);",
    "select @ from t;",
    "select t.@, @.id from @ join t on t.id = @.id where @.@ = 5 and @.kind in (1, 2);",
    "select a as @ from t as @ order by @;",
    "select sum(@), max(t.@)::date, cast(@ as varchar(5)) from t where @ between 1 and 2 group by @ having sum(@) > 1;",
    "select row_number() over (partition by @ order by @ desc rows between unbounded preceding and current row) as n from t;",
    "insert into @ (id, @) select id, @ from t;",
    "update @ set @ = 1 where id in (select @ from t);",
    "delete from @ using t where @.id = t.id;",
    "create external table s.e (@ int) partitioned by (p date) stored as parquet location 's3://b/p/';",
];

/// Statements that have no grammar here, or that are refused.
const OTHERS: [&str; 14] = [
    "grant select on table @ to t;",
    "grant select on @ to group t;",
    "revoke all on schema @ from t;",
    "analyze @;",
    "analyze t (@);",
    "vacuum full @ to 99 percent;",
    "truncate @;",
    "truncate table s.@;",
    "create schema @;",
    "refresh materialized view @;",
    "merge into @ using t on @.id = t.id remove duplicates;",
    "alter user @ set search_path to t;",
    "create index a on t (@);",
    "select @.id from t full join @ on @.id = t.id where @.id = some (select 1) fetch nothing;",
];

/// Lines of conditions in which `@` is a name.
const PLANS: [&str; 8] = [
    "XN Seq Scan on @  (cost=0.00..1.00 rows=100 width=4)\n  Filter: (@ > 3)",
    "XN Seq Scan on s.@ t  (cost=0.00..1.00 rows=100 width=4)\n  Filter: ((t.@ = 5) AND (\"@\" IS NOT NULL))",
    "XN Seq Scan on orders @  (cost=0.00..1.00 rows=100 width=4)\n  Filter: (((@.x)::text = 'abc'::text) AND (x < '2020-01-01'::date))",
    "XN Seq Scan on orders  (cost=0.00..1.00 rows=100 width=4)\n  Filter: ((@ ~~ 'a%'::character varying(5)) OR (date_part('month'::text, @) = 3))",
    "XN Seq Scan on orders  (cost=0.00..1.00 rows=100 width=4)\n  Filter: CASE WHEN (@ = 1) THEN true ELSE (@ <> 3) END",
    "XN Hash Join DS_DIST_NONE  (cost=1.00..2.00 rows=100 width=4)\n  Hash Cond: (\"outer\".@ = \"inner\".\"@\")\n  ->  XN Seq Scan on a  (cost=0.00..1.00 rows=100 width=4)\n  ->  XN Hash  (cost=1.00..1.00 rows=100 width=4)\n        ->  XN Seq Scan on @  (cost=0.00..1.00 rows=100 width=4)",
    "XN Merge  (cost=1.00..2.00 rows=100 width=4)\n  Merge Key: @, max(@)\n  ->  XN Network  (cost=1.00..2.00 rows=100 width=4)\n        Send to leader\n        ->  XN Sort  (cost=1.00..2.00 rows=100 width=4)\n              Sort Key: @, sum(t.@)\n              ->  XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=4)",
    "XN Seq Scan on @  (cost=0.00..1.00 rows=100 width=4)\n----- Tables missing statistics: @, b -----\n----- Update statistics by running the ANALYZE command on these tables -----",
];

fn words() -> impl Iterator<Item = String> {
    let quoted = RESERVED.map(|word| format!("\"{word}\""));
    WORDS.iter().map(|word| word.to_string()).chain(quoted)
}

/// The statement with its names replaced, with those of other files learnt or not.
fn rewritten(text: &str, defined: Option<&str>) -> String {
    let mut names = Names::default();
    if let Some(ddl) = defined {
        anonymize::learn(&SourceFile::new("ddl", ddl), &mut names);
    }
    let source = SourceFile::new("query", text);
    let new = anonymize::source(&source, "input".to_owned(), &mut names);
    assert!(new.notes.is_empty(), "{text}: {:?}", new.notes);
    let errors = sql::parse(&new).errors;
    assert!(errors.is_empty(), "{text} became {}: {errors:?}", new.text);
    new.text
}

fn shown(text: &str) -> String {
    let mut names = Names::default();
    let reading = anonymize::reading(plan::read(text), &mut names);
    assert!(reading.unrecognized.is_empty(), "{text}");
    let plans: Vec<String> = reading.plans.iter().map(ToString::to_string).collect();
    plans.join("\n")
}

#[test]
fn a_name_in_a_statement_is_hidden_whatever_it_says() {
    let mut failed = Vec::new();
    for word in words() {
        for statement in STATEMENTS.iter().chain(&OTHERS) {
            for defined in [false, true] {
                let ddl = |name: &str| format!("create table {name} (id int, {name} int);");
                let of = |name: &str| {
                    let ddl = defined.then(|| ddl(name));
                    rewritten(&statement.replace('@', name), ddl.as_deref())
                };
                // Every database has this schema, and it may be one before any point.
                let schema = ["@.orders", "schema @", "@.id from"];
                if word == "public" && schema.iter().any(|part| statement.contains(part)) {
                    continue;
                }
                // FIXEDWIDTH and others name columns within a text, where quotes don't go.
                if word.starts_with('"') && statement.contains('\'') {
                    continue;
                }
                let (plain, word) = (of(PLAIN), of(&word));
                if plain != word {
                    failed.push(format!("{statement}\n  {plain}\n  {word}"));
                }
                assert!(!plain.contains(PLAIN), "{plain}");
            }
        }
    }
    failed.dedup();
    assert!(
        failed.is_empty(),
        "{}:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn a_name_in_a_plan_is_hidden_whatever_it_says() {
    let mut failed = Vec::new();
    for word in words() {
        for text in PLANS {
            // Redshift quotes a name only once.
            let text = text.replace("\"@\"", if word.starts_with('"') { "@" } else { "\"@\"" });
            let (plain, word) = (text.replace('@', PLAIN), text.replace('@', &word));
            let (plain, word) = (shown(&plain), shown(&word));
            if plain != word {
                failed.push(format!("{text}\n  {plain}\n  {word}"));
            }
            assert!(!plain.contains(PLAIN), "{plain}");
            let again = plan::read(&plain).plans;
            assert_eq!(again.len(), 1, "{plain}");
            assert_eq!(again[0].to_string(), plain);
        }
    }
    assert!(
        failed.is_empty(),
        "{}:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
