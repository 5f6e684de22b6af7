//! `CREATE EXTERNAL TABLE` and `CREATE EXTERNAL SCHEMA`.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use super::{Note, create, query};

pub(super) fn parse(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>) -> Parsed<Body> {
    cursor.expect("CREATE EXTERNAL TABLE")?;
    table(cursor, notes)
}

/// The sources differ (data catalog, Hive, Kinesis, a federated database, a datashare), and have
/// been looked at: the name is what matters here.
pub(super) fn parse_schema(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("CREATE EXTERNAL SCHEMA")?;
    cursor.eat("IF NOT EXISTS");
    Ok(Body::CreateExternalSchema(cursor.name("a schema name")?))
}

fn table(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>) -> Parsed<Body> {
    cursor.eat("IF NOT EXISTS");
    let mut table = CreateExternalTable {
        name: cursor.name("a table name")?,
        columns: Vec::new(),
        partitions: Vec::new(),
        stored_as: None,
        location: None,
        properties: Vec::new(),
    };
    if cursor.peek() == Some(&Token::LParen) {
        table.columns = columns(cursor)?;
    }
    if table.columns.is_empty() && !CLAUSES.iter().any(|word| cursor.is(word)) {
        return Err(cursor.missing_list("`(` with columns"));
    }
    while !cursor.is_done() {
        clause(cursor, &mut table, notes)?;
    }
    Ok(Body::CreateExternalTable(Box::new(table)))
}

/// What the files hold [CREATE EXTERNAL TABLE].
const FILE_FORMATS: &[&str] = &[
    "PARQUET",
    "ORC",
    "AVRO",
    "TEXTFILE",
    "RCFILE",
    "SEQUENCEFILE",
];

/// The first words of what may follow the columns.
const CLAUSES: [&str; 6] = ["PARTITIONED", "ROW", "STORED", "LOCATION", "TABLE", "AS"];

fn columns(cursor: &mut Cursor<'_>) -> Parsed<Vec<ColumnDef>> {
    cursor.expect_token(&Token::LParen)?;
    let mut columns = vec![create::column(cursor)?];
    while cursor.eat_token(&Token::Comma) {
        columns.push(create::column(cursor)?);
    }
    match cursor.eat_token(&Token::RParen) {
        true => Ok(columns),
        false => Err(cursor.missing_in_list()),
    }
}

fn clause(
    cursor: &mut Cursor<'_>,
    table: &mut CreateExternalTable,
    notes: &mut Vec<Note>,
) -> Parsed<()> {
    if cursor.eat("PARTITIONED BY") {
        // `CREATE EXTERNAL TABLE AS` names columns without types.
        let typed = !matches!(cursor.peek_nth(2), Some(Token::Comma | Token::RParen));
        match typed {
            true => table.partitions = columns(cursor)?,
            false => cursor.skip_parentheses(),
        }
        return Ok(());
    }
    if cursor.eat("STORED AS") {
        let start = cursor.here();
        if cursor.eat("INPUTFORMAT") {
            cursor.string("an input format")?;
            cursor.expect("OUTPUTFORMAT")?;
            cursor.string("an output format")?;
        } else {
            cursor.one_of(FILE_FORMATS, "a file format")?;
        }
        let span = start.to(cursor.before());
        table.stored_as = Some((cursor.text(span).to_ascii_uppercase(), span));
        return Ok(());
    }
    if cursor.eat("LOCATION") {
        table.location = Some(cursor.string("a location, as 's3://…'")?);
        return Ok(());
    }
    if cursor.eat("TABLE PROPERTIES") {
        table.properties = properties(cursor)?;
        return Ok(());
    }
    if cursor.eat("ROW FORMAT SERDE") {
        cursor.string("a SerDe class")?;
        return Ok(());
    }
    if cursor.eat("WITH SERDEPROPERTIES") {
        properties(cursor)?;
        return Ok(());
    }
    if cursor.eat("ROW FORMAT DELIMITED") {
        return row_format(cursor);
    }
    if cursor.eat("AS") {
        query::inner(cursor, notes)?;
        return Ok(());
    }
    Err(cursor.expected("PARTITIONED BY, ROW FORMAT, STORED AS, LOCATION, TABLE PROPERTIES or AS"))
}

fn row_format(cursor: &mut Cursor<'_>) -> Parsed<()> {
    loop {
        let clauses = [
            "FIELDS TERMINATED BY",
            "LINES TERMINATED BY",
            "COLLECTION ITEMS TERMINATED BY",
            "MAP KEYS TERMINATED BY",
            "ESCAPED BY",
            "NULL DEFINED AS",
        ];
        if !clauses.iter().any(|words| cursor.eat(words)) {
            return Ok(());
        }
        cursor.string("a delimiter")?;
    }
}

/// `('key'='value', …)`.
pub(super) fn properties(cursor: &mut Cursor<'_>) -> Parsed<Vec<(String, String)>> {
    cursor.expect_token(&Token::LParen)?;
    let mut properties = Vec::new();
    loop {
        let (key, _) = cursor.string("a property's name")?;
        cursor.expect_token(&Token::Eq)?;
        let (value, _) = cursor.string("a property's value")?;
        properties.push((key, value));
        if cursor.eat_token(&Token::RParen) {
            return Ok(properties);
        }
        if !cursor.eat_token(&Token::Comma) {
            return Err(cursor.missing_in_list());
        }
    }
}
