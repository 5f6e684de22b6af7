//! The transactions of a file.

use super::Context;
use crate::text::Span;

/// The places of a file that are within a transaction: spans in their order, apart from each other.
pub(super) struct Transactions(Vec<Span>);

impl Transactions {
    /// From each BEGIN to its COMMIT, END, ROLLBACK or ABORT, or to the end of the file; and each
    /// procedure, whose CALL is one.
    pub fn of(cx: &Context<'_>) -> Self {
        let mut spans = spans(cx);
        spans.sort_unstable();
        let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match apart.last_mut() {
                Some(last) if span.start <= last.end => *last = last.to(span),
                _ => apart.push(span),
            }
        }
        Self(apart)
    }

    /// Whether an offset is within one.
    pub fn hold(&self, offset: usize) -> bool {
        let after = self.0.partition_point(|span| span.start <= offset);
        let span = after.checked_sub(1).and_then(|at| self.0.get(at));
        span.is_some_and(|span| offset < span.end)
    }
}

fn spans(cx: &Context<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open: Option<usize> = None;
    for statement in cx.top_level() {
        match crate::sql::kind(cx.text_of(statement)).as_str() {
            "BEGIN" | "START" => open = open.or(Some(statement.span.start)),
            "COMMIT" | "END" | "ROLLBACK" | "ABORT" => {
                spans.extend(
                    open.take()
                        .map(|start| Span::new(start, statement.span.end)),
                );
            }
            _ => {}
        }
    }
    spans.extend(open.map(|start| Span::new(start, cx.source.text.len())));
    spans.extend(cx.bodies().filter_map(|body| {
        let (first, last) = (body.first()?, body.last()?);
        Some(Span::new(first.span.start, last.span.end))
    }));
    spans
}
