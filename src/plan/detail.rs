//! A line under a step, and what its condition says: read once, and kept with the step.

use std::sync::{Arc, OnceLock};

use super::condition::{Conjunct, conjuncts};
use super::join_keys::{KeyPair, key_pairs};
use super::predicate::Predicate;
use crate::name::Ident;

/// What a detail line under a step says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailKind {
    /// `Hash Cond:`
    HashCond,
    /// `Merge Cond:`
    MergeCond,
    /// `Join Filter:`
    JoinFilter,
    /// `Filter:`
    Filter,
    /// `One-Time Filter:`
    OneTimeFilter,
    /// `Sort Key:`
    SortKey,
    /// `Merge Key:`
    MergeKey,
    /// `Inner Dist Key:`
    InnerDistKey,
    /// `Outer Dist Key:`
    OuterDistKey,
    /// `Partition:` of a window
    Partition,
    /// `Order:` of a window
    Order,
    /// `Send to leader`
    SendToLeader,
    /// `Send to slice 0`: everything on one slice
    SendToSlice0,
    /// `Distribute`
    Distribute,
    /// `Distribute Round Robin`
    DistributeRoundRobin,
    /// A labelled line that is none of these: the text holds label and value.
    Other,
}

impl DetailKind {
    /// Every labelled kind and every bare kind with the text that Redshift prints.
    pub const LABELS: &'static [(DetailKind, &'static str)] = &[
        (DetailKind::HashCond, "Hash Cond"),
        (DetailKind::MergeCond, "Merge Cond"),
        (DetailKind::JoinFilter, "Join Filter"),
        (DetailKind::Filter, "Filter"),
        (DetailKind::OneTimeFilter, "One-Time Filter"),
        (DetailKind::SortKey, "Sort Key"),
        (DetailKind::MergeKey, "Merge Key"),
        (DetailKind::InnerDistKey, "Inner Dist Key"),
        (DetailKind::OuterDistKey, "Outer Dist Key"),
        (DetailKind::Partition, "Partition"),
        (DetailKind::Order, "Order"),
        (DetailKind::SendToLeader, "Send to leader"),
        (DetailKind::SendToSlice0, "Send to slice 0"),
        (DetailKind::Distribute, "Distribute"),
        (DetailKind::DistributeRoundRobin, "Distribute Round Robin"),
    ];

    /// The label as Redshift prints it, without the colon; empty for [`DetailKind::Other`].
    pub fn label(self) -> &'static str {
        Self::LABELS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, label)| label)
    }

    /// Whether the line is the label alone, without a colon and a value.
    pub fn is_bare(self) -> bool {
        matches!(
            self,
            DetailKind::SendToLeader
                | DetailKind::SendToSlice0
                | DetailKind::Distribute
                | DetailKind::DistributeRoundRobin
        )
    }
}

/// A line under a step that is not a step.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What it says.
    pub kind: DetailKind,
    text: String,
    read: Reading,
}

/// What the text says, as far as somebody asked.
#[derive(Debug, Clone, Default)]
struct Reading {
    conjuncts: OnceLock<Option<Arc<[Conjunct]>>>,
    key_pairs: OnceLock<Arc<[KeyPair]>>,
    predicate: OnceLock<Predicate>,
}

/// What a condition says, handed over by what made it.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The conditions that it joins by AND.
    pub conjuncts: Vec<Conjunct>,
    /// Its equalities between the sides of a join.
    pub key_pairs: Vec<KeyPair>,
    /// What it asks of every row.
    pub predicate: Predicate,
}

impl Detail {
    /// A condition with this text, of which is known what it says.
    pub fn said(kind: DetailKind, text: String, said: Said) -> Self {
        Self {
            kind,
            text,
            read: Reading {
                conjuncts: OnceLock::from(Some(said.conjuncts.into())),
                key_pairs: OnceLock::from(Arc::from(said.key_pairs)),
                predicate: OnceLock::from(said.predicate),
            },
        }
    }

    /// A line of this kind with this text.
    pub fn new(kind: DetailKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            read: Reading::default(),
        }
    }

    /// The value after the colon; the whole line for [`DetailKind::Other`]; empty for bare lines.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text goes on: what a terminal wrapped.
    pub fn push_str(&mut self, more: &str) {
        self.text.push_str(more);
        self.read = Reading::default();
    }

    /// The conditions that it joins by AND; `None` where it is not understood: see
    /// [`conjuncts`].
    pub fn conjuncts(&self) -> Option<&[Conjunct]> {
        let read = || conjuncts(&self.text).map(Arc::from);
        self.read.conjuncts.get_or_init(read).as_deref()
    }

    /// The equalities of a join's condition: see [`key_pairs`].
    pub fn key_pairs(&self) -> &[KeyPair] {
        let read = || Arc::from(key_pairs(&self.text));
        self.read.key_pairs.get_or_init(read)
    }

    /// Whether it is a condition on this column.
    pub fn mentions_column(&self, column: &str) -> bool {
        use DetailKind::{Filter, HashCond, JoinFilter, MergeCond};
        if !matches!(self.kind, Filter | HashCond | JoinFilter | MergeCond) {
            return false;
        }
        // Most texts are done with before they are taken apart.
        if !Ident::exact(column).may_stand_in(&self.text) {
            return false;
        }
        match self.conjuncts() {
            Some(conjuncts) => {
                let mut columns = conjuncts.iter().flat_map(|conjunct| &conjunct.columns);
                columns.any(|name| name.eq_ignore_ascii_case(column))
            }
            // Cut, or not understood: the words tell.
            None => self
                .text
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word.eq_ignore_ascii_case(column)),
        }
    }

    /// What it asks of every row.
    pub fn predicate(&self) -> Predicate {
        let read = || Predicate::read(&self.text);
        *self.read.predicate.get_or_init(read)
    }
}

impl PartialEq for Detail {
    /// By kind and text, of which the rest follows.
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.text) == (other.kind, &other.text)
    }
}

impl Eq for Detail {}
