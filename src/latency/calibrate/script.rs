//! A psql script that measures a workload on the user's own cluster: what stands in
//! for EXPLAIN ANALYZE, which Redshift does not have.

use std::fmt::Write;

use super::workload::Query;

/// Label under which the runs are found again.
const LABEL: &str = "distkey";

/// The script: every query `times` times with the result cache off, then the
/// timings and the step details as CSV files. Serverless has the SYS views only,
/// which provisioned clusters have as well.
pub fn script(queries: &[Query], times: u32) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "-- Measures {} queries, {times} times each, and exports what the cluster noted.\n\
         -- Run it with: psql -h HOST -p 5439 -d DATABASE -U USER -f measure.sql\n\
         -- Then: distkey calibrate fit FOLDER, with the exported runs.csv in it.\n\
         \\set ON_ERROR_STOP off\n\
         \\timing off\n\
         \\pset footer off\n\
         SET enable_result_cache_for_session TO off;",
        queries.len()
    );
    for query in queries {
        let name = label(&query.name);
        let _ = writeln!(
            out,
            "\n\\echo query {}",
            query.name.replace(['\n', '\\'], " ")
        );
        for run in 1..=times {
            let text = query.text.trim().trim_end_matches(';');
            let _ = writeln!(
                out,
                "SET query_group TO '{LABEL}-{name}-{run}';\n\\o /dev/null\n{text};\n\\o"
            );
        }
    }
    let _ = write!(out, "\nRESET query_group;\n{}", exports(times));
    out
}

/// A name that is safe inside a label.
fn label(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            c
        } else {
            '_'
        }
    };
    name.chars().map(safe).collect()
}

fn exports(times: u32) -> String {
    let runs: Vec<String> = (1..=times)
        .map(|run| {
            format!("MIN(CASE WHEN split_part(query_label, '-', 3) = '{run}' THEN execution_time END) / 1000000.0 AS run{run}_s")
        })
        .collect();
    format!(
        "\\pset format csv\n\
         \\o runs.csv\n\
         SELECT TO_CHAR(CURRENT_DATE, 'YYYYMMDD') AS date, 'NODETYPE:COUNT' AS cluster,\n       \
                split_part(query_label, '-', 2) AS query,\n       {}\n\
         FROM sys_query_history\n\
         WHERE query_label LIKE '{LABEL}-%' AND status = 'success' AND NOT result_cache_hit\n  \
           AND start_time >= DATEADD(day, -1, GETDATE())\n\
         GROUP BY 1, 2, 3 ORDER BY 3;\n\
         \\o details.csv\n\
         SELECT h.query_label, d.*\n\
         FROM sys_query_detail d JOIN sys_query_history h USING (query_id)\n\
         WHERE h.query_label LIKE '{LABEL}-%' AND h.start_time >= DATEADD(day, -1, GETDATE())\n\
         ORDER BY d.query_id, d.child_query_sequence, d.stream_id, d.segment_id, d.step_id;\n\
         \\o plans.csv\n\
         SELECT h.query_label, e.*\n\
         FROM sys_query_explain e JOIN sys_query_history h USING (query_id)\n\
         WHERE h.query_label LIKE '{LABEL}-%' AND h.start_time >= DATEADD(day, -1, GETDATE())\n\
         ORDER BY e.query_id, e.child_query_sequence, e.plan_node_id;\n\
         \\o\n\
         \\pset format aligned\n\
         -- Replace NODETYPE:COUNT in runs.csv by your cluster, as ra3.4xlarge:4 or serverless:128.\n",
        runs.join(",\n       ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_runs_under_a_label_of_its_own() {
        let query = |name: &str, text: &str| Query {
            name: name.to_owned(),
            text: text.to_owned(),
            parsed: Err(String::new()),
        };
        let script = script(&[query("1", "SELECT 1;"), query("top-ten", "SELECT 2")], 2);
        insta::assert_snapshot!(script);
    }
}
