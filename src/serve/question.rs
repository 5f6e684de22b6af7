//! What a request asks: the texts that the command line reads from files.

use serde::Deserialize;

use crate::advise::{self, Advice, Workload};
use crate::anonymize::Anonymizer;
use crate::config::Config;
use crate::diff::{self, PlanDiff};
use crate::environment::{Environment, Given};
use crate::explain::{self, Asked, Explanation, Settings, WhatIf};
use crate::lint::{self, Input, Linted};
use crate::plan;
use crate::schema::Schema;
use crate::sql;
use crate::stats::Stats;
use crate::text::SourceFile;
use crate::text::units::{counted, parse_duration};

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
    env: Environment,
    users: u32,
    ddl: Option<SourceFile>,
    /// What of the statistics is not understood, or can't be true.
    notes: Vec<String>,
    anonymizer: Anonymizer,
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
        let budget_ms = given(&self.budget).map(|text| parse_duration(&text));
        let budget_ms = budget_ms.transpose();
        let budget_ms = budget_ms.map_err(|error| format!("budget: {error}"))?;
        let (stats, notes) = match self.stats.trim().is_empty() {
            true => (None, Vec::new()),
            false => {
                let (stats, notes) = Stats::read_with_notes(&self.stats)
                    .map_err(|error| format!("the statistics are {error}"))?;
                (Some(stats), told(notes, self.anonymize))
            }
        };
        let anonymizer = Anonymizer::new(self.anonymize);
        let ddl = (!self.ddl.trim().is_empty()).then(|| SourceFile::new("DDL", &*self.ddl));
        let ddl = anonymizer.ddl(ddl.into_iter().collect()).into_iter().next();
        let stats = stats.map(|stats| anonymizer.stats(stats));
        let cluster = given(&self.cluster);
        let given = Given {
            cluster: cluster.as_deref(),
            budget_ms,
            schema: ddl.as_ref().map(|ddl| Schema::of(&sql::parse(ddl))),
            stats,
        };
        let env = Environment::new(anonymizer.config(config.clone()), given);
        Ok(Read {
            env: env.map_err(|error| error.to_string())?,
            users: self.users.unwrap_or(1).clamp(1, 100_000),
            ddl,
            notes,
            anonymizer,
            question: self,
        })
    }
}

/// Notes that are shown: a text of another kind has one for each line.
const MOST_NOTES: usize = 20;

/// The notes on the statistics as the page shows them.
fn told(mut notes: Vec<String>, anonymize: bool) -> Vec<String> {
    let count = notes.len();
    // A note is about a name.
    if anonymize && count > 0 {
        let notes = counted(count as f64, "note");
        return vec![format!("Statistics: {notes} without anonymizing.")];
    }
    notes.truncate(MOST_NOTES);
    let mut told: Vec<String> = notes
        .iter()
        .map(|note| format!("Statistics: {note}"))
        .collect();
    if count > MOST_NOTES {
        let more = counted((count - MOST_NOTES) as f64, "note");
        told.push(format!("Statistics: {more} more"));
    }
    told
}

impl Read {
    /// What of the statistics is not understood, or can't be true.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            users: self.users,
            ..Settings::new(self.env.view())
        }
    }

    fn explained(&self, name: &str, text: &str) -> Explanation {
        let reading = self
            .anonymizer
            .reading(plan::read(&SourceFile::new(name, text).text));
        let name = self.anonymizer.name(name);
        explain::explain_reading(&name, reading, &self.settings())
    }

    /// What if: asked after an input is read, whose names `anonymize` then knows.
    fn what_if(&self) -> Result<WhatIf, String> {
        let what_if = WhatIf::try_from(&self.question.what_if);
        let what_if = what_if.map_err(|error| error.to_string())?;
        Ok(what_if.renamed(&|name| self.anonymizer.argument(name)))
    }

    fn queries(&self) -> SourceFile {
        let source = SourceFile::new("query", &*self.question.query);
        self.anonymizer.sql(source)
    }

    /// The plan, or each query, explained.
    pub fn explain(self) -> Result<Vec<Explanation>, String> {
        if self.question.query.trim().is_empty() {
            let mut explanation = self.explained("pasted plan", &self.question.plan);
            let what_if = self.what_if()?;
            what_if.add(&mut explanation, None, &self.settings());
            return Ok(vec![explanation]);
        }
        if self.env.schema.is_none() {
            return Err("a query is planned against its tables: paste their DDL too".to_owned());
        }
        let source = self.queries();
        let what_if = self.what_if()?;
        Ok(explain::explain_script(&source, &what_if, &self.settings()))
    }

    /// Two plans.
    pub fn diff(self) -> Result<PlanDiff, String> {
        let plan = |which: &str, text: &str| {
            let explanation = self.explained(which, text);
            let error = explanation.error.unwrap_or_default();
            let first = explanation.plans.into_iter().next();
            first.ok_or_else(|| format!("the {which} plan: {error}"))
        };
        let before = plan("first", &self.question.before)?;
        let after = plan("second", &self.question.after)?;
        Ok(diff::diff(&before, &after, &self.env.cluster))
    }

    /// The DDL.
    pub fn lint(self) -> Result<Linted, String> {
        let Some(ddl) = self.ddl.clone() else {
            return Err("paste the DDL of some tables".to_owned());
        };
        Ok(lint::lint(&[Input::Text(ddl)], self.env.view()))
    }

    /// All tables and the queries as a workload.
    pub fn advise(self) -> Result<Advice, String> {
        let mut workload = Workload::default();
        workload.add_sql(&self.queries());
        let Some(schema) = &self.env.schema else {
            return Err("keys are recommended for tables: paste their DDL".to_owned());
        };
        if workload.entries.is_empty() {
            return Err("keys are recommended for a workload: paste its queries".to_owned());
        }
        let nothing = Stats::default();
        let stats = self.env.stats.as_ref().unwrap_or(&nothing);
        let request = advise::Request::new(self.env.view(), schema, stats, &workload);
        let advice = advise::advise(&request, &|_| ());
        match (advice.queries.is_empty(), advice.left_out.first()) {
            (true, Some((name, why))) => {
                Err(format!("none of the queries can be planned: {name}: {why}"))
            }
            _ => Ok(advice),
        }
    }
}
