//! DDL inside of what a client printed or exported: psql's print of SHOW TABLE, and CSV of
//! SHOW TABLE or of AWS's view `v_generate_tbl_ddl`.

use std::collections::BTreeMap;

use super::SourceFile;

/// The source with nothing but the DDL in its text, at its own places; a source that is no such
/// print stays as it is.
pub fn ddl(source: SourceFile) -> SourceFile {
    if let Some(text) = print(&source.text) {
        return source.rewritten(text, vec![(0, 0)]);
    }
    match table(&source.text) {
        Some((text, places)) => source.rewritten(text, places),
        None => source,
    }
}

/// Whether a header's name is of a column that holds DDL: `ddl`, `Show Table DDL statement`.
fn names_ddl(name: &str) -> bool {
    let name = name.trim().trim_matches('"').to_ascii_lowercase();
    name == "ddl" || name.ends_with("ddl statement")
}

/// psql's print: everything but the column with the DDL becomes blanks, so that each place stays.
/// Each result ends with a semicolon, where its number of rows stood.
fn print(text: &str) -> Option<String> {
    // Hardly a file is one: the others are not copied.
    if !text.lines().any(is_rule) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    let mut found = false;
    while let Some(line) = lines.next() {
        let column = lines.peek().and_then(|rule| ddl_column(line, rule));
        let Some(column) = column else {
            out.push_str(line);
            continue;
        };
        found = true;
        blank(&mut out, line);
        if let Some(rule) = lines.next() {
            blank(&mut out, rule);
        }
        for line in lines.by_ref() {
            if is_count(line) {
                out.push(';');
                blank(&mut out, &line[1..]);
                break;
            }
            cell(&mut out, line, column);
        }
    }
    found.then_some(out)
}

/// Whether a line is the rule below a header: `----+----`.
fn is_rule(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 3 && line.bytes().all(|byte| matches!(byte, b'-' | b'+'))
}

/// The characters of the column with the DDL, by a header and the rule below it; `None` where these
/// are no header and rule.
fn ddl_column(header: &str, rule: &str) -> Option<(usize, usize)> {
    let rule = rule.trim_end();
    if !is_rule(rule) {
        return None;
    }
    let header: Vec<char> = header.trim_end_matches(['\n', '\r']).chars().collect();
    let mut start = 0;
    let mut parts = rule.split('+').peekable();
    while let Some(part) = parts.next() {
        let end = start + part.len();
        let name: String = header.iter().take(end).skip(start).collect();
        if names_ddl(&name) {
            // The last column may be wider than its rule.
            let end = if parts.peek().is_some() {
                end
            } else {
                usize::MAX
            };
            return Some((start, end));
        }
        start = end + 1;
    }
    None
}

/// `(1 row)`, `(25 rows)`.
fn is_count(line: &str) -> bool {
    let inner = line
        .trim()
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let words: Vec<&str> = inner.unwrap_or_default().split(' ').collect();
    matches!(words.as_slice(), [count, "row" | "rows"] if count.bytes().all(|b| b.is_ascii_digit()))
        && line.starts_with('(')
}

/// A line's cell with the DDL; psql ends a line that goes on with `+`.
fn cell(out: &mut String, line: &str, (start, end): (usize, usize)) {
    let content = line.trim_end();
    let goes_on = content.ends_with('+').then(|| content.chars().count() - 1);
    for (at, c) in line.chars().enumerate() {
        let inside = at >= start && at < end && Some(at) != goes_on;
        match inside || matches!(c, '\n' | '\r') {
            true => out.push(c),
            false => blank_char(out, c),
        }
    }
}

fn blank(out: &mut String, line: &str) {
    for c in line.chars() {
        match matches!(c, '\n' | '\r') {
            true => out.push(c),
            false => blank_char(out, c),
        }
    }
}

/// As many blanks as the character has bytes.
fn blank_char(out: &mut String, c: char) {
    (0..c.len_utf8()).for_each(|_| out.push(' '));
}

/// Where parts of a text come from: the offset here, the offset there; in order.
pub(super) type Places = Vec<(usize, usize)>;

/// CSV with a column of DDL. The rows of a table are put in the order of `seq`, where there is one.
fn table(text: &str) -> Option<(String, Places)> {
    let first = text.lines().next()?;
    let delimiter = [',', '\t', '|', ';']
        .into_iter()
        .find(|delimiter| first.split(*delimiter).any(names_ddl))?;
    let mut records = records(text, delimiter as u8);
    let header = records.next()?;
    let names: Vec<String> = header
        .iter()
        .map(|field| field.value(text).to_ascii_lowercase())
        .collect();
    let column = names.iter().position(|name| names_ddl(name))?;
    let at = |name: &str| names.iter().position(|of| of.trim() == name);
    let (seq, id, schema, table) = (at("seq"), at("table_id"), at("schemaname"), at("tablename"));
    // By table in the order of their first rows, then by seq, then as they come.
    let mut tables: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<(usize, u64, Field)> = Vec::new();
    for record in records {
        let value = |at: Option<usize>| {
            let field = at.and_then(|at| record.get(at));
            field.map_or_else(String::new, |field| field.value(text))
        };
        let Some(field) = record.get(column) else {
            continue;
        };
        let key = format!("{}.{}.{}", value(id), value(schema), value(table));
        let next = tables.len();
        let of_table = *tables.entry(key).or_insert(next);
        let seq = value(seq).trim().parse().unwrap_or(0);
        rows.push((of_table, seq, field.clone()));
    }
    rows.sort_by_key(|(table, seq, _)| (*table, *seq));
    let mut out = String::with_capacity(text.len());
    let mut places = Vec::new();
    for (_, _, field) in &rows {
        field.write(text, &mut out, &mut places);
        // SHOW TABLE gives a whole statement in one row.
        if seq.is_none() && !out.trim_end().ends_with(';') {
            out.push(';');
        }
        out.push('\n');
    }
    Some((out, places))
}

