//! What a request asks: the texts that the command line reads from files.

use serde::Deserialize;

use super::refusal::{At, Refusal};
use crate::actuals;
use crate::advise::{self, Advice, Workload};
use crate::anonymize::Anonymizer;
use crate::config::Config;
use crate::diff::{self, PlanDiff};
use crate::environment::{Environment, Given};
use crate::explain::{self, Asked, ExplainedPlan, Explanation, Settings, WhatIf};
use crate::latency::calibration::Calibration;
use crate::lint::{self, Input, Linted};
use crate::plan;
use crate::report;
use crate::schema::Schema;
use crate::sql;
use crate::stats::{Stats, gather};
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
    /// Statistics, as `--stats` takes them; those of columns apart.
    stats: String,
    columns: String,
    /// What really happened, as `--actuals` takes it.
    actuals: String,
    /// As `--calibration`.
    calibration: String,
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
    /// Of several plans the details of one alone: its number among all, from one.
    only: Option<usize>,
}

/// A question with its texts read.
pub(super) struct Read {
    env: Environment,
    users: u32,
    ddl: Option<SourceFile>,
    calibration: Option<Calibration>,
    /// What of the statistics is not understood, or can't be true.
    notes: Vec<String>,
    anonymizer: Anonymizer,
    question: Question,
}

impl Question {
    /// Reads the body.
    pub fn of(body: &[u8]) -> Result<Self, Refusal> {
        let read = serde_json::from_slice(body);
        read.map_err(|error| Refusal::new(format!("the body is not understood: {error}")))
    }

    /// Reads the texts.
    pub fn read(self, config: &Config) -> Result<Read, Refusal> {
        let given = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let budget_ms = given(&self.budget).map(|text| parse_duration(&text));
        let budget_ms = budget_ms.transpose();
        let budget_ms = budget_ms
            .map_err(|error| format!("budget: {error}"))
            .at("budget")?;
        let (stats, notes) = self.statistics()?;
        let calibration = (!self.calibration.trim().is_empty())
            .then(|| Calibration::read(&self.calibration))
            .transpose()
            .at("calibration")?;
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
            // Of what is given only the cluster can be wrong.
            env: env.at("cluster")?,
            calibration,
            users: self.users.unwrap_or(1).clamp(1, 100_000),
            ddl,
            notes,
            anonymizer,
            question: self,
        })
    }
}

