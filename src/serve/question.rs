//! What a request asks: the texts that the command line reads from files.

use std::str::FromStr;

use serde::Deserialize;

use crate::advise::{self, Advice, Workload};
use crate::anonymize::{self, Names};
use crate::config::Config;
use crate::diff::{self, PlanDiff};
use crate::explain::{self, Asked, Explanation, Settings, WhatIf};
use crate::latency::Cluster;
use crate::lint::{self, Input, Linted};
use crate::plan;
use crate::schema::Schema;
use crate::sql;
use crate::stats::Stats;
use crate::text::SourceFile;
use crate::text::units::parse_duration;

/// The body of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Question {
    /// A pasted plan.
    plan: String,
    /// Queries to plan, or the workload.
    query: String,
    /// The tables.
    ddl: String,
    /// Statistics, as `--stats` takes them.
    stats: String,
    /// Two pasted plans.
    before: String,
    after: String,
    /// As `--cluster`.
    cluster: Option<String>,
    /// As `--budget`.
    budget: Option<String>,
    /// As `--users`.
    users: Option<u32>,
    /// As `--anonymize`.
    anonymize: bool,
    /// As the what-if arguments.
    what_if: Asked,
}

/// A question with its texts read.
pub(super) struct Read {
    config: Config,
    cluster: Cluster,
    cluster_assumed: bool,
    budget_ms: f64,
    users: u32,
    ddl: Option<SourceFile>,
    schema: Option<Schema>,
    stats: Option<Stats>,
    names: Option<Names>,
    what_if: WhatIf,
    question: Question,
}

impl Question {
    /// Reads the body.
    pub fn of(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("the body is not understood: {error}"))
    }

    /// Reads the texts.
    pub fn read(self, config: &Config) -> Result<Read, String> {
        let given = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let named = given(&self.cluster).or_else(|| config.cluster.clone());
        let cluster = match &named {
            Some(name) => Cluster::from_str(name).map_err(|error| error.to_string())?,
            None => Cluster::default(),
        };
        let budget_ms = match given(&self.budget) {
            Some(text) => parse_duration(&text).map_err(|error| format!("budget: {error}"))?,
            None => config.budget_ms,
        };
        let stats = match self.stats.trim().is_empty() {
            true => None,
            false => {
                let stats = Stats::read(&self.stats);
                Some(stats.map_err(|error| format!("the statistics are {error}"))?)
            }
        };
        let mut names = self.anonymize.then(Names::default);
        let mut ddl = (!self.ddl.trim().is_empty()).then(|| SourceFile::new("DDL", &*self.ddl));
        let mut asked = self.what_if.clone();
        if let Some(names) = &mut names {
            ddl = ddl.map(|ddl| {
                anonymize::learn(&ddl, names);
                anonymize::source(&ddl, "DDL".to_owned(), names)
            });
            renamed(&mut asked, names);
        }
        let stats = match &mut names {
            Some(names) => stats.map(|stats| anonymize::stats(&stats, names)),
            None => stats,
        };
        let schema = ddl.as_ref().map(|ddl| {
            let mut schema = Schema::of(&sql::parse(ddl));
            if let Some(stats) = &stats {
                schema.settle_auto(stats);
            }
            schema
        });
        let config = match &mut names {
            Some(names) => anonymize::config(config, names),
            None => config.clone(),
        };
        Ok(Read {
            what_if: WhatIf::try_from(&asked).map_err(|error| error.to_string())?,
            config,
            cluster,
            cluster_assumed: named.is_none(),
            budget_ms,
            users: self.users.unwrap_or(1).clamp(1, 100_000),
            ddl,
            schema,
            stats,
            names,
            question: self,
        })
    }
}

/// The arguments with the names that replace others. Tables that only a plan names
/// are not known yet: what is asked of them is refused as unknown.
fn renamed(asked: &mut Asked, names: &Names) {
    let lists = [
        &mut asked.distkey,
        &mut asked.diststyle,
        &mut asked.sortkey,
        &mut asked.scale,
    ];
    for text in lists.into_iter().flatten().chain(&mut asked.grow) {
        *text = names.known_words(text);
    }
}

