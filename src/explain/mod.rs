//! One input → its plans, what each step does, how long it should take, and
//! what to change.

mod advice;
mod made;
mod script;
mod stream;
mod what_if;

pub use advice::{Change, Summary};
pub use script::explain_script;
pub use stream::{Export, Stream, Tally};
pub use what_if::{Asked, WhatIf, WhatIfAskedError};

use crate::actuals::Actuals;
use crate::cluster::Cluster;
use crate::environment::View;
use crate::graph::{self, JoinGraph};
use crate::latency::calibration::Calibration;
use crate::latency::{self, Prediction};
use crate::plan::{self, Plan, Reading, Unrecognized};
use crate::planner::{self, PlannerError};
use crate::rules::{self, Finding};
use crate::schema::Schema;
use crate::sql::QueryStatement;
use crate::stats::Stats;
use crate::whatif::{Comparison, Growing};
use crate::work::{self, Work};

/// What a plan is explained with.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Tables, statistics, cluster, budget, settings.
    pub env: View<'a>,
    /// Users that send queries at the same time.
    pub users: u32,
    /// The user's own timings, fitted, if there are any.
    pub calibration: Option<&'a Calibration>,
}

impl<'a> Settings<'a> {
    /// One user, and no timings of one's own.
    pub fn new(env: View<'a>) -> Self {
        Self {
            env,
            users: 1,
            calibration: None,
        }
    }

    /// What a prediction is asked for.
    pub fn request(&self) -> latency::Request<'a> {
        latency::Request {
            users: self.users,
            calibration: self.calibration,
            ..self.env.request()
        }
    }
}

/// One plan, explained.
#[derive(Debug)]
pub struct ExplainedPlan {
    /// The plan.
    pub plan: Plan,
    /// How much each step does.
    pub work: Work,
    /// How long it should take.
    pub prediction: Prediction,
    /// The id of its first step among all steps of the input: findings and the
    /// JSON count steps through the whole input.
    pub first_node: usize,
    /// What to do about it, steps counted through the input.
    pub summary: Summary,
    /// Its tables and joins, steps counted through the input.
    pub graph: JoinGraph,
}

/// One input, explained.
#[derive(Debug)]
pub struct Explanation {
    /// The path as the user gave it, or `<stdin>`.
    pub name: String,
    /// Why there is no plan, or what was refused.
    pub error: Option<String>,
    /// What had to be changed to read the input.
    pub notes: Vec<String>,
    /// The plans, in the order of the input.
    pub plans: Vec<ExplainedPlan>,
    /// Lines that are neither plan nor decoration.
    pub unrecognized: Vec<Unrecognized>,
    /// What is worth acting on, the worst first; steps counted through the input.
    pub findings: Vec<Finding>,
    /// Before and after the changes that were asked about, by plan.
    pub what_if: Vec<Comparison>,
    /// When a growing table loses the budget.
    pub growing: Option<Growing>,
    /// What was asked about it and could not be answered; the notes say it as well.
    pub unanswered: Vec<String>,
    /// What really happened in the first plan, if an export was given, and in words.
    pub actuals: Option<(Actuals, String)>,
    /// The changes that its plans were advised so far.
    advised: advice::Advised,
}

