//! The table that was probably meant.

use super::Schema;
use crate::name::{TableName, nearest};

impl Schema {
    /// The table whose name is most like this one, as a query has to write it.
    pub fn nearest(&self, name: &TableName) -> Option<String> {
        self.nearest_or(name, std::iter::empty())
    }

    /// The same, where other names can be meant as well: those of CTEs.
    pub fn nearest_or<'n>(
        &'n self,
        name: &TableName,
        others: impl Iterator<Item = &'n str>,
    ) -> Option<String> {
        // Of the schema that was named first; then of all.
        let same = |table: &&TableName| name.schema.is_some() && table.schema == name.schema;
        let bare = |table: &'n TableName| table.name.as_str();
        let found = nearest(&name.name, self.tables.keys().filter(same).map(bare));
        if let (Some(found), Some(schema)) = (found, &name.schema) {
            return Some(format!("{}.{found}", schema.as_str()));
        }
        let found = nearest(&name.name, self.tables.keys().map(bare).chain(others))?;
        let mut tables = self.tables.keys().filter(|table| table.name == *found);
        let by_its_name = TableName::typed(&found);
        match tables.next() {
            Some(table) if name.schema.is_some() || self.resolve(&by_its_name).is_none() => {
                Some(table.bare())
            }
            _ => Some(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;
    use crate::text::SourceFile;

    #[test]
    fn the_nearest_is_written_as_a_query_has_to_write_it() {
        let ddl = "create table orders (a int); create table sales.items (a int); \
                   create table raw.items (a int); create table raw.order_days (a int);";
        let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl)));
        let near = |name: &str| schema.nearest(&TableName::typed(name));
        assert_eq!(near("order"), Some("orders".to_owned()));
        assert_eq!(near("sales.itmes"), Some("sales.items".to_owned()));
        assert_eq!(near("sales.order_dais"), Some("raw.order_days".to_owned()));
        // One of its name is found without its schema, one of two is not.
        assert_eq!(near("order_dais"), Some("order_days".to_owned()));
        assert_eq!(near("itmes"), Some("raw.items".to_owned()));
        assert_eq!(near("customers"), None);
        let named = schema.nearest_or(&TableName::typed("recnt"), ["recent"].into_iter());
        assert_eq!(named, Some("recent".to_owned()));
    }
}
