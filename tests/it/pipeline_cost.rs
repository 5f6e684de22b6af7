//! What a pipeline costs rests on its own schedules and its own jobs: each schedule counts for
//! what it starts, and what a job does not say is Glue's default or not known.
#![cfg(feature = "pipeline")]

use std::process::Command;

use serde_json::Value;

/// A job with lines of properties.
fn job(name: &str, kind: &str, more: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: {name}\n      \
         Command: {{Name: {kind}, ScriptLocation: s3://code/{name}.py}}\n{more}"
    )
}

fn trigger(name: &str, schedule: &str, job: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::Glue::Trigger\n    Properties: {{Name: {name}, Type: SCHEDULED, \
         Schedule: \"{schedule}\", Actions: [{{JobName: {job}}}]}}\n"
    )
}

/// A schedule of EventBridge for a target.
fn scheduled(name: &str, schedule: &str, state: &str, target: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::Scheduler::Schedule\n    Properties:\n      Name: {name}\n      State: {state}\n      \
         ScheduleExpression: \"{schedule}\"\n      FlexibleTimeWindow: {{Mode: \"OFF\"}}\n      Target: {target}\n"
    )
}

fn starts(job: &str) -> String {
    format!(
        "{{Arn: \"arn:aws:scheduler:::aws-sdk:glue:startJobRun\", RoleArn: r, Input: '{{\"JobName\": \"{job}\"}}'}}"
    )
}

fn cost(resources: &[String], args: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("Resources:\n{}", resources.concat());
    std::fs::write(folder.path().join("stack.yaml"), text).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args([
            "pipeline",
            "cost",
            "stack.yaml",
            "--minutes",
            "30",
            "--format",
            "json",
        ])
        .args(args)
        .current_dir(folder.path())
        .output()
        .expect("distkey runs");
    let error = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"))
}

/// Runs a day of each job, to two digits.
fn runs(resources: &[String]) -> Vec<(String, f64)> {
    let cost = cost(resources, &[]);
    let jobs = cost["jobs"].as_array().expect("jobs").iter();
    let of = |job: &Value| {
        let runs = job["runs_a_day"].as_f64().expect("a number");
        let name = job["job"].as_str().expect("a name").to_owned();
        (name, (runs * 100.0).round() / 100.0)
    };
    jobs.map(of).collect()
}

/// What is assumed, and what is left out of all or of one job.
fn assumed(cost: &Value) -> String {
    let texts = |list: &Value| {
        let all = list.as_array().expect("a list").iter();
        let all = all.map(|one| one.as_str().expect("a text").to_owned());
        all.collect::<Vec<_>>()
    };
    let jobs = cost["jobs"].as_array().expect("jobs").iter();
    let of_jobs = jobs.flat_map(|job| texts(&job["left_out"]));
    let mut all = texts(&cost["assumptions"]);
    all.extend(texts(&cost["left_out"]));
    all.extend(of_jobs);
    all.join("\n")
}

#[test]
fn a_schedule_counts_for_what_it_starts_alone() {
    let shared = [
        job("clicks", "glueetl", ""),
        job("refunds", "glueetl", ""),
        trigger("Hourly", "cron(5 * * * ? *)", "clicks"),
        // On workdays, twice.
        trigger("Workdays", "cron(0 7,19 ? * MON-FRI *)", "refunds"),
        // Something else altogether.
        scheduled(
            "Mail",
            "rate(1 minute)",
            "ENABLED",
            "{Arn: \"arn:aws:lambda:x:1:function:mail\", RoleArn: r}",
        ),
        // It is off.
        scheduled("Old", "rate(2 minutes)", "DISABLED", &starts("clicks")),
    ];
    assert_eq!(
        runs(&shared),
        [("clicks".to_owned(), 24.0), ("refunds".to_owned(), 1.43)]
    );
    // Two schedules of one job add up.
    let both = [
        &shared[..],
        &[scheduled(
            "Extra",
            "rate(6 hours)",
            "ENABLED",
            &starts("refunds"),
        )],
    ]
    .concat();
    assert_eq!(runs(&both)[1], ("refunds".to_owned(), 5.43));
}

#[test]
fn what_no_schedule_tells_is_said_to_be_assumed() {
    let alone = [job("clicks", "glueetl", "")];
    let found = cost(&alone, &[]);
    assert!(
        assumed(&found).contains("`clicks` is taken to run once a day"),
        "{found}"
    );
    let given = cost(&alone, &["--runs-per-day", "3"]);
    assert_eq!(given["jobs"][0]["runs_a_day"], 3.0);
    assert!(!assumed(&given).contains("once a day"), "{given}");
    for (schedule, why) in [
        ("cron(0 3 * * *)", "has 5 fields"),
        ("cron(0 3 * * * *)", "one must be `?`"),
        ("at(2026-01-02T03:04:05)", "starts once"),
    ] {
        let found = cost(
            &[alone[0].clone(), trigger("Daily", schedule, "clicks")],
            &[],
        );
        let assumed = assumed(&found);
        assert!(
            assumed.contains("`Daily` is not counted for `clicks`") && assumed.contains(why),
            "{assumed}"
        );
    }
}

#[test]
fn capacity_is_the_jobs_own_or_glues_default() {
    let of = |kind: &str, more: &str| {
        let found = cost(
            &[
                job("load", kind, more),
                trigger("Daily", "rate(1 day)", "load"),
            ],
            &[],
        );
        (
            found["jobs"][0]["dpu"].as_f64(),
            found["jobs"][0]["a_day"]["low"].as_f64(),
            assumed(&found),
        )
    };
    let (dpu, day, text) = of("glueetl", "");
    assert_eq!((dpu, day), (Some(10.0), Some(10.0 * 0.5 * 0.44)));
    assert!(text.contains("`load` names no capacity: 10 DPU"), "{text}");
    let (dpu, day, text) = of("pythonshell", "");
    assert_eq!((dpu, day), (Some(0.0625), Some(0.0625 * 0.5 * 0.44)));
    assert!(text.contains("0.0625 DPU"), "{text}");
    let (dpu, _, text) = of("pythonshell", "      MaxCapacity: 1\n");
    assert_eq!(dpu, Some(1.0));
    assert!(!text.contains("names no capacity"), "{text}");
    // Ray and what only the deployment knows are left out.
    for (kind, more) in [
        ("glueray", ""),
        (
            "glueetl",
            "      WorkerType: !Ref Size\n      NumberOfWorkers: 4\n",
        ),
    ] {
        let (dpu, _, text) = of(kind, more);
        assert_eq!(dpu, None, "{kind}: {text}");
        assert!(text.contains("its workers are not known"), "{text}");
    }
}

#[test]
fn a_stream_is_billed_all_day() {
    let stream = [
        job(
            "follow",
            "gluestreaming",
            "      WorkerType: G.1X\n      NumberOfWorkers: 2\n",
        ),
        trigger("Daily", "rate(1 day)", "follow"),
    ];
    let found = cost(&stream, &["--scale", "3"]);
    assert_eq!(found["jobs"][0]["a_day"]["low"], 2.0 * 24.0 * 0.44);
    assert_eq!(found["jobs"][0]["scaled"], Value::Null);
    assert!(assumed(&found).contains("streams"), "{found}");
    // A job of the same size that ends is billed for its runs.
    let ends = [
        stream[0].replace("gluestreaming", "glueetl"),
        stream[1].clone(),
    ];
    assert_eq!(
        cost(&ends, &[])["jobs"][0]["a_day"]["low"],
        2.0 * 0.5 * 0.44
    );
}

#[test]
fn runs_pile_up_by_the_least_gap_and_age_by_the_greatest() {
    let of = |schedule: &str| {
        let found = cost(
            &[
                job("load", "glueetl", ""),
                trigger("When", schedule, "load"),
            ],
            &["--scale", "1.5"],
        );
        let scaled = found["jobs"][0]["scaled"].clone();
        let fresh = scaled["freshness_minutes"]["low"]
            .as_f64()
            .expect("minutes");
        (
            scaled["bottleneck"].as_str().expect("a text").to_owned(),
            fresh,
        )
    };
    // A run of 45 minutes: every hour by day it fits, and the night is long.
    let (bottleneck, fresh) = of("cron(0 8-18 * * ? *)");
    assert!(bottleneck.starts_with("none"), "{bottleneck}");
    assert_eq!(fresh, 14.0 * 60.0 + 45.0);
    // Every half an hour it does not, were it only in the morning.
    let (bottleneck, fresh) = of("cron(0/30 8 * * ? *)");
    assert!(
        bottleneck.contains("the 30 minutes between runs"),
        "{bottleneck}"
    );
    assert_eq!(fresh, 23.5 * 60.0 + 45.0);
}

#[test]
fn a_schedule_that_starts_no_job_is_not_slow() {
    let slow = |resources: &[String]| {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("Resources:\n{}", resources.concat());
        std::fs::write(folder.path().join("stack.yaml"), text).expect("a file");
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args(["pipeline", "review", "stack.yaml"])
            .current_dir(folder.path())
            .output()
            .expect("distkey runs");
        String::from_utf8_lossy(&output.stdout).contains("DK438")
    };
    let job = job("load", "glueetl", "");
    let lambda = "{Arn: \"arn:aws:lambda:x:1:function:mail\", RoleArn: r}";
    assert!(!slow(&[
        job.clone(),
        scheduled("Mail", "rate(7 days)", "ENABLED", lambda)
    ]));
    assert!(slow(&[
        job.clone(),
        scheduled("Load", "rate(7 days)", "ENABLED", &starts("load"))
    ]));
    assert!(!slow(&[
        job.clone(),
        scheduled("Load", "rate(7 days)", "DISABLED", &starts("load"))
    ]));
    // By day every half an hour: the night is meant.
    assert!(!slow(&[
        job.clone(),
        trigger("Day", "cron(0/30 8-18 ? * MON-FRI *)", "load")
    ]));
    assert!(slow(&[
        job,
        trigger("Day", "cron(0 8/2 ? * MON-FRI *)", "load")
    ]));
}
