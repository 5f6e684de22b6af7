//! DDL applied in order, over many files, into a [`Schema`].

use super::{
    Column, DataType, DistStyle, ForeignKey, Schema, SortKey, Table, TableKind, TableName,
};
use crate::sql::{
    AlterAction, AlterTable, Body, ColumnAttribute, ColumnDef, CreateExternalTable, CreateTable,
    CreateView, DistStyleWord, InnerQuery, Name, Script, SortKeyWord, Spanned, Statement,
    TableAttribute, TableConstraint,
};
use crate::text::Span;

/// Applies scripts one after another.
#[derive(Debug, Default)]
pub struct SchemaBuilder {
    schema: Schema,
    file: usize,
}

impl SchemaBuilder {
    /// Applies the statements of one file; files are numbered in this order.
    pub fn apply(&mut self, script: &Script) {
        for statement in &script.statements {
            self.statement(statement);
        }
        self.file += 1;
    }

    /// What the statements so far amount to.
    pub fn finish(self) -> Schema {
        self.schema
    }

    /// The schema so far.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.body {
            Body::CreateTable(create) => self.create_table(create, statement.span),
            Body::CreateView(create) => self.create_view(create, statement.span),
            Body::CreateExternalTable(create) => self.create_external(create, statement.span),
            Body::AlterTable(alter) => self.alter(alter),
            Body::Drop(drop) => {
                for name in &drop.names {
                    let key = self.key(name);
                    self.schema.tables.remove(&key);
                }
            }
            Body::SearchPath(path) => self.schema.search_path.clone_from(path),
            _ => {}
        }
    }

    /// The key of the table that a name means, or of the one it would create.
    fn key(&self, name: &Name) -> TableName {
        let found = self.schema.resolve(name.schema.as_deref(), &name.name);
        found.map_or_else(|| table_name(name), |table| table.name.clone())
    }

    fn insert(&mut self, table: Table) {
        self.schema.tables.insert(table.name.clone(), table);
    }

    fn create_table(&mut self, create: &CreateTable, span: Span) {
        let key = table_name(&create.name);
        if create.if_not_exists && self.schema.tables.contains_key(&key) {
            return;
        }
        let mut table = empty_table(key, (self.file, span));
        if create.temporary {
            table.kind = TableKind::Temporary;
        }
        for like in &create.like {
            if let Some(parent) = self.schema.resolve(like.schema.as_deref(), &like.name) {
                table.columns.extend(parent.columns.iter().cloned());
                table.dist_style = parent.dist_style.clone();
                table.sort_key = parent.sort_key.clone();
                table.encode_auto = parent.encode_auto;
            }
        }
        for column in &create.columns {
            add_column(&mut table, column);
        }
        for constraint in &create.constraints {
            add_constraint(&mut table, constraint);
        }
        apply_attributes(&mut table, &create.attributes);
        if let Some(query) = &create.query {
            let names: Vec<&str> = create
                .column_names
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            table.columns = self.query_columns(query, &names);
        }
        self.insert(table);
    }

    fn create_view(&mut self, create: &CreateView, span: Span) {
        let mut table = empty_table(table_name(&create.name), (self.file, span));
        table.kind = match create.materialized {
            true => TableKind::MaterializedView,
            false => TableKind::View,
        };
        let names: Vec<&str> = create
            .column_names
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        table.columns = self.query_columns(&create.query, &names);
        table.query = create.query.query.as_ref().map(ToString::to_string);
        apply_attributes(&mut table, &create.attributes);
        self.insert(table);
    }

    fn create_external(&mut self, create: &CreateExternalTable, span: Span) {
        let mut table = empty_table(table_name(&create.name), (self.file, span));
        table.kind = TableKind::External;
        for column in &create.columns {
            add_column(&mut table, column);
        }
        let mut partitions = empty_table(table_name(&create.name), (self.file, span));
        for column in &create.partitions {
            add_column(&mut partitions, column);
        }
        table.partitions = partitions.columns;
        self.insert(table);
    }

    /// Columns of a query whose select list is names and aliases; a type is
    /// known where the name is a column of a table it reads.
    fn query_columns(&self, query: &InnerQuery, names: &[&str]) -> Vec<Column> {
        use sqlparser::ast::{Expr, SelectItem, SetExpr};
        let Some(query) = &query.query else {
            return Vec::new();
        };
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Vec::new();
        };
        let tables = self.tables_read(select);
        let mut columns: Vec<Column> = Vec::new();
        let find = |name: &str| tables.iter().find_map(|table| table.column(name));
        for item in &select.projection {
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => {
                    (expr, Some(alias.value.to_lowercase()))
                }
                SelectItem::Wildcard(_) => {
                    columns.extend(
                        tables
                            .iter()
                            .flat_map(|table| table.columns.iter().cloned()),
                    );
                    continue;
                }
                _ => continue,
            };
            let source = match expr {
                Expr::Identifier(name) => Some(name.value.to_lowercase()),
                Expr::CompoundIdentifier(parts) => parts.last().map(|p| p.value.to_lowercase()),
                _ => None,
            };
            let known = source.as_deref().and_then(find).cloned();
            let Some(name) = alias.or(source) else {
                continue;
            };
            let mut column = known.unwrap_or_else(|| unknown_column(&name));
            column.name = name;
            columns.push(column);
        }
        for (column, name) in columns.iter_mut().zip(names) {
            (*name).clone_into(&mut column.name);
        }
        for column in &mut columns {
            // A query keeps types, not constraints, encodings or identities.
            column.encoding = None;
            column.not_null = false;
            column.identity = false;
            column.default = None;
        }
        columns
    }

    fn tables_read(&self, select: &sqlparser::ast::Select) -> Vec<&Table> {
        use sqlparser::ast::TableFactor;
        let factors = select.from.iter().flat_map(|from| {
            std::iter::once(&from.relation).chain(from.joins.iter().map(|j| &j.relation))
        });
        factors
            .filter_map(|factor| match factor {
                TableFactor::Table { name, .. } => {
                    let mut parts: Vec<String> = name
                        .0
                        .iter()
                        .map(|part| part.to_string().trim_matches('"').to_lowercase())
                        .collect();
                    let table = parts.pop()?;
                    self.schema.resolve(parts.pop().as_deref(), &table)
                }
                _ => None,
            })
            .collect()
    }

    fn alter(&mut self, alter: &AlterTable) {
        let key = self.key(&alter.name);
        for (action, _) in &alter.actions {
            if let AlterAction::RenameTo((name, _)) = action {
                let Some(mut table) = self.schema.tables.remove(&key) else {
                    return;
                };
                name.clone_into(&mut table.name.name);
                self.insert(table);
                return;
            }
            let Some(table) = self.schema.tables.get_mut(&key) else {
                return;
            };
            alter_table(table, action);
        }
    }
}

