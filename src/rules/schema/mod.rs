//! The schema rules: one file each, listed in [`RULES`].

mod all_on_large_table;
mod all_written_often;
mod attribute_value_table;
mod clear_password;
mod compressed_sort_key;
mod conflicting_distribution;
mod copy_compupdate;
mod copy_credentials;
mod copy_maxerror;
mod copy_one_file;
mod copy_without_manifest;
mod date_distkey;
mod date_in_text;
mod default_length;
mod delete_then_insert;
mod deleted_rows;
mod edits;
mod encode_auto_off;
mod encoding_not_allowed;
mod even_dimension;
mod exclusive_parameters;
mod few_valued_distkey;
mod fills;
mod hidden_sort_key;
mod identity_distkey;
mod interleaved_sort_key;
mod invalid_definition;
mod large_unsorted_table;
mod list_in_column;
mod long_sort_key;
mod lzo_encoding;
mod migrations;
mod mismatched_key_types;
mod missing_primary_key;
mod mixed_types;
mod money_in_float;
mod normalization_chain;
mod not_co_located;
mod not_in_transaction;
mod numbered_columns;
mod python_udf;
mod raw_encoding;
mod refused_alter;
mod refused_definition;
mod rewriting_alter;
mod runlength_sort_key;
mod several_alter_actions;
mod single_row_inserts;
mod skewed_table;
mod sort_key_after_unique;
mod staging_without_key;
mod stale_table_statistics;
mod tables_per_period;
mod transactions;
mod truncate_in_transaction;
mod unbound_view;
mod unknown_key_column;
mod unsorted_rows;
mod uuid_join_key;
mod whole_table_change;
mod wide_key;
mod wide_varchar;
mod workload_columns;

use std::sync::OnceLock;

use super::{Edit, Finding, Kind, Location, family};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::schema::uses::Uses;
use crate::schema::{Schema, Table};
use crate::sql::{Body, CreateTable, DataType, Encoding, Script, Statement};
use crate::stats::{Stats, TableStats};
use crate::text::comments::comments;
use crate::text::{SourceFile, Span};

/// A `CREATE TABLE`, the table that it defines, and the statement.
pub type Created<'a> = (&'a CreateTable, &'a Table, &'a Statement);

/// The `CREATE TABLE` statements of a file with the tables that they define: most rules look at these,
/// and to find a table takes longer than a look at it.
pub fn created<'a>(script: &'a Script, schema: &'a Schema, file: usize) -> Vec<Created<'a>> {
    let statements = script.statements.iter().filter_map(|statement| {
        let Body::CreateTable(create) = &statement.body else {
            return None;
        };
        let table = schema.created_at((file, statement.span))?;
        Some((create.as_ref(), table, statement))
    });
    statements.collect()
}

/// The encodings that a column of this type may have, those that suit most columns first; all of
/// them where the type is not known.
pub fn encodings(data_type: Option<&DataType>) -> Vec<Encoding> {
    use Encoding as E;
    let all = [
        E::Az64,
        E::Zstd,
        E::Raw,
        E::Bytedict,
        E::Delta,
        E::Delta32k,
        E::Lzo,
        E::Mostly8,
        E::Mostly16,
        E::Mostly32,
        E::Runlength,
        E::Text255,
        E::Text32k,
    ];
    let allowed = |encoding: &Encoding| {
        data_type.is_none_or(|data_type| encoding_not_allowed::is_allowed(*encoding, data_type))
    };
    all.into_iter().filter(allowed).collect()
}

/// What rules look up in the schema once for all files.
#[derive(Debug, Default)]
pub struct Shared {
    /// The tables with a column that is called like a key, by its name.
    keys: OnceLock<mixed_types::Keys>,
}

/// What a schema rule sees: one file, and the schema that all files define.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The file.
    pub source: &'a SourceFile,
    /// Its place among the files.
    pub file: usize,
    /// Its statements.
    pub script: &'a Script,
    /// Those of them that define a table: see [`created`].
    pub created: &'a [Created<'a>],
    /// What all files define together.
    pub schema: &'a Schema,
    /// What rules look up in it once for all files.
    pub shared: &'a Shared,
    /// What the statements of all files do with the tables, without places.
    pub uses: &'a Uses,
    /// What the statements of this file do with them.
    pub here: &'a Uses,
    /// What is known of the data, if it was given.
    pub stats: Option<&'a Stats>,
    /// The cluster, named or assumed: its slices decide about skew.
    pub cluster: &'a Cluster,
    /// The settings.
    pub config: &'a Config,
}

