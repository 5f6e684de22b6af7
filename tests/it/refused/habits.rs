//! What PostgreSQL, MySQL, T-SQL and Oracle take and Redshift does not.

use super::{Case, check};

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

#[test]
fn habits_of_other_databases() {
    check(HABITS);
}