fn table_name(name: &Name) -> TableName {
    TableName {
        schema: name.schema.clone(),
        name: name.name.clone(),
    }
}

/// A table as Redshift makes it where no clause says otherwise.
fn empty_table(name: TableName, defined_at: (usize, Span)) -> Table {
    Table {
        name,
        kind: TableKind::Table,
        columns: Vec::new(),
        dist_style: DistStyle::Auto(None),
        sort_key: SortKey::Auto(None),
        encode_auto: true,
        primary_key: Vec::new(),
        unique: Vec::new(),
        foreign_keys: Vec::new(),
        partitions: Vec::new(),
        query: None,
        defined_at,
    }
}

fn unknown_column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        data_type: DataType::Other("unknown".to_owned()),
        encoding: None,
        not_null: false,
        identity: false,
        default: None,
        span: Span::default(),
    }
}

fn names(columns: &[Spanned]) -> Vec<String> {
    columns.iter().map(|(name, _)| name.clone()).collect()
}

fn add_column(table: &mut Table, def: &ColumnDef) {
    let mut column = Column {
        name: def.name.0.clone(),
        data_type: def.data_type.clone(),
        encoding: None,
        not_null: false,
        identity: false,
        default: None,
        span: def.span,
    };
    for attribute in &def.attributes {
        match attribute {
            ColumnAttribute::Default(value, _) => {
                // A dump writes identities as a default: `"identity"(1, 0, '0,1'::text)`.
                column.identity |= value
                    .trim_start()
                    .to_lowercase()
                    .starts_with("\"identity\"(");
                column.default = Some(value.clone());
            }
            ColumnAttribute::Identity(_) => column.identity = true,
            ColumnAttribute::Encode(_, encoding, _) => {
                column.encoding = *encoding;
                // Any explicit encoding turns ENCODE AUTO off for the table.
                table.encode_auto = false;
            }
            ColumnAttribute::DistKey(_) => table.dist_style = DistStyle::Key(column.name.clone()),
            ColumnAttribute::SortKey(_) => {
                table.sort_key = SortKey::Compound(vec![column.name.clone()]);
            }
            ColumnAttribute::NotNull(_) => column.not_null = true,
            ColumnAttribute::PrimaryKey(_) => {
                column.not_null = true;
                table.primary_key = vec![column.name.clone()];
            }
            ColumnAttribute::Unique(_) => table.unique.push(vec![column.name.clone()]),
            ColumnAttribute::References(referred, referred_column, _) => {
                table.foreign_keys.push(ForeignKey {
                    columns: vec![column.name.clone()],
                    table: table_name(referred),
                    referred_columns: referred_column.iter().cloned().collect(),
                });
            }
            ColumnAttribute::Collate(_) | ColumnAttribute::Null(_) | ColumnAttribute::Check(_) => {}
        }
    }
    table.columns.push(column);
}

