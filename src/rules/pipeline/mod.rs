//! The pipeline rules: one file each, listed in [`RULES`]. Codes by what they ask:
//! scope 40x, state 41x, safety 42x, scaling 43x, wiring 44x; from 446 on in the order in which
//! they came.

mod append_only_load;
mod appended_to_redshift;
mod argument_not_given;
mod catchup_since_years;
mod collected_on_driver;
mod concurrent_bookmark;
mod crawler_not_waited;
mod deleted_first;
mod error_swallowed;
mod file_not_read;
mod file_sizes;
mod files_not_a_multiple;
mod fixed_date;
mod fixed_workers;
mod fractional_second_rule;
mod frames;
mod full_reload;
mod glue_version_ended;
mod jdbc_unsplit;
mod load_not_run;
mod malformed_rows_dropped;
mod metric_not_published;
mod no_alarm;
mod no_checkpoint;
mod no_monitoring_rules;
mod no_priority_queue;
mod no_retries;
mod no_timeout;
mod not_committed;
mod nothing_written;
mod priority_cpu;
mod public_warehouse;
mod random_run_id;
mod raw_kept_long;
mod reload_without_transaction;
mod script_not_readable;
mod secret_in_arguments;
mod secret_in_file;
mod single_task;
mod slow_schedule;
mod unbounded_map;
mod unencrypted_warehouse;
mod unversioned_bucket;
mod versions_expire_early;
mod whole_prefix_read;
mod wildcard_actions;
mod wlm_over_limits;

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Kind, Location, family};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::pipeline::loads::{self, Loads};
use crate::pipeline::script::{Call, Script, is_one_of};
use crate::pipeline::{Job, Pipeline, Place, WlmQueue};
use crate::text::Span;

/// What a pipeline rule sees.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was found.
    pub pipeline: &'a Pipeline,
    /// The cluster that is loaded, named or assumed.
    pub cluster: &'a Cluster,
    /// The settings.
    pub config: &'a Config,
}

impl<'a> Context<'a> {
    /// A place as findings name it.
    fn place(&self, place: &Place) -> Location {
        self.line(&place.path, place.line)
    }

    fn line(&self, path: &str, line: usize) -> Location {
        Location {
            path: path.to_owned(),
            line,
            column: 1,
            span: Span::default(),
        }
    }

    /// The queues of each WLM configuration.
    fn configurations(&self) -> Vec<Vec<&'a WlmQueue>> {
        let mut by_file: BTreeMap<&str, Vec<&WlmQueue>> = BTreeMap::new();
        for queue in &self.pipeline.queues {
            by_file.entry(&queue.place.path).or_default().push(queue);
        }
        by_file.into_values().collect()
    }

    /// What each SQL file does to tables, in order. A table that one file merges into others is
    /// staging in all.
    fn loads(&self) -> impl Iterator<Item = Loads> + 'a {
        let files = self.pipeline.sql.iter();
        let mut all: Vec<Loads> = files
            .map(|(source, script)| loads::read(source, script))
            .collect();
        let merged: BTreeSet<String> = all.iter().flat_map(Loads::merged).cloned().collect();
        all.iter_mut().for_each(|one| one.add_staging(&merged));
        all.into_iter()
    }

    /// The jobs that run a script.
    fn jobs_of(&self, script: &'a Script) -> impl Iterator<Item = &'a Job> + 'a {
        let pipeline = self.pipeline;
        pipeline.jobs.iter().filter(move |job| {
            let of = pipeline.script_of(job);
            of.is_some_and(|of| of.path == script.path)
        })
    }
}

/// This family.
#[derive(Debug)]
pub struct Pipelines;

impl Kind for Pipelines {
    type Context<'a> = Context<'a>;

    fn config<'c>(cx: &'c Context<'_>) -> &'c Config {
        cx.config
    }
}

/// A rule of this family.
pub type Rule = super::Rule<Pipelines>;

