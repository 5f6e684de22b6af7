//! How much planning a query may take.

use super::PlannerError;

/// Steps that planning one query may take: expressions bound or copied, ways to join
/// compared. The largest queries of BI tools take a few hundred thousand.
const STEPS: usize = 1_000_000;

/// The steps that are left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(STEPS)
    }
}

impl Budget {
    /// Takes so many steps.
    ///
    /// # Errors
    /// [`PlannerError::OutOfSteps`] once there are none left.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), PlannerError> {
        self.0 = self
            .0
            .checked_sub(steps)
            .ok_or_else(|| PlannerError::out_of_steps(STEPS))?;
        Ok(())
    }
}
