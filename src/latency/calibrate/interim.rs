//! Reads the tables and statistics of a folder.

use sqlparser::ast;
use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::parser::Parser;

use crate::schema::{Column, DataType, DistStyle, Schema, SortKey, Table, TableKind, TableName};
use crate::stats::{Stats, TableStats};

pub(super) fn schema(text: &str) -> Schema {
    let mut schema = Schema::default();
    for statement in super::workload::statements(text) {
        let upper = statement.to_uppercase();
        let between = |word: &str| {
            let at = upper.rfind(word)? + word.len();
            let rest = statement.get(at..)?.trim_start().strip_prefix('(')?;
            Some(rest.split(')').next()?.to_lowercase())
        };
        let cut = ["DISTSTYLE", "DISTKEY", "SORTKEY"]
            .iter()
            .filter_map(|w| upper.find(w))
            .min();
        let head = statement
            .get(..cut.unwrap_or(statement.len()))
            .unwrap_or(&statement);
        let Ok(parsed) = Parser::parse_sql(&RedshiftSqlDialect {}, head) else {
            continue;
        };
        let Some(ast::Statement::CreateTable(create)) = parsed.into_iter().next() else {
            continue;
        };
        let name = create.name.to_string().to_lowercase();
        let columns: Vec<Column> = create
            .columns
            .iter()
            .map(|c| {
                let text = c
                    .data_type
                    .to_string()
                    .to_lowercase()
                    .replace("(max)", "(65535)");
                let size = text
                    .split(['(', ')', ','])
                    .nth(1)
                    .and_then(|n| n.trim().parse::<u32>().ok());
                let data_type = match text.split('(').next().unwrap_or_default().trim() {
                    "smallint" => DataType::SmallInt,
                    "int" | "integer" => DataType::Integer,
                    "bigint" => DataType::BigInt,
                    "date" => DataType::Date,
                    "timestamp" => DataType::Timestamp,
                    "boolean" | "bool" => DataType::Boolean,
                    "float" | "double precision" => DataType::DoublePrecision,
                    "numeric" | "decimal" => DataType::Decimal {
                        precision: size.unwrap_or(18) as u8,
                        scale: 0,
                    },
                    "varchar" | "text" => DataType::Varchar(size.unwrap_or(256)),
                    _ => DataType::Other(text),
                };
                Column {
                    name: c.name.value.to_lowercase(),
                    data_type,
                    encoding: None,
                    not_null: true,
                    identity: false,
                    default: None,
                    span: Default::default(),
                }
            })
            .collect();
        let dist_style = match (between("DISTKEY"), upper.contains("DISTSTYLE ALL")) {
            (Some(key), _) => DistStyle::Key(key),
            (None, true) => DistStyle::All,
            _ => DistStyle::Auto(None),
        };
        let sort_key = match between("SORTKEY") {
            Some(key) => SortKey::Compound(key.split(',').map(|c| c.trim().to_owned()).collect()),
            None => SortKey::Auto(None),
        };
        let table = Table {
            name: TableName { schema: None, name },
            kind: TableKind::Table,
            columns,
            dist_style,
            sort_key,
            encode_auto: true,
            primary_key: vec![],
            unique: vec![],
            foreign_keys: vec![],
            partitions: vec![],
            query: None,
            defined_at: Default::default(),
        };
        schema.tables.insert(table.name.clone(), table);
    }
    schema
}

pub(super) fn stats(text: &str, schema: &Schema) -> Result<Stats, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut stats = Stats::default();
    if let Some(name) = value["table"].as_str() {
        let mut table = TableStats {
            rows: value["rows"].as_f64(),
            ..TableStats::default()
        };
        let bytes = value["average_string_bytes"].as_object();
        for (column, average) in bytes.into_iter().flatten() {
            table
                .columns
                .entry(column.to_lowercase())
                .or_default()
                .average_bytes = average.as_f64();
        }
        let other = bytes
            .and_then(|b| b.get("(other VARCHAR columns)"))
            .and_then(|v| v.as_f64());
        if let (Some(other), Some(defined)) = (other, schema.resolve(None, name)) {
            for column in defined
                .columns
                .iter()
                .filter(|c| matches!(c.data_type, DataType::Varchar(_)))
            {
                table
                    .columns
                    .entry(column.name.clone())
                    .or_default()
                    .average_bytes
                    .get_or_insert(other);
            }
        }
        stats.tables.insert(name.to_lowercase(), table);
    }
    for (name, rows) in value["rows"].as_object().into_iter().flatten() {
        stats.tables.entry(name.to_lowercase()).or_default().rows = rows.as_f64();
    }
    Ok(stats)
}
