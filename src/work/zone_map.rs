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
    /// Whether rows lie exactly where [`Part`]s say. Where that is an estimate, nobody knows at
    /// which row of a block a part begins: its blocks are those of the average place, so that a
    /// few rows more don't read twice the blocks.
    pub exact: bool,
}

/// A part of a column's values, as shares of the rows in the order of the column:
/// 0.25 to 0.5 is the second quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Share of the rows below.
    pub from: f64,
    /// Share of the rows up to its end.
    pub to: f64,
}

impl Part {
    /// A part of this size; in the middle, where its place is not known.
    pub fn new(from: Option<f64>, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let from = from.unwrap_or((1.0 - share) / 2.0).clamp(0.0, 1.0 - share);
        Self {
            from,
            to: from + share,
        }
    }
}

/// What a predicate asks of one column of the sort key.
#[derive(Debug, Clone, PartialEq)]
pub enum Restriction {
    /// Nothing.
    None,
    /// Single values (`=`, `IN`).
    Values(Vec<Part>),
    /// A range of values.
    Range(Part),
}

/// A column of the sort key, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyColumn {
    /// Distinct values.
    pub distinct: f64,
    /// Bytes of a value on disk.
    pub bytes: f64,
    /// What the predicate asks of it.
    pub restriction: Restriction,
}

/// The rows that a scan can't skip: runs of the sorted region of one slice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surviving {
    /// First row and row after the last, in order.
    runs: Vec<(f64, f64)>,
    /// Where runs lie on average only: the rows at whose multiples they begin, and all rows.
    average: Option<Average>,
}

/// How runs lie that stand for those of any place.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Average {
    /// Runs are whole blocks of so many rows.
    grid: u64,
    /// Rows of the sorted region.
    rows: f64,
}

/// Blocks of one column, over all slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blocks {
    /// Those that are read.
    pub read: f64,
    /// Those of them that lie in the unsorted region.
    pub unsorted: f64,
    /// All.
    pub total: f64,
}

/// Groups that are followed one by one. Beyond that, on tables of thousands of
/// blocks per slice, what a later column of the key could skip is not counted.
const MOST_GROUPS: usize = 4096;

/// Values that fit a block.
pub fn rows_per_block(bytes: f64) -> f64 {
    (BLOCK_BYTES / bytes.max(1.0 / 64.0)).floor().max(1.0)
}

impl Layout {
    /// Rows of the sorted region of one slice.
    pub(super) fn sorted_rows(&self) -> f64 {
        (self.rows / self.slices.max(1.0) * (1.0 - self.unsorted.clamp(0.0, 1.0))).floor()
    }

    fn unsorted_rows(&self) -> f64 {
        (self.rows / self.slices.max(1.0)).floor() - self.sorted_rows()
    }

    /// The rows of the sorted region that predicates on the sort key leave to be
    /// read; `None` if they leave all.
    pub fn surviving(&self, key: &[KeyColumn]) -> Option<Surviving> {
        let last = key
            .iter()
            .rposition(|column| column.restriction != Restriction::None)?;
        let rows = self.sorted_rows();
        let mut surviving = Surviving::all(rows);
        // Rows with equal values in the columns so far; within them the next
        // column is in order.
        let mut groups = vec![(0.0, rows)];
        for column in key.iter().take(last + 1) {
            if column.restriction != Restriction::None {
                let block = rows_per_block(column.bytes);
                surviving = surviving.and(&touched(column, &groups, block, self));
            }
            match within(column, &groups) {
                Some(next) => groups = next,
                None => break,
            }
        }
        Some(surviving)
    }

    /// The same for a predicate on a column that is no part of the sort key but
    /// follows its first column: a block spans `spread` of the column's range
    /// beside what the sort column spans there. A delivery up to 30 days after an
    /// order, over ten years, has a spread of 30 / 3650.
    pub fn surviving_correlated(&self, part: Part, spread: f64, bytes: f64) -> Surviving {
        let rows = self.sorted_rows();
        let from = (part.from - spread).max(0.0) * rows;
        let block = rows_per_block(bytes);
        Surviving {
            runs: vec![self.widened(from, part.to * rows, block)],
            average: self.average(block),
        }
    }

