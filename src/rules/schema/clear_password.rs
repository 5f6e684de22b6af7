//! DK259: a password in clear text.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::secrets::{self, SecretKind};

crate::declare_rule! {
    /// ## What it does
    /// Reports CREATE USER and ALTER USER with a password written out. A hash, DISABLE and a
    /// placeholder such as `:password` are left alone. No report shows the password.
    ///
    /// ## Why is this bad?
    /// The password is in version control and in every log of what ran.
    ///
    /// ## Example
    /// ```sql
    /// create user loader password 'Example-Passw0rd';
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create user loader password disable;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: CREATE USER:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html>
    pub const RULE = ("DK259", "clear-password", Schema, Error, ["Amazon Redshift Database Developer Guide: CREATE USER, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html"]);
}

/// The statement.
#[derive(Debug, Serialize)]
pub(super) struct ClearPassword {
    statement: String,
}

impl Violation for ClearPassword {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("{} has a password in clear text", self.statement)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Sign in by IAM (PASSWORD DISABLE), or give the SHA-256 hash (`'sha256|…'`); then change this \
             password.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let kind = crate::sql::kind(cx.text_of(statement));
        if !matches!(kind.as_str(), "CREATE USER" | "ALTER USER") {
            continue;
        }
        let mut masked = cx.source.secrets_in(statement.span);
        let password = masked
            .find(|secret| secret.kind == SecretKind::Password && !is_hash(cx, secret.span.start));
        if let Some(password) = password {
            let finding = ClearPassword { statement: kind };
            findings.push(finding.at(cx.location(password.span)));
        }
    }
    findings
}

/// Whether a hash stands there.
fn is_hash(cx: &Context<'_>, at: usize) -> bool {
    secrets::is_hash(cx.source.unmasked().get(at..).unwrap_or_default())
}
