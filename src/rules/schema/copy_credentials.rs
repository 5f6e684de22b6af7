//! DK228: an access key in clear text.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Parameter};
use crate::text::secrets::SecretKind;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY and UNLOAD statements with a secret written out.
    /// That is the secret of an access key, a session token, or the key of client-side encryption.
    /// Placeholders such as `<access-key>`, `:key`, `%s` or `${KEY}` are left alone. No report
    /// shows the secret: it is masked in quoted lines too.
    ///
    /// ## Why is this bad?
    /// The secret is in version control, in the query history and in every log that shows the
    /// statement.
    ///
    /// ## Example
    /// ```sql
    /// copy sales from 's3://example-shop/sales/' access_key_id 'AKIAEXAMPLE' secret_access_key 'c2VjcmV0' csv;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// copy sales from 's3://example-shop/sales/' iam_role default csv;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: COPY: authorization parameters:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html>
    pub const RULE = ("DK228", "copy-credentials", Schema, Error, ["Amazon Redshift Database Developer Guide: COPY: authorization parameters, https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html"]);
}

/// Where it stands.
#[derive(Debug, Serialize)]
pub(super) struct CopyCredentials {
    table: String,
    parameter: String,
}

impl Violation for CopyCredentials {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is loaded or unloaded with a secret in clear text ({})",
            self.table, self.parameter
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Use IAM_ROLE default, or the ARN of a role; then make this key invalid.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let (table, parameters) = match &statement.body {
            Body::Copy(copy) => (copy.table.table.to_string(), &copy.parameters),
            Body::Unload(unload) => (unload.to.0.clone(), &unload.parameters),
            _ => continue,
        };
        if let Some(parameter) = parameters
            .iter()
            .find(|parameter| holds_secret(cx, parameter))
        {
            let finding = CopyCredentials {
                table,
                parameter: parameter.name.clone(),
            };
            findings.push(finding.at(cx.location(parameter.span)));
        }
    }
    findings
}

/// The name of a key alone opens nothing.
fn holds_secret(cx: &Context<'_>, parameter: &Parameter) -> bool {
    let mut secrets = cx.source.secrets_in(parameter.span);
    secrets.any(|secret| secret.kind != SecretKind::AccessKeyId)
}
