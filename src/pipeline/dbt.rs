//! dbt's manifest → its models, as the statements that dbt runs.

use super::airflow::add_sql;
use super::files::{Files, folder_of, joined, normal};
use super::tree::Tree;
use super::yaml;
use super::{Pipeline, Unread};
use crate::text::SourceFile;

/// What dbt makes of a model's query, by how it is kept.
const KEPT: [(&str, &str); 4] = [
    ("view", "CREATE VIEW {name} AS {query};"),
    (
        "materialized_view",
        "CREATE MATERIALIZED VIEW {name} AS {query};",
    ),
    ("incremental", "INSERT INTO {name} {query};"),
    ("table", "CREATE TABLE {name} AS {query};"),
];

/// Reads projects by their manifests, and marks what belongs to a project as read: its models are
/// templates, which dbt alone can fill.
pub(super) fn add(pipeline: &mut Pipeline, files: &mut Files) {
    let is = |source: &SourceFile, name: &str| source.name.rsplit(['/', '\\']).next() == Some(name);
    let manifests = files
        .all()
        .iter()
        .filter(|source| is(source, "manifest.json"));
    let manifests = manifests.filter(|source| source.text.contains("dbt_schema_version"));
    let manifests: Vec<SourceFile> = manifests.cloned().collect();
    let settings = files
        .all()
        .iter()
        .filter(|source| is(source, "dbt_project.yml"));
    let settings: Vec<String> = settings.map(|source| source.name.clone()).collect();
    let mut done: Vec<String> = Vec::new();
    for source in manifests {
        // `target/` lies in the project, unless it was given alone.
        let target = normal(folder_of(&source.name));
        let project = folder_of(&target).to_owned();
        files.take(&source.name);
        let Ok(tree) = yaml::read_source(&source) else {
            pipeline.not_understood(&source.name, None, Unread::File, "no JSON");
            continue;
        };
        if models(pipeline, &tree, &source.name, &project) {
            take_below(files, &target, |_| true);
            done.push(project);
        }
    }
    for path in settings {
        let project = normal(folder_of(&path));
        if !done.contains(&project) {
            let what = "the models of a dbt project are read as dbt fills them: run `dbt compile`, and give target/ too";
            pipeline.not_understood(&path, None, Unread::File, what);
        }
        take_below(files, &project, |name| {
            name.ends_with(".sql") || name.ends_with(".yml") || name.ends_with(".yaml")
        });
    }
}

fn take_below(files: &mut Files, folder: &str, wanted: impl Fn(&str) -> bool) {
    let inside = |name: &str| {
        let rest = normal(name);
        folder.is_empty()
            || rest
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let names = files.all().iter().map(|source| source.name.clone());
    let names: Vec<String> = names.filter(|name| inside(name) && wanted(name)).collect();
    names.iter().for_each(|name| files.take(name));
}

/// Adds the models of a manifest; whether it has their queries.
fn models(pipeline: &mut Pipeline, manifest: &Tree, path: &str, project: &str) -> bool {
    let mut queries = 0;
    for (_, node) in manifest.get("nodes").into_iter().flat_map(Tree::pairs) {
        let text = |key: &str| node.get(key).and_then(Tree::text);
        if !matches!(text("resource_type"), Some("model" | "snapshot")) {
            continue;
        }
        let kept = node.at(&["config", "materialized"]).and_then(Tree::text);
        let statement = KEPT.iter().find(|(name, _)| Some(*name) == kept);
        let query = text("compiled_code").or(text("compiled_sql"));
        queries += usize::from(query.is_some());
        let (Some((_, statement)), Some(query)) = (statement, query) else {
            continue;
        };
        let name = match (text("schema"), text("alias").or(text("name"))) {
            (Some(schema), Some(name)) => format!("\"{schema}\".\"{name}\""),
            _ => continue,
        };
        let file =
            text("original_file_path").map_or_else(|| path.to_owned(), |of| joined(project, of));
        let query = query.trim().trim_end_matches(';');
        let statement = statement.replace("{name}", &name).replace("{query}", query);
        // The lines of what dbt filled are not those of the model.
        add_sql(
            pipeline,
            SourceFile::new(file, "").rewritten(statement, vec![(0, 0)]),
        );
    }
    if queries == 0 {
        let what = "this manifest has no queries: run `dbt compile`";
        pipeline.not_understood(path, None, Unread::File, what);
    }
    queries > 0
}
