//! What a rule reports, and what a rule is.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::Evidence;
pub use crate::config::Severity;
use crate::sql::write::Sql;
use crate::text::Span;
use crate::whatif::{Changes, Gain, Rewrite};

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Query plans, `DK1xx`.
    Plan,
    /// Table definitions and load statements, `DK2xx`.
    Schema,
    /// A workload and its recommendation, `DK3xx`.
    Workload,
    /// The pipeline that fills the tables, `DK4xx`.
    Pipeline,
}

/// The constant part of a rule: what the registry, `distkey rule` and the
/// generated documentation show of it. Made by [`crate::declare_rule!`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RuleInfo {
    /// `DK101`; never reused.
    pub code: &'static str,
    /// `large-broadcast`.
    pub name: &'static str,
    /// What it looks at.
    pub family: Family,
    /// The severity when nothing lowers or raises it.
    pub severity: Severity,
    /// Where the advice comes from.
    pub sources: &'static [&'static str],
    /// Markdown under the headings What it does, Why is this bad?, Example,
    /// Use instead, References.
    pub doc: &'static str,
}

impl RuleInfo {
    /// The address of the first source that has one.
    pub fn url(&self) -> Option<&'static str> {
        let mut sources = self.sources.iter();
        sources.find_map(|source| source.find("https://").map(|at| &source[at..]))
    }

    /// The documentation without the blank that doc comments keep after their slashes.
    pub fn markdown(&self) -> String {
        let lines = self.doc.lines();
        let lines: Vec<&str> = lines
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.join("\n")
    }

    /// The first sentence under "What it does", however many lines it takes.
    pub fn summary(&self) -> String {
        let lines = self.doc.lines().map(str::trim);
        let paragraph: Vec<&str> = lines
            .skip_while(|line| line.is_empty() || line.starts_with('#'))
            .take_while(|line| !line.is_empty())
            .collect();
        let paragraph = paragraph.join(" ");
        let mut in_code = false;
        let end = paragraph.char_indices().find(|(at, c)| {
            in_code ^= *c == '`';
            let rest = &paragraph[at + c.len_utf8()..];
            *c == '.' && !in_code && (rest.is_empty() || rest.starts_with(' '))
        });
        match end {
            Some((at, _)) => paragraph[..=at].to_owned(),
            None if paragraph.is_empty() => self.name.to_owned(),
            None => paragraph,
        }
    }
}

/// A change of keys that may help, to be tried before it is printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The advice in a sentence or two, for the case that the change is worth making.
    pub text: String,
    /// What it changes.
    pub changes: Changes,
}

/// What to do about a finding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Remedy {
    /// The advice in a sentence or two.
    pub text: Cow<'static, str>,
    /// Statements that carry it out, where the names are known.
    pub sql: Vec<Sql>,
    /// Changes of keys to choose from, those that rewrite least first. They are printed only
    /// once they have been tried.
    #[serde(skip)]
    pub proposals: Vec<Proposal>,
    /// What the advice does to the plan, where it is to write the query in another way.
    #[serde(skip)]
    pub rewrite: Option<Rewrite>,
    /// The change that was tried and is worth making: what `sql` does.
    #[serde(skip)]
    pub tried: Option<Box<Changes>>,
    /// Whether something was tried and nothing is worth making.
    #[serde(skip)]
    pub refuted: bool,
}

impl Remedy {
    /// Advice without statements.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn and(mut self, sentence: &str) -> Self {
        self.text = format!("{} {sentence}", self.text.trim_end()).into();
        self
    }

    /// Adds a change to be tried.
    #[must_use]
    pub fn propose(mut self, text: impl Into<String>, changes: Changes) -> Self {
        self.proposals.push(Proposal {
            text: text.into(),
            changes,
        });
        self
    }

    /// Says what the advice does to the plan: it is tried before it is given.
    #[must_use]
    pub fn rewriting(self, rewrite: Rewrite) -> Self {
        Self {
            rewrite: Some(rewrite),
            ..self
        }
    }

    /// Adds one statement.
    #[must_use]
    pub fn with_sql(mut self, sql: Sql) -> Self {
        // There are as many as findings, and most have one.
        self.sql.reserve_exact(1);
        self.sql.push(sql);
        self
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Location {
    /// The path as the user gave it.
    pub path: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// The bytes that the finding is about.
    #[serde(skip)]
    pub span: Span,
}

/// Whether a fix may be applied without a look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps the meaning of the statement.
    Safe,
    /// Changes what the statement does; applied with `--unsafe-fixes` only.
    Unsafe,
}

/// One replacement in the source text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Edit {
    /// The bytes to replace; empty to insert.
    pub span: Span,
    /// Their replacement.
    pub text: String,
}

/// Edits that remove the finding when they are applied together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// Whether it may be applied unseen.
    pub applicability: Applicability,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// What a finding of a plan is to the others of that plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// It stands by itself.
    #[default]
    Own,
    /// It says that rows move at a join.
    Moves,
    /// It says so of a join that another finding may speak of by its label.
    MovesAsWell,
    /// It tells why rows move at its step: no key helps before that is mended.
    Cause,
    /// It speaks of the moves of several joins, as one.
    Gathers,
    /// It puts the numbers of all others in doubt.
    Doubts,
    /// It puts those of its own step in doubt.
    DoubtsStep,
}

/// Where a finding stands among the others, once its remedy has been tried.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Standing {
    /// What the remedy gains, tried by itself; `None` where it can't be tried.
    pub gain: Option<Box<Gain>>,
    /// The code of the finding that says it for this one.
    pub covered_by: Option<&'static str>,
    /// Whether it is too small to be shown unless it is asked for.
    pub folded: bool,
    /// The number that its change has in the summary of its plan.
    #[serde(skip)]
    pub change: Option<usize>,
}