impl Explanation {
    /// An input that could not be read at all.
    pub fn failed(name: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            error: Some(error.into()),
            notes: Vec::new(),
            plans: Vec::new(),
            unrecognized: Vec::new(),
            findings: Vec::new(),
            what_if: Vec::new(),
            growing: None,
            unanswered: Vec::new(),
            actuals: None,
            advised: advice::Advised::default(),
        }
    }

    /// What the cluster's log says of a query, without a plan; in numbers and in words.
    pub fn measured(name: impl Into<String>, actuals: (Actuals, String)) -> Self {
        Self {
            error: None,
            actuals: Some(actuals),
            ..Self::failed(name, "")
        }
    }

    /// Lays what really happened over the first plan. Where the estimates were far off, no key is
    /// advised on them: what such a change gains can be told once they hold.
    pub fn lay_over(&mut self, actuals: (Actuals, String)) {
        if let (Some(why), Some(explained)) = (doubt(&actuals.0), self.plans.first_mut()) {
            explained.summary.withhold(why);
            let steps = explained.plan.nodes.len();
            let of_plan = self.findings.iter_mut();
            let of_plan = of_plan.filter(|finding| finding.node.is_none_or(|node| node < steps));
            for finding in of_plan.filter(|finding| finding.standing.gain.is_some()) {
                finding.standing.change = None;
                finding.standing.gain = None;
                finding.remedy.tried = None;
                finding.remedy.sql.clear();
                let text = finding.remedy.text.to_mut();
                text.push_str(" What that gains can be told once the estimates hold.");
            }
        }
        if let ([query], Some(explained)) = (actuals.0.queries.as_slice(), self.plans.first_mut()) {
            explained.summary.measured_ms = query.total_ms;
        }
        self.actuals = Some(actuals);
    }

    /// Adds a note, once.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Finds the tables of a plan in the DDL, if there is any, and the rows that the paste lost in
    /// the statistics.
    fn bind(&mut self, plan: &mut Plan, settings: &Settings<'_>) {
        let schema = settings.env.schema;
        for note in schema.map_or_else(Vec::new, |schema| graph::bind(plan, schema)) {
            self.note(note);
        }
        let Some(stats) = settings.env.stats else {
            return;
        };
        let given = plan.give_rows(|scan| stats.table(&scan.table_name()?)?.rows);
        if given > 0 {
            self.note(format!(
                "{} without a number of rows: what is shown follows from the statistics.",
                match given {
                    1 => "1 step was pasted".to_owned(),
                    n => format!("{n} steps were pasted"),
                }
            ));
        }
    }

    /// Notes that what was asked could not be answered.
    fn leave_open(&mut self, why: String) {
        if !self.unanswered.contains(&why) {
            self.notes.push(why.clone());
            self.unanswered.push(why);
        }
    }

    /// The prediction of the plan that takes longest.
    pub fn prediction(&self) -> Option<&Prediction> {
        let predictions = self.plans.iter().map(|plan| &plan.prediction);
        predictions.max_by(|a, b| a.warm.p50_ms.total_cmp(&b.warm.p50_ms))
    }

    /// What to do about the plan that takes longest.
    pub fn summary(&self) -> Option<&Summary> {
        let longest = self.plans.iter().max_by(|a, b| {
            let ms = |plan: &ExplainedPlan| plan.prediction.warm.p50_ms;
            ms(a).total_cmp(&ms(b))
        });
        longest.map(|plan| &plan.summary)
    }

    /// The tables and joins of all its plans.
    pub fn graph(&self) -> JoinGraph {
        JoinGraph::together(self.plans.iter().map(|plan| &plan.graph))
    }

    /// The plan that holds a step of the input, and the step's id within it.
    pub fn locate(&self, node: usize) -> Option<(&ExplainedPlan, usize)> {
        let after = self.plans.partition_point(|plan| plan.first_node <= node);
        let plan = self.plans.get(after.checked_sub(1)?)?;
        let id = node - plan.first_node;
        (id < plan.plan.nodes.len()).then_some((plan, id))
    }
}

/// The factor between rows expected and rows found from which nothing that follows from an estimate
/// is advised. Chosen: an order of magnitude.
const FAR_OFF: f64 = 10.0;

/// Why the estimates of a plan do not hold, where its run tells so.
fn doubt(actuals: &Actuals) -> Option<String> {
    let missing = actuals
        .alerts
        .iter()
        .find(|alert| alert.contains("statistics"));
    if let Some(alert) = missing {
        return Some(format!(
            "the true rows, since Redshift warned in this run: {alert}. Run ANALYZE, then EXPLAIN again"
        ));
    }
    let worst = actuals.worst()?;
    let error = worst.q_error.filter(|error| *error >= FAR_OFF)?;
    Some(format!(
        "what the keys are worth: the estimate of step {} is off by a factor of {error:.0}. Run ANALYZE, \
         then EXPLAIN again",
        worst.node
    ))
}

/// Reads and explains one input's text.
pub fn explain(name: &str, text: &str, settings: &Settings<'_>) -> Explanation {
    explain_reading(name, plan::read(text), settings)
}

/// Explains what was read from one input.
pub fn explain_reading(name: &str, reading: Reading, settings: &Settings<'_>) -> Explanation {
    let mut explanation = Explanation {
        error: reading.error.map(|error| error.to_string()),
        unrecognized: reading.unrecognized,
        ..Explanation::failed(name, "")
    };
    for mut plan in reading.plans {
        explanation.bind(&mut plan, settings);
        explanation.add(plan, settings);
    }
    rules::plan::sort(&mut explanation.findings);
    explanation
}

