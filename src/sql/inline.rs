//! A query over a fact table and its lookups, rewritten for one table that holds
//! the lookups' columns.

use std::collections::BTreeSet;

use sqlparser::tokenizer::Token;

use super::cursor::Cursor;
use crate::name::{Ident, TableName};
use crate::text::Span;

/// A table that is to be read from another table's columns.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name.
    pub table: TableName,
    /// The column that identifies a row.
    pub key: Ident,
    /// Its columns.
    pub columns: Vec<Ident>,
}

impl Lookup {
    /// The name that a column takes in the wide table.
    pub fn wide_name(&self, column: &Ident) -> Ident {
        wide_column(&self.table, column)
    }
}

/// The name that a lookup's column takes in the wide table.
pub fn wide_column(table: &TableName, column: &Ident) -> Ident {
    Ident::exact(format!("{}_{}", table.name.as_str(), column.as_str()))
}

/// A query rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inlined {
    /// The new text.
    pub text: String,
    /// The columns of lookups that it reads: table and column.
    pub columns: BTreeSet<(TableName, Ident)>,
    /// Joins that are gone.
    pub joins_removed: usize,
}

/// One item of FROM.
#[derive(Debug, Clone)]
struct Item {
    table: TableName,
    alias: Ident,
    span: Span,
}

/// Rewrites a query of one SELECT with inner joins; `None` where its form is
/// another, or no lookup is joined by its key. `columns_of` knows the columns of
/// the other tables.
pub fn inline(
    text: &str,
    fact: &TableName,
    wide: &Ident,
    lookups: &[Lookup],
    columns_of: &dyn Fn(&TableName) -> Vec<Ident>,
) -> Option<Inlined> {
    let text = text.trim().trim_end_matches(';');
    let cursor = Cursor::new(text, Span::new(0, text.len()), text.len()).ok()?;
    let rewriter = Rewriter::read(text, &cursor, fact, lookups, columns_of)?;
    rewriter.rewrite(wide)
}

struct Rewriter<'a> {
    text: &'a str,
    tokens: Vec<(&'a Token, Span)>,
    lookups: &'a [Lookup],
    items: Vec<Item>,
    /// Columns of each item.
    columns: Vec<Vec<Ident>>,
    fact: usize,
    /// Token ranges: the select list, and what follows WHERE's conditions.
    select: (usize, usize),
    rest: usize,
    /// Conditions of ON and WHERE, as token ranges.
    conditions: Vec<(usize, usize)>,
}

/// Words that end the conditions.
const CLAUSES: [&str; 6] = ["GROUP", "HAVING", "ORDER", "LIMIT", "QUALIFY", "OFFSET"];

