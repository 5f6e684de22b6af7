//! Rows of the system tables, as people paste them.

use super::{Form, Paste, form, hold, lines, same};
use distkey::plan::{self, Indentation, Node, Plan};

/// A row: query, nodeid, parentid, the step's line and its first detail.
fn rows(plan: &Plan) -> Vec<[String; 5]> {
    let line = |node: &Node| match node.depth {
        0 => node.to_string(),
        depth => format!("{:1$}->  {node}", "", depth * 6 - 4),
    };
    let row = |node: &Node| {
        [
            "4711".to_owned(),
            (node.id + 1).to_string(),
            node.parent.map_or(0, |parent| parent + 1).to_string(),
            line(node),
            node.details
                .first()
                .map_or_else(String::new, ToString::to_string),
        ]
    };
    plan.nodes.iter().map(row).collect()
}

/// The system tables have one detail per step, and no notices but as rows.
fn as_kept(plan: &Plan) -> Plan {
    let mut plan = Plan {
        notices: Vec::new(),
        indentation: Indentation::Ids,
        query: Some("4711".to_owned()),
        ..plan.clone()
    };
    plan.nodes
        .iter_mut()
        .for_each(|node| node.details.truncate(1));
    plan
}

fn table(plan: &Plan, write: impl FnOnce(&[[String; 5]]) -> String) -> Paste {
    let plan = as_kept(plan);
    let text = write(&rows(&plan));
    same(&plan, text)
}

const HEADER: &str = "| query | nodeid | parentid | plannode | info |\n";

fn markdown(rows: &[[String; 5]]) -> String {
    rows.iter()
        .map(|row| format!("| {} |\n", row.join(" | ")))
        .collect()
}

fn csv(rows: &[[String; 5]]) -> String {
    let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
    rows.iter()
        .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n")
        .collect()
}

const FORMS: &[Form] = &[
    form("markdown", |plan, _| {
        table(plan, |rows| {
            format!("{HEADER}|---|---:|---:|---|---|\n{}", markdown(rows))
        })
    }),
    form("markdown, blanks collapsed", |plan, _| {
        table(plan, |rows| {
            let rows = markdown(rows);
            let rows = rows
                .lines()
                .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
            format!(
                "{HEADER}| --- | --- | --- | --- | --- |\n{}",
                rows.collect::<String>()
            )
        })
    }),
    form("aligned, boxed by an outer border", |plan, _| {
        table(plan, |rows| {
            let body: String = rows
                .iter()
                .map(|r| {
                    format!(
                        "| {:>5} | {:>6} | {:>8} | {:<160} | {:<90} |\n",
                        r[0], r[1], r[2], r[3], r[4]
                    )
                })
                .collect();
            let ruler = "+-------+--------+----------+------+------+\n";
            format!("{ruler}{HEADER}{ruler}{body}{ruler}")
        })
    }),
    form("CSV without a header", |plan, _| table(plan, csv)),
    form("TABs without a header", |plan, _| {
        table(plan, |rows| {
            rows.iter().map(|row| row.join("\t") + "\n").collect()
        })
    }),
    form("markdown without a header", |plan, _| table(plan, markdown)),
    form("pipes without a header", |plan, _| {
        table(plan, |rows| {
            rows.iter()
                .map(|row| format!(" {}\n", row.join(" | ")))
                .collect()
        })
    }),
    form("CSV with backslashes before quotes", |plan, _| {
        table(plan, |rows| {
            let quoted = |field: &String| {
                format!("\"{}\"", field.replace('\\', "\\\\").replace('"', "\\\""))
            };
            let body: String = rows
                .iter()
                .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n")
                .collect();
            format!("query,nodeid,parentid,plannode,info\n{body}")
        })
    }),
    form("CSV in another order of columns", |plan, _| {
        table(plan, |rows| {
            let turned: Vec<[String; 5]> = rows
                .iter()
                .map(|[query, node, parent, text, info]| {
                    [node, text, info, parent, query].map(Clone::clone)
                })
                .collect();
            format!("nodeid,plannode,info,parentid,query\n{}", csv(&turned))
        })
    }),
    form("JSON rows", |plan, _| {
        table(plan, |rows| {
            let rows: Vec<_> = rows
                .iter()
                .map(|[query, node, parent, text, info]| {
                    serde_json::json!({
                        "query": query.parse::<u64>().expect("an id"),
                        "nodeid": node.parse::<u64>().expect("an id"),
                        "parentid": parent.parse::<u64>().expect("an id"),
                        "plannode": text,
                        "info": info,
                    })
                })
                .collect();
            serde_json::to_string_pretty(&rows).expect("JSON")
        })
    }),
    form(
        "trimmed texts, the parent of the root in some spelling",
        |plan, dice| {
            table(plan, |rows| {
                let mut rows = rows.to_vec();
                for row in &mut rows {
                    row[3] = row[3]
                        .trim_start()
                        .trim_start_matches("->")
                        .trim_start()
                        .to_owned();
                }
                rows[0][2] = dice
                    .pick(&["-1", "", "NULL", "null", "[NULL]", "0"])
                    .to_owned();
                format!("query,nodeid,parentid,plannode,info\n{}", csv(&rows))
            })
        },
    ),
    form("trimmed texts without ids", |plan, _| {
        table(plan, |rows| {
            let rows = rows.iter().map(|[query, _, _, text, info]| {
                let text = text.trim_start().trim_start_matches("->").trim_start();
                format!("{query}\t{text}\t{info}\n")
            });
            format!("query\tplannode\tinfo\n{}", rows.collect::<String>())
        })
    }),
    form("from the last row to the first, without ids", |plan, _| {
        table(plan, |rows| {
            let rows = rows.iter().rev();
            let rows = rows.map(|[query, _, _, text, info]| format!("{query}\t{text}\t{info}\n"));
            format!("query\tplannode\tinfo\n{}", rows.collect::<String>())
        })
    }),
];

#[test]
fn rows_of_the_system_tables_give_the_tree() {
    hold(FORMS);
}

/// SYS_QUERY_EXPLAIN has Redshift's notice as a row of its own.
#[test]
fn the_row_of_a_notice_is_read_as_one() {
    let text = "query_id,child_query_sequence,plan_node_id,plan_parent_id,plan_node,plan_info\n\
                7,1,1,0,\"XN Seq Scan on t  (cost=0.00..9.00 rows=9 width=4)\",\n\
                7,1,2,0,\"----- Tables missing statistics: t -----\",\n\
                7,1,3,0,\"----- Update statistics by running the ANALYZE command on these tables -----\",\n";
    let reading = plan::read(text);
    let [plan] = reading.plans.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(plan.nodes.len(), 1);
    assert_eq!(plan.notices.len(), 2, "{:?}", plan.notices);
    assert_eq!(plan.notices[0], "Tables missing statistics: t");
    assert_eq!(plan.gaps, Vec::<String>::new());
    assert_eq!(lines(plan).len(), 3);
}
