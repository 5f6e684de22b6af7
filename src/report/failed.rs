//! What could not be read or written: it stays in every report.

use crate::text::units::counted;

/// A file that something could not be done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The path as the user gave it.
    pub path: String,
    /// What could not be done.
    pub undone: Undone,
    /// Why.
    pub reason: String,
}

/// What could not be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// It could not be read.
    Read,
    /// It was read, and there is no plan in it, or none can be made of it.
    Explain,
    /// Its fixes could not be written.
    Write,
    /// Statements in it are not understood; under `--strict` that fails.
    Understand {
        /// Whether it fails.
        strict: bool,
    },
}

impl Failed {
    /// A file that can't be read.
    pub fn read(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            undone: Undone::Read,
            reason: reason.into(),
        }
    }

    /// A file that has no plan.
    pub fn explain(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            undone: Undone::Explain,
            ..Self::read(path, reason)
        }
    }

    /// A file whose fixes can't be written.
    pub fn write(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            undone: Undone::Write,
            ..Self::read(path, reason)
        }
    }

    /// A file with statements that are not understood.
    pub fn understand(path: impl Into<String>, reason: impl Into<String>, strict: bool) -> Self {
        Self {
            undone: Undone::Understand { strict },
            ..Self::read(path, reason)
        }
    }

    /// Whether the command fails by it.
    pub fn fails(&self) -> bool {
        self.undone != Undone::Understand { strict: false }
    }

    /// What could not be done, and why.
    pub fn message(&self) -> String {
        match self.undone {
            Undone::Read => format!("cannot read it: {}", self.reason),
            Undone::Explain | Undone::Understand { .. } => self.reason.clone(),
            Undone::Write => format!("cannot write its fixes: {}", self.reason),
        }
    }

    /// `not-read`, `not-explained`, `not-written` or `not-understood`, where a format wants the code of a rule.
    pub fn code(&self) -> &'static str {
        match self.undone {
            Undone::Read => "not-read",
            Undone::Explain => "not-explained",
            Undone::Write => "not-written",
            Undone::Understand { .. } => "not-understood",
        }
    }
}

/// `, 1 file not read, 2 files not written`; nothing where all was done.
pub fn tally(failed: &[Failed]) -> String {
    let mut out = String::new();
    for (undone, word) in [(Undone::Read, "read"), (Undone::Write, "written")] {
        let count = failed.iter().filter(|one| one.undone == undone).count();
        if count > 0 {
            out.push_str(&format!(", {} not {word}", counted(count as f64, "file")));
        }
    }
    out
}
