//! Which blocks a scan can skip: computed from the sort order, never guessed.
//!
//! Redshift keeps every column of every slice in blocks of 1 MB and, per block,
//! the least and the greatest value (the zone map). A block is skipped when the
//! predicate lies outside of them, and with it the same rows of all other columns.
//! Rows that arrived after the last sort lie in a region of their own, where every
//! block holds nearly every value: none of those is skipped.

use super::BLOCK_BYTES;

/// How a table lies on its slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Rows of the table.
    pub rows: f64,
    /// Slices that hold them, each as many as the others.
    pub slices: f64,
    /// Share of the rows that is not sorted yet, 0 to 1.
    pub unsorted: f64,
}

/// What a predicate asks of one column of the sort key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Restriction {
    /// Nothing.
    None,
    /// A given number of single values (`=`, `IN`) that together make up `share` of the rows.
    Values {
        /// How many values.
        count: f64,
        /// Share of the rows, 0 to 1.
        share: f64,
    },
    /// A range of values.
    Range {
        /// Share of the rows, 0 to 1.
        share: f64,
        /// Whether it begins at the least or ends at the greatest value.
        at_edge: bool,
    },
}

/// A column of the sort key, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyColumn {
    /// Distinct values.
    pub distinct: f64,
    /// Bytes of a value on disk.
    pub bytes: f64,
    /// What the predicate asks of it.
    pub restriction: Restriction,
}

/// The rows that a scan can't skip, on one slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surviving {
    /// Separate runs of blocks in the sorted region.
    pub runs: f64,
    /// Rows in them, whole blocks of the restricting column.
    pub rows: f64,
    /// Rows per block of the column that restricts them.
    pub rows_per_block: f64,
}

/// Blocks of one column, over all slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blocks {
    /// Those that are read.
    pub read: f64,
    /// All.
    pub total: f64,
}

/// Values that fit a block.
pub fn rows_per_block(bytes: f64) -> f64 {
    (BLOCK_BYTES / bytes.max(1.0 / 64.0)).floor().max(1.0)
}

impl Layout {
    fn sorted_rows(&self) -> f64 {
        self.rows / self.slices.max(1.0) * (1.0 - self.unsorted.clamp(0.0, 1.0))
    }

    fn unsorted_rows(&self) -> f64 {
        self.rows / self.slices.max(1.0) * self.unsorted.clamp(0.0, 1.0)
    }

    /// The rows of the sorted region that predicates on the sort key leave to be
    /// read; `None` if they leave all.
    pub fn surviving(&self, key: &[KeyColumn]) -> Option<Surviving> {
        let last = key
            .iter()
            .rposition(|column| column.restriction != Restriction::None)?;
        let all = self.sorted_rows();
        // The rows split into groups of equal values in the columns so far; a
        // restriction keeps one run of rows in each group.
        let mut groups = 1.0;
        let mut group_rows = all;
        let mut whole_table = true;
        for column in key.iter().take(last) {
            let (kept, values) = match column.restriction {
                Restriction::None => (1.0, column.distinct),
                Restriction::Values { count, share } => (share, count),
                Restriction::Range { share, .. } => (share, (column.distinct * share).max(1.0)),
            };
            groups *= values.max(1.0);
            group_rows *= kept / values.max(1.0);
            whole_table = false;
        }
        let column = key.get(last)?;
        let block = rows_per_block(column.bytes);
        let group_blocks = group_rows / block;
        let (runs, run_blocks, at_edge) = match column.restriction {
            Restriction::None => return None,
            Restriction::Values { count, share } => {
                (count, group_blocks * share / count.max(1.0), false)
            }
            Restriction::Range { share, at_edge } => (1.0, group_blocks * share, at_edge),
        };
        if run_blocks <= 0.0 {
            return Some(Surviving {
                runs: 0.0,
                rows: 0.0,
                rows_per_block: block,
            });
        }
        let read = if whole_table && at_edge {
            // From the first block of the slice on, or up to its last.
            run_blocks.ceil()
        } else {
            runs * (run_blocks + 1.0)
        };
        // Where two groups meet, a block holds the greatest values of one and the
        // least of the next: its zone map excludes nothing.
        let seams = match (groups > 1.0, at_edge) {
            (true, false) => 1.0,
            _ => 0.0,
        };
        let per_group = (read + seams).min(group_blocks + 1.0);
        let rows = (groups * per_group * block).min((all / block).ceil() * block);
        let touching = group_blocks < per_group;
        Some(Surviving {
            runs: if touching { 1.0 } else { groups * runs },
            rows,
            rows_per_block: block,
        })
    }

