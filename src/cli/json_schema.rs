//! `distkey json-schema`: the schemas of the settings file and of the JSON documents.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Exit;
use crate::report::schemas::{DOCUMENTS, Document};

/// Arguments of `distkey json-schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which document.
    #[arg(value_parser = names())]
    name: Document,
}

/// The names of the documents.
fn names() -> impl TypedValueParser<Value = Document> {
    let values = DOCUMENTS
        .iter()
        .map(|one| PossibleValue::new(one.name).help(one.of));
    PossibleValuesParser::new(values).try_map(|name| {
        let named = DOCUMENTS.iter().find(|one| one.name == name);
        named.copied().ok_or("no such document")
    })
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut out = super::out::stdout();
    super::out::json(&mut out, &args.name.schema())?;
    Ok(Exit::Clean)
}
