//! `distkey advise`: all tables and a workload → keys, what they save, the script.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::files::{all_files, sql_files};
use super::tables::TablesArgs;
use super::{Exit, Global};
use crate::advise::{self, Advice, Exported, Request, Theirs, Workload};
use crate::anonymize::Anonymizer;
use crate::environment::View;
use crate::latency::Verdict;
use crate::plan;
use crate::report::failed::Failed;
use crate::report::{self, html};
use crate::sql;
use crate::text::units::counted;
use crate::text::{SourceFile, exports};
use crate::whatif::Growth;

const EXAMPLES: &str = "\
Examples:
  distkey advise --ddl ddl/ --queries queries/ --stats stats.json --cluster ra3.4xlarge:4
  distkey advise --ddl ddl/ --workload workload.csv --script > keys.sql";

/// Arguments of `distkey advise`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    tables: TablesArgs,
    /// Files or folders with queries; `-- frequency: 100` above one weighs it.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    queries: Vec<PathBuf>,
    /// Files or folders with pasted plans.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    plans: Vec<PathBuf>,
    /// An export of the query that `distkey stats-query --workload` prints.
    #[arg(long, value_name = "FILE")]
    workload: Option<PathBuf>,
    /// An export of SVV_ALTER_TABLE_RECOMMENDATIONS (`distkey stats-query --recommendations`): what
    /// AWS recommends, set beside what is recommended here.
    #[arg(long, value_name = "FILE")]
    recommendations: Option<PathBuf>,
    /// Rows that a table gains, as `products=2000000/hour`: what that does to the star
    /// and to a table with its lookups inlined.
    #[arg(long, value_name = "TABLE=ROWS/PERIOD")]
    grow: Option<Growth>,
    /// Show tables with their lookups inlined also where that does not pay.
    #[arg(long)]
    denormalize: bool,
    /// Print only the statements that carry it out.
    #[arg(long, conflicts_with = "rollback_script")]
    script: bool,
    /// Print only the statements that undo them.
    #[arg(long)]
    rollback_script: bool,
    /// Output format.
    #[arg(long, short, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

impl Args {
    /// What the workload is read from.
    fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.queries.iter().chain(&self.plans).chain(&self.workload)
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global.anonymize);
    let tables = args.tables.read(args.inputs(), global, &anonymizer)?;
    let mut failed = tables.failed;
    let mut workload = read_workload(args, &anonymizer, &mut failed)?;
    if workload.entries.is_empty() {
        if workload.left_out.is_empty() {
            anyhow::bail!("no queries given: name --queries, --plans or --workload");
        }
        return nothing_to_go_by(&workload.left_out);
    }
    for one in &failed {
        workload.left_out.push((one.path.clone(), one.message()));
    }
    let mut env = tables.env;
    let (schema, stats) = (env.schema.take(), env.stats.take());
    let (schema, stats) = match schema {
        Some(schema) => (schema, stats.unwrap_or_default()),
        None => {
            let (schema, derived) = advise::derive(&workload);
            (schema, stats.unwrap_or(derived))
        }
    };
    if schema.tables.is_empty() {
        anyhow::bail!("no table is known: name the DDL with --ddl");
    }
    let growth = args.grow.as_ref().map(|growth| {
        let growth = growth.renamed(&|name| anonymizer.argument(name));
        growth.meant(&schema)
    });
    let growth = growth.transpose()?;
    let theirs = args.recommendations.as_deref();
    let theirs = theirs
        .map(|path| read_theirs(path, &anonymizer))
        .transpose()?;
    let request = Request {
        growth: growth.as_ref(),
        theirs: theirs.as_deref(),
        ..Request::new(env.view(), &schema, &stats, &workload)
    };
    let spinner = spinner();
    let mut advice = advise::advise(&request, &|what| {
        spinner.set_message(what.to_owned());
        spinner.tick();
    });
    spinner.finish_and_clear();
    if advice.queries.is_empty() {
        return nothing_to_go_by(&advice.left_out);
    }
    let answered = advice
        .denormalizations
        .iter()
        .any(|one| one.arrivals.is_some());
    if let (Some(growth), false) = (&growth, answered) {
        advice.assumptions.push(format!(
            "Nothing is said of the rows that `{}` gains: no table that takes in its lookups is \
             compared for it.",
            growth.table
        ));
    }
    denormalized(args, &mut advice);
    write(args, &advice)?;
    Ok(match failed.is_empty() {
        true => exit(&advice, env.view()),
        false => Exit::Usage,
    })
}

