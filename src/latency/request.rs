//! What is asked of the model.

use super::Coefficients;
use super::calibration::Calibration;
use crate::cluster::Cluster;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The budget for a warm run, in milliseconds.
    pub budget_ms: f64,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Whether the user did not name it.
    pub cluster_assumed: bool,
    /// Users that send queries at the same time; 1 for a quiet cluster.
    pub users: u32,
    /// The numbers of the model.
    pub coefficients: &'a Coefficients,
    /// The user's own timings, fitted.
    pub calibration: Option<&'a Calibration>,
    /// Whether the time of each step is told: it takes longer to put into words than to reckon, and
    /// of what is only tried the sum counts.
    pub tells_steps: bool,
}

impl<'a> Request<'a> {
    /// A request on a quiet cluster with the shipped coefficients.
    pub fn new(budget_ms: f64, cluster: &'a Cluster) -> Self {
        Self {
            budget_ms,
            cluster,
            cluster_assumed: false,
            users: 1,
            coefficients: Coefficients::shipped(),
            calibration: None,
            tells_steps: true,
        }
    }
}

impl Request<'_> {
    /// The calibration, if it was made on this cluster.
    pub(super) fn own(&self) -> Option<&Calibration> {
        let made_on = |calibration: &&Calibration| {
            calibration
                .cluster
                .parse::<Cluster>()
                .is_ok_and(|cluster| cluster == *self.cluster)
        };
        self.calibration.filter(made_on)
    }

    pub(super) fn assumptions(&self) -> Vec<String> {
        let mut out = Vec::new();
        if let (Some(calibration), None) = (self.calibration, self.own()) {
            out.push(format!(
                "The calibration was made on `{}`, not on `{}`, and is not used.",
                calibration.cluster, self.cluster
            ));
        }
        if self.users > 1 {
            out.push(format!(
                "{} users send this query all the time, without a pause; concurrency scaling, short-query acceleration and the result cache are not modelled.",
                self.users
            ));
        }
        out
    }
}
