//! SQL that stands in a changelog itself: `<sql>` of XML, `sql:` of YAML and JSON.

use crate::text::SourceFile;

/// Changes whose content is SQL.
const SQL: [&str; 2] = ["sql", "createProcedure"];

/// What stands in a change set beside its changes, and changes that lead to other files.
const NO_CHANGES: [&str; 10] = [
    "comment",
    "include",
    "modifySql",
    "output",
    "preConditions",
    "property",
    "rollback",
    "sqlFile",
    "tagDatabase",
    "validCheckSum",
];

/// Whether what is for these databases is applied to Redshift: `postgresql, redshift`, `!h2`, `all`.
fn is_for_redshift(dbms: Option<&str>) -> bool {
    let named = dbms.unwrap_or_default().split(',').map(str::trim);
    let named: Vec<&str> = named.filter(|one| !one.is_empty()).collect();
    let is = |one: &str| one.eq_ignore_ascii_case("redshift") || one.eq_ignore_ascii_case("all");
    let (not, only): (Vec<&str>, Vec<&str>) = named.iter().partition(|one| one.starts_with('!'));
    let excluded = not.iter().any(|one| is(one[1..].trim()));
    !excluded && (only.is_empty() || only.into_iter().any(is))
}

/// A change that is not written in SQL, and is not read: the line, and its name.
pub type Other = (usize, String);

/// The SQL of a changelog, with the places where its parts come from.
#[derive(Debug, Default)]
pub(super) struct Inline {
    text: String,
    /// Offsets in the text, each with the one in the file.
    places: Vec<(usize, usize)>,
    /// Changes that are not written in SQL: the line, and the name.
    others: Vec<Other>,
}

impl Inline {
    /// Adds what stands in the file as it is, or what is meant by what stands there.
    fn add(&mut self, text: &str, at: usize) {
        self.places.push((self.text.len(), at));
        self.text.push_str(text);
    }

    /// Ends a change.
    fn end(&mut self, at: usize) {
        let ends = self.text.trim_end().ends_with(';');
        self.add(if ends { "\n" } else { ";\n" }, at);
    }

    fn of_another_form(&mut self, name: &str, line: usize) {
        if !NO_CHANGES.contains(&name) {
            self.others.push((line, name.to_owned()));
        }
    }
}

/// The changelog with nothing but its SQL in its text, each part at its place, and what else it
/// has changed; a file that is no changelog stays as it is.
pub fn sql(source: SourceFile) -> (SourceFile, Vec<Other>) {
    let read = super::reads_sql(&source.name).filter(|_| source.text.contains(super::ROOT));
    let Some(read) = read else {
        return (source, Vec::new());
    };
    let found = read(&source.text);
    (source.rewritten(found.text, found.places), found.others)
}

/// An element that is open.
struct Open {
    name: String,
    applies: bool,
}