/// Leaves the wide tables that pay or were asked for; says so where there is none to ask for.
fn denormalized(args: &Args, advice: &mut Advice) {
    if args.denormalize && advice.denormalizations.is_empty() {
        advice.assumptions.push(
            "No table takes in its lookups: no query of a form that can be rewritten joins a table \
             by the declared key of a much smaller one, with row counts for both."
                .to_owned(),
        );
    }
    if !args.denormalize {
        advice.keep_what_pays();
    }
}

/// Statements without a plan that are told one by one.
const TOLD: usize = 20;

/// Nothing that was given has a plan: there is no advice, and nothing is proven.
fn nothing_to_go_by(left_out: &[(String, String)]) -> anyhow::Result<Exit> {
    for (name, error) in left_out.iter().take(TOLD) {
        anstream::eprintln!("{name}: {error}");
    }
    if left_out.len() > TOLD {
        anstream::eprintln!("and {} more", left_out.len() - TOLD);
    }
    anyhow::bail!(
        "nothing to go by: {} given, and none can be planned",
        counted(left_out.len() as f64, "statement"),
    )
}

/// What is being done, on standard error when that is a terminal.
fn spinner() -> ProgressBar {
    match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner(),
        false => ProgressBar::hidden(),
    }
}

/// The queries, plans and exports that the arguments name.
fn read_workload(
    args: &Args,
    anonymizer: &Anonymizer,
    failed: &mut Vec<Failed>,
) -> anyhow::Result<Workload> {
    let mut workload = Workload::default();
    let ddl_failed = failed.len();
    let (queries, plans) = (sql_files(&args.queries), all_files(&args.plans));
    failed.extend(queries.failed);
    failed.extend(plans.failed);
    for path in queries.paths {
        if let Some(source) = read(&path, failed) {
            workload.add_sql(&anonymizer.sql(source));
        }
    }
    for path in plans.paths {
        if let Some(source) = read(&path, failed) {
            let name = anonymizer.name(&source.name);
            let reading = anonymizer.reading(plan::read(&source.text));
            workload.add_reading(&name, reading);
        }
    }
    // What of the DDL can't be read is told already.
    super::files::tell(&failed[ddl_failed..]);
    if let Some(path) = &args.workload {
        let file = std::fs::File::open(path)
            .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
        let export = Exported {
            name: &anonymizer.name(&path.display().to_string()),
            reading: &|reading| anonymizer.reading(reading),
            names: !anonymizer.is_on(),
        };
        workload
            .add_export(&export, std::io::BufReader::new(file))
            .map_err(|error| anyhow::anyhow!("`{}`: {error}", path.display()))?;
    }
    Ok(workload)
}

/// What AWS recommends.
fn read_theirs(path: &Path, anonymizer: &Anonymizer) -> anyhow::Result<Vec<Theirs>> {
    let source = SourceFile::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    let header = source.text.lines().find(|line| !line.trim().is_empty());
    let mut columns = header
        .unwrap_or_default()
        .split(|c: char| !c.is_alphanumeric());
    let is_export = columns.any(|column| column.eq_ignore_ascii_case("ddl"));
    let found = advise::theirs(&sql::parse(&anonymizer.sql(exports::ddl(source))));
    // A header alone is an answer: AWS recommends nothing.
    if found.is_empty() && !is_export {
        anyhow::bail!(
            "`{}`: no ALTER TABLE of a key or an encoding is in it; export the query that \
             `distkey stats-query --recommendations` prints, with its header",
            path.display()
        );
    }
    Ok(found)
}

fn read(path: &Path, failed: &mut Vec<Failed>) -> Option<SourceFile> {
    match SourceFile::read(path) {
        Ok(source) => Some(source),
        Err(error) => {
            failed.push(Failed::read(path.display().to_string(), error.to_string()));
            None
        }
    }
}

fn write(args: &Args, advice: &Advice) -> anyhow::Result<()> {
    let mut out = super::out::stdout();
    if args.script {
        write!(out, "{}", advise::script(&advice.steps))?;
        return Ok(());
    }
    if args.rollback_script {
        write!(out, "{}", advise::rollback_script(&advice.steps))?;
        return Ok(());
    }
    match args.format {
        Format::Text => write!(out, "{}", report::advise::render(advice))?,
        Format::Html => write!(out, "{}", html::render(html::View::Advise(advice))?)?,
        Format::Json => {
            super::out::json(&mut out, advice)?;
        }
    }
    Ok(())
}

/// A query over its budget even as recommended fails, where budget and cluster were named.
fn exit(advice: &Advice, env: View<'_>) -> Exit {
    let over = |query: &advise::QueryAdvice| query.after.verdict == Verdict::Over;
    match env.fails_over_budget() && advice.queries.iter().any(over) {
        true => Exit::Findings,
        false => Exit::Clean,
    }
}
