//! Who starts what: triggers of Glue, rules and schedules of EventBridge, states of Step Functions.

use std::collections::BTreeMap;

use super::Pipeline;
use super::found::{Field, Machine, Place, Start, Started, Trigger, TriggerKind};
use super::tree::{Tree, Value};
use super::yaml;

/// A trigger of Glue, with what its actions start.
pub(super) fn glue_trigger(pipeline: &mut Pipeline, name: &str, properties: &Tree, place: Place) {
    let name = match properties.field(&["Name"]) {
        Field::Known(given) => given,
        _ => name.to_owned(),
    };
    let mut jobs = Vec::new();
    for action in properties.get("Actions").map_or(&[][..], Tree::items) {
        // One that names a crawler starts no job.
        let Some(job) = action.get("JobName") else {
            continue;
        };
        let what = reference(Some(job)).map_or(Started::Unknown, Started::Job);
        if let Started::Job(job) = &what {
            jobs.push(job.clone());
        }
        pipeline.starts.push(Start {
            by: name.clone(),
            machine: None,
            place: place.clone(),
            what,
            arguments: arguments(Some(action), "Arguments"),
            is_retried: false,
            may_tell: false,
        });
    }
    pipeline.triggers.push(Trigger {
        name,
        kind: TriggerKind::Glue,
        is_off: is_off(properties),
        schedule: properties.field(&["Schedule"]),
        place,
        jobs,
    });
}

/// A schedule of EventBridge Scheduler.
pub(super) fn schedule(pipeline: &mut Pipeline, name: &str, properties: &Tree, place: Place) {
    let name = match properties.field(&["Name"]) {
        Field::Known(given) => given,
        _ => name.to_owned(),
    };
    if let Some(target) = properties.get("Target") {
        target_of(pipeline, &name, target, &place);
    }
    pipeline.triggers.push(Trigger {
        name,
        kind: TriggerKind::Schedule,
        is_off: is_off(properties),
        schedule: properties.field(&["ScheduleExpression"]),
        place,
        jobs: Vec::new(),
    });
}

fn is_off(properties: &Tree) -> bool {
    let enabled = properties.get("Enabled").and_then(Tree::truth);
    properties.get("State").and_then(Tree::text) == Some("DISABLED") || enabled == Some(false)
}

/// What a rule of EventBridge starts; whether it is on a schedule.
pub(super) fn rule(pipeline: &mut Pipeline, name: &str, properties: &Tree, place: &Place) -> bool {
    let name = match properties.field(&["Name"]) {
        Field::Known(given) => given,
        _ => name.to_owned(),
    };
    for target in properties.get("Targets").map_or(&[][..], Tree::items) {
        target_of(pipeline, &name, target, place);
    }
    let schedule = properties.field(&["ScheduleExpression"]);
    let is_scheduled = !schedule.is_missing();
    if is_scheduled {
        pipeline.triggers.push(Trigger {
            name,
            kind: TriggerKind::Rule,
            is_off: is_off(properties),
            schedule,
            place: place.clone(),
            jobs: Vec::new(),
        });
    }
    is_scheduled
}

/// An event of a state machine in a template of SAM, where it is a schedule.
pub(super) fn event(pipeline: &mut Pipeline, machine: &str, name: &str, tree: &Tree, path: &str) {
    let properties = tree.get("Properties");
    let field = |key: &str| properties.map_or(Field::Missing, |own| own.field(&[key]));
    let (kind, schedule) = match tree.get("Type").and_then(Tree::text) {
        Some("Schedule") => (TriggerKind::Rule, field("Schedule")),
        Some("ScheduleV2") => (TriggerKind::Schedule, field("ScheduleExpression")),
        _ => return,
    };
    let place = Place {
        path: path.to_owned(),
        line: tree.line,
    };
    let is_off = properties.is_some_and(is_off);
    let name = format!("{machine}/{name}");
    pipeline.starts.push(Start {
        by: name.clone(),
        machine: None,
        place: place.clone(),
        what: Started::Machine(machine.to_owned()),
        arguments: None,
        is_retried: false,
        may_tell: false,
    });
    pipeline.triggers.push(Trigger {
        name,
        place,
        kind,
        is_off,
        schedule,
        jobs: Vec::new(),
    });
}

