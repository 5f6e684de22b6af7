//! `--format html`: one self-contained file. What a plan comes to, what to do and the plan's text are
//! in the file as they are read; the script draws the tree from what `drawing` gives it.

mod advise;
mod bar;
mod boxes;
mod cards;
pub(super) mod compare;
mod drawing;
mod growth;
mod hours;
mod lint;
mod page;
#[cfg(feature = "pipeline")]
mod pipeline;
mod plans;
mod rich;
mod scale;
mod shown;
mod strips;
mod verdict;
mod view;

use askama::Template;

use crate::advise::Advice;
use crate::diff::PlanDiff;
use crate::explain::Explanation;
use crate::lint::LintedFile;
use crate::report::failed::Failed;
use page::Page;
use shown::shown;

/// The style of every page.
pub const STYLE: &str = concat!(
    include_str!("css/base.css"),
    include_str!("css/answer.css"),
    include_str!("css/tree.css"),
);
/// The script of every page.
pub const SCRIPT: &str = concat!(
    include_str!("js/text.js"),
    include_str!("js/layout.js"),
    include_str!("js/boxes.js"),
    include_str!("js/frame.js"),
    include_str!("js/details.js"),
    include_str!("js/search.js"),
    include_str!("js/plan.js"),
    include_str!("js/main.js"),
);

/// Bytes of details of several plans in a file, beyond those of the slowest.
const ROOM_IN_FILE: usize = 4 << 20;
/// The same in an answer to the page, which asks for the others.
const ROOM_IN_ANSWER: usize = 128 << 10;

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// Plans, explained.
    Explain(&'a [Explanation]),
    /// Files, linted, and what could not be read or written.
    Lint(&'a [LintedFile], &'a [Failed]),
    /// A recommendation.
    Advise(&'a Advice),
    /// Two plans.
    Diff(&'a PlanDiff),
    /// A pipeline, reviewed.
    #[cfg(feature = "pipeline")]
    Pipeline(&'a crate::pipeline::Pipeline, &'a [crate::rules::Finding]),
}

/// Notes on what was given, above what is shown.
#[derive(Template)]
#[template(
    source = r#"{% for note in notes %}<p class="note">{{ note }}</p>{% endfor %}"#,
    ext = "html"
)]
struct Notes<'a> {
    notes: &'a [String],
}

/// The file.
///
/// # Errors
/// Never in practice: writing to a string fails only when the template does.
pub fn render(view: View<'_>) -> Result<String, askama::Error> {
    render_with(view, &[])
}

/// The file, with notes on what was given.
///
/// # Errors
/// As [`render`].
pub fn render_with(view: View<'_>, notes: &[String]) -> Result<String, askama::Error> {
    let title = match view {
        View::Explain([only]) => shown(&only.name),
        View::Explain(all) => format!("{} inputs", all.len()),
        View::Lint([only], _) => shown(&only.path),
        View::Lint(all, _) => format!("{} files", all.len()),
        View::Advise(_) => "Recommendations".to_owned(),
        View::Diff(_) => "Two plans".to_owned(),
        #[cfg(feature = "pipeline")]
        View::Pipeline(..) => "The pipeline".to_owned(),
    };
    Page::new(title, body(view, notes, ROOM_IN_FILE)?).render()
}

/// What a page shows, under the notes, without the page around it.
///
/// # Errors
/// As [`render`].
pub fn fragment(view: View<'_>, notes: &[String]) -> Result<String, askama::Error> {
    body(view, notes, ROOM_IN_ANSWER)
}

/// One plan of several, by its number among all of them from one, as the page asks for it when it is
/// opened; empty where there is none.
///
/// # Errors
/// As [`render`].
pub fn plan(explanations: &[Explanation], number: usize) -> Result<String, askama::Error> {
    view::one(explanations, number)
}

fn body(view: View<'_>, notes: &[String], room: usize) -> Result<String, askama::Error> {
    let notes = Notes { notes }.render()?;
    let shown = match view {
        View::Explain(explanations) => view::Fragment::of(explanations, room)?.render(),
        View::Lint(files, failed) => lint::fragment(files, failed),
        View::Advise(advice) => advise::fragment(advice),
        View::Diff(diff) => compare::diff(diff),
        #[cfg(feature = "pipeline")]
        View::Pipeline(pipeline, findings) => pipeline::fragment(pipeline, findings),
    }?;
    Ok(notes + &shown)
}