/// A field's bytes, without its quotes.
#[derive(Debug, Clone)]
struct Field {
    start: usize,
    end: usize,
    quoted: bool,
}

impl Field {
    fn value(&self, text: &str) -> String {
        let raw = text.get(self.start..self.end).unwrap_or_default();
        match self.quoted {
            true => raw.replace("\"\"", "\""),
            false => raw.trim_end_matches('\r').to_owned(),
        }
    }

    /// Adds the value, and where each of its parts comes from.
    fn write(&self, text: &str, out: &mut String, places: &mut Places) {
        let raw = text.get(self.start..self.end).unwrap_or_default();
        let mut start = 0;
        places.push((out.len(), self.start));
        while let Some(found) = self.quoted.then(|| raw[start..].find("\"\"")).flatten() {
            let quote = start + found + 1;
            out.push_str(&raw[start..quote]);
            start = quote + 1;
            places.push((out.len(), self.start + start));
        }
        out.push_str(raw[start..].trim_end_matches('\r'));
    }
}

/// The records of a CSV text, field by field.
fn records(text: &str, delimiter: u8) -> impl Iterator<Item = Vec<Field>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let mut record = Vec::new();
        loop {
            let quoted = bytes.get(at) == Some(&b'"');
            let start = at + usize::from(quoted);
            let mut end = start;
            if quoted {
                while end < bytes.len() {
                    match (bytes[end], bytes.get(end + 1)) {
                        (b'"', Some(b'"')) => end += 2,
                        (b'"', _) => break,
                        _ => end += 1,
                    }
                }
            }
            let mut after = end;
            while after < bytes.len() && bytes[after] != delimiter && bytes[after] != b'\n' {
                after += 1;
            }
            let end = if quoted { end.min(bytes.len()) } else { after };
            record.push(Field { start, end, quoted });
            at = after + 1;
            if bytes.get(after) != Some(&delimiter) {
                return Some(record);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(name: &str, text: &str, words: &[&str]) -> Vec<(usize, usize)> {
        let source = ddl(SourceFile::new(name, text));
        let place = |word: &&str| {
            let at = source
                .text
                .find(*word)
                .unwrap_or_else(|| panic!("{word} in {}", source.text));
            let place = source.line_column(at);
            (place.line, place.column)
        };
        words.iter().map(place).collect()
    }

    #[test]
    fn a_print_of_show_table_keeps_its_places() {
        let text = " Show Table DDL statement   \n----------------------------\n CREATE TABLE public.tä (   +\n   \
                    a integer ENCODE az64    +\n )                          +\n DISTSTYLE EVEN;\n(1 row)\n\nselect 1;\n";
        assert_eq!(
            lines_of(
                "t.txt",
                text,
                &["CREATE", "a integer", "DISTSTYLE", "select"]
            ),
            [(3, 2), (4, 4), (6, 2), (9, 1)]
        );
        let source = ddl(SourceFile::new("t.txt", text));
        assert!(!source.text.contains('+') && !source.text.contains("Show"));
        assert_eq!(source.line(3), " CREATE TABLE public.tä (   +");
    }

    #[test]
    fn a_column_is_taken_out_of_a_print() {
        let text = " seq | ddl            | note\n-----+----------------+------\n   1 | CREATE TABLE t | x\n   2 | (a int)        | y\n(2 rows)\n";
        let source = ddl(SourceFile::new("t.txt", text));
        let words: Vec<&str> = source.text.split_whitespace().collect();
        assert_eq!(words, ["CREATE", "TABLE", "t", "(a", "int)", ";"]);
    }

    #[test]
    fn rows_of_an_export_are_put_in_order() {
        let text = "table_id,schemaname,tablename,seq,ddl\n7,s,t,3,\"\t\"\"a b\"\" int,\"\n7,s,t,2,(\n8,s,u,1,create table s.u (b int);\n7,s,t,1,create table s.t\n7,s,t,4,\tc int);\n";
        let source = ddl(SourceFile::new("t.csv", text));
        assert_eq!(
            source.text,
            "create table s.t\n(\n\t\"a b\" int,\n\tc int);\ncreate table s.u (b int);\n"
        );
        assert_eq!(
            lines_of(
                "t.csv",
                text,
                &[
                    "create table s.t",
                    "\"a b",
                    " int",
                    "c int",
                    "create table s.u"
                ]
            ),
            [(5, 9), (2, 11), (2, 18), (6, 10), (4, 9)]
        );
    }

    #[test]
    fn what_is_no_export_stays_as_it_is() {
        for text in [
            "-- ddl\n------\ncreate table t (a int);\n",
            "select ddl, b from t;\n(1 row)\n",
            "",
        ] {
            assert_eq!(ddl(SourceFile::new("t.sql", text)).text, text);
        }
    }
}
