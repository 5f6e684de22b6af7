//! Predictions with the shipped coefficients against measured timings. What is
//! asserted is what the documentation promises.

use crate::support;
use distkey::cluster::{Cluster, Platform};
use distkey::latency::Coefficients;
use distkey::latency::calibrate::{ClusterScore, evaluate, load};

fn sum(scores: &[&ClusterScore], of: fn(&ClusterScore) -> usize) -> f64 {
    scores.iter().map(|score| of(score)).sum::<usize>() as f64
}

#[test]
fn predictions_hold_what_the_documentation_promises() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let workload = load(&corpus.join("latency/clickbench")).expect("the workload");
    let evaluation = evaluate(&workload, Coefficients::shipped(), None, 800.0);
    let platform = |score: &&ClusterScore| {
        score
            .cluster
            .parse::<Cluster>()
            .expect("a cluster")
            .platform()
    };
    let given = || {
        evaluation
            .clusters
            .iter()
            .filter(|score| score.cardinalities == "given")
    };
    let ra3: Vec<&ClusterScore> = given()
        .filter(|score| platform(score) == Platform::Ra3)
        .collect();
    for score in &ra3 {
        println!(
            "{} {}: {:.2} / {:.2}",
            score.cluster, score.date, score.q_error_median, score.q_error_p90
        );
        assert!(
            score.q_error_median < 1.4 && score.q_error_p90 < 2.5,
            "{}",
            score.cluster
        );
    }
    let n = sum(&ra3, |score| score.n);
    let covered = sum(&ra3, |score| score.covered) / n;
    assert!((0.80..=0.97).contains(&covered), "{covered}");
    let decided = sum(&ra3, |score| score.decided);
    assert!(decided / n >= 0.65, "{decided} of {n}");
    let right = sum(&ra3, |score| score.right_of_decided);
    assert!(right / decided >= 0.95, "{right} of {decided}");
    for score in given().filter(|score| platform(score) != Platform::Ra3) {
        assert!(
            score.covered as f64 >= 0.8 * score.n as f64,
            "{}",
            score.cluster
        );
    }
}
