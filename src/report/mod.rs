//! What people and programs read: one file per output format.

pub mod actuals;
pub mod advise;
#[cfg(any(feature = "serve", feature = "mcp"))]
pub mod brief;
pub mod calibration;
pub mod concise;
#[cfg(feature = "pipeline")]
pub mod cost;
pub mod diff;
pub mod export;
pub mod failed;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod items;
pub mod json;
pub mod junit;
#[cfg(feature = "pipeline")]
pub mod lineage_svg;
pub mod lint;
pub mod markdown;
#[cfg(feature = "pipeline")]
pub mod openlineage;
#[cfg(feature = "pipeline")]
pub mod pipeline;
pub mod rules;
pub mod sarif;
pub mod schemas;
pub mod summary;
mod terminal;
pub mod text;
pub mod whatif;
pub mod why;
pub mod writes;
