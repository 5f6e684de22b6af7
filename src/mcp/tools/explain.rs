//! `explain`: a pasted plan → findings, changes, verdict.

use super::argument::{
    Argument, BUDGET, CLUSTER, DDL, DDL_PATHS, PLAN, PLAN_PATH, STATS, STATS_PATHS, USERS,
};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "explain",
    title: "Explain a Redshift plan",
    about: "Judge the output of a Redshift EXPLAIN: which steps are slow and why, what moves between nodes, which \
            changes are worth making with what each gains and costs, and whether the query keeps a latency budget. Give \
            the tables' DDL and statistics too where you have them: findings are then exact.",
    arguments: &[
        PLAN.required(),
        PLAN_PATH,
        DDL,
        DDL_PATHS,
        STATS,
        STATS_PATHS,
        CLUSTER,
        BUDGET,
        USERS,
        Argument::text(
            "actuals",
            "What a run really did: an export of SVL_QUERY_SUMMARY, SVL_QUERY_REPORT, SYS_QUERY_DETAIL or \
             STL_ALERT_EVENT_LOG, laid over the plan.",
        ),
    ],
    asks: Asks::Of(What::Explain),
};
