//! What becomes of the rows of a statement that writes.

use crate::plan::{Placement, Writes};
use crate::planner::join_choice::Dist;
use crate::planner::logical::tree::{Kept, Target};
use crate::schema::Column;
use crate::sql::{WriteKind, ident};
use crate::work::bytes_of;

use super::Physical;
use super::rel::Rel;

impl Physical<'_, '_> {
    /// What a statement writes whose query comes to this relation.
    pub(super) fn writes(&mut self, target: &Target<'_>, rel: &Rel) -> Writes {
        let stats = target.table.and_then(|table| self.stats.table(&table.name));
        let most = stats.and_then(|stats| stats.rows);
        // As the work is measured: what is likely, where that is not what is printed.
        let likely = rel.step.range.unwrap_or(rel.range).likely;
        let found = (rel.rows * likely).max(1.0);
        // A row of the target is changed once, however many rows it is joined with.
        let changed = most.map_or(found, |most| found.min(most));
        let (rows, deleted) = match target.write.kind {
            WriteKind::Delete => (0.0, changed),
            // Redshift deletes the row and inserts a new one (Amazon Redshift Database
            // Developer Guide: UPDATE, usage notes).
            WriteKind::Update => (changed, changed),
            WriteKind::Merge => (found, changed),
            _ => (found, 0.0),
        };
        if target.write.kind == WriteKind::Merge {
            self.assumptions.add(
                "Redshift does not explain MERGE, so there is no printed plan to follow: this is the \
                 join of source and target that finds the rows with and without a match. That \
                 Redshift runs it as several statements, and how many rows match, is not in it.",
            );
        }
        Writes {
            kind: target.write.kind,
            into: target.write.into.clone(),
            rows,
            width: self.row_width(target),
            deleted,
            placement: self.placement(target, rel),
        }
    }

    /// Bytes of a row that is written: of the whole row that an UPDATE or MERGE writes anew, of
    /// what an INSERT gives, which of VALUES is known by the target's columns only.
    fn row_width(&self, target: &Target<'_>) -> f64 {
        let listed = &target.write.columns;
        let whole = match target.write.kind {
            WriteKind::Delete => return 0.0,
            WriteKind::Update | WriteKind::Merge => true,
            WriteKind::Insert if target.values.is_empty() => listed.is_empty(),
            _ => return self.columns.width(target.values.iter()) + 0.0,
        };
        let Some(table) = target.table else {
            return self.columns.width(target.values.iter()) + 0.0;
        };
        let stats = self.stats.table(&table.name).cloned().unwrap_or_default();
        let is_written =
            |column: &&Column| whole || listed.iter().any(|name| ident(name) == column.name);
        let columns = table.columns.iter().filter(is_written);
        let bytes = |column: &Column| bytes_of(&column.data_type, &stats, &column.name);
        columns.map(bytes).sum::<f64>() + 0.0
    }

    fn placement(&self, target: &Target<'_>, rel: &Rel) -> Placement {
        let whole_everywhere = rel.dist == Dist::All;
        match &target.kept {
            Kept::AsFound => Placement::Stay,
            Kept::Unknown => Placement::Unknown,
            Kept::All if whole_everywhere => Placement::Stay,
            Kept::All => Placement::EveryNode,
            Kept::Even if whole_everywhere => Placement::Stay,
            Kept::Even => Placement::RoundRobin,
            Kept::Key(key, _) if whole_everywhere => Placement::Placed(key.clone()),
            Kept::Key(key, fed) => {
                let there = |id| match &rel.dist {
                    Dist::Key(keys) => match keys.as_slice() {
                        [equal] => equal
                            .iter()
                            .any(|own| self.columns.root(*own) == self.columns.root(id)),
                        _ => false,
                    },
                    _ => false,
                };
                match fed.is_some_and(there) && self.hashes_alike(target, *fed) {
                    true => Placement::Placed(key.clone()),
                    false => Placement::Hashed(key.clone()),
                }
            }
        }
    }

    /// Whether a value hashes as it would in the target's column.
    fn hashes_alike(
        &self,
        target: &Target<'_>,
        fed: Option<crate::planner::logical::expr::ColumnId>,
    ) -> bool {
        let Kept::Key(key, _) = &target.kept else {
            return false;
        };
        let column = target.table.and_then(|table| table.column(key));
        match (column, fed) {
            (Some(column), Some(fed)) => {
                let given = &self.columns.get(self.columns.root(fed)).data_type;
                crate::schema::placed_alike(given, &column.data_type) == Some(true)
            }
            // A new table has the type of its value.
            _ => true,
        }
    }
}
