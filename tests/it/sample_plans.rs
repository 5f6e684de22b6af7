//! The sample plans: their numbers obey the cost arithmetic, and their reports
//! read well.

use std::path::{Path, PathBuf};

use distkey::environment::Environment;
use distkey::explain::{self, Explanation, Settings};
use distkey::plan::{self, Distribution, Plan, cost};
use distkey::report;

fn samples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_plans");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("sample_plans")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "toml"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, std::fs::read_to_string(path).expect("a sample"))
    };
    paths.iter().map(read).collect()
}

fn explained(name: &str, text: &str) -> Explanation {
    let env = Environment::default();
    let settings = Settings::new(env.view());
    explain::explain(name, text, &settings)
}

#[test]
fn every_number_obeys_the_cost_arithmetic() {
    let samples = samples();
    assert!(samples.len() >= 10);
    let mut lines = 0;
    for (name, text) in samples {
        for plan in plan::read(&text).plans {
            for node in &plan.nodes {
                let Some(rule) = cost::arithmetic(&plan, node.id) else {
                    continue;
                };
                assert!(rule.holds(), "{name}: {}: {rule:?}", node.title());
                lines += 1;
            }
            check_broadcasts(&name, &plan);
        }
    }
    println!("{lines} lines checked");
}

/// A broadcast adds 10,000 × inner rows × (width, rounded up to four, + 8).
fn check_broadcasts(name: &str, plan: &Plan) {
    for join in &plan.nodes {
        if join.distribution != Some(Distribution::BroadcastInner) {
            continue;
        }
        let (outer, inner) = (
            plan.outer(join.id).expect("outer"),
            plan.inner(join.id).expect("inner"),
        );
        let width = (inner.width.expect("width") / 4.0).ceil() * 4.0;
        let moved = 10_000.0 * inner.rows.expect("rows") * (width + 8.0);
        let rest = join.cost.expect("cost").total - moved - outer.cost.expect("cost").total;
        let rows = outer.rows.expect("rows").max(join.rows.expect("rows"));
        assert!(
            (0.0..=rows * 2.0 + 1e6).contains(&rest),
            "{name}: {}: {rest}",
            join.title()
        );
    }
}

#[test]
fn reports_on_the_samples() {
    for (name, text) in samples() {
        let explanation = explained(&name, &text);
        let rendered = report::text::render(&explanation, false);
        let report = anstream::adapter::strip_str(&rendered).to_string();
        let widest = report.lines().map(|line| line.chars().count()).max();
        assert!(
            widest <= Some(report::text::WIDTH),
            "{name} is wider than the report"
        );
        insta::assert_snapshot!(format!("{name}.text"), report);
        let explanations = [explanation];
        insta::assert_json_snapshot!(
            format!("{name}.json"),
            report::json::document(&explanations)
        );
    }
}

#[test]
fn normalization_is_reported_and_its_cure_is_clean() {
    let names = |file: &str| -> Vec<&'static str> {
        let samples = samples();
        let (name, text) = samples
            .iter()
            .find(|(name, _)| name == file)
            .expect("the sample");
        explained(name, text)
            .findings
            .iter()
            .map(|finding| finding.name)
            .collect()
    };
    let normalized = names("search_by_category_normalized.txt");
    assert!(
        normalized.contains(&"normalization-join-cost"),
        "{normalized:?}"
    );
    assert_eq!(
        names("search_by_category_denormalized.txt"),
        Vec::<&str>::new()
    );
}
