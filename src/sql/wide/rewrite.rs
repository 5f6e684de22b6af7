//! The rewriting: which tables become columns, and what stands for theirs.

use std::collections::BTreeSet;

use sqlparser::tokenizer::Token;

use super::from::{From, Item, Joined};
use super::tokens::Tokens;
use super::{KnownColumn, Lookup, Piece, Role, Step, WideQuery};
use crate::name::{Ident, TableName};

/// A column in the query: its table, its name and how many tokens it takes.
type Column = (usize, Ident, usize);

/// What stands for an item of FROM that becomes columns.
#[derive(Debug, Clone)]
struct Inlined {
    role: Role,
    /// The item that it hangs off.
    parent: usize,
    /// Whether rows without a partner are dropped.
    inner: bool,
    /// Whether its key may be read from the column that it is joined to.
    same_type: bool,
}

pub(super) struct Rewriter<'a> {
    tokens: &'a Tokens<'a>,
    from: From,
    fact: usize,
    /// By item.
    inlined: Vec<Option<Inlined>>,
    /// Conditions that the wide table has carried out.
    dropped: BTreeSet<(usize, usize)>,
    /// Names that the result's columns have.
    labels: BTreeSet<Ident>,
}

impl<'a> Rewriter<'a> {
    /// Which lookups become columns; `None` if none does, or if the fact's rows may be NULL.
    pub fn new(
        tokens: &'a Tokens<'a>,
        from: From,
        fact: &TableName,
        lookups: &[Lookup],
    ) -> Option<Self> {
        let is_fact = |item: &Item| item.table.as_ref().is_some_and(|table| table.matches(fact));
        let mut facts = (0..from.items.len()).filter(|at| is_fact(&from.items[*at]));
        let (place, more) = (facts.next()?, facts.next());
        // A table joined to itself would read a wide row for each.
        if more.is_some() || from.items[place].joined == Joined::Left {
            return None;
        }
        let count = from.items.len();
        let mut rewriter = Self {
            tokens,
            from,
            fact: place,
            inlined: vec![None; count],
            dropped: BTreeSet::new(),
            labels: BTreeSet::new(),
        };
        rewriter.find(lookups);
        rewriter.labels = rewriter.labels();
        rewriter
            .inlined
            .iter()
            .any(Option::is_some)
            .then_some(rewriter)
    }

    /// Follows the joins from the fact outward.
    fn find(&mut self, lookups: &[Lookup]) {
        loop {
            let next = (0..self.from.items.len()).find_map(|item| self.joins(item, lookups));
            let Some((item, condition, found)) = next else {
                return;
            };
            self.inlined[item] = Some(found);
            self.dropped.insert(condition);
        }
    }

    /// What an item becomes if a condition joins its key to the fact or to what became columns.
    fn joins(&self, item: usize, lookups: &[Lookup]) -> Option<(usize, (usize, usize), Inlined)> {
        if item == self.fact || self.inlined[item].is_some() {
            return None;
        }
        let of = &self.from.items[item];
        let table = of.table.as_ref()?;
        let lookup = lookups.iter().find(|lookup| lookup.table.matches(table))?;
        // A left join has its own condition and no other; an inner one any of the query's, but
        // not one that a left join has.
        let conditions: Vec<(usize, usize)> = match of.joined {
            Joined::Left if of.on.len() != 1 => return None,
            Joined::Left => of.on.clone(),
            Joined::Inner | Joined::Crossed => self.conditions().collect(),
        };
        conditions.into_iter().find_map(|condition| {
            let [a, b] = self.equality(condition)?;
            let (key, other) = match (a.0 == item, b.0 == item) {
                (true, false) => (a, b),
                (false, true) => (b, a),
                _ => return None,
            };
            let parent = self.inlined[other.0].as_ref();
            if key.1 != lookup.key || other.0 != self.fact && parent.is_none() {
                return None;
            }
            let type_of =
                |(item, name): &(usize, Ident)| Some(self.known(*item, name)?.data_type.clone());
            let step = Step {
                from: other.1.clone(),
                table: lookup.table.clone(),
                key: key.1.clone(),
            };
            let found = Inlined {
                role: Role::after(parent.map(|parent| &parent.role), step),
                parent: other.0,
                inner: of.joined != Joined::Left,
                same_type: type_of(&key).is_some() && type_of(&key) == type_of(&other),
            };
            Some((item, condition, found))
        })
    }

    /// The conjuncts that every row of the result fulfils.
    fn conditions(&self) -> impl Iterator<Item = (usize, usize)> {
        let inner = self
            .from
            .items
            .iter()
            .filter(|item| item.joined != Joined::Left);
        let on = inner.flat_map(|item| item.on.iter().copied());
        on.chain(self.from.filter.iter().copied())
    }

