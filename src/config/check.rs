//! What the types of the settings can't rule out, refused at its place.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::lint::refused_pattern;
use super::{Advise, Config, ConfigError, Pipeline, Test, Workload};
use crate::text::SourceFile;

/// Checks settings that were read from a text, in which they stand within these keys.
pub(super) fn check(
    config: &Config,
    path: &Path,
    text: &str,
    within: &[&str],
    others: &Check,
) -> Result<(), ConfigError> {
    let Some(refused) = refused_number(config)
        .or_else(|| refused_column(config))
        .or_else(|| refused_day(config))
        .or_else(|| refused_patterns(config))
        .or_else(|| others(config))
    else {
        return Ok(());
    };
    let source = SourceFile::new("", text);
    let keys = within.iter().map(|key| (*key).to_owned());
    let keys: Vec<String> = keys.chain(refused.keys).collect();
    let place = source.line_column(offset(text, &keys, refused.item).unwrap_or(0));
    Err(ConfigError::Value {
        path: path.to_owned(),
        line: place.line,
        column: place.column,
        key: keys.join("."),
        message: refused.message,
    })
}

/// A value that is refused: where it stands, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The keys that lead to it.
    pub keys: Vec<String>,
    /// Its number, where the value is a list.
    pub item: Option<usize>,
    /// What is wrong with it, and what is allowed.
    pub message: String,
}

/// What else refuses a value: the rules, which are not known here.
pub type Check = dyn Fn(&Config) -> Option<Refused>;

/// What numbers of a setting are allowed.
#[derive(Debug, Clone, Copy)]
enum Allowed {
    AboveZero,
    FromZero,
    /// A part of a whole.
    Share,
    /// Seconds that somebody waits for.
    Seconds,
}

/// The longest search that is not a slip: an hour.
const LONGEST_SECONDS: f64 = 3600.0;

impl Allowed {
    fn allows(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Allowed::AboveZero => value > 0.0,
                Allowed::FromZero => value >= 0.0,
                Allowed::Share => (0.0..=1.0).contains(&value),
                Allowed::Seconds => value > 0.0 && value <= LONGEST_SECONDS,
            }
    }

    fn told(self) -> String {
        match self {
            Allowed::AboveZero => "a number above zero".to_owned(),
            Allowed::FromZero => "a number from zero up".to_owned(),
            Allowed::Share => "a number from 0 to 1".to_owned(),
            Allowed::Seconds => format!("a number above zero, up to {LONGEST_SECONDS}"),
        }
    }
}

/// Every number of the settings, by its key.
fn numbers(config: &Config) -> [(&'static [&'static str], f64, Allowed); 23] {
    use Allowed::{AboveZero, FromZero, Seconds, Share};
    // Taken apart, so that a number that is added is not forgotten here.
    let Config {
        budget_ms: _,
        cluster: _,
        today: _,
        workload,
        rules: _,
        lint: _,
        advise,
        pipeline,
        test: Test { tolerance },
    } = config;
    let Workload {
        columns: _,
        stand_in: _,
        average_ms,
        p99_ms,
    } = workload;
    let Advise {
        storage_weight,
        runs,
        seconds,
    } = advise;
    let Pipeline {
        freshness_minutes,
        rollback_days,
        raw_days,
        priority_cpu_seconds,
        weekly_dollars,
        dollars_per_gb,
        glue_dpu_hour,
        glue_dpu_hour_from_6,
        glue_memory_dpu_hour,
        glue_flex_dpu_hour,
        crawler_dpu_hour,
        managed_gb_month,
        spectrum_tb,
        s3_gb_month,
        s3_thousand_puts,
        s3_thousand_gets,
    } = pipeline;
    [
        (&["budget-ms"], config.budget_ms(), AboveZero),
        (&["workload", "average-ms"], *average_ms, AboveZero),
        (&["workload", "p99-ms"], *p99_ms, AboveZero),
        // Nothing for storage, no rollback, no raw objects: these can be meant.
        (&["advise", "storage-weight"], *storage_weight, FromZero),
        (&["advise", "runs"], *runs, AboveZero),
        (&["advise", "seconds"], *seconds, Seconds),
        (&["test", "tolerance"], *tolerance, Share),
        (
            &["pipeline", "freshness-minutes"],
            *freshness_minutes,
            AboveZero,
        ),
        (&["pipeline", "rollback-days"], *rollback_days, FromZero),
        (&["pipeline", "raw-days"], *raw_days, FromZero),
        (
            &["pipeline", "priority-cpu-seconds"],
            *priority_cpu_seconds,
            AboveZero,
        ),
        (&["pipeline", "weekly-dollars"], *weekly_dollars, AboveZero),
        (&["pipeline", "dollars-per-gb"], *dollars_per_gb, AboveZero),
        (&["pipeline", "glue-dpu-hour"], *glue_dpu_hour, AboveZero),
        (
            &["pipeline", "glue-dpu-hour-from-6"],
            *glue_dpu_hour_from_6,
            AboveZero,
        ),
        (
            &["pipeline", "glue-memory-dpu-hour"],
            *glue_memory_dpu_hour,
            AboveZero,
        ),
        (
            &["pipeline", "glue-flex-dpu-hour"],
            *glue_flex_dpu_hour,
            AboveZero,
        ),
        (
            &["pipeline", "crawler-dpu-hour"],
            *crawler_dpu_hour,
            AboveZero,
        ),
        (
            &["pipeline", "managed-gb-month"],
            *managed_gb_month,
            FromZero,
        ),
        (&["pipeline", "spectrum-tb"], *spectrum_tb, FromZero),
        (&["pipeline", "s3-gb-month"], *s3_gb_month, FromZero),
        (
            &["pipeline", "s3-thousand-puts"],
            *s3_thousand_puts,
            FromZero,
        ),
        (
            &["pipeline", "s3-thousand-gets"],
            *s3_thousand_gets,
            FromZero,
        ),
    ]
}

