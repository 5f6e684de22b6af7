//! The statements that load a table from what COPY reads, so that they can be run again.

use std::collections::BTreeSet;

use super::target::Target;
use crate::name::{Ident, TableName};
use crate::pipeline::Pipeline;
use crate::pipeline::loads::{self, Loads, Step, StepKind};
use crate::sql::write;
use crate::sql::{Body, Statement};
use crate::text::SourceFile;

/// The name of the table that a plain COPY fills in its target's place.
const ARRIVED: &str = "rollback_arrived";

/// One load: statements with places as `@{dt}` for what a run gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Up to the rows that the table gets, without touching it.
    pub stage: Vec<String>,
    /// What changes the table.
    pub apply: Vec<String>,
    /// What takes the temporary tables away, so that the next load can make them.
    pub drop: Vec<String>,
    /// The table that holds the rows before they reach the target.
    pub staged: TableName,
    /// Names of the partitions in COPY's location.
    pub partitions: Vec<String>,
    /// Whether a plain COPY appends to the table, so that rows are told apart by time alone.
    pub appends: bool,
}

struct Reader<'a> {
    source: &'a SourceFile,
    target: &'a Target,
    column: &'a Ident,
    since: &'a str,
    loads: Loads,
    /// Tables that the rows pass through.
    passes: BTreeSet<&'a str>,
    /// `(name, value)` of the partitions in COPY's location.
    partitions: Vec<(String, String)>,
    load: Load,
}

impl Load {
    /// Reads the load that the target's COPY belongs to.
    ///
    /// # Errors
    /// Why it can't be run a second time, and what would do.
    pub fn of(
        pipeline: &Pipeline,
        target: &Target,
        column: &Ident,
        since: &str,
    ) -> Result<Self, String> {
        let (file, at) = target
            .copy
            .ok_or("these files have no COPY, so that nothing loads the rows again")?;
        let (source, script) = &pipeline.sql[file];
        let loads = loads::read(source, script);
        let copy = &script.statements[at];
        let step = loads
            .steps
            .iter()
            .find(|step| step.start == copy.span.start);
        let step = step.ok_or("the COPY was not read")?;
        let into = step.table.clone();
        let mut passes = BTreeSet::from([into.as_str()]);
        // Each round adds what takes rows from what is known.
        loop {
            let before = passes.len();
            for step in &loads.steps {
                let takes = step
                    .sources
                    .iter()
                    .any(|from| passes.contains(from.as_str()));
                if takes && loads.is_staging(&step.table) {
                    passes.insert(step.table.as_str());
                }
            }
            if passes.len() == before {
                break;
            }
        }
        let passes: BTreeSet<String> = passes.into_iter().map(str::to_owned).collect();
        let mut reader = Reader {
            source,
            target,
            column,
            since,
            loads: loads::read(source, script),
            passes: passes.iter().map(String::as_str).collect(),
            partitions: Vec::new(),
            load: Load {
                stage: Vec::new(),
                apply: Vec::new(),
                drop: Vec::new(),
                staged: TableName::typed(&into),
                partitions: Vec::new(),
                appends: false,
            },
        };
        for (number, statement) in script.statements.iter().enumerate() {
            reader.statement(statement, number == at)?;
        }
        reader.finished()
    }
}

