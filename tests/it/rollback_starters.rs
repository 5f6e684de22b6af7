//! What starts the job is stopped, whatever it is: triggers, rules, schedules, state machines; and
//! a job that only its bookmark tells what is new is run so that it reads all again, or refused.
#![cfg(feature = "pipeline")]

use std::process::Command;

use serde_json::Value;

const SQL: &str = "CREATE TABLE orders (id BIGINT PRIMARY KEY, at TIMESTAMP);\nCREATE TEMP TABLE a (id BIGINT, at TIMESTAMP);\n\
    COPY a FROM 's3://lake/clean/orders/PART' IAM_ROLE default CSV;\n\
    MERGE INTO orders USING a ON orders.id = a.id WHEN MATCHED THEN UPDATE SET at = a.at WHEN NOT MATCHED THEN INSERT (id, at) VALUES (a.id, a.at);\n";

/// The runbook of a job with what else a template has: as JSON, and what the script is given or
/// why there is none.
fn runbook(more: &str, arguments: &str, part: &str) -> (Value, Result<Value, String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let template = format!(
        "Resources:\n  Load:\n    Type: AWS::Glue::Job\n    Properties:\n      Name: load\n      \
         Command: {{ScriptLocation: s3://code/load.py}}\n      DefaultArguments: {arguments}\n{more}"
    );
    let script = match part {
        "" => "s3.put_object(Bucket='lake', Key='clean/orders/a.csv', Body='x')\n",
        _ => {
            "p.add_argument('--day', required=True)\ns3.put_object(Bucket='lake', Key=f'clean/orders/dt={args.day}/a.csv', Body='x')\n"
        }
    };
    for (name, text) in [
        ("t.yaml", template.as_str()),
        ("load.py", script),
        ("load.sql", &SQL.replace("PART", part)),
    ] {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args([
                "pipeline", "runbook", ".", "--table", "orders", "--column", "at",
            ])
            .args(args)
            .current_dir(folder.path())
            .output()
            .expect("distkey runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    };
    let page = run(&["--format", "json"]).expect("a page");
    let target = run(&["--script"]).map(|script| {
        let after = script.split("<<'TARGET'\n").nth(1).expect("a target");
        let target = after.split("\nTARGET\n").next().expect("its end");
        serde_json::from_str(target).expect("JSON")
    });
    (serde_json::from_str(&page).expect("JSON"), target)
}

/// What starts the job, by the page; the state machines that the script must find.
fn starters(more: &str) -> (Value, Value) {
    let (page, target) = runbook(more, "{}", "dt=2026-01-02/");
    let machines = target.expect("a script")["machines"].clone();
    (page["targets"]["triggers"].clone(), machines)
}

fn machine(name: &str, job: &str) -> String {
    format!(
        "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {{{name}Definition: {{States: {{A: {{Type: Task, Resource: 'arn:aws:states:::glue:startJobRun.sync', Parameters: {{JobName: {job}}}}}}}}}}}\n"
    )
}

#[test]
fn whatever_starts_the_job_is_named_and_nothing_else() {
    let none = serde_json::json!([]);
    assert_eq!(starters(""), (none.clone(), none.clone()));
    let trigger = "  T:\n    Type: AWS::Glue::Trigger\n    Properties: {Name: hourly, Actions: [{JobName: !Ref Load}]}\n";
    assert_eq!(starters(trigger).0, serde_json::json!(["hourly"]));
    assert_eq!(starters(&trigger.replace("!Ref Load", "other")).0, none);
    // A schedule that calls Glue, under the name of the job or of another.
    let call = "  S:\n    Type: AWS::Scheduler::Schedule\n    Properties: {Name: nightly, Target: {Arn: 'arn:aws:scheduler:::aws-sdk:glue:startJobRun', Input: '{\"JobName\": \"load\"}'}}\n";
    assert_eq!(starters(call).0, serde_json::json!(["nightly"]));
    assert_eq!(
        starters(
            &call
                .replace("\\\"load", "\\\"other")
                .replace("\"load\"", "\"other\"")
        )
        .0,
        none
    );
    // By way of a state machine, whose deployed name is known or not.
    for (name, deployed) in [
        ("StateMachineName: flow, ", serde_json::json!(["flow"])),
        ("", none.clone()),
    ] {
        for starter in [
            "  R:\n    Type: AWS::Events::Rule\n    Properties: {Name: weekly, ScheduleExpression: rate(7 days), Targets: [{Arn: !Ref M}]}\n",
            "  R:\n    Type: AWS::Events::Rule\n    Properties: {Name: weekly, ScheduleExpression: rate(7 days), Targets: [{Arn: !GetAtt M.Arn}]}\n",
            "  R:\n    Type: AWS::Scheduler::Schedule\n    Properties: {Name: weekly, ScheduleExpression: rate(7 days), Target: {Arn: !GetAtt M.Arn}}\n",
        ] {
            let found = starters(&(machine(name, "!Ref Load") + starter));
            assert_eq!(
                found,
                (serde_json::json!(["weekly"]), deployed.clone()),
                "{starter}"
            );
            // One that starts another job is left alone.
            let other = starters(&(machine(name, "other") + starter));
            assert_eq!(other, (none.clone(), none.clone()), "{starter}");
        }
    }
}

#[test]
fn a_bookmark_alone_is_refused_and_an_argument_helps() {
    let on = "{--job-bookmark-option: job-bookmark-enable}";
    let refused = |more: &str, arguments: &str, part: &str| runbook(more, arguments, part).1.err();
    let reason = refused("", on, "").expect("a refusal");
    assert!(
        reason.contains("reset-job-bookmark --job-name load --run-id RUN"),
        "{reason}"
    );
    // Switched on by what starts it, or by what only the deployment knows.
    let trigger = format!(
        "  T:\n    Type: AWS::Glue::Trigger\n    Properties: {{Name: hourly, Actions: [{{JobName: load, Arguments: {on}}}]}}\n"
    );
    assert!(refused(&trigger, "{}", "").is_some());
    assert!(refused("", "{--job-bookmark-option: !Ref Bookmark}", "").is_some());
    // Off, or with an argument that tells what a run is of: the script runs it without.
    assert_eq!(
        refused("", "{--job-bookmark-option: job-bookmark-disable}", ""),
        None
    );
    assert_eq!(refused("", "{}", ""), None);
    assert_eq!(refused("", on, "dt=2026-01-02/"), None);
}
