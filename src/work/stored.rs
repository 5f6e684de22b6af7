//! Bytes that values take on disk.
//!
//! What an encoding leaves follows from how it is documented to work [Compression encodings] and
//! from how many values a column has: values drawn from n of them can't be told apart in fewer
//! than log2 n bits (C. E. Shannon, "A mathematical theory of communication", Bell System
//! Technical Journal 27, 1948).

use crate::schema::{Column, SortKey, Table};
use crate::sql::Encoding;
use crate::stats::TableStats;

use super::sane;
use super::width::{bytes_of, is_text};

/// Values that a dictionary of one-byte entries holds [Byte-dictionary encoding].
const BYTEDICT_VALUES: f64 = 256.0;
/// What encodings leave where nothing is known of the values: AWS's tutorial on tuning table design
/// (Star Schema Benchmark) took storage down to about half.
pub(super) const USUALLY_LEFT: f64 = 0.5;
/// The least bytes of a repeated value: a match of the LZO stream format takes two (Linux kernel,
/// "LZO stream format as understood by Linux's LZO decompressor").
const LZO_MATCH: f64 = 2.0;

/// Bytes of a value on disk, on average.
pub fn stored_bytes(table: &Table, column: &Column, stats: &TableStats) -> f64 {
    let full = bytes_of(&column.data_type, stats, &column.name);
    let known = stats.columns.get(&column.name);
    let distinct = known.and_then(|known| sane(known.distinct));
    let distinct = distinct.filter(|distinct| *distinct >= 1.0);
    let told_apart = distinct.map(|distinct| distinct.log2() / 8.0);
    let bytes = match encoding(table, column) {
        Encoding::Raw => full,
        Encoding::Bytedict => match distinct.is_none_or(|distinct| distinct <= BYTEDICT_VALUES) {
            true => 1.0,
            false => full,
        },
        // A difference or a small value takes so many bytes, others are kept in full; of words in
        // a dictionary, one is the least a text has.
        Encoding::Delta | Encoding::Mostly8 | Encoding::Text255 => 1.0,
        Encoding::Delta32k | Encoding::Mostly16 | Encoding::Text32k => 2.0,
        Encoding::Mostly32 => 4.0,
        // How long the runs are depends on the order of the rows.
        Encoding::Runlength => full,
        Encoding::Az64 | Encoding::Zstd => told_apart.unwrap_or(full * USUALLY_LEFT),
        Encoding::Lzo => told_apart.map_or(full * USUALLY_LEFT, |bytes| bytes.max(LZO_MATCH)),
    };
    bytes.min(full)
}

/// The encoding that is named, or the one that a column gets without: RAW for sort keys and for
/// types that have no other, AZ64 for numbers and dates, LZO for text [Compression encodings].
fn encoding(table: &Table, column: &Column) -> Encoding {
    if let Some(named) = column.encoding {
        return named;
    }
    let sorts = match &table.sort_key {
        SortKey::Compound(columns) | SortKey::Interleaved(columns) => {
            columns.contains(&column.name)
        }
        SortKey::Auto(_) | SortKey::None => false,
    };
    match column.data_type.suited_encoding() {
        _ if sorts => Encoding::Raw,
        Some(Encoding::Az64) => Encoding::Az64,
        _ if is_text(&column.data_type) => Encoding::Lzo,
        _ => Encoding::Raw,
    }
}
