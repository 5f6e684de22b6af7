//! Whether the parts of a pipeline find each other: one broken copy of the sample for each
//! fault, and both sides of each rule on inputs of other forms.
#![cfg(feature = "pipeline")]

use std::process::Command;

use distkey::text::SourceFile;

use crate::pipeline_rules::{folder, review};

/// `CODE` of every finding on these files, with its message.
fn found(files: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let sources = files
        .iter()
        .map(|(name, text)| SourceFile::new(*name, *text));
    let (findings, _) = review(sources.collect());
    let all = findings.into_iter();
    all.map(|finding| (finding.code, finding.message)).collect()
}

/// Whether a rule fires on these files; its message.
fn fires(code: &str, files: &[(&str, &str)]) -> Option<String> {
    let mut all = found(files).into_iter();
    all.find(|(of, _)| *of == code).map(|(_, message)| message)
}

/// The sample with one text of a file replaced.
fn broken(file: &str, from: &str, to: &str) -> Vec<(&'static str, String)> {
    let mut sources = folder("sample_pipeline");
    let at = sources
        .iter()
        .position(|source| source.name.ends_with(file));
    let at = at.expect(file);
    let text = sources[at].text.replace(from, to);
    assert_ne!(text, sources[at].text, "{file} has no `{from}`");
    sources[at] = SourceFile::new(sources[at].name.clone(), text);
    let (findings, _) = review(sources);
    let all = findings.into_iter();
    all.map(|finding| (finding.code, finding.message)).collect()
}

#[test]
fn each_fault_of_a_broken_copy_is_the_one_that_is_found() {
    const LOAD: &str = "          Load:
            Type: Task
            Resource: arn:aws:states:::glue:startJobRun.sync
            Parameters: {JobName: !Ref LoadTable}
            Retry: [{ErrorEquals: [States.TaskFailed], IntervalSeconds: 60, MaxAttempts: 2, BackoffRate: 2}]
            End: true
";
    for (file, from, to, code, part) in [
        // A required argument that nothing gives.
        (
            "template.yaml",
            "              Arguments: {--day: arrived}\n",
            "",
            "DK440",
            "`Transform` starts `load-orders` without `--day`",
        ),
        (
            "template.yaml",
            "        --workgroup: !Ref Workgroup\n",
            "",
            "DK440",
            "without `--workgroup`",
        ),
        (
            "job.py",
            "add_argument(\"--queue\")",
            "add_argument(\"--stage\", required=True)",
            "DK440",
            "without `--stage`",
        ),
        // An alarm on a metric that nobody publishes.
        (
            "template.yaml",
            "MetricName: orders-freshness-minutes",
            "MetricName: orders-freshness",
            "DK441",
            "`Late` watches `orders-freshness`",
        ),
        (
            "template.yaml",
            "MetricName: orders-dead-letters",
            "MetricName: orders-letters",
            "DK441",
            "`Malformed` watches",
        ),
        (
            "load.py",
            "\"orders-freshness-minutes\"",
            "\"orders-minutes\"",
            "DK441",
            "`Late` watches `orders-freshness-minutes`",
        ),
        // A load that nothing runs.
        (
            "template.yaml",
            LOAD,
            "          Load: {Type: Succeed}\n",
            "DK442",
            "`load-orders-table` would take",
        ),
        (
            "template.yaml",
            "--sql: !Sub \"s3://${CodeBucket}/load.sql\"",
            "--sql: !Sub \"s3://${CodeBucket}/other.sql\"",
            "DK442",
            "the COPY of `orders`",
        ),
        // A role that can't read its script.
        (
            "template.yaml",
            "arn:${AWS::Partition}:s3:::${CodeBucket}/job.py\"",
            "arn:${AWS::Partition}:s3:::${CodeBucket}/jobs/job.py\"",
            "DK443",
            "`load-orders` runs as `JobRole`",
        ),
        (
            "template.yaml",
            "                  - !Sub \"arn:${AWS::Partition}:s3:::${CodeBucket}/load.py\"\n",
            "",
            "DK443",
            "`load-orders-table` runs as `LoadRole`",
        ),
    ] {
        // What nothing starts is retried by nothing either.
        let mut all = broken(file, from, to);
        all.retain(|(found, _)| from != LOAD || *found != "DK421");
        let [(of, message)] = all.as_slice() else {
            panic!("{file}, without `{from}`: {all:#?}");
        };
        assert!(
            *of == code && message.contains(part),
            "{of}: {message}, not {code}: {part}"
        );
    }
}

