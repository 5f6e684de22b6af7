//! Limits of types, definitions that contradict themselves, columns that are not there.

use super::{Case, check};

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
