//! What may stand at the cursor: keys and encodings inside CREATE TABLE and ALTER TABLE, columns
//! of the table, tables of the workspace.

use lsp_types::{CompletionItem, CompletionItemKind};

use super::lexer::{Token, statement, tokens};
use super::names;
use crate::name::TableName;
use crate::rules::schema::encodings;
use crate::schema::{DataType, Schema};
use crate::sql::{self, Body};
use crate::text::SourceFile;

/// Names that are offered at most.
const MOST: usize = 500;

fn items(words: &[&str], kind: CompletionItemKind, about: &str) -> Vec<CompletionItem> {
    let item = |word: &&str| CompletionItem {
        label: (*word).to_owned(),
        kind: Some(kind),
        detail: (!about.is_empty()).then(|| about.to_owned()),
        ..CompletionItem::default()
    };
    words.iter().map(item).collect()
}

fn keywords(words: &[&str], about: &str) -> Vec<CompletionItem> {
    items(words, CompletionItemKind::KEYWORD, about)
}

/// What a statement is before the cursor.
struct Before<'t> {
    text: &'t str,
    /// Its tokens, without the word that is being typed.
    own: Vec<Token>,
}

impl<'t> Before<'t> {
    fn of(text: &'t str, offset: usize) -> Self {
        let mut own = statement(&tokens(&text[..offset]), offset);
        if own
            .last()
            .is_some_and(|last| last.is_name() && last.end == offset)
        {
            own.pop();
        }
        Self { text, own }
    }

    /// The last words in lower case, the last first; a mark is itself.
    fn last(&self, n: usize) -> String {
        let at = self.own.len().checked_sub(n + 1);
        let token = at.and_then(|at| self.own.get(at));
        token.map_or_else(String::new, |token| token.text(self.text).to_lowercase())
    }

    fn begins(&self, words: &[&str]) -> bool {
        let mut tokens = self.own.iter();
        words.iter().all(|word| {
            tokens
                .next()
                .is_some_and(|token| token.is_word(self.text, word))
        })
    }

    fn is_create_table(&self) -> bool {
        let create = self
            .own
            .first()
            .is_some_and(|one| one.is_word(self.text, "create"));
        let mut near = self.own.iter().take(4);
        create && near.any(|token| token.is_word(self.text, "table"))
    }

    /// The parentheses that are open, each by the place of its token.
    fn open(&self) -> Vec<usize> {
        let mut open = Vec::new();
        for (at, token) in self.own.iter().enumerate() {
            if token.is_mark('(') {
                open.push(at);
            } else if token.is_mark(')') {
                open.pop();
            }
        }
        open
    }

    /// The word before a parenthesis.
    fn word_before(&self, at: usize) -> String {
        let token = at.checked_sub(1).and_then(|at| self.own.get(at));
        token.map_or_else(String::new, |token| token.text(self.text).to_lowercase())
    }

    /// The tokens of the element of a list that the cursor stands in.
    fn element(&self, list: usize) -> &[Token] {
        let mut depth = 0usize;
        let mut first = list + 1;
        for (at, token) in self.own.iter().enumerate().skip(list + 1) {
            if token.is_mark('(') {
                depth += 1;
            } else if token.is_mark(')') {
                depth = depth.saturating_sub(1);
            } else if token.is_mark(',') && depth == 0 {
                first = at + 1;
            }
        }
        &self.own[first..]
    }
}

/// The columns that a half-typed CREATE TABLE defines: the first word of each element of its list.
fn columns_typed(text: &str, offset: usize) -> Vec<String> {
    let own = statement(&tokens(text), offset);
    let Some(list) = own.iter().position(|token| token.is_mark('(')) else {
        return Vec::new();
    };
    const NO_COLUMNS: [&str; 6] = [
        "primary",
        "unique",
        "foreign",
        "constraint",
        "like",
        "check",
    ];
    let mut depth = 0usize;
    let mut begins = true;
    let mut columns = Vec::new();
    for token in &own[list + 1..] {
        if token.is_mark('(') {
            depth += 1;
        } else if token.is_mark(')') {
            let Some(less) = depth.checked_sub(1) else {
                break;
            };
            depth = less;
        } else if token.is_mark(',') && depth == 0 {
            begins = true;
            continue;
        }
        if begins && token.is_name() && !NO_COLUMNS.iter().any(|word| token.is_word(text, word)) {
            columns.push(token.text(text).to_owned());
        }
        begins = false;
    }
    columns
}