/// Every rule of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    Rule::of::<whole_prefix_read::WholePrefixRead>(whole_prefix_read::check),
    Rule::of::<full_reload::FullReload>(full_reload::check),
    Rule::of::<no_checkpoint::NoCheckpoint>(no_checkpoint::check),
    Rule::of::<append_only_load::AppendOnlyLoad>(append_only_load::check),
    Rule::of::<random_run_id::RandomRunId>(random_run_id::check),
    Rule::of::<nothing_written::NothingWritten>(nothing_written::check),
    Rule::of::<no_retries::NoRetries>(no_retries::check),
    Rule::of::<no_timeout::NoTimeout>(no_timeout::check),
    Rule::of::<malformed_rows_dropped::MalformedRowsDropped>(malformed_rows_dropped::check),
    Rule::of::<no_alarm::NoAlarm>(no_alarm::check),
    Rule::of::<unversioned_bucket::UnversionedBucket>(unversioned_bucket::check),
    Rule::of::<versions_expire_early::VersionsExpireEarly>(versions_expire_early::check),
    Rule::of::<raw_kept_long::RawKeptLong>(raw_kept_long::check),
    Rule::of::<secret_in_arguments::SecretInArguments>(secret_in_arguments::check),
    Rule::of::<wildcard_actions::WildcardActions>(wildcard_actions::check),
    Rule::of::<priority_cpu::PriorityCpu>(priority_cpu::check),
    Rule::of::<fixed_workers::FixedWorkers>(fixed_workers::check),
    Rule::of::<unbounded_map::UnboundedMap>(unbounded_map::check),
    Rule::of::<files_not_a_multiple::FilesNotAMultiple>(files_not_a_multiple::check),
    Rule::of::<file_sizes::FileSizes>(file_sizes::check),
    Rule::of::<no_priority_queue::NoPriorityQueue>(no_priority_queue::check),
    Rule::of::<no_monitoring_rules::NoMonitoringRules>(no_monitoring_rules::check),
    Rule::of::<fractional_second_rule::FractionalSecondRule>(fractional_second_rule::check),
    Rule::of::<slow_schedule::SlowSchedule>(slow_schedule::check),
    Rule::of::<argument_not_given::ArgumentNotGiven>(argument_not_given::check),
    Rule::of::<metric_not_published::MetricNotPublished>(metric_not_published::check),
    Rule::of::<load_not_run::LoadNotRun>(load_not_run::check),
    Rule::of::<script_not_readable::ScriptNotReadable>(script_not_readable::check),
    Rule::of::<file_not_read::FileNotRead>(file_not_read::check),
    Rule::of::<secret_in_file::SecretInFile>(secret_in_file::check),
    Rule::of::<not_committed::NotCommitted>(not_committed::check),
    Rule::of::<collected_on_driver::CollectedOnDriver>(collected_on_driver::check),
    Rule::of::<single_task::SingleTask>(single_task::check),
    Rule::of::<jdbc_unsplit::JdbcUnsplit>(jdbc_unsplit::check),
    Rule::of::<appended_to_redshift::AppendedToRedshift>(appended_to_redshift::check),
    Rule::of::<error_swallowed::ErrorSwallowed>(error_swallowed::check),
    Rule::of::<fixed_date::FixedDate>(fixed_date::check),
    Rule::of::<deleted_first::DeletedFirst>(deleted_first::check),
    Rule::of::<reload_without_transaction::ReloadWithoutTransaction>(
        reload_without_transaction::check,
    ),
    Rule::of::<crawler_not_waited::CrawlerNotWaited>(crawler_not_waited::check),
    Rule::of::<concurrent_bookmark::ConcurrentBookmark>(concurrent_bookmark::check),
    Rule::of::<glue_version_ended::GlueVersionEnded>(glue_version_ended::check),
    Rule::of::<wlm_over_limits::WlmOverLimits>(wlm_over_limits::check),
    Rule::of::<public_warehouse::PublicWarehouse>(public_warehouse::check),
    Rule::of::<unencrypted_warehouse::UnencryptedWarehouse>(unencrypted_warehouse::check),
    Rule::of::<catchup_since_years::CatchupSinceYears>(catchup_since_years::check),
];

/// All findings that the settings do not switch off, the worst first, by file and line.
pub fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = family::run(RULES, cx);
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then(a.location.cmp(&b.location))
            .then(a.code.cmp(b.code))
    });
    findings
}

/// Methods that read, of Spark and of Glue.
const READS: &[&str] = &["parquet", "json", "csv", "orc", "text", "load", "table"];

fn is_read(call: &Call) -> bool {
    let spark = call.name.contains(".read.") && READS.contains(&call.method());
    spark || call.name.contains("create_dynamic_frame.from_")
}

fn is_write(call: &Call) -> bool {
    let methods = [
        "parquet",
        "json",
        "csv",
        "orc",
        "text",
        "save",
        "insertInto",
        "saveAsTable",
    ];
    let spark = call.name.contains(".write.") && methods.contains(&call.method());
    spark || call.name.contains("write_dynamic_frame.from_") || call.method() == "put_object"
}

/// Every `s3://…` in a piece of source.
fn s3_paths(source: &str) -> Vec<String> {
    let starts = source.match_indices("s3://").map(|(at, _)| &source[at..]);
    starts
        .map(|rest| {
            let end = rest.find(['"', '\'', ' ', ')', ',']).unwrap_or(rest.len());
            rest[..end].to_owned()
        })
        .collect()
}

/// Whether a path names a partition: `dt=…`, a variable, or a year.
fn has_partition(path: &str) -> bool {
    let year = path.split('/').any(|part| {
        part.len() >= 4
            && part.starts_with("20")
            && part.bytes().take(4).all(|b| b.is_ascii_digit())
    });
    year || path.contains('=') || path.contains('{')
}

/// Whether a job that runs the script has a bookmark, and the script uses it.
fn bookmarked<'a>(cx: &Context<'a>, script: &'a Script) -> bool {
    let uses = script
        .calls
        .iter()
        .any(|call| call.keyword("transformation_ctx").is_some());
    uses && cx.jobs_of(script).any(|job| {
        let option = job
            .arguments
            .get("--job-bookmark-option")
            .and_then(|value| value.known());
        option.is_some_and(|option| option == "job-bookmark-enable")
    })
}

/// Whether a script writes down how far it came.
fn keeps_state(script: &Script) -> bool {
    let writes = [
        "put_object",
        "put_item",
        "update_item",
        "checkpoint",
        "localCheckpoint",
        // A queue keeps what is not done.
        "delete_message",
        "delete_message_batch",
    ];
    // So does a list of markers, of which the ones that are done go.
    let calls = |names: &[&str]| script.calls.iter().any(|call| is_one_of(&call.name, names));
    let lists = ["list_objects_v2", "list_objects", "get_paginator"];
    if calls(&["delete_object", "delete_objects"]) && calls(&lists) {
        return true;
    }
    script.calls.iter().any(|call| {
        let option = call
            .all()
            .any(|argument| argument.text.as_deref() == Some("checkpointLocation"));
        is_one_of(&call.name, &writes) || option
    })
}
