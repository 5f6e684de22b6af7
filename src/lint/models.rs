//! The models of a dbt project, each as the statement that makes it: findings stand where a setting
//! is made, or at the line of the model's own query.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::silence::silence;
use super::{Input, Linted, LintedFile, Tally, lint};
use crate::dbt::{Kept, Model, Project, Setting};
use crate::environment::View;
use crate::explain::{self, Settings};
use crate::rules::{self, Finding, Location, Severity};
use crate::schema::Schema;
use crate::sql::{self, AlterAction};
use crate::stats::Stats;
use crate::text::{SourceFile, Span};

/// Longer lines are not shown under findings.
const LONGEST_LINE: usize = 400;

/// What the plan of a model shows that is worth a change of the model: rows that move at joins, joins
/// by no key or by keys of different types. That much is read, and much comes out, is what a
/// model is for.
const OF_PLANS: [&str; 7] = [
    "DK101", "DK102", "DK103", "DK104", "DK105", "DK106", "DK111",
];

/// What lint says of how a definition is written: here dbt and Redshift have written it. A CTAS takes
/// no encodings, and its types are those of its query.
const NOT_OF_MODELS: [&str; 9] = [
    "DK209", "DK212", "DK213", "DK214", "DK215", "DK216", "DK217", "DK220", "DK253",
];

/// What is about the distribution of a table as a whole.
const OF_DISTRIBUTION: [&str; 7] = [
    "DK202", "DK203", "DK204", "DK205", "DK206", "DK207", "DK236",
];

/// What is about its order.
const OF_ORDER: [&str; 6] = ["DK201", "DK218", "DK219", "DK235", "DK237", "DK254"];

/// What an input of lint is of its model.
#[derive(Clone, Copy)]
enum Part {
    /// The statement that makes it.
    Definition,
    /// The query that fills it.
    Query,
}

/// Lints the models of a project: as tables, by what dbt knows of them, and their queries.
pub fn lint_models(project: &Project, env: View<'_>) -> Linted {
    let tables = project.tables();
    let mut stats = tables.stats;
    if let Some(given) = env.stats {
        stats.tables.extend(given.tables.clone());
        stats.today = given.today;
    }
    let env = View {
        stats: Some(&stats),
        ..env
    };
    let defined: BTreeMap<String, String> = tables.models.into_iter().collect();
    let mut inputs = vec![Input::Text(SourceFile::new("sources", tables.sources))];
    let mut parts: Vec<Option<(&Model, Part)>> = vec![None];
    for model in in_order(project) {
        let mut add = |part: Part, text: String| {
            inputs.push(Input::Text(SourceFile::new(model.path(), text)));
            parts.push(Some((model, part)));
        };
        if let Some(ddl) = defined.get(model.path()) {
            add(Part::Definition, ddl.clone());
        }
        if let Some(query) = model.compiled.as_ref().filter(|_| model.kept != Kept::View) {
            add(
                Part::Query,
                format!("{};\n", query.trim_end().trim_end_matches(';')),
            );
        }
    }
    let linted = lint(&inputs, env);
    let mut files = Files::default();
    let mut broken = BTreeSet::new();
    for file in linted.files {
        let Some((model, part)) = parts.get(file.number).copied().flatten() else {
            continue;
        };
        if !file.errors.is_empty() || !file.tally.not_understood.is_empty() {
            broken.insert(model.name.clone());
        }
        let lines = Lines::of(model, part);
        let findings = file.findings.into_iter();
        for finding in findings.filter(|one| !NOT_OF_MODELS.contains(&one.code)) {
            files.add(moved(finding, model, part, &lines));
        }
    }
    let settings = Settings::new(View {
        schema: Some(&linted.schema),
        ..env
    });
    for model in project.models.values() {
        for finding in of_plan(model, &linted.schema, &stats, &settings) {
            files.add(finding);
        }
    }
    let of_models = rules::dbt::check(&rules::dbt::Context {
        project,
        schema: &linted.schema,
        config: env.config,
    });
    of_models.into_iter().for_each(|finding| files.add(finding));
    for model in project.models.values() {
        files.count(
            model,
            defined.contains_key(model.path()),
            broken.contains(&model.name),
        );
    }
    Linted {
        files: files.finish(project, env),
        unreadable: linted.unreadable,
        schema: linted.schema,
    }
}

