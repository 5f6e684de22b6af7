//! A query over a table and its lookups, rewritten for one table that holds the lookups' columns.
//!
//! Which columns join a lookup, and under how many roles, is read from the query's own
//! conditions. The wide table keeps every row of the fact, with NULLs where a lookup has no
//! partner: what an inner join drops, the rewritten query drops by a condition.

mod from;
mod rewrite;
mod tokens;

use std::collections::BTreeSet;

use super::DataType;
use crate::name::{Ident, TableName};

/// A column of a table that a query reads.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownColumn {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: DataType,
    /// Whether it holds no NULL.
    pub not_null: bool,
}

/// A table that is to be read from another table's columns.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name.
    pub table: TableName,
    /// The column that identifies a row.
    pub key: Ident,
}

/// One join on the way from the fact to a lookup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The column of the table before.
    pub from: Ident,
    /// The lookup.
    pub table: TableName,
    /// Its key.
    pub key: Ident,
}

/// A lookup as queries join it: the same table by another column is another role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role(Vec<Step>);

impl Role {
    /// The joins, the fact's own first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last join: that of the lookup.
    pub fn step(&self) -> Option<&Step> {
        self.0.last()
    }

    /// The lookup that it hangs off, if it is not the fact.
    pub fn parent(&self) -> Option<Role> {
        let (_, before) = self.0.split_last()?;
        (!before.is_empty()).then(|| Role(before.to_vec()))
    }

    fn after(parent: Option<&Role>, step: Step) -> Self {
        let before = parent.map_or(&[][..], Role::steps);
        Self(before.iter().cloned().chain([step]).collect())
    }
}

/// A part of a rewritten query.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// The name of the wide table.
    Table,
    /// A lookup's column, with the name that the result's column keeps.
    Column {
        role: Role,
        column: Ident,
        label: Option<Ident>,
    },
}

/// A query rewritten, but for the names of the wide table and its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct WideQuery {
    pieces: Vec<Piece>,
    /// The name that the fact has in the query.
    alias: Ident,
    /// The lookups that became columns.
    pub roles: Vec<Role>,
    /// Joins that are gone.
    pub joins_removed: usize,
}

impl WideQuery {
    /// The columns of lookups that it reads.
    pub fn columns(&self) -> BTreeSet<(Role, Ident)> {
        let columns = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Column { role, column, .. } => Some((role.clone(), column.clone())),
            Piece::Text(_) | Piece::Table => None,
        });
        columns.collect()
    }

    /// Its text, for a wide table of this name whose columns are called so.
    pub fn text(&self, wide: &TableName, name: &dyn Fn(&Role, &Ident) -> Ident) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Table => out.push_str(&wide.to_string()),
                Piece::Column {
                    role,
                    column,
                    label,
                } => {
                    out.push_str(&format!("{}.{}", self.alias, name(role, column)));
                    if let Some(label) = label {
                        out.push_str(&format!(" AS {label}"));
                    }
                }
            }
        }
        out
    }
}

/// Rewrites a query of one SELECT; `None` where its form is another, no lookup is joined by its
/// key, or a name can't be told from another. `columns_of` knows the columns of tables.
pub fn inline(
    text: &str,
    fact: &TableName,
    lookups: &[Lookup],
    columns_of: &dyn Fn(&TableName) -> Option<Vec<KnownColumn>>,
) -> Option<WideQuery> {
    let text = text.trim().trim_end_matches(';');
    let tokens = tokens::Tokens::read(text)?;
    let from = from::From::read(&tokens, columns_of)?;
    rewrite::Rewriter::new(&tokens, from, fact, lookups)?.rewrite()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(query: &str) -> Option<String> {
        let tables: [(&str, &[&str]); 4] = [
            (
                "product",
                &["product_id", "category_id", "price", "made_on"],
            ),
            ("category", &["category_id", "slug", "department_id"]),
            ("department", &["department_id", "name"]),
            ("days", &["made_on", "day", "month"]),
        ];
        let lookup = |(table, columns): &(&str, &[&str])| Lookup {
            table: (*table).into(),
            key: columns[0].into(),
        };
        let lookups: Vec<Lookup> = tables[1..].iter().map(lookup).collect();
        let columns_of = |table: &TableName| {
            let found = tables
                .iter()
                .find(|(name, _)| table.name.as_str() == *name)?;
            let column = |name: &&str| KnownColumn {
                name: (*name).into(),
                data_type: DataType::Integer,
                not_null: false,
            };
            Some(found.1.iter().map(column).collect())
        };
        let found = inline(query, &"product".into(), &lookups, &columns_of)?;
        let name = |role: &Role, column: &Ident| {
            let step = role.step().expect("a step");
            Ident::exact(format!("{}_{}", step.table.name.as_str(), column.as_str()))
        };
        Some(found.text(&"product_wide".into(), &name))
    }

    #[test]
    fn chains_become_columns() {
        let found = shop(
            "select p.product_id, c.slug, d.name as department, count(*) \
             from product p join category c on c.category_id = p.category_id \
             inner join department d on c.department_id = d.department_id and d.name <> 'x' \
             where p.price between 1 and 2 and slug = 'shoes' and c.category_id > 3 \
             group by 1, 2, d.name order by c.slug;",
        );
        assert_eq!(
            found.expect("a rewrite"),
            "SELECT p.product_id, p.category_slug AS slug, p.department_name as department, count(*)\n\
             FROM product_wide AS p\n\
             WHERE p.department_name <> 'x' AND p.price between 1 and 2 AND p.category_slug = 'shoes' \
             AND p.category_id > 3\n\
             group by 1, 2, p.department_name order by p.category_slug"
        );
    }

    #[test]
    fn queries_in_parentheses_stay() {
        let found = shop(
            "select p.price, x.worst from product p join category c on c.category_id = p.category_id \
             join (select made_on as reviewed, min(price) as worst from sales group by 1) x \
             on x.reviewed = p.product_id where c.slug like 'slug%'",
        );
        assert_eq!(
            found.expect("a rewrite"),
            "SELECT p.price, x.worst\nFROM product_wide AS p\n\
             JOIN (select made_on as reviewed, min(price) as worst from sales group by 1) x \
             ON x.reviewed = p.product_id\nWHERE p.category_slug like 'slug%'"
        );
    }

    #[test]
    fn parts_of_dates_are_no_columns() {
        let found = shop(
            "select extract(day from d.day), dateadd(month, 1, d.day), d.month from product p \
             left join days d on d.made_on = p.made_on where datediff(day, d.day, '2026-01-01') > 3",
        );
        assert_eq!(
            found.expect("a rewrite"),
            "SELECT extract(day from p.days_day), dateadd(month, 1, p.days_day), p.days_month AS month\n\
             FROM product_wide AS p\n\
             WHERE datediff(day, p.days_day, '2026-01-01') > 3"
        );
    }
}
