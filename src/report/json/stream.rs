//! The document of inputs whose plans are explained as they are written: what is held of a plan is
//! the place of its findings in their order.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};

use super::spool::{Ordered, Spool};
use super::{GraphView, Rest, input, plan};
use crate::explain::{ExplainedPlan, Explanation, Stream, Summary, Tally};
use crate::latency::Prediction;
use crate::name::TableName;
use crate::rules::plan::{Rank, order};

/// An input of the document.
pub enum Streamed<'a> {
    /// Explained already.
    Whole(Box<Explanation>),
    /// Explained as it is written.
    Stream(Box<Stream<'a>>),
}

/// The document, of which each input is asked for when it is its turn. It is written once.
pub struct StreamedDocument<I> {
    inputs: RefCell<I>,
    written: RefCell<Vec<Tally>>,
}

impl<'a, I: Iterator<Item = Streamed<'a>>> StreamedDocument<I> {
    /// The document of these inputs.
    pub fn new(inputs: I) -> Self {
        Self {
            inputs: RefCell::new(inputs),
            written: RefCell::default(),
        }
    }

    /// What the inputs came to, once the document is written.
    pub fn written(self) -> Vec<Tally> {
        self.written.into_inner()
    }
}

impl<'a, I: Iterator<Item = Streamed<'a>>> Serialize for StreamedDocument<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(Some(1))?;
        document.serialize_entry("inputs", &Inputs(self))?;
        document.end()
    }
}

struct Inputs<'d, I>(&'d StreamedDocument<I>);

impl<'a, I: Iterator<Item = Streamed<'a>>> Serialize for Inputs<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut inputs = self.0.inputs.borrow_mut();
        for one in &mut *inputs {
            let written = match one {
                Streamed::Whole(explanation) => {
                    list.serialize_element(&input(&explanation))?;
                    Tally::of(&explanation)
                }
                Streamed::Stream(stream) => {
                    let name = stream.rest().name.clone();
                    let state = RefCell::new(State::new(*stream));
                    list.serialize_element(&StreamedInput {
                        name: &name,
                        plans: Plans(&state),
                        rest: AfterPlans(&state),
                    })?;
                    state.into_inner().stream.end().1
                }
            };
            self.0.written.borrow_mut().push(written);
        }
        list.end()
    }
}

/// One input; its fields are written in this order.
#[derive(Serialize)]
struct StreamedInput<'s, 'a> {
    name: &'s str,
    plans: Plans<'s, 'a>,
    #[serde(flatten)]
    rest: AfterPlans<'s, 'a>,
}

/// What is held of an input while its plans go by.
struct State<'a> {
    stream: Stream<'a>,
    tables: BTreeSet<TableName>,
    joins: Spool,
    findings: Spool,
    ranks: Vec<Rank>,
    fragment: bool,
    longest: Option<(Prediction, Summary)>,
}

impl<'a> State<'a> {
    fn new(stream: Stream<'a>) -> Self {
        Self {
            stream,
            tables: BTreeSet::new(),
            joins: Spool::at(5),
            findings: Spool::at(4),
            ranks: Vec::new(),
            fragment: false,
            longest: None,
        }
    }

    /// Keeps what is told of a plan behind the last one.
    fn keep(&mut self, explained: ExplainedPlan) -> io::Result<()> {
        self.fragment |= !explained.plan.gaps.is_empty();
        for relation in explained.graph.tables() {
            if !self.tables.contains(&relation.table) {
                self.tables.insert(relation.table.clone());
            }
        }
        for join in explained.graph.joins() {
            self.joins.add(join)?;
        }
        for finding in self.stream.take_findings() {
            self.ranks.push(Rank::from(&finding));
            self.findings.add(&finding)?;
        }
        let ms = explained.prediction.warm.p50_ms;
        let is_longest =
            |(longest, _): &(Prediction, Summary)| longest.warm.p50_ms.total_cmp(&ms).is_le();
        if self.longest.as_ref().is_none_or(is_longest) {
            self.longest = Some((explained.prediction, explained.summary));
        }
        Ok(())
    }
}

/// The plans, explained as they are written.
struct Plans<'s, 'a>(&'s RefCell<State<'a>>);

impl Serialize for Plans<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut state = self.0.borrow_mut();
        while let Some(explained) = state.stream.next() {
            list.serialize_element(&plan(&explained))?;
            state.keep(explained).map_err(S::Error::custom)?;
        }
        list.end()
    }
}

/// All of an input but its plans, looked at when they are written.
struct AfterPlans<'s, 'a>(&'s RefCell<State<'a>>);

impl Serialize for AfterPlans<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = self.0.borrow();
        let rest = state.stream.rest();
        let view: Rest<'_, Ordered<'_>, Ordered<'_>> = Rest {
            error: rest.error.as_deref(),
            notes: &rest.notes,
            graph: GraphView {
                tables: state.tables.iter().collect(),
                joins: state.joins.as_added(),
            },
            unrecognized: &rest.unrecognized,
            fragment: state.fragment,
            findings: state.findings.in_order(order(&state.ranks)),
            summary: state.longest.as_ref().map(|(_, summary)| summary),
            prediction: state.longest.as_ref().map(|(prediction, _)| prediction),
            what_if: &rest.what_if,
            growing: rest.growing.as_ref(),
            actuals: rest.actuals.as_ref().map(|(actuals, _)| actuals),
        };
        view.serialize(serializer)
    }
}