impl<'a> Context<'a> {
    /// A place in the file.
    pub fn location(&self, span: Span) -> Location {
        let place = self.source.line_column(span.start);
        Location {
            path: self.source.name.clone(),
            line: place.line,
            column: place.column,
            span,
        }
    }

    /// The `CREATE TABLE` statements of the file with the tables that they define.
    pub fn created(&self) -> impl Iterator<Item = Created<'a>> {
        self.created.iter().copied()
    }

    /// The place of a column in a definition; the table's where it is not written there.
    pub fn at_column(&self, create: &CreateTable, column: &str) -> Location {
        let column = create.columns.iter().find(|one| one.name.0 == column);
        self.location(column.map_or(create.name.span, |column| column.name.1))
    }

    /// Statements that stand by themselves, not within the body of a procedure, in order.
    pub fn top_level(&self) -> impl Iterator<Item = &'a Statement> {
        self.script.statements.iter().filter(|one| !one.in_body)
    }

    /// The statements within the body of each procedure.
    pub fn bodies(&self) -> impl Iterator<Item = Vec<&'a Statement>> {
        let inner = self.script.statements.iter().filter(|one| one.in_body);
        let inner: Vec<&Statement> = inner.collect();
        self.top_level().filter_map(move |outer| {
            let within = |one: &&Statement| {
                outer.span.start <= one.span.start && one.span.end <= outer.span.end
            };
            let first = inner.partition_point(|one| one.span.start < outer.span.start);
            let body = inner.iter().copied().skip(first).take_while(within);
            let body: Vec<&Statement> = body.collect();
            (!body.is_empty()).then_some(body)
        })
    }

    /// The text of a statement.
    pub fn text_of(&self, statement: &Statement) -> &'a str {
        let span = statement.span;
        self.source
            .text
            .get(span.start..span.end)
            .unwrap_or_default()
    }

    /// What is known of a table.
    pub fn stats_of(&self, table: &Table) -> Option<&'a TableStats> {
        self.stats?.table(&table.name)
    }

    /// Rows of a table, where known.
    pub fn rows_of(&self, table: &Table) -> Option<f64> {
        self.stats_of(table)?.rows
    }

    /// The tables that refer to this one by a declared foreign key.
    pub fn referring(&self, table: &Table) -> impl Iterator<Item = &'a Table> {
        self.schema.referring(&table.name)
    }
}

/// This family.
#[derive(Debug)]
pub struct Tables;

impl Kind for Tables {
    type Context<'a> = Context<'a>;

    fn schema<'c>(cx: &'c Context<'_>) -> Option<&'c Schema> {
        Some(cx.schema)
    }

    fn config<'c>(cx: &'c Context<'_>) -> &'c Config {
        cx.config
    }
}

/// A rule of this family.
pub type Rule = super::Rule<Tables>;

