//! `diff`: two plans of a query, step by step.

use super::argument::{Argument, CLUSTER, DDL, DDL_PATHS, STATS, STATS_PATHS};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "diff",
    title: "Compare two plans",
    about: "Compare two plans of a query, as before and after a rewrite or a release: which steps were added, removed or \
            changed, and what that comes to in bytes and time. Either side may be a query instead of a plan; give `ddl` \
            then.",
    arguments: &[
        Argument::text(
            "before",
            "The first plan, as EXPLAIN printed it, or the first query.",
        )
        .required(),
        Argument::text("after", "The second plan or query.").required(),
        DDL,
        DDL_PATHS,
        STATS,
        STATS_PATHS,
        CLUSTER,
    ],
    asks: Asks::Of(What::Diff),
};
