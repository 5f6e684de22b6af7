//! Every statement of a script that has a plan, planned and explained.

use super::made::Made;
use super::{Explanation, Settings, WhatIf, explain_query};
use crate::schema::Schema;
use crate::sql;
use crate::stats::Stats;
use crate::text::{SourceFile, Span};

/// Plans every statement of a script that has a plan; one that can't be planned is an error of
/// its own. A statement reads the tables as those before it leave them.
pub fn explain_script(
    source: &SourceFile,
    what_if: &WhatIf,
    settings: &Settings<'_>,
) -> Vec<Explanation> {
    let (no_tables, nothing) = (Schema::default(), Stats::default());
    let mut made = Made::new(
        settings.env.schema.unwrap_or(&no_tables),
        settings.env.stats.unwrap_or(&nothing),
    );
    let script = sql::parse(source);
    let place = |span: Span| {
        let line = source.line_column(span.start).line;
        format!("{}:{line}", source.name)
    };
    let mut explanations: Vec<Explanation> = script
        .errors
        .iter()
        .map(|error| Explanation::failed(place(error.span), error.message.clone()))
        .collect();
    for statement in &script.statements {
        let text = &source.text[statement.span.start..statement.span.end];
        let start = source.line_column(statement.span.start);
        let query = match sql::parse_query_at(text, start) {
            Ok(query) => query,
            Err(error) => {
                made.apply(statement);
                let what = match error.is_other_statement {
                    true => error.to_string(),
                    false => format!("{} is not understood: {error}", sql::kind(text)),
                };
                explanations.push(Explanation::failed(place(statement.span), what));
                continue;
            }
        };
        let name = match script.statements.len() {
            1 => source.name.clone(),
            _ => place(statement.span),
        };
        let (schema, stats) = (made.schema(), made.stats());
        let settings = Settings {
            env: settings.env.with(schema, stats),
            ..*settings
        };
        let explained = explain_query(&name, &query, schema, stats, &settings);
        let mut writes = None;
        explanations.push(match explained {
            Ok(mut explanation) => {
                what_if.add(&mut explanation, Some(&query), &settings);
                if let Some(explained) = explanation.plans.last_mut() {
                    let assumed = made.assumed(&explained.plan);
                    explained.prediction.assumptions.extend(assumed);
                    writes = explained.plan.writes.clone();
                }
                explanation
            }
            Err(error) => Explanation::failed(name, error.to_string()),
        });
        made.apply(statement);
        if let Some(writes) = &writes {
            made.written(writes, start.line);
        }
    }
    explanations
}
