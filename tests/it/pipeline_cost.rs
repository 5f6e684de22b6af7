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

/// Dollars a week of what stands beside the jobs, by a part of its name.
fn other(found: &Value, what: &str) -> Option<(f64, f64)> {
    let all = found["others"].as_array().expect("a list").iter();
    let one = all
        .map(|one| (one[0].as_str().expect("a text"), &one[1]))
        .find(|(name, _)| name.contains(what));
    one.map(|(_, range)| {
        let end = |key: &str| (range[key].as_f64().expect("a number") * 1e4).round() / 1e4;
        (end("low"), end("high"))
    })
}

fn daily() -> [String; 2] {
    [
        job(
            "load",
            "glueetl",
            "      WorkerType: G.1X\n      NumberOfWorkers: 2\n      Timeout: 60\n",
        ),
        trigger("Daily", "rate(1 day)", "load"),
    ]
}

#[test]
fn retries_are_the_upper_end_of_every_run() {
    let [job, daily] = daily();
    let retried = [job.replace("Timeout: 60", "MaxRetries: 2"), daily.clone()];
    let found = cost(&retried, &[]);
    assert_eq!(
        found["jobs"][0]["dollars"]["run"],
        serde_json::json!([0.44, 1.32])
    );
    assert!(
        assumed(&found).contains("fail and be retried 2 times"),
        "{found}"
    );
    let found = cost(&[job, daily], &[]);
    assert_eq!(
        found["jobs"][0]["dollars"]["run"],
        serde_json::json!([0.44, 0.44])
    );
}

#[test]
fn a_workgroup_is_billed_while_it_computes() {
    let week = |args: &[&str]| {
        let args = [&["--cluster", "serverless:32"], args].concat();
        let found = cost(&daily(), &args);
        (other(&found, "32 RPU").expect("the workgroup"), found)
    };
    // $12 an hour.
    assert_eq!(week(&["--active-minutes", "90"]).0, (126.0, 126.0));
    assert_eq!(week(&["--active-minutes", "60..120"]).0, (84.0, 168.0));
    // Ten times a few seconds are ten minutes.
    let short = ["--active-minutes", "1..3", "--active-periods", "10"];
    assert_eq!(week(&short).0, (14.0, 14.0));
    let (open, found) = week(&[]);
    assert_eq!(open, (0.0, 2016.0));
    assert_eq!(found["verdict"], "cannot_tell");
    assert!(assumed(&found).contains("name --active-minutes"), "{found}");
    // No day has more minutes.
    assert_eq!(week(&["--active-minutes", "9000"]).0, (2016.0, 2016.0));
    let always = cost(&daily(), &["--cluster", "ra3.xlplus:2"]);
    assert_eq!(other(&always, "all hours"), Some((364.896, 364.896)));
}

#[test]
fn the_break_even_is_where_both_cost_the_same() {
    let hours = |one: &str, other: &str| {
        let found = cost(&daily(), &["--cluster", one, "--compare-cluster", other]);
        found["break_even"]["hours_a_day"].as_f64()
    };
    let found = hours("serverless:32", "ra3.xlplus:2").expect("hours");
    assert!((found * 12.0 - 24.0 * 2.172).abs() < 1e-9, "{found}");
    assert_eq!(hours("ra3.xlplus:2", "serverless:32"), Some(found));
    // Above a day: at any use.
    assert!(hours("serverless:8", "ra3.4xlarge:4").expect("hours") > 24.0);
}

#[test]
fn storage_scans_and_crawlers_have_their_prices() {
    let stored = [
        "--stored-gb",
        "1000",
        "--replaced-gb",
        "500",
        "--managed-gb",
        "1000",
    ];
    let found = cost(&daily(), &stored);
    let week = |price: f64, gb: f64| {
        let dollars = (gb * price / (365.25 / 12.0) * 7.0 * 1e4).round() / 1e4;
        Some((dollars, dollars))
    };
    assert_eq!(other(&found, "S3 storage"), week(0.023, 1000.0));
    assert_eq!(other(&found, "replaced versions"), week(0.023, 500.0));
    assert_eq!(other(&found, "managed storage"), week(0.024, 1000.0));
    let scans = |cluster: &str| {
        let found = cost(&daily(), &["--spectrum-gb", "200", "--cluster", cluster]);
        (
            other(&found, "Spectrum"),
            assumed(&found).contains("scan the lake themselves"),
        )
    };
    assert_eq!(scans("ra3.4xlarge:2"), (Some((7.0, 7.0)), false));
    assert_eq!(scans("rg.xlarge:2"), (None, true));
    assert_eq!(scans("serverless:8"), (None, true));
    let crawler = "  Crawl:\n    Type: AWS::Glue::Crawler\n    Properties:\n      Name: crawl\n      Role: r\n      \
                   Schedule: {ScheduleExpression: \"cron(0 6 * * ? *)\"}\n";
    let with = |text: &str, args: &[&str]| cost(&[&daily()[..], &[text.to_owned()]].concat(), args);
    // Ten minutes at least; what is above them is not known, so that nothing is within.
    let found = with(crawler, &[]);
    let run = 2.0 * 10.0 / 60.0 * 0.44;
    let rounded = |dollars: f64| (dollars * 7.0 * 1e4).round() / 1e4;
    assert_eq!(other(&found, "crawl"), Some((rounded(run), rounded(run))));
    assert_eq!(found["verdict"], "cannot_tell");
    let found = with(crawler, &["--crawler-minutes", "5..30"]);
    assert_eq!(
        other(&found, "crawl"),
        Some((rounded(run), rounded(run * 3.0)))
    );
    assert_eq!(found["verdict"], "within");
    let unknown = crawler
        .replace("Schedule:", "Description:")
        .replace("{ScheduleExpression: ", "")
        .replace("\"}", "\"");
    let found = with(&unknown, &["--crawler-minutes", "5"]);
    assert_eq!(other(&found, "crawl"), None);
    assert!(
        assumed(&found).contains("the crawler `crawl`: no schedule"),
        "{found}"
    );
}