/// What stands behind the ARN of a target, or behind the call that a schedule makes.
fn target_of(pipeline: &mut Pipeline, by: &str, target: &Tree, place: &Place) {
    let arn = target
        .get("Arn")
        .and_then(Tree::written)
        .unwrap_or_default();
    // The call's parameters are JSON in a text.
    let input = target
        .get("Input")
        .and_then(|input| yaml::embedded(input).ok());
    let input = input.map(|found| found.tree);
    statements(pipeline, target.get("RedshiftDataParameters"));
    if arn.contains("aws-sdk:redshiftdata:") {
        statements(pipeline, input.as_ref());
    }
    let (what, arguments) = if arn.ends_with("aws-sdk:glue:startJobRun") {
        let job = input.as_ref().and_then(|input| input.get("JobName"));
        let job = reference(job).map_or(Started::Unknown, Started::Job);
        (job, arguments(input.as_ref(), "Arguments"))
    } else if arn.ends_with("aws-sdk:sfn:startExecution") {
        let machine = input
            .as_ref()
            .and_then(|input| input.get("StateMachineArn"));
        let machine = reference(machine).map_or(Started::Unknown, Started::Machine);
        (machine, None)
    } else {
        let name = reference(target.get("Arn"));
        // Of a resource in the template its kind is not known before all of it is read.
        let is_machine = arn.contains(":stateMachine:") || arn.starts_with("${");
        match name.filter(|_| is_machine) {
            Some(name) => (Started::Machine(name), None),
            None => (Started::Unknown, None),
        }
    };
    pipeline.starts.push(Start {
        by: by.to_owned(),
        machine: None,
        place: place.clone(),
        what,
        arguments,
        is_retried: false,
        may_tell: false,
    });
}

/// What the states of a state machine start.
pub(super) fn of_machine(pipeline: &mut Pipeline, machine: &Machine) {
    for (state, tree) in &machine.states {
        let resource = tree
            .get("Resource")
            .and_then(Tree::written)
            .unwrap_or_default();
        let what = if resource.contains(":glue:startJobRun") {
            "JobName"
        } else if resource.contains(":states:startExecution")
            || resource.contains(":sfn:startExecution")
        {
            "StateMachineArn"
        } else {
            ""
        };
        // JSONPath says Parameters, JSONata Arguments.
        let given = tree.get("Parameters").or(tree.get("Arguments"));
        if resource.contains(":redshiftdata:") {
            statements(pipeline, given);
        }
        if what.is_empty() {
            continue;
        }
        let name = reference(given.and_then(|given| given.get(what)));
        let name = name.filter(|name| !is_computed(name));
        pipeline.starts.push(Start {
            by: state.clone(),
            machine: Some(machine.name.clone()),
            place: Place {
                path: machine.place.path.clone(),
                line: tree.line,
            },
            what: match (name, what) {
                (Some(name), "JobName") => Started::Job(name),
                (Some(name), _) => Started::Machine(name),
                (None, _) => Started::Unknown,
            },
            arguments: arguments(given, "Arguments"),
            is_retried: tree.get("Retry").is_some(),
            may_tell: tree.get("Catch").is_some(),
        });
    }
}

/// The SQL of a call of the Data API.
pub(super) fn statements(pipeline: &mut Pipeline, given: Option<&Tree>) {
    let Some(given) = given else { return };
    for (key, value) in given.pairs() {
        let open =
            |text: &str| is_computed(text) || text.starts_with("States.") || text.starts_with("$");
        match key.trim_end_matches(".$") {
            "Sql" | "Sqls" => {
                let texts = value.items().iter().map(Tree::written);
                pipeline.statements.extend(texts.map(|text| match text {
                    // Of what the run puts together the fixed parts stand in it.
                    Some(text) if !open(text) || text.to_lowercase().contains("copy") => {
                        Field::Known(text.to_owned())
                    }
                    _ => Field::Symbolic,
                }));
            }
            _ => {}
        }
    }
}

/// An expression of JSONata, which only the run knows.
fn is_computed(text: &str) -> bool {
    text.trim_start().starts_with("{%")
}

/// The arguments of a call; none where none are given.
pub(super) fn arguments(
    given: Option<&Tree>,
    key: &str,
) -> Option<BTreeMap<String, Field<String>>> {
    let Some(given) = given else {
        return Some(BTreeMap::new());
    };
    // `Arguments.$` takes them from the state's input.
    let open = format!("{key}.$");
    if given.get(&open).is_some() || !matches!(given.value, Value::Map(_)) {
        return None;
    }
    let Some(arguments) = given.get(key) else {
        return Some(BTreeMap::new());
    };
    if !matches!(arguments.value, Value::Map(_) | Value::Null) {
        return None;
    }
    let pairs = arguments.pairs().map(|(name, value)| {
        let value = match (name.strip_suffix(".$"), value.written()) {
            (None, Some(text)) if !is_computed(text) => Field::Known(text.to_owned()),
            _ => Field::Symbolic,
        };
        (name.trim_end_matches(".$").to_owned(), value)
    });
    Some(pairs.collect())
}

/// The name of a job or a state machine: of an ARN its last part.
fn reference(tree: Option<&Tree>) -> Option<String> {
    let name = tree?.reference()?;
    let last = match name.starts_with("arn:") {
        true => name.rsplit([':', '/']).next().unwrap_or(name),
        false => name,
    };
    // The last part of an ARN may itself refer.
    let inner = last
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.map(|inner| inner.split('.').next().unwrap_or(inner));
    Some(inner.unwrap_or(last).to_owned())
}
