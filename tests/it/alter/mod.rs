//! The schema after every kind of ALTER TABLE: what it changes, here and in tables that
//! refer to it, and what Redshift refuses and so leaves as it was.

mod design;
mod names;

use distkey::schema::{DistStyle, Schema, SortKey, Table};
use distkey::sql::{self, Script};
use distkey::text::SourceFile;

fn read(text: &str) -> Script {
    let script = sql::parse(&SourceFile::new("t.sql", text));
    assert_eq!(script.errors, [], "{text}");
    script
}

fn after(text: &str) -> Schema {
    Schema::of(&read(text))
}

/// Everything that is known of a table, a line for each kind of it.
fn state(table: &Table) -> String {
    let list = |names: &[distkey::name::Ident]| names.join(", ");
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let encoding = column.encoding.map_or(String::new(), |e| format!(" {e}"));
            format!("{} {}{encoding}", column.name, column.data_type)
        })
        .collect();
    let style = match &table.dist_style {
        DistStyle::Auto(None) => "auto".to_owned(),
        DistStyle::Auto(Some(_)) => "auto, told".to_owned(),
        DistStyle::Even => "even".to_owned(),
        DistStyle::All => "all".to_owned(),
        DistStyle::Key(column) => format!("key {column}"),
    };
    let sort = match &table.sort_key {
        SortKey::Auto(_) => "auto".to_owned(),
        SortKey::None => "none".to_owned(),
        SortKey::Compound(columns) => format!("compound {}", list(columns)),
        SortKey::Interleaved(columns) => format!("interleaved {}", list(columns)),
    };
    let mut out = format!(
        "{}: {}\ndist {style}; sort {sort}; encode auto {}\n",
        table.name,
        columns.join(", "),
        table.encode_auto
    );
    if !table.primary_key.is_empty() {
        out += &format!("primary key {}\n", list(&table.primary_key));
    }
    for unique in &table.unique {
        out += &format!("unique {}\n", list(unique));
    }
    for key in &table.foreign_keys {
        let (own, there) = (list(&key.columns), list(&key.referred_columns));
        out += &format!("foreign key {own} to {}({there})\n", key.table);
    }
    out
}

fn all(schema: &Schema) -> String {
    schema.tables.values().map(state).collect()
}

/// Two tables, the second refers to the first.
const BASE: &str = "
create table shop (shop_id int primary key, town varchar(40) encode zstd, size int encode az64)
  diststyle even compound sortkey (town, size);
create table sale (sale_id bigint, shop_id int references shop (shop_id), at date unique, note varchar(20))
  distkey (shop_id) sortkey (at);
";

const SHOP: &str = "\
shop: shop_id INTEGER, town VARCHAR(40) ZSTD, size INTEGER AZ64
dist even; sort compound town, size; encode auto false
primary key shop_id
";

const SALE: &str = "\
sale: sale_id BIGINT, shop_id INTEGER, at DATE, note VARCHAR(20)
dist key shop_id; sort compound at; encode auto true
unique at
foreign key shop_id to shop(shop_id)
";

/// The base after some statements: `shop` and `sale` as they should be.
fn check(alter: &str, sale: &str, shop: &str) {
    let schema = after(&format!("{BASE}{alter}"));
    assert_eq!(all(&schema), format!("{sale}{shop}"), "{alter}");
}

/// The same with one line of `sale` written otherwise, and one of `shop`.
fn changes(alter: &str, sale: &[(&str, &str)], shop: &[(&str, &str)]) {
    let replaced = |text: &str, changes: &[(&str, &str)]| {
        changes.iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is not in {text}");
            text.replace(from, to)
        })
    };
    check(alter, &replaced(SALE, sale), &replaced(SHOP, shop));
}

/// Redshift refuses the statement: nothing changes, and the reason is kept.
fn refused(alter: &str, reason: &str) {
    let text = format!("{BASE}{alter}");
    check(alter, SALE, SHOP);
    assert!(
        reasons(&text).contains(reason),
        "{alter}: {}",
        reasons(&text)
    );
}

/// Why its actions are refused.
fn reasons(text: &str) -> String {
    let script = read(text);
    let schema = Schema::of(&script);
    let mut reasons = Vec::new();
    for statement in &script.statements {
        if let sql::Body::AlterTable(alter) = &statement.body {
            let found = alter
                .actions
                .iter()
                .map(|(_, span)| schema.refusal((0, *span)));
            reasons.extend(found.flatten().map(ToString::to_string));
        }
    }
    reasons.join("; ")
}
