//! Cluster shapes: node types, slices, memory and prices.

use std::fmt;
use std::str::FromStr;

use crate::prices;
use crate::work::Shape;

/// Families that share a floor and a speed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// RA3: managed storage.
    Ra3,
    /// DC2: local disks, no longer offered.
    Dc2,
    /// DC1: local disks, retired.
    Dc1,
    /// DS2: local hard disks, retired.
    Ds2,
    /// RG: the newer nodes, of which one size has public timings.
    Rg,
    /// Redshift Serverless.
    Serverless,
}

impl Platform {
    /// The name as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Ra3 => "RA3",
            Platform::Dc2 => "DC2",
            Platform::Dc1 => "DC1",
            Platform::Ds2 => "DS2",
            Platform::Rg => "RG",
            Platform::Serverless => "Serverless",
        }
    }
}

/// A node type with its defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeType {
    /// `ra3.4xlarge`.
    pub name: &'static str,
    /// Its family.
    pub platform: Platform,
    /// Virtual CPUs of a node.
    pub vcpu: u32,
    /// Memory of a node in GiB.
    pub memory_gib: f64,
    /// Slices of a node when the cluster is created; an elastic resize keeps the
    /// cluster's total, so the count of a running cluster may differ.
    pub slices: u32,
    /// Dollars per node and hour, on demand.
    pub dollars_per_hour: f64,
}

/// Where and when the default prices were read.
pub const PRICES_AS_OF: &str = prices::AS_OF;

/// Memory that an RPU brings, in GiB [Compute capacity for Redshift Serverless].
const GIB_PER_RPU: f64 = 16.0;
/// RPUs are sold in steps of this many; taken as one compute node, because the
/// nodes behind a workgroup are not published.
const RPUS_PER_NODE: f64 = 8.0;
/// The base capacity of a workgroup that names none.
const DEFAULT_RPUS: u32 = 128;

/// Every node type; prices and shapes as in the Management Guide and the price list.
pub const NODE_TYPES: &[NodeType] = &[
    node("rg.large", Platform::Rg, 2, 16.0, 2, 0.38),
    node("rg.xlarge", Platform::Rg, 4, 32.0, 2, 0.7602),
    node("rg.4xlarge", Platform::Rg, 16, 128.0, 8, 3.04267),
    node("rg.12xlarge", Platform::Rg, 48, 384.0, 16, 9.13),
    node("ra3.large", Platform::Ra3, 2, 16.0, 2, 0.543),
    node("ra3.xlplus", Platform::Ra3, 4, 32.0, 2, 1.086),
    node("ra3.4xlarge", Platform::Ra3, 12, 96.0, 4, 3.26),
    node("ra3.16xlarge", Platform::Ra3, 48, 384.0, 16, 13.04),
    node("dc2.large", Platform::Dc2, 2, 15.0, 2, 0.25),
    node("dc2.8xlarge", Platform::Dc2, 32, 244.0, 16, 4.80),
    // Retired: shapes and prices as the Management Guide and the price list last had them.
    node("dc1.large", Platform::Dc1, 2, 15.0, 2, 0.25),
    node("dc1.8xlarge", Platform::Dc1, 32, 244.0, 32, 4.80),
    node("ds2.xlarge", Platform::Ds2, 4, 31.0, 2, 0.85),
    node("ds2.8xlarge", Platform::Ds2, 36, 244.0, 16, 6.80),
];

const fn node(
    name: &'static str,
    platform: Platform,
    vcpu: u32,
    memory_gib: f64,
    slices: u32,
    dollars_per_hour: f64,
) -> NodeType {
    NodeType {
        name,
        platform,
        vcpu,
        memory_gib,
        slices,
        dollars_per_hour,
    }
}

/// What the queries run on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compute {
    /// Nodes of one type.
    Provisioned {
        /// The type.
        node: &'static NodeType,
        /// How many.
        nodes: u32,
    },
    /// A Serverless workgroup.
    Serverless {
        /// Its base capacity.
        rpus: u32,
    },
}

/// A cluster: what it runs on, its slices and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cluster {
    /// Nodes or RPUs.
    pub compute: Compute,
    /// The slices of the whole cluster, where they are not the default.
    pub slices_given: Option<u32>,
    /// Dollars per hour of the whole cluster, where they are not the default.
    pub dollars_given: Option<f64>,
}

impl Default for Cluster {
    /// Four `ra3.4xlarge`: the shape that the coefficients were fitted on.
    fn default() -> Self {
        let node = NODE_TYPES
            .iter()
            .find(|node| node.name == "ra3.4xlarge")
            .unwrap_or(&NODE_TYPES[0]);
        Self {
            compute: Compute::Provisioned { node, nodes: 4 },
            slices_given: None,
            dollars_given: None,
        }
    }
}

impl Cluster {
    /// Its family.
    pub fn platform(&self) -> Platform {
        match self.compute {
            Compute::Provisioned { node, .. } => node.platform,
            Compute::Serverless { .. } => Platform::Serverless,
        }
    }

