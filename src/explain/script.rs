//! Every query of a script, planned and explained.

use super::{Explanation, Settings, WhatIf, explain_query};
use crate::schema::Schema;
use crate::sql;
use crate::stats::Stats;
use crate::text::{SourceFile, Span};

/// Plans every query of a script; one that can't be planned is an error of its own.
pub fn explain_script(
    source: &SourceFile,
    what_if: &WhatIf,
    settings: &Settings<'_>,
) -> Vec<Explanation> {
    let (no_tables, nothing) = (Schema::default(), Stats::default());
    let schema = settings.env.schema.unwrap_or(&no_tables);
    let stats = settings.env.stats.unwrap_or(&nothing);
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
                let what = match error.is_other_statement {
                    true => format!(
                        "{} has no plan: Redshift explains SELECT, SELECT INTO, CREATE TABLE AS, \
                         INSERT, UPDATE and DELETE",
                        sql::kind(text)
                    ),
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
        explanations.push(
            match explain_query(&name, &query, schema, stats, settings) {
                Ok(mut explanation) => {
                    what_if.add(&mut explanation, Some(&query), settings);
                    explanation
                }
                Err(error) => Explanation::failed(name, error.to_string()),
            },
        );
    }
    explanations
}