    /// Blocks of a column of `bytes` per value, read when `surviving` rows are.
    pub fn blocks(&self, bytes: f64, surviving: Option<&Surviving>) -> Blocks {
        let block = rows_per_block(bytes);
        let sorted = (self.sorted_rows() / block).ceil();
        let unsorted = (self.unsorted_rows() / block).ceil();
        let read = match surviving {
            None => sorted,
            Some(surviving) => surviving.blocks(block),
        };
        let slices = self.slices.max(1.0);
        // Even a scan that skips everything looks at one block.
        let least = 1.0f64.min(sorted + unsorted);
        Blocks {
            read: (read + unsorted).max(least) * slices,
            unsorted: unsorted * slices,
            total: (sorted + unsorted) * slices,
        }
    }
}

impl Layout {
    /// A run of rows, widened to whole blocks: to those that it touches, or touches on average if
    /// it begins at any row of a block.
    fn widened(&self, from: f64, to: f64, block: f64) -> (f64, f64) {
        let rows = self.sorted_rows();
        match self.exact {
            true => (
                (from / block).floor() * block,
                ((to / block).ceil() * block).min(rows),
            ),
            false => ((from - block / 2.0).max(0.0), (to + block / 2.0).min(rows)),
        }
    }

    fn average(&self, block: f64) -> Option<Average> {
        (!self.exact).then_some(Average {
            grid: block as u64,
            rows: self.sorted_rows(),
        })
    }

    /// The shares of a column's bytes that its blocks to be read hold in the sorted region and in
    /// the unsorted one. All blocks of a slice but its last are full, so that more rows never make
    /// it fewer bytes.
    pub(super) fn shares(&self, bytes: f64, blocks: Blocks) -> [f64; 2] {
        let slices = self.slices.max(1.0);
        let block = rows_per_block(bytes);
        let (sorted, rest) = (self.sorted_rows(), self.unsorted_rows());
        let share = |blocks: f64, rows: f64| match sorted + rest > 0.0 {
            true => (blocks / slices * block).min(rows) / (sorted + rest),
            false => 1.0,
        };
        [
            share(blocks.read - blocks.unsorted, sorted),
            share(blocks.unsorted, rest),
        ]
    }
}

impl Surviving {
    fn all(rows: f64) -> Self {
        Self {
            runs: vec![(0.0, rows)],
            average: None,
        }
    }

    /// The rows that survive both.
    fn and(&self, other: &Surviving) -> Surviving {
        let (mut a, mut b) = (self.runs.iter().peekable(), other.runs.iter().peekable());
        let mut runs = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let run = (x.0.max(y.0), x.1.min(y.1));
            if run.0 < run.1 {
                runs.push(run);
            }
            match x.1 < y.1 {
                true => a.next(),
                false => b.next(),
            };
        }
        let average = match (self.average, other.average) {
            (Some(a), Some(b)) => Some(Average {
                grid: common(a.grid, b.grid),
                ..a
            }),
            (a, b) => a.or(b),
        };
        Surviving { runs, average }
    }

    /// Blocks of so many rows that hold a surviving row.
    fn blocks(&self, block: f64) -> f64 {
        match self.average {
            None => self.blocks_here(block),
            Some(average) => self.blocks_on_average(block, average),
        }
    }

    fn blocks_here(&self, block: f64) -> f64 {
        let mut count = 0.0;
        let mut next = 0.0f64;
        for (from, to) in &self.runs {
            let first = (from / block).floor().max(next);
            let end = (to / block).ceil();
            if end > first {
                count += end - first;
                next = end;
            }
        }
        count
    }

    /// A run of whole blocks of one size that begins at any of them touches, of blocks of another
    /// size, as many as fit in it and 1 - g/size more, where g is the greatest common divisor of
    /// the two: none for the same size or a part of it, half a block for twice the size.
    fn blocks_on_average(&self, block: f64, average: Average) -> f64 {
        let spare = (block - common(average.grid, block as u64) as f64) / 2.0;
        let last = (average.rows / block).ceil() * block;
        let mut rows = 0.0;
        let mut next = 0.0f64;
        for (from, to) in &self.runs {
            let from = (from - spare).max(next);
            let to = match *to >= average.rows {
                true => last,
                false => (to + spare).min(last),
            };
            if to > from {
                rows += to - from;
                next = to;
            }
        }
        rows / block
    }

    /// Share of the sorted rows that survive.
    pub fn rows(&self) -> f64 {
        self.runs.iter().map(|(from, to)| to - from).sum()
    }

    /// Adds a run that starts no earlier than the ones before.
    fn push(&mut self, run: (f64, f64)) {
        match self.runs.last_mut() {
            Some(last) if run.0 <= last.1 => last.1 = last.1.max(run.1),
            _ if run.0 < run.1 => self.runs.push(run),
            _ => {}
        }
    }
}