    /// Slices of the whole cluster: as given, else the default of the node type;
    /// about one per RPU on Serverless (third parties; AWS does not say).
    pub fn slices(&self) -> f64 {
        if let Some(slices) = self.slices_given {
            return f64::from(slices);
        }
        match self.compute {
            Compute::Provisioned { node, nodes } => f64::from(node.slices * nodes),
            Compute::Serverless { rpus } => f64::from(rpus),
        }
    }

    /// Compute nodes; on Serverless one per eight RPUs, an assumption.
    pub fn nodes(&self) -> f64 {
        match self.compute {
            Compute::Provisioned { nodes, .. } => f64::from(nodes),
            Compute::Serverless { rpus } => (f64::from(rpus) / RPUS_PER_NODE).max(1.0),
        }
    }

    /// Memory of the whole cluster in bytes.
    pub fn memory_bytes(&self) -> f64 {
        let gib = match self.compute {
            Compute::Provisioned { node, nodes } => node.memory_gib * f64::from(nodes),
            Compute::Serverless { rpus } => GIB_PER_RPU * f64::from(rpus),
        };
        gib * 1024.0 * 1024.0 * 1024.0
    }

    /// Dollars per hour of the whole cluster.
    pub fn dollars_per_hour(&self) -> f64 {
        if let Some(dollars) = self.dollars_given {
            return dollars;
        }
        match self.compute {
            Compute::Provisioned { node, nodes } => node.dollars_per_hour * f64::from(nodes),
            Compute::Serverless { rpus } => prices::RPU_HOUR * f64::from(rpus),
        }
    }

    /// Whether scans are known to skip what a join rules out. Timings of RA3, RG and Serverless
    /// show it (TPC-DS 100 GB, October 2026). The only ones of DC2's size that could do not: AWS's
    /// tutorial on the Star Schema Benchmark, whose query of one month of 84 fell by 21 %, less
    /// than that without a date.
    fn joins_prune(&self) -> bool {
        !self.is_retired() && self.platform() != Platform::Dc2
    }

    /// Whether its nodes can no longer be had.
    fn is_retired(&self) -> bool {
        matches!(self.platform(), Platform::Dc1 | Platform::Ds2)
    }

    /// What `work` needs to know of it.
    pub fn shape(&self) -> Shape {
        Shape {
            nodes: self.nodes(),
            slices: self.slices(),
            memory_bytes: self.memory_bytes(),
            joins_prune: self.joins_prune(),
        }
    }

    /// The cluster of this name, or the one that stands in for a name that is missing.
    ///
    /// # Errors
    /// A name that is not understood.
    pub fn named_or_default(name: Option<&str>) -> Result<Self, ClusterError> {
        name.map_or_else(|| Ok(Self::default()), str::parse)
    }

    /// What is assumed of it beyond its name, in sentences.
    pub fn assumptions(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.is_retired() {
            out.push(format!(
                "{} nodes are retired, and no timings of them were fitted: the interval is wide for \
                 that.",
                self.platform().as_str()
            ));
        }
        let Compute::Serverless { rpus } = self.compute else {
            return out;
        };
        if self.slices_given.is_none() {
            out.push(format!(
                "{rpus} RPUs are taken as {} slices on {} nodes: AWS publishes neither.",
                self.slices(),
                self.nodes()
            ));
        }
        out
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.compute {
            Compute::Provisioned { node, nodes } => write!(f, "{}:{nodes}", node.name)?,
            Compute::Serverless { rpus } => write!(f, "serverless:{rpus}")?,
        }
        if let Some(slices) = self.slices_given {
            write!(f, ":slices={slices}")?;
        }
        if let Some(dollars) = self.dollars_given {
            write!(f, ":dollars={dollars}")?;
        }
        Ok(())
    }
}

/// Why a cluster's name is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// No such node type.
    #[error(
        "unknown node type `{0}`: use `serverless:128` or one of {known}, \
         followed by the number of nodes, as in `ra3.4xlarge:4`",
        known = known_names()
    )]
    NodeType(String),
    /// The number after the colon is missing or out of range.
    #[error(
        "`{text}` is not a number of {what} from {low} to {high}: write it as in `ra3.4xlarge:4`"
    )]
    Count {
        /// What stood there.
        text: String,
        /// `nodes`, `RPUs` or `slices`.
        what: &'static str,
        /// The least.
        low: u32,
        /// The most.
        high: u32,
    },
    /// An option that is neither `slices=` nor `dollars=`.
    #[error("`{0}` is not understood: after the size only `slices=N` and `dollars=N` may follow")]
    Option(String),
}

fn known_names() -> String {
    let names: Vec<String> = NODE_TYPES
        .iter()
        .map(|node| format!("`{}`", node.name))
        .collect();
    names.join(", ")
}

impl FromStr for Cluster {
    type Err = ClusterError;