impl Read {
    fn settings(&self) -> Settings<'_> {
        Settings {
            config: &self.config,
            cluster: &self.cluster,
            cluster_assumed: self.cluster_assumed,
            budget_ms: self.budget_ms,
            users: self.users,
            schema: self.schema.as_ref(),
            stats: self.stats.as_ref(),
            calibration: None,
        }
    }

    fn plan(&mut self, text: &str) -> plan::Reading {
        let reading = plan::read(text);
        match &mut self.names {
            Some(names) => anonymize::reading(reading, names),
            None => reading,
        }
    }

    fn sql(&mut self, name: &str, text: &str) -> SourceFile {
        let source = SourceFile::new(name, text);
        match &mut self.names {
            Some(names) => anonymize::source(&source, name.to_owned(), names),
            None => source,
        }
    }

    /// The plan, or each query, explained.
    pub fn explain(mut self) -> Result<Vec<Explanation>, String> {
        let (plan, query) = (
            std::mem::take(&mut self.question.plan),
            std::mem::take(&mut self.question.query),
        );
        if query.trim().is_empty() {
            let reading = self.plan(&plan);
            let settings = self.settings();
            let mut explanation = explain::explain_reading("pasted plan", reading, &settings);
            self.what_if.add(&mut explanation, None, &settings);
            return Ok(vec![explanation]);
        }
        if self.schema.is_none() {
            return Err("a query is planned against its tables: paste their DDL too".to_owned());
        }
        let source = self.sql("query", &query);
        let settings = self.settings();
        let (nothing, no_tables) = (Stats::default(), Schema::default());
        let schema = settings.schema.unwrap_or(&no_tables);
        let stats = settings.stats.unwrap_or(&nothing);
        let script = sql::parse(&source);
        let mut explanations: Vec<Explanation> = script
            .errors
            .iter()
            .map(|error| Explanation::failed("query", error.message.clone()))
            .collect();
        for (index, statement) in script.statements.iter().enumerate() {
            let name = match script.statements.len() {
                1 => "query".to_owned(),
                _ => format!("query {}", index + 1),
            };
            let text = &source.text[statement.span.start..statement.span.end];
            let Ok(query) = sql::parse_query(text) else {
                let what = format!("{} is not a query that can be planned", statement.kind);
                explanations.push(Explanation::failed(name, what));
                continue;
            };
            let explained = explain::explain_query(&name, &query, schema, stats, &settings);
            explanations.push(match explained {
                Ok(mut explanation) => {
                    self.what_if.add(&mut explanation, Some(&query), &settings);
                    explanation
                }
                Err(error) => Explanation::failed(name, error.to_string()),
            });
        }
        Ok(explanations)
    }

    /// Two plans.
    pub fn diff(mut self) -> Result<PlanDiff, String> {
        let (before, after) = (
            std::mem::take(&mut self.question.before),
            std::mem::take(&mut self.question.after),
        );
        let readings = [self.plan(&before), self.plan(&after)];
        let settings = self.settings();
        let mut explained = Vec::new();
        for (reading, which) in readings.into_iter().zip(["first", "second"]) {
            let explanation = explain::explain_reading(which, reading, &settings);
            let error = explanation.error.clone().unwrap_or_default();
            match explanation.plans.into_iter().next() {
                Some(plan) => explained.push(plan),
                None => return Err(format!("the {which} plan: {error}")),
            }
        }
        match explained.as_slice() {
            [before, after] => Ok(diff::diff(before, after, &self.cluster)),
            _ => Err("two plans are compared".to_owned()),
        }
    }

    /// The DDL.
    pub fn lint(self) -> Result<Linted, String> {
        let Some(ddl) = self.ddl.clone() else {
            return Err("paste the DDL of some tables".to_owned());
        };
        let settings = lint::Settings {
            config: &self.config,
            stats: self.stats.as_ref(),
            cluster: &self.cluster,
        };
        Ok(lint::lint(&[Input::Text(ddl)], &settings))
    }

    /// All tables and the queries as a workload.
    pub fn advise(mut self) -> Result<Advice, String> {
        let query = std::mem::take(&mut self.question.query);
        let source = self.sql("query", &query);
        let mut workload = Workload::default();
        workload.add_sql(&source);
        let Some(schema) = &self.schema else {
            return Err("keys are recommended for tables: paste their DDL".to_owned());
        };
        if workload.entries.is_empty() {
            return Err("keys are recommended for a workload: paste its queries".to_owned());
        }
        let nothing = Stats::default();
        let request = advise::Request {
            schema,
            stats: self.stats.as_ref().unwrap_or(&nothing),
            workload: &workload,
            cluster: &self.cluster,
            cluster_assumed: self.cluster_assumed,
            budget_ms: self.budget_ms,
            growth: None,
            config: &self.config,
        };
        Ok(advise::advise(&request, &|_| ()))
    }
}
