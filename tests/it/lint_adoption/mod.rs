//! Lint on a legacy base: one file for what a baseline holds, what is read in the context of what,
//! settings, comments and reports.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{Ran, distkey as run};

mod baselines;
mod comments;
mod context;
mod reports;
mod settings;

/// Runs the command so that a hint fails, too.
fn distkey(folder: &Path, args: &[&str]) -> Ran {
    run(folder, &[args, &["--fail-on", "hint"]].concat())
}

/// One finding each, of DK212; the second file has two tables.
const A: &str = "create table a (price float);\n";

const B: &str = "create table b (price float);\ncreate table c (id int, cost real);\n";

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

/// The lines of concise reports.
fn findings(folder: &Path, args: &[&str]) -> BTreeSet<String> {
    let args = [args, &["--format", "concise", "-q"]].concat();
    let ran = distkey(folder, &args);
    assert!(ran.code < 2, "{args:?}: {}", ran.err);
    ran.out.lines().map(str::to_owned).collect()
}
