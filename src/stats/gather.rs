//! Statistics of several files as one, and which fact came from which file.

use std::collections::BTreeMap;

use super::read::StatsError;
use super::{ColumnStats, Stats, TableStats};
use crate::name::TableName;
use crate::text::units::counted;

/// Statistics of several files as one.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// All of them.
    pub stats: Stats,
    /// What of each file is not understood or can't be true, in the order of the files.
    pub notes: Vec<Vec<String>>,
    /// Of several files: what each gives, where two tell differently of one fact, and what
    /// only all of them together show.
    pub of_all: Vec<String>,
}

/// Reads files of statistics, given by name and text, as one. Where two tell of one fact, the
/// later is used.
///
/// # Errors
/// The file that is not understood, by its place, and why.
pub fn gather(files: &[(String, String)]) -> Result<Gathered, (usize, StatsError)> {
    let mut out = Gathered::default();
    let mut sources: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (name, text)) in files.iter().enumerate() {
        let (stats, notes) = Stats::read_alone(text).map_err(|error| (at, error))?;
        out.notes.push(notes);
        if files.len() > 1 {
            out.of_all.push(format!("`{name}` gives {}", facts(&stats)));
        }
        let names: Vec<(TableName, TableStats)> = stats.tables.into_iter().collect();
        // By what the files before call it; two names of one file stay two.
        let keys: Vec<TableName> = names
            .iter()
            .map(|(name, _)| match at {
                0 => name.clone(),
                _ => out.stats.key(name).unwrap_or(name).clone(),
            })
            .collect();
        for (key, (_, table)) in keys.into_iter().zip(names) {
            let mut merging = Merging {
                at,
                files,
                sources: &mut sources,
                told: &mut out.of_all,
            };
            merging.table(&key, out.stats.entry(&key), table);
        }
    }
    match out.notes.as_mut_slice() {
        [only] => out.stats.contradictions(only),
        _ => out.stats.contradictions(&mut out.of_all),
    }
    Ok(out)
}

/// What a file gives, counted.
fn facts(stats: &Stats) -> String {
    let tables = |has: fn(&TableStats) -> bool| {
        let tables = stats.tables.values().filter(|table| has(table));
        (tables.count(), "table")
    };
    let columns = |has: fn(&ColumnStats) -> bool| {
        let all = stats
            .tables
            .values()
            .flat_map(|table| table.columns.values());
        (all.filter(|column| has(column)).count(), "column")
    };
    let counts = [
        ("the rows", tables(|table| table.rows.is_some())),
        (
            "the unsorted share",
            tables(|table| table.unsorted.is_some()),
        ),
        ("the skew", tables(|table| table.skew_rows.is_some())),
        (
            "the distinct values",
            columns(|column| column.distinct.or(column.distinct_share).is_some()),
        ),
        (
            "the share of NULLs",
            columns(|column| column.null_share.is_some()),
        ),
        (
            "the average bytes",
            columns(|column| column.average_bytes.is_some()),
        ),
        (
            "the ends",
            columns(|column| column.min.is_some() || column.max.is_some()),
        ),
        (
            "the shares of the most common values",
            columns(|column| !column.most_common.is_empty()),
        ),
        (
            "the histogram",
            columns(|column| !column.histogram.is_empty()),
        ),
    ];
    let given: Vec<String> = counts
        .iter()
        .filter(|(_, (count, _))| *count > 0)
        .map(|(what, (count, of))| format!("{what} of {}", counted(*count as f64, of)))
        .collect();
    match given.is_empty() {
        true => "nothing".to_owned(),
        false => given.join(", "),
    }
}

/// A file that is added to those before.
struct Merging<'m> {
    at: usize,
    files: &'m [(String, String)],
    /// The file that gave a fact.
    sources: &'m mut BTreeMap<String, usize>,
    told: &'m mut Vec<String>,
}

