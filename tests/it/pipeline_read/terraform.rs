//! Terraform: its own files, and its plans.

use super::*;

#[test]
fn terraform_is_read_with_its_variables_and_references() {
    let simple = pipeline("tf-simple");
    assert_eq!(unread(&simple), []);
    let orders = job(&simple, "shop-prod-orders");
    assert_eq!(orders.place.path, "main.tf");
    // The file of values comes before the default.
    assert_eq!(known(&orders.capacity.workers), Some(20.0));
    assert_eq!(
        known(&orders.script).as_deref(),
        Some("s3://shop-prod-scripts/jobs/orders.py")
    );
    assert_eq!(
        simple.script_of(orders).map(|script| script.path.as_str()),
        Some("jobs/orders.py")
    );
    assert_eq!(
        known(&orders.arguments["--source"]).as_deref(),
        Some("s3://shop-lake-prod/raw/orders/")
    );
    assert_eq!(
        known(&orders.arguments["--job-bookmark-option"]).as_deref(),
        Some("job-bookmark-disable")
    );
    let lake = simple
        .buckets
        .iter()
        .find(|one| one.name == "shop-lake-prod")
        .expect("a bucket");
    assert_eq!(known(&lake.versioned), Some(true));
    let rule = &lake.lifecycle.as_ref().expect("rules")[0];
    assert_eq!(
        (
            rule.prefix.as_str(),
            rule.expires_days,
            rule.noncurrent_days
        ),
        ("raw/", Some(90.0), Some(30.0))
    );
    assert_eq!(
        simple.buckets.len(),
        2,
        "versions and rules are no buckets of their own"
    );
    assert_eq!(
        started(&simple),
        pairs(&[("shop-prod-nightly", "shop-prod-orders")])
    );
    let role = simple.role_of(orders).expect("a role");
    assert_eq!(role.managed.len(), 1);
    assert!(
        simple
            .policies
            .iter()
            .any(|policy| policy.actions == ["s3:*"] && policy.roles == [role.name.as_str()])
    );

    // Without the value of a variable, what hangs on it stays open.
    let own = sources("tf-simple")
        .into_iter()
        .filter(|one| !one.name.ends_with("tfvars"));
    let open = of(own.collect());
    assert_eq!(known(&job(&open, "orders").capacity.workers), Some(10.0));
    assert_eq!(started(&open), pairs(&[("nightly", "orders")]));
}

#[test]
fn files_of_values_that_terraform_does_not_load_count_where_they_agree() {
    let main = "variable \"workers\" {}\nvariable \"minutes\" { default = 5 }\nresource \"aws_glue_job\" \"a\" {\n  name = \"a\"\n  \
                number_of_workers = var.workers\n  timeout = var.minutes\n}\n";
    let with = |others: &[(&str, &str)]| {
        let own = std::iter::once(SourceFile::new("main.tf", main));
        let others = others
            .iter()
            .map(|(name, text)| SourceFile::new(*name, *text));
        let pipeline = of(own.chain(others).collect());
        (
            pipeline.jobs[0].capacity.workers.clone(),
            pipeline.jobs[0].timeout_minutes.clone(),
        )
    };
    let (ten, five) = (Field::Known(10.0), Field::Known(5.0));
    assert_eq!(with(&[]), (Field::Symbolic, five.clone()));
    assert_eq!(
        with(&[("prod.tfvars", "workers = 10\n")]),
        (ten.clone(), five.clone())
    );
    let both = [
        ("dev.tfvars", "workers = 2\nminutes = 9\n"),
        ("env/prod.tfvars", "workers = 10\nminutes = 9\n"),
    ];
    assert_eq!(with(&both), (Field::Symbolic, Field::Known(9.0)));
    let own = [both[0], both[1], ("terraform.tfvars", "workers = 10\n")];
    assert_eq!(with(&own), (ten, Field::Known(9.0)));
}

#[test]
fn documents_within_terraform_are_read_however_they_are_written() {
    let encoded = pipeline("tf-jsonencode");
    assert_eq!(unread(&encoded), []);
    assert_eq!(
        started(&encoded),
        pairs(&[("clean_events", "events-clean")])
    );
    let names: Vec<&str> = encoded.machines[0]
        .states
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["clean_events", "each_table", "copy"]);
    assert_eq!(encoded.statements.len(), 1);
    assert_eq!(
        encoded.starts(&encoded.triggers[0], job(&encoded, "events-clean")),
        Some(true)
    );
    assert_eq!(known(&job(&encoded, "events-clean").concurrent), Some(3.0));

    let template = pipeline("tf-templatefile");
    assert_eq!(unread(&template), []);
    assert_eq!(template.jobs.len(), 3);
    assert_eq!(
        started(&template),
        pairs(&[("Orders", "load-orders"), ("Refunds", "load-refunds")])
    );
    assert_eq!(
        template.machines[0].place.path,
        "templates/load_all.asl.json.tftpl"
    );
    let alarm = &template.alarms[0];
    assert_eq!(
        alarm.watches(job(&template, "load-orders"), &template.jobs),
        Some(true)
    );
    assert_eq!(
        alarm.watches(job(&template, "load-items"), &template.jobs),
        Some(false)
    );
    assert_eq!(
        template.starts(&template.triggers[0], job(&template, "load-items")),
        Some(false)
    );

    let heredoc = pipeline("tf-heredoc");
    assert_eq!(unread(&heredoc), []);
    assert_eq!(started(&heredoc), pairs(&[("Load", "load")]));
    assert_eq!(heredoc.machines[0].states[0].1.line, 9);
    let old = &heredoc.buckets[0];
    assert_eq!(known(&old.versioned), Some(true));
    let rule = &old.lifecycle.as_ref().expect("rules")[0];
    assert_eq!((rule.enabled, rule.expires_days), (true, Some(400.0)));
}