/// What the plan of a model's query shows: where it joins what can't be co-located, or by no key.
fn of_plan(model: &Model, schema: &Schema, stats: &Stats, settings: &Settings<'_>) -> Vec<Finding> {
    let query = model.compiled.as_ref();
    let statement = query.and_then(|query| sql::parse_query(query).ok());
    let explained = statement.and_then(|statement| {
        explain::explain_query(&model.name, &statement, schema, stats, settings).ok()
    });
    let findings = explained.map_or_else(Vec::new, |explained| explained.findings);
    let findings = findings.into_iter().filter(|finding| {
        let is_of_join = OF_PLANS.contains(&finding.code) && finding.severity > Severity::Hint;
        is_of_join && finding.standing.is_shown()
    });
    let placed = findings.map(|mut finding| {
        let (path, line) = model.place(Setting::Whole);
        finding.location = Some(Location {
            path: path.to_owned(),
            line,
            column: 1,
            span: Span::default(),
        });
        finding
    });
    placed.collect()
}

/// The models, each behind those that it reads.
fn in_order(project: &Project) -> Vec<&Model> {
    fn follow<'p>(
        project: &'p Project,
        id: &'p str,
        seen: &mut BTreeSet<&'p str>,
        out: &mut Vec<&'p Model>,
    ) {
        let Some(model) = project.models.get(id).filter(|_| seen.insert(id)) else {
            return;
        };
        for read in &model.reads {
            follow(project, read, seen, out);
        }
        out.push(model);
    }
    let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
    for id in project.models.keys() {
        follow(project, id, &mut seen, &mut out);
    }
    out
}

/// Which line of the model's file each line of a part comes from, both from 1.
struct Lines(Vec<usize>);

impl Lines {
    fn of(model: &Model, part: Part) -> Self {
        let (Some(compiled), true) = (
            &model.compiled,
            model.kept == Kept::View || matches!(part, Part::Query),
        ) else {
            return Self(Vec::new());
        };
        // A view's definition has the query from its second line on, without blank lines before it.
        let (compiled, before) = match part {
            Part::Definition => (compiled.trim_start(), 1),
            Part::Query => (compiled.as_str(), 0),
        };
        let old: Vec<&str> = compiled.lines().map(str::trim).collect();
        let new: Vec<&str> = model.raw.lines().map(str::trim).collect();
        let mut lines = vec![1; before + old.len()];
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (from, to) = (op.old_range(), op.new_range());
            for (step, at) in from.enumerate() {
                let there = match op {
                    DiffOp::Equal { .. } => to.start + step,
                    // Filled templates: as far into what stood there.
                    _ => (to.start + step)
                        .min(to.end.saturating_sub(1))
                        .max(to.start),
                };
                lines[before + at] = (there + 1).clamp(1, new.len().max(1));
            }
        }
        Self(lines)
    }

    fn raw(&self, line: usize) -> Option<usize> {
        self.0.get(line.checked_sub(1)?).copied()
    }
}

/// A finding at the model, with a remedy that dbt does not undo.
fn moved(mut finding: Finding, model: &Model, part: Part, lines: &Lines) -> Finding {
    let line = finding.location.as_ref().map_or(1, |place| place.line);
    let (path, line) = match (part, lines.raw(line)) {
        (_, Some(raw)) => (model.path(), raw),
        (Part::Query, None) => model.place(Setting::Whole),
        (Part::Definition, None) => model.place(setting_at(model, line, &finding)),
    };
    finding.location = Some(Location {
        path: path.to_owned(),
        line,
        column: 1,
        span: Span::default(),
    });
    // Its edits are of a text that is no file.
    finding.fix = None;
    as_settings(&mut finding, model);
    finding
}

/// The setting that a clause of the definition comes from: the distribution is its last line but one,
/// the sort key its last.
fn setting_at(model: &Model, line: usize, finding: &Finding) -> Setting {
    let columns = model
        .actual
        .as_ref()
        .map_or(model.documented.len(), |actual| actual.columns.len());
    let clauses = 2 + columns + model.tested_unique.len() + model.refers.len();
    // Many a rule of keys stands at the column or at the table.
    let is_sort_key = finding
        .column
        .as_ref()
        .is_some_and(|column| model.sort.iter().any(|key| key.as_str() == column));
    match line {
        _ if line == clauses + 1 => Setting::Sort,
        _ if line == clauses => Setting::Dist,
        _ if OF_DISTRIBUTION.contains(&finding.code) => Setting::Dist,
        _ if OF_ORDER.contains(&finding.code) => Setting::Sort,
        _ if is_sort_key => Setting::Sort,
        _ => Setting::Whole,
    }
}

/// Statements that the next run of dbt would undo become settings of the model.
fn as_settings(finding: &mut Finding, model: &Model) {
    let mut settings = Vec::new();
    for statement in &finding.remedy.sql {
        let alter = sql::parse_alter(statement.as_str());
        for (action, _) in alter.iter().flat_map(|alter| &alter.actions) {
            settings.extend(setting_of(action));
        }
    }
    if settings.is_empty() {
        return;
    }
    let settings = settings.join(", ");
    if model.kept.keeps_its_keys() {
        finding.remedy = std::mem::take(&mut finding.remedy).and(&format!(
            "Set {settings} in the model, too: dbt does not change the table that is there."
        ));
    } else {
        // The table is made anew on each run.
        finding.remedy.sql.clear();
        finding.remedy =
            std::mem::take(&mut finding.remedy).and(&format!("Set {settings} in the model."));
    }
}