    fn known(&self, item: usize, name: &Ident) -> Option<&KnownColumn> {
        let columns = self.from.items.get(item)?.columns.as_ref()?;
        columns.iter().find(|column| column.name == *name)
    }

    /// The column at a token; `Err` where it may be one of several tables'.
    fn column(&self, at: usize) -> Result<Option<Column>, ()> {
        let tokens = self.tokens;
        let Some(first) = tokens.name(at) else {
            return Ok(None);
        };
        let before = at.checked_sub(1);
        let behind = |token: &Token| before.is_some_and(|at| tokens.is(at, token));
        if behind(&Token::Period) || behind(&Token::DoubleColon) {
            return Ok(None);
        }
        if tokens.is(at + 1, &Token::Period) {
            return self.qualified(at, &first);
        }
        let called = tokens.is(at + 1, &Token::LParen);
        let labels = before.is_some_and(|at| tokens.word(at) == "AS");
        let typed = matches!(tokens.token(at + 1), Some(Token::SingleQuotedString(_)));
        if called || labels || typed || self.is_part_of_date(at) {
            return Ok(None);
        }
        let has = |item: &usize| self.known(*item, &first).is_some();
        let owners: Vec<usize> = (0..self.from.items.len()).filter(has).collect();
        let unknown = self.from.items.iter().any(|item| item.columns.is_none());
        match owners.as_slice() {
            [] => Ok(None),
            [owner] if !unknown || self.inlined[*owner].is_none() => Ok(Some((*owner, first, 1))),
            owners if owners.iter().any(|owner| self.inlined[*owner].is_some()) => Err(()),
            _ => Ok(None),
        }
    }

    /// Whether a word names a part of dates, as `EXTRACT(day FROM …)` and `DATEADD(day, …)` take it.
    fn is_part_of_date(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let opens = at >= 2 && tokens.is(at - 1, &Token::LParen);
        let function = match opens {
            true => tokens.word(at - 2),
            false => return false,
        };
        match function.as_str() {
            "EXTRACT" => tokens.word(at + 1) == "FROM",
            "DATEADD" | "DATE_ADD" | "DATEDIFF" | "DATE_DIFF" | "DATE_PART" | "DATEPART"
            | "DATE_TRUNC" => tokens.is(at + 1, &Token::Comma),
            _ => false,
        }
    }

    /// `alias.column`, `table.column` or `schema.table.column`.
    fn qualified(&self, at: usize, first: &Ident) -> Result<Option<Column>, ()> {
        let tokens = self.tokens;
        let by_alias = |name: &Ident| self.from.items.iter().position(|item| item.alias == *name);
        if tokens.is(at + 3, &Token::Period) {
            let table = tokens.name(at + 2).ok_or(())?;
            let Some(item) = by_alias(&table) else {
                return Ok(None);
            };
            return match (self.inlined[item].is_some(), tokens.name(at + 4)) {
                (true, Some(name)) if !tokens.is(at + 5, &Token::Period) => {
                    Ok(Some((item, name, 5)))
                }
                (true, _) => Err(()),
                // The wide table has no schema before its alias.
                (false, _) if item == self.fact => Err(()),
                (false, _) => Ok(None),
            };
        }
        let Some(item) = by_alias(first) else {
            return Ok(None);
        };
        match tokens.name(at + 2) {
            Some(name) => Ok(Some((item, name, 3))),
            // `alias.*` names every column.
            None => Err(()),
        }
    }

    /// The two columns of a condition that is nothing but their equality.
    fn equality(&self, (start, end): (usize, usize)) -> Option<[(usize, Ident); 2]> {
        let (mut start, mut end) = (start, end);
        while self.tokens.is(start, &Token::LParen) && self.tokens.closing(start) == Some(end - 1) {
            (start, end) = (start + 1, end - 1);
        }
        let (left, a, length) = self.column(start).ok()??;
        let equals = start + length;
        if !self.tokens.is(equals, &Token::Eq) {
            return None;
        }
        let (right, b, length) = self.column(equals + 1).ok()??;
        (equals + 1 + length == end).then_some([(left, a), (right, b)])
    }

