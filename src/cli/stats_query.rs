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
    /// What AWS recommends of keys and encodings instead, for `advise --recommendations`.
    #[arg(long, conflicts_with_all = ["workload", "columns", "without_table_info"])]
    recommendations: bool,
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

/// Plans are the same where their steps and conditions are, whatever their numbers, their literals
/// and the names of temporary tables: the cluster folds them, so that what is exported is one plan
/// for each shape. The sum of the steps' hashes has no length that a long plan could pass. Columns
/// are named by their place: one is called node_info or plan_info, by version.
const WORKLOAD_SYS: &str = "\
-- Save the result as CSV with its header, and give it to advise --workload.
-- A week of what users ran, without superusers and Redshift itself. Every user sees the own
-- queries, a superuser all. Serverless and provisioned. Texts come without their literals.
WITH kept AS (
    SELECT query_id AS query, query_label AS label, username AS runner, database_name AS db,
           execution_time / 1000.0 AS ms,
           LEFT(REGEXP_REPLACE(query_text, '''[^'']*''', '''?'''), 600) AS query_text
    FROM sys_query_history
    WHERE status = 'success' AND NOT result_cache_hit
      AND start_time >= GETDATE() - INTERVAL '7 days'
      AND user_id > 1 AND user_id NOT IN (SELECT usesysid FROM pg_user WHERE usesuper)
), steps AS (
    SELECT e.query_id AS query, e.child, e.nodeid, e.parentid, e.plannode,
           COALESCE(e.info, '') AS info
    FROM sys_query_explain AS e(userid, query_id, child, nodeid, parentid, plannode, info)
    JOIN kept k ON k.query = e.query_id
";

const WORKLOAD_STL: &str = "\
-- Save the result as CSV with its header, and give it to advise --workload.
-- What users ran, without superusers and Redshift itself. STL tables keep two to five days, and
-- the main cluster only. Texts come without their literals.
WITH kept AS (
    SELECT query, label, userid AS runner, \"database\" AS db,
           EXTRACT(EPOCH FROM endtime - starttime) * 1000.0 AS ms,
           LEFT(REGEXP_REPLACE(querytxt, '''[^'']*''', '''?'''), 600) AS query_text
    FROM stl_query
    WHERE aborted = 0
      AND userid > 1 AND userid NOT IN (SELECT usesysid FROM pg_user WHERE usesuper)
), steps AS (
    SELECT e.query, 1 AS child, e.nodeid, e.parentid, e.plannode, COALESCE(e.info, '') AS info
    FROM stl_explain e
    JOIN kept k ON k.query = e.query
";

/// What both do with the steps. Brackets stand for what needs no backslash, which Redshift's
/// literals read otherwise than others.
const WORKLOAD_SHAPES: &str = "\
), plain AS (
    SELECT query, child, nodeid, parentid,
           REGEXP_REPLACE(plannode, '[(]cost=.*', '') AS step,
           REGEXP_REPLACE(info, '''[^'']*''', '''?''') AS condition
    FROM steps
), unnamed AS (
    SELECT query, child, nodeid, parentid,
           REGEXP_REPLACE(step, '(volt_[a-z]+_|__dbt_tmp|#)[A-Za-z0-9_]+', 'temp') AS step,
           REGEXP_REPLACE(REGEXP_REPLACE(condition, '(volt_[a-z]+_|__dbt_tmp|#)[A-Za-z0-9_]+', 'temp'),
                          '[ (]-?[0-9]+([.][0-9]+)?', ' n') AS condition
    FROM plain
), shapes AS (
    SELECT query, COUNT(*) AS steps,
           SUM(CAST(FNV_HASH(child || ':' || nodeid || ':' || parentid || ' ' || step || '|' || condition)
                    AS DECIMAL(38, 0))) AS shape
    FROM unnamed
    GROUP BY query
), runs AS (
    SELECT MAX(k.query) AS query, COUNT(*) AS runs, AVG(k.ms) AS average_ms, MAX(k.ms) AS longest_ms
    FROM shapes s
    JOIN kept k ON k.query = s.query
    GROUP BY s.shape, s.steps
), numbered AS (
    SELECT s.*, ROW_NUMBER() OVER (PARTITION BY s.query ORDER BY s.child, s.nodeid) AS place
    FROM steps s
)
SELECT r.query, r.runs, r.average_ms, r.longest_ms, k.runner, k.db, k.label,
       CASE WHEN s.place = 1 THEN k.query_text END AS query_text,
       s.child, s.nodeid, s.parentid, s.plannode, s.info
FROM runs r
JOIN kept k ON k.query = r.query
JOIN numbered s ON s.query = r.query
ORDER BY r.runs DESC, r.query, s.child, s.nodeid;
";

/// Statements of Advisor and of automatic table optimization that were not carried out yet.
const RECOMMENDATIONS: &str = "\
-- Save the result as CSV with its header, and give it to advise --recommendations.
-- For superusers. What has been carried out is no longer in the view.
SELECT type, \"database\", table_id, group_id, ddl, auto_eligible
FROM svv_alter_table_recommendations
ORDER BY table_id, type;
";

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.recommendations {
        super::out::print(format_args!("{RECOMMENDATIONS}"))?;
        return Ok(Exit::Clean);
    }
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
        (true, false, _) => super::out::print(format_args!("{WORKLOAD_SYS}{WORKLOAD_SHAPES}"))?,
        (true, true, _) => super::out::print(format_args!("{WORKLOAD_STL}{WORKLOAD_SHAPES}"))?,
        (false, _, true) => super::out::print(format_args!("{CATALOG}"))?,
        (false, _, false) => super::out::print(format_args!("{TABLE_INFO}"))?,
    }
    Ok(Exit::Clean)
}