fn columns(names: Vec<String>) -> Vec<CompletionItem> {
    let names: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    items(&names, CompletionItemKind::FIELD, "")
}

fn tables(schema: &Schema) -> Vec<CompletionItem> {
    let item = |table: &crate::schema::Table| CompletionItem {
        label: table.name.to_string(),
        kind: Some(CompletionItemKind::STRUCT),
        detail: Some(format!(
            "DISTSTYLE {}, SORTKEY {}",
            table.dist_style, table.sort_key
        )),
        ..CompletionItem::default()
    };
    schema.tables.values().take(MOST).map(item).collect()
}

/// The columns of the table that an ALTER TABLE names.
fn columns_altered(before: &Before<'_>, schema: &Schema) -> Vec<CompletionItem> {
    let name = before.own.get(2..).unwrap_or_default();
    let end = name
        .iter()
        .position(|token| !token.is_name() && !token.is_mark('.'))
        .unwrap_or(name.len());
    let dotted = name[..end].chunk_by(|a, b| a.is_mark('.') || b.is_mark('.'));
    let first: Vec<Token> = dotted.into_iter().next().unwrap_or_default().to_vec();
    let (Some(start), Some(last)) = (first.first(), first.last()) else {
        return Vec::new();
    };
    let name = TableName::typed(&before.text[start.start..last.end]);
    let table = schema.resolve(&name);
    let all = table.map_or_else(Vec::new, |table| {
        let columns = table.columns.iter();
        columns.map(|column| column.name.to_string()).collect()
    });
    columns(all)
}

/// The encodings that the type of a column takes, the usual ones first.
fn encodings_of(column: &[Token], text: &str) -> Vec<CompletionItem> {
    let data_type = column.first().zip(column.last()).and_then(|(first, last)| {
        let end = column.iter().find(|token| token.is_word(text, "encode"));
        let end = end.map_or(last.end, |encode| encode.start);
        let definition = text.get(first.start..end)?;
        let script = sql::parse(&SourceFile::new(
            "",
            format!("create table t ({definition})"),
        ));
        match &script.statements.first()?.body {
            Body::CreateTable(create) => Some(create.columns.first()?.data_type.clone()),
            _ => None,
        }
    });
    let about = data_type
        .as_ref()
        .map_or_else(String::new, DataType::to_string);
    let words: Vec<String> = encodings(data_type.as_ref())
        .iter()
        .map(ToString::to_string)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut all = items(&words, CompletionItemKind::ENUM_MEMBER, &about);
    for (at, item) in all.iter_mut().enumerate() {
        item.sort_text = Some(format!("{at:02}"));
    }
    all
}

/// What is offered at an offset.
pub(super) fn at(text: &str, offset: usize, schema: &Schema) -> Vec<CompletionItem> {
    // In a comment or a text nothing is.
    let all = tokens(&text[..offset]);
    if all.last().is_some_and(|last| {
        use super::lexer::Kind;
        let is_open = last.end == offset && !last.is_name();
        is_open && matches!(last.kind, Kind::Comment | Kind::Text)
    }) {
        return Vec::new();
    }
    let before = Before::of(text, offset);
    match before.last(0).as_str() {
        "diststyle" => return keywords(&["AUTO", "EVEN", "KEY", "ALL"], "distribution style"),
        "compound" | "interleaved" => return keywords(&["SORTKEY"], ""),
        "references" | "from" | "join" | "into" | "update" | "using" => return tables(schema),
        _ => {}
    }
    if before.is_create_table() {
        return in_create(&before, text, offset);
    }
    if before.begins(&["alter", "table"]) {
        return in_alter(&before, schema);
    }
    in_query(text, offset, schema)
}

