//! What costs beside the jobs: the cluster, what lies in S3 and in Redshift, scans of the lake,
//! crawlers.

use super::{Asked, DAYS_A_MONTH, Range};
use crate::cluster::{Cluster, Compute, Platform};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::pipeline::schedule::Schedule;
use crate::prices;

/// The size of a file that requests are counted by: within what COPY advises.
const FILE_MEGABYTES: f64 = 64.0;
const MINUTES_A_DAY: f64 = 1_440.0;

/// Dollars a week of what else there is.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What it is, and its dollars.
    pub all: Vec<(String, Range)>,
    /// What is not counted.
    pub left_out: Vec<String>,
    pub assumptions: Vec<String>,
}

impl Others {
    /// Everything that is asked about or that these files describe. `runs_a_day` are those of all
    /// jobs.
    pub(super) fn of(pipeline: &Pipeline, asked: &Asked, config: &Config, runs_a_day: f64) -> Self {
        let mut others = Self::default();
        if let Some(cluster) = &asked.cluster {
            others.cluster(cluster, asked);
        }
        others.stored(asked, config);
        if let Some(gigabytes) = asked.gigabytes {
            // Written once and read once, by the day's runs.
            let prices = &config.pipeline;
            let each = (prices.s3_thousand_puts + prices.s3_thousand_gets) / 1_000.0;
            let week = gigabytes.map(|gb| gb * 1_000.0 / FILE_MEGABYTES * each * runs_a_day * 7.0);
            others.add("S3 requests, for files of 64 MB".to_owned(), week);
        }
        if let Some(gigabytes) = asked.spectrum_gigabytes {
            others.spectrum(gigabytes, asked.cluster.as_ref(), config);
        }
        others.crawlers(pipeline, asked, config);
        others
    }

    fn add(&mut self, what: String, week: Range) {
        self.all.push((what, week));
    }

    fn cluster(&mut self, cluster: &Cluster, asked: &Asked) {
        let hour = cluster.dollars_per_hour();
        let Compute::Serverless { rpus } = cluster.compute else {
            let week = Range::of(hour * 24.0 * 7.0);
            self.add("the cluster, all hours of the week".to_owned(), week);
            return;
        };
        let least = asked.active_periods.unwrap_or(0.0) * prices::SERVERLESS_LEAST_MINUTES;
        let minutes = match asked.active_minutes {
            Some(minutes) => minutes.map(|minutes| minutes.max(least).min(MINUTES_A_DAY)),
            None => {
                self.assumptions.push(
                    "How long the workgroup computes a day is not known: between no time and all day (name --active-minutes)."
                        .to_owned(),
                );
                Range {
                    low: least.min(MINUTES_A_DAY),
                    high: MINUTES_A_DAY,
                }
            }
        };
        self.assumptions.push(format!(
            "{rpus} RPU are billed while the workgroup computes, a minute at least each time; above its base capacity it is billed more."
        ));
        let week = minutes.map(|minutes| hour * minutes / 60.0 * 7.0);
        self.add(
            format!("the workgroup's {rpus} RPU while it computes"),
            week,
        );
    }

    fn stored(&mut self, asked: &Asked, config: &Config) {
        let s3 = config.pipeline.s3_gb_month;
        let managed = config.pipeline.managed_gb_month;
        for (gigabytes, what, price) in [
            (asked.stored.objects, "S3 storage", s3),
            (asked.stored.replaced, "replaced versions in S3", s3),
            (asked.stored.managed, "Redshift managed storage", managed),
        ] {
            let Some(gigabytes) = gigabytes else { continue };
            let week = gigabytes.map(|gb| gb * price / DAYS_A_MONTH * 7.0);
            self.add(format!("{what} at ${price} a GB and month"), week);
        }
    }

    fn spectrum(&mut self, gigabytes: Range, cluster: Option<&Cluster>, config: &Config) {
        let scans_itself = cluster.is_some_and(|cluster| {
            matches!(cluster.platform(), Platform::Rg | Platform::Serverless)
        });
        if scans_itself {
            self.assumptions.push(
                "Serverless and RG clusters scan the lake themselves: nothing is charged for a terabyte."
                    .to_owned(),
            );
            return;
        }
        let price = config.pipeline.spectrum_tb;
        let week = gigabytes.map(|gb| gb / 1_000.0 * price * 7.0);
        self.add(format!("Spectrum at ${price} a TB scanned"), week);
    }

    fn crawlers(&mut self, pipeline: &Pipeline, asked: &Asked, config: &Config) {
        for crawler in &pipeline.crawlers {
            let name = &crawler.name;
            let starts = match crawler
                .schedule
                .known()
                .map(|text| text.parse::<Schedule>())
            {
                Some(Ok(schedule)) => schedule.starts_a_day,
                Some(Err(error)) => {
                    self.left_out.push(format!("the crawler `{name}`: {error}"));
                    continue;
                }
                None => {
                    let why = "no schedule of its own tells how often it runs";
                    self.left_out.push(format!("the crawler `{name}`: {why}"));
                    continue;
                }
            };
            let least = prices::CRAWLER_LEAST_MINUTES;
            let minutes = match asked.crawler_minutes {
                Some(minutes) => minutes.map(|minutes| minutes.max(least)),
                None => {
                    self.left_out.push(format!(
                        "the crawler `{name}` beyond the {least} minutes that are billed at least (name --crawler-minutes)"
                    ));
                    Range::of(least)
                }
            };
            self.assumptions.push(format!(
                "The crawler `{name}` is taken to use {} DPU, as that of AWS's example; how many it uses is not published.",
                prices::CRAWLER_DPU
            ));
            let price = config.pipeline.crawler_dpu_hour;
            let week =
                minutes.map(|minutes| prices::CRAWLER_DPU * minutes / 60.0 * price * starts * 7.0);
            self.add(format!("the crawler `{name}`"), week);
        }
    }
}
