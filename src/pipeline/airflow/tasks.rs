//! What operators are given → what they do.

use super::super::dag::{Dag, Does, Task};
use super::super::found::{Field, Place};
use super::super::tree::{Tree, Value};
use super::walk::Made;

/// Operators that run code which is not looked at.
const ELSEWHERE: &[&str] = &[
    "Batch",
    "Bash",
    "Databricks",
    "Docker",
    "Ecs",
    "Emr",
    "Kubernetes",
    "Lambda",
    "SSH",
    "SparkSubmit",
];

/// A DAG of what it is given.
pub(super) fn dag(given: &Tree, place: Place) -> Dag {
    let defaults = given.get("default_args");
    let or_default = |key: &str| given.get(key).or(defaults.and_then(|own| own.get(key)));
    let schedule = ["schedule", "schedule_interval", "timetable"];
    let schedule = schedule.iter().find_map(|key| given.get(key));
    Dag {
        name: given
            .get("dag_id")
            .and_then(Tree::written)
            .unwrap_or("dag")
            .to_owned(),
        place,
        schedule: schedule.map_or(Field::Missing, as_aws),
        catchup: match given.get("catchup").map(|one| one.truth()) {
            None => Field::Missing,
            Some(Some(is)) => Field::Known(is),
            Some(None) => Field::Symbolic,
        },
        start: or_default("start_date").map_or(Field::Missing, |one| one.field(&[])),
        max_active_runs: given.number_field(&["max_active_runs"]),
        tasks: Vec::new(),
    }
}

/// A task of what it is given; what it waits for is not known here.
pub(super) fn task(made: &Made, of_dag: &Tree, place: Place) -> Task {
    let defaults = of_dag.get("default_args");
    let own = made
        .given
        .get("retries")
        .or(defaults.and_then(|given| given.get("retries")));
    Task {
        id: made.id(),
        operator: made.operator.clone(),
        place,
        retries: own.map_or(Field::Missing, |own| own.number_field(&[])),
        does: does(&made.operator, &made.given),
        after: Vec::new(),
    }
}

fn does(operator: &str, given: &Tree) -> Does {
    let text = |key: &str| given.get(key).and_then(Tree::written).unwrap_or_default();
    match operator {
        "GlueJobOperator" | "AwsGlueJobOperator" => {
            let name = given
                .get("job_name")
                .and_then(Tree::reference)
                .unwrap_or_default();
            Does::Job(name.to_owned())
        }
        "GlueCrawlerOperator" | "AwsGlueCrawlerOperator" => Does::Crawler {
            name: given
                .at(&["config", "Name"])
                .and_then(Tree::written)
                .unwrap_or_default()
                .to_owned(),
            waits: given.get("wait_for_completion").and_then(Tree::truth) != Some(false),
        },
        "GlueCrawlerSensor" | "AwsGlueCrawlerSensor" => Does::Crawler {
            name: text("crawler_name").to_owned(),
            waits: true,
        },
        "S3ToRedshiftOperator" | "S3ToRedshiftTransfer" => {
            let method = text("method").to_uppercase();
            Does::Copy {
                table: match (text("schema"), text("table")) {
                    ("", table) => table.to_owned(),
                    (schema, table) => format!("{schema}.{table}"),
                },
                from: format!("s3://{}/{}", text("s3_bucket"), text("s3_key")),
                method: match method.is_empty() {
                    true => "APPEND".to_owned(),
                    false => method.rsplit('.').next().unwrap_or_default().to_owned(),
                },
            }
        }
        "RedshiftDataOperator"
        | "RedshiftSQLOperator"
        | "SQLExecuteQueryOperator"
        | "PostgresOperator" => {
            let given = given.get("sql").map_or(&[][..], Tree::items).iter();
            Does::Sql(given.filter_map(Tree::written).map(str::to_owned).collect())
        }
        "StepFunctionStartExecutionOperator" => {
            let arn = given
                .get("state_machine_arn")
                .and_then(Tree::reference)
                .unwrap_or_default();
            let name = arn.rsplit(':').next().unwrap_or(arn);
            Does::Machine(name.to_owned())
        }
        other if ELSEWHERE.iter().any(|kind| other.starts_with(kind)) => Does::Elsewhere,
        _ => Does::Other,
    }
}

