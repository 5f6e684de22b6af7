//! What Flyway's own settings say of a migration: whether it runs in a transaction.

use std::path::Path;

/// Files of settings of a project, in the folder of a migration or above it.
const OF_PROJECT: [&str; 3] = ["flyway.toml", "flyway.user.toml", "flyway.conf"];

/// Whether the settings let a migration run without a transaction: its own, beside it by the same
/// name and `.conf`, or the project's.
pub(super) fn runs_without_transaction(migration: &Path) -> bool {
    let mut own = migration.as_os_str().to_owned();
    own.push(".conf");
    let in_file = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| allows(path, &text));
    let folder = crate::text::files::real_folder(migration.parent().unwrap_or(Path::new("")));
    let mut above = folder.ancestors();
    in_file(Path::new(&own))
        || above.any(|folder| OF_PROJECT.iter().any(|name| in_file(&folder.join(name))))
}

/// Whether a file of settings says `executeInTransaction=false`, or `mixed=true`, which lets
/// statements of both kinds stand in one migration and runs it without a transaction.
fn allows(path: &Path, text: &str) -> bool {
    if path.extension().is_some_and(|ending| ending == "toml") {
        let settings = text.parse::<toml::Table>().unwrap_or_default();
        let of_flyway = settings.get("flyway").and_then(toml::Value::as_table);
        let is = |key: &str| of_flyway?.get(key)?.as_bool();
        return is("executeInTransaction") == Some(false) || is("mixed") == Some(true);
    }
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let mut pairs = pairs.map(|(key, value)| {
        let key = key.trim();
        (key.strip_prefix("flyway.").unwrap_or(key), value.trim())
    });
    pairs.any(|pair| matches!(pair, ("executeInTransaction", "false") | ("mixed", "true")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_each_form() {
        for (name, text, expected) in [
            ("V1__a.sql.conf", "executeInTransaction=false\n", true),
            ("V1__a.sql.conf", " executeInTransaction = false", true),
            ("V1__a.sql.conf", "executeInTransaction=true", false),
            ("V1__a.sql.conf", "# executeInTransaction=false", false),
            (
                "flyway.conf",
                "flyway.url=jdbc:x\nflyway.mixed=true\n",
                true,
            ),
            ("flyway.conf", "flyway.mixed=false\n", false),
            ("flyway.toml", "[flyway]\nmixed = true\n", true),
            (
                "flyway.toml",
                "[flyway]\nexecuteInTransaction = false\n",
                true,
            ),
            ("flyway.toml", "[environments.dev]\nmixed = true\n", false),
            ("flyway.toml", "no = toml = here", false),
        ] {
            assert_eq!(allows(Path::new(name), text), expected, "{text}");
        }
    }
}
