//! Predictions held against measured timings: as text, and as a page for the docs.

use std::fmt::Write;

use crate::cluster::{Cluster, Platform};
use crate::latency::Coefficients;
use crate::latency::calibrate::{ClusterScore, Crowd, Evaluation, Refit};

/// The table that people read.
pub fn text(evaluation: &Evaluation, budget_ms: f64) -> String {
    let mut out = format!(
        "{:<17} {:<9} {:<9} {:>3}  {:>6} {:>6}  {:>9}  {:>9}  {:>7}  {:>12} {:>12} {:>12}\n",
        "cluster",
        "date",
        "rows",
        "n",
        "median",
        "p90",
        "covered",
        "decided",
        "right",
        "constant",
        "bytes",
        "cost"
    );
    for score in &evaluation.clusters {
        let _ = writeln!(
            out,
            "{:<17} {:<9} {:<9} {:>3}  {:>6.2} {:>6.2}  {:>9}  {:>9}  {:>7}  {:>12} {:>12} {:>12}",
            score.cluster,
            score.date,
            score.cardinalities,
            score.n,
            score.q_error_median,
            score.q_error_p90,
            format!(
                "{} ({:.0}%)",
                score.covered,
                percent(score.covered, score.n)
            ),
            format!(
                "{} ({:.0}%)",
                score.decided,
                percent(score.decided, score.n)
            ),
            format!("{}/{}", score.right_of_decided, score.decided),
            pair(score.baselines.constant),
            pair(score.baselines.bytes),
            pair(score.baselines.cost),
        );
    }
    let _ = write!(
        out,
        "\nmedian, p90: factor between predicted and measured (Q-error); `rows`: measured cardinalities, or the planner's own, `columns` with statistics of columns.\n\
         covered: measurements inside the interval; decided: verdicts against {budget_ms} ms other than cannot_tell; right: those that were.\n\
         constant, bytes, cost: median and p90 of simpler predictions, each with its best factor from these very timings.\n"
    );
    for note in &evaluation.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

fn pair([median, p90]: [f64; 2]) -> String {
    let short = |x: f64| match x {
        x if x >= 1000.0 => format!("{x:.0e}"),
        x if x >= 10.0 => format!("{x:.0}"),
        x => format!("{x:.1}"),
    };
    format!("{} / {}", short(median), short(p90))
}

/// One folder of timings, compared.
#[derive(Debug)]
pub struct Section {
    /// The folder's name.
    pub name: String,
    /// Its timings.
    pub evaluation: Evaluation,
    /// Its table of many users, if there is one.
    pub crowds: Vec<Crowd>,
}

/// The page `docs/accuracy.md`.
pub fn page(
    sections: &[Section],
    refit: Option<&Refit>,
    coefficients: &Coefficients,
    budget_ms: f64,
) -> String {
    let mut out = String::from("# How accurate the predictions are\n\n");
    in_short(&mut out, sections, budget_ms);
    let _ = write!(
        out,
        "Written by `distkey calibrate evaluate --page`; do not edit.\n\n\
         ## What was fitted on what\n\n\
         Prices of work and the RA3 floor:\n\n"
    );
    for runs in &coefficients.fit.runs {
        let _ = writeln!(out, "- {}", runs.source);
    }
    let _ = write!(
        out,
        "\nNo other price was fitted. The other shapes below were in sight while features were chosen and the interval was put together, so read their rows as development results; a shape nobody has seen is the real test. Taken from the sources named:\n\n\
         - slices: speed grows as slices^{}: {}\n- vCPUs per slice: {}\n",
        coefficients.fit.slice_exponent,
        coefficients.fit.slice_exponent_source,
        coefficients.slice.source
    );
    for (platform, terms) in &coefficients.platform {
        let _ = writeln!(out, "- {}: {}", platform.as_str(), terms.source);
        for then in &terms.earlier {
            let _ = writeln!(
                out,
                "- {} until {}, for timings of then only: {}",
                platform.as_str(),
                then.until,
                then.source
            );
        }
    }
    let _ = writeln!(out, "- many users: {}", coefficients.queue.source);
    if let Some(refit) = refit {
        leave_one_out(&mut out, refit);
    }
    for section in sections {
        let evaluation = &section.evaluation;
        let _ = write!(out, "\n## {}\n\n", section.name);
        table(&mut out, evaluation);
        pooled(&mut out, section, coefficients);
        speedups(&mut out, evaluation);
        worst(&mut out, evaluation);
        crowds(&mut out, &section.crowds);
        for note in &evaluation.notes {
            let _ = writeln!(out, "\nLeft out: {note}.");
        }
    }
    let _ = write!(
        out,
        "\n## How to read it\n\n\
         Q-error is the factor between the predicted median and the measured time, never below 1. A measurement is covered if it lies inside the 90 % interval. \
         A verdict is decided if the interval lies on one side of {budget_ms} ms. `given` replaces the planner's row estimates by measured ones; `estimated` is what a query and its DDL alone give. \
         The baselines each get their best single factor from the timings they are held against; the model gets nothing from them.\n"
    );
    out
}

/// Three sentences: how often the interval holds, how often a verdict is decided and right, and
/// how wide an interval usually is.
fn in_short(out: &mut String, sections: &[Section], budget_ms: f64) {
    let of = |rows: &str| Pooled::of(sections, rows);
    let (without, with) = (of("estimated"), of("columns"));
    if without.n == 0 {
        return;
    }
    let also = |text: String| match with.n {
        0 => String::new(),
        _ => text,
    };
    let _ = write!(
        out,
        "With row counts alone, {} of {} measured times lie inside the 90 % interval ({:.0} %){}. \
         A verdict against {budget_ms} ms is decided for {} of {} with row counts alone ({:.0} %) and right for {} of those{}. \
         The high end of an interval is usually {:.0} times its low end with row counts alone{}.\n\n",
        without.covered,
        without.n,
        percent(without.covered, without.n),
        also(format!(
            ", with column statistics {} of {} ({:.0} %)",
            with.covered,
            with.n,
            percent(with.covered, with.n)
        )),
        without.decided,
        without.n,
        percent(without.decided, without.n),
        without.right,
        also(format!(
            ", with column statistics for {} of {} ({:.0} %) and right for {}",
            with.decided,
            with.n,
            percent(with.decided, with.n),
            with.right
        )),
        without.width,
        also(format!(", {:.0} times with column statistics", with.width)),
    );
}

/// All predictions from the same kind of statistics.
struct Pooled {
    n: usize,
    covered: usize,
    decided: usize,
    right: usize,
    /// The median of high over low.
    width: f64,
}

impl Pooled {
    fn of(sections: &[Section], rows: &str) -> Self {
        let scores = || {
            let all = sections
                .iter()
                .flat_map(|section| &section.evaluation.clusters);
            all.filter(|score| score.cardinalities == rows)
        };
        let sum = |of: fn(&ClusterScore) -> usize| scores().map(of).sum();
        let queries = scores().flat_map(|score| &score.queries);
        let mut widths: Vec<f64> = queries.map(|query| query.high_ms / query.low_ms).collect();
        widths.sort_by(f64::total_cmp);
        Self {
            n: sum(|score| score.n),
            covered: sum(|score| score.covered),
            decided: sum(|score| score.decided),
            right: sum(|score| score.right_of_decided),
            width: widths.get(widths.len() / 2).copied().unwrap_or(f64::NAN),
        }
    }
}

/// The lines of the coefficients' file that a fit gives.
pub fn fitted(refit: &Refit) -> String {
    let mut out = format!(
        "[interval]\nresidual = {:.2}\nper_join = {:.2}\n\n[platform.ra3]\nfloor_ms = {:.1}\n",
        refit.residual, refit.per_join, refit.floor_ms
    );
    for fitted in &refit.platforms {
        let family = fitted.platform.as_str().to_lowercase();
        let _ = match fitted.until {
            None => write!(out, "\n[platform.{family}]\n"),
            Some(year) => write!(out, "\n[[platform.{family}.earlier]]\nuntil = {year}\n"),
        };
        let _ = write!(
            out,
            "floor_ms = {:.1}\nspeed = {:.2}\n",
            fitted.floor_ms, fitted.speed
        );
        if let Some(exponent) = fitted.slice_exponent {
            let _ = writeln!(out, "slice_exponent = {exponent:.2}");
        }
    }
    out.push_str("\n[work_ms]\n");
    for (name, price) in &refit.prices {
        let _ = writeln!(out, "{name} = {{ ms = {price:.5}, source = \"fitted\" }}");
    }
    out
}

fn leave_one_out(out: &mut String, refit: &Refit) {
    out.push_str("\n## Leave one query out\n\nEach query predicted by a fit on all others:\n\n| folder | n | Q-error median | p90 |\n|---|---|---|---|\n");
    let mut folders: Vec<&str> = Vec::new();
    for left in &refit.left_out {
        if !folders.contains(&left.folder.as_str()) {
            folders.push(&left.folder);
        }
    }
    for folder in folders {
        let of = refit.left_out.iter().filter(|left| left.folder == folder);
        let [median, p90] = refit.q_errors(Some(folder));
        let n = of.count();
        let _ = writeln!(out, "| {folder} | {n} | {median:.2} | {p90:.2} |");
    }
    let _ = write!(
        out,
        "\nThe interval's residual, {:.2} in ln, is set so that nine of ten of those without joins lie inside, what each join adds, {:.2}, so that nine of ten of the others do. Furthest off (predicted / measured):",
        refit.residual, refit.per_join
    );
    let mut sorted: Vec<_> = refit.left_out.iter().collect();
    sorted.sort_by(|a, b| b.off.abs().total_cmp(&a.off.abs()));
    let worst: Vec<String> = sorted
        .iter()
        .take(8)
        .map(|left| format!(" {} {} {:.2}", left.folder, left.query, left.off.exp()))
        .collect();
    let _ = writeln!(out, "{}.", worst.join(","));
}

fn table(out: &mut String, evaluation: &Evaluation) {
    out.push_str("| cluster | date | rows | n | Q-error median | p90 | covered | decided | right | pairs in order | constant | bytes | cost |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for score in &evaluation.clusters {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {:.2} | {:.2} | {} ({:.0} %) | {} ({:.0} %) | {} of {} | {:.0} % | {} | {} | {} |",
            score.cluster,
            score.date,
            score.cardinalities,
            score.n,
            score.q_error_median,
            score.q_error_p90,
            score.covered,
            percent(score.covered, score.n),
            score.decided,
            percent(score.decided, score.n),
            score.right_of_decided,
            score.decided,
            100.0 * score.pairs_in_order,
            pair(score.baselines.constant),
            pair(score.baselines.bytes),
            pair(score.baselines.cost),
        );
    }
}