#[test]
fn a_gigabyte_is_told_with_what_is_in_it() {
    let found = cost(&daily(), &["--gb", "10", "--stored-gb", "100"]);
    let own = found["jobs"][0]["a_gigabyte"]["low"]
        .as_f64()
        .expect("dollars");
    assert!((own - 0.044).abs() < 1e-9, "{own}");
    let all = found["a_gigabyte"]["low"].as_f64().expect("dollars");
    let week = found["total"]["week"][0].as_f64().expect("dollars");
    assert!((all - week / 70.0).abs() < 1e-12 && all > own, "{all}");
}

/// What a change costs, as JSON or as text.
fn against(before: &[String], after: &[String], args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, resources) in [("before", before), ("after", after)] {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).expect("a folder");
        let text = format!("Resources:\n{}", resources.concat());
        std::fs::write(path.join("stack.yaml"), text).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
        .args(["pipeline", "cost", "after", "--against", "before"])
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(folder.path())
        .output()
        .expect("distkey runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.stdout.is_empty(), "{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_pull_request_is_told_what_it_costs_a_month() {
    let before = [
        &daily()[..],
        &[
            job("old", "pythonshell", ""),
            trigger("Old", "rate(1 day)", "old"),
        ],
    ]
    .concat();
    let after = vec![
        before[0].replace("NumberOfWorkers: 2", "NumberOfWorkers: 4"),
        before[1].replace("rate(1 day)", "rate(12 hours)"),
        job(
            "new",
            "glueetl",
            "      WorkerType: G.1X\n      NumberOfWorkers: 2\n      ExecutionClass: FLEX\n",
        ),
        trigger("New", "rate(1 day)", "new"),
    ];
    let json = ["--minutes", "30", "--format", "json"];
    let found: Value = serde_json::from_str(&against(&before, &after, &json)).expect("JSON");
    let days = 365.25 / 12.0;
    let of = |name: &str| {
        let all = found["jobs"].as_array().expect("a list").iter();
        let one = all.clone().find(|one| one["job"] == name).expect("a job");
        let ends: Vec<f64> = one["change"]
            .as_array()
            .expect("a pair")
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        (ends[0] / days, ends[1] / days, one["why"].to_string())
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
    let (low, high, why) = of("load");
    near(low, 4.0 * 0.44 - 0.44);
    near(high, low);
    assert!(
        why.contains("2 → 4 DPU") && why.contains("1 → 2 runs a day"),
        "{why}"
    );
    near(of("new").0, 0.29);
    near(of("old").0, -0.0625 * 0.5 * 0.44);
    let total: Vec<f64> = found["total"]["month"]["change"]
        .as_array()
        .expect("a pair")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    near(total[0] / days, 3.0 * 0.44 + 0.29 - 0.0625 * 0.5 * 0.44);
    // The same files cost the same, however long a run is.
    let same: Value =
        serde_json::from_str(&against(&before, &before, &["--format", "json"])).expect("JSON");
    assert_eq!(
        same["total"]["month"]["change"],
        serde_json::json!([0.0, 0.0])
    );
    assert_eq!(
        (
            same["unchanged"].as_u64(),
            same["jobs"].as_array().map(Vec::len)
        ),
        (Some(2), Some(0))
    );
    // Where nobody says how long a run is, it is as long before as after: it can't get cheaper.
    let more = [
        before[0].replace("NumberOfWorkers: 2", "NumberOfWorkers: 3"),
        before[1].clone(),
    ];
    let open: Value =
        serde_json::from_str(&against(&daily(), &more, &["--format", "json"])).expect("JSON");
    let ends: Vec<f64> = open["jobs"][0]["change"]
        .as_array()
        .expect("a pair")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    near(ends[0] / days, 0.44 / 60.0);
    near(ends[1] / days, 0.44);
    insta::assert_snapshot!(against(&before, &after, &["--minutes", "30", "--format", "markdown"]), @r"
    ### +$48.59 a month

    against `before`: $13.81 before, $62.40 after

    | what | before | after | change | why |
    |---|---:|---:|---:|---|
    | `load` | $13.39 | $53.57 | +$40.18 | 2 → 4 DPU, 1 → 2 runs a day |
    | `new` | – | $8.83 | +$8.83 | new |
    | `old` | $0.42 | – | -$0.42 | gone |

    <details><summary>Assumed</summary>

    - A DPU-hour is $0.44, $0.29 in the FLEX class, $0.308 from Glue 6.0: us-east-1, on demand, October 2026 (`[pipeline]` in distkey.toml).
    - `old` names no capacity: 0.0625 DPU are Glue's default [AWS Glue API Reference, CreateJob].

    </details>
    ");
    insta::assert_snapshot!(against(&before, &after, &["--minutes", "30"]), @r"
    load: +$40.18 a month (2 → 4 DPU, 1 → 2 runs a day)
    new: +$8.83 a month (new)
    old: -$0.42 a month (gone)
    Summary: +$48.59 a month against before: $13.81 before, $62.40 after
      assumed   A DPU-hour is $0.44, $0.29 in the FLEX class, $0.308 from Glue 6.0: us-east-1, on
                demand, October 2026 (`[pipeline]` in distkey.toml).
      assumed   `old` names no capacity: 0.0625 DPU are Glue's default [AWS Glue API Reference,
                CreateJob].
    ");
}
