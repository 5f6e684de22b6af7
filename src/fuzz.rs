//! Bodies of the fuzz targets: plain functions that the tests replay over the
//! seeds in `fuzz/corpus/` and cargo-fuzz runs for longer.

#[cfg(feature = "serve")]
use crate::config::Config;
use crate::environment::Environment;
use crate::explain::{self, Settings};
use crate::lint::{self, Input};
use crate::plan::{Engine, Operator, PasteError};
use crate::{plan, report, sql, text::SourceFile};

/// Any bytes as a paste: read, explained and written in every form.
pub fn paste(data: &[u8]) {
    let source = SourceFile::from_bytes("fuzz", data.to_vec());
    let env = Environment::default();
    let settings = Settings::new(env.view());
    let explanations = [explain::explain(&source.name, &source.text, &settings)];
    let text = report::text::render(&explanations[0], true);
    assert!(text.starts_with('\u{1b}') || !text.is_empty());
    serde_json::to_string(&report::json::document(&explanations)).expect("the document is JSON");
    report::html::render(report::html::View::Explain(&explanations)).expect("the page is written");
}

/// What is read from a paste reads the same from its print.
pub fn print_read_back(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for plan in plan::read(&text).plans {
        // A step without prefix alone would be taken for PostgreSQL's.
        let prefixed = plan.nodes.iter().all(|node| node.engine != Engine::Unknown);
        // An arrow inside a text is a step in pastes that lost their line ends.
        let arrow = plan
            .to_string()
            .lines()
            .any(|line| line.matches("->").count() > 1)
            || plan
                .nodes
                .iter()
                .flat_map(|n| &n.details)
                .any(|d| d.text().contains("->"));
        // So is a step's prefix inside a quoted name; and a name with blanks on a line
        // without numbers says too little to be a step.
        let step_in_name = plan.nodes.iter().any(|node| {
            let mut names = [&node.relation, &node.alias].into_iter().flatten();
            let unsure = |name: &String| name.contains("XN") || node.cost.is_none();
            names.any(|name| name.contains(' ') && unsure(name))
        });
        // And inside a step that nobody has seen.
        let step_in_other = plan.nodes.iter().any(|node| match &node.operator {
            Operator::Other(words) => words.contains("XN"),
            _ => false,
        });
        if arrow
            || step_in_name
            || step_in_other
            || !prefixed
            || plan.roots().count() != 1
            || plan.nodes.iter().any(|node| node.cut)
        {
            continue;
        }
        let print = plan.to_string();
        let again = plan::read(&print);
        // A detail where it can't belong is refused, as rows sorted by depth are.
        if matches!(again.error, Some(PasteError::Reordered { .. })) {
            continue;
        }
        let nodes: usize = again.plans.iter().map(|p| p.nodes.len()).sum();
        assert_eq!(nodes, plan.nodes.len(), "{print}");
    }
}

/// Any bytes as a script.
pub fn sql_parse(data: &[u8]) {
    let source = SourceFile::from_bytes("fuzz.sql", data.to_vec());
    let script = sql::parse(&source);
    for error in &script.errors {
        source.line_column(error.span.start);
    }
    crate::schema::Schema::of(&script);
}

/// Any bytes as a script, fixed: what was read before is read after, and a
/// second time nothing is left to fix.
pub fn fix_then_parse(data: &[u8]) {
    let env = Environment::default();
    let source = SourceFile::from_bytes("fuzz.sql", data.to_vec());
    let inputs = [Input::Text(source)];
    let before = lint::lint(&inputs, env.view()).files;
    let outcome = lint::fix(&inputs, true, env.view());
    for (before, after) in before.iter().zip(&outcome.linted.files) {
        assert!(after.errors.len() <= before.errors.len());
    }
    for fixed in &outcome.fixed {
        let again = sql::parse(&SourceFile::new("fuzz.sql", fixed.after.as_str()));
        let errors = before.first().map_or(0, |file| file.errors.len());
        assert!(again.errors.len() <= errors, "{}", fixed.after);
    }
}

/// Any bytes as the body of a request, and as every text in one.
#[cfg(feature = "serve")]
pub fn api(data: &[u8]) {
    use crate::serve::{Form, What, answer};
    let config = Config::default();
    let text = String::from_utf8_lossy(data);
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let body = serde_json::json!({
        "plan": text, "before": first, "after": second, "ddl": first, "query": second,
        "anonymize": data.len().is_multiple_of(2),
        "what_if": {"scale": ["2"]},
    })
    .to_string();
    for what in [What::Explain, What::Diff, What::Lint, What::Advise] {
        answer(Form::Json, what, data, &config);
        answer(Form::View, what, body.as_bytes(), &config);
    }
}
