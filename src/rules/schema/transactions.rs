//! The transactions of a file.

use super::Context;
use crate::text::Span;

/// From each BEGIN to its COMMIT, END, ROLLBACK or ABORT, or to the end of the file; and each
/// procedure, whose CALL is one.
pub(super) fn spans(cx: &Context<'_>) -> Vec<Span> {
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
