//! `distkey rule`: what a rule finds and why.

use anstream::println;

use super::Exit;
use crate::rules;

/// Arguments of `distkey rule`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A code (`DK101`) or a name (`large-broadcast`); all rules without it.
    code: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(code) = &args.code else {
        for rule in rules::all() {
            println!("{}  {:<28} {}", rule.code, rule.name, rule.summary());
        }
        return Ok(Exit::Clean);
    };
    let Some(rule) = rules::find(code) else {
        anyhow::bail!("no rule is called `{code}`; `distkey rule` lists them all");
    };
    println!("# {} ({})\n\n{}", rule.name, rule.code, dedent(rule.doc));
    Ok(Exit::Clean)
}

/// Doc comments keep one space after the slashes.
fn dedent(doc: &str) -> String {
    doc.lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}
