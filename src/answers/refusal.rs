//! Why a question gets no answer, and which of its fields it is about.

use std::fmt::Display;

/// What is wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the field; `None` where it is about none of them.
    pub field: Option<&'static str>,
    /// What is wrong and what to do, in the command line's words.
    message: String,
}

impl Refusal {
    /// About no field.
    pub fn new(message: String) -> Self {
        Self {
            field: None,
            message,
        }
    }

    /// About a field.
    pub fn at(field: &'static str, message: String) -> Self {
        Self {
            field: Some(field),
            message,
        }
    }

    /// What is wrong, in the page's words.
    pub fn on_page(&self) -> String {
        with(ON_PAGE, &self.message)
    }

    /// What is wrong, in the words of somebody who names arguments.
    pub fn for_tool(&self) -> String {
        with(FOR_TOOL, &self.message)
    }

    /// As it is read on the other side.
    pub(super) fn to_json(&self) -> String {
        serde_json::json!({
            "error": self.on_page(),
            "field": self.field,
            "of_tool": self.for_tool(),
        })
        .to_string()
    }
}

/// Says which field an error is about.
pub(super) trait At<T> {
    /// The same result, refused at this field.
    fn at(self, field: &'static str) -> Result<T, Refusal>;
}

impl<T, E: Display> At<T> for Result<T, E> {
    fn at(self, field: &'static str) -> Result<T, Refusal> {
        self.map_err(|error| Refusal::at(field, error.to_string()))
    }
}

/// The arguments of the command line and the page's words for them; those that a value follows
/// stand before what is written into the field.
const ON_PAGE: &[(&str, &str)] = &[
    ("`--distkey ", "`"),
    ("`--diststyle ", "`"),
    ("`--sortkey ", "`"),
    ("`--scale ", "`"),
    ("`--grow ", "`"),
    ("`--to-cluster ", "`"),
    (" with --stats", " under Statistics"),
    ("with --query", "under Predict a query"),
    ("--scale ", ""),
];

/// The same for the arguments of a tool.
const FOR_TOOL: &[(&str, &str)] = &[
    ("`--distkey ", "`"),
    ("`--diststyle ", "`"),
    ("`--sortkey ", "`"),
    ("`--scale ", "`"),
    ("`--grow ", "`"),
    ("`--to-cluster ", "`"),
    (" with --stats", " as `stats`"),
    ("with --query", "with `query`"),
    ("--scale ", ""),
    ("paste ", "give "),
];

/// A message in other words.
fn with(words: &[(&str, &str)], message: &str) -> String {
    let of = |text: String, (flag, words): &(&str, &str)| text.replace(flag, words);
    words.iter().fold(message.to_owned(), of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Asked, WhatIf};

    #[test]
    fn no_refusal_of_a_what_if_names_an_argument() {
        let list = |text: &str| vec![text.to_owned()];
        let none = Asked::default;
        for asked in [
            Asked {
                distkey: list("orders="),
                ..none()
            },
            Asked {
                diststyle: list("orders=any"),
                ..none()
            },
            Asked {
                sortkey: list("orders"),
                ..none()
            },
            Asked {
                scale: list("x=0"),
                ..none()
            },
            Asked {
                grow: Some("orders=fast".to_owned()),
                ..none()
            },
            Asked {
                to_cluster: Some("ra3.huge:4".to_owned()),
                ..none()
            },
        ] {
            let error = WhatIf::try_from(&asked).expect_err("half typed");
            let refusal = Refusal::new(error.to_string());
            for message in [refusal.on_page(), refusal.for_tool()] {
                assert!(!message.contains("--"), "{message}");
            }
        }
    }
}
