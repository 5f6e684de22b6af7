//! What dbt builds, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::artefacts::{Catalog, Entry, Manifest, Node};
use super::places::{self, Places, Setting};
use crate::name::{Ident, TableName};

/// How a model is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Made anew on every run: `table`, and seeds, which are emptied and filled.
    Table,
    /// Kept, and added to: dbt never changes its keys.
    Incremental,
    /// As an incremental model.
    Snapshot,
    /// Filled from a file.
    Seed,
    /// Refreshed by Redshift.
    MaterializedView,
    /// A query under a name.
    View,
    /// Put into the queries that read it.
    Ephemeral,
    /// A materialization that is not dbt-redshift's own.
    Other,
}

impl Kept {
    fn of(node: &Node) -> Self {
        let materialized = node.config.get("materialized").and_then(Value::as_str);
        match (node.resource_type.as_str(), materialized.unwrap_or("view")) {
            ("seed", _) => Self::Seed,
            ("snapshot", _) => Self::Snapshot,
            (_, "table") => Self::Table,
            (_, "incremental") => Self::Incremental,
            (_, "materialized_view") => Self::MaterializedView,
            (_, "view") => Self::View,
            (_, "ephemeral") => Self::Ephemeral,
            _ => Self::Other,
        }
    }

    /// Whether rows of it lie on the cluster.
    pub fn is_stored(self) -> bool {
        !matches!(self, Self::View | Self::Ephemeral | Self::Other)
    }

    /// Whether a run keeps the table that is there, with the keys that it has.
    pub fn keeps_its_keys(self) -> bool {
        matches!(self, Self::Incremental | Self::Snapshot)
    }
}

/// A distribution that a configuration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// `auto`, and what dbt writes no clause for.
    Auto,
    /// A copy on every node.
    All,
    /// Round robin.
    Even,
    /// By a column.
    Column(Ident),
}

impl Key {
    fn of(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "auto" => Self::Auto,
            "all" => Self::All,
            "even" => Self::Even,
            column => Self::Column(Ident::exact(column)),
        }
    }

    /// As `SVV_TABLE_INFO` prints it: `KEY(order_id)`, `AUTO(EVEN)`.
    pub fn printed(text: &str) -> Self {
        let (style, column) = text.split_once('(').unwrap_or((text, ""));
        match style.trim().to_ascii_uppercase().as_str() {
            "KEY" => Self::Column(Ident::exact(column.trim_end_matches(')').trim())),
            "ALL" => Self::All,
            "EVEN" => Self::Even,
            _ => Self::Auto,
        }
    }

    /// As a model's configuration has it: `dist='order_id'`.
    pub fn setting(&self) -> String {
        let value = match self {
            Self::Auto => "auto",
            Self::All => "all",
            Self::Even => "even",
            Self::Column(column) => column.as_str(),
        };
        format!("dist='{value}'")
    }
}

/// How an incremental model takes new rows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// They are added.
    Append,
    /// Rows of the same key are deleted first.
    DeleteInsert,
    /// Rows of the same key are written over.
    Merge,
    /// A window of time is deleted and filled again.
    Microbatch,
}

/// A relation as the catalog has it.
#[derive(Debug, Clone, Default)]
pub struct Actual {
    /// Columns with their types, in order.
    pub columns: Vec<(Ident, String)>,
    /// As `SVV_TABLE_INFO` has it: `KEY(order_id)`, `AUTO(ALL)`.
    pub diststyle: Option<String>,
    /// The first column of the sort key, or `INTERLEAVED`.
    pub sortkey1: Option<String>,
    /// How many columns the sort key has.
    pub sortkey_num: Option<f64>,
    /// Rows, those marked deleted among them.
    pub rows: Option<f64>,
    /// Blocks of 1 MB.
    pub size_blocks: Option<f64>,
    /// Share, 0 to 1.
    pub unsorted: Option<f64>,
    /// How stale the statistics are, 0 to 1.
    pub stats_off: Option<f64>,
    /// Rows of the fullest slice over those of the emptiest.
    pub skew_rows: Option<f64>,
}

impl Actual {
    fn of(entry: &Entry) -> Self {
        let mut columns: Vec<_> = entry.columns.values().collect();
        columns.sort_by_key(|column| column.index);
        let columns = columns.into_iter().map(|column| {
            let name = Ident::exact(column.name.to_lowercase());
            (name, column.data_type.clone())
        });
        // The catalog has bytes of a million to the block (dbt-redshift, catalog.sql).
        const BLOCK: f64 = 1e6;
        Self {
            columns: columns.collect(),
            diststyle: entry.text("diststyle").map(str::to_owned),
            sortkey1: entry.text("sortkey1").map(str::to_owned),
            sortkey_num: entry.number("sortkey_num"),
            rows: entry.number("rows"),
            size_blocks: entry.number("size").map(|bytes| bytes / BLOCK),
            unsorted: entry.number("unsorted"),
            stats_off: entry.number("stats_off").map(|percent| percent / 100.0),
            skew_rows: entry.number("skew_rows"),
        }
    }
}

