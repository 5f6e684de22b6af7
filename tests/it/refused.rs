//! What Redshift refuses is told at its place with the reason and Redshift's way; what is like it
//! and right is not.

use distkey::environment::Environment;
use distkey::lint::{Input, lint};
use distkey::rules::{Finding, Severity};
use distkey::text::SourceFile;

/// Tables that the statements are about.
const TABLES: &str = "create table shop (shop_id int primary key, town varchar(20));
create table sale (sale_id bigint, shop_id int, day date, note varchar(20)) distkey (shop_id) sortkey (day);
create table sale_new (sale_id bigint, shop_id int, day date, note varchar(20)) distkey (shop_id) sortkey (day);
create table sale_wide (sale_id bigint, shop_id int, day date, note varchar(40)) distkey (shop_id) sortkey (day);
create table sale_even (sale_id bigint, shop_id int, day date, note varchar(20)) diststyle even sortkey (day);
create table sale_less (sale_id bigint, shop_id int, day date) distkey (shop_id) sortkey (day);
create external table lake.events (id int) stored as parquet location 's3://bucket/events/';
";

/// The refused text with `^` before the place, its code, and a neighbour that Redshift takes.
type Case = (&'static str, &'static str, &'static str);

const LIMITS: &[Case] = &[
    (
        "create table t (a ^varchar(65536))",
        "DK270",
        "create table t (a varchar(65535))",
    ),
    (
        "create table t (a ^varchar(0))",
        "DK270",
        "create table t (a varchar(1))",
    ),
    (
        "create table t (a ^char(4097))",
        "DK270",
        "create table t (a char(4096))",
    ),
    (
        "create table t (a ^varbyte(16777217))",
        "DK270",
        "create table t (a varbyte(16777216))",
    ),
    (
        "create table t (a ^decimal(39,2))",
        "DK270",
        "create table t (a decimal(38,2))",
    ),
    (
        "create table t (a ^decimal(5,6))",
        "DK270",
        "create table t (a decimal(6,6))",
    ),
    (
        "alter table shop add column a ^varchar(70000)",
        "DK270",
        "alter table shop add column a varchar(700)",
    ),
];

const CONTRADICTIONS: &[Case] = &[
    (
        "create table t (a int, b int, ^A date)",
        "DK270",
        "create table t (a int, b int, c date)",
    ),
    (
        "create table t (\"a\" int, ^a int)",
        "DK270",
        "create table t (\"a\" int, a2 int)",
    ),
    (
        "create table t (a int identity(1,1), b bigint ^identity(1,1))",
        "DK270",
        "create table t (a int identity(1,1), b bigint)",
    ),
    (
        "create table t (a varchar(10) ^identity(1,1))",
        "DK270",
        "create table t (a bigint identity(1,1))",
    ),
    (
        "create table t (a super, b int) sortkey (^a)",
        "DK270",
        "create table t (a super, b int) sortkey (b)",
    ),
    (
        "create table t (a geometry, b int) distkey (^a)",
        "DK270",
        "create table t (a geometry, b int) distkey (b)",
    ),
    (
        "create table t (a geography ^distkey)",
        "DK270",
        "create table t (a int distkey)",
    ),
    (
        "create table t (a hllsketch ^sortkey)",
        "DK270",
        "create table t (a int sortkey)",
    ),
    (
        "create table t (a int not null ^null)",
        "DK270",
        "create table t (a int null)",
    ),
    (
        "create table t (a int ^null primary key)",
        "DK270",
        "create table t (a int not null primary key)",
    ),
    (
        "create table t (a int primary key, b int ^primary key)",
        "DK270",
        "create table t (a int primary key, b int unique)",
    ),
    (
        "create table t (a int primary key, b int, ^primary key (b))",
        "DK270",
        "create table t (a int, b int, primary key (a, b))",
    ),
    (
        "create table t (a int, b int) sortkey (a, b, ^a)",
        "DK270",
        "create table t (a int, b int) sortkey (a, b)",
    ),
    (
        "create table t (a int, ^user int)",
        "DK270",
        "create table t (a int, \"user\" int)",
    ),
    (
        "create table t (^Order int)",
        "DK270",
        "create table t (orders int)",
    ),
    (
        "create table ^s.table (a int)",
        "DK270",
        "create table s.\"table\" (a int)",
    ),
    (
        "alter table shop add column ^group int",
        "DK270",
        "alter table shop add column \"group\" int",
    ),
    (
        "create table t (a int) ^diststyle even distkey (a)",
        "DK223",
        "create table t (a int) diststyle key distkey (a)",
    ),
    (
        "create table t (a boolean ^encode az64)",
        "DK217",
        "create table t (a boolean encode zstd)",
    ),
    (
        "create table t (a int, b int) distkey (^c)",
        "DK224",
        "create table t (a int, b int) distkey (b)",
    ),
    (
        "create table t (a int, primary key (^b))",
        "DK224",
        "create table t (a int, primary key (a))",
    ),
];

const COLUMNS: &[Case] = &[
    (
        "alter table sale ^drop column amount",
        "DK242",
        "alter table sale drop column note",
    ),
    (
        "alter table sale ^alter sortkey (day, amount)",
        "DK242",
        "alter table sale alter sortkey (day, sale_id)",
    ),
    (
        "alter table sale ^alter distkey amount",
        "DK242",
        "alter table sale alter distkey sale_id",
    ),
    (
        "alter table sale ^rename column amount to total",
        "DK242",
        "alter table sale rename column note to remark",
    ),
    (
        "copy sale (sale_id, ^amount) from 's3://b/p' iam_role default manifest csv",
        "DK224",
        "copy sale (sale_id, note) from 's3://b/p' iam_role default manifest csv",
    ),
    (
        "insert into sale (sale_id, ^amount) select 1, 2",
        "DK224",
        "insert into sale (sale_id, note) select 1, 'x'",
    ),
    (
        "insert into sale (^amount) values (1), (2)",
        "DK224",
        "insert into sale (note) values ('a'), ('b')",
    ),
    (
        "update sale set note = 'x', ^amount = 3 where sale_id = 1",
        "DK224",
        "update sale set note = 'amount', day = '2026-01-01' where sale_id = 1",
    ),
    (
        "update sale s set ^amount = coalesce(1, 2) from shop where s.shop_id = shop.shop_id",
        "DK224",
        "update sale s set note = coalesce('a', 'b') from shop where s.shop_id = shop.shop_id",
    ),
    // Dropped before, so not there any more.
    (
        "alter table sale drop column note; insert into sale (^note) select 'x'",
        "DK224",
        "insert into sale (note) select 'x'; alter table sale drop column note",
    ),
];

const ALTERS: &[Case] = &[
    (
        "alter table sale ^drop column shop_id",
        "DK242",
        "alter table sale drop column note",
    ),
    (
        "alter table sale ^drop column day",
        "DK242",
        "alter table sale alter sortkey (shop_id); alter table sale drop column day",
    ),
    (
        "alter table sale ^alter column shop_id type bigint",
        "DK242",
        "alter table sale alter column note type varchar(40)",
    ),
    (
        "alter table sale ^append from sale_wide",
        "DK242",
        "alter table sale append from sale_new",
    ),
    (
        "alter table sale ^append from sale_even",
        "DK242",
        "alter table sale append from sale_new",
    ),
    (
        "alter table sale ^append from sale_less",
        "DK242",
        "alter table sale append from sale_less filltarget",
    ),
    (
        "alter table sale_less ^append from sale",
        "DK242",
        "alter table sale_less append from sale ignoreextra",
    ),
    (
        "alter table sale ^append from sale_new ignoreextra filltarget",
        "DK242",
        "alter table sale append from sale_new fillTARGET",
    ),
];

const LOADS: &[Case] = &[
    (
        "copy shop from 's3://b/p' iam_role default manifest csv ^escape",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest escape",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest removequotes ^format as csv",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest format as csv",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest csv ^json 'auto'",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest json 'auto'",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest fixedwidth '0:8' ^delimiter ','",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest fixedwidth '0:8'",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest parquet ^gzip",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest csv gzip",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest format orc ^ignoreheader 1",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest format orc fillrecord",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest gzip ^zstd",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest zstd",
    ),
    (
        "copy shop from 's3://b/p' iam_role default ^iam_role default manifest",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest",
    ),
    (
        "copy shop from 's3://b/p' iam_role default manifest quote '%' ^maxerror 100001",
        "DK271",
        "copy shop from 's3://b/p' iam_role default manifest csv quote '%'",
    ),
    (
        "unload ('select 1') to 's3://b/p' iam_role default parquet ^header",
        "DK271",
        "unload ('select 1') to 's3://b/p' iam_role default csv header",
    ),
    (
        "unload ('select 1') to 's3://b/p' iam_role default json ^null as ''",
        "DK271",
        "unload ('select 1') to 's3://b/p' iam_role default null as ''",
    ),
    (
        "unload ('select 1') to 's3://b/p' iam_role default cleanpath ^allowoverwrite",
        "DK271",
        "unload ('select 1') to 's3://b/p' iam_role default allowoverwrite",
    ),
    (
        "unload ('select 1') to 's3://b/p' iam_role default ^kms_key_id 'k'",
        "DK271",
        "unload ('select 1') to 's3://b/p' iam_role default kms_key_id 'k' encrypted",
    ),
];

const TRANSACTIONS: &[Case] = &[
    (
        "begin; ^vacuum sale; commit",
        "DK272",
        "begin; delete from sale where sale_id = 1; commit; vacuum sale",
    ),
    (
        "start transaction; ^alter table sale alter column note type varchar(30); end",
        "DK272",
        "alter table sale alter column note type varchar(30)",
    ),
    (
        "begin; ^alter table sale append from sale_new; commit",
        "DK272",
        "begin; commit; alter table sale append from sale_new",
    ),
    (
        "begin; ^create external table lake.more (id int) stored as orc location 's3://b/m/'; commit",
        "DK272",
        "begin; rollback; create external table lake.more (id int) stored as orc location 's3://b/m/'",
    ),
    (
        "begin; ^drop table lake.events; commit",
        "DK272",
        "begin; drop table sale; commit",
    ),
    (
        "begin; ^alter table lake.events add partition (d='1') location 's3://b/1/'; commit",
        "DK272",
        "alter table lake.events add partition (d='1') location 's3://b/1/'",
    ),
    (
        "begin; ^create database d; commit",
        "DK272",
        "create database d; begin; commit",
    ),
    (
        "begin; ^copy sale from 's3://b/p' iam_role 'arn:aws:iam::1:role/r' csv job create j; commit",
        "DK272",
        "begin; copy sale from 's3://b/p' iam_role 'arn:aws:iam::1:role/r' manifest csv; commit",
    ),
];

/// Both clauses, once each and without a condition, or neither.
const MERGES: &[Case] = &[
    (
        "^merge into sale using sale_new n on sale.sale_id = n.sale_id when matched then delete",
        "DK222",
        "delete from sale using sale_new n where sale.sale_id = n.sale_id",
    ),
    (
        "^merge into sale using sale_new n on sale.sale_id = n.sale_id when matched then update set \
         note = n.note",
        "DK222",
        "merge into sale using sale_new n on sale.sale_id = n.sale_id when matched then update set \
         note = n.note when not matched then insert values (n.sale_id, n.shop_id, n.day, n.note)",
    ),
    (
        "^merge into sale using sale_new n on sale.sale_id = n.sale_id when not matched then insert \
         values (n.sale_id, n.shop_id, n.day, n.note)",
        "DK222",
        "merge into sale using sale_new n on sale.sale_id = n.sale_id when matched then delete when \
         not matched then insert values (n.sale_id, n.shop_id, n.day, n.note)",
    ),
    (
        "^merge into sale using sale_new n on sale.sale_id = n.sale_id when matched and n.note = 'x' \
         then delete when not matched then insert values (n.sale_id, n.shop_id, n.day, n.note)",
        "DK222",
        "merge into sale using sale_new n on sale.sale_id = n.sale_id remove duplicates",
    ),
];

const HABITS: &[Case] = &[
    (
        "create table t (a ^serial)",
        "DK222",
        "create table t (a bigint identity(1,1))",
    ),
    (
        "create table t (a ^int[])",
        "DK222",
        "create table t (a super)",
    ),
    (
        "create table t (a ^text[][])",
        "DK222",
        "create table t (a super)",
    ),
    (
        "create table t (a ^integer array)",
        "DK222",
        "create table t (a super)",
    ),
    (
        "create table t (a ^uuid)",
        "DK222",
        "create table t (a char(36))",
    ),
    (
        "create table t (a ^enum('x', 'y'))",
        "DK222",
        "create table t (a varchar(1))",
    ),
    (
        "create table t (a ^varchar2(20))",
        "DK222",
        "create table t (a varchar(20))",
    ),
    (
        "create table t (a ^datetime2(7))",
        "DK222",
        "create table t (a timestamp)",
    ),
    (
        "create table t (a int ^check (a > 0))",
        "DK222",
        "create table t (a int)",
    ),
    (
        "create table t (a int, ^check (a > 0))",
        "DK222",
        "create table t (a int)",
    ),
    (
        "create table t (a int references shop (shop_id) ^on delete cascade)",
        "DK222",
        "create table t (a int references shop (shop_id))",
    ),
    (
        "create table t (a int, foreign key (a) references shop (shop_id) ^on update set null)",
        "DK222",
        "create table t (a int, foreign key (a) references shop (shop_id))",
    ),
    (
        "create table t (a int primary key ^deferrable)",
        "DK222",
        "create table t (a int primary key)",
    ),
    (
        "create table t (a int ^auto_increment)",
        "DK222",
        "create table t (a int identity(1,1))",
    ),
    (
        "create table t (a int ^unsigned)",
        "DK222",
        "create table t (a bigint)",
    ),
    (
        "create table t (a int ^comment 'x')",
        "DK222",
        "create table t (a int); comment on column t.a is 'x'",
    ),
    (
        "create table t (a int, b int ^generated always as (a + 1) stored)",
        "DK222",
        "create table t (a int, b int)",
    ),
    (
        "create table t (a int, ^index on_a (a))",
        "DK222",
        "create table t (a int) sortkey (a)",
    ),
    (
        "create table t (a int, ^unique key on_a (a))",
        "DK222",
        "create table t (a int, unique (a))",
    ),
    (
        "create table t (a int) ^engine=InnoDB",
        "DK222",
        "create table t (a int)",
    ),
    (
        "create table t (a int) ^tablespace fast",
        "DK222",
        "create table t (a int)",
    ),
    (
        "create table t (a int) ^partition by range (a)",
        "DK222",
        "create table t (a int) sortkey (a)",
    ),
    (
        "create table t (a int) ^inherits (shop)",
        "DK222",
        "create table t (like shop)",
    ),
    (
        "create temp table t (a int) ^on commit drop",
        "DK222",
        "create temp table t (a int) on commit preserve rows",
    ),
    (
        "create table t (a int) ^cluster by (a)",
        "DK222",
        "create table t (a int) sortkey (a)",
    ),
    (
        "create table t (a int) ^distributed by (a)",
        "DK222",
        "create table t (a int) distkey (a)",
    ),
    (
        "alter table shop add column ^if not exists note int",
        "DK222",
        "alter table shop add column note int",
    ),
    (
        "alter table shop drop column ^if exists town",
        "DK222",
        "alter table shop drop column town",
    ),
    (
        "alter table shop ^modify column town varchar(30)",
        "DK222",
        "alter table shop alter column town type varchar(30)",
    ),
    (
        "alter table shop ^alter column town set not null",
        "DK222",
        "alter table shop alter column town encode zstd",
    ),
    (
        "alter table shop ^alter column town set default 'x'",
        "DK222",
        "alter table shop add column place varchar(9) default 'x'",
    ),
    (
        "alter table shop ^add index (town)",
        "DK222",
        "alter table shop alter sortkey (town)",
    ),
    (
        "alter table shop ^set schema stage",
        "DK222",
        "alter table shop rename to shops",
    ),
    (
        "alter table shop add column a ^jsonb",
        "DK222",
        "alter table shop add column a super",
    ),
    (
        "^create index i on shop (town)",
        "DK222",
        "alter table shop alter sortkey (town)",
    ),
    (
        "^create unique index i on shop (town)",
        "DK222",
        "alter table shop add unique (town)",
    ),
    (
        "^create sequence s",
        "DK222",
        "create table t (a int identity(1,1))",
    ),
    (
        "^create trigger x before insert on shop",
        "DK222",
        "create view v as select town from shop",
    ),
    ("^create extension hstore", "DK222", "create schema h"),
    (
        "^create type mood as enum ('a')",
        "DK222",
        "create schema h",
    ),
    ("^drop sequence s", "DK222", "drop table shop"),
    (
        "insert into shop values (1, 'x') ^on conflict (shop_id) do nothing",
        "DK222",
        "insert into shop values (1, 'x'), (2, 'y')",
    ),
    (
        "insert into shop values (1, 'x') ^on duplicate key update town = 'x'",
        "DK222",
        "insert into shop values (1, 'x'), (2, 'y')",
    ),
    (
        "insert into shop select 1, 'x' ^returning shop_id",
        "DK222",
        "insert into shop select 1, 'returning'",
    ),
    (
        "^insert ignore into shop select 1, 'x'",
        "DK222",
        "insert into shop select 1, 'ignore'",
    ),
    (
        "^replace into shop values (1, 'x')",
        "DK222",
        "insert into shop values (1, 'x'), (2, 'y')",
    ),
    (
        "select ^distinct on (town) shop_id from shop",
        "DK222",
        "select distinct town from shop",
    ),
    (
        "select town from shop ^for update",
        "DK222",
        "select town from shop",
    ),
];

fn errors(text: &str) -> (SourceFile, Vec<Finding>, Vec<String>) {
    let source = SourceFile::new("t.sql", text);
    let env = Environment::default();
    let linted = lint(&[Input::Text(source.clone())], env.view());
    let file = linted.files.into_iter().next().expect("one file");
    let said = file.errors.iter().map(|error| error.message.clone());
    let said = said
        .chain(file.notes.iter().map(|(_, note)| note.clone()))
        .collect();
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    (
        source,
        file.findings.into_iter().filter(is_error).collect(),
        said,
    )
}

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (refused, code, taken) in cases {
        let at = TABLES.len() + refused.find('^').expect("a place");
        let text = format!("{TABLES}{};\n", refused.replacen('^', "", 1));
        let (source, findings, said) = errors(&text);
        let found = findings.iter().find(|finding| finding.code == *code);
        let place = found.and_then(|finding| finding.location.as_ref());
        let is_there = place.is_some_and(|place| place.span.start == at);
        let remedy = found.is_some_and(|finding| finding.remedy.text.len() > 5);
        if !is_there || !remedy {
            let all: Vec<_> = findings
                .iter()
                .map(|f| {
                    (
                        f.code,
                        &f.message,
                        f.location.as_ref().map(|l| &source.text[l.span.start..]),
                    )
                })
                .collect();
            wrong.push(format!("{refused}: {all:?} {said:?}"));
        }
        let (_, findings, said) = errors(&format!("{TABLES}{taken};\n"));
        if !findings.is_empty() || !said.is_empty() {
            let all: Vec<_> = findings.iter().map(|f| (f.code, &f.message)).collect();
            wrong.push(format!("taken: {taken}: {all:?} {said:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn limits_of_types() {
    check(LIMITS);
}

#[test]
fn definitions_that_contradict_themselves() {
    check(CONTRADICTIONS);
}

#[test]
fn columns_that_are_not_there() {
    check(COLUMNS);
}

#[test]
fn changes_that_the_table_does_not_take() {
    check(ALTERS);
}

#[test]
fn parameters_that_exclude_each_other() {
    check(LOADS);
}

#[test]
fn statements_that_no_transaction_takes() {
    check(TRANSACTIONS);
}

#[test]
fn merges_with_half_of_their_clauses() {
    check(MERGES);
}

#[test]
fn habits_of_other_databases() {
    check(HABITS);
}