/// The job that an operator makes before it runs it, as a template would describe it; none where
/// it runs one that is there.
pub(super) fn job(given: &Tree) -> Option<Tree> {
    let script = given.get("script_location");
    let settings = given.get("create_job_kwargs");
    if script.is_none() && settings.is_none() {
        return None;
    }
    let mut pairs: Vec<(String, Tree)> = Vec::new();
    for (own, name) in [
        ("job_name", "Name"),
        ("iam_role_name", "Role"),
        ("iam_role_arn", "Role"),
        ("retry_limit", "MaxRetries"),
        ("num_of_dpus", "MaxCapacity"),
        ("script_args", "DefaultArguments"),
    ] {
        pairs.extend(given.get(own).map(|value| (name.to_owned(), value.clone())));
    }
    let line = given.line;
    let mut command = vec![(
        "Name".to_owned(),
        Tree::new(line, Value::Scalar("glueetl".to_owned())),
    )];
    command.extend(script.map(|script| ("ScriptLocation".to_owned(), script.clone())));
    pairs.push(("Command".to_owned(), Tree::new(line, Value::Map(command))));
    for (key, value) in settings.into_iter().flat_map(Tree::pairs) {
        pairs.retain(|(name, _)| name != key);
        pairs.push((key.to_owned(), value.clone()));
    }
    Some(Tree::new(line, Value::Map(pairs)))
}

/// A schedule as AWS writes it.
fn as_aws(tree: &Tree) -> Field<String> {
    let text = match tree.field(&[]) {
        Field::Known(text) => text,
        other => return other,
    };
    let known = |text: &str| Field::Known(text.to_owned());
    match text.trim() {
        "@once" | "@continuous" => return Field::Missing,
        "@hourly" => return known("cron(0 * * * ? *)"),
        "@daily" => return known("cron(0 0 * * ? *)"),
        "@weekly" => return known("cron(0 0 ? * SUN *)"),
        "@monthly" => return known("cron(0 0 1 * ? *)"),
        "@quarterly" => return known("cron(0 0 1 */3 ? *)"),
        "@yearly" => return known("cron(0 0 1 1 ? *)"),
        text if text.starts_with("rate(") => return known(text),
        _ => {}
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    match fields.as_slice() {
        [minute, hour, day, month, "*"] => {
            known(&format!("cron({minute} {hour} {day} {month} ? *)"))
        }
        [minute, hour, "*", month, weekday] => match weekdays(weekday) {
            Some(weekday) => known(&format!("cron({minute} {hour} ? {month} {weekday} *)")),
            None => Field::Symbolic,
        },
        // One of both days is enough for cron; AWS takes one of them alone.
        _ => Field::Symbolic,
    }
}

/// Days of the week, which cron counts from Sunday as 0 and AWS as 1.
fn weekdays(text: &str) -> Option<String> {
    const NAMES: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let one = |day: &str| {
        let upper = day.to_uppercase();
        match day.parse::<usize>() {
            Ok(number) => NAMES.get(number).map(|name| (*name).to_owned()),
            Err(_) => NAMES.contains(&upper.as_str()).then_some(upper),
        }
    };
    let parts = text.split(',').map(|part| match part.split_once('-') {
        Some((from, to)) => Some(format!("{}-{}", one(from)?, one(to)?)),
        None => one(part),
    });
    parts
        .collect::<Option<Vec<_>>>()
        .map(|parts| parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_those_of_aws() {
        let of = |text: &str| as_aws(&Tree::new(1, Value::Scalar(text.to_owned())));
        for (text, expected) in [
            ("0 3 * * *", "cron(0 3 * * ? *)"),
            ("*/15 * 1 * *", "cron(*/15 * 1 * ? *)"),
            ("0 6 * * 1-5", "cron(0 6 ? * MON-FRI *)"),
            ("0 6 * * 0,sat", "cron(0 6 ? * SUN,SAT *)"),
            ("@hourly", "cron(0 * * * ? *)"),
            ("rate(90 minutes)", "rate(90 minutes)"),
        ] {
            assert_eq!(of(text), Field::Known(expected.to_owned()), "{text}");
        }
        for text in ["0 6 1 * 1", "0 6 * * 9", "every day"] {
            assert_eq!(of(text), Field::Symbolic, "{text}");
        }
        assert_eq!(of("@once"), Field::Missing);
    }
}
