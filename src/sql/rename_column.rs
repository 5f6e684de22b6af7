//! A column's new name in the text of a query that reads it. Redshift keeps a view by the columns
//! themselves, so that it goes on giving the same names.

use serde_json::Value;
use sqlparser::ast as sp;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::place::Places;
use super::{RedshiftDialect, ident, parse_query};
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
        // It is not read back: the code for that would be a third of the program.
        let tree = serde_json::to_value(&*statement.query).ok()?;
        let tokens = Tokenizer::new(&RedshiftDialect, query).tokenize_with_location();
        let mut walk = Walk {
            rename: self,
            tokens: &tokens.ok()?,
            scopes: Vec::new(),
            ctes: Vec::new(),
            outputs_it: false,
            edits: Vec::new(),
            unsure: false,
        };
        walk.value(&tree);
        if walk.edits.is_empty() || walk.unsure {
            return None;
        }
        Some(edited(query, walk.edits))
    }
}

/// A text in place of what stands between two places; nothing stands there where it is put in.
type Edit = (Location, Location, String);

/// The text with the edits made, which may come in any order.
fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let mut places = Places::new(text, 0);
    let mut out = String::with_capacity(text.len() + 16 * edits.len());
    let mut done = 0;
    for (start, end, new) in edits {
        let start = places.offset(start.line, start.column);
        out.push_str(text.get(done..start).unwrap_or_default());
        out.push_str(&new);
        done = places.offset(end.line, end.column);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// What a FROM names: what it is called there, and the table behind it; `None` for a subquery.
type Relation = (Ident, Option<TableName>);

struct Walk<'r> {
    rename: &'r ColumnRename<'r>,
    /// The query's own.
    tokens: &'r [TokenWithSpan],
    scopes: Vec<Vec<Relation>>,
    ctes: Vec<Ident>,
    /// Whether the query at hand gives a column of the old name, which its ORDER BY means then.
    outputs_it: bool,
    edits: Vec<Edit>,
    /// Whether there is something that can't be told.
    unsure: bool,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
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

    fn query(&mut self, query: &serde_json::Map<String, Value>) {
        let before = self.ctes.len();
        if let Some(ctes) = query.get("with").and_then(|with| with.get("cte_tables")) {
            for cte in ctes.as_array().into_iter().flatten() {
                if let Some(inner) = cte.get("query") {
                    self.value(inner);
                }
                self.ctes
                    .extend(cte.pointer("/alias/name").and_then(read_ident));
            }
        }
        let outer = std::mem::replace(&mut self.outputs_it, false);
        let mut own = None;
        if let Some(body) = query.get("body") {
            own = body
                .pointer("/Select/from")
                .map(|from| self.relations(from));
            self.value(body);
        }
        if let Some(own) = own {
            self.scopes.push(own);
            if let Some(order) = query.get("order_by") {
                self.value(order);
            }
            self.scopes.pop();
        }
        self.outputs_it = outer;
        self.ctes.truncate(before);
    }

    fn select(&mut self, select: &Value) {
        let relations = select.get("from").map(|from| self.relations(from));
        // A subquery in FROM does not see what stands beside it.
        if let Some(from) = select.get("from") {
            self.subqueries(from);
        }
        self.scopes.push(relations.unwrap_or_default());
        let outputs_it = std::mem::replace(&mut self.outputs_it, false);
        let Some(map) = select.as_object() else {
            return;
        };
        let mut gives = outputs_it;
        for (key, inner) in map {
            match key.as_str() {
                "from" => self.conditions(inner),
                "projection" => {
                    for item in inner.as_array().into_iter().flatten() {
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
    fn item(&mut self, item: &Value) -> bool {
        let from = self.rename.from;
        let alias = item.pointer("/ExprWithAlias/alias").and_then(read_ident);
        if alias.is_some() {
            self.value(item);
            return alias.as_ref() == Some(from);
        }
        let Some(expression) = item.get("UnnamedExpr") else {
            self.value(item);
            return false;
        };
        let called = own_name(expression, 0);
        let before = self.edits.len();
        self.value(expression);
        let Some((name, depth)) = called else {
            return false;
        };
        let is_it = read_ident(name).as_ref() == Some(from);
        if is_it && self.edits.len() > before {
            self.call(name, depth);
        }
        is_it
    }

    /// Puts the name by which an item was called behind it; the name stands so many parentheses
    /// deep in it.
    fn call(&mut self, name: &Value, depth: usize) {
        let Some((at, written)) = self.token(name) else {
            return self.unsure = true;
        };
        let mut open = depth;
        let mut end = written.span.end;
        for next in self.tokens.iter().skip(at + 1) {
            match &next.token {
                Token::Whitespace(_) => continue,
                Token::LParen => open += 1,
                Token::RParen if open == 0 => break,
                Token::RParen => open -= 1,
                Token::Comma | Token::SemiColon if open == 0 => break,
                Token::Word(word) if open == 0 && ENDS_ITEM.contains(&word.keyword) => break,
                _ => {}
            }
            end = next.span.end;
        }
        if open > 0 {
            return self.unsure = true;
        }
        self.edits
            .push((end, end, format!(" AS {}", written.token)));
    }

    /// The token of an identifier of the tree, and its place among all; `None` where another stands
    /// there.
    fn token(&self, name: &Value) -> Option<(usize, &TokenWithSpan)> {
        let place = |part: &str| name.pointer(&format!("/span/start/{part}"))?.as_u64();
        let start = Location::new(place("line")?, place("column")?);
        let at = self
            .tokens
            .binary_search_by_key(&start, |one| one.span.start);
        let token = self.tokens.get(at.ok()?)?;
        let Token::Word(word) = &token.token else {
            return None;
        };
        let is_it = name.get("value").and_then(Value::as_str) == Some(word.value.as_str());
        is_it.then_some((at.ok()?, token))
    }

    /// The subqueries of a FROM.
    fn subqueries(&mut self, from: &Value) {
        match from {
            Value::Array(items) => items.iter().for_each(|item| self.subqueries(item)),
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
    fn conditions(&mut self, from: &Value) {
        match from {
            Value::Array(items) => items.iter().for_each(|item| self.conditions(item)),
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
                            let parts = inner.get("name").map(text_of_idents);
                            let mut parts = parts.unwrap_or_default().into_iter().rev();
                            let table = parts.next().unwrap_or_default();
                            let name = TableName::new(parts.next(), table);
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

    fn bare(&mut self, name: &Value) {
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

    fn qualified(&mut self, parts: &Value) {
        let Some([.., qualifier, name]) = parts.as_array().map(Vec::as_slice) else {
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

    fn write(&mut self, name: &Value) {
        let Some((_, token)) = self.token(name) else {
            return self.unsure = true;
        };
        let span = token.span;
        self.edits
            .push((span.start, span.end, self.rename.to.to_string()));
    }
}

/// Words that may follow an item of a SELECT.
const ENDS_ITEM: [Keyword; 15] = [
    Keyword::EXCEPT,
    Keyword::FETCH,
    Keyword::FROM,
    Keyword::GROUP,
    Keyword::HAVING,
    Keyword::INTERSECT,
    Keyword::INTO,
    Keyword::LIMIT,
    Keyword::MINUS,
    Keyword::OFFSET,
    Keyword::ORDER,
    Keyword::QUALIFY,
    Keyword::UNION,
    Keyword::WHERE,
    Keyword::WINDOW,
];

/// An identifier of the tree, folded.
fn read_ident(value: &Value) -> Option<Ident> {
    let quote = value.get("quote_style")?.as_str();
    let name = sp::Ident {
        value: value.get("value")?.as_str()?.to_owned(),
        quote_style: quote.and_then(|quote| quote.chars().next()),
        span: sqlparser::tokenizer::Span::empty(),
    };
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

/// The column by which an expression without an alias is called, and how many parentheses stand
/// around it.
fn own_name(expression: &Value, depth: usize) -> Option<(&Value, usize)> {
    if let Some(name) = expression.get("Identifier") {
        return Some((name, depth));
    }
    if let Some(parts) = expression.get("CompoundIdentifier") {
        return Some((parts.as_array()?.last()?, depth));
    }
    if let Some(cast) = expression.get("Cast") {
        let is_function = cast.get("kind").and_then(Value::as_str) != Some("DoubleColon");
        return own_name(cast.get("expr")?, depth + usize::from(is_function));
    }
    own_name(expression.get("Nested")?, depth + 1)
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
            ("select a, c from t", "select b AS a, c from t"),
            ("select t.a from s.t", "select t.b AS a from s.t"),
            (
                "select x.A as c from t x where x.a > 1",
                "select x.b as c from t x where x.b > 1",
            ),
            (
                "select a::date, max(a), (a) from t group by a",
                "select b::date AS a, max(b), (b) AS a from t group by b",
            ),
            (
                "select c from t join u on t.a = u.id and u.n = a",
                "select c from t join u on t.b = u.id and u.n = b",
            ),
            // The column of the output is meant where there is one.
            (
                "select a from t order by a",
                "select b AS a from t order by a",
            ),
            (
                "select c from t order by a, t.a",
                "select c from t order by b, t.b",
            ),
            (
                "with q as (select a from t) select a from q",
                "with q as (select b AS a from t) select a from q",
            ),
            (
                "select q.a from (select a from t) q",
                "select q.a from (select b AS a from t) q",
            ),
            (
                "select c from u where exists (select 1 from t where a = u.n)",
                "select c from u where exists (select 1 from t where b = u.n)",
            ),
            (
                "select (select max(u.n) from u where u.id = a) from t",
                "select (select max(u.n) from u where u.id = b) from t",
            ),
            (
                "select a from t union all select a from w",
                "select b AS a from t union all select a from w",
            ),
            (
                "select case when a > 1 then a end as c, row_number() over (partition by a order by t.a) as n from t",
                "select case when b > 1 then b end as c, row_number() over (partition by b order by t.b) as n from t",
            ),
            (
                "select cast(a as decimal(10, 2)), ((t.A))::varchar(8), -- the price\n  \"a\" /* key */ from t",
                "select cast(b as decimal(10, 2)) AS a, ((t.b))::varchar(8) AS A, -- the price\n  b AS \"a\" /* key */ from t",
            ),
            ("select 'é', a from t", "select 'é', b AS a from t"),
        ] {
            assert_eq!(renamed(query, "b").as_deref(), Some(expected), "{query}");
        }
        assert_eq!(
            renamed("select a from t", "B c").as_deref(),
            Some("select \"B c\" AS a from t")
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