impl<'a> Rewriter<'a> {
    fn read(
        text: &'a str,
        cursor: &'a Cursor<'a>,
        fact: &TableName,
        lookups: &'a [Lookup],
        columns_of: &dyn Fn(&TableName) -> Vec<Ident>,
    ) -> Option<Self> {
        let tokens: Vec<(&Token, Span)> = cursor.all().collect();
        let word = |at: usize| match tokens.get(at) {
            Some((Token::Word(word), _)) if word.quote_style.is_none() => word.value.to_uppercase(),
            _ => String::new(),
        };
        let selects = (0..tokens.len()).filter(|at| word(*at) == "SELECT").count();
        let unions = (0..tokens.len())
            .any(|at| matches!(word(at).as_str(), "UNION" | "WITH" | "EXCEPT" | "INTERSECT"));
        if word(0) != "SELECT" || selects != 1 || unions {
            return None;
        }
        let mut depths = Vec::with_capacity(tokens.len());
        let mut depth = 0usize;
        for (token, _) in &tokens {
            if **token == Token::RParen {
                depth = depth.saturating_sub(1);
            }
            depths.push(depth);
            if **token == Token::LParen {
                depth += 1;
            }
        }
        let top = |at: usize, wanted: &str| depths[at] == 0 && word(at) == wanted;
        let from = (0..tokens.len()).find(|at| top(*at, "FROM"))?;
        let clause = |at: &usize| CLAUSES.iter().any(|clause| top(*at, clause));
        let rest = (from..tokens.len()).find(clause).unwrap_or(tokens.len());
        let filter = (from..rest).find(|at| top(*at, "WHERE")).unwrap_or(rest);
        let mut conditions = Vec::new();
        let mut items = Vec::new();
        let mut at = from + 1;
        while at < filter {
            match word(at).as_str() {
                "INNER" if word(at + 1) == "JOIN" => at += 1,
                "JOIN" => at += 1,
                "ON" => {
                    let begins = |at: &usize| {
                        depths[*at] == 0
                            && (matches!(word(*at).as_str(), "JOIN" | "INNER")
                                || *tokens[*at].0 == Token::Comma)
                    };
                    let end = (at + 1..filter).find(begins).unwrap_or(filter);
                    conjuncts(&word, &depths, at + 1, end, &mut conditions);
                    at = end;
                }
                "LEFT" | "RIGHT" | "FULL" | "CROSS" | "NATURAL" | "USING" | "LATERAL" => {
                    return None;
                }
                "" if *tokens[at].0 == Token::Comma => at += 1,
                "" => return None,
                _ => {
                    let (item, next) = item(&tokens, &word, at, filter)?;
                    items.push(item);
                    at = next;
                }
            }
        }
        if filter < rest {
            conjuncts(&word, &depths, filter + 1, rest, &mut conditions);
        }
        let fact = items.iter().position(|item| item.table.matches(fact))?;
        let columns = items.iter().map(|item| {
            let lookup = lookups
                .iter()
                .find(|lookup| lookup.table.matches(&item.table));
            lookup.map_or_else(|| columns_of(&item.table), |lookup| lookup.columns.clone())
        });
        Some(Self {
            text,
            columns: columns.collect(),
            tokens,
            lookups,
            items,
            fact,
            select: (1, from),
            rest,
            conditions,
        })
    }

