create table shop.t (id bigint identity(1,1) encode az64 distkey, note varchar(max) default 'a;b' collate case_insensitive)
diststyle key compound sortkey (id, note);
copy shop.t from 's3://example/t' iam_role default format as json 'auto' maxerror 5;
alter table shop.t alter sortkey none; comment on table shop.t is 'it''s'; unload ('select 1') to 's3://x/' parallel off;
select extract(qtr from at) from {{ schema }}.t where a ~ '^x' -- end