#[test]
fn local_modules_are_read_with_what_they_are_given() {
    let modules = pipeline("tf-modules");
    assert_eq!(modules.jobs.len(), 2);
    let (orders, refunds) = (job(&modules, "acme-orders"), job(&modules, "acme-refunds"));
    assert_eq!(
        (
            known(&orders.capacity.workers),
            known(&refunds.capacity.workers)
        ),
        (Some(8.0), Some(2.0))
    );
    assert_eq!(orders.arguments.len(), 2);
    let expected = [
        ("acme-orders", "acme-orders"),
        ("refunds-after-orders", "acme-refunds"),
    ];
    assert_eq!(started(&modules), pairs(&expected));
    // A module of a registry is not there.
    assert_eq!(unread(&modules), [("envs/prod/main.tf", Some(18))]);
    // A module that calls itself ends.
    let circle = "module \"a\" { source = \"./.\" }\nresource \"aws_glue_job\" \"j\" { name = module.a.x }\noutput \"x\" { value = module.a.x }\n";
    let read = text("m/main.tf", circle);
    assert!(read.jobs.len() < 20, "{}", read.jobs.len());
    let locals = "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_glue_job\" \"j\" { name = local.a }\n";
    assert_eq!(text("main.tf", locals).jobs[0].name, "j");
}

#[test]
fn what_is_dynamic_is_told_and_not_guessed() {
    let dynamic = pipeline("tf-dynamic");
    let all = job(&dynamic, "all");
    assert_eq!(all.capacity.workers, Field::Symbolic);
    assert_eq!(all.script, Field::Symbolic);
    assert_eq!(
        unread(&dynamic),
        [("main.tf", Some(11)), ("main.tf", Some(60))]
    );
    let queues: Vec<&str> = dynamic
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    assert_eq!(queues, ["etl", "bi"]);
    for (what, value) in [
        ("timeout = max(5, 60)", Field::Symbolic),
        ("timeout = var.long ? 90 : 30", Field::Known(90.0)),
        ("timeout = var.unset ? 90 : 30", Field::Symbolic),
        ("timeout = 2 * 30 + 1", Field::Known(61.0)),
        ("timeout = lookup({a = 7}, \"a\", 9)", Field::Known(7.0)),
        ("timeout = null", Field::Missing),
    ] {
        let main = format!(
            "variable \"long\" {{ default = true }}\nresource \"aws_glue_job\" \"a\" {{\n  {what}\n}}\n"
        );
        assert_eq!(
            text("main.tf", &main).jobs[0].timeout_minutes,
            value,
            "{what}"
        );
    }
    for (count, jobs) in [
        ("0", 0),
        ("3", 3),
        ("var.on ? 1 : 0", 0),
        ("length([1, 2])", 2),
    ] {
        let main = format!(
            "variable \"on\" {{ default = false }}\nresource \"aws_glue_job\" \"a\" {{ count = {count} }}\n"
        );
        assert_eq!(text("main.tf", &main).jobs.len(), jobs, "{count}");
    }
    let broken = text(
        "main.tf",
        "resource \"aws_glue_job\" \"a\" {\n  name = \n}\n",
    );
    assert_eq!(unread(&broken), [("main.tf", Some(2))]);
    assert!(broken.read.is_empty(), "{:?}", broken.read);
}

#[test]
fn a_plan_refers_to_what_it_does_not_know_yet() {
    let plan = pipeline("tf-plan");
    assert_eq!(unread(&plan), []);
    assert_eq!(plan.buckets.len(), 1);
    assert_eq!(known(&plan.buckets[0].versioned), Some(true));
    assert_eq!(
        known(&job(&plan, "load").role).as_deref(),
        Some("${glue.Arn}")
    );
    let what =
        |one: &distkey::pipeline::Start| matches!(&one.what, Started::Job(name) if name == "load");
    assert!(plan.starts.iter().all(what));
}
