//! What the settings say of rules: which run, how loudly, and words that name none.

use super::{Finding, RuleInfo, WordError, check_name, check_selection};
use crate::config::{Config, Refused, Rules};

/// Whether a rule runs: selected (or nothing is), and not ignored.
pub fn selects(settings: &Rules, rule: &RuleInfo) -> bool {
    let names = |word: &String| rule.is_selected_by(word.trim());
    let selected = settings.select.is_empty() || settings.select.iter().any(names);
    selected && !settings.ignore.iter().any(names)
}

/// Sets the severity that the settings name for a finding's rule.
pub(super) fn adjust(settings: &Rules, finding: &mut Finding) {
    let of = |called: &str| {
        let mut words = settings.severity.iter();
        words.find(|(word, _)| word.trim().eq_ignore_ascii_case(called))
    };
    if let Some((_, severity)) = of(finding.code).or_else(|| of(finding.name)) {
        finding.severity = *severity;
    }
}

/// The first word of the settings that names no rule.
pub fn refused_setting(config: &Config) -> Option<Refused> {
    let rules = &config.rules;
    let lists = [("select", &rules.select), ("ignore", &rules.ignore)];
    for (list, words) in lists {
        for (item, word) in words.iter().enumerate() {
            if let Err(error) = check_selection(word) {
                return Some(refused(&["rules", list], Some(item), &error));
            }
        }
    }
    let severity = rules.severity.keys().find_map(|word| {
        let error = check_name(word).err()?;
        Some(refused(&["rules", "severity", word], None, &error))
    });
    severity.or_else(|| {
        let mut per_file = config.lint.per_file_ignores.iter().flatten();
        per_file.find_map(|(pattern, words)| {
            let mut words = words.iter().enumerate();
            let (item, error) =
                words.find_map(|(item, word)| Some((item, check_selection(word).err()?)))?;
            let keys = ["lint", "per-file-ignores", pattern];
            Some(refused(&keys, Some(item), &error))
        })
    })
}

fn refused(keys: &[&str], item: Option<usize>, error: &WordError) -> Refused {
    Refused {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        item,
        message: error.to_string(),
    }
}
