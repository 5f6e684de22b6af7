//! A column's new name in the text of a query that reads it. Redshift keeps a view by the columns
//! themselves, so that it goes on giving the same names.

use serde_json::{Value, json};
use sqlparser::ast as sp;

use super::{ident, parse_query, table_name};
use crate::name::{Ident, TableName};

/// Where the column is, and what it is called.
pub struct ColumnRename<'a> {
    /// Whether a name means the table.
    pub is_it: &'a dyn Fn(&TableName) -> bool,
    /// Whether another table has a column of the old name; `None` where its columns are not known.
    pub has: &'a dyn Fn(&TableName) -> Option<bool>,
    /// The old name.
    pub from: &'a Ident,
    /// The new one.
    pub to: &'a Ident,
}

impl ColumnRename<'_> {
    /// The query with the new name; `None` where it does not read the column, or where that is not
    /// certain.
    pub fn apply(&self, query: &str) -> Option<String> {
        let statement = parse_query(query).ok()?;
        // The tree is walked as what it serializes to: there a column is the same wherever it stands,
        // so that no kind of expression can be forgotten.
        let mut tree = serde_json::to_value(&*statement.query).ok()?;
        let mut walk = Walk {
            rename: self,
            scopes: Vec::new(),
            ctes: Vec::new(),
            outputs_it: false,
            renamed: 0,
            unsure: false,
        };
        walk.value(&mut tree);
        if walk.renamed == 0 || walk.unsure {
            return None;
        }
        let query: sp::Query = serde_json::from_value(tree).ok()?;
        Some(query.to_string())
    }
}

/// What a FROM names: what it is called there, and the table behind it; `None` for a subquery.
type Relation = (Ident, Option<TableName>);