    fn lookup(&self, item: usize) -> Option<&'a Lookup> {
        let table = &self.items.get(item)?.table;
        self.lookups
            .iter()
            .find(|lookup| lookup.table.matches(table))
    }

    /// The column at a token: its item, its name, and how many tokens it takes.
    fn column(&self, at: usize) -> Option<(usize, Ident, usize)> {
        let name = |at: usize| match self.tokens.get(at) {
            Some((Token::Word(word), _)) => Some(Ident::folded(&word.value)),
            _ => None,
        };
        let is = |at: usize, token: &Token| self.tokens.get(at).is_some_and(|(t, _)| *t == token);
        let first = name(at)?;
        if at > 0 && is(at - 1, &Token::Period) {
            return None;
        }
        if is(at + 1, &Token::Period) {
            let item = self.items.iter().position(|item| item.alias == first)?;
            return Some((item, name(at + 2)?, 3));
        }
        let after_as = at > 0 && name(at - 1).is_some_and(|word| word == "as");
        if is(at + 1, &Token::LParen) || after_as {
            return None;
        }
        let mut owners = (0..self.items.len()).filter(|item| self.columns[*item].contains(&first));
        let owner = owners.next()?;
        owners.next().is_none().then_some((owner, first, 1))
    }

    /// The two columns of a condition that is nothing but their equality.
    fn equality(&self, (start, end): (usize, usize)) -> Option<[(usize, Ident); 2]> {
        let (left, a, length) = self.column(start)?;
        let equals = start + length;
        if *self.tokens.get(equals)?.0 != Token::Eq {
            return None;
        }
        let (right, b, length) = self.column(equals + 1)?;
        (equals + 1 + length == end).then_some([(left, a), (right, b)])
    }

    fn rewrite(&self, wide: &Ident) -> Option<Inlined> {
        // What stands for the key of each inlined lookup.
        let mut keys: Vec<Option<(usize, Ident)>> = vec![None; self.items.len()];
        let mut dropped = BTreeSet::new();
        loop {
            let mut changed = false;
            for (index, condition) in self.conditions.iter().enumerate() {
                let Some([a, b]) = self.equality(*condition) else {
                    continue;
                };
                for (lookup, other) in [(&a, &b), (&b, &a)] {
                    let known = other.0 == self.fact || keys[other.0].is_some();
                    let by_key = self.lookup(lookup.0).is_some_and(|l| l.key == lookup.1);
                    if lookup.0 != self.fact && keys[lookup.0].is_none() && known && by_key {
                        keys[lookup.0] = Some(other.clone());
                        dropped.insert(index);
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let removed = keys.iter().flatten().count();
        if removed == 0 {
            return None;
        }
        let mut columns = BTreeSet::new();
        let mut out = String::from("SELECT");
        out.push_str(&self.part(self.select.0, self.select.1, &keys, &mut columns, true)?);
        let fact = &self.items[self.fact];
        out.push_str(&format!("\nFROM {wide} AS {}", fact.alias));
        for (index, item) in self.items.iter().enumerate() {
            if index != self.fact && keys[index].is_none() {
                out.push_str(&format!(", {}", &self.text[item.span.start..item.span.end]));
            }
        }
        let mut conditions = Vec::new();
        for (index, (start, end)) in self.conditions.iter().enumerate() {
            if !dropped.contains(&index) {
                let text = self.part(*start, *end, &keys, &mut columns, false)?;
                conditions.push(text.trim().to_owned());
            }
        }
        if !conditions.is_empty() {
            out.push_str(&format!("\nWHERE {}", conditions.join(" AND ")));
        }
        if self.rest < self.tokens.len() {
            out.push('\n');
            let text = self.part(self.rest, self.tokens.len(), &keys, &mut columns, false)?;
            out.push_str(text.trim());
        }
        Some(Inlined {
            text: out,
            columns,
            joins_removed: removed,
        })
    }

    /// The text of a range of tokens with the columns of lookups renamed; items of
    /// the select list keep their names.
    fn part(
        &self,
        start: usize,
        end: usize,
        keys: &[Option<(usize, Ident)>],
        used: &mut BTreeSet<(TableName, Ident)>,
        select: bool,
    ) -> Option<String> {
        let mut out = String::new();
        let mut copied = self.tokens.get(start.checked_sub(1)?)?.1.end;
        let mut at = start;
        while at < end {
            if select && *self.tokens[at].0 == Token::Mul && self.is_star(at) {
                return None;
            }
            let Some((item, column, length)) = self.column(at) else {
                at += 1;
                continue;
            };
            let inlined = keys.get(item).is_some_and(Option::is_some);
            if inlined {
                let span = self.tokens[at].1.to(self.tokens[at + length - 1].1);
                out.push_str(&self.text[copied..span.start]);
                copied = span.end;
                let name = self.replaced(item, &column, keys, used);
                out.push_str(&format!("{}.{name}", self.items[self.fact].alias));
                if select && name != column && self.stands_alone(at, length, start, end) {
                    out.push_str(&format!(" AS {column}"));
                }
            }
            at += length;
        }
        let last = self.tokens.get(end.checked_sub(1)?)?.1.end;
        out.push_str(self.text.get(copied..last.max(copied))?);
        Some(out)
    }

    /// The column of the wide table that holds a lookup's column.
    fn replaced(
        &self,
        item: usize,
        column: &Ident,
        keys: &[Option<(usize, Ident)>],
        used: &mut BTreeSet<(TableName, Ident)>,
    ) -> Ident {
        let (mut item, mut column) = (item, column.clone());
        for _ in 0..self.items.len() {
            let (Some(lookup), Some(Some((other, theirs)))) = (self.lookup(item), keys.get(item))
            else {
                return column;
            };
            if lookup.key != column {
                used.insert((lookup.table.clone(), column.clone()));
                return lookup.wide_name(&column);
            }
            (item, column) = (*other, theirs.clone());
        }
        column
    }

    /// Whether a `*` stands for all columns, and not for a product.
    fn is_star(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|at| self.tokens[at].0);
        match before {
            Some(Token::Word(word)) => word.value.eq_ignore_ascii_case("select"),
            Some(Token::Comma | Token::Period) => true,
            _ => false,
        }
    }

    /// Whether a column is a whole item of the select list.
    fn stands_alone(&self, at: usize, length: usize, start: usize, end: usize) -> bool {
        let comma = |at: usize| {
            self.tokens
                .get(at)
                .is_some_and(|(t, _)| **t == Token::Comma)
        };
        let distinct = |at: usize| matches!(self.tokens.get(at), Some((Token::Word(w), _)) if w.value.eq_ignore_ascii_case("distinct"));
        let begins = at == start || comma(at - 1) || distinct(at - 1);
        begins && (at + length == end || comma(at + length))
    }
}

/// A table of FROM with its alias, and the token after it.
fn item(
    tokens: &[(&Token, Span)],
    word: &dyn Fn(usize) -> String,
    start: usize,
    end: usize,
) -> Option<(Item, usize)> {
    let name = |at: usize| match tokens.get(at) {
        Some((Token::Word(word), _)) => Some(Ident::folded(&word.value)),
        _ => None,
    };
    let mut table = TableName::new(None, name(start)?);
    let mut at = start + 1;
    while at + 1 < end && *tokens[at].0 == Token::Period {
        table = TableName::new(Some(table.name), name(at + 1)?);
        at += 2;
    }
    if at < end && word(at) == "AS" {
        at += 1;
    }
    let mut alias = table.name.clone();
    let keyword = [
        "JOIN", "INNER", "ON", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "USING",
    ];
    if at < end
        && let Some(given) = name(at)
        && !keyword.contains(&word(at).as_str())
    {
        alias = given;
        at += 1;
    }
    let span = tokens[start].1.to(tokens[at - 1].1);
    Some((Item { table, alias, span }, at))
}

/// Splits conditions at AND; those with an OR beside it stay whole.
fn conjuncts(
    word: &dyn Fn(usize) -> String,
    depths: &[usize],
    start: usize,
    end: usize,
    out: &mut Vec<(usize, usize)>,
) {
    let base = depths.get(start).copied().unwrap_or_default();
    let top = |at: usize, wanted: &str| depths[at] <= base && word(at) == wanted;
    if (start..end).any(|at| top(at, "OR")) {
        out.push((start, end));
        return;
    }
    let mut from = start;
    let mut between = false;
    for at in start..end {
        between |= top(at, "BETWEEN");
        if top(at, "AND") {
            if between {
                between = false;
                continue;
            }
            out.push((from, at));
            from = at + 1;
        }
    }
    if from < end {
        out.push((from, end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(text: &str) -> Option<Inlined> {
        let lookup = |table: &str, key: &str, columns: &[&str]| Lookup {
            table: table.into(),
            key: key.into(),
            columns: columns.iter().map(|c| (*c).into()).collect(),
        };
        let lookups = [
            lookup(
                "category",
                "category_id",
                &["category_id", "slug", "department_id"],
            ),
            lookup("department", "department_id", &["department_id", "name"]),
        ];
        inline(
            text,
            &"product".into(),
            &"product_wide".into(),
            &lookups,
            &|table| match table.name.as_str() {
                "product" => ["product_id", "category_id", "price"]
                    .map(Ident::from)
                    .to_vec(),
                _ => vec!["seller_id".into()],
            },
        )
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
        insta::assert_snapshot!(found.expect("a rewrite").text, @r"
        SELECT p.product_id, p.category_slug AS slug, p.department_name as department, count(*)
        FROM product_wide AS p
        WHERE p.department_name <> 'x' AND p.price between 1 and 2 AND p.category_slug = 'shoes' AND p.category_id > 3
        group by 1, 2, p.department_name order by p.category_slug
        ");
    }

    #[test]
    fn comma_joins_and_other_tables_stay_right() {
        let found = shop(
            "select slug, sum(price) from product, category, seller s \
             where product.category_id = category.category_id and s.seller_id = product_id group by slug",
        );
        let found = found.expect("a rewrite");
        insta::assert_snapshot!(found.text, @r"
        SELECT product.category_slug AS slug, sum(price)
        FROM product_wide AS product, seller s
        WHERE s.seller_id = product_id
        group by product.category_slug
        ");
        assert_eq!(found.joins_removed, 1);
    }

    #[test]
    fn what_would_change_the_answer_is_left() {
        assert_eq!(
            shop("select * from product p join category c on c.category_id = p.category_id"),
            None
        );
        assert_eq!(
            shop(
                "select slug from product p left join category c on c.category_id = p.category_id"
            ),
            None
        );
        assert_eq!(
            shop("select slug from product p join category c on c.department_id = p.category_id"),
            None
        );
        assert_eq!(
            shop(
                "select slug from product p, category c where c.category_id = p.category_id or price > 1"
            ),
            None
        );
        assert_eq!(shop("select slug from category"), None);
    }
}
