//! `distkey rule`: what a rule finds and why.

use super::Exit;
use crate::{report, rules};

/// Arguments of `distkey rule`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A code (`DK101`) or a name (`large-broadcast`); all rules without it.
    code: Option<String>,
    /// Print the documentation of all rules, as in `docs/rules.md`.
    #[arg(long, conflicts_with = "code")]
    all: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.all {
        super::out::print(format_args!("{}", report::rules::markdown()))?;
        return Ok(Exit::Clean);
    }
    let Some(code) = &args.code else {
        for rule in rules::all() {
            super::out::print(format_args!(
                "{}  {:<28} {}\n",
                rule.code,
                rule.name,
                rule.summary()
            ))?;
        }
        return Ok(Exit::Clean);
    };
    let Some(rule) = rules::find(code) else {
        anyhow::bail!("no rule is called `{code}`; `distkey rule` lists them all");
    };
    super::out::print(format_args!("{}", report::rules::one(&rule, 1)))?;
    Ok(Exit::Clean)
}
