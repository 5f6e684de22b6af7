//! What people and programs read: one file per output format.

pub mod calibration;
pub mod export;
pub mod html;
pub mod json;
pub mod lint;
pub mod text;
pub mod why;
