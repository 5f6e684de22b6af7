//! What AWS charges: us-east-1, on demand, October 2026. Prices of nodes stand beside their shapes in
//! `cluster`. Every one is a default that `distkey.toml` or the command line may replace.

/// Where and when the prices were read.
pub const AS_OF: &str = "us-east-1, on demand, October 2026";

/// Glue up to version 5.1: dollars for a DPU-hour [AWS Glue pricing].
pub const GLUE_DPU_HOUR: f64 = 0.44;
/// Glue from version 6.0: 30 % below [AWS Glue pricing].
pub const GLUE_DPU_HOUR_FROM_6: f64 = 0.308;
/// Glue's memory-optimized workers (R types), dollars for a DPU-hour [AWS Glue pricing].
pub const GLUE_MEMORY_DPU_HOUR: f64 = 0.52;
/// Glue's FLEX execution class, dollars for a DPU-hour [AWS Glue pricing].
pub const GLUE_FLEX_DPU_HOUR: f64 = 0.29;
/// Glue's crawlers, dollars for a DPU-hour [AWS Glue pricing].
pub const CRAWLER_DPU_HOUR: f64 = 0.44;
/// The least that a run of a crawler is billed, in minutes [AWS Glue pricing].
pub const CRAWLER_LEAST_MINUTES: f64 = 10.0;
/// The DPU of the crawler in AWS's own example of a bill: how many one takes is not published
/// [AWS Glue pricing].
pub const CRAWLER_DPU: f64 = 2.0;

/// Redshift Serverless: dollars for an RPU-hour [Amazon Redshift pricing].
pub const RPU_HOUR: f64 = 0.375;
/// The least that a time of computing is billed, in minutes [Billing for Amazon Redshift Serverless].
pub const SERVERLESS_LEAST_MINUTES: f64 = 1.0;
/// Redshift managed storage, dollars for a gigabyte and month [Amazon Redshift pricing].
pub const MANAGED_GB_MONTH: f64 = 0.024;
/// Redshift Spectrum, dollars for a terabyte that is scanned [Amazon Redshift pricing]. Serverless and RG
/// clusters scan the lake themselves and pay none.
pub const SPECTRUM_TB: f64 = 5.0;

/// S3 Standard, dollars for a gigabyte and month; replaced versions cost the same [Amazon S3 pricing].
pub const S3_GB_MONTH: f64 = 0.023;
/// S3, dollars for a thousand PUT, COPY, POST or LIST requests [Amazon S3 pricing].
pub const S3_THOUSAND_PUTS: f64 = 0.005;
/// S3, dollars for a thousand GET requests [Amazon S3 pricing].
pub const S3_THOUSAND_GETS: f64 = 0.0004;