pub(super) fn of_xml(text: &str) -> Inline {
    use quick_xml::events::{BytesStart, Event};
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = Inline::default();
    let mut open: Vec<Open> = Vec::new();
    let opened = |tag: &BytesStart<'_>, above: Option<&Open>| {
        let name = String::from_utf8_lossy(tag.local_name().as_ref()).into_owned();
        let dbms = tag.try_get_attribute("dbms").ok().flatten();
        let dbms = dbms.map(|it| String::from_utf8_lossy(&it.value).into_owned());
        Open {
            applies: name != "rollback"
                && above.is_none_or(|above| above.applies)
                && is_for_redshift(dbms.as_deref()),
            name,
        }
    };
    let is_sql = |open: &[Open]| {
        let (inner, above) = (open.last(), open.iter().rev().nth(1));
        let of_set = above.is_some_and(|above| above.name == "changeSet");
        of_set && inner.is_some_and(|one| one.applies && SQL.contains(&one.name.as_str()))
    };
    let position = |reader: &quick_xml::Reader<&[u8]>| {
        usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
    };
    loop {
        let start = position(&reader);
        let Ok(event) = reader.read_event() else {
            break;
        };
        let end = position(&reader);
        match event {
            Event::Start(tag) => {
                open.push(opened(&tag, open.last()));
                other(&open, &is_sql, start, &mut found);
            }
            Event::Empty(tag) => {
                open.push(opened(&tag, open.last()));
                other(&open, &is_sql, start, &mut found);
                open.pop();
            }
            Event::End(_) => {
                if is_sql(&open) {
                    found.end(start);
                }
                open.pop();
            }
            Event::Text(_) if is_sql(&open) => {
                found.add(text.get(start..end).unwrap_or_default(), start);
            }
            Event::CData(data) if is_sql(&open) => {
                let at = start + "<![CDATA[".len();
                let data = text.get(at..at + data.len()).unwrap_or_default();
                found.add(data, at);
            }
            Event::GeneralRef(name) if is_sql(&open) => {
                let character = name.resolve_char_ref().ok().flatten();
                let character = character.map(String::from);
                let name = String::from_utf8_lossy(&name).into_owned();
                let named = quick_xml::escape::resolve_predefined_entity(&name);
                let meant = character.or(named.map(str::to_owned));
                found.add(&meant.unwrap_or_else(|| format!("&{name};")), start);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let breaks: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    for (at, _) in &mut found.others {
        *at = 1 + breaks.partition_point(|one| one < at);
    }
    found
}

/// Counts a change that is not written in SQL.
fn other(open: &[Open], is_sql: &dyn Fn(&[Open]) -> bool, at: usize, found: &mut Inline) {
    let of_set = open.iter().rev().nth(1);
    let of_set = of_set.is_some_and(|above| above.name == "changeSet");
    let change = open.last().filter(|one| of_set && one.applies);
    if let Some(change) = change.filter(|_| !is_sql(open)) {
        found.of_another_form(&change.name, at);
    }
}

#[cfg(feature = "pipeline")]
pub(super) fn of_tree(text: &str) -> Inline {
    let mut found = Inline::default();
    let Ok(tree) = crate::pipeline::yaml::read(text) else {
        return found;
    };
    let lines = Lines::of(text);
    let sets = tree.get(super::ROOT).into_iter().flat_map(|it| it.items());
    for set in sets.filter_map(|one| one.get("changeSet")) {
        if !is_for_redshift(set.get("dbms").and_then(|it| it.text())) {
            continue;
        }
        let changes = set.get("changes").into_iter().flat_map(|it| it.items());
        for (name, change) in changes.flat_map(|change| change.pairs()) {
            if !SQL.contains(&name) {
                found.of_another_form(name, change.line);
                continue;
            }
            let inner = ["sql", "procedureText", "procedureBody"];
            let inner = inner.iter().find_map(|key| change.get(key));
            let sql = inner.unwrap_or(change);
            if let Some(words) = sql
                .text()
                .filter(|_| is_for_redshift(change.get("dbms").and_then(|it| it.text())))
            {
                lines.place(words, sql.line, &mut found);
            }
        }
    }
    found
}

/// The lines of a file, each with its offset.
#[cfg(feature = "pipeline")]
struct Lines<'a>(Vec<(usize, &'a str)>);

#[cfg(feature = "pipeline")]
impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut at = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            let start = at;
            at += line.len();
            (start, line)
        });
        Self(lines.collect())
    }

    /// Adds a text that begins on a line or on the next: each of its lines where it stands, or,
    /// where it is written in another way, at the line before.
    fn place(&self, words: &str, first: usize, found: &mut Inline) {
        let mut next = first.saturating_sub(1);
        let mut last = self.0.get(next).map_or(0, |(start, line)| {
            start + (line.len() - line.trim_start().len())
        });
        for line in words.split_inclusive('\n') {
            let is_blank = line.trim().is_empty();
            let near = self.0.iter().enumerate().skip(next).take(2);
            let there = near
                .filter(|_| !is_blank)
                .find_map(|(at, (start, there))| Some((at, start + there.find(line.trim_end())?)));
            match there {
                Some((at, offset)) => {
                    found.add(line, offset);
                    (next, last) = (at + 1, offset);
                }
                None => {
                    found.add(line, last);
                    next += usize::from(is_blank);
                }
            }
        }
        found.end(last);
    }
}