/// The greatest common divisor.
fn common(a: u64, b: u64) -> u64 {
    match b {
        0 => a.max(1),
        b => common(b, a % b),
    }
}

/// The blocks of a column, as runs of rows, whose zone map does not exclude its
/// predicate.
fn touched(column: &KeyColumn, groups: &[(f64, f64)], block: f64, layout: &Layout) -> Surviving {
    let rows = layout.sorted_rows();
    let parts: &[Part] = match &column.restriction {
        Restriction::None => return Surviving::all(rows),
        Restriction::Values(parts) => parts,
        Restriction::Range(part) => std::slice::from_ref(part),
    };
    let mut out = Surviving {
        runs: Vec::new(),
        average: layout.average(block),
    };
    let inside = |row: f64| !layout.exact || row % block != 0.0;
    for (start, end) in groups {
        // Where two groups meet inside a block, it holds the least values of one
        // and the greatest of the other: its zone map excludes nothing.
        if *start > 0.0 && inside(*start) {
            out.push(layout.widened(*start, *start + 1.0, block));
        }
        for part in parts {
            let length = end - start;
            let (from, to) = (start + part.from * length, start + part.to * length);
            if to > from {
                out.push(layout.widened(from, to, block));
            }
        }
        if *end < rows && inside(*end) {
            out.push(layout.widened(*end - 1.0, *end, block));
        }
    }
    out
}

/// The groups of rows with equal values in one column more; `None` if they are too
/// many to follow.
fn within(column: &KeyColumn, groups: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let (parts, values): (Vec<Part>, f64) = match &column.restriction {
        Restriction::None => (vec![Part { from: 0.0, to: 1.0 }], column.distinct),
        Restriction::Values(parts) => (parts.clone(), parts.len() as f64),
        Restriction::Range(part) => (vec![*part], column.distinct * (part.to - part.from)),
    };
    let each = (values / parts.len().max(1) as f64).ceil().max(1.0);
    if each * (parts.len() * groups.len()) as f64 > MOST_GROUPS as f64 {
        return None;
    }
    let mut out = Vec::new();
    for (start, end) in groups {
        for part in &parts {
            let from = start + part.from * (end - start);
            let length = (part.to - part.from) * (end - start) / each;
            out.extend((0..each as usize).map(|i| {
                let at = from + length * i as f64;
                (at, at + length)
            }));
        }
    }
    Some(out)
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

/// Slices that rows spread by the hash of so many values keep busy, as far as time
/// goes: the fullest slice sets it. Values over the most that one slice is likely
/// to hold, with values falling on slices as a Poisson process.
pub fn busy_slices(distinct: f64, slices: f64) -> f64 {
    let slices = slices.max(1.0);
    let mean = distinct.max(1.0) / slices;
    if mean > 200.0 {
        return slices;
    }
    // The least count that fewer than half a slice is expected to reach.
    let mut reached = 1.0;
    let mut exactly = (-mean).exp();
    let mut count = 0.0;
    while reached * slices >= 0.5 {
        reached -= exactly;
        count += 1.0;
        exactly *= mean / count;
    }
    let fullest = (count - 1.0f64).max(1.0);
    (distinct.max(1.0) / fullest).min(slices)
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
    fn few_values_keep_few_slices_busy() {
        let forty = busy_slices(40.0, 64.0);
        assert!((8.0..=20.0).contains(&forty), "{forty}");
        assert_eq!(busy_slices(1.0, 64.0), 1.0);
        assert_eq!(busy_slices(1e9, 64.0), 64.0);
        assert!(busy_slices(4000.0, 64.0) > 40.0);
    }

    #[test]
    fn the_unsorted_share_grows_with_the_load() {
        assert_eq!(unsorted_after(8e6, 0.0, 2e6, 1.0), 0.2);
        assert_eq!(unsorted_after(0.0, 0.0, 0.0, 5.0), 0.0);
        assert!((unsorted_after(1e6, 0.5, 1e6, 1.0) - 0.75).abs() < 1e-12);
    }
}
