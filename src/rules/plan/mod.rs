//! The plan rules: one file each, listed in `RULES`.

use super::RuleInfo;

/// A rule of this family.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its constant part.
    pub info: RuleInfo,
}

/// Every rule of this family.
pub const RULES: &[Rule] = &[];
