//! The review says what it read: silence about a file is no approval of it, and what one job has is
//! no proof that another has it.
#![cfg(feature = "pipeline")]

use serde_json::Value;

use crate::support::{Ran, distkey, folder};

const JOB: &str = "  load:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: load\n      Role: r\n      \
    Command: {Name: glueetl, ScriptLocation: s3://code/load.py}\n      GlueVersion: \"5.0\"\n      WorkerType: G.1X\n      \
    NumberOfWorkers: 4\n      Timeout: 60\n";

/// Another job with the properties.
fn other(name: &str) -> String {
    JOB.replace("  load:", &format!("  {name}:"))
        .replace("Name: load", &format!("Name: {name}"))
}

fn template(parts: &[&str]) -> String {
    format!("Resources:\n{}", parts.concat())
}

fn review(files: &[(&str, &str)], more: &[&str]) -> Ran {
    let folder = folder(files);
    distkey(
        folder.path(),
        &[&["pipeline", "review", "."], more].concat(),
    )
}

fn document(files: &[(&str, &str)]) -> Value {
    let ran = review(files, &["--format", "json"]);
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err))
}

/// The messages of one code.
fn found(files: &[(&str, &str)], code: &str) -> Vec<String> {
    let document = document(files);
    let findings = document["findings"].as_array().expect("findings").iter();
    let of = findings.filter(|one| one["code"] == code);
    of.map(|one| one["message"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn nothing_found_is_said_of_what_was_read_alone() {
    let good = template(&[JOB]);
    let cut = "Resources:\n  Lake:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: lake\n";
    let files = [
        ("a.yaml", good.as_str()),
        ("b.yaml", cut),
        ("load.py", "print(1)\n"),
    ];
    let text = review(&files, &[]).out;
    assert!(
        text.contains("nothing found in 1 job, 1 script; not read: b.yaml (line 5)")
            || text.contains("nothing found in 1 job, 1 script; not read: ./b.yaml (line 5)"),
        "{text}"
    );
    assert!(!text.contains("nothing to change"), "{text}");
    // No SQL was there to look at.
    assert!(text.contains("nothing was read that tells"), "{text}");
    let document = document(&files);
    let unread = &document["not_read"][0];
    assert_eq!(unread["line"], 5, "{document}");
    assert!(
        unread["path"]
            .as_str()
            .is_some_and(|path| path.ends_with("b.yaml"))
    );
    let read: Vec<&str> = document["read"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(read.len(), 2, "{read:?}");
    assert!(
        !read.iter().any(|path| path.ends_with("b.yaml")),
        "{read:?}"
    );
}

#[test]
fn a_file_that_cannot_be_parsed_is_a_finding_and_fails() {
    let good = template(&[JOB]);
    for (name, text) in [
        ("t.yaml", "Resources:\n  A: {B: [1, 2\n"),
        ("t.json", "{\"Resources\": {\"A\": "),
        ("t.py", "def load(:\n"),
    ] {
        let ran = review(
            &[("a.yaml", &good), (name, text)],
            &["--fail-on", "warning"],
        );
        assert_eq!(ran.code, 1, "{name}: {}", ran.out);
        let messages = found(&[("a.yaml", &good), (name, text)], "DK445");
        assert_eq!(messages.len(), 1, "{name}: {messages:?}");
    }
    // A document of another kind is somebody else's business.
    assert!(
        found(
            &[("a.yaml", &good), ("site.yaml", "theme: dark\n")],
            "DK445"
        )
        .is_empty()
    );
}

#[test]
fn what_is_not_read_says_how_it_can_be() {
    let good = template(&[JOB]);
    for (name, text, what) in [
        (
            "main.tf",
            "resource \"aws_glue_job\" \"load\" {\n",
            "no HCL",
        ),
        (
            "stack.ts",
            "new glue.CfnJob(this, 'Load', {});\n",
            "cdk synth",
        ),
        (
            "Load.scala",
            "object Load { def main(a: Array[String]) {} }\n",
            "as Python only",
        ),
    ] {
        let messages = found(&[("a.yaml", &good), (name, text)], "DK445");
        assert!(
            messages.len() == 1 && messages[0].contains(what),
            "{name}: {messages:?}"
        );
    }
}

/// A state machine that starts a job, with or without Retry.
fn machine(name: &str, job: &str, retry: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      Definition:\n        StartAt: Run\n        \
         States:\n          Run:\n            Type: Task\n            Resource: arn:aws:states:::glue:startJobRun.sync\n            \
         Parameters: {{JobName: {job}}}\n{retry}            End: true\n"
    )
}

#[test]
fn the_retry_of_one_job_is_none_of_another() {
    const RETRY: &str = "            Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 2}]\n";
    let refunds = other("refunds");
    let of = |parts: &[&str]| found(&[("t.yaml", &template(parts))], "DK421");
    let daily = machine("Daily", "load", RETRY);
    let both = of(&[JOB, &refunds, &daily, &machine("Other", "refunds", "")]);
    assert_eq!(both, ["`refunds` is not retried"]);
    // What starts it elsewhere may do so again.
    assert_eq!(of(&[JOB, &refunds, &daily]), Vec::<String>::new());
    assert_eq!(of(&[JOB, &machine("Daily", "load", "")]).len(), 1);
    // Started twice, retried once: a run of the other may fail for good.
    let twice = [
        JOB,
        &machine("Daily", "load", RETRY),
        &machine("Hourly", "load", ""),
    ];
    assert_eq!(of(&twice).len(), 1);
    // Which job is started only the run knows: nothing is said.
    let open = of(&[
        JOB,
        &machine("Any", "\"$.job\"", RETRY).replace("JobName:", "JobName.$:"),
    ]);
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn an_alarm_tells_of_the_jobs_that_it_names() {
    let rule = |detail: &str| {
        format!(
            "  Failed:\n    Type: AWS::Events::Rule\n    Properties:\n      EventPattern: {{source: [aws.glue], detail: {{{detail}}}}}\n      \
             Targets: [{{Id: t, Arn: a}}]\n"
        )
    };
    let refunds = other("refunds");
    let of = |more: &str| found(&[("t.yaml", &template(&[JOB, &refunds, more]))], "DK424");
    assert_eq!(of(&rule("state: [FAILED]")), Vec::<String>::new());
    for (detail, left) in [
        ("state: [FAILED], jobName: [load]", "`refunds`"),
        ("state: [FAILED], jobName: [!Ref load]", "`refunds`"),
        ("state: [SUCCEEDED]", "2 jobs"),
    ] {
        let found = of(&rule(detail));
        assert!(
            found.len() == 1 && found[0].contains(left),
            "{detail}: {found:?}"
        );
        assert!(
            left == "2 jobs" || !found[0].contains("`load`"),
            "{detail}: {found:?}"
        );
    }
    let alarm = |job: &str| {
        format!(
            "  Slow:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {{Namespace: Glue, MetricName: glue.driver.aggregate.elapsedTime, \
             Dimensions: [{{Name: JobName, Value: {job}}}]}}\n"
        )
    };
    let found = of(&alarm("load"));
    assert!(
        found.len() == 1 && found[0].contains("`refunds`"),
        "{found:?}"
    );
    // Events of Glue's crawlers, and of its jobs.
    for (kind, count) in [
        ("Glue Crawler State Change", 1),
        ("Glue Job State Change", 0),
    ] {
        let of_kind = rule("").replace("detail: {}", &format!("detail-type: [{kind}]"));
        assert_eq!(of(&of_kind).len(), count, "{kind}");
    }
    // A rule for another service's events.
    let other = rule("state: [FAILED]").replace("aws.glue", "aws.s3");
    assert_eq!(of(&other).len(), 1);
}

#[test]
fn the_filter_of_one_read_is_none_of_another() {
    const ORDERS: &str = "orders = spark.read.parquet(\"s3://lake/orders/\")\n";
    let of = |rest: &str| found(&[("job.py", &format!("{ORDERS}{rest}"))], "DK401");
    assert_eq!(of("orders.write.parquet(\"s3://out/\")\n").len(), 1);
    let elsewhere = "days = spark.createDataFrame(rows).filter(\"open\")\norders.write.parquet(\"s3://out/\")\n";
    assert_eq!(of(elsewhere).len(), 1);
    for narrowed in [
        "orders.filter(\"dt = '2026-11-28'\").write.parquet(\"s3://out/\")\n",
        "day = orders.where(\"dt = '2026-11-28'\")\n",
        "clean = orders.dropDuplicates([\"id\"])\nday = clean.filter(\"dt > x\")\n",
        "orders.createOrReplaceTempView(\"orders\")\nspark.sql(\"select * from orders where dt = 1\")\n",
    ] {
        assert_eq!(of(narrowed), Vec::<String>::new(), "{narrowed}");
    }
    // In one chain, over several lines.
    let chain = "df = (spark.read\n    .parquet(\"s3://lake/orders/\")\n    .filter(\"dt > x\"))\n";
    assert_eq!(found(&[("job.py", chain)], "DK401"), Vec::<String>::new());
    // Two reads, one of them filtered.
    let two = format!(
        "{ORDERS}refunds = spark.read.parquet(\"s3://lake/refunds/\")\nrefunds.filter(\"dt > x\")\n"
    );
    let left = found(&[("job.py", &two)], "DK401");
    assert!(
        left.len() == 1 && left[0].contains("lake/orders"),
        "{left:?}"
    );
}

fn cost(parts: &[&str], more: &[&str]) -> (Value, i32) {
    let folder = folder(&[("t.yaml", &template(parts))]);
    let arguments = ["pipeline", "cost", ".", "--format", "json"];
    let ran = distkey(folder.path(), &[&arguments, more].concat());
    let document = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    (document, ran.code)
}

const DAILY: &str = "  Daily:\n    Type: AWS::Glue::Trigger\n    Properties: {Name: daily, Type: SCHEDULED, \
    Schedule: \"rate(1 day)\", Actions: [{JobName: load}]}\n";

#[test]
fn a_duration_that_nobody_told_is_an_interval() {
    let (document, code) = cost(&[JOB, DAILY], &[]);
    let job = &document["jobs"][0];
    assert_eq!(job["job"], "load");
    assert_eq!(job["runs_a_week"], 7.0);
    // Four DPU at $0.44 from a minute to the 60 of its timeout.
    let ends = [0, 1].map(|end| job["dollars"]["run"][end].as_f64().expect("dollars"));
    assert!(
        (ends[0] - 4.0 / 60.0 * 0.44).abs() < 1e-9 && (ends[1] - 1.76).abs() < 1e-9,
        "{ends:?}"
    );
    assert_eq!(document["total"]["week"][1], job["dollars"]["week"][1]);
    assert_eq!((&document["verdict"], code), (&Value::from("within"), 0));
    let said = document["assumptions"].to_string();
    assert!(said.contains("name --minutes"), "{said}");
    // The same with a target between the ends.
    let (document, code) = cost(
        &[
            &JOB.replace("NumberOfWorkers: 4", "NumberOfWorkers: 900"),
            DAILY,
        ],
        &[],
    );
    assert_eq!(
        (&document["verdict"], code),
        (&Value::from("cannot_tell"), 0)
    );
    let (document, _) = cost(&[JOB, DAILY], &["--minutes", "45"]);
    assert!(
        !document["assumptions"]
            .to_string()
            .contains("name --minutes")
    );
}

#[test]
fn a_verdict_is_given_only_where_nothing_was_left_out() {
    const SYMBOLIC: &str = "  any:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: any\n      \
        Command: {Name: glueetl, ScriptLocation: s3://code/any.py}\n      WorkerType: !Ref Size\n      NumberOfWorkers: 4\n";
    const LAMBDA: &str =
        "  Clean:\n    Type: AWS::Lambda::Function\n    Properties: {Runtime: python3.13}\n";
    let minutes = ["--minutes", "30"];
    let verdict = |parts: &[&str], more: &[&str]| {
        let (document, code) = cost(parts, &[&minutes, more].concat());
        (
            document["verdict"].as_str().expect("a word").to_owned(),
            code,
            document,
        )
    };
    let (word, code, _) = verdict(&[JOB, DAILY], &[]);
    assert_eq!((word.as_str(), code), ("within", 0));
    let (word, _, document) = verdict(&[JOB, DAILY, SYMBOLIC], &[]);
    assert_eq!(word, "cannot_tell");
    assert_eq!(document["jobs"][1]["dollars"], Value::Null);
    assert!(
        document["jobs"][1]["left_out"][0]
            .as_str()
            .is_some_and(|why| why.contains("workers"))
    );
    let (word, _, document) = verdict(&[JOB, DAILY, LAMBDA], &[]);
    assert_eq!(word, "cannot_tell");
    assert!(
        document["left_out"].to_string().contains("Clean"),
        "{document}"
    );
    // What was left out makes it no cheaper.
    let dear = JOB.replace("NumberOfWorkers: 4", "NumberOfWorkers: 900");
    let (word, code, _) = verdict(&[&dear, DAILY, LAMBDA], &[]);
    assert_eq!((word.as_str(), code), ("over", 1));
}

#[test]
fn edges_say_what_each_end_is() {
    let folder = folder(&[(
        "load.sql",
        "COPY orders FROM 's3://lake/orders/' IAM_ROLE default FORMAT PARQUET;\n",
    )]);
    let ran = distkey(
        folder.path(),
        &["pipeline", "lineage", ".", "--format", "json"],
    );
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    let edge = &document["edges"][0];
    assert_eq!(edge["from"]["kind"], "prefix", "{document}");
    assert_eq!(edge["to"]["kind"], "table", "{document}");
    assert_eq!(edge["to"]["name"], "orders", "{document}");
}
