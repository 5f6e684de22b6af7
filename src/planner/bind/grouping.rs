//! GROUP BY with GROUPING SETS, CUBE and ROLLUP, as the sets of keys that it groups by.
//!
//! What they mean, that several are multiplied and nested ones flattened, and what is refused:
//! Amazon Redshift Database Developer Guide, "Aggregation extensions".

use sqlparser::ast::{self, GroupByExpr};

use crate::planner::PlannerError;
use crate::planner::logical::expr::Expr;
use crate::planner::logical::grouping::{GroupBy, is_grouping};
use crate::planner::logical::tree::{Output, Select};

use super::Binder;
use super::scope::Scope;

/// "The GROUP BY clause supports up to 64 grouping sets", implied ones counted.
const MOST_SETS: usize = 64;

/// The keys of one set: indexes into the keys of the clause.
type Set = Vec<usize>;

/// The keys of the clause, each as it is first written.
type Keys<'a> = Vec<(Expr, &'a ast::Expr)>;

impl<'a> Binder<'a, '_> {
    /// The keys of GROUP BY and the sets that they form.
    pub(super) fn group_by(
        &mut self,
        group_by: &'a GroupByExpr,
        outputs: &[Output],
        scope: &Scope<'_, 'a>,
    ) -> Result<GroupBy, PlannerError> {
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
        if let Some(modifier) = modifiers.first() {
            return Err(PlannerError::refused(
                "an aggregation extension after GROUP BY's keys without a comma",
                modifier,
            ));
        }
        let GroupByExpr::Expressions(exprs, _) = group_by else {
            let plain = outputs
                .iter()
                .filter(|output| !output.expr.has_aggregate() && !output.expr.has_window());
            let keys = plain.map(|output| output.expr.clone()).collect();
            return Ok(GroupBy::plain(keys));
        };
        if !exprs.iter().any(|expr| extension(expr).is_some()) {
            let mut keys = Vec::with_capacity(exprs.len());
            for expr in exprs {
                keys.push(self.group_key(expr, outputs, scope)?);
            }
            return Ok(GroupBy::plain(keys));
        }
        let mut keys: Keys<'a> = Vec::new();
        let mut sets: Vec<Set> = vec![Vec::new()];
        for expr in exprs {
            let factors = match extension(expr) {
                Some(extension) => self.sets(extension, expr, &mut keys, (outputs, scope))?,
                None => vec![vec![self.set_key(expr, &mut keys, (outputs, scope))?]],
            };
            within_limit(sets.len().saturating_mul(factors.len()), expr)?;
            sets = product(&sets, &factors);
        }
        for set in &sets {
            let repeated = (1..set.len()).find(|at| set[..*at].contains(&set[*at]));
            if let Some((_, written)) = repeated.and_then(|at| keys.get(set[at])) {
                return Err(PlannerError::refused(
                    "a grouping set that contains a column twice",
                    written,
                )
                .at(*written));
            }
        }
        let keys = keys.into_iter().map(|(key, _)| key).collect();
        Ok(GroupBy { keys, sets })
    }

    /// The sets of one extension. What is nested in GROUPING SETS is flattened.
    fn sets(
        &mut self,
        (kind, elements): (Extension, &'a [Vec<ast::Expr>]),
        near: &'a ast::Expr,
        keys: &mut Keys<'a>,
        place: (&[Output], &Scope<'_, 'a>),
    ) -> Result<Vec<Set>, PlannerError> {
        // An element in parentheses is one unit.
        let mut units: Vec<Set> = Vec::with_capacity(elements.len());
        let mut flattened: Vec<Set> = Vec::new();
        for element in elements {
            if let ([only], Extension::GroupingSets) = (element.as_slice(), kind)
                && let Some(nested) = extension(only)
            {
                // Bound one level deeper than what is around, as any expression is.
                flattened.append(&mut self.sets(nested, only, keys, place)?);
                within_limit(flattened.len(), near)?;
                continue;
            }
            let mut unit = Vec::with_capacity(element.len());
            for expr in element {
                unit.push(self.set_key(expr, keys, place)?);
            }
            match kind {
                Extension::GroupingSets => flattened.push(unit),
                Extension::Rollup | Extension::Cube => units.push(unit),
            }
        }
        let joined = |chosen: &[&Set]| -> Set {
            chosen
                .iter()
                .flat_map(|unit| unit.iter())
                .copied()
                .collect()
        };
        Ok(match kind {
            Extension::GroupingSets => {
                within_limit(flattened.len(), near)?;
                flattened
            }
            Extension::Rollup => {
                within_limit(units.len() + 1, near)?;
                let units: Vec<&Set> = units.iter().collect();
                (0..=units.len())
                    .rev()
                    .map(|kept| joined(&units[..kept]))
                    .collect()
            }
            Extension::Cube => {
                let most = u32::try_from(units.len()).unwrap_or(u32::MAX);
                within_limit(2usize.checked_pow(most).unwrap_or(usize::MAX), near)?;
                // The first unit is the highest bit, so that the whole set comes first and the
                // empty one last, as in a ROLLUP.
                let last = units.len();
                (0..1usize << last)
                    .rev()
                    .map(|chosen| {
                        let units = units.iter().enumerate();
                        let kept = units.filter(|(i, _)| chosen >> (last - 1 - i) & 1 == 1);
                        joined(&kept.map(|(_, unit)| unit).collect::<Vec<_>>())
                    })
                    .collect()
            }
        })
    }

    /// The index of a key among all keys.
    fn set_key(
        &mut self,
        expr: &'a ast::Expr,
        keys: &mut Keys<'a>,
        (outputs, scope): (&[Output], &Scope<'_, 'a>),
    ) -> Result<usize, PlannerError> {
        if extension(expr).is_some() {
            return Err(PlannerError::refused(
                "an aggregation extension outside of GROUPING SETS and of GROUP BY's own list",
                expr,
            )
            .at(expr));
        }
        let key = self.group_key(expr, outputs, scope)?;
        if key.is_constant() {
            return Err(PlannerError::refused(
                "a constant as a grouping column of an aggregation extension",
                expr,
            )
            .at(expr));
        }
        let known = keys.iter().position(|(known, _)| *known == key);
        Ok(known.unwrap_or_else(|| {
            keys.push((key, expr));
            keys.len() - 1
        }))
    }
}

