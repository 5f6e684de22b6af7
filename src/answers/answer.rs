//! A question → its answer, as text.

use super::question::Question;
use super::refusal::Refusal;
use crate::config::Config;
use crate::report::html::{self, View};
use crate::report::{brief, diff, json, lint};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The command line's JSON: `/api/…`.
    Json,
    /// HTML to put into the page: `/view/…`.
    View,
    /// The report in one file: `/report/…`.
    Report,
    /// The command line's JSON with a few lines of text, for an assistant.
    Tool,
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
    /// A document with what it comes to in a few lines.
    Tool {
        /// The document.
        document: String,
        /// What it comes to.
        text: String,
    },
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
            let written = Written {
                view: View::Explain(&explanations),
                notes,
                document: &|| serde_json::to_value(json::document(&explanations)),
                brief: &|| brief::explain(&explanations),
            };
            written.as_(form)
        }
        What::Diff => {
            let diff = read.diff()?;
            let written = Written {
                view: View::Diff(&diff),
                notes,
                document: &|| match form {
                    Form::Tool => {
                        serde_json::to_value(diff::document(["first", "second"], &diff, &[]))
                    }
                    _ => serde_json::to_value(&diff),
                },
                brief: &|| brief::diff(&diff),
            };
            written.as_(form)
        }
        What::Lint => {
            let linted = read.lint()?;
            let files = &linted.files;
            let written = Written {
                view: View::Lint(files, &[]),
                notes,
                document: &|| serde_json::to_value(lint::document(files, &[])),
                brief: &|| brief::lint(files),
            };
            written.as_(form)
        }
        What::Advise => {
            let mut advice = read.advise()?;
            if form == Form::Tool {
                advice.keep_what_pays();
            }
            let written = Written {
                view: View::Advise(&advice),
                notes,
                document: &|| serde_json::to_value(&advice),
                brief: &|| brief::advise(&advice),
            };
            written.as_(form)
        }
    }
}

/// An answer in all of its forms.
struct Written<'a> {
    view: View<'a>,
    /// What of the statistics is not understood.
    notes: Vec<String>,
    document: &'a dyn Fn() -> serde_json::Result<serde_json::Value>,
    brief: &'a dyn Fn() -> Vec<String>,
}

impl Written<'_> {
    fn as_(self, form: Form) -> Result<Answer, Refusal> {
        let document = || (self.document)().map_err(|error| Refusal::new(error.to_string()));
        match form {
            Form::Json => {
                let mut document = document()?;
                // The command line tells them on standard error.
                if let (Some(document), false) = (document.as_object_mut(), self.notes.is_empty()) {
                    document.insert("notes".to_owned(), self.notes.into());
                }
                Ok(Answer::Json(document.to_string()))
            }
            Form::Tool => Ok(Answer::Tool {
                document: document()?.to_string(),
                text: brief::bounded((self.brief)().into_iter().chain(self.notes)),
            }),
            Form::View => html(html::fragment(self.view, &self.notes)),
            Form::Report => html(html::render_with(self.view, &self.notes)),
        }
    }
}

fn html(html: Result<String, askama::Error>) -> Result<Answer, Refusal> {
    html.map(Answer::Html)
        .map_err(|error| Refusal::new(error.to_string()))
}
