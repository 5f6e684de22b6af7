//! The page itself, its style, its script and its samples: all in the program.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::refused;
use crate::cluster::NODE_TYPES;
use crate::report::html::{SCRIPT, STYLE};

const PAGE_STYLE: &str = include_str!("page.css");
const PAGE_SCRIPT: &str = concat!(
    include_str!("js/ask.js"),
    include_str!("js/take.js"),
    include_str!("js/save.js"),
);

/// The cluster that the samples run on, as `sample_plans/distkey.toml` names it.
const CLUSTER: &str = "ra3.4xlarge:4";

/// Samples of plans, one click away.
const PLANS: &[(&str, &str)] = &[
    (
        "Search by category, normalized",
        include_str!("../../sample_plans/search_by_category_normalized.txt"),
    ),
    (
        "Search by category, denormalized",
        include_str!("../../sample_plans/search_by_category_denormalized.txt"),
    ),
    (
        "A broadcast",
        include_str!("../../sample_plans/broadcast.txt"),
    ),
    (
        "Both sides redistributed",
        include_str!("../../sample_plans/redistribute_both.txt"),
    ),
    (
        "A nested loop",
        include_str!("../../sample_plans/nested_loop.txt"),
    ),
    (
        "Spectrum, unpruned",
        include_str!("../../sample_plans/spectrum_unpruned.txt"),
    ),
];

#[derive(Template)]
#[template(path = "serve.html")]
struct Index {
    samples: Vec<&'static str>,
    clusters: Vec<&'static str>,
}

pub(super) async fn index() -> Response {
    let page = Index {
        samples: PLANS.iter().map(|(name, _)| *name).collect(),
        clusters: NODE_TYPES.iter().map(|node| node.name).collect(),
    };
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => refused(
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            &error.to_string(),
        ),
    }
}

/// Everything that the page can be filled with.
pub(super) async fn samples() -> Response {
    let plans: Vec<_> = PLANS
        .iter()
        .map(|(name, text)| json!({"name": name, "plan": text}))
        .collect();
    let text = json!({
        "plans": plans,
        "cluster": CLUSTER,
        "query": {
            "name": "Search by category",
            "query": include_str!("../../sample_queries/search_denormalized.sql"),
            "ddl": include_str!("../../sample_ddl/catalog_denormalized.sql"),
            "stats": include_str!("../../sample_queries/stats.json"),
        },
        "advise": {
            "name": "A normalized catalog",
            "query": include_str!("../../sample_queries/search_normalized.sql"),
            "ddl": include_str!("../../sample_ddl/catalog_normalized.sql"),
            "stats": include_str!("../../sample_queries/stats.json"),
        },
        "diff": {
            "name": "Normalized and denormalized",
            "before": PLANS[0].1,
            "after": PLANS[1].1,
        },
        "lint": {
            "name": "A normalized catalog",
            "ddl": include_str!("../../sample_ddl/catalog_normalized.sql"),
        },
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        text.to_string(),
    )
        .into_response()
}

pub(super) async fn style() -> Response {
    let text = [STYLE, PAGE_STYLE].concat();
    ([(header::CONTENT_TYPE, "text/css")], text).into_response()
}

pub(super) async fn script() -> Response {
    let text = [SCRIPT, PAGE_SCRIPT].concat();
    ([(header::CONTENT_TYPE, "text/javascript")], text).into_response()
}

/// A tree of three steps, in the page's colours.
pub(super) async fn icon() -> Response {
    let text = include_str!("favicon.svg");
    ([(header::CONTENT_TYPE, "image/svg+xml")], text).into_response()
}
