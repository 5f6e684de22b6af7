//! What a statement writes, in a sentence and in documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::name::{Ident, TableName};
use crate::plan::{Placement, Writes};
use crate::sql::{Destination, WriteKind};
use crate::text::units::{count, counted, size};

/// What a statement writes, as documents have it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WritesView<'a> {
    /// `INSERT`, `CREATE TABLE AS`, ….
    statement: &'static str,
    table: Option<&'a TableName>,
    /// The prefix of the files, for UNLOAD.
    files: Option<&'a str>,
    rows: f64,
    /// Before compression.
    bytes: f64,
    /// Rows that are marked as deleted; for MERGE at most so many.
    rows_deleted: f64,
    /// `stay`, `placed`, `hashed`, `round_robin`, `every_node` or `unknown`.
    placement: &'static str,
    distkey: Option<&'a Ident>,
    /// Bytes that go to another node on the way to the table.
    network_bytes: f64,
    text: String,
}

/// In a sentence; `moved` bytes go to another node.
pub fn sentence(writes: &Writes, moved: f64) -> String {
    let statement = writes.kind.as_str();
    let bytes = size(writes.bytes());
    let rows = counted(writes.rows.round(), "row");
    let into = match &writes.into {
        Destination::Files(prefix) => {
            return format!(
                "{statement} writes about {rows}, {bytes} before compression, to files under \
                 `{prefix}`."
            );
        }
        Destination::Table(table) => table,
    };
    let deleted = counted(writes.deleted.round(), "row");
    let marks = match writes.kind {
        WriteKind::Delete => {
            return format!("{statement} marks about {deleted} of `{into}` as deleted.");
        }
        WriteKind::Update => ", and marks as many old ones as deleted".to_owned(),
        WriteKind::Merge => format!(
            ", and marks at most {} old ones as deleted",
            count(writes.deleted.round())
        ),
        _ => String::new(),
    };
    let way = way(&writes.placement, &size(moved));
    format!(
        "{statement} writes about {rows}, {bytes} before compression, into `{into}`{marks} ({way})."
    )
}

fn way(placement: &Placement, moved: &str) -> String {
    match placement {
        Placement::Stay => "they stay on the slices that hold them".to_owned(),
        Placement::Placed(key) => format!("DISTKEY({key}): they are there already"),
        Placement::Hashed(key) => format!("DISTKEY({key}): redistributed, {moved} between nodes"),
        Placement::RoundRobin => {
            format!("DISTSTYLE EVEN: spread round robin, {moved} between nodes")
        }
        Placement::EveryNode => {
            format!("DISTSTYLE ALL: copied to every node, {moved} between nodes")
        }
        Placement::Unknown => {
            format!("it is not in the DDL: taken as redistributed, {moved} between nodes")
        }
    }
}

/// As documents have it; `moved` bytes go to another node.
pub fn view(writes: &Writes, moved: f64) -> WritesView<'_> {
    let (table, files) = match &writes.into {
        Destination::Table(table) => (Some(table), None),
        Destination::Files(prefix) => (None, Some(prefix.as_str())),
    };
    let (placement, distkey) = match &writes.placement {
        Placement::Stay => ("stay", None),
        Placement::Placed(key) => ("placed", Some(key)),
        Placement::Hashed(key) => ("hashed", Some(key)),
        Placement::RoundRobin => ("round_robin", None),
        Placement::EveryNode => ("every_node", None),
        Placement::Unknown => ("unknown", None),
    };
    WritesView {
        statement: writes.kind.as_str(),
        table,
        files,
        rows: writes.rows.round(),
        bytes: writes.bytes().round(),
        rows_deleted: writes.deleted.round(),
        placement,
        distkey,
        network_bytes: moved.round(),
        text: sentence(writes, moved),
    }
}