/// Coverage and verdicts over all RA3 clusters, with and without the fitted one.
fn pooled(out: &mut String, section: &Section, coefficients: &Coefficients) {
    let evaluation = &section.evaluation;
    let ra3 = |score: &&ClusterScore| {
        let cluster = score.cluster.parse::<Cluster>();
        cluster.is_ok_and(|cluster| cluster.platform() == Platform::Ra3)
    };
    for rows in ["given", "estimated", "columns"] {
        let all: Vec<&ClusterScore> = evaluation
            .clusters
            .iter()
            .filter(ra3)
            .filter(|score| score.cardinalities == rows)
            .collect();
        if all.is_empty() {
            continue;
        }
        let is_new = |score: &&&ClusterScore| {
            let mut runs = coefficients.fit.runs.iter();
            !runs.any(|runs| {
                runs.folder == section.name
                    && runs.cluster == score.cluster
                    && runs.date == score.date
            })
        };
        let unseen: Vec<&ClusterScore> = all.iter().filter(is_new).copied().collect();
        for (what, scores) in [("All RA3", &all), ("RA3 without the fitted runs", &unseen)] {
            if scores.is_empty() {
                continue;
            }
            let sum = |of: fn(&ClusterScore) -> usize| {
                scores.iter().map(|score| of(score)).sum::<usize>()
            };
            let (n, covered, decided, right) = (
                sum(|s| s.n),
                sum(|s| s.covered),
                sum(|s| s.decided),
                sum(|s| s.right_of_decided),
            );
            let _ = writeln!(
                out,
                "\n{what}, rows {rows}: {covered} of {n} covered ({:.0} %), {decided} decided ({:.0} %), {} of them wrong.",
                percent(covered, n),
                percent(decided, n),
                decided - right
            );
        }
    }
}

