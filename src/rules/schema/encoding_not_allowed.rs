//! DK217: an encoding that the type does not take.

use serde::Serialize;

use super::{Context, edits};
use crate::name::Ident;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, Encoding};
use crate::sql::{AlterAction, Body, ColumnAttribute, ColumnDef};

crate::declare_rule! {
    /// ## What it does
    /// Reports encodings that Redshift refuses for a column's type, and encodings that do not
    /// exist.
    ///
    /// ## Why is this bad?
    /// CREATE TABLE fails.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint encode text255, ok boolean encode az64);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (id bigint encode az64, ok boolean encode zstd);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
    pub const RULE = ("DK217", "encoding-not-allowed", Schema, Error, ["Amazon Redshift Database Developer Guide: Compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"]);
}

/// The column and its encoding.
#[derive(Debug, Serialize)]
pub(super) struct EncodingNotAllowed {
    column: Ident,
    encoding: String,
    data_type: String,
    known: bool,
}

impl Violation for EncodingNotAllowed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.known {
            true => format!(
                "`{}` is {}, which can't be encoded as {}",
                self.column, self.data_type, self.encoding
            ),
            false => format!(
                "`{}` names an encoding that does not exist: {}",
                self.column, self.encoding
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "AZ64 for numbers and times, ZSTD for text and BOOLEAN, RAW for REAL and DOUBLE PRECISION.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, _, _) in cx.created() {
        for column in &create.columns {
            findings.extend(find(cx, column));
        }
    }
    for statement in &cx.script.statements {
        let Body::AlterTable(alter) = &statement.body else {
            continue;
        };
        for (action, _) in &alter.actions {
            if let AlterAction::AddColumn(column) = action {
                findings.extend(find(cx, column));
            }
        }
    }
    findings
}

fn find(cx: &Context<'_>, column: &ColumnDef) -> Option<Finding> {
    let (word, encoding, span) =
        column
            .attributes
            .iter()
            .find_map(|attribute| match attribute {
                ColumnAttribute::Encode(word, encoding, span) => Some((word, *encoding, *span)),
                _ => None,
            })?;
    // `ENCODE AUTO` on a column is not documented, and harmless.
    let allowed = match encoding {
        Some(encoding) => is_allowed(encoding, &column.data_type),
        None => word.eq_ignore_ascii_case("auto"),
    };
    if allowed {
        return None;
    }
    let finding = EncodingNotAllowed {
        column: column.name.0.clone(),
        encoding: word.to_uppercase(),
        data_type: column.data_type.to_string(),
        known: encoding.is_some(),
    };
    let fix = suits(&column.data_type)
        .and_then(|word| edits::safe(vec![edits::replace(cx, span, &format!("encode {word}"))]));
    Some(finding.at(cx.location(span)).with_fix(fix))
}

fn suits(data_type: &DataType) -> Option<&'static str> {
    let word = ["az64", "zstd", "raw"];
    let encodings = [Encoding::Az64, Encoding::Zstd, Encoding::Raw];
    let known = !matches!(data_type, DataType::Other(_));
    // REAL and DOUBLE PRECISION take ZSTD too, which gains little for them.
    let float = matches!(data_type, DataType::Real | DataType::DoublePrecision);
    let at = encodings.iter().position(|encoding| {
        is_allowed(*encoding, data_type) && !(float && *encoding == Encoding::Zstd)
    })?;
    known.then_some(word[at])
}

/// Which encodings a type takes [Compression encodings].
pub(super) fn is_allowed(encoding: Encoding, data_type: &DataType) -> bool {
    use DataType as D;
    use Encoding as E;
    let whole = matches!(
        data_type,
        D::SmallInt | D::Integer | D::BigInt | D::Decimal { .. }
    );
    let time = matches!(data_type, D::Date | D::Timestamp | D::TimestampTz);
    let clock = matches!(data_type, D::Time | D::TimeTz);
    let text = matches!(data_type, D::Varchar(_) | D::Char(_));
    let float = matches!(data_type, D::Real | D::DoublePrecision);
    let other = !(whole || time || clock || text || float || *data_type == D::Boolean);
    match encoding {
        E::Raw => true,
        // What the types beyond these take is not settled in the sources at hand.
        E::Lzo | E::Zstd if other || clock => true,
        E::Az64 => whole || time || clock,
        E::Bytedict => whole || time || text || float,
        E::Delta => whole || time,
        E::Delta32k => time || whole && *data_type != D::SmallInt,
        E::Lzo => whole || time || text,
        E::Mostly8 => whole,
        E::Mostly16 => whole && *data_type != D::SmallInt,
        E::Mostly32 => matches!(data_type, D::BigInt | D::Decimal { .. }),
        E::Runlength | E::Zstd => whole || time || text || float || *data_type == D::Boolean,
        E::Text255 | E::Text32k => matches!(data_type, D::Varchar(_)),
    }
}
