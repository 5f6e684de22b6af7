//! A rollback, as a page for people and as the script that does it.

mod keys;
mod load;
mod page;
mod script;
mod target;
mod time;

pub use keys::Keys;
pub use page::Runbook;
pub use script::rollback_script;
pub use target::{Named, Target};
pub use time::At;

use askama::Template;

use super::cost::Range;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The time to go back to; the page carries it as a parameter where it is not known yet.
    pub at: Option<At>,
    /// The column of the table that tells when.
    pub column: Option<String>,
    /// Objects to restore.
    pub objects: Option<f64>,
    /// Objects that are copied in a second, as measured.
    pub copies_per_second: Option<f64>,
    /// Minutes of the run that loads again.
    pub rerun_minutes: Option<Range>,
}

#[derive(Debug, Template)]
#[template(path = "scale.sh", escape = "none")]
struct Scale<'a> {
    job: &'a str,
    workers: f64,
}

/// The script that raises and lowers the job's workers by its backlog.
///
/// # Errors
/// Never in practice.
pub fn scaling_script(target: &Target, workers: f64) -> Result<String, String> {
    let script = Scale {
        job: &target.job,
        workers,
    };
    script.render().map_err(|error| error.to_string())
}
