//! What a plan takes for granted.

/// Defaults that stand in for what is not known, in sentences.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assumptions(Vec<Assumption>);

#[derive(Debug, Clone)]
struct Assumption {
    text: String,
    /// What it holds of, where several things share a sentence.
    items: Vec<String>,
}

impl Assumptions {
    /// Adds a sentence, once.
    pub(crate) fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.0.iter().any(|known| known.text == text) {
            let items = Vec::new();
            self.0.push(Assumption { text, items });
        }
    }

    /// Adds something to the sentence that begins with `lead`, once.
    pub(crate) fn add_item(&mut self, lead: &str, item: String) {
        match self.0.iter_mut().find(|known| known.text == lead) {
            Some(known) if known.items.contains(&item) => {}
            Some(known) => known.items.push(item),
            None => self.0.push(Assumption {
                text: lead.to_owned(),
                items: vec![item],
            }),
        }
    }

    /// The sentences, in the order in which they came up.
    pub(crate) fn into_sentences(self) -> Vec<String> {
        let sentence = |known: Assumption| match known.items.is_empty() {
            true => known.text,
            false => format!("{}: {}.", known.text, known.items.join(", ")),
        };
        self.0.into_iter().map(sentence).collect()
    }
}