fn worst(out: &mut String, evaluation: &Evaluation) {
    out.push_str("\nFurthest off, with the best rows there are:\n\n");
    for score in &evaluation.clusters {
        let better = evaluation.clusters.iter().any(|other| {
            other.cluster == score.cluster
                && other.date == score.date
                && other.cardinalities == "given"
        });
        if better && score.cardinalities != "given" {
            continue;
        }
        let mut queries: Vec<_> = score.queries.iter().collect();
        queries.sort_by(|a, b| b.q_error().total_cmp(&a.q_error()));
        let named: Vec<String> = queries
            .iter()
            .take(4)
            .map(|q| {
                format!(
                    "query {} {:.0} ms predicted, {:.0} ms measured",
                    q.query, q.p50_ms, q.measured_ms
                )
            })
            .collect();
        let _ = writeln!(
            out,
            "- {} {}: {}",
            score.cluster,
            score.date,
            named.join("; ")
        );
    }
}

/// Clusters of the same nodes and different size: how much faster the larger one
/// is, measured and predicted.
fn speedups(out: &mut String, evaluation: &Evaluation) {
    let sized = |score: &ClusterScore| {
        let (nodes, node) = score.cluster.split_once("x.")?;
        Some((nodes.parse::<u32>().ok()?, node.to_owned()))
    };
    for small in &evaluation.clusters {
        for large in &evaluation.clusters {
            let (Some((few, node)), Some((many, same))) = (sized(small), sized(large)) else {
                continue;
            };
            let comparable = node == same
                && few < many
                && small.date == large.date
                && small.cardinalities == large.cardinalities;
            if !comparable {
                continue;
            }
            let mut ratios: Vec<(f64, f64)> = Vec::new();
            for a in &small.queries {
                let b = large.queries.iter().find(|b| b.query == a.query);
                ratios.extend(b.map(|b| (a.measured_ms / b.measured_ms, a.p50_ms / b.p50_ms)));
            }
            let median = |of: fn(&(f64, f64)) -> f64| {
                let mut values: Vec<f64> = ratios.iter().map(of).collect();
                values.sort_by(f64::total_cmp);
                values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
            };
            let _ = writeln!(
                out,
                "\nFrom {few} to {many} x {node}, rows {}: median {:.2} times faster measured, {:.2} predicted, over {} queries.",
                small.cardinalities,
                median(|pair| pair.0),
                median(|pair| pair.1),
                ratios.len()
            );
        }
    }
}

fn crowds(out: &mut String, crowds: &[Crowd]) {
    if crowds.is_empty() {
        return;
    }
    out.push_str("\nMany users, each sending the next query when the last has come back. Which queries were sent is not published, so the prediction is the wait for the most queries that a cluster starts per second, and nothing of the queries themselves:\n\n| cluster | users | measured mean | measured median | predicted mean |\n|---|---|---|---|---|\n");
    for crowd in crowds {
        let _ = writeln!(
            out,
            "| {} | {} | {:.0} ms | {:.0} ms | {:.0} ms |",
            crowd.cluster, crowd.users, crowd.mean_ms, crowd.median_ms, crowd.predicted_ms
        );
    }
}
