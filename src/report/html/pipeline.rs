//! `distkey pipeline review --format html`: findings, and what feeds what as a drawing.

use askama::Template;
use askama::filters::Safe;

use super::rich::rich;
use super::shown::shown;
use crate::pipeline::Pipeline;
use crate::pipeline::lineage::Lineage;
use crate::report::lineage_svg;
use crate::report::pipeline::SECTIONS;
use crate::rules::Finding;
use crate::text::units::counted;

#[derive(Template)]
#[template(path = "pipeline.html")]
struct View {
    heading: String,
    sections: Vec<Section>,
    drawing: Safe<String>,
    unrecognized: Vec<String>,
}

struct Section {
    heading: &'static str,
    items: Vec<Item>,
}

struct Item {
    severity: String,
    code: &'static str,
    name: &'static str,
    place: String,
    message: Safe<String>,
    remedy: Safe<String>,
}

/// The views of a review.
pub(super) fn fragment(pipeline: &Pipeline, findings: &[Finding]) -> Result<String, askama::Error> {
    let drawing = lineage_svg::to_page(&Lineage::of(pipeline));
    let sections = SECTIONS.iter().map(|(prefix, heading)| Section {
        heading,
        items: findings
            .iter()
            .filter(|finding| finding.code.starts_with(prefix))
            .map(item)
            .collect(),
    });
    let unrecognized = pipeline.unrecognized.iter();
    let many = |n: usize, noun: &str| counted(n as f64, noun);
    View {
        heading: format!(
            "{}, {}, {}: {}",
            many(pipeline.jobs.len(), "job"),
            many(pipeline.scripts.len(), "script"),
            many(pipeline.sql.len(), "SQL file"),
            many(findings.len(), "finding")
        ),
        sections: sections.collect(),
        drawing: Safe(drawing),
        unrecognized: unrecognized
            .map(|one| format!("{}: {}", shown(&one.path), one.what))
            .collect(),
    }
    .render()
}

fn item(finding: &Finding) -> Item {
    let place = finding.location.as_ref();
    Item {
        severity: finding.severity.to_string(),
        code: finding.code,
        name: finding.name,
        place: place.map_or(String::new(), |place| {
            format!("{}:{}", shown(&place.path), place.line)
        }),
        message: rich(&finding.message),
        remedy: rich(&finding.remedy.text),
    }
}
