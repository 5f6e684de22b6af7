//! The queries behind the views that a query reads, parsed beforehand so that
//! planning can borrow them.

use std::collections::BTreeMap;

use sqlparser::ast::Query;

use crate::schema::{Schema, TableKind, TableName};
use crate::sql::parse_query;

/// Parsed view definitions.
pub(crate) struct Views(BTreeMap<TableName, Query>);

impl Views {
    /// Parses the definitions of all views, if the schema has any whose name occurs
    /// in the query or in such a view. Definitions that don't parse are left out: the
    /// view is then read like a table.
    pub(crate) fn parse(query: &Query, schema: &Schema) -> Self {
        let mut views = BTreeMap::new();
        let candidates: Vec<_> = schema
            .tables
            .values()
            .filter(|table| table.kind == TableKind::View)
            .filter_map(|table| Some((table, table.query.as_deref()?)))
            .collect();
        if candidates.is_empty() {
            return Self(views);
        }
        let mut texts = vec![query.to_string()];
        while let Some(text) = texts.pop() {
            for (table, definition) in &candidates {
                if views.contains_key(&table.name) || !table.name.name.may_stand_in(&text) {
                    continue;
                }
                if let Ok(query) = parse_query(definition) {
                    views.insert(table.name.clone(), *query);
                    texts.push((*definition).to_owned());
                }
            }
        }
        Self(views)
    }

    /// The query behind a view.
    pub(super) fn get(&self, name: &TableName) -> Option<&Query> {
        self.0.get(name)
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
            assert_eq!(super::Views::parse(&query, &schema).0.len(), 1, "{name}");
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