impl Reader<'_> {
    fn place(&self, statement: &Statement) -> String {
        let line = self.source.line_column(statement.span.start).line;
        format!("{}:{line}", self.source.name)
    }

    /// As written, without what ends it.
    fn text(&self, statement: &Statement) -> Result<String, String> {
        self.fixed(statement, statement.templated)
    }

    /// The same, of which it is known whether templates stand in what is kept of it.
    fn fixed(&self, statement: &Statement, templated: bool) -> Result<String, String> {
        let text = self.written(statement);
        let masked = self.source.text != self.source.unmasked();
        match (text.contains("@{"), templated) {
            (true, _) | (_, true) => Err(format!(
                "{}: a template stands in it, whose values only the scheduler knows: name a file \
                 with its values",
                self.place(statement)
            )),
            _ if masked => Err(format!(
                "{}: a secret stands in this file, which no script gets: let COPY take a role",
                self.source.name
            )),
            _ => Ok(text.to_owned()),
        }
    }

    fn written(&self, statement: &Statement) -> &str {
        let text = &self.source.text[statement.span.start..statement.span.end];
        text.trim().trim_end_matches(';').trim_end()
    }

    fn statement(&mut self, statement: &Statement, is_copy: bool) -> Result<(), String> {
        let place = self.place(statement);
        if is_copy {
            return self.copy(statement);
        }
        if let Body::CreateTable(create) = &statement.body {
            let name = create.name.table.bare().to_lowercase();
            if self.passes.contains(name.as_str()) && self.loads.is_staging(&name) {
                let text = self.text(statement)?;
                let temporary = name.starts_with('#')
                    || text.split_whitespace().take(4).any(|word| {
                        word.eq_ignore_ascii_case("temp") || word.eq_ignore_ascii_case("temporary")
                    });
                // A lasting staging table is there already.
                if temporary {
                    self.load
                        .drop
                        .push(bare(write::drop_table(&create.name.table)));
                    self.load.stage.push(text);
                    if create.query.is_some() {
                        self.load.staged = create.name.table.clone();
                    }
                } else if create.query.is_some() {
                    return Err(format!(
                        "{place}: it makes the lasting table `{name}`, which a second run can't: \
                         make it a temporary one"
                    ));
                }
            }
            return Ok(());
        }
        let start = statement.span.start;
        let step = self.loads.steps.iter().find(|step| step.start == start);
        let Some(step) = step.cloned() else {
            let text = &self.source.text[statement.span.start..statement.span.end];
            let first = text.split_whitespace().next().unwrap_or_default();
            return match first.eq_ignore_ascii_case("CALL") {
                true => Err(format!(
                    "{place}: what the procedure does is not known here, so that the load can't \
                     be run again"
                )),
                false => Ok(()),
            };
        };
        let table = TableName::typed(&step.table);
        if table == self.target.table {
            return self.of_target(statement, &step);
        }
        if !self.passes.contains(step.table.as_str()) {
            return Ok(());
        }
        match step.kind {
            StepKind::Copy => Err(format!(
                "{place}: a second COPY fills `{table}`: give each load a table of its own"
            )),
            // TRUNCATE would commit half of it.
            StepKind::Truncate => {
                self.load.stage.push(bare(write::delete_all(&table)));
                Ok(())
            }
            kind => {
                let text = self.text(statement)?;
                if matches!(kind, StepKind::Insert | StepKind::Merge) {
                    self.load.staged = table;
                }
                self.load.stage.push(text);
                Ok(())
            }
        }
    }

    /// A statement that changes the target itself.
    fn of_target(&mut self, statement: &Statement, step: &Step) -> Result<(), String> {
        let (place, table) = (self.place(statement), &self.target.table);
        let from_here = step
            .sources
            .iter()
            .any(|from| self.passes.contains(from.as_str()));
        let deletes = |other: &Step| {
            other.kind == StepKind::DeleteSome
                && other.start < step.start
                && TableName::typed(&other.table) == *table
        };
        let repeatable = match step.kind {
            StepKind::Truncate | StepKind::DeleteAll => {
                return Err(format!(
                    "{place}: each load empties `{table}`, so that going back is loading once: \
                     restore the files and run the load"
                ));
            }
            StepKind::Copy => {
                return Err(format!(
                    "{place}: a second COPY fills `{table}`: name one with --prefix"
                ));
            }
            _ if !from_here && step.kind != StepKind::DeleteSome => {
                return Err(format!(
                    "{place}: `{table}` also gets rows from elsewhere, which are not loaded again"
                ));
            }
            StepKind::Merge | StepKind::DeleteSome => true,
            // Only what is not there yet, or what was deleted before.
            StepKind::Insert => {
                let own = step
                    .sources
                    .iter()
                    .any(|from| TableName::typed(from) == *table);
                own || self.loads.steps.iter().any(deletes)
            }
        };
        if !repeatable {
            return Err(format!(
                "{place}: INSERT appends to `{table}`, so that loading again doubles rows: let it \
                 MERGE, or DELETE what it replaces first"
            ));
        }
        let text = self.text(statement)?;
        self.load.apply.push(text);
        Ok(())
    }

    /// COPY, with places for the partitions of its location.
    fn copy(&mut self, statement: &Statement) -> Result<(), String> {
        let Body::Copy(copy) = &statement.body else {
            return Ok(());
        };
        let start = statement.span.start;
        let span = copy.from.1;
        // As it stands in the file, with the templates that the scheduler fills in.
        let from = &self.source.text[span.start..span.end];
        let mut location = Vec::new();
        for part in from.trim_matches('\'').split('/') {
            match part.split_once('=') {
                // Whatever stands for the value, a run gives it.
                Some((name, value)) if !name.contains(['{', '$']) => {
                    location.push(format!("{name}=@{{{name}}}"));
                    self.partitions.push((name.to_owned(), value.to_owned()));
                }
                _ if part.contains(['{', '$']) => {
                    return Err(format!(
                        "{}: COPY's location `{from}` has a value that only the scheduler knows",
                        self.place(statement)
                    ));
                }
                _ => location.push(part.to_owned()),
            }
        }
        // Nothing else of it may be left to the scheduler.
        let rest = self.written(statement).replacen(from, "", 1);
        let templated = statement.templated && (rest.contains("{{") || rest.contains("{%"));
        let text = self.fixed(statement, templated)?;
        let (into, since) = (copy.table.span, self.since);
        let relative = |at: usize| at - start;
        let head = &text[..relative(into.start)];
        let between = &text[relative(into.end)..relative(span.start)];
        let rest = &text[relative(span.end)..];
        let location = write::literal(&location.join("/"));
        let own = copy.table.table == self.target.table
            || TableName::typed(&copy.table.table.bare()) == self.target.table;
        let name = match own {
            true => TableName::new(None, Ident::exact(ARRIVED)),
            false => copy.table.table.clone(),
        };
        if own {
            let target = &self.target.table;
            self.load
                .stage
                .push(bare(write::create_temporary_like(&name, target)));
            self.load.drop.push(bare(write::drop_table(&name)));
            let insert = write::insert_since(target, &name, self.column, since);
            self.load.apply.push(bare(insert));
            self.load.staged = name.clone();
            self.load.appends = true;
        }
        self.load
            .stage
            .push(format!("{head}{name}{between}{location}{rest}"));
        Ok(())
    }

    fn finished(mut self) -> Result<Load, String> {
        if self.load.apply.is_empty() {
            return Err(format!(
                "{}: nothing brings the rows of the COPY into `{}`",
                self.source.name, self.target.table
            ));
        }
        let all = || self.load.stage.iter().chain(&self.load.apply);
        for (name, value) in &self.partitions {
            if value.len() > 1 && all().any(|text| text.contains(value.as_str())) {
                return Err(format!(
                    "{}: `{value}` of the partition {name} stands outside of COPY's location, too, \
                     and may mean something else there",
                    self.source.name
                ));
            }
        }
        self.load.partitions = self.partitions.into_iter().map(|(name, _)| name).collect();
        Ok(self.load)
    }
}

/// A statement without its semicolon.
pub(super) fn bare(sql: write::Sql) -> String {
    sql.as_str().trim_end_matches(';').to_owned()
}