/// A model, seed or snapshot.
#[derive(Debug)]
pub struct Model {
    /// `fct_orders`.
    pub name: String,
    /// The relation; an ephemeral model has none.
    pub table: Option<TableName>,
    /// How it is kept.
    pub kept: Kept,
    /// The distribution that is configured, if one is.
    pub dist: Option<Key>,
    /// The sort key that is configured.
    pub sort: Vec<Ident>,
    /// Whether it is interleaved.
    pub interleaved: bool,
    /// Whether `auto` is configured as a sort key, which dbt takes for a column.
    pub sort_auto: bool,
    /// Whether it is a view that is bound when it is read.
    pub late_binding: bool,
    /// The key by which rows are the same.
    pub unique_key: Vec<Ident>,
    /// How new rows are taken in.
    pub strategy: Option<Strategy>,
    /// Whether conditions narrow what a run looks at.
    pub has_predicates: bool,
    /// Columns, alone or together, that a test holds to be unique.
    pub tested_unique: BTreeSet<Vec<Ident>>,
    /// Columns that a test holds to refer to another model: the column, the table, its column.
    pub refers: Vec<(Ident, TableName, Ident)>,
    /// Whether dbt makes the table by CREATE TABLE with these columns.
    pub contract: bool,
    /// Columns with the types that are written down.
    pub documented: Vec<(Ident, String)>,
    /// Its query, with the templates filled.
    pub compiled: Option<String>,
    /// Its query as it is written.
    pub raw: String,
    /// The relation as the catalog has it.
    pub actual: Option<Actual>,
    /// The ids of what it reads.
    pub reads: Vec<String>,
    places: Places,
}

impl Model {
    /// The path of the file that it stands in.
    pub fn path(&self) -> &str {
        self.places.path()
    }

    /// Where a setting is made: the file and the line, from 1.
    pub fn place(&self, setting: Setting) -> (&str, usize) {
        self.places.of(setting)
    }

    /// Whether a sort key whose first column is this one, as the cluster has it, begins as the
    /// configuration has it.
    pub fn sorts_as_configured(&self, first: &str) -> bool {
        if first.eq_ignore_ascii_case("interleaved") {
            return self.interleaved;
        }
        let column = self.sort.first().filter(|_| !self.interleaved);
        column.is_some_and(|column| column.as_str() == first)
    }

    /// Rows, where the catalog tells.
    pub fn rows(&self) -> Option<f64> {
        self.actual.as_ref()?.rows
    }

    /// Whether it should have a query and has none that could be planned.
    pub(super) fn lacks_query(&self) -> bool {
        !matches!(self.kept, Kept::Seed | Kept::Ephemeral) && self.compiled.is_none()
    }
}

/// A source: a table that dbt reads and does not make.
#[derive(Debug)]
pub(super) struct Source {
    pub table: TableName,
    pub documented: Vec<(Ident, String)>,
    pub actual: Option<Actual>,
}

/// The models and the sources of a manifest.
pub(super) fn of(
    manifest: Manifest,
    catalog: Option<&Catalog>,
    root: &Path,
) -> (BTreeMap<String, Model>, BTreeMap<String, Source>) {
    let tables: BTreeMap<&String, TableName> = manifest
        .nodes
        .iter()
        .filter_map(|(id, node)| Some((id, table_of(node)?)))
        .collect();
    let mut settings = places::Files::new(root);
    let mut models = BTreeMap::new();
    for (id, node) in &manifest.nodes {
        if !matches!(node.resource_type.as_str(), "model" | "seed" | "snapshot") {
            continue;
        }
        let actual = catalog
            .and_then(|catalog| catalog.nodes.get(id))
            .map(Actual::of);
        models.insert(
            id.clone(),
            model(node, tables.get(id).cloned(), actual, &mut settings),
        );
    }
    for test in manifest.nodes.values() {
        let attached = test
            .attached_node
            .as_ref()
            .and_then(|id| models.get_mut(id));
        if let (Some(metadata), Some(model)) = (&test.test_metadata, attached) {
            tested(model, test, metadata, &tables);
        }
    }
    let sources = manifest.sources.iter().filter_map(|(id, node)| {
        let source = Source {
            table: table_of(node)?,
            documented: documented(node),
            actual: catalog
                .and_then(|catalog| catalog.sources.get(id))
                .map(Actual::of),
        };
        Some((id.clone(), source))
    });
    let sources = sources.collect();
    (models, sources)
}

