//! Items of FROM that take a value of another item apart: arrays that are unnested, objects
//! that are unpivoted.
//!
//! `FROM c, c.orders o` iterates over an array, `AT i` counts its elements, `UNPIVOT c.obj AS v
//! AT k` iterates over the attributes of an object (Amazon Redshift Database Developer Guide:
//! Querying semi-structured data); `UNNEST (c.orders) AS o (v)` says the same (FROM clause).

use sqlparser::ast::{
    self, Expr as Ast, FunctionArg, FunctionArgExpr, TableFactor, TableFunctionArgs,
};

use crate::name::Resolved;
use crate::name::nearest;
use crate::plan::RowRange;
use crate::planner::PlannerError;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::{ColumnId, Expr, PathStep};
use crate::planner::logical::text::{Names, quoted, type_name};
use crate::planner::logical::tree::{Expansion, ExpansionRule, Group, Item};
use crate::schema::DataType;
use crate::thresholds::DEFAULT_TEXT_BYTES;

use super::Binder;
use super::cte::Cte;
use super::names::{folded, name_parts};
use super::navigate::navigate;
use super::place::Place;
use super::scope::{Meaning, Scope, Source};

/// Elements of an array, attributes of an object. Redshift's own guess is not public; this is
/// PostgreSQL's for the length of an array that nothing is known of (`estimate_array_length`).
const ELEMENTS: f64 = 10.0;
/// Factor by which [`ELEMENTS`] may be wrong either way: one element to a hundred.
const ELEMENTS_FACTOR: f64 = 10.0;

/// An item of FROM that takes apart what another holds.
pub(super) struct Lateral {
    /// A column of the item that it belongs to.
    pub root: ColumnId,
    pub rule: ExpansionRule,
    pub source: Source,
}

/// How it is written.
struct Written {
    /// `Unnest` or `Unpivot`.
    word: &'static str,
    alias: String,
    /// The names of the value, and of its index or attribute.
    value: String,
    key: Option<(String, DataType, f64)>,
}

