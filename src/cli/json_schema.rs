//! `distkey json-schema`: the schemas of the settings file and of the JSON documents.

use super::Exit;
use crate::report::schemas::{self, Document};

/// Arguments of `distkey json-schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which document.
    #[arg(value_enum)]
    name: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// `distkey.toml`.
    Config,
    /// `distkey explain --format json`.
    Explain,
    /// `distkey lint --format json`.
    Lint,
    /// `distkey advise --format json`.
    Advise,
    /// `distkey diff --format json`.
    Diff,
    /// `distkey pipeline review --format json`.
    #[cfg(feature = "pipeline")]
    PipelineReview,
    /// `distkey pipeline cost --format json`.
    #[cfg(feature = "pipeline")]
    PipelineCost,
    /// `distkey calibrate evaluate --format json`.
    CalibrateEvaluate,
}

impl From<Name> for Document {
    fn from(name: Name) -> Self {
        match name {
            Name::Config => Self::Config,
            Name::Explain => Self::Explain,
            Name::Lint => Self::Lint,
            Name::Advise => Self::Advise,
            Name::Diff => Self::Diff,
            #[cfg(feature = "pipeline")]
            Name::PipelineReview => Self::PipelineReview,
            #[cfg(feature = "pipeline")]
            Name::PipelineCost => Self::PipelineCost,
            Name::CalibrateEvaluate => Self::CalibrateEvaluate,
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let schema = schemas::schema(args.name.into());
    let mut out = super::out::stdout();
    super::out::json(&mut out, &schema)?;
    Ok(Exit::Clean)
}
