//! `lint`: SQL → what will make queries slow, at the line.

use super::argument::{Argument, CLUSTER, Field, STATS, STATS_PATHS};
use super::{Asks, Tool};
use crate::answers::What;

pub(super) const TOOL: Tool = Tool {
    name: "lint",
    title: "Lint Redshift SQL",
    about: "Check Redshift SQL (CREATE TABLE, ALTER, COPY, views, dbt models, migrations) for bad keys, types, encodings \
            and for what Redshift refuses; each finding has its line, the reason and the fix. Give all files of a schema \
            at once: findings across tables need them together.",
    arguments: &[
        Argument::text("sql", "The SQL, as one text.")
            .required()
            .of("ddl"),
        Argument::paths(
            "paths",
            "sql",
            Field::Sql("ddl"),
            "Files or folders of SQL below a root, instead of `sql`; `.` is the root itself.",
        ),
        STATS,
        STATS_PATHS,
        CLUSTER,
    ],
    asks: Asks::Of(What::Lint),
};
