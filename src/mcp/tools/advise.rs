//! `advise`: all tables and a workload → keys, what they save, the script.

use super::argument::{Argument, BUDGET, CLUSTER, DDL, DDL_PATHS, Field, STATS, STATS_PATHS};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "advise",
    title: "Recommend keys for a workload",
    about: "Recommend distribution keys, sort keys and encodings for all tables together from a workload of queries, with \
            what they save by query, which queries get slower, and the ALTER statements. Use it before changing a key: one \
            query's best key can be another's worst.",
    arguments: &[
        Argument::text(
            "queries",
            "The queries of the workload, separated by semicolons; `-- frequency: 100` above one weighs it.",
        )
        .required()
        .of("query"),
        Argument::paths(
            "queries_paths",
            "queries",
            Field::Sql("query"),
            "Files or folders of queries below a root, instead of `queries`.",
        ),
        DDL.required(),
        DDL_PATHS,
        STATS,
        STATS_PATHS,
        CLUSTER,
        BUDGET,
    ],
    asks: Asks::Of(What::Advise),
};