fn setting_of(action: &AlterAction) -> Option<String> {
    use crate::sql::{DistStyleWord, SortKeyWord};
    let columns = |columns: &[sql::Named]| {
        let names = columns
            .iter()
            .map(|(name, _)| format!("'{}'", name.as_str()));
        format!("[{}]", names.collect::<Vec<_>>().join(", "))
    };
    match action {
        AlterAction::DistKey(column, _) => Some(format!("dist='{}'", column.0.as_str())),
        AlterAction::DistStyle(DistStyleWord::All, _) => Some("dist='all'".to_owned()),
        AlterAction::DistStyle(DistStyleWord::Even, _) => Some("dist='even'".to_owned()),
        AlterAction::SortKey(SortKeyWord::Interleaved, keys, _) => {
            Some(format!("sort={}, sort_type='interleaved'", columns(keys)))
        }
        AlterAction::SortKey(_, keys, _) if !keys.is_empty() => {
            Some(format!("sort={}", columns(keys)))
        }
        _ => None,
    }
}

/// What is said of each file of the project.
#[derive(Default)]
struct Files {
    findings: BTreeMap<String, Vec<Finding>>,
    tallies: BTreeMap<String, Tally>,
}

impl Files {
    fn add(&mut self, finding: Finding) {
        let path = finding.location.as_ref().map(|place| place.path.clone());
        self.findings
            .entry(path.unwrap_or_default())
            .or_default()
            .push(finding);
    }

    /// Counts a model: each is a statement.
    fn count(&mut self, model: &Model, is_defined: bool, is_broken: bool) {
        let tally = self.tallies.entry(model.path().to_owned()).or_default();
        let line = model.place(Setting::Whole).1;
        let kind = match model.kept {
            Kept::Table => "table",
            Kept::Incremental => "incremental",
            Kept::Snapshot => "snapshot",
            Kept::Seed => "seed",
            Kept::MaterializedView => "materialized_view",
            Kept::View => "view",
            Kept::Ephemeral => "ephemeral",
            Kept::Other => "other",
        };
        *tally.kinds.entry(kind.to_owned()).or_default() += 1;
        match model.kept {
            // It is looked at in what reads it.
            Kept::Ephemeral => *tally.accepted.entry(kind.to_owned()).or_default() += 1,
            _ if is_broken || !is_defined => tally.not_understood.push((line, model.name.clone())),
            _ => tally.checked += 1,
        }
    }

    fn finish(mut self, project: &Project, env: View<'_>) -> Vec<LintedFile> {
        let texts: BTreeMap<&str, &str> = project
            .models
            .values()
            .map(|model| (model.path(), model.raw.as_str()))
            .collect();
        let mut paths: BTreeSet<String> = self.tallies.keys().cloned().collect();
        paths.extend(self.findings.keys().cloned());
        let files = paths.into_iter().enumerate().map(|(number, path)| {
            let text = match texts.get(path.as_str()) {
                Some(raw) if !raw.is_empty() => (*raw).to_owned(),
                _ => std::fs::read_to_string(&path).unwrap_or_default(),
            };
            let source = SourceFile::new(path.clone(), text);
            let mut findings = self.findings.remove(&path).unwrap_or_default();
            findings.sort_by(|a, b| {
                (&a.location, a.code, &a.message).cmp(&(&b.location, b.code, &b.message))
            });
            findings.dedup_by(|a, b| {
                a.code == b.code && a.message == b.message && a.location == b.location
            });
            for finding in &mut findings {
                let column = finding.column.as_deref().unwrap_or_default();
                finding.subject = format!("{path} {column}");
            }
            let script = sql::parse(&source);
            let silenced = silence(&source, &script, findings, &|rule| {
                rules::selects(&env.config.rules, rule)
            });
            let places = silenced
                .findings
                .iter()
                .filter_map(|one| one.location.as_ref());
            let lines = places.map(|place| (place.line, source.line(place.line)));
            LintedFile {
                number,
                lines: lines
                    .filter(|(_, text)| text.len() <= LONGEST_LINE)
                    .map(|(line, text)| (line, text.to_owned()))
                    .collect(),
                tally: self.tallies.remove(&path).unwrap_or_default(),
                findings: silenced.findings,
                silenced: silenced.silenced,
                unused_ignores: silenced.unused,
                unknown_ignores: silenced.unknown,
                errors: Vec::new(),
                notes: Vec::new(),
                reading_notes: Vec::new(),
                places: BTreeMap::new(),
                path,
            }
        });
        files.collect()
    }
}