fn add_constraint(table: &mut Table, constraint: &TableConstraint) {
    match constraint {
        TableConstraint::PrimaryKey(columns, _) => table.primary_key = names(columns),
        TableConstraint::Unique(columns, _) => table.unique.push(names(columns)),
        TableConstraint::ForeignKey {
            columns,
            table: referred,
            referred: referred_columns,
            ..
        } => table.foreign_keys.push(ForeignKey {
            columns: names(columns),
            table: table_name(referred),
            referred_columns: names(referred_columns),
        }),
        TableConstraint::Check(_) => {}
    }
}

fn apply_attributes(table: &mut Table, attributes: &[TableAttribute]) {
    for attribute in attributes {
        match attribute {
            TableAttribute::DistStyle(word, _) => set_dist_style(table, *word),
            TableAttribute::DistKey((column, _), _) => {
                table.dist_style = DistStyle::Key(column.clone());
            }
            TableAttribute::SortKey(word, columns, _) => {
                table.sort_key = sort_key(*word, names(columns));
            }
            TableAttribute::EncodeAuto(_) => table.encode_auto = true,
            TableAttribute::Backup(..) => {}
        }
    }
}

fn set_dist_style(table: &mut Table, word: DistStyleWord) {
    table.dist_style = match word {
        DistStyleWord::Auto => DistStyle::Auto(None),
        DistStyleWord::Even => DistStyle::Even,
        DistStyleWord::All => DistStyle::All,
        // The column is named by DISTKEY, before or after.
        DistStyleWord::Key => return,
    };
}

fn sort_key(word: SortKeyWord, columns: Vec<String>) -> SortKey {
    match word {
        SortKeyWord::Compound => SortKey::Compound(columns),
        SortKeyWord::Interleaved => SortKey::Interleaved(columns),
        SortKeyWord::Auto => SortKey::Auto(None),
        SortKeyWord::None => SortKey::None,
    }
}

fn alter_table(table: &mut Table, action: &AlterAction) {
    let column = |table: &mut Table, name: &str, change: &dyn Fn(&mut Column)| {
        if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
            change(column);
        }
    };
    match action {
        AlterAction::AddColumn(def) => {
            let encode_auto = table.encode_auto;
            add_column(table, def);
            // An encoding in ADD COLUMN leaves ENCODE AUTO as it was.
            table.encode_auto = encode_auto;
        }
        AlterAction::DropColumn((name, _)) => table.columns.retain(|column| column.name != *name),
        AlterAction::AddConstraint(constraint) => add_constraint(table, constraint),
        AlterAction::RenameColumn((from, _), (to, _)) => {
            column(table, from, &|column| column.name.clone_from(to));
            rename_in_keys(table, from, to);
        }
        AlterAction::DistKey((name, _), _) => table.dist_style = DistStyle::Key(name.clone()),
        AlterAction::DistStyle(word, _) => set_dist_style(table, *word),
        AlterAction::SortKey(word, columns, _) => table.sort_key = sort_key(*word, names(columns)),
        AlterAction::ColumnEncode((name, _), _, encoding, _) => {
            table.encode_auto = false;
            column(table, name, &|column| column.encoding = *encoding);
        }
        AlterAction::ColumnType((name, _), data_type, _) => {
            column(table, name, &|column| column.data_type = data_type.clone());
        }
        AlterAction::EncodeAuto(_) => table.encode_auto = true,
        _ => {}
    }
}