impl Merging<'_> {
    /// Takes a fact; that another file says otherwise is told.
    fn take<T: PartialEq>(
        &mut self,
        into: &mut Option<T>,
        from: Option<T>,
        what: &dyn Fn() -> String,
    ) {
        let Some(new) = from else { return };
        let what = what();
        if into.as_ref().is_some_and(|old| *old != new) {
            self.tell(&what);
        }
        *into = Some(new);
        self.sources.insert(what, self.at);
    }

    fn take_list<T: PartialEq>(
        &mut self,
        into: &mut Vec<T>,
        from: Vec<T>,
        what: &dyn Fn() -> String,
    ) {
        if from.is_empty() {
            return;
        }
        let what = what();
        if !into.is_empty() && *into != from {
            self.tell(&what);
        }
        *into = from;
        self.sources.insert(what, self.at);
    }

    fn tell(&mut self, what: &str) {
        let name = |at: usize| self.files.get(at).map_or("", |(name, _)| name.as_str());
        let before = self.sources.get(what).map_or("", |at| name(*at));
        let note = format!(
            "{what}: `{before}` and `{}` differ; the last is used",
            name(self.at)
        );
        self.told.push(note);
    }

    fn table(&mut self, name: &TableName, into: &mut TableStats, from: TableStats) {
        self.take(&mut into.rows, from.rows, &|| {
            format!("the rows of `{name}`")
        });
        for (what, into, from) in [
            ("deleted rows", &mut into.deleted_rows, from.deleted_rows),
            ("size", &mut into.size_blocks, from.size_blocks),
            ("unsorted share", &mut into.unsorted, from.unsorted),
            ("stats_off", &mut into.stats_off, from.stats_off),
            ("skew_rows", &mut into.skew_rows, from.skew_rows),
        ] {
            self.take(into, from, &|| format!("the {what} of `{name}`"));
        }
        for (what, into, from) in [
            ("diststyle", &mut into.diststyle, from.diststyle),
            ("sortkey1", &mut into.sortkey1, from.sortkey1),
            (
                "sortkey1_enc",
                &mut into.sortkey1_encoding,
                from.sortkey1_encoding,
            ),
            ("encoded", &mut into.encoded, from.encoded),
        ] {
            self.take(into, from, &|| format!("`{what}` of `{name}`"));
        }
        for (column, known) in from.columns {
            let full = format!("{name}.{column}");
            self.column(&full, into.columns.entry(column).or_default(), known);
        }
    }

    fn column(&mut self, name: &str, into: &mut ColumnStats, from: ColumnStats) {
        // One count in two forms.
        if from.distinct.or(from.distinct_share).is_some() {
            let what = || format!("the distinct values of `{name}`");
            let before = into.distinct.or(into.distinct_share).is_some();
            if before
                && (into.distinct, into.distinct_share) != (from.distinct, from.distinct_share)
            {
                self.tell(&what());
            }
            (into.distinct, into.distinct_share) = (from.distinct, from.distinct_share);
            self.sources.insert(what(), self.at);
        }
        for (what, into, from) in [
            ("share of NULLs", &mut into.null_share, from.null_share),
            ("average bytes", &mut into.average_bytes, from.average_bytes),
            ("correlation", &mut into.correlation, from.correlation),
        ] {
            self.take(into, from, &|| format!("the {what} of `{name}`"));
        }
        for (what, into, from) in [
            ("least value", &mut into.min, from.min),
            ("greatest value", &mut into.max, from.max),
        ] {
            self.take(into, from, &|| format!("the {what} of `{name}`"));
        }
        self.take_list(&mut into.most_common, from.most_common, &|| {
            format!("the most common values of `{name}`")
        });
        self.take_list(&mut into.histogram, from.histogram, &|| {
            format!("the histogram of `{name}`")
        });
        into.drop_wrong_ends(name, self.told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(texts: &[&str]) -> Gathered {
        let files: Vec<(String, String)> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| (format!("{at}"), (*text).to_owned()))
            .collect();
        gather(&files).expect("statistics")
    }

    #[test]
    fn files_are_one_whatever_they_call_a_table() {
        let all = gathered(&[
            "schema,table,tbl_rows,unsorted,skew_rows\nshop,orders,100,5,1.5\n",
            "schemaname\ttablename\tattname\tnull_frac\tavg_width\tn_distinct\tmost_common_freqs\tcorrelation\nshop\torders\tstatus\t0.1\t7\t-0.05\t{0.5,0.25}\t0.2\n",
            r#"{"columns": {"orders.status": {"min": "a", "null_share": 0.2}, "orders.day": {"distinct": 7}}}"#,
        ]);
        insta::assert_snapshot!(all.of_all.join("\n"), @r"
        `0` gives the rows of 1 table, the unsorted share of 1 table, the skew of 1 table
        `1` gives the distinct values of 1 column, the share of NULLs of 1 column, the average bytes of 1 column, the shares of the most common values of 1 column
        `2` gives the distinct values of 1 column, the share of NULLs of 1 column, the ends of 1 column
        the share of NULLs of `shop.orders.status`: `1` and `2` differ; the last is used
        ");
        assert_eq!(all.stats.tables.len(), 1);
        let table = all.stats.table(&"shop.orders".into()).expect("a table");
        let status = &table.columns["status"];
        // A twentieth of the rows.
        assert_eq!((table.rows, status.distinct), (Some(100.0), Some(5.0)));
        assert_eq!(
            (status.null_share, status.most_common.len()),
            (Some(0.2), 2)
        );
        assert_eq!(table.columns["day"].distinct, Some(7.0));
    }

    #[test]
    fn what_only_all_files_show_is_told() {
        let all = gathered(&[
            r#"{"rows": {"t": 10}}"#,
            r#"{"columns": {"t.a": {"distinct": 11, "max": 3}}}"#,
            r#"{"columns": {"t.a": {"min": 4}}}"#,
        ]);
        let told = all.of_all.join("\n");
        assert!(
            told.contains("`t.a` has 11 distinct values in 10 rows"),
            "{told}"
        );
        assert!(
            told.contains("`min` of `t.a` is `4` and `max` is `3`"),
            "{told}"
        );
        let known = &all.stats.tables[&"t".into()].columns["a"];
        assert_eq!((&known.min, &known.max), (&None, &None));
    }

    #[test]
    fn one_file_is_told_of_as_before() {
        let all = gathered(&[r#"{"rows": {"t": 10}, "columns": {"t.a": {"distinct": 11}}}"#]);
        assert_eq!(all.of_all, [""; 0]);
        assert_eq!(all.notes.len(), 1);
        assert_eq!(all.notes[0].len(), 1);
    }
}