#[test]
fn the_sample_keeps_to_its_own_targets_with_the_duration_stated() {
    let cost = |minutes: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_distkey"))
            .args([
                "pipeline",
                "cost",
                "sample_pipeline",
                "--gb",
                "20..40",
                "--minutes",
                minutes,
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("distkey runs");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (good, text) = cost("3..5");
    assert!(
        good && text.contains("within the target of $1200 a week"),
        "{text}"
    );
    // The schedule comes over the state machine, for both jobs.
    assert_eq!(text.matches("48 runs a day").count(), 2, "{text}");
    let (good, text) = cost("60");
    assert!(!good, "an hour each half hour is above it: {text}");
}

const ARGPARSE: &str = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--date', required=True)\np.add_argument('--all', action='store_true')\n";
const RESOLVED: &str =
    "args = getResolvedOptions(sys.argv, ['JOB_NAME', 'JOB_RUN_ID', 'region', 'date'])\n";

#[test]
fn arguments_are_those_of_each_start() {
    let code = "DK440";
    // CloudFormation in JSON, with a name of its own; a schedule that calls Glue itself.
    let json = |input: &str| {
        format!(
            r#"{{"Resources": {{
            "Job": {{"Type": "AWS::Glue::Job", "Properties": {{"Name": "ingest", "Command": {{"ScriptLocation": {{"Fn::Join": ["", ["s3://", {{"Ref": "Code"}}, "/ingest.py"]]}}}}}}}},
            "Daily": {{"Type": "AWS::Scheduler::Schedule", "Properties": {{"ScheduleExpression": "rate(1 hour)", "Target": {{
                "Arn": "arn:aws:scheduler:::aws-sdk:glue:startJobRun", "Input": "{input}"}}}}}}}}}}"#
        )
    };
    let with = json(r#"{\"JobName\": \"ingest\", \"Arguments\": {\"--date\": \"today\"}}"#);
    let without = json(r#"{\"JobName\": \"ingest\"}"#);
    assert_eq!(
        fires(code, &[("t.json", &with), ("ingest.py", ARGPARSE)]),
        None
    );
    let message = fires(code, &[("t.json", &without), ("ingest.py", ARGPARSE)]).expect("a finding");
    assert!(
        message.contains("`Daily` starts `ingest` without `--date`"),
        "{message}"
    );

    // Terraform, and getResolvedOptions.
    let terraform = |arguments: &str| {
        format!(
            r#"{{"planned_values": {{"root_module": {{"resources": [
            {{"type": "aws_glue_job", "name": "j", "values": {{"name": "ingest", "command": [{{"script_location": "s3://code/ingest.py"}}],
              "default_arguments": {{"--region": "eu"}}}}}},
            {{"type": "aws_glue_trigger", "name": "t", "values": {{"name": "hourly", "schedule": "cron(0 * * * ? *)",
              "actions": [{{"job_name": "ingest", "arguments": {arguments}}}]}}}}]}}}}}}"#
        )
    };
    let files = |text: &str| fires(code, &[("plan.json", text), ("ingest.py", RESOLVED)]);
    assert_eq!(files(&terraform(r#"{"--date": "x"}"#)), None);
    let message = files(&terraform("null")).expect("a finding");
    assert!(
        message.contains("`hourly` starts `ingest` without `--date`"),
        "{message}"
    );

    // A state machine that stands alone, in JSONPath and in JSONata, beside what the CLI prints.
    let job = r#"{"Job": {"Name": "ingest", "Command": {"ScriptLocation": "s3://code/ingest.py"}, "DefaultArguments": {"--region": "eu"}}}"#;
    let machine = |call: &str| {
        format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", {call}, "End": true}}}}}}"#
        )
    };
    let run = |call: &str| {
        fires(
            code,
            &[
                ("job.json", job),
                ("machine.json", &machine(call)),
                ("ingest.py", RESOLVED),
            ],
        )
    };
    for silent in [
        r#""Parameters": {"JobName": "ingest", "Arguments": {"--date.$": "$.day"}}"#,
        r#""Parameters": {"JobName": "ingest", "Arguments.$": "$.arguments"}"#,
        r#""Parameters": {"JobName.$": "$.job"}"#,
        r#""Arguments": {"JobName": "ingest", "Arguments": "{% $states.input.arguments %}"}"#,
        r#""Arguments": {"JobName": "ingest", "Arguments": {"--date": "{% $states.input.day %}"}}"#,
        r#""Parameters": {"JobName": "another"}"#,
    ] {
        assert_eq!(run(silent), None, "{silent}");
    }
    for loud in [
        r#""Parameters": {"JobName": "ingest", "Arguments": {"--day.$": "$.day"}}"#,
        r#""Arguments": {"JobName": "ingest"}"#,
    ] {
        let message = run(loud).expect(loud);
        assert!(
            message.contains("`A` starts `ingest` without `--date`"),
            "{message}"
        );
    }
    // What nothing starts is started by hand, with its arguments.
    assert_eq!(
        fires(code, &[("job.json", job), ("ingest.py", RESOLVED)]),
        None
    );
}

#[test]
fn metrics_are_published_by_whatever_can() {
    let code = "DK441";
    let alarm = "Resources:\n  Stale:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {Namespace: acme/etl, MetricName: lag, Threshold: 3}\n  J:\n    Type: AWS::Glue::Job\n    Properties: {Command: {ScriptLocation: s3://code/etl.py}}\n";
    let by = |script: &str| fires(code, &[("t.yaml", alarm), ("etl.py", script)]);
    let put = |data: &str| format!("cw.put_metric_data(Namespace='acme/etl', MetricData={data})\n");
    for silent in [
        put("[{'MetricName': 'lag', 'Value': 1}]"),
        // The name is put in when it runs.
        put("[{'MetricName': name, 'Value': value} for name, value in numbers]"),
        put("metric_data"),
        "names = ['lag']\n".to_owned() + &put("[{'MetricName': names[0], 'Value': 1}]"),
        "print(json.dumps({'_aws': {'CloudWatchMetrics': [{'Metrics': [{'Name': 'lag'}]}]}, 'lag': 3}))\n".to_owned(),
    ] {
        assert_eq!(by(&silent), None, "{silent}");
    }
    for loud in [
        put("[{'MetricName': 'rows', 'Value': 1}]"),
        put("[dict(Value=1), {'MetricName': \"rows\", 'Value': lag}]"),
        "print('lag', 3)\n".to_owned(),
        "print(json.dumps({'metric': 'lag'}))\n".to_owned(),
    ] {
        assert!(
            by(&loud)
                .is_some_and(|message| message.contains("`Stale` watches `lag` of `acme/etl`")),
            "{loud}"
        );
    }
    let nothing = "print(1)\n";
    // A filter of the log, a state machine, an alarm on an expression, other code.
    let filter = alarm.to_owned()
        + "  F:\n    Type: AWS::Logs::MetricFilter\n    Properties: {MetricTransformations: [{MetricNamespace: acme/etl, MetricName: NAME}]}\n";
    let state = alarm.to_owned()
        + "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {Definition: {States: {P: {Type: Task, Resource: 'arn:aws:states:::aws-sdk:cloudwatch:putMetricData', Parameters: {MetricData: [{MetricName: NAME}]}}}}}\n";
    for template in [filter, state] {
        let named = |name: &str| {
            fires(
                code,
                &[
                    ("t.yaml", &template.replace("NAME", name)),
                    ("etl.py", nothing),
                ],
            )
        };
        assert_eq!(named("lag"), None, "{template}");
        assert!(named("age").is_some(), "{template}");
    }
    let lambda =
        alarm.to_owned() + "  L: {Type: AWS::Lambda::Function, Properties: {Handler: x.y}}\n";
    assert_eq!(
        fires(code, &[("t.yaml", &lambda), ("etl.py", nothing)]),
        None
    );
    let expression = alarm.replace(
        "Namespace: acme/etl, MetricName: lag",
        "Metrics: [{Id: a, MetricStat: {Metric: {Namespace: acme/etl, MetricName: lag}}}]",
    );
    assert!(fires(code, &[("t.yaml", &expression), ("etl.py", nothing)]).is_some());
    // The scripts are not there; a service's own metric.
    assert_eq!(fires(code, &[("t.yaml", alarm)]), None);
    let service = alarm.replace("acme/etl", "AWS/SQS");
    assert_eq!(
        fires(code, &[("t.yaml", &service), ("etl.py", nothing)]),
        None
    );
    // Glue's metrics come where they are switched on.
    let glue = alarm.replace("acme/etl", "Glue").replace(
        "Threshold: 3",
        "Dimensions: [{Name: JobName, Value: !Ref J}]",
    );
    let message = fires(code, &[("t.yaml", &glue), ("etl.py", nothing)]).expect("a finding");
    assert!(message.contains("`J` does not publish"), "{message}");
    let on = glue.replace(
        "Properties: {Command",
        "Properties: {DefaultArguments: {--enable-metrics: 'true'}, Command",
    );
    assert_eq!(fires(code, &[("t.yaml", &on), ("etl.py", nothing)]), None);
}

#[test]
fn a_load_is_run_by_whatever_can() {
    let code = "DK442";
    let copy = "COPY sales FROM 's3://lake/sales/' IAM_ROLE default CSV;\n";
    let template = "Resources:\n  W:\n    Type: AWS::Glue::Job\n    Properties: {Name: write, Command: {ScriptLocation: s3://code/write.py}}\n  T:\n    Type: AWS::Glue::Trigger\n    Properties: {Actions: [{JobName: write}]}\n";
    let script = "df.write.csv('s3://lake/sales/')\n";
    let more = |more: &str, extra: &[(&str, &str)]| {
        let all = template.to_owned() + more;
        let files = [
            &[
                ("t.yaml", all.as_str()),
                ("copy_sales.sql", copy),
                ("write.py", script),
            ],
            extra,
        ]
        .concat();
        fires(code, &files)
    };
    assert!(more("", &[]).is_some_and(|message| message.contains("the COPY of `sales`")));
    // The Data API in a state machine, by a rule, by a schedule; another table's load is none.
    for form in [
        "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {Definition: {States: {C: {Type: Task, Resource: 'arn:aws:states:::aws-sdk:redshiftdata:executeStatement', Parameters: {Sql: SQL}}}}}\n",
        "  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {Definition: {States: {C: {Type: Task, Resource: 'arn:aws:states:::aws-sdk:redshiftdata:batchExecuteStatement', Arguments: {Sqls: [SELECT 1, SQL]}}}}}\n",
        "  R:\n    Type: AWS::Events::Rule\n    Properties: {ScheduleExpression: rate(1 hour), Targets: [{Arn: 'arn:aws:redshift:x', RedshiftDataParameters: {Sql: SQL}}]}\n",
    ] {
        let of = |sql: &str| more(&form.replace("SQL", sql), &[]);
        assert_eq!(
            of("COPY sales FROM 's3://lake/sales/' IAM_ROLE default CSV"),
            None,
            "{form}"
        );
        assert_eq!(of("CALL load_all()"), None, "{form}");
        assert!(
            of("COPY returns FROM 's3://lake/returns/' IAM_ROLE default CSV").is_some(),
            "{form}"
        );
        assert!(of("VACUUM sales").is_some(), "{form}");
    }
    // A job that takes the file, by its name or as an argument; one that nothing starts.
    let job = "  L:\n    Type: AWS::Glue::Job\n    Properties: {Name: load, Command: {ScriptLocation: s3://code/run_sql.py}, DefaultArguments: {--file: s3://code/copy_sales.sql}}\n";
    let start =
        "  T2:\n    Type: AWS::Glue::Trigger\n    Properties: {Actions: [{JobName: load}]}\n";
    let runner = (
        "run_sql.py",
        "import redshift_connector\nc = redshift_connector.connect()\nc.cursor().execute(open(args['file']).read())\n",
    );
    assert_eq!(more(&format!("{job}{start}"), &[runner]), None);
    assert!(more(job, &[runner]).is_some_and(|message| message.contains("`load` would take")));
    let other = job.replace("copy_sales.sql", "vacuum.sql");
    assert!(more(&format!("{other}{start}"), &[runner]).is_some());
    // A script of a scheduler that is not described here, other code, a job whose script is not there.
    assert_eq!(
        more(
            "",
            &[(
                "dag.py",
                "hook.execute(open('sql/copy_sales.sql').read())\n"
            )]
        ),
        None
    );
    assert_eq!(
        more(
            "  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}\n",
            &[]
        ),
        None
    );
    assert_eq!(more(&format!("{job}{start}"), &[]), None);
    // Without a template nothing is said of what runs it, and an auto-copy job runs itself.
    assert_eq!(
        fires(code, &[("copy_sales.sql", copy), ("write.py", script)]),
        None
    );
    let auto = copy.replace(';', " JOB CREATE sales_job AUTO ON;");
    assert_eq!(
        fires(
            code,
            &[
                ("t.yaml", template),
                ("copy_sales.sql", &auto),
                ("write.py", script)
            ]
        ),
        None
    );
}

#[test]
fn a_role_reads_its_script_by_any_policy_of_its() {
    let code = "DK443";
    let template = |statement: &str, role: &str, more: &str| {
        format!(
            "Resources:\n  Data: {{Type: AWS::S3::Bucket, Properties: {{BucketName: acme-data}}}}\n  Runner:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: etl-runner\n      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: {statement}}}}}]\n      {role}\n  J:\n    Type: AWS::Glue::Job\n    Properties: {{Role: ROLE, Command: {{ScriptLocation: SCRIPT}}}}\n{more}"
        )
    };
    let run = |statement: &str, role: &str, more: &str, runs_as: &str, script: &str| {
        let text = template(statement, role, more)
            .replace("ROLE", runs_as)
            .replace("SCRIPT", script);
        fires(code, &[("t.yaml", &text)])
    };
    let allow = |action: &str, resource: &str| {
        format!("[{{Effect: Allow, Action: {action}, Resource: {resource}}}]")
    };
    let plain = |statement: &str| {
        run(
            statement,
            "",
            "",
            "!GetAtt Runner.Arn",
            "s3://acme-code/etl/job.py",
        )
    };
    for silent in [
        allow("'s3:GetObject'", "'arn:aws:s3:::acme-code/etl/job.py'"),
        allow("['s3:Get*', 's3:List*']", "['arn:aws:s3:::acme-code/*']"),
        allow("'*'", "'*'"),
        allow("'S3:getobject'", "'arn:aws:s3:::acme-*/etl/???.py'"),
        // What only the deployment knows may be it.
        allow("'s3:GetObject'", "!Ref CodeArn"),
        allow("'s3:GetObject'", "!Sub 'arn:aws:s3:::${Prefix}-code/*'"),
        "[{Effect: Allow, NotAction: 'iam:*', Resource: '*'}]".to_owned(),
    ] {
        assert_eq!(plain(&silent), None, "{silent}");
    }
    for loud in [
        allow("'s3:GetObject'", "!Sub '${Data.Arn}/*'"),
        allow("'s3:GetObject'", "'arn:aws:s3:::acme-code/jobs/*'"),
        allow("'s3:PutObject'", "'arn:aws:s3:::acme-code/*'"),
        allow("'s3:GetObject'", "'arn:aws:s3:::acme-code'"),
        "[{Effect: Deny, Action: 's3:GetObject', Resource: '*'}]".to_owned(),
    ] {
        let message = plain(&loud).expect(&loud);
        assert!(message.contains("`J` runs as `etl-runner`"), "{message}");
    }
    // By the role's name, by an ARN; of a role that is not here nothing is known.
    let wrong = allow("'s3:GetObject'", "!Sub '${Data.Arn}/*'");
    let role = |runs_as: &str| run(&wrong, "", "", runs_as, "s3://acme-code/etl/job.py");
    assert!(role("!Ref Runner").is_some() && role("etl-runner").is_some());
    assert!(role("'arn:aws:iam::111122223333:role/service/etl-runner'").is_some());
    assert_eq!(role("'arn:aws:iam::111122223333:role/other'"), None);
    assert_eq!(role("!Ref RoleArn"), None);
    // The script in a bucket of the template, under its name and under its reference.
    for script in [
        "s3://acme-data/code/job.py",
        "!Sub 's3://${Data}/code/job.py'",
    ] {
        assert_eq!(run(&wrong, "", "", "!Ref Runner", script), None, "{script}");
        let raw = allow("'s3:GetObject'", "'arn:aws:s3:::acme-data/raw/*'");
        assert!(
            run(&raw, "", "", "!Ref Runner", script).is_some(),
            "{script}"
        );
    }
    // Policies that stand elsewhere: AWS's own, one of the template, one that names the role.
    let managed = |arns: &str, more: &str| {
        let role = format!("ManagedPolicyArns: {arns}");
        run(
            &wrong,
            &role,
            more,
            "!Ref Runner",
            "s3://acme-code/etl/job.py",
        )
    };
    let own = |actions: &str, roles: &str| {
        format!(
            "  Extra:\n    Type: AWS::IAM::ManagedPolicy\n    Properties: {{PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{actions}', Resource: '*'}}]}}, Roles: {roles}}}\n"
        )
    };
    assert_eq!(
        managed("['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess']", ""),
        None
    );
    assert_eq!(
        managed("['arn:aws:iam::111122223333:policy/ours']", ""),
        None
    );
    assert!(
        managed(
            "['arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole']",
            ""
        )
        .is_some()
    );
    assert_eq!(managed("[!Ref Extra]", &own("s3:GetObject", "[]")), None);
    assert!(managed("[!Ref Extra]", &own("logs:*", "[]")).is_some());
    assert_eq!(managed("[]", &own("s3:*", "[!Ref Runner]")), None);
    assert!(managed("[]", &own("s3:*", "[!Ref Another]")).is_some());
}