impl<'a> Binder<'a, '_> {
    /// An item that takes apart a value of the items before it, if it is one.
    pub(super) fn lateral(
        &mut self,
        factor: &'a TableFactor,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<Lateral>, PlannerError> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                json_path,
                ..
            } => {
                let Some(operand) = self.navigated_from(name, json_path.is_some(), scope)? else {
                    return Ok(None);
                };
                let path = match json_path {
                    Some(path) => self.json_path(path, Place::new(scope))?,
                    None => Vec::new(),
                };
                let last = name_parts(name).pop().unwrap_or_default();
                let called = alias.as_ref().map_or(last, |alias| folded(&alias.name));
                let at = alias.as_ref().and_then(|alias| alias.at.as_ref());
                let written = Written {
                    word: "Unnest",
                    value: called.clone(),
                    alias: called,
                    key: at.map(|at| (folded(at), DataType::BigInt, 8.0)),
                };
                self.taken_apart(navigate(operand, path), written, factor)
                    .map(Some)
            }
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                with_ordinality,
                ..
            } if name_parts(name).last().is_some_and(|name| name == "unnest") => {
                let value = self.expr(only_argument(args, factor)?, Place::new(scope))?;
                let alias = alias.as_ref();
                let called = alias.map_or_else(|| "unnest".to_owned(), |a| folded(&a.name));
                let mut names = alias
                    .iter()
                    .flat_map(|alias| &alias.columns)
                    .map(|column| folded(&column.name));
                let first = names.next().unwrap_or_else(|| called.clone());
                let offset = names.next().unwrap_or_else(|| "offset".to_owned());
                let written = Written {
                    word: "Unnest",
                    value: first,
                    alias: called,
                    key: with_ordinality.then_some((offset, DataType::BigInt, 8.0)),
                };
                self.taken_apart(value, written, factor).map(Some)
            }
            TableFactor::UnpivotExpr {
                expression,
                value_alias,
                attribute_alias,
            } => {
                let value = self.expr(expression, Place::new(scope))?;
                let called = folded(value_alias);
                let attribute = attribute_alias.as_ref().map(|name| {
                    let text = DataType::Varchar(DEFAULT_TEXT_BYTES as u32);
                    (folded(name), text, DEFAULT_TEXT_BYTES)
                });
                let written = Written {
                    word: "Unpivot",
                    value: called.clone(),
                    alias: called,
                    key: attribute,
                };
                self.taken_apart(value, written, factor).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The value that a name in FROM navigates to; `None` for the name of a relation.
    fn navigated_from(
        &mut self,
        name: &'a ast::ObjectName,
        indexed: bool,
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<Expr>, PlannerError> {
        let parts = name_parts(name);
        let is_cte =
            |name: &String| Cte::outwards(scope.ctes.as_ref()).any(|cte| cte.name == *name);
        if parts.len() == 1 && !indexed && parts.first().is_some_and(is_cte) {
            return Ok(None);
        }
        let known = self.catalog.schema.lookup(&crate::sql::table_name(name));
        let is_table = !indexed && !matches!(known, Resolved::Unknown);
        for length in (1..=parts.len()).rev() {
            let (column, rest) = parts.split_at(length);
            let Some((column, qualifier)) = column.split_last() else {
                continue;
            };
            // A name that an alias qualifies means its column even where a schema is called so.
            if qualifier.is_empty() && is_table {
                continue;
            }
            let Some(Meaning::Column(id)) = scope.own(qualifier, column)? else {
                continue;
            };
            if !self.is_navigable(id) {
                if is_table {
                    continue;
                }
                let of = type_name(&self.columns.get(id).data_type);
                return Err(PlannerError::unsupported(
                    "unnesting a column that is neither SUPER nor an array",
                    format!("{} {of}", parts.join(".")),
                ));
            }
            let path = rest.iter().cloned().map(PathStep::Field).collect();
            return Ok(Some(navigate(Expr::Column(id), path)));
        }
        let first = scope
            .sources
            .iter()
            .find(|source| Some(&source.name) == parts.first());
        if let (Some(source), false, true) = (first, is_table, parts.len() > 1) {
            let columns = source.columns.iter().map(|(name, _)| name.as_str());
            return Err(PlannerError::UnknownColumn {
                nearest: parts.get(1).and_then(|name| nearest(name, columns)),
                name: parts.join("."),
                of: Vec::new(),
            });
        }
        let around = scope.parent.is_some_and(|parent| {
            let sources = parent.sources.iter();
            parts.len() > 1
                && sources
                    .map(|source| &source.name)
                    .any(|name| Some(name) == parts.first())
        });
        if around && !is_table {
            return Err(PlannerError::unsupported(
                "unnesting an array of the query around a subquery",
                name,
            ));
        }
        Ok(None)
    }

    fn taken_apart(
        &mut self,
        value: Expr,
        written: Written,
        factor: &TableFactor,
    ) -> Result<Lateral, PlannerError> {
        let Some(root) = value.columns().next() else {
            return Err(PlannerError::unsupported(
                "unnesting a value that is no column of FROM",
                factor,
            ));
        };
        self.relations += 1;
        self.assumptions.add(format!(
            "How many elements an array or object has is not known: {ELEMENTS:.0} are taken, which may be wrong by a factor of {ELEMENTS_FACTOR:.0} either way."
        ));
        self.assumptions.add(format!(
            "No public plan shows how EXPLAIN prints a value that is taken apart in FROM: it is a step `{}` over the rows that hold it.",
            written.word
        ));
        let of = self.columns.get(root).clone();
        let title = format!(
            "{} {} {}",
            written.word,
            self.columns.text(&value, Names::Qualified),
            quoted(&written.alias)
        );
        let column = |name: &String, data_type: DataType, bytes: f64| Column {
            name: name.clone(),
            // A value that is called like its item needs no other name.
            qualifier: match *name == written.alias {
                true => String::new(),
                false => written.alias.clone(),
            },
            data_type,
            distinct: None,
            bytes,
            rows: of.rows * ELEMENTS,
            stats: None,
            computed: false,
            origin: None,
        };
        // The elements of a value take no more bytes than the value.
        let bytes = (of.bytes / ELEMENTS).max(1.0);
        let mut columns = Vec::with_capacity(2);
        let value_column = column(&written.value, DataType::Super, bytes);
        columns.push((written.value.clone(), self.columns.add(value_column)));
        if let Some((name, data_type, bytes)) = &written.key {
            let key = column(name, data_type.clone(), *bytes);
            columns.push((name.clone(), self.columns.add(key)));
        }
        Ok(Lateral {
            root,
            rule: ExpansionRule {
                title,
                reads: vec![value],
                columns: columns.iter().map(|(_, id)| *id).collect(),
                per_row: ELEMENTS,
                range: RowRange {
                    low: 1.0 / ELEMENTS_FACTOR,
                    likely: 1.0,
                    high: ELEMENTS_FACTOR,
                },
                keeps: None,
                is_item: true,
            },
            source: Source {
                name: written.alias,
                schema: None,
                database: None,
                columns,
                open: Vec::new(),
            },
        })
    }
}

impl<'a> Group<'a> {
    /// Puts an expansion over the item that holds a column, or over all of them, joined, if the
    /// conditions of a left join read others as well.
    pub(super) fn expand(&mut self, root: ColumnId, rule: ExpansionRule) {
        let holds = |item: &Item<'a>| item.columns().contains(&root);
        let at = self.items.iter().position(holds).unwrap_or(0);
        let own = self.items.get(at).map(Item::columns).unwrap_or_default();
        let conditions: Vec<&Expr> = rule.keeps.iter().flatten().collect();
        let known = |id: ColumnId| own.contains(&id) || rule.columns.contains(&id);
        let alone = conditions
            .iter()
            .all(|condition| condition.columns().all(known));
        let (at, items) = match alone {
            true => (at, self.items.drain(at..=at).collect()),
            false => (0, std::mem::take(&mut self.items)),
        };
        let input = Group {
            items,
            ..Group::default()
        };
        let expansion = Expansion { input, rule };
        self.items.insert(at, Item::Expanded(Box::new(expansion)));
    }

    /// Whether one of its items holds a column.
    pub(super) fn holds(&self, column: ColumnId) -> bool {
        self.items
            .iter()
            .any(|item| item.columns().contains(&column))
    }
}

fn only_argument<'a>(
    args: &'a TableFunctionArgs,
    factor: &TableFactor,
) -> Result<&'a Ast, PlannerError> {
    match args.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => Ok(expr),
        _ => Err(PlannerError::refused(
            "UNNEST of anything but one column",
            factor,
        )),
    }
}
