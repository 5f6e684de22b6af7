//! Files that 0.1 wrote or read are still read: settings, baselines, calibrations,
//! snapshots. The samples stay as they are, whatever the formats become.

use std::path::{Path, PathBuf};

use crate::support::distkey;
use ::distkey::config::Severity;
use ::distkey::environment;
use ::distkey::latency::calibration::Calibration;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/frozen_0_1")
}

#[test]
fn settings_are_read_key_by_key() {
    let config = environment::settings(Some(&samples().join("distkey.toml")), &samples())
        .expect("settings of 0.1");
    assert_eq!(config.budget_ms, Some(650.0));
    assert_eq!(config.cluster.as_deref(), Some("ra3.4xlarge:4"));
    assert_eq!(config.workload.columns(), ["shelf_id", "price"]);
    assert_eq!(
        (config.workload.average_ms, config.workload.p99_ms),
        (500.0, 900.0)
    );
    assert_eq!(config.rules.select, ["DK1", "DK2", "DK4"]);
    assert_eq!(config.rules.ignore, ["DK126", "numbered-columns"]);
    let severity = &config.rules.severity;
    assert_eq!(severity.get("money-in-float"), Some(&Severity::Error));
    assert_eq!(severity.get("DK215"), Some(&Severity::Warning));
    let advise = &config.advise;
    assert_eq!(
        (advise.storage_weight, advise.runs, advise.seconds),
        (0.2, 5000.0, 4.0)
    );
    let pipeline = &config.pipeline;
    let numbers = [
        pipeline.freshness_minutes,
        pipeline.rollback_days,
        pipeline.raw_days,
        pipeline.priority_cpu_seconds,
        pipeline.weekly_dollars,
        pipeline.dollars_per_gb,
        pipeline.glue_dpu_hour,
        pipeline.glue_dpu_hour_from_6,
        pipeline.glue_memory_dpu_hour,
        pipeline.glue_flex_dpu_hour,
        pipeline.s3_gb_month,
        pipeline.s3_thousand_puts,
        pipeline.s3_thousand_gets,
    ];
    let written = [
        30.0, 14.0, 60.0, 0.25, 900.0, 0.03, 0.5, 0.4, 0.6, 0.3, 0.024, 0.006, 0.0005,
    ];
    assert_eq!(numbers, written);
}

/// The known findings stay known, and only the others show.
#[test]
fn a_baseline_is_read_and_may_be_written_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["ddl.sql", "baseline.json", "distkey.toml"] {
        std::fs::copy(samples().join(name), folder.path().join(name)).expect("a copy");
    }
    let lint = |args: &[&str]| {
        let args = [&["lint", "ddl.sql", "--select", "DK212,DK215"], args].concat();
        distkey(folder.path(), &args)
    };
    let without = lint(&[]);
    assert_eq!(without.code, 1);
    assert!(without.out.contains("error[DK212"), "{}", without.out);
    let ran = lint(&["--baseline", "baseline.json"]);
    for code in ["DK212", "DK215"] {
        assert!(!ran.out.contains(code), "{}", ran.out);
    }
    assert!(!ran.err.contains("are gone"), "{}", ran.err);
    let ran = lint(&["--baseline", "baseline.json", "--write-baseline"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_calibration_is_read() {
    let read = Calibration::load(&samples().join("calibration.toml")).expect("a calibration");
    assert_eq!(
        (read.timings, read.floor_ms, read.slowness),
        (12, 24.5, 1.25)
    );
    let interval = read.interval.expect("an interval");
    assert_eq!((interval.half_width, interval.level), (0.7, 0.9));
}

/// What a release makes of a case may differ; that the snapshot is one may not.
#[test]
fn a_snapshot_is_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        "shop/schema.sql",
        "shop/stats.json",
        "shop/distkey.toml",
        "shop/queries/search.sql",
        "snapshots/shop.snap",
    ];
    for name in files {
        let to = folder.path().join(name);
        std::fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        std::fs::copy(samples().join("cases").join(name), to).expect("a copy");
    }
    let ran = distkey(folder.path(), &["test", "."]);
    assert!(ran.code < 2, "{}{}", ran.out, ran.err);
    for word in ["corrupted", "broken    ", "new       "] {
        assert!(!ran.out.contains(word), "{}", ran.out);
    }
    let compared = ran.out.contains("same      shop") || ran.out.contains("different shop");
    assert!(compared, "{}", ran.out);
    let ran = distkey(folder.path(), &["test", ".", "--accept"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}
