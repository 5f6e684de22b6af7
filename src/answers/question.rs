//! What a request asks: the texts that the command line reads from files.

use serde::{Deserialize, Serialize};

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
use crate::schema::{Schema, SchemaBuilder};
use crate::sql;
use crate::stats::{Stats, gather};
use crate::text::SourceFile;
use crate::text::units::{counted, parse_duration};

/// The body of a request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// A pasted plan.
    pub plan: String,
    /// Queries to plan, or the workload.
    pub query: String,
    /// The tables.
    pub ddl: String,
    /// Statistics, as `--stats` takes them; those of columns apart.
    pub stats: String,
    /// Statistics of columns.
    pub columns: String,
    /// What really happened, as `--actuals` takes it.
    pub actuals: String,
    /// As `--calibration`.
    pub calibration: String,
    /// Two pasted plans.
    pub before: String,
    /// The second of them.
    pub after: String,
    /// As `--cluster`.
    pub cluster: Option<String>,
    /// As `--budget`.
    pub budget: Option<String>,
    /// As `--users`.
    pub users: Option<u32>,
    /// As `--anonymize`.
    pub anonymize: bool,
    /// As the what-if arguments.
    pub what_if: Asked,
    /// Of several plans the details of one alone: its number among all, from one.
    pub only: Option<usize>,
    /// Texts of files, where there are any beside the others.
    pub files: Texts,
}

/// The texts of files, by what they are read for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    /// Tables, or what is linted.
    pub ddl: Vec<Text>,
    /// Statistics.
    pub stats: Vec<Text>,
    /// The workload.
    pub query: Vec<Text>,
}

/// The text of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// What had to be changed to read it.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A text that was given, and those of files.
fn sources(name: &str, text: &str, files: &[Text]) -> Vec<SourceFile> {
    let given = (!text.trim().is_empty()).then(|| SourceFile::new(name, text));
    let files = files.iter().map(|file| {
        let mut source = SourceFile::new(&*file.name, &*file.text);
        source.notes.clone_from(&file.notes);
        source
    });
    given.into_iter().chain(files).collect()
}

/// A question with its texts read.
pub(crate) struct Read {
    env: Environment,
    users: u32,
    ddl: Vec<SourceFile>,
    calibration: Option<Calibration>,
    /// What of the statistics is not understood, or can't be true.
    notes: Vec<String>,
    anonymizer: Anonymizer,
    question: Question,
}

impl Question {
    /// Reads the body.
    pub(crate) fn of(body: &[u8]) -> Result<Self, Refusal> {
        let read = serde_json::from_slice(body);
        read.map_err(|error| Refusal::new(format!("the body is not understood: {error}")))
    }

    /// Reads the texts.
    pub(crate) fn read(self, config: &Config) -> Result<Read, Refusal> {
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
        let ddl = anonymizer.ddl(sources("DDL", &self.ddl, &self.files.ddl));
        let stats = stats.map(|stats| anonymizer.stats(stats));
        let cluster = given(&self.cluster);
        let given = Given {
            cluster: cluster.as_deref(),
            budget_ms,
            schema: schema(&ddl),
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
        let given = given.map(|(text, field)| ((field.to_owned(), text.clone()), field));
        let of_files = self.files.stats.iter();
        let of_files = of_files.map(|file| ((file.name.clone(), file.text.clone()), "stats"));
        let (files, fields): (Vec<_>, Vec<_>) = given.chain(of_files).unzip();
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

/// The tables that files define together; `None` where there is no file.
fn schema(ddl: &[SourceFile]) -> Option<Schema> {
    let mut builder = SchemaBuilder::default();
    for source in ddl {
        builder.apply(&sql::parse(source));
    }
    (!ddl.is_empty()).then(|| builder.finish())
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

    fn queries(&self) -> Vec<SourceFile> {
        let all = sources("query", &self.question.query, &self.question.files.query);
        let all = all.into_iter().map(|source| self.anonymizer.sql(source));
        all.collect()
    }

    /// The plan, or each query, explained.
    pub fn explain(self) -> Result<Vec<Explanation>, Refusal> {
        let queries = self.queries();
        if queries.is_empty() {
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
        let what_if = self.what_if()?;
        let planned = |source| explain::explain_script(source, &what_if, &self.settings());
        let mut all: Vec<Explanation> = queries.iter().flat_map(planned).collect();
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
        if self.ddl.is_empty() {
            let why = "paste the DDL of some tables";
            return Err(Refusal::at("ddl", why.to_owned()));
        }
        let inputs: Vec<Input> = self.ddl.into_iter().map(Input::Text).collect();
        Ok(lint::lint(&inputs, self.env.view()))
    }

    /// All tables and the queries as a workload.
    pub fn advise(self) -> Result<Advice, Refusal> {
        let mut workload = Workload::default();
        for source in self.queries() {
            workload.add_sql(&source);
        }
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