    /// `ra3.4xlarge:4`, `serverless:128`, either followed by `:slices=16` (of the
    /// whole cluster) or `:dollars=9.5` (per hour, of the whole cluster). The form
    /// of published benchmarks, `4x.ra3.4xlarge`, is read too; `ra3.xplus` there is
    /// `ra3.xlplus`.
    fn from_str(text: &str) -> Result<Self, ClusterError> {
        let lower = text.trim().to_ascii_lowercase();
        let mut parts = lower.split(':').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let mut rest = parts.peekable();
        let size = match rest.peek() {
            Some(part) if !part.contains('=') => rest.next(),
            _ => None,
        };
        let mut cluster = Cluster {
            compute: compute(name, size)?,
            slices_given: None,
            dollars_given: None,
        };
        for option in rest {
            match option.split_once('=') {
                Some(("slices", value)) => {
                    cluster.slices_given = Some(count(value, "slices", 1, 100_000)?);
                }
                Some(("dollars", value)) => {
                    let dollars = value
                        .parse()
                        .ok()
                        .filter(|d: &f64| d.is_finite() && *d > 0.0);
                    let dollars = dollars.ok_or_else(|| ClusterError::Option(option.to_owned()))?;
                    cluster.dollars_given = Some(dollars);
                }
                _ => return Err(ClusterError::Option(option.to_owned())),
            }
        }
        Ok(cluster)
    }
}

fn compute(name: &str, size: Option<&str>) -> Result<Compute, ClusterError> {
    if let Some(after) = name.strip_prefix("serverless") {
        let after = after.trim_matches(|c: char| !c.is_ascii_digit());
        let size = size.or(Some(after).filter(|after| !after.is_empty()));
        let rpus = size.map_or(Ok(DEFAULT_RPUS), |size| count(size, "RPUs", 4, 1024))?;
        return Ok(Compute::Serverless { rpus });
    }
    let (nodes, name) = match name.split_once("x.") {
        Some((nodes, name)) if nodes.parse::<u32>().is_ok() => (Some(nodes), name),
        _ => (None, name),
    };
    let name = match name {
        "ra3.xplus" => "ra3.xlplus",
        other => other,
    };
    let node = NODE_TYPES.iter().find(|node| node.name == name);
    let node = node.ok_or_else(|| ClusterError::NodeType(name.to_owned()))?;
    let nodes = count(size.or(nodes).unwrap_or_default(), "nodes", 1, 128)?;
    Ok(Compute::Provisioned { node, nodes })
}

fn count(text: &str, what: &'static str, low: u32, high: u32) -> Result<u32, ClusterError> {
    text.parse()
        .ok()
        .filter(|n| (low..=high).contains(n))
        .ok_or_else(|| ClusterError::Count {
            text: text.to_owned(),
            what,
            low,
            high,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_back() {
        for text in [
            "ra3.4xlarge:4",
            "serverless:128",
            "ra3.4xlarge:4:slices=32",
            "rg.4xlarge:2:slices=8:dollars=5.5",
        ] {
            let cluster: Cluster = text.parse().expect("a cluster");
            assert_eq!(cluster.to_string(), text);
        }
        let same = |a: &str, b: &str| assert_eq!(a.parse::<Cluster>(), b.parse::<Cluster>());
        same("4x.ra3.xplus", "ra3.xlplus:4");
        same("serverless", "serverless:128");
        same(" 2x.dc2.8xlarge ", "DC2.8xlarge:2");
    }

    #[test]
    fn what_is_no_cluster_is_refused_with_the_reason() {
        for text in [
            "ra3.8xlarge:4",
            "ra3.4xlarge",
            "ra3.4xlarge:0",
            "serverless:2",
            "ra3.4xlarge:4:x=1",
            "",
        ] {
            assert!(text.parse::<Cluster>().is_err(), "{text}");
        }
        insta::assert_snapshot!(
            "ra3.4xlarge:many".parse::<Cluster>().expect_err("no number"),
            @"`many` is not a number of nodes from 1 to 128: write it as in `ra3.4xlarge:4`"
        );
    }

    #[test]
    fn nodes_that_can_no_longer_be_had_are_read_and_called_retired() {
        for name in [
            "dc1.large:4",
            "2x.dc1.8xlarge",
            "ds2.xlarge:2",
            "ds2.8xlarge:3",
        ] {
            let cluster: Cluster = name.parse().expect("a cluster");
            assert!(
                cluster.is_retired() && !cluster.shape().joins_prune,
                "{name}"
            );
            let told = cluster.assumptions();
            assert!(told.iter().any(|text| text.contains("retired")), "{told:?}");
        }
        for name in ["ra3.large:2", "rg.large:2", "dc2.large:2", "serverless:8"] {
            let cluster: Cluster = name.parse().expect("a cluster");
            assert!(!cluster.is_retired(), "{name}");
        }
    }

    #[test]
    fn slices_memory_and_price_follow_from_the_shape() {
        let cluster: Cluster = "ra3.16xlarge:4".parse().expect("a cluster");
        assert_eq!(cluster.slices(), 64.0);
        assert_eq!(cluster.nodes(), 4.0);
        assert!((cluster.dollars_per_hour() - 52.16).abs() < 1e-9);
        let given: Cluster = "ra3.16xlarge:4:slices=16".parse().expect("a cluster");
        assert_eq!(given.slices(), 16.0);
    }
}
