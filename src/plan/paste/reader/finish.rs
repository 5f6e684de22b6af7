//! The end of a plan and of the input: trees from steps, what refuses them, what is left over.

use super::Reader;
use crate::plan::paste::refusal::{self, PasteError};
use crate::plan::paste::{Reading, order, verbose};
use crate::plan::{Engine, Node, Plan, whole};

impl Reader<'_> {
    /// Ends the plan before a step that begins another one.
    pub(super) fn finish_plan(&mut self) {
        self.end_plan(!self.plan.separated);
    }

    /// Ends the plan; `next_beside` tells that another one begins on its next line.
    fn end_plan(&mut self, next_beside: bool) {
        let steps = std::mem::take(&mut self.plan.steps);
        let leading = std::mem::take(&mut self.plan.leading);
        let mut notices = std::mem::take(&mut self.plan.notices);
        if steps.is_empty() {
            return;
        }
        let plans = order::build(steps, leading);
        if let Some(error) = self.refuses(&plans) {
            self.refused.get_or_insert(error);
            self.beside = next_beside;
            return;
        }
        let last = plans.len() - 1;
        for (index, mut plan) in plans.into_iter().enumerate() {
            if self.beside || next_beside || last > 0 {
                plan.gaps.extend(whole::alone(&plan));
            }
            if index == last {
                plan.notices = std::mem::take(&mut notices);
            }
            self.reading.plans.push(plan);
        }
        self.beside = next_beside;
    }

    pub(super) fn finish(mut self, text: &str) -> Reading {
        self.end_plan(false);
        if !self.plan.notices.is_empty()
            && let Some(plan) = self.reading.plans.last_mut()
        {
            plan.notices.append(&mut self.plan.notices);
        }
        if self.reading.plans.is_empty() && self.verbose {
            self.reading.plans = verbose::read(text);
            for plan in &mut self.reading.plans {
                plan.gaps = whole::gaps(plan, false);
            }
        }
        if self.verbose {
            verbose::label(&mut self.reading.plans, text);
        }
        whole::mark_merge(&mut self.reading.plans);
        // Which plan a line belonged to is not known: it counts for each.
        for plan in &mut self.reading.plans {
            let lost = self.lost.iter().copied().map(whole::not_understood);
            plan.gaps.splice(0..0, lost);
        }
        self.reading.error = match self.reading.plans.is_empty() {
            true => {
                let analyzed = self
                    .plan
                    .actual_time
                    .map(|line| PasteError::ExplainAnalyze { line });
                let refused = self.refused.take().or(analyzed);
                Some(refused.unwrap_or_else(|| refusal::of(text)))
            }
            false => self.refused.take(),
        };
        if let Some(PasteError::PostgreSql { .. }) = self.reading.error
            && let Some(foreign) = refusal::foreign(text)
        {
            self.reading.error = Some(foreign);
        }
        self.reading
    }

    /// Why plans that stood together are none that can be read, if they are not: the others of the
    /// input are read all the same.
    fn refuses(&mut self, plans: &[Plan]) -> Option<PasteError> {
        let misplaced = self.plan.misplaced.take();
        let before_steps = self.plan.details_before_steps.take();
        if let Some(line) = self.plan.actual_time.take() {
            return Some(PasteError::ExplainAnalyze { line });
        }
        let mut nodes = plans.iter().flat_map(|plan| &plan.nodes);
        let without_engine = |node: &Node| node.engine == Engine::Unknown;
        if let Some(first) = nodes.next()
            && without_engine(first)
            && nodes.all(without_engine)
            && !self.redshift
        {
            return Some(PasteError::PostgreSql { line: first.line });
        }
        let childless = plans.iter().map(childless_steps).sum::<usize>();
        let misplaced = misplaced.or(before_steps)?;
        (childless >= 2).then_some(PasteError::Reordered {
            line: misplaced.line,
            detail: misplaced.detail,
        })
    }
}

/// Steps that need an input and have none.
fn childless_steps(plan: &Plan) -> usize {
    let lacks = |node: &&Node| node.children.is_empty() && node.operator.arity().0 > 0;
    plan.nodes.iter().filter(lacks).count()
}