impl Standing {
    /// What the remedy gains, where it was tried.
    pub fn gained(&self) -> Option<Gain> {
        self.gain.as_deref().copied()
    }

    /// Milliseconds of the warm run that the remedy saves; 0 where it was not tried.
    pub fn saved_ms(&self) -> f64 {
        self.gain.as_ref().map_or(0.0, |gain| gain.saved_ms())
    }

    /// Whether a report shows the finding without being asked for all.
    pub fn is_shown(&self) -> bool {
        self.covered_by.is_none() && !self.folded
    }
}

/// One thing worth acting on: where, how much, what to do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// `DK101`.
    pub code: &'static str,
    /// `large-broadcast`.
    pub name: &'static str,
    /// How much it matters here.
    pub severity: Severity,
    /// What is wrong, with the input's own numbers.
    pub message: String,
    /// The step of the plan, if it is about one.
    pub node: Option<usize>,
    /// The place in a file, if it is about one.
    pub location: Option<Location>,
    /// The column that it is about, if it is about one.
    pub column: Option<String>,
    /// The numbers behind the message.
    pub evidence: Evidence,
    /// What to do.
    pub remedy: Remedy,
    /// Where the advice comes from.
    pub sources: &'static [&'static str],
    /// The address of the first of them that has one.
    pub url: Option<&'static str>,
    /// How much work it causes, in bytes touched or moved: the order of findings.
    #[serde(skip)]
    pub weight: f64,
    /// What trying its remedy showed.
    #[serde(flatten)]
    pub standing: Standing,
    /// Other steps that it speaks of.
    #[serde(skip)]
    pub steps: Vec<usize>,
    /// What it is to the others.
    #[serde(skip)]
    pub role: Role,
    /// Edits that remove it, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What it is about, in words that stay the same when its file is edited elsewhere; empty
    /// outside of files.
    #[serde(skip)]
    pub subject: String,
}

impl Finding {
    /// The finding with edits that remove it.
    #[must_use]
    pub fn with_fix(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }
}

/// What one rule found, before it is worded: the struct that implements it
/// holds the evidence, and serializes to [`Finding::evidence`].
pub trait Violation: Serialize {
    /// The rule it belongs to.
    const RULE: RuleInfo;
    /// What its findings are to the others of a plan.
    const ROLE: Role = Role::Own;

    /// What is wrong, with the input's own numbers.
    fn message(&self) -> String;

    /// What to do about it.
    fn remedy(&self) -> Remedy;

    /// The severity here; by default the rule's.
    fn severity(&self) -> Severity {
        Self::RULE.severity
    }

    /// Bytes touched or moved because of it: the order of findings.
    fn weight(&self) -> f64 {
        0.0
    }

    /// Steps of the plan that it speaks of beside its own: what other rules find there is its
    /// consequence.
    fn steps(&self) -> Vec<usize> {
        Vec::new()
    }

    /// The finding, without a place.
    fn finding(&self) -> Finding {
        let evidence = Evidence::of(self);
        // What words it leaves up to as much again behind it, and there may be many.
        let mut message = self.message();
        message.shrink_to_fit();
        Finding {
            code: Self::RULE.code,
            name: Self::RULE.name,
            severity: self.severity(),
            message,
            node: None,
            location: None,
            column: evidence.text("column"),
            evidence,
            remedy: self.remedy(),
            sources: Self::RULE.sources,
            url: Self::RULE.url(),
            weight: self.weight(),
            standing: Standing::default(),
            steps: self.steps(),
            role: Self::ROLE,
            fix: None,
            subject: String::new(),
        }
    }

    /// The finding at a step of a plan.
    fn at_node(&self, node: usize) -> Finding {
        Finding {
            node: Some(node),
            ..self.finding()
        }
    }

    /// The finding at a place in a file.
    fn at(&self, location: Location) -> Finding {
        Finding {
            location: Some(location),
            ..self.finding()
        }
    }
}

/// Declares a rule's constant part from its documentation:
///
/// ```
/// distkey::declare_rule! {
///     /// ## What it does
///     /// Finds nothing.
///     pub const NOTHING = ("DK999", "nothing", Plan, Hint, []);
/// }
/// assert_eq!(NOTHING.summary(), "Finds nothing.");
/// ```
#[macro_export]
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])*
        $vis:vis const $konst:ident = ($code:literal, $name:literal, $family:ident, $severity:ident, [$($source:literal),* $(,)?]);
    ) => {
        $(#[doc = $doc])*
        $vis const $konst: $crate::rules::RuleInfo = $crate::rules::RuleInfo {
            code: $code,
            name: $name,
            family: $crate::rules::Family::$family,
            severity: $crate::rules::Severity::$severity,
            sources: &[$($source),*],
            doc: concat!($($doc, "\n"),*),
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentence_however_it_is_written() {
        for (doc, summary) in [
            (
                " ## What it does\n Finds one\n thing on two lines.\n\n ## Why",
                "Finds one thing on two lines.",
            ),
            (
                " ## What it does\n Finds `a.b` and `c. d`. Then more.\n",
                "Finds `a.b` and `c. d`.",
            ),
            (
                " ## What it does\n\n Finds 0.5 % (half).\n",
                "Finds 0.5 % (half).",
            ),
            (
                " ## What it does\n Has no end\n\n ## Why\n x.",
                "Has no end",
            ),
            (
                " ## What it does\n Ends the\n line here. And\n goes on.\n",
                "Ends the line here.",
            ),
            ("", "a-name"),
        ] {
            let info = RuleInfo {
                code: "DK999",
                name: "a-name",
                family: Family::Plan,
                severity: Severity::Hint,
                sources: &[],
                doc,
            };
            assert_eq!(info.summary(), summary, "{doc}");
        }
    }
}
