//! DK250: TRUNCATE in the middle of a transaction.

use serde::Serialize;

use super::{Context, edits};
use crate::name::TableName;
use crate::rules::{Edit, Finding, Fix, Remedy, RuleInfo, Violation};
use crate::schema::uses::Change;
use crate::sql::Statement;
use crate::text::Span;
use crate::text::comments::comments;

crate::declare_rule! {
    /// ## What it does
    /// Reports TRUNCATE between BEGIN and COMMIT, and in a procedure after it changed rows.
    ///
    /// ## Why is this bad?
    /// TRUNCATE commits the transaction that it runs in. What stands before it can no longer be
    /// rolled back, the table is empty for everybody at once, and what follows is no longer part
    /// of the transaction: where the load after it fails, the table stays empty.
    ///
    /// ## Example
    /// ```sql
    /// create table stock (item_id bigint, pieces int);
    /// begin;
    /// truncate stock;
    /// insert into stock select item_id, pieces from stock_stage;
    /// commit;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table stock (item_id bigint, pieces int);
    /// begin;
    /// delete from stock;
    /// insert into stock select item_id, pieces from stock_stage;
    /// commit;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: TRUNCATE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html>
    pub const RULE = ("DK250", "truncate-in-transaction", Schema, Warning, ["Amazon Redshift Database Developer Guide: TRUNCATE, https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html"]);
}

/// The table, and what the transaction did before.
#[derive(Debug, Serialize)]
pub(super) struct TruncateInTransaction {
    table: Option<TableName>,
    /// Statements between BEGIN and TRUNCATE.
    before: usize,
    /// Statements between TRUNCATE and the end of the transaction.
    after: usize,
    /// Whether it stands in a procedure.
    procedure: bool,
}

impl Violation for TruncateInTransaction {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let table = self
            .table
            .as_ref()
            .map_or(String::new(), |table| format!(" `{table}`"));
        let statements = |n: usize| match n {
            1 => "1 statement".to_owned(),
            n => format!("{n} statements"),
        };
        if self.procedure {
            return format!(
                "TRUNCATE{table} commits what the procedure did before: it can't be rolled back"
            );
        }
        let before = match self.before {
            0 => String::new(),
            n => format!(" {} before it can't be rolled back;", statements(n)),
        };
        let after = match self.after {
            0 => " what follows is outside of it".to_owned(),
            n => format!(
                " {} after it, up to COMMIT, are outside of it",
                statements(n)
            ),
        };
        let after = after.replace(
            "1 statement after it, up to COMMIT, are",
            "1 statement after it is",
        );
        format!("TRUNCATE{table} commits the transaction that BEGIN opened:{before}{after}")
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "DELETE FROM takes part in the transaction; or TRUNCATE before BEGIN, where an empty \
             table does no harm.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut open: Option<Vec<&Statement>> = None;
    for statement in cx.top_level() {
        match crate::sql::kind(cx.text_of(statement)).as_str() {
            "BEGIN" | "START" => {
                // Without an end before it, it is another session's.
                open = Some(Vec::new());
            }
            "COMMIT" | "END" => findings.extend(find(cx, &open.take().unwrap_or_default())),
            // Nothing of it was meant to stay.
            "ROLLBACK" | "ABORT" => open = None,
            _ => {
                if let Some(open) = &mut open {
                    open.push(statement);
                }
            }
        }
    }
    findings.extend(find(cx, &open.unwrap_or_default()));
    for body in cx.bodies() {
        findings.extend(in_procedure(cx, &body));
    }
    findings
}

/// The TRUNCATEs of a procedure that follow a change of rows, up to a COMMIT of its own.
fn in_procedure(cx: &Context<'_>, body: &[&Statement]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut changed = 0;
    let mut end = 0;
    for statement in body {
        let Some(write) = cx.here.writes_of(statement.span).first() else {
            continue;
        };
        // COMMIT and ROLLBACK of a body are no statements of the script.
        let between = cx.source.text.get(end..statement.span.start);
        if changed > 0 && between.is_some_and(ends_transaction) {
            changed = 0;
        }
        end = statement.span.end;
        if write.change != Change::Truncate {
            changed += 1;
            continue;
        }
        if changed > 0 {
            let finding = TruncateInTransaction {
                table: Some(write.table.clone()),
                before: changed,
                after: 0,
                procedure: true,
            };
            findings.push(finding.at(cx.location(statement.span)));
        }
        changed = 0;
    }
    findings
}

/// The TRUNCATEs of one transaction.
fn find(cx: &Context<'_>, statements: &[&Statement]) -> Vec<Finding> {
    let is_truncate = |statement: &Statement| crate::sql::kind(cx.text_of(statement)) == "TRUNCATE";
    let mut findings = Vec::new();
    let mut since = 0;
    for (at, statement) in statements.iter().enumerate() {
        if !is_truncate(statement) {
            continue;
        }
        let mut writes = cx.here.writes_of(statement.span).iter();
        let write = writes.find(|write| write.change == Change::Truncate);
        let finding = TruncateInTransaction {
            table: write.map(|write| write.table.clone()),
            before: at - since,
            after: statements.len() - at - 1,
            procedure: false,
        };
        since = at + 1;
        let place = cx.location(statement.span);
        findings.push(finding.at(place).with_fix(deleted(cx, statement)));
    }
    findings
}

/// Whether COMMIT or ROLLBACK stands in a part of a body, outside of its comments.
fn ends_transaction(text: &str) -> bool {
    let mut plain = text.to_owned();
    for (start, comment) in comments(text).collect::<Vec<_>>().into_iter().rev() {
        plain.replace_range(start..start + comment.len(), " ");
    }
    let mut words = plain.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| {
        ["commit", "rollback"]
            .iter()
            .any(|end| word.eq_ignore_ascii_case(end))
    })
}

/// `DELETE FROM` for `TRUNCATE [TABLE]`.
fn deleted(cx: &Context<'_>, statement: &Statement) -> Option<Fix> {
    let text = cx.text_of(statement);
    let mut end = "TRUNCATE".len();
    let first = text.get(..end)?;
    if !first.eq_ignore_ascii_case("TRUNCATE") {
        return None;
    }
    let rest = text.get(end..)?;
    let blanks = rest.len() - rest.trim_start().len();
    let word = rest.split_whitespace().next()?;
    if word.eq_ignore_ascii_case("table") {
        end += blanks + word.len();
    }
    let span = Span::new(statement.span.start, statement.span.start + end);
    let edit: Edit = edits::replace(cx, span, "delete from");
    edits::unsafe_fix(vec![edit])
}