/// Every rule of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    Rule::of::<workload_columns::WorkloadColumns>(workload_columns::check),
    Rule::of::<not_co_located::NotCoLocated>(not_co_located::check),
    Rule::of::<few_valued_distkey::FewValuedDistkey>(few_valued_distkey::check),
    Rule::of::<date_distkey::DateDistkey>(date_distkey::check),
    Rule::of::<mismatched_key_types::MismatchedKeyTypes>(mismatched_key_types::check),
    Rule::of::<all_on_large_table::AllOnLargeTable>(all_on_large_table::check),
    Rule::of::<even_dimension::EvenDimension>(even_dimension::check),
    Rule::of::<normalization_chain::NormalizationChain>(normalization_chain::check),
    Rule::of::<wide_varchar::WideVarchar>(wide_varchar::check),
    Rule::of::<wide_key::WideKey>(wide_key::check),
    Rule::of::<date_in_text::DateInText>(date_in_text::check),
    Rule::of::<money_in_float::MoneyInFloat>(money_in_float::check),
    Rule::of::<compressed_sort_key::CompressedSortKey>(compressed_sort_key::check),
    Rule::of::<raw_encoding::RawEncoding>(raw_encoding::check),
    Rule::of::<lzo_encoding::LzoEncoding>(lzo_encoding::check),
    Rule::of::<encode_auto_off::EncodeAutoOff>(encode_auto_off::check),
    Rule::of::<encoding_not_allowed::EncodingNotAllowed>(encoding_not_allowed::check),
    Rule::of::<interleaved_sort_key::InterleavedSortKey>(interleaved_sort_key::check),
    Rule::of::<sort_key_after_unique::SortKeyAfterUnique>(sort_key_after_unique::check),
    Rule::of::<missing_primary_key::MissingPrimaryKey>(missing_primary_key::check),
    Rule::of::<identity_distkey::IdentityDistkey>(identity_distkey::check),
    Rule::of::<refused_definition::RefusedDefinition>(refused_definition::check),
    Rule::of::<conflicting_distribution::ConflictingDistribution>(conflicting_distribution::check),
    Rule::of::<unknown_key_column::UnknownKeyColumn>(unknown_key_column::check),
    Rule::of::<several_alter_actions::SeveralAlterActions>(several_alter_actions::check),
    Rule::of::<rewriting_alter::RewritingAlter>(rewriting_alter::check),
    Rule::of::<copy_maxerror::CopyMaxerror>(copy_maxerror::check),
    Rule::of::<copy_credentials::CopyCredentials>(copy_credentials::check),
    Rule::of::<copy_without_manifest::CopyWithoutManifest>(copy_without_manifest::check),
    Rule::of::<copy_one_file::CopyOneFile>(copy_one_file::check),
    Rule::of::<list_in_column::ListInColumn>(list_in_column::check),
    Rule::of::<single_row_inserts::SingleRowInserts>(single_row_inserts::check),
    Rule::of::<tables_per_period::TablesPerPeriod>(tables_per_period::check),
    Rule::of::<numbered_columns::NumberedColumns>(numbered_columns::check),
    Rule::of::<large_unsorted_table::LargeUnsortedTable>(large_unsorted_table::check),
    Rule::of::<skewed_table::SkewedTable>(skewed_table::check),
    Rule::of::<unsorted_rows::UnsortedRows>(unsorted_rows::check),
    Rule::of::<stale_table_statistics::StaleTableStatistics>(stale_table_statistics::check),
    Rule::of::<deleted_rows::DeletedRows>(deleted_rows::check),
    Rule::of::<attribute_value_table::AttributeValueTable>(attribute_value_table::check),
    Rule::of::<copy_compupdate::CopyCompupdate>(copy_compupdate::check),
    Rule::of::<refused_alter::RefusedAlter>(refused_alter::check),
    Rule::of::<truncate_in_transaction::TruncateInTransaction>(truncate_in_transaction::check),
    Rule::of::<mixed_types::MixedTypes>(mixed_types::check),
    Rule::of::<runlength_sort_key::RunlengthSortKey>(runlength_sort_key::check),
    Rule::of::<default_length::DefaultLength>(default_length::check),
    Rule::of::<long_sort_key::LongSortKey>(long_sort_key::check),
    Rule::of::<hidden_sort_key::HiddenSortKey>(hidden_sort_key::check),
    Rule::of::<uuid_join_key::UuidJoinKey>(uuid_join_key::check),
    Rule::of::<whole_table_change::WholeTableChange>(whole_table_change::check),
    Rule::of::<delete_then_insert::DeleteThenInsert>(delete_then_insert::check),
    Rule::of::<clear_password::ClearPassword>(clear_password::check),
    Rule::of::<all_written_often::AllWrittenOften>(all_written_often::check),
    Rule::of::<staging_without_key::StagingWithoutKey>(staging_without_key::check),
    Rule::of::<python_udf::PythonUdf>(python_udf::check),
    Rule::of::<invalid_definition::InvalidDefinition>(invalid_definition::check),
    Rule::of::<exclusive_parameters::ExclusiveParameters>(exclusive_parameters::check),
    Rule::of::<not_in_transaction::NotInTransaction>(not_in_transaction::check),
    Rule::of::<unbound_view::UnboundView>(unbound_view::check),
];

/// Runs the rules that the settings select over one file, in the order of the lines.
pub fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = family::run(RULES, cx);
    for finding in &mut findings {
        let swallows = |edit: &Edit| {
            let there = cx.source.text.get(edit.span.start..edit.span.end);
            there.is_some_and(|there| comments(there).any(|(_, one)| !edit.text.contains(one)))
        };
        let fix = finding.fix.as_ref();
        if fix.is_some_and(|fix| fix.edits.iter().any(swallows)) {
            finding.fix = None;
            finding
                .remedy
                .text
                .to_mut()
                .push_str(" A comment stands inside of it: change it by hand.");
        }
    }
    // In place: what keeps equals in their order takes half as much memory again.
    findings.sort_unstable_by(|a, b| {
        let by_place = (&a.location, a.code).cmp(&(&b.location, b.code));
        by_place.then_with(|| a.message.cmp(&b.message))
    });
    findings
}
