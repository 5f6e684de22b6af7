//! `distkey stats-query`: the SQL that exports what `--stats` reads.

use anstream::print;

use super::Exit;

/// Arguments of `distkey stats-query`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For users who may not read SVV_TABLE_INFO: row counts from catalog tables.
    #[arg(long)]
    without_table_info: bool,
}

/// For superusers, and users with SELECT on the view. Tables without rows are
/// not in it.
const TABLE_INFO: &str = "\
-- Save the result as CSV with its header, and give it to --stats.
-- SVV_TABLE_INFO is for superusers, or by GRANT SELECT; it leaves out empty tables.
SELECT \"schema\", \"table\", diststyle, sortkey1, sortkey1_enc, encoded,
       size, tbl_rows, estimated_visible_rows, unsorted, stats_off, skew_rows
FROM svv_table_info
ORDER BY 1, 2;
";

/// PG_TABLE_DEF shows only schemas in the search path, and no row counts.
const CATALOG: &str = "\
-- Without SVV_TABLE_INFO: the planner's own row counts. Missing then: real rows
-- and deleted ones, size, unsorted share, skew, and the state behind AUTO.
SELECT n.nspname AS \"schema\", c.relname AS \"table\", c.reltuples AS tbl_rows
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal')
ORDER BY 1, 2;
";

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    match args.without_table_info {
        true => print!("{CATALOG}"),
        false => print!("{TABLE_INFO}"),
    }
    Ok(Exit::Clean)
}