/// Refuses GROUPING over anything but the keys of the SELECT's own GROUP BY, and in a
/// condition on the rows before they are grouped.
pub(super) fn check_grouping(
    select: &Select<'_>,
    order: &[Expr],
    near: &ast::Select,
) -> Result<(), PlannerError> {
    let asked = |exprs: &mut dyn Iterator<Item = &Expr>| -> Vec<Expr> {
        let parts = exprs.flat_map(Expr::walk);
        parts.filter(|part| is_grouping(part)).cloned().collect()
    };
    let before = select.from.conditions.iter().chain(&select.correlated);
    if !asked(&mut before.chain(&select.keys)).is_empty() {
        return Err(PlannerError::refused(
            "GROUPING before the rows are grouped (in WHERE, ON or GROUP BY)",
            near,
        )
        .at(near));
    }
    let outputs = select.outputs.iter().map(|output| &output.expr);
    let above = outputs.chain(&select.having).chain(&select.qualify);
    for grouping in asked(&mut above.chain(order)) {
        let of_key = |arg: &&Expr| select.keys.contains(arg);
        let args = grouping.children();
        if args.is_empty() || !args.iter().all(of_key) {
            return Err(PlannerError::refused(
                "GROUPING of something that is not a grouping column of its SELECT",
                near,
            )
            .at(near));
        }
    }
    Ok(())
}

/// What multiplies groupings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extension {
    GroupingSets,
    Rollup,
    Cube,
}

/// The extension that an item of GROUP BY is, and its elements.
fn extension(expr: &ast::Expr) -> Option<(Extension, &[Vec<ast::Expr>])> {
    match expr {
        ast::Expr::GroupingSets(elements) => Some((Extension::GroupingSets, elements)),
        ast::Expr::Rollup(elements) => Some((Extension::Rollup, elements)),
        ast::Expr::Cube(elements) => Some((Extension::Cube, elements)),
        _ => None,
    }
}

/// Every set of one with every set of the other.
fn product(left: &[Set], right: &[Set]) -> Vec<Set> {
    let with = |set: &Set| {
        let set = set.clone();
        right
            .iter()
            .map(move |more| [set.as_slice(), more].concat())
    };
    left.iter().flat_map(with).collect()
}

fn within_limit(sets: usize, near: &ast::Expr) -> Result<(), PlannerError> {
    match sets <= MOST_SETS {
        true => Ok(()),
        false => {
            Err(PlannerError::refused("a GROUP BY of more than 64 grouping sets", near).at(near))
        }
    }
}
