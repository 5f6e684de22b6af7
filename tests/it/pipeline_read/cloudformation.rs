//! Templates of CloudFormation, SAM and CDK.

use super::*;

#[test]
fn templates_are_read_as_cloudformation_reads_them() {
    let braces = pipeline("cfn-flow-braces");
    assert_eq!(unread(&braces), []);
    let orders = job(&braces, "orders-nightly");
    assert_eq!(
        known(&orders.script).as_deref(),
        Some("s3://${CodeBucket}/jobs/orders.py")
    );
    assert_eq!(known(&orders.timeout_minutes), Some(120.0));
    assert_eq!(orders.arguments.len(), 3);
    assert_eq!(
        braces.script_of(orders).map(|script| script.path.as_str()),
        Some("jobs/orders.py")
    );
    assert_eq!(
        started(&braces),
        pairs(&[("orders-nightly-trigger", "orders-nightly")])
    );

    let sub = pipeline("cfn-sub-definition");
    assert_eq!(unread(&sub), []);
    // A line of the definition is one of the template.
    let (_, clean) = &sub.machines[0].states[1];
    assert_eq!(
        (sub.machines[0].place.path.as_str(), clean.line),
        ("template.yml", 32)
    );
    assert_eq!(started(&sub), pairs(&[("Clean", "CleanJob")]));
    assert_eq!(sub.statements.len(), 1);

    let join = pipeline("cfn-join-json");
    assert_eq!(unread(&join), []);
    assert_eq!(started(&join), pairs(&[("EveryTenMinutes", "Ingest")]));
    assert_eq!(
        known(&job(&join, "Ingest").script).as_deref(),
        Some("s3://${Bucket}/ingest.py")
    );

    // What is made when the template is deployed is told, and the rest is read.
    let each = pipeline("cfn-foreach");
    assert_eq!(unread(&each), [("template.yaml", Some(5))]);
    assert_eq!(each.jobs.len(), 1);
}

#[test]
fn a_definition_beside_its_template_is_read_with_it() {
    let sam = pipeline("sam-definition-uri");
    assert_eq!(unread(&sam), []);
    assert_eq!(sam.machines.len(), 1, "the file is no machine of its own");
    let machine = &sam.machines[0];
    assert_eq!(
        (machine.name.as_str(), machine.place.path.as_str()),
        ("LoadStateMachine", "statemachine/load.asl.json")
    );
    assert_eq!(started(&sam), pairs(&[("Load", "LoadJob")]));
    // Its own schedule starts the machine, and by it the job.
    let daily = &sam.triggers[0];
    assert_eq!(
        known(&daily.schedule).as_deref(),
        Some("cron(15 2 * * ? *)")
    );
    assert_eq!(sam.starts(daily, job(&sam, "LoadJob")), Some(true));

    let alone: Vec<SourceFile> = sources("sam-definition-uri")
        .into_iter()
        .filter(|source| source.name == "template.yaml")
        .collect();
    let without = of(alone);
    assert_eq!(unread(&without), [("template.yaml", Some(5))]);
    let what = &without
        .unrecognized
        .iter()
        .find(|one| one.is_broken())
        .expect("it")
        .what;
    assert!(
        what.contains("name its definition `statemachine/load.asl.json`"),
        "{what}"
    );
    for uri in [
        "DefinitionS3Location: flow.json",
        "DefinitionS3Location: {Bucket: b, Key: build/flow.json}",
        "DefinitionUri: ./flow.json",
    ] {
        let template = format!(
            "Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      {uri}\n"
        );
        let flow = "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}";
        let read = of(vec![
            SourceFile::new("t.yaml", template),
            SourceFile::new("flow.json", flow),
        ]);
        assert_eq!((read.machines.len(), unread(&read)), (1, vec![]), "{uri}");
    }
}

#[test]
fn what_cdk_writes_is_read_with_its_assets() {
    let cdk = pipeline("cdk-synth");
    assert_eq!(unread(&cdk), []);
    let glue = job(&cdk, "GlueJob");
    let script = cdk.script_of(glue).map(|script| script.path.as_str());
    assert_eq!(script, Some("cdk.out/asset.6bd1f5f0e7a8.py"));
    assert_eq!(started(&cdk), pairs(&[("Run", "GlueJob")]));
    assert_eq!(cdk.starts(&cdk.triggers[0], glue), Some(true));
    // The source of a stack is not run.
    let source = pipeline("cdk-source");
    let what = &source
        .unrecognized
        .iter()
        .find(|one| one.path.ends_with(".ts"))
        .expect("it")
        .what;
    assert!(what.contains("cdk synth"), "{what}");
}
