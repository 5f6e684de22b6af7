//! Where a table is defined.

use lsp_types::Location;

use super::names::{Meant, meant};
use super::position::{Lines, offset_of};
use super::uri;
use super::workspace::Workspace;

/// The statement that defines the table, or the table of the column, under the cursor.
pub(super) fn at(text: &str, offset: usize, workspace: &mut Workspace) -> Option<Location> {
    let (found, ..) = meant(text, offset, workspace.schema())?;
    let (number, span) = match found {
        Meant::Table(table) => table.defined_at,
        // A column's place is told without its file: a table's ALTERs may be in others.
        Meant::Column(table, column) => {
            let (number, statement) = table.defined_at;
            let inside = statement.start <= column.span.start && column.span.end <= statement.end;
            (number, if inside { column.span } else { statement })
        }
    };
    let source = workspace.source(number)?;
    let uri = uri::of_path(workspace.path(number)?)?;
    // Secrets are masked by as many bytes.
    let text = source.unmasked();
    let (start, end) = match source.is_own_text() {
        true => (span.start, span.end),
        false => {
            let place = source.line_column(span.start);
            let start = offset_of(text, place);
            (start, start)
        }
    };
    let range = Lines::of(text).range(start, end);
    Some(Location { uri, range })
}
