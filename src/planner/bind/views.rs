//! The queries behind views, parsed when they are first read and kept as long as the tree
//! that borrows them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use sqlparser::ast::Query;

use crate::name::TableName;
use crate::schema::{Schema, TableKind};
use crate::sql::parse_query;

/// The views of a schema.
#[derive(Debug)]
pub(crate) struct Views(BTreeMap<TableName, View>);

/// A view's definition, and its tree once it has been asked for.
#[derive(Debug)]
struct View {
    definition: String,
    query: OnceLock<Option<Box<Query>>>,
}

impl Views {
    /// The views of a schema, none of them parsed yet.
    pub(super) fn of(schema: &Schema) -> Self {
        let views = schema
            .tables
            .values()
            .filter(|table| table.kind == TableKind::View)
            .filter_map(|table| {
                let view = View {
                    definition: table.query.clone()?,
                    query: OnceLock::new(),
                };
                Some((table.name.clone(), view))
            });
        Self(views.collect())
    }

    /// The query behind a view. One that does not parse has none: the view is then read like
    /// a table.
    pub(super) fn get(&self, name: &TableName) -> Option<&Query> {
        let view = self.0.get(name)?;
        let query = view.query.get_or_init(|| {
            let statement = parse_query(&view.definition).ok()?;
            statement.write.is_none().then_some(statement.query)
        });
        query.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;
    use crate::sql;
    use crate::text::SourceFile;

    #[test]
    fn a_view_is_found_whatever_it_is_called() {
        for name in ["v", "\"V\"", "\"a\"\"b\"", "\"ÄÖ x\"", "Ä", "\"a.b\""] {
            let ddl = format!("create table t (a int); create view {name} as select a from t;");
            let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl.as_str())));
            let query = sql::parse_query(&format!("select a from {name}")).expect("a query");
            let shape = crate::cluster::Cluster::default().shape();
            let stats = crate::stats::Stats::default();
            let planned = crate::planner::plan(&query, &schema, &stats, shape).expect("a plan");
            assert!(
                planned.plan.to_string().contains("Seq Scan on t "),
                "{name}"
            );
            let renamed = format!("{ddl} alter table t rename to \"T 2\";");
            let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", renamed.as_str())));
            let ddl =
                format!("create table {name} (a int); create view w as select a from {name};");
            let moved = format!("{ddl} alter table {name} rename to t3;");
            let views = Schema::of(&sql::parse(&SourceFile::new("t.sql", moved.as_str())));
            for (schema, expected) in [(schema, "\"t 2\""), (views, "t3")] {
                let mut queries = schema
                    .tables
                    .values()
                    .filter_map(|view| view.query.as_deref());
                let query = queries.next().expect("a view");
                assert!(query.contains(expected), "{query}");
            }
        }
    }
}
