//! DK271: parameters of COPY or UNLOAD that exclude each other.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Parameter};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports parameters of COPY and UNLOAD that exclude each other, are given twice or pass a limit.
    ///
    /// ## Why is this bad?
    /// The load or unload fails.
    ///
    /// ## Example
    /// ```sql
    /// copy orders from 's3://bucket/orders/' iam_role default csv escape removequotes;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// copy orders from 's3://bucket/orders/' iam_role default csv quote as '"';
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Data format parameters of COPY:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html>
    /// - Amazon Redshift Database Developer Guide: COPY from columnar data formats:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html>
    /// - Amazon Redshift Database Developer Guide: UNLOAD:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>
    pub const RULE = ("DK271", "exclusive-parameters", Schema, Error, ["Amazon Redshift Database Developer Guide: COPY parameter reference, https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-parameters.html", "Amazon Redshift Database Developer Guide: UNLOAD, https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html"]);
}

/// One of a pair, and what it excludes.
type Exclusion = (&'static str, &'static [&'static str]);

/// Formats, of which a load has one.
const FORMATS: [&str; 7] = [
    "CSV",
    "FIXEDWIDTH",
    "AVRO",
    "JSON",
    "ORC",
    "PARQUET",
    "SHAPEFILE",
];
/// Ways to be let in, of which there is one.
const AUTHORIZATIONS: [&str; 3] = ["IAM_ROLE", "CREDENTIALS", "ACCESS_KEY_ID"];
/// Compressions, of which there is one.
const COMPRESSIONS: [&str; 4] = ["BZIP2", "GZIP", "LZOP", "ZSTD"];
/// What columnar files do not take [COPY from columnar data formats].
const NOT_COLUMNAR: &[&str] = &[
    "ACCEPTANYDATE",
    "BLANKSASNULL",
    "BZIP2",
    "COMPROWS",
    "DATEFORMAT",
    "DELIMITER",
    "EMPTYASNULL",
    "ENCODING",
    "ENCRYPTED",
    "ESCAPE",
    "GZIP",
    "IGNOREALLERRORS",
    "IGNOREBLANKLINES",
    "IGNOREHEADER",
    "LZOP",
    "MAXERROR",
    "NULL",
    "QUOTE",
    "READRATIO",
    "REMOVEQUOTES",
    "ROUNDEC",
    "TIMEFORMAT",
    "TRIMBLANKS",
    "ZSTD",
];

const OF_COPY: &[Exclusion] = &[
    ("CSV", &["ESCAPE", "REMOVEQUOTES"]),
    ("FIXEDWIDTH", &["DELIMITER"]),
    ("ORC", NOT_COLUMNAR),
    ("PARQUET", NOT_COLUMNAR),
    ("MAXERROR", &["IGNOREALLERRORS"]),
];

/// What only texts have that UNLOAD writes.
const OF_TEXTS: &[&str] = &[
    "DELIMITER",
    "FIXEDWIDTH",
    "ADDQUOTES",
    "ESCAPE",
    "NULL",
    "HEADER",
];

const OF_UNLOAD: &[Exclusion] = &[
    ("PARQUET", OF_TEXTS),
    ("PARQUET", &["GZIP", "BZIP2", "ZSTD"]),
    ("JSON", OF_TEXTS),
    ("CSV", &["FIXEDWIDTH"]),
    ("FIXEDWIDTH", &["DELIMITER", "HEADER"]),
    ("CLEANPATH", &["ALLOWOVERWRITE"]),
    ("KMS_KEY_ID", &["CREDENTIALS", "MASTER_SYMMETRIC_KEY"]),
    ("MASTER_SYMMETRIC_KEY", &["CREDENTIALS"]),
];

/// What a parameter goes with: one of these.
const NEEDED: &[Exclusion] = &[
    ("ACCESS_KEY_ID", &["SECRET_ACCESS_KEY"]),
    ("SECRET_ACCESS_KEY", &["ACCESS_KEY_ID"]),
    ("QUOTE", &["CSV"]),
    ("KMS_KEY_ID", &["ENCRYPTED"]),
    ("MASTER_SYMMETRIC_KEY", &["ENCRYPTED"]),
];

/// Errors that MAXERROR lets pass at most [Data load operations].
const MOST_ERRORS: u64 = 100_000;

/// What is wrong.
#[derive(Debug, Serialize)]
pub(super) struct ExclusiveParameters {
    what: String,
    #[serde(skip)]
    instead: &'static str,
}

impl Violation for ExclusiveParameters {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Redshift refuses this: {}", self.what)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(self.instead)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in cx.script.statements.iter().filter(|of| !of.templated) {
        let found = match &statement.body {
            Body::Copy(copy) => find(&copy.parameters, OF_COPY),
            Body::Unload(unload) => find(&unload.parameters, OF_UNLOAD),
            _ => None,
        };
        findings.extend(found.map(|(what, instead, span)| {
            ExclusiveParameters { what, instead }.at(cx.location(span))
        }));
    }
    findings
}

/// A parameter's name; of `FORMAT AS CSV`, the format's.
fn name(parameter: &Parameter) -> &str {
    let format = parameter.values.iter().find(|value| *value != "AS");
    match (parameter.name.as_str(), format) {
        ("FORMAT", Some(format)) => format,
        (name, _) => name,
    }
}

/// The first that is wrong: what, what to do, and where.
fn find(
    parameters: &[Parameter],
    exclusions: &[Exclusion],
) -> Option<(String, &'static str, Span)> {
    for (at, parameter) in parameters.iter().enumerate() {
        let this = name(parameter);
        for before in &parameters[..at] {
            let other = name(before);
            if this == other {
                return Some((
                    format!("{this} is given twice"),
                    "Keep one of them.",
                    parameter.span,
                ));
            }
            let one_of = |list: &[&str]| list.contains(&this) && list.contains(&other);
            let listed = |a: &str, b: &str| {
                exclusions
                    .iter()
                    .any(|(of, others)| *of == a && others.contains(&b))
            };
            let excluded = one_of(&FORMATS)
                || one_of(&AUTHORIZATIONS)
                || one_of(&COMPRESSIONS)
                || listed(this, other)
                || listed(other, this);
            if excluded {
                let what = format!("{other} and {this} exclude each other");
                return Some((what, "Keep the one that is meant.", parameter.span));
            }
        }
        let most = parameter
            .values
            .iter()
            .find_map(|value| value.parse::<u64>().ok());
        if this == "MAXERROR" && most.is_some_and(|errors| errors > MOST_ERRORS) {
            let what = format!("MAXERROR is {MOST_ERRORS} at most");
            return Some((
                what,
                "Mend the files, or load them into a text column first.",
                parameter.span,
            ));
        }
    }
    let has = |wanted: &str| parameters.iter().any(|parameter| name(parameter) == wanted);
    let alone = NEEDED.iter().find_map(|(needs, needed)| {
        let parameter = parameters
            .iter()
            .find(|parameter| name(parameter) == *needs)?;
        (!needed.iter().any(|needed| has(needed))).then_some((needs, needed, parameter.span))
    });
    alone.map(|(needs, needed, span)| {
        let what = format!("{needs} without {}", needed.join(" or "));
        (what, "Add what is missing, or leave it out.", span)
    })
}
