//! `predict_query`: a query and its tables → the plan it would get, and how long that takes.

use super::argument::{BUDGET, CLUSTER, DDL, DDL_PATHS, QUERY, STATS, STATS_PATHS, USERS};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "predict_query",
    title: "Predict a query's plan",
    about: "Plan a query against table definitions without a cluster: the steps Redshift would choose, its findings and \
            the predicted latency as an interval. For queries that are not deployed yet, or rewritten ones. Row counts in \
            `stats` decide how much the answer is worth.",
    arguments: &[
        QUERY.required(),
        DDL.required(),
        DDL_PATHS,
        STATS,
        STATS_PATHS,
        CLUSTER,
        BUDGET,
        USERS,
    ],
    asks: Asks::Of(What::Explain),
};
