//! Changes, loads and merges that a table or a transaction does not take.

use super::{Case, check};

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