impl Explanation {
    /// Adds a plan with its findings; [`rules::plan::sort`] orders them in the end.
    pub fn add(&mut self, plan: Plan, settings: &Settings<'_>) {
        let (work, prediction) = predicted(&plan, &|_| None, settings);
        self.add_predicted((plan, work, prediction), None, settings);
    }

    fn add_predicted(
        &mut self,
        predicted: (Plan, Work, Prediction),
        query: Option<&QueryStatement>,
        settings: &Settings<'_>,
    ) {
        let last = self.plans.last();
        let first_node = last.map_or(0, |last| last.first_node + last.plan.nodes.len());
        let explained = self.explained(predicted, first_node, query, settings);
        self.plans.push(explained);
    }

    /// Explains a plan whose first step has a number among those of the input. Its findings are
    /// added to those of the input, the plan itself is not.
    fn explained(
        &mut self,
        (plan, work, prediction): (Plan, Work, Prediction),
        first_node: usize,
        query: Option<&QueryStatement>,
        settings: &Settings<'_>,
    ) -> ExplainedPlan {
        let mut findings = rules::plan::check(&rules::plan::Context {
            plan: &plan,
            work: &work,
            cluster: settings.env.cluster,
            cluster_named: settings.env.cluster_named,
            schema: settings.env.schema,
            stats: settings.env.stats,
            config: settings.env.config,
        });
        let nothing = (Schema::default(), Stats::default());
        let of_plan = (&plan, &work, &prediction);
        let trials = advice::Trials::new(of_plan, query, settings, &nothing);
        let mut summary = advice::advise(&mut findings, &trials, &mut self.advised);
        drop(trials);
        let graph = JoinGraph::of(&plan, first_node, &work, settings.env.schema);
        for finding in &mut findings {
            finding.node = finding.node.map(|node| node + first_node);
            finding.standing.change = summary.number_of(finding);
        }
        for step in summary
            .changes
            .iter_mut()
            .chain(&mut summary.rewrites)
            .flat_map(|change| &mut change.steps)
        {
            *step += first_node;
        }
        self.findings.append(&mut findings);
        ExplainedPlan {
            plan,
            work,
            prediction,
            first_node,
            summary,
            graph,
        }
    }
}

/// Plans one query and explains the plan.
///
/// # Errors
/// See [`PlannerError`].
pub fn explain_query(
    name: &str,
    query: &QueryStatement,
    schema: &Schema,
    stats: &Stats,
    settings: &Settings<'_>,
) -> Result<Explanation, PlannerError> {
    let planned = planner::plan(query, schema, stats, settings.env.cluster.shape())?;
    let mut explanation = Explanation::failed(name, "");
    explanation.error = None;
    let planned_for = |cluster: &Cluster| {
        let planned = planner::plan(query, schema, stats, cluster.shape());
        planned.ok().map(|planned| planned.plan)
    };
    let (work, prediction) = predicted(&planned.plan, &planned_for, settings);
    explanation.add_predicted((planned.plan, work, prediction), Some(query), settings);
    if let Some(explained) = explanation.plans.last_mut() {
        explained.prediction.assumptions.extend(planned.assumptions);
    }
    rules::plan::sort(&mut explanation.findings);
    Ok(explanation)
}

/// The work and the prediction of one plan, which is planned anew for another cluster where it
/// was made here.
pub fn predicted(
    plan: &Plan,
    planned_for: &dyn Fn(&Cluster) -> Option<Plan>,
    settings: &Settings<'_>,
) -> (Work, Prediction) {
    let on = |plan: &Plan, cluster: &Cluster| {
        let context = work::Context {
            schema: settings.env.schema,
            stats: settings.env.stats,
            ..work::Context::new(cluster.shape())
        };
        work::measure(plan, &context)
    };
    let work = on(plan, settings.env.cluster);
    let mut prediction = latency::predict_anywhere(plan, &work, &settings.request(), |cluster| {
        let replanned = planned_for(cluster);
        let work = on(replanned.as_ref().unwrap_or(plan), cluster);
        (replanned, work)
    });
    prediction.budget_assumed = !settings.env.budget_named;
    let workload = &settings.env.config.workload;
    let searched = workload.columns().first();
    if searched.is_some_and(|column| plan.mentions_column(column)) {
        prediction.set_targets(workload.average_ms, workload.p99_ms);
    }
    (work, prediction)
}
