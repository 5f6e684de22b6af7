//! The schema rules: one file each, listed in [`RULES`].

mod all_on_large_table;
mod attribute_value_table;
mod compressed_sort_key;
mod conflicting_distribution;
mod copy_compupdate;
mod copy_credentials;
mod copy_maxerror;
mod copy_one_file;
mod copy_without_manifest;
mod date_distkey;
mod date_in_text;
mod deleted_rows;
mod edits;
mod encode_auto_off;
mod encoding_not_allowed;
mod even_dimension;
mod few_valued_distkey;
mod identity_distkey;
mod interleaved_sort_key;
mod large_unsorted_table;
mod list_in_column;
mod lzo_encoding;
mod mismatched_key_types;
mod missing_primary_key;
mod money_in_float;
mod normalization_chain;
mod not_co_located;
mod numbered_columns;
mod raw_encoding;
mod refused_definition;
mod rewriting_alter;
mod several_alter_actions;
mod single_row_inserts;
mod skewed_table;
mod sort_key_after_unique;
mod stale_table_statistics;
mod tables_per_period;
mod unknown_key_column;
mod unsorted_rows;
mod wide_key;
mod wide_varchar;
mod workload_columns;

use super::{Finding, Location, RuleInfo, Violation};
use crate::config::Config;
use crate::latency::Cluster;
use crate::schema::{Schema, Table};
use crate::sql::{Body, CreateTable, Script, Statement};
use crate::stats::{Stats, TableStats};
use crate::text::{SourceFile, Span};

/// What a schema rule sees: one file, and the schema that all files define.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The file.
    pub source: &'a SourceFile,
    /// Its place among the files.
    pub file: usize,
    /// Its statements.
    pub script: &'a Script,
    /// What all files define together.
    pub schema: &'a Schema,
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
    pub fn created(&self) -> impl Iterator<Item = (&'a CreateTable, &'a Table, &'a Statement)> {
        let (schema, file) = (self.schema, self.file);
        self.script.statements.iter().filter_map(move |statement| {
            let Body::CreateTable(create) = &statement.body else {
                return None;
            };
            let table = schema.created_at((file, statement.span))?;
            Some((create.as_ref(), table, statement))
        })
    }

    /// What is known of a table.
    pub fn stats_of(&self, table: &Table) -> Option<&'a TableStats> {
        self.stats?
            .table(table.name.schema.as_deref(), &table.name.name)
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

/// A rule of this family.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its constant part.
    pub info: RuleInfo,
    /// Looks for it in a file.
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

const fn rule<V: Violation>(check: fn(&Context<'_>) -> Vec<Finding>) -> Rule {
    Rule {
        info: V::RULE,
        check,
    }
}

/// Every rule of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    rule::<workload_columns::WorkloadColumns>(workload_columns::check),
    rule::<not_co_located::NotCoLocated>(not_co_located::check),
    rule::<few_valued_distkey::FewValuedDistkey>(few_valued_distkey::check),
    rule::<date_distkey::DateDistkey>(date_distkey::check),
    rule::<mismatched_key_types::MismatchedKeyTypes>(mismatched_key_types::check),
    rule::<all_on_large_table::AllOnLargeTable>(all_on_large_table::check),
    rule::<even_dimension::EvenDimension>(even_dimension::check),
    rule::<normalization_chain::NormalizationChain>(normalization_chain::check),
    rule::<wide_varchar::WideVarchar>(wide_varchar::check),
    rule::<wide_key::WideKey>(wide_key::check),
    rule::<date_in_text::DateInText>(date_in_text::check),
    rule::<money_in_float::MoneyInFloat>(money_in_float::check),
    rule::<compressed_sort_key::CompressedSortKey>(compressed_sort_key::check),
    rule::<raw_encoding::RawEncoding>(raw_encoding::check),
    rule::<lzo_encoding::LzoEncoding>(lzo_encoding::check),
    rule::<encode_auto_off::EncodeAutoOff>(encode_auto_off::check),
    rule::<encoding_not_allowed::EncodingNotAllowed>(encoding_not_allowed::check),
    rule::<interleaved_sort_key::InterleavedSortKey>(interleaved_sort_key::check),
    rule::<sort_key_after_unique::SortKeyAfterUnique>(sort_key_after_unique::check),
    rule::<missing_primary_key::MissingPrimaryKey>(missing_primary_key::check),
    rule::<identity_distkey::IdentityDistkey>(identity_distkey::check),
    rule::<refused_definition::RefusedDefinition>(refused_definition::check),
    rule::<conflicting_distribution::ConflictingDistribution>(conflicting_distribution::check),
    rule::<unknown_key_column::UnknownKeyColumn>(unknown_key_column::check),
    rule::<several_alter_actions::SeveralAlterActions>(several_alter_actions::check),
    rule::<rewriting_alter::RewritingAlter>(rewriting_alter::check),
    rule::<copy_maxerror::CopyMaxerror>(copy_maxerror::check),
    rule::<copy_credentials::CopyCredentials>(copy_credentials::check),
    rule::<copy_without_manifest::CopyWithoutManifest>(copy_without_manifest::check),
    rule::<copy_one_file::CopyOneFile>(copy_one_file::check),
    rule::<list_in_column::ListInColumn>(list_in_column::check),
    rule::<single_row_inserts::SingleRowInserts>(single_row_inserts::check),
    rule::<tables_per_period::TablesPerPeriod>(tables_per_period::check),
    rule::<numbered_columns::NumberedColumns>(numbered_columns::check),
    rule::<large_unsorted_table::LargeUnsortedTable>(large_unsorted_table::check),
    rule::<skewed_table::SkewedTable>(skewed_table::check),
    rule::<unsorted_rows::UnsortedRows>(unsorted_rows::check),
    rule::<stale_table_statistics::StaleTableStatistics>(stale_table_statistics::check),
    rule::<deleted_rows::DeletedRows>(deleted_rows::check),
    rule::<attribute_value_table::AttributeValueTable>(attribute_value_table::check),
    rule::<copy_compupdate::CopyCompupdate>(copy_compupdate::check),
];

/// Runs the rules that the settings select over one file, in the order of the lines.
pub fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES
        .iter()
        .filter(|rule| cx.config.rules.selects(&rule.info))
        .flat_map(|rule| (rule.check)(cx))
        .collect();
    for finding in &mut findings {
        cx.config.rules.adjust(finding);
    }
    findings.sort_by(|a, b| (&a.location, a.code).cmp(&(&b.location, b.code)));
    findings
}
