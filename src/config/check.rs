//! What the types of the settings can't rule out, refused at its place.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError};
use crate::rules::{self, WordError};
use crate::text::SourceFile;

/// Checks settings that were read from a text.
pub(super) fn check(config: &Config, path: &Path, text: &str) -> Result<(), ConfigError> {
    let Some(refused) = refused(config) else {
        return Ok(());
    };
    let source = SourceFile::new("", text);
    let place = source.line_column(offset(text, &refused.keys, refused.item).unwrap_or(0));
    Err(ConfigError::Value {
        path: path.to_owned(),
        line: place.line,
        column: place.column,
        key: refused.keys.join("."),
        message: refused.message,
    })
}

/// A value that is refused: where it stands, and why.
struct Refused {
    keys: Vec<String>,
    /// Its number, where the value is a list.
    item: Option<usize>,
    message: String,
}

fn refused(config: &Config) -> Option<Refused> {
    let rules = &config.rules;
    let lists = [("select", &rules.select), ("ignore", &rules.ignore)];
    for (list, words) in lists {
        for (item, word) in words.iter().enumerate() {
            if let Err(error) = rules::check_selection(word) {
                return Some(of_rules(&[list], Some(item), &error));
            }
        }
    }
    rules.severity.keys().find_map(|word| {
        let error = rules::check_name(word).err()?;
        Some(of_rules(&["severity", word], None, &error))
    })
}

fn of_rules(keys: &[&str], item: Option<usize>, error: &WordError) -> Refused {
    let keys = std::iter::once(&"rules").chain(keys);
    Refused {
        keys: keys.map(|key| (*key).to_owned()).collect(),
        item,
        message: error.to_string(),
    }
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
