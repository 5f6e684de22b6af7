//! A question → its answer, as text.

use super::question::Question;
use super::refusal::Refusal;
use crate::config::Config;
use crate::report::html::{self, View};
use crate::report::{json, lint};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The command line's JSON: `/api/…`.
    Json,
    /// HTML to put into the page: `/view/…`.
    View,
    /// The report in one file: `/report/…`.
    Report,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum What {
    Explain,
    Diff,
    Lint,
    Advise,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A document.
    Json(String),
    /// A view or a file.
    Html(String),
    /// Why there is none.
    Refused(Refusal),
}

impl Form {
    /// From the first part of a path.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "api" => Some(Form::Json),
            "view" => Some(Form::View),
            "report" => Some(Form::Report),
            _ => None,
        }
    }
}

impl What {
    /// From the second part of a path.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "explain" => Some(What::Explain),
            "diff" => Some(What::Diff),
            "lint" => Some(What::Lint),
            "advise" => Some(What::Advise),
            _ => None,
        }
    }
}

/// Answers the body of a request.
pub fn answer(form: Form, what: What, body: &[u8], config: &Config) -> Answer {
    match answered(form, what, body, config) {
        Ok(answer) => answer,
        Err(refusal) => Answer::Refused(refusal),
    }
}

fn answered(form: Form, what: What, body: &[u8], config: &Config) -> Result<Answer, Refusal> {
    let mut read = Question::of(body)?.read(config)?;
    let notes = read.take_notes();
    match what {
        What::Explain => {
            let only = read.only().filter(|_| form == Form::View);
            let explanations = read.explain()?;
            if let Some(number) = only {
                return html(html::plan(&explanations, number));
            }
            let document = || serde_json::to_value(json::document(&explanations));
            written(form, View::Explain(&explanations), notes, document)
        }
        What::Diff => {
            let diff = read.diff()?;
            written(form, View::Diff(&diff), notes, || {
                serde_json::to_value(&diff)
            })
        }
        What::Lint => {
            let linted = read.lint()?;
            let files = &linted.files;
            let document = || serde_json::to_value(lint::document(files, &[]));
            written(form, View::Lint(files, &[]), notes, document)
        }
        What::Advise => {
            let advice = read.advise()?;
            written(form, View::Advise(&advice), notes, || {
                serde_json::to_value(&advice)
            })
        }
    }
}

fn written(
    form: Form,
    view: View<'_>,
    notes: Vec<String>,
    document: impl FnOnce() -> serde_json::Result<serde_json::Value>,
) -> Result<Answer, Refusal> {
    match form {
        Form::Json => {
            let mut document = document().map_err(|error| Refusal::new(error.to_string()))?;
            // The command line tells them on standard error.
            if let (Some(document), false) = (document.as_object_mut(), notes.is_empty()) {
                document.insert("notes".to_owned(), notes.into());
            }
            Ok(Answer::Json(document.to_string()))
        }
        Form::View => html(html::fragment(view, &notes)),
        Form::Report => html(html::render_with(view, &notes)),
    }
}

fn html(html: Result<String, askama::Error>) -> Result<Answer, Refusal> {
    html.map(Answer::Html)
        .map_err(|error| Refusal::new(error.to_string()))
}