impl Question {
    /// The statistics of tables and of columns as one, with what of them is not understood.
    fn statistics(&self) -> Result<(Option<Stats>, Vec<String>), Refusal> {
        const FIELDS: [&str; 2] = ["stats", "columns"];
        let texts = [&self.stats, &self.columns].into_iter().zip(FIELDS);
        let given = texts.filter(|(text, _)| !text.trim().is_empty());
        let (files, fields): (Vec<_>, Vec<_>) = given
            .map(|(text, field)| ((field.to_owned(), text.clone()), field))
            .unzip();
        if files.is_empty() {
            return Ok((None, Vec::new()));
        }
        let gathered = gather(&files).map_err(|(at, error)| {
            let message = format!("the statistics are {error}");
            Refusal::at(fields.get(at).copied().unwrap_or("stats"), message)
        })?;
        let notes = gathered.notes.into_iter().flatten();
        let notes = notes.chain(gathered.of_all).collect();
        Ok((Some(gathered.stats), told(notes, self.anonymize)))
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

/// Each what-if by itself, with the field it is written in.
fn fields(asked: &Asked) -> [(&'static str, Asked); 6] {
    let none = Asked::default;
    let Asked {
        distkey,
        diststyle,
        sortkey,
        scale,
        to_cluster,
        grow,
    } = asked.clone();
    [
        ("distkey", Asked { distkey, ..none() }),
        (
            "diststyle",
            Asked {
                diststyle,
                ..none()
            },
        ),
        ("sortkey", Asked { sortkey, ..none() }),
        ("scale", Asked { scale, ..none() }),
        (
            "to_cluster",
            Asked {
                to_cluster,
                ..none()
            },
        ),
        ("grow", Asked { grow, ..none() }),
    ]
}

impl Read {
    /// The plan whose details are asked for alone.
    pub fn only(&self) -> Option<usize> {
        self.question.only
    }

    /// What of the statistics is not understood, or can't be true.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            users: self.users,
            calibration: self.calibration.as_ref(),
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
    fn what_if(&self) -> Result<WhatIf, Refusal> {
        let all = &self.question.what_if;
        // Each by itself, so that what is half typed is told at its field.
        for (field, one) in fields(all) {
            WhatIf::try_from(&one).at(field)?;
        }
        let what_if = WhatIf::try_from(all).map_err(|error| Refusal::new(error.to_string()))?;
        Ok(what_if.renamed(&|name| self.anonymizer.argument(name)))
    }

    /// Lays what really happened over an answer, or tells it alone.
    fn lay_over(&self, explanation: &mut Explanation) -> Result<(), Refusal> {
        let text = &self.question.actuals;
        if text.trim().is_empty() {
            return Ok(());
        }
        if self.question.anonymize {
            let why = "an export of what happened can't be anonymized: leave out one of the two";
            return Err(Refusal::at("actuals", why.to_owned()));
        }
        let plan = explanation.plans.first().map(|explained| &explained.plan);
        let Some(plan) = plan else { return Ok(()) };
        let found = actuals::overlay(plan, text).at("actuals")?;
        let words = report::actuals::render(Some(plan), &found);
        explanation.lay_over((found, words));
        Ok(())
    }

    fn queries(&self) -> SourceFile {
        let source = SourceFile::new("query", &*self.question.query);
        self.anonymizer.sql(source)
    }

    /// The plan, or each query, explained.
    pub fn explain(self) -> Result<Vec<Explanation>, Refusal> {
        if self.question.query.trim().is_empty() {
            let mut explanation = self.explained("pasted plan", &self.question.plan);
            let what_if = self.what_if()?;
            what_if.add(&mut explanation, None, &self.settings());
            self.lay_over(&mut explanation)?;
            return Ok(vec![explanation]);
        }
        if self.env.schema.is_none() {
            let why = "a query is planned against its tables: paste their DDL too";
            return Err(Refusal::at("ddl", why.to_owned()));
        }
        let source = self.queries();
        let what_if = self.what_if()?;
        let mut all = explain::explain_script(&source, &what_if, &self.settings());
        if let [only] = all.as_mut_slice() {
            self.lay_over(only)?;
        }
        Ok(all)
    }

    /// Two plans, each pasted or of a query that is planned here.
    pub fn diff(self) -> Result<PlanDiff, Refusal> {
        let before = self.side("before", "first", &self.question.before)?;
        let after = self.side("after", "second", &self.question.after)?;
        Ok(diff::diff(&before, &after, &self.env.cluster))
    }

    /// One of two plans to compare.
    fn side(&self, field: &'static str, which: &str, text: &str) -> Result<ExplainedPlan, Refusal> {
        let pasted = self.explained(which, text);
        let error = pasted.error.unwrap_or_default();
        if let Some(plan) = pasted.plans.into_iter().next() {
            return Ok(plan);
        }
        let source = self.anonymizer.sql(SourceFile::new(which, text));
        let script = sql::parse(&source);
        let spans: Vec<_> = script.statements.iter().map(|one| one.span).collect();
        let is_query = spans.iter().any(|span| {
            let text = source.text.get(span.start..span.end).unwrap_or_default();
            sql::parse_query(text).is_ok()
        });
        if !is_query {
            return Err(Refusal::at(field, format!("the {which} plan: {error}")));
        }
        let refused = |why: &str| Refusal::at(field, format!("the {which} query: {why}"));
        if spans.len() > 1 {
            return Err(refused("there is more than one statement"));
        }
        if self.env.schema.is_none() {
            let why = "a query is planned against its tables: paste their DDL too";
            return Err(Refusal::at("ddl", why.to_owned()));
        }
        let planned = explain::explain_script(&source, &WhatIf::default(), &self.settings());
        let first = planned.into_iter().next();
        let first = first.ok_or_else(|| refused("there is none"))?;
        let plan = first.plans.into_iter().next();
        plan.ok_or_else(|| refused(&first.error.unwrap_or_default()))
    }

    /// The DDL.
    pub fn lint(self) -> Result<Linted, Refusal> {
        let Some(ddl) = self.ddl.clone() else {
            return Err(Refusal::at(
                "ddl",
                "paste the DDL of some tables".to_owned(),
            ));
        };
        Ok(lint::lint(&[Input::Text(ddl)], self.env.view()))
    }

    /// All tables and the queries as a workload.
    pub fn advise(self) -> Result<Advice, Refusal> {
        let mut workload = Workload::default();
        workload.add_sql(&self.queries());
        let Some(schema) = &self.env.schema else {
            let why = "keys are recommended for tables: paste their DDL";
            return Err(Refusal::at("ddl", why.to_owned()));
        };
        if workload.entries.is_empty() {
            let why = "keys are recommended for a workload: paste its queries";
            return Err(Refusal::at("query", why.to_owned()));
        }
        let nothing = Stats::default();
        let stats = self.env.stats.as_ref().unwrap_or(&nothing);
        let request = advise::Request::new(self.env.view(), schema, stats, &workload);
        let advice = advise::advise(&request, &|_| ());
        match (advice.queries.is_empty(), advice.left_out.first()) {
            (true, Some((name, why))) => {
                let why = format!("none of the queries can be planned: {name}: {why}");
                Err(Refusal::at("query", why))
            }
            _ => Ok(advice),
        }
    }
}