struct Walk<'r> {
    rename: &'r ColumnRename<'r>,
    scopes: Vec<Vec<Relation>>,
    ctes: Vec<Ident>,
    /// Whether the query at hand gives a column of the old name, which its ORDER BY means then.
    outputs_it: bool,
    renamed: usize,
    /// Whether there is something that can't be told.
    unsure: bool,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(map) => {
                if map.contains_key("body") && map.contains_key("with") {
                    return self.query(map);
                }
                for (key, inner) in map {
                    match key.as_str() {
                        // Names of other things; an access goes into a value.
                        "name" | "alias" | "Custom" | "access_chain" | "span" => {}
                        "Select" if inner.get("projection").is_some() => self.select(inner),
                        "Identifier" => self.bare(inner),
                        "CompoundIdentifier" => self.qualified(inner),
                        "Using" => {
                            let columns = text_of_idents(inner);
                            self.unsure |= columns.contains(self.rename.from);
                        }
                        _ => self.value(inner),
                    }
                }
            }
            _ => {}
        }
    }

    fn query(&mut self, query: &mut serde_json::Map<String, Value>) {
        let before = self.ctes.len();
        if let Some(ctes) = query
            .get_mut("with")
            .and_then(|with| with.get_mut("cte_tables"))
        {
            for cte in ctes.as_array_mut().into_iter().flatten() {
                if let Some(inner) = cte.get_mut("query") {
                    self.value(inner);
                }
                self.ctes
                    .extend(cte.pointer("/alias/name").and_then(read_ident));
            }
        }
        let outer = std::mem::replace(&mut self.outputs_it, false);
        let mut own = None;
        if let Some(body) = query.get_mut("body") {
            own = body
                .pointer("/Select/from")
                .map(|from| self.relations(from));
            self.value(body);
        }
        if let Some(own) = own {
            self.scopes.push(own);
            if let Some(order) = query.get_mut("order_by") {
                self.value(order);
            }
            self.scopes.pop();
        }
        self.outputs_it = outer;
        self.ctes.truncate(before);
    }

    fn select(&mut self, select: &mut Value) {
        let relations = select.get("from").map(|from| self.relations(from));
        // A subquery in FROM does not see what stands beside it.
        if let Some(from) = select.get_mut("from") {
            self.subqueries(from);
        }
        self.scopes.push(relations.unwrap_or_default());
        let outputs_it = std::mem::replace(&mut self.outputs_it, false);
        let Some(map) = select.as_object_mut() else {
            return;
        };
        let mut gives = outputs_it;
        for (key, inner) in map {
            match key.as_str() {
                "from" => self.conditions(inner),
                "projection" => {
                    for item in inner.as_array_mut().into_iter().flatten() {
                        gives |= self.item(item);
                    }
                }
                _ => self.value(inner),
            }
        }
        self.scopes.pop();
        self.outputs_it = gives;
    }

    /// An item of a SELECT keeps its name; says whether that is the column's old one.
    fn item(&mut self, item: &mut Value) -> bool {
        let from = self.rename.from;
        let alias = item.pointer("/ExprWithAlias/alias").and_then(read_ident);
        if alias.is_some() {
            self.value(item);
            return alias.as_ref() == Some(from);
        }
        let Some(expression) = item.get_mut("UnnamedExpr") else {
            self.value(item);
            return false;
        };
        let called = own_name(expression);
        let before = self.renamed;
        self.value(expression);
        let is_it = called.as_ref().and_then(read_ident).as_ref() == Some(from);
        if is_it && self.renamed > before {
            let expression = expression.take();
            *item = json!({"ExprWithAlias": {"expr": expression, "alias": called}});
        }
        is_it
    }

    /// The subqueries of a FROM.
    fn subqueries(&mut self, from: &mut Value) {
        match from {
            Value::Array(items) => items.iter_mut().for_each(|item| self.subqueries(item)),
            Value::Object(map) => {
                for (key, inner) in map {
                    match key.as_str() {
                        "Derived" => self.value(inner),
                        "join_operator" => {}
                        _ => self.subqueries(inner),
                    }
                }
            }
            _ => {}
        }
    }

    /// The conditions of the joins of a FROM.
    fn conditions(&mut self, from: &mut Value) {
        match from {
            Value::Array(items) => items.iter_mut().for_each(|item| self.conditions(item)),
            Value::Object(map) => {
                for (key, inner) in map {
                    match key.as_str() {
                        "Derived" => {}
                        "join_operator" => self.value(inner),
                        _ => self.conditions(inner),
                    }
                }
            }
            _ => {}
        }
    }

    fn relations(&self, from: &Value) -> Vec<Relation> {
        let mut found = Vec::new();
        self.gather(from, &mut found);
        found
    }

    fn gather(&self, from: &Value, found: &mut Vec<Relation>) {
        match from {
            Value::Array(items) => items.iter().for_each(|item| self.gather(item, found)),
            Value::Object(map) => {
                for (key, inner) in map {
                    let alias = || inner.pointer("/alias/name").and_then(read_ident);
                    match key.as_str() {
                        "Table" => {
                            let name = inner.get("name").cloned().unwrap_or_default();
                            let name = serde_json::from_value::<sp::ObjectName>(name);
                            let name = name.map(|name| table_name(&name)).unwrap_or_default();
                            let is_cte = name.schema.is_none() && self.ctes.contains(&name.name);
                            let called = alias().unwrap_or_else(|| name.name.clone());
                            found.push((called, (!is_cte).then_some(name)));
                        }
                        "Derived" | "TableFunction" | "Function" | "UNNEST" | "Pivot"
                        | "Unpivot" => {
                            found.push((alias().unwrap_or_default(), None));
                        }
                        "join_operator" => {}
                        _ => self.gather(inner, found),
                    }
                }
            }
            _ => {}
        }
    }

    fn bare(&mut self, name: &mut Value) {
        if read_ident(name).as_ref() != Some(self.rename.from) || self.outputs_it {
            return;
        }
        let rename = self.rename;
        for scope in self.scopes.iter().rev() {
            let tables = scope.iter().map(|(_, table)| table.as_ref());
            let others = tables
                .clone()
                .filter(|one| one.is_none_or(|one| !(rename.is_it)(one)));
            let has = |one: Option<&TableName>| one.and_then(|one| (rename.has)(one));
            let is_here = tables.flatten().any(|one| (rename.is_it)(one));
            let known: Vec<Option<bool>> = others.map(has).collect();
            match (is_here, known.contains(&Some(true))) {
                // It would be ambiguous: what is written is not what is read here.
                (true, true) => return self.unsure = true,
                (true, false) => return self.write(name),
                (false, true) => return,
                // It may be a column of what is not known.
                (false, false) if known.contains(&None) => return,
                (false, false) => {}
            }
        }
    }

    fn qualified(&mut self, parts: &mut Value) {
        let Some([.., qualifier, name]) = parts.as_array_mut().map(Vec::as_mut_slice) else {
            return;
        };
        if read_ident(name).as_ref() != Some(self.rename.from) {
            return;
        }
        let Some(qualifier) = read_ident(qualifier) else {
            return;
        };
        let mut named = self.scopes.iter().rev().flatten();
        let relation = named.find(|(called, _)| *called == qualifier);
        let table = relation.and_then(|(_, table)| table.as_ref());
        if table.is_some_and(|table| (self.rename.is_it)(table)) {
            self.write(name);
        }
    }

    fn write(&mut self, name: &mut Value) {
        let quote = (!self.rename.to.is_plain()).then_some('"');
        name["value"] = json!(self.rename.to.as_str());
        name["quote_style"] = json!(quote);
        self.renamed += 1;
    }
}

