//! Calls of functions, aggregates and window functions.

use sqlparser::ast::{
    self, DuplicateTreatment, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments,
    WindowType,
};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{Expr, LiteralKind};

use super::Binder;
use super::literal::takes_unit;
use super::names::{folded, name_parts};
use super::place::Place;

/// Functions that fold many rows into one value.
const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "listagg",
    "median",
    "any_value",
    "bool_and",
    "bool_or",
    "bit_and",
    "bit_or",
    "percentile_cont",
    "percentile_disc",
    "approximate_percentile_disc",
    "hll",
    "hll_create_sketch",
    "hll_combine",
];

/// Whether a function, in lower case, folds many rows into one value.
pub fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

impl<'a> Binder<'a, '_> {
    pub(super) fn function(
        &mut self,
        function: &'a ast::Function,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let name = name_parts(&function.name).pop().unwrap_or_default();
        if function.filter.is_some() {
            return Err(PlannerError::refused(
                "FILTER after an aggregate (write `CASE WHEN … END` inside)",
                function,
            ));
        }
        let mut args = Vec::new();
        let mut distinct = false;
        if let FunctionArguments::List(list) = &function.args {
            distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
            for arg in &list.args {
                args.push(self.function_arg(&name, args.len(), arg, place)?);
            }
        }
        let plain_args = args.len();
        for order in &function.within_group {
            args.push(self.expr(&order.expr, place)?);
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => {
                let mut partition = Vec::new();
                for expr in &spec.partition_by {
                    partition.push(self.expr(expr, place)?);
                }
                let mut order = Vec::new();
                for by in &spec.order_by {
                    order.push(self.expr(&by.expr, place)?);
                }
                // What WITHIN GROUP sorts is sorted inside of the partition; MEDIAN is
                // PERCENTILE_CONT (0.5) over its argument.
                if order.is_empty() {
                    let within = args.split_off(plain_args);
                    order.clone_from(&within);
                    args.extend(within);
                    if name == "median" {
                        order.extend(args.first().cloned());
                    }
                }
                Ok(Expr::Window {
                    name,
                    args,
                    partition,
                    order,
                })
            }
            Some(WindowType::NamedWindow(name)) => {
                Err(PlannerError::refused("a named window", name))
            }
            None if is_aggregate(&name) => Ok(Expr::Aggregate {
                name,
                args,
                distinct,
            }),
            None => Ok(Expr::Function { name, args }),
        }
    }

    /// `APPROXIMATE COUNT (DISTINCT x)` and `APPROXIMATE PERCENTILE_DISC`: sketches, which keep
    /// no values apart (Amazon Redshift Database Developer Guide: COUNT function, APPROXIMATE
    /// PERCENTILE_DISC function).
    pub(super) fn approximate(
        &mut self,
        value: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        match self.expr(value, place)? {
            Expr::Aggregate {
                name,
                args,
                distinct,
            } if name == "percentile_disc" || (name == "count" && distinct) => {
                Ok(Expr::Aggregate {
                    name: format!("approximate {name}"),
                    args,
                    distinct: false,
                })
            }
            _ => Err(PlannerError::refused(
                "APPROXIMATE before anything but COUNT (DISTINCT …) and PERCENTILE_DISC",
                value,
            )),
        }
    }

    fn function_arg(
        &mut self,
        function: &str,
        position: usize,
        arg: &'a FunctionArg,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let (FunctionArg::Unnamed(arg)
        | FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }) = arg;
        match arg {
            // `datediff(day, a, b)`: the unit looks like a column.
            FunctionArgExpr::Expr(Ast::Identifier(unit))
                if position == 0 && takes_unit(function) =>
            {
                Ok(Expr::Literal {
                    text: folded(unit),
                    kind: LiteralKind::Text,
                })
            }
            FunctionArgExpr::Expr(expr) => self.expr(expr, place),
            _ => Ok(Expr::Star),
        }
    }
}