fn refused_column(config: &Config) -> Option<Refused> {
    let columns = config.workload.columns();
    columns.iter().enumerate().find_map(|(item, column)| {
        let message = match columns.iter().position(|other| other == column) {
            _ if column.is_empty() => "write the name of a column".to_owned(),
            Some(first) if first < item => format!("`{column}` stands here twice"),
            _ => return None,
        };
        Some(Refused {
            keys: vec!["workload".to_owned(), "columns".to_owned()],
            item: Some(item),
            message,
        })
    })
}

fn refused_day(config: &Config) -> Option<Refused> {
    let today = config.today.as_deref()?;
    let refused = today.parse::<jiff::civil::Date>().is_err();
    refused.then(|| Refused {
        keys: vec!["today".to_owned()],
        item: None,
        message: format!("`{today}` is no day: write it as `2026-11-28`"),
    })
}

/// A pattern of files that is none.
fn refused_patterns(config: &Config) -> Option<Refused> {
    let refused = |keys: &[&str], item, message| Refused {
        keys: std::iter::once(&"lint")
            .chain(keys)
            .map(|key| (*key).to_owned())
            .collect(),
        item,
        message,
    };
    let mut excluded = config.lint.exclude.iter().flatten().enumerate();
    let excluded = excluded.find_map(|(item, pattern)| {
        let message = refused_pattern(pattern)?;
        Some(refused(&["exclude"], Some(item), message))
    });
    excluded.or_else(|| {
        let mut per_file = config.lint.per_file_ignores.iter().flatten();
        per_file.find_map(|(pattern, _)| {
            let message = refused_pattern(pattern)?;
            Some(refused(&["per-file-ignores", pattern], None, message))
        })
    })
}

fn refused_number(config: &Config) -> Option<Refused> {
    let mut numbers = numbers(config).into_iter();
    let (keys, value, allowed) = numbers.find(|(_, value, allowed)| !allowed.allows(*value))?;
    Some(Refused {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        item: None,
        message: format!("{value} is not allowed: write {}", allowed.told()),
    })
}

/// The place of a setting in the text: of its value, or of its key in a table of
/// free keys.
fn offset(text: &str, keys: &[String], item: Option<usize>) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let (last, above) = keys.split_last()?;
    for key in above {
        let (_, value) = table.iter().find(|(name, _)| *name.get_ref() == **key)?;
        let DeValue::Table(inner) = value.get_ref() else {
            return None;
        };
        table = inner;
    }
    let (name, value) = table.iter().find(|(name, _)| *name.get_ref() == **last)?;
    match (item, value.get_ref()) {
        (Some(item), DeValue::Array(items)) => Some(items.get(item)?.span().start),
        _ => Some(name.span().start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each number with a value just outside of what is allowed, and one just inside.
    #[test]
    fn every_number_is_held_to_its_range() {
        for (keys, default, allowed) in numbers(&Config::default()) {
            assert!(allowed.allows(default), "{keys:?}");
            let (table, key) = match keys {
                [table, key] => (format!("[{table}]\n"), key),
                [key] => (String::new(), key),
                _ => unreachable!("settings are two deep"),
            };
            let load = |value: &str| {
                let text = format!("{table}{key} = {value}\n");
                let config: Config = toml::from_str(&text).expect("TOML");
                check(&config, Path::new("distkey.toml"), &text, &[], &|_| None)
                    .map_err(|error| error.to_string())
            };
            let line = 1 + usize::from(!table.is_empty());
            let place = format!(
                "`distkey.toml`, line {line}, column 1: `{}`: ",
                keys.join(".")
            );
            for value in ["nan", "-nan", "inf", "-inf", "-1.0", "-0.001"] {
                let told = load(value).expect_err("it is refused");
                assert!(told.starts_with(&place), "{told}");
                assert!(told.contains("write a number "), "{told}");
            }
            assert_eq!(
                load("0.0").is_ok(),
                matches!(allowed, Allowed::FromZero | Allowed::Share),
                "{key}"
            );
            assert_eq!(
                load("0").is_ok(),
                matches!(allowed, Allowed::FromZero | Allowed::Share),
                "{key}"
            );
            assert_eq!(load("0.001"), Ok(()), "{key}");
            let large = if matches!(allowed, Allowed::Share) {
                "1"
            } else {
                "3600"
            };
            assert_eq!(load(large), Ok(()), "{key}");
            assert_eq!(
                load("3600.5").is_ok(),
                !matches!(allowed, Allowed::Seconds | Allowed::Share),
                "{key}"
            );
        }
    }
}
