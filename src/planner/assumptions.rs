//! What a plan takes for granted.

/// Defaults that stand in for what is not known, in sentences.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assumptions(Vec<String>);

impl Assumptions {
    /// Adds a sentence, once.
    pub(crate) fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.0.contains(&text) {
            self.0.push(text);
        }
    }

    /// The sentences, in the order in which they came up.
    pub(crate) fn into_sentences(self) -> Vec<String> {
        self.0
    }
}