    /// Blocks of a column of `bytes` per value, read when `surviving` rows are.
    pub fn blocks(&self, bytes: f64, surviving: Option<Surviving>) -> Blocks {
        let block = rows_per_block(bytes);
        let sorted = (self.sorted_rows() / block).ceil();
        let unsorted = (self.unsorted_rows() / block).ceil();
        let per_slice = match surviving {
            None => sorted,
            Some(surviving) if surviving.runs <= 0.0 => 0.0,
            Some(surviving) => {
                // Runs end where blocks of the restricting column end, somewhere
                // within the blocks of this one.
                let same = (surviving.rows_per_block - block).abs() < 1.0;
                let more = match same {
                    true => 0.0,
                    false => 1.0 - (surviving.rows_per_block / block).min(1.0) * 0.5,
                };
                (surviving.rows / block + surviving.runs * more).min(sorted)
            }
        };
        let slices = self.slices.max(1.0);
        // Even a scan that skips everything looks at one block.
        let least = 1.0f64.min(sorted + unsorted);
        Blocks {
            read: (per_slice + unsorted).max(least) * slices,
            total: (sorted + unsorted) * slices,
        }
    }
}

/// Surviving rows for a predicate on a column that is no part of the sort key but
/// follows its first column: within a block it spans `spread` of its whole range
/// beside what the sort column spans. A delivery date that is up to 30 days after
/// the order date, over ten years, has a spread of 30 ÷ 3650.
pub fn surviving_correlated(layout: &Layout, share: f64, spread: f64, bytes: f64) -> Surviving {
    let block = rows_per_block(bytes);
    let blocks = (layout.sorted_rows() / block).ceil();
    let read = (blocks * (share + spread) + 1.0).min(blocks);
    Surviving {
        runs: 1.0,
        rows: read * block,
        rows_per_block: block,
    }
}

/// The share of rows that is unsorted after some hours of load without a sort.
pub fn unsorted_after(rows: f64, unsorted: f64, rows_per_hour: f64, hours: f64) -> f64 {
    let new = (rows_per_hour * hours).max(0.0);
    let total = rows + new;
    if total <= 0.0 {
        return 0.0;
    }
    ((rows * unsorted.clamp(0.0, 1.0) + new) / total).clamp(0.0, 1.0)
}

/// Slices that stay empty when rows are spread by the hash of so many values:
/// each slice misses a value with probability 1 − 1 ÷ slices.
pub fn empty_slices(distinct: f64, slices: f64) -> f64 {
    let slices = slices.max(1.0);
    slices * (1.0 - 1.0 / slices).powf(distinct.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_categories_leave_slices_empty() {
        assert!((empty_slices(40.0, 64.0) - 34.1).abs() < 0.1);
        assert!(empty_slices(1e6, 16.0) < 1e-9);
    }

    #[test]
    fn the_unsorted_share_grows_with_the_load() {
        assert_eq!(unsorted_after(8e6, 0.0, 2e6, 1.0), 0.2);
        assert_eq!(unsorted_after(0.0, 0.0, 0.0, 5.0), 0.0);
        assert!((unsorted_after(1e6, 0.5, 1e6, 1.0) - 0.75).abs() < 1e-12);
    }
}
