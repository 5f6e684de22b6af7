//! `what_if`: a plan or query with other keys, another volume or another cluster: before and after.

use super::argument::{
    Argument, BUDGET, CLUSTER, DDL, DDL_PATHS, Field, PLAN, QUERY, STATS, STATS_PATHS, USERS,
};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "what_if",
    title: "Try a change",
    about: "Show a query or a plan before and after a change: another distribution or sort key, more rows, another \
            cluster. Give `query` with `ddl` (it is planned anew), or a `plan` (its steps are played through). Several \
            changes are made together. The comparison is `what_if` of the structured result.",
    arguments: &[
        QUERY,
        PLAN,
        DDL,
        DDL_PATHS,
        STATS,
        STATS_PATHS,
        CLUSTER,
        BUDGET,
        USERS,
        Argument::what_ifs(
            "distkey",
            "Distribution keys, each as `orders=customer_id`.",
        ),
        Argument::what_ifs(
            "diststyle",
            "Distribution styles, each as `regions=all` or `orders=even`.",
        ),
        Argument::what_ifs("sortkey", "Sort keys, each as `orders=region,ordered_at`."),
        Argument::what_ifs(
            "scale",
            "Volumes: `10` for ten times all tables, or `orders=10` for one.",
        ),
        Argument {
            field: Field::WhatIf,
            ..Argument::text("to_cluster", "Another cluster, as `ra3.16xlarge:2`.")
        },
        Argument {
            field: Field::WhatIf,
            ..Argument::text(
                "grow",
                "Rows that a table gains, as `orders=2000000/hour`: tells when the budget is lost. With `query` only.",
            )
        },
    ],
    asks: Asks::Of(What::Explain),
};
