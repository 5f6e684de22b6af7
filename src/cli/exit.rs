//! How a command ends.

use std::process::ExitCode;

use crate::rules::Severity;

/// The exit states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing at or above `--fail-on`.
    Clean,
    /// 1: findings, a verdict over the budget, a snapshot that differs.
    Findings,
    /// 2: wrong usage, or nothing could be read.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The severity from which findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub enum FailOn {
    Error,
    Warning,
    Hint,
    Never,
}

impl FailOn {
    /// The exit state for the worst finding.
    pub fn exit(self, worst: Option<Severity>) -> Exit {
        let threshold = match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Hint => Severity::Hint,
            FailOn::Never => return Exit::Clean,
        };
        match worst {
            Some(severity) if severity >= threshold => Exit::Findings,
            _ => Exit::Clean,
        }
    }
}
