//! What a file's migration tool runs in one transaction, by the marks that the tool reads itself.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::{SourceFile, Span};

/// A tool that runs migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// By the name of the file: `V2__orders.sql`, `R__views.sql`.
    Flyway,
    /// By `--liquibase formatted sql`; each `--changeset` is a transaction unless it says
    /// `runInTransaction:false`.
    Liquibase,
    /// By `-- migrate:up`, a transaction unless it says `transaction:false`.
    Dbmate,
    /// By `-- +goose Up`, a transaction unless `-- +goose NO TRANSACTION` stands in the file.
    Goose,
}

impl Tool {
    pub fn name(self) -> &'static str {
        match self {
            Tool::Flyway => "Flyway",
            Tool::Liquibase => "Liquibase",
            Tool::Dbmate => "dbmate",
            Tool::Goose => "goose",
        }
    }

    /// What lets a statement run without a transaction.
    pub fn way_out(self) -> &'static str {
        match self {
            Tool::Flyway => {
                "Move it into a migration of its own, or set `executeInTransaction=false` in the \
                 migration's own `.sql.conf`."
            }
            Tool::Liquibase => "Put it into a changeset of its own with `runInTransaction:false`.",
            Tool::Dbmate => {
                "Put it into a migration of its own under `-- migrate:up transaction:false`."
            }
            Tool::Goose => "Put it into a migration of its own with `-- +goose NO TRANSACTION`.",
        }
    }
}

/// A part of a file that a tool runs in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrapped {
    pub tool: Tool,
    pub span: Span,
}

/// A line that a tool reads: at its start, since the tools take it nowhere else.
fn mark(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("(?im)^[ \t]*--[ \t]*{pattern}")).ok()
}

static LIQUIBASE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\A\s*--[ \t]*liquibase[ \t]+formatted[ \t]+sql").ok());
static CHANGESET: LazyLock<Option<Regex>> = LazyLock::new(|| mark(r"changeset[ \t]+(.*)$"));
static DBMATE: LazyLock<Option<Regex>> = LazyLock::new(|| mark(r"migrate:(?:up|down)\b(.*)$"));
static GOOSE: LazyLock<Option<Regex>> = LazyLock::new(|| mark(r"\+goose[ \t]+(?:up|down)\b(.*)$"));
static GOOSE_WITHOUT: LazyLock<Option<Regex>> =
    LazyLock::new(|| mark(r"\+goose[ \t]+no[ \t]+transaction\b"));
static FLYWAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:[VUB]\d+(?:[._]\d+)*|R)__.+\.sql$").ok());

/// The parts of a file that its tool runs in a transaction each; none where no tool is known.
pub(super) fn wrapped(source: &SourceFile) -> Vec<Wrapped> {
    let text = source.text.as_str();
    let is = |mark: &Option<Regex>, text: &str| mark.as_ref().is_some_and(|one| one.is_match(text));
    if is(&LIQUIBASE, text) {
        let without = |says: &str| {
            let says = says.to_ascii_lowercase();
            says.split_whitespace()
                .any(|word| word == "runintransaction:false")
        };
        return parts(Tool::Liquibase, &CHANGESET, text, &without);
    }
    if is(&GOOSE, text) {
        return match is(&GOOSE_WITHOUT, text) {
            true => Vec::new(),
            false => parts(Tool::Goose, &GOOSE, text, &|_| false),
        };
    }
    if is(&DBMATE, text) {
        let without = |says: &str| {
            says.split_whitespace()
                .any(|word| word == "transaction:false")
        };
        return parts(Tool::Dbmate, &DBMATE, text, &without);
    }
    let name = Path::new(&source.name).file_name();
    let name = name.map(|name| name.to_string_lossy()).unwrap_or_default();
    match is(&FLYWAY, &name) {
        true => vec![Wrapped {
            tool: Tool::Flyway,
            span: Span::new(0, text.len()),
        }],
        false => Vec::new(),
    }
}

/// From each mark to the next one, but for those that say that they run without a transaction.
fn parts(
    tool: Tool,
    mark: &Option<Regex>,
    text: &str,
    without: &dyn Fn(&str) -> bool,
) -> Vec<Wrapped> {
    let marks: Vec<(usize, bool)> = mark
        .iter()
        .flat_map(|mark| mark.captures_iter(text))
        .filter_map(|found| {
            let says = found.get(1).map_or("", |says| says.as_str());
            Some((found.get(0)?.start(), without(says)))
        })
        .collect();
    let ends = marks.iter().skip(1).map(|(start, _)| *start);
    let ends = ends.chain([text.len()]);
    let wrapped = marks.iter().zip(ends).filter(|((_, without), _)| !without);
    wrapped
        .map(|((start, _), end)| Wrapped {
            tool,
            span: Span::new(*start, end),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Vec<(Tool, String)> {
        let source = SourceFile::new(name, text);
        let found = wrapped(&source).into_iter();
        found
            .map(|one| (one.tool, text[one.span.start..one.span.end].to_owned()))
            .collect()
    }

    #[test]
    fn a_tool_is_told_by_the_marks_that_it_reads() {
        let text = "--liquibase formatted sql\n\n--changeset a:1\none;\n\
                    -- changeset a:2 runOnChange:true RunInTransaction:FALSE\ntwo;\n--changeset b:3\nthree;\n";
        let found = of("any.sql", text);
        assert_eq!(found.len(), 2);
        assert!(found[0].1.ends_with("one;\n") && found[1].1.ends_with("three;\n"));
        assert_eq!(found[0].0, Tool::Liquibase);
        // Without its first line the file is no changelog.
        assert_eq!(of("any.sql", "--changeset a:1\none;\n"), []);
        let up = "-- migrate:up\none;\n\n-- migrate:down transaction:false\ntwo;\n";
        assert_eq!(of("1_a.sql", up).len(), 1);
        let goose = "-- +goose Up\none;\n-- +goose Down\ntwo;\n";
        assert_eq!(of("1_a.sql", goose).len(), 2);
        assert_eq!(
            of("1_a.sql", &format!("-- +goose NO TRANSACTION\n{goose}")),
            []
        );
        for (name, is_one) in [
            ("db/V2__orders.sql", true),
            ("db/V1.10__orders.sql", true),
            ("db/V2_1__orders.sql", true),
            ("R__views.sql", true),
            ("V2_orders.sql", false),
            ("Views__all.sql", false),
            ("2__orders.sql", false),
        ] {
            assert_eq!(!of(name, "one;").is_empty(), is_one, "{name}");
        }
    }
}
