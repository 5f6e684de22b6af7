//! DK262: functions in Python.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::comments::comments;

crate::declare_rule! {
    /// ## What it does
    /// Reports CREATE FUNCTION with LANGUAGE plpythonu.
    ///
    /// ## Why is this bad?
    /// Redshift takes no new Python functions since Patch 198 (November 2025), and the existing ones
    /// are out of support since 30 June 2026.
    ///
    /// ## Example
    /// ```sql
    /// create function f_double (a int) returns int stable as $$ return 2 * a $$ language plpythonu;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create function f_double (int) returns int stable as $$ select 2 * $1 $$ language sql;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Python user-defined functions will reach end of support after June 30, 2026:
    ///   <https://aws.amazon.com/blogs/big-data/amazon-redshift-python-user-defined-functions-will-reach-end-of-support-after-june-30-2026/>
    pub const RULE = ("DK262", "python-udf", Schema, Error, ["Amazon Redshift Python user-defined functions will reach end of support after June 30, 2026, https://aws.amazon.com/blogs/big-data/amazon-redshift-python-user-defined-functions-will-reach-end-of-support-after-june-30-2026/"]);
}

/// The function.
#[derive(Debug, Serialize)]
pub(super) struct PythonUdf {
    function: String,
}

impl Violation for PythonUdf {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is a Python function: Redshift refuses new ones, and existing ones are out of support",
            self.function
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Write it as a SQL function, or as a Lambda function (CREATE EXTERNAL FUNCTION).",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in cx.top_level() {
        let text = cx.text_of(statement);
        let kind = crate::sql::kind(text);
        if kind != "CREATE FUNCTION" || !is_python(text) {
            continue;
        }
        let mut words = text.split(|c: char| c.is_whitespace() || c == '(');
        let function = words
            .by_ref()
            .skip_while(|word| !word.eq_ignore_ascii_case("function"))
            .nth(1);
        let finding = PythonUdf {
            function: function.unwrap_or_default().to_owned(),
        };
        findings.push(finding.at(cx.location(statement.span)));
    }
    findings
}

/// Whether the language of a function is Python: the word that follows LANGUAGE outside of the body.
fn is_python(text: &str) -> bool {
    // What stands between the marks of the body is the function's own text.
    let outside: String = match (text.find("$$"), text.rfind("$$")) {
        (Some(first), Some(last)) if first < last => [&text[..first], &text[last + 2..]].join(" "),
        _ => text.to_owned(),
    };
    let mut plain = outside.clone();
    for (start, comment) in comments(&outside).collect::<Vec<_>>().into_iter().rev() {
        plain.replace_range(start..start + comment.len(), " ");
    }
    let mut words = plain.split(|c: char| c.is_whitespace() || c == ';');
    let mut words = words.by_ref().filter(|word| !word.is_empty());
    let mut language = words
        .by_ref()
        .skip_while(|word| !word.eq_ignore_ascii_case("language"));
    language
        .nth(1)
        .is_some_and(|word| word.eq_ignore_ascii_case("plpythonu"))
}
