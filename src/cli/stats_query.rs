//! `distkey stats-query`: the SQL that exports what `--stats` reads.

use std::path::PathBuf;

use super::{Exit, column_query};

/// Arguments of `distkey stats-query`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For users who may not read SVV_TABLE_INFO: row counts from catalog tables.
    #[arg(long, conflicts_with = "workload")]
    without_table_info: bool,
    /// What pg_stats keeps of each column: NULLs, widths, distinct values, the shares of the
    /// most common values. Any user may run it, for the tables that they may read.
    #[arg(long, conflicts_with_all = ["workload", "without_table_info"])]
    columns: bool,
    /// With --columns: the values too, of this column (`table.column`); repeatable. They are data
    /// of your tables.
    #[arg(long, value_name = "COLUMN", requires = "columns")]
    values: Vec<String>,
    /// With --columns: without pg_stats, by one scan of each table of --ddl; distinct values
    /// approximately, NULLs and ends, of key columns and those that --queries filter and join by.
    #[arg(long, requires_all = ["columns", "ddl"])]
    approximate: bool,
    /// With --approximate: files or folders with the tables' DDL.
    #[arg(long, value_name = "PATH", num_args = 1.., requires = "approximate")]
    ddl: Vec<PathBuf>,
    /// With --approximate: files or folders with queries.
    #[arg(long, value_name = "PATH", num_args = 1.., requires = "approximate")]
    queries: Vec<PathBuf>,
    /// The workload of the last week instead, for `advise --workload`: distinct plans with
    /// how often they ran and how long.
    #[arg(long)]
    workload: bool,
    /// With --workload: from the STL tables of a provisioned cluster.
    #[arg(long, requires = "workload")]
    stl: bool,
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

/// Plans are the same where their steps are, whatever their numbers: the cluster
/// folds them, so that what is exported is one plan per shape.
const WORKLOAD_SYS: &str = "\
-- Save the result as CSV with its header, and give it to advise --workload.
-- Every user sees the own queries, a superuser all. Serverless and provisioned.
-- If plan_info is not known, it is named node_info on your version.
WITH shapes AS (
    SELECT query_id,
           FNV_HASH(LISTAGG(REGEXP_REPLACE(plan_node, '\\\\(cost=.*', ''), '|')
                    WITHIN GROUP (ORDER BY plan_node_id)) AS shape
    FROM sys_query_explain
    GROUP BY query_id
), runs AS (
    SELECT s.shape,
           MAX(h.query_id) AS query_id,
           COUNT(*) AS runs,
           AVG(h.execution_time) / 1000.0 AS average_ms,
           MAX(h.execution_time) / 1000.0 AS longest_ms
    FROM shapes s
    JOIN sys_query_history h ON h.query_id = s.query_id
    WHERE h.status = 'success' AND NOT h.result_cache_hit
      AND h.start_time >= DATEADD(day, -7, GETDATE())
    GROUP BY s.shape
)
SELECT r.query_id AS query, r.runs, r.average_ms, r.longest_ms,
       e.plan_node_id AS nodeid, e.plan_parent_id AS parentid,
       e.plan_node AS plannode, e.plan_info AS info
FROM runs r
JOIN sys_query_explain e ON e.query_id = r.query_id
ORDER BY r.runs DESC, r.query_id, e.child_query_sequence, e.plan_node_id;
";

const WORKLOAD_STL: &str = "\
-- Save the result as CSV with its header, and give it to advise --workload.
-- STL tables keep two to five days, and the main cluster only.
WITH shapes AS (
    SELECT query,
           FNV_HASH(LISTAGG(REGEXP_REPLACE(plannode, '\\\\(cost=.*', ''), '|')
                    WITHIN GROUP (ORDER BY nodeid)) AS shape
    FROM stl_explain
    GROUP BY query
), runs AS (
    SELECT s.shape,
           MAX(q.query) AS query,
           COUNT(*) AS runs,
           AVG(DATEDIFF(microsecond, q.starttime, q.endtime)) / 1000.0 AS average_ms,
           MAX(DATEDIFF(microsecond, q.starttime, q.endtime)) / 1000.0 AS longest_ms
    FROM shapes s
    JOIN stl_query q ON q.query = s.query
    WHERE q.aborted = 0
    GROUP BY s.shape
)
SELECT r.query, r.runs, r.average_ms, r.longest_ms,
       e.nodeid, e.parentid, e.plannode, e.info
FROM runs r
JOIN stl_explain e ON e.query = r.query
ORDER BY r.runs DESC, r.query, e.nodeid;
";

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.columns {
        let values = column_query::named(&args.values)?;
        let script = match args.approximate {
            true => column_query::counts(&args.ddl, &args.queries, &values)?,
            false => column_query::statistics(&values),
        };
        super::out::print(format_args!("{script}"))?;
        return Ok(Exit::Clean);
    }
    match (args.workload, args.stl, args.without_table_info) {
        (true, false, _) => super::out::print(format_args!("{WORKLOAD_SYS}"))?,
        (true, true, _) => super::out::print(format_args!("{WORKLOAD_STL}"))?,
        (false, _, true) => super::out::print(format_args!("{CATALOG}"))?,
        (false, _, false) => super::out::print(format_args!("{TABLE_INFO}"))?,
    }
    Ok(Exit::Clean)
}