    /// The rewritten query; `None` where a part of it can't be.
    pub fn rewrite(&self) -> Option<WideQuery> {
        let mut pieces = vec![Piece::Text("SELECT".to_owned())];
        pieces.extend(self.part((1, self.from.start), Part::Select)?);
        pieces.push(Piece::Text("\nFROM ".to_owned()));
        pieces.push(Piece::Table);
        let fact = &self.from.items[self.fact];
        pieces.push(Piece::Text(format!(" AS {}", fact.alias)));
        let mut conditions: Vec<(usize, usize)> = Vec::new();
        for (place, item) in self.from.items.iter().enumerate() {
            let kept = item.on.iter().filter(|on| !self.dropped.contains(*on));
            if place == self.fact || self.inlined[place].is_some() {
                conditions.extend(kept);
                continue;
            }
            pieces.extend(self.kept(item)?);
        }
        let filter = self.from.filter.iter();
        conditions.extend(filter.filter(|condition| !self.dropped.contains(*condition)));
        let mut word = "\nWHERE ";
        for condition in &conditions {
            pieces.push(Piece::Text(word.to_owned()));
            pieces.extend(self.part(*condition, Part::Condition)?);
            word = " AND ";
        }
        for (role, column) in self.demanded(&conditions, &pieces) {
            pieces.push(Piece::Text(word.to_owned()));
            pieces.push(Piece::Column {
                role,
                column,
                label: None,
            });
            pieces.push(Piece::Text(" IS NOT NULL".to_owned()));
            word = " AND ";
        }
        if self.from.rest < self.tokens.len() {
            pieces.push(Piece::Text("\n".to_owned()));
            pieces.extend(self.part((self.from.rest, self.tokens.len()), Part::Rest)?);
        }
        Some(WideQuery {
            pieces,
            alias: fact.alias.clone(),
            roles: self
                .inlined
                .iter()
                .flatten()
                .map(|one| one.role.clone())
                .collect(),
            joins_removed: self.inlined.iter().flatten().count(),
        })
    }

    /// A table that stays, with its join.
    fn kept(&self, item: &Item) -> Option<Vec<Piece>> {
        let span = self.tokens.span(item.tokens)?;
        let table = &self.tokens.text[span.start..span.end];
        // What became columns by a condition of this join is joined already.
        let kept = item.on.iter().filter(|on| !self.dropped.contains(*on));
        let mut kept = kept.copied().peekable();
        let word = match item.joined {
            Joined::Left => "LEFT JOIN",
            Joined::Inner if kept.peek().is_some() => "JOIN",
            Joined::Inner | Joined::Crossed => "CROSS JOIN",
        };
        let mut pieces = vec![Piece::Text(format!("\n{word} {table}"))];
        let mut before = " ON ";
        for condition in kept {
            pieces.push(Piece::Text(before.to_owned()));
            pieces.extend(self.part(condition, Part::Condition)?);
            before = " AND ";
        }
        Some(pieces)
    }

    /// A column of each lookup that is NULL where an inner join found no partner, unless a
    /// condition leaves out such rows already: one on the lookup, or on what hangs off it. A column
    /// that is read anyway is taken before the key.
    fn demanded(&self, conditions: &[(usize, usize)], pieces: &[Piece]) -> Vec<(Role, Ident)> {
        let strict: BTreeSet<usize> = conditions.iter().filter_map(|c| self.strict(*c)).collect();
        let open = |place: &usize| {
            let inner = self.inlined[*place].as_ref().is_some_and(|one| one.inner);
            inner && !strict.contains(place)
        };
        let open: BTreeSet<usize> = (0..self.inlined.len()).filter(open).collect();
        let told: BTreeSet<usize> = strict.union(&open).copied().collect();
        // A row with a partner in what hangs off a lookup has one in the lookup.
        let last = open
            .iter()
            .filter(|place| !told.iter().any(|other| self.hangs_off(*other, **place)));
        let demanded = last.filter_map(|place| {
            let one = self.inlined[*place].as_ref()?;
            let read = pieces.iter().find_map(|piece| match piece {
                Piece::Column { role, column, .. } if *role == one.role => self
                    .known(*place, column)
                    .filter(|known| known.not_null)
                    .map(|known| known.name.clone()),
                _ => None,
            });
            let column = read.or_else(|| Some(one.role.step()?.key.clone()))?;
            Some((one.role.clone(), column))
        });
        demanded.collect()
    }

    fn hangs_off(&self, place: usize, of: usize) -> bool {
        let mut at = place;
        while let Some(one) = self.inlined.get(at).and_then(Option::as_ref) {
            if one.parent == of {
                return true;
            }
            at = one.parent;
        }
        false
    }

    /// The item of a comparison that no NULL of its column fulfils.
    fn strict(&self, (start, end): (usize, usize)) -> Option<usize> {
        let (item, column, length) = self.column(start).ok()??;
        let words = start..end;
        let loose =
            |at: usize| matches!(self.tokens.word(at).as_str(), "IS" | "OR" | "NOT" | "CASE");
        if words.into_iter().any(loose) {
            return None;
        }
        let compares = matches!(
            self.tokens.token(start + length),
            Some(Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq)
        ) || matches!(
            self.tokens.word(start + length).as_str(),
            "BETWEEN" | "IN" | "LIKE" | "ILIKE"
        );
        // A key that is read from the column before it says nothing of the lookup.
        let one = self.inlined[item].as_ref()?;
        let own = one.role.step()?.key != column || !one.inner || !one.same_type;
        (compares && own).then_some(item)
    }

