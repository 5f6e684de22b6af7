//! The parts of a snapshot's text: what must match, and what may drift.

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The cluster, above all others.
    Head,
    /// Whether each query keeps its budget, now and as recommended.
    Verdicts,
    /// The keys.
    Recommendations,
    /// What lint finds; the numbers in it may drift.
    Findings,
    /// Queries that are not planned, and why.
    LeftOut,
    /// Times, bytes and blocks; they may drift.
    Figures,
}

impl Section {
    /// All with a title, in their order.
    pub(super) const TITLED: [Self; 5] = [
        Self::Verdicts,
        Self::Recommendations,
        Self::Findings,
        Self::LeftOut,
        Self::Figures,
    ];

    /// The line above it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Head => "",
            Self::Verdicts => "verdicts",
            Self::Recommendations => "recommendations",
            Self::Findings => "findings",
            Self::LeftOut => "left out",
            Self::Figures => "figures",
        }
    }

    /// Whether numbers in it may drift.
    pub(super) fn drifts(self) -> bool {
        matches!(self, Self::Findings | Self::Figures)
    }
}

/// The lines of a text, each with its part; empty ones and titles left out.
pub(super) fn lines(text: &str) -> Vec<(Section, &str)> {
    let mut at = Section::Head;
    let mut out = Vec::new();
    for line in text.lines().map(str::trim_end) {
        match Section::TITLED
            .iter()
            .find(|section| section.title() == line)
        {
            Some(section) => at = *section,
            None if line.is_empty() => {}
            None => out.push((at, line)),
        }
    }
    out
}