fn rename_in_keys(table: &mut Table, from: &str, to: &str) {
    let rename = |names: &mut Vec<String>| {
        for name in names.iter_mut().filter(|name| *name == from) {
            to.clone_into(name);
        }
    };
    match &mut table.sort_key {
        SortKey::Compound(columns) | SortKey::Interleaved(columns) => rename(columns),
        SortKey::Auto(_) | SortKey::None => {}
    }
    if let DistStyle::Key(column) = &mut table.dist_style
        && column == from
    {
        to.clone_into(column);
    }
    rename(&mut table.primary_key);
    table.unique.iter_mut().for_each(rename);
    for key in &mut table.foreign_keys {
        rename(&mut key.columns);
    }
}

impl Schema {
    /// The schema that one script defines.
    pub fn of(script: &Script) -> Self {
        let mut builder = SchemaBuilder::default();
        builder.apply(script);
        builder.finish()
    }

    /// Lays what an export of `SVV_TABLE_INFO` says over tables whose keys are AUTO.
    pub fn settle_auto(&mut self, stats: &crate::stats::Stats) {
        for table in self.tables.values_mut() {
            let Some(stats) = stats.table(table.name.schema.as_deref(), &table.name.name) else {
                continue;
            };
            if let (DistStyle::Auto(state), Some(text)) = (&mut table.dist_style, &stats.diststyle)
            {
                *state = dist_state(text).map(Box::new);
            }
            if let (SortKey::Auto(state), Some(text)) = (&mut table.sort_key, &stats.sortkey1) {
                let inner = text
                    .strip_prefix("AUTO(SORTKEY(")
                    .and_then(|t| t.strip_suffix("))"));
                *state = inner.map(|column| vec![column.to_lowercase()]);
            }
        }
    }
}

/// `AUTO(KEY(c))`, `AUTO(ALL)`, `EVEN`, ….
fn dist_state(text: &str) -> Option<DistStyle> {
    let text = text.trim();
    let text = text
        .strip_prefix("AUTO(")
        .and_then(|t| t.strip_suffix(')'))
        .unwrap_or(text);
    match text {
        "EVEN" => Some(DistStyle::Even),
        "ALL" => Some(DistStyle::All),
        _ => {
            let column = text.strip_prefix("KEY(")?.strip_suffix(')')?;
            Some(DistStyle::Key(column.to_lowercase()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;
    use crate::text::SourceFile;

    fn schema(text: &str) -> Schema {
        let script = sql::parse(&SourceFile::new("t.sql", text));
        assert_eq!(script.errors, []);
        Schema::of(&script)
    }

    #[test]
    fn statements_apply_in_order() {
        let schema = schema(
            "create table shop.orders (id bigint identity(1,1), \"Total\" money_t, note text encode zstd)
               diststyle key distkey(id) compound sortkey(id, total);
             alter table shop.orders rename column total to amount;
             alter table shop.orders add column at timestamp encode az64;
             create temp table #recent as select id, amount as sum from shop.orders;
             drop table if exists missing;",
        );
        let orders = schema.resolve(Some("shop"), "orders").expect("orders");
        assert_eq!(orders.dist_style, DistStyle::Key("id".into()));
        assert_eq!(orders.sort_columns(), ["id", "amount"]);
        assert!(!orders.encode_auto && orders.columns[0].identity);
        assert_eq!(orders.columns[2].data_type, DataType::Varchar(256));
        let recent = schema.resolve(None, "#recent").expect("recent");
        assert_eq!(recent.columns[0].data_type, DataType::BigInt);
        assert_eq!(recent.columns[1].name, "sum");
        assert_eq!(recent.kind, TableKind::Temporary);
    }

    #[test]
    fn auto_is_a_state_of_its_own_until_it_is_told() {
        let mut schema = schema("create table t (a int default \"identity\"(1, 0, '0,1'::text));");
        let table = schema.resolve(None, "t").expect("t");
        assert!(table.columns[0].identity && table.encode_auto);
        assert_eq!(table.dist_style, DistStyle::Auto(None));
        let mut stats = crate::stats::Stats::default();
        stats.tables.insert(
            "public.t".into(),
            crate::stats::TableStats {
                diststyle: Some("AUTO(KEY(a))".into()),
                sortkey1: Some("AUTO(SORTKEY(a))".into()),
                ..Default::default()
            },
        );
        schema.settle_auto(&stats);
        let table = schema.resolve(None, "t").expect("t");
        assert_eq!(
            table.dist_style,
            DistStyle::Auto(Some(Box::new(DistStyle::Key("a".into()))))
        );
        assert_eq!(table.sort_columns(), ["a"]);
    }
}