/// An identifier of the tree, folded.
fn read_ident(value: &Value) -> Option<Ident> {
    let name = serde_json::from_value::<sp::Ident>(value.clone()).ok()?;
    Some(ident(&name))
}

/// The names in a part of the tree.
fn text_of_idents(value: &Value) -> Vec<Ident> {
    match value {
        Value::Array(items) => items.iter().flat_map(text_of_idents).collect(),
        Value::Object(map) if map.contains_key("quote_style") => {
            read_ident(value).into_iter().collect()
        }
        Value::Object(map) => map.values().flat_map(text_of_idents).collect(),
        _ => Vec::new(),
    }
}

/// The column by which an expression without an alias is called.
fn own_name(expression: &Value) -> Option<Value> {
    if let Some(name) = expression.get("Identifier") {
        return Some(name.clone());
    }
    if let Some(parts) = expression.get("CompoundIdentifier") {
        return parts.as_array()?.last().cloned();
    }
    let inner = expression.pointer("/Cast/expr");
    own_name(inner.or_else(|| expression.get("Nested"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t.a` is called `b` now; `u` has no column `a`, `w` has one, and nobody knows `x`.
    fn renamed(query: &str, to: &str) -> Option<String> {
        let to = Ident::exact(to);
        let rename = ColumnRename {
            is_it: &|name| name.name == *"t",
            has: &|name| match name.name.as_str() {
                "u" => Some(false),
                "w" => Some(true),
                _ => None,
            },
            from: &Ident::exact("a"),
            to: &to,
        };
        rename.apply(query)
    }

    #[test]
    fn a_view_gives_the_names_that_it_gave() {
        for (query, expected) in [
            ("select a, c from t", "SELECT b AS a, c FROM t"),
            ("select t.a from s.t", "SELECT t.b AS a FROM s.t"),
            (
                "select x.A as c from t x where x.a > 1",
                "SELECT x.b AS c FROM t x WHERE x.b > 1",
            ),
            (
                "select a::date, max(a), (a) from t group by a",
                "SELECT b::DATE AS a, max(b), (b) AS a FROM t GROUP BY b",
            ),
            (
                "select c from t join u on t.a = u.id and u.n = a",
                "SELECT c FROM t JOIN u ON t.b = u.id AND u.n = b",
            ),
            // The column of the output is meant where there is one.
            (
                "select a from t order by a",
                "SELECT b AS a FROM t ORDER BY a",
            ),
            (
                "select c from t order by a, t.a",
                "SELECT c FROM t ORDER BY b, t.b",
            ),
            (
                "with q as (select a from t) select a from q",
                "WITH q AS (SELECT b AS a FROM t) SELECT a FROM q",
            ),
            (
                "select q.a from (select a from t) q",
                "SELECT q.a FROM (SELECT b AS a FROM t) q",
            ),
            (
                "select c from u where exists (select 1 from t where a = u.n)",
                "SELECT c FROM u WHERE EXISTS (SELECT 1 FROM t WHERE b = u.n)",
            ),
            (
                "select (select max(u.n) from u where u.id = a) from t",
                "SELECT (SELECT max(u.n) FROM u WHERE u.id = b) FROM t",
            ),
            (
                "select a from t union all select a from w",
                "SELECT b AS a FROM t UNION ALL SELECT a FROM w",
            ),
            (
                "select case when a > 1 then a end as c, row_number() over (partition by a order by t.a) as n from t",
                "SELECT CASE WHEN b > 1 THEN b END AS c, row_number() OVER (PARTITION BY b ORDER BY t.b) AS n FROM t",
            ),
        ] {
            assert_eq!(renamed(query, "b").as_deref(), Some(expected), "{query}");
        }
        assert_eq!(
            renamed("select a from t", "B c").as_deref(),
            Some("SELECT \"B c\" AS a FROM t")
        );
    }

    #[test]
    fn what_is_another_column_or_not_certain_stays() {
        for query in [
            "select a from w",
            "select w.a from t join w on t.id = w.id",
            "select a from x",
            "select a from (select 1 as a from t) q",
            "select a from t join w on t.id = w.id",
            "select * from t join w using (a)",
            "select a() from t",
            "select u.a from t join u on t.id = u.id",
            "this is no query",
        ] {
            assert_eq!(renamed(query, "b"), None, "{query}");
        }
    }
}