fn table_of(node: &Node) -> Option<TableName> {
    // Tests and ephemeral models have none.
    node.relation_name.as_ref()?;
    let name = node
        .identifier
        .as_ref()
        .or(node.alias.as_ref())
        .unwrap_or(&node.name);
    let fold = |name: &str| Ident::exact(name.to_lowercase());
    Some(TableName::new(node.schema.as_deref().map(fold), fold(name)))
}

fn model(
    node: &Node,
    table: Option<TableName>,
    actual: Option<Actual>,
    files: &mut places::Files,
) -> Model {
    let text = |key: &str| node.config.get(key).and_then(Value::as_str);
    let kept = Kept::of(node);
    let unique_key = idents(node.config.get("unique_key"));
    let sort = idents(node.config.get("sort"));
    let sort_auto = matches!(sort.as_slice(), [one] if one.as_str() == "auto");
    Model {
        name: node.name.clone(),
        table,
        kept,
        dist: text("dist").map(Key::of),
        sort: if sort_auto { Vec::new() } else { sort },
        sort_auto,
        late_binding: kept == Kept::View && node.config.get("bind") == Some(&Value::Bool(false)),
        interleaved: text("sort_type").is_some_and(|it| it.eq_ignore_ascii_case("interleaved")),
        strategy: (kept == Kept::Incremental).then(|| match text("incremental_strategy") {
            Some("append") => Strategy::Append,
            Some("merge") => Strategy::Merge,
            Some("microbatch") => Strategy::Microbatch,
            Some("delete+insert") => Strategy::DeleteInsert,
            // dbt-redshift: append without a key, else delete+insert.
            _ if unique_key.is_empty() => Strategy::Append,
            _ => Strategy::DeleteInsert,
        }),
        unique_key,
        has_predicates: ["incremental_predicates", "predicates"].iter().any(|key| {
            let value = node.config.get(*key);
            value.is_some_and(|value| {
                !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty())
            })
        }),
        tested_unique: BTreeSet::new(),
        refers: Vec::new(),
        contract: node
            .config
            .get("contract")
            .and_then(|it| it.get("enforced"))
            == Some(&Value::Bool(true)),
        documented: documented(node),
        compiled: node
            .compiled_code
            .clone()
            .filter(|code| !code.trim().is_empty()),
        raw: node.raw_code.clone().unwrap_or_default(),
        actual,
        reads: node.depends_on.nodes.clone(),
        places: files.places(node),
    }
}

fn documented(node: &Node) -> Vec<(Ident, String)> {
    let columns = node.columns.values().filter_map(|column| {
        let data_type = column.data_type.clone()?;
        Some((Ident::exact(column.name.to_lowercase()), data_type))
    });
    columns.collect()
}

/// One name or several.
fn idents(value: Option<&Value>) -> Vec<Ident> {
    let name = |value: &Value| {
        value
            .as_str()
            .map(|name| Ident::exact(name.trim().to_lowercase()))
    };
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(name).collect(),
        Some(value) => name(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// What a test holds of its model.
fn tested(
    model: &mut Model,
    test: &Node,
    metadata: &super::artefacts::TestMetadata,
    tables: &BTreeMap<&String, TableName>,
) {
    let named = metadata.kwargs.get("column_name").and_then(Value::as_str);
    let column = test.column_name.as_deref().or(named);
    let column = column.map(|name| Ident::exact(name.to_lowercase()));
    match (metadata.name.as_str(), column) {
        ("unique", Some(column)) => {
            model.tested_unique.insert(vec![column]);
        }
        // dbt_utils.
        ("unique_combination_of_columns", _) => {
            let columns = idents(metadata.kwargs.get("combination_of_columns"));
            model.tested_unique.insert(columns);
        }
        ("relationships", Some(column)) => {
            let field = metadata.kwargs.get("field").and_then(Value::as_str);
            let read = test.depends_on.nodes.iter();
            let others: Vec<&TableName> = read
                .filter(|id| Some(*id) != test.attached_node.as_ref())
                .filter_map(|id| tables.get(id))
                .collect();
            if let (Some(field), [other]) = (field, others.as_slice()) {
                let field = Ident::exact(field.to_lowercase());
                model.refers.push((column, (*other).clone(), field));
            }
        }
        _ => {}
    }
}