fn in_create(before: &Before<'_>, text: &str, offset: usize) -> Vec<CompletionItem> {
    let open = before.open();
    let Some((list, inner)) = open.split_first() else {
        // Behind the list of columns.
        return match before.last(0).as_str() {
            ")" | "auto" | "even" | "all" | "key" => keywords(
                &[
                    "DISTSTYLE",
                    "DISTKEY",
                    "SORTKEY",
                    "COMPOUND SORTKEY",
                    "INTERLEAVED SORTKEY",
                    "BACKUP",
                ],
                "",
            ),
            "sortkey" => keywords(&["AUTO"], "Redshift chooses"),
            _ => Vec::new(),
        };
    };
    // `DISTKEY (` behind the list, `PRIMARY KEY (` within it: columns of this table.
    if let Some(innermost) = inner.last().or(Some(list)) {
        let word = before.word_before(*innermost);
        if matches!(word.as_str(), "distkey" | "sortkey" | "key" | "unique") {
            return columns(columns_typed(text, offset));
        }
    }
    if !inner.is_empty() {
        return Vec::new();
    }
    let element = before.element(*list);
    match (element.len(), before.last(0).as_str()) {
        (_, "encode") => encodings_of(element, text),
        (0, _) => keywords(&["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "LIKE"], ""),
        (1, _) => keywords(
            &[
                "SMALLINT",
                "INTEGER",
                "BIGINT",
                "DECIMAL",
                "REAL",
                "DOUBLE PRECISION",
                "BOOLEAN",
                "CHAR",
                "VARCHAR",
                "DATE",
                "TIME",
                "TIMETZ",
                "TIMESTAMP",
                "TIMESTAMPTZ",
                "GEOMETRY",
                "GEOGRAPHY",
                "HLLSKETCH",
                "SUPER",
                "VARBYTE",
                "INTERVAL YEAR TO MONTH",
                "INTERVAL DAY TO SECOND",
            ],
            "type",
        ),
        _ => keywords(
            &[
                "ENCODE",
                "NOT NULL",
                "DISTKEY",
                "SORTKEY",
                "DEFAULT",
                "IDENTITY",
                "PRIMARY KEY",
                "REFERENCES",
                "UNIQUE",
            ],
            "",
        ),
    }
}

fn in_alter(before: &Before<'_>, schema: &Schema) -> Vec<CompletionItem> {
    match (before.last(0).as_str(), before.last(1).as_str()) {
        ("table", _) => tables(schema),
        ("alter", _) => keywords(
            &[
                "DISTKEY",
                "DISTSTYLE",
                "SORTKEY",
                "COMPOUND SORTKEY",
                "SORTKEY AUTO",
                "SORTKEY NONE",
                "ENCODE AUTO",
                "COLUMN",
            ],
            "",
        ),
        ("distkey" | "column" | "drop", _) | ("(", "sortkey") => columns_altered(before, schema),
        ("encode", _) => {
            let column = before.last(1);
            let own = columns_and_types(before, schema);
            let of = own.into_iter().find(|(name, _)| *name == column);
            let words = encodings(of.map(|(_, data_type)| data_type).as_ref());
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            items(&words, CompletionItemKind::ENUM_MEMBER, "")
        }
        (",", _) if before.open().len() == 1 => columns_altered(before, schema),
        _ if before.own.len() >= 3 && before.open().is_empty() => keywords(
            &[
                "ALTER",
                "ADD COLUMN",
                "DROP COLUMN",
                "RENAME TO",
                "RENAME COLUMN",
                "APPEND FROM",
                "OWNER TO",
            ],
            "",
        ),
        _ => Vec::new(),
    }
}

fn columns_and_types(before: &Before<'_>, schema: &Schema) -> Vec<(String, DataType)> {
    let around = names::tables(before.text, &before.own, schema);
    let columns = around.iter().flat_map(|(_, table)| &table.columns);
    columns
        .map(|column| (column.name.to_string(), column.data_type.clone()))
        .collect()
}

/// Columns of the tables that a query names, behind a dot those of one.
fn in_query(text: &str, offset: usize, schema: &Schema) -> Vec<CompletionItem> {
    let own = statement(&tokens(text), offset);
    let around = names::tables(text, &own, schema);
    let before = Before::of(text, offset);
    let qualifier = (before.last(0) == ".").then(|| before.last(1));
    let fitting = around.iter().filter(|(alias, table)| match &qualifier {
        None => true,
        Some(name) => {
            let is_alias = alias.as_ref().is_some_and(|alias| alias.as_str() == name);
            is_alias || table.name.name.as_str() == name
        }
    });
    let mut all: Vec<String> = fitting
        .flat_map(|(_, table)| &table.columns)
        .map(|column| column.name.to_string())
        .collect();
    all.sort();
    all.dedup();
    columns(all)
}