    /// A range of tokens with the columns of lookups replaced.
    fn part(&self, (start, end): (usize, usize), part: Part) -> Option<Vec<Piece>> {
        let text = self.tokens.text;
        let mut pieces = Vec::new();
        let mut copied = match part {
            Part::Select => self.tokens.span((0, start))?.end,
            Part::Condition | Part::Rest => self.tokens.span((start, end))?.start,
        };
        let mut at = start;
        while at < end {
            if part == Part::Select && self.is_star(at) {
                return None;
            }
            let Some((item, column, length)) = self.column(at).ok()? else {
                at += 1;
                continue;
            };
            if self.inlined[item].is_none() {
                at += length;
                continue;
            }
            if part == Part::Rest && length == 1 && self.is_label(at, &column) {
                at += 1;
                continue;
            }
            // What a query in parentheses means by a name is its own to say.
            if self.tokens.is_nested(at) {
                return None;
            }
            let span = self.tokens.span((at, at + length))?;
            pieces.push(Piece::Text(text[copied..span.start].to_owned()));
            copied = span.end;
            let labelled = part == Part::Select && self.stands_alone(at, length, start, end);
            // A column that is but cast gives its name to the result, which is not kept then.
            if part == Part::Select && self.tokens.is(at + length, &Token::DoubleColon) {
                return None;
            }
            pieces.push(self.replaced(item, column, labelled)?);
            at += length;
        }
        let last = self
            .tokens
            .span((start, end))
            .map_or(copied, |span| span.end);
        pieces.push(Piece::Text(text.get(copied..last.max(copied))?.to_owned()));
        Some(pieces)
    }

    /// What stands for a lookup's column: one of the wide table, or for a key the column that it
    /// is equal to.
    fn replaced(&self, item: usize, column: Ident, labelled: bool) -> Option<Piece> {
        let label = labelled.then(|| column.clone());
        let (mut item, mut column) = (item, column);
        loop {
            let Some(one) = &self.inlined[item] else {
                let own = format!("{}.{column}", self.from.items[item].alias);
                let label = label.filter(|label| *label != column);
                let label = label.map_or_else(String::new, |label| format!(" AS {label}"));
                return Some(Piece::Text(own + &label));
            };
            let step = one.role.step()?;
            if step.key != column || !one.inner || !one.same_type {
                return Some(Piece::Column {
                    role: one.role.clone(),
                    column,
                    label,
                });
            }
            (item, column) = (one.parent, step.from.clone());
        }
    }

    /// Names of the result's columns: what stands after AS or at the end of an item.
    fn labels(&self) -> BTreeSet<Ident> {
        let tokens = self.tokens;
        let ends = (2..=self.from.start).filter(|at| {
            *at == self.from.start || tokens.depth(*at) == 0 && tokens.is(*at, &Token::Comma)
        });
        ends.filter_map(|end| tokens.name(end - 1)).collect()
    }

    /// Whether a name in ORDER BY is a whole item of it and names a column of the result.
    fn is_label(&self, at: usize, name: &Ident) -> bool {
        let tokens = self.tokens;
        let ordered = tokens.top(self.from.rest..tokens.len(), &["ORDER"]);
        let next = tokens.word(at + 1);
        let ends = at + 1 >= tokens.len()
            || tokens.is(at + 1, &Token::Comma)
            || matches!(next.as_str(), "ASC" | "DESC" | "NULLS" | "LIMIT" | "OFFSET");
        let begins = tokens.is(at - 1, &Token::Comma) || tokens.word(at - 1) == "BY";
        let whole = begins && ends && tokens.depth(at) == 0;
        ordered.is_some_and(|order| order < at) && whole && self.labels.contains(name)
    }

    /// Whether a `*` stands for all columns, and not for a product.
    fn is_star(&self, at: usize) -> bool {
        if !self.tokens.is(at, &Token::Mul) || self.tokens.depth(at) > 0 {
            return false;
        }
        let all = ["SELECT", "DISTINCT", "ALL"];
        let before = at.checked_sub(1);
        before.is_none_or(|at| {
            all.contains(&self.tokens.word(at).as_str())
                || self.tokens.is(at, &Token::Comma)
                || self.tokens.is(at, &Token::Period)
        })
    }

    /// Whether a column is a whole item of the select list.
    fn stands_alone(&self, at: usize, length: usize, start: usize, end: usize) -> bool {
        let comma = |at: usize| self.tokens.is(at, &Token::Comma) && self.tokens.depth(at) == 0;
        let begins = at == start
            || comma(at - 1)
            || matches!(self.tokens.word(at - 1).as_str(), "DISTINCT" | "ALL");
        begins && (at + length == end || comma(at + length))
    }
}

/// A part of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Select,
    Condition,
    Rest,
}
